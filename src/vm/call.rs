//! Calls and returns off the fast path: frames, varargs, `__call`, and where results go.
#![allow(unsafe_code)]
//!
//! - **L1** The newest frame of the running thread is the one whose instruction is carried out, or
//!   a marker that waits for what runs above it.
//! - **L2** A frame's `pc` is current whenever code outside the loop can see it.
//! - **L3** A frame is reserved whole on entry: `top` slots and slack exist (K2).

use core::mem::offset_of;
use core::ptr;

use super::metamethod::Event;
use super::native::{Again, Call, NativeFn, Protection, Request};
use super::state::State;
use crate::bytecode::Instruction;
use crate::error::{Error, ErrorKind};
use crate::memory::{AllocError, Bound};
use crate::value::{Closure, Frame, Native, Proto, SLACK, ThreadObject, Value};

/// What sort of frame this is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum FrameKind {
    /// A Lua function.
    Lua,
    /// A host function that waits for a call it requested.
    Native,
    /// As `Native`, and errors stop here.
    Protect,
    /// The Rust stack waits here for a run of the loop.
    Entry,
    /// A host function that waits for a coroutine it resumed.
    Resume,
    /// A host function at which a coroutine yielded.
    Yield,
}

/// What is done with the results of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum OnReturn {
    /// They go to the function's slot and up.
    Normal,
    /// The first goes into register `operand` of the caller.
    Store,
    /// The first decides on the caller's jump, which is taken if its truth equals `operand`.
    Test,
    /// They are dropped.
    Discard,
    /// They are dropped, and the caller's instruction is carried out again.
    Rerun,
    /// As `Rerun`, with the top of open results restored from the caller's `extra`.
    RerunOpen,
    /// The first replaces the last two operands of a concatenation, of which `operand` are left.
    Concat,
    /// They are the results of a run of the loop.
    Exit,
    /// They are the results of a protected call, whose marker is the newest frame.
    Protect,
    /// The coroutine has ended.
    Finish,
    /// The host function whose marker is the newest frame goes on.
    Continue,
    /// The first replaces the error that is being raised.
    Handler,
    /// They are dropped, and closing variables on the way to a protected call goes on.
    Unwind,
    /// The caller, which is the newest frame, returns them.
    Return,
}

/// What the loop does next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Flow {
    /// Go on in the same frame.
    Next,
    /// Go on in the same frame and take the instruction's jump.
    Jump,
    /// Go on with whatever frame is newest now.
    Frame,
    /// The run is over, with this many results from the entry's slot on.
    Exit(usize),
    /// Closing variables on the way to a protected call goes on.
    Unwind,
    /// As `Frame`, with the loop entered anew: hooks were turned on or off.
    Reload,
}

/// Where the results of a call go.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ret {
    pub(crate) func: usize,
    pub(crate) want: i32,
    pub(crate) on_return: OnReturn,
    pub(crate) operand: u8,
}

impl Ret {
    /// All results to `func` and up, then `on_return`.
    pub(crate) const fn all(func: usize, on_return: OnReturn) -> Self {
        Self {
            func,
            want: -1,
            on_return,
            operand: 0,
        }
    }

    /// `want` results to `func` and up, and nothing more.
    pub(crate) const fn normal(func: usize, want: i32) -> Self {
        Self {
            func,
            want,
            on_return: OnReturn::Normal,
            operand: 0,
        }
    }

    /// What a frame says of its results.
    pub(crate) fn of(frame: &Frame) -> Self {
        Self {
            func: frame.func as usize,
            want: frame.want,
            on_return: frame.on_return(),
            operand: frame.operand,
        }
    }

    /// A frame for a call whose results go here.
    pub(crate) fn frame(self, kind: FrameKind, callee: *mut (), top: usize) -> Frame {
        Frame {
            pc: ptr::null(),
            callee,
            base: self.func as u32 + 1,
            func: self.func as u32,
            top: top as u32,
            vararg_count: 0,
            want: self.want,
            kind: kind as u8,
            on_return: self.on_return as u8,
            operand: self.operand,
            flags: 0,
            extra: 0,
        }
    }
}

