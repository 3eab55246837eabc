//! A region, as the host sees it while it is open.
#![forbid(unsafe_code)]

use core::fmt;

use bumpalo::Bump;

use super::{FromLua, Function, IntoArgs, IntoLua, Program};
use crate::error::{Error, ErrorKind, escape_str};
use crate::memory::{Budget, HeapStats};
use crate::value::{Closure, Kind, Str, Table, Unpacked, Value};
use crate::vm::{EvacuationStats, State};

/// An open region: the host's handle inside [`Engine::enter`](super::Engine::enter).
///
/// `'r` stands for this region alone; `'out` is the caller's memory for what leaves it.
#[derive(Clone, Copy)]
pub struct Region<'r, 'out> {
    state: &'r State<'r>,
    out: &'out Bump,
}

/// What a region has used so far.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct RunStats {
    /// Figures of its memory.
    pub memory: HeapStats,
    /// VM steps taken: calls, loop iterations, and units of work in the library.
    pub steps: u64,
    /// What evacuations did.
    pub evacuations: EvacuationStats,
    /// How many objects of each kind were made.
    pub objects: [(&'static str, u64); Kind::COUNT],
}

impl<'r, 'out> Region<'r, 'out> {
    pub(super) fn new(state: &'r State<'r>, out: &'out Bump) -> Self {
        Self { state, out }
    }

    /// The global variables.
    pub fn globals(self) -> Table<'r> {
        self.state.globals()
    }

    /// Makes the main function of `program`, to be called as often as you like.
    ///
    /// # Errors
    /// The region has no room for it.
    pub fn load(self, program: &Program) -> Result<Closure<'r>, Error<'r>> {
        let main = self.state.store.main_of(&program.image)?;
        let env = self.state.globals().to_value();
        Ok(self.state.main_closure(main, env)?)
    }

    /// Runs `program` without arguments, and converts its first result.
    ///
    /// # Errors
    /// What the program raises; its result does not convert.
    pub fn eval<T: FromLua<'r>>(self, program: &Program) -> Result<T, Error<'r>> {
        let main = self.load(program)?;
        self.call(main.to_value(), ())
    }

    /// Calls any value that can be called, and converts the first result.
    ///
    /// # Errors
    /// What the function raises; its result does not convert.
    pub fn call<T: FromLua<'r>>(
        self,
        function: Value<'r>,
        args: impl IntoArgs<'r>,
    ) -> Result<T, Error<'r>> {
        let args = args.into_args(self)?;
        let result = self.state.call_value(function, args.as_ref())?;
        T::from_lua(result, self)
    }

    /// A string of the region: a copy of `text`.
    ///
    /// # Errors
    /// The region has no room for it.
    pub fn str(self, text: impl AsRef<[u8]>) -> Result<Str<'r>, Error<'r>> {
        self.state.str(text.as_ref())
    }

    /// A table with these keys and values.
    ///
    /// # Errors
    /// The region has no room for it; a key is nil or NaN.
    pub fn table<K: IntoLua<'r>, V: IntoLua<'r>>(
        self,
        pairs: impl IntoIterator<Item = (K, V)>,
    ) -> Result<Table<'r>, Error<'r>> {
        let table = Table::empty(&self.state.store)?;
        for (key, value) in pairs {
            self.raw_set(table, key, value)?;
        }
        Ok(table)
    }

    /// A table with `items` at the keys 1, 2, 3, ...
    ///
    /// # Errors
    /// The region has no room for it.
    pub fn list<V: IntoLua<'r>>(
        self,
        items: impl IntoIterator<Item = V>,
    ) -> Result<Table<'r>, Error<'r>> {
        self.table((1i64..).zip(items))
    }

    /// Sets a field without asking metamethods.
    ///
    /// # Errors
    /// The region has no room for it; the key is nil or NaN.
    pub fn raw_set(
        self,
        table: Table<'r>,
        key: impl IntoLua<'r>,
        value: impl IntoLua<'r>,
    ) -> Result<(), Error<'r>> {
        let key = key.into_lua(self)?;
        let value = value.into_lua(self)?;
        self.state.raw_set(table, key, value)
    }

    /// Reads a field without asking metamethods, and converts it.
    ///
    /// # Errors
    /// The field does not convert.
    pub fn raw_get<T: FromLua<'r>>(
        self,
        table: Table<'r>,
        key: impl IntoLua<'r>,
    ) -> Result<T, Error<'r>> {
        let key = key.into_lua(self)?;
        T::from_lua(table.raw_get(key), self)
    }

    /// `value` as text, as Lua's `tostring` gives it: metamethods may run.
    ///
    /// # Errors
    /// What a metamethod raises; the region has no room for the text.
    pub fn to_text(self, value: Value<'r>) -> Result<Str<'r>, Error<'r>> {
        self.state.to_text(value)
    }

    /// Copies bytes of the region into the caller's memory.
    ///
    /// # Errors
    /// There is no room.
    pub fn escape_bytes(self, text: Str<'r>) -> Result<&'out [u8], Error<'r>> {
        let copy = self.out.try_alloc_slice_copy(text.as_bytes());
        copy.map(|bytes| &*bytes)
            .map_err(|_| Error::bare(ErrorKind::Memory))
    }

    /// Copies text of the region into the caller's memory.
    ///
    /// # Errors
    /// There is no room, or the string is not UTF-8; [`Region::escape_bytes`] takes any string.
    pub fn escape_str(self, text: Str<'r>) -> Result<&'out str, Error<'r>> {
        let bytes = self.escape_bytes(text)?;
        core::str::from_utf8(bytes).map_err(|_| self.error("string is not valid UTF-8"))
    }

    /// Copies a value without structure into the caller's memory: nil, booleans, numbers, strings.
    ///
    /// # Errors
    /// There is no room, or the value is of another type.
    pub fn escape(self, value: Value<'r>) -> Result<Value<'out>, Error<'r>> {
        Ok(match value.unpack() {
            Unpacked::Nil => Value::NIL,
            Unpacked::Bool(value) => Value::bool(value),
            Unpacked::Int(value) => Value::int(value),
            Unpacked::Float(value) => Value::float(value),
            Unpacked::Str(text) => escape_str(text, self.out)?.to_value(),
            _ => {
                let parts = ["cannot copy a ", value.type_name(), " out of its region"];
                return Err(self.error(parts.concat()));
            }
        })
    }

    /// An error of the host's side, with `message` as its error value.
    pub fn error(self, message: impl AsRef<[u8]>) -> Error<'r> {
        self.state.host_error(message.as_ref())
    }

    /// The same error; what `os.exit` was given becomes the error value of
    /// [`ErrorKind::Exit`], as an integer.
    pub(super) fn with_exit_code(self, error: Error<'r>) -> Error<'r> {
        if error.kind() != ErrorKind::Exit || error.has_payload() {
            return error;
        }
        let code = Value::int(self.state.exit_code.get().into());
        let error = Error::with_value(&self.state.store, ErrorKind::Exit, code);
        if error.kind() == ErrorKind::Exit {
            error
        } else {
            Error::bare(ErrorKind::Exit)
        }
    }

    /// What the region has used so far.
    pub fn stats(self) -> RunStats {
        RunStats {
            memory: self.state.heap_stats(),
            steps: self.state.steps(),
            evacuations: self.state.evacuations.get(),
            objects: self.state.object_counts(),
        }
    }

    /// The byte bound of this region.
    pub fn budget(self) -> Budget {
        self.state.budget()
    }

    /// A global variable, converted.
    ///
    /// # Errors
    /// It does not convert.
    pub fn global<T: FromLua<'r>>(self, name: &str) -> Result<T, Error<'r>> {
        self.raw_get(self.globals(), name)
    }

    /// A global function.
    ///
    /// # Errors
    /// There is none of that name.
    pub fn function(self, name: &str) -> Result<Function<'r>, Error<'r>> {
        self.global(name)
    }
}

impl fmt::Debug for Region<'_, '_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Region").finish_non_exhaustive()
    }
}
