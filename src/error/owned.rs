//! An error that owns its text: what a host passes on with `?`.

use thiserror::Error;

use super::ErrorKind;

/// A copy of an [`Error`](super::Error) that borrows nothing.
#[derive(Clone, Debug, Error)]
#[error("{message}")]
pub struct OwnedError {
    kind: ErrorKind,
    message: String,
    traceback: Option<String>,
}

impl OwnedError {
    /// Makes the copy from its parts.
    pub(crate) fn new(kind: ErrorKind, message: String, traceback: Option<String>) -> Self {
        Self {
            kind,
            message,
            traceback,
        }
    }

    /// The code.
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// The message.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// The call path when the error was raised, if one was drawn.
    pub fn traceback(&self) -> Option<&str> {
        self.traceback.as_deref()
    }
}
