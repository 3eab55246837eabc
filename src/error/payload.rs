//! The error of two words, and the payload it may point to.
#![allow(unsafe_code)]

use core::cell::Cell;
use core::fmt;

use bumpalo::Bump;

use super::{ErrorKind, OwnedError};
use crate::memory::{AllocError, Bound, Ref};
use crate::value::{Store, Str, Unpacked, Value};

/// An error: a code, and a payload in the arena `'a` if there was room for one.
#[derive(Clone, Copy)]
pub struct Error<'a> {
    kind: ErrorKind,
    payload: Option<Ref<'a, Payload<'a>>>,
}

const _: () = assert!(size_of::<Error<'_>>() == 2 * size_of::<usize>());

/// What an error carries beside its code.
pub(crate) struct Payload<'a> {
    /// The Lua error value: what `error` was given, or the message.
    value: Value<'a>,
    /// The call path when the error was raised, if it was drawn.
    traceback: Cell<Option<Str<'a>>>,
}

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
        match store.heap.alloc(Payload {
            value,
            traceback: Cell::new(None),
        }) {
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
        self.payload.and_then(|payload| payload.traceback.get())
    }

    /// Notes the call path, if there is a payload to keep it.
    pub(crate) fn set_traceback(&self, traceback: Str<'a>) {
        if let Some(payload) = self.payload {
            payload.traceback.set(Some(traceback));
        }
    }

    /// Copies the error into the caller's arena. If that is full the copy loses the traceback
    /// first, then the payload; the code always arrives.
    ///
    /// Strings, numbers and booleans arrive as they are; any other error value is described by
    /// its type, as in `(error object is a table value)`.
    pub fn escape_to<'out>(&self, out: &'out Bump) -> Error<'out> {
        let Some(payload) = self.payload else {
            return Error::bare(self.kind);
        };
        let Ok(value) = escape_value(payload.value, out) else {
            return Error::bare(self.kind);
        };
        let traceback = payload.traceback.get();
        let traceback = traceback.and_then(|text| escape_str(text, out).ok());
        let copy = Payload {
            value,
            traceback: Cell::new(traceback),
        };
        match out.try_alloc(copy) {
            Ok(copy) => {
                // SAFETY: the payload and all it points to live in `out` as long as `'out`.
                let payload = unsafe { Ref::from_raw(copy.into()) };
                Error {
                    kind: self.kind,
                    payload: Some(payload),
                }
            }
            Err(_) => Error::bare(self.kind),
        }
    }

    /// Copies the error into owned memory, free of any arena.
    pub fn to_owned_error(&self) -> OwnedError {
        let traceback = self.traceback().map(|text| text.to_string());
        OwnedError::new(self.kind, self.to_string(), traceback)
    }
}

/// Copies a string into the caller's arena.
pub(crate) fn escape_str<'out>(text: Str<'_>, out: &'out Bump) -> Result<Str<'out>, AllocError> {
    escape_bytes(text.as_bytes(), out)
}

fn escape_parts<'out>(parts: &[&str; 3], out: &'out Bump) -> Result<Str<'out>, AllocError> {
    let mut text = [0u8; 64];
    let mut len = 0;
    for byte in parts.iter().flat_map(|part| part.bytes()).take(text.len()) {
        text[len] = byte;
        len += 1;
    }
    escape_bytes(&text[..len], out)
}

fn escape_bytes<'out>(bytes: &[u8], out: &'out Bump) -> Result<Str<'out>, AllocError> {
    if let Some(short) = Value::short(bytes).and_then(Value::as_str) {
        return Ok(short);
    }
    let size = Str::fixed_bytes(bytes.len());
    let layout = core::alloc::Layout::from_size_align(size, crate::memory::ALIGN)
        .map_err(|_| AllocError::new(Bound::Request, size))?;
    let start = out
        .try_alloc_layout(layout)
        .map_err(|_| AllocError::new(Bound::Source, size))?;
    // SAFETY: fresh, aligned bytes of that size, alive as long as `'out`.
    Ok(unsafe { Str::write_fixed(start, bytes) })
}

fn escape_value<'out>(value: Value<'_>, out: &'out Bump) -> Result<Value<'out>, AllocError> {
    Ok(match value.unpack() {
        Unpacked::Nil => Value::NIL,
        Unpacked::Bool(value) => Value::bool(value),
        Unpacked::Int(value) => Value::int(value),
        Unpacked::Float(value) => Value::float(value),
        Unpacked::Str(text) => escape_str(text, out)?.to_value(),
        _ => {
            let parts = ["(error object is a ", value.type_name(), " value)"];
            escape_parts(&parts, out)?.to_value()
        }
    })
}

/// The error value of an error without payload: a constant, since making one could fail again.
fn bare_value<'a>(kind: ErrorKind) -> Value<'a> {
    match kind {
        ErrorKind::Memory | ErrorKind::MemoryReserve => Str::NOT_ENOUGH_MEMORY.to_value(),
        ErrorKind::Handler => Str::ERROR_IN_HANDLER.to_value(),
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
            Some(_) => {
                write!(f, "(error object is a {} value)", self.value().type_name())?;
            }
        }
        match self.traceback() {
            Some(traceback) if f.alternate() => write!(f, "\n{traceback}"),
            _ => Ok(()),
        }
    }
}

impl fmt::Debug for Error<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Error({:?}: {self})", self.kind)
    }
}

impl core::error::Error for Error<'_> {}
