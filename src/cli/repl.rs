//! The prompt: statements and expressions, one after the other, in one execution.
#![forbid(unsafe_code)]
//!
//! - **PR1** Ctrl-C ends the statement that runs, never the prompt.
//! - **PR2** Bounds hold for each statement anew; memory is bounded for all of them together.

use std::cell::RefCell;
use std::io::{self, IsTerminal};
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use lunette::{
    Engine, Error, ErrorKind, Execution, FromLua, Lua, OwnedError, ProcessStreams, Program, Rooted,
    Str, Value, Variadic,
};

use super::Status;
use super::args::RunArgs;
use super::prompt::{Entry, Prompt};
use super::report::{self, Times};
use super::run::{self, Job, Task};

/// Prints the results of a statement, if there are any; gives the message of what went wrong.
const SHOW: &str = "local select, pcall, tostring = select, pcall, tostring
return function(...)
  if select('#', ...) == 0 then return end
  local ok, message = pcall(print, ...)
  if not ok then return \"error calling 'print' (\" .. tostring(message) .. ')' end
end";
/// What marks a statement that is not complete, at the end of its message.
const INCOMPLETE: &str = "near <eof>";

/// A prompt and all that it needs.
struct Repl<'a> {
    engine: &'a Engine,
    options: &'a RunArgs,
    execution: Rc<RefCell<Execution>>,
    is_cancelled: Arc<AtomicBool>,
    show: Rooted,
}

/// Runs the job's programs, and then what is typed.
pub(super) fn run(engine: &Engine, options: &RunArgs, job: &Job<'_>) -> Status {
    match open(engine, options, job) {
        Ok(repl) => repl.go_on(),
        Err(Ended::Reported) => Status::FAILURE,
        Err(Ended::By(error)) => ended(&error),
    }
}

/// Why there is no prompt.
enum Ended {
    /// Something does not compile, which was said.
    Reported,
    By(OwnedError),
}

impl From<OwnedError> for Ended {
    fn from(error: OwnedError) -> Self {
        Self::By(error)
    }
}

/// The status of the process for an error that ends it; shows what has to be shown.
fn ended(error: &OwnedError) -> Status {
    if error.kind() == ErrorKind::Exit {
        return Status(error.exit_code().unwrap_or(0) as u8);
    }
    report::owned_error(error);
    Status::FAILURE
}

fn open<'a>(engine: &'a Engine, options: &'a RunArgs, job: &Job<'_>) -> Result<Repl<'a>, Ended> {
    let is_cancelled = Arc::new(AtomicBool::new(false));
    let flag = Arc::clone(&is_cancelled);
    // Without a handler Ctrl-C ends the process, as it does elsewhere.
    let _ = ctrlc::set_handler(move || flag.store(true, Ordering::Relaxed));
    let bounds = run::bounds(options).cancel(Arc::clone(&is_cancelled));
    let mut execution = engine.execution_with(&bounds, ProcessStreams, run::arena(options))?;
    execution.enter(|lua| job.prepare(lua))?;
    for task in job.tasks() {
        let Some(Task {
            program,
            args,
            args_table,
        }) = task
        else {
            return Err(Ended::Reported);
        };
        let main = execution.enter(|lua| {
            let main = lua.load(&program)?;
            lua.root(main.to_value())
        })?;
        let mut args = args;
        if let Some(name) = args_table {
            args.extend(execution.enter(|lua| listed(lua, name))?);
        }
        let args = args.iter().map(Vec::as_slice).collect::<Vec<_>>();
        // As in PUC Lua, the prompt does not come after an error of what was to run before.
        execution.call::<()>(&main, Variadic(args))?;
    }
    let show = engine.compile("=stdin", SHOW)?;
    let show = execution.enter(|lua| {
        let show: Value<'_> = lua.eval(&show)?;
        lua.root(show)
    })?;
    Ok(Repl {
        engine,
        options,
        execution: Rc::new(RefCell::new(execution)),
        is_cancelled,
        show,
    })
}

/// A result of a statement, kept until it is shown.
struct Kept(Rooted);

impl<'r> FromLua<'r> for Kept {
    fn from_lua(value: Value<'r>, lua: Lua<'r>) -> Result<Self, Error<'r>> {
        lua.root(value).map(Self)
    }
}

/// The values of the list in the global `name`, as texts.
fn listed<'r>(lua: Lua<'r>, name: &str) -> Result<Vec<Vec<u8>>, Error<'r>> {
    let list: Value<'r> = lua.raw_get(lua.globals(), name)?;
    let Some(list) = list.as_table() else {
        let text = format!("'{name}' is not a table");
        return Err(lua.error(&text));
    };
    (1..=list.len(lua)?)
        .map(|index| {
            let value: Value<'r> = lua.raw_get(list, index)?;
            Ok(lua.to_text(value)?.as_bytes().to_vec())
        })
        .collect()
}

