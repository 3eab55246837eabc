//! The error of two words, and the payload it may point to.
#![allow(unsafe_code)]

use core::cell::Cell;
use core::fmt;

use bumpalo::Bump;

use super::notes::{Notes, build_notes};
use super::{ErrorKind, OwnedError};
use crate::memory::{AllocError, Bound, Ref};
use crate::value::{
    EscapeError, EscapeLimits, Store, Str, Unpacked, Value, escape_bytes, escape_value,
};

/// An error: a code, and a payload in the arena `'a` if there was room for one.
///
/// `{}` shows the message; `{:#}` all: message, contexts, causes, traceback.
#[derive(Clone, Copy)]
pub struct Error<'a> {
    kind: ErrorKind,
    payload: Option<Ref<'a, Payload<'a>>>,
}

const _: () = assert!(size_of::<Error<'_>>() == 2 * size_of::<usize>());
const _: () = assert!(size_of::<ErrorKind>() <= size_of::<usize>());

/// What an error carries beside its code.
pub(crate) struct Payload<'a> {
    /// The Lua error value: what `error` was given, or the message.
    value: Value<'a>,
    details: Cell<Details<'a>>,
}

/// What an error carries beside code and value, as far as there was room for it.
#[derive(Clone, Copy, Default)]
pub(crate) struct Details<'a> {
    /// The call path when the error was raised, if it was drawn.
    pub(crate) traceback: Option<Str<'a>>,
    /// A list of the notes that were open, outermost first; see `notes.rs`.
    pub(crate) contexts: Option<Str<'a>>,
    /// A list of the messages of what led to the error, nearest first.
    pub(crate) causes: Option<Str<'a>>,
    /// The protected call whose message handler has seen the error, as the number of its frame,
    /// from 1 on, if the error has to leave runs before it gets there; else 0.
    pub(crate) handled_at: u32,
}

impl Details<'_> {
    /// Whether there is nothing.
    pub(crate) fn is_empty(&self) -> bool {
        self.traceback.is_none()
            && self.contexts.is_none()
            && self.causes.is_none()
            && self.handled_at == 0
    }
}

/// The largest part of an error's value that is copied when the error leaves its region.
const ESCAPE_LIMITS: EscapeLimits = EscapeLimits::DEFAULT.bytes_max(1 << 20).depth_max(100);

impl<'a> Error<'a> {
    /// An error that is its code alone.
    #[cold]
    pub const fn bare(kind: ErrorKind) -> Self {
        Self {
            kind,
            payload: None,
        }
    }

    /// An error whose Lua error value is `value`; without room for the payload it becomes
    /// [`ErrorKind::Memory`].
    #[cold]
    pub(crate) fn with_value(store: &Store<'a>, kind: ErrorKind, value: Value<'a>) -> Self {
        Self::with_details(store, kind, value, Details::default())
    }

    /// As [`Error::with_value`], with all that belongs to it.
    #[cold]
    pub(crate) fn with_details(
        store: &Store<'a>,
        kind: ErrorKind,
        value: Value<'a>,
        details: Details<'a>,
    ) -> Self {
        let details = Cell::new(details);
        match store.heap.alloc(Payload { value, details }) {
            Ok(payload) => Self {
                kind,
                payload: Some(payload),
            },
            Err(error) => error.into(),
        }
    }

    /// An error with a message.
    #[cold]
    pub(crate) fn with_message(store: &Store<'a>, kind: ErrorKind, message: &[u8]) -> Self {
        match Str::new(store, message) {
            Ok(text) => Self::with_value(store, kind, text.to_value()),
            Err(error) => error.into(),
        }
    }

