//! The engine: what all executions of a process share.
#![forbid(unsafe_code)]

use std::sync::Arc;
use std::time::Duration;

use bumpalo::Bump;

use super::defaults::Defaults;
use super::load::load_in;
use super::module::{Module, Modules};
use super::{Program, Region, RunOptions};
use crate::error::{Error, OwnedError};
use crate::memory::{AllocError, Arena, Bound, ChunkSource};
use crate::stdlib::{LibrarySet, Opener};
use crate::trace;
use crate::value::ImageError;
use crate::vm::{
    Clock, FileSystem, FixedClock, Images, Limits, NoFiles, NoStreams, Preparation, PreparedRegion,
    Setup, State, Streams, with_opened,
};

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
#[derive(Clone, Debug)]
pub struct Engine {
    contents: Arc<Contents>,
    defaults: Arc<Defaults>,
    /// What regions begin as; without it, for want of memory, each is filled anew.
    prepared: Option<Arc<PreparedRegion>>,
}

/// What fills a region that begins empty.
#[derive(Debug)]
struct Contents {
    opener: Opener,
    modules: Modules,
}

impl Contents {
    fn open<'r>(&self, state: &'r State<'r>) -> Result<(), Error<'r>> {
        self.opener.open(state)?;
        self.modules.open(state)
    }
}

/// Why a region was not prepared.
pub(crate) enum Unprepared<'r> {
    /// Something was raised.
    Raised(Error<'r>),
    /// What it reaches has no image.
    NoImage(ImageError),
}

impl<'r> From<Error<'r>> for Unprepared<'r> {
    fn from(error: Error<'r>) -> Self {
        Self::Raised(error)
    }
}

impl From<ImageError> for Unprepared<'_> {
    fn from(error: ImageError) -> Self {
        Self::NoImage(error)
    }
}

impl Unprepared<'_> {
    fn into_owned_error(self) -> OwnedError {
        match self {
            Self::Raised(error) => error.to_owned_error(),
            Self::NoImage(error) => error.into(),
        }
    }
}

impl Default for Engine {
    fn default() -> Self {
        Self::builder().build()
    }
}

/// An [`Engine`] in the making: its libraries, its host modules, and what its executions get unless
/// a run says otherwise.
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
    defaults: Defaults,
}

impl EngineBuilder {
    /// The libraries that scripts find; [`LibrarySet::SAFE`] unless this is called.
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

    /// How many bytes an execution may hold on an arena made by [`Engine::arena`].
    #[must_use]
    pub fn memory_limit(mut self, bytes: usize) -> Self {
        self.defaults.memory_bytes = Some(bytes);
        self
    }

    /// How many VM steps a run may make; see [`RunOptions::fuel`].
    #[must_use]
    pub fn fuel(mut self, steps: u64) -> Self {
        self.defaults.fuel = Some(steps);
        self
    }

    /// How long a run may take; see [`RunOptions::time_limit`].
    #[must_use]
    pub fn time_limit(mut self, limit: Duration) -> Self {
        self.defaults.time_limit = Some(limit);
        self
    }

    /// What `math.random` starts from; see [`RunOptions::random_seed`].
    #[must_use]
    pub fn random_seed(mut self, seed: u64) -> Self {
        self.defaults.seed = Some(seed);
        self
    }

    /// The standard streams of scripts, those of the process unless this is called.
    #[must_use]
    pub fn streams(mut self, streams: impl Streams + Send + Sync + 'static) -> Self {
        self.defaults.streams = Some(Arc::new(streams));
        self
    }

    /// The files, processes and environment that scripts reach; see [`RunOptions::files`].
    #[must_use]
    pub fn files(mut self, files: impl FileSystem + Send + 'static) -> Self {
        self.defaults.files = Some(Arc::new(files));
        self
    }

    /// The clock that scripts read, the system's unless this is called.
    #[must_use]
    pub fn clock(mut self, clock: impl Clock + Send + 'static) -> Self {
        self.defaults.clock = Some(Arc::new(clock));
        self
    }

