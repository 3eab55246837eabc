//! Host objects: values of Rust with methods, fields and metamethods.
#![forbid(unsafe_code)]
//!
//! The metatable of a type is made in a region when its first object is, and kept in the registry
//! under a number that stands for the type.

use core::any::TypeId;
use core::fmt;
use core::hash::{Hash, Hasher};
use core::marker::PhantomData;
use core::ops::{Deref, DerefMut};

use super::host::{answer, reply};
use super::{FromLua, FromLuaMulti, IntoLua, IntoLuaMulti, Lua, Region};
use crate::error::{Error, ErrorKind};
use crate::value::{self, BorrowError, HostRef, HostRefMut, Native, Str, Table, Value};
use crate::vm::{Call, Reply};

/// A type whose values scripts can hold.
///
/// ```
/// # use bumpalo::Bump;
/// # use lunette::{Arena, Engine};
/// use lunette::{UserData, UserDataFields, UserDataMethods};
///
/// struct Point { x: f64, y: f64 }
///
/// impl UserData for Point {
///     fn add_fields(fields: &mut UserDataFields<'_, Self>) {
///         fields.add_field_method_get("x", |_, this| Ok(this.x));
///         fields.add_field_method_set("x", |_, this, x| { this.x = x; Ok(()) });
///     }
///
///     fn add_methods(methods: &mut UserDataMethods<'_, Self>) {
///         methods.add_method("length", |_, this, ()| Ok(this.x.hypot(this.y)));
///         methods.add_meta_method("__tostring", |_, this, ()| {
///             Ok(format!("({}, {})", this.x, this.y))
///         });
///     }
/// }
///
/// # let (engine, mut arena, out) = (Engine::new(), Arena::new(), Bump::new());
/// let program = engine.compile("p.lua", "p.x = 3.0; return p:length(), tostring(p)")?;
/// let shown = engine.enter(&mut arena, &out, |region| {
///     region.globals().set(region, "p", Point { x: 0.0, y: 4.0 })?;
///     region.eval::<(f64, String)>(&program)
/// });
/// assert_eq!(shown.ok(), Some((5.0, "(3, 4)".to_owned())));
/// # Ok::<(), lunette::OwnedError>(())
/// ```
pub trait UserData: Sized + 'static {
    /// What messages call the type, and the metatable's `__name`. By default the Rust name
    /// without its path.
    fn type_name() -> &'static str {
        let name = core::any::type_name::<Self>();
        let end = name.find('<').unwrap_or(name.len());
        name[..end].rsplit("::").next().unwrap_or(name)
    }

    /// Adds fields that are read and written by functions.
    fn add_fields(fields: &mut UserDataFields<'_, Self>) {
        let _ = fields;
    }

    /// Adds methods and metamethods. `__gc` has no effect here: the end of a value is its `Drop`.
    fn add_methods(methods: &mut UserDataMethods<'_, Self>) {
        let _ = methods;
    }
}

/// What is made for a type in a region.
struct Parts<'r> {
    lua: Lua<'r>,
    metatable: Table<'r>,
    methods: Table<'r>,
    getters: Option<Table<'r>>,
    setters: Option<Table<'r>>,
    error: Option<Error<'r>>,
}

impl<'r> Parts<'r> {
    /// Notes a failure: there is no room, and the type stays without its metatable.
    fn note(&mut self, result: Result<(), Error<'r>>) {
        if let Err(error) = result {
            self.error.get_or_insert(error);
        }
    }

    fn add<F>(&mut self, table: Table<'r>, name: &str, function: F)
    where
        F: Fn(&Call<'r>) -> Result<Reply, Error<'r>> + 'static,
    {
        let result = self.lua.state.host_native(function).map_err(Error::from);
        let result = result.and_then(|native| self.lua.raw_set(table, name, native));
        self.note(result);
    }

    /// The table of getters or setters, made when the first is added.
    fn accessors(&mut self, is_setter: bool) -> Option<Table<'r>> {
        let place = if is_setter {
            self.setters
        } else {
            self.getters
        };
        if place.is_some() {
            return place;
        }
        match Table::empty(&self.lua.state.store) {
            Ok(table) if is_setter => self.setters = Some(table),
            Ok(table) => self.getters = Some(table),
            Err(error) => self.note(Err(error.into())),
        }
        if is_setter {
            self.setters
        } else {
            self.getters
        }
    }
}

/// The object that a method was called on, and the arguments behind it.
#[inline]
fn this<'r, T: UserData>(call: &Call<'r>) -> Result<HostRef<'r, T>, Error<'r>> {
    let node = call.arg(1).as_userdata().and_then(value::UserData::host);
    let Some(node) = node else {
        return Err(call.type_error(1, T::type_name()));
    };
    node.borrow::<T>()
        .map_err(|error| not_borrowed::<T>(call, error))
}

