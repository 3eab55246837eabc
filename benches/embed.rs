//! What it costs to have Lua in a host: calls in both directions, opening a region from a snapshot,
//! and a whole request.
//!
//! - *call*: a Lua function from Rust, and a Rust function from Lua, two integers in and one out;
//!   a string of 1 KB into a host function.
//! - *open*: a region from an engine with the full library, and with 1 MB of prepared tables.
//! - *request*: the handler of `embed/handler.lua`. Lunette opens a region for each request; PUC
//!   Lua through mlua has a fresh state with preloaded bytecode for each, or one that it reuses,
//!   which isolates nothing.

mod support;

use std::hint::black_box;
use std::time::Duration;

use bumpalo::Bump;
use criterion::{Criterion, criterion_group, criterion_main};
use lunette::{Arena, Engine, Function, NoStreams, RunOptions, Str};
use support::is_test;

const HANDLER: &str = include_str!("embed/handler.lua");
const METHOD: &str = "GET";
const PATH: &str = "/orders/42";
const QUERY: &str = "page=3&limit=20&sort=price&lang=en&q=moon&debug=0";
/// Calls of one measured loop in Lua.
const LOOP: i64 = 1000;

/// An engine whose regions begin with the handler.
fn prepared() -> Engine {
    let engine = Engine::new();
    let program = engine.compile("handler.lua", HANDLER).expect("it is Lua");
    let options = RunOptions::new().streams(&NoStreams);
    let engine = engine.prepared(&options, Arena::new(), |region| region.eval(&program));
    engine.expect("the handler prepares")
}

fn puc_state() -> mlua::Lua {
    let lua = mlua::Lua::new();
    lua.load(HANDLER).exec().expect("PUC Lua runs the handler");
    lua
}

fn puc_function(lua: &mlua::Lua, name: &str) -> mlua::Function {
    lua.globals().get(name).expect("the handler defines it")
}

fn call(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("call");
    let (engine, mut arena, out) = (prepared(), Arena::new(), Bump::new());
    let lua = puc_state();

    let done = engine.enter(&mut arena, &out, |region| {
        let add = region.function("add")?;
        group.bench_function("lua_from_rust/lunette", |bencher| {
            bencher.iter(|| {
                add.call::<i64>(region, (black_box(1i64), black_box(2i64)))
                    .ok()
            });
        });
        let host = region.create_function(|_, (a, b): (i64, i64)| Ok(a.wrapping_add(b)))?;
        let loop_of = region.function("call_host")?;
        group.bench_function("rust_from_lua_x1000/lunette", |bencher| {
            bencher.iter(|| loop_of.call::<i64>(region, (host, LOOP)).ok());
        });
        let host = region.create_function(|_, text: &[u8]| Ok(text.len()))?;
        let loop_of = region.function("call_host_text")?;
        let text = region.str("x".repeat(1024))?;
        group.bench_function("rust_from_lua_1kb_x1000/lunette", |bencher| {
            bencher.iter(|| loop_of.call::<i64>(region, (host, text, LOOP)).ok());
        });
        Ok(())
    });
    done.expect("lunette runs");

    let add = puc_function(&lua, "add");
    group.bench_function("lua_from_rust/puc", |bencher| {
        bencher.iter(|| add.call::<i64>((black_box(1i64), black_box(2i64))).ok());
    });
    let host = lua.create_function(|_, (a, b): (i64, i64)| Ok(a.wrapping_add(b)));
    let host = host.expect("PUC Lua has room");
    let loop_of = puc_function(&lua, "call_host");
    group.bench_function("rust_from_lua_x1000/puc", |bencher| {
        bencher.iter(|| loop_of.call::<i64>((&host, LOOP)).ok());
    });
    let host = lua.create_function(|_, text: mlua::LuaString| Ok(text.as_bytes().len()));
    let host = host.expect("PUC Lua has room");
    let loop_of = puc_function(&lua, "call_host_text");
    let text = "x".repeat(1024);
    group.bench_function("rust_from_lua_1kb_x1000/puc", |bencher| {
        bencher.iter(|| loop_of.call::<i64>((&host, &*text, LOOP)).ok());
    });
}

fn open(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("open");
    let options = RunOptions::new().streams(&NoStreams);
    let (mut arena, out) = (Arena::new(), Bump::new());
    let full = Engine::new();
    group.bench_function("full/lunette", |bencher| {
        bencher.iter(|| {
            full.enter_with(&options, &mut arena, &out, |_| Ok(()))
                .is_ok()
        });
    });
    let items = if is_test() { 10 } else { 8000 };
    let source = format!("kept = {{}} for i = 1, {items} do kept[i] = {{i, name = 'n' .. i}} end");
    let program = full.compile("setup.lua", source).expect("it is Lua");
    let large = full.prepared(&options, Arena::new(), |region| region.eval(&program));
    let large = large.expect("it prepares");
    group.bench_function("tables_1mb/lunette", |bencher| {
        bencher.iter(|| {
            large
                .enter_with(&options, &mut arena, &out, |_| Ok(()))
                .is_ok()
        });
    });
}

fn request(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("request");
    let options = RunOptions::new().streams(&NoStreams);
    let (engine, mut arena, mut out) = (prepared(), Arena::new(), Bump::new());
    for name in ["handle", "fail"] {
        group.bench_function(format!("{name}/lunette"), |bencher| {
            bencher.iter(|| {
                out.reset();
                let text = engine.enter_with(&options, &mut arena, &out, |region| {
                    let handle: Function<'_> = region.function(name)?;
                    let text: Str<'_> = handle.call(region, (METHOD, PATH, black_box(QUERY)))?;
                    region.escape_str(text)
                });
                checked(
                    name,
                    text.map(str::len).map_err(|error| error.has_payload()),
                )
            });
        });
        let compiler = mlua::Lua::new();
        let compiled = compiler.load(HANDLER).into_function();
        let bytecode = compiled.expect("PUC Lua compiles").dump(false);
        group.bench_function(format!("{name}/puc_fresh"), |bencher| {
            bencher.iter(|| {
                let lua = mlua::Lua::new();
                let chunk = lua
                    .load(&*bytecode)
                    .set_mode(mlua::chunk::ChunkMode::Binary);
                chunk.exec().expect("PUC Lua runs the handler");
                puc_request(&puc_function(&lua, name), name)
            });
        });
        let lua = puc_state();
        let handle = puc_function(&lua, name);
        group.bench_function(format!("{name}/puc_reused"), |bencher| {
            bencher.iter(|| puc_request(&handle, name));
        });
    }
}

fn puc_request(handle: &mlua::Function, name: &str) -> usize {
    let text = handle.call::<String>((METHOD, PATH, black_box(QUERY)));
    let text = text.map(|text| text.len());
    checked(name, text.map_err(|error| !error.to_string().is_empty()))
}

/// The length of the reply, which `handle` gives and `fail` does not.
fn checked(name: &str, result: Result<usize, bool>) -> usize {
    match result {
        Ok(len) => {
            assert!(name == "handle" && (400..480).contains(&len), "{len}");
            len
        }
        Err(has_message) => {
            assert!(name == "fail" && has_message);
            0
        }
    }
}

criterion_group! {
    name = benches;
    config = Criterion::default()
        .sample_size(15)
        .warm_up_time(Duration::from_millis(300))
        .measurement_time(Duration::from_millis(900));
    targets = call, open, request
}
criterion_main!(benches);
