//! All that one execution owns, in one struct.
#![allow(unsafe_code)]
//!
//! - **X1** Everything that a script can reach hangs from here: the running thread (and, through
//!   `resumer`, those that wait for it), the main thread, globals, registry, the metatables of
//!   basic types, and the values that the libraries keep. These are the roots of an evacuation.
//! - **X2** Host code holds values of the region on the Rust stack only while the innermost run is
//!   inside a host function; the loop itself reads its pointers anew after every safepoint.

use core::any::Any;
use core::cell::{Cell, OnceCell};
use core::mem::{self, MaybeUninit};
use std::io;
use std::sync::Arc;

use super::call_cache::CallCache;
use super::context::ContextStack;
use super::files::{Clock, FileSystem, OpenFileCount};
use super::hook::Hooks;
use super::host::HostFunctions;
use super::interrupt::Limits;
use super::native::Request;
use super::prepared::{PreparedRegion, Roots};
use super::profile::MemoryProfile;
use super::streams::Streams;
use super::suspend::Suspension;
use crate::error::{Error, ErrorKind};
use crate::memory::{AllocError, Budget, FaultPlan, Heap, HeapStats, Lender, ParkedBuffer, Ref};
use crate::value::{Closure, Kind, Proto, Store, Str, Table, Thread, Upvalue, Value, tag};

/// Bytes set aside when a region opens, for reporting that memory ran out.
const RESERVE_BYTES: usize = 4 << 10;
/// How deep host functions may call scripts that call host functions, as in PUC Lua
/// (`LUAI_MAXCCALLS`).
pub(crate) const HOST_DEPTH_MAX: u32 = 200;

/// What an execution is opened with.
pub(crate) struct Setup<'a> {
    /// The memory to run in.
    pub(crate) lender: Lender<'a>,
    /// Which allocations are to fail.
    pub(crate) faults: Option<&'a FaultPlan>,
    /// Who notes what is allocated; not together with `faults`.
    pub(crate) profile: Option<&'a MemoryProfile>,
    /// Standard input and output.
    pub(crate) streams: &'a dyn Streams,
    /// Files, processes, environment.
    pub(crate) files: &'a dyn FileSystem,
    /// Time.
    pub(crate) clock: &'a dyn Clock,
    /// The seed of `math.random`.
    pub(crate) seed: Option<u64>,
    /// The bounds of the run.
    pub(crate) limits: Limits,
    /// Turns text into functions, for `load`.
    pub(crate) loader: Loader,
    /// The host functions of the engine.
    pub(crate) functions: &'a HostFunctions,
    /// What the region begins as, in the place of an empty one.
    pub(crate) prepared: Option<&'a PreparedRegion>,
}

/// Compiles `source` inside a region: the hook that keeps this floor free of the compiler.
pub(crate) type Loader =
    for<'r> fn(&State<'r>, source: &[u8], name: &[u8]) -> Result<Ref<'r, Proto>, Error<'r>>;

/// Settings that scripts make and read back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Collector {
    pub(crate) is_stopped: bool,
    pub(crate) is_generational: bool,
    pub(crate) pause: i32,
    pub(crate) step_multiplier: i32,
    /// KiB that `collectgarbage("step")` claimed since the last evacuation.
    pub(crate) step_kib: u64,
}

impl Collector {
    /// As the stand-alone interpreter of PUC Lua sets them.
    const NEW: Self = Self {
        is_stopped: false,
        is_generational: true,
        pause: 200,
        step_multiplier: 100,
        step_kib: 0,
    };
}

