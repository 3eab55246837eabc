//! An error that owns its text: what a host passes on with `?`.

use thiserror::Error;

use super::ErrorKind;
use crate::memory::AllocError;
use crate::value::ImageError;

/// A copy of an [`Error`](super::Error) that borrows nothing.
#[derive(Clone, Debug, Error)]
#[error("{message}")]
pub struct OwnedError {
    kind: ErrorKind,
    message: String,
    traceback: Option<String>,
}

impl From<AllocError> for OwnedError {
    #[cold]
    fn from(_: AllocError) -> Self {
        let kind = ErrorKind::Memory;
        Self::new(kind, kind.message().to_string(), None)
    }
}

impl From<ImageError> for OwnedError {
    fn from(error: ImageError) -> Self {
        let what = match error {
            ImageError::Memory(error) => return error.into(),
            ImageError::HostObject => "a host object",
            ImageError::HostFunction => "a host function made in the region",
            ImageError::Finalizer => "an object with a finalizer",
        };
        let message = format!("{what} cannot be part of what regions begin with");
        Self::new(ErrorKind::Runtime, message, None)
    }
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

    /// A run-time error with this message.
    pub(crate) fn with_message(message: String) -> Self {
        Self::new(ErrorKind::Runtime, message, None)
    }

    /// The code.
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// The message.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// What the script passed to `os.exit`, for an error of the kind [`ErrorKind::Exit`].
    pub fn exit_code(&self) -> Option<i32> {
        match self.kind {
            ErrorKind::Exit => self.message.parse().ok(),
            _ => None,
        }
    }

    /// The call path when the error was raised, if one was drawn.
    pub fn traceback(&self) -> Option<&str> {
        self.traceback.as_deref()
    }
}
