//! A script that is served: compiled, tried, and ready to be opened once per request.
#![forbid(unsafe_code)]

use std::collections::hash_map::RandomState;
use std::fs;
use std::hash::BuildHasher;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

use lunette::{
    Arena, Engine, Error, ErrorKind, FromLua, Function, Program, Region, Table, Unpacked, Value,
};

use super::answer::Reply;
use super::reload::NotedFiles;
use super::request::{self, HttpRequest};
use super::route::{Match, Router};
use super::worker::Bounds;

const PRELUDE: &str = include_str!("prelude.lua");

/// Where the image that regions begin from keeps what a request needs. A request takes it out
/// before the script sees it.
const RECORD: &str = "lunette serve";

/// A script, and what it made known when its top level ran.
#[derive(Debug)]
pub(super) struct App {
    /// Its regions begin where the top level of the script has ended.
    engine: Engine,
    /// The routes, if the script returns a table of them.
    router: Option<Router>,
    /// What the random numbers of requests begin with.
    seeds: RandomState,
    next_seed: AtomicU64,
}

/// What a region has of the script and of the server.
#[derive(Clone, Copy)]
pub(super) struct Opened<'r> {
    /// The function or the table that the script returned.
    handler: Value<'r>,
    ignoring_case: Table<'r>,
    /// Resumes a coroutine that is a body.
    pub(super) step: Function<'r>,
}

/// What a request comes to.
pub(super) enum Handled<'r> {
    Reply(Reply<'r>),
    /// The path has routes, of these methods only.
    WrongMethod(String),
    NotFound,
}

impl App {
    /// Reads and compiles a file, and runs its top level once, under the bounds of a request.
    /// `files` notes what it reads beside.
    ///
    /// # Errors
    /// What is wrong, for whoever started the server.
    pub(super) fn load(
        engine: &Engine,
        bounds: &Bounds,
        file: &Path,
        files: &NotedFiles,
    ) -> Result<Self, String> {
        let shown = file.display();
        let source = fs::read(file).map_err(|error| format!("cannot read {shown}: {error}"))?;
        Self::compile(engine, bounds, &format!("@{shown}"), &source, files)
    }

    /// As [`App::load`], of a source that is here already.
    ///
    /// # Errors
    /// As there.
    pub(super) fn compile(
        engine: &Engine,
        bounds: &Bounds,
        name: &str,
        source: &[u8],
        files: &NotedFiles,
    ) -> Result<Self, String> {
        let compile = |name: &str, source: &[u8]| {
            let program = engine.compile(name, source);
            program.map_err(|error| error.message().to_owned())
        };
        let program = compile(name, source)?;
        let prelude = compile("=[lunette serve]", PRELUDE.as_bytes())?;
        let arena = Arena::with_budget(bounds.memory_bytes);
        let mut router = None;
        let prepared = engine.prepared(&bounds.options().files(files), arena, |region| {
            router = prepare(region, &prelude, &program)?;
            Ok(())
        });
        let engine = prepared.map_err(|error| match error.traceback() {
            Some(traceback) => format!("{}\n{traceback}", error.message()),
            None => error.message().to_owned(),
        })?;
        Ok(Self {
            engine,
            router,
            seeds: RandomState::new(),
            next_seed: AtomicU64::new(0),
        })
    }

    /// The engine whose regions requests run in.
    pub(super) fn engine(&self) -> &Engine {
        &self.engine
    }

