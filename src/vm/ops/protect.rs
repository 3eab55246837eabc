//! Protected calls on the fast path: `pcall` of a plain Lua function, its return, and errors that
//! nothing has to be done for on their way to it. What they cannot do is left to the general way.
#![allow(unsafe_code)]

use crate::error::Error;
use crate::value::{Closure, SLACK, ThreadObject, tag};
use crate::vm::call::{FrameKind, HAS_HANDLER, IS_UNWINDING, OnReturn, PROTECT_DEPTH_MAX};
use crate::vm::slot::{self, Slot};
use crate::vm::state::State;

/// Enters the closure behind `pcall`, which is in the slot `func` with `count` arguments, if it is
/// a plain one and there is room; false leaves all to the general way.
///
/// # Safety
/// `func` and its arguments are slots of `thread`, whose newest frame runs; the host function in
/// `func` is `pcall`.
#[inline(never)]
pub(crate) unsafe fn push_protected<'r>(
    thread: &ThreadObject<'r>,
    func: Slot<'r>,
    count: usize,
    want: i32,
) -> bool {
    // SAFETY: there are slots behind every frame (K2), so there is one behind `func`.
    let callee = unsafe {
        if count == 0 || slot::word(func.add(1)) != tag::CLOSURE {
            return false;
        }
        Closure::from_ptr(slot::object(func.add(1)))
    };
    let proto = callee.proto();
    // SAFETY: `func` is a slot of the thread's stack.
    let index = unsafe { func.offset_from(thread.stack.get()) } as usize;
    let (base, depth) = (index + 2, thread.protect_depth.get());
    let end = base + proto.plain_slots as usize;
    let frame_count = thread.frame_count.get();
    if end > thread.stack_cap.get() as usize
        || frame_count + 2 > thread.frame_cap.get()
        || depth >= PROTECT_DEPTH_MAX
    {
        return false;
    }
    // SAFETY: parameters lie below the capacity, as was just checked, and there is room for two
    // frames; what a frame of these sorts does not use is not written.
    unsafe {
        for missing in count - 1..proto.param_count as usize {
            slot::set_tag(func.add(2 + missing), tag::NIL);
        }
        let marker = thread.frames.get().add(frame_count as usize);
        (*marker).pc = core::ptr::null();
        (*marker).callee = slot::object(func);
        (*marker).base = index as u32 + 1;
        (*marker).func = index as u32;
        (*marker).top = index as u32 + 1;
        (*marker).vararg_count = count as u32;
        (*marker).set_lua(want);
        (*marker).kind = FrameKind::Protect as u8;
        (*marker).extra = depth as usize;
        let frame = marker.add(1);
        (*frame).pc = proto.code.start();
        (*frame).callee = callee.as_ptr();
        (*frame).base = base as u32;
        (*frame).func = index as u32 + 1;
        (*frame).top = (end - SLACK) as u32;
        (*frame).set_lua(-1);
        (*frame).on_return = OnReturn::Protect as u8;
    }
    thread.frame_count.set(frame_count + 2);
    thread.protect_depth.set(depth + 1);
    true
}

/// Returns from the function that the newest frame runs, with the `count` values from stack index
/// `from` on, to the protected call below and to its caller; false if its results go elsewhere.
///
/// # Safety
/// The newest frame of `thread` returns to a protected call ([`OnReturn::Protect`]), and the values
/// are slots of the thread's stack.
#[inline(never)]
pub(crate) unsafe fn finish_protected(
    thread: &ThreadObject<'_>,
    from: usize,
    count: usize,
) -> bool {
    let frame_count = thread.frame_count.get();
    // SAFETY: below a frame that returns to a protected call is its marker.
    let marker = unsafe { &*thread.frames.get().add(frame_count as usize - 2) };
    debug_assert_eq!(marker.kind(), FrameKind::Protect);
    if marker.on_return() != OnReturn::Normal {
        return false;
    }
    thread.frame_count.set(frame_count - 2);
    thread.protect_depth.set(marker.extra as u32);
    // SAFETY: values move down, from a frame above the marker to its slot; the nils that are added
    // are registers of the caller, or lie in the slots behind them (K2).
    unsafe {
        let to = thread.slot_at(marker.func as usize);
        slot::set_tag(to, tag::TRUE);
        let kept = if marker.want < 0 {
            thread.top.set(marker.func + 1 + count as u32);
            count
        } else {
            count.min((marker.want as usize).saturating_sub(1))
        };
        let from = thread.slot_at(from);
        for index in 0..kept {
            slot::copy(to.add(1 + index), from.add(index));
        }
        for missing in 1 + kept as i32..marker.want {
            slot::set_tag(to.add(missing as usize), tag::NIL);
        }
    }
    true
}

impl<'r> State<'r> {
    /// Brings an error to the nearest protected call and its results to the caller, where neither
    /// handlers nor variables to be closed are on the way; false leaves all to
    /// [`State::unwind`](State::unwind).
    pub(crate) fn catch_plainly(&self, error: &Error<'r>) -> bool {
        let thread = self.thread();
        let object = thread.object();
        let mut index = object.frame_count.get() as usize;
        // SAFETY: frames below the count; the run's entry is below all that its loop runs (L1).
        let marker = unsafe {
            loop {
                let Some(below) = index.checked_sub(1) else {
                    return false;
                };
                index = below;
                let frame = object.frames.get().add(index);
                match (*frame).kind() {
                    FrameKind::Lua | FrameKind::Native => {}
                    FrameKind::Protect => break &*frame,
                    _ => return false,
                }
            }
        };
        let slot = marker.func as usize;
        if marker.flags & (HAS_HANDLER | IS_UNWINDING) != 0
            || marker.on_return() != OnReturn::Normal
            || self.is_handled.get()
            || !error.kind().is_catchable()
            || thread.last_to_close(slot).is_some()
            || thread.is_reserve_open()
            || self.suspension.is_leaving()
            || self.hooks.is_on.get()
        {
            return false;
        }
        thread.close_upvalues(slot);
        self.is_native_error.set(false);
        object.frame_count.set(index as u32);
        object.protect_depth.set(marker.extra as u32);
        // SAFETY: there are slots above every frame (K2), and as many registers as are wanted.
        unsafe {
            let to = object.slot_at(slot);
            if marker.want < 0 {
                object.top.set(slot as u32 + 2);
            } else {
                object.top.set(slot as u32 + 1);
                for missing in 2..marker.want {
                    slot::set_tag(to.add(missing as usize), tag::NIL);
                }
            }
            // Where fewer are wanted, these two were the call's own.
            slot::set_tag(to, tag::FALSE);
            *to.add(1) = error.value();
        }
        true
    }
}
