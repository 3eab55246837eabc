//! Executions: runs that are values, and keep their state between calls.
#![forbid(unsafe_code)]

use std::fmt;

use super::{
    Engine, FromLuaMulti, IntoLuaMulti, Lua, MultiValue, Program, Rooted, RunOptions, RunStats,
    Values,
};
use crate::error::{Error, ErrorKind, OwnedError};
use crate::memory::{Arena, BumpSource, ChunkSource};
use crate::value::Value;
use crate::vm::{Owned, Progress, Setup, State, Streams};

/// What an execution borrows from, in one place.
struct Keeper<S: ChunkSource> {
    engine: Engine,
    arena: Arena<S>,
    /// Its own; without them it has those of the engine.
    streams: Option<Box<dyn Streams + Send>>,
}

/// A run that is held as a value: it owns its arena, and keeps globals and everything else that
/// scripts made between calls.
///
/// While a call runs, the execution may evacuate, so a script may run for as long as it likes in
/// bounded memory. Values that the host keeps between uses are rooted: see [`Rooted`].
///
/// ```
/// use lunette::{Arena, Engine};
///
/// let engine = Engine::new();
/// let program = engine.compile("counter.lua", "
///     local n = 0
///     return function(by) n = n + by return n end")?;
/// let mut execution = engine.execution(Arena::with_budget(1 << 20))?;
/// let counter = execution.enter(|lua| {
///     let counter = lua.eval(&program)?;
///     lua.root(counter)
/// })?;
/// assert_eq!(execution.call::<i64>(&counter, 2)?, 2);
/// assert_eq!(execution.call::<i64>(&counter, 3)?, 5);
/// # Ok::<(), lunette::OwnedError>(())
/// ```
///
/// An execution may move between threads, so what hosts give it must be `Send`. A panic of a host
/// function goes on to the host and ends the execution.
pub struct Execution<S: ChunkSource = BumpSource> {
    owned: Owned<Keeper<S>>,
}

/// How far a call came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step<R> {
    /// It is over.
    Done(R),
    /// It used up its slice of steps; [`Execution::resume`] goes on.
    Slice,
    /// A host function waits; [`Execution::resume`] gives it its answer.
    Waiting,
}

impl Engine {
    /// Opens an execution on an arena. Its bounds and streams are those of [`Engine::options`].
    ///
    /// # Errors
    /// The arena has no room for it.
    pub fn execution<S: ChunkSource>(&self, arena: Arena<S>) -> Result<Execution<S>, OwnedError> {
        self.open_execution(None, None, arena)
    }

    /// As [`Engine::execution`], with the bounds of `options` and with streams that it owns; the
    /// streams of `options` are not used.
    ///
    /// # Errors
    /// The arena has no room for it.
    pub fn execution_with<S: ChunkSource>(
        &self,
        options: &RunOptions<'static>,
        streams: impl Streams + Send + 'static,
        arena: Arena<S>,
    ) -> Result<Execution<S>, OwnedError> {
        self.open_execution(Some(options), Some(Box::new(streams)), arena)
    }

    fn open_execution<S: ChunkSource>(
        &self,
        options: Option<&RunOptions<'static>>,
        streams: Option<Box<dyn Streams + Send>>,
        arena: Arena<S>,
    ) -> Result<Execution<S>, OwnedError> {
        let keeper = Keeper {
            engine: self.clone(),
            arena,
            streams,
        };
        let owned = Owned::open(keeper, |keeper| keeper.setup(options));
        let owned = owned.map_err(|error| Error::from(error).to_owned_error())?;
        let mut execution = Execution { owned };
        execution.furnish(self)?;
        Ok(execution)
    }
}

impl<S: ChunkSource> Keeper<S> {
    fn setup(&mut self, options: Option<&RunOptions<'static>>) -> Setup<'_> {
        let options = options.map_or_else(|| self.engine.options(), RunOptions::clone);
        match &self.streams {
            Some(streams) => {
                let options = options.with_streams(&**streams);
                self.engine.setup(&options, &mut self.arena)
            }
            None => self.engine.setup(&options, &mut self.arena),
        }
    }
}

impl<S: ChunkSource> Execution<S> {
    /// Closes the execution, as dropping it does, but for its arena, which stays warm for
    /// [`Execution::reopen`]. Until then every use is an error ([`ErrorKind::Ended`]).
    pub fn close(&mut self) {
        if !self.owned.is_broken() {
            let _ = self.owned.enter(give_up);
        }
        self.owned.close();
    }

