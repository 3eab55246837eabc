//! What happens when memory runs out, wherever it does: the N-th allocation of a script fails, for
//! every N, and budgets of every size are too small.
//!
//! Each run must end in a clean or caught error, after the output that a whole run begins with,
//! and leave an arena that serves the next run as if nothing had been. The two scripts of
//! `tests/exhaust` are swept through whole: together they use every library function and every
//! kind of object. Of fixtures and attacks a few points each are tried; `LUNETTE_EXHAUST=1000`
//! tries a thousand each, `LUNETTE_EXHAUST=all` all of them.

mod support;

use std::cell::{Cell, RefCell};
use std::io::{self, SeekFrom};

use bumpalo::Bump;
use lunette::memory::FaultPlan;
use lunette::{
    Arena, Ending as ProcessEnding, Engine, Error, ErrorKind, FileSystem, Function, HostFile,
    Invocation, LibrarySet, MemoryFiles, NoStreams, OpenMode, Program, Raise, Region, RunOptions,
    Str, Streams, Table, UserData, UserDataMethods, Value,
};
use support::fixture::Fixture;
use support::{lua_files, root};

/// Points that are tried of each fixture, unless the environment says otherwise.
const FIXTURE_POINTS: u64 = if cfg!(debug_assertions) { 1 } else { 6 };
/// Points of the scripts of this test's own in debug builds, which are slow.
const DEBUG_POINTS: u64 = 400;
const FUEL: u64 = 20_000_000;
/// What attacks get: so little that a thousand points each can be tried.
const ATTACK_FUEL: u64 = 5_000;
const ATTACK_BUDGET_BYTES: usize = 1 << 20;
const INPUT: &[u8] = b"12 text\nline\nrest";

/// Keeps what is written; gives the input once.
#[derive(Default)]
struct Capture {
    output: RefCell<Vec<u8>>,
    given: Cell<bool>,
}

impl Streams for Capture {
    fn write_out(&self, bytes: &[u8]) -> io::Result<()> {
        self.output.borrow_mut().extend_from_slice(bytes);
        Ok(())
    }

    fn write_err(&self, _bytes: &[u8]) -> io::Result<()> {
        Ok(())
    }

    fn flush_out(&self) -> io::Result<()> {
        Ok(())
    }

    fn read_in(&self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.given.replace(true) || buffer.len() < INPUT.len() {
            return Ok(0);
        }
        buffer[..INPUT.len()].copy_from_slice(INPUT);
        Ok(INPUT.len())
    }
}

/// Files in memory, and processes that print a text.
struct Files(MemoryFiles);

impl Files {
    fn new() -> Self {
        Self(MemoryFiles::new(1 << 20))
    }
}

impl FileSystem for Files {
    fn open(&self, name: &[u8], mode: OpenMode) -> io::Result<Box<dyn HostFile>> {
        self.0.open(name, mode)
    }

    fn remove(&self, name: &[u8]) -> io::Result<()> {
        self.0.remove(name)
    }

    fn rename(&self, from: &[u8], to: &[u8]) -> io::Result<()> {
        self.0.rename(from, to)
    }

    fn temporary_name(&self) -> io::Result<Vec<u8>> {
        self.0.temporary_name()
    }

    fn temporary_file(&self) -> io::Result<Box<dyn HostFile>> {
        self.0.temporary_file()
    }

    fn process(&self, _command: &[u8], _writes: bool) -> io::Result<Box<dyn HostFile>> {
        let mut file = self.0.temporary_file()?;
        file.write(b"a line of the process\nand the rest of what it printed")?;
        file.seek(SeekFrom::Start(0))?;
        Ok(file)
    }

    fn has_shell(&self) -> bool {
        true
    }

    fn execute(&self, _command: &[u8]) -> io::Result<ProcessEnding> {
        Ok(ProcessEnding::Exit(7))
    }
}

/// How a run ended.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Ending {
    output: Vec<u8>,
    error: Option<(ErrorKind, String)>,
}

/// A script with what it takes to run it again and again.
struct Subject<'e> {
    engine: &'e Engine,
    name: String,
    program: Program,
    fuel: u64,
    arena: Arena,
    /// Whether it gets files in memory, new ones for each run, instead of those of the process.
    has_own_files: bool,
}

impl<'e> Subject<'e> {
    /// `None` if the script is not Lua.
    fn new(engine: &'e Engine, name: &str, source: &str) -> Option<Self> {
        let name = name.to_owned();
        let program = engine.compile(&name, source).ok()?;
        Some(Self {
            engine,
            name,
            program,
            fuel: FUEL,
            arena: Arena::new(),
            has_own_files: true,
        })
    }

