//! Safepoints: where the loop looks at the bounds of the run, and may evacuate.
#![allow(unsafe_code)]
//!
//! - **Z1** An evacuation happens only here, called by the loop itself with its frame saved, when
//!   no host function is on the Rust stack and no host code holds values of the region.
//! - **Z2** The roots are those of X1: threads, globals, registry, metatables of basic types.
//! - **Z3** An instruction that found no memory is run again once, after an evacuation, if it is
//!   one that calls nobody and leaves everything as it was when it fails. Other requests fail, and
//!   the next safepoint evacuates: what the script dropped meanwhile is there again.

use std::time::{Duration, Instant};

use super::call::{Flow, FrameKind, IS_AGAIN};
use super::metamethod::{Event, lookup};
use super::native::Request;
use super::state::State;
use crate::bytecode::{Instruction, Op};
use crate::error::{Error, ErrorKind};
use crate::memory::Evacuated;
use crate::value::{Evacuation, Frame, Value};

/// What evacuations did, all together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct EvacuationStats {
    /// How many there were.
    pub count: u64,
    /// How many of them left survivors where they were, for want of room beside.
    pub in_place: u64,
    /// Bytes that were copied: large blocks are not, nor is anything in place.
    pub copied_bytes: u64,
    /// Bytes that survived, each counted every time that it did.
    pub survived_bytes: u64,
    /// Bytes that were given back.
    pub reclaimed_bytes: u64,
    /// Time spent, in all.
    pub time: Duration,
    /// The longest one.
    pub longest: Duration,
}

