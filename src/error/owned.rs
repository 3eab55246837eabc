//! An error that owns its text: what a host passes on with `?`.

use std::fmt;

use super::ErrorKind;
use crate::memory::AllocError;
use crate::value::ImageError;

/// A copy of an [`Error`](super::Error) that borrows nothing.
///
/// `{}` shows the message; `{:#}` all: message, contexts, causes, traceback.
#[derive(Clone, Debug)]
pub struct OwnedError {
    kind: ErrorKind,
    message: String,
    traceback: Option<String>,
    contexts: Vec<String>,
    cause: Option<Box<Cause>>,
}

/// One link of the chain of what led to an error.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{message}")]
struct Cause {
    message: String,
    source: Option<Box<Cause>>,
}

impl fmt::Display for OwnedError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        if !f.alternate() {
            return Ok(());
        }
        for text in &self.contexts {
            write!(f, "\nin {text}")?;
        }
        let mut cause = self.cause.as_deref();
        while let Some(link) = cause {
            write!(f, "\ncaused by: {}", link.message)?;
            cause = link.source.as_deref();
        }
        match &self.traceback {
            Some(traceback) => write!(f, "\n{traceback}"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for OwnedError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.cause.as_deref().map(|cause| cause as _)
    }
}

/// Where a chain of causes is cut.
pub(crate) const CAUSES_MAX: usize = 32;

/// The messages of what led to `error`, nearest first.
pub(crate) fn causes_of(error: &dyn std::error::Error) -> Vec<String> {
    let mut causes = Vec::new();
    let mut next = error.source();
    while let Some(cause) = next.filter(|_| causes.len() < CAUSES_MAX) {
        causes.push(cause.to_string());
        next = cause.source();
    }
    causes
}

impl From<super::Error<'_>> for OwnedError {
    fn from(error: super::Error<'_>) -> Self {
        error.to_owned_error()
    }
}

impl From<std::io::Error> for OwnedError {
    fn from(error: std::io::Error) -> Self {
        Self::from_error(ErrorKind::Host, &error)
    }
}

impl From<core::str::Utf8Error> for OwnedError {
    fn from(error: core::str::Utf8Error) -> Self {
        Self::from_error(ErrorKind::Conversion, &error)
    }
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
            contexts: Vec::new(),
            cause: None,
        }
    }

    /// A run-time error with this message.
    pub(crate) fn with_message(message: String) -> Self {
        Self::new(ErrorKind::Runtime, message, None)
    }

    /// An error of the host's side, with the messages of its whole chain of causes.
    pub fn from_error(kind: ErrorKind, error: &dyn std::error::Error) -> Self {
        Self::new(kind, error.to_string(), None).with_causes(causes_of(error))
    }

    pub(super) fn with_contexts(self, contexts: Vec<String>) -> Self {
        Self { contexts, ..self }
    }

    pub(super) fn with_causes(self, causes: Vec<String>) -> Self {
        let cause = causes.into_iter().rev().fold(None, |source, message| {
            Some(Box::new(Cause { message, source }))
        });
        Self { cause, ..self }
    }

    /// The notes that were open when the error was raised, outermost first.
    pub fn contexts(&self) -> &[String] {
        &self.contexts
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

const _: () = {
    const fn is_free<T: Send + Sync + 'static>() {}
    is_free::<OwnedError>();
};