    /// Closes the execution if that was not done, and opens another in its place, on the same arena
    /// and with the same streams, as [`Engine::execution_with`] does: what a server does for each
    /// request. A panic that ended the one before is forgotten.
    ///
    /// ```
    /// use lunette::{Arena, Engine, RunOptions};
    ///
    /// let engine = Engine::new();
    /// let program = engine.compile("count.lua", "n = (n or 0) + 1 return n")?;
    /// let mut execution = engine.execution(Arena::new())?;
    /// assert_eq!(execution.eval::<i64>(&program)?, 1);
    /// assert_eq!(execution.eval::<i64>(&program)?, 2);
    /// execution.reopen(&engine, &RunOptions::new().fuel(1000))?;
    /// assert_eq!(execution.eval::<i64>(&program)?, 1);
    /// # Ok::<(), lunette::OwnedError>(())
    /// ```
    ///
    /// # Errors
    /// The arena has no room for it; the execution is closed then.
    pub fn reopen(
        &mut self,
        engine: &Engine,
        options: &RunOptions<'static>,
    ) -> Result<(), OwnedError> {
        self.close();
        let reopened = self.owned.reopen(|keeper| {
            if !keeper.engine.is_same(engine) {
                keeper.engine = engine.clone();
            }
            keeper.setup(Some(options))
        });
        reopened.map_err(|error| Error::from(error).to_owned_error())?;
        self.furnish(engine)
    }

    /// The arena, while the execution is closed.
    pub fn arena(&self) -> Option<&Arena<S>> {
        self.owned.keeper().map(|keeper| &keeper.arena)
    }

    /// Gives back what the arena keeps beyond `limit_bytes`, if the execution is closed: for one
    /// that is not needed for a while. Whether it was.
    pub fn trim(&mut self, limit_bytes: usize) -> bool {
        let keeper = self.owned.keeper_mut();
        keeper
            .map(|keeper| keeper.arena.trim(limit_bytes))
            .is_some()
    }

    /// Puts the libraries into a region that was just opened.
    fn furnish(&mut self, engine: &Engine) -> Result<(), OwnedError> {
        self.with_state(|state| engine.open(state).map_err(|error| error.to_owned_error()))
    }

    /// Lets `body` use the execution; nothing is evacuated meanwhile.
    ///
    /// # Errors
    /// What `body` returns, as an owned copy; or the execution has ended ([`ErrorKind::Ended`]).
    pub fn enter<R>(
        &mut self,
        body: impl for<'r> FnOnce(Lua<'r>) -> Result<R, Error<'r>>,
    ) -> Result<R, OwnedError> {
        self.with_state(|state| {
            let lua = Lua::new(state);
            lua.forget_dropped_roots();
            owned(lua, body(lua))
        })
    }

    /// Runs a program without arguments, evacuating when that is due, and converts its results.
    ///
    /// # Errors
    /// What the program raises; its results do not convert.
    pub fn eval<R>(&mut self, program: &Program) -> Result<R, OwnedError>
    where
        R: for<'r> FromLuaMulti<'r>,
    {
        let step = self.start_with(|lua| Ok((lua.load(program)?.to_value(), MultiValue::new(lua))));
        self.run_to_end(step)
    }

    /// Calls a rooted function, evacuating when that is due, and converts its results.
    ///
    /// # Errors
    /// What the function raises; its results do not convert; it waits for the host.
    pub fn call<R>(
        &mut self,
        function: &Rooted,
        args: impl for<'r> IntoLuaMulti<'r>,
    ) -> Result<R, OwnedError>
    where
        R: for<'r> FromLuaMulti<'r>,
    {
        let step = self.start(function, args);
        self.run_to_end(step)
    }