#[inline]
fn this_mut<'r, T: UserData>(call: &Call<'r>) -> Result<HostRefMut<'r, T>, Error<'r>> {
    let node = call.arg(1).as_userdata().and_then(value::UserData::host);
    let Some(node) = node else {
        return Err(call.type_error(1, T::type_name()));
    };
    node.borrow_mut::<T>()
        .map_err(|error| not_borrowed::<T>(call, error))
}

#[cold]
fn not_borrowed<'r, T: UserData>(call: &Call<'r>, error: BorrowError) -> Error<'r> {
    match error {
        BorrowError::Type(_) => call.type_error(1, T::type_name()),
        error => borrow_error(Lua::new(call.state), T::type_name(), error),
    }
}

/// The error of a host object that cannot be borrowed.
#[cold]
fn borrow_error<'r>(lua: Lua<'r>, name: &str, error: BorrowError) -> Error<'r> {
    let message = match error {
        BorrowError::Type(found) => format!("{name} expected, got {found}"),
        BorrowError::Taken => format!("{name} is borrowed already"),
        BorrowError::ReadOnly => format!("{name} was lent for reading only"),
    };
    Error::with_message(&lua.state.store, ErrorKind::Borrow, message.as_bytes())
}

/// The arguments behind the object.
#[inline]
fn rest<'r, A: FromLuaMulti<'r>>(call: &Call<'r>) -> Result<A, Error<'r>> {
    let mut values = super::Values::arguments(Lua::new(call.state), call.slot, call.count);
    values.next_value();
    A::from_lua_multi(&mut values)
}

/// Where a type says what methods it has.
pub struct UserDataMethods<'r, T> {
    parts: Parts<'r>,
    marker: PhantomData<fn(T)>,
}

