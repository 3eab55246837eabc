//! Host functions: closures and functions of Rust, with typed arguments and results.
#![forbid(unsafe_code)]

use super::{FromLuaMulti, Function, IntoLuaMulti, Lua, Region, Values};
use crate::error::Error;
use crate::vm::{Call, Reply};

/// The arguments of a call, converted.
#[inline]
pub(super) fn arguments<'r, A: FromLuaMulti<'r>>(call: &Call<'r>) -> Result<A, Error<'r>> {
    let lua = Lua::new(call.state);
    A::from_lua_multi(&mut Values::arguments(lua, call.slot, call.count))
}

/// The results of a call, put where they belong.
#[inline]
pub(super) fn reply<'r>(
    call: &Call<'r>,
    results: impl IntoLuaMulti<'r>,
) -> Result<Reply, Error<'r>> {
    let results = results.into_lua_multi(Lua::new(call.state))?;
    match results.as_ref() {
        [] => call.none(),
        [one] => call.one(*one),
        all => call.values(all),
    }
}

/// Calls a typed function as the VM calls host functions.
#[inline]
pub(super) fn answer<'r, A, R>(
    call: &Call<'r>,
    function: impl Fn(Lua<'r>, A) -> Result<R, Error<'r>>,
) -> Result<Reply, Error<'r>>
where
    A: FromLuaMulti<'r>,
    R: IntoLuaMulti<'r>,
{
    let args = arguments(call)?;
    reply(call, function(Lua::new(call.state), args)?)
}

impl<'r> Lua<'r> {
    /// Makes a function that scripts can call. Its arguments are a tuple, as in mlua.
    ///
    /// Arguments may borrow from the region (`&str`, `&[u8]`, [`Str`](crate::Str)); the closure
    /// itself holds nothing of it. An argument that does not convert is an error in Lua's words:
    /// `bad argument #1 to 'f' (number expected, got nil)`.
    ///
    /// ```
    /// # use bumpalo::Bump;
    /// # use lunette::{Arena, Engine};
    /// # let (engine, mut arena, out) = (Engine::new(), Arena::new(), Bump::new());
    /// let program = engine.compile("join.lua", "return join('a', 'b')")?;
    /// let joined = engine.enter(&mut arena, &out, |region| {
    ///     let join = region.create_function(|_, (a, b): (&str, &str)| Ok(format!("{a}-{b}")))?;
    ///     region.globals().set(region, "join", join)?;
    ///     region.eval::<String>(&program)
    /// });
    /// assert_eq!(joined.ok().as_deref(), Some("a-b"));
    /// # Ok::<(), lunette::OwnedError>(())
    /// ```
    ///
    /// # Errors
    /// The region has no room for it.
    pub fn create_function<A, R, F>(self, function: F) -> Result<Function<'r>, Error<'r>>
    where
        A: FromLuaMulti<'r>,
        R: IntoLuaMulti<'r>,
        F: Fn(Lua<'r>, A) -> Result<R, Error<'r>> + Send + 'static,
    {
        let native = self
            .state
            .host_native(move |call| answer(call, &function))?;
        Ok(native.into())
    }
}

impl<'r, 'out> Region<'r, 'out> {
    /// As [`Lua::create_function`], of a closure that may borrow what outlives the run.
    ///
    /// ```
    /// # use bumpalo::Bump;
    /// # use lunette::{Arena, Engine};
    /// # use std::cell::Cell;
    /// # let (engine, mut arena) = (Engine::new(), Arena::new());
    /// let program = engine.compile("count.lua", "count() count() count()")?;
    /// let calls = Cell::new(0);
    /// let out = Bump::new();
    /// let done = engine.enter(&mut arena, &out, |region| {
    ///     let count = region.scoped_function(|_, ()| {
    ///         calls.set(calls.get() + 1);
    ///         Ok(())
    ///     })?;
    ///     region.globals().set(region, "count", count)?;
    ///     region.eval::<()>(&program)
    /// });
    /// assert!(done.is_ok() && calls.get() == 3);
    /// # Ok::<(), lunette::OwnedError>(())
    /// ```
    ///
    /// # Errors
    /// The region has no room for it.
    pub fn scoped_function<A, R, F>(self, function: F) -> Result<Function<'r>, Error<'r>>
    where
        A: FromLuaMulti<'r>,
        R: IntoLuaMulti<'r>,
        F: Fn(Lua<'r>, A) -> Result<R, Error<'r>> + 'out,
    {
        let native = self.scope.native(move |call| answer(call, &function))?;
        Ok(native.into())
    }
}