    /// Starts a call that may stop in the middle: when its slice of steps is used up, or when a
    /// host function waits.
    ///
    /// # Errors
    /// What the function raises; its results do not convert; another call is not over.
    pub fn start<R>(
        &mut self,
        function: &Rooted,
        args: impl for<'r> IntoLuaMulti<'r>,
    ) -> Result<Step<R>, OwnedError>
    where
        R: for<'r> FromLuaMulti<'r>,
    {
        self.start_with(|lua| {
            let function = function.get(lua)?;
            let mut values = MultiValue::new(lua);
            for value in args.into_lua_multi(lua)?.as_ref() {
                values.push(*value)?;
            }
            Ok((function, values))
        })
    }

    /// Goes on with the call that stopped; `answer` is what a waiting host function gets.
    ///
    /// # Errors
    /// As [`Execution::start`]; no call stopped.
    pub fn resume<R>(
        &mut self,
        answer: impl for<'r> IntoLuaMulti<'r>,
    ) -> Result<Step<R>, OwnedError>
    where
        R: for<'r> FromLuaMulti<'r>,
    {
        self.resume_with(|lua| {
            let mut values = MultiValue::new(lua);
            for value in answer.into_lua_multi(lua)?.as_ref() {
                values.push(*value)?;
            }
            Ok(values)
        })
    }

    /// Goes on with the values that `answer` makes; its error is raised in the script.
    pub(super) fn resume_with<R>(
        &mut self,
        answer: impl for<'r> FnOnce(Lua<'r>) -> Result<MultiValue<'r>, Error<'r>>,
    ) -> Result<Step<R>, OwnedError>
    where
        R: for<'r> FromLuaMulti<'r>,
    {
        self.with_state(|state| {
            let lua = Lua::new(state);
            if !state.suspension.is_started() {
                return Err(ended(lua, "there is no call to go on with").to_owned_error());
            }
            // The values are on the stack, and nowhere else, before anything runs.
            let count = answer(lua).and_then(|values| state.lay_out_answer(&values));
            let progress = match count {
                Ok(count) => state.resume_run(count),
                Err(error) => state.fail_run(error),
            };
            conclude(lua, progress)
        })
    }

    /// Gives up the call that stopped: its variables to be closed are not closed, and no handler
    /// runs.
    ///
    /// # Errors
    /// No call stopped.
    pub fn abort(&mut self) -> Result<(), OwnedError> {
        self.with_state(|state| {
            let lua = Lua::new(state);
            if !state.suspension.is_started() {
                return Err(ended(lua, "there is no call to give up").to_owned_error());
            }
            give_up(state);
            Ok(())
        })
    }

    /// What the host function that waits shows to the host: the values it passed.
    ///
    /// # Errors
    /// No host function waits; the values do not convert.
    pub fn waiting_for<R>(&mut self) -> Result<R, OwnedError>
    where
        R: for<'r> FromLuaMulti<'r>,
    {
        self.enter(|lua| match lua.state.suspension.shown() {
            Some((from, count)) => R::from_lua_multi(&mut Values::results(lua, from, count)),
            None => Err(ended(lua, "no host function waits")),
        })
    }

    /// As [`Execution::start`], of a function that `prepare` finds, with arguments that it makes.
    ///
    /// # Errors
    /// As there, and what `prepare` returns.
    pub fn start_with<R>(
        &mut self,
        prepare: impl for<'r> FnOnce(Lua<'r>) -> Result<(Value<'r>, MultiValue<'r>), Error<'r>>,
    ) -> Result<Step<R>, OwnedError>
    where
        R: for<'r> FromLuaMulti<'r>,
    {
        self.with_state(|state| {
            let lua = Lua::new(state);
            lua.forget_dropped_roots();
            if state.suspension.is_started() {
                return Err(ended(lua, "another call is not over").to_owned_error());
            }
            let count = prepare(lua).and_then(|(function, args)| state.lay_out(function, &args));
            conclude(lua, count.and_then(|count| state.start(count)))
        })
    }

    /// Runs a call to its end, whatever slices it has.
    fn run_to_end<R>(&mut self, step: Result<Step<R>, OwnedError>) -> Result<R, OwnedError>
    where
        R: for<'r> FromLuaMulti<'r>,
    {
        let mut step = step?;
        loop {
            step = match step {
                Step::Done(result) => return Ok(result),
                Step::Slice => self.resume(())?,
                Step::Waiting => {
                    self.resume_with(|lua| Err(lua.error("nobody waits for this function")))?
                }
            };
        }
    }

    /// Evacuates now: memory that no script and no rooted handle reaches is given back. False if
    /// there is no room to copy what is reachable.
    ///
    /// # Errors
    /// The execution has ended.
    pub fn evacuate(&mut self) -> Result<bool, OwnedError> {
        self.with_state(|state| {
            Lua::new(state).forget_dropped_roots();
            Ok(state.evacuate_idle())
        })
    }

    /// Stops calls after each `steps` steps, so that the host gets its turn; `None` never does.
    ///
    /// # Errors
    /// The execution has ended.
    pub fn set_slice(&mut self, steps: Option<u64>) -> Result<(), OwnedError> {
        self.with_state(|state| {
            state.suspension.set_slice(steps);
            Ok(())
        })
    }

    /// Replaces fuel, time limit and cancellation by those of `options`, from now on.
    pub fn set_bounds(&mut self, options: &RunOptions<'_>) {
        self.owned.set_limits(options.limits());
    }

    /// What the execution has used so far.
    ///
    /// # Errors
    /// The execution has ended.
    pub fn stats(&mut self) -> Result<RunStats, OwnedError> {
        self.enter(|lua| Ok(lua.stats()))
    }

    /// Whether the execution is closed, or a panic ended it.
    pub fn has_ended(&self) -> bool {
        self.owned.is_broken()
    }

    fn with_state<R>(
        &mut self,
        body: impl for<'s> FnOnce(&'s State<'s>) -> Result<R, OwnedError>,
    ) -> Result<R, OwnedError> {
        match self.owned.enter(body) {
            Ok(result) => result,
            Err(_) => Err(Error::bare(ErrorKind::Ended).to_owned_error()),
        }
    }
}

