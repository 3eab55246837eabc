//! Preparing numeric loops; stepping the usual generic ones without a call.
#![allow(unsafe_code)]

use crate::error::Error;
use crate::value::{Near, SKIPPED_MAX, TableObject, Unpacked, Value, coerce, number, tag};
use crate::vm::call::Flow;
use crate::vm::slot::{self, Slot};
use crate::vm::state::State;

impl<'r> State<'r> {
    /// Checks and prepares the loop whose start, limit and step are in registers `first` and up.
    /// Answers `Flow::Jump` if the loop does not run at all.
    ///
    /// An integer loop keeps the number of iterations that are left in place of the limit, so that
    /// stepping cannot overflow.
    ///
    /// # Errors
    /// One of the three is no number, or the step is zero.
    #[inline(never)]
    pub(crate) fn prepare_loop(&self, first: usize) -> Result<Flow, Error<'r>> {
        let (start, limit, step) = (
            self.register(first),
            self.register(first + 1),
            self.register(first + 2),
        );
        if let (Some(start), Some(step)) = (start.as_int(), step.as_int()) {
            return self.prepare_int_loop(first, start, limit, step);
        }
        let limit = self.loop_number(limit, "limit")?;
        let step = self.loop_number(step, "step")?;
        let start = self.loop_number(start, "initial value")?;
        if step == 0.0 {
            return Err(self.error_here(b"'for' step is zero"));
        }
        // Asked this way round, as in PUC Lua, a NaN lets the loop run once.
        let is_past = if step > 0.0 {
            limit < start
        } else {
            start < limit
        };
        if is_past {
            return Ok(Flow::Jump);
        }
        self.set_register(first, Value::float(start));
        self.set_register(first + 1, Value::float(limit));
        self.set_register(first + 2, Value::float(step));
        self.set_register(first + 3, Value::float(start));
        Ok(Flow::Next)
    }

    fn prepare_int_loop(
        &self,
        first: usize,
        start: i64,
        limit: Value<'r>,
        step: i64,
    ) -> Result<Flow, Error<'r>> {
        if step == 0 {
            return Err(self.error_here(b"'for' step is zero"));
        }
        let limit = match self.int_limit(limit, step)? {
            Some(limit) if (step > 0 && start <= limit) || (step < 0 && start >= limit) => limit,
            _ => return Ok(Flow::Jump),
        };
        // The distance is computed without sign, where it cannot overflow.
        let distance = if step > 0 {
            limit.wrapping_sub(start) as u64
        } else {
            start.wrapping_sub(limit) as u64
        };
        let count = distance / step.unsigned_abs();
        self.set_register(first + 1, Value::int(count as i64));
        self.set_register(first + 3, Value::int(start));
        Ok(Flow::Next)
    }

    /// The limit of an integer loop, clipped to integers; `None` if the loop cannot run.
    fn int_limit(&self, limit: Value<'r>, step: i64) -> Result<Option<i64>, Error<'r>> {
        // Strings that are numerals are taken, as in PUC Lua.
        self.charge_text(limit)?;
        let number = coerce::text_to_number(limit).map(Value::unpack);
        let float = match number {
            Some(Unpacked::Int(limit)) => return Ok(Some(limit)),
            Some(Unpacked::Float(float)) => float,
            _ => return Err(self.loop_error(limit, "limit")),
        };
        let rounded = if step > 0 {
            float.floor()
        } else {
            float.ceil()
        };
        if let Some(limit) = number::float_to_int(rounded) {
            return Ok(Some(limit));
        }
        // Out of range: beyond all integers in the loop's direction, or before them. A NaN counts
        // as before them all, as in PUC Lua.
        Ok(match (float > 0.0, step > 0) {
            (true, true) => Some(i64::MAX),
            (false, false) => Some(i64::MIN),
            _ => None,
        })
    }

    fn loop_number(&self, value: Value<'r>, what: &str) -> Result<f64, Error<'r>> {
        self.charge_text(value)?;
        coerce::text_to_float(value).ok_or_else(|| self.loop_error(value, what))
    }

    fn loop_error(&self, value: Value<'r>, what: &str) -> Error<'r> {
        let name = self.type_name_of(value);
        let parts: [&[u8]; 5] = [
            b"bad 'for' ",
            what.as_bytes(),
            b" (number expected, got ",
            name.as_bytes(),
            b")",
        ];
        self.error_parts(&parts)
    }
}

/// What a step of a generic loop found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// The next entry, in the loop's variables.
    Entry,
    /// The end: the first variable is nil.
    End,
    /// Nothing that can be said without the iterator itself.
    Unknown,
}

/// Steps a loop over `next`: table in `first[1]`, control in `first[2]`, variables from `first[4]`.
/// At an entry the control is that of the next step.
///
/// The closing value of such a loop is nil. The payload of that nil, which no script can see, keeps
/// the position of the control key, so that it need not be looked up; a position whose key is not
/// the control (the table was changed, or the loop has just begun) is not used.
///
/// # Safety
/// Six registers start at `first`, and the second is a table.
#[inline(never)]
pub(crate) unsafe fn step_pairs(first: Slot<'_>) -> Step {
    // SAFETY: the caller's promise; items below `array_len` are initialised (A1).
    unsafe {
        if slot::word(first.add(3)) != tag::NIL {
            return Step::Unknown;
        }
        let table = &*slot::object::<TableObject<'_>>(first.add(1));
        let position = slot::int(first.add(3)) as usize;
        // In the array part a position is the key before it.
        if position < table.array_len.get() as usize
            && slot::word(first.add(2)) == tag::INT
            && slot::int(first.add(2)) as usize == position
        {
            let item = table.array.get().add(position);
            if slot::word(item) != tag::NIL {
                slot::set_payload(first.add(3), position as i64 + 1);
                slot::set_payload(first.add(2), position as i64 + 1);
                slot::set_int(first.add(4), position as i64 + 1);
                slot::copy(first.add(5), item);
                return Step::Entry;
            }
        }
        step_nodes(first, table, position)
    }
}

/// As [`step_pairs`], for what is not in the midst of the array part.
///
/// # Safety
/// As there; `table` is the table, and `position` the payload of the closing value.
#[inline(never)]
unsafe fn step_nodes<'r>(first: Slot<'r>, table: &'r TableObject<'r>, position: usize) -> Step {
    // SAFETY: the caller's promise; nodes are reached by indices up to the mask (A3).
    unsafe {
        let control = first.add(2);
        let array_cap = table.array_cap.get() as usize;
        let last = table.node_mask.get() as usize;
        let before = position.wrapping_sub(array_cap + 1);
        let nodes = table.nodes.get();
        if before <= last {
            let key = &raw mut (*nodes.add(before)).key;
            if slot::word(key) == slot::word(control) && slot::int(key) == slot::int(control) {
                for index in before + 1..=last.min(before + SKIPPED_MAX) {
                    let node = nodes.add(index);
                    if slot::word(&raw mut (*node).value) != tag::NIL {
                        slot::set_payload(first.add(3), (array_cap + index + 1) as i64);
                        slot::copy(control, &raw mut (*node).key);
                        slot::copy(first.add(4), &raw mut (*node).key);
                        slot::copy(first.add(5), &raw mut (*node).value);
                        return Step::Entry;
                    }
                }
                if last - before <= SKIPPED_MAX {
                    return end(first);
                }
                // The function itself charges for what it goes over.
                return Step::Unknown;
            }
        }
        match table.handle().near_entry(*control, position) {
            Near::Entry(position, key, value) => {
                slot::set_payload(first.add(3), position as i64);
                *control = key;
                *first.add(4) = key;
                *first.add(5) = value;
                Step::Entry
            }
            Near::End => end(first),
            Near::Unknown => Step::Unknown,
        }
    }
}

