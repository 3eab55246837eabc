//! A chunk and the doubly linked lists that chunks are kept in.
#![allow(unsafe_code)]
//!
//! ```text
//! block from the source:  [ Chunk header | payload ................................ ]
//!                                         ^ start()                                ^ end()
//! ```

use core::alloc::Layout;
use core::hint::black_box;
use core::ptr::{self, NonNull};

use super::{ALIGN, ChunkSource, asan};

/// The smallest chunk that is asked of a source, header included.
pub(super) const CHUNK_MIN_BYTES: usize = 16 << 10;
/// The largest chunk that is asked for when no single block needs more.
pub(super) const CHUNK_MAX_BYTES: usize = 1 << 20;
/// What debug builds fill closed memory with, so that a dangling read shows.
#[cfg(debug_assertions)]
pub(super) const POISON: u8 = 0xD7;

/// What a heap uses a chunk for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Usage {
    /// The finger moves, or moved, through it.
    Bump,
    /// One large block, or a scratch, has it alone.
    Own,
    /// It holds what never moves: functions compiled at run time.
    Permanent,
}

/// The header at the start of every chunk.
#[repr(C)]
pub(super) struct Chunk {
    pub(super) next: *mut Chunk,
    pub(super) previous: *mut Chunk,
    /// Bytes of the whole block, header included.
    bytes: usize,
    /// What the chunk is used for while a heap has it.
    pub(super) usage: Usage,
    /// The run that last used the chunk, as its arena counts them (and the count may wrap).
    run: u16,
    /// A sweep went through the chunk: what is free in it are gaps.
    pub(super) is_swept: bool,
    /// The evacuation that last saw the chunk's block, if it has a block of its own.
    pub(super) epoch: u32,
    /// How many programs have bytes in the chunk, if it is one of units.
    pub(super) unit_count: u32,
    /// The number that the arena's warm copy had when the chunk became part of it.
    pub(super) warm_stamp: u32,
    /// Payload bytes in use; not kept up to date while the chunk is the newest of its heap. Of a
    /// chunk that came back it is what was in use last, or more.
    pub(super) used_bytes: usize,
}

pub(super) const HEADER_BYTES: usize = size_of::<Chunk>();
const _: () = assert!(HEADER_BYTES.is_multiple_of(ALIGN) && align_of::<Chunk>() <= ALIGN);

impl Chunk {
    /// Asks `source` for a chunk whose payload is at least `payload_bytes`.
    pub(super) fn grow(
        source: &mut dyn ChunkSource,
        payload_bytes: usize,
    ) -> Option<NonNull<Chunk>> {
        let bytes = payload_bytes.checked_add(HEADER_BYTES)?;
        let layout = Layout::from_size_align(bytes, ALIGN).ok()?;
        let block = source.grow(layout)?;
        let fits = block.len() >= bytes && block.cast::<u8>().as_ptr().addr().is_multiple_of(ALIGN);
        if !fits {
            source.give_back(block);
            return None;
        }
        let chunk = block.cast::<Chunk>();
        let bytes = block.len() & !(ALIGN - 1);
        let header = Chunk {
            next: ptr::null_mut(),
            previous: ptr::null_mut(),
            bytes,
            usage: Usage::Bump,
            is_swept: false,
            run: 0,
            epoch: 0,
            unit_count: 0,
            warm_stamp: 0,
            used_bytes: 0,
        };
        // SAFETY: the block is writable, aligned (checked above) and holds at least a header.
        unsafe { chunk.write(header) };
        Some(chunk)
    }

    /// Asks `source` to make `chunk`, which is in no list, large enough for `payload_bytes`, and
    /// returns it where it is then.
    pub(super) fn extend(
        chunk: NonNull<Chunk>,
        source: &mut dyn ChunkSource,
        payload_bytes: usize,
    ) -> Option<NonNull<Chunk>> {
        let bytes = payload_bytes.checked_add(HEADER_BYTES)?;
        if bytes <= Self::bytes(chunk) {
            Self::permit(chunk);
            return Some(chunk);
        }
        let layout = Layout::from_size_align(bytes, ALIGN).ok()?;
        Self::permit(chunk);
        let block = NonNull::slice_from_raw_parts(chunk.cast(), Self::bytes(chunk));
        let block = source.extend(block, layout)?;
        debug_assert!(block.len() >= bytes);
        debug_assert!(block.cast::<u8>().as_ptr().addr().is_multiple_of(ALIGN));
        let chunk = block.cast::<Chunk>();
        // SAFETY: the block starts with the header that it started with before.
        unsafe { (*chunk.as_ptr()).bytes = block.len() & !(ALIGN - 1) };
        Some(chunk)
    }

    /// Returns `chunk` to its source; no pointer into it may be used afterwards.
    pub(super) fn give_back(chunk: NonNull<Chunk>, source: &mut dyn ChunkSource) {
        Self::permit(chunk);
        let bytes = Self::bytes(chunk);
        source.give_back(NonNull::slice_from_raw_parts(chunk.cast(), bytes));
    }

    /// Notes that `run` uses the chunk; true the first time.
    pub(super) fn mark_used(chunk: NonNull<Chunk>, run: u16) -> bool {
        // SAFETY: a listed chunk has an initialised header (M1).
        unsafe { ptr::replace(&raw mut (*chunk.as_ptr()).run, run) != run }
    }

    /// Bytes of the whole block.
    pub(super) fn bytes(chunk: NonNull<Chunk>) -> usize {
        // SAFETY: a listed chunk has an initialised header (M1).
        unsafe { (*chunk.as_ptr()).bytes }
    }

