//! A region's heap: a finger that moves through chunks lent by an arena.
#![allow(unsafe_code)]
//!
//! - **H1** `finger <= limit <= end of the current chunk`; all null before the first chunk.
//! - **H2** `limit - finger` never exceeds what is left of the budget, so a bump needs no check.
//! - **H3** An address handed out stays good until the block is freed or the heap is closed.
//!   A heap that is watched has `limit == finger`, so that each bump takes the slow path.
//!   So has one whose source isolates: each object and block is a chunk's whole payload there, but
//!   for those that came as a whole (`whole`), and goes back to the source when it is freed.
//! - **H4** `settled_bytes` counts what is in use outside the piece that the finger moves through:
//!   older chunks, blocks with a chunk of their own, chunks taken by scratch.
//! - **H5** The finger moves through `run_start..run_end`: a whole payload, or a gap that a sweep
//!   left in one.
//!
//! Absent on purpose: destructors, and moving. Who evacuates opens a second heap.

use core::cell::{Cell, UnsafeCell};
use core::marker::PhantomData;
use core::ptr::{self, NonNull};

use super::arena::Lender;
use super::chunk::{CHUNK_MAX_BYTES, CHUNK_MIN_BYTES, Chunk, ChunkList, HEADER_BYTES, Usage};
use super::free_list::{self, FreeLists, RUNG_MAX_BYTES};
use super::gaps::{Gap, Gaps};
use super::handle::{Brand, Ref};
use super::unit::Units;
use super::watch::Watch;
use super::{ALIGN, AllocError, Bound, Budget, HeapStats, asan};

/// Requests above this can never be met, and are refused before any arithmetic on them.
const REQUEST_MAX_BYTES: usize = isize::MAX as usize / 4;
/// The size of chunks for what never moves.
const PERMANENT_CHUNK_BYTES: usize = 8 << 10;
/// Of the budget, one part in this many may be held beyond it, in gaps that are too small; or one
/// chunk, if that is more.
const GAP_SHARE: usize = 3;

/// The memory of one region.
pub(crate) struct Heap<'r> {
    pub(super) finger: Cell<*mut u8>,
    pub(super) limit: Cell<*mut u8>,
    /// Counts down at every back-edge and call of the interpreter, which looks at its bounds when
    /// this falls below zero; see `vm::interrupt`. It is here so that memory pressure can bring the
    /// next safepoint forward by zeroing it.
    pub(crate) countdown: Cell<i64>,
    /// Steps taken off the countdown to bring the safepoint forward, which were not run.
    pub(crate) withheld_steps: Cell<i64>,
    pub(super) current: Cell<*mut Chunk>,
    pub(super) run_start: Cell<*mut u8>,
    run_end: Cell<*mut u8>,
    pub(super) chunks: Cell<ChunkList>,
    pub(super) settled_bytes: Cell<usize>,
    pub(super) budget_bytes: Cell<usize>,
    pub(super) peak_bytes: Cell<usize>,
    /// Crossing this many bytes in use asks for an evacuation.
    pub(super) threshold_bytes: Cell<usize>,
    /// What is set aside for reporting that memory ran out; zero once released.
    reserve_bytes: Cell<usize>,
    /// What the reserve was when it was released, zero before.
    released_bytes: Cell<usize>,
    /// Whether each object and block has a chunk of its own, for memory checkers.
    pub(super) isolates: bool,
    /// Addresses of what came as a whole, if the source isolates.
    pub(super) whole: Cell<(usize, usize)>,
    /// Who is asked before each allocation.
    pub(super) watch: Cell<Option<&'static dyn Watch>>,
    pub(super) free: FreeLists,
    /// What sweeps left between survivors.
    pub(super) gaps: Gaps,
    /// Chunks set aside for an evacuation that is under way.
    pub(super) spare: Cell<ChunkList>,
    /// Counts evacuations.
    pub(super) epoch: Cell<u32>,
    /// The chunk that permanent bytes are taken from, and how many of them are taken.
    permanent: Cell<(*mut Chunk, usize)>,
    /// Programs compiled at run time.
    pub(super) units: Cell<Units>,
    lender: UnsafeCell<Lender<'static>>,
    /// Who copied what the region began with keeps its notes there; null if there are none.
    pub(crate) notes: Cell<*mut u8>,
    brand: Brand<'r>,
}

