//! Raw access to stack slots and table slots, for the loop alone.
#![allow(unsafe_code)]
//!
//! All functions here ask the same of the caller: the slot pointer is aligned and points to an
//! initialised value (K1, A1, V3). Words are read and written one by one: a value that was written
//! as two words and is read as one 16-byte vector would stall the processor's store forwarding.

use crate::value::{Value, tag};

/// A pointer to a value in a stack or a table.
pub(crate) type Slot<'r> = *mut Value<'r>;

/// The first word: the tag, and for short strings some of the text.
#[inline(always)]
pub(crate) unsafe fn word(slot: Slot<'_>) -> u64 {
    // SAFETY: see the module's contract.
    unsafe { slot.cast::<u64>().read() }
}

/// The payload as an integer.
#[inline(always)]
pub(crate) unsafe fn int(slot: Slot<'_>) -> i64 {
    // SAFETY: see the module's contract.
    unsafe { slot.cast::<i64>().add(1).read() }
}

/// The payload as a float.
#[inline(always)]
pub(crate) unsafe fn float(slot: Slot<'_>) -> f64 {
    // SAFETY: see the module's contract.
    unsafe { slot.cast::<f64>().add(1).read() }
}

/// The payload as a pointer to an object.
#[inline(always)]
pub(crate) unsafe fn object<T>(slot: Slot<'_>) -> *mut T {
    // SAFETY: see the module's contract.
    unsafe { slot.cast::<*mut T>().add(1).read() }
}

/// Both words of a value, the second as a pointer to an object, which it is if the first says so.
#[inline(always)]
pub(crate) unsafe fn words(slot: Slot<'_>) -> (u64, *mut ()) {
    // SAFETY: see the module's contract.
    unsafe { (word(slot), object(slot)) }
}

/// Writes what [`words`] has read.
#[inline(always)]
pub(crate) unsafe fn set_words(slot: Slot<'_>, words: (u64, *mut ())) {
    // SAFETY: see the module's contract.
    unsafe { slot.cast::<u64>().write(words.0) };
    // SAFETY: see the module's contract.
    unsafe { slot.cast::<*mut ()>().add(1).write(words.1) };
}

/// Writes an integer.
#[inline(always)]
pub(crate) unsafe fn set_int(slot: Slot<'_>, value: i64) {
    // SAFETY: see the module's contract.
    unsafe { slot.cast::<u64>().write(tag::INT) };
    // SAFETY: see the module's contract.
    unsafe { slot.cast::<i64>().add(1).write(value) };
}

/// Writes a float.
#[inline(always)]
pub(crate) unsafe fn set_float(slot: Slot<'_>, value: f64) {
    // SAFETY: see the module's contract.
    unsafe { slot.cast::<u64>().write(tag::FLOAT) };
    // SAFETY: see the module's contract.
    unsafe { slot.cast::<f64>().add(1).write(value) };
}

/// Replaces the payload of an integer or float slot.
#[inline(always)]
pub(crate) unsafe fn set_payload(slot: Slot<'_>, value: i64) {
    // SAFETY: see the module's contract.
    unsafe { slot.cast::<i64>().add(1).write(value) };
}

/// Writes a value without payload: nil or a boolean, by its tag.
#[inline(always)]
pub(crate) unsafe fn set_tag(slot: Slot<'_>, tag: u64) {
    // SAFETY: see the module's contract.
    unsafe { slot.cast::<u64>().write(tag) };
    // SAFETY: see the module's contract.
    unsafe { slot.cast::<u64>().add(1).write(0) };
}

/// Copies a value.
#[inline(always)]
pub(crate) unsafe fn copy(to: Slot<'_>, from: Slot<'_>) {
    // SAFETY: see the module's contract.
    unsafe { Value::copy_words(to, from.cast()) };
}

/// Both operands as floats, if one is an integer and the other a float.
#[inline(always)]
pub(crate) unsafe fn mixed(left: Slot<'_>, right: Slot<'_>) -> Option<(f64, f64)> {
    // SAFETY: the caller's slots are initialised.
    unsafe { Some((to_float(left)?, to_float(right)?)) }
}

/// A number as a float.
#[inline(always)]
pub(crate) unsafe fn to_float(operand: Slot<'_>) -> Option<f64> {
    // SAFETY: the caller's slot is initialised.
    unsafe {
        match word(operand) {
            tag::FLOAT => Some(float(operand)),
            tag::INT => Some(int(operand) as f64),
            _ => None,
        }
    }
}

/// Raw equality with a constant, which is no object; not for two long strings.
#[inline(always)]
pub(crate) unsafe fn equals_constant<'r>(operand: Slot<'r>, constant: Slot<'r>) -> bool {
    // SAFETY: the caller's slots are initialised.
    unsafe {
        let first = word(operand);
        if first == word(constant) && first != tag::FLOAT && first != tag::LONG {
            int(operand) == int(constant)
        } else {
            first != tag::NIL && (*operand).raw_equal(*constant)
        }
    }
}
