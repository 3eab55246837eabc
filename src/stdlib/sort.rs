//! `table.sort`.
#![forbid(unsafe_code)]
//!
//! - **S1** Numbers without NaN and strings are totally ordered, and equal ones look the same (but
//!   for an integer beside an equal float): where nothing else is sorted, and no function compares,
//!   the order of comparisons cannot be seen, and the core library sorts a copy.
//! - **S2** Everything else is sorted in place by a quicksort that compares the same items in the
//!   same order as PUC Lua's, so that items which compare equal end up where they do there.
//! - **S3** The larger part is sorted by looping, so the recursion is at most as deep as a list
//!   can be halved. An order that contradicts itself ends in an error or in some order, and never
//!   beyond the list.

use crate::error::Error;
use crate::memory::Buffer;
use crate::value::{Str, Table, Value};
use crate::vm::{Call, Event, Repeated, Reply};

use super::table::{List, Uses};

/// Parts larger than this may get a pivot chosen at random.
const RANDOM_MIN: i64 = 100;
/// Charge once for this many items.
const ITEMS_PER_STEP: u64 = 4;
/// The longest text, in bytes, that is compared for as little as a number.
const TEXT_MAX: usize = 1 << 10;

pub(super) fn sort<'r>(call: &Call<'r>) -> Result<Reply, Error<'r>> {
    let list = List::arg(call, 1, Uses::READ_WRITE_LEN)?;
    let len = list.len()?;
    if len < 2 {
        return call.none();
    }
    if len >= i64::from(i32::MAX) {
        return Err(call.arg_error(1, b"array too big"));
    }
    let comparator = call.arg(2);
    if !comparator.is_nil() {
        call.function(2)?;
    } else if let Some(table) = list.raw()
        && sort_plain(call, table, len)?
    {
        return call.none();
    }
    let result = match list.raw() {
        Some(table) if !comparator.is_nil() => call.state.call_repeatedly(comparator, |order| {
            let items = Quick { call, table, order };
            Sorter { call, items }.sort_part(1, len, 0)
        }),
        _ => {
            let items = General {
                call,
                list,
                comparator,
            };
            Sorter { call, items }.sort_part(1, len, 0)
        }
    };
    match result {
        Ok(()) => call.none(),
        Err(Stop::Error(error)) => Err(error),
        Err(Stop::InvalidOrder) => Err(call.error(b"invalid order function for sorting")),
    }
}

/// Sorts integers, floats without NaN, or strings (S1); false if the list holds anything else.
fn sort_plain<'r>(call: &Call<'r>, table: Table<'r>, len: i64) -> Result<bool, Error<'r>> {
    let first = table.raw_get_int(1);
    if first.as_int().is_some() {
        let order = |items: &mut [i64]| items.sort_unstable();
        sort_copy(call, table, len, Value::as_int, Value::int, order)
    } else if first.as_float().is_some() {
        let number = |value: Value<'r>| value.as_float().filter(|float| !float.is_nan());
        // Zeros of either sign are equal, so their order is not seen by comparisons.
        let order = |items: &mut [f64]| items.sort_unstable_by(f64::total_cmp);
        sort_copy(call, table, len, number, Value::float, order)
    } else {
        let order = |items: &mut [Str<'r>]| {
            items.sort_unstable_by(|left, right| left.as_bytes().cmp(right.as_bytes()));
        };
        // Comparisons of long texts are to be charged for.
        let text = |value: Value<'r>| value.as_str().filter(|text| text.len() <= TEXT_MAX);
        sort_copy(call, table, len, text, Str::to_value, order)
    }
}

/// Sorts a copy of the items and writes it back; false if `take` does not take them all.
fn sort_copy<'r, T: Copy>(
    call: &Call<'r>,
    table: Table<'r>,
    len: i64,
    take: impl Fn(Value<'r>) -> Option<T>,
    give: impl Fn(T) -> Value<'r>,
    order: impl FnOnce(&mut [T]),
) -> Result<bool, Error<'r>> {
    let mut items = Buffer::new_in(&call.state.store.heap);
    items.reserve(len as usize)?;
    for index in 1..=len {
        let Some(item) = take(table.raw_get_int(index)) else {
            return Ok(false);
        };
        items.push(item)?;
    }
    let levels = u64::from(len.ilog2()) + 1;
    call.charge(len as u64 * levels / (2 * ITEMS_PER_STEP))?;
    order(&mut items);
    for (index, item) in items.iter().enumerate() {
        table.raw_set_int(&call.state.store, index as i64 + 1, give(*item))?;
    }
    Ok(true)
}

/// Why sorting stops early.
enum Stop<'r> {
    Error(Error<'r>),
    /// The comparator contradicts itself. The error is made where its position is known.
    InvalidOrder,
}

impl<'r> From<Error<'r>> for Stop<'r> {
    fn from(error: Error<'r>) -> Self {
        Self::Error(error)
    }
}

type Sorted<'r, T> = Result<T, Stop<'r>>;

/// What is sorted, and the order.
trait Items<'r> {
    fn get(&self, index: i64) -> Sorted<'r, Value<'r>>;
    fn set(&self, index: i64, value: Value<'r>) -> Sorted<'r, ()>;
    /// Whether `left` comes before `right`.
    fn less(&self, left: Value<'r>, right: Value<'r>) -> Sorted<'r, bool>;
}

/// A table whose items are read and written raw, and a function that compares: nothing else is
/// called in between.
struct Quick<'c, 'r> {
    call: &'c Call<'r>,
    table: Table<'r>,
    order: &'c Repeated<'r>,
}