impl<'r> State<'r> {
    /// What the loop does when its countdown ends: the bounds of the run, and an evacuation if the
    /// threshold was crossed. Afterwards the loop reads all its pointers anew.
    ///
    /// # Errors
    /// Fuel, deadline or cancel ends the run.
    #[cold]
    #[inline(never)]
    pub(crate) fn safepoint(&self) -> Result<(), Error<'r>> {
        self.interrupt()?;
        let is_due = self.limits.evacuation_steps.is_some() || self.store.heap.is_over_threshold();
        let is_due = is_due && !self.collector.get().is_stopped;
        if (is_due || self.is_collection_due.get()) && self.is_evacuable() {
            self.clear_dead_registers();
            let is_forced = self.store.heap.is_evacuation_forced();
            self.evacuate_now();
            self.run_finalizers()?;
            if is_forced {
                // Who asks for what cannot be had pays for the search.
                self.charge_bytes(self.store.heap.used_bytes())?;
            }
        }
        if self.store.finalizers.is_due() && self.is_evacuable() {
            self.run_finalizers()?;
        }
        self.let_through();
        self.end_slice()
    }

    /// Evacuates and sets the newest frame back to the instruction that just failed, if that was
    /// for want of memory and it can be run again (Z3).
    ///
    /// # Errors
    /// It cannot, or no memory came back: the error goes its way.
    #[cold]
    #[inline(never)]
    pub(crate) fn try_again(&self, error: Error<'r>) -> Result<Flow, Error<'r>> {
        let kind = error.kind();
        let is_memory = matches!(kind, ErrorKind::Memory | ErrorKind::MemoryReserve);
        if !is_memory || self.is_native_error.get() || self.collector.get().is_stopped {
            return Err(error);
        }
        let frame = self.newest();
        // SAFETY: there is a newest frame while the loop runs; one of Lua has its own code, and its
        // saved place is behind the instruction that failed (I1, I2).
        let failed = unsafe {
            if (*frame).kind() != FrameKind::Lua {
                return Err(error);
            }
            let failed = (*frame).pc.sub(1);
            let instruction = failed.cast::<Instruction>().read();
            if !self.can_run_again(&*frame, instruction)
                || self.last_retry.get() == (failed.addr(), self.evacuations.get().count)
                || !self.store.heap.is_evacuation_forced()
            {
                return Err(error);
            }
            self.clear_above_temporaries(&*frame, instruction);
            failed
        };
        let is_done = self.evacuate_now();
        // Who asks for what cannot be had pays for the search; where that is too much, the next
        // step is the last.
        self.charge_bytes_late(self.store.heap.used_bytes());
        self.last_retry
            .set((failed.addr(), self.evacuations.get().count));
        if !is_done || self.store.heap.is_reserve_released() {
            // What the script drops on the way to where the error is caught may help.
            self.store.heap.force_evacuation(0);
            // What the error came with has not been moved.
            return Err(Error::bare(kind));
        }
        let frame = self.newest();
        // SAFETY: as above; evacuations may move frames.
        unsafe { (*frame).pc = failed };
        if self.hooks.is_on.get() {
            // SAFETY: as above.
            unsafe { (*frame).flags |= IS_AGAIN };
        }
        Ok(Flow::Reload)
    }

    /// Whether an instruction of the newest frame, which failed, called nobody and left everything
    /// as it was (Z3).
    fn can_run_again(&self, frame: &Frame, instruction: Instruction) -> bool {
        let thread = self.thread();
        let register = |index: usize| thread.get(frame.base as usize + index);
        let is_plain = |value: Value<'r>| {
            value
                .as_table()
                .is_some_and(|table| match table.metatable() {
                    Some(metatable) => lookup(metatable, Event::NewIndex).is_nil(),
                    None => true,
                })
        };
        match instruction.op() {
            Op::NewTable | Op::NewRecord | Op::SetList | Op::Closure | Op::VarArg => true,
            Op::SetField | Op::SetFieldLong | Op::SetIndex | Op::SetInt => {
                is_plain(register(instruction.a()))
            }
            Op::SetGlobal => frame
                .closure()
                .and_then(|closure| closure.upvalue(instruction.b()))
                .is_some_and(|upvalue| is_plain(upvalue.get().get())),
            Op::Concat => (0..instruction.b()).all(|offset| {
                let value = register(instruction.a() + offset);
                value.is_str() || value.is_number()
            }),
            _ => false,
        }
    }

    /// Clears the registers above what an instruction that makes something for a temporary register
    /// reads: temporaries are taken and given back like a stack, so nothing above is in use.
    fn clear_above_temporaries(&self, frame: &Frame, instruction: Instruction) {
        let Some(closure) = frame.closure() else {
            return;
        };
        let start = closure.proto().get().code.start();
        let pc = (frame.pc.addr() - start.addr()) / size_of::<u64>() - 1;
        let above = match instruction.op() {
            Op::NewTable | Op::NewRecord | Op::Closure => 1,
            Op::Concat => instruction.b(),
            // The items follow the table; without a count they go up to the top.
            Op::SetList if instruction.b() > 0 => 1 + instruction.b(),
            _ => return,
        };
        if instruction.a() >= closure.proto().get().live_registers(pc) {
            let thread = self.thread();
            for index in (frame.base as usize + instruction.a() + above)..frame.top as usize {
                thread.set(index, Value::NIL);
            }
        }
    }

    /// Clears the registers of the newest frame, a Lua function's, that its next instruction is not
    /// going to read, so that they keep nothing alive: what lies above the arguments of a call, or,
    /// at the start of a loop's body, above the variables that are in scope there.
    fn clear_dead_registers(&self) {
        let thread = self.thread();
        let Some(frame) = thread.frame(thread.frame_count().wrapping_sub(1)) else {
            return;
        };
        let Some(closure) = frame.closure() else {
            return;
        };
        let proto = closure.proto();
        let start = proto.get().code.start();
        let pc = (frame.pc.addr() - start.addr()) / size_of::<u64>();
        // SAFETY: the frame goes on with an instruction of its verified function (I1).
        let next = unsafe { frame.pc.cast::<Instruction>().read() };
        if matches!(next.op(), Op::CallUpvalue | Op::CallLocal) {
            // Comes from elsewhere.
            thread.set(frame.base as usize + next.a(), Value::NIL);
        }
        let live = match next.op() {
            Op::Call | Op::CallUpvalue | Op::CallLocal | Op::TailCall => match next.b() {
                // Up to the top, which stays as it is.
                0 => return,
                count => next.a() + count,
            },
            _ => proto.get().live_registers(pc),
        };
        let live = frame.base as usize + live;
        thread.object().top.set(live as u32);
        for index in live..frame.top as usize {
            thread.set(index, Value::NIL);
        }
    }

    /// What `collectgarbage` asks for: an evacuation here, where the loop carries out a request,
    /// or else at the next safepoint. Finalizers that become due run. Stack slots from `slot` on
    /// are not needed any more.
    ///
    /// # Errors
    /// Fuel, deadline or cancel ends the run: moving costs a step a KiB.
    pub(crate) fn collect(&self, slot: usize) -> Result<(), Error<'r>> {
        if !self.may_evacuate.get() {
            return Ok(());
        }
        if !self.is_evacuable() {
            self.is_collection_due.set(true);
            return Ok(());
        }
        let thread = self.thread();
        let outer_top = thread.object().top.replace(slot as u32);
        if let Some(frame) = thread.frame(thread.frame_count().wrapping_sub(1))
            && frame.kind() == FrameKind::Lua
        {
            // The registers above the called function hold its arguments at most.
            for index in slot..frame.top as usize {
                thread.set(index, Value::NIL);
            }
        }
        self.evacuate_now();
        self.run_finalizers()?;
        self.thread().object().top.set(outer_top);
        self.charge_bytes(self.store.heap.used_bytes())
    }

    /// Whether an evacuation may happen now (Z1).
    fn is_evacuable(&self) -> bool {
        self.may_evacuate.get() && self.host_depth.get() == 1
    }

    /// Evacuates, if that may happen now; false if it may not, or the source gives no memory.
    pub(crate) fn evacuate_now(&self) -> bool {
        if !self.is_evacuable() {
            return false;
        }
        self.is_collection_due.set(false);
        let started = Instant::now();
        // Under stress both ways take turns.
        let count = self.evacuations.get().count;
        let is_moving = self.limits.evacuation_steps.is_none() || count.is_multiple_of(2);
        let moved = is_moving.then(|| Evacuation::<false>::start(&self.store));
        let (done, is_in_place) = if let Some(Ok(evacuation)) = moved {
            // SAFETY: the caller reads its pointers anew (Z1).
            (unsafe { self.evacuate_roots(evacuation) }, false)
        } else if let Ok(evacuation) = Evacuation::<true>::start(&self.store) {
            // SAFETY: as above.
            (unsafe { self.evacuate_roots(evacuation) }, true)
        } else {
            // Without memory for notes there is no use in trying again soon.
            self.store.heap.postpone_threshold();
            return false;
        };
        let time = started.elapsed();
        let mut stats = self.evacuations.get();
        stats.count += 1;
        stats.in_place += u64::from(is_in_place);
        stats.copied_bytes += done.copied_bytes as u64;
        stats.survived_bytes += done.after_bytes as u64;
        stats.reclaimed_bytes += done.before_bytes.saturating_sub(done.after_bytes) as u64;
        stats.time += time;
        stats.longest = stats.longest.max(time);
        self.evacuations.set(stats);
        crate::trace::evacuated(done, is_in_place, time);
        true
    }

    /// Passes all roots to an evacuation, and finishes it.
    ///
    /// # Safety
    /// The caller reads its pointers anew.
    unsafe fn evacuate_roots<const IN_PLACE: bool>(
        &self,
        mut evacuation: Evacuation<'_, 'r, IN_PLACE>,
    ) -> Evacuated {
        self.call_cache.clear();
        evacuation.thread(&self.current);
        evacuation.thread(&self.main);
        for table in self.root_tables() {
            evacuation.table(table);
        }
        for metatable in &self.type_metatables {
            evacuation.table_opt(metatable);
        }
        evacuation.parked(&self.input);
        debug_assert!(matches!(self.request.get(), Request::None));
        // SAFETY: all roots were passed (Z2), and the caller's promise.
        unsafe { evacuation.finish() }
    }

    /// Evacuates while nothing runs and the host holds no value: only an execution that owns its
    /// arena says so, between two uses.
    pub(crate) fn evacuate_idle(&self) -> bool {
        if self.host_depth.get() > 0 {
            return false;
        }
        self.host_depth.set(1);
        self.may_evacuate.set(true);
        let is_done = self.evacuate_now();
        self.may_evacuate.set(false);
        self.host_depth.set(0);
        self.store.heap.set_threshold(usize::MAX);
        is_done
    }

    /// Whether the run may evacuate from now on: only `Opened::run` says so (Q2).
    pub(super) fn set_evacuating(&self, is_allowed: bool) {
        self.may_evacuate.set(is_allowed);
        if is_allowed {
            self.store.heap.rearm_threshold();
        } else {
            self.store.heap.set_threshold(usize::MAX);
        }
    }
}