/// Where in a frame the word is that says what happens when it ends: `want`, and the bytes behind
/// it. It is written and read as a whole, for a word that was just written in parts stalls who
/// reads it.
const ENDING: usize = {
    let start = offset_of!(Frame, want);
    assert!(start.is_multiple_of(align_of::<u64>()));
    assert!(offset_of!(Frame, flags) == start + size_of::<u64>() - 1);
    start
};

impl Frame {
    /// Makes this a Lua frame whose results, `want` of them, go to the function's slot.
    #[inline(always)]
    pub(crate) fn set_lua(&mut self, want: i32) {
        const { assert!(FrameKind::Lua as u8 == 0 && OnReturn::Normal as u8 == 0) };
        self.set_ending(u64::from(want.cast_unsigned()));
        debug_assert!(self.want == want && self.kind() == FrameKind::Lua && self.flags == 0);
    }

    /// How many results are wanted of a frame that is as [`Frame::set_lua`] leaves it; more than
    /// can be counted if all are, or the frame is another.
    #[inline(always)]
    pub(crate) fn plain_want(&self) -> u64 {
        self.ending()
    }

    /// Sets `flags` beside those that are set.
    #[inline(always)]
    pub(crate) fn add_flags(&mut self, flags: u8) {
        // In a number, the last byte of the word comes first or last.
        let ending = if cfg!(target_endian = "big") {
            self.ending() | u64::from(flags) << 32
        } else {
            self.ending() | u64::from(flags) << 56
        };
        self.set_ending(ending);
    }

    /// The word at [`ENDING`], of which `want` is the lower half.
    #[inline(always)]
    fn ending(&self) -> u64 {
        // SAFETY: the word lies in this frame, see `ENDING`.
        let ending = unsafe { ptr::from_ref(self).byte_add(ENDING).cast::<u64>().read() };
        if cfg!(target_endian = "big") {
            ending.rotate_left(32)
        } else {
            ending
        }
    }

    /// Writes what [`Frame::ending`] reads.
    #[inline(always)]
    fn set_ending(&mut self, ending: u64) {
        let ending = if cfg!(target_endian = "big") {
            ending.rotate_left(32)
        } else {
            ending
        };
        // SAFETY: the word lies in this frame, see `ENDING`.
        unsafe {
            ptr::from_mut(self)
                .byte_add(ENDING)
                .cast::<u64>()
                .write(ending)
        };
    }

    /// The kind, as the VM names it.
    #[inline(always)]
    pub(crate) fn kind(&self) -> FrameKind {
        // SAFETY: frames are made by this module from a `FrameKind`.
        unsafe { core::mem::transmute::<u8, FrameKind>(self.kind) }
    }

    /// What is done with the results, as the VM names it.
    #[inline(always)]
    pub(crate) fn on_return(&self) -> OnReturn {
        // SAFETY: frames are made by this module from an `OnReturn`.
        unsafe { core::mem::transmute::<u8, OnReturn>(self.on_return) }
    }

    /// The closure that a Lua frame runs.
    pub(crate) fn closure<'r>(&self) -> Option<Closure<'r>> {
        // SAFETY: the callee of a Lua frame is a live closure (X1: its slot holds it).
        (self.kind() == FrameKind::Lua).then(|| unsafe { Closure::from_ptr(self.callee) })
    }

    /// The host function that a marker frame stands for, if it stands for one.
    pub(crate) fn native<'r>(&self) -> Option<Native<'r>> {
        let is_native = self.kind() != FrameKind::Lua && !self.callee.is_null();
        // SAFETY: the callee of a marker frame is null or a live native.
        is_native.then(|| unsafe { Native::from_ptr(self.callee) })
    }

    /// Index of the instruction that is being carried out, in a Lua frame.
    pub(crate) fn current_pc(&self, proto: &Proto) -> usize {
        let start = proto.code.start();
        ((self.pc.addr() - start.addr()) / size_of::<u64>()).saturating_sub(1)
    }
}

