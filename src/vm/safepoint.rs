//! Safepoints: where the loop looks at the bounds of the run, and may evacuate.
#![allow(unsafe_code)]
//!
//! - **Z1** An evacuation happens only here, called by the loop itself with its frame saved, when
//!   no host function is on the Rust stack and no host code holds values of the region.
//! - **Z2** The roots are those of X1: threads, globals, registry, metatables of basic types.

use std::time::{Duration, Instant};

use super::call::FrameKind;
use super::native::Request;
use super::state::State;
use crate::bytecode::{Instruction, Op};
use crate::error::Error;
use crate::value::{Evacuation, Value};

/// What evacuations did, all together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct EvacuationStats {
    /// How many there were.
    pub count: u64,
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
            self.evacuate_now();
            self.run_finalizers()?;
        }
        self.end_slice()
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
        let live = match next.op() {
            Op::Call | Op::TailCall => match next.b() {
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

    /// Evacuates, if that may happen now; false if it may not, or finds no room.
    pub(crate) fn evacuate_now(&self) -> bool {
        if !self.is_evacuable() {
            return false;
        }
        self.is_collection_due.set(false);
        let started = Instant::now();
        let Ok(mut evacuation) = Evacuation::start(&self.store) else {
            // Without room to copy there is no use in trying again soon.
            self.store.heap.postpone_threshold();
            return false;
        };
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
        // SAFETY: all roots were passed (Z2), and the caller reads its pointers anew (Z1).
        let done = unsafe { evacuation.finish() };
        let time = started.elapsed();
        let mut stats = self.evacuations.get();
        stats.count += 1;
        stats.survived_bytes += done.after_bytes as u64;
        stats.reclaimed_bytes += done.before_bytes.saturating_sub(done.after_bytes) as u64;
        stats.time += time;
        stats.longest = stats.longest.max(time);
        self.evacuations.set(stats);
        crate::trace::evacuated(done.before_bytes, done.after_bytes, time);
        true
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
