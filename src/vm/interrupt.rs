//! One test at back-edges and calls, shared by fuel, deadline, cancel and evacuation.
//!
//! The heap's `countdown` says how many steps may yet be taken without a look at the bounds. It is
//! decremented at every back-edge and call. When it falls below zero the slow half below runs: it
//! charges the slice that was used, looks at the clock and the flag, and hands out the next slice.
//! Whoever wants the next safepoint sooner zeroes the countdown.

use core::cell::Cell;
use core::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::Arc;
use std::time::Instant;

use super::state::State;
use crate::error::{Error, ErrorKind};

/// VM steps between two looks at the clock and the cancel flag.
const SLICE_STEPS: i64 = 4096;
/// The least such number. A call counts its step before it begins, and begins anew after a
/// safepoint, so a slice of one would never let it through.
const SLICE_STEPS_MIN: i64 = 2;

/// When a run is to end.
#[derive(Clone, Debug)]
enum Deadline {
    At(Instant),
    /// For tests.
    Planned(Arc<DeadlinePlan>),
}

impl Deadline {
    fn is_over(&self) -> bool {
        match self {
            Self::At(instant) => Instant::now() >= *instant,
            Self::Planned(plan) => plan.look(),
        }
    }
}

/// A deadline by a clock of the test's own: the run is late from a certain look at it on. Looks are
/// counted from 1; how many there were can be read while the run goes on and after it.
#[derive(Debug)]
pub struct DeadlinePlan {
    late_from: u64,
    seen: AtomicU64,
}

impl DeadlinePlan {
    /// Whoever looks for the `number`th time, or later, is late.
    pub const fn at_look(number: u64) -> Self {
        Self {
            late_from: number,
            seen: AtomicU64::new(0),
        }
    }

    /// How many looks there were so far.
    pub fn seen(&self) -> u64 {
        self.seen.load(Ordering::Relaxed)
    }

    fn look(&self) -> bool {
        self.seen.fetch_add(1, Ordering::Relaxed) + 1 >= self.late_from
    }
}

/// The bounds of a run.
#[derive(Debug, Default)]
pub struct Limits {
    /// VM steps (back-edges, calls, and units of work in library functions) that are left;
    /// `None` for no bound.
    fuel_left: Cell<Option<u64>>,
    deadline: Option<Deadline>,
    cancel: Option<Arc<AtomicBool>>,
    /// Called at each look at the clock and the flag.
    on_look: Option<fn()>,
    /// Steps of finished slices.
    used_steps: Cell<u64>,
    slice_steps: Cell<i64>,
    /// For tests: a safepoint after so many steps, and an evacuation at each.
    pub(super) evacuation_steps: Option<u32>,
}

impl Limits {
    /// Bounds from their parts; `None` is no bound.
    pub fn new(
        fuel: Option<u64>,
        deadline: Option<Instant>,
        cancel: Option<Arc<AtomicBool>>,
    ) -> Self {
        Self {
            fuel_left: Cell::new(fuel),
            deadline: deadline.map(Deadline::At),
            cancel,
            ..Self::default()
        }
    }

    /// The same bounds for a run that goes on after another with `earlier` ones: the steps of both
    /// are counted together.
    pub(crate) fn after(self, earlier: &Self) -> Self {
        self.used_steps.set(earlier.used_steps.get());
        self
    }

    /// The same bounds, with a planned deadline in the place of the clock's, if there is one.
    #[must_use]
    pub(crate) fn deadline_plan(self, plan: Option<Arc<DeadlinePlan>>) -> Self {
        let deadline = plan.map(Deadline::Planned).or(self.deadline);
        Self { deadline, ..self }
    }

    /// The same bounds, with a function of the host that each look at them calls.
    #[must_use]
    pub(crate) fn on_look(self, on_look: Option<fn()>) -> Self {
        Self { on_look, ..self }
    }

    /// Whether the deadline has passed.
    fn is_late(&self) -> bool {
        self.deadline.as_ref().is_some_and(Deadline::is_over)
    }

    /// The same bounds, with an evacuation every `steps` steps where one may happen.
    #[must_use]
    pub fn evacuate_every(self, steps: Option<u32>) -> Self {
        Self {
            evacuation_steps: steps,
            ..self
        }
    }
}

impl<'r> State<'r> {
    /// Hands out the first slice.
    pub(crate) fn arm(&self) {
        let fuel = self.limits.fuel_left.get().unwrap_or(u64::MAX);
        let longest = self
            .limits
            .evacuation_steps
            .map_or(SLICE_STEPS, |steps| i64::from(steps).max(SLICE_STEPS_MIN));
        let longest = match self.suspension.steps_left(self.limits.used_steps.get()) {
            0 => longest,
            left => longest.min(i64::try_from(left).unwrap_or(i64::MAX).max(SLICE_STEPS_MIN)),
        };
        let slice = longest.min(i64::try_from(fuel).unwrap_or(i64::MAX));
        self.limits.slice_steps.set(slice);
        // The last step of a slice is the one that looks.
        self.store.heap.countdown.set(slice - 1);
        self.store.heap.withheld_steps.set(0);
    }

