//! Tables against a model: programs of random operations on a table and on a `BTreeMap`.
#![allow(unsafe_code)]

use std::collections::BTreeMap;

use arbtest::arbitrary::{Result, Unstructured};

use super::store::Store;
use super::string::Str;
use super::table::{SetError, Table};
use super::{Unpacked, Value};
use crate::memory::{Arena, Heap};

/// A key as the model knows it: floats that are integers are integers.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Key {
    Bool(bool),
    Int(i64),
    Float(u64),
    Text(Vec<u8>),
}

/// The key that a value of the table is.
fn key_of(value: Value<'_>) -> Option<Key> {
    Some(match value.unpack() {
        Unpacked::Bool(value) => Key::Bool(value),
        Unpacked::Int(value) => Key::Int(value),
        Unpacked::Float(value) => Key::Float(value.to_bits()),
        Unpacked::Str(text) => Key::Text(text.as_bytes().to_vec()),
        _ => return None,
    })
}

/// One of many keys with the same hash.
fn colliding_key<'r>(number: i64, store: &Store<'r>) -> (Key, Value<'r>) {
    let mut text = format!("{number:06}").into_bytes();
    text.extend_from_slice(b"\xDB\x28\xB4\xA0\xD1\x7E\x03\xE7");
    let made = Str::new(store, &text).expect("there is memory");
    (Key::Text(text), made.to_value())
}

/// Any key; most are small integers, so that the parts of a table grow into each other.
fn any_key<'r>(u: &mut Unstructured<'_>, store: &Store<'r>) -> Result<(Key, Value<'r>)> {
    let text = |text: String| {
        let made = Str::new(store, text.as_bytes()).expect("there is memory");
        (Key::Text(text.into_bytes()), made.to_value())
    };
    Ok(match u.int_in_range(0..=10)? {
        0..=3 => {
            let int = u.int_in_range(1..=40)?;
            (Key::Int(int), Value::int(int))
        }
        4 => {
            let int = u.int_in_range(-8..=70)?;
            // A float that is an integer is the same key.
            (Key::Int(int), Value::float(int as f64))
        }
        5 => {
            let int: i64 = u.arbitrary()?;
            (Key::Int(int), Value::int(int))
        }
        6 => text(format!("k{}", u.int_in_range(0..=30)?)),
        9 => colliding_key(u.int_in_range(0..=150)?, store),
        7 => text(format!(
            "a key longer than a short string {}",
            u.int_in_range(0..=9)?
        )),
        8 => {
            let half = u.int_in_range(-9..=9)? as f64 + 0.5;
            (Key::Float(half.to_bits()), Value::float(half))
        }
        _ => {
            let value = u.arbitrary()?;
            (Key::Bool(value), Value::bool(value))
        }
    })
}

/// Carries out random operations on both, and compares after each.
fn operate(u: &mut Unstructured<'_>) -> Result<()> {
    let mut arena = Arena::new();
    // SAFETY: the heap is dropped before the arena.
    let heap = unsafe { Heap::open(arena.lend(), 0) };
    let store = Store::new(heap);
    let table = match u.int_in_range(0..=2)? {
        0 => Table::empty(&store),
        1 => Table::new(&store, u.int_in_range(0..=20)?, 0),
        _ => Table::new(&store, u.int_in_range(0..=9)?, u.int_in_range(0..=20)?),
    };
    let table = table.expect("there is memory");
    let mut model = BTreeMap::new();
    while !u.is_empty() {
        match u.int_in_range(0..=12)? {
            0..=5 => {
                let (key, value) = any_key(u, &store)?;
                let item = u.int_in_range(0..=1000)?;
                assert_eq!(table.raw_set(&store, value, Value::int(item)), Ok(()));
                model.insert(key, item);
            }
            6 | 7 => {
                let (key, value) = any_key(u, &store)?;
                assert_eq!(table.raw_set(&store, value, Value::NIL), Ok(()));
                model.remove(&key);
            }
            8 => {
                // Appending, as `t[#t + 1] = v` does.
                let at = table.raw_len().wrapping_add(1);
                assert_eq!(table.raw_set_int(&store, at, Value::int(7)), Ok(()));
                model.insert(Key::Int(at), 7);
            }
            9 => {
                let at = table.raw_len();
                assert_eq!(table.raw_set(&store, Value::int(at), Value::NIL), Ok(()));
                model.remove(&Key::Int(at));
            }
            10 => check_traversal(table, &model),
            12 => {
                // More than any quick way goes along.
                let first = u.int_in_range(0..=90)?;
                for number in first..first + u.int_in_range(0..=120)? {
                    let (key, value) = colliding_key(number, &store);
                    assert_eq!(table.raw_set(&store, value, Value::int(number)), Ok(()));
                    model.insert(key, number);
                }
            }
            _ => {
                let (key, value) = any_key(u, &store)?;
                let found = table.raw_get(value).as_int();
                assert_eq!(found, model.get(&key).copied(), "{key:?}");
            }
        }
        check_border(table, &model);
    }
    check_traversal(table, &model);
    check_emptying(table, &store);
    Ok(())
}

/// `#t` is a border: its item is there and the next one is not.
fn check_border(table: Table<'_>, model: &BTreeMap<Key, i64>) {
    let len = table.raw_len();
    assert!(len >= 0);
    assert!(
        len == 0 || model.contains_key(&Key::Int(len)),
        "no item at {len}"
    );
    assert!(
        len == i64::MAX || !model.contains_key(&Key::Int(len + 1)),
        "an item behind {len}"
    );
}

/// A traversal meets every item once, and nothing else.
fn check_traversal(table: Table<'_>, model: &BTreeMap<Key, i64>) {
    let mut met = BTreeMap::new();
    let mut key = Value::NIL;
    while let Some((next, item)) = table.next(key).expect("the key is the table's own") {
        let known = key_of(next).expect("keys are of the model's kinds");
        assert!(
            met.insert(known, item.as_int().unwrap_or(-1)).is_none(),
            "met twice"
        );
        key = next;
    }
    assert_eq!(&met, model);
}

/// Items may be cleared while a traversal is under way.
fn check_emptying<'r>(table: Table<'r>, store: &Store<'r>) {
    let mut key = Value::NIL;
    while let Some((next, _)) = table.next(key).expect("a cleared key keeps its place") {
        assert_eq!(table.raw_set(store, next, Value::NIL), Ok(()));
        key = next;
    }
    assert_eq!(table.raw_len(), 0);
    assert!(table.next(Value::NIL).is_ok_and(|first| first.is_none()));
}

#[test]
fn a_table_is_a_map() {
    let longest = if cfg!(miri) { 400 } else { 6000 };
    arbtest::arbtest(operate).size_min(200).size_max(longest);
}

#[test]
fn some_values_are_no_keys() {
    let mut arena = Arena::new();
    // SAFETY: the heap is dropped before the arena.
    let heap = unsafe { Heap::open(arena.lend(), 0) };
    let store = Store::new(heap);
    let table = Table::empty(&store).expect("there is memory");
    let nan = Value::float(f64::NAN);
    assert_eq!(
        table.raw_set(&store, Value::NIL, Value::int(1)),
        Err(SetError::NilKey)
    );
    assert_eq!(
        table.raw_set(&store, nan, Value::int(1)),
        Err(SetError::NanKey)
    );
    assert!(table.raw_get(nan).is_nil());
    assert!(table.next(Value::int(1)).is_err());
}
