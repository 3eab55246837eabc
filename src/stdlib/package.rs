//! `require` and the `package` library.
#![forbid(unsafe_code)]
//!
//! - **P1** `require` works on the tables that the registry keeps, whatever a script does to the
//!   globals.
//! - **P2** Searchers and loaders are called by the loop: a module may take as long, and use as
//!   much, as the script that asks for it.
//!
//! Absent on purpose: libraries that were compiled from C. The searchers for them look for files as
//! PUC Lua's do, so that messages are the same, and refuse what they find.

use crate::error::Error;
use crate::memory::Buffer;
use crate::value::{FixedNative, Str, Table, Value};
use crate::vm::{Call, OpenMode, Reply, State, entry_of};

use super::load::load_file;
use super::{Library, functions};

pub(super) static REQUIRE: Library = Library {
    name: "",
    functions: &REQUIRE_FUNCTIONS,
    constant_count: 0,
    finish: None,
};

pub(super) static LIBRARY: Library = Library {
    name: "package",
    functions: &FUNCTIONS,
    constant_count: 6,
    finish: Some(finish),
};

static REQUIRE_FUNCTIONS: [FixedNative; 1] = [FixedNative::new(11, "require", entry_of(require))];

functions! {
    12:
    "loadlib" => loadlib,
}

/// With files only: it tells which of them there are.
static SEARCH_PATH: FixedNative = FixedNative::new(12, "searchpath", entry_of(searchpath));

static PRELOAD_SEARCHER: FixedNative =
    FixedNative::new(12, "(preload)", entry_of(preload_searcher));
/// The searchers that look for files.
static FILE_SEARCHERS: [FixedNative; 3] = [
    FixedNative::new(12, "(Lua)", entry_of(lua_searcher)),
    FixedNative::new(12, "(C)", entry_of(c_searcher)),
    FixedNative::new(12, "(C root)", entry_of(c_root_searcher)),
];

/// Where modules are looked for, as PUC Lua is set up on Unix.
pub(crate) const DEFAULT_PATH: &str = "/usr/local/share/lua/5.4/?.lua;\
    /usr/local/share/lua/5.4/?/init.lua;/usr/local/lib/lua/5.4/?.lua;\
    /usr/local/lib/lua/5.4/?/init.lua;./?.lua;./?/init.lua";
pub(crate) const DEFAULT_CPATH: &str =
    "/usr/local/lib/lua/5.4/?.so;/usr/local/lib/lua/5.4/loadall.so;./?.so";
/// Folder separator, template separator, mark for a name, and two marks that only C needs.
const CONFIG: &str = "/\n;\n?\n!\n-\n";
/// What there is to say of libraries compiled from C.
const NO_LIBRARIES: &str = "dynamic libraries not enabled; check your Lua installation";

/// Registry keys: the table `package`, `package.loaded` and `package.preload`.
const PACKAGE: &str = "_PACKAGE";
const LOADED: &str = "_LOADED";
const PRELOAD: &str = "_PRELOAD";

fn finish<'r>(state: &State<'r>, table: Table<'r>) -> Result<(), Error<'r>> {
    let store = &state.store;
    let registry = state.registry();
    let preload = Table::empty(store)?;
    let searchers = Table::new(store, 1 + FILE_SEARCHERS.len(), 0)?;
    state.raw_set(
        searchers,
        Value::int(1),
        PRELOAD_SEARCHER.native().to_value(),
    )?;
    registry.raw_set_str(store, Str::literal(PACKAGE), table.to_value())?;
    registry.raw_set_str(store, Str::literal(PRELOAD), preload.to_value())?;
    for (name, value) in [
        ("config", state.str(CONFIG.as_bytes())?.to_value()),
        ("path", Str::literal("").to_value()),
        ("cpath", Str::literal("").to_value()),
        ("preload", preload.to_value()),
        ("searchers", searchers.to_value()),
        ("loaded", registry.raw_get_str(Str::literal(LOADED))),
    ] {
        table.raw_set_str(store, Str::literal(name), value)?;
    }
    Ok(())
}

