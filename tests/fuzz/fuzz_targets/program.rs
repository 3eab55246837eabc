//! Programs made by the grammar: compiled, verified and run within any bounds; moved at any step,
//! with an allocation that fails anywhere. The arena serves the next run as if nothing had been.
#![no_main]

use arbtest::arbitrary::{Result, Unstructured};
use libfuzzer_sys::fuzz_target;
use lunette::memory::FaultPlan;
use lunette::{Arena, ChunkSource};
use lunette_fuzz::{
    Bounds, FUEL, NAME, assert_same, engine, generate, run, shared_arena, stress_arena,
};

fuzz_target!(|bytes: &[u8]| {
    let mut u = Unstructured::new(bytes);
    let _ = match u.arbitrary() {
        Ok(true) => check(&mut u, stress_arena()),
        _ => check(&mut u, shared_arena()),
    };
});

fn check<S: ChunkSource>(u: &mut Unstructured<'_>, mut arena: Arena<S>) -> Result<()> {
    let steps = u.int_in_range(1..=20)?;
    let fuel = if u.ratio(1, 4)? {
        u.int_in_range(0..=20_000)?
    } else {
        FUEL
    };
    let budget_bytes = if u.ratio(1, 4)? {
        u.int_in_range(0..=300_000)?
    } else {
        64 << 20
    };
    let point = u.arbitrary::<u16>()?;
    let source = generate::program(u, 2)?;
    let compiled = engine().compile(NAME, source.as_bytes());
    let program = compiled.unwrap_or_else(|error| panic!("{error}\n{source}"));
    let counting = FaultPlan::none();
    let whole = Bounds {
        faults: Some(&counting),
        ..Bounds::default()
    };
    let expected = run(&program, &[], whole, &mut arena);
    let number = u64::from(point) % counting.seen().max(1) + 1;
    for plan in [FaultPlan::once(number), FaultPlan::from(number)] {
        let faults = Some(&plan);
        run(
            &program,
            &[],
            Bounds {
                fuel,
                steps: Some(steps),
                budget_bytes,
                faults,
            },
            &mut arena,
        );
    }
    let moved = Bounds {
        steps: Some(steps),
        ..Bounds::default()
    };
    let again = run(&program, &[], moved, &mut arena);
    assert_same(&expected, &again, source.as_bytes());
    Ok(())
}