/// Enters a function without varargs whose registers and frame have room already, as most have;
/// false leaves all to [`State::push_lua_frame`].
#[inline]
fn push_plain_frame<'r>(
    thread: &ThreadObject<'r>,
    func: usize,
    count: usize,
    ret: Ret,
    closure: Closure<'r>,
) -> bool {
    let proto = closure.proto();
    let base = func + 1;
    let end = base + proto.plain_slots as usize;
    let frame_count = thread.frame_count.get();
    if end > thread.stack_cap.get() as usize || frame_count >= thread.frame_cap.get() {
        return false;
    }
    for missing in count..proto.param_count as usize {
        // SAFETY: parameters are registers, which lie below the capacity, as was just checked.
        unsafe { thread.slot_at(base + missing).write(Value::NIL) };
    }
    // SAFETY: there is room for a frame, as was just checked; what a frame of this sort does not
    // use is not written.
    unsafe {
        let frame = thread.frames.get().add(frame_count as usize);
        (*frame).pc = proto.code.start();
        (*frame).callee = closure.as_ptr();
        (*frame).base = base as u32;
        (*frame).func = func as u32;
        (*frame).top = (end - SLACK) as u32;
        (*frame).set_lua(ret.want);
        (*frame).on_return = ret.on_return as u8;
        (*frame).operand = ret.operand;
    }
    thread.frame_count.set(frame_count + 1);
    true
}

impl<'r> State<'r> {
    /// The newest frame of the running thread, to be changed in place.
    #[inline(always)]
    pub(crate) fn newest(&self) -> *mut Frame {
        // SAFETY: while anything runs there is a frame (L1).
        unsafe { self.thread().newest_frame() }
    }

    /// Whether the newest frame's next instruction runs again, which is forgotten.
    pub(crate) fn runs_again(&self) -> bool {
        // SAFETY: there is a newest frame (L1), and nobody else has a reference to it.
        let flags = unsafe { &mut (*self.newest()).flags };
        let is_again = *flags & IS_AGAIN != 0;
        *flags &= !IS_AGAIN;
        is_again
    }

    /// The first stack index that nothing in progress uses.
    pub(crate) fn free_slot(&self) -> usize {
        let thread = self.thread();
        let top = thread.object().top.get() as usize;
        match thread.frame(thread.frame_count().wrapping_sub(1)) {
            Some(frame) => (frame.top as usize).max(top),
            None => top,
        }
    }