/// Lets `require` look for files, if there is a `require`.
pub(super) fn search_files<'r>(state: &State<'r>) -> Result<(), Error<'r>> {
    let package = state.registry().raw_get_str(Str::literal(PACKAGE));
    let Some(package) = package.as_table() else {
        return Ok(());
    };
    for (name, templates) in [("path", DEFAULT_PATH), ("cpath", DEFAULT_CPATH)] {
        let templates = state.str(templates.as_bytes())?;
        package.raw_set_str(&state.store, Str::literal(name), templates.to_value())?;
    }
    let search_path = SEARCH_PATH.native().to_value();
    package.raw_set_str(&state.store, Str::literal("searchpath"), search_path)?;
    let searchers = package.raw_get_str(Str::literal("searchers"));
    if let Some(searchers) = searchers.as_table() {
        for (index, searcher) in (2i64..).zip(&FILE_SEARCHERS) {
            state.raw_set(searchers, Value::int(index), searcher.native().to_value())?;
        }
    }
    Ok(())
}

/// A table that the registry keeps.
fn kept<'r>(call: &Call<'r>, key: &'static str) -> Option<Table<'r>> {
    let value = call.state.registry().raw_get_str(Str::literal(key));
    value.as_table()
}

/// A field of `package`.
fn package_field<'r>(call: &Call<'r>, name: &'static str) -> Value<'r> {
    kept(call, PACKAGE).map_or(Value::NIL, |package| {
        package.raw_get_str(Str::literal(name))
    })
}

/// What `require` keeps behind its first argument while searchers and loaders run: how many
/// searchers were asked, what they said, and then what the searcher gave for the loader.
const NAME: usize = 1;
const ASKED: usize = 2;
const MESSAGES: usize = 3;
const LOADER_DATA: usize = 4;

fn require<'r>(call: &Call<'r>) -> Result<Reply, Error<'r>> {
    let name = call.string(NAME)?;
    let loaded = kept(call, LOADED).map_or(Value::NIL, |loaded| loaded.raw_get(name.to_value()));
    if !loaded.is_falsy() {
        return call.one(loaded);
    }
    let none = Str::literal("").to_value();
    let kept = [name.to_value(), Value::int(0), none, Value::NIL];
    let call = call.with_args(&kept)?;
    ask_next(&call)
}

/// Asks the next searcher.
fn ask_next<'r>(call: &Call<'r>) -> Result<Reply, Error<'r>> {
    let Some(searchers) = package_field(call, "searchers").as_table() else {
        return Err(call.error(b"'package.searchers' must be a table"));
    };
    let index = call.arg(ASKED).as_int().unwrap_or(0) + 1;
    call.charge(1)?;
    let searcher = searchers.raw_get(Value::int(index));
    let name = call.arg(NAME);
    if searcher.is_nil() {
        return Err(not_found(call));
    }
    call.set_arg(ASKED, Value::int(index));
    call.invoke(searcher, &[name], Some(searched))
}

#[cold]
fn not_found<'r>(call: &Call<'r>) -> Error<'r> {
    let name = call.arg(NAME).as_str().unwrap_or(Str::literal("?"));
    let messages = call.arg(MESSAGES).as_str().unwrap_or(Str::literal(""));
    raise(
        call,
        &[
            b"module '",
            name.as_bytes(),
            b"' not found:",
            messages.as_bytes(),
        ],
    )
}

/// An error of any length with the position of who called `require`.
#[cold]
fn raise<'r>(call: &Call<'r>, parts: &[&[u8]]) -> Error<'r> {
    let joined = || {
        let mut text = Buffer::new_in(&call.state.store.heap);
        // In a continuation the newest frame is that of `require` itself.
        let level = call.caller_level();
        text.extend(call.state.where_is(level)?.as_bytes())?;
        for part in parts {
            text.extend(part)?;
        }
        Ok(call.state.plain_error(&text))
    };
    joined().unwrap_or_else(|error| error)
}