impl<'r> Heap<'r> {
    /// Opens a heap on an arena; `reserve_bytes` are set aside out of its budget.
    ///
    /// # Safety
    /// The heap is closed (dropped) before the lender's borrow of the arena ends.
    pub(crate) unsafe fn open(lender: Lender<'_>, reserve_bytes: usize) -> Self {
        let budget_bytes = lender.budget().limit_bytes();
        let reserve_bytes = reserve_bytes.min(budget_bytes / 2);
        Self {
            finger: Cell::new(ptr::null_mut()),
            limit: Cell::new(ptr::null_mut()),
            countdown: Cell::new(-1),
            withheld_steps: Cell::new(0),
            current: Cell::new(ptr::null_mut()),
            run_start: Cell::new(ptr::null_mut()),
            run_end: Cell::new(ptr::null_mut()),
            chunks: Cell::new(ChunkList::EMPTY),
            settled_bytes: Cell::new(0),
            budget_bytes: Cell::new(budget_bytes - reserve_bytes),
            peak_bytes: Cell::new(0),
            threshold_bytes: Cell::new(usize::MAX),
            reserve_bytes: Cell::new(reserve_bytes),
            released_bytes: Cell::new(0),
            isolates: lender.isolates(),
            whole: Cell::new((0, 0)),
            watch: Cell::new(None),
            free: FreeLists::new(),
            gaps: Gaps::new(),
            spare: Cell::new(ChunkList::EMPTY),
            epoch: Cell::new(0),
            permanent: Cell::new((ptr::null_mut(), 0)),
            units: Cell::new(Units::NONE),
            // SAFETY: the caller closes the heap in time.
            lender: UnsafeCell::new(unsafe { lender.erase() }),
            notes: Cell::new(ptr::null_mut()),
            brand: PhantomData,
        }
    }

    /// Hands out `bytes` fresh bytes aligned to [`ALIGN`]; what they hold is unspecified.
    ///
    /// # Errors
    /// The budget or the source refused.
    #[inline(always)]
    pub(crate) fn bump(&self, bytes: usize) -> Result<NonNull<u8>, AllocError> {
        let finger = self.finger.get();
        let free_bytes = self.limit.get().addr().wrapping_sub(finger.addr());
        // Finger and limit are aligned, so what fits also fits rounded up.
        // Large blocks have chunks of their own, which an evacuation counts on.
        if bytes != 0 && bytes <= free_bytes && bytes <= RUNG_MAX_BYTES {
            let bytes = bytes.next_multiple_of(ALIGN);
            asan::permit(finger, bytes);
            // SAFETY: `bytes` rounded up fits between finger and limit (H1).
            self.finger.set(unsafe { finger.add(bytes) });
            // SAFETY: a finger with room above it is inside a chunk, so not null.
            return Ok(unsafe { NonNull::new_unchecked(finger) });
        }
        self.bump_slow(bytes)
    }

    /// As [`Heap::bump`] for `bytes`, with a block of `block_bytes` behind them, both small; `None`
    /// where that takes more than moving the finger, or a dead block would do.
    #[inline(always)]
    pub(crate) fn bump_with_block(&self, bytes: usize, block_bytes: usize) -> Option<NonNull<u8>> {
        debug_assert!(bytes.is_multiple_of(ALIGN) && block_bytes <= RUNG_MAX_BYTES - bytes);
        let rung_bytes = self.free.none_for(block_bytes)?;
        let finger = self.finger.get();
        let free_bytes = self.limit.get().addr().wrapping_sub(finger.addr());
        let both_bytes = bytes + rung_bytes;
        if both_bytes > free_bytes {
            return None;
        }
        asan::permit(finger, both_bytes);
        // SAFETY: both fit between finger and limit (H1).
        self.finger.set(unsafe { finger.add(both_bytes) });
        NonNull::new(finger)
    }