impl<'r, T: UserData> UserDataMethods<'r, T> {
    /// A method that reads the object: `object:name(...)`.
    pub fn add_method<A, R, F>(&mut self, name: impl AsRef<str>, method: F)
    where
        A: FromLuaMulti<'r>,
        R: IntoLuaMulti<'r>,
        F: Fn(Lua<'r>, &T, A) -> Result<R, Error<'r>> + Send + 'static,
    {
        let methods = self.parts.methods;
        self.method_in(methods, name.as_ref(), method);
    }

    /// A method that may change the object; it is borrowed exclusively meanwhile.
    pub fn add_method_mut<A, R, F>(&mut self, name: impl AsRef<str>, method: F)
    where
        A: FromLuaMulti<'r>,
        R: IntoLuaMulti<'r>,
        F: Fn(Lua<'r>, &mut T, A) -> Result<R, Error<'r>> + Send + 'static,
    {
        let methods = self.parts.methods;
        self.method_mut_in(methods, name.as_ref(), method);
    }

    /// A function beside the methods, which gets all its arguments as they are: `object.name(...)`.
    pub fn add_function<A, R, F>(&mut self, name: impl AsRef<str>, function: F)
    where
        A: FromLuaMulti<'r>,
        R: IntoLuaMulti<'r>,
        F: Fn(Lua<'r>, A) -> Result<R, Error<'r>> + Send + 'static,
    {
        let methods = self.parts.methods;
        self.parts
            .add(methods, name.as_ref(), move |call| answer(call, &function));
    }

    /// A metamethod that reads the object, by its name (`__len`). The object is the first operand;
    /// where it may be the second as well (`__add`), use
    /// [`add_meta_function`](Self::add_meta_function).
    pub fn add_meta_method<A, R, F>(&mut self, name: impl AsRef<str>, method: F)
    where
        A: FromLuaMulti<'r>,
        R: IntoLuaMulti<'r>,
        F: Fn(Lua<'r>, &T, A) -> Result<R, Error<'r>> + Send + 'static,
    {
        let metatable = self.parts.metatable;
        self.method_in(metatable, name.as_ref(), method);
    }

    /// A metamethod that may change the object.
    pub fn add_meta_method_mut<A, R, F>(&mut self, name: impl AsRef<str>, method: F)
    where
        A: FromLuaMulti<'r>,
        R: IntoLuaMulti<'r>,
        F: Fn(Lua<'r>, &mut T, A) -> Result<R, Error<'r>> + Send + 'static,
    {
        let metatable = self.parts.metatable;
        self.method_mut_in(metatable, name.as_ref(), method);
    }

    /// A metamethod that gets all operands as they are.
    pub fn add_meta_function<A, R, F>(&mut self, name: impl AsRef<str>, function: F)
    where
        A: FromLuaMulti<'r>,
        R: IntoLuaMulti<'r>,
        F: Fn(Lua<'r>, A) -> Result<R, Error<'r>> + Send + 'static,
    {
        let metatable = self.parts.metatable;
        self.parts.add(metatable, name.as_ref(), move |call| {
            answer(call, &function)
        });
    }

    fn method_in<A, R, F>(&mut self, table: Table<'r>, name: &str, method: F)
    where
        A: FromLuaMulti<'r>,
        R: IntoLuaMulti<'r>,
        F: Fn(Lua<'r>, &T, A) -> Result<R, Error<'r>> + 'static,
    {
        self.parts.add(table, name, move |call| {
            let this = this::<T>(call)?;
            let results = method(Lua::new(call.state), &this, rest(call)?)?;
            drop(this);
            reply(call, results)
        });
    }

    fn method_mut_in<A, R, F>(&mut self, table: Table<'r>, name: &str, method: F)
    where
        A: FromLuaMulti<'r>,
        R: IntoLuaMulti<'r>,
        F: Fn(Lua<'r>, &mut T, A) -> Result<R, Error<'r>> + 'static,
    {
        self.parts.add(table, name, move |call| {
            let mut this = this_mut::<T>(call)?;
            let results = method(Lua::new(call.state), &mut this, rest(call)?)?;
            drop(this);
            reply(call, results)
        });
    }
}

impl<T> fmt::Debug for UserDataMethods<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UserDataMethods").finish_non_exhaustive()
    }
}

/// Where a type says what fields it has.
pub struct UserDataFields<'r, T> {
    parts: Parts<'r>,
    marker: PhantomData<fn(T)>,
}

impl<'r, T: UserData> UserDataFields<'r, T> {
    /// A field with the same value for all objects.
    pub fn add_field(&mut self, name: impl AsRef<str>, value: impl IntoLua<'r>) {
        let (lua, methods) = (self.parts.lua, self.parts.methods);
        let result = lua.raw_set(methods, name.as_ref(), value);
        self.parts.note(result);
    }

    /// A field of the metatable, such as `__metatable`.
    pub fn add_meta_field(&mut self, name: impl AsRef<str>, value: impl IntoLua<'r>) {
        let (lua, metatable) = (self.parts.lua, self.parts.metatable);
        let result = lua.raw_set(metatable, name.as_ref(), value);
        self.parts.note(result);
    }

    /// What reading the field `name` of an object gives.
    pub fn add_field_method_get<R, F>(&mut self, name: impl AsRef<str>, getter: F)
    where
        R: IntoLua<'r>,
        F: Fn(Lua<'r>, &T) -> Result<R, Error<'r>> + Send + 'static,
    {
        let Some(getters) = self.parts.accessors(false) else {
            return;
        };
        self.parts.add(getters, name.as_ref(), move |call| {
            let this = this::<T>(call)?;
            let result = getter(Lua::new(call.state), &this)?;
            drop(this);
            reply(call, result)
        });
    }

    /// What writing the field `name` of an object does.
    pub fn add_field_method_set<A, F>(&mut self, name: impl AsRef<str>, setter: F)
    where
        A: FromLua<'r>,
        F: Fn(Lua<'r>, &mut T, A) -> Result<(), Error<'r>> + Send + 'static,
    {
        let Some(setters) = self.parts.accessors(true) else {
            return;
        };
        self.parts.add(setters, name.as_ref(), move |call| {
            let mut this = this_mut::<T>(call)?;
            let lua = Lua::new(call.state);
            // The VM passes the object, the key and the value.
            let value = call.arg(3);
            let value = A::from_lua(value, lua).map_err(|error| {
                let name = call.arg(2);
                lua.at_key(error, name)
            })?;
            setter(lua, &mut this, value)?;
            drop(this);
            call.none()
        });
    }
}

impl<T> fmt::Debug for UserDataFields<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UserDataFields").finish_non_exhaustive()
    }
}

/// `__index` of a type that has getters: captures them, and the methods.
fn read_field<'r>(call: &Call<'r>) -> Result<Reply, Error<'r>> {
    let (object, key) = (call.arg(1), call.arg(2));
    let Some(native) = call.callee() else {
        return call.none();
    };
    let in_table = |index| {
        let table = Native::captured(native, index).as_table();
        table.map_or(Value::NIL, |table| table.raw_get(key))
    };
    let getter = in_table(0);
    if getter.is_nil() {
        return call.one(in_table(1));
    }
    call.invoke(getter, &[object], None)
}

/// `__newindex` of a type that has setters: captures them, and the type's name.
fn write_field<'r>(call: &Call<'r>) -> Result<Reply, Error<'r>> {
    let key = call.arg(2);
    let native = call.callee();
    let captured = |index| native.map_or(Value::NIL, |native| native.captured(index));
    let setters = captured(0).as_table();
    let setter = setters.map_or(Value::NIL, |setters| setters.raw_get(key));
    if setter.is_nil() {
        let name = captured(1).as_str().unwrap_or(Str::literal("userdata"));
        let message = format!("cannot set field '{key}' of {name}");
        return Err(call.error(message.as_bytes()));
    }
    call.invoke(setter, &[call.arg(1), key, call.arg(3)], None)
}

/// The number that stands for a type in the registry.
fn type_number(type_id: TypeId) -> i64 {
    struct Last(u64);
    impl Hasher for Last {
        fn finish(&self) -> u64 {
            self.0
        }
        fn write(&mut self, bytes: &[u8]) {
            for byte in bytes {
                self.0 = self.0.rotate_left(8) ^ u64::from(*byte);
            }
        }
        fn write_u64(&mut self, word: u64) {
            self.0 ^= word;
        }
    }
    let mut hasher = Last(0);
    type_id.hash(&mut hasher);
    hasher.finish() as i64
}

/// The metatable of a type in this region, made when it is first asked for.
fn metatable_of<'r, T: UserData>(lua: Lua<'r>) -> Result<Table<'r>, Error<'r>> {
    let number = type_number(TypeId::of::<T>());
    let registry = lua.state.registry();
    if let Some(known) = registry.raw_get_int(number).as_table() {
        return Ok(known);
    }
    let metatable = make_metatable::<T>(lua)?;
    registry.raw_set_int(&lua.state.store, number, metatable.to_value())?;
    Ok(metatable)
}

#[cold]
fn make_metatable<'r, T: UserData>(lua: Lua<'r>) -> Result<Table<'r>, Error<'r>> {
    let store = &lua.state.store;
    let metatable = Table::empty(store)?;
    let methods = Table::empty(store)?;
    let parts = Parts {
        lua,
        metatable,
        methods,
        getters: None,
        setters: None,
        error: None,
    };
    let marker = PhantomData;
    let mut fields = UserDataFields { parts, marker };
    T::add_fields(&mut fields);
    let parts = fields.parts;
    let mut all = UserDataMethods { parts, marker };
    T::add_methods(&mut all);
    let parts = all.parts;
    if let Some(error) = parts.error {
        return Err(error);
    }
    let name = lua.str(T::type_name())?.to_value();
    set_missing(lua, metatable, "__name", name)?;
    let index = match parts.getters {
        None => methods.to_value(),
        Some(getters) => {
            let captured = [getters.to_value(), methods.to_value()];
            Native::new(store, crate::vm::entry_of(read_field), &captured)?.to_value()
        }
    };
    set_missing(lua, metatable, "__index", index)?;
    if let Some(setters) = parts.setters {
        let captured = [setters.to_value(), name];
        let native = Native::new(store, crate::vm::entry_of(write_field), &captured)?;
        set_missing(lua, metatable, "__newindex", native.to_value())?;
    }
    Ok(metatable)
}

/// Sets a field that the type itself did not set.
fn set_missing<'r>(
    lua: Lua<'r>,
    table: Table<'r>,
    name: &str,
    value: Value<'r>,
) -> Result<(), Error<'r>> {
    if lua.raw_get::<Value<'_>>(table, name)?.is_nil() {
        lua.raw_set(table, name, value)?;
    }
    Ok(())
}

