//! A region that was prepared once, for others to begin as it was left.
#![allow(unsafe_code)]
//!
//! - **J1** A prepared region does not run any more. It is kept for the functions that were
//!   compiled in it, which the regions that begin from its image share; nothing in it changes.
//! - **J2** A region that begins from an image ends before the image does: its setup borrows it.

use core::mem::ManuallyDrop;
use core::ptr::NonNull;
use std::sync::Arc;

use super::files::{Clock, FileSystem};
use super::host::{HostFunctions, HostScope};
use super::interrupt::Limits;
use super::opened::brand;
use super::state::{Collector, Loader, Setup, State};
use super::streams::Streams;
use crate::memory::{AllocError, Arena, Bound};
use crate::value::{
    GraphImage, Header, ImageError, Kind, KindUsage, Status, Store, Table, Thread, census,
};

/// The metatables of basic types that a region has.
const TYPE_COUNT: usize = 12;

/// The image of a prepared region, with the region.
pub(crate) struct PreparedRegion {
    graph: GraphImage,
    settings: Settings,
    /// Images of one region share it.
    _region: Arc<KeptRegion>,
}

/// A region that does not run any more (J1).
struct KeptRegion {
    /// Dropped before the arena that its chunks are of.
    store: ManuallyDrop<Store<'static>>,
    /// A box of its own, which the store's heap has borrowed.
    arena: NonNull<Arena>,
    /// What the region itself began from.
    _base: Option<Arc<PreparedRegion>>,
}

/// What a state keeps beside objects.
#[derive(Clone, Copy)]
struct Settings {
    random: [u64; 4],
    collector: Collector,
    warnings: bool,
    next_native: *mut (),
    list_native: *mut (),
    pcall_native: *mut (),
}

// SAFETY: nothing of a prepared region changes (J1), and what regions read of it, functions and
// their constants, may be shared by threads.
unsafe impl Send for KeptRegion {}
// SAFETY: as above.
unsafe impl Sync for KeptRegion {}

// SAFETY: natives among the settings are code and what outlives regions; the rest may be shared.
unsafe impl Send for PreparedRegion {}
// SAFETY: as above.
unsafe impl Sync for PreparedRegion {}

/// The images that are taken of a region while it is being prepared.
pub(crate) struct Images<'r> {
    state: &'r State<'r>,
    taken: Vec<(GraphImage, Settings)>,
}

impl Images<'_> {
    /// Takes the image of all that the region reaches now from its roots.
    ///
    /// # Errors
    /// There is no memory for it, or something in it belongs to this region alone.
    pub(crate) fn take(&mut self) -> Result<(), ImageError> {
        let state = self.state;
        // Each region would have to finalize it, but only one made it.
        if !state.store.finalizers.is_empty() {
            return Err(ImageError::Finalizer);
        }
        let roots = state.root_headers();
        // SAFETY: roots are live objects of the region.
        let graph = unsafe { GraphImage::capture(&state.store, &roots) }?;
        let settings = Settings {
            random: state.random.get(),
            collector: state.collector.get(),
            warnings: state.warnings.get(),
            next_native: state.next_native.get(),
            list_native: state.list_native.get(),
            pcall_native: state.pcall_native.get(),
        };
        self.taken.push((graph, settings));
        Ok(())
    }
}

/// The objects that a state begins with.
pub(super) struct Roots<'r> {
    pub(super) main: Thread<'r>,
    pub(super) globals: Table<'r>,
    pub(super) registry: Table<'r>,
    pub(super) type_metatables: [Option<Table<'r>>; TYPE_COUNT],
}

impl<'r> Roots<'r> {
    /// Places to be filled in later.
    ///
    /// # Safety
    /// Nobody looks at the objects.
    pub(super) unsafe fn dangling() -> Self {
        let header = NonNull::dangling();
        // SAFETY: the caller's promise.
        unsafe {
            Self {
                main: Thread::from_header(header),
                globals: Table::from_header(header),
                registry: Table::from_header(header),
                type_metatables: [None; TYPE_COUNT],
            }
        }
    }

    /// Those of an empty region.
    ///
    /// # Errors
    /// The region has no room for them.
    pub(super) fn new(store: &Store<'r>) -> Result<Self, AllocError> {
        let main = Thread::new(store)?;
        main.object().status.set(Status::Running);
        Ok(Self {
            main,
            globals: Table::empty(store)?,
            registry: Table::empty(store)?,
            type_metatables: [None; TYPE_COUNT],
        })
    }
}

/// What a region is prepared with.
pub(crate) struct Preparation<'a> {
    pub(crate) arena: Arena,
    pub(crate) streams: &'a dyn Streams,
    pub(crate) files: &'a dyn FileSystem,
    pub(crate) clock: &'a dyn Clock,
    pub(crate) seed: Option<u64>,
    pub(crate) limits: Limits,
    pub(crate) loader: Loader,
    pub(crate) functions: &'a HostFunctions,
    /// What the region itself begins with.
    pub(crate) base: Option<Arc<PreparedRegion>>,
}

