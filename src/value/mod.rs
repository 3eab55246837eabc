//! Floor 2: values and the objects they point to.
//!
//! A [`Value`] is 16 bytes and `Copy`; objects live in a region's heap behind `Copy` handles, with
//! `Cell` fields, so that no `&mut` into a region exists. The invariants are numbered in the files:
//! `header` (O), `repr` (V), `string` (T), `table` (A), `function` (C), `thread` (K), `proto` (P),
//! `host` (HV).
//!
//! Absent on purpose: metamethods, calls and anything else that runs a script.

pub(crate) mod coerce;
mod copy;
mod copy_weak;
pub(crate) mod decimal;
mod escape;
mod filler;
mod finalizers;
mod function;
mod header;
mod host;
mod image;
mod image_warm;
pub(crate) mod number;
pub(crate) mod numeral;
mod program;
mod proto;
mod record;
mod repr;
pub(crate) mod source_name;
mod store;
mod string;
mod table;
mod table_fill;
mod table_hash;
#[cfg(test)]
mod table_model;
mod table_next;
mod texts;
mod thread;
mod userdata;

pub(crate) use copy::Evacuation;
pub use escape::EscapeLimits;
pub(crate) use escape::{EscapeError, escape_bytes, escape_value};
pub use function::{Closure, Native};
pub(crate) use function::{ENGINE_SERIAL_START, FixedNative, NativeObject, Upvalue};
pub(crate) use header::{Header, Kind};
pub(crate) use host::{BorrowError, HostRef, HostRefMut};
pub use image::KindUsage;
pub(crate) use image::{GraphImage, ImageError, census};
pub(crate) use program::{ProgramImage, ProgramMemory, RegionMemory};
pub(crate) use proto::{
    Constant, LocalPart, Proto, ProtoMemory, ProtoParts, ProtoRef, UpvalueSource,
};
pub(crate) use record::Layout as RecordLayout;
pub(crate) use repr::tag;
pub use repr::{SHORT_MAX, Unpacked, Value};
pub(crate) use store::Store;
pub use string::Str;
pub(crate) use string::{field_key, short_hash};
pub use table::Table;
pub(crate) use table::{ABSENT_MODE, HOPS_MAX, SetError, TableObject};
pub(crate) use table_next::{Near, SKIPPED_MAX};
pub(crate) use texts::Texts;
pub use thread::Thread;
pub(crate) use thread::{Frame, SLACK, STACK_MAX, Status, ThreadObject};
pub use userdata::UserData;
