//! Host functions in several turns: scripts may yield across them, and they may wait for the host.
#![forbid(unsafe_code)]

use core::fmt;

use super::host::{arguments, reply};
use super::{FromLuaMulti, Function, IntoLuaMulti, Lua, MultiValue, Values};
use crate::error::Error;
use crate::value::Value;
use crate::vm::{Again, Call, Reply};

/// One turn of a resumable host function: what it finds when it is called, and when it is called
/// again.
pub struct Turn<'r, 'c> {
    call: &'c Call<'r>,
}

impl<'r> Turn<'r, '_> {
    /// Whether this is the first turn.
    pub fn is_first(&self) -> bool {
        !self.call.is_again()
    }

    /// The arguments in the first turn; later what the turn before [kept](Next::keeping).
    ///
    /// # Errors
    /// They do not convert.
    pub fn args<A: FromLuaMulti<'r>>(&self) -> Result<A, Error<'r>> {
        arguments(self.call)
    }

    /// What the turn before asked for: the results of its call, what its yield was resumed with,
    /// what the host answered.
    ///
    /// # Errors
    /// They do not convert.
    pub fn results<A: FromLuaMulti<'r>>(&self) -> Result<A, Error<'r>> {
        let (from, count) = self.call.results;
        A::from_lua_multi(&mut Values::results(Lua::new(self.call.state), from, count))
    }
}

impl fmt::Debug for Turn<'_, '_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let is_first = self.is_first();
        f.debug_struct("Turn")
            .field("is_first", &is_first)
            .finish_non_exhaustive()
    }
}

/// How a turn of a resumable host function ends.
#[derive(Debug)]
pub struct Next<'r> {
    /// `None` returns the values.
    what: Option<Again>,
    values: MultiValue<'r>,
    kept: MultiValue<'r>,
}

impl<'r> Next<'r> {
    fn new(
        lua: Lua<'r>,
        what: Option<Again>,
        first: Option<Value<'r>>,
        values: impl IntoLuaMulti<'r>,
    ) -> Result<Self, Error<'r>> {
        let mut all = MultiValue::new(lua);
        let values = values.into_lua_multi(lua)?;
        for value in first.iter().chain(values.as_ref()) {
            all.push(*value)?;
        }
        let (values, kept) = (all, MultiValue::new(lua));
        Ok(Self { what, values, kept })
    }

    /// The function returns these values.
    ///
    /// # Errors
    /// The region has no room for them.
    pub fn done(lua: Lua<'r>, values: impl IntoLuaMulti<'r>) -> Result<Self, Error<'r>> {
        Self::new(lua, None, None, values)
    }

    /// A function is called, and then comes the next turn. What is called may yield.
    ///
    /// # Errors
    /// The region has no room for the arguments.
    pub fn call(
        lua: Lua<'r>,
        function: Function<'r>,
        args: impl IntoLuaMulti<'r>,
    ) -> Result<Self, Error<'r>> {
        Self::new(lua, Some(Again::Call), Some(function.to_value()), args)
    }

    /// The coroutine that runs yields these values, and then comes the next turn.
    ///
    /// # Errors
    /// The region has no room for them.
    pub fn suspend(lua: Lua<'r>, values: impl IntoLuaMulti<'r>) -> Result<Self, Error<'r>> {
        Self::new(lua, Some(Again::Yield), None, values)
    }

    /// The [`Execution`](super::Execution) stops and shows these values to the host; the next turn
    /// comes with its answer.
    ///
    /// # Errors
    /// The region has no room for them.
    pub fn wait(lua: Lua<'r>, values: impl IntoLuaMulti<'r>) -> Result<Self, Error<'r>> {
        Self::new(lua, Some(Again::Wait), None, values)
    }

    /// What the next turn finds as its arguments.
    ///
    /// # Errors
    /// The region has no room for it.
    pub fn keeping(
        mut self,
        lua: Lua<'r>,
        values: impl IntoLuaMulti<'r>,
    ) -> Result<Self, Error<'r>> {
        for value in values.into_lua_multi(lua)?.as_ref() {
            self.kept.push(*value)?;
        }
        Ok(self)
    }

    fn carry_out(self, call: &Call<'r>) -> Result<Reply, Error<'r>> {
        match self.what {
            None => reply(call, self.values),
            Some(what) => call.again(what, &self.values, &self.kept),
        }
    }
}

/// One turn of a function, as the VM calls host functions.
pub(super) fn take_turn<'r>(
    call: &Call<'r>,
    function: impl Fn(Lua<'r>, &Turn<'r, '_>) -> Result<Next<'r>, Error<'r>>,
) -> Result<Reply, Error<'r>> {
    function(Lua::new(call.state), &Turn { call })?.carry_out(call)
}

impl<'r> Lua<'r> {
    /// Makes a function that is called in turns: each says what comes before the next, so that no
    /// Rust stack waits, and scripts may yield across it.
    ///
    /// ```
    /// # use bumpalo::Bump;
    /// # use lunette::{Arena, Engine, Function, Next, Turn};
    /// # let (engine, mut arena, out) = (Engine::new(), Arena::new(), Bump::new());
    /// // Calls a function and doubles what it returns; the function may yield meanwhile.
    /// let program = engine.compile("d.lua", "
    ///     local co = coroutine.wrap(function() return double(coroutine.yield) end)
    ///     co()
    ///     return co(21)")?;
    /// let doubled = engine.enter(&mut arena, &out, |region| {
    ///     let double = region.create_resumable(|lua, turn| {
    ///         if turn.is_first() {
    ///             let function: Function = turn.args()?;
    ///             return Next::call(lua, function, ());
    ///         }
    ///         Next::done(lua, turn.results::<i64>()? * 2)
    ///     })?;
    ///     region.globals().set(region, "double", double)?;
    ///     region.eval::<i64>(&program)
    /// });
    /// assert_eq!(doubled.ok(), Some(42));
    /// # Ok::<(), lunette::OwnedError>(())
    /// ```
    ///
    /// # Errors
    /// The region has no room for it.
    pub fn create_resumable<F>(self, function: F) -> Result<Function<'r>, Error<'r>>
    where
        F: Fn(Lua<'r>, &Turn<'r, '_>) -> Result<Next<'r>, Error<'r>> + Send + 'static,
    {
        let native = self
            .state
            .host_native(move |call| take_turn(call, &function))?;
        Ok(native.into())
    }
}