impl<'r> Lua<'r> {
    /// Moves a value into the region, as a host object. It is dropped when the region closes, the
    /// newest first, or when an evacuation finds that no script can reach it.
    ///
    /// # Errors
    /// The region has no room for it.
    pub fn userdata<T: UserData + Send>(self, value: T) -> Result<value::UserData<'r>, Error<'r>> {
        let metatable = metatable_of::<T>(self)?;
        let store = &self.state.store;
        let node = store.own_object(value)?;
        let object = value::UserData::of_host(store, node)?;
        object.set_metatable(Some(metatable));
        Ok(object)
    }
}

impl<'r, 'out> Region<'r, 'out> {
    /// Lends a value of the host to the scripts, for reading: no copy, no `Arc`.
    ///
    /// # Errors
    /// The region has no room to note it.
    pub fn lend<T: UserData>(self, value: &'out T) -> Result<value::UserData<'r>, Error<'r>> {
        let metatable = metatable_of::<T>(self.lua())?;
        let object = self.scope.lend(value)?;
        object.set_metatable(Some(metatable));
        Ok(object)
    }

    /// Lends a value of the host to the scripts, for reading and writing.
    ///
    /// ```
    /// # use bumpalo::Bump;
    /// # use lunette::{Arena, Engine, UserData, UserDataMethods};
    /// struct Log(Vec<String>);
    ///
    /// impl UserData for Log {
    ///     fn add_methods(methods: &mut UserDataMethods<'_, Self>) {
    ///         methods.add_method_mut("add", |_, this, line: String| {
    ///             this.0.push(line);
    ///             Ok(())
    ///         });
    ///     }
    /// }
    ///
    /// # let (engine, mut arena) = (Engine::new(), Arena::new());
    /// let program = engine.compile("log.lua", "log:add('one') log:add('two')")?;
    /// let mut log = Log(Vec::new());
    /// {
    ///     let out = Bump::new();
    ///     let log = &mut log;
    ///     let done = engine.enter(&mut arena, &out, |region| {
    ///         let log = region.lend_mut(log)?;
    ///         region.globals().set(region, "log", log)?;
    ///         region.eval::<()>(&program)
    ///     });
    ///     assert!(done.is_ok());
    /// }
    /// assert_eq!(log.0, ["one", "two"]);
    /// # Ok::<(), lunette::OwnedError>(())
    /// ```
    ///
    /// # Errors
    /// The region has no room to note it.
    pub fn lend_mut<T: UserData>(
        self,
        value: &'out mut T,
    ) -> Result<value::UserData<'r>, Error<'r>> {
        let metatable = metatable_of::<T>(self.lua())?;
        let object = self.scope.lend_mut(value)?;
        object.set_metatable(Some(metatable));
        Ok(object)
    }
}