    /// The first payload byte.
    pub(super) fn start(chunk: NonNull<Chunk>) -> *mut u8 {
        // SAFETY: the header is part of the block, so its end is within or at the end of it.
        unsafe { chunk.as_ptr().cast::<u8>().add(HEADER_BYTES) }
    }

    /// Payload bytes.
    pub(super) fn payload_bytes(chunk: NonNull<Chunk>) -> usize {
        Self::bytes(chunk) - HEADER_BYTES
    }

    /// Payload bytes in use, as far as they are noted.
    pub(super) fn used_bytes(chunk: NonNull<Chunk>) -> usize {
        // SAFETY: a listed chunk has an initialised header (M1).
        unsafe { (*chunk.as_ptr()).used_bytes }
    }

    /// Payload bytes, from the first on, that what was in use lies in.
    pub(super) fn touched_bytes(chunk: NonNull<Chunk>) -> usize {
        // SAFETY: a listed chunk has an initialised header (M1).
        match unsafe { (*chunk.as_ptr()).is_swept } {
            true => Self::payload_bytes(chunk),
            false => Self::used_bytes(chunk),
        }
    }

    /// All of the payload may be touched.
    pub(super) fn permit(chunk: NonNull<Chunk>) {
        asan::permit(Self::start(chunk), Self::payload_bytes(chunk));
    }

    /// Overwrites the first `bytes` of the payload with zeros, and sees to it that this is not
    /// left out because nobody reads them.
    pub(super) fn zero(chunk: NonNull<Chunk>, bytes: usize) {
        debug_assert!(bytes <= Self::payload_bytes(chunk));
        Self::permit(chunk);
        let start = Self::start(chunk);
        // SAFETY: so many bytes of the payload are writable, and nobody reads them any more.
        unsafe { ptr::write_bytes(start, 0, bytes) };
        // What is done with the address is unknown to the compiler, so the zeros have to be there.
        black_box(start);
    }

    /// Fills the payload but for its first `kept_bytes` with the poison pattern, in debug builds
    /// only.
    pub(super) fn poison(chunk: NonNull<Chunk>, kept_bytes: usize) {
        let bytes = Self::payload_bytes(chunk);
        debug_assert!(kept_bytes <= bytes);
        let start = Self::start(chunk).wrapping_add(kept_bytes);
        #[cfg(debug_assertions)]
        {
            Self::permit(chunk);
            // SAFETY: the payload is writable and nobody reads the rest of it any more.
            unsafe { ptr::write_bytes(start, POISON, bytes - kept_bytes) };
        }
        asan::forbid(start, bytes - kept_bytes);
    }
}

/// A list of chunks, oldest first.
#[derive(Clone, Copy, Debug)]
pub(super) struct ChunkList {
    first: *mut Chunk,
    last: *mut Chunk,
    pub(super) count: usize,
    pub(super) bytes: usize,
}

impl ChunkList {
    pub(super) const EMPTY: Self = Self {
        first: ptr::null_mut(),
        last: ptr::null_mut(),
        count: 0,
        bytes: 0,
    };

    /// The oldest chunk.
    pub(super) fn first(&self) -> Option<NonNull<Chunk>> {
        NonNull::new(self.first)
    }

    /// The newest chunk.
    pub(super) fn last(&self) -> Option<NonNull<Chunk>> {
        NonNull::new(self.last)
    }

    /// The chunk after `chunk`.
    pub(super) fn after(chunk: NonNull<Chunk>) -> Option<NonNull<Chunk>> {
        // SAFETY: a listed chunk has an initialised header (M1).
        NonNull::new(unsafe { (*chunk.as_ptr()).next })
    }

    /// Appends `chunk`, which is in no list.
    pub(super) fn push(&mut self, chunk: NonNull<Chunk>) {
        let raw = chunk.as_ptr();
        // SAFETY: the header is initialised, and `last` is null or a listed chunk.
        unsafe { (*raw).next = ptr::null_mut() };
        // SAFETY: as above.
        unsafe { (*raw).previous = self.last };
        match NonNull::new(self.last) {
            // SAFETY: `last` is a listed chunk.
            Some(last) => unsafe { (*last.as_ptr()).next = raw },
            None => self.first = raw,
        }
        self.last = raw;
        self.count += 1;
        self.bytes += Chunk::bytes(chunk);
    }

    /// Takes `chunk`, a member of this list, out of it.
    pub(super) fn remove(&mut self, chunk: NonNull<Chunk>) {
        // SAFETY: a listed chunk has an initialised header (M1).
        let next = unsafe { (*chunk.as_ptr()).next };
        // SAFETY: as above.
        let previous = unsafe { (*chunk.as_ptr()).previous };
        match NonNull::new(previous) {
            // SAFETY: neighbours in the list are listed chunks.
            Some(previous) => unsafe { (*previous.as_ptr()).next = next },
            None => self.first = next,
        }
        match NonNull::new(next) {
            // SAFETY: as above.
            Some(next) => unsafe { (*next.as_ptr()).previous = previous },
            None => self.last = previous,
        }
        self.count -= 1;
        self.bytes -= Chunk::bytes(chunk);
    }

    /// Puts all of `other` in front of this list, in constant time.
    pub(super) fn prepend(&mut self, other: ChunkList) {
        let Some(other_last) = NonNull::new(other.last) else {
            return;
        };
        // SAFETY: `other_last` is a listed chunk.
        unsafe { (*other_last.as_ptr()).next = self.first };
        match NonNull::new(self.first) {
            // SAFETY: `first` is a listed chunk.
            Some(first) => unsafe { (*first.as_ptr()).previous = other.last },
            None => self.last = other.last,
        }
        self.first = other.first;
        self.count += other.count;
        self.bytes += other.bytes;
    }
}
