//! Escape: a copy of a value, as data, in memory of the caller.
#![allow(unsafe_code)]
//!
//! - **ES1** While a table waits for its turn, and until the end, its header in the region holds
//!   the address of its copy, and the copy's header what the region's was; the copy's metatable
//!   field points back. So shared references and cycles are found without memory for a list.
//!   However the copy ends, all headers are as they were.
//! - **ES2** Copies are linked by their `array_cap` and `absent` fields, oldest first, which get
//!   their meaning at the end.
//! - **ES3** A copied table keeps its serial number, so that its place in chains is the same.
//!
//! Absent on purpose: metatables, and anything that is no data; functions, coroutines and host
//! objects become a description, and as keys are left out.

use core::alloc::Layout;
use core::cell::Cell;
use core::ptr::{self, NonNull};

use bumpalo::Bump;

use super::header::{Header, Kind};
use super::repr::{Unpacked, Value};
use super::string::Str;
use super::table::{Table, TableObject};
use super::table_hash::{Node, block_bytes};
use crate::memory::{ALIGN, AllocError, Bound, Ref};

/// How much of a value escapes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct EscapeLimits {
    /// The most bytes that the copy takes in the caller's memory.
    pub bytes_max: usize,
    /// How deep tables may be nested; a table without tables has depth 1.
    pub depth_max: usize,
}

impl EscapeLimits {
    /// 64 MiB, and tables nested ten thousand deep.
    pub const DEFAULT: Self = Self {
        bytes_max: 64 << 20,
        depth_max: 10_000,
    };

    /// At most `bytes` bytes.
    #[must_use]
    pub const fn bytes_max(mut self, bytes: usize) -> Self {
        self.bytes_max = bytes;
        self
    }

    /// Tables nested at most `depth` deep.
    #[must_use]
    pub const fn depth_max(mut self, depth: usize) -> Self {
        self.depth_max = depth;
        self
    }
}

impl Default for EscapeLimits {
    fn default() -> Self {
        Self::DEFAULT
    }
}

/// Why a value cannot be copied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum EscapeError {
    /// The caller's memory is full.
    Memory(AllocError),
    /// The copy would be larger than allowed.
    TooLarge,
    /// Tables are nested deeper than allowed.
    TooDeep,
}

impl From<AllocError> for EscapeError {
    fn from(error: AllocError) -> Self {
        Self::Memory(error)
    }
}

/// The kind of a header that holds the address of a copy.
const FORWARDED: u8 = 0xFE;

/// A table's copy while the copying goes on.
type Copy<'out> = NonNull<TableObject<'out>>;

/// The copying of one value.
struct Escape<'out> {
    out: &'out Bump,
    left_bytes: usize,
    first: Option<Copy<'out>>,
    last: Option<Copy<'out>>,
}

/// Copies `value` into the caller's memory.
///
/// # Errors
/// There is no room, or a limit is reached; the value is as it was.
pub(crate) fn escape_value<'out>(
    value: Value<'_>,
    out: &'out Bump,
    limits: EscapeLimits,
) -> Result<Value<'out>, EscapeError> {
    let mut escape = Escape {
        out,
        left_bytes: limits.bytes_max,
        first: None,
        last: None,
    };
    let result = escape.run(value, limits.depth_max);
    escape.restore();
    result
}

/// Copies a string into the caller's memory.
///
/// # Errors
/// There is no room.
pub(crate) fn escape_bytes<'out>(bytes: &[u8], out: &'out Bump) -> Result<Str<'out>, AllocError> {
    if let Some(short) = Value::short(bytes).and_then(Value::as_str) {
        return Ok(short);
    }
    let start = take(out, Str::fixed_bytes(bytes.len()))?;
    // SAFETY: fresh, aligned bytes of that size, alive as long as `'out`.
    Ok(unsafe { Str::write_fixed(start, bytes) })
}

fn take(out: &Bump, bytes: usize) -> Result<NonNull<u8>, AllocError> {
    let layout = Layout::from_size_align(bytes, ALIGN);
    let layout = layout.map_err(|_| AllocError::new(Bound::Request, bytes))?;
    out.try_alloc_layout(layout)
        .map_err(|_| AllocError::new(Bound::Source, bytes))
}

