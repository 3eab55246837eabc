//! cargo run --example run_in_region
//!
//! Runs strings of Lua, each in a region of its own, and receives the result or the error in
//! memory that the caller owns.

use bumpalo::Bump;
use lunette::{Arena, Engine, Error, RunOptions};

/// Runs `source`; its result, or its error, is copied into `out`.
fn run<'out>(
    engine: &Engine,
    arena: &mut Arena,
    out: &'out Bump,
    source: &str,
) -> Result<&'out str, Error<'out>> {
    let program = engine.compile("=example", source).map_err(|error| {
        eprintln!("not Lua: {error}");
        Error::bare(error.kind())
    })?;
    let bounds = RunOptions::new().fuel(1_000_000);
    engine.enter_with(&bounds, arena, out, |region| {
        let text = region.eval(&program)?;
        region.escape_str(text)
    })
    // The region is closed: `arena` is as good as new, and what we return lives in `out`.
}

fn main() {
    let engine = Engine::new();
    let mut arena = Arena::with_budget(1 << 20);
    for source in [
        "local words = {} for i = 1, 3 do words[i] = 'word ' .. i end
         return table.concat(words, ', ')",
        "local config = nil
         return config.name",
        "local t = {} while true do t[#t + 1] = {} end",
        "while true do end",
    ] {
        let out = Bump::new();
        match run(&engine, &mut arena, &out, source) {
            Ok(text) => println!("result: {text}"),
            Err(error) => println!("{:?} error: {error:#}", error.kind()),
        }
    }
}