/// One execution.
pub(crate) struct State<'r> {
    pub(crate) store: Store<'r>,
    pub(crate) limits: Limits,
    pub(crate) streams: &'r dyn Streams,
    pub(crate) file_system: &'r dyn FileSystem,
    pub(crate) clock: &'r dyn Clock,
    /// The seed that the host gave `math.random`.
    pub(crate) seed: Option<u64>,
    pub(crate) loader: Loader,
    pub(super) functions: &'r HostFunctions,
    /// The thread that runs now.
    pub(crate) current: Cell<Thread<'r>>,
    pub(crate) main: Cell<Thread<'r>>,
    globals: Cell<Table<'r>>,
    registry: Cell<Table<'r>>,
    /// Whether the run may evacuate: nobody outside the loop holds values of the region.
    pub(crate) may_evacuate: Cell<bool>,
    /// What evacuations did so far.
    pub(crate) evacuations: Cell<super::safepoint::EvacuationStats>,
    /// Metatables of the basic types, by tag; booleans and numbers share one each.
    pub(super) type_metatables: [Cell<Option<Table<'r>>>; 12],
    /// The library's `next` and the iterator of its `ipairs`, which the loop knows how to step.
    pub(crate) next_native: Cell<*mut ()>,
    /// What calls of the loop entered last.
    pub(crate) call_cache: CallCache,
    pub(crate) list_native: Cell<*mut ()>,
    /// The library's `pcall`, which the loop enters itself.
    pub(crate) pcall_native: Cell<*mut ()>,
    /// What the last special reply of a host function asks for.
    pub(crate) request: Cell<Request<'r>>,
    /// The slot of the host function that runs now, for errors and nested calls.
    pub(crate) native_slot: Cell<u32>,
    /// The error that was just returned was raised by the host function at `native_slot`, which
    /// has no frame of its own.
    pub(crate) is_native_error: Cell<bool>,
    /// The error that is being raised went through its message handler already.
    pub(crate) is_handled: Cell<bool>,
    /// The error that was just returned leaves the innermost run, whose entry is popped.
    pub(crate) is_leaving: Cell<bool>,
    /// Functions that are called at calls, returns, lines and counts.
    pub(crate) hooks: Hooks,
    /// Host functions on the Rust stack that called back into a script.
    pub(crate) host_depth: Cell<u32>,
    /// The state of `math.random` (xoshiro256**).
    pub(crate) random: Cell<[u64; 4]>,
    /// What a script told `collectgarbage`.
    pub(crate) collector: Cell<Collector>,
    /// An evacuation was asked for where it could not happen: the next safepoint makes up for it.
    pub(crate) is_collection_due: Cell<bool>,
    /// The instruction that was run again last, and how many evacuations there had been by then:
    /// without another one there is no use in running it once more.
    pub(crate) last_retry: Cell<(usize, u64)>,
    /// A finalizer runs.
    pub(crate) is_finalizing: Cell<bool>,
    /// Standard input that was read ahead, and how much of it was used.
    pub(crate) input: Cell<ParkedBuffer<'r>>,
    pub(crate) input_used: Cell<usize>,
    /// What the host notes of the values that it keeps, which are in the registry.
    pub(crate) host_book: OnceCell<Arc<dyn Any + Send + Sync>>,
    /// Whether and where the run is suspended.
    pub(crate) suspension: Suspension,
    /// Bytes of the path in the message of the last conversion error that was made.
    pub(crate) conversion_path: Cell<u32>,
    /// A set of bytes that a pattern used lately, after its text: for the library.
    pub(crate) known_set: Cell<(u128, [u64; 4])>,
    /// How many files the script has open.
    pub(crate) open_files: OpenFileCount,
    /// The notes of the host that are open.
    pub(super) contexts: ContextStack,
    /// What the script passed to `os.exit`.
    pub(crate) exit_code: Cell<i32>,
    /// Whether the script's request to end runs the handlers of variables to be closed.
    pub(crate) exit_closes: Cell<bool>,
    /// Whether an error that leaves the outermost run is replaced by the text that its value gives
    /// of itself.
    pub(crate) describes_errors: Cell<bool>,
    /// Whether the script wrote to standard output since that was last flushed.
    pub(crate) has_output: Cell<bool>,
    /// Whether `warn` prints.
    pub(crate) warnings: Cell<bool>,
    /// Whether the last `warn` call left a message unfinished.
    pub(crate) warning_open: Cell<bool>,
}

impl<'r> State<'r> {
    /// Opens an execution.
    ///
    /// # Errors
    /// As [`State::open_in`].
    ///
    /// # Safety
    /// As [`State::open_in`].
    pub(super) unsafe fn open(setup: Setup<'_>) -> Result<Self, AllocError> {
        let mut place = MaybeUninit::uninit();
        // SAFETY: the caller's promise.
        unsafe { Self::open_in(&mut place, setup) }?;
        // SAFETY: it was opened.
        Ok(unsafe { place.assume_init() })
    }

