//! A script that is served: compiled, tried, and ready to be opened once per request.
#![forbid(unsafe_code)]

use std::collections::hash_map::RandomState;
use std::fs;
use std::hash::BuildHasher;
use std::path::Path;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::time::Duration;

use hyper::StatusCode;
use hyper::header::{self, HeaderValue};
use lunette::{
    Arena, Engine, Error, ErrorKind, Function, Lua, MultiValue, OwnedError, Program, Table,
    Unpacked, Value,
};

use super::answer::{Answer, plain};
use super::reload::NotedFiles;
use super::request::{self, HttpRequest};
use super::route::{Match, Router};
use super::worker::Bounds;

const PRELUDE: &str = include_str!("prelude.lua");

/// Under which name the image that regions begin from keeps what a request needs: a list of what
/// the prelude returns (the metatable of headers, the step of coroutines, the table of the request)
/// and of the handlers.
const RECORD: &str = "serve";

/// A script, and what it made known when its top level ran.
#[derive(Debug)]
pub(super) struct App {
    /// Its regions begin where the top level of the script has ended.
    engine: Engine,
    /// The routes, if the script returns a table of them.
    router: Option<Router>,
    /// What each handler takes of the time of its connection's thread.
    loads: Vec<Load>,
    /// What the random numbers of requests begin with.
    seeds: RandomState,
    next_seed: AtomicU64,
}

/// A request's handler: which of those that the script returned, and the parts of the path.
#[derive(Debug)]
pub(super) struct Found<'a> {
    index: usize,
    params: Option<matchit::Params<'a, 'a>>,
}

/// Whether requests of a handler begin on the thread of their connection, or with a worker.
///
/// A function of the library that takes long, or that waits in the system, cannot be handed over
/// in the middle. A handler that has called such once may do so again, so after two within a few
/// requests the next ones go to workers, and then it is tried again. One alone may have been a
/// thread that the system had stopped.
#[derive(Debug, Default)]
struct Load {
    /// Rises with each long turn, falls with each short one.
    strikes: AtomicU32,
    /// How many requests go to workers yet.
    away: AtomicU32,
}

/// A turn that takes longer was too long.
const TURN_TIME_MAX: Duration = Duration::from_millis(2);
const STRIKE: u32 = 16;
const STRIKES_MAX: u32 = 24;
/// How many requests go to workers before one is tried again.
const AWAY_COUNT: u32 = 100;

impl Load {
    fn begins_here(&self) -> bool {
        let away = self.away.load(Ordering::Relaxed);
        if away > 0 {
            // Of two threads that come here at once one may count for both.
            self.away.store(away - 1, Ordering::Relaxed);
        }
        away == 0
    }

    fn took(&self, time: Duration) {
        let strikes = self.strikes.load(Ordering::Relaxed);
        if time < TURN_TIME_MAX {
            if strikes > 0 {
                self.strikes.store(strikes - 1, Ordering::Relaxed);
            }
            return;
        }
        self.strikes
            .store((strikes + STRIKE).min(2 * STRIKES_MAX), Ordering::Relaxed);
        if strikes + STRIKE > STRIKES_MAX {
            self.away.store(AWAY_COUNT, Ordering::Relaxed);
        }
    }
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
        let options = bounds.options().time_limit(bounds.time_limit).files(files);
        let prepared = engine.prepared(&options, arena, |region| {
            router = prepare(region.lua(), &prelude, &program)?;
            Ok(())
        });
        let engine = prepared.map_err(|error| match error.traceback() {
            Some(traceback) => format!("{}\n{traceback}", error.message()),
            None => error.message().to_owned(),
        })?;
        let count = router.as_ref().map_or(1, Router::count);
        Ok(Self {
            engine,
            router,
            loads: (0..count).map(|_| Load::default()).collect(),
            seeds: RandomState::new(),
            next_seed: AtomicU64::new(0),
        })
    }

    /// The engine whose regions requests run in.
    pub(super) fn engine(&self) -> &Engine {
        &self.engine
    }

    /// What the random numbers of the next request begin with. Requests begin with the same image,
    /// and must not go on with the same numbers.
    pub(super) fn seed(&self) -> u64 {
        let number = self.next_seed.fetch_add(1, Ordering::Relaxed);
        self.seeds.hash_one(number)
    }

    /// The handler of a request; the error is the answer where there is none.
    pub(super) fn find<'a>(&'a self, request: &'a HttpRequest) -> Result<Found<'a>, Box<Answer>> {
        let Some(router) = &self.router else {
            let (index, params) = (0, None);
            return Ok(Found { index, params });
        };
        match router.find(&request.method, request.uri.path()) {
            Match::Found { index, params } => {
                let params = Some(params);
                Ok(Found { index, params })
            }
            Match::WrongMethod(allowed) => {
                let mut answer = plain(StatusCode::METHOD_NOT_ALLOWED, "method not allowed\n");
                if let Ok(allowed) = HeaderValue::from_str(&allowed) {
                    answer.headers_mut().insert(header::ALLOW, allowed);
                }
                Err(Box::new(answer))
            }
            Match::NotFound => Err(Box::new(plain(StatusCode::NOT_FOUND, "not found\n"))),
        }
    }

    /// Whether this handler's requests begin on the thread of their connection.
    pub(super) fn begins_here(&self, found: &Found<'_>) -> bool {
        self.loads[found.index].begins_here()
    }

    /// A turn of this handler took so long on the thread of the connection.
    pub(super) fn took(&self, found: &Found<'_>, time: Duration) {
        self.loads[found.index].took(time);
    }

    /// The handler of a request and its argument, in a region that was just opened.
    ///
    /// # Errors
    /// The region has no room.
    pub(super) fn call<'r>(
        &self,
        lua: Lua<'r>,
        found: &Found<'_>,
        request: &HttpRequest,
    ) -> Result<(Value<'r>, MultiValue<'r>), Error<'r>> {
        let record = record(lua)?;
        let table = |index| {
            let table = record.raw_get_int(index).as_table();
            table.ok_or_else(|| lua.error("the server's record is broken"))
        };
        let (ignoring_case, table) = (table(1)?, table(3)?);
        let handler = record.raw_get_int(FIRST_HANDLER + found.index as i64);
        request::fill(lua, table, request, ignoring_case, found.params.as_ref())?;
        let mut args = MultiValue::new(lua);
        args.push(table.to_value())?;
        Ok((handler, args))
    }
}

