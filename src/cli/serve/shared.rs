//! The module `shared`: values that outlive requests, the only thing that they share.
#![forbid(unsafe_code)]
//!
//! - **SH1** What is held is counted in bytes, keys and bookkeeping included, and never exceeds
//!   the bound: what was written longest ago makes room.
//! - **SH2** An entry whose time is over is not seen, whether or not it is still there.
//!
//! Absent on purpose: tables as values. A script encodes them, and so says what is shared.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use lunette::{EngineBuilder, Error, IntoLua, Lua, Unpacked, Value};

/// What an entry takes beside the bytes of key and value, in bytes.
const ENTRY_BYTES: usize = 160;

/// A store that all requests see.
#[derive(Debug)]
pub(super) struct Shared {
    store: Mutex<Store>,
}

#[derive(Debug)]
struct Store {
    bytes_max: usize,
    bytes: usize,
    entries: HashMap<Arc<[u8]>, Entry>,
    /// Keys in the order in which they were written.
    written: BTreeMap<u64, Arc<[u8]>>,
    next_write: u64,
}

#[derive(Debug)]
struct Entry {
    item: Item,
    expires: Option<Instant>,
    write: u64,
}

/// A value outside of every region.
#[derive(Clone, Debug, PartialEq)]
enum Item {
    Bool(bool),
    Int(i64),
    Float(f64),
    Text(Arc<[u8]>),
}

impl Item {
    fn from_value<'r>(lua: Lua<'r>, value: Value<'r>) -> Result<Option<Self>, Error<'r>> {
        Ok(Some(match value.unpack() {
            Unpacked::Nil => return Ok(None),
            Unpacked::Bool(value) => Self::Bool(value),
            Unpacked::Int(value) => Self::Int(value),
            Unpacked::Float(value) => Self::Float(value),
            Unpacked::Str(text) => Self::Text(text.as_bytes().into()),
            _ => {
                let type_name = value.type_name();
                let message = format!("cannot share a {type_name} value: encode it as a string");
                return Err(lua.error(message));
            }
        }))
    }

    fn bytes(&self) -> usize {
        match self {
            Self::Text(text) => text.len(),
            _ => 0,
        }
    }
}

impl<'r> IntoLua<'r> for Item {
    fn into_lua(self, lua: Lua<'r>) -> Result<Value<'r>, Error<'r>> {
        Ok(match self {
            Self::Bool(value) => Value::bool(value),
            Self::Int(value) => Value::int(value),
            Self::Float(value) => Value::float(value),
            Self::Text(text) => lua.str(&text)?.to_value(),
        })
    }
}