impl<'r> value::UserData<'r> {
    /// Whether it stands for a `T`.
    pub fn is<T: UserData>(self) -> bool {
        self.host().is_some_and(|host| host.is::<T>())
    }

    /// Borrows the value for reading.
    ///
    /// # Errors
    /// It is of another type, or borrowed for writing.
    pub fn borrow<T: UserData>(
        self,
        lua: impl Into<Lua<'r>>,
    ) -> Result<UserDataRef<'r, T>, Error<'r>> {
        let borrowed = match self.host() {
            Some(host) => host.borrow(),
            None => Err(BorrowError::Type("userdata")),
        };
        borrowed
            .map(UserDataRef)
            .map_err(|error| borrow_error(lua.into(), T::type_name(), error))
    }

    /// Borrows the value for writing.
    ///
    /// # Errors
    /// It is of another type, borrowed, or lent for reading only.
    pub fn borrow_mut<T: UserData>(
        self,
        lua: impl Into<Lua<'r>>,
    ) -> Result<UserDataRefMut<'r, T>, Error<'r>> {
        let borrowed = match self.host() {
            Some(host) => host.borrow_mut(),
            None => Err(BorrowError::Type("userdata")),
        };
        borrowed
            .map(UserDataRefMut)
            .map_err(|error| borrow_error(lua.into(), T::type_name(), error))
    }
}

/// A host object's value, borrowed for reading.
pub struct UserDataRef<'r, T>(HostRef<'r, T>);

impl<T> Deref for UserDataRef<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T: fmt::Debug> fmt::Debug for UserDataRef<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

/// A host object's value, borrowed for writing.
pub struct UserDataRefMut<'r, T>(HostRefMut<'r, T>);

impl<T> Deref for UserDataRefMut<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T> DerefMut for UserDataRefMut<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        &mut self.0
    }
}

impl<T: fmt::Debug> fmt::Debug for UserDataRefMut<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

/// The host object that `value` is, if it stands for a `T`.
fn object_of<'r, T: UserData>(
    value: Value<'r>,
    lua: Lua<'r>,
) -> Result<value::UserData<'r>, Error<'r>> {
    match value.as_userdata() {
        Some(object) if object.is::<T>() => Ok(object),
        _ => Err(lua.mismatch(T::type_name(), value)),
    }
}

impl<'r, T: UserData> FromLua<'r> for UserDataRef<'r, T> {
    fn from_lua(value: Value<'r>, lua: Lua<'r>) -> Result<Self, Error<'r>> {
        object_of::<T>(value, lua)?.borrow(lua)
    }
}

impl<'r, T: UserData> FromLua<'r> for UserDataRefMut<'r, T> {
    fn from_lua(value: Value<'r>, lua: Lua<'r>) -> Result<Self, Error<'r>> {
        object_of::<T>(value, lua)?.borrow_mut(lua)
    }
}
