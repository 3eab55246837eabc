//! A handler's result on its way out: from a value to a response, whole or in a stream.
#![forbid(unsafe_code)]

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};

use hyper::body::{Body, Bytes, Frame, SizeHint};
use hyper::header::{self, HeaderName, HeaderValue};
use hyper::{HeaderMap, Response, StatusCode};
use lunette::{Error, FromLuaMulti, Lua, Rooted, Str, Table, Unpacked, Value, Values};
use tokio::sync::mpsc;

use super::app;
use super::request::RequestId;

/// What the server answers with.
pub(super) type Answer = Response<AnswerBody>;

const TEXT: HeaderValue = HeaderValue::from_static("text/plain; charset=utf-8");
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The body of an answer.
#[derive(Debug)]
pub(super) enum AnswerBody {
    Whole(Bytes),
    Stream {
        chunks: mpsc::Receiver<Chunk>,
        has_ended: bool,
        /// Cancels the handler when nobody reads any more.
        _cancel: CancelOnDrop,
    },
}

/// What a handler that streams sends.
#[derive(Debug)]
pub(super) enum Chunk {
    Bytes(Bytes),
    /// Nothing was lost. A stream that closes without it has failed, and the client is told so by
    /// the end of its connection.
    End,
}

/// A stream that ended before its handler did.
#[derive(Debug, thiserror::Error)]
#[error("the handler failed")]
pub(super) struct Aborted;

/// Sets a flag when it is dropped.
#[derive(Debug)]
pub(super) struct CancelOnDrop(Option<Arc<AtomicBool>>);

impl CancelOnDrop {
    pub(super) fn new(flag: Arc<AtomicBool>) -> Self {
        Self(Some(flag))
    }

    /// Leaves the flag as it is.
    pub(super) fn disarm(mut self) {
        self.0 = None;
    }
}

impl Drop for CancelOnDrop {
    fn drop(&mut self) {
        if let Some(flag) = &self.0 {
            flag.store(true, Ordering::Relaxed);
        }
    }
}

impl Body for AnswerBody {
    type Data = Bytes;
    type Error = Aborted;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Aborted>>> {
        match self.get_mut() {
            Self::Whole(bytes) if bytes.is_empty() => Poll::Ready(None),
            Self::Whole(bytes) => Poll::Ready(Some(Ok(Frame::data(std::mem::take(bytes))))),
            Self::Stream {
                has_ended: true, ..
            } => Poll::Ready(None),
            Self::Stream {
                chunks, has_ended, ..
            } => chunks.poll_recv(context).map(|chunk| {
                *has_ended = !matches!(chunk, Some(Chunk::Bytes(_)));
                match chunk {
                    Some(Chunk::Bytes(bytes)) => Some(Ok(Frame::data(bytes))),
                    Some(Chunk::End) => None,
                    None => Some(Err(Aborted)),
                }
            }),
        }
    }

    fn is_end_stream(&self) -> bool {
        match self {
            Self::Whole(bytes) => bytes.is_empty(),
            Self::Stream { has_ended, .. } => *has_ended,
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Whole(bytes) => SizeHint::with_exact(bytes.len() as u64),
            Self::Stream { .. } => SizeHint::new(),
        }
    }
}

/// A handler's result, checked: everything but the body, and where the body comes from.
#[derive(Debug)]
pub(super) struct Reply {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) body: ReplyBody,
}

#[derive(Debug)]
pub(super) enum ReplyBody {
    Whole(Bytes),
    Stream(Source),
}

/// A function that gives a string at a time, and nil at the end.
#[derive(Debug)]
pub(super) struct Source {
    pub(super) function: Rooted,
    /// What it is called with: a coroutine.
    pub(super) argument: Option<Rooted>,
}