    /// Calls the value at stack index `func` with the `count` values behind it.
    ///
    /// # Errors
    /// What the call raises before a Lua function is entered, or what a host function raises.
    pub(crate) fn call_at(&self, func: usize, count: usize, ret: Ret) -> Result<Flow, Error<'r>> {
        let thread = self.thread();
        let mut count = count;
        loop {
            let callee = thread.get(func);
            if let Some(closure) = callee.as_closure() {
                if !push_plain_frame(thread.object(), func, count, ret, closure) {
                    self.push_lua_frame(func, count, ret, closure)?;
                }
                return Ok(Flow::Frame);
            }
            if let Some(native) = callee.as_native() {
                return self.call_native(func, count, ret, native);
            }
            count = self.insert_call_handlers(func, count)?;
        }
    }

    /// Puts `__call` metamethods before the value at `func`, until there is a function; returns how
    /// many arguments there are then.
    pub(crate) fn insert_call_handlers(
        &self,
        func: usize,
        count: usize,
    ) -> Result<usize, Error<'r>> {
        for inserted in 0..CALL_CHAIN_MAX {
            if self.thread().get(func).is_function() {
                return Ok(count + inserted);
            }
            self.insert_call_handler(func, count + inserted)?;
        }
        Err(self.error_here(b"'__call' chain too long; possible loop"))
    }

    /// Puts the `__call` metamethod of the value at `func` before it.
    fn insert_call_handler(&self, func: usize, count: usize) -> Result<(), Error<'r>> {
        let thread = self.thread();
        let callee = thread.get(func);
        let handler = self.metamethod(callee, Event::Call);
        if handler.is_nil() {
            return Err(self.call_error(callee));
        }
        self.charge(count as u64)?;
        thread
            .ensure(&self.store, func + count + 2)
            .map_err(|error| self.stack_error(error))?;
        thread.shift(func, func + 1, count + 1);
        thread.set(func, handler);
        Ok(())
    }

    /// Enters a Lua function: the general way, for any count of arguments.
    pub(crate) fn push_lua_frame(
        &self,
        func: usize,
        count: usize,
        ret: Ret,
        closure: Closure<'r>,
    ) -> Result<(), Error<'r>> {
        let thread = self.thread();
        let proto = closure.proto();
        let params = proto.param_count as usize;
        let mut base = func + 1;
        if proto.is_vararg {
            base += count + 1;
        }
        let top = base + proto.register_count as usize;
        thread
            .ensure(&self.store, top)
            .map_err(|error| self.stack_error(error))?;
        if proto.is_vararg {
            // The function and its parameters move above the extra arguments.
            thread.set(base - 1, thread.get(func));
            for index in 0..params.min(count) {
                thread.set(base + index, thread.get(func + 1 + index));
                thread.set(func + 1 + index, Value::NIL);
            }
        }
        for index in count.min(params)..params {
            thread.set(base + index, Value::NIL);
        }
        let mut frame = Ret { func, ..ret }.frame(FrameKind::Lua, closure.as_ptr(), top);
        frame.pc = proto.code.start();
        frame.base = base as u32;
        frame.vararg_count = if proto.is_vararg {
            count.saturating_sub(params) as u32
        } else {
            0
        };
        Ok(thread.push_frame(&self.store, frame)?)
    }

    /// Calls a host function and carries out what it replies.
    fn call_native(
        &self,
        func: usize,
        count: usize,
        ret: Ret,
        native: Native<'r>,
    ) -> Result<Flow, Error<'r>> {
        let thread = self.thread();
        let top = func + 1 + count;
        thread
            .ensure(&self.store, top)
            .map_err(|error| self.stack_error(error))?;
        let outer_top = thread.object().top.replace(top as u32);
        let outer_slot = self.native_slot.replace(func as u32);
        let ret = Ret { func, ..ret };
        if self.hooks.is_on.get() {
            self.hook_native(native, func, count, false)?;
        }
        let reply = Call::new(self.brand(), func, count)
            .enter(native)
            .map_err(|error| self.native_error(error))?;
        thread.object().top.set(outer_top);
        self.native_slot.set(outer_slot);
        match reply.count() {
            Some(results) => {
                if self.hooks.is_on.get() {
                    self.hook_native(native, func, results, true)?;
                }
                self.deliver(ret, func, results)
            }
            None => self.carry_out(ret, native),
        }
    }

    /// Notes that `error` was raised by the host function at `native_slot`.
    #[cold]
    pub(crate) fn native_error(&self, error: Error<'r>) -> Error<'r> {
        self.is_native_error.set(true);
        error
    }

    /// Notes that `error` was raised by the host function at stack index `slot`.
    #[cold]
    pub(crate) fn native_error_at(&self, slot: usize, error: Error<'r>) -> Error<'r> {
        self.native_slot.set(slot as u32);
        self.native_error(error)
    }

    /// This state as natives see it.
    #[inline(always)]
    pub(crate) fn brand(&self) -> &'r State<'r> {
        // SAFETY: a state lives as long as its region: `State::with` is the only way to one.
        unsafe { &*core::ptr::from_ref(self) }
    }

    /// Carries out the request of the host function called at `ret.func`.
    pub(crate) fn carry_out(&self, ret: Ret, native: Native<'r>) -> Result<Flow, Error<'r>> {
        match self.request.replace(Request::None) {
            Request::None => self.deliver(ret, ret.func, 0),
            Request::Reload => {
                if self.hooks.is_on.get() {
                    self.hook_native(native, ret.func, 0, true)?;
                }
                let flow = self.deliver(ret, ret.func, 0)?;
                Ok(if flow == Flow::Frame {
                    Flow::Reload
                } else {
                    flow
                })
            }
            Request::Call {
                func,
                count: args,
                kept,
                protection,
                continuation,
            } => {
                let kind = match protection {
                    Protection::None => FrameKind::Native,
                    _ => FrameKind::Protect,
                };
                let mut marker = ret.frame(kind, native.as_ptr(), func);
                marker.vararg_count = kept as u32;
                let on_return = match (protection, continuation) {
                    (Protection::None, Some(function)) => {
                        marker.extra = function as usize;
                        OnReturn::Continue
                    }
                    (Protection::None, None) => OnReturn::Continue,
                    (Protection::Handle(handler), _) => {
                        // The function's slot is free now: its value is in the marker.
                        self.thread().set(ret.func, handler);
                        marker.flags |= HAS_HANDLER;
                        OnReturn::Protect
                    }
                    (Protection::Catch, _) => OnReturn::Protect,
                };
                let thread = self.thread();
                if kind == FrameKind::Protect {
                    let depth = thread.object().protect_depth.get();
                    marker.extra = depth as usize;
                    thread.push_frame(&self.store, marker)?;
                    thread.object().protect_depth.set(depth + 1);
                    if depth == PROTECT_DEPTH_MAX {
                        // This call catches it, as in PUC Lua, or its handler sees it.
                        return Err(self.plain_error(b"C stack overflow"));
                    }
                    if depth >= PROTECT_DEPTH_MAX + HANDLING_DEPTH_MAX {
                        return Err(Error::bare(ErrorKind::Handler));
                    }
                } else {
                    thread.push_frame(&self.store, marker)?;
                }
                self.call_at(func, args, Ret::all(func, on_return))
            }
            Request::Resume {
                thread,
                from,
                count,
                is_wrap,
            } => self.resume(ret, native, thread, from, count, is_wrap),
            Request::Yield { from, count } => self.yield_values(ret, native, from, count),
            Request::Wait { from, count } => self.wait(ret, native, from, count),
            Request::Again {
                what,
                from,
                count,
                kept,
            } => {
                let mut marker = ret.frame(FrameKind::Native, native.as_ptr(), from);
                marker.vararg_count = kept as u32;
                marker.extra = native.entry().expose_provenance();
                self.thread().push_frame(&self.store, marker)?;
                let ret = Ret::all(from, OnReturn::Continue);
                match what {
                    Again::Call => self.call_at(from, count.saturating_sub(1), ret),
                    Again::Yield => self.yield_values(ret, native, from, count),
                    Again::Wait => self.wait(ret, native, from, count),
                }
            }
            Request::Collect { result } => {
                self.collect(ret.func)?;
                self.thread().set(ret.func, result);
                self.hook_native(native, ret.func, 1, true)?;
                self.deliver(ret, ret.func, 1)
            }
        }
    }

    /// Gives `count` results, which start at stack index `from`, to whom they belong.
    ///
    /// # Errors
    /// What goes wrong on the way: a continuation fails, the stack cannot hold them.
    pub(crate) fn deliver(&self, ret: Ret, from: usize, count: usize) -> Result<Flow, Error<'r>> {
        let (mut ret, mut from, mut count) = (ret, from, count);
        loop {
            let thread = self.thread();
            let first = || {
                if count > 0 {
                    thread.get(from)
                } else {
                    Value::NIL
                }
            };
            match ret.on_return {
                OnReturn::Normal => {
                    self.place(ret, from, count)?;
                    return Ok(Flow::Frame);
                }
                OnReturn::Store => {
                    // SAFETY: the newest frame is the Lua function that asked (L1).
                    let base = unsafe { (*self.newest()).base } as usize;
                    thread.set(base + ret.operand as usize, first());
                    return Ok(Flow::Frame);
                }
                OnReturn::Test => {
                    if first().is_falsy() == (ret.operand == 0) {
                        self.take_jump();
                    }
                    return Ok(Flow::Frame);
                }
                OnReturn::Discard => return Ok(Flow::Frame),
                OnReturn::Rerun => {
                    self.step_back();
                    return Ok(Flow::Frame);
                }
                OnReturn::RerunOpen => {
                    self.step_back();
                    // SAFETY: the newest frame is the Lua function that asked (L1).
                    let top = unsafe { (*self.newest()).extra };
                    thread.object().top.set(top as u32);
                    return Ok(Flow::Frame);
                }
                OnReturn::Concat => return self.resume_concat(first(), ret.operand as usize),
                OnReturn::Exit => {
                    self.place(Ret { want: -1, ..ret }, from, count)?;
                    return Ok(Flow::Exit(count));
                }
                OnReturn::Protect => {
                    let Some(marker) = thread.pop_frame() else {
                        return Ok(Flow::Frame);
                    };
                    thread.object().protect_depth.set(marker.extra as u32);
                    let slot = marker.func as usize;
                    self.place(Ret::all(slot + 1, OnReturn::Normal), from, count)?;
                    thread.set(slot, Value::bool(true));
                    (ret, from, count) = (Ret::of(&marker), slot, count + 1);
                    self.hook_marker(&marker, slot, count)?;
                }
                OnReturn::Finish => (ret, from, count) = self.finish_coroutine(from, count)?,
                OnReturn::Continue => {
                    let Some(marker) = thread.frame(thread.frame_count().wrapping_sub(1)) else {
                        return Ok(Flow::Frame);
                    };
                    if marker.extra == 0 {
                        thread.pop_frame();
                        ret = Ret::of(&marker);
                        if self.hooks.is_on.get() {
                            self.place(Ret::all(ret.func, OnReturn::Normal), from, count)?;
                            from = ret.func;
                            self.hook_marker(&marker, from, count)?;
                        }
                        continue;
                    }
                    match self.go_on(&marker, from, count)? {
                        Some(results) => {
                            (ret, from, count) = (Ret::of(&marker), marker.func as usize, results);
                        }
                        None => {
                            let Some(native) = marker.native() else {
                                return Ok(Flow::Frame);
                            };
                            return self.carry_out(Ret::of(&marker), native);
                        }
                    }
                }
                OnReturn::Handler => {
                    self.is_handled.set(true);
                    return Err(Error::with_value(&self.store, ErrorKind::Runtime, first()));
                }
                OnReturn::Unwind => return Ok(Flow::Unwind),
                OnReturn::Return => {
                    if self.hooks.is_on.get() {
                        self.hook_return(from, count)?;
                    }
                    let Some(frame) = thread.pop_frame() else {
                        return Ok(Flow::Frame);
                    };
                    ret = Ret::of(&frame);
                }
            }
        }
    }

    /// Tells of the return of the host function that `marker`, popped already, stands for.
    pub(super) fn hook_marker(
        &self,
        marker: &Frame,
        slot: usize,
        count: usize,
    ) -> Result<(), Error<'r>> {
        match marker.native() {
            Some(native) if self.hooks.is_on.get() => self.hook_native(native, slot, count, true),
            _ => Ok(()),
        }
    }

    /// Runs the continuation of a host function; `None` if it put another request. Its marker is
    /// popped either way.
    fn go_on(&self, marker: &Frame, from: usize, count: usize) -> Result<Option<usize>, Error<'r>> {
        let thread = self.thread();
        // SAFETY: `extra` of such a marker was made from a `NativeFn` in `carry_out`.
        let function = unsafe {
            core::mem::transmute::<*const (), NativeFn>(core::ptr::with_exposed_provenance(
                marker.extra,
            ))
        };
        thread.ensure(&self.store, from + count)?;
        let outer_top = thread.object().top.replace((from + count) as u32);
        let outer_slot = self.native_slot.replace(marker.func);
        let call = Call {
            state: self.brand(),
            slot: marker.func as usize,
            count: marker.vararg_count as usize,
            results: (from, count),
        };
        let reply = function(&call)?;
        thread.object().top.set(outer_top);
        self.native_slot.set(outer_slot);
        thread.pop_frame();
        Ok(reply.count())
    }

    /// Moves results to `ret.func` and up, as many as are wanted.
    pub(crate) fn place(&self, ret: Ret, from: usize, count: usize) -> Result<(), Error<'r>> {
        let thread = self.thread();
        if ret.want < 0 {
            thread
                .ensure(&self.store, ret.func + count)
                .map_err(|error| self.stack_error(error))?;
            thread.shift(from, ret.func, count);
            thread.object().top.set((ret.func + count) as u32);
        } else {
            let want = ret.want as usize;
            thread.shift(from, ret.func, count.min(want));
            for index in count..want {
                thread.set(ret.func + index, Value::NIL);
            }
        }
        Ok(())
    }

    /// Takes the jump of the instruction that the newest frame is carrying out.
    fn take_jump(&self) {
        let frame = self.newest();
        // SAFETY: a Lua frame whose current instruction is a conditional jump; verified code has
        // its targets within the function.
        unsafe {
            let instruction = (*frame).pc.sub(1).cast::<Instruction>().read();
            (*frame).pc = (*frame).pc.offset(instruction.d() as isize);
        }
    }

    /// Makes the newest frame carry out its instruction again.
    fn step_back(&self) {
        let frame = self.newest();
        // SAFETY: a Lua frame that has carried out at least one instruction.
        unsafe { (*frame).pc = (*frame).pc.sub(1) };
    }

    /// The error of a stack that cannot grow: its bound, or the region's.
    #[cold]
    pub(crate) fn stack_error(&self, error: AllocError) -> Error<'r> {
        if error.bound() != Bound::Request {
            return error.into();
        }
        if self.thread().is_reserve_open() {
            // The stack overflows while an overflow is handled.
            return Error::bare(ErrorKind::Handler);
        }
        // Room to handle the overflow, once.
        if let Err(error) = self.thread().open_reserve(&self.store) {
            return error.into();
        }
        self.error_here(b"stack overflow")
    }
}

