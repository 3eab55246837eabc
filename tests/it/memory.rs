//! The contract of memory: where it comes from, what bounds it, what a host may do wrong.
#![allow(unsafe_code)]

use std::alloc::Layout;
use std::cell::RefCell;
use std::mem::MaybeUninit;
use std::ptr::NonNull;

use bumpalo::Bump;
use lunette::{
    Arena, ArenaSource, Budget, BumpSource, ChunkSource, Engine, Error, ErrorKind, EscapeLimits,
    FixedSource, KindUsage, MemoryProfile, Program, RunOptions, Str, Value,
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

/// A module of the host with an engine and an arena of its own, inside memory of the host's.
struct Pricing<'p> {
    engine: Engine,
    program: Program,
    arena: Arena<ArenaSource<'p>>,
    calls: usize,
}

impl<'p> Pricing<'p> {
    fn new(parent: &'p Bump) -> Self {
        let engine = Engine::new();
        let source = "local order = {} for i = 1, 50 do order[i] = {price = i} end
            if fails then error('no price') end
            return #order * 2";
        let program = engine.compile("pricing.lua", source).expect("it is Lua");
        let arena = Arena::with_source(ArenaSource::new(parent), Budget::bytes(256 << 10));
        Self {
            engine,
            program,
            arena,
            calls: 0,
        }
    }

    fn price<'out>(&mut self, fails: bool, out: &'out Bump) -> Result<i64, Error<'out>> {
        self.calls += 1;
        let program = &self.program;
        self.engine.enter(&mut self.arena, out, |region| {
            region.raw_set(region.globals(), "fails", fails)?;
            region.eval(program)
        })
    }
}

#[test]
fn a_process_a_subsystem_and_an_execution_have_memory_of_their_own_in_one_program() {
    // The process's: what prepares the requests.
    let engine = Engine::new();
    let mut of_process = Arena::new();
    let out = Bump::new();
    let source = "local parts = {'return ', 'price(false)', ' + 1'} return table.concat(parts)";
    let program = engine.compile("setup.lua", source).expect("it is Lua");
    let request = engine.enter(&mut of_process, &out, |region| {
        let text: Str<'_> = region.eval(&program)?;
        region.escape_str(text)
    });
    let request = request.expect("it runs");

    // The subsystem's: a bump that the module has for all its calls.
    let parent = Bump::new();
    let pricing = RefCell::new(Pricing::new(&parent));

    // The execution's: a buffer, which it cannot leave.
    let mut buffer = [MaybeUninit::uninit(); 128 << 10];
    let source = FixedSource::new(&mut buffer);
    let mut of_execution = Arena::with_source(source, Budget::bytes(100 << 10));
    let mut run = |source: &str| {
        let program = engine.compile("request.lua", source).expect("it is Lua");
        engine.enter(&mut of_execution, &out, |region| {
            let price = region.scoped_function(|lua, fails: bool| {
                // What the module raises is copied once, into the memory of who receives it.
                let theirs = Bump::new();
                let price = pricing.borrow_mut().price(fails, &theirs);
                price.map_err(|error| lua.adopt(&error))
            })?;
            region.globals().set(region, "price", price)?;
            region.eval::<i64>(&program)
        })
    };
    assert_eq!(run(request).ok(), Some(101));
    let error = run("return price(true)").map_err(|error| error.to_owned());
    let error = error.expect_err("the module fails");
    // The three sorts of memory differ in where their chunks come from, and in nothing else.
    assert_eq!(pricing.borrow().calls, 2);
    let keeps_chunks = cfg!(not(lunette_stress));
    assert!(parent.allocated_bytes() > 0);
    assert!(!keeps_chunks || of_process.kept_bytes() > 0);
    assert!(of_execution.kept_bytes() > 0);
    // All of it goes, in any order; the error stays.
    drop(pricing);
    drop((of_process, of_execution, engine));
    drop(parent);
    assert_eq!(error.to_string(), "pricing.lua:2: no price");
}

#[test]
fn memory_is_told_by_kind_of_object() {
    let engine = Engine::new();
    let source = "
        tables, strings, functions, threads = {}, {}, {}, {}
        for i = 1, 100 do
            tables[i] = {i, name = i}
            strings[i] = ('text '):rep(10) .. i
            functions[i] = function() return i end
            if i <= 10 then threads[i] = coroutine.create(print) end
        end";
    let program = engine.compile("t.lua", source).expect("it is Lua");
    let (mut arena, out) = (Arena::new(), Bump::new());
    let done = engine.enter(&mut arena, &out, |region| {
        let before = region.memory_by_kind();
        region.eval::<()>(&program)?;
        let after = region.memory_by_kind();
        let more = |name: &str| {
            let of = |all: &[KindUsage]| *all.iter().find(|kind| kind.name == name).expect("it");
            let (before, after) = (of(&before), of(&after));
            (after.objects - before.objects, after.bytes - before.bytes)
        };
        assert_eq!(more("tables").0, 104);
        assert!(more("tables").1 >= 100 * 80);
        assert_eq!(more("strings").0, 100);
        assert!(more("strings").1 >= 100 * 50);
        // The main function itself may count, while it can be found on the stack.
        assert!((100..=101).contains(&more("closures").0));
        assert_eq!(more("upvalues").0 / 100, 1);
        assert_eq!(more("threads").0, 10);
        let all: usize = after.iter().map(|kind| kind.bytes).sum();
        assert!(all <= region.stats().memory.used_bytes);
        // What nobody reaches any more is not alive.
        region.raw_set(region.globals(), "tables", Value::NIL)?;
        assert_eq!(region.memory_by_kind()[1].objects + 101, after[1].objects);
        Ok(())
    });
    assert_eq!(done.map_err(|error| error.to_string()), Ok(()));
}

