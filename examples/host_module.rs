//! cargo run --example host_module
//!
//! A module of Rust functions that every script of an engine finds, shared by all threads.

use bumpalo::Bump;
use lunette::{Arena, Engine, LibrarySet, OwnedError, Table, Variadic};

fn engine() -> Engine {
    Engine::builder()
        .libraries(LibrarySet::PURE)
        .module("text", |module| {
            module
                // `&str` is the script's own string: nothing is copied.
                .function("shout", |_, text: &str| Ok(text.to_uppercase()))
                .function("count", |_, (text, what): (&str, char)| {
                    Ok(text.chars().filter(|c| *c == what).count())
                })
                .function("join", |_, (by, parts): (String, Variadic<String>)| {
                    Ok(parts.join(&by))
                })
                // A host function may fail with any error of Rust; the script can catch it.
                .function("number", |lua, text: &str| {
                    text.parse::<i64>().map_err(|error| lua.failure(&error))
                })
                .function("words", |lua, text: &str| -> Result<Table<'_>, _> {
                    lua.list(text.split_whitespace())
                })
                .constant("version", "1.0");
        })
        .build()
}

fn main() -> Result<(), OwnedError> {
    let engine = engine();
    let program = engine.compile(
        "words.lua",
        "local words = text.words('the moon is small')
         local ok, message = pcall(text.number, 'many')
         return text.join(' ', text.shout(words[2]), text.count('moon', 'o'), message)",
    )?;
    let mut arena = Arena::with_budget(1 << 20);
    let out = Bump::new();
    let reply = engine.enter(&mut arena, &out, |region| region.eval::<String>(&program));
    let reply = reply.map_err(|error| error.to_owned_error())?;
    println!("{reply}");
    assert_eq!(reply, "MOON 2 invalid digit found in string");

    // A bad argument is told in Lua's words, with the position in the script.
    let program = engine.compile("bad.lua", "text.shout({})")?;
    let done = engine.enter(&mut arena, &out, |region| region.eval::<()>(&program));
    let error = done.expect_err("a table is no text");
    println!("{error}");
    Ok(())
}