/// How many protected calls may be in progress inside each other. PUC Lua, whose protected calls
/// are on the C stack, has room for 200; without a bound, an error that grows at each of them takes
/// quadratic time.
pub(super) const PROTECT_DEPTH_MAX: u32 = 1000;
/// How many more there may be where a handler of the overflow makes protected calls of its own, as
/// in PUC Lua one in ten; else such handlers could call each other until memory ends.
const HANDLING_DEPTH_MAX: u32 = PROTECT_DEPTH_MAX / 10;
/// How many values that are called by `__call` may stand for each other. PUC Lua would shift the
/// arguments of a value that calls itself until its stack is full, which takes minutes.
const CALL_CHAIN_MAX: usize = 10_000;
/// A protected call has a message handler, kept in its function's slot.
pub(crate) const HAS_HANDLER: u8 = 1;
/// A protected call or entry is on its way out, closing variables.
pub(crate) const IS_UNWINDING: u8 = 2;
/// The frame took the place of its caller.
pub(crate) const IS_TAIL_CALL: u8 = 8;
/// The entry that a hook or a finalizer runs above: no level of its own.
pub(crate) const IS_HIDDEN: u8 = 16;
/// The hook for the call was run.
pub(crate) const IS_HOOKED: u8 = 32;
/// The frame's next instruction runs again; hooks were told of it the first time.
pub(crate) const IS_AGAIN: u8 = 64;
/// The resumed coroutine is one of `coroutine.wrap`.
pub(crate) const IS_WRAP: u8 = 4;
/// Of an entry, which is never resumed: who called passes errors on, so that message handlers
/// further out see them where they are raised.
pub(crate) const PASSES_ERRORS: u8 = 4;
