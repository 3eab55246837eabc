//! Careless hosts, failing sources and a thousand tenants: the arena serves the next run as if
//! nothing had been, and nobody sees what was somebody else's.
#![allow(unsafe_code)]

use std::alloc::Layout;
use std::cell::{Cell, RefCell};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::ptr::NonNull;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use bumpalo::Bump;
use lunette::vm::DeadlinePlan;
use lunette::{
    Arena, Budget, BumpSource, ChunkSource, Engine, Error, ErrorKind, Program, RunOptions, Step,
    Value,
};

/// Numbers that depend on the seed alone (xorshift).
struct Random(u64);

impl Random {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % bound
    }
}

/// Touches every sort of object, and calls `host` 12 times: from Lua, from libraries, from a
/// coroutine, while a variable is closed and in a message handler.
const WORK: &str = "
    local list = {}
    for i = 1, 4 do list[i] = {key = host('text ' .. i)} end
    table.sort(list, function(a, b) host() return a.key < b.key end)
    local co = coroutine.wrap(function() coroutine.yield(host('in')) return host('out') end)
    co() co()
    do local closed <close> = setmetatable({}, {__close = function() host() end}) end
    pcall(function() local c <close> = setmetatable({}, {__close = function() host() end})
        error('caught') end)
    xpcall(error, function() return host() end, 'handled')
    return #list";

/// A run of `program` with a host function that `host` stands for.
fn work<S: ChunkSource>(
    engine: &Engine,
    program: &Program,
    arena: &mut Arena<S>,
    options: &RunOptions<'_>,
    host: &dyn Fn(),
) -> Result<i64, ErrorKind> {
    let out = Bump::new();
    let result: Result<i64, Error<'_>> = engine.enter_with(options, arena, &out, |region| {
        let function = region.scoped_function(|_, text: Option<String>| {
            host();
            Ok(text.unwrap_or_default())
        })?;
        region.raw_set(region.globals(), "host", function)?;
        region.eval(program)
    });
    result.map_err(|error| error.kind())
}

#[test]
fn a_panic_at_any_host_call_leaves_the_arena_usable() {
    let engine = Engine::new();
    let program = engine.compile("work.lua", WORK).expect("it is Lua");
    let mut arena = Arena::with_budget(1 << 20);
    let calls = Cell::new(0);
    let count = || calls.set(calls.get() + 1);
    let options = RunOptions::new();
    assert_eq!(work(&engine, &program, &mut arena, &options, &count), Ok(4));
    let total: usize = calls.get();
    assert!(total >= 12, "{total}");
    for failing in 1..=total {
        calls.set(0);
        let panics = || {
            count();
            assert!(calls.get() != failing, "as planned");
        };
        let caught = catch_unwind(AssertUnwindSafe(|| {
            work(&engine, &program, &mut arena, &options, &panics)
        }));
        assert!(caught.is_err(), "{failing}");
        assert_eq!(calls.get(), failing, "nothing runs after the panic");
        assert_eq!(work(&engine, &program, &mut arena, &options, &|| ()), Ok(4));
    }
}

#[test]
fn a_run_may_end_at_any_step() {
    let engine = Engine::new();
    let program = engine.compile("work.lua", WORK).expect("it is Lua");
    let mut arena = Arena::with_budget(1 << 20);
    let mut enough = None;
    for fuel in 0..4000 {
        let options = RunOptions::new().fuel(fuel);
        match work(&engine, &program, &mut arena, &options, &|| ()) {
            Ok(count) => {
                assert_eq!(count, 4);
                enough = enough.or(Some(fuel));
                if enough.is_some_and(|enough| fuel > enough + 20) {
                    break;
                }
            }
            Err(kind) => {
                assert_eq!(kind, ErrorKind::Fuel);
                assert_eq!(enough, None, "more fuel is never worse");
            }
        }
    }
    assert!(enough.is_some());
    // A deadline that has passed ends a run at its first look at the clock.
    let options = RunOptions::new().deadline(Instant::now());
    let endless = engine.compile("endless.lua", "while true do host() end");
    let endless = endless.expect("it is Lua");
    for _ in 0..20 {
        let ended = work(&engine, &endless, &mut arena, &options, &|| ());
        assert_eq!(ended, Err(ErrorKind::Deadline));
        let options = RunOptions::new();
        assert_eq!(work(&engine, &program, &mut arena, &options, &|| ()), Ok(4));
    }
}