    /// Takes from a fresh region what the top level of the script left there.
    ///
    /// # Errors
    /// The region has no room.
    pub(super) fn open<'r>(&self, region: Region<'r, '_>) -> Result<Opened<'r>, Error<'r>> {
        let record: Table<'r> = region.global(RECORD)?;
        region.raw_set(region.globals(), RECORD, Value::NIL)?;
        let [handler, ignoring_case, step, seed] =
            [1, 2, 3, 4].map(|index| record.raw_get_int(index));
        // Requests begin with the same image, and must not go on with the same numbers.
        let number = self.next_seed.fetch_add(1, Ordering::Relaxed);
        let seeds = [false, true].map(|half| self.seeds.hash_one((number, half)) as i64);
        let () = region.call(seed, (seeds[0], seeds[1]))?;
        Ok(Opened {
            handler,
            ignoring_case: Table::from_lua(ignoring_case, region.lua())?,
            step: Function::from_lua(step, region.lua())?,
        })
    }

    /// Finds the route of a request, and calls its handler.
    ///
    /// # Errors
    /// What the handler raises; its result is no response.
    pub(super) fn handle<'r>(
        &self,
        region: Region<'r, '_>,
        opened: Opened<'r>,
        request: &HttpRequest,
    ) -> Result<Handled<'r>, Error<'r>> {
        let mut handler = opened.handler;
        let mut params = None;
        if let (Some(router), Some(routes)) = (&self.router, handler.as_table()) {
            match router.find(&request.method, request.uri.path()) {
                Match::Found { key, params: found } => {
                    handler = region.raw_get(routes, key)?;
                    params = Some(found);
                }
                Match::WrongMethod(allowed) => return Ok(Handled::WrongMethod(allowed)),
                Match::NotFound => return Ok(Handled::NotFound),
            }
        }
        let table = request::table(region, request, opened.ignoring_case, params.as_ref())?;
        let result = region.call(handler, table)?;
        Ok(Handled::Reply(Reply::new(region, result)?))
    }
}

/// Runs the top level of a script in the region that others begin as, and leaves there what
/// requests need.
fn prepare<'r>(
    region: Region<'r, '_>,
    prelude: &Program,
    program: &Program,
) -> Result<Option<Router>, Error<'r>> {
    let (ignoring_case, step, seed) = region.eval::<(Value<'r>, Value<'r>, Value<'r>)>(prelude)?;
    let handler: Value<'r> = region.eval(program)?;
    let router = routes(handler).map_err(|message| region.error(message))?;
    let record = region.list([handler, ignoring_case, step, seed])?;
    region.raw_set(region.globals(), RECORD, record)?;
    Ok(router)
}

/// The routes of what a script returned; none for a function.
fn routes(handler: Value<'_>) -> Result<Option<Router>, String> {
    let table = match handler.unpack() {
        Unpacked::Closure(_) | Unpacked::Native(_) => return Ok(None),
        Unpacked::Table(table) => table,
        _ => {
            return Err(format!(
                "the script returned a {} value, not a handler function or a table of routes",
                handler.type_name()
            ));
        }
    };
    let mut router = Router::default();
    for (key, value) in table.pairs() {
        let Some(key) = key.as_str() else {
            return Err(format!(
                "a route is a {} value, not a string",
                key.type_name()
            ));
        };
        let key = key.to_string();
        if Function::from_value(value).is_none() {
            return Err(format!("route `{key}` is a {} value", value.type_name()));
        }
        router.add(&key)?;
    }
    Ok(Some(router))
}

/// The longest text of an error that is logged, in bytes.
const ERROR_BYTES_MAX: usize = 8 << 10;

/// An error in words, outside of every region.
#[derive(Debug)]
pub(super) struct ErrorText {
    pub(super) message: String,
    pub(super) traceback: Option<String>,
}

impl ErrorText {
    pub(super) fn new(error: &Error<'_>) -> Self {
        let message = match error.value().unpack() {
            _ if error.kind() == ErrorKind::Exit => String::from("the handler called os.exit"),
            Unpacked::Str(text) => shortened(text.as_bytes()),
            _ => error.to_string(),
        };
        let traceback = error.traceback();
        let traceback = traceback.map(|text| shortened(text.as_bytes()));
        Self { message, traceback }
    }

    /// Message and traceback, one below the other.
    pub(super) fn joined(self) -> String {
        match self.traceback {
            Some(traceback) => format!("{}\n{traceback}", self.message),
            None => self.message,
        }
    }
}

fn shortened(text: &[u8]) -> String {
    match text.get(..ERROR_BYTES_MAX) {
        Some(start) if start.len() < text.len() => {
            format!("{}...", String::from_utf8_lossy(start))
        }
        _ => String::from_utf8_lossy(text).into_owned(),
    }
}
