//! Once an arena is warm, a run makes no call to the global allocator.
#![allow(unsafe_code)]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

use bumpalo::Bump;
use lunette::{Arena, Engine, Error, NoStreams, Program, RunOptions};

/// The system's allocator, counting the calls of each thread.
struct Counting;

thread_local! {
    static CALLS: Cell<u64> = const { Cell::new(0) };
}

fn count() {
    // A thread that is ending has no counter any more, and nobody reads it.
    let _ = CALLS.try_with(|calls| calls.set(calls.get() + 1));
}

// SAFETY: all work is the system allocator's.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count();
        // SAFETY: the caller's promise.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        count();
        // SAFETY: the caller's promise.
        unsafe { System.dealloc(block, layout) }
    }
}

#[global_allocator]
static COUNTING: Counting = Counting;

/// Calls of the global allocator by one more run of `program`, after some to warm up.
fn calls_when_warm(program: &Program, engine: &Engine, arena: &mut Arena) -> u64 {
    let mut calls = 0;
    for _ in 0..8 {
        let before = CALLS.get();
        let out = Bump::new();
        let options = RunOptions::new().streams(&NoStreams).fuel(1 << 30);
        let result: Result<(), Error<'_>> =
            engine.enter_with(&options, arena, &out, |region| region.eval(program));
        calls = CALLS.get() - before;
        assert!(result.is_ok());
    }
    calls
}

#[test]
fn a_warm_run_makes_no_call_to_the_global_allocator() {
    let engine = Engine::new();
    let mut arena = Arena::new();
    for source in [
        "",
        "local t = {} for i = 1, 10000 do t[i] = {i} end",
        "local t = {} for i = 1, 3000 do t['key' .. i] = 'some longer value ' .. i end
         assert(table.concat({1, 2, 3}, ', ') == '1, 2, 3')",
        "local co = coroutine.wrap(function() for i = 1, 100 do coroutine.yield(i) end end)
         for i = 1, 100 do assert(co() == i) end",
        "for i = 1, 100 do local ok, message = pcall(error, 'an error message, ' .. i) end",
        "assert(load('local a, b = ... return a + b'))(1, 2)",
    ] {
        let program = engine.compile("warm.lua", source).expect("it is Lua");
        let calls = calls_when_warm(&program, &engine, &mut arena);
        assert_eq!(calls, 0, "{source}");
    }
}

#[test]
fn memory_of_an_arena_is_used_again() {
    let engine = Engine::new();
    let source = "local t = {} for i = 1, 50000 do t[i] = {i} end";
    let program = engine.compile("warm.lua", source).expect("it is Lua");
    let mut arena = Arena::new();
    calls_when_warm(&program, &engine, &mut arena);
    let kept_bytes = arena.kept_bytes();
    assert!(kept_bytes > 1 << 20);
    calls_when_warm(&program, &engine, &mut arena);
    assert_eq!(arena.kept_bytes(), kept_bytes);
}
