//! Floor 8: the standard library.
//!
//! Each library is a table of host functions over the native API of `vm`; the engines (`pattern`,
//! `format`, `pack`, `utf8_codec`, `sort`) are pure functions over bytes or values.
//!
//! - **S1** A library function is a static: opening a library writes handles into a table and
//!   makes no function.
//! - **S2** Whoever loops over what a script can make large charges fuel, and asks for memory
//!   before it writes.
//! - **S3** Messages are PUC Lua's, word for word.
//!
//! Absent on purpose: `require` and `package`, `debug`, and files as values of `io`.
#![forbid(unsafe_code)]

mod base;
mod coroutine;
mod date;
pub(crate) mod format;
pub(crate) mod format_float;
mod io;
mod io_read;
mod load;
mod math;
mod open;
mod os;
pub(crate) mod pack;
pub(crate) mod pattern;
mod pattern_item;
mod random;
mod sort;
mod string;
mod string_arith;
mod string_format;
mod string_match;
mod string_pack;
mod table;
mod utf8;
pub(crate) mod utf8_codec;

use core::ops::BitOr;

pub(crate) use open::Opener;
use open::add_functions;

use crate::error::Error;
use crate::value::{FixedNative, Table};
use crate::vm::State;

/// Makes the static functions of a library: its number, then names and entry points.
macro_rules! functions {
    ($number:literal: $($name:literal => $function:path,)*) => {
        static FUNCTIONS: [$crate::value::FixedNative; [$($name),*].len()] = [
            $($crate::value::FixedNative::new(
                $number,
                $name,
                $crate::vm::entry_of($function),
            ),)*
        ];
    };
}
pub(crate) use functions;

/// One library: its functions, and what else its table holds.
pub(crate) struct Library {
    /// The global variable that holds its table; empty for a library of global functions.
    pub(crate) name: &'static str,
    pub(crate) functions: &'static [FixedNative],
    /// How many fields `finish` sets.
    pub(crate) constant_count: usize,
    /// Sets what is no function of the library.
    pub(crate) finish: Option<Finish>,
}

/// The last step of opening a library: gets its table.
pub(crate) type Finish = for<'r> fn(&State<'r>, Table<'r>) -> Result<(), Error<'r>>;

/// A choice of libraries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct LibrarySet(u16);

impl LibrarySet {
    /// No library.
    pub const NONE: Self = Self(0);
    /// The basic functions, but for those that read files.
    pub const BASE: Self = Self(1);
    /// `dofile` and `loadfile`.
    pub const FILES: Self = Self(1 << 1);
    /// `coroutine`
    pub const COROUTINE: Self = Self(1 << 2);
    /// `math`
    pub const MATH: Self = Self(1 << 3);
    /// `table`
    pub const TABLE: Self = Self(1 << 4);
    /// `string`, with the metatable of strings.
    pub const STRING: Self = Self(1 << 5);
    /// `utf8`
    pub const UTF8: Self = Self(1 << 6);
    /// `io`
    pub const IO: Self = Self(1 << 7);
    /// `os`
    pub const OS: Self = Self(1 << 8);
    /// All libraries.
    pub const ALL: Self = Self((1 << 9) - 1);
    /// What can neither read nor change anything outside the execution.
    pub const PURE: Self = Self(
        Self::BASE.0
            | Self::COROUTINE.0
            | Self::MATH.0
            | Self::TABLE.0
            | Self::STRING.0
            | Self::UTF8.0,
    );

    /// Whether all of `other` are chosen.
    pub const fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// These libraries without those of `other`.
    #[must_use]
    pub const fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }
}

impl BitOr for LibrarySet {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

impl Default for LibrarySet {
    fn default() -> Self {
        Self::ALL
    }
}

/// All libraries, each with the set that it is chosen by.
static LIBRARIES: [(LibrarySet, &Library); 9] = [
    (LibrarySet::BASE, &base::LIBRARY),
    (LibrarySet::FILES, &load::LIBRARY),
    (LibrarySet::COROUTINE, &coroutine::LIBRARY),
    (LibrarySet::MATH, &math::LIBRARY),
    (LibrarySet::TABLE, &table::LIBRARY),
    (LibrarySet::STRING, &string::LIBRARY),
    (LibrarySet::UTF8, &utf8::LIBRARY),
    (LibrarySet::IO, &io::LIBRARY),
    (LibrarySet::OS, &os::LIBRARY),
];
