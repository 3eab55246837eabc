//! The interpreter loop: fetch, one arm per opcode.
#![allow(unsafe_code)]
//!
//! - **I1** Only code of a verified `Proto` is run, so operands are in bounds: registers below
//!   `register_count`, constants, upvalues, inner functions and jump targets within their arrays.
//! - **I2** `pc` and `base` live in locals. `pc` is saved to the frame before anything outside the
//!   loop can look at it; `base` and the frame pointer are read anew after anything that may move
//!   a stack (K4).
//! - **I3** Every back-edge and every call counts down to the next safepoint. Between two of them
//!   lie no more instructions than the compiler lets follow each other (W5), or a `Step`.
//!
//! A frame's slow halves are in `ops`; the loop keeps what is short and common. Every access to a
//! register goes through a macro that names the operand, and rests on I1.

use super::call::{Flow, FrameKind, IS_AGAIN, IS_HOOKED, IS_TAIL_CALL, OnReturn, Ret};
use super::metamethod::Event;
use super::names::Operand;
use super::native::Call;
use super::ops;
use super::slot::{self, Slot};
use super::state::State;
use crate::bytecode::{Fetched, Instruction, Op, behind, hidden};
use crate::error::Error;
use crate::value::{
    Closure, Frame, Native, SLACK, Table, TableObject, ThreadObject, Value, number, tag,
};

/// Runs until the newest entry's call is over; returns the number of its results.
///
/// # Errors
/// The error that left the run.
pub(crate) fn run<'r>(
    state: &'r State<'r>,
    flow: Result<Flow, Error<'r>>,
) -> Result<usize, Error<'r>> {
    let mut flow = flow;
    loop {
        flow = match flow {
            Ok(Flow::Exit(count)) => return Ok(count),
            Ok(Flow::Unwind) => match state.continue_unwind() {
                Ok(flow) => Ok(flow),
                Err(error) if state.is_leaving.take() => return Err(error),
                Err(error) => Err(error),
            },
            // SAFETY: the newest frame is a Lua frame of a verified function (L1, I1).
            Ok(Flow::Next | Flow::Jump | Flow::Frame | Flow::Reload) => unsafe {
                if state.hooks.is_on.get() {
                    execute::<true>(state)
                } else {
                    execute::<false>(state)
                }
            },
            Err(error) if state.suspension.is_leaving() => return Err(error),
            Err(error) => match state.try_again(error).or_else(|error| state.unwind(error)) {
                Ok(flow) => Ok(flow),
                Err(error) if state.is_leaving.take() => return Err(error),
                Err(error) => Err(error),
            },
        }
    }
}

/// Runs the Lua function of the newest frame, up to where something else has to decide what comes
/// next: [`run`] goes on with what this returns.
///
/// # Safety
/// The newest frame is a Lua frame of a verified function, and there is no hook.
#[inline(always)]
pub(super) unsafe fn run_lua<'r>(state: &'r State<'r>) -> Result<Flow, Error<'r>> {
    debug_assert!(!state.hooks.is_on.get());
    // SAFETY: the caller's promise.
    unsafe { execute::<false>(state) }
}

/// What the loop knows of the running function besides `pc`, `base` and the frame.
///
/// It lives in memory, which `black_box` sees to: as variables these would be in registers where
/// calls and returns join the loop, so that all who join would have to shuffle registers first,
/// and could not have a dispatch jump of their own.
struct Running<'r> {
    thread: &'r ThreadObject<'r>,
    closure: Closure<'r>,
    constants: *const Value<'static>,
}

impl<'r> Running<'r> {
    /// The function of `frame`, which is one of `thread`.
    ///
    /// # Safety
    /// It is a Lua frame.
    #[inline(always)]
    unsafe fn of(thread: &'r ThreadObject<'r>, frame: *mut Frame) -> Self {
        // SAFETY: the frame is initialised (K1), and its callee is a closure.
        unsafe {
            debug_assert_eq!((*frame).kind(), FrameKind::Lua);
            let closure = Closure::from_ptr((*frame).callee);
            Self {
                thread,
                closure,
                constants: closure.proto().constants.start(),
            }
        }
    }
}

/// The newest frame of a thread that runs.
///
/// # Safety
/// The thread has a frame.
#[inline(always)]
unsafe fn newest(thread: &ThreadObject<'_>) -> *mut Frame {
    // SAFETY: a thread that runs has a frame (K1).
    unsafe {
        thread
            .frames
            .get()
            .add(thread.frame_count.get() as usize - 1)
    }
}

