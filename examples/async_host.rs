//! cargo run --example async_host --features async
//!
//! Async host functions: scripts wait for futures, many at once on one executor.

use std::time::{Duration, Instant};

use lunette::{Arena, Engine, OwnedError, RunOptions};

#[tokio::main]
async fn main() -> Result<(), OwnedError> {
    let engine = Engine::builder()
        .module("host", |module| {
            module.async_function("fetch", |key: String| async move {
                tokio::time::sleep(Duration::from_millis(20)).await;
                Ok(format!("value of {key}"))
            });
        })
        .build();
    let program = engine.compile(
        "fetch.lua",
        "function handle(n) return host.fetch('key ' .. n) .. '!' end",
    )?;
    // Each execution begins with `handle`.
    let options = RunOptions::new();
    let engine = engine.prepared(&options, Arena::new(), |region| region.eval(&program))?;

    let started = Instant::now();
    let mut tasks = Vec::new();
    for number in 0..1000 {
        let mut execution = engine.execution(Arena::with_budget(1 << 20))?;
        let handle = execution.enter(|lua| lua.root(lua.global("handle")?))?;
        tasks.push(tokio::spawn(async move {
            execution.call_async::<String>(&handle, number).await
        }));
    }
    for (number, task) in tasks.into_iter().enumerate() {
        let text = task.await.expect("no task panics")?;
        assert_eq!(text, format!("value of key {number}!"));
    }
    println!(
        "1000 scripts waited for 20 ms each, in {:?}",
        started.elapsed()
    );
    Ok(())
}
