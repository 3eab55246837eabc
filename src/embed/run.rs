//! Running whole programs: what `lunette run` does, and any host that needs no values in between.
#![forbid(unsafe_code)]

use core::borrow::Borrow;

use bumpalo::Bump;

use super::{Engine, Program, Region, RunOptions};
use crate::error::Error;
use crate::memory::{Arena, ChunkSource};
use crate::value::{Str, Value};
use crate::vm::{HostScope, State, with_opened};

/// A program to be run, and what it gets as `...`.
#[derive(Clone, Copy, Debug)]
pub struct Invocation<'a> {
    /// The program.
    pub program: &'a Program,
    /// Its arguments, which it sees as strings.
    pub args: &'a [&'a [u8]],
    /// The name of a global table whose list of values, as it is when the program begins, follows
    /// `args`: programs that ran before may have changed it, as scripts do with `arg`.
    pub args_table: Option<&'a str>,
}

impl Engine {
    /// Runs programs one after the other in one region, until one fails.
    ///
    /// While they run nobody holds values of the region, so it may evacuate: memory that a program
    /// no longer reaches comes back, and a script may run for as long as it likes. `prepare` comes
    /// first, with the region open; `inspect` comes last, whatever happened. Each program is asked
    /// for when the one before has ended, so it may be read and compiled just then.
    ///
    /// # Errors
    /// What `prepare` or a program raises, copied into `out`. An error value that has a
    /// `__tostring` metamethod is replaced by its text.
    pub fn run<'out, 'p, S: ChunkSource>(
        &self,
        options: &RunOptions<'_>,
        arena: &mut Arena<S>,
        out: &'out Bump,
        prepare: impl for<'r> FnOnce(Region<'r, 'out>) -> Result<(), Error<'r>>,
        programs: impl IntoIterator<Item: Borrow<Invocation<'p>>>,
        inspect: impl for<'r> FnOnce(Region<'r, 'out>),
    ) -> Result<(), Error<'out>> {
        let result = with_opened(self.setup(options, arena), out, |opened| {
            let mut result = opened.enter(|scope| {
                let result = self
                    .open(scope.state())
                    .and_then(|()| prepare(Region::new(scope, out)));
                result.map_err(|error| escaped(scope, error, out))
            });
            let mut programs = programs.into_iter();
            while result.is_ok()
                && let Some(invocation) = programs.next()
            {
                result = opened.run(
                    |state| lay_out(state, invocation.borrow()),
                    |scope, result| match result {
                        Ok(_) => Ok(()),
                        // One that was raised while variables were closed is as it was.
                        Err(error) => {
                            let error = scope.state().described(error);
                            Err(escaped(scope, error, out))
                        }
                    },
                );
            }
            opened.finalize(result.as_ref().err().map(Error::kind));
            opened.enter(|scope| {
                // The host learns of lost output from its own streams.
                let _ = scope.state().streams.flush_out();
                inspect(Region::new(scope, out));
            });
            result
        });
        result.unwrap_or_else(|error| Err(error.into()))
    }
}

/// The error in the caller's memory; a request to end carries its exit code.
fn escaped<'r, 'out>(scope: HostScope<'r, 'out>, error: Error<'r>, out: &'out Bump) -> Error<'out> {
    Region::new(scope, out).escape_error(error)
}

fn lay_out<'r>(state: &'r State<'r>, invocation: &Invocation<'_>) -> Result<usize, Error<'r>> {
    // As the command of PUC Lua does it, where the error was raised.
    state.describes_errors.set(true);
    let main = state.store.main_of(&invocation.program.image)?;
    let main = state.main_closure(main, state.globals().to_value())?;
    let mut args = crate::memory::Buffer::new_in(&state.store.heap);
    for arg in invocation.args {
        args.push(Str::new(&state.store, arg)?.to_value())?;
    }
    if let Some(name) = invocation.args_table {
        push_listed(state, name, &mut args)?;
    }
    state.lay_out(main.to_value(), &args)
}

/// Adds the values of the list in the global `name`.
fn push_listed<'r>(
    state: &'r State<'r>,
    name: &str,
    args: &mut crate::memory::Buffer<'_, Value<'r>>,
) -> Result<(), Error<'r>> {
    let key = state.str(name.as_bytes())?;
    let Some(list) = state.globals().raw_get_str(key).as_table() else {
        return Err(state.error_parts(&[b"'", name.as_bytes(), b"' is not a table"]));
    };
    for index in 1..=list.raw_len() {
        state.charge(1)?;
        args.push(list.raw_get_int(index))?;
    }
    Ok(())
}
