//! Host modules: what an engine offers its scripts beside the libraries.
#![forbid(unsafe_code)]

use core::fmt;

use super::host::answer;
use super::resumable::take_turn;
use super::{FromLuaMulti, IntoLuaMulti, Lua, Next, Turn};
use crate::error::Error;
use crate::value::{Str, Table, Value};
use crate::vm::{Call, HostFunctions, Reply, State};

/// A host module while it is being made: its functions and constants.
///
/// `'m` stands for whatever region a function is called in; no function can keep anything of it.
pub struct Module<'a, 'm> {
    functions: &'a mut HostFunctions,
    entries: Vec<(String, Entry)>,
    /// What functions are called with names the region's lifetime, which is not known here.
    marker: core::marker::PhantomData<core::cell::Cell<&'m ()>>,
}

/// One entry of a module's table.
#[derive(Clone, Debug)]
enum Entry {
    Function(usize),
    Constant(Constant),
}

/// A value that is the same in every region.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Constant {
    /// A boolean.
    Bool(bool),
    /// An integer.
    Int(i64),
    /// A float.
    Float(f64),
    /// A string.
    Text(String),
}

macro_rules! constants {
    ($($type:ty => $variant:ident,)*) => {$(
        impl From<$type> for Constant {
            fn from(value: $type) -> Self {
                Self::$variant(value.into())
            }
        }
    )*};
}

constants! {
    bool => Bool,
    i64 => Int,
    i32 => Int,
    f64 => Float,
    &str => Text,
    String => Text,
}

impl<'m> Module<'_, 'm> {
    /// Adds a function; see [`Lua::create_function`]. It is shared by all threads that use the
    /// engine.
    pub fn function<A, R, F>(&mut self, name: impl Into<String>, function: F) -> &mut Self
    where
        A: FromLuaMulti<'m>,
        R: IntoLuaMulti<'m>,
        F: Fn(Lua<'m>, A) -> Result<R, Error<'m>> + Send + Sync + 'static,
    {
        self.add(name, move |call| answer(call, &function))
    }

    /// Adds a function in turns; see [`Lua::create_resumable`].
    pub fn resumable<F>(&mut self, name: impl Into<String>, function: F) -> &mut Self
    where
        F: Fn(Lua<'m>, &Turn<'m, '_>) -> Result<Next<'m>, Error<'m>> + Send + Sync + 'static,
    {
        self.add(name, move |call| take_turn(call, &function))
    }

    pub(super) fn add<F>(&mut self, name: impl Into<String>, function: F) -> &mut Self
    where
        F: Fn(&Call<'m>) -> Result<Reply, Error<'m>> + Send + Sync + 'static,
    {
        let number = self.functions.add(function);
        self.entries.push((name.into(), Entry::Function(number)));
        self
    }

    /// Adds a constant.
    pub fn constant(&mut self, name: impl Into<String>, value: impl Into<Constant>) -> &mut Self {
        let entry = Entry::Constant(value.into());
        self.entries.push((name.into(), entry));
        self
    }
}

impl fmt::Debug for Module<'_, '_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = self.entries.iter().map(|(name, _)| name);
        f.debug_set().entries(names).finish()
    }
}

/// The host modules of an engine.
#[derive(Default)]
pub(super) struct Modules {
    pub(super) functions: HostFunctions,
    modules: Vec<(String, Vec<(String, Entry)>)>,
}

impl fmt::Debug for Modules {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = self.modules.iter().map(|(name, _)| name);
        f.debug_set().entries(names).finish()
    }
}

impl Modules {
    /// Adds the module that `fill` describes.
    pub(super) fn add(
        &mut self,
        name: impl Into<String>,
        fill: impl for<'m> FnOnce(&mut Module<'_, 'm>),
    ) {
        let mut module = Module {
            functions: &mut self.functions,
            entries: Vec::new(),
            marker: core::marker::PhantomData,
        };
        fill(&mut module);
        let entries = module.entries;
        self.modules.push((name.into(), entries));
    }

    /// Puts the modules into a fresh region: as global variables, and among the loaded ones.
    ///
    /// # Errors
    /// The region has no room for them.
    pub(super) fn open<'r>(&self, state: &'r State<'r>) -> Result<(), Error<'r>> {
        if self.modules.is_empty() {
            return Ok(());
        }
        let lua = Lua::new(state);
        let loaded = state.registry().raw_get_str(Str::literal("_LOADED"));
        for (name, entries) in &self.modules {
            let module = if name.is_empty() {
                state.globals()
            } else {
                let module = Table::new(&state.store, 0, entries.len())?;
                lua.raw_set(state.globals(), &**name, module)?;
                if let Some(loaded) = loaded.as_table() {
                    lua.raw_set(loaded, &**name, module)?;
                }
                module
            };
            for (name, entry) in entries {
                lua.raw_set(module, &**name, entry.value(lua)?)?;
            }
        }
        Ok(())
    }
}

impl Entry {
    fn value<'r>(&self, lua: Lua<'r>) -> Result<Value<'r>, Error<'r>> {
        Ok(match self {
            Self::Function(number) => match lua.state.engine_native(*number) {
                Some(native) => native.to_value(),
                None => Value::NIL,
            },
            Self::Constant(Constant::Bool(value)) => Value::bool(*value),
            Self::Constant(Constant::Int(value)) => Value::int(*value),
            Self::Constant(Constant::Float(value)) => Value::float(*value),
            Self::Constant(Constant::Text(text)) => lua.str(text)?.to_value(),
        })
    }
}
