//! What closing a region costs, the same whatever the run allocated; and what opening costs.
#![allow(unsafe_code)]

use std::alloc::Layout;
use std::cell::Cell;
use std::ptr::NonNull;
use std::time::{Duration, Instant};

use bumpalo::Bump;
use lunette::{
    Arena, Budget, BumpSource, ChunkSource, Engine, Function, LibrarySet, NoStreams, RunOptions,
};

/// Fills so many bytes with small tables, and keeps them.
const HOARD: &str = "
    return function(bytes)
        kept = {}
        local before = collectgarbage('count')
        while (collectgarbage('count') - before) * 1024 < bytes do
            local t = {}
            for i = 1, 10 do t[i] = {i} end
            kept[#kept + 1] = t
        end
    end";

/// A source that counts how often it is called.
struct Counting<'c> {
    inner: BumpSource,
    calls: &'c Cell<u64>,
}

// SAFETY: blocks are those of the inner source.
unsafe impl ChunkSource for Counting<'_> {
    fn grow(&mut self, layout: Layout) -> Option<NonNull<[u8]>> {
        self.calls.set(self.calls.get() + 1);
        self.inner.grow(layout)
    }

    fn give_back(&mut self, block: NonNull<[u8]>) {
        self.calls.set(self.calls.get() + 1);
        self.inner.give_back(block);
    }

    fn extend(&mut self, block: NonNull<[u8]>, layout: Layout) -> Option<NonNull<[u8]>> {
        self.calls.set(self.calls.get() + 1);
        self.inner.extend(block, layout)
    }
}

/// What closing cost.
#[derive(Clone, Copy, Debug)]
struct Cost {
    /// The least time of all rounds.
    time: Duration,
    /// The most calls of the source.
    calls: u64,
}

/// Several times what the caches of a processor hold.
const CACHE_BYTES: usize = 128 << 20;

/// Runs the script for each of `sizes`, some rounds on one arena, and returns for each what closing
/// cost. `is_cold`: with nothing of the run in the caches, whatever its size.
fn close_costs(sizes: &[i64], rounds: usize, is_cold: bool) -> Vec<Cost> {
    let engine = Engine::new();
    let program = engine.compile("hoard.lua", HOARD).expect("it is Lua");
    let options = RunOptions::new().streams(&NoStreams);
    let out = Bump::new();
    let mut others = vec![0u8; if is_cold { CACHE_BYTES } else { 0 }];
    let mut measure = |bytes: &i64| {
        let calls = Cell::new(0);
        let source = Counting {
            inner: BumpSource::default(),
            calls: &calls,
        };
        let mut arena = Arena::with_source(source, Budget::UNLIMITED);
        let mut cost = Cost {
            time: Duration::MAX,
            calls: 0,
        };
        for _ in 0..rounds {
            let closing = engine.enter_with(&options, &mut arena, &out, |region| {
                let hoard: Function<'_> = region.eval(&program)?;
                hoard.call::<()>(region, *bytes)?;
                assert!(region.stats().memory.used_bytes >= *bytes as usize);
                for byte in others.iter_mut().step_by(64) {
                    *byte = byte.wrapping_add(1);
                }
                calls.set(0);
                Ok(Instant::now())
            });
            let time = closing.expect("there is memory").elapsed();
            cost.time = cost.time.min(time);
            cost.calls = cost.calls.max(calls.get());
        }
        cost
    };
    sizes.iter().map(&mut measure).collect()
}

#[test]
#[cfg_attr(lunette_stress, ignore = "the stress source keeps nothing")]
fn closing_does_not_depend_on_what_was_allocated() {
    let (sizes, rounds) = match cfg!(debug_assertions) {
        // Where closed memory is overwritten with a pattern, so only calls can be compared.
        true => ([1 << 10, 100 << 10, 4 << 20], 2),
        false => ([1 << 10, 1 << 20, 100 << 20], 5),
    };
    for is_cold in [false, true] {
        let costs = close_costs(&sizes, rounds, is_cold);
        println!("closing, caches cold: {is_cold}: {costs:?}");
        for cost in &costs {
            // Decay gives back up to four chunks.
            assert!(cost.calls <= 4, "{costs:?}");
        }
        let [small, .., large] = &costs[..] else {
            panic!("three sizes");
        };
        // Touching every object of the largest would take milliseconds, and every chunk of it
        // more than this. A run of 100 MB empties the caches itself, and one of 1 KB does not, so
        // times are the same only where caches were emptied before closing.
        let bound = match is_cold {
            true => small.time * 2 + Duration::from_micros(2),
            false => small.time * 4 + Duration::from_micros(5),
        };
        assert!(cfg!(debug_assertions) || large.time < bound, "{costs:?}");
    }
}

#[test]
#[cfg_attr(lunette_stress, ignore = "the stress source keeps nothing")]
fn opening_and_closing_on_a_warm_arena_costs_less_than_a_few_microseconds() {
    let (batches, runs) = if cfg!(debug_assertions) {
        (5, 5)
    } else {
        (2000, 50)
    };
    let options = RunOptions::new().streams(&NoStreams);
    for (name, libraries) in [("SAFE", LibrarySet::SAFE), ("ALL", LibrarySet::ALL)] {
        let engine = Engine::with_libraries(libraries);
        let (mut arena, out) = (Arena::new(), Bump::new());
        let mut least = Duration::MAX;
        for _ in 0..batches {
            let start = Instant::now();
            for _ in 0..runs {
                let opened = engine.enter_with(&options, &mut arena, &out, |_| Ok(()));
                assert!(opened.is_ok());
            }
            least = least.min(start.elapsed() / runs);
        }
        println!("opening and closing with LibrarySet::{name}: {least:?}");
        // Far above what it takes, and far below what making the libraries anew would.
        assert!(cfg!(debug_assertions) || least < Duration::from_micros(3));
    }
}
