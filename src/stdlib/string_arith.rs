//! The arithmetic metamethods of strings: numerals count as the numbers that they stand for.
#![forbid(unsafe_code)]

use crate::error::Error;
use crate::value::{FixedNative, Value, coerce};
use crate::vm::{ArithError, Call, Event, Reply, arith, entry_of};

macro_rules! metamethods {
    ($($name:ident: $event:ident,)*) => {
        $(fn $name<'r>(call: &Call<'r>) -> Result<Reply, Error<'r>> {
            operate(call, Event::$event)
        })*

        /// What the metatable of strings holds beside `__index`.
        pub(super) static METAMETHODS: [FixedNative; [$(Event::$event),*].len()] = [
            $(FixedNative::new(6, Event::$event.name(), entry_of($name)),)*
        ];
    };
}

metamethods! {
    add: Add,
    sub: Sub,
    mul: Mul,
    mod_: Mod,
    pow: Pow,
    div: Div,
    idiv: IDiv,
    unm: Unm,
}

fn operate<'r>(call: &Call<'r>, event: Event) -> Result<Reply, Error<'r>> {
    let (left, right) = (call.arg(1), call.arg(2));
    let numbers = coerce::text_to_number(left).zip(coerce::text_to_number(right));
    let Some((left_number, right_number)) = numbers else {
        return delegate(call, event, left, right);
    };
    match arith(event, left_number, right_number) {
        Ok(result) => call.one(result),
        Err(ArithError::DivideByZero) => Err(call.state.plain_error(b"attempt to divide by zero")),
        Err(ArithError::ModuloByZero) => Err(call.state.plain_error(b"attempt to perform 'n%0'")),
        Err(ArithError::Operands) => delegate(call, event, left, right),
    }
}

/// Lets the metamethod of the second operand decide, unless that is a string as well.
#[cold]
fn delegate<'r>(
    call: &Call<'r>,
    event: Event,
    left: Value<'r>,
    right: Value<'r>,
) -> Result<Reply, Error<'r>> {
    let handler = call.state.metamethod(right, event);
    if right.is_str() || handler.is_nil() {
        return Err(call.error_parts(&[
            b"attempt to ",
            event.name().trim_start_matches('_').as_bytes(),
            b" a '",
            left.type_name().as_bytes(),
            b"' with a '",
            right.type_name().as_bytes(),
            b"'",
        ]));
    }
    call.invoke(handler, &[left, right], None)
}
