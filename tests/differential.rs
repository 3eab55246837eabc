//! The same script on Lunette and on PUC Lua 5.4: same output, same error, same traceback.
//!
//! Scripts are the fixtures, the programs of `benches/programs` at their quick size, and generated
//! ones. `LUNETTE_ROUNDS=1000` asks for more of the latter.

mod support;

use std::path::Path;
use std::process::ExitCode;

use arbtest::arbitrary::{Result, Unstructured};
use libtest_mimic::{Arguments, Failed, Trial};
use lunette::Arena;

use support::fixture::Fixture;
use support::{
    Outcome, Script, Way, first_difference, generate, lua_files, reference, root, short_name,
};

/// How many generated scripts of each sort there are.
const ROUNDS: u64 = 24;
/// How many functions each of them has.
const FUNCTIONS: usize = 100;
/// The libraries whose functions are called with odd arguments.
const LIBRARIES: [&str; 10] = [
    "_G",
    "coroutine",
    "debug",
    "io",
    "math",
    "os",
    "package",
    "string",
    "table",
    "utf8",
];
/// Bytes that choices are made from.
const CHOICE_BYTES: usize = 64 << 10;

fn main() -> ExitCode {
    reference::serve();
    let args = Arguments::from_args();
    let rounds = std::env::var("LUNETTE_ROUNDS").ok();
    let rounds = rounds
        .and_then(|rounds| rounds.parse().ok())
        .unwrap_or(ROUNDS);
    let mut trials = Vec::new();
    for path in lua_files(&root().join("tests/scripts")) {
        let fixture = Fixture::read(&path);
        if !fixture.is_bounded() {
            trials.push(Trial::test(short_name(&path), move || {
                check_fixture(&fixture)
            }));
        }
    }
    for path in lua_files(&root().join("benches/programs")) {
        trials.push(Trial::test(short_name(&path), move || check_program(&path)));
    }
    for library in LIBRARIES {
        let arguments = move || check_arguments(library);
        trials.push(Trial::test(format!("arguments/{library}"), arguments));
    }
    for seed in 0..rounds {
        let expressions = move || check_generated(seed, generate::expressions);
        trials.push(Trial::test(format!("expressions/{seed}"), expressions));
        let programs = move || check_generated(seed, generate::program);
        trials.push(Trial::test(format!("programs/{seed}"), programs));
    }
    libtest_mimic::run(&args, trials).exit_code()
}

fn check_fixture(fixture: &Fixture) -> std::result::Result<(), Failed> {
    let script = Script {
        name: &fixture.name,
        source: fixture.source.as_bytes(),
        args: &[],
        fuel: None,
    };
    // Where `LUNETTE_EVACUATE_EVERY` moves everything, deep stacks would be moved for hours.
    let is_stressed = std::env::var_os("LUNETTE_EVACUATE_EVERY").is_some();
    let is_deep = fixture.path.iter().any(|part| part == "limits");
    let way = match is_stressed && is_deep {
        true => Way::Evacuated(5000),
        false => Way::Whole,
    };
    check_in(&script, way).map(drop)
}

fn check_program(path: &Path) -> std::result::Result<(), Failed> {
    let source = std::fs::read_to_string(path).map_err(|error| error.to_string())?;
    let size = source
        .lines()
        .find_map(|line| line.strip_prefix("-- quick size: "));
    let args: Vec<&str> = size.into_iter().collect();
    check(&Script {
        name: "program.lua",
        source: source.as_bytes(),
        args: &args,
        fuel: None,
    })
    .map(drop)
}

/// Every function of a library with odd arguments.
fn check_arguments(library: &str) -> std::result::Result<(), Failed> {
    check(&Script {
        name: "arguments.lua",
        source: include_bytes!("support/arguments.lua"),
        args: &[library],
        fuel: None,
    })
    .map(drop)
}

fn check_generated(
    seed: u64,
    generate: fn(&mut Unstructured<'_>, usize) -> Result<String>,
) -> std::result::Result<(), Failed> {
    let bytes = random_bytes(seed);
    let source = generate(&mut Unstructured::new(&bytes), FUNCTIONS);
    let source = source.map_err(|error| error.to_string())?;
    let script = Script {
        name: "generated.lua",
        source: source.as_bytes(),
        args: &[],
        fuel: None,
    };
    let checked = check(&script).and_then(|outcome| {
        if let Some(error) = outcome.error {
            // A script that does not run through tells nothing.
            return Err(String::from_utf8_lossy(&error).into_owned().into());
        }
        // The same when objects move all the time.
        let way = Way::Evacuated(seed as u32 % 5 + 1);
        let moved = script.run(way, &mut Arena::new());
        if moved.output != outcome.output {
            let difference = first_difference(&outcome.output, &moved.output);
            return Err(format!("{way:?}: output differs at {difference}").into());
        }
        Ok(())
    });
    checked.map_err(|failed: Failed| {
        let path = std::env::temp_dir().join(format!("lunette-generated-{seed}.lua"));
        let kept = std::fs::write(&path, &source).is_ok();
        let place = if kept {
            path.display().to_string()
        } else {
            "nowhere".into()
        };
        let message = failed.message().unwrap_or_default();
        format!("{message}\nthe script is kept in {place}").into()
    })
}

/// Bytes that depend on the seed alone (splitmix64).
fn random_bytes(seed: u64) -> Vec<u8> {
    let mut state = (seed + 1).wrapping_mul(0xD6E8_FEB8_6659_FD93);
    let mut bytes = Vec::with_capacity(CHOICE_BYTES);
    while bytes.len() < CHOICE_BYTES {
        state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut word = state;
        word = (word ^ (word >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        word = (word ^ (word >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        bytes.extend_from_slice(&(word ^ (word >> 31)).to_le_bytes());
    }
    bytes
}

/// Runs a script on both sides; what they agree on.
fn check(script: &Script<'_>) -> std::result::Result<Outcome, Failed> {
    check_in(script, Way::Whole)
}

fn check_in(script: &Script<'_>, way: Way) -> std::result::Result<Outcome, Failed> {
    let expected = script.run_reference();
    let found = script.run(way, &mut Arena::new());
    let show = |outcome: &Outcome| {
        let error = outcome.error.as_deref().map(String::from_utf8_lossy);
        error.map_or("none".into(), std::borrow::Cow::into_owned)
    };
    if expected.output != found.output {
        let difference = first_difference(&expected.output, &found.output);
        let error = show(&found);
        return Err(format!("output differs at {difference}\nerror found: {error}").into());
    }
    if expected.error != found.error {
        let (expected, found) = (show(&expected), show(&found));
        return Err(format!("expected error: {expected}\nfound error: {found}").into());
    }
    // Where levels are left out, their number depends on how the interpreter was started.
    let is_whole = |traceback: &String| !traceback.contains("(skipping ");
    if let (Some(expected), Some(found)) = (&expected.traceback, &found.traceback)
        && is_whole(expected)
        && expected != found
    {
        return Err(format!("expected {expected}\nfound {found}").into());
    }
    Ok(found)
}
