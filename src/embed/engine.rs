//! The engine: what all executions of a process share.
#![forbid(unsafe_code)]

use std::sync::Arc;

use bumpalo::Bump;

use super::load::load_in;
use super::module::{Module, Modules};
use super::{Program, Region, RunOptions};
use crate::error::{Error, OwnedError};
use crate::memory::{Arena, ChunkSource};
use crate::stdlib::{LibrarySet, Opener};
use crate::vm::{Setup, State, with_opened};

/// What executions share: the libraries and the defaults. Immutable, cheap to clone, shared by
/// threads.
///
/// ```
/// use bumpalo::Bump;
/// use lunette::{Arena, Engine};
///
/// let engine = Engine::new();
/// let program = engine.compile("sum.lua", "return 1 + 2")?;
/// let mut arena = Arena::with_budget(1 << 20);
/// let out = Bump::new();
/// let sum = engine.enter(&mut arena, &out, |region| region.eval::<i64>(&program));
/// assert_eq!(sum.ok(), Some(3));
/// # Ok::<(), lunette::OwnedError>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct Engine {
    shared: Arc<Shared>,
}

/// What is behind the clones of an engine.
#[derive(Debug, Default)]
struct Shared {
    opener: Opener,
    modules: Modules,
}

/// An [`Engine`] in the making: its libraries and host modules.
///
/// ```
/// # use bumpalo::Bump;
/// use lunette::{Arena, Engine, LibrarySet};
///
/// let engine = Engine::builder()
///     .libraries(LibrarySet::PURE)
///     .module("geometry", |module| {
///         module
///             .function("area", |_, (width, height): (f64, f64)| Ok(width * height))
///             .constant("unit", "mm");
///     })
///     .build();
/// let program = engine.compile("a.lua", "return geometry.area(2, 3) .. geometry.unit")?;
/// let (mut arena, out) = (Arena::new(), Bump::new());
/// let text = engine.enter(&mut arena, &out, |region| region.eval::<String>(&program));
/// assert_eq!(text.ok().as_deref(), Some("6.0mm"));
/// # Ok::<(), lunette::OwnedError>(())
/// ```
#[derive(Debug, Default)]
pub struct EngineBuilder {
    libraries: LibrarySet,
    modules: Modules,
}

impl EngineBuilder {
    /// The libraries that scripts find; all of them unless this is called.
    #[must_use]
    pub fn libraries(mut self, libraries: LibrarySet) -> Self {
        self.libraries = libraries;
        self
    }

    /// Adds a host module: a global table, known to `require` as well. Its functions are made
    /// once, and shared by all regions and threads. An empty name adds global functions.
    #[must_use]
    pub fn module(
        mut self,
        name: impl Into<String>,
        fill: impl for<'m> FnOnce(&mut Module<'_, 'm>),
    ) -> Self {
        self.modules.add(name, fill);
        self
    }

    /// The engine.
    pub fn build(self) -> Engine {
        Engine {
            shared: Arc::new(Shared {
                opener: Opener::new(self.libraries),
                modules: self.modules,
            }),
        }
    }
}

impl Engine {
    /// An engine with all libraries.
    pub fn new() -> Self {
        Self::default()
    }

    /// An engine whose scripts find these libraries only.
    ///
    /// ```
    /// use lunette::{Engine, LibrarySet};
    ///
    /// // No files, no environment, no clock: a script can only compute.
    /// let engine = Engine::with_libraries(LibrarySet::PURE);
    /// # let _ = engine;
    /// ```
    pub fn with_libraries(libraries: LibrarySet) -> Self {
        Self::builder().libraries(libraries).build()
    }

    /// An engine with host modules and defaults of its own.
    pub fn builder() -> EngineBuilder {
        EngineBuilder::default()
    }

    /// Compiles a script. `name` is what messages call it: a file name as it is, or, as in Lua's
    /// `load`, `=name` for what is not a file. A first line that starts with `#` is skipped.
    ///
    /// # Errors
    /// The source is not Lua (or is a binary chunk, which is refused), or there is no memory.
    pub fn compile(
        &self,
        name: impl AsRef<[u8]>,
        source: impl AsRef<[u8]>,
    ) -> Result<Program, OwnedError> {
        Program::compile(name.as_ref(), source.as_ref())
    }

    /// Opens a region on `arena`, hands it to `body`, and closes it.
    ///
    /// # Errors
    /// What `body` returns, copied into `out`; or the arena has no room even for an empty region.
    pub fn enter<'out, S: ChunkSource, R>(
        &self,
        arena: &mut Arena<S>,
        out: &'out Bump,
        body: impl for<'r> FnOnce(Region<'r, 'out>) -> Result<R, Error<'r>>,
    ) -> Result<R, Error<'out>> {
        self.enter_with(&RunOptions::new(), arena, out, body)
    }

    /// As [`Engine::enter`], with bounds and streams of its own.
    ///
    /// # Errors
    /// As [`Engine::enter`]; reaching a bound is an error of its kind.
    pub fn enter_with<'out, S: ChunkSource, R>(
        &self,
        options: &RunOptions<'_>,
        arena: &mut Arena<S>,
        out: &'out Bump,
        body: impl for<'r> FnOnce(Region<'r, 'out>) -> Result<R, Error<'r>>,
    ) -> Result<R, Error<'out>> {
        let result = with_opened(self.setup(options, arena), out, |opened| {
            opened.enter(|scope| {
                let state = scope.state();
                // On every path, panics included, what the script wrote is made visible. The host
                // learns of lost output from its own streams.
                scopeguard::defer! {
                    let _ = state.streams.flush_out();
                }
                let region = Region::new(scope, out);
                let result = self.open(state);
                let result = result.and_then(|()| body(region));
                result.map_err(|error| region.with_exit_code(error).escape_to(out))
            })
        });
        result.unwrap_or_else(|error| Err(error.into()))
    }

    /// What an execution is opened with.
    pub(super) fn setup<'a, S: ChunkSource>(
        &'a self,
        options: &RunOptions<'a>,
        arena: &'a mut Arena<S>,
    ) -> Setup<'a> {
        Setup {
            lender: arena.lend(),
            streams: options.streams,
            limits: options.limits(),
            loader: load_in,
            functions: &self.shared.modules.functions,
        }
    }

    /// Puts the libraries into a fresh region.
    pub(super) fn open<'r>(&self, state: &'r State<'r>) -> Result<(), Error<'r>> {
        self.shared.opener.open(state)?;
        self.shared.modules.open(state)
    }
}

const _: () = {
    const fn is_shared<T: Send + Sync>() {}
    is_shared::<Engine>();
    is_shared::<Program>();
};
