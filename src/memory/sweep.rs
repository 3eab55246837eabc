//! The memory side of an evacuation in place: survivors are marked, and what lies between them
//! becomes gaps that the finger goes through.
#![allow(unsafe_code)]
//!
//! ```text
//!   chunk of small blocks:  [ header | survivor | gap ......... | survivor | survivor | gap .... ]
//!   bits, one a granule:               1 1 1 1    0 0 0 0 0 0 0   1 1 1      1 1 1 1    0 0 0 0
//! ```
//!
//! - **SW1** The notes of a sweep (bits and work list) are beside the heap and its budget, for a
//!   sweep is what helps when the budget is used up: three to four hundredths of what is swept.
//! - **SW2** A bit of `live` is set if and only if its granule belongs to a survivor.
//! - **SW3** `noted` has a bit for the first granule of some survivors: those that found no room on
//!   the work list, and those that their finder wants to see again.

use core::ptr::{self, NonNull};

use super::chunk::{Chunk, ChunkList, Usage};
use super::evacuate::{Evacuated, OldSpace};
use super::{ALIGN, AllocError, Heap, asan};

/// Bytes of swept chunks for each place on the work list.
const BYTES_PER_PLACE: usize = 1024;
/// Places on the work list of a heap whose source isolates.
const ISOLATED_PLACES: usize = 8;
const WORD_BITS: usize = u64::BITS as usize;

/// A chunk that is swept.
#[derive(Clone, Copy)]
#[repr(C)]
struct Span {
    start: *mut u8,
    bytes: usize,
    chunk: *mut Chunk,
    /// The first of its words among the bits.
    first_word: usize,
}

impl Span {
    fn word_count(&self) -> usize {
        (self.bytes / ALIGN).div_ceil(WORD_BITS)
    }
}

/// What is known of survivors while they are looked for.
pub(crate) struct Marks {
    notes: *mut Chunk,
    spans: *mut Span,
    span_count: usize,
    /// The span that was asked for last.
    newest_span: usize,
    live: *mut u64,
    noted: *mut u64,
    work: *mut NonNull<u8>,
    work_max: usize,
    work_count: usize,
}

/// Where a search for noted survivors has got to.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Cursor {
    span: usize,
    granule: usize,
}

impl Marks {
    /// Of an evacuation that is not in place.
    pub(crate) const NONE: Self = Self {
        notes: ptr::null_mut(),
        spans: ptr::null_mut(),
        span_count: 0,
        newest_span: 0,
        live: ptr::null_mut(),
        noted: ptr::null_mut(),
        work: ptr::null_mut(),
        work_max: 0,
        work_count: 0,
    };

    fn span(&self, index: usize) -> Span {
        debug_assert!(index < self.span_count);
        // SAFETY: as many spans were written.
        unsafe { self.spans.add(index).read() }
    }

    /// The span that an address lies in, and its granule there.
    #[inline]
    fn find(&mut self, start: NonNull<u8>) -> (Span, usize) {
        let addr = start.as_ptr().addr();
        let mut span = self.span(self.newest_span);
        if addr.wrapping_sub(span.start.addr()) >= span.bytes {
            // SAFETY: as many spans were written, in the order of their addresses.
            let spans = unsafe { core::slice::from_raw_parts(self.spans, self.span_count) };
            self.newest_span = spans.partition_point(|span| span.start.addr() <= addr) - 1;
            span = self.span(self.newest_span);
        }
        debug_assert!(addr - span.start.addr() < span.bytes);
        (span, (addr - span.start.addr()) / ALIGN)
    }

    /// Whether what starts at `start`, in a chunk of small blocks, was marked.
    pub(crate) fn is_marked(&mut self, start: NonNull<u8>) -> bool {
        let (span, granule) = self.find(start);
        // SAFETY: the span has a word for each of its granules.
        let word = unsafe { *self.live.add(span.first_word + granule / WORD_BITS) };
        word >> (granule % WORD_BITS) & 1 != 0
    }

