//! Generated scripts on Lunette and on PUC Lua: the same output, the same error.
#![no_main]

use arbtest::arbitrary::{Result, Unstructured};
use libfuzzer_sys::fuzz_target;
use lunette_fuzz::{Bounds, NAME, assert_same, engine, generate, run, run_reference, stress_arena};

fuzz_target!(|bytes: &[u8]| {
    let _ = check(&mut Unstructured::new(bytes));
});

fn check(u: &mut Unstructured<'_>) -> Result<()> {
    let steps = u.int_in_range(0..=20)?;
    let source = match u.ratio(1, 2)? {
        true => generate::program(u, 3)?,
        false => generate::expressions(u, 12)?,
    };
    let program = engine()
        .compile(NAME, source.as_bytes())
        .expect("it is Lua");
    let bounds = Bounds {
        steps: (steps > 0).then_some(steps),
        ..Bounds::default()
    };
    let found = run(&program, &[], bounds, &mut stress_arena());
    let expected = run_reference(source.as_bytes(), &[]);
    assert_same(&expected, &found, source.as_bytes());
    Ok(())
}
