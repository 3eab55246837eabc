//! What the fuzz targets share: generators of the property tests, runs on the stress source, and
//! PUC Lua in the same process.

#[path = "../../support/generate.rs"]
pub mod generate;

use std::cell::RefCell;
use std::io;

use bumpalo::Bump;
use lunette::memory::{FaultPlan, StressSource};
use lunette::{
    Arena, Budget, ChunkSource, Engine, Invocation, LibrarySet, Program, RunOptions, Streams,
};
use mlua::{Function, Lua, LuaOptions, StdLib};

/// What all scripts are called.
pub const NAME: &str = "any.lua";
/// More than any script of these targets takes, but for those that never end.
pub const FUEL: u64 = 3_000_000;

/// What a run printed, and its error.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    pub output: Vec<u8>,
    pub error: Option<Vec<u8>>,
}

/// Streams that keep what is written.
#[derive(Default)]
pub struct Capture(RefCell<Vec<u8>>);

impl Streams for Capture {
    fn write_out(&self, bytes: &[u8]) -> io::Result<()> {
        self.0.borrow_mut().extend_from_slice(bytes);
        Ok(())
    }

    fn write_err(&self, _bytes: &[u8]) -> io::Result<()> {
        Ok(())
    }

    fn flush_out(&self) -> io::Result<()> {
        Ok(())
    }

    fn read_in(&self, _buffer: &mut [u8]) -> io::Result<usize> {
        Ok(0)
    }
}

/// How a script is run.
#[derive(Clone, Copy, Debug)]
pub struct Bounds<'p> {
    pub fuel: u64,
    pub budget_bytes: usize,
    /// Evacuates every so many steps.
    pub steps: Option<u32>,
    pub faults: Option<&'p FaultPlan>,
}

impl Default for Bounds<'_> {
    fn default() -> Self {
        Self {
            fuel: FUEL,
            budget_bytes: 64 << 20,
            steps: None,
            faults: None,
        }
    }
}

/// An arena whose every object is an allocation of its own.
pub fn stress_arena() -> Arena<StressSource> {
    Arena::with_source(StressSource::default(), Budget::UNLIMITED)
}

/// An arena with chunks as ever; the sanitizer is told which of their bytes are free.
pub fn shared_arena() -> Arena {
    Arena::new()
}

/// An engine with all libraries, made once.
pub fn engine() -> &'static Engine {
    static ENGINE: std::sync::OnceLock<Engine> = std::sync::OnceLock::new();
    ENGINE.get_or_init(|| Engine::with_libraries(LibrarySet::SAFE))
}

/// Runs a program as a whole on `arena`.
pub fn run<S: ChunkSource>(
    program: &Program,
    args: &[&[u8]],
    bounds: Bounds<'_>,
    arena: &mut Arena<S>,
) -> Outcome {
    let streams = Capture::default();
    let mut options = RunOptions::new().streams(&streams).fuel(bounds.fuel);
    if let Some(steps) = bounds.steps {
        options = options.evacuate_every(steps);
    }
    if let Some(plan) = bounds.faults {
        options = options.faults(plan);
    }
    arena.set_budget(Budget::bytes(bounds.budget_bytes));
    let out = Bump::new();
    let invocation = Invocation {
        program,
        args,
        args_table: None,
    };
    let ended = engine().run(&options, arena, &out, |_| Ok(()), &[invocation], |_| ());
    Outcome {
        error: ended.err().map(|error| error.to_string().into_bytes()),
        output: streams.0.take(),
    }
}

/// Runs a script with PUC Lua, and gives what it prints.
const DRIVER: &str = r#"
local source, name = ...
local lines = {}
function print(...)
  local texts = table.pack(...)
  for i = 1, texts.n do texts[i] = tostring(texts[i]) end
  lines[#lines + 1] = table.concat(texts, "\t") .. "\n"
end
local main, message = load(source, "@" .. name, "t")
local ok = main
if main then ok, message = pcall(main, select(3, ...)) end
return table.concat(lines), not ok, ok and "" or tostring(message)
"#;

/// The same script on PUC Lua, in this process.
///
/// # Panics
/// PUC Lua itself has no memory.
pub fn run_reference(source: &[u8], args: &[&[u8]]) -> Outcome {
    // SAFETY: the scripts of these targets do not reach `debug` or C modules.
    let lua = unsafe { Lua::unsafe_new_with(StdLib::ALL, LuaOptions::default()) };
    let driver: Function = lua
        .load(DRIVER)
        .set_name("=driver")
        .into_function()
        .expect("is Lua");
    let mut values = vec![lua.create_string(source), lua.create_string(NAME)];
    values.extend(args.iter().map(|arg| lua.create_string(arg)));
    let values: mlua::Result<mlua::Variadic<mlua::LuaString>> = values.into_iter().collect();
    let values = values.expect("there is memory");
    let (output, failed, message): (mlua::LuaString, bool, mlua::LuaString) =
        driver.call(values).expect("the driver catches errors");
    Outcome {
        output: output.as_bytes().to_vec(),
        error: failed.then(|| message.as_bytes().to_vec()),
    }
}

/// Fails with what differs first.
///
/// # Panics
/// They differ.
#[track_caller]
pub fn assert_same(expected: &Outcome, found: &Outcome, source: &[u8]) {
    let show = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let lines = |outcome: &Outcome| -> Vec<String> {
        show(&outcome.output).lines().map(Into::into).collect()
    };
    if expected == found {
        return;
    }
    let (left, right) = (lines(expected), lines(found));
    let at = left.iter().zip(&right).position(|(a, b)| a != b);
    let at = at.unwrap_or(left.len().min(right.len()));
    panic!(
        "line {}: {:?} and {:?}; errors {:?} and {:?}; of\n{}",
        at + 1,
        left.get(at),
        right.get(at),
        expected.error.as_deref().map(show),
        found.error.as_deref().map(show),
        show(source)
    );
}