    /// Marks `bytes` from `start` on, in a chunk of small blocks; true the first time.
    pub(crate) fn mark(&mut self, start: NonNull<u8>, bytes: usize) -> bool {
        let (span, first) = self.find(start);
        debug_assert!(first * ALIGN + bytes <= span.bytes);
        let end = first + bytes.max(1).div_ceil(ALIGN);
        let mut granule = first;
        let mut is_first = true;
        while granule < end {
            let bit = granule % WORD_BITS;
            let count = (end - granule).min(WORD_BITS - bit);
            let bits = (u64::MAX >> (WORD_BITS - count)) << bit;
            // SAFETY: the span has a word for each of its granules.
            let word = unsafe { &mut *self.live.add(span.first_word + granule / WORD_BITS) };
            if granule == first && *word >> bit & 1 != 0 {
                is_first = false;
                break;
            }
            *word |= bits;
            granule += count;
        }
        is_first
    }

    /// Puts a survivor on the work list; false if there is no room.
    #[inline]
    pub(crate) fn push(&mut self, object: NonNull<u8>) -> bool {
        if self.work_count == self.work_max {
            return false;
        }
        // SAFETY: below the end of the list.
        unsafe { self.work.add(self.work_count).write(object) };
        self.work_count += 1;
        true
    }

    /// Takes the survivor that was put on the work list last.
    #[inline]
    pub(crate) fn pop(&mut self) -> Option<NonNull<u8>> {
        self.work_count = self.work_count.checked_sub(1)?;
        // SAFETY: it was written by `push`.
        Some(unsafe { self.work.add(self.work_count).read() })
    }

    /// Notes a survivor.
    pub(crate) fn note(&mut self, object: NonNull<u8>) {
        let (span, granule) = self.find(object);
        // SAFETY: the span has a word for each of its granules.
        unsafe {
            *self.noted.add(span.first_word + granule / WORD_BITS) |= 1 << (granule % WORD_BITS);
        }
    }

    /// The next noted survivor from `cursor` on, which then is behind it.
    pub(crate) fn next_noted(&self, cursor: &mut Cursor) -> Option<NonNull<u8>> {
        while cursor.span < self.span_count {
            let span = self.span(cursor.span);
            let mut index = cursor.granule / WORD_BITS;
            let mut mask = u64::MAX << (cursor.granule % WORD_BITS);
            while index < span.word_count() {
                // SAFETY: the span has so many words.
                let word = unsafe { *self.noted.add(span.first_word + index) } & mask;
                if word != 0 {
                    let granule = index * WORD_BITS + word.trailing_zeros() as usize;
                    cursor.granule = granule + 1;
                    // SAFETY: a granule of the span.
                    return NonNull::new(unsafe { span.start.add(granule * ALIGN) });
                }
                mask = u64::MAX;
                index += 1;
            }
            cursor.span += 1;
            cursor.granule = 0;
        }
        None
    }

    /// Calls `act` with start and bytes of each piece of a span that no survivor has.
    fn each_free(&self, span: &Span, mut act: impl FnMut(*mut u8, usize)) {
        let granules = span.bytes / ALIGN;
        let bit_at = |granule: usize| {
            // SAFETY: the span has a word for each of its granules.
            let word = unsafe { *self.live.add(span.first_word + granule / WORD_BITS) };
            word >> (granule % WORD_BITS)
        };
        let mut granule = 0;
        while granule < granules {
            // What is left of the word, then the next one.
            let left = WORD_BITS - granule % WORD_BITS;
            let taken = bit_at(granule).trailing_ones() as usize;
            granule += taken.min(left);
            if taken >= left {
                continue;
            }
            let first = granule;
            while granule < granules {
                let left = WORD_BITS - granule % WORD_BITS;
                let free = bit_at(granule).trailing_zeros() as usize;
                granule += free.min(left);
                if free < left {
                    break;
                }
            }
            let end = granule.min(granules);
            if first < end {
                // SAFETY: granules of the span.
                act(
                    unsafe { span.start.add(first * ALIGN) },
                    (end - first) * ALIGN,
                );
            }
        }
    }
}