/// Ends a loop over `next`.
///
/// # Safety
/// Six registers start at `first`.
unsafe fn end(first: Slot<'_>) -> Step {
    // SAFETY: the caller's promise.
    unsafe {
        slot::set_payload(first.add(3), 0);
        slot::set_tag(first.add(4), tag::NIL);
        slot::set_tag(first.add(5), tag::NIL);
    }
    Step::End
}

/// Steps a loop over the iterator of `ipairs`: registers as in [`step_pairs`].
///
/// # Safety
/// Six registers start at `first`, and the second is a table.
#[inline]
pub(crate) unsafe fn step_list(first: Slot<'_>) -> Step {
    // SAFETY: the caller's promise.
    unsafe {
        if slot::word(first.add(2)) != tag::INT {
            return Step::Unknown;
        }
        let table = (*slot::object::<TableObject<'_>>(first.add(1))).handle();
        let index = slot::int(first.add(2)).wrapping_add(1);
        let value = table.raw_get_int(index);
        if !value.is_nil() {
            slot::set_payload(first.add(2), index);
            slot::set_int(first.add(4), index);
            *first.add(5) = value;
            return Step::Entry;
        }
        if table.metatable().is_some() {
            // `__index` may have more.
            return Step::Unknown;
        }
        slot::set_tag(first.add(4), tag::NIL);
        slot::set_tag(first.add(5), tag::NIL);
        Step::End
    }
}

impl<'r> State<'r> {
    /// Whether `native` is an iterator that the loop steps itself.
    #[inline(always)]
    pub(crate) fn is_iterator(&self, native: *mut ()) -> bool {
        native == self.next_native.get() || native == self.list_native.get()
    }
}
