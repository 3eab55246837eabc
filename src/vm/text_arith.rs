//! The arithmetic metamethods of strings: numerals count as the numbers that they stand for.
#![forbid(unsafe_code)]
//!
//! - **TA1** An operator that finds one of these functions as its metamethod does its work without
//!   calling it, unless that fails or a hook is to be told: a call costs more than the work.

use crate::error::Error;
use crate::value::{FixedNative, Value, coerce};

use super::metamethod::Event;
use super::native::{Call, Reply, entry_of};
use super::ops::{ArithError, arith};
use super::state::State;

macro_rules! metamethods {
    ($($name:ident: $event:ident,)*) => {
        /// Where the metamethod for `event` is among them.
        fn place_of(event: Event) -> Option<usize> {
            [$(Event::$event),*].iter().position(|known| *known == event)
        }

        $(fn $name<'r>(call: &Call<'r>) -> Result<Reply, Error<'r>> {
            operate(call, Event::$event)
        })*

        /// What the metatable of strings holds beside `__index`.
        pub(crate) static METAMETHODS: [FixedNative; [$(Event::$event),*].len()] = [
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
    call.state.charge_text(left)?;
    call.state.charge_text(right)?;
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

impl<'r> State<'r> {
    /// The result of `event`, if `handler` is one of these functions and would give it (TA1).
    ///
    /// # Errors
    /// Fuel, deadline or cancel ends the run.
    pub(super) fn text_arith(
        &self,
        event: Event,
        handler: Value<'r>,
        left: Value<'r>,
        right: Value<'r>,
    ) -> Result<Option<Value<'r>>, Error<'r>> {
        let standard = place_of(event).and_then(|place| METAMETHODS.get(place));
        let is_standard = handler
            .as_native()
            .zip(standard)
            .is_some_and(|(native, standard)| native.as_ptr() == standard.native().as_ptr());
        if !is_standard || self.hooks.is_on.get() {
            return Ok(None);
        }
        self.charge_text(left)?;
        self.charge_text(right)?;
        let numbers = coerce::text_to_number(left).zip(coerce::text_to_number(right));
        Ok(numbers.and_then(|(left, right)| arith(event, left, right).ok()))
    }
}