/// Where the handlers begin in the record.
const FIRST_HANDLER: i64 = 4;

fn record<'r>(lua: Lua<'r>) -> Result<Table<'r>, Error<'r>> {
    let record = lua.kept(RECORD).as_table();
    // Only the library `debug` reaches it.
    record.ok_or_else(|| lua.error("the server's record is gone"))
}

/// The function that resumes a coroutine that is a body.
///
/// # Errors
/// The script took it away.
pub(super) fn step<'r>(lua: Lua<'r>) -> Result<Value<'r>, Error<'r>> {
    Ok(record(lua)?.raw_get_int(2))
}

/// Runs the top level of a script in the region that others begin as, and leaves there what
/// requests need.
fn prepare<'r>(
    lua: Lua<'r>,
    prelude: &Program,
    program: &Program,
) -> Result<Option<Router>, Error<'r>> {
    let (ignoring_case, step, request) = lua.eval::<(Value<'r>, Value<'r>, Value<'r>)>(prelude)?;
    let result: Value<'r> = lua.eval(program)?;
    let mut record = vec![ignoring_case, step, request];
    let router = handlers(result, &mut record).map_err(|message| lua.error(message))?;
    let record = lua.list(record)?;
    lua.set_kept(RECORD, record.to_value())?;
    Ok(router)
}

/// Puts the handlers of what a script returned into `list`. Their routes; none for a function.
fn handlers<'r>(result: Value<'r>, list: &mut Vec<Value<'r>>) -> Result<Option<Router>, String> {
    let table = match result.unpack() {
        Unpacked::Closure(_) | Unpacked::Native(_) => {
            list.push(result);
            return Ok(None);
        }
        Unpacked::Table(table) => table,
        _ => {
            return Err(format!(
                "the script returned a {} value, not a handler function or a table of routes",
                result.type_name()
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
        list.push(value);
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
    pub(super) fn new(error: &OwnedError) -> Self {
        let message = match error.kind() {
            ErrorKind::Exit => String::from("the handler called os.exit"),
            _ => shortened(error.message()),
        };
        let traceback = error.traceback().map(shortened);
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

fn shortened(text: &str) -> String {
    if text.len() <= ERROR_BYTES_MAX {
        return text.to_owned();
    }
    let end = (0..=ERROR_BYTES_MAX).rev();
    let end = end.into_iter().find(|end| text.is_char_boundary(*end));
    format!("{}...", &text[..end.unwrap_or(0)])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn handlers_that_hold_their_thread_go_to_workers() {
        let load = Load::default();
        let (short, long) = (Duration::from_micros(20), TURN_TIME_MAX);
        load.took(long);
        assert!(load.begins_here(), "one alone may have been the system");
        (0..STRIKE).for_each(|_| load.took(short));
        load.took(long);
        assert!(load.begins_here());
        load.took(long);
        for _ in 0..AWAY_COUNT {
            assert!(!load.begins_here());
        }
        // It is tried again; one long turn is enough now.
        assert!(load.begins_here());
        load.took(long);
        assert!(!load.begins_here());
    }
}
