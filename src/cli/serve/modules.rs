//! The host modules that handlers find beside the libraries: `json`, `log`, `time`, `shared`.
#![forbid(unsafe_code)]

use std::cell::Cell;
use std::sync::{Arc, LazyLock};
use std::time::{Instant, SystemTime};

use jiff::Timestamp;
use lunette::{Engine, EngineBuilder, Error, LibrarySet, Lua, Str, Value};
use tracing::{Level, debug, error, info, warn};

use super::json;
use super::request::RequestId;
use super::shared::{self, Shared};

/// The longest message of a script that is logged, in bytes.
const MESSAGE_BYTES_MAX: usize = 8 << 10;
/// The form of dates in headers, where the zone is always the same.
const HTTP_DATE: &str = "%a, %d %b %Y %H:%M:%S GMT";

thread_local! {
    /// The request that this thread runs, for the log.
    static RUNNING: Cell<Option<RequestId>> = const { Cell::new(None) };
}

/// Says which request this thread runs from now on.
pub(super) fn set_running(id: Option<RequestId>) {
    RUNNING.set(id);
}

/// The engine of all scripts.
pub(super) fn engine(shared: &Arc<Shared>, libraries: LibrarySet) -> Engine {
    let builder = Engine::builder().libraries(libraries);
    let builder = json::add_to(builder);
    let builder = add_log(builder);
    let builder = add_time(builder);
    shared::add_to(builder, shared).build()
}

fn add_log(builder: EngineBuilder) -> EngineBuilder {
    builder.module("log", |module| {
        for (name, level) in [
            ("debug", Level::DEBUG),
            ("info", Level::INFO),
            ("warn", Level::WARN),
            ("error", Level::ERROR),
        ] {
            module.function(
                name,
                move |lua, (message, fields): (Value<'_>, Value<'_>)| {
                    log(lua, level, message, fields)
                },
            );
        }
    })
}

/// Logs a message of a script, with the request that it is about.
fn log<'r>(
    lua: Lua<'r>,
    level: Level,
    message: Value<'r>,
    fields: Value<'r>,
) -> Result<(), Error<'r>> {
    let message = lua.to_text(message)?;
    let bytes = message.as_bytes();
    let bytes = &bytes[..bytes.len().min(MESSAGE_BYTES_MAX)];
    // One message, one line: what clients send cannot look like messages of others.
    let message = String::from_utf8_lossy(bytes).replace(['\n', '\r'], " ");
    let fields = match fields.is_nil() {
        true => None,
        false => {
            let text = json::encoded(lua, fields)?;
            Some(String::from_utf8_lossy(&text[..text.len().min(MESSAGE_BYTES_MAX)]).into_owned())
        }
    };
    let fields = fields.as_ref().map(tracing::field::display);
    let id = RUNNING.get();
    let request = id.as_ref().map(RequestId::as_str);
    match level {
        Level::ERROR => error!(request, fields, "{message}"),
        Level::WARN => warn!(request, fields, "{message}"),
        Level::INFO => info!(request, fields, "{message}"),
        _ => debug!(request, fields, "{message}"),
    }
    Ok(())
}

/// Where the monotonic clock of scripts begins.
static BEGINNING: LazyLock<Instant> = LazyLock::new(Instant::now);

fn add_time(builder: EngineBuilder) -> EngineBuilder {
    LazyLock::force(&BEGINNING);
    builder.module("time", |module| {
        module
            .function("now", |_, ()| Ok(now()))
            .function("monotonic", |_, ()| Ok(BEGINNING.elapsed().as_secs_f64()))
            .function("iso", |lua, time: Option<f64>| {
                Ok(timestamp(lua, time)?.to_string())
            })
            .function("http", |lua, time: Option<f64>| {
                Ok(timestamp(lua, time)?.strftime(HTTP_DATE).to_string())
            })
            .function("parse", |_, text: Str<'_>| {
                let text = std::str::from_utf8(text.as_bytes()).ok();
                let time = text.and_then(|text| text.parse::<Timestamp>().ok());
                Ok(time.map(|time| time.as_duration().as_secs_f64()))
            });
    })
}

/// Seconds since 1970.
fn now() -> f64 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    since.map_or(0.0, |since| since.as_secs_f64())
}

/// A point in time, to the second.
fn timestamp<'r>(lua: Lua<'r>, time: Option<f64>) -> Result<Timestamp, Error<'r>> {
    let seconds = time.unwrap_or_else(now).floor();
    // Beyond the range of an integer the conversion saturates, and is beyond jiff's range too.
    let timestamp = Timestamp::from_second(seconds as i64).ok();
    let timestamp = timestamp.filter(|_| seconds.is_finite());
    timestamp.ok_or_else(|| lua.error("time is out of range"))
}