    /// Allocates `value` and returns its handle.
    ///
    /// # Errors
    /// As [`Heap::bump`].
    #[inline(always)]
    pub(crate) fn alloc<T>(&self, value: T) -> Result<Ref<'r, T>, AllocError> {
        const { assert!(align_of::<T>() <= ALIGN && !core::mem::needs_drop::<T>()) };
        let pointer = self.bump(size_of::<T>())?.cast::<T>();
        // SAFETY: fresh bytes, large and aligned enough (asserted above).
        unsafe { pointer.write(value) };
        // SAFETY: initialised just now, and good until the region closes (H3).
        Ok(unsafe { Ref::from_raw(pointer) })
    }

    /// Allocates a block that will be freed by [`Heap::free_block`] when its owner outgrows it.
    ///
    /// # Errors
    /// As [`Heap::bump`].
    pub(crate) fn block(&self, bytes: usize) -> Result<NonNull<u8>, AllocError> {
        if bytes > RUNG_MAX_BYTES {
            return self.own_chunk(bytes);
        }
        if self.watch.get().is_some() {
            return self.block_watched(bytes);
        }
        match self.free.take(bytes) {
            Ok(block) => Ok(block),
            Err(rung_bytes) => self.bump(rung_bytes),
        }
    }

    /// As [`Heap::block`] for a small block, asking whoever watches.
    #[cold]
    #[inline(never)]
    fn block_watched(&self, bytes: usize) -> Result<NonNull<u8>, AllocError> {
        self.ask(bytes)?;
        match self.free.take(bytes) {
            Ok(block) => Ok(block),
            Err(rung_bytes) => self.bump_unasked(rung_bytes),
        }
    }

    /// Takes back a block of [`Heap::block`].
    ///
    /// # Safety
    /// `start` came from `block(bytes)` of this heap with the same `bytes`, and nobody uses it any
    /// more.
    pub(crate) unsafe fn free_block(&self, start: NonNull<u8>, bytes: usize) {
        if bytes > RUNG_MAX_BYTES || (self.isolates && !self.is_of_whole(start)) {
            // SAFETY: such a block is the payload of a chunk of its own (`own_chunk`, H3).
            let chunk = unsafe { start.sub(HEADER_BYTES) }.cast::<Chunk>();
            self.return_chunk(chunk);
        } else if !self.isolates {
            // SAFETY: the caller's promise.
            unsafe { self.free.put(start, bytes) };
        }
    }

    /// Takes a whole chunk of at least `payload_bytes` out of the arena, under the budget.
    pub(super) fn take_chunk(&self, payload_bytes: usize) -> Result<NonNull<Chunk>, AllocError> {
        if payload_bytes > REQUEST_MAX_BYTES {
            return Err(AllocError::new(Bound::Request, payload_bytes));
        }
        self.ask(payload_bytes)?;
        self.take_chunk_unasked(payload_bytes)
    }

    fn take_chunk_unasked(&self, payload_bytes: usize) -> Result<NonNull<Chunk>, AllocError> {
        let payload_bytes = payload_bytes.next_multiple_of(ALIGN);
        if payload_bytes > self.left_bytes() {
            return Err(self.refuse(payload_bytes));
        }
        let chunk = self.lent(payload_bytes, payload_bytes)?;
        self.enter_own(chunk, payload_bytes);
        Ok(chunk)
    }

    /// Hands out bytes that stay where they are until the region closes, whatever is evacuated.
    ///
    /// # Errors
    /// As [`Heap::bump`].
    pub(crate) fn permanent(&self, bytes: usize) -> Result<NonNull<u8>, AllocError> {
        let bytes = bytes.next_multiple_of(ALIGN);
        let (chunk, taken) = self.permanent.get();
        let room = NonNull::new(chunk).map_or(0, |chunk| {
            // SAFETY: a listed chunk has an initialised header (M1).
            unsafe { (*chunk.as_ptr()).used_bytes - taken }
        });
        let (chunk, taken) = if bytes <= room {
            (chunk, taken)
        } else {
            let wanted = bytes.max(PERMANENT_CHUNK_BYTES);
            let chunk = self
                .take_chunk(wanted)
                .or_else(|_| self.take_chunk(bytes))?;
            self.set_usage(chunk, Usage::Permanent);
            (chunk.as_ptr(), 0)
        };
        self.permanent.set((chunk, taken + bytes));
        // SAFETY: `chunk` is not null here, and `bytes` more fit its payload.
        Ok(unsafe {
            NonNull::new_unchecked(Chunk::start(NonNull::new_unchecked(chunk)).add(taken))
        })
    }

    /// Gives a chunk of [`Heap::take_chunk`] back to the arena.
    pub(super) fn return_chunk(&self, chunk: NonNull<Chunk>) {
        self.with_chunks(|chunks| chunks.remove(chunk));
        let used_bytes = Chunk::used_bytes(chunk);
        self.settled_bytes
            .set(self.settled_bytes.get() - used_bytes);
        self.with_lender(|lender| lender.put_back(chunk));
        self.set_limit();
    }

    /// Bytes in use now.
    pub(crate) fn used_bytes(&self) -> usize {
        self.settled_bytes.get() + self.current_bytes()
    }

    /// Bytes that the budget still allows.
    pub(crate) fn left_bytes(&self) -> usize {
        self.budget_bytes.get().saturating_sub(self.used_bytes())
    }

    /// The byte bound, what is set aside included.
    pub(crate) fn budget(&self) -> Budget {
        Budget::bytes(
            self.budget_bytes
                .get()
                .saturating_add(self.reserve_bytes.get()),
        )
    }

    /// Asks for an evacuation once `bytes` are in use.
    pub(crate) fn set_threshold(&self, bytes: usize) {
        self.threshold_bytes.set(bytes);
        self.set_limit();
    }

    /// Whether the threshold was crossed.
    pub(crate) fn is_over_threshold(&self) -> bool {
        self.used_bytes() >= self.threshold_bytes.get()
    }

    /// The figures as they stand.
    pub(crate) fn stats(&self) -> HeapStats {
        let chunks = self.chunks.get();
        HeapStats {
            used_bytes: self.used_bytes(),
            peak_bytes: self.peak_bytes.get().max(self.used_bytes()),
            granted_bytes: chunks.bytes,
            chunk_count: chunks.count,
            free_bytes: self.free.free_bytes.get(),
            reused_blocks: self.free.reused_blocks.get(),
        }
    }

    #[cold]
    #[inline(never)]
    fn bump_slow(&self, bytes: usize) -> Result<NonNull<u8>, AllocError> {
        if bytes > RUNG_MAX_BYTES {
            return self.own_chunk(bytes);
        }
        self.ask(bytes)?;
        self.bump_unasked(bytes)
    }

    #[cold]
    #[inline(never)]
    fn bump_unasked(&self, bytes: usize) -> Result<NonNull<u8>, AllocError> {
        let bytes = bytes.next_multiple_of(ALIGN).max(ALIGN);
        if bytes > self.left_bytes() {
            return Err(self.refuse(bytes));
        }
        if self.isolates {
            return self.bump_isolated(bytes);
        }
        if self.room() < bytes {
            match self.gaps.take(bytes) {
                Some(gap) => self.start_gap(gap),
                None => self.start_chunk(self.chunk_for(bytes)?),
            }
        }
        Ok(self.advance(bytes))
    }

    /// A chunk of its own for an object or a small block.
    fn bump_isolated(&self, bytes: usize) -> Result<NonNull<u8>, AllocError> {
        let chunk = self.take_chunk_unasked(bytes)?;
        self.set_usage(chunk, Usage::Bump);
        // SAFETY: a payload starts inside its block, never at null.
        Ok(unsafe { NonNull::new_unchecked(Chunk::start(chunk)) })
    }

    /// Whether the block is part of what came as a whole.
    pub(super) fn is_of_whole(&self, start: NonNull<u8>) -> bool {
        let (from, to) = self.whole.get();
        (from..to).contains(&start.as_ptr().addr())
    }

    /// A chunk for the finger to go on in, with at least `bytes`.
    fn chunk_for(&self, bytes: usize) -> Result<NonNull<Chunk>, AllocError> {
        if let Some(chunk) = self.take_spare() {
            return Ok(chunk);
        }
        let mut wanted = self.chunks.get().bytes.min(CHUNK_MAX_BYTES);
        if self.gaps.bytes.get() > 0 {
            // Gaps that are too small are held all the same, so there is a bound on what is held.
            let budget_bytes = self.budget_bytes.get();
            let beyond_bytes = (budget_bytes / GAP_SHARE).max(CHUNK_MAX_BYTES);
            let held_max = budget_bytes.saturating_add(beyond_bytes);
            let more_bytes = held_max.saturating_sub(self.chunks.get().bytes);
            if bytes > more_bytes {
                return Err(self.refuse(bytes));
            }
            wanted = wanted.min(more_bytes);
        }
        let wanted = wanted.max(CHUNK_MIN_BYTES) - HEADER_BYTES;
        self.lent(bytes, wanted)
    }

    /// A chunk from the arena; that there is none is noted as pressure.
    fn lent(&self, bytes: usize, wanted_bytes: usize) -> Result<NonNull<Chunk>, AllocError> {
        self.with_lender(|lender| lender.chunk(bytes, wanted_bytes))
            .inspect_err(|_| self.force_evacuation(bytes))
    }

    /// Moves the finger over `bytes`, for which there is room, and draws the limit anew.
    pub(super) fn advance(&self, bytes: usize) -> NonNull<u8> {
        debug_assert!(bytes <= self.room());
        let start = self.finger.get();
        asan::permit(start, bytes);
        // SAFETY: there is room in the chunk and in the budget (H1, H2).
        self.finger.set(unsafe { start.add(bytes) });
        // The budget may have grown since the limit was drawn, or the threshold be crossed.
        self.set_limit();
        self.note_pressure();
        // SAFETY: a finger with room above it is inside a chunk, so not null.
        unsafe { NonNull::new_unchecked(start) }
    }

    /// Asks who watches, if anybody does.
    #[inline]
    pub(super) fn ask(&self, bytes: usize) -> Result<(), AllocError> {
        match self.watch.get() {
            Some(watch) if !watch.allows(bytes) => Err(AllocError::new(Bound::Source, bytes)),
            _ => Ok(()),
        }
    }

    /// Lets `watch` be asked before each allocation from now on; returns who was asked before.
    pub(crate) fn set_watch(
        &self,
        watch: Option<&'static dyn Watch>,
    ) -> Option<&'static dyn Watch> {
        let before = self.watch.replace(watch);
        self.set_limit();
        before
    }

    /// Hands out `bytes` fresh bytes in one piece, however many, for objects and small blocks.
    ///
    /// # Errors
    /// As [`Heap::bump`].
    pub(crate) fn bump_whole(&self, bytes: usize) -> Result<NonNull<u8>, AllocError> {
        if bytes > REQUEST_MAX_BYTES {
            return Err(AllocError::new(Bound::Request, bytes));
        }
        self.ask(bytes)?;
        let bytes = bytes.next_multiple_of(ALIGN).max(ALIGN);
        if bytes > self.left_bytes() {
            return Err(self.refuse(bytes));
        }
        if self.isolates {
            debug_assert_eq!(self.whole.get(), (0, 0), "one image a region");
            let start = self.bump_isolated(bytes)?;
            let from = start.as_ptr().addr();
            self.whole.set((from, from + bytes));
            return Ok(start);
        }
        if self.room() < bytes {
            // Room for as much again, since a run will want some.
            let wanted = (2 * bytes).clamp(CHUNK_MIN_BYTES, CHUNK_MAX_BYTES) - HEADER_BYTES;
            self.start_chunk(self.lent(bytes, wanted.max(bytes))?);
        }
        Ok(self.advance(bytes))
    }

    /// Bytes that a block of `bytes` takes.
    pub(crate) fn block_bytes(bytes: usize) -> usize {
        if bytes > RUNG_MAX_BYTES {
            bytes.next_multiple_of(ALIGN)
        } else {
            free_list::round_up(bytes)
        }
    }

    fn own_chunk(&self, bytes: usize) -> Result<NonNull<u8>, AllocError> {
        let chunk = self.take_chunk(bytes)?;
        // SAFETY: a payload starts inside its block, never at null.
        Ok(unsafe { NonNull::new_unchecked(Chunk::start(chunk)) })
    }

    /// Makes `chunk` the one that the finger moves through.
    pub(super) fn start_chunk(&self, chunk: NonNull<Chunk>) {
        self.leave_run();
        self.set_usage(chunk, Usage::Bump);
        self.set_used(chunk, 0);
        self.with_chunks(|chunks| chunks.push(chunk));
        self.start_run(chunk, Chunk::start(chunk), Chunk::payload_bytes(chunk));
    }

    /// Lets the finger go on in a gap.
    fn start_gap(&self, gap: Gap) {
        self.leave_run();
        self.start_run(gap.chunk, gap.start.as_ptr(), gap.bytes);
    }

    fn start_run(&self, chunk: NonNull<Chunk>, start: *mut u8, bytes: usize) {
        self.current.set(chunk.as_ptr());
        self.run_start.set(start);
        asan::forbid(start, bytes);
        // SAFETY: the piece lies within the chunk's payload (H5).
        self.run_end.set(unsafe { start.add(bytes) });
        self.finger.set(start);
        self.set_limit();
        self.note_pressure();
    }

    /// Notes how much of the current chunk is in use, for it is about to leave the heap.
    pub(super) fn note_current(&self) {
        if let Some(current) = NonNull::new(self.current.get()) {
            self.set_used(current, Chunk::used_bytes(current) + self.current_bytes());
        }
    }

    /// Settles what the finger passed; what it did not pass of a gap is a gap again.
    fn leave_run(&self) {
        let Some(chunk) = NonNull::new(self.current.get()) else {
            return;
        };
        let rest_bytes = self.run_end.get().addr() - self.finger.get().addr();
        // SAFETY: a listed chunk has an initialised header (M1).
        let header = unsafe { &mut *chunk.as_ptr() };
        let is_gap = header.is_swept;
        let mut passed_bytes = self.current_bytes();
        if is_gap {
            // SAFETY: nobody uses the rest of the piece.
            let is_kept = unsafe { self.gaps.put(self.finger.get(), rest_bytes, chunk) };
            passed_bytes += if is_kept { 0 } else { rest_bytes };
        }
        header.used_bytes += passed_bytes;
        self.settled_bytes
            .set(self.settled_bytes.get() + passed_bytes);
        self.run_start.set(self.finger.get());
        self.run_end.set(self.finger.get());
    }

    /// Forgets where the finger was: the chunk goes to another space.
    pub(super) fn forget_run(&self) {
        self.current.set(ptr::null_mut());
        for place in [&self.run_start, &self.run_end, &self.finger, &self.limit] {
            place.set(ptr::null_mut());
        }
    }

    /// Draws the limit: the end of the chunk, or of the budget if that comes first (H2).
    pub(super) fn set_limit(&self) {
        let room = match self.watch.get() {
            Some(_) => 0,
            None => self.room().min(self.threshold_room()),
        };
        // SAFETY: `room` is within the chunk, and 0 where there is none.
        self.limit.set(unsafe { self.finger.get().add(room) });
    }

    /// Bytes above the finger that may be handed out.
    fn room(&self) -> usize {
        let room = self.run_end.get().addr() - self.finger.get().addr();
        room.min(self.left_bytes()) & !(ALIGN - 1)
    }

    /// Bytes above the finger in the current piece.
    pub(super) fn chunk_room(&self) -> usize {
        self.run_end.get().addr() - self.finger.get().addr()
    }

    /// Bytes up to the threshold, so that crossing it is noticed at once; no bound behind it.
    fn threshold_room(&self) -> usize {
        match self.threshold_bytes.get().checked_sub(self.used_bytes()) {
            None | Some(0) => usize::MAX,
            Some(room) => (room & !(ALIGN - 1)).max(ALIGN),
        }
    }

    pub(super) fn current_bytes(&self) -> usize {
        self.finger.get().addr() - self.run_start.get().addr()
    }

    fn take_spare(&self) -> Option<NonNull<Chunk>> {
        let mut spare = self.spare.get();
        let chunk = spare.first()?;
        spare.remove(chunk);
        self.spare.set(spare);
        Some(chunk)
    }

    pub(super) fn set_usage(&self, chunk: NonNull<Chunk>, usage: Usage) {
        // SAFETY: a listed chunk has an initialised header (M1).
        unsafe { (*chunk.as_ptr()).usage = usage };
        // SAFETY: as above.
        unsafe { (*chunk.as_ptr()).is_swept = false };
        // SAFETY: as above.
        unsafe { (*chunk.as_ptr()).epoch = self.epoch.get() };
    }

    pub(super) fn set_used(&self, chunk: NonNull<Chunk>, used_bytes: usize) {
        // SAFETY: a listed chunk has an initialised header (M1).
        unsafe { (*chunk.as_ptr()).used_bytes = used_bytes };
    }

    pub(super) fn settle(&self, bytes: usize) {
        self.settled_bytes.set(self.settled_bytes.get() + bytes);
        self.set_limit();
        self.note_pressure();
    }

    /// Notes the peak, and brings the safepoint forward if the threshold was crossed.
    pub(crate) fn note_pressure(&self) {
        let used_bytes = self.used_bytes();
        if used_bytes > self.peak_bytes.get() {
            self.peak_bytes.set(used_bytes);
        }
        if used_bytes >= self.threshold_bytes.get() {
            let left = self.countdown.get().max(0);
            self.withheld_steps.set(self.withheld_steps.get() + left);
            self.countdown.set(self.countdown.get() - left);
        }
    }

    /// Makes the error of a request that the budget cannot meet, and releases the reserve when
    /// what is left would not even do to report it.
    ///
    /// A request that would have fitted the reserve and is refused after its release means that
    /// the reserve is used up as well.
    #[cold]
    fn refuse(&self, bytes: usize) -> AllocError {
        self.force_evacuation(bytes);
        let reserve = self.reserve_bytes.get();
        if reserve > 0 && self.left_bytes() < reserve {
            self.budget_bytes.set(self.budget_bytes.get() + reserve);
            self.reserve_bytes.set(0);
            self.released_bytes.set(reserve);
            self.set_limit();
        } else if bytes <= self.released_bytes.get() {
            return AllocError::new(Bound::Reserve, bytes);
        }
        AllocError::new(Bound::Budget, bytes)
    }

    /// Asks for an evacuation at the next safepoint, where evacuations happen at all, for a
    /// request of `bytes` was refused: what the script drops on its way there may make room.
    pub(crate) fn force_evacuation(&self, bytes: usize) {
        if self.threshold_bytes.get() != usize::MAX && bytes <= self.budget_bytes.get() {
            self.threshold_bytes.set(0);
            self.note_pressure();
        }
    }

    /// Whether the next evacuation is due because a request was refused.
    pub(crate) fn is_evacuation_forced(&self) -> bool {
        self.threshold_bytes.get() == 0
    }

    /// Whether the reserve is in use: so little memory came back that it could not be set aside.
    pub(crate) fn is_reserve_released(&self) -> bool {
        self.released_bytes.get() > 0
    }

    /// Sets the reserve aside again if it was released and memory has come back since.
    pub(super) fn restore_reserve(&self) {
        let reserve = self.released_bytes.get();
        if reserve > 0 && self.left_bytes() >= 2 * reserve {
            self.budget_bytes.set(self.budget_bytes.get() - reserve);
            self.reserve_bytes.set(reserve);
            self.released_bytes.set(0);
            self.set_limit();
        }
    }

    pub(super) fn with_chunks(&self, change: impl FnOnce(&mut ChunkList)) {
        let mut chunks = self.chunks.get();
        change(&mut chunks);
        self.chunks.set(chunks);
    }

    pub(super) fn with_lender<R>(&self, act: impl FnOnce(&mut Lender<'static>) -> R) -> R {
        // SAFETY: the heap is used by one thread, and no lender's method calls back into it.
        act(unsafe { &mut *self.lender.get() })
    }
}

impl Drop for Heap<'_> {
    fn drop(&mut self) {
        self.note_current();
        let chunks = self.chunks.replace(ChunkList::EMPTY);
        self.with_lender(|lender| lender.close(chunks));
    }
}
