//! The contract of memory: where it comes from, what bounds it, what a host may do wrong.
#![allow(unsafe_code)]

use std::alloc::Layout;
use std::mem::MaybeUninit;
use std::ptr::NonNull;

use bumpalo::Bump;
use lunette::{
    Arena, ArenaSource, Budget, BumpSource, ChunkSource, Engine, Error, ErrorKind, FixedSource,
};

/// Makes tables, strings and an error that is caught; the count of items.
const WORK: &str = "
    local t = {}
    for i = 1, 200 do t[i] = {text = 'item number ' .. i} end
    assert(not pcall(error, {}))
    return #t";

/// Runs `source` on `arena`.
fn run<S: ChunkSource>(arena: &mut Arena<S>, source: &str) -> Result<i64, ErrorKind> {
    let engine = Engine::new();
    let program = engine.compile("t.lua", source).expect("it is Lua");
    let out = Bump::new();
    let result: Result<i64, Error<'_>> = engine.enter(arena, &out, |region| region.eval(&program));
    result.map_err(|error| error.kind())
}

#[test]
fn one_program_uses_memory_of_every_sort() {
    let mut of_process = Arena::new();
    assert_eq!(run(&mut of_process, WORK), Ok(200));

    // A subsystem's own memory, which several executions are inside of.
    let parent = Bump::new();
    for _ in 0..2 {
        let source = ArenaSource::new(&parent);
        let mut inside = Arena::with_source(source, Budget::bytes(1 << 20));
        assert_eq!(run(&mut inside, WORK), Ok(200));
    }
    assert!(parent.allocated_bytes() > 0);

    // One execution's, on the stack.
    let mut buffer = [MaybeUninit::uninit(); 256 << 10];
    let source = FixedSource::new(&mut buffer);
    let mut fixed = Arena::with_source(source, Budget::UNLIMITED);
    assert_eq!(run(&mut fixed, WORK), Ok(200));
}

#[test]
fn a_buffer_of_any_size_is_enough_or_an_error() {
    let mut buffer = vec![MaybeUninit::uninit(); 256 << 10];
    let mut was_enough = false;
    for bytes in (0..buffer.len()).step_by(4093) {
        // Wherever it starts.
        let start = bytes % 16;
        let Some(piece) = buffer.get_mut(start..start + bytes) else {
            break;
        };
        let mut arena = Arena::with_source(FixedSource::new(piece), Budget::UNLIMITED);
        match run(&mut arena, WORK) {
            Ok(count) => {
                assert_eq!(count, 200);
                was_enough = true;
            }
            Err(kind) => assert_eq!(kind, ErrorKind::Memory, "{bytes} bytes"),
        }
    }
    assert!(was_enough);
}

#[test]
fn a_parent_that_is_full_is_an_error() {
    let parent = Bump::new();
    parent.set_allocation_limit(Some(20 << 10));
    let mut arena = Arena::with_source(ArenaSource::new(&parent), Budget::UNLIMITED);
    assert_eq!(run(&mut arena, WORK), Err(ErrorKind::Memory));
    assert_eq!(run(&mut arena, "return 1"), Ok(1));
}

/// What a source does wrong.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Fault {
    Refuses,
    Misaligned,
    TooShort,
}

/// A source that is no good.
struct Faulty {
    inner: BumpSource,
    fault: Fault,
}

// SAFETY: blocks are those of the inner source, or pieces of them, which the arena refuses.
unsafe impl ChunkSource for Faulty {
    fn grow(&mut self, layout: Layout) -> Option<NonNull<[u8]>> {
        if self.fault == Fault::Refuses {
            return None;
        }
        let block = self.inner.grow(layout)?;
        let (start, len) = match self.fault {
            Fault::TooShort => (0, layout.size() / 2),
            _ => (1, layout.size() - 1),
        };
        // SAFETY: within the block, which is longer than a byte.
        let start = unsafe { block.cast::<u8>().add(start) };
        Some(NonNull::slice_from_raw_parts(start, len))
    }

