//! The host's side: engine, program, region, errors, bounds.

mod capabilities;
mod closing;
mod embed;
mod errors;
mod evacuation;
#[cfg(feature = "tracing")]
mod events;
mod execution;
mod finalizers;
mod host;
mod limits;
mod memory;
mod misuse;
#[cfg(any(debug_assertions, lunette_asan))]
mod poison;
mod prepared;
mod reuse;
mod run;
mod trust;
mod zeroing;

use bumpalo::Bump;
use lunette::{Arena, Engine, Error, FromLua, OwnedError, Region, RunOptions};

/// Options of a run that takes very many steps, or tells when it evacuates: where
/// `LUNETTE_EVACUATE_EVERY` has others evacuate at each step, this one does so every 500.
fn calm<'a>() -> RunOptions<'a> {
    let options = RunOptions::new();
    match std::env::var_os("LUNETTE_EVACUATE_EVERY") {
        Some(_) => options.evacuate_every(500),
        None => options,
    }
}

/// Runs `source` in a region of its own and converts its first result by `read`.
fn eval<R>(
    source: &str,
    read: impl for<'r> FnOnce(Region<'r, '_>, lunette::Value<'r>) -> Result<R, Error<'r>>,
) -> Result<R, OwnedError> {
    let engine = Engine::new();
    let program = engine.compile("test.lua", source)?;
    let mut arena = Arena::new();
    let out = Bump::new();
    let result = engine.enter(&mut arena, &out, |region| {
        let value = region.eval(&program)?;
        read(region, value)
    });
    result.map_err(|error| error.to_owned_error())
}

/// The integer that `source` returns.
fn eval_int(source: &str) -> Result<i64, OwnedError> {
    eval(source, |region, value| i64::from_lua(value, region.lua()))
}
