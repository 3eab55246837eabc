//! The handle that every conversion and every host function gets.
#![forbid(unsafe_code)]

use core::fmt;

use super::{FromLua, FromLuaMulti, Function, IntoLua, IntoLuaMulti, Program, RunStats, Values};
use crate::error::{Error, ErrorKind};
use crate::memory::Budget;
use crate::value::{Closure, KindUsage, Str, Table, Value};
use crate::vm::State;

/// How many causes of a failure are told.
const CAUSES_MAX: usize = 32;

/// An open execution, as host functions and conversions see it.
///
/// Inside [`Engine::enter`](super::Engine::enter) a [`Region`](super::Region) is one of these, and
/// knows beside it the caller's memory.
#[derive(Clone, Copy)]
pub struct Lua<'r> {
    pub(super) state: &'r State<'r>,
}

impl<'r> Lua<'r> {
    #[inline(always)]
    pub(super) fn new(state: &'r State<'r>) -> Self {
        Self { state }
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

    /// Runs `program` without arguments, and converts its results.
    ///
    /// # Errors
    /// What the program raises; its results do not convert.
    pub fn eval<T: FromLuaMulti<'r>>(self, program: &Program) -> Result<T, Error<'r>> {
        let main = self.load(program)?;
        self.call(main.to_value(), ())
    }

    /// Calls any value that can be called, and converts the results.
    ///
    /// # Errors
    /// What the function raises; its results do not convert.
    #[inline]
    pub fn call<T: FromLuaMulti<'r>>(
        self,
        function: Value<'r>,
        args: impl IntoLuaMulti<'r>,
    ) -> Result<T, Error<'r>> {
        let args = args.into_lua_multi(self)?;
        let (from, count) = self.state.call_values(function, args.as_ref())?;
        // A conversion may call scripts, which must not write over what is still to be read.
        let top = &self.state.thread().object().top;
        let outer_top = top.replace((from + count) as u32);
        let result = T::from_lua_multi(&mut Values::results(self, from, count));
        self.state.thread().object().top.set(outer_top);
        result
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
        let pairs = pairs.into_iter();
        let table = Table::new(&self.state.store, 0, expected(&pairs))?;
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
        let items = items.into_iter();
        let table = Table::new(&self.state.store, expected(&items), 0)?;
        for (index, item) in (1i64..).zip(items) {
            let item = item.into_lua(self)?;
            table.raw_set_int(&self.state.store, index, item)?;
        }
        Ok(table)
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
        T::from_lua(table.raw_get(key), self).map_err(|error| self.at_key(error, key))
    }

    /// `value` as text, as Lua's `tostring` gives it: metamethods may run.
    ///
    /// # Errors
    /// What a metamethod raises; the region has no room for the text.
    pub fn to_text(self, value: Value<'r>) -> Result<Str<'r>, Error<'r>> {
        self.state.to_text(value)
    }

    /// An error of the host's side, with `message` as its error value.
    #[cold]
    pub fn error(self, message: impl AsRef<[u8]>) -> Error<'r> {
        self.state.host_error(message.as_ref())
    }

    /// The error of a host's failure, with the messages of its causes behind its own.
    #[cold]
    pub fn failure(self, failure: &(dyn core::error::Error + 'static)) -> Error<'r> {
        let mut message = failure.to_string();
        let mut cause = failure.source();
        // A chain of causes may be a ring.
        for _ in 0..CAUSES_MAX {
            let Some(error) = cause else { break };
            message.push_str(": ");
            message.push_str(&error.to_string());
            cause = error.source();
        }
        self.error(message)
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

    /// Objects and bytes that the region can reach now, by kind of object, in the order of
    /// [`RunStats::objects`]. Nothing is counted while scripts run: this walks over all objects,
    /// and takes memory of the host for its notes, so it is for now and then. Functions as they
    /// were compiled are not among it.
    ///
    /// ```
    /// # use bumpalo::Bump;
    /// # use lunette::{Arena, Engine};
    /// # let (engine, mut arena, out) = (Engine::new(), Arena::new(), Bump::new());
    /// let program = engine.compile("t.lua", "kept = {} for i = 1, 100 do kept[i] = {i} end")?;
    /// let tables = engine.enter(&mut arena, &out, |region| {
    ///     let before = region.memory_by_kind()[1];
    ///     region.eval::<()>(&program)?;
    ///     let after = region.memory_by_kind()[1];
    ///     assert!(after.bytes > before.bytes + 100 * 64);
    ///     Ok((after.name, after.objects - before.objects))
    /// });
    /// assert_eq!(tables.ok(), Some(("tables", 101)));
    /// # Ok::<(), lunette::OwnedError>(())
    /// ```
    pub fn memory_by_kind(self) -> [KindUsage; 8] {
        self.state.census()
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

    /// Charges fuel for `steps` of work that a host function does on behalf of a script.
    ///
    /// # Errors
    /// Fuel, deadline or cancel ends the run.
    pub fn charge(self, steps: u64) -> Result<(), Error<'r>> {
        self.state.charge(steps)
    }

    /// The error of a value that does not convert.
    #[cold]
    pub(super) fn conversion_error(self, message: impl AsRef<[u8]>) -> Error<'r> {
        self.state.conversion_path.set(0);
        let store = &self.state.store;
        Error::with_message(store, ErrorKind::Conversion, message.as_ref())
    }

    /// The error of a value of the wrong type.
    #[cold]
    pub(super) fn mismatch(self, expected: &str, value: Value<'r>) -> Error<'r> {
        let found = self.state.type_name_of(value);
        self.conversion_error(format!("{expected} expected, got {found}"))
    }

    /// The same error, which happened at the item `index` of a list.
    #[cold]
    pub(super) fn at_index(self, error: Error<'r>, index: i64) -> Error<'r> {
        self.behind(error, &format!("[{index}]"))
    }

    /// The same error, which happened at the entry `key` of a table.
    #[cold]
    pub(super) fn at_key(self, error: Error<'r>, key: Value<'r>) -> Error<'r> {
        let segment = match key.as_str() {
            Some(name) if is_name(name.as_bytes()) => name.to_string(),
            _ => format!("[{key:?}]"),
        };
        self.behind(error, &segment)
    }

    /// Puts a segment before the path of an error: `headers` before `[3]: string expected`.
    fn behind(self, error: Error<'r>, segment: &str) -> Error<'r> {
        if error.kind() != ErrorKind::Conversion {
            return error;
        }
        let path_len = self.state.conversion_path.get() as usize;
        let message = error.to_string();
        let separator = match path_len {
            0 => ": ",
            _ if message.starts_with('[') => "",
            _ => ".",
        };
        let error = self.conversion_error(format!("{segment}{separator}{message}"));
        let path_len = path_len + segment.len() + 1;
        self.state.conversion_path.set(path_len as u32);
        error
    }

    /// The message of a conversion that failed, as it is shown.
    pub(super) fn conversion_message(self, error: &Error<'r>, is_missing: bool) -> String {
        let message = error.to_string();
        let is_whole = self.state.conversion_path.get() == 0;
        match message.strip_suffix("got nil") {
            Some(start) if is_missing && is_whole => format!("{start}got no value"),
            _ => message,
        }
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

    /// Makes room for one more item in memory of the host.
    pub(super) fn reserve_one<T>(self, items: &mut Vec<T>) -> Result<(), Error<'r>> {
        items.try_reserve(1).map_err(|_| self.out_of_memory())
    }

    #[cold]
    pub(super) fn out_of_memory(self) -> Error<'r> {
        Error::bare(ErrorKind::Memory)
    }
}

impl fmt::Debug for Lua<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Lua").finish_non_exhaustive()
    }
}

/// How many items an iterator says that it has, within reason.
fn expected<I: Iterator>(items: &I) -> usize {
    const EXPECTED_MAX: usize = 1 << 16;
    items.size_hint().0.min(EXPECTED_MAX)
}

/// Whether `text` is a Lua name, keywords aside.
pub(super) fn is_name(text: &[u8]) -> bool {
    let is_word = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_';
    text.first().is_some_and(|first| !first.is_ascii_digit()) && text.iter().all(is_word)
}