    fn give_back(&mut self, _block: NonNull<[u8]>) {}
}

#[test]
#[cfg_attr(
    lunette_stress,
    ignore = "the stress source needs its blocks back as they were"
)]
fn a_source_that_is_no_good_is_an_error() {
    for fault in [Fault::Refuses, Fault::Misaligned, Fault::TooShort] {
        let source = Faulty {
            inner: BumpSource::default(),
            fault,
        };
        let mut arena = Arena::with_source(source, Budget::UNLIMITED);
        assert_eq!(run(&mut arena, WORK), Err(ErrorKind::Memory));
    }
}

#[test]
fn requests_beyond_all_bounds_are_errors() {
    for source in [
        "return #string.rep('x', math.maxinteger)",
        "return #string.rep('ab', 1 << 62)",
        "return #table.concat({}, '', 1, 0) + #string.rep('x', (1 << 31) - 1)",
    ] {
        let mut arena = Arena::with_budget(1 << 20);
        assert!(run(&mut arena, source).is_err(), "{source}");
        assert_eq!(run(&mut arena, WORK), Ok(200));
    }
    let mut arena = Arena::with_budget(usize::MAX);
    assert_eq!(run(&mut arena, WORK), Ok(200));
}

#[test]
fn a_budget_is_exact_and_changes_between_executions() {
    let engine = Engine::new();
    let program = engine.compile("t.lua", WORK).expect("it is Lua");
    let out = Bump::new();
    let mut arena = Arena::new();
    let mut peak_in = |budget: Budget| {
        arena.set_budget(budget);
        let result = engine.enter(&mut arena, &out, |region| {
            assert_eq!(region.budget(), budget);
            let count = region.eval::<i64>(&program)?;
            Ok((count, region.stats().memory.peak_bytes))
        });
        result.map_err(|error| error.kind())
    };
    let (_, peak) = peak_in(Budget::UNLIMITED).expect("there is memory");
    // The least budget that is enough: the bytes in use, and the reserve, to the byte.
    let is_enough = |result: Result<(i64, usize), ErrorKind>| match result {
        Ok((count, used)) => {
            assert_eq!(count, 200);
            Some(used)
        }
        Err(kind) => {
            assert_eq!(kind, ErrorKind::Memory);
            None
        }
    };
    let (mut low, mut high) = (0, 4 * peak);
    while high - low > 1 {
        let middle = low + (high - low) / 2;
        match is_enough(peak_in(Budget::bytes(middle))) {
            Some(used) => {
                assert!(used <= middle, "{used} bytes in a budget of {middle}");
                high = middle;
            }
            None => low = middle,
        }
    }
    assert!(is_enough(peak_in(Budget::bytes(high))).is_some());
    assert!(is_enough(peak_in(Budget::bytes(high - 1))).is_none());
}

#[test]
#[cfg_attr(lunette_stress, ignore = "the stress source keeps nothing")]
fn what_an_arena_keeps_after_a_peak_decays() {
    let engine = Engine::new();
    let out = Bump::new();
    let small = engine.compile("small.lua", "return 1").expect("it is Lua");
    let large = "local t = {} for i = 1, 100000 do t[i] = {i} end return #t";
    let large = engine.compile("large.lua", large).expect("it is Lua");
    let mut arena = Arena::new();
    let mut run = |program| {
        let result = engine.enter(&mut arena, &out, |region| region.eval::<i64>(program));
        assert!(result.is_ok());
        arena.kept_bytes()
    };
    let peak = run(&large);
    assert!(peak > 8 << 20, "{peak}");
    // A sixteenth of the mark is forgotten at each close: half of it after eleven.
    let mut kept = peak;
    for _ in 0..11 {
        let next = run(&small);
        assert!(next <= kept);
        kept = next;
    }
    assert!(kept > peak / 4 && kept < peak, "{kept} of {peak}");
    for _ in 0..200 {
        kept = run(&small);
    }
    assert!(kept < peak / 4, "{kept} of {peak}");
    arena.trim(0);
    assert_eq!(arena.kept_bytes(), 0);
}