    /// Opens an execution where it is going to stay: a state is large, and moving it would be a
    /// good part of what opening costs.
    ///
    /// # Errors
    /// The arena has no room even for an empty execution; there is nothing in `place` then.
    ///
    /// # Safety
    /// The state is dropped before the borrows of the setup end.
    pub(super) unsafe fn open_in(
        place: &mut MaybeUninit<Self>,
        setup: Setup<'_>,
    ) -> Result<(), AllocError> {
        // SAFETY: the caller's promise; the heap is dropped with the state.
        let heap = unsafe { Heap::open(setup.lender, RESERVE_BYTES) };
        // SAFETY: the caller's promise.
        let streams = unsafe { core::mem::transmute::<&dyn Streams, &dyn Streams>(setup.streams) };
        // SAFETY: the caller's promise.
        let functions =
            unsafe { core::mem::transmute::<&HostFunctions, &HostFunctions>(setup.functions) };
        // SAFETY: the caller's promise.
        let file_system =
            unsafe { core::mem::transmute::<&dyn FileSystem, &dyn FileSystem>(setup.files) };
        // SAFETY: the caller's promise.
        let clock = unsafe { core::mem::transmute::<&dyn Clock, &dyn Clock>(setup.clock) };
        // SAFETY: these are replaced below before anybody reads them, or the state is dropped.
        let roots = unsafe { Roots::dangling() };
        let state = place.write(State {
            store: Store::new(heap),
            limits: setup.limits,
            streams,
            file_system,
            clock,
            seed: setup.seed,
            loader: setup.loader,
            functions,
            current: Cell::new(roots.main),
            main: Cell::new(roots.main),
            globals: Cell::new(roots.globals),
            registry: Cell::new(roots.registry),
            may_evacuate: Cell::new(false),
            evacuations: Cell::default(),
            type_metatables: [const { Cell::new(None) }; 12],
            next_native: Cell::new(core::ptr::null_mut()),
            call_cache: CallCache::new(),
            list_native: Cell::new(core::ptr::null_mut()),
            pcall_native: Cell::new(core::ptr::null_mut()),
            request: Cell::new(Request::None),
            native_slot: Cell::new(0),
            is_native_error: Cell::new(false),
            is_handled: Cell::new(false),
            is_leaving: Cell::new(false),
            hooks: Hooks::new(),
            host_depth: Cell::new(0),
            random: Cell::new([0; 4]),
            collector: Cell::new(Collector::NEW),
            is_collection_due: Cell::new(false),
            last_retry: Cell::new((0, 0)),
            is_finalizing: Cell::new(false),
            input: Cell::new(ParkedBuffer::EMPTY),
            input_used: Cell::new(0),
            host_book: OnceCell::new(),
            suspension: Suspension::default(),
            conversion_path: Cell::new(0),
            known_set: Cell::new((0, [0; 4])),
            contexts: ContextStack::new(),
            open_files: OpenFileCount::default(),
            exit_code: Cell::new(0),
            exit_closes: Cell::new(false),
            describes_errors: Cell::new(false),
            has_output: Cell::new(false),
            warnings: Cell::new(false),
            warning_open: Cell::new(false),
        });
        if let Some(faults) = setup.faults {
            // SAFETY: the caller's promise.
            let faults = unsafe { core::mem::transmute::<&FaultPlan, &'static FaultPlan>(faults) };
            state.store.heap.set_watch(Some(faults));
        }
        if let Err(error) = state.furnish(setup.prepared) {
            // SAFETY: written above, and dropped once.
            unsafe { place.assume_init_drop() };
            return Err(error);
        }
        Ok(())
    }

    /// Gives a fresh state the objects that it begins with.
    fn furnish(&self, prepared: Option<&PreparedRegion>) -> Result<(), AllocError> {
        let roots = match prepared {
            // SAFETY: the setup's borrows outlive the state.
            Some(prepared) => unsafe { prepared.restore(&self.store) }?,
            None => Roots::new(&self.store)?,
        };
        self.current.set(roots.main);
        self.main.set(roots.main);
        self.globals.set(roots.globals);
        self.registry.set(roots.registry);
        for (cell, metatable) in self.type_metatables.iter().zip(roots.type_metatables) {
            cell.set(metatable);
        }
        if let Some(prepared) = prepared {
            prepared.apply_settings(self);
        }
        self.arm();
        Ok(())
    }

    /// Flushes standard output if the script wrote to it since the last time.
    ///
    /// # Errors
    /// What the stream reports.
    pub(crate) fn flush_written(&self) -> io::Result<()> {
        match self.has_output.replace(false) {
            true => self.streams.flush_out(),
            false => Ok(()),
        }
    }

    /// Writes to standard output.
    ///
    /// # Errors
    /// What the stream reports.
    pub(crate) fn write_out(&self, bytes: &[u8]) -> io::Result<()> {
        self.has_output.set(true);
        self.streams.write_out(bytes)
    }

    /// Where the basic type of `value` keeps its metatable (not for tables and host objects).
    pub(crate) fn type_metatable(&self, value: Value<'r>) -> &Cell<Option<Table<'r>>> {
        let slot = match value.tag() {
            tag::TRUE => tag::FALSE,
            tag::FLOAT => tag::INT,
            tag::LONG => tag::SHORT,
            tag::NATIVE => tag::CLOSURE,
            other => other,
        };
        &self.type_metatables[slot as usize % 12]
    }

    /// The table of global variables.
    #[inline]
    pub(crate) fn globals(&self) -> Table<'r> {
        self.globals.get()
    }

    /// The registry: what libraries keep, out of scripts' sight.
    #[inline]
    pub(crate) fn registry(&self) -> Table<'r> {
        self.registry.get()
    }

