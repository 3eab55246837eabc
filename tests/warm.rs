//! Once an arena is warm, a run costs the system nothing: no call to the global allocator, no
//! fresh chunk, no page that is touched for the first time.
#![allow(unsafe_code)]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::mem::MaybeUninit;

use bumpalo::Bump;
use lunette::{
    Arena, Budget, Engine, Error, FixedSource, Function, MultiValue, NoStreams, Program,
    RunOptions, Step, Str, Table, Value,
};

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
#[cfg_attr(lunette_stress, ignore = "the stress source keeps nothing")]
fn a_warm_run_makes_no_call_to_the_global_allocator() {
    let engine = Engine::new();
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
        // One of its own: what a larger program left is given back bit by bit.
        let mut arena = Arena::new();
        let calls = calls_when_warm(&program, &engine, &mut arena);
        assert_eq!(calls, 0, "{source}");
    }
}

#[test]
#[cfg_attr(lunette_stress, ignore = "the stress source keeps nothing")]
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

/// What a request handler does: tables, strings, closures, coroutines, patterns, caught errors.
const HANDLER: &str = r#"
    local Account = {}
    Account.__index = Account
    function Account.new(owner) return setmetatable({owner = owner, entries = {}}, Account) end
    function Account:add(amount)
        if amount == 0 then error("an empty entry for " .. self.owner) end
        self.entries[#self.entries + 1] = {amount = amount, text = string.format("%+d", amount)}
    end

    return function(request)
        local account = Account.new(request.user)
        local caught = 0
        for i = 0, 200 do
            local ok, message = pcall(account.add, account, i % 10 * (i % 3 - 1))
            if not ok and message:find("empty entry for ada", 1, true) then caught = caught + 1 end
        end
        table.sort(account.entries, function(a, b) return a.amount < b.amount end)
        local lines = coroutine.wrap(function()
            for index, entry in ipairs(account.entries) do
                coroutine.yield(index .. ": " .. entry.text:gsub("%+", "plus "))
            end
        end)
        local parts = {}
        for line in lines do parts[#parts + 1] = line end
        local all = table.concat(parts, "\n") .. ("."):rep(5000)
        if request.fails then request.missing.field = #all end
        return ("%d caught, %d lines, %d bytes"):format(caught, #parts, #all)
    end"#;

struct Worker {
    engine: Engine,
    program: Program,
    arena: Arena,
    out: Bump,
}

impl Worker {
    fn new() -> Self {
        let engine = Engine::new();
        let program = engine.compile("handler.lua", HANDLER).expect("it is Lua");
        Self {
            engine,
            program,
            arena: Arena::with_budget(8 << 20),
            out: Bump::with_capacity(64 << 10),
        }
    }

    /// One request, whose result and error go into the worker's memory; whether it succeeded.
    fn serve(&mut self, fails: bool) -> bool {
        self.out.reset();
        let options = RunOptions::new().streams(&NoStreams).fuel(10_000_000);
        let reply: Result<&str, Error<'_>> =
            self.engine
                .enter_with(&options, &mut self.arena, &self.out, |region| {
                    let handler: Function<'_> = region.eval(&self.program)?;
                    let request: Table<'_> = region.table([("user", "ada")])?;
                    region.raw_set(request, "fails", fails)?;
                    let reply: Str<'_> = handler.call(region, request)?;
                    region.escape_str(reply)
                });
        match reply {
            Ok(text) => text.starts_with("81 caught, 120 lines,"),
            Err(error) => error.value().as_str().is_some_and(|text| {
                text.as_bytes()
                    .starts_with(b"handler.lua:26: attempt to index")
            }),
        }
    }
}

/// Page faults of this thread so far that needed no disk; `None` where the system does not tell.
fn page_faults() -> Option<u64> {
    let stat = std::fs::read_to_string("/proc/thread-self/stat").ok()?;
    // The name of the program, in parentheses, may contain blanks; eight fields later...
    let fields = stat.rsplit(')').next()?;
    fields.split_whitespace().nth(7)?.parse().ok()
}

#[test]
#[cfg_attr(lunette_stress, ignore = "the stress source keeps nothing")]
fn a_warm_request_asks_nothing_of_the_system() {
    let mut worker = Worker::new();
    for fails in [false, true, false, true] {
        assert!(worker.serve(fails));
    }
    let kept_bytes = worker.arena.kept_bytes();
    assert!(kept_bytes > 0);

    let before = CALLS.get();
    for fails in [false, true].into_iter().cycle().take(50) {
        assert!(worker.serve(fails));
    }
    assert_eq!(CALLS.get(), before, "calls to the global allocator");
    assert_eq!(worker.arena.kept_bytes(), kept_bytes, "fresh chunks");

    let Some(faults_before) = page_faults() else {
        return;
    };
    for fails in [false, true].into_iter().cycle().take(50) {
        assert!(worker.serve(fails));
    }
    let faults = page_faults().map_or(0, |faults| faults - faults_before);
    // Reading the counter touches a page or two of its own. AddressSanitizer touches its notes of
    // what lies where.
    let is_checked = cfg!(lunette_asan);
    assert!(
        is_checked || faults <= 10,
        "{faults} page faults in 50 warm runs"
    );
}

#[test]
fn an_execution_in_a_fixed_buffer_never_calls_the_global_allocator() {
    let engine = Engine::new();
    let stub = "return assert(load(source, '=inside'))()";
    let program = engine.compile("stub.lua", stub).expect("it is Lua");
    let mut buffer = vec![MaybeUninit::uninit(); 512 << 10];
    let out = Bump::with_capacity(16 << 10);
    let options = RunOptions::new().streams(&NoStreams).fuel(10_000_000);

    let before = CALLS.get();
    // Compiled, run and escaped on memory that is used for the first time.
    let source = FixedSource::new(&mut buffer);
    let mut arena = Arena::with_source(source, Budget::bytes(500 << 10));
    let reply: Result<&str, Error<'_>> = engine.enter_with(&options, &mut arena, &out, |region| {
        region.raw_set(region.globals(), "source", HANDLER)?;
        let handler: Function<'_> = region.eval(&program)?;
        let request: Table<'_> = region.table([("user", "ada")])?;
        let reply: Str<'_> = handler.call(region, request)?;
        region.escape_str(reply)
    });
    let calls = CALLS.get() - before;
    assert!(reply.is_ok_and(|text| text.starts_with("81 caught, 120 lines,")));
    assert_eq!(calls, 0);
}

#[test]
#[cfg_attr(lunette_stress, ignore = "the stress source keeps nothing")]
fn an_execution_that_is_opened_again_makes_no_call_either() {
    let engine = Engine::new();
    let setup = engine.compile("setup.lua", "return function(n) n = {n} return #n end");
    let setup = setup.expect("it is Lua");
    let engine = engine.prepared(&RunOptions::new(), Arena::new(), |region| {
        let handler = region.eval(&setup)?;
        region.set_kept("handler", handler)
    });
    let engine = engine.expect("it has an image");
    let options = RunOptions::new().fuel(1 << 20).random_seed(1);
    let execution = engine.execution_with(&options, NoStreams, Arena::new());
    let mut execution = execution.expect("there is room");
    let mut calls = 0;
    for _ in 0..8 {
        let before = CALLS.get();
        execution.reopen(&engine, &options).expect("there is room");
        execution.set_slice(Some(1000)).expect("it is open");
        let step = execution.start_with(|lua| {
            let mut args = MultiValue::new(lua);
            args.push(Value::int(7))?;
            Ok((lua.kept("handler"), args))
        });
        assert_eq!(step.expect("it runs"), Step::Done(1_i64));
        execution.close();
        calls = CALLS.get() - before;
    }
    assert_eq!(calls, 0);
}
