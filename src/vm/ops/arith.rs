//! Arithmetic and bitwise operators beyond the loop's fast paths.
#![forbid(unsafe_code)]

use crate::bytecode::{Instruction, Operands};
use crate::error::Error;
use crate::value::{Unpacked, Value, coerce, number};
use crate::vm::call::{Flow, OnReturn, Ret};
use crate::vm::metamethod::Event;
use crate::vm::names::Operand;
use crate::vm::state::State;

/// Why two numbers have no result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ArithError {
    /// The operands are not numbers, or not of the kind that the operator needs.
    Operands,
    /// Integer division by zero.
    DivideByZero,
    /// Integer modulo zero.
    ModuloByZero,
}

/// The result of `event` on two numbers; strings are not converted.
#[inline]
pub(crate) fn arith<'r>(
    event: Event,
    left: Value<'r>,
    right: Value<'r>,
) -> Result<Value<'r>, ArithError> {
    if is_bitwise(event) {
        let (Some(left), Some(right)) = (coerce::to_int(left), coerce::to_int(right)) else {
            return Err(ArithError::Operands);
        };
        return Ok(Value::int(bitwise(event, left, right)));
    }
    match (left.unpack(), right.unpack()) {
        (Unpacked::Int(left), Unpacked::Int(right)) => int_arith(event, left, right),
        (Unpacked::Int(left), Unpacked::Float(right)) => Ok(floats(event, left as f64, right)),
        (Unpacked::Float(left), Unpacked::Int(right)) => Ok(floats(event, left, right as f64)),
        (Unpacked::Float(left), Unpacked::Float(right)) => Ok(floats(event, left, right)),
        _ => Err(ArithError::Operands),
    }
}

fn is_bitwise(event: Event) -> bool {
    matches!(
        event,
        Event::BAnd | Event::BOr | Event::BXor | Event::Shl | Event::Shr | Event::BNot
    )
}

fn bitwise(event: Event, left: i64, right: i64) -> i64 {
    match event {
        Event::BAnd => left & right,
        Event::BOr => left | right,
        Event::BXor => left ^ right,
        Event::Shl => number::shift_left(left, right),
        Event::Shr => number::shift_right(left, right),
        _ => !left,
    }
}

fn int_arith<'r>(event: Event, left: i64, right: i64) -> Result<Value<'r>, ArithError> {
    Ok(Value::int(match event {
        Event::Add => left.wrapping_add(right),
        Event::Sub => left.wrapping_sub(right),
        Event::Mul => left.wrapping_mul(right),
        Event::IDiv => number::int_floor_div(left, right).ok_or(ArithError::DivideByZero)?,
        Event::Mod => number::int_mod(left, right).ok_or(ArithError::ModuloByZero)?,
        Event::Unm => 0i64.wrapping_sub(left),
        _ => return Ok(floats(event, left as f64, right as f64)),
    }))
}

fn floats<'r>(event: Event, left: f64, right: f64) -> Value<'r> {
    Value::float(match event {
        Event::Add => left + right,
        Event::Sub => left - right,
        Event::Mul => left * right,
        Event::Div => left / right,
        Event::IDiv => number::float_floor_div(left, right),
        Event::Mod => number::float_mod(left, right),
        Event::Pow => number::pow(left, right),
        _ => -left,
    })
}