/// A searcher has answered: with a loader, with a reason, or not at all.
fn searched<'r>(call: &Call<'r>) -> Result<Reply, Error<'r>> {
    let (answer, data) = (call.result(0), call.result(1));
    if answer.is_function() {
        call.set_arg(LOADER_DATA, data);
        return call.invoke(answer, &[call.arg(NAME), data], Some(loaded));
    }
    let reason = match answer.as_str() {
        Some(text) => Some(text),
        None if answer.is_number() => Some(call.state.number_text(answer)?),
        None => None,
    };
    if let Some(reason) = reason {
        let before = call.arg(MESSAGES).as_str().unwrap_or(Str::literal(""));
        let mut text = Buffer::new_in(&call.state.store.heap);
        for part in [before.as_bytes(), b"\n\t", reason.as_bytes()] {
            text.extend(part)?;
        }
        call.set_arg(MESSAGES, call.str(&text)?);
    }
    ask_next(call)
}

/// The loader has run.
fn loaded<'r>(call: &Call<'r>) -> Result<Reply, Error<'r>> {
    let (name, result) = (call.arg(NAME), call.result(0));
    let Some(loaded) = kept(call, LOADED) else {
        return call.two(result, call.arg(LOADER_DATA));
    };
    if !result.is_nil() {
        call.state.raw_set(loaded, name, result)?;
    }
    let mut module = loaded.raw_get(name);
    if module.is_nil() {
        module = Value::bool(true);
        call.state.raw_set(loaded, name, module)?;
    }
    call.two(module, call.arg(LOADER_DATA))
}

fn preload_searcher<'r>(call: &Call<'r>) -> Result<Reply, Error<'r>> {
    let name = call.string(1)?;
    let loader = kept(call, PRELOAD).map_or(Value::NIL, |preload| preload.raw_get(name.to_value()));
    if !loader.is_nil() {
        return call.two(loader, Str::literal(":preload:").to_value());
    }
    let parts = [b"no field package.preload['", name.as_bytes(), b"']"];
    call.one(joined(call, &parts)?)
}

fn joined<'r>(call: &Call<'r>, parts: &[&[u8]]) -> Result<Value<'r>, Error<'r>> {
    let mut text = Buffer::new_in(&call.state.store.heap);
    for part in parts {
        text.extend(part)?;
    }
    call.str(&text)
}

fn lua_searcher<'r>(call: &Call<'r>) -> Result<Reply, Error<'r>> {
    let name = call.string(1)?;
    let file = match find(call, name, "path")? {
        Ok(file) => file,
        Err(reason) => return call.one(reason),
    };
    match load_file(call.state, file) {
        Ok(function) => call.two(function, file.to_value()),
        Err(error) if error.kind().is_catchable() => {
            let reason = error.value().as_str();
            Err(load_error(
                call,
                name,
                file,
                reason.unwrap_or(Str::literal("?")).as_bytes(),
            ))
        }
        Err(error) => Err(error),
    }
}

#[cold]
fn load_error<'r>(call: &Call<'r>, name: Str<'r>, file: Str<'r>, reason: &[u8]) -> Error<'r> {
    raise(
        call,
        &[
            b"error loading module '",
            name.as_bytes(),
            b"' from file '",
            file.as_bytes(),
            b"':\n\t",
            reason,
        ],
    )
}

fn c_searcher<'r>(call: &Call<'r>) -> Result<Reply, Error<'r>> {
    let name = call.string(1)?;
    refuse_library(call, name, name)
}

fn c_root_searcher<'r>(call: &Call<'r>) -> Result<Reply, Error<'r>> {
    let name = call.string(1)?;
    match memchr::memchr(b'.', name.as_bytes()) {
        Some(end) => {
            let root = name.as_bytes().get(..end).unwrap_or_default();
            refuse_library(call, name, call.state.str(root)?)
        }
        None => call.none(),
    }
}

