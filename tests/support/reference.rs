//! The other interpreter: PUC Lua 5.4, through mlua, in a process of its own.
//!
//! A test target starts itself once more for each script, so that what the script prints is the
//! output of that process, whatever it prints with, and so that a crash is only a failed case.

use std::ffi::OsString;
use std::io::{Read, Write};
use std::process::{Command, Stdio};

use mlua::{Function, Lua, LuaOptions, StdLib};

use super::{Outcome, Script};

/// Set for the process that runs a script: what messages call it.
const NAME_VARIABLE: &str = "LUNETTE_TEST_REFERENCE";

/// Where the interpreter's own frames begin at the end of a traceback.
const OUTER_FRAMES: &str = "\n\t[C]: in function 'xpcall'";

/// Runs the script as `lua` would; an error goes to standard error, its traceback behind a zero.
const DRIVER: &str = r##"
local source, name = ...
arg = { [0] = name, select(3, ...) }
local function fail(message, traceback)
  io.stdout:flush()
  io.stderr:write("E", message, "\0", traceback or "")
end
local main, message = load(source, "@" .. name, "t")
if not main then return fail(message) end
local traceback
local function handler(value)
  if type(value) ~= "string" and type(value) ~= "number" then
    local metatable = debug.getmetatable(value)
    if metatable and metatable.__tostring then return tostring(value) end
    value = "(error object is a " .. type(value) .. " value)"
  end
  traceback = debug.traceback(nil, 2)
  return tostring(value)
end
local ok, message = xpcall(main, handler, select(3, ...))
if not ok then fail(message, traceback) end
"##;

/// Does the work of a reference process, if this is one.
pub fn serve() {
    let Some(name) = std::env::var_os(NAME_VARIABLE) else {
        return;
    };
    let name = name.to_string_lossy();
    let mut source = Vec::new();
    std::io::stdin()
        .read_to_end(&mut source)
        .expect("the script comes through standard input");
    if source.starts_with(b"#") {
        // As `lua` does: the first line is skipped, its end kept for the line numbers.
        let end = source.iter().position(|byte| *byte == b'\n');
        source.drain(..end.unwrap_or(source.len()));
    }
    // SAFETY: nothing but the script of a test runs in this process. The default options leave
    // `pcall` as PUC Lua has it.
    #[allow(unsafe_code)]
    let lua = unsafe { Lua::unsafe_new_with(StdLib::ALL, LuaOptions::default()) };
    let driver: Function = lua
        .load(DRIVER)
        .set_name("=driver")
        .into_function()
        .expect("the driver compiles");
    let mut values = vec![lua.create_string(&source), lua.create_string(&*name)];
    values.extend(std::env::args().skip(1).map(|arg| lua.create_string(arg)));
    let values: mlua::Result<mlua::Variadic<mlua::LuaString>> = values.into_iter().collect();
    let result = values.and_then(|values| driver.call::<()>(values));
    if let Err(error) = result {
        eprint!("E{error}\0");
    }
    drop(lua);
    std::process::exit(0);
}

impl Script<'_> {
    /// Runs the script with PUC Lua.
    ///
    /// # Panics
    /// The process cannot be started.
    pub fn run_reference(&self) -> Outcome {
        let program: OsString = std::env::current_exe().expect("a test has a path").into();
        let mut child = Command::new(program)
            .args(self.args)
            .env(NAME_VARIABLE, self.name)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("a process can be started");
        let mut input = child.stdin.take().expect("standard input is a pipe");
        // A process that ended early is seen below.
        let _ = input.write_all(self.source);
        drop(input);
        let ended = child.wait_with_output().expect("a process ends");
        let mut outcome = Outcome {
            output: ended.stdout,
            ..Outcome::default()
        };
        if let Some(rest) = ended.stderr.strip_prefix(b"E") {
            let end = rest.iter().rposition(|byte| *byte == 0);
            let (message, traceback) = rest.split_at(end.unwrap_or(rest.len()));
            outcome.error = Some(message.to_vec());
            let traceback = String::from_utf8_lossy(traceback.get(1..).unwrap_or_default());
            outcome.traceback = own_frames(&traceback);
        } else if !ended.status.success() {
            outcome.error = Some(format!("ended with {}", ended.status).into_bytes());
        }
        outcome
    }
}

/// A traceback up to the frames of the driver, which stand for the interpreter's own frame.
fn own_frames(traceback: &str) -> Option<String> {
    let end = traceback.rfind(OUTER_FRAMES)?;
    Some(format!("{}\n\t[C]: in ?", &traceback[..end]))
}