impl<'r> Items<'r> for Quick<'_, 'r> {
    #[inline(always)]
    fn get(&self, index: i64) -> Sorted<'r, Value<'r>> {
        Ok(self.table.raw_get_int(index))
    }

    #[inline(always)]
    fn set(&self, index: i64, value: Value<'r>) -> Sorted<'r, ()> {
        let store = &self.call.state.store;
        let result = self.table.raw_set_int(store, index, value);
        result.map_err(|error| Stop::Error(error.into()))
    }

    #[inline(always)]
    fn less(&self, left: Value<'r>, right: Value<'r>) -> Sorted<'r, bool> {
        Ok(self.order.test(left, right)?)
    }
}

/// Anything else.
struct General<'c, 'r> {
    call: &'c Call<'r>,
    list: List<'c, 'r>,
    comparator: Value<'r>,
}

impl<'r> Items<'r> for General<'_, 'r> {
    fn get(&self, index: i64) -> Sorted<'r, Value<'r>> {
        Ok(self.list.get(index)?)
    }

    fn set(&self, index: i64, value: Value<'r>) -> Sorted<'r, ()> {
        Ok(self.list.set(index, value)?)
    }

    fn less(&self, left: Value<'r>, right: Value<'r>) -> Sorted<'r, bool> {
        if self.comparator.is_nil() {
            return Ok(self.call.state.compare(Event::Lt, left, right)?);
        }
        let answer = self.call.call(self.comparator, &[left, right])?;
        Ok(!answer.is_falsy())
    }
}

/// Sorts a list in place by comparing its items (S2).
struct Sorter<'c, 'r, I> {
    call: &'c Call<'r>,
    items: I,
}

impl<'r, I: Items<'r>> Sorter<'_, 'r, I> {
    /// Writes two items, which were read in the other order.
    fn put_two(
        &self,
        (left, left_value): (i64, Value<'r>),
        (right, right_value): (i64, Value<'r>),
    ) -> Sorted<'r, ()> {
        self.items.set(left, left_value)?;
        self.items.set(right, right_value)
    }

    /// Sorts the items from `low` to `high`.
    fn sort_part(&self, low: i64, high: i64, seed: u64) -> Sorted<'r, ()> {
        let (mut low, mut high, mut seed) = (low, high, seed);
        while low < high {
            self.call.charge((high - low) as u64 / ITEMS_PER_STEP + 1)?;
            self.order_two(low, high)?;
            if high - low == 1 {
                return Ok(());
            }
            let middle = choose_pivot(low, high, seed);
            self.order_middle(low, middle, high)?;
            if high - low == 2 {
                return Ok(());
            }
            let pivot = self.items.get(middle)?;
            let next = self.items.get(high - 1)?;
            self.put_two((middle, next), (high - 1, pivot))?;
            let middle = self.partition(low, high, pivot)?;
            let smaller = if middle - low < high - middle {
                self.sort_part(low, middle - 1, seed)?;
                let smaller = middle - low;
                low = middle + 1;
                smaller
            } else {
                self.sort_part(middle + 1, high, seed)?;
                let smaller = high - middle;
                high = middle - 1;
                smaller
            };
            if (high - low) / 128 > smaller {
                // The pivots are chosen badly; any other choice is likely to be better.
                seed = seed
                    .wrapping_mul(0x5851_F42D_4C95_7F2D)
                    .wrapping_add(high as u64 | 1);
            }
        }
        Ok(())
    }

    /// Swaps the two items if the second comes before the first.
    fn order_two(&self, low: i64, high: i64) -> Sorted<'r, ()> {
        let (first, last) = (self.items.get(low)?, self.items.get(high)?);
        if self.items.less(last, first)? {
            self.put_two((low, last), (high, first))?;
        }
        Ok(())
    }

    /// Puts the item at `middle` in its order between the two at the ends, which are in order.
    fn order_middle(&self, low: i64, middle: i64, high: i64) -> Sorted<'r, ()> {
        let (value, first) = (self.items.get(middle)?, self.items.get(low)?);
        if self.items.less(value, first)? {
            return self.put_two((middle, first), (low, value));
        }
        let last = self.items.get(high)?;
        if self.items.less(last, value)? {
            self.put_two((middle, last), (high, value))?;
        }
        Ok(())
    }

    /// Puts smaller items than the pivot, which is at `high - 1`, before it and others behind it;
    /// returns where it ends up. The items at `low` and `high` are in order with it already.
    fn partition(&self, low: i64, high: i64, pivot: Value<'r>) -> Sorted<'r, i64> {
        let (mut up, mut down) = (low, high - 1);
        loop {
            up += 1;
            let mut left = self.items.get(up)?;
            while self.items.less(left, pivot)? {
                if up == high - 1 {
                    return Err(Stop::InvalidOrder);
                }
                up += 1;
                left = self.items.get(up)?;
            }
            down -= 1;
            let mut right = self.items.get(down)?;
            while self.items.less(pivot, right)? {
                if down < up {
                    return Err(Stop::InvalidOrder);
                }
                down -= 1;
                right = self.items.get(down)?;
            }
            if down < up {
                let last = self.items.get(high - 1)?;
                self.put_two((high - 1, left), (up, last))?;
                return Ok(up);
            }
            self.put_two((up, right), (down, left))?;
        }
    }
}

/// The middle of a part; of a large one that a seed was made for, something around it.
fn choose_pivot(low: i64, high: i64, seed: u64) -> i64 {
    if high - low < RANDOM_MIN || seed == 0 {
        return low + (high - low) / 2;
    }
    let quarter = (high - low) / 4;
    low + quarter + (seed % (2 * quarter) as u64) as i64
}