impl Shared {
    pub(super) fn new(bytes_max: usize) -> Self {
        Self {
            store: Mutex::new(Store {
                bytes_max,
                bytes: 0,
                entries: HashMap::new(),
                written: BTreeMap::new(),
                next_write: 0,
            }),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Store> {
        self.store.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Bytes that are held, those of dead entries included.
    pub(super) fn bytes(&self) -> usize {
        self.lock().bytes
    }
}

impl Store {
    fn get(&mut self, key: &[u8], now: Instant) -> Option<&Entry> {
        let is_dead = |entry: &Entry| entry.expires.is_some_and(|expires| expires <= now);
        if self.entries.get(key).is_some_and(is_dead) {
            self.remove(key);
        }
        self.entries.get(key)
    }

    fn remove(&mut self, key: &[u8]) {
        if let Some((key, entry)) = self.entries.remove_entry(key) {
            self.written.remove(&entry.write);
            self.bytes -= ENTRY_BYTES + key.len() + entry.item.bytes();
        }
    }

    /// Writes an entry, if it fits into the store at all.
    fn set(&mut self, key: &[u8], item: Item, expires: Option<Instant>) -> bool {
        let bytes = ENTRY_BYTES + key.len() + item.bytes();
        if bytes > self.bytes_max {
            return false;
        }
        self.remove(key);
        while self.bytes + bytes > self.bytes_max {
            let Some((_, oldest)) = self.written.first_key_value() else {
                break;
            };
            let oldest = Arc::clone(oldest);
            self.remove(&oldest);
        }
        let key: Arc<[u8]> = key.into();
        let write = self.next_write;
        self.next_write += 1;
        self.written.insert(write, Arc::clone(&key));
        let entry = Entry {
            item,
            expires,
            write,
        };
        self.entries.insert(key, entry);
        self.bytes += bytes;
        true
    }

    /// Adds to a number; a key that is not there begins at 0. `None` if it holds no integer.
    fn add(&mut self, key: &[u8], step: i64, expires: Option<Instant>) -> Option<i64> {
        let (sum, expires) = match self.get(key, Instant::now()) {
            None => (step, expires),
            Some(entry) => match entry.item {
                Item::Int(value) => (value.wrapping_add(step), entry.expires),
                _ => return None,
            },
        };
        self.set(key, Item::Int(sum), expires).then_some(sum)
    }
}

/// When an entry that lives for `seconds` ends.
fn expiry<'r>(lua: Lua<'r>, seconds: Option<f64>) -> Result<Option<Instant>, Error<'r>> {
    let Some(seconds) = seconds else {
        return Ok(None);
    };
    let time = Duration::try_from_secs_f64(seconds).ok();
    let time = time.filter(|time| !time.is_zero());
    let Some(time) = time else {
        return Err(lua.error("time to live is not a positive number of seconds"));
    };
    Ok(Instant::now().checked_add(time))
}

/// Gives scripts the module.
pub(super) fn add_to(builder: EngineBuilder, shared: &Arc<Shared>) -> EngineBuilder {
    let [get, set, add, incr, delete] = [(); 5].map(|()| Arc::clone(shared));
    builder.module("shared", move |module| {
        module
            .function("get", move |_, key: &[u8]| {
                let mut store = get.lock();
                let entry = store.get(key, Instant::now());
                Ok(entry.map(|entry| entry.item.clone()))
            })
            .function("set", move |lua, args: (&[u8], Value<'_>, Option<f64>)| {
                let (key, value, seconds) = args;
                let expires = expiry(lua, seconds)?;
                let item = Item::from_value(lua, value)?;
                let mut store = set.lock();
                Ok(match item {
                    Some(item) => store.set(key, item, expires),
                    None => {
                        store.remove(key);
                        true
                    }
                })
            })
            .function("add", move |lua, args: (&[u8], Value<'_>, Option<f64>)| {
                let (key, value, seconds) = args;
                let expires = expiry(lua, seconds)?;
                let Some(item) = Item::from_value(lua, value)? else {
                    return Err(lua.error("cannot add nil"));
                };
                let mut store = add.lock();
                let is_new = store.get(key, Instant::now()).is_none();
                Ok(is_new && store.set(key, item, expires))
            })
            .function(
                "incr",
                move |lua, args: (&[u8], Option<i64>, Option<f64>)| {
                    let (key, step, seconds) = args;
                    let expires = expiry(lua, seconds)?;
                    let sum = incr.lock().add(key, step.unwrap_or(1), expires);
                    sum.ok_or_else(|| lua.error("cannot count with what the key holds"))
                },
            )
            .function("delete", move |_, key: &[u8]| {
                delete.lock().remove(key);
                Ok(())
            });
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_written_longest_ago_makes_room() {
        let shared = Shared::new(3 * (ENTRY_BYTES + 2));
        let mut store = shared.lock();
        let now = Instant::now();
        for key in [b"a", b"b", b"c"] {
            assert!(store.set(key, Item::Text((*key).into()), None));
        }
        assert!(store.set(b"a", Item::Text((*b"A").into()), None));
        assert!(store.set(b"d", Item::Text((*b"d").into()), None));
        assert!(store.get(b"b", now).is_none());
        for key in [b"a", b"c", b"d"] {
            assert!(store.get(key, now).is_some());
        }
        assert!(!store.set(b"e", Item::Text([0; 1000].into()), None));
        assert_eq!(store.bytes, 3 * (ENTRY_BYTES + 2));
        for key in [b"a", b"b", b"c", b"d"] {
            store.remove(key);
        }
        assert_eq!((store.bytes, store.written.len()), (0, 0));
    }

    #[test]
    fn entries_expire() {
        let shared = Shared::new(1 << 20);
        let mut store = shared.lock();
        let now = Instant::now();
        let later = now + Duration::from_secs(60);
        store.set(b"key", Item::Int(1), Some(later));
        assert!(store.get(b"key", now).is_some());
        assert!(store.get(b"key", later).is_none());
        assert_eq!(store.bytes, 0);
    }

    #[test]
    fn counting_begins_at_nothing() {
        let shared = Shared::new(1 << 20);
        let mut store = shared.lock();
        assert_eq!(store.add(b"n", 2, None), Some(2));
        assert_eq!(store.add(b"n", -5, None), Some(-3));
        store.set(b"n", Item::Bool(true), None);
        assert_eq!(store.add(b"n", 1, None), None);
    }
}
