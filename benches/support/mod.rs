//! The three interpreters that the benches measure side by side, behind one face.
//!
//! A *kernel* is Lua source that returns a function of one size and one integer result. Lunette
//! runs each call in a region of its own on a warm arena, opening and closing included, as a
//! server does; the others keep one state, as their hosts do, and collect as they go.
#![allow(dead_code, reason = "each bench uses a part")]

use bumpalo::Bump;
use luars::{LuaApi, SafeOption, Stdlib};
use lunette::{Arena, Engine, Function, NoStreams, Program, RunOptions};

/// What messages call the source of a kernel.
pub const SOURCE_NAME: &str = "=kernel";

/// Something that runs a kernel.
pub trait Contender {
    /// Compiles the kernel.
    fn new(source: &str) -> Self;
    /// Calls its function.
    fn call(&mut self, size: i64) -> i64;
}

/// This crate.
pub struct Lunette {
    pub engine: Engine,
    pub arena: Arena,
    pub program: Program,
    out: Bump,
}

impl Contender for Lunette {
    fn new(source: &str) -> Self {
        let engine = Engine::new();
        let program = engine
            .compile(SOURCE_NAME, source)
            .expect("lunette compiles");
        Self {
            engine,
            arena: Arena::new(),
            program,
            out: Bump::new(),
        }
    }

    fn call(&mut self, size: i64) -> i64 {
        let options = RunOptions::new().streams(&NoStreams);
        let result = self
            .engine
            .enter_with(&options, &mut self.arena, &self.out, |region| {
                let kernel: Function<'_> = region.eval(&self.program)?;
                kernel.call(region, size)
            });
        result.expect("lunette runs")
    }
}

/// PUC Lua 5.4 through mlua, with the incremental collector that a state starts with.
pub struct Puc {
    pub lua: mlua::Lua,
    kernel: mlua::Function,
}

impl Contender for Puc {
    fn new(source: &str) -> Self {
        let lua = mlua::Lua::new();
        let chunk = lua.load(source).set_name(SOURCE_NAME);
        let kernel = chunk.eval().expect("PUC Lua compiles");
        Self { lua, kernel }
    }

    fn call(&mut self, size: i64) -> i64 {
        self.kernel.call(size).expect("PUC Lua runs")
    }
}

/// luars, Lua 5.5 in Rust.
pub struct Luars {
    // Before the state, so that it is dropped first: a function that outlives its state writes to
    // memory that is gone (luars 0.26).
    kernel: luars::LuaFunction,
    pub lua: luars::Lua,
}

/// A luars state with its libraries.
pub fn luars_state() -> luars::Lua {
    let mut lua = luars::Lua::new(SafeOption::default());
    lua.open_stdlib(Stdlib::All)
        .expect("luars opens its libraries");
    lua
}

impl Contender for Luars {
    fn new(source: &str) -> Self {
        let mut lua = luars_state();
        let chunk = lua.load(source).set_name(SOURCE_NAME);
        let kernel = chunk.eval().expect("luars compiles");
        Self { kernel, lua }
    }

    fn call(&mut self, size: i64) -> i64 {
        self.kernel.call1(size).expect("luars runs")
    }
}

/// Whether cargo runs the bench as a test: then sizes are small, and nothing is timed.
pub fn is_test() -> bool {
    !std::env::args().any(|arg| arg == "--bench")
}