#[test]
fn a_profile_tells_what_each_call_path_allocated() {
    let engine = Engine::new();
    let source = "
        local function leaf() return ('x'):rep(10000) end
        local function left() return leaf() .. '' end
        function right() return {leaf(), leaf(), leaf()} end
        left() right()
        local deep = 0
        local function recurse(n) if n > 0 then return 1 + recurse(n - 1) end leaf() return 0 end
        recurse(1000)
        coroutine.wrap(function() right() end)()
        table.sort({3, 1, 2}, function(a, b) leaf() return a < b end)
        load('return {1, 2, 3}')()";
    let program = engine.compile("t.lua", source).expect("it is Lua");
    let profile = MemoryProfile::new();
    let options = RunOptions::new().memory_profile(&profile);
    let mut arena = Arena::new();
    for _ in 0..2 {
        let out = Bump::new();
        let done: Result<(), Error<'_>> =
            engine.enter_with(&options, &mut arena, &out, |region| region.eval(&program));
        assert_eq!(done.map_err(|error| error.to_string()), Ok(()));
    }
    let lines = profile.folded();
    let bytes_of = |end: &str| -> u64 {
        let found = lines.iter().filter_map(|line| line.rsplit_once(' '));
        let found = found.filter(|(path, _)| path.ends_with(end));
        let bytes = found.map(|(_, bytes)| bytes.parse::<u64>().expect("a number"));
        bytes.sum()
    };
    let left = bytes_of("main chunk t.lua;left t.lua:3;leaf t.lua:2;rep");
    let right = bytes_of("main chunk t.lua;right t.lua:4;leaf t.lua:2;rep");
    assert!((20_000..25_000).contains(&left), "{left}: {lines:#?}");
    assert!((60_000..66_000).contains(&right), "{right}: {lines:#?}");
    let paths = lines.join("\n");
    for part in [";...;recurse t.lua:7;", ";load", ";sort;"] {
        assert!(paths.contains(part), "{part} in {paths}");
    }
    // As much as without a profile, and all of it is told.
    let entries = profile.entries();
    let own: u64 = entries.iter().map(|entry| entry.own_bytes).sum();
    assert_eq!(own, profile.total_bytes());
    // All of it is below the main chunk, but for what is too deep to be told from where, and for
    // what opening takes.
    let entry = |name: &str| {
        let found = entries.iter().find(|entry| entry.name == name);
        found.expect("it was noted")
    };
    let (main, deep, host) = (entry("main chunk t.lua"), entry("..."), entry("host"));
    assert_eq!(main.all_bytes + deep.all_bytes + host.own_bytes, own);
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

/// Promises more items than there can be, and gives a few.
struct Boaster(i64);

impl Iterator for Boaster {
    type Item = i64;

    fn next(&mut self) -> Option<i64> {
        self.0 -= 1;
        (self.0 >= 0).then_some(self.0)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (usize::MAX, None)
    }
}

#[test]
fn what_a_host_asks_for_is_bounded_as_well() {
    let engine = Engine::new();
    let out = Bump::new();
    let mut arena = Arena::with_budget(8 << 20);
    arena.trim(usize::MAX);
    let sizes = engine.enter(&mut arena, &out, |region| {
        let list = region.list(Boaster(3))?;
        let table = region.table(Boaster(5).map(|number| (number, number)))?;
        let endless = region.list(0..i64::MAX);
        let error = endless.err().expect("there is no room for all of them");
        assert_eq!(error.kind(), ErrorKind::Memory);
        let limits = EscapeLimits::DEFAULT.bytes_max(usize::MAX);
        region.escape_within(list.to_value(), limits)?;
        Ok((list.len(region)?, table.pairs().count()))
    });
    assert_eq!(sizes.map_err(|error| error.to_string()), Ok((3, 5)));
    // No region fits here, whatever is asked of it; and none is open afterwards.
    for bytes in [0, 1, 4 << 10] {
        arena.set_budget(Budget::bytes(bytes));
        let opened = engine.enter(&mut arena, &out, |_| Ok(()));
        assert_eq!(opened.expect_err("no room").kind(), ErrorKind::Memory);
    }
    arena.set_budget(Budget::bytes(usize::MAX));
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
