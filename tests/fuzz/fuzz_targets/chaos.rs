//! Library functions and metamethods that call back into what changes under them: see
//! `tests/support/chaos.lua`. Objects move at every few steps, and an allocation may fail.
#![no_main]

use arbtest::arbitrary::{Result, Unstructured};
use libfuzzer_sys::fuzz_target;
use lunette::memory::FaultPlan;
use lunette::{Arena, ChunkSource};
use lunette_fuzz::{Bounds, NAME, assert_same, engine, run, shared_arena, stress_arena};

const SCRIPT: &str = include_str!("../../support/chaos.lua");

fuzz_target!(|bytes: &[u8]| {
    let mut u = Unstructured::new(bytes);
    let _ = match u.arbitrary() {
        Ok(true) => check(&mut u, stress_arena()),
        _ => check(&mut u, shared_arena()),
    };
});

fn check<S: ChunkSource>(u: &mut Unstructured<'_>, mut arena: Arena<S>) -> Result<()> {
    let steps = u.int_in_range(1..=9)?;
    let fault = u.arbitrary::<u16>()?;
    let mut choices = Vec::new();
    while !u.is_empty() && choices.len() < 400 {
        choices.push(u.arbitrary::<u8>()?.to_string());
    }
    let args: Vec<&[u8]> = choices.iter().map(String::as_bytes).collect();
    let program = engine().compile(NAME, SCRIPT).expect("it is Lua");
    let bounds = Bounds {
        fuel: 200_000,
        ..Bounds::default()
    };
    let expected = run(&program, &args, bounds, &mut arena);
    let moved = Bounds {
        steps: Some(steps),
        ..bounds
    };
    let found = run(&program, &args, moved, &mut arena);
    let is_even = choices
        .first()
        .is_some_and(|first| first.parse().is_ok_and(|n: u8| n % 2 == 0));
    if is_even && expected.error.is_none() && found.error.is_none() {
        assert_same(&expected, &found, choices.join(" ").as_bytes());
    }
    let plan = FaultPlan::once(u64::from(fault));
    run(
        &program,
        &args,
        Bounds {
            faults: Some(&plan),
            ..moved
        },
        &mut arena,
    );
    Ok(())
}