impl<'r> FromLuaMulti<'r> for Reply {
    /// Reads what a handler returned.
    fn from_lua_multi(values: &mut Values<'r>) -> Result<Self, Error<'r>> {
        let (lua, value) = (values.lua(), values.next_value());
        let mut reply = Self {
            status: StatusCode::OK,
            headers: HeaderMap::new(),
            body: ReplyBody::Whole(Bytes::new()),
        };
        match value.unpack() {
            Unpacked::Table(table) => reply.read(lua, table)?,
            _ => reply.body = body(lua, value, "handler returned")?,
        }
        let has_body = !matches!(&reply.body, ReplyBody::Whole(bytes) if bytes.is_empty());
        if has_body && !reply.headers.contains_key(header::CONTENT_TYPE) {
            reply.headers.insert(header::CONTENT_TYPE, TEXT);
        }
        Ok(reply)
    }
}

impl Reply {
    fn read<'r>(&mut self, lua: Lua<'r>, table: Table<'r>) -> Result<(), Error<'r>> {
        let [status, headers, content] =
            ["status", "headers", "body"].map(|name| lua.raw_get::<Value<'r>>(table, name));
        let (status, headers, content) = (status?, headers?, content?);
        if status.is_nil() && headers.is_nil() && content.is_nil() {
            return Err(lua.error("response has none of `status`, `headers` and `body`"));
        }
        if !status.is_nil() {
            let code = status.as_int().and_then(|code| u16::try_from(code).ok());
            let code = code.filter(|code| (200..=599).contains(code));
            self.status = code
                .and_then(|code| StatusCode::from_u16(code).ok())
                .ok_or_else(|| lua.error("response's `status` is not from 200 to 599"))?;
        }
        if !headers.is_nil() {
            let Some(headers) = headers.as_table() else {
                return Err(lua.error("response's `headers` is not a table"));
            };
            self.read_headers(lua, headers)?;
        }
        if !content.is_nil() {
            self.body = body(lua, content, "response's `body` is")?;
        }
        Ok(())
    }

    fn read_headers<'r>(&mut self, lua: Lua<'r>, table: Table<'r>) -> Result<(), Error<'r>> {
        for (name, value) in table.pairs() {
            lua.charge(1)?;
            let Some(text) = name.as_str() else {
                return Err(lua.error("name of a header is not a string"));
            };
            let Ok(name) = HeaderName::from_bytes(text.as_bytes()) else {
                return Err(lua.error("name of a header has bytes that are not allowed there"));
            };
            // How a body is framed is the server's business.
            if name == header::CONTENT_LENGTH || name == header::TRANSFER_ENCODING {
                continue;
            }
            match value.as_table() {
                Some(list) => {
                    for value in list.sequence() {
                        lua.charge(1)?;
                        self.add_header(lua, name.clone(), value)?;
                    }
                }
                None => self.add_header(lua, name, value)?,
            }
        }
        Ok(())
    }

    fn add_header<'r>(
        &mut self,
        lua: Lua<'r>,
        name: HeaderName,
        value: Value<'r>,
    ) -> Result<(), Error<'r>> {
        let is_text = value.is_number() || value.as_str().is_some();
        let bytes = match is_text {
            true => header_value(lua.to_text(value)?.as_bytes()),
            false => None,
        };
        let added = bytes.map(|bytes| self.headers.try_append(name.clone(), bytes));
        match added {
            Some(Ok(_)) => Ok(()),
            _ => Err(lua.error(format!("value of header `{name}` cannot be sent"))),
        }
    }

    /// The answer with this body.
    pub(super) fn answer(status: StatusCode, headers: HeaderMap, body: AnswerBody) -> Answer {
        let mut answer = Response::new(body);
        *answer.status_mut() = status;
        *answer.headers_mut() = headers;
        answer
    }
}

/// A header's value, if these bytes may be one. What most answers say needs no memory.
fn header_value(bytes: &[u8]) -> Option<HeaderValue> {
    match bytes {
        b"application/json" => Some(HeaderValue::from_static("application/json")),
        b"text/html; charset=utf-8" => Some(HeaderValue::from_static("text/html; charset=utf-8")),
        _ => HeaderValue::from_bytes(bytes).ok(),
    }
}

/// A value that stands for a body; `what` begins the complaint if it does not.
fn body<'r>(lua: Lua<'r>, value: Value<'r>, what: &str) -> Result<ReplyBody, Error<'r>> {
    match value.unpack() {
        Unpacked::Str(text) => Ok(ReplyBody::Whole(copied(text))),
        Unpacked::Closure(_) | Unpacked::Native(_) => Ok(ReplyBody::Stream(Source {
            function: lua.root(value)?,
            argument: None,
        })),
        Unpacked::Thread(_) => Ok(ReplyBody::Stream(Source {
            function: lua.root(app::step(lua)?)?,
            argument: Some(lua.root(value)?),
        })),
        _ => Err(lua.error(format!("{what} a {} value", value.type_name()))),
    }
}

/// A string outside its lua.
pub(super) fn copied(text: Str<'_>) -> Bytes {
    Bytes::copy_from_slice(text.as_bytes())
}

/// An answer of the server itself.
pub(super) fn plain(status: StatusCode, text: impl Into<Bytes>) -> Answer {
    let mut answer = Response::new(AnswerBody::Whole(text.into()));
    *answer.status_mut() = status;
    answer.headers_mut().insert(header::CONTENT_TYPE, TEXT);
    answer
}

/// The answer to a request that the server has no room for.
pub(super) fn overloaded() -> Answer {
    let mut answer = plain(StatusCode::SERVICE_UNAVAILABLE, "the server is busy\n");
    let headers = answer.headers_mut();
    headers.insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
    answer
}

/// The answer to a request whose handler failed. `detail` is for developers.
pub(super) fn failed(id: RequestId, detail: Option<&str>) -> Answer {
    let mut text = format!("internal server error\nrequest {}\n", id.as_str());
    if let Some(detail) = detail {
        text.push('\n');
        text.push_str(detail);
        text.push('\n');
    }
    let mut answer = plain(StatusCode::INTERNAL_SERVER_ERROR, text);
    if let Ok(id) = HeaderValue::from_str(id.as_str()) {
        answer.headers_mut().insert(REQUEST_ID, id);
    }
    answer
}