    /// The engine.
    pub fn build(self) -> Engine {
        let contents = Contents {
            opener: Opener::new(self.libraries),
            modules: self.modules,
        };
        let preparation = Preparation {
            arena: Arena::new(),
            streams: &NoStreams,
            files: &NoFiles,
            clock: &FixedClock { now: 0 },
            seed: None,
            limits: Limits::default(),
            loader: load_in,
            functions: &contents.modules.functions,
            base: None,
        };
        let prepared = PreparedRegion::new(preparation, &Bump::new(), |scope| {
            let result = contents.open(scope.state());
            result.map_err(|error| error.to_owned_error())
        });
        Engine {
            contents: Arc::new(contents),
            defaults: Arc::new(self.defaults),
            prepared: prepared.ok().map(Arc::new),
        }
    }
}

impl Engine {
    /// An engine with the libraries of [`LibrarySet::SAFE`]: nothing that reaches files, processes
    /// or the environment.
    pub fn new() -> Self {
        Self::with_libraries(LibrarySet::default())
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

    /// An engine whose regions begin as `prepare` leaves one: a snapshot.
    ///
    /// What `prepare` defines (globals, modules, tables of data, closures, suspended coroutines) is
    /// made once, and every region of the new engine gets a copy of it when it opens. What a region
    /// does to its copy, no other region sees. `options` bound the preparation alone; its memory is
    /// `arena`, which the new engine keeps.
    ///
    /// The first region on an arena copies all bytes. The next ones use the same copy, and put back
    /// what the region before wrote to: the tables that it changed, wholly, with their keys. All is
    /// copied again after a region of another engine, one whose objects were moved (by an
    /// evacuation), one that let a prepared table of more than 64 KiB grow or go, and if the arena
    /// zeroes.
    ///
    /// ```
    /// use bumpalo::Bump;
    /// use lunette::{Arena, Engine, RunOptions};
    ///
    /// let engine = Engine::new();
    /// let setup = engine.compile("setup.lua", "list = {} for i = 1, 10 do list[i] = i * i end")?;
    /// let options = RunOptions::new();
    /// let engine = engine.prepared(&options, Arena::new(), |region| region.eval(&setup))?;
    ///
    /// let program = engine.compile("use.lua", "list[1] = list[1] + 1 return list[1]")?;
    /// let (mut arena, out) = (Arena::new(), Bump::new());
    /// for _ in 0..3 {
    ///     let first = engine.enter(&mut arena, &out, |region| region.eval::<i64>(&program));
    ///     assert_eq!(first.ok(), Some(2));
    /// }
    /// # Ok::<(), lunette::OwnedError>(())
    /// ```
    ///
    /// Objects and functions that the host made in the region itself cannot be part of what it
    /// leaves, since they belong to one region; modules of the engine can.
    ///
    /// # Errors
    /// What `prepare` returns; there is no memory for the region or its image; what it left refers
    /// to a host object, or to a host function made in the region.
    pub fn prepared(
        &self,
        options: &RunOptions<'_>,
        arena: Arena,
        prepare: impl for<'r> FnOnce(Region<'r, '_>) -> Result<(), Error<'r>>,
    ) -> Result<Self, OwnedError> {
        let mut series = self.prepared_series(options, arena, |region, images| {
            prepare(region)?;
            Ok(images.take()?)
        })?;
        let engine = series.pop();
        engine.ok_or_else(|| OwnedError::from(AllocError::new(Bound::Source, 0)))
    }

    /// As [`Engine::prepared`]: an engine for each image that `prepare` takes of the region, at one
    /// moment after the other.
    pub(crate) fn prepared_series(
        &self,
        options: &RunOptions<'_>,
        arena: Arena,
        prepare: impl for<'r> FnOnce(Region<'r, '_>, &mut Images<'r>) -> Result<(), Unprepared<'r>>,
    ) -> Result<Vec<Self>, OwnedError> {
        let out = Bump::new();
        let preparation = Preparation {
            arena,
            streams: options.streams,
            files: options.files,
            clock: options.clock,
            seed: options.seed,
            limits: options.limits(),
            loader: load_in,
            functions: &self.contents.modules.functions,
            base: self.prepared.clone(),
        };
        let series = PreparedRegion::series(preparation, &out, |scope, images| {
            let opened = self.open(scope.state()).map_err(Unprepared::from);
            let result = opened.and_then(|()| prepare(Region::new(scope, &out), images));
            result.map_err(Unprepared::into_owned_error)
        })?;
        let engines = series.into_iter().map(|prepared| Self {
            contents: Arc::clone(&self.contents),
            defaults: Arc::clone(&self.defaults),
            prepared: Some(Arc::new(prepared)),
        });
        Ok(engines.collect())
    }