/// Runs `program` with a deadline that passes at each look at the clock in turn; returns how many
/// looks there are.
fn sweep_deadlines<S: ChunkSource>(
    engine: &Engine,
    program: &Program,
    arena: &mut Arena<S>,
    options: &RunOptions<'_>,
) -> u64 {
    let mut late_from = 1;
    loop {
        let plan = Arc::new(DeadlinePlan::at_look(late_from));
        let late = options.clone().deadline_plan(Arc::clone(&plan));
        let calls = Cell::new(0);
        let count = || calls.set(calls.get() + 1);
        match work(engine, program, arena, &late, &count) {
            Ok(count) => {
                assert_eq!(count, 4);
                // Late at the last look only: no step was left to be stopped.
                assert!(plan.seen() <= late_from, "look {late_from} was not the end");
                return plan.seen();
            }
            Err(kind) => assert_eq!(kind, ErrorKind::Deadline, "look {late_from}"),
        }
        // The look that a host call ends with, and the one that ends the run for it.
        let after = plan.seen() - late_from;
        assert!(after <= 2, "{after} looks after look {late_from}");
        assert_eq!(work(engine, program, arena, options, &|| ()), Ok(4));
        late_from += 1;
    }
}

#[test]
fn a_deadline_may_pass_at_any_look_at_the_clock() {
    let engine = Engine::new();
    let program = engine.compile("work.lua", WORK).expect("it is Lua");
    let mut arena = Arena::with_budget(1 << 20);
    // At every host call, and, with a safepoint at every other step, at those as well.
    let looks = sweep_deadlines(&engine, &program, &mut arena, &RunOptions::new());
    assert!(looks >= 12, "{looks}");
    let often = RunOptions::new().evacuate_every(1);
    let more = sweep_deadlines(&engine, &program, &mut arena, &often);
    // Unless the others have them as well.
    let is_stressed = std::env::var_os("LUNETTE_EVACUATE_EVERY").is_some();
    assert!(
        is_stressed || more > looks + 20,
        "{more}, and {looks} without safepoints"
    );
}

/// A decent tenant's part in a round of several: it never asks for more than its turn.
const PATIENT: &str = "local n = 0 for i = 1, 40000 do n = n + i % 7 end return n";

/// How many turns of so many steps each decent tenant took, beside hostile ones.
fn turns_beside(hostile: &[&str]) -> Vec<usize> {
    const TURN_STEPS: u64 = 2_000;
    const DECENT_COUNT: usize = 4;
    let engine = Engine::new();
    let sources = hostile.iter().map(|source| (*source, false));
    let decent = std::iter::repeat_n((PATIENT, true), DECENT_COUNT);
    let mut tenants: Vec<_> = sources
        .chain(decent)
        .map(|(source, is_decent)| {
            let mut execution = engine
                .execution(Arena::with_budget(512 << 10))
                .expect("there is memory");
            let program = engine.compile("tenant.lua", format!("return function() {source} end"));
            let program = program.expect("it is Lua");
            let main = execution.enter(|lua| {
                let main: Value<'_> = lua.eval(&program)?;
                lua.root(main)
            });
            let slice = execution.set_slice(Some(TURN_STEPS));
            slice.expect("it is alive");
            // A turn does not end inside a library function, but work in it is counted.
            execution.set_bounds(&RunOptions::new().fuel(300_000));
            (
                execution,
                main.expect("there is memory"),
                is_decent,
                0,
                false,
            )
        })
        .collect();
    let mut finished = Vec::new();
    while finished.len() < DECENT_COUNT {
        for (execution, main, is_decent, turns, is_over) in &mut tenants {
            if *is_over {
                continue;
            }
            let step = match turns {
                0 => execution.start::<Option<i64>>(main, ()),
                _ => execution.resume::<Option<i64>>(()),
            };
            *turns += 1;
            assert!(*turns < 1_000, "a tenant gets nowhere");
            *is_over = !matches!(step, Ok(Step::Slice));
            if *is_decent && *is_over {
                assert!(matches!(step, Ok(Step::Done(Some(_)))));
                finished.push(*turns);
            }
        }
    }
    finished
}

