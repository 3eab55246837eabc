//! Bounds: memory, fuel, time, cancellation, depth.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use bumpalo::Bump;
use lunette::{Arena, Engine, ErrorKind, RunOptions};

use super::eval_int;

/// The code with which `source` ends.
fn kind_of(source: &str, budget_bytes: usize, options: &RunOptions<'_>) -> Option<ErrorKind> {
    let engine = Engine::new();
    let program = engine.compile("t.lua", source).expect("it is Lua");
    let mut arena = Arena::with_budget(budget_bytes);
    let out = Bump::new();
    let result = engine.enter_with(options, &mut arena, &out, |region| {
        region.eval::<()>(&program)
    });
    result.err().map(|error| error.kind())
}

#[test]
fn fuel_ends_an_endless_loop() {
    let options = RunOptions::new().fuel(10_000);
    let kind = kind_of("while true do end", 1 << 20, &options);
    assert_eq!(kind, Some(ErrorKind::Fuel));
    let kind = kind_of("for i = 1, 1000 do end", 1 << 20, &options);
    assert_eq!(kind, None);
}

#[test]
fn a_deadline_ends_an_endless_loop() {
    let started = Instant::now();
    let options = RunOptions::new().time_limit(Duration::from_millis(30));
    let kind = kind_of("while true do end", 1 << 20, &options);
    assert_eq!(kind, Some(ErrorKind::Deadline));
    assert!(started.elapsed() >= Duration::from_millis(30));
    let options = RunOptions::new().deadline(started);
    let kind = kind_of("while true do end", 1 << 20, &options);
    assert_eq!(kind, Some(ErrorKind::Deadline));
}

#[test]
fn another_thread_cancels_a_run() {
    let flag = Arc::new(AtomicBool::new(false));
    let options = RunOptions::new().cancel(Arc::clone(&flag));
    let kind = std::thread::scope(|scope| {
        scope.spawn(|| {
            std::thread::sleep(Duration::from_millis(10));
            flag.store(true, Ordering::Relaxed);
        });
        kind_of("while true do end", 1 << 20, &options)
    });
    assert_eq!(kind, Some(ErrorKind::Cancelled));
}

#[test]
fn the_budget_ends_unbounded_growth() {
    let source = "local t = {} for i = 1, math.huge do t[i] = {} end";
    let source = source.replace("math.huge", "1e18");
    let kind = kind_of(&source, 1 << 20, &RunOptions::new());
    assert_eq!(kind, Some(ErrorKind::Memory));
}

#[test]
fn a_budget_too_small_for_a_region_is_an_error() {
    for bytes in [0, 1, 100, 1000] {
        let kind = kind_of("return 1", bytes, &RunOptions::new());
        assert_eq!(kind, Some(ErrorKind::Memory), "with {bytes} bytes");
    }
}

#[test]
fn infinite_recursion_is_an_error() {
    let error = eval_int("local function f() return 1 + f() end return f()");
    let error = error.expect_err("the stack is bounded");
    assert_eq!(error.kind(), ErrorKind::Runtime);
    assert!(error.message().contains("stack overflow"), "{error}");
}

#[test]
fn nesting_is_bounded_and_fits_the_stack() {
    let nested = |open: &str, close: &str, count: usize| {
        format!("return {}1{}", open.repeat(count), close.repeat(count))
    };
    let engine = Engine::new();
    for (open, close) in [
        ("(", ")"),
        ("{", "}"),
        ("- ", ""),
        ("f(", ")"),
        ("2 ^ ", ""),
    ] {
        assert!(engine.compile("t.lua", nested(open, close, 100)).is_ok());
        let error = engine.compile("t.lua", nested(open, close, 100_000));
        let error = error.expect_err("it is nested too deep");
        assert!(error.message().contains("overflow"), "{error}");
    }
    let functions = format!(
        "{}{}",
        "return function() ".repeat(100_000),
        " end".repeat(100_000)
    );
    assert!(engine.compile("t.lua", functions).is_err());
}

/// Ways in which a script may try to go on after its time, each an endless loop of its own.
const ESCAPES: [(&str, &str); 12] = [
    (
        "pcall",
        "while true do pcall(function() while true do end end) end",
    ),
    (
        "xpcall",
        "local function loop() while true do end end
         while true do xpcall(loop, loop) end",
    ),
    (
        "coroutine",
        "while true do
            local co = coroutine.create(function() while true do end end)
            coroutine.resume(co)
        end",
    ),
    (
        "wrap",
        "while true do pcall(coroutine.wrap(function() while true do end end)) end",
    ),
    (
        "comparator",
        "local t = {} for i = 1, 50 do t[i] = i end
         while true do pcall(table.sort, t, function() while true do end end) end",
    ),
    (
        "close",
        "local function loop() while true do end end
         while true do
            pcall(function()
                local x <close> = setmetatable({}, {__close = loop})
                loop()
            end)
         end",
    ),
    (
        "finalizer",
        "local function loop() while true do end end
         setmetatable({}, {__gc = loop})
         collectgarbage()
         loop()",
    ),
    (
        "tostring",
        "local t = setmetatable({}, {__tostring = function() while true do end end})
         while true do pcall(tostring, t) end",
    ),
    (
        "find",
        "local text, pattern = ('a'):rep(30000), ('a-'):rep(200) .. 'b'
         while true do pcall(string.find, text, pattern) end",
    ),
    ("rep", "while true do pcall(string.rep, 'x', 1 << 19) end"),
    (
        "concat",
        "local t = {} for i = 1, 1000 do t[i] = 'x' end
         while true do pcall(table.concat, t) end",
    ),
    (
        "sort",
        "local t = {} for i = 1, 20000 do t[i] = -i end
         while true do pcall(table.sort, t) t[1] = 0 end",
    ),
];

#[test]
fn no_script_escapes_a_stop() {
    let engine = Engine::new();
    let after = engine
        .compile("after.lua", "return 1 + 1")
        .expect("it is Lua");
    let mut arena = Arena::with_budget(8 << 20);
    for (name, source) in ESCAPES {
        let program = engine.compile("t.lua", source).expect("it is Lua");
        let flag = Arc::new(AtomicBool::new(true));
        let bounds = [
            (RunOptions::new().fuel(200_000), ErrorKind::Fuel),
            (
                RunOptions::new().time_limit(Duration::from_millis(5)),
                ErrorKind::Deadline,
            ),
            (RunOptions::new().cancel(flag), ErrorKind::Cancelled),
        ];
        for (options, expected) in bounds {
            let out = Bump::new();
            let started = Instant::now();
            let result = engine.enter_with(&options, &mut arena, &out, |region| {
                region.eval::<()>(&program)
            });
            let error = result.expect_err(name);
            // A script that catches all errors may come to the end of the reserve before.
            let is_stop = error.kind() == expected || error.kind() == ErrorKind::MemoryReserve;
            assert!(is_stop, "{name}: {:?}", error.kind());
            assert!(
                started.elapsed() < Duration::from_secs(20),
                "{name} is late"
            );
            let next = engine.enter(&mut arena, &out, |region| region.eval::<i64>(&after));
            assert_eq!(next.ok(), Some(2), "after {name} the arena is ready");
        }
    }
}