impl<'r> State<'r> {
    /// Carries out `event` on the operands of the newest frame's instruction, the result going to
    /// register `dest`.
    ///
    /// # Errors
    /// The operands have no such operation.
    #[cold]
    #[inline(never)]
    pub(crate) fn arith_slow(
        &self,
        event: Event,
        (left, left_at): (Value<'r>, Operand),
        (right, right_at): (Value<'r>, Operand),
        dest: usize,
    ) -> Result<Flow, Error<'r>> {
        let result = arith(event, left, right);
        match result {
            Ok(value) => {
                self.set_register(dest, value);
                return Ok(Flow::Next);
            }
            Err(ArithError::DivideByZero) => {
                return Err(self.error_here(b"attempt to divide by zero"));
            }
            Err(ArithError::ModuloByZero) => {
                return Err(self.error_here(b"attempt to perform 'n%0'"));
            }
            Err(ArithError::Operands) => {}
        }
        let mut operands = [(left, left_at), (right, right_at)];
        if self.is_swapped() {
            operands.reverse();
        }
        let [(left, left_at), (right, right_at)] = operands;
        let mut handler = self.metamethod(left, event);
        if handler.is_nil() {
            handler = self.metamethod(right, event);
        }
        if handler.is_nil() {
            return Err(self.arith_error(event, (left, left_at), (right, right_at)));
        }
        if let Some(value) = self.text_arith(event, handler, left, right)? {
            self.set_register(dest, value);
            return Ok(Flow::Next);
        }
        let ret = Ret {
            func: 0,
            want: 1,
            on_return: OnReturn::Store,
            operand: dest as u8,
        };
        self.call_handler(handler, &[left, right], ret)
    }

    /// Whether the newest frame's instruction has its constant operand on the left, which counts
    /// for metamethods and messages: only operators whose operands commute are compiled so.
    fn is_swapped(&self) -> bool {
        let instruction = self.newest_lua().and_then(|(frame, proto)| {
            let code = Instruction::from_words(proto.code.as_slice());
            code.get(frame.current_pc(proto)).copied()
        });
        instruction.is_some_and(|i| {
            let operands = i.op().operands();
            matches!(operands, Operands::RegRegConst | Operands::RegRegInt) && i.c() != 0
        })
    }

    fn arith_error(
        &self,
        event: Event,
        (left, left_at): (Value<'r>, Operand),
        (right, right_at): (Value<'r>, Operand),
    ) -> Error<'r> {
        if is_bitwise(event) && left.is_number() && right.is_number() {
            let culprit = if coerce::to_int(left).is_none() {
                left_at
            } else {
                right_at
            };
            return self.no_integer_error(culprit);
        }
        let verb = if is_bitwise(event) {
            "perform bitwise operation on"
        } else {
            "perform arithmetic on"
        };
        // The first operand is to blame unless it is a number.
        if left.is_number() {
            self.type_error(verb, right, right_at)
        } else {
            self.type_error(verb, left, left_at)
        }
    }

    /// Calls a metamethod for the newest frame's instruction, above the frame's registers.
    pub(crate) fn call_handler(
        &self,
        handler: Value<'r>,
        args: &[Value<'r>],
        ret: Ret,
    ) -> Result<Flow, Error<'r>> {
        let thread = self.thread();
        let slot = self.frame_top();
        thread
            .ensure(&self.store, slot + 1 + args.len())
            .map_err(|error| self.stack_error(error))?;
        thread.set(slot, handler);
        for (index, arg) in args.iter().enumerate() {
            thread.set(slot + 1 + index, *arg);
        }
        self.call_at(slot, args.len(), Ret { func: slot, ..ret })
    }

    /// Stack index after the newest frame's registers.
    pub(crate) fn frame_top(&self) -> usize {
        let thread = self.thread();
        thread
            .frame(thread.frame_count().wrapping_sub(1))
            .map_or(0, |frame| frame.top as usize)
    }

    /// Writes register `dest` of the newest frame.
    pub(crate) fn set_register(&self, dest: usize, value: Value<'r>) {
        let thread = self.thread();
        if let Some(frame) = thread.frame(thread.frame_count().wrapping_sub(1)) {
            thread.set(frame.base as usize + dest, value);
        }
    }

    /// Reads register `index` of the newest frame.
    pub(crate) fn register(&self, index: usize) -> Value<'r> {
        let thread = self.thread();
        let newest = thread.frame(thread.frame_count().wrapping_sub(1));
        newest.map_or(Value::NIL, |frame| thread.get(frame.base as usize + index))
    }
}