    /// Runs the script: called by the host, or as a whole program that may evacuate.
    fn run(&mut self, plan: &FaultPlan, is_whole: bool) -> Ending {
        let (streams, files) = (Capture::default(), Files::new());
        let options = RunOptions::new();
        let options = match self.has_own_files {
            true => options.files(&files),
            false => options,
        };
        let options = options.streams(&streams).fuel(self.fuel).faults(plan);
        let options = if is_whole {
            options.evacuate_every(500)
        } else {
            options
        };
        let out = Bump::new();
        let arena = &mut self.arena;
        let result: Result<(), Error<'_>> = if is_whole {
            let program = &self.program;
            let invocation = Invocation {
                program,
                args: &[],
                args_table: None,
            };
            self.engine
                .run(&options, arena, &out, |_| Ok(()), &[invocation], |_| ())
        } else {
            self.engine.enter_with(&options, arena, &out, |region| {
                region.eval::<()>(&self.program)
            })
        };
        let error = result.err().map(|error| (error.kind(), error.to_string()));
        let output = streams.output.take();
        Ending { output, error }
    }

    /// The whole run, and how many allocations it takes.
    fn whole(&mut self, is_whole: bool) -> (Ending, u64) {
        let plan = FaultPlan::none();
        let ending = self.run(&plan, is_whole);
        (ending, plan.seen())
    }

    /// Lets allocations fail at up to `points` places, spread evenly; returns how many were tried.
    fn sweep(&mut self, points: u64, check: impl Fn(&str, &Ending, &Ending)) -> u64 {
        let mut tried = 0;
        for is_whole in [false, true] {
            let (expected, count) = self.whole(is_whole);
            let step = count.div_ceil(points).max(1);
            for number in (1..=count).step_by(step as usize) {
                for plan in [FaultPlan::once(number), FaultPlan::from(number)] {
                    let ending = self.run(&plan, is_whole);
                    let place = format!("{}: {plan:?} of {count}, whole: {is_whole}", self.name);
                    if plan.seen() < number {
                        // It took fewer this time; see below.
                        assert_eq!(ending, expected, "{place}");
                        continue;
                    }
                    check(&place, &expected, &ending);
                    tried += 1;
                }
            }
            // Whether a block grows where it is depends on the chunks that the arena has by now,
            // and on that when an evacuation is due. So the count may differ; the outcome may not.
            let (again, _) = self.whole(is_whole);
            assert_eq!(again, expected, "{}: the arena", self.name);
        }
        tried
    }
}

/// Where `found` leaves `expected`; `None` if it is the beginning of it.
fn difference(expected: &[u8], found: &[u8]) -> Option<usize> {
    let place = expected.iter().zip(found).position(|(a, b)| a != b);
    place.or((found.len() > expected.len()).then_some(expected.len()))
}

fn mentions_memory(text: &[u8]) -> bool {
    let text = String::from_utf8_lossy(text);
    text.contains("not enough memory") || text.contains("error in error handling")
}

/// The run ended as the whole run does, or for want of memory: after the same output up to there,
/// and what the script caught says so.
#[track_caller]
fn check_clean(place: &str, expected: &Ending, found: &Ending) {
    if let Some((kind, message)) = &found.error {
        let is_memory = matches!(kind, ErrorKind::Memory | ErrorKind::MemoryReserve);
        // A script that ends by itself tells the host how, whatever found no room.
        let is_expected = found.error == expected.error;
        assert!(
            is_memory || mentions_memory(message.as_bytes()) || is_expected,
            "{place}: {kind:?}: {message}"
        );
    }
    let different = difference(&expected.output, &found.output);
    let Some(at) = different else {
        let is_whole = found.output.len() == expected.output.len();
        assert!(found.error.is_some() || is_whole, "{place}: output is cut");
        return;
    };
    let line = found.output[..at].iter().rposition(|byte| *byte == b'\n');
    let rest = &found.output[line.map_or(0, |line| line + 1)..];
    let is_told = mentions_memory(rest);
    assert!(is_told, "{place}:\n{}", String::from_utf8_lossy(rest));
}

/// Points to try of each script of this test's own.
fn own_points() -> u64 {
    if cfg!(debug_assertions) {
        DEBUG_POINTS
    } else {
        u64::MAX
    }
}

#[test]
fn every_allocation_of_a_script_may_fail() {
    let engine = Engine::with_libraries(LibrarySet::ALL);
    let source = include_str!("exhaust/plain.lua");
    let mut subject = Subject::new(&engine, "plain.lua", source).expect("it is Lua");
    let (whole, _) = subject.whole(false);
    assert_eq!(whole.error, None);
    let tried = subject.sweep(own_points(), |place, expected, found| {
        check_clean(place, expected, found);
        // Nothing is caught, so what was printed is the beginning of the whole.
        assert!(expected.output.starts_with(&found.output), "{place}");
    });
    println!("plain.lua: {tried} points");
}

