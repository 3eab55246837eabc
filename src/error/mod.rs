//! Floor 4: errors. A code that always exists, and a payload when there was memory for one.
//!
//! - **E1** An [`Error`] is two words; making one from a code alone needs no memory.
//! - **E2** A payload lives in the region (or the caller's arena) that its error is branded with.
//! - **E3** Whether a script may catch an error depends on its [`ErrorKind`] alone.
//!
//! Absent on purpose: positions and variable names, which the VM adds where it raises.

mod kind;
mod notes;
mod owned;
mod payload;

pub use kind::{Category, ErrorKind, HostCode};
pub use notes::Notes;
pub(crate) use notes::build_notes;
pub use owned::OwnedError;
pub(crate) use owned::causes_of;
pub(crate) use payload::Details;
pub use payload::Error;