/// What a statement came to.
enum Outcome {
    Goes,
    Ends(Status),
}

impl Repl<'_> {
    fn go_on(self) -> Status {
        let has_terminal = io::stdin().is_terminal() && io::stdout().is_terminal();
        let mut prompt = Prompt::new(has_terminal, &self.execution);
        let mut status = Status::SUCCESS;
        println!("lunette {} (Lua 5.4)", env!("CARGO_PKG_VERSION"));
        while let Some(statement) = self.read(&mut prompt) {
            if statement.trim().is_empty() {
                continue;
            }
            prompt.remember(&statement);
            if let Outcome::Ends(with) = self.carry_out(&statement) {
                status = with;
                break;
            }
        }
        prompt.save();
        status
    }

    /// Reads lines until they are a statement; none at the end of the input.
    fn read(&self, prompt: &mut Prompt) -> Option<String> {
        let mut statement = String::new();
        loop {
            let is_first = statement.is_empty();
            match prompt.line(&self.prompt_text(is_first)) {
                Entry::Line(line) if is_first => statement = line,
                Entry::Line(line) => {
                    statement.push('\n');
                    statement.push_str(&line);
                }
                Entry::Interrupted => statement.clear(),
                // What is not complete by now is an error, as in PUC Lua.
                Entry::End => return (!is_first).then_some(statement),
            }
            if !self.is_incomplete(&statement) {
                return Some(statement);
            }
        }
    }

    /// The prompt that a script chose, or the usual one.
    fn prompt_text(&self, is_first: bool) -> String {
        let (name, usual) = match is_first {
            true => ("_PROMPT", "> "),
            false => ("_PROMPT2", ">> "),
        };
        let chosen = self.execution.borrow_mut().enter(|lua| {
            let value: Option<Value<'_>> = lua.raw_get(lua.globals(), name)?;
            let text: Option<Str<'_>> = value.map(|value| lua.to_text(value)).transpose()?;
            Ok(text.map(|text| text.to_string()))
        });
        chosen.ok().flatten().unwrap_or_else(|| usual.into())
    }

    /// As an expression, or as it is.
    fn compile(&self, statement: &str) -> Result<Program, OwnedError> {
        let expression = statement.strip_prefix('=').unwrap_or(statement);
        let as_expression = self
            .engine
            .compile("=stdin", format!("return {expression}"));
        as_expression.or_else(|_| self.engine.compile("=stdin", statement))
    }

    fn is_incomplete(&self, statement: &str) -> bool {
        let compiled = self.compile(statement);
        compiled.is_err_and(|error| error.message().ends_with(INCOMPLETE))
    }

    fn carry_out(&self, statement: &str) -> Outcome {
        let started = Instant::now();
        let program = match self.compile(statement) {
            Ok(program) => program,
            Err(error) => {
                report::owned_error(&error);
                return Outcome::Goes;
            }
        };
        let compile_time = started.elapsed();
        let mut execution = self.execution.borrow_mut();
        self.is_cancelled.store(false, Ordering::Relaxed);
        let bounds = run::bounds(self.options).cancel(Arc::clone(&self.is_cancelled));
        execution.set_bounds(&bounds);
        let started = Instant::now();
        let main = execution.enter(|lua| {
            let main = lua.load(&program)?;
            lua.root(main.to_value())
        });
        let result = main.and_then(|main| execution.call::<Variadic<Kept>>(&main, ()));
        let run_time = started.elapsed();
        let result = result.and_then(|values| {
            let values: Variadic<_> = values.iter().map(|value| &value.0).collect();
            execution.call::<Option<String>>(&self.show, values)
        });
        match result {
            Ok(None) => {}
            Ok(Some(message)) => report::failure(&message),
            Err(error) if error.kind() == ErrorKind::Exit => return Outcome::Ends(ended(&error)),
            Err(error) if error.kind() == ErrorKind::Cancelled => {
                report::failure("interrupted!");
            }
            Err(error) => report::owned_error(&error),
        }
        if self.options.stats
            && let Ok(stats) = execution.stats()
            && let Ok(kinds) = execution.enter(|lua| Ok(lua.memory_by_kind()))
        {
            let times = Times {
                compile: compile_time,
                run: run_time,
                ..Times::default()
            };
            report::statistics(&stats, &kinds, None, &times);
        }
        if execution.has_ended() {
            return Outcome::Ends(Status::FAILURE);
        }
        Outcome::Goes
    }
}