    /// The code.
    pub const fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// The Lua error value; the code's message for an error without payload.
    pub fn value(&self) -> Value<'a> {
        match self.payload {
            Some(payload) => payload.value,
            None => bare_value(self.kind),
        }
    }

    /// Whether there is a payload.
    pub fn has_payload(&self) -> bool {
        self.payload.is_some()
    }

    /// The call path when the error was raised, in PUC Lua's format, if one was drawn.
    pub fn traceback(&self) -> Option<Str<'a>> {
        self.details().traceback
    }

    /// The notes that were open when the error was raised, outermost first; see
    /// [`Lua::context`](crate::Lua::context).
    pub fn contexts(&self) -> Notes<'a> {
        Notes::of(self.details().contexts)
    }

    /// The messages of what led to this error, nearest first; see
    /// [`Lua::error_from`](crate::Lua::error_from).
    pub fn causes(&self) -> Notes<'a> {
        Notes::of(self.details().causes)
    }

    /// What the payload carries beside the value.
    pub(crate) fn details(&self) -> Details<'a> {
        self.payload
            .map_or(Details::default(), |payload| payload.details.get())
    }

    /// Changes what the payload carries beside the value, if there is one.
    pub(crate) fn update(&self, change: impl FnOnce(&mut Details<'a>)) {
        if let Some(payload) = self.payload {
            let mut details = payload.details.get();
            change(&mut details);
            payload.details.set(details);
        }
    }

    /// Notes the call path, if there is a payload to keep it.
    pub(crate) fn set_traceback(&self, traceback: Str<'a>) {
        self.update(|details| details.traceback = Some(traceback));
    }

    /// The same error in another region: what of it finds room there.
    pub(crate) fn adopt_into<'r>(&self, store: &Store<'r>) -> Error<'r> {
        let text = match self.message() {
            Ok(text) => Str::new(store, text.as_bytes()),
            Err(parts) => Str::build(store, parts.iter().map(|part| part.len()).sum(), |bytes| {
                let parts = parts.iter().flat_map(|part| part.bytes());
                bytes
                    .iter_mut()
                    .zip(parts)
                    .for_each(|(to, from)| *to = from);
            }),
        };
        let value = match (self.value().unpack(), text) {
            (Unpacked::Nil, _) => Value::NIL,
            (Unpacked::Bool(value), _) => Value::bool(value),
            (Unpacked::Int(value), _) => Value::int(value),
            (Unpacked::Float(value), _) => Value::float(value),
            (_, Ok(text)) => text.to_value(),
            (_, Err(_)) => return Error::bare(self.kind),
        };
        let copy = |notes: Notes<'a>| {
            let list = build_notes(store, |each| {
                for text in notes {
                    each(text);
                }
            });
            list.ok().filter(|_| !notes.is_empty())
        };
        let traceback = self.traceback();
        let details = Details {
            traceback: traceback.and_then(|text| Str::new(store, text.as_bytes()).ok()),
            contexts: copy(self.contexts()),
            causes: copy(self.causes()),
            handled_at: 0,
        };
        let error = Error::with_details(store, self.kind, value, details);
        if error.has_payload() {
            error
        } else {
            Error::bare(self.kind)
        }
    }

    /// The message, or the parts of a description of the error value.
    fn message(&self) -> Result<Str<'a>, [&'static str; 3]> {
        match self.value().as_str() {
            Some(text) => Ok(text),
            None => Err(description(self.value())),
        }
    }

    /// Copies the error into the caller's arena. If that is full the copy loses the traceback
    /// first, then contexts and causes, then the payload; the code always arrives.
    ///
    /// The error value arrives as data: tables with all that they hold, shared references and
    /// cycles included; functions, coroutines and host objects inside them as a description. A
    /// value that is no data, or is too large (1 MiB) or nested too deep (100 levels), is
    /// described by its type, as in `(error object is a table value)`.
    pub fn escape_to<'out>(&self, out: &'out Bump) -> Error<'out> {
        let Some(payload) = self.payload else {
            return Error::bare(self.kind);
        };
        // What is worth most comes first, and finds room first.
        let Ok(value) = escape_error_value(payload.value, out) else {
            return Error::bare(self.kind);
        };
        let Ok(copy) = out.try_alloc(Payload {
            value,
            details: Cell::default(),
        }) else {
            return Error::bare(self.kind);
        };
        let details = payload.details.get();
        let text = |text: Option<Str<'_>>| text.and_then(|text| escape_str(text, out).ok());
        let contexts = text(details.contexts);
        let causes = text(details.causes);
        copy.details.set(Details {
            traceback: text(details.traceback),
            contexts,
            causes,
            handled_at: 0,
        });
        // SAFETY: the payload and all it points to live in `out` as long as `'out`.
        let payload = unsafe { Ref::from_raw(copy.into()) };
        Error {
            kind: self.kind,
            payload: Some(payload),
        }
    }

    /// A request to end in the caller's arena, with what the script gave to `os.exit`, if there is
    /// room for that.
    pub(crate) fn exit_in<'out>(out: &'out Bump, exit_code: i32) -> Error<'out> {
        let payload = Payload {
            value: Value::int(exit_code.into()),
            details: Cell::default(),
        };
        let payload = out.try_alloc(payload).ok();
        // SAFETY: the payload lives in `out` as long as `'out`.
        let payload = payload.map(|payload| unsafe { Ref::from_raw(payload.into()) });
        Error {
            kind: ErrorKind::Exit,
            payload,
        }
    }

    /// Copies the error into owned memory, free of any arena: `'static`, `Send` and `Sync`, for
    /// `?` and for other threads.
    ///
    /// ```
    /// # use bumpalo::Bump;
    /// # use lunette::{Arena, Engine, OwnedError};
    /// fn run(engine: &Engine, source: &str) -> Result<i64, OwnedError> {
    ///     let program = engine.compile("run.lua", source)?;
    ///     let (mut arena, out) = (Arena::new(), Bump::new());
    ///     let result = engine.enter(&mut arena, &out, |region| region.eval(&program));
    ///     result.map_err(|error| error.to_owned())
    /// }
    ///
    /// let error = run(&Engine::new(), "error('no luck', 0)").expect_err("it fails");
    /// let told = std::thread::spawn(move || error.to_string()).join();
    /// assert_eq!(told.ok().as_deref(), Some("no luck"));
    /// ```
    pub fn to_owned(&self) -> OwnedError {
        self.to_owned_error()
    }

    /// As [`Error::to_owned`], by a name that no trait has.
    pub fn to_owned_error(&self) -> OwnedError {
        let traceback = self.traceback().map(|text| text.to_string());
        let texts = |notes: Notes<'_>| {
            notes
                .map(|text| String::from_utf8_lossy(text).into_owned())
                .collect()
        };
        OwnedError::new(self.kind, self.to_string(), traceback)
            .with_contexts(texts(self.contexts()))
            .with_causes(texts(self.causes()))
    }
}

