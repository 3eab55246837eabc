//! Script fixtures: a case for each file of `tests/scripts`, run in several ways.
//!
//! `LUNETTE_BLESS=1` rewrites the expectations of those that fail; look at the difference before
//! you commit it. `LUNETTE_EVACUATE_EVERY=1` evacuates after every step instead of every 61.

mod support;

use std::path::Path;
use std::process::ExitCode;

use libtest_mimic::{Arguments, Failed, Trial};
use lunette::{Arena, Budget, ChunkSource, FixedSource};

use support::fixture::Fixture;
use support::{Outcome, Script, Way, first_difference, lua_files, root, short_name};

/// Bytes of the buffer in which fixtures without a bound of their own run once more.
const BUFFER_BYTES: usize = 256 << 20;
/// Steps between two evacuations, where `LUNETTE_EVACUATE_EVERY` does not say.
const OFTEN: u32 = 61;

fn main() -> ExitCode {
    let args = Arguments::from_args();
    let bless = std::env::var_os("LUNETTE_BLESS").is_some_and(|value| value == "1");
    let trials = lua_files(&root().join("tests/scripts"))
        .into_iter()
        .map(|path| {
            let name = short_name(&path);
            let name = name.trim_start_matches("tests/scripts/").to_owned();
            Trial::test(name, move || check(&path, bless))
        })
        .collect();
    libtest_mimic::run(&args, trials).exit_code()
}

fn check(path: &Path, bless: bool) -> Result<(), Failed> {
    let fixture = Fixture::read(path);
    let budget = fixture.memory.map_or(Budget::UNLIMITED, Budget::bytes);
    let mut arena = Arena::new();
    arena.set_budget(budget);
    // What is deep or large is slow to move often.
    let is_large = fixture.is_bounded() || fixture.path.iter().any(|part| part == "limits");
    let whole = match is_large && often() != OFTEN {
        true => Way::Evacuated(5000),
        false => Way::Whole,
    };
    let entered = if fixture.is_whole {
        whole
    } else {
        Way::Entered
    };
    let first = run(&fixture, entered, &mut arena);
    if let Err(message) = compare(&fixture, &first) {
        if bless {
            let error = first.error.as_deref().map(String::from_utf8_lossy);
            let text = fixture.blessed(&first.output, error.as_deref());
            std::fs::write(path, text).map_err(|error| error.to_string())?;
            return Ok(());
        }
        return Err(message.into());
    }
    // Once more in the same arena: what is kept from the first run must not show.
    let second = run(&fixture, entered, &mut arena);
    if second != first {
        return Err("a second run in the same arena differs".into());
    }
    // And in one fixed buffer, where chunks lie close together.
    let mut buffer: Vec<u8> = Vec::with_capacity(BUFFER_BYTES);
    let source = FixedSource::new(buffer.spare_capacity_mut());
    let third = run(&fixture, entered, &mut Arena::with_source(source, budget));
    compare(&fixture, &third).map_err(|message| format!("in a fixed buffer: {message}"))?;
    // And as whole programs, whose objects move.
    let often = if is_large { 5000 } else { often() };
    for way in [whole, Way::Evacuated(often)] {
        let outcome = run(&fixture, way, &mut arena);
        compare(&fixture, &outcome).map_err(|message| format!("{way:?}: {message}"))?;
    }
    Ok(())
}

/// Steps between two evacuations: `LUNETTE_EVACUATE_EVERY`.
fn often() -> u32 {
    let steps = std::env::var("LUNETTE_EVACUATE_EVERY").ok();
    steps.and_then(|steps| steps.parse().ok()).unwrap_or(OFTEN)
}

fn run<S: ChunkSource>(fixture: &Fixture, way: Way, arena: &mut Arena<S>) -> Outcome {
    let script = Script {
        name: &fixture.name,
        source: fixture.source.as_bytes(),
        args: &[],
        fuel: fixture.fuel,
    };
    script.run(way, arena)
}

fn compare(fixture: &Fixture, outcome: &Outcome) -> Result<(), String> {
    let found = outcome.error.as_deref().map(String::from_utf8_lossy);
    if found.as_deref() != fixture.error.as_deref() {
        let show = |error: Option<&str>| error.map_or("none".into(), |error| format!("'{error}'"));
        let (expected, found) = (show(fixture.error.as_deref()), show(found.as_deref()));
        let output = first_difference(&fixture.output, &outcome.output);
        return Err(format!(
            "expected error: {expected}\nfound error: {found}\noutput: {output}"
        ));
    }
    if outcome.output != fixture.output {
        return Err(first_difference(&fixture.output, &outcome.output));
    }
    Ok(())
}