#[test]
fn decent_tenants_need_as_many_turns_beside_hostile_ones() {
    let alone = turns_beside(&[]);
    assert!(alone[0] >= 20, "{alone:?}");
    let endless = [
        "while true do end",
        "while true do pcall(error) end",
        "local t = {} while true do t = {t} end",
        "while true do pcall(string.rep, 'x', 1 << 40) end",
        "local function f() return pcall(f) end while true do f() end",
        "while true do local co = coroutine.wrap(function() while true do end end) co() end",
        "while true do table.sort({3, 1, 2, 5, 4}, function() return true end) end",
        "while true do string.find(('a'):rep(25), ('a?'):rep(25) .. ('a'):rep(25)) end",
    ];
    assert_eq!(turns_beside(&endless), alone);
    let attacks: Vec<&str> = ATTACKS.to_vec();
    assert_eq!(turns_beside(&attacks), alone);
}

#[test]
fn a_host_call_that_sleeps_is_the_last_before_the_deadline() {
    let engine = Engine::new();
    let source = "for i = 1, 1000 do host() end";
    let endless = engine.compile("sleep.lua", source).expect("it is Lua");
    let mut arena = Arena::with_budget(1 << 20);
    let calls = Cell::new(0);
    let sleep = || {
        calls.set(calls.get() + 1);
        std::thread::sleep(Duration::from_millis(40));
    };
    let options = RunOptions::new().time_limit(Duration::from_millis(60));
    let ended = work(&engine, &endless, &mut arena, &options, &sleep);
    assert_eq!(ended, Err(ErrorKind::Deadline));
    assert!(calls.get() <= 2, "{} calls", calls.get());
}

#[test]
fn a_stop_may_arrive_during_any_host_call() {
    let engine = Engine::new();
    let program = engine.compile("work.lua", WORK).expect("it is Lua");
    let mut arena = Arena::with_budget(1 << 20);
    for last in 1..=12 {
        let flag = Arc::new(AtomicBool::new(false));
        let calls = Cell::new(0);
        let stop = || {
            calls.set(calls.get() + 1);
            flag.store(calls.get() == last, Ordering::Relaxed);
        };
        let options = RunOptions::new().cancel(Arc::clone(&flag));
        let ended = work(&engine, &program, &mut arena, &options, &stop);
        assert_eq!(ended, Err(ErrorKind::Cancelled), "call {last}");
        assert_eq!(calls.get(), last, "nothing runs after the stop");
        let options = RunOptions::new();
        assert_eq!(work(&engine, &program, &mut arena, &options, &|| ()), Ok(4));
    }
}

