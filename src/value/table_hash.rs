//! A table's hash part: chained scatter with Brent's variation, in one block.
#![allow(unsafe_code)]
//!
//! The block holds the nodes and, after them, one link a node: the distance in nodes to the next
//! one of its chain, 0 at the end. A hit touches only the node, 32 bytes.
//!
//! The method is the one of PUC Lua's `ltable.c`: a key that is not in its main position gives way
//! to one that is, so chains stay short even when every node is taken.

use core::ptr::{self, NonNull};

use super::repr::{Value, tag};
use super::store::Store;
use super::string::{Str, short_hash};
use super::table::{HOPS_MAX, Table};
use crate::memory::{AllocError, Bound};

/// A key with its value.
#[repr(C)]
pub(crate) struct Node<'r> {
    pub(crate) value: Value<'r>,
    pub(crate) key: Value<'r>,
}

/// The node and link of tables without a hash part: an absent key, never written.
#[repr(C)]
struct NoNodes {
    node: Node<'static>,
    link: i32,
}

// SAFETY: read only, and its values are nil.
unsafe impl Sync for NoNodes {}

static NO_NODES: NoNodes = NoNodes {
    node: Node {
        value: Value::NIL,
        key: Value::NIL,
    },
    link: 0,
};

impl<'r> Node<'r> {
    /// The node that stands for an empty hash part; it is never written to.
    #[inline(always)]
    pub(crate) fn none() -> *mut Node<'r> {
        // The whole static, so that the link after the node may be read too.
        (&raw const NO_NODES).cast_mut().cast()
    }
}

/// The most nodes a hash part can have.
const NODES_MAX: usize = 1 << 27;

