//! A region, as the host sees it while it is open.
#![forbid(unsafe_code)]

use core::fmt;
use core::ops::Deref;

use bumpalo::Bump;

use super::Lua;
use crate::error::{Error, ErrorKind};
use crate::memory::HeapStats;
use crate::value::{EscapeError, EscapeLimits, Kind, Str, Unpacked, Value, escape_value};
use crate::vm::{EvacuationStats, HostScope};

/// An open region: the host's handle inside [`Engine::enter`](super::Engine::enter).
///
/// `'r` stands for this region alone; `'out` is the caller's memory for what leaves it.
#[derive(Clone, Copy)]
pub struct Region<'r, 'out> {
    lua: Lua<'r>,
    pub(super) scope: HostScope<'r, 'out>,
    out: &'out Bump,
}

/// What a region has used so far.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct RunStats {
    /// Figures of its memory.
    pub memory: HeapStats,
    /// VM steps taken: calls, loop iterations, and units of work in the library.
    pub steps: u64,
    /// What evacuations did.
    pub evacuations: EvacuationStats,
    /// How many objects of each kind were made.
    pub objects: [(&'static str, u64); Kind::COUNT],
}

impl<'r, 'out> Region<'r, 'out> {
    pub(super) fn new(scope: HostScope<'r, 'out>, out: &'out Bump) -> Self {
        let lua = Lua::new(scope.state());
        Self { lua, scope, out }
    }

    /// The execution without the caller's memory: what host functions get.
    pub fn lua(self) -> Lua<'r> {
        self.lua
    }

    /// The error in the caller's memory; a request to end carries its exit code, even if the
    /// region has no room for that.
    pub(super) fn escape_error(self, error: Error<'r>) -> Error<'out> {
        if error.kind() == ErrorKind::Exit && !error.has_payload() {
            return Error::exit_in(self.out, self.scope.state().exit_code.get());
        }
        error.escape_to(self.out)
    }

    /// Copies bytes of the region into the caller's memory.
    ///
    /// # Errors
    /// There is no room.
    pub fn escape_bytes(self, text: Str<'r>) -> Result<&'out [u8], Error<'r>> {
        let copy = self.out.try_alloc_slice_copy(text.as_bytes());
        copy.map(|bytes| &*bytes)
            .map_err(|_| Error::bare(ErrorKind::Memory))
    }

    /// Copies text of the region into the caller's memory.
    ///
    /// # Errors
    /// There is no room, or the string is not UTF-8; [`Region::escape_bytes`] takes any string.
    pub fn escape_str(self, text: Str<'r>) -> Result<&'out str, Error<'r>> {
        let bytes = self.escape_bytes(text)?;
        core::str::from_utf8(bytes).map_err(|_| self.error("string is not valid UTF-8"))
    }

    /// Copies a value into the caller's memory, as data: tables with all that they hold, shared
    /// references and cycles included, but without metatables. Functions, coroutines and host
    /// objects inside become a description, such as `(function)`; entries that have one as key
    /// are left out.
    ///
    /// ```
    /// # use bumpalo::Bump;
    /// # use lunette::{Arena, Engine, Table};
    /// # let (engine, mut arena, out) = (Engine::new(), Arena::new(), Bump::new());
    /// let program = engine.compile("user.lua", "return {name = 'ada', tags = {'x', 'y'}}")?;
    /// let user = engine.enter(&mut arena, &out, |region| {
    ///     let user = region.eval(&program)?;
    ///     region.escape(user)
    /// });
    /// // The region is closed; the table lives in `out`.
    /// let user = user.expect("it is data").as_table().expect("it is a table");
    /// assert_eq!(user.pairs().count(), 2);
    /// # Ok::<(), lunette::OwnedError>(())
    /// ```
    ///
    /// # Errors
    /// There is no room, the value is no data, or it is beyond [`EscapeLimits::DEFAULT`].
    pub fn escape(self, value: Value<'r>) -> Result<Value<'out>, Error<'r>> {
        self.escape_within(value, EscapeLimits::DEFAULT)
    }

    /// As [`Region::escape`], within other limits.
    ///
    /// # Errors
    /// As [`Region::escape`].
    pub fn escape_within(
        self,
        value: Value<'r>,
        limits: EscapeLimits,
    ) -> Result<Value<'out>, Error<'r>> {
        match value.unpack() {
            Unpacked::Closure(_)
            | Unpacked::Native(_)
            | Unpacked::UserData(_)
            | Unpacked::Thread(_) => {
                let parts = ["cannot copy a ", value.type_name(), " out of its region"];
                Err(self.error(parts.concat()))
            }
            _ => escape_value(value, self.out, limits).map_err(|error| match error {
                EscapeError::Memory(error) => error.into(),
                EscapeError::TooLarge => {
                    self.error("the value is too large to be copied out of its region")
                }
                EscapeError::TooDeep => {
                    self.error("the value is nested too deep to be copied out of its region")
                }
            }),
        }
    }
}

impl<'r> Deref for Region<'r, '_> {
    type Target = Lua<'r>;

    fn deref(&self) -> &Lua<'r> {
        &self.lua
    }
}

impl<'r> From<Region<'r, '_>> for Lua<'r> {
    fn from(region: Region<'r, '_>) -> Self {
        region.lua
    }
}

impl fmt::Debug for Region<'_, '_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Region").finish_non_exhaustive()
    }
}