impl PreparedRegion {
    /// Opens a region, lets `prepare` do to it what it likes, and takes its image.
    ///
    /// # Errors
    /// What `prepare` returns; there is no memory for the region or its image, or it cannot have
    /// one.
    pub(crate) fn new<'h, T, E: From<AllocError> + From<ImageError>>(
        preparation: Preparation<'_>,
        witness: &'h T,
        prepare: impl for<'s> FnOnce(HostScope<'s, 'h>) -> Result<(), E>,
    ) -> Result<Self, E> {
        let mut series = Self::series(preparation, witness, |scope, images| -> Result<(), E> {
            prepare(scope)?;
            Ok(images.take()?)
        })?;
        let image = series.pop();
        image.ok_or_else(|| AllocError::new(Bound::Source, 0).into())
    }

    /// As [`PreparedRegion::new`], with the images that `prepare` takes.
    ///
    /// # Errors
    /// What `prepare` returns; there is no memory for the region.
    pub(crate) fn series<'h, T, E: From<AllocError>>(
        preparation: Preparation<'_>,
        _witness: &'h T,
        prepare: impl for<'s> FnOnce(HostScope<'s, 'h>, &mut Images<'s>) -> Result<(), E>,
    ) -> Result<Vec<Self>, E> {
        // The arena is behind a raw pointer from now on, since the heap borrows it.
        let arena = NonNull::from(Box::leak(Box::new(preparation.arena)));
        let arena = scopeguard::guard(arena, |arena| {
            // SAFETY: the box that was leaked above; its heap was dropped before.
            drop(unsafe { Box::from_raw(arena.as_ptr()) });
        });
        let setup = Setup {
            // SAFETY: the box lives until the guard drops it, or until this value is dropped.
            lender: unsafe { (*arena.as_ptr()).lend() },
            faults: None,
            profile: None,
            streams: preparation.streams,
            files: preparation.files,
            clock: preparation.clock,
            seed: preparation.seed,
            limits: preparation.limits,
            loader: preparation.loader,
            functions: preparation.functions,
            prepared: preparation.base.as_deref(),
        };
        // SAFETY: the state, and the store that is left of it, are dropped before the arena. The
        // other borrows of the setup are not used after this function: only the store stays.
        let state = unsafe { State::open(setup) }?;
        // SAFETY: the closure is generic in the brand, and ends before the state.
        let branded = unsafe { brand(&state) };
        // SAFETY: what the host gives to the region is dropped before this function ends.
        let scope = unsafe { HostScope::new(branded) };
        let mut images = Images {
            state: branded,
            taken: Vec::new(),
        };
        prepare(scope, &mut images)?;
        let taken = images.taken;
        state.store.heap.freeze_units();
        // SAFETY: no image holds an object of the host, and nothing else is used any more.
        unsafe { state.store.drop_hosts() };
        let region = Arc::new(KeptRegion {
            store: ManuallyDrop::new(state.store),
            arena: scopeguard::ScopeGuard::into_inner(arena),
            _base: preparation.base,
        });
        let images = taken.into_iter().map(|(graph, settings)| Self {
            graph,
            settings,
            _region: Arc::clone(&region),
        });
        Ok(images.collect())
    }

    /// Copies the image into the empty region of `store`.
    ///
    /// # Errors
    /// The region has no room for it.
    ///
    /// # Safety
    /// The region is closed before `self` is dropped (J2).
    pub(super) unsafe fn restore<'r>(&self, store: &Store<'r>) -> Result<Roots<'r>, AllocError> {
        // SAFETY: the caller's promise.
        let mut roots = unsafe { self.graph.restore(store) }?;
        // SAFETY: the roots come in the order of `root_headers`, and the first three are there.
        unsafe {
            let mut next = || NonNull::new(roots.next().unwrap_or(core::ptr::null_mut()));
            let mut first = || next().unwrap_unchecked();
            let main = Thread::from_header(first());
            let globals = Table::from_header(first());
            let registry = Table::from_header(first());
            let type_metatables =
                core::array::from_fn(|_| next().map(|header| Table::from_header(header)));
            Ok(Roots {
                main,
                globals,
                registry,
                type_metatables,
            })
        }
    }

    /// Sets what a state keeps beside objects.
    pub(super) fn apply_settings(&self, state: &State<'_>) {
        // A seed that the host gives goes before what the image's script came to.
        if state.seed.is_none() {
            state.random.set(self.settings.random);
        }
        state.collector.set(self.settings.collector);
        state.warnings.set(self.settings.warnings);
        state.next_native.set(self.settings.next_native);
        state.list_native.set(self.settings.list_native);
        state.pcall_native.set(self.settings.pcall_native);
    }

    /// Bytes that a region begins with.
    pub(crate) fn bytes(&self) -> usize {
        self.graph.bytes()
    }
}

impl Drop for KeptRegion {
    fn drop(&mut self) {
        // SAFETY: dropped once, here, and before the arena.
        unsafe { ManuallyDrop::drop(&mut self.store) };
        // SAFETY: the box that was leaked in `new`; its heap is gone.
        drop(unsafe { Box::from_raw(self.arena.as_ptr()) });
    }
}

impl core::fmt::Debug for PreparedRegion {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("PreparedRegion")
            .field("bytes", &self.bytes())
            .finish_non_exhaustive()
    }
}

impl State<'_> {
    /// What of each kind the execution can reach now.
    pub(crate) fn census(&self) -> [KindUsage; Kind::COUNT] {
        let roots = self.root_headers();
        let running = [self.current.get().to_header()];
        // SAFETY: roots are live objects of the region.
        unsafe { census(&[&roots[..], &running].concat()) }
    }

    /// All that an image is taken of: threads, tables, metatables, in the order that `restore`
    /// reads them.
    fn root_headers(&self) -> [*mut Header; 3 + TYPE_COUNT] {
        let mut roots = [core::ptr::null_mut(); 3 + TYPE_COUNT];
        roots[0] = self.main.get().to_header();
        for (root, table) in roots[1..].iter_mut().zip(self.root_tables()) {
            *root = table.get().to_header();
        }
        for (root, metatable) in roots[3..].iter_mut().zip(&self.type_metatables) {
            *root = metatable
                .get()
                .map_or(core::ptr::null_mut(), Table::to_header);
        }
        roots
    }
}