/// A call that stopped is given up, and the finalizers that are left run.
impl<S: ChunkSource> Drop for Execution<S> {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            self.close();
        }
    }
}

/// Gives up the call that stopped, if there is one.
fn give_up<'s>(state: &'s State<'s>) {
    if state.suspension.is_started() {
        let _ = state.suspension.take_parcel();
        let _ = state.fail_run(Error::bare(ErrorKind::Cancelled));
    }
}

impl<S: ChunkSource> fmt::Debug for Execution<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let has_ended = self.has_ended();
        let mut shown = f.debug_struct("Execution");
        shown.field("has_ended", &has_ended).finish_non_exhaustive()
    }
}

/// The error of an execution that is not in the state for what is asked.
#[cold]
fn ended<'r>(lua: Lua<'r>, message: &str) -> Error<'r> {
    Error::with_message(&lua.state.store, ErrorKind::Ended, message.as_bytes())
}

/// The same result, its error as an owned copy.
fn owned<'r, R>(lua: Lua<'r>, result: Result<R, Error<'r>>) -> Result<R, OwnedError> {
    result.map_err(|error| lua.with_exit_code(error).to_owned_error())
}

/// Where a call stands, its results converted.
fn conclude<'r, R: FromLuaMulti<'r>>(
    lua: Lua<'r>,
    progress: Result<Progress, Error<'r>>,
) -> Result<Step<R>, OwnedError> {
    // The host learns of lost output from its own streams.
    let _ = lua.state.streams.flush_out();
    let step = progress.and_then(|progress| match progress {
        Progress::Done { from, count } => {
            let top = lua
                .state
                .thread()
                .object()
                .top
                .replace((from + count) as u32);
            let result = R::from_lua_multi(&mut Values::results(lua, from, count));
            lua.state.thread().object().top.set(top);
            result.map(Step::Done)
        }
        Progress::Slice => Ok(Step::Slice),
        Progress::Wait { .. } => Ok(Step::Waiting),
    });
    owned(lua, step)
}

const _: () = {
    const fn is_sent<T: Send>() {}
    is_sent::<Execution>();
    is_sent::<Rooted>();
};
