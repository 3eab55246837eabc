//! `peer-luau FILE [ARGS...]`: runs a Lua file on Luau, for `benches/compare`.
//!
//! Luau has no `arg`, `io.write` or `table.unpack` under PUC Lua's names in a bare state, so the
//! few that the programs need are put in place. Source is compiled at optimisation level 2 and
//! debug level 1, as Luau's own command does by default for speed.

use std::io::Write;
use std::process::ExitCode;

use mlua::chunk::Compiler;
use mlua::{Lua, Variadic};

fn run() -> Result<(), Box<dyn std::error::Error>> {
    let mut args = std::env::args().skip(1);
    let path = args.next().ok_or("usage: peer-luau FILE [ARGS...]")?;
    let source = std::fs::read_to_string(&path)?;
    let lua = Lua::new();
    let globals = lua.globals();
    let list = lua.create_sequence_from(args)?;
    list.set(0, path.as_str())?;
    globals.set("arg", list)?;
    let io = lua.create_table()?;
    let write = lua.create_function(|_, texts: Variadic<mlua::LuaString>| {
        let mut out = std::io::stdout().lock();
        for text in texts.iter() {
            out.write_all(&text.as_bytes())?;
        }
        Ok(())
    })?;
    io.set("write", write)?;
    globals.set("io", io)?;
    #[cfg(feature = "jit")]
    lua.enable_jit(true);
    lua.set_compiler(Compiler::new().set_optimization_level(2).set_debug_level(1));
    lua.load(source).set_name(format!("@{path}")).exec()?;
    Ok(())
}

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("peer-luau: {error}");
            ExitCode::FAILURE
        }
    }
}
