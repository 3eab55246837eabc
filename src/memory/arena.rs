//! The arena: memory that outlives executions, and that they use one after the other.
#![allow(unsafe_code)]

use core::mem;
use core::ptr::NonNull;

use super::chunk::{CHUNK_MAX_BYTES, Chunk, ChunkList};
use super::warm::Warm;
use super::{AllocError, Bound, Budget, BumpSource, ChunkSource, asan};

/// Of an arena's high-water mark, one part in this many is forgotten at each close.
const DECAY_DIVISOR: usize = 16;
/// How many chunks one close gives back at most, which keeps closing in constant time.
const GIVE_BACK_MAX: usize = 4;
/// How many kept chunks a request looks at before it asks the source.
const KEPT_SEARCH_MAX: usize = 64;
/// The largest chunk that a heap's finger may go on in, though a smaller one would do.
const ROOMY_MAX_BYTES: usize = 8 << 20;
/// What an open region's arena may keep beyond its budget, in bytes: room for odd sizes.
const SPARE_MAX_BYTES: usize = 1 << 20;

/// Memory for executions: its chunks are kept when a region closes and used again by the next.
///
/// One region at a time is open on an arena; the borrow checker sees to it. After a peak, what is
/// kept decays: each close forgets a sixteenth of the high-water mark, and gives chunks above the
/// mark back to their source, at most four a time.
///
/// What an execution wrote stays in kept chunks until it is overwritten, where no script can see
/// it. [`Arena::set_zeroing`] has it overwritten at once.
#[derive(Debug)]
pub struct Arena<S: ChunkSource = BumpSource> {
    source: S,
    shelf: Shelf,
    budget: Budget,
}

// SAFETY: the kept chunks belong to this arena alone (M1), so they may go where the source may.
unsafe impl<S: ChunkSource + Send> Send for Arena<S> {}

impl Arena {
    /// An arena on the global allocator without a bound.
    pub fn new() -> Self {
        Self::with_source(BumpSource::default(), Budget::UNLIMITED)
    }

    /// An arena on the global allocator whose executions hold at most `limit_bytes` bytes each.
    pub fn with_budget(limit_bytes: usize) -> Self {
        Self::with_source(BumpSource::default(), Budget::bytes(limit_bytes))
    }
}

impl Default for Arena {
    fn default() -> Self {
        Self::new()
    }
}

impl<S: ChunkSource> Arena<S> {
    /// An arena that takes its chunks from `source`.
    pub fn with_source(source: S, budget: Budget) -> Self {
        Self {
            source,
            shelf: Shelf {
                kept: ChunkList::EMPTY,
                high_water_bytes: 0,
                run: 1,
                touched_bytes: 0,
                lent_bytes: 0,
                is_zeroing: false,
                warm: Warm::NONE,
            },
            budget,
        }
    }

    /// Whether what an execution used is overwritten before it is used again or given back.
    pub fn is_zeroing(&self) -> bool {
        self.shelf.is_zeroing
    }

    /// Chooses whether every byte of a chunk that an execution used is overwritten with zeros as
    /// soon as the execution lets go of it: when it closes, evacuates, or frees a large block. So
    /// secrets of one execution are neither in kept chunks nor in what the source gets back.
    ///
    /// Closing then costs time for what was used, and large blocks are copied where they could
    /// have grown. What the execution kept outside its chunks is not reached: registers and the
    /// Rust stack, programs compiled by the host, and what was copied into the caller's memory.
    pub fn set_zeroing(&mut self, is_zeroing: bool) {
        self.shelf.warm.forget();
        if is_zeroing && !self.shelf.is_zeroing {
            let mut next = self.shelf.kept.first();
            while let Some(chunk) = next {
                next = ChunkList::after(chunk);
                Chunk::zero(chunk, Chunk::payload_bytes(chunk));
            }
        }
        self.shelf.is_zeroing = is_zeroing;
    }

    /// The byte bound of each execution.
    pub fn budget(&self) -> Budget {
        self.budget
    }

    /// Changes the byte bound for the executions to come.
    pub fn set_budget(&mut self, budget: Budget) {
        self.budget = budget;
    }

    /// Bytes of the chunks that are kept for the next execution.
    pub fn kept_bytes(&self) -> usize {
        self.shelf.kept.bytes
    }

    /// Gives back kept chunks until at most `limit_bytes` bytes are kept.
    pub fn trim(&mut self, limit_bytes: usize) {
        while self.shelf.kept.bytes > limit_bytes {
            if !self.shelf.give_back_last(&mut self.source) {
                break;
            }
        }
        self.shelf.high_water_bytes = self.shelf.high_water_bytes.min(limit_bytes);
    }

    /// What a region needs of this arena while it is open.
    pub(crate) fn lend(&mut self) -> Lender<'_> {
        Lender {
            source: &mut self.source,
            shelf: &mut self.shelf,
            budget: self.budget,
        }
    }
}