impl<'out> Escape<'out> {
    fn run(&mut self, value: Value<'_>, depth_max: usize) -> Result<Value<'out>, EscapeError> {
        let result = self.value(value)?;
        // Tables are looked at level by level; a level ends with what is the last copy by then.
        let (mut depth, mut level_end) = (1, self.last);
        let mut next = self.first;
        while let Some(copy) = next {
            if depth > depth_max {
                return Err(EscapeError::TooDeep);
            }
            // SAFETY: a listed copy, whose turn has not come (ES1).
            unsafe { self.fill(copy) }?;
            // SAFETY: as above (ES2).
            next = unsafe { link(copy) };
            if Some(copy) == level_end {
                depth += 1;
                level_end = self.last;
            }
        }
        Ok(result)
    }

    fn take(&mut self, bytes: usize) -> Result<NonNull<u8>, EscapeError> {
        let left = self.left_bytes.checked_sub(bytes);
        self.left_bytes = left.ok_or(EscapeError::TooLarge)?;
        Ok(take(self.out, bytes)?)
    }

    fn value(&mut self, value: Value<'_>) -> Result<Value<'out>, EscapeError> {
        Ok(match value.unpack() {
            Unpacked::Nil => Value::NIL,
            Unpacked::Bool(value) => Value::bool(value),
            Unpacked::Int(value) => Value::int(value),
            Unpacked::Float(value) => Value::float(value),
            Unpacked::Str(text) => {
                let bytes = text.as_bytes();
                match Value::short(bytes) {
                    Some(short) => short,
                    None => {
                        let start = self.take(Str::fixed_bytes(bytes.len()))?;
                        // SAFETY: fresh, aligned bytes of that size, alive as long as `'out`.
                        unsafe { Str::write_fixed(start, bytes) }.to_value()
                    }
                }
            }
            Unpacked::Table(table) => self.table(table)?,
            Unpacked::Closure(_) | Unpacked::Native(_) => Str::literal("(function)").to_value(),
            Unpacked::UserData(_) => Str::literal("(userdata)").to_value(),
            Unpacked::Thread(_) => Str::literal("(thread)").to_value(),
        })
    }

    /// The copy of a table, which is filled when its turn comes.
    fn table(&mut self, table: Table<'_>) -> Result<Value<'out>, EscapeError> {
        let source = table.object();
        let word = &source.header.word_cell();
        if word.get() as u8 == FORWARDED {
            let copy = ptr::with_exposed_provenance_mut((word.get() >> 8) as usize);
            // SAFETY: the header holds the address of a live copy (ES1), so it is not null.
            return Ok(table_value(unsafe { NonNull::new_unchecked(copy) }));
        }
        debug_assert_eq!(source.header.kind_index(), Kind::Table as u8);
        let start = self.take(size_of::<TableObject<'_>>())?.cast();
        let back = ptr::from_ref(source).cast_mut().cast::<TableObject<'out>>();
        // SAFETY: fresh bytes for the object. The field that points back has the layout of a
        // pointer, and is cleared before anybody sees it (ES1).
        unsafe {
            start.write(TableObject {
                header: Header::from_word(word.get()),
                metatable: Cell::new(Some(Table(Ref::from_raw(NonNull::new_unchecked(back))))),
                array: Cell::new(ptr::null_mut()),
                nodes: Cell::new(Node::none()),
                array_len: Cell::new(0),
                array_cap: Cell::new(0),
                node_mask: Cell::new(0),
                last_free: Cell::new(0),
                absent: Cell::new(0),
                store_mask: Cell::new(0),
            });
        }
        word.set(u64::from(FORWARDED) | (start.as_ptr().expose_provenance() as u64) << 8);
        match self.last {
            // SAFETY: listed copies are live (ES2).
            Some(last) => unsafe { set_link(last, Some(start)) },
            None => self.first = Some(start),
        }
        self.last = Some(start);
        Ok(table_value(start))
    }

    /// Copies the parts of a table.
    ///
    /// # Safety
    /// `copy` is listed, and empty so far.
    unsafe fn fill(&mut self, copy: Copy<'out>) -> Result<(), EscapeError> {
        // SAFETY: listed copies are live, and point back to a live table (ES1).
        let (copy, source) = unsafe {
            let copy = copy.as_ref();
            let source = copy.metatable.get().map(Table::object);
            (copy, source.unwrap_unchecked())
        };
        let len = source.array_len.get() as usize;
        if len > 0 {
            let array = self
                .take(len * size_of::<Value<'_>>())?
                .cast::<Value<'out>>();
            for index in 0..len {
                // SAFETY: below the length (A1); the new part has as many slots.
                unsafe {
                    let value = source.array.get().add(index).read();
                    array.add(index).write(self.value(value)?);
                }
            }
            copy.array.set(array.as_ptr());
            copy.array_len.set(len as u32);
        }
        let nodes = source.nodes.get();
        if ptr::eq(nodes, Node::none()) {
            return Ok(());
        }
        let count = source.node_mask.get() as usize + 1;
        let bytes = block_bytes(count);
        let block = self.take(bytes)?.cast::<Node<'out>>();
        // SAFETY: a hash part is a block of nodes and links; the new one is as large.
        unsafe { ptr::copy_nonoverlapping(nodes.cast(), block.as_ptr().cast::<u8>(), bytes) };
        for index in 0..count {
            // SAFETY: below the count, initialised.
            let node = unsafe { &*nodes.add(index) };
            let is_data = matches!(
                live_key(node),
                Unpacked::Bool(_)
                    | Unpacked::Int(_)
                    | Unpacked::Float(_)
                    | Unpacked::Str(_)
                    | Unpacked::Table(_)
            );
            let (key, value) = if is_data {
                (self.value(node.key)?, self.value(node.value)?)
            } else {
                // No key is NaN, so nobody finds the node.
                (Value::float(f64::NAN), Value::NIL)
            };
            // SAFETY: as above, in the new block.
            unsafe { block.add(index).write(Node { value, key }) };
        }
        copy.nodes.set(block.as_ptr());
        copy.node_mask.set(source.node_mask.get());
        copy.store_mask.set(source.node_mask.get());
        Ok(())
    }

    /// Gives the region's tables their headers back, and the copies their own meaning.
    fn restore(&mut self) {
        let mut next = self.first.take();
        while let Some(copy) = next {
            // SAFETY: listed copies are live, and point back to live tables (ES1, ES2).
            unsafe {
                next = link(copy);
                let copy = copy.as_ref();
                if let Some(source) = copy.metatable.take() {
                    let word = source.object().header.word_cell();
                    word.set(copy.header.word_cell().get());
                }
                copy.array_cap.set(copy.array_len.get());
                copy.absent.set(0);
            }
        }
    }
}

/// The key of a node, or nil for one without a value, whose key may be gone.
fn live_key<'s>(node: &Node<'s>) -> Unpacked<'s> {
    if node.value.is_nil() {
        Unpacked::Nil
    } else {
        node.key.unpack()
    }
}

fn table_value<'out>(copy: Copy<'out>) -> Value<'out> {
    // SAFETY: a live table object in memory that lives as long as `'out`.
    Table(unsafe { Ref::from_raw(copy) }).to_value()
}

/// The copy after this one (ES2).
///
/// # Safety
/// `copy` is listed.
unsafe fn link<'out>(copy: Copy<'out>) -> Option<Copy<'out>> {
    // SAFETY: the caller's promise.
    let copy = unsafe { copy.as_ref() };
    let low = u64::from(copy.array_cap.get());
    let high = u64::from(copy.absent.get());
    NonNull::new(ptr::with_exposed_provenance_mut(
        (high << 32 | low) as usize,
    ))
}