/// Bytes of a block with `count` nodes.
pub(super) const fn block_bytes(count: usize) -> usize {
    count * (size_of::<Node<'_>>() + size_of::<i32>())
}

/// The hash of an integer key, or of the bits of a float. Tables use its lowest bits, in which both
/// halves of the product are: the upper one for keys that differ in their highest bits alone, as
/// floats do.
#[inline(always)]
pub(crate) const fn hash_int(key: i64) -> u32 {
    let product = (key as u64 as u128) * 0x9E37_79B9_7F4A_7C15;
    product as u32 ^ (product >> 64) as u32
}

/// The hash of a normal key.
#[inline]
fn hash(key: Value<'_>) -> u32 {
    match key.tag() {
        tag::SHORT => short_hash(key.word(), key.bits()),
        tag::LONG => Str::from_value(key).hash(),
        tag::INT | tag::FLOAT | tag::NIL | tag::FALSE | tag::TRUE => {
            hash_int(key.bits() as i64 ^ key.word() as i64)
        }
        _ => key.header().map_or(0, |header| header.identity_hash()),
    }
}

/// A key as tables keep it: a float with an integer's value becomes that integer. `None` for nil
/// and NaN, which cannot be keys.
#[inline]
pub(crate) fn normalize(key: Value<'_>) -> Option<Value<'_>> {
    match key.word() {
        tag::FLOAT => {
            let float = f64::from_bits(key.bits());
            let int = float as i64;
            // 2^63 saturates to a value that converts back to 2^63, so the bound is checked too.
            if int as f64 == float && float < 9_223_372_036_854_775_808.0 {
                Some(Value::int(int))
            } else if float.is_nan() {
                None
            } else {
                Some(key)
            }
        }
        tag::NIL => None,
        _ => Some(key),
    }
}

/// The power of two that bounds an array key: `2^(p - 1) < key <= 2^p`.
#[inline]
pub(super) fn power_of(key: u64) -> usize {
    debug_assert!(key > 0);
    64 - (key - 1).leading_zeros() as usize
}

/// Counts `key` if it could go into an array part.
pub(super) fn count_key(key: Value<'_>, counts: &mut [u32; 65]) {
    if let Some(index) = key.as_int().filter(|index| *index > 0) {
        counts[power_of(index as u64)] += 1;
    }
}

/// The largest power of two such that more than half of the slots up to it would be in use, and
/// how many keys those are.
/// There are at most `keys` of them.
pub(super) fn array_size(counts: &[u32; 65], keys: usize) -> (usize, usize) {
    let (mut best, mut best_count) = (0, 0);
    let mut count = 0usize;
    for (power, in_slice) in counts.iter().enumerate().take(29) {
        // All keys together would not fill half of this, nor of what is larger.
        if keys <= (1 << power) / 2 {
            break;
        }
        count += *in_slice as usize;
        if count > (1 << power) / 2 {
            best = 1 << power;
            best_count = count;
        }
    }
    (best, best_count)
}

/// A block of nodes that is not, or no longer, part of a table.
pub(super) struct NodeBlock<'r> {
    nodes: *mut Node<'r>,
    count: usize,
}

impl<'r> NodeBlock<'r> {
    /// An empty block for at least `count` keys.
    pub(super) fn new(store: &Store<'r>, count: usize) -> Result<Self, AllocError> {
        if count == 0 {
            return Ok(Self {
                nodes: Node::none(),
                count: 0,
            });
        }
        if count > NODES_MAX {
            return Err(AllocError::new(Bound::Request, count.saturating_mul(36)));
        }
        let count = count.next_power_of_two();
        let nodes = store
            .heap
            .block(block_bytes(count))?
            .cast::<Node<'r>>()
            .as_ptr();
        // SAFETY: the block has that many bytes; zeroed nodes have nil keys and values (V3).
        unsafe { ptr::write_bytes(nodes.cast::<u8>(), 0, block_bytes(count)) };
        Ok(Self { nodes, count })
    }

    /// A copy of a template: names without values (`record.rs`).
    ///
    /// # Safety
    /// `template` points to the constants of a template of `count` nodes.
    pub(super) unsafe fn of_template(
        store: &Store<'r>,
        template: *const Value<'static>,
        count: usize,
    ) -> Result<Self, AllocError> {
        let block = store.heap.block(block_bytes(count))?;
        // SAFETY: a fresh block of as many bytes, and the caller's promise.
        Ok(unsafe { Self::copy_template(block, template, count) })
    }

    /// A copy of a template in a fresh block.
    ///
    /// # Safety
    /// As [`NodeBlock::of_template`]; `block` has room for as many nodes.
    #[inline(always)]
    pub(super) unsafe fn copy_template(
        block: NonNull<u8>,
        template: *const Value<'static>,
        count: usize,
    ) -> Self {
        debug_assert!(count.is_power_of_two());
        let nodes = block.cast::<Node<'r>>().as_ptr();
        for index in 0..count {
            // SAFETY: the template begins with what makes as many nodes, a value and a key each.
            unsafe {
                nodes
                    .add(index)
                    .write(template.cast::<Node<'r>>().add(index).read())
            };
            // Or a call of `memcpy` is made of this short loop.
            core::hint::black_box(());
        }
        // SAFETY: the links follow the nodes in the block.
        let links = unsafe { nodes.add(count) }.cast::<i32>();
        for index in 0..count {
            // SAFETY: the template's links follow its nodes, as many as there are nodes.
            let link = unsafe { (*template.add(2 * count + index)).bits() };
            // SAFETY: the block has a link for each node.
            unsafe { links.add(index).write(link as i32) };
        }
        Self { nodes, count }
    }

    /// Gives the block back to the heap.
    pub(super) fn free(self, store: &Store<'r>) {
        if self.count > 0 {
            // SAFETY: the block came from `block` with as many bytes; null it is not.
            unsafe {
                let start = NonNull::new_unchecked(self.nodes).cast();
                store.heap.free_block(start, block_bytes(self.count));
            }
        }
    }

    /// Calls `visit` with each key that has a value, from the last node to the first.
    pub(super) fn for_each(&self, mut visit: impl FnMut(Value<'r>, Value<'r>)) {
        for index in (0..self.count).rev() {
            // SAFETY: below the count.
            let node = unsafe { &*self.nodes.add(index) };
            if !node.value.is_nil() {
                visit(node.key, node.value);
            }
        }
    }
}

impl<'r> Table<'r> {
    pub(super) fn replace_nodes(self, block: NodeBlock<'r>) -> NodeBlock<'r> {
        let object = self.object();
        debug_assert!(!object.is_untouched());
        let old = NodeBlock {
            nodes: object.nodes.get(),
            count: self.node_count(),
        };
        object.nodes.set(block.nodes);
        object.forget_flood();
        let mask = (block.count as u32).saturating_sub(1);
        object.node_mask.set(mask);
        object.store_mask.set(mask);
        object.last_free.set(block.count as u32);
        old
    }

    /// The first node of the chain of `hash`.
    #[inline(always)]
    fn main_index(self, hash: u32) -> usize {
        (hash & self.object().node_mask.get()) as usize
    }

    #[inline(always)]
    fn node(self, index: usize) -> *mut Node<'r> {
        debug_assert!(index <= self.object().node_mask.get() as usize);
        // SAFETY: indices come from masks and links, which stay within the block.
        unsafe { self.object().nodes.get().add(index) }
    }

    #[inline(always)]
    fn link(self, index: usize) -> *mut i32 {
        let object = self.object();
        // SAFETY: the links follow the nodes, as many as there are nodes.
        unsafe {
            object
                .nodes
                .get()
                .add(object.node_mask.get() as usize + 1)
                .cast::<i32>()
                .add(index)
        }
    }

    /// Follows the chain of `hash` to the first node whose key satisfies `is_key`.
    #[inline(always)]
    fn walk(self, hash: u32, is_key: impl Fn(Value<'r>) -> bool) -> Option<usize> {
        let mut index = self.main_index(hash);
        let mut hops = 0;
        loop {
            // SAFETY: an initialised node.
            if is_key(unsafe { (*self.node(index)).key }) {
                return Some(index);
            }
            // SAFETY: an initialised link.
            let link = unsafe { *self.link(index) };
            if link == 0 {
                return None;
            }
            hops += 1;
            if hops == HOPS_MAX {
                self.object().note_flooded();
            }
            index = index.wrapping_add_signed(link as isize);
        }
    }

    /// How many links are followed to find `key` in the hash part, or that it is not there.
    #[cold]
    pub(crate) fn chain_hops(self, key: Value<'r>) -> usize {
        let Some(key) = normalize(key) else {
            return 0;
        };
        let mut hops = 0;
        let mut index = self.main_index(node_hash(key));
        loop {
            // SAFETY: an initialised node and its link.
            let (other, link) = unsafe { ((*self.node(index)).key, *self.link(index)) };
            if link == 0 || other.word() == key.word() && other.bits() == key.bits() {
                return hops;
            }
            hops += 1;
            index = index.wrapping_add_signed(link as isize);
        }
    }

    #[inline(always)]
    fn value_slot(self, index: usize) -> NonNull<Value<'r>> {
        // SAFETY: the value is the first field of a node, which is not null.
        unsafe { NonNull::new_unchecked(self.node(index)).cast() }
    }

    /// The slot of a key that is equal only to the same two words.
    #[inline(always)]
    pub(super) fn find_words(self, key: Value<'r>, hash: u32) -> Option<NonNull<Value<'r>>> {
        let same = |other: Value<'r>| other.word() == key.word() && other.bits() == key.bits();
        Some(self.value_slot(self.walk(hash, same)?))
    }

    /// The slot of a short string key, given its hash.
    #[inline(always)]
    pub(crate) fn find_short(self, key: Value<'r>, hash: u32) -> Option<NonNull<Value<'r>>> {
        debug_assert!(key.tag() == tag::SHORT);
        self.find_words(key, hash)
    }

    /// The slot of a long string key.
    #[inline]
    pub(super) fn find_long(self, key: Str<'r>) -> Option<NonNull<Value<'r>>> {
        Some(self.value_slot(self.walk_long(key)?))
    }

    #[inline(always)]
    fn walk_long(self, text: Str<'r>) -> Option<usize> {
        self.walk(text.hash(), |other| {
            other.tag() == tag::LONG && Str::from_value(other) == text
        })
    }

    pub(super) fn find_node(self, key: Value<'r>) -> Option<usize> {
        if key.tag() == tag::LONG {
            self.walk_long(Str::from_value(key))
        } else {
            let same = |other: Value<'r>| other.word() == key.word() && other.bits() == key.bits();
            self.walk(node_hash(key), same)
        }
    }

    /// The slot of any normal key in the hash part; an empty part has none.
    pub(super) fn find(self, key: Value<'r>) -> Option<NonNull<Value<'r>>> {
        Some(self.value_slot(self.find_node(key)?))
    }

    /// Puts a key that the part does not have into it; false when no node is free.
    pub(super) fn insert(self, key: Value<'r>, value: Value<'r>) -> bool {
        self.insert_at(node_hash(key), key, value)
    }

    /// As [`Table::insert`], with the hash that places the key.
    pub(super) fn insert_at(self, hash: u32, key: Value<'r>, value: Value<'r>) -> bool {
        debug_assert!(!self.object().is_untouched());
        if !self.has_nodes() {
            return false;
        }
        let home = self.main_index(hash);
        // SAFETY: nodes and links below are reached by indices within the block, and are
        // initialised; no reference to them is kept.
        unsafe {
            if (*self.node(home)).value.is_nil() {
                self.node(home).write(Node { value, key });
                return true;
            }
            let Some(free) = self.free_node() else {
                return false;
            };
            let other_home = self.main_index(node_hash((*self.node(home)).key));
            if other_home == home {
                // The key at home is in its chain: the new one goes right after it.
                let link = *self.link(home);
                let rest = if link == 0 {
                    0
                } else {
                    (home as i64 + i64::from(link) - free as i64) as i32
                };
                self.link(free).write(rest);
                self.link(home).write((free as i64 - home as i64) as i32);
                self.node(free).write(Node { value, key });
            } else {
                self.make_way(home, other_home, free);
                self.node(home).write(Node { value, key });
                self.link(home).write(0);
            }
        }
        true
    }

    /// Moves the node at `home`, which belongs to the chain of `other_home`, to `free`.
    ///
    /// # Safety
    /// All three are indices of this part, and the chain of `other_home` leads to `home`.
    unsafe fn make_way(self, home: usize, other_home: usize, free: usize) {
        // SAFETY: links stay within the block.
        unsafe {
            let mut before = other_home;
            loop {
                let after = before.wrapping_add_signed(*self.link(before) as isize);
                if after == home {
                    break;
                }
                before = after;
            }
            self.link(before)
                .write((free as i64 - before as i64) as i32);
            ptr::copy_nonoverlapping(self.node(home), self.node(free), 1);
            let link = *self.link(home);
            let rest = if link == 0 {
                0
            } else {
                (home as i64 + i64::from(link) - free as i64) as i32
            };
            self.link(free).write(rest);
        }
    }

    /// A node that never had a key, searched downwards.
    fn free_node(self) -> Option<usize> {
        let object = self.object();
        let mut index = object.last_free.get();
        while index > 0 {
            index -= 1;
            // SAFETY: below the node count.
            if unsafe { (*self.node(index as usize)).key.is_nil() } {
                object.last_free.set(index);
                return Some(index as usize);
            }
        }
        object.last_free.set(0);
        None
    }

    /// Counts keys with a value, and the integer ones among them by their power of two.
    pub(super) fn count_nodes(self, counts: &mut [u32; 65]) -> usize {
        let mut total = 0;
        for index in 0..self.node_count() {
            // SAFETY: below the node count.
            let node = unsafe { &*self.node(index) };
            if !node.value.is_nil() {
                count_key(node.key, counts);
                total += 1;
            }
        }
        total
    }

    /// The first node with a value at or after `start`, by its index.
    #[inline]
    pub(super) fn next_node(self, start: usize) -> Option<(usize, Value<'r>, Value<'r>)> {
        for index in start..self.node_count() {
            // SAFETY: below the node count.
            let node = unsafe { &*self.node(index) };
            if !node.value.is_nil() {
                return Some((index, node.key, node.value));
            }
        }
        None
    }

    /// Key and value of the node at `index`, which is below the node count.
    pub(super) fn node_at(self, index: usize) -> (Value<'r>, Value<'r>) {
        debug_assert!(index < self.node_count());
        // SAFETY: below the node count.
        let node = unsafe { &*self.node(index) };
        (node.key, node.value)
    }

    /// The key of the node at `index`.
    #[inline]
    pub(super) fn node_key(self, index: usize) -> Option<Value<'r>> {
        // SAFETY: below the node count.
        (index < self.node_count()).then(|| unsafe { (*self.node(index)).key })
    }
}

/// The hash that places a normal key.
#[inline]
fn node_hash(key: Value<'_>) -> u32 {
    if key.word() == tag::INT {
        hash_int(key.bits() as i64)
    } else {
        hash(key)
    }
}