impl<S: ChunkSource> Drop for Arena<S> {
    fn drop(&mut self) {
        self.trim(0);
    }
}

/// The chunks an arena keeps, and how many bytes of them it means to keep.
#[derive(Debug)]
pub(super) struct Shelf {
    pub(super) kept: ChunkList,
    high_water_bytes: usize,
    /// The number of the run that is open, or will be next.
    run: u16,
    /// Bytes of the chunks that this run has used, each counted once.
    touched_bytes: usize,
    /// Bytes of the chunks that the open region holds.
    lent_bytes: usize,
    /// Whether chunks are overwritten when they come back.
    pub(super) is_zeroing: bool,
    /// What the last region began with.
    pub(super) warm: Warm,
}

impl Shelf {
    /// Overwrites what a region used of chunks that come back: with zeros if the arena's owner
    /// wants so, else with the poison of debug builds, else not at all.
    fn retire(&self, chunks: &ChunkList) {
        if !self.is_zeroing && !cfg!(debug_assertions) && !asan::IS_ON {
            return;
        }
        let mut next = chunks.first();
        while let Some(chunk) = next {
            next = ChunkList::after(chunk);
            if self.is_zeroing {
                Chunk::zero(chunk, Chunk::touched_bytes(chunk));
            } else {
                Chunk::poison(chunk, self.warm.kept_bytes(chunk));
            }
        }
    }

    /// Gives kept chunks back until one of `bytes` more leaves the arena within its budget, or,
    /// where there is no budget, keeps no more than what is in use. Without this a run that asks
    /// for larger blocks time and again would keep every smaller one that it let go.
    fn make_room(&mut self, bytes: usize, budget: Budget, source: &mut dyn ChunkSource) {
        if !source.can_reclaim() {
            return;
        }
        let wanted = self.lent_bytes.saturating_add(bytes);
        let bound = match budget.limit_bytes() {
            usize::MAX => wanted.saturating_mul(2),
            limit => limit,
        };
        let bound = bound.saturating_add(SPARE_MAX_BYTES);
        while wanted.saturating_add(self.kept.bytes) > bound {
            if !self.give_back_last(source) {
                break;
            }
        }
    }

    /// Counts a chunk that is lent to the region.
    pub(super) fn note_lent(&mut self, chunk: NonNull<Chunk>) {
        self.lent_bytes += Chunk::bytes(chunk);
        if Chunk::mark_used(chunk, self.run) {
            self.touched_bytes += Chunk::bytes(chunk);
        }
    }

    fn give_back_last(&mut self, source: &mut dyn ChunkSource) -> bool {
        let Some(last) = self.kept.last() else {
            return false;
        };
        self.warm.forget_with(last);
        self.kept.remove(last);
        Chunk::give_back(last, source);
        true
    }
}

/// An arena lent to one region.
pub(crate) struct Lender<'a> {
    source: &'a mut dyn ChunkSource,
    pub(super) shelf: &'a mut Shelf,
    budget: Budget,
}

impl<'a> Lender<'a> {
    /// The arena's budget.
    pub(crate) fn budget(&self) -> Budget {
        self.budget
    }

    /// Whether each object is to have a chunk of its own.
    pub(super) fn isolates(&self) -> bool {
        self.source.isolates()
    }

    /// Gives all kept chunks back, if each is one object's.
    fn keep_none_isolated(&mut self) {
        if self.isolates() {
            self.trim(0);
        }
    }