    /// The options of a run that says nothing of its own: the builder's, to be refined for
    /// [`Engine::enter_with`].
    ///
    /// ```
    /// use bumpalo::Bump;
    /// use lunette::{Engine, ErrorKind};
    ///
    /// let engine = Engine::builder().memory_limit(1 << 20).fuel(10_000).build();
    /// let program = engine.compile("loop.lua", "while true do end")?;
    /// let (mut arena, out) = (engine.arena(), Bump::new());
    /// let ended = engine.enter(&mut arena, &out, |region| region.eval::<()>(&program));
    /// assert_eq!(ended.err().map(|error| error.kind()), Some(ErrorKind::Fuel));
    ///
    /// let longer = engine.options().fuel(20_000);
    /// let ended = engine.enter_with(&longer, &mut arena, &out, |region| {
    ///     region.eval::<()>(&program)
    /// });
    /// assert_eq!(ended.err().map(|error| error.kind()), Some(ErrorKind::Fuel));
    /// # Ok::<(), lunette::OwnedError>(())
    /// ```
    pub fn options(&self) -> RunOptions<'_> {
        self.defaults.options()
    }

    /// An empty arena on the global allocator, with the builder's memory limit.
    pub fn arena(&self) -> Arena {
        self.defaults.arena()
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

    /// Opens a region on `arena`, hands it to `body`, and closes it. The run's bounds and streams
    /// are those of [`Engine::options`].
    ///
    /// # Errors
    /// What `body` returns, copied into `out`; or the arena has no room even for an empty region.
    pub fn enter<'out, S: ChunkSource, R>(
        &self,
        arena: &mut Arena<S>,
        out: &'out Bump,
        body: impl for<'r> FnOnce(Region<'r, 'out>) -> Result<R, Error<'r>>,
    ) -> Result<R, Error<'out>> {
        self.enter_with(&self.options(), arena, out, body)
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
            let result = opened.enter(|scope| {
                let state = scope.state();
                // On every path, panics included, what the script wrote is made visible. The host
                // learns of lost output from its own streams.
                scopeguard::defer! {
                    let _ = state.flush_written();
                }
                let region = Region::new(scope, out);
                let result = self.open(state);
                trace::opened(state.budget(), state.store.heap.used_bytes());
                let result = result.and_then(|()| body(region));
                let error = result.as_ref().err().map(Error::kind);
                trace::closing(state.heap_stats(), state.steps(), error);
                result.map_err(|error| region.escape_error(error))
            });
            if opened.finalize(result.as_ref().err().map(Error::kind)) {
                // As above.
                opened.enter(|scope| {
                    let _ = scope.state().flush_written();
                });
            }
            result
        });
        result.unwrap_or_else(|error| Err(error.into()))
    }

    /// Whether regions of both begin the same, with the same functions.
    pub(super) fn is_same(&self, other: &Self) -> bool {
        let prepared = |engine: &Self| engine.prepared.as_ref().map(Arc::as_ptr);
        Arc::ptr_eq(&self.contents, &other.contents)
            && Arc::ptr_eq(&self.defaults, &other.defaults)
            && prepared(self) == prepared(other)
    }

    /// What an execution is opened with.
    pub(super) fn setup<'a, S: ChunkSource>(
        &'a self,
        options: &RunOptions<'a>,
        arena: &'a mut Arena<S>,
    ) -> Setup<'a> {
        Setup {
            lender: arena.lend(),
            faults: options.faults,
            profile: options.profile,
            streams: options.streams,
            files: options.files,
            clock: options.clock,
            seed: options.seed,
            limits: options.limits(),
            loader: load_in,
            functions: &self.contents.modules.functions,
            prepared: self.prepared.as_deref(),
        }
    }

    /// Puts the libraries into a region that does not have them yet.
    pub(super) fn open<'r>(&self, state: &'r State<'r>) -> Result<(), Error<'r>> {
        match self.prepared {
            Some(_) => Ok(()),
            None => self.contents.open(state),
        }
    }
}

const _: () = {
    const fn is_shared<T: Send + Sync>() {}
    is_shared::<Engine>();
    is_shared::<Program>();
};
