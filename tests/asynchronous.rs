//! Async host functions and calls, on a real executor.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use lunette::{Arena, Engine, Execution, Rooted};

fn engine() -> Engine {
    Engine::builder()
        .module("host", |module| {
            module
                .async_function("sleep", |ms: u64| async move {
                    tokio::time::sleep(Duration::from_millis(ms)).await;
                    Ok(ms)
                })
                .async_function("parse", |text: String| async move {
                    tokio::task::yield_now().await;
                    Ok(text.parse::<i64>()?)
                });
        })
        .build()
}

fn prepare(engine: &Engine, source: &str) -> (Execution, Rooted) {
    let program = engine.compile("test.lua", source).expect("it is Lua");
    let execution = engine.execution(Arena::with_budget(1 << 20));
    let mut execution = execution.expect("there is memory");
    let rooted = execution.enter(|lua| {
        let value = lua.eval(&program)?;
        lua.root(value)
    });
    (execution, rooted.expect("it runs"))
}

#[tokio::test]
async fn scripts_wait_for_futures() {
    let source = "return function(a)
        local wrapped = coroutine.wrap(function() return host.sleep(a) end)
        local ok, message = pcall(host.parse, 'x')
        return wrapped() + host.parse('40'), ok, message
    end";
    let (mut execution, run) = prepare(&engine(), source);
    let found = execution.call_async::<(i64, bool, String)>(&run, 2).await;
    let expected = (42, false, "invalid digit found in string".to_owned());
    assert_eq!(found.expect("it runs"), expected);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn thousands_wait_at_once() {
    let engine = engine();
    let source = "return function(n) host.sleep(20) return n + host.sleep(1) end";
    let done = Arc::new(AtomicUsize::new(0));
    let tasks: Vec<_> = (0..2000)
        .map(|number| {
            let (mut execution, run) = prepare(&engine, source);
            let done = done.clone();
            tokio::spawn(async move {
                let sum = execution.call_async::<i64>(&run, number).await;
                assert_eq!(sum.expect("it runs"), number + 1);
                done.fetch_add(1, Ordering::Relaxed);
            })
        })
        .collect();
    for task in tasks {
        task.await.expect("no task panics");
    }
    assert_eq!(done.load(Ordering::Relaxed), 2000);
}

#[tokio::test]
async fn a_dropped_future_gives_the_call_up() {
    let (mut execution, run) = prepare(&engine(), "return function(n) return host.sleep(n) end");
    let limit = Duration::from_millis(10);
    let late = tokio::time::timeout(limit, execution.call_async::<u64>(&run, 60_000)).await;
    assert!(late.is_err());
    let soon = execution.call_async::<u64>(&run, 1).await;
    assert_eq!(soon.expect("it runs"), 1);
    let error = execution.call::<u64>(&run, 1).expect_err("nobody waits");
    assert_eq!(error.message(), "nobody waits for this function");
}

#[tokio::test]
async fn slices_let_other_tasks_run() {
    let source = "return function(n) local s = 0 for i = 1, n do s = s + i end return s end";
    let (mut execution, run) = prepare(&engine(), source);
    execution.set_slice(Some(1000)).expect("it is alive");
    let turns = Arc::new(AtomicUsize::new(0));
    let counted = turns.clone();
    let other = tokio::spawn(async move {
        loop {
            counted.fetch_add(1, Ordering::Relaxed);
            tokio::task::yield_now().await;
        }
    });
    let sum = execution.call_async::<i64>(&run, 100_000).await;
    assert_eq!(sum.expect("it runs"), 5_000_050_000);
    other.abort();
    assert!(turns.load(Ordering::Relaxed) >= 50, "{turns:?}");
}