impl Heap<'_> {
    /// Begins an evacuation in place.
    ///
    /// # Errors
    /// The source has no room for the notes; nothing has changed.
    pub(crate) fn start_sweep(&self) -> Result<(OldSpace, Marks), AllocError> {
        let marks = self.notes()?;
        // What came as a whole stays one, unless all of it goes.
        let whole = self.whole.get();
        let old = self.leave_space();
        self.whole.set(whole);
        Ok((old, marks))
    }

    /// Makes the notes of a sweep.
    fn notes(&self) -> Result<Marks, AllocError> {
        let (mut span_count, mut words, mut bytes) = (0, 0, 0);
        self.each_swept(|chunk| {
            span_count += 1;
            let payload = Chunk::payload_bytes(chunk);
            words += (payload / ALIGN).div_ceil(WORD_BITS);
            bytes += payload;
        });
        // A checker's heap is to see what happens when the list is full.
        let work_max = match self.isolates {
            true => ISOLATED_PLACES,
            false => bytes / BYTES_PER_PLACE + 1024,
        };
        let spans_bytes = span_count * size_of::<Span>();
        let needed = spans_bytes + 2 * words * size_of::<u64>() + work_max * size_of::<*mut u8>();
        let notes = self.with_lender(|lender| lender.chunk(needed, needed))?;
        let start = Chunk::start(notes);
        let spans = start.cast::<Span>();
        // SAFETY: all parts lie in the payload, one behind the other, aligned to a word.
        let (live, noted, work) = unsafe {
            let live = start.add(spans_bytes).cast::<u64>();
            ptr::write_bytes(live, 0, 2 * words);
            (live, live.add(words), live.add(2 * words).cast())
        };
        let mut index = 0;
        self.each_swept(|chunk| {
            let span = Span {
                start: Chunk::start(chunk),
                bytes: Chunk::payload_bytes(chunk) & !(ALIGN - 1),
                chunk: chunk.as_ptr(),
                first_word: 0,
            };
            // SAFETY: room for as many spans.
            unsafe { spans.add(index).write(span) };
            index += 1;
        });
        // SAFETY: as many were written.
        let written = unsafe { core::slice::from_raw_parts_mut(spans, span_count) };
        written.sort_unstable_by_key(|span| span.start.addr());
        let mut first_word = 0;
        for span in written {
            span.first_word = first_word;
            first_word += span.word_count();
        }
        Ok(Marks {
            notes: notes.as_ptr(),
            spans,
            span_count,
            newest_span: 0,
            live,
            noted,
            work,
            work_max,
            work_count: 0,
        })
    }

    fn each_swept(&self, mut act: impl FnMut(NonNull<Chunk>)) {
        let mut next = self.chunks.get().first();
        while let Some(chunk) = next {
            next = ChunkList::after(chunk);
            // SAFETY: a listed chunk has an initialised header (M1).
            if unsafe { (*chunk.as_ptr()).usage } == Usage::Bump {
                act(chunk);
            }
        }
    }

    /// Ends an evacuation in place: what is not marked is free.
    pub(crate) fn finish_sweep(&self, mut old: OldSpace, marks: Marks) -> Evacuated {
        for index in 0..marks.span_count {
            let span = marks.span(index);
            let Some(chunk) = NonNull::new(span.chunk) else {
                continue;
            };
            let mut free_bytes = 0;
            marks.each_free(&span, |_, bytes| free_bytes += bytes);
            if free_bytes == span.bytes {
                // It goes back to the arena with the rest of the old space.
                if NonNull::new(span.start).is_some_and(|start| self.is_of_whole(start)) {
                    self.whole.set((0, 0));
                }
                continue;
            }
            let mut gap_bytes = 0;
            marks.each_free(&span, |start, bytes| {
                asan::permit(start, bytes);
                #[cfg(debug_assertions)]
                // SAFETY: nobody uses these bytes of the chunk any more.
                unsafe {
                    ptr::write_bytes(start, super::chunk::POISON, bytes);
                }
                if self.isolates {
                    // Of what came as a whole; nothing else goes there.
                    asan::forbid(start, bytes);
                    return;
                }
                // SAFETY: as above.
                if unsafe { self.gaps.put(start, bytes, chunk) } {
                    gap_bytes += bytes;
                }
            });
            old.chunks.remove(chunk);
            self.with_chunks(|chunks| chunks.push(chunk));
            // SAFETY: a listed chunk has an initialised header (M1).
            unsafe { (*chunk.as_ptr()).is_swept = true };
            let used_bytes = span.bytes - gap_bytes;
            self.set_used(chunk, used_bytes);
            self.settled_bytes
                .set(self.settled_bytes.get() + used_bytes);
        }
        if let Some(notes) = NonNull::new(marks.notes) {
            // An arena that overwrites what comes back goes by it.
            self.set_used(notes, Chunk::payload_bytes(notes));
            self.with_lender(|lender| lender.put_back(notes));
        }
        self.sweep_units();
        self.close_old_space(old, 0)
    }
}
