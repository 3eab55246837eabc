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