/// Copies a string into the caller's arena.
fn escape_str<'out>(text: Str<'_>, out: &'out Bump) -> Result<Str<'out>, AllocError> {
    escape_bytes(text.as_bytes(), out)
}

fn escape_error_value<'out>(value: Value<'_>, out: &'out Bump) -> Result<Value<'out>, AllocError> {
    let is_data = !matches!(
        value.unpack(),
        Unpacked::Closure(_) | Unpacked::Native(_) | Unpacked::UserData(_) | Unpacked::Thread(_)
    );
    if is_data {
        match escape_value(value, out, ESCAPE_LIMITS) {
            Ok(value) => return Ok(value),
            Err(EscapeError::Memory(_)) if value.is_str() => {
                return Err(AllocError::new(Bound::Source, 0));
            }
            Err(_) => {}
        }
    }
    let mut text = [0u8; 64];
    let mut len = 0;
    let parts = description(value);
    for byte in parts.iter().flat_map(|part| part.bytes()).take(text.len()) {
        text[len] = byte;
        len += 1;
    }
    Ok(escape_bytes(&text[..len], out)?.to_value())
}

/// What stands for an error value that is no text.
fn description(value: Value<'_>) -> [&'static str; 3] {
    ["(error object is a ", value.type_name(), " value)"]
}

/// The error value of an error without payload: a constant, since making one could fail again.
fn bare_value<'a>(kind: ErrorKind) -> Value<'a> {
    match kind {
        ErrorKind::Memory | ErrorKind::MemoryReserve => Str::NOT_ENOUGH_MEMORY.to_value(),
        ErrorKind::Handler => Str::ERROR_IN_HANDLER.to_value(),
        ErrorKind::Deadline => Str::TIME_LIMIT_REACHED.to_value(),
        _ => Value::short(kind.message().as_bytes()).unwrap_or(Value::NIL),
    }
}

impl From<AllocError> for Error<'_> {
    #[cold]
    fn from(error: AllocError) -> Self {
        Self::bare(match error.bound() {
            Bound::Reserve => ErrorKind::MemoryReserve,
            Bound::Budget | Bound::Source | Bound::Request => ErrorKind::Memory,
        })
    }
}

impl fmt::Display for Error<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.payload.map(|payload| payload.value.unpack()) {
            None => f.write_str(self.kind.message())?,
            Some(Unpacked::Str(text)) => write!(f, "{text}")?,
            Some(Unpacked::Int(value)) => write!(f, "{value}")?,
            Some(Unpacked::Float(value)) => write!(f, "{value:?}")?,
            Some(_) => description(self.value())
                .iter()
                .try_for_each(|part| f.write_str(part))?,
        }
        if !f.alternate() {
            return Ok(());
        }
        for text in self.contexts() {
            write!(f, "\nin {}", String::from_utf8_lossy(text))?;
        }
        for text in self.causes() {
            write!(f, "\ncaused by: {}", String::from_utf8_lossy(text))?;
        }
        match self.traceback() {
            Some(traceback) => write!(f, "\n{traceback}"),
            None => Ok(()),
        }
    }
}

impl fmt::Debug for Error<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Error({:?}: {self})", self.kind)
    }
}

impl core::error::Error for Error<'_> {}