/// # Safety
/// Both are live copies.
unsafe fn set_link<'out>(copy: Copy<'out>, next: Option<Copy<'out>>) {
    let address = next.map_or(0, |next| next.as_ptr().expose_provenance()) as u64;
    // SAFETY: the caller's promise.
    let copy = unsafe { copy.as_ref() };
    copy.array_cap.set(address as u32);
    copy.absent.set((address >> 32) as u32);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::memory::{Arena, Heap};
    use crate::value::Store;

    #[test]
    fn shared_tables_and_cycles_are_kept_and_the_source_is_as_it_was() {
        let mut arena = Arena::new();
        // SAFETY: the heap is dropped before the arena.
        let heap = unsafe { Heap::open(arena.lend(), 0) };
        let store = Store::new(heap);
        let shared = Table::empty(&store).expect("there is memory");
        let root = Table::empty(&store).expect("there is memory");
        let word = root.object().header.word_cell().get();
        let text = Str::new(&store, b"a text that is long enough").expect("there is memory");
        for index in 1..=3 {
            root.raw_set_int(&store, index, shared.to_value())
                .expect("there is memory");
        }
        for (key, value) in [("self", root.to_value()), ("text", text.to_value())] {
            shared
                .raw_set_str(&store, Str::literal(key), value)
                .expect("there is memory");
        }
        shared
            .raw_set(&store, root.to_value(), Value::int(7))
            .expect("there is memory");
        let out = Bump::new();
        let copy = escape_value(root.to_value(), &out, EscapeLimits::DEFAULT);
        let copy = copy.expect("there is room").as_table().expect("a table");
        assert_eq!(root.object().header.word_cell().get(), word);
        assert_eq!(copy.raw_len(), 3);
        let one = copy.raw_get_int(1).as_table().expect("a table");
        assert!(one.is(copy.raw_get_int(3).as_table().expect("a table")));
        let back = one.raw_get_str(Str::literal("self"));
        assert!(copy.is(back.as_table().expect("a table")));
        assert_eq!(one.raw_get(copy.to_value()).as_int(), Some(7));
        let copied = one.raw_get_str(Str::literal("text"));
        let copied = copied.as_str().expect("a string");
        assert_eq!(copied.as_bytes(), text.as_bytes());

        for (limits, expected) in [
            (EscapeLimits::DEFAULT.depth_max(1), EscapeError::TooDeep),
            (EscapeLimits::DEFAULT.bytes_max(200), EscapeError::TooLarge),
        ] {
            let failed = escape_value(root.to_value(), &out, limits);
            assert_eq!(failed.err(), Some(expected));
            assert_eq!(root.object().header.word_cell().get(), word);
        }
    }
}