    /// The cells of globals and registry, as roots.
    pub(super) fn root_tables(&self) -> [&Cell<Table<'r>>; 2] {
        [&self.globals, &self.registry]
    }

    /// The thread that runs now.
    #[inline(always)]
    pub(crate) fn thread(&self) -> Thread<'r> {
        self.current.get()
    }

    /// Compiles `source` in the region, as a function of the environment `env`.
    ///
    /// # Errors
    /// The source is not Lua, or there is no room for it.
    pub(crate) fn load(
        &self,
        source: &[u8],
        name: &[u8],
        env: Value<'r>,
    ) -> Result<Value<'r>, Error<'r>> {
        let proto = (self.loader)(self, source, name)?;
        Ok(self.main_closure(proto, env)?.to_value())
    }

    /// The function of a main program, whose one variable from outside is `env`.
    ///
    /// # Errors
    /// The region has no room for it.
    pub(crate) fn main_closure(
        &self,
        proto: Ref<'r, Proto>,
        env: Value<'r>,
    ) -> Result<Closure<'r>, AllocError> {
        let mut next = env;
        Closure::new(&self.store, proto, |_| {
            Upvalue::closed(&self.store, mem::replace(&mut next, Value::NIL))
        })
    }

    /// A string of the region.
    ///
    /// # Errors
    /// The region has no room for it.
    pub(crate) fn str(&self, text: &[u8]) -> Result<Str<'r>, Error<'r>> {
        Ok(Str::new(&self.store, text)?)
    }

    /// An error with `message`, without a position.
    #[cold]
    pub(crate) fn plain_error(&self, message: &[u8]) -> Error<'r> {
        Error::with_message(&self.store, ErrorKind::Runtime, message)
    }

    /// The figures of the region's memory.
    pub(crate) fn heap_stats(&self) -> HeapStats {
        self.store.heap.stats()
    }

    /// How many objects of each kind were made, with their names.
    pub(crate) fn object_counts(&self) -> [(&'static str, u64); Kind::COUNT] {
        let counts = self.store.serials.counts();
        core::array::from_fn(|kind| (Kind::NAMES[kind], counts[kind]))
    }

    /// The byte bound of this execution.
    pub(crate) fn budget(&self) -> Budget {
        self.store.heap.budget()
    }
}
