//! Sequences of calls of the host's interface on one execution: values that are rooted and let go,
//! calls that stop and go on, evacuations in between.
#![no_main]

use arbtest::arbitrary::{Result, Unstructured};
use libfuzzer_sys::fuzz_target;
use lunette::memory::StressSource;
use lunette::{Execution, Rooted, RunOptions, Step, Table, Value};
use lunette_fuzz::{Capture, NAME, engine, stress_arena};

const PROGRAMS: &[&str] = &[
    "return {}",
    "local n = 0 return function(...) n = n + 1 return n, ... end",
    "return coroutine.wrap(function(...) while true do coroutine.yield(...) end end)",
    "return function(...) local t = {...} for i = 1, 30 do t[#t + 1] = {i} end return t end",
    "return setmetatable({}, {__index = function(t, k) t[k] = k return k end,
        __gc = function() G = (G or 0) + 1 end})",
    "return function(f) return pcall(f, f) end",
    "return function(t) for k in next, t do t[k] = nil end collectgarbage() return t end",
    "return ('x'):rep(200)",
    "return setmetatable({}, {__mode = 'kv'})",
    "return function(...) local a <close> = setmetatable({}, {__close = function() end})
        for i = 1, 200 do local _ = {i} end return ... end",
    "error({})",
    "return function() error(setmetatable({}, {__tostring = function() return 'text' end})) end",
];

fuzz_target!(|bytes: &[u8]| {
    let _ = check(&mut Unstructured::new(bytes));
});

fn check(u: &mut Unstructured<'_>) -> Result<()> {
    let mut options = RunOptions::new().fuel(500_000);
    if u.ratio(1, 2)? {
        options = options.evacuate_every(u.int_in_range(1..=9)?);
    }
    let opened = engine().execution_with(&options, Capture::default(), stress_arena());
    let mut execution = opened.expect("there is memory");
    let mut roots: Vec<Rooted> = Vec::new();
    for _ in 0..60 {
        if u.is_empty() || execution.has_ended() {
            break;
        }
        step(u, &mut execution, &mut roots)?;
    }
    if u.ratio(1, 2)? {
        drop(execution);
        drop(roots);
    }
    Ok(())
}

fn step(
    u: &mut Unstructured<'_>,
    execution: &mut Execution<StressSource>,
    roots: &mut Vec<Rooted>,
) -> Result<()> {
    let which = u.int_in_range(0..=10)?;
    if which == 0 || roots.is_empty() {
        let source = u.choose(PROGRAMS)?;
        let program = engine().compile(NAME, source).expect("it is Lua");
        let rooted = execution.enter(|lua| {
            let value: Value<'_> = lua.eval(&program)?;
            lua.root(value)
        });
        roots.extend(rooted);
        return Ok(());
    }
    let one = u.choose_index(roots.len())?;
    let other = u.choose_index(roots.len())?;
    let number = u.arbitrary::<i8>()?;
    match which {
        1 => drop(roots.swap_remove(one)),
        2 => drop(execution.evacuate()),
        3 | 4 => {
            let called = execution.call::<i64>(&roots[one], (i64::from(number), "text"));
            let _ = called.map_err(|error| error.to_string());
        }
        5 => {
            let rooted = execution.enter(|lua| {
                let value: Value<'_> = lua.call(roots[one].get(lua)?, roots[other].get(lua)?)?;
                lua.root(value)
            });
            roots.extend(rooted);
        }
        6 => {
            let _ = execution.set_slice(Some(u.int_in_range(1..=50)?));
            let mut stepped = execution.start::<bool>(&roots[one], i64::from(number));
            for _ in 0..u.int_in_range(0..=20)? {
                let Ok(Step::Slice | Step::Waiting) = stepped else {
                    break;
                };
                stepped = execution.resume::<bool>(());
            }
            let _ = execution.set_slice(None);
        }
        7 => drop(execution.resume::<bool>(i64::from(number))),
        8 => drop(execution.abort()),
        9 => {
            let _ = execution.enter(|lua| {
                let table = lua.table::<i64, Value<'_>>([])?;
                table.set(lua, roots[one].get(lua)?, roots[other].get(lua)?)?;
                lua.globals().set(lua, i64::from(number), table)
            });
        }
        _ => {
            let _ = execution.enter(|lua| {
                let table: Table<'_> = lua.globals();
                for pair in table.pairs() {
                    let (_, _): (Value<'_>, Value<'_>) = pair;
                }
                table.get::<Value<'_>>(lua, roots[one].get(lua)?).map(drop)
            });
        }
    }
    Ok(())
}