    /// Forgets the lifetime, for a heap that its opener keeps within it.
    ///
    /// # Safety
    /// The result is not used after `'a` has ended.
    pub(crate) unsafe fn erase(self) -> Lender<'static> {
        // SAFETY: only the lifetime changes; the caller keeps to it.
        unsafe { mem::transmute::<Lender<'a>, Lender<'static>>(self) }
    }

    /// A chunk with at least `payload_bytes`: a kept one that fits, else a fresh one of
    /// `wanted_bytes` if there is room for that.
    pub(super) fn chunk(
        &mut self,
        payload_bytes: usize,
        wanted_bytes: usize,
    ) -> Result<NonNull<Chunk>, AllocError> {
        let chunk = match self.kept_chunk(payload_bytes, wanted_bytes) {
            Some(chunk) => {
                self.shelf.warm.forget_with(chunk);
                self.shelf.kept.remove(chunk);
                Chunk::permit(chunk);
                chunk
            }
            None => {
                if payload_bytes > CHUNK_MAX_BYTES {
                    // What was kept of a block's smaller selves would only add to the peak.
                    self.trim(payload_bytes / 4);
                }
                let bytes = wanted_bytes.max(payload_bytes);
                self.shelf.make_room(bytes, self.budget, self.source);
                Chunk::grow(self.source, bytes)
                    .or_else(|| Chunk::grow(self.source, payload_bytes))
                    .ok_or(AllocError::new(Bound::Source, payload_bytes))?
            }
        };
        self.shelf.note_lent(chunk);
        Ok(chunk)
    }

    /// Makes `chunk`, which is lent and in no list, large enough for `payload_bytes`, if the source
    /// can; it may move.
    pub(super) fn extend(
        &mut self,
        chunk: NonNull<Chunk>,
        payload_bytes: usize,
    ) -> Option<NonNull<Chunk>> {
        if self.shelf.is_zeroing {
            // The source would leave a copy behind.
            return None;
        }
        self.shelf.warm.forget_with(chunk);
        let old_bytes = Chunk::bytes(chunk);
        if payload_bytes > Chunk::payload_bytes(chunk) {
            // A source that has to copy the block holds it twice meanwhile.
            self.shelf
                .make_room(payload_bytes, self.budget, self.source);
        }
        let chunk = Chunk::extend(chunk, self.source, payload_bytes)?;
        let more_bytes = Chunk::bytes(chunk) - old_bytes;
        self.shelf.lent_bytes += more_bytes;
        self.shelf.touched_bytes += more_bytes;
        Some(chunk)
    }

    /// Gives back kept chunks, those first that were kept longest, until at most `limit_bytes`
    /// bytes are kept.
    pub(super) fn trim(&mut self, limit_bytes: usize) {
        while self.shelf.kept.bytes > limit_bytes {
            if !self.shelf.give_back_last(self.source) {
                break;
            }
        }
    }

    /// The kept chunk that fits best: the smallest of those that are as large as wanted, else the
    /// largest that will do. The choice depends on sizes alone, so that a run that is repeated
    /// finds what it found before.
    fn kept_chunk(&self, payload_bytes: usize, wanted_bytes: usize) -> Option<NonNull<Chunk>> {
        // What a request does not need of a chunk is lost for as long as it holds the chunk, and is
        // not counted. Where the finger goes on in it, the rest is for what comes next.
        let most_bytes = match self.source.can_reclaim() {
            true if wanted_bytes > payload_bytes => ROOMY_MAX_BYTES,
            true => wanted_bytes.saturating_mul(2).max(CHUNK_MAX_BYTES),
            false => usize::MAX,
        };
        // The smaller the better: first how far the chunk exceeds the wish, or falls short of it.
        let misfit = |chunk| match Chunk::payload_bytes(chunk) {
            bytes if bytes >= wanted_bytes => (false, bytes - wanted_bytes),
            bytes => (true, wanted_bytes - bytes),
        };
        let mut best = None;
        let mut candidate = self.shelf.kept.first();
        for _ in 0..KEPT_SEARCH_MAX {
            let Some(chunk) = candidate else { break };
            let fits = (payload_bytes..=most_bytes).contains(&Chunk::payload_bytes(chunk));
            if fits && best.is_none_or(|best| misfit(chunk) < misfit(best)) {
                best = Some(chunk);
                if misfit(chunk) == (false, 0) {
                    break;
                }
            }
            candidate = ChunkList::after(chunk);
        }
        best
    }

    /// Keeps one chunk that a region no longer needs.
    pub(super) fn put_back(&mut self, chunk: NonNull<Chunk>) {
        self.shelf.warm.forget_with(chunk);
        let mut list = ChunkList::EMPTY;
        list.push(chunk);
        self.shelf.retire(&list);
        self.shelf.lent_bytes = self.shelf.lent_bytes.saturating_sub(list.bytes);
        self.shelf.kept.prepend(list);
        self.keep_none_isolated();
    }

    /// Keeps all chunks of a list, in constant time unless they are overwritten.
    pub(super) fn shelve(&mut self, chunks: ChunkList) {
        self.shelf.retire(&chunks);
        self.shelf.lent_bytes = self.shelf.lent_bytes.saturating_sub(chunks.bytes);
        self.shelf.kept.prepend(chunks);
        self.keep_none_isolated();
    }

    /// Takes all chunks of a closing region back: constant time unless they are overwritten.
    pub(super) fn close(&mut self, chunks: ChunkList) {
        self.shelf.warm.note_closed();
        self.shelf.retire(&chunks);
        let mark = self.shelf.high_water_bytes;
        let touched = mem::take(&mut self.shelf.touched_bytes);
        self.shelf.high_water_bytes = touched.max(mark - mark / DECAY_DIVISOR);
        self.shelf.run = self.shelf.run.wrapping_add(1);
        self.shelf.lent_bytes = self.shelf.lent_bytes.saturating_sub(chunks.bytes);
        self.shelf.kept.prepend(chunks);
        for _ in 0..GIVE_BACK_MAX {
            if self.shelf.kept.bytes <= self.shelf.high_water_bytes
                || !self.shelf.give_back_last(self.source)
            {
                break;
            }
        }
        self.keep_none_isolated();
    }
}