    /// Steps of the current slice that were run.
    fn slice_used(&self) -> u64 {
        let heap = &self.store.heap;
        let left = heap
            .countdown
            .get()
            .saturating_add(1)
            .saturating_add(heap.withheld_steps.get());
        u64::try_from(self.limits.slice_steps.get().saturating_sub(left)).unwrap_or(0)
    }

    /// VM steps taken so far.
    pub(crate) fn steps(&self) -> u64 {
        let used = self.slice_used();
        self.limits.used_steps.get().saturating_add(used)
    }

    /// The slow half of the test: charges the slice and looks at every bound.
    ///
    /// # Errors
    /// Fuel, deadline or cancel ends the run.
    #[cold]
    #[inline(never)]
    pub(crate) fn interrupt(&self) -> Result<(), Error<'r>> {
        self.settle(self.slice_used())
    }

    /// Charges `steps` of work done in a library function.
    ///
    /// # Errors
    /// Fuel, deadline or cancel ends the run.
    #[inline]
    pub(crate) fn charge(&self, steps: u64) -> Result<(), Error<'r>> {
        let countdown = &self.store.heap.countdown;
        let left = countdown.get().saturating_sub_unsigned(steps);
        countdown.set(left);
        if left >= 0 { Ok(()) } else { self.interrupt() }
    }

    /// As [`State::charge`], where no error can be raised: whether the run may go on. If it may
    /// not, the next step is the last.
    pub(crate) fn charge_late(&self, steps: u64) -> bool {
        let is_paid = self.charge(steps).is_ok();
        if !is_paid {
            self.withhold_slice();
        }
        is_paid
    }

    /// Counts the step of a `Step` instruction. It may stand in the middle of an expression, so
    /// nothing moves here: who asked for a safepoint asks again, and gets the next one.
    ///
    /// # Errors
    /// Fuel, deadline or cancel ends the run.
    #[inline(never)]
    pub(crate) fn count_step(&self) -> Result<(), Error<'r>> {
        self.charge(1)?;
        if self.store.heap.is_over_threshold() {
            self.store.heap.note_pressure();
        }
        Ok(())
    }

    /// Looks at the clock and the flag after a host function, which may have slept: the next step
    /// is the last where the run is to end. Else thousands of such calls would fit a slice.
    #[inline]
    pub(crate) fn note_elapsed(&self) {
        let limits = &self.limits;
        let flag = limits.cancel.as_ref();
        if flag.is_some_and(|flag| flag.load(Ordering::Relaxed)) || limits.is_late() {
            self.withhold_slice();
        }
    }

    /// Makes the next step look at the bounds.
    fn withhold_slice(&self) {
        let heap = &self.store.heap;
        let left = heap.countdown.get().max(0);
        heap.withheld_steps.set(heap.withheld_steps.get() + left);
        heap.countdown.set(heap.countdown.get() - left);
    }

    /// Lets the next instruction through, whatever finalizers have taken of the slice: else those
    /// that make others of their kind could keep the script where it is.
    pub(crate) fn let_through(&self) {
        let heap = &self.store.heap;
        let lacking = SLICE_STEPS_MIN - 1 - heap.countdown.get();
        let fuel_left = self.limits.fuel_left.get();
        if lacking > 0 && fuel_left.is_none_or(|left| left > self.slice_used()) {
            heap.countdown.set(heap.countdown.get() + lacking);
            heap.withheld_steps.set(heap.withheld_steps.get() - lacking);
        }
    }

    fn settle(&self, used: u64) -> Result<(), Error<'r>> {
        let limits = &self.limits;
        limits
            .used_steps
            .set(limits.used_steps.get().saturating_add(used));
        if let Some(left) = limits.fuel_left.get() {
            let left = left.saturating_sub(used);
            limits.fuel_left.set(Some(left));
            if left == 0 {
                limits.slice_steps.set(0);
                self.store.heap.countdown.set(-1);
                return Err(Error::bare(ErrorKind::Fuel));
            }
        }
        self.arm();
        if let Some(on_look) = limits.on_look {
            on_look();
        }
        if limits.is_late() {
            return Err(Error::bare(ErrorKind::Deadline));
        }
        if limits
            .cancel
            .as_ref()
            .is_some_and(|flag| flag.load(Ordering::Relaxed))
        {
            return Err(Error::bare(ErrorKind::Cancelled));
        }
        Ok(())
    }
}