#[test]
fn another_thread_may_cancel_at_any_time() {
    let engine = Engine::new();
    let endless = "while true do pcall(function() local t = {} for i = 1, 50 do t[i] = {i} end
        table.sort(t, function(a, b) return a[1] > b[1] end) end) end";
    let endless = engine.compile("endless.lua", endless).expect("it is Lua");
    let program = engine.compile("work.lua", WORK).expect("it is Lua");
    let mut arena = Arena::with_budget(8 << 20);
    let mut random = Random(11);
    for _ in 0..30 {
        let flag = Arc::new(AtomicBool::new(false));
        let options = RunOptions::new().cancel(Arc::clone(&flag));
        let wait = Duration::from_micros(random.below(3000));
        let ended = std::thread::scope(|scope| {
            scope.spawn(|| {
                std::thread::sleep(wait);
                flag.store(true, Ordering::Relaxed);
            });
            work(&engine, &endless, &mut arena, &options, &|| ())
        });
        // On a busy machine memory may end before the other thread gets its turn.
        let is_expected = matches!(
            ended,
            Err(ErrorKind::Cancelled | ErrorKind::Memory | ErrorKind::MemoryReserve)
        );
        assert!(is_expected, "{ended:?}");
        let options = RunOptions::new();
        assert_eq!(work(&engine, &program, &mut arena, &options, &|| ()), Ok(4));
    }
}

/// What an arena has of its source.
type Blocks = Rc<RefCell<Vec<NonNull<[u8]>>>>;

/// Fails at random, and knows which memory is out.
struct Unreliable {
    inner: BumpSource,
    random: Random,
    /// One request in this many fails; 0 for none.
    one_in: u64,
    blocks: Blocks,
}

impl Unreliable {
    fn new(one_in: u64) -> Self {
        Self {
            inner: BumpSource::default(),
            random: Random(0x5EED),
            one_in,
            blocks: Blocks::default(),
        }
    }
}

// SAFETY: blocks are those of the inner source, unchanged.
unsafe impl ChunkSource for Unreliable {
    fn grow(&mut self, layout: Layout) -> Option<NonNull<[u8]>> {
        if self.one_in > 0 && self.random.below(self.one_in) == 0 {
            return None;
        }
        let block = self.inner.grow(layout)?;
        self.blocks.borrow_mut().push(block);
        Some(block)
    }

    fn give_back(&mut self, block: NonNull<[u8]>) {
        let mut blocks = self.blocks.borrow_mut();
        blocks.retain(|kept| kept.cast::<u8>() != block.cast());
        self.inner.give_back(block);
    }

    fn isolates(&self) -> bool {
        self.inner.isolates()
    }
}

#[test]
fn a_source_may_fail_at_random() {
    let engine = Engine::new();
    let work_hard =
        format!("local all = {{}} for i = 1, 300 do all[i] = ('x'):rep(i * 50) end {WORK}",);
    let program = engine.compile("work.lua", work_hard).expect("it is Lua");
    let options = RunOptions::new();
    let (mut done, mut failed) = (0, 0);
    for round in 0..60 {
        let mut source = Unreliable::new(3 + round % 5);
        source.random = Random(round + 1);
        let mut arena = Arena::with_source(source, Budget::bytes(8 << 20));
        for _ in 0..4 {
            match work(&engine, &program, &mut arena, &options, &|| ()) {
                Ok(count) => {
                    assert_eq!(count, 4);
                    done += 1;
                }
                Err(kind) => {
                    assert_eq!(kind, ErrorKind::Memory);
                    failed += 1;
                }
            }
        }
    }
    // Where each object asks the source, every run comes upon a failure.
    let is_enough = done > 20 || cfg!(lunette_stress);
    assert!(is_enough && failed > 20, "{done} done, {failed} failed");
}

/// What hostile tenants try, each within its bounds.
const ATTACKS: &[&str] = &[
    "while true do end",
    "local t = {} while true do t = {t, t} end",
    "local s = 'x' while true do s = s .. s end",
    "string.rep = nil string.format = print _G.secret = nil for k in pairs(_G) do _G[k] = nil end",
    "getmetatable('').__index = function() return 'forged' end",
    "setmetatable(_G, {__index = error, __newindex = error}) error(setmetatable({}, {}))",
    "local function f() return f() + 1 end f()",
    "return pcall(string.rep, 'x', 1 << 40), coroutine.wrap(function() error({}) end)()",
    "string.find(('a'):rep(40), ('a?'):rep(40) .. ('a'):rep(41))",
    "table.sort({3, 1, 2, 5, 4}, function() return true end)",
    "collectgarbage('stop') for i = 1, 1e6 do local t = {('y'):rep(100)} end",
    "math.floor = nil tostring = nil error(nil)",
];