/// Says that there is no library for `looked_for`, or refuses the one that there is.
fn refuse_library<'r>(
    call: &Call<'r>,
    name: Str<'r>,
    looked_for: Str<'r>,
) -> Result<Reply, Error<'r>> {
    match find(call, looked_for, "cpath")? {
        Ok(file) => Err(load_error(call, name, file, NO_LIBRARIES.as_bytes())),
        Err(reason) => call.one(reason),
    }
}

/// The file of the module `name` by the templates in a field of `package`, or why there is none.
fn find<'r>(
    call: &Call<'r>,
    name: Str<'r>,
    field: &'static str,
) -> Result<Result<Str<'r>, Value<'r>>, Error<'r>> {
    let templates = package_field(call, field);
    let templates = match templates.as_str() {
        Some(templates) => templates,
        None if templates.is_number() => call.state.number_text(templates)?,
        None => {
            let parts: [&[u8]; 3] = [b"'package.", field.as_bytes(), b"' must be a string"];
            return Err(call.error_parts(&parts));
        }
    };
    search(call, name.as_bytes(), templates.as_bytes(), b".", b"/")
}

/// The first file that can be read of those that `templates` make of `name`, or the list of them.
fn search<'r>(
    call: &Call<'r>,
    name: &[u8],
    templates: &[u8],
    separator: &[u8],
    replacement: &[u8],
) -> Result<Result<Str<'r>, Value<'r>>, Error<'r>> {
    let heap = &call.state.store.heap;
    let mut file_name = Buffer::new_in(heap);
    replace(call, &mut file_name, name, separator, replacement)?;
    let mut files = Buffer::new_in(heap);
    replace(call, &mut files, templates, b"?", &file_name)?;
    let mut reason = Buffer::new_in(heap);
    let listed = if files.is_empty() {
        &[][..]
    } else {
        &files[..]
    };
    let read = OpenMode {
        read: true,
        ..OpenMode::default()
    };
    reason.extend(b"no file '")?;
    for (index, file) in listed.split(|byte| *byte == b';').enumerate() {
        call.charge(1)?;
        if !files.is_empty() && call.state.file_system.open(file, read).is_ok() {
            return Ok(Ok(call.state.str(file)?));
        }
        if index > 0 {
            reason.extend(b"'\n\tno file '")?;
        }
        reason.extend(file)?;
    }
    reason.extend(b"'")?;
    Ok(Err(call.str(&reason)?))
}

/// Appends `text` with every `from` in it replaced by `to`; an empty `from` is nowhere.
fn replace<'r>(
    call: &Call<'r>,
    out: &mut Buffer<'r>,
    text: &[u8],
    from: &[u8],
    to: &[u8],
) -> Result<(), Error<'r>> {
    let mut rest = text;
    if !from.is_empty() {
        while let Some(at) = memchr::memmem::find(rest, from) {
            call.charge(1)?;
            out.extend(rest.get(..at).unwrap_or_default())?;
            out.extend(to)?;
            rest = rest.get(at + from.len()..).unwrap_or_default();
        }
    }
    Ok(out.extend(rest)?)
}

fn searchpath<'r>(call: &Call<'r>) -> Result<Reply, Error<'r>> {
    // PUC Lua, as it is compiled, looks at the last argument first.
    let replacement = call.string_opt(4)?.unwrap_or(Str::literal("/"));
    let separator = call.string_opt(3)?.unwrap_or(Str::literal("."));
    let (templates, name) = (call.string(2)?, call.string(1)?);
    let found = search(
        call,
        name.as_bytes(),
        templates.as_bytes(),
        separator.as_bytes(),
        replacement.as_bytes(),
    )?;
    match found {
        Ok(file) => call.one(file.to_value()),
        Err(reason) => call.two(Value::NIL, reason),
    }
}

fn loadlib<'r>(call: &Call<'r>) -> Result<Reply, Error<'r>> {
    call.string(1)?;
    call.string(2)?;
    let message = call.str(NO_LIBRARIES.as_bytes())?;
    call.values(&[Value::NIL, message, Str::literal("absent").to_value()])
}
