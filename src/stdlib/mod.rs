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
//! Absent on purpose: loading of libraries that were compiled from C.
#![forbid(unsafe_code)]

mod base;
mod coroutine;
mod date;
mod debug;
mod debug_hook;
mod debug_info;
mod dump;
pub(crate) mod format;
pub(crate) mod format_float;
mod io;
mod io_file;
mod io_read;
mod load;
mod math;
mod open;
mod os;
pub(crate) mod pack;
pub(crate) mod package;
pub(crate) mod pattern;
mod pattern_item;
mod random;
mod sort;
mod string;
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
    /// `clock`, `date`, `difftime` and `time` of `os`.
    pub const OS_TIME: Self = Self(1 << 8);
    /// All of `os`.
    pub const OS: Self = Self(1 << 9 | Self::OS_TIME.0);
    /// `require` and `package`. Modules come from `package.preload`; with [`LibrarySet::FILES`]
    /// from files too.
    pub const PACKAGE: Self = Self(1 << 10);
    /// `traceback` of `debug`.
    pub const TRACEBACK: Self = Self(1 << 11);
    /// All of `debug`, with which a script can read and change what others keep to themselves.
    pub const DEBUG: Self = Self(1 << 12 | Self::TRACEBACK.0);
    /// `string.dump`, and `load` of the handles that it gives. Handles have no code, and are of use
    /// in the execution that made them only.
    pub const DUMP: Self = Self(1 << 13);
    /// All libraries.
    pub const ALL: Self = Self((1 << 14) - 1);
    /// What can neither read nor change anything outside the execution.
    pub const PURE: Self = Self(
        Self::BASE.0
            | Self::COROUTINE.0
            | Self::MATH.0
            | Self::TABLE.0
            | Self::STRING.0
            | Self::UTF8.0,
    );
    /// What a script may have that nobody vouches for: no files, no processes, no environment;
    /// the time, `require` of what the host preloads, and tracebacks. An engine's default.
    pub const SAFE: Self =
        Self(Self::PURE.0 | Self::PACKAGE.0 | Self::OS_TIME.0 | Self::TRACEBACK.0);

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
        Self::SAFE
    }
}

/// A library, and when it is opened.
struct Entry {
    /// The set that it is chosen by.
    needs: LibrarySet,
    /// The set whose choice makes it superfluous.
    unless: LibrarySet,
    library: &'static Library,
}

const fn entry(needs: LibrarySet, library: &'static Library) -> Entry {
    Entry {
        needs,
        unless: LibrarySet::NONE,
        library,
    }
}

/// All libraries, in the order in which they are opened.
static LIBRARIES: [Entry; 15] = [
    entry(LibrarySet::BASE, &base::LIBRARY),
    entry(LibrarySet::PACKAGE, &package::REQUIRE),
    entry(LibrarySet::PACKAGE, &package::LIBRARY),
    entry(LibrarySet::FILES, &load::LIBRARY),
    entry(LibrarySet::COROUTINE, &coroutine::LIBRARY),
    entry(LibrarySet::MATH, &math::LIBRARY),
    entry(LibrarySet::TABLE, &table::LIBRARY),
    entry(LibrarySet::STRING, &string::LIBRARY),
    entry(LibrarySet::DUMP, &dump::LIBRARY),
    entry(LibrarySet::UTF8, &utf8::LIBRARY),
    entry(LibrarySet::IO, &io::LIBRARY),
    Entry {
        needs: LibrarySet::OS_TIME,
        unless: LibrarySet::OS,
        library: &os::TIME_LIBRARY,
    },
    entry(LibrarySet::OS, &os::LIBRARY),
    Entry {
        needs: LibrarySet::TRACEBACK,
        unless: LibrarySet::DEBUG,
        library: &debug::TRACEBACK_LIBRARY,
    },
    entry(LibrarySet::DEBUG, &debug::LIBRARY),
];