/// Interprets the newest frame and the Lua functions that it calls. `HOOKED`: some thread has a
/// hook, which is looked at before every instruction; the other loop knows nothing of hooks (HK2).
///
/// # Safety
/// The newest frame is a Lua frame of a verified function.
#[inline(never)]
unsafe fn execute<'r, const HOOKED: bool>(state: &'r State<'r>) -> Result<Flow, Error<'r>> {
    // SAFETY: all raw accesses below rest on I1 (operands in bounds), K1 (slots initialised) and
    // L1 (the frame is the running function's).
    unsafe {
        let thread = state.thread().object();
        let mut at = Running::of(thread, newest(thread));
        core::hint::black_box(&mut at);
        'frame: loop {
            let mut frame = newest(at.thread);
            at = Running::of(at.thread, frame);
            let mut base: Slot<'r> = at.thread.stack.get().add((*frame).base as usize);
            let mut pc = (*frame).pc.cast::<Instruction>();

            macro_rules! reg {
                ($index:expr) => {
                    base.add($index)
                };
            }
            macro_rules! save {
                () => {
                    (*frame).pc = pc.cast()
                };
            }
            // Goes on in the frame below, which is a Lua frame of the same thread.
            macro_rules! back_to_caller {
                () => {
                    frame = frame.sub(1);
                    pc = (*frame).pc.cast::<Instruction>();
                    base = at.thread.stack.get().add((*frame).base as usize);
                    at.closure = Closure::from_ptr((*frame).callee);
                    at.constants = at.closure.proto().constants.start();
                };
            }
            // Reads the frame and its base anew after something that may have moved them.
            macro_rules! refresh {
                () => {
                    frame = newest(at.thread);
                    base = at.thread.stack.get().add((*frame).base as usize);
                };
            }
            macro_rules! slow {
                ($instruction:expr, $call:expr) => {{
                    save!();
                    match $call {
                        Ok(Flow::Next) => {
                            refresh!();
                        }
                        Ok(Flow::Jump) => {
                            refresh!();
                            jump!($instruction);
                        }
                        Ok(Flow::Frame) => {
                            at.thread = state.thread().object();
                            continue 'frame;
                        }
                        other => return other,
                    }
                }};
            }
            macro_rules! attempt {
                ($call:expr) => {{
                    save!();
                    match $call {
                        Ok(value) => {
                            refresh!();
                            value
                        }
                        Err(error) => return Err(error),
                    }
                }};
            }
            // Makes a way to the next instruction a block of its own, so that it gets its own copy
            // of the dispatch jump: branches that lead straight to the dispatch share one.
            macro_rules! spread {
                () => {
                    core::hint::black_box(())
                };
            }
            // Counts a step. At a safepoint everything may move, so the frame is entered anew, at
            // `$resume`: the next instruction, or this one again.
            macro_rules! count_down {
                ($resume:expr) => {{
                    // Compared with zero, what is left is counted and tested by one instruction.
                    let left = state.store.heap.countdown.get() - 1;
                    state.store.heap.countdown.set(left);
                    if left < 0 {
                        if HOOKED && $resume != pc {
                            (*frame).flags |= IS_AGAIN;
                        }
                        (*frame).pc = $resume.cast();
                        state.safepoint()?;
                        if HOOKED != state.hooks.is_on.get() {
                            return Ok(Flow::Reload);
                        }
                        at.thread = state.thread().object();
                        continue 'frame;
                    }
                    spread!();
                }};
            }
            macro_rules! jump {
                ($instruction:expr) => {{
                    let distance = $instruction.d() as isize;
                    pc = pc.offset(distance);
                    if distance < 0 {
                        count_down!(pc);
                    } else {
                        spread!();
                    }
                }};
            }
            macro_rules! constant {
                ($i:expr) => {
                    at.constants
                        .add($i.d() as usize)
                        .cast_mut()
                        .cast::<Value<'r>>()
                };
            }
            macro_rules! arith {
                ($i:expr, $event:ident, $int:expr, $float:expr) => {{
                    let (left, right) = (reg!($i.b()), reg!($i.c()));
                    let (left_tag, right_tag) = (slot::word(left), slot::word(right));
                    if left_tag == tag::INT && right_tag == tag::INT {
                        slot::set_int(reg!($i.a()), $int(slot::int(left), slot::int(right)));
                    } else if left_tag == tag::FLOAT && right_tag == tag::FLOAT {
                        let value = $float(slot::float(left), slot::float(right));
                        slot::set_float(reg!($i.a()), value);
                    } else if let Some((left, right)) = slot::mixed(left, right) {
                        slot::set_float(reg!($i.a()), $float(left, right));
                    } else {
                        arith_slow!($i, $event, register);
                    }
                }};
            }
            // The left operand is always a register.
            macro_rules! arith_slow {
                ($i:expr, $event:ident, $side:ident) => {{
                    let again = $i.again();
                    let left = (*reg!(again.b()), Operand::Register(again.b()));
                    let right = slow_right!($side, again);
                    slow!(
                        again,
                        state.arith_slow(Event::$event, left, right, again.a())
                    );
                }};
            }
            // The right operand of an instruction: register or constant.
            macro_rules! right {
                (register, $i:expr) => {
                    reg!($i.c())
                };
                (constant, $i:expr) => {
                    constant!($i)
                };
            }
            // The right operand for the slow path, and where it is.
            macro_rules! slow_right {
                (register, $i:expr) => {
                    (*reg!($i.c()), Operand::Register($i.c()))
                };
                (constant, $i:expr) => {
                    (*constant!($i), Operand::Constant($i.d() as usize))
                };
                (integer, $i:expr) => {
                    (Value::int(i64::from($i.d())), Operand::Unknown)
                };
                // The only operand of an operator is its right one as well.
                (only, $i:expr) => {
                    (*reg!($i.b()), Operand::Register($i.b()))
                };
            }
            macro_rules! arith_const {
                ($i:expr, $event:ident, $int:expr, $float:expr) => {{
                    let left = reg!($i.b());
                    let right = constant!($i);
                    let (left_tag, right_tag) = (slot::word(left), slot::word(right));
                    if left_tag == tag::FLOAT {
                        let right = if right_tag == tag::FLOAT {
                            slot::float(right)
                        } else {
                            slot::int(right) as f64
                        };
                        slot::set_float(reg!($i.a()), $float(slot::float(left), right));
                    } else if left_tag == tag::INT && right_tag == tag::INT {
                        slot::set_int(reg!($i.a()), $int(slot::int(left), slot::int(right)));
                    } else if left_tag == tag::INT {
                        let left = slot::int(left) as f64;
                        slot::set_float(reg!($i.a()), $float(left, slot::float(right)));
                    } else {
                        arith_slow!($i, $event, constant);
                    }
                }};
            }
            // With an integer in the instruction.
            macro_rules! arith_int {
                ($i:expr, $event:ident, $int:expr, $float:expr) => {{
                    let left = reg!($i.b());
                    let left_tag = slot::word(left);
                    if left_tag == tag::INT {
                        slot::set_int(reg!($i.a()), $int(slot::int(left), i64::from($i.d())));
                    } else if left_tag == tag::FLOAT {
                        let value = $float(slot::float(left), f64::from($i.d()));
                        slot::set_float(reg!($i.a()), value);
                    } else {
                        arith_slow!($i, $event, integer);
                    }
                }};
            }
            // Operators that integers do not share a quick way for: division, power.
            macro_rules! float_arith {
                ($i:expr, $event:ident, $side:ident, $float:expr) => {{
                    let (left, right) = (reg!($i.b()), right!($side, $i));
                    if let (Some(left), Some(right)) = (slot::to_float(left), slot::to_float(right))
                    {
                        slot::set_float(reg!($i.a()), $float(left, right));
                    } else {
                        arith_slow!($i, $event, $side);
                    }
                }};
            }
            // Division and modulo: a positive integer divisor needs no check for zero or overflow.
            macro_rules! divide {
                ($i:expr, $event:ident, $side:ident, $int:expr, $float:expr) => {{
                    let (left, right) = (reg!($i.b()), right!($side, $i));
                    let (left_tag, right_tag) = (slot::word(left), slot::word(right));
                    if left_tag == tag::INT && right_tag == tag::INT && slot::int(right) > 0 {
                        slot::set_int(reg!($i.a()), $int(slot::int(left), slot::int(right)));
                    } else if left_tag == tag::FLOAT && right_tag == tag::FLOAT {
                        let value = $float(slot::float(left), slot::float(right));
                        slot::set_float(reg!($i.a()), value);
                    } else {
                        arith_slow!($i, $event, $side);
                    }
                }};
            }
            macro_rules! bitwise {
                ($i:expr, $event:ident, $side:ident, $int:expr) => {{
                    let (left, right) = (reg!($i.b()), right!($side, $i));
                    if slot::word(left) == tag::INT && slot::word(right) == tag::INT {
                        slot::set_int(reg!($i.a()), $int(slot::int(left), slot::int(right)));
                    } else {
                        arith_slow!($i, $event, $side);
                    }
                }};
            }
            // Takes the instruction's jump if the condition holds.
            macro_rules! branch {
                ($i:expr, $condition:expr) => {
                    if $condition {
                        jump!($i);
                    } else {
                        spread!();
                    }
                };
            }
            macro_rules! compare {
                ($i:expr, $event:ident, $expected:expr, $int:expr, $float:expr) => {{
                    let (left, right) = (reg!($i.a()), reg!($i.b()));
                    let (left_tag, right_tag) = (slot::word(left), slot::word(right));
                    if left_tag == tag::INT && right_tag == tag::INT {
                        branch!($i, $int(&slot::int(left), &slot::int(right)) == $expected);
                    } else if left_tag == tag::FLOAT && right_tag == tag::FLOAT {
                        branch!(
                            $i,
                            $float(&slot::float(left), &slot::float(right)) == $expected
                        );
                    } else {
                        let again = $i.again();
                        let (left, right) = (*reg!(again.a()), *reg!(again.b()));
                        slow!(
                            again,
                            state.compare_slow(Event::$event, left, right, $expected)
                        );
                    }
                }};
            }
            macro_rules! compare_int {
                (
                    $i:expr, $event:ident, $is_swapped:expr, $expected:expr, $int:expr, $float:expr
                ) => {{
                    let left = reg!($i.a());
                    let left_tag = slot::word(left);
                    if left_tag == tag::INT {
                        branch!($i, $int(&slot::int(left), &$i.signed_bc()) == $expected);
                    } else if left_tag == tag::FLOAT {
                        let right = $i.signed_bc() as f64;
                        branch!($i, $float(&slot::float(left), &right) == $expected);
                    } else {
                        let again = $i.again();
                        let (left, right) = (*reg!(again.a()), Value::int(again.signed_bc()));
                        let (left, right) = if $is_swapped {
                            (right, left)
                        } else {
                            (left, right)
                        };
                        slow!(
                            again,
                            state.compare_slow(Event::$event, left, right, $expected)
                        );
                    }
                }};
            }
            macro_rules! equal {
                ($i:expr, $expected:expr) => {{
                    let (left, right) = (reg!($i.a()), reg!($i.b()));
                    let left_tag = slot::word(left);
                    if left_tag == slot::word(right) && left_tag != tag::FLOAT {
                        if slot::int(left) == slot::int(right) {
                            branch!($i, $expected);
                        } else if left_tag == tag::TABLE
                            || left_tag == tag::USERDATA
                            || left_tag == tag::LONG
                        {
                            let again = $i.again();
                            let (left, right) = (*reg!(again.a()), *reg!(again.b()));
                            slow!(again, state.equal_slow(left, right, $expected));
                        } else {
                            branch!($i, !$expected);
                        }
                    } else {
                        branch!($i, (*left).raw_equal(*right) == $expected);
                    }
                }};
            }
            macro_rules! equal_constant {
                ($i:expr, $constant:expr, $expected:expr) => {{
                    let (operand, constant): (Slot<'r>, Slot<'r>) = (reg!($i.a()), $constant);
                    if slot::word(operand) == tag::LONG && slot::word(constant) == tag::LONG {
                        slow!($i, state.equal_slow(*operand, *constant, $expected));
                    } else {
                        branch!($i, slot::equals_constant(operand, constant) == $expected);
                    }
                }};
            }
            // The table of a field access, and where it is: an upvalue, a register, or the copy
            // that a method call made of it.
            macro_rules! field_table {
                (upvalue, $i:expr) => {
                    at.closure.upvalue_unchecked($i.b()).slot.get()
                };
                (register, $i:expr) => {
                    reg!($i.b())
                };
                (copy, $i:expr) => {
                    reg!($i.a() + 1)
                };
                (own, $i:expr) => {
                    reg!($i.a())
                };
            }
            macro_rules! field_origin {
                (upvalue, $i:expr) => {
                    Operand::Upvalue($i.b())
                };
                (own, $i:expr) => {
                    Operand::Register($i.a())
                };
                ($other:ident, $i:expr) => {
                    Operand::Register($i.b())
                };
            }
            macro_rules! field_value {
                (upvalue, $i:expr) => {
                    reg!($i.a())
                };
                (own, $i:expr) => {
                    reg!($i.b())
                };
            }
            macro_rules! get_field {
                ($i:expr, $place:ident) => {{
                    let object: Slot<'r> = field_table!($place, $i);
                    let key = at.constants.add($i.key_constant());
                    'done: {
                        if slot::word(object) == tag::TABLE {
                            let table = &*slot::object::<TableObject<'r>>(object);
                            let mask = table.node_mask.get();
                            let found = ops::field_slot(table, mask, key, $i.key_hash());
                            if !found.is_null() && slot::word(found) != tag::NIL {
                                slot::copy(reg!($i.a()), found);
                                break 'done;
                            }
                            if table.is_bare() {
                                slot::set_tag(reg!($i.a()), tag::NIL);
                                break 'done;
                            }
                            if !table.is_flooded() {
                                let found = ops::inherited(table.metatable.get(), key);
                                if !found.is_null() {
                                    slot::copy(reg!($i.a()), found);
                                    break 'done;
                                }
                            }
                        }
                        let again = $i.again();
                        let object = *field_table!($place, again);
                        let key = (*at.constants.add(again.key_constant())).rebrand();
                        let origin = field_origin!($place, again);
                        slow!(again, state.index_slow(object, key, again.a(), origin));
                    }
                }};
            }
            macro_rules! get_long {
                ($i:expr) => {{
                    'done: {
                        let object: Slot<'r> = reg!($i.b());
                        if slot::word(object) == tag::TABLE {
                            let table = &*slot::object::<TableObject<'r>>(object);
                            let key = constant!($i).cast();
                            let found = ops::object_slot(table, table.node_mask.get(), key);
                            if !found.is_null() && slot::word(found) != tag::NIL {
                                slot::copy(reg!($i.a()), found);
                                break 'done;
                            }
                        }
                        let i = $i.again();
                        let (object, key) = (*reg!(i.b()), *constant!(i));
                        let table = object.as_table();
                        if let Some(value) = table.and_then(|table| ops::long_field(table, key)) {
                            *reg!(i.a()) = value;
                            break 'done;
                        }
                        let origin = Operand::Register(i.b());
                        slow!(i, state.index_slow(object, key, i.a(), origin));
                    }
                }};
            }
            macro_rules! set_field {
                ($i:expr, $place:ident) => {{
                    let object: Slot<'r> = field_table!($place, $i);
                    let value = field_value!($place, $i);
                    let key = at.constants.add($i.key_constant());
                    'done: {
                        if slot::word(object) == tag::TABLE {
                            let table = &*slot::object::<TableObject<'r>>(object);
                            let mask = table.store_mask.get();
                            let found = ops::field_slot(table, mask, key, $i.key_hash());
                            if !found.is_null()
                                && (slot::word(found) != tag::NIL || table.is_plain())
                            {
                                slot::copy(found, value);
                                break 'done;
                            }
                            if ops::store(state, table.handle(), (*key).rebrand(), *value) {
                                break 'done;
                            }
                        }
                        let again = $i.again();
                        let object = *field_table!($place, again);
                        let key = (*at.constants.add(again.key_constant())).rebrand();
                        let value = *field_value!($place, again);
                        let origin = field_origin!($place, again);
                        slow!(again, state.set_index_slow(object, key, value, origin));
                    }
                }};
            }

            // Enters the closure, or calls the host function, in the slot `$func`: what is left to
            // the code behind are other values and calls that need more room.
            macro_rules! call_value {
                ($i:expr, $func:expr, $callee:expr, $count:expr, $want:expr) => {{
                    let (func, count, want): (Slot<'r>, usize, i32) = ($func, $count, $want);
                    let (callee_tag, callee_object): (u64, *mut ()) = $callee;
                    if callee_tag == tag::CLOSURE {
                        let callee = Closure::from_ptr(callee_object.cast());
                        let callee_proto = callee.proto();
                        let new_base = func.add(1);
                        let index = new_base.offset_from(at.thread.stack.get()) as usize;
                        let end = index + callee_proto.plain_slots as usize;
                        let has_frame = at.thread.frame_count.get() < at.thread.frame_cap.get();
                        save!();
                        if end <= at.thread.stack_cap.get() as usize && has_frame {
                            let params = callee_proto.param_count as usize;
                            for missing in count..params {
                                slot::set_tag(new_base.add(missing), tag::NIL);
                                // Or a call of `memset` is made of this short loop.
                                spread!();
                            }
                            // What a frame of this sort does not use is not written.
                            frame = frame.add(1);
                            (*frame).callee = callee.as_ptr();
                            (*frame).base = index as u32;
                            (*frame).func = index as u32 - 1;
                            (*frame).top = (end - SLACK) as u32;
                            (*frame).set_lua(want);
                            at.thread.frame_count.set(at.thread.frame_count.get() + 1);
                            at.closure = callee;
                            base = new_base;
                            let entry = state.call_cache.at(pc);
                            (pc, at.constants) = entry.enter(&callee_proto);
                            save!();
                            spread!();
                            continue;
                        }
                        if callee_proto.is_vararg
                            && ops::push_vararg_frame(at.thread, func, count, want, callee)
                        {
                            refresh!();
                            at.closure = callee;
                            at.constants = callee_proto.constants.start();
                            pc = callee_proto.code.start().cast::<Instruction>();
                            spread!();
                            continue;
                        }
                    } else if !HOOKED && callee_tag == tag::NATIVE {
                        let native = Native::from_ptr(callee_object.cast());
                        let index = func.offset_from(at.thread.stack.get()) as usize;
                        save!();
                        if native.as_ptr() == state.pcall_native.get()
                            && ops::push_protected(at.thread, func, count, want)
                        {
                            continue 'frame;
                        }
                        at.thread.top.set((index + 1 + count) as u32);
                        state.native_slot.set(index as u32);
                        let reply = match Call::new(state, index, count).enter(native) {
                            Ok(reply) => reply,
                            Err(error) if state.catch_plainly(&error) => continue 'frame,
                            Err(error) => return Err(state.native_error(error)),
                        };
                        if let Some(results) = reply.count() {
                            refresh!();
                            if want < 0 {
                                at.thread.top.set((index + results) as u32);
                            } else {
                                for missing in results..want as usize {
                                    slot::set_tag(at.thread.slot_at(index + missing), tag::NIL);
                                }
                            }
                            continue;
                        }
                        let ret = Ret::normal(index, want);
                        slow!($i, state.carry_out(ret, native));
                        continue;
                    }
                }};
            }
            // Calls the function in the slot `$func`, whose words are `$callee`.
            macro_rules! call {
                ($i:expr, $func:expr, $callee:expr) => {{
                    let func = $func;
                    let count = match $i.b() {
                        0 => {
                            let end = at.thread.stack.get().add(at.thread.top.get() as usize);
                            end.offset_from(func) as usize - 1
                        }
                        count => count - 1,
                    };
                    let want = $i.c() as i32 - 1;
                    call_value!($i, func, $callee, count, want);
                    let func = func.offset_from(at.thread.stack.get()) as usize;
                    let ret = Ret::normal(func, want);
                    slow!($i, state.call_at(func, count, ret));
                }};
            }
            // Gives the frame's results, which start at a stack index, to whom they belong.
            macro_rules! deliver {
                ($from:expr, $count:expr) => {{
                    let (from, count) = ($from, $count);
                    if !HOOKED
                        && (*frame).on_return == OnReturn::Protect as u8
                        && ops::finish_protected(at.thread, from, count)
                    {
                        continue 'frame;
                    }
                    let done = *frame;
                    at.thread.frame_count.set(at.thread.frame_count.get() - 1);
                    match state.deliver(Ret::of(&done), from, count) {
                        Ok(Flow::Frame) => {
                            at.thread = state.thread().object();
                            continue 'frame;
                        }
                        other => return other,
                    }
                }};
            }
            // The same, where they mostly go to where the function was.
            macro_rules! leave {
                ($from:expr, $count:expr) => {{
                    let (from, count) = ($from, $count);
                    if HOOKED {
                        state.hook_return(from, count)?;
                        refresh!();
                    } else if (*frame).on_return == OnReturn::Normal as u8 {
                        ops::place_plainly(at.thread, &*frame, from, count);
                        at.thread.frame_count.set(at.thread.frame_count.get() - 1);
                        back_to_caller!();
                        continue;
                    }
                    deliver!(from, count);
                }};
            }
            loop {
                if HOOKED {
                    (*frame).pc = pc.add(1).cast();
                    state.hook_step()?;
                    refresh!();
                }
                let op = (*pc).op();
                pc = behind(pc);
                let i = Fetched::before(pc);
                match op {
                    Op::Move => slot::copy(reg!(i.a()), reg!(i.b())),
                    Op::LoadInt => slot::set_int(reg!(i.a()), i64::from(i.d())),
                    Op::LoadFloat => slot::set_float(reg!(i.a()), f64::from(i.d())),
                    Op::LoadConst => slot::copy(reg!(i.a()), constant!(i)),
                    Op::LoadNil => {
                        for index in i.a()..=i.a() + i.b() {
                            slot::set_tag(reg!(index), tag::NIL);
                        }
                    }
                    Op::LoadFalse => slot::set_tag(reg!(i.a()), tag::FALSE),
                    Op::LoadFalseSkip => {
                        slot::set_tag(reg!(i.a()), tag::FALSE);
                        pc = pc.add(1);
                    }
                    Op::LoadTrue => slot::set_tag(reg!(i.a()), tag::TRUE),
                    Op::GetUpvalue => {
                        let upvalue = at.closure.upvalue_unchecked(i.b());
                        slot::copy(reg!(i.a()), upvalue.slot.get());
                    }
                    Op::SetUpvalue => {
                        let upvalue = at.closure.upvalue_unchecked(i.b());
                        slot::copy(upvalue.slot.get(), reg!(i.a()));
                    }
                    Op::GetGlobal => get_field!(i, upvalue),
                    Op::SetGlobal => set_field!(i, upvalue),
                    Op::GetField => get_field!(i, register),
                    Op::SetField => set_field!(i, own),
                    Op::SelfField => {
                        let object = reg!(i.b());
                        slot::copy(reg!(i.a() + 1), object);
                        let object = reg!(i.a() + 1);
                        let key = at.constants.add(i.key_constant());
                        let kind = slot::word(object) & 0xFF;
                        if kind == tag::SHORT || kind == tag::LONG {
                            let metatable = state.type_metatable(*object).get();
                            let found = match metatable {
                                Some(_) => ops::inherited(metatable, key),
                                None => core::ptr::null_mut(),
                            };
                            if !found.is_null() {
                                slot::copy(reg!(i.a()), found);
                                continue;
                            }
                        }
                        // From the copy: the destination may be the object's own register.
                        get_field!(i, copy);
                    }
                    Op::GetFieldLong => get_long!(i),
                    Op::SetFieldLong => {
                        let object: Slot<'r> = reg!(i.a());
                        'done: {
                            if slot::word(object) == tag::TABLE {
                                let table = &*slot::object::<TableObject<'r>>(object);
                                let key = constant!(i).cast();
                                let found = ops::object_slot(table, table.store_mask.get(), key);
                                if !found.is_null() && slot::word(found) != tag::NIL {
                                    slot::copy(found, reg!(i.b()));
                                    break 'done;
                                }
                            }
                            let i = i.again();
                            let (object, key) = (*reg!(i.a()), *constant!(i));
                            let value = *reg!(i.b());
                            let table = object.as_table();
                            if table.is_some_and(|table| ops::store(state, table, key, value)) {
                                break 'done;
                            }
                            let origin = Operand::Register(i.a());
                            slow!(i, state.set_index_slow(object, key, value, origin));
                        }
                    }
                    Op::SelfLong => {
                        slot::copy(reg!(i.a() + 1), reg!(i.b()));
                        get_long!(i);
                    }
                    Op::GetIndex => {
                        let (object, key) = (reg!(i.b()), reg!(i.c()));
                        'done: {
                            if slot::word(object) == tag::TABLE {
                                let table = &*slot::object::<TableObject<'r>>(object);
                                if slot::word(key) == tag::INT {
                                    let index = (slot::int(key) as u64).wrapping_sub(1);
                                    if index < u64::from(table.array_len.get()) {
                                        let found = table.array.get().add(index as usize);
                                        if slot::word(found) != tag::NIL {
                                            slot::copy(reg!(i.a()), found);
                                            break 'done;
                                        }
                                    }
                                }
                                // The way above keeps nothing in registers for this one.
                                let (object, key) = (hidden(object), hidden(key));
                                let table = &*slot::object::<TableObject<'r>>(object);
                                // What takes long to find is charged for by the slow way.
                                if ops::is_quick_key(*key) {
                                    let value = table.handle().raw_get(*key);
                                    if table.is_bare() || !value.is_nil() && !table.is_flooded() {
                                        *reg!(i.a()) = value;
                                        break 'done;
                                    }
                                }
                            }
                            let i = i.again();
                            let (object, key) = (*reg!(i.b()), *reg!(i.c()));
                            let origin = Operand::Register(i.b());
                            slow!(i, state.index_slow(object, key, i.a(), origin));
                        }
                    }
                    Op::GetInt => {
                        let object = reg!(i.b());
                        'done: {
                            if slot::word(object) == tag::TABLE {
                                let table = &*slot::object::<TableObject<'r>>(object);
                                let index = i.c().wrapping_sub(1);
                                if index < table.array_len.get() as usize {
                                    let found = table.array.get().add(index);
                                    if slot::word(found) != tag::NIL {
                                        slot::copy(reg!(i.a()), found);
                                        break 'done;
                                    }
                                }
                                let value = table.handle().hash_int(i.c() as i64);
                                if table.is_bare() {
                                    *reg!(i.a()) = value;
                                    break 'done;
                                }
                            }
                            let i = i.again();
                            let (object, key) = (*reg!(i.b()), Value::int(i.c() as i64));
                            let origin = Operand::Register(i.b());
                            slow!(i, state.index_slow(object, key, i.a(), origin));
                        }
                    }
                    Op::SetIndex => {
                        let (object, key) = (reg!(i.a()), reg!(i.b()));
                        'done: {
                            if slot::word(object) == tag::TABLE {
                                let table = &*slot::object::<TableObject<'r>>(object);
                                if slot::word(key) == tag::INT {
                                    let index = (slot::int(key) as u64).wrapping_sub(1);
                                    let len = u64::from(table.array_len.get());
                                    if index < len {
                                        let found = table.array.get().add(index as usize);
                                        if table.may_overwrite(found) {
                                            slot::copy(found, reg!(i.c()));
                                            break 'done;
                                        }
                                    } else if index == len
                                        && index < u64::from(table.array_cap.get())
                                        && table.is_plain()
                                        && slot::word(reg!(i.c())) != tag::NIL
                                    {
                                        // Appending within the capacity.
                                        let end = table.array.get().add(index as usize);
                                        slot::copy(end, reg!(i.c()));
                                        table.array_len.set(index as u32 + 1);
                                        break 'done;
                                    }
                                }
                                let (object, key) = (hidden(object), hidden(key));
                                let table = &*slot::object::<TableObject<'r>>(object);
                                if ops::store(state, table.handle(), *key, *reg!(i.c())) {
                                    break 'done;
                                }
                            }
                            let i = i.again();
                            let (object, key) = (*reg!(i.a()), *reg!(i.b()));
                            let (value, origin) = (*reg!(i.c()), Operand::Register(i.a()));
                            slow!(i, state.set_index_slow(object, key, value, origin));
                        }
                    }
                    Op::SetInt => {
                        let object = reg!(i.a());
                        'done: {
                            if slot::word(object) == tag::TABLE {
                                let table = &*slot::object::<TableObject<'r>>(object);
                                let index = i.c().wrapping_sub(1);
                                if index < table.array_len.get() as usize {
                                    let found = table.array.get().add(index);
                                    if table.may_overwrite(found) {
                                        slot::copy(found, reg!(i.b()));
                                        break 'done;
                                    }
                                }
                                let key = Value::int(i.c() as i64);
                                if ops::store(state, table.handle(), key, *reg!(i.b())) {
                                    break 'done;
                                }
                            }
                            let i = i.again();
                            let (object, key) = (*reg!(i.a()), Value::int(i.c() as i64));
                            let (value, origin) = (*reg!(i.b()), Operand::Register(i.a()));
                            slow!(i, state.set_index_slow(object, key, value, origin));
                        }
                    }
                    Op::NewTable => {
                        let hash_count = if i.b() == 0 { 0 } else { 1usize << (i.b() - 1) };
                        let made = Table::new(&state.store, i.d() as usize, hash_count);
                        match made {
                            Ok(table) => *reg!(i.a()) = table.to_value(),
                            Err(error) => attempt!(Err::<(), _>(error.into())),
                        }
                    }
                    Op::NewRecord => {
                        let template = at.constants.add(i.d() as usize);
                        match Table::record(&state.store, template, 1 << (i.b() - 1)) {
                            Ok(table) => *reg!(i.a()) = table.to_value(),
                            Err(error) => attempt!(Err::<(), _>(error.into())),
                        }
                    }
                    Op::SetList => {
                        let from = (*frame).base as usize + i.a() + 1;
                        let count = match i.b() {
                            0 => at.thread.top.get() as usize - from,
                            count => count,
                        };
                        let (object, last) = (reg!(i.a()), i.d() as usize);
                        let is_done = slot::word(object) == tag::TABLE
                            && (*slot::object::<TableObject<'r>>(object)).append_quickly(
                                last,
                                object.add(1),
                                count,
                            );
                        if !is_done {
                            attempt!(state.set_list(*object, from, count, last as i64));
                        }
                    }

                    Op::Add => arith!(i, Add, i64::wrapping_add, |a: f64, b: f64| a + b),
                    Op::Sub => arith!(i, Sub, i64::wrapping_sub, |a: f64, b: f64| a - b),
                    Op::Mul => arith!(i, Mul, i64::wrapping_mul, |a: f64, b: f64| a * b),
                    Op::Div => float_arith!(i, Div, register, |a: f64, b: f64| a / b),
                    Op::Pow => float_arith!(i, Pow, register, number::pow),
                    Op::Mod => divide!(i, Mod, register, i64::rem_euclid, number::float_mod),
                    Op::IDiv => {
                        divide!(i, IDiv, register, i64::div_euclid, number::float_floor_div)
                    }
                    Op::BAnd => bitwise!(i, BAnd, register, |a: i64, b: i64| a & b),
                    Op::BOr => bitwise!(i, BOr, register, |a: i64, b: i64| a | b),
                    Op::BXor => bitwise!(i, BXor, register, |a: i64, b: i64| a ^ b),
                    Op::Shl => bitwise!(i, Shl, register, number::shift_left),
                    Op::Shr => bitwise!(i, Shr, register, number::shift_right),
                    Op::AddConst => {
                        arith_const!(i, Add, i64::wrapping_add, |a: f64, b: f64| a + b)
                    }
                    Op::SubConst => {
                        arith_const!(i, Sub, i64::wrapping_sub, |a: f64, b: f64| a - b)
                    }
                    Op::MulConst => {
                        arith_const!(i, Mul, i64::wrapping_mul, |a: f64, b: f64| a * b)
                    }
                    Op::DivConst => float_arith!(i, Div, constant, |a: f64, b: f64| a / b),
                    Op::PowConst => float_arith!(i, Pow, constant, number::pow),
                    Op::ModConst => divide!(i, Mod, constant, i64::rem_euclid, number::float_mod),
                    Op::IDivConst => {
                        divide!(i, IDiv, constant, i64::div_euclid, number::float_floor_div)
                    }
                    Op::BAndConst => bitwise!(i, BAnd, constant, |a: i64, b: i64| a & b),
                    Op::BOrConst => bitwise!(i, BOr, constant, |a: i64, b: i64| a | b),
                    Op::BXorConst => bitwise!(i, BXor, constant, |a: i64, b: i64| a ^ b),
                    Op::ShlConst => bitwise!(i, Shl, constant, number::shift_left),
                    Op::ShrConst => bitwise!(i, Shr, constant, number::shift_right),
                    Op::AddInt => arith_int!(i, Add, i64::wrapping_add, |a: f64, b: f64| a + b),
                    Op::SubInt => arith_int!(i, Sub, i64::wrapping_sub, |a: f64, b: f64| a - b),
                    Op::Unm => {
                        let operand = reg!(i.b());
                        let operand_tag = slot::word(operand);
                        if operand_tag == tag::INT {
                            slot::set_int(reg!(i.a()), slot::int(operand).wrapping_neg());
                        } else if operand_tag == tag::FLOAT {
                            slot::set_float(reg!(i.a()), -slot::float(operand));
                        } else {
                            arith_slow!(i, Unm, only);
                        }
                    }
                    Op::BNot => {
                        let operand = reg!(i.b());
                        if slot::word(operand) == tag::INT {
                            slot::set_int(reg!(i.a()), !slot::int(operand));
                        } else {
                            arith_slow!(i, BNot, only);
                        }
                    }
                    Op::Not => {
                        let is_falsy = slot::word(reg!(i.b())) <= tag::FALSE;
                        slot::set_tag(reg!(i.a()), tag::FALSE + u64::from(is_falsy));
                    }
                    Op::Len => {
                        let operand = reg!(i.b());
                        'done: {
                            if slot::word(operand) == tag::TABLE {
                                let table = &*slot::object::<TableObject<'r>>(operand);
                                if table.is_bare()
                                    && let Some(len) = table.handle().near_len()
                                {
                                    slot::set_int(reg!(i.a()), len);
                                    break 'done;
                                }
                            }
                            let i = i.again();
                            let (operand, origin) = (*reg!(i.b()), Operand::Register(i.b()));
                            slow!(i, state.len_slow(operand, i.a(), origin));
                        }
                    }
                    Op::Concat => slow!(i, state.concat(i.a(), i.b())),

                    Op::Jump => jump!(i),
                    Op::JumpIf => {
                        branch!(i, slot::word(reg!(i.a())) > tag::FALSE);
                    }
                    Op::JumpIfNot => {
                        branch!(i, slot::word(reg!(i.a())) <= tag::FALSE);
                    }
                    Op::JumpIfSet => {
                        let value = reg!(i.b());
                        if slot::word(value) > tag::FALSE {
                            slot::copy(reg!(i.a()), value);
                            jump!(i);
                        } else {
                            spread!();
                        }
                    }
                    Op::JumpIfNotSet => {
                        let value = reg!(i.b());
                        if slot::word(value) <= tag::FALSE {
                            slot::copy(reg!(i.a()), value);
                            jump!(i);
                        } else {
                            spread!();
                        }
                    }
                    Op::JumpEq => equal!(i, true),
                    Op::JumpNe => equal!(i, false),
                    Op::JumpLt => compare!(i, Lt, true, i64::lt, f64::lt),
                    Op::JumpNotLt => compare!(i, Lt, false, i64::lt, f64::lt),
                    Op::JumpLe => compare!(i, Le, true, i64::le, f64::le),
                    Op::JumpNotLe => compare!(i, Le, false, i64::le, f64::le),
                    Op::JumpEqConst => {
                        let constant = at.constants.add(i.bc()).cast_mut().cast::<Value<'r>>();
                        equal_constant!(i, constant, true);
                    }
                    Op::JumpNeConst => {
                        let constant = at.constants.add(i.bc()).cast_mut().cast::<Value<'r>>();
                        equal_constant!(i, constant, false);
                    }
                    Op::JumpLtI => compare_int!(i, Lt, false, true, i64::lt, f64::lt),
                    Op::JumpNotLtI => compare_int!(i, Lt, false, false, i64::lt, f64::lt),
                    Op::JumpLeI => compare_int!(i, Le, false, true, i64::le, f64::le),
                    Op::JumpNotLeI => compare_int!(i, Le, false, false, i64::le, f64::le),
                    Op::JumpGtI => compare_int!(i, Lt, true, true, i64::gt, f64::gt),
                    Op::JumpNotGtI => compare_int!(i, Lt, true, false, i64::gt, f64::gt),
                    Op::JumpGeI => compare_int!(i, Le, true, true, i64::ge, f64::ge),
                    Op::JumpNotGeI => compare_int!(i, Le, true, false, i64::ge, f64::ge),

                    Op::ForPrep => slow!(i, state.prepare_loop(i.a())),
                    Op::ForLoop => {
                        let control = reg!(i.a());
                        if slot::word(control) == tag::INT {
                            let left = slot::int(control.add(1)) as u64;
                            if left > 0 {
                                let step = slot::int(control.add(2));
                                let value = slot::int(control).wrapping_add(step);
                                slot::set_payload(control.add(1), (left - 1) as i64);
                                slot::set_payload(control, value);
                                slot::set_int(control.add(3), value);
                                pc = pc.offset(i.d() as isize);
                                count_down!(pc);
                            } else {
                                spread!();
                            }
                        } else {
                            let step = slot::float(control.add(2));
                            let limit = slot::float(control.add(1));
                            let value = slot::float(control) + step;
                            if if step > 0.0 {
                                value <= limit
                            } else {
                                limit <= value
                            } {
                                slot::set_float(control, value);
                                slot::set_float(control.add(3), value);
                                pc = pc.offset(i.d() as isize);
                                count_down!(pc);
                            }
                        }
                    }
                    Op::GenericPrep => {
                        if slot::word(reg!(i.a() + 3)) > tag::FALSE {
                            attempt!(state.mark_to_close(i.a() + 3));
                        }
                        pc = pc.offset(i.d() as isize);
                    }
                    Op::GenericCall => {
                        count_down!(pc.sub(1));
                        let first = reg!(i.a());
                        let callee = slot::object::<()>(first);
                        if !HOOKED
                            && slot::word(first) == tag::NATIVE
                            && slot::word(first.add(1)) == tag::TABLE
                            && state.is_iterator(callee)
                        {
                            // `next` and the iterator of `ipairs`, without a call.
                            let step = if callee == state.next_native.get() {
                                ops::step_pairs(first)
                            } else {
                                ops::step_list(first)
                            };
                            if step != ops::Step::Unknown {
                                for missing in 2..i.c() {
                                    slot::set_tag(first.add(4 + missing), tag::NIL);
                                }
                                // The `GenericLoop` behind is carried out at once.
                                let back = *pc;
                                pc = pc.add(1);
                                if step == ops::Step::Entry {
                                    pc = pc.offset(back.d() as isize);
                                }
                                continue;
                            }
                        }
                        slot::copy(first.add(4), first);
                        slot::copy(first.add(5), first.add(1));
                        slot::copy(first.add(6), first.add(2));
                        let want = i.c() as i32;
                        call_value!(i, first.add(4), slot::words(first), 2, want);
                        let func = (*frame).base as usize + i.a() + 4;
                        let ret = Ret::normal(func, want);
                        slow!(i, state.call_at(func, 2, ret));
                    }
                    Op::GenericLoop => {
                        let first = reg!(i.a());
                        if slot::word(first.add(4)) != tag::NIL {
                            slot::copy(first.add(2), first.add(4));
                            pc = pc.offset(i.d() as isize);
                            count_down!(pc);
                        }
                    }

                    Op::Call => {
                        count_down!(pc.sub(1));
                        let func = reg!(i.a());
                        call!(i, func, slot::words(func));
                    }
                    Op::CallUpvalue => {
                        count_down!(pc.sub(1));
                        let upvalue = at.closure.upvalue_unchecked(i.d() as usize);
                        let (func, callee) = (reg!(i.a()), slot::words(upvalue.slot.get()));
                        slot::set_words(func, callee);
                        call!(i, func, callee);
                    }
                    Op::CallLocal => {
                        count_down!(pc.sub(1));
                        let (func, callee) = (reg!(i.a()), slot::words(reg!(i.d() as usize)));
                        slot::set_words(func, callee);
                        call!(i, func, callee);
                    }
                    Op::TailCall => {
                        count_down!(pc.sub(1));
                        let func = reg!(i.a());
                        let is_plain = i.c() == 0 && slot::word(func) == tag::CLOSURE;
                        if is_plain && (*frame).base == (*frame).func + 1 {
                            let callee = Closure::from_ptr(slot::object(func));
                            let callee_proto = callee.proto();
                            let end = (*frame).base as usize + callee_proto.plain_slots as usize;
                            if end <= at.thread.stack_cap.get() as usize {
                                // The callee takes this frame's place. Counted with it are values.
                                let count = match i.b() {
                                    0 => {
                                        let end = at.thread.slot_at(at.thread.top.get() as usize);
                                        end.offset_from(func) as usize
                                    }
                                    count => count,
                                };
                                let wanted = callee_proto.param_count as usize + 1;
                                for index in 0..count.min(wanted) {
                                    slot::copy(base.sub(1).add(index), func.add(index));
                                    // Or the loop is made ready for long ones, as below.
                                    spread!();
                                }
                                for missing in count..wanted {
                                    slot::set_tag(base.sub(1).add(missing), tag::NIL);
                                    spread!();
                                }
                                (*frame).callee = callee.as_ptr();
                                (*frame).top = (end - SLACK) as u32;
                                (*frame).add_flags(IS_TAIL_CALL);
                                if HOOKED {
                                    (*frame).flags &= !IS_HOOKED;
                                }
                                at.closure = callee;
                                let entry = state.call_cache.at(pc);
                                (pc, at.constants) = entry.enter(&callee_proto);
                                save!();
                                spread!();
                                continue;
                            }
                        }
                        let func = (*frame).base as usize + i.a();
                        let count = match i.b() {
                            0 => at.thread.top.get() as usize - func - 1,
                            count => count - 1,
                        };
                        slow!(i, state.tail_call(func, count, i.c() != 0));
                    }
                    Op::Return => {
                        let from = (*frame).base as usize + i.a();
                        save!();
                        let count = match i.b() {
                            0 => state.charge_results(at.thread.top.get() as usize - from)?,
                            count => count - 1,
                        };
                        if i.c() != 0 && !at.thread.close_plainly(base) {
                            // Something is to be closed first; handlers make this run again.
                            let top = from + count;
                            match state.close_variables(0, Some(top)) {
                                Ok(Flow::Next) => {
                                    refresh!();
                                }
                                Ok(Flow::Frame) => {
                                    at.thread = state.thread().object();
                                    continue 'frame;
                                }
                                other => return other,
                            }
                        }
                        leave!(from, count);
                    }
                    Op::Return0 => {
                        if HOOKED {
                            save!();
                            state.hook_return((*frame).base as usize, 0)?;
                            refresh!();
                        }
                        if (*frame).plain_want() == 0 {
                            at.thread.frame_count.set(at.thread.frame_count.get() - 1);
                            back_to_caller!();
                            spread!();
                            continue;
                        }
                        let want = (*frame).want;
                        if (*frame).on_return == OnReturn::Normal as u8 {
                            let func = at.thread.stack.get().add((*frame).func as usize);
                            at.thread.frame_count.set(at.thread.frame_count.get() - 1);
                            if want < 0 {
                                at.thread.top.set((*frame).func);
                            } else {
                                for missing in 0..want as usize {
                                    slot::set_tag(func.add(missing), tag::NIL);
                                }
                            }
                            back_to_caller!();
                            spread!();
                            continue;
                        }
                        deliver!((*frame).base as usize, 0);
                    }
                    Op::Return1 => {
                        if HOOKED {
                            save!();
                            state.hook_return((*frame).base as usize + i.a(), 1)?;
                            refresh!();
                        }
                        if (*frame).plain_want() <= 1 {
                            debug_assert_eq!((*frame).base, (*frame).func + 1);
                            slot::copy(base.sub(1), reg!(i.a()));
                            at.thread.frame_count.set(at.thread.frame_count.get() - 1);
                            back_to_caller!();
                            spread!();
                            continue;
                        }
                        let want = (*frame).want;
                        if (*frame).on_return == OnReturn::Normal as u8 {
                            let func = at.thread.stack.get().add((*frame).func as usize);
                            slot::copy(func, reg!(i.a()));
                            at.thread.frame_count.set(at.thread.frame_count.get() - 1);
                            if want != 1 {
                                if want < 0 {
                                    at.thread.top.set((*frame).func + 1);
                                } else {
                                    for missing in 1..want as usize {
                                        slot::set_tag(func.add(missing), tag::NIL);
                                    }
                                }
                            }
                            back_to_caller!();
                            spread!();
                            continue;
                        }
                        if (*frame).on_return == OnReturn::Exit as u8 {
                            // As `deliver` does it, for calls from the host.
                            let func = at.thread.stack.get().add((*frame).func as usize);
                            slot::copy(func, reg!(i.a()));
                            at.thread.top.set((*frame).func + 1);
                            at.thread.frame_count.set(at.thread.frame_count.get() - 1);
                            return Ok(Flow::Exit(1));
                        }
                        deliver!((*frame).base as usize + i.a(), 1);
                    }
                    Op::ReturnUpvalue => {
                        let upvalue = at.closure.upvalue_unchecked(i.b());
                        if !HOOKED && (*frame).plain_want() <= 1 {
                            debug_assert_eq!((*frame).base, (*frame).func + 1);
                            slot::copy(base.sub(1), upvalue.slot.get());
                            at.thread.frame_count.set(at.thread.frame_count.get() - 1);
                            back_to_caller!();
                            spread!();
                            continue;
                        }
                        slot::copy(reg!(i.a()), upvalue.slot.get());
                        save!();
                        leave!((*frame).base as usize + i.a(), 1);
                    }
                    Op::VarArg => {
                        if i.c() == 0 {
                            attempt!(state.load_varargs(i.a()));
                        } else {
                            // They lie just below the function, which was moved above them.
                            let available = (*frame).vararg_count as usize;
                            let first = base.sub(1 + available);
                            for index in 0..i.c() - 1 {
                                if index < available {
                                    slot::copy(reg!(i.a() + index), first.add(index));
                                } else {
                                    slot::set_tag(reg!(i.a() + index), tag::NIL);
                                }
                            }
                        }
                    }
                    Op::Closure => {
                        let inner = at.closure.proto().protos.start().add(i.d() as usize).read();
                        let index = (*frame).base as usize;
                        // Making one moves nothing, so frame and base stay as they are; who watches
                        // allocations looks at `pc`.
                        save!();
                        match state.make_closure(at.closure, inner.as_ref(), index) {
                            Ok(made) => *reg!(i.a()) = made.to_value(),
                            Err(error) => attempt!(Err::<(), _>(error.into())),
                        }
                    }
                    Op::Close => {
                        if !at.thread.close_plainly(reg!(i.a())) {
                            slow!(i, state.close_variables(i.a(), None));
                        }
                    }
                    Op::ToBeClosed => attempt!(state.mark_to_close(i.a())),
                    Op::Step => attempt!(state.count_step()),
                }
            }
        }
    }
}
