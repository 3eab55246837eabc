//! cargo run --example limits
//!
//! Every bound on a run: bytes, steps, time, and a flag that another thread sets. After each the
//! arena is ready for the next run.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use bumpalo::Bump;
use lunette::{Arena, Budget, Engine, ErrorKind, OwnedError, RunOptions};

fn main() -> Result<(), OwnedError> {
    let engine = Engine::new();
    let mut arena = Arena::with_budget(1 << 20);
    // No script catches these.
    let spin = engine.compile("spin.lua", "while true do pcall(type, 1) end")?;
    let hoard = engine.compile("hoard.lua", "t = {} while true do t[#t + 1] = {} end")?;
    let caught = engine.compile(
        "caught.lua",
        "return (pcall(string.rep, 'x', 1 << 24))", // more than the budget: an error like others
    )?;

    let flag = Arc::new(AtomicBool::new(false));
    let canceller = std::thread::spawn({
        let flag = flag.clone();
        move || {
            std::thread::sleep(Duration::from_millis(10));
            flag.store(true, Ordering::Relaxed);
        }
    });
    let options = RunOptions::new();
    let runs = [
        ("fuel", options.clone().fuel(10_000), &spin, ErrorKind::Fuel),
        (
            "time",
            options.clone().time_limit(Duration::from_millis(10)),
            &spin,
            ErrorKind::Deadline,
        ),
        (
            "cancel",
            options.clone().cancel(flag),
            &spin,
            ErrorKind::Cancelled,
        ),
        ("bytes", options.clone(), &hoard, ErrorKind::Memory),
    ];
    for (name, options, program, expected) in runs {
        let out = Bump::new();
        let done = engine.enter_with(&options, &mut arena, &out, |region| {
            region.eval::<()>(program)
        });
        let error = done.expect_err("the bound is reached");
        println!("{name}: {error}");
        assert_eq!(error.kind(), expected);
    }
    canceller.join().expect("the thread ends well");

    let out = Bump::new();
    let is_ok = engine.enter(&mut arena, &out, |region| region.eval::<bool>(&caught));
    assert_eq!(is_ok.ok(), Some(false), "want of memory can be caught");
    arena.set_budget(Budget::bytes(64 << 20));
    let is_ok = engine.enter(&mut arena, &out, |region| region.eval::<bool>(&caught));
    assert_eq!(is_ok.ok(), Some(true));
    Ok(())
}
