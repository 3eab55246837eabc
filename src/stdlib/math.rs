//! The `math` library; random numbers are in `random.rs`.
#![forbid(unsafe_code)]

use core::f64::consts::PI;

use crate::error::Error;
use crate::value::{Str, Table, Unpacked, Value, coerce, number};
use crate::vm::{Call, Event, Reply, State};

use super::{Library, functions, random};

pub(super) static LIBRARY: Library = Library {
    name: "math",
    functions: &FUNCTIONS,
    constant_count: 4,
    finish: Some(finish),
};

functions! {
    3:
    "abs" => abs,
    "acos" => acos,
    "asin" => asin,
    "atan" => atan,
    "atan2" => atan,
    "ceil" => ceil,
    "cos" => cos,
    "cosh" => cosh,
    "deg" => deg,
    "exp" => exp,
    "floor" => floor,
    "fmod" => fmod,
    "frexp" => frexp,
    "ldexp" => ldexp,
    "log" => log,
    "log10" => log10,
    "max" => max,
    "min" => min,
    "modf" => modf,
    "pow" => pow,
    "rad" => rad,
    "random" => random::random,
    "randomseed" => random::randomseed,
    "sin" => sin,
    "sinh" => sinh,
    "sqrt" => sqrt,
    "tan" => tan,
    "tanh" => tanh,
    "tointeger" => tointeger,
    "type" => type_of,
    "ult" => ult,
}

fn finish<'r>(state: &State<'r>, table: Table<'r>) -> Result<(), Error<'r>> {
    for (name, value) in [
        ("huge", Value::float(f64::INFINITY)),
        ("maxinteger", Value::int(i64::MAX)),
        ("mininteger", Value::int(i64::MIN)),
        ("pi", Value::float(PI)),
    ] {
        let name = state.str(name.as_bytes())?;
        table.raw_set_str(&state.store, name, value)?;
    }
    Ok(())
}

/// Functions of one float.
macro_rules! float_functions {
    ($($name:ident: $x:ident => $result:expr;)*) => {
        $(fn $name<'r>(call: &Call<'r>) -> Result<Reply, Error<'r>> {
            let $x = call.float(1)?;
            call.one(Value::float($result))
        })*
    };
}

float_functions! {
    acos: x => x.acos();
    asin: x => x.asin();
    cos: x => x.cos();
    deg: x => x * (180.0 / PI);
    exp: x => x.exp();
    rad: x => x * (PI / 180.0);
    sin: x => x.sin();
    sqrt: x => x.sqrt();
    tan: x => x.tan();
}

fn abs<'r>(call: &Call<'r>) -> Result<Reply, Error<'r>> {
    if let Some(int) = call.arg(1).as_int() {
        return call.one(Value::int(int.wrapping_abs()));
    }
    call.one(Value::float(call.float(1)?.abs()))
}

fn atan<'r>(call: &Call<'r>) -> Result<Reply, Error<'r>> {
    let y = call.float(1)?;
    let x = if call.arg(2).is_nil() {
        1.0
    } else {
        call.float(2)?
    };
    call.one(Value::float(y.atan2(x)))
}

fn floor<'r>(call: &Call<'r>) -> Result<Reply, Error<'r>> {
    if call.arg(1).as_int().is_some() {
        return call.one(call.arg(1));
    }
    call.one(whole(call.float(1)?.floor()))
}

fn ceil<'r>(call: &Call<'r>) -> Result<Reply, Error<'r>> {
    if call.arg(1).as_int().is_some() {
        return call.one(call.arg(1));
    }
    call.one(whole(call.float(1)?.ceil()))
}

/// A float without fraction, as an integer where it is in range.
fn whole<'r>(float: f64) -> Value<'r> {
    number::float_to_int(float).map_or(Value::float(float), Value::int)
}

fn fmod<'r>(call: &Call<'r>) -> Result<Reply, Error<'r>> {
    if let (Some(left), Some(right)) = (call.arg(1).as_int(), call.arg(2).as_int()) {
        if right == 0 {
            return Err(call.arg_error(2, b"zero"));
        }
        return call.one(Value::int(left.wrapping_rem(right)));
    }
    // PUC Lua, as it is compiled, looks at the second argument first.
    let (right, left) = (call.float(2)?, call.float(1)?);
    call.one(Value::float(left % right))
}

fn modf<'r>(call: &Call<'r>) -> Result<Reply, Error<'r>> {
    if call.arg(1).as_int().is_some() {
        return call.two(call.arg(1), Value::float(0.0));
    }
    let float = call.float(1)?;
    let whole_part = float.trunc();
    // An infinity has no fraction; its difference to itself would be NaN.
    let fraction = if float == whole_part {
        0.0
    } else {
        float - whole_part
    };
    call.two(whole(whole_part), Value::float(fraction))
}

fn log<'r>(call: &Call<'r>) -> Result<Reply, Error<'r>> {
    let x = call.float(1)?;
    if call.arg(2).is_nil() {
        return call.one(Value::float(x.ln()));
    }
    let base = call.float(2)?;
    let result = if base == 2.0 {
        x.log2()
    } else if base == 10.0 {
        x.log10()
    } else {
        x.ln() / base.ln()
    };
    call.one(Value::float(result))
}