/// What a decent tenant does with its secret, and nobody else's.
const DECENT: &str = "
    assert(leak == nil and string.rep and tostring and getmetatable('').__index == string)
    assert(not next(setmetatable({}, {})) and getmetatable(_G) == nil)
    leak = secret
    local parts = {}
    for i = 1, 40 do parts[i] = secret .. i parts[secret .. i] = {secret} end
    table.sort(parts)
    return #table.concat(parts) + #secret:upper() + #parts";

fn secret_of(tenant: usize) -> String {
    format!("<secret of tenant {tenant:06}>")
}

/// One tenant's run: its number decides what it does.
fn tenant(
    engine: &Engine,
    programs: &[Program],
    arena: &mut Arena<Unreliable>,
    number: usize,
) -> bool {
    let out = Bump::new();
    let is_decent = !number.is_multiple_of(3);
    let program = match is_decent {
        true => &programs[0],
        false => &programs[1 + number / 3 % (programs.len() - 1)],
    };
    let options = RunOptions::new().fuel(300_000);
    let result: Result<Option<i64>, Error<'_>> =
        engine.enter_with(&options, arena, &out, |region| {
            let secret = region.str(secret_of(number))?;
            region.raw_set(region.globals(), "secret", secret)?;
            region.eval(program)
        });
    if is_decent {
        let secret_bytes = secret_of(number).len() as i64;
        let expected = 9 * (secret_bytes + 1) + 31 * (secret_bytes + 2) + secret_bytes + 40;
        assert_eq!(
            result.map_err(|error| error.to_string()),
            Ok(Some(expected))
        );
    }
    is_decent
}

/// Whether the memory that an arena keeps shows anything of a secret.
fn shows_secret(blocks: &Blocks) -> bool {
    blocks.borrow().iter().any(|block| {
        // SAFETY: blocks that were not given back are readable; a region wrote all that it used,
        // and what nobody wrote cannot be a secret, whatever it reads as.
        let bytes = unsafe { std::slice::from_raw_parts(block.cast::<u8>().as_ptr(), block.len()) };
        bytes
            .windows(18)
            .any(|window| window == b"<secret of tenant ")
    })
}

#[test]
fn a_thousand_tenants_share_an_engine_and_see_nothing_of_each_other() {
    const TENANTS: usize = 1000;
    const WORKERS: u64 = 3;
    let engine = Engine::new();
    let sources = std::iter::once(&DECENT).chain(ATTACKS);
    let programs: Vec<Program> = sources
        .map(|source| engine.compile("tenant.lua", source).expect("it is Lua"))
        .collect();
    let (next, decent) = (AtomicUsize::new(0), AtomicUsize::new(0));
    std::thread::scope(|scope| {
        for worker in 0..WORKERS {
            let (engine, programs, next, decent) = (&engine, &programs, &next, &decent);
            scope.spawn(move || {
                let mut random = Random(worker + 1);
                let source = Unreliable::new(0);
                let blocks = Rc::clone(&source.blocks);
                let mut arena = Arena::with_source(source, Budget::bytes(512 << 10));
                arena.set_zeroing(true);
                loop {
                    // Workers take what comes, in an order that the machine makes.
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if number >= TENANTS {
                        break;
                    }
                    let number = number * 617 % TENANTS;
                    std::thread::sleep(Duration::from_micros(random.below(50)));
                    if tenant(engine, programs, &mut arena, number) {
                        decent.fetch_add(1, Ordering::Relaxed);
                    }
                    if number.is_multiple_of(8) {
                        assert!(!shows_secret(&blocks), "after tenant {number}");
                    }
                }
            });
        }
    });
    assert_eq!(
        decent.load(Ordering::Relaxed),
        TENANTS - TENANTS.div_ceil(3)
    );
}
