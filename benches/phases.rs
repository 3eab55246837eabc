//! What the phases of an execution cost: compile, open, close, escape.
//!
//! - *compile*: from source to a function that can be called.
//! - *open*: opening a region with the full library and closing it; the others make a state and
//!   drop it.
//! - *close*: closing alone, after the run has allocated much.
//! - *escape*: getting a string, or an error, out to the host; and the copy alone of an error with
//!   a message, a call path of five frames and two notes.

mod support;

use std::hint::black_box;
use std::time::{Duration, Instant};

use bumpalo::Bump;
use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, Criterion, criterion_group, criterion_main};
use luars::LuaApi;
use lunette::{Arena, Engine, Error, Function, NoStreams, RunOptions, Str};
use support::{Contender, Luars, Lunette, Puc, SOURCE_NAME, is_test, luars_state};

/// A program of about a hundred lines.
const SOURCE: &str = include_str!("programs/json.lua");
/// Allocates a table of tables, and keeps it.
const HOARD: &str = "
    return function(n)
        kept = {}
        for i = 1, n do kept[i] = {i, name = 'x' .. i} end
        return #kept
    end";
/// Gives a string of the size, or an error.
const REPLY: &str = "
    return function(n)
        if n == 0 then error({message = 'no size'}) end
        if n < 0 then error('negative size') end
        return ('x'):rep(n)
    end";

fn compile(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("compile");
    let engine = Engine::new();
    group.bench_function("json/lunette", |bencher| {
        bencher.iter(|| engine.compile(SOURCE_NAME, black_box(SOURCE)).is_ok());
    });
    let lua = mlua::Lua::new();
    group.bench_function("json/puc", |bencher| {
        bencher.iter(|| lua.load(black_box(SOURCE)).into_function().is_ok());
    });
    let mut lua = luars_state();
    group.bench_function("json/luars", |bencher| {
        bencher.iter(|| lua.load(black_box(SOURCE)).into_function().is_ok());
    });
}

fn open(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("open");
    let (engine, mut arena, out) = (Engine::new(), Arena::new(), Bump::new());
    let options = RunOptions::new().streams(&NoStreams);
    group.bench_function("full/lunette", |bencher| {
        bencher.iter(|| {
            let opened = engine.enter_with(&options, &mut arena, &out, |_| Ok(()));
            opened.is_ok()
        });
    });
    group.bench_function("full/puc", |bencher| bencher.iter(mlua::Lua::new));
    group.bench_function("full/luars", |bencher| bencher.iter(luars_state));
}

fn close(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("close");
    for size in if is_test() { [1, 10] } else { [100, 10_000] } {
        let Lunette {
            engine,
            mut arena,
            program,
            ..
        } = Lunette::new(HOARD);
        let out = Bump::new();
        group.bench_function(format!("{size}/lunette"), |bencher| {
            bencher.iter_custom(|count| {
                let mut spent = Duration::ZERO;
                for _ in 0..count {
                    let finished = engine.enter(&mut arena, &out, |region| {
                        let hoard: Function<'_> = region.eval(&program)?;
                        hoard.call::<i64>(region, size)?;
                        Ok(Instant::now())
                    });
                    spent += finished.expect("lunette runs").elapsed();
                }
                spent
            });
        });
        group.bench_function(format!("{size}/puc"), |bencher| {
            bencher.iter_custom(|count| time_drop::<Puc>(count, size));
        });
        group.bench_function(format!("{size}/luars"), |bencher| {
            bencher.iter_custom(|count| time_drop::<Luars>(count, size));
        });
    }
}

/// What dropping a state costs after it has run the hoarding kernel, `count` times.
fn time_drop<C: Contender>(count: u64, size: i64) -> Duration {
    let mut spent = Duration::ZERO;
    for _ in 0..count {
        let mut contender = C::new(HOARD);
        contender.call(size);
        let start = Instant::now();
        drop(contender);
        spent += start.elapsed();
    }
    spent
}

fn escape(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("escape");
    let mut lunette = Lunette::new(REPLY);
    let options = RunOptions::new().streams(&NoStreams);
    let mut out = Bump::new();
    for (name, size) in [("string", 1000i64), ("error", -1)] {
        group.bench_function(format!("{name}/lunette"), |bencher| {
            bencher.iter(|| {
                out.reset();
                let arena = &mut lunette.arena;
                let text = lunette.engine.enter_with(&options, arena, &out, |region| {
                    let reply: Function<'_> = region.eval(&lunette.program)?;
                    let text: Str<'_> = reply.call(region, black_box(size))?;
                    region.escape_bytes(text)
                });
                checked(size, text.map(<[u8]>::len).map_err(|error| message(&error)))
            });
        });
    }
    escape_typical(&mut group);
    let lua = mlua::Lua::new();
    let reply: mlua::Function = lua.load(REPLY).eval().expect("PUC Lua compiles");
    for (name, size) in [("string", 1000i64), ("error", -1)] {
        group.bench_function(format!("{name}/puc"), |bencher| {
            bencher.iter(|| {
                let text = reply.call::<mlua::LuaString>(black_box(size));
                let bytes = text.map(|text| text.as_bytes().to_vec());
                checked(
                    size,
                    bytes
                        .map(|bytes| bytes.len())
                        .map_err(|error| error.to_string().len()),
                )
            });
        });
    }
}

/// Fails, in frames of three functions; `error` and the host are two more.
const DEEP: &str = "
    local function check(user) error('no such user: ' .. user.name) end
    local function handle(user) local profile = check(user) return profile end
    return function() local reply = handle({name = 'ada'}) return reply end";

/// Copies an error of the usual size out of its region, into memory that is warm.
fn escape_typical(group: &mut BenchmarkGroup<'_, WallTime>) {
    let mut lunette = Lunette::new(DEEP);
    let (outer, mut out) = (Bump::new(), Bump::new());
    let options = RunOptions::new().streams(&NoStreams);
    let arena = &mut lunette.arena;
    let done = lunette
        .engine
        .enter_with(&options, arena, &outer, |region| {
            let _request = region.context("GET /users/ada");
            let _step = region.context("loading the profile");
            let handle: Function<'_> = region.eval(&lunette.program)?;
            let error = handle.call::<()>(region, ()).expect_err("it fails");
            let traceback = error.traceback().expect("there is room").to_string();
            assert_eq!(traceback.lines().count(), 1 + 5, "{traceback}");
            assert_eq!(error.contexts().count(), 2);
            group.bench_function("typical_copy/lunette", |bencher| {
                bencher.iter(|| {
                    out.reset();
                    black_box(error).escape_to(&out).has_payload()
                });
            });
            Ok(())
        });
    assert!(done.is_ok());
}

fn message(error: &Error<'_>) -> usize {
    error.to_string().len()
}

/// Either the string or the error is there, as it should be.
fn checked(size: i64, result: Result<usize, usize>) -> usize {
    assert_eq!(result.is_ok(), size > 0);
    result.unwrap_or_else(|len| len)
}

criterion_group! {
    name = benches;
    config = Criterion::default()
        .sample_size(15)
        .warm_up_time(Duration::from_millis(300))
        .measurement_time(Duration::from_millis(900));
    targets = compile, open, close, escape
}
criterion_main!(benches);