fn max<'r>(call: &Call<'r>) -> Result<Reply, Error<'r>> {
    extreme(call, |best, value| less(call, best, value))
}

fn min<'r>(call: &Call<'r>) -> Result<Reply, Error<'r>> {
    extreme(call, |best, value| less(call, value, best))
}

#[inline]
fn less<'r>(call: &Call<'r>, left: Value<'r>, right: Value<'r>) -> Result<bool, Error<'r>> {
    match (left.unpack(), right.unpack()) {
        (Unpacked::Int(left), Unpacked::Int(right)) => Ok(left < right),
        (Unpacked::Float(left), Unpacked::Float(right)) => Ok(left < right),
        (Unpacked::Int(left), Unpacked::Float(right)) if is_exact(left) => {
            Ok((left as f64) < right)
        }
        (Unpacked::Float(left), Unpacked::Int(right)) if is_exact(right) => Ok(left < right as f64),
        _ => call.state.compare(Event::Lt, left, right),
    }
}

/// Whether a float can be this integer, whatever its size.
#[inline]
fn is_exact(int: i64) -> bool {
    int.unsigned_abs() <= 1 << f64::MANTISSA_DIGITS
}

/// The argument that all later ones leave in its place.
#[inline]
fn extreme<'r>(
    call: &Call<'r>,
    is_better: impl Fn(Value<'r>, Value<'r>) -> Result<bool, Error<'r>>,
) -> Result<Reply, Error<'r>> {
    let mut best = call.any(1)?;
    for position in 2..=call.count {
        let value = call.arg(position);
        if is_better(best, value)? {
            best = value;
        }
    }
    call.one(best)
}

fn tointeger<'r>(call: &Call<'r>) -> Result<Reply, Error<'r>> {
    let value = call.any(1)?;
    call.state.charge_text(value)?;
    call.one(coerce::text_to_int(value).map_or(Value::NIL, Value::int))
}

fn type_of<'r>(call: &Call<'r>) -> Result<Reply, Error<'r>> {
    call.one(match call.any(1)?.unpack() {
        Unpacked::Int(_) => Str::literal("integer").to_value(),
        Unpacked::Float(_) => Str::literal("float").to_value(),
        _ => Value::NIL,
    })
}

fn ult<'r>(call: &Call<'r>) -> Result<Reply, Error<'r>> {
    let (left, right) = (call.int(1)?, call.int(2)?);
    call.one(Value::bool((left as u64) < (right as u64)))
}

// Of older versions, which PUC Lua 5.4 has in its default build too.

fn cosh<'r>(call: &Call<'r>) -> Result<Reply, Error<'r>> {
    call.one(Value::float(call.float(1)?.cosh()))
}

fn sinh<'r>(call: &Call<'r>) -> Result<Reply, Error<'r>> {
    call.one(Value::float(call.float(1)?.sinh()))
}

fn tanh<'r>(call: &Call<'r>) -> Result<Reply, Error<'r>> {
    call.one(Value::float(call.float(1)?.tanh()))
}

fn log10<'r>(call: &Call<'r>) -> Result<Reply, Error<'r>> {
    call.one(Value::float(call.float(1)?.log10()))
}

fn pow<'r>(call: &Call<'r>) -> Result<Reply, Error<'r>> {
    let (base, exponent) = (call.float(1)?, call.float(2)?);
    call.one(Value::float(base.powf(exponent)))
}

/// A power of two that is a normal number.
fn power_of_two(exponent: i64) -> f64 {
    f64::from_bits(((exponent + 1023) as u64) << 52)
}

/// A number from 0.5 up to 1, and the power of two that it has to be multiplied with.
fn frexp<'r>(call: &Call<'r>) -> Result<Reply, Error<'r>> {
    let number = call.float(1)?;
    if number == 0.0 || !number.is_finite() {
        return call.two(Value::float(number), Value::int(0));
    }
    // Numbers without a leading one get one.
    let (scaled, shift) = match number.is_normal() {
        true => (number, 0),
        false => (number * power_of_two(64), 64),
    };
    let exponent = ((scaled.to_bits() >> 52) & 0x7FF) as i64 - 1022;
    let fraction = f64::from_bits(scaled.to_bits() & !(0x7FF << 52) | 1022 << 52);
    call.two(Value::float(fraction), Value::int(exponent - shift))
}

fn ldexp<'r>(call: &Call<'r>) -> Result<Reply, Error<'r>> {
    let mut number = call.float(1)?;
    let mut exponent = i64::from(call.int(2)? as i32).clamp(-3000, 3000);
    while exponent > 1023 {
        number *= power_of_two(1023);
        exponent -= 1023;
    }
    // Steps that leave all digits in place until the last one.
    while exponent < -1022 {
        number *= power_of_two(53 - 1022);
        exponent += 1022 - 53;
    }
    call.one(Value::float(number * power_of_two(exponent)))
}