#[test]
fn every_allocation_of_the_libraries_may_fail() {
    let engine = Engine::with_libraries(LibrarySet::ALL);
    let source = include_str!("exhaust/library.lua");
    let mut subject = Subject::new(&engine, "library.lua", source).expect("it is Lua");
    let (whole, _) = subject.whole(false);
    assert_eq!(whole.error, Some((ErrorKind::Exit, "3".to_owned())));
    let tried = subject.sweep(own_points(), check_clean);
    println!("library.lua: {tried} points");
}

/// Wraps every function of the libraries, and every method of files and strings, in one that notes
/// that it was called.
const WRAP: &str = "
    local pairs, type, called, missing = pairs, type, {}, {}
    local function wrap(place, prefix)
        for name, value in pairs(place) do
            if type(value) == 'function' then
                local full = prefix .. name
                missing[full] = true
                place[name] = function(...) missing[full] = nil return value(...) end
            end
        end
    end
    local concat, sort, methods = table.concat, table.sort, getmetatable(io.stdout).__index
    for name, value in pairs(_G) do
        if type(value) == 'table' and value ~= _G then wrap(value, name .. '.') end
    end
    wrap(methods, 'file:')
    wrap(_G, '')
    return function()
        local names = {}
        for name in pairs(missing) do names[#names + 1] = name end
        sort(names)
        return concat(names, ' ')
    end";

#[test]
fn the_swept_script_calls_every_library_function() {
    let engine = Engine::with_libraries(LibrarySet::ALL);
    let wrap = engine.compile("wrap.lua", WRAP).expect("it is Lua");
    let source = include_str!("exhaust/library.lua");
    let library = engine.compile("library.lua", source).expect("it is Lua");
    let (mut arena, out) = (Arena::new(), Bump::new());
    let (streams, files) = (Capture::default(), Files::new());
    let options = RunOptions::new().streams(&streams).files(&files);
    let missing = engine.enter_with(&options, &mut arena, &out, |region| {
        let missing: Function<'_> = region.eval(&wrap)?;
        let ended = region.eval::<()>(&library);
        let ended = ended.expect_err("it ends by itself");
        assert_eq!(ended.kind(), ErrorKind::Exit, "{ended}");
        missing.call::<String>(region, ())
    });
    assert_eq!(
        missing.map_err(|error| error.to_string()).as_deref(),
        Ok("")
    );
}

/// A host object.
struct Counter(i64);

impl UserData for Counter {
    fn add_methods(methods: &mut UserDataMethods<'_, Self>) {
        methods.add_method_mut("add", |lua, counter, more: i64| {
            counter.0 += more;
            lua.str(format!("a text of the host's that says {}", counter.0))
        });
    }
}

/// What a host does with a region: makes values of every kind, calls in both directions, converts,
/// notes, raises, escapes.
fn use_region<'r, 'out>(
    region: Region<'r, 'out>,
    program: &Program,
    lent: &'out Counter,
) -> Result<&'out str, Error<'r>> {
    let _note = region.context(format_args!("the request {}", 7));
    let headers = region.table([("accept", "text/html"), ("host", "a.name.that.is.long")])?;
    let list = region.list((0..100).map(|number| format!("the item with number {number}")))?;
    list.push(region, 1.5)?;
    let globals = region.globals();
    globals.set(region, "headers", headers)?;
    globals.set(region, "list", list)?;
    globals.set(region, "counter", region.userdata(Counter(5))?)?;
    globals.set(region, "lent", region.lend(lent)?)?;
    let join = region.create_function(|lua, (a, b): (String, Str<'_>)| {
        lua.str(format!("{a} and {b}, joined by the host"))
    })?;
    globals.set(region, "join", join)?;
    let fail = region.create_function(|lua, name: String| {
        std::fs::read_to_string(format!("/no/such/file/{name}")).raise(lua)
    })?;
    globals.set(region, "fail", fail)?;
    let main: Function<'r> = region.eval(program)?;
    let result: Table<'r> = main.call(region, ("first", 2, vec!["a", "b"]))?;
    let keys: Vec<String> = result.get(region, "keys")?;
    assert_eq!(keys.len(), 103);
    let copy = region.escape(result.get::<Value<'r>>(region, "data")?)?;
    assert!(copy.as_table().is_some());
    region.escape_str(result.get(region, "text")?)
}

/// The script's part in it.
const HOST_SCRIPT: &str = "
    return function(first, second, rest)
        local keys = {}
        for i, item in ipairs(list) do keys[i] = join(tostring(item), first) end
        for name, value in pairs(headers) do keys[#keys + 1] = name .. value end
        keys[#keys] = counter:add(second)
        local ok, message = pcall(fail, 'x')
        if ok or not (message:find('No such file') or message:find('memory')) then
            error('unexpected: ' .. message)
        end
        if not message:find('No such file') then error('not enough memory', 0) end
        local data = {list, headers, rest, {first, second}}
        return {keys = keys, data = data, text = table.concat(keys, '; ', 1, 5)}
    end";

#[test]
fn every_allocation_for_a_host_may_fail() {
    let engine = Engine::new();
    let program = engine.compile("host.lua", HOST_SCRIPT).expect("it is Lua");
    let lent = Counter(1);
    let mut arena = Arena::new();
    let mut run = |plan: &FaultPlan| {
        let out = Bump::new();
        let options = RunOptions::new()
            .streams(&NoStreams)
            .fuel(FUEL)
            .faults(plan);
        let result = engine.enter_with(&options, &mut arena, &out, |region| {
            use_region(region, &program, &lent)
        });
        result
            .map(str::to_owned)
            .map_err(|error| (error.kind(), error.to_string()))
    };
    let plan = FaultPlan::none();
    let whole = run(&plan).expect("nothing fails");
    let count = plan.seen();
    assert!(count > 200, "{count}");
    assert!(whole.contains("joined by the host"), "{whole}");
    let mut tried = 0;
    for number in 1..=count {
        for plan in [FaultPlan::once(number), FaultPlan::from(number)] {
            match run(&plan) {
                // Something that can be done without was left out, as the traceback of an error.
                Ok(text) => assert_eq!(text, whole, "{plan:?}"),
                Err((kind, message)) => {
                    let is_memory = matches!(kind, ErrorKind::Memory | ErrorKind::MemoryReserve);
                    assert!(
                        is_memory || mentions_memory(message.as_bytes()),
                        "{plan:?}: {message}"
                    );
                }
            }
            tried += 1;
        }
    }
    assert_eq!(run(&FaultPlan::none()), Ok(whole));
    println!("host: {tried} points");
}

#[test]
fn every_budget_is_enough_or_an_error() {
    let engine = Engine::with_libraries(LibrarySet::ALL);
    let mut tried = 0;
    for (name, source) in [
        ("plain.lua", include_str!("exhaust/plain.lua")),
        ("library.lua", include_str!("exhaust/library.lua")),
    ] {
        let mut subject = Subject::new(&engine, name, source).expect("it is Lua");
        let (expected, _) = subject.whole(false);
        let step = if cfg!(debug_assertions) { 4096 } else { 256 };
        let mut budget = 0;
        loop {
            subject.arena.set_budget(lunette::Budget::bytes(budget));
            let ending = subject.run(&FaultPlan::none(), false);
            check_clean(&format!("{name} in {budget} bytes"), &expected, &ending);
            tried += 1;
            if ending == expected {
                break;
            }
            budget += step;
            assert!(budget < 64 << 20, "{name} is never content");
        }
        assert!(budget > 0);
    }
    println!("budgets: {tried} points");
}

/// Points to try of each script of a folder.
fn points_each() -> u64 {
    match std::env::var("LUNETTE_EXHAUST").as_deref() {
        Ok("all") => u64::MAX,
        Ok(text) => text.parse().expect("LUNETTE_EXHAUST is a number or `all`"),
        Err(_) => FIXTURE_POINTS,
    }
}

#[test]
fn attacks_end_cleanly_when_memory_runs_out() {
    let engine = Engine::with_libraries(LibrarySet::SAFE);
    let mut tried = 0;
    for path in lua_files(&root().join("tests/hostile")) {
        let source = std::fs::read_to_string(&path).expect("the script is there");
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let subject = Subject::new(&engine, &name, &source);
        let mut subject = subject.expect("the attack is Lua");
        subject.fuel = ATTACK_FUEL;
        subject
            .arena
            .set_budget(lunette::Budget::bytes(ATTACK_BUDGET_BYTES));
        // Where an attack expects one error, another may stop it.
        tried += subject.sweep(points_each(), |_, _, _| ());
    }
    println!("attacks: {tried} points");
}

#[test]
fn fixtures_end_cleanly_when_memory_runs_out() {
    let points = points_each();
    let engine = Engine::with_libraries(LibrarySet::ALL);
    let mut tried = 0;
    for path in lua_files(&root().join("tests/scripts")) {
        let fixture = Fixture::read(&path);
        let is_large = fixture.path.iter().any(|part| part == "limits");
        if is_large && cfg!(debug_assertions) {
            continue;
        }
        let points = if is_large { points.min(3) } else { points };
        let Some(mut subject) = Subject::new(&engine, &fixture.name, &fixture.source) else {
            continue;
        };
        subject.fuel = fixture.fuel.unwrap_or(FUEL);
        subject.has_own_files = false;
        if let Some(bytes) = fixture.memory {
            subject.arena.set_budget(lunette::Budget::bytes(bytes));
        }
        // A fixture may catch the error and say something of its own about it.
        tried += subject.sweep(points, |_, _, _| ());
    }
    println!("fixtures: {tried} points");
}
