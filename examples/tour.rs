//! cargo run --example tour
//!
//! A guided tour: the words of lunette, one after the other. Each stop is a function; read them
//! from the top.

use bumpalo::Bump;
use lunette::{
    Arena, Engine, Error, Function, OwnedError, RunOptions, Str, Table, Unpacked, UserData,
    UserDataMethods, Value,
};

fn main() -> Result<(), OwnedError> {
    // What runs share: libraries, modules, defaults. Cheap to clone, shared by threads.
    let engine = Engine::new();
    // Memory for runs, one after the other; never more than 4 MiB each.
    let mut arena = Arena::with_budget(4 << 20);

    regions(&engine, &mut arena)?;
    values(&engine, &mut arena)?;
    functions(&engine, &mut arena)?;
    objects(&engine, &mut arena)?;
    errors(&engine, &mut arena)?;
    executions(&engine)
}

/// A program is compiled once. Each run opens a region, and what leaves it is copied into memory
/// of the caller.
fn regions(engine: &Engine, arena: &mut Arena) -> Result<(), OwnedError> {
    let program = engine.compile("greet.lua", "return 'hello, ' .. name")?;
    for name in ["moon", "sun"] {
        let out = Bump::new();
        let text: Result<&str, Error<'_>> = engine.enter(arena, &out, |region| {
            region.globals().set(region, "name", name)?;
            let text: Str<'_> = region.eval(&program)?;
            region.escape_str(text)
        });
        // The region is closed. The text lives in `out`; `arena` is as good as new.
        println!("{}", text.map_err(|error| error.to_owned_error())?);
    }
    Ok(())
}

/// Values are `Copy` handles into the region: no reference counts, nothing to release.
fn values(engine: &Engine, arena: &mut Arena) -> Result<(), OwnedError> {
    let program = engine.compile("t.lua", "return {1, 2.5, 'three', {x = true}}, 'and more'")?;
    let out = Bump::new();
    let done = engine.enter(arena, &out, |region| {
        let (table, text): (Table<'_>, String) = region.eval(&program)?;
        for value in table.sequence() {
            match value.unpack() {
                Unpacked::Int(int) => println!("the integer {int}"),
                Unpacked::Float(float) => println!("the float {float}"),
                Unpacked::Str(text) => println!("the string {text}"),
                _ => println!("the {} {}", value.type_name(), value.describe(2)),
            }
        }
        // Conversions say where something does not fit.
        let error = table.get::<i64>(region, 3);
        println!("{error:?} {text}");
        Ok(())
    });
    done.map_err(|error| error.to_owned_error())
}

/// Functions go both ways. Arguments may borrow from the region.
fn functions(engine: &Engine, arena: &mut Arena) -> Result<(), OwnedError> {
    let program = engine.compile(
        "f.lua",
        "return function(text) return reverse(text) == text end",
    )?;
    let out = Bump::new();
    let done = engine.enter(arena, &out, |region| {
        let reverse =
            region.create_function(|_, text: &str| Ok(text.chars().rev().collect::<String>()))?;
        region.globals().set(region, "reverse", reverse)?;
        let is_palindrome: Function<'_> = region.eval(&program)?;
        for word in ["level", "lever"] {
            println!("{word}: {}", is_palindrome.call::<bool>(region, word)?);
        }
        Ok(())
    });
    done.map_err(|error| error.to_owned_error())
}

struct Counter(i64);

impl UserData for Counter {
    fn add_methods(methods: &mut UserDataMethods<'_, Self>) {
        methods.add_method_mut("add", |_, this, by: i64| {
            this.0 += by;
            Ok(this.0)
        });
    }
}

/// Values of Rust become objects: owned by the region, or lent for the length of the run.
fn objects(engine: &Engine, arena: &mut Arena) -> Result<(), OwnedError> {
    let program = engine.compile("o.lua", "mine:add(1) return yours:add(20)")?;
    let mut yours = Counter(22);
    {
        let (out, yours) = (Bump::new(), &mut yours);
        let done = engine.enter(arena, &out, |region| {
            region.globals().set(region, "mine", Counter(0))?;
            region
                .globals()
                .set(region, "yours", region.lend_mut(yours)?)?;
            region.eval::<i64>(&program)
        });
        println!("{:?}", done.ok());
    }
    println!("and in the host: {}", yours.0);
    Ok(())
}

/// An error is a code and a payload in the caller's memory; bounds end a run with codes of their
/// own, which no script catches.
fn errors(engine: &Engine, arena: &mut Arena) -> Result<(), OwnedError> {
    let program = engine.compile("e.lua", "local t = nil\nreturn t.x")?;
    let endless = engine.compile("endless.lua", "while true do pcall(error) end")?;
    let out = Bump::new();
    let bounds = RunOptions::new().fuel(100_000);
    for program in [&program, &endless] {
        let error = engine.enter_with(&bounds, arena, &out, |region| region.eval::<bool>(program));
        let error = error.expect_err("both fail");
        println!("{:?}: {error:#}", error.kind());
    }
    Ok(())
}

/// An execution keeps its state between calls, and reclaims memory while they run.
fn executions(engine: &Engine) -> Result<(), OwnedError> {
    let program = engine.compile(
        "x.lua",
        "local n = 0 return function() n = n + 1 return n end",
    )?;
    let mut execution = engine.execution(Arena::with_budget(4 << 20))?;
    let next = execution.enter(|lua| {
        let next: Value<'_> = lua.eval(&program)?;
        lua.root(next)
    })?;
    execution.call::<i64>(&next, ())?;
    println!("call {}", execution.call::<i64>(&next, ())?);
    Ok(())
}
