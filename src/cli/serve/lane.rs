//! A lane: a warm execution, in which one request runs at a time, on whichever thread has the lane.
#![forbid(unsafe_code)]
//!
//! - **LA1** A request that is not over when its turn is keeps its lane, and may go on in another
//!   thread.
//! - **LA2** Nothing of a request is left in a lane but chunks: it is closed before it is used
//!   again, whatever happened in it.
//! - **LA3** A lane that no request comes to rests: it keeps `REST_BYTES_MAX` of its chunks. One
//!   that is in use gives back what large requests left with each small one.

use std::io;
use std::mem;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use hyper::body::Bytes;
use lunette::{
    Arena, Engine, Error, ErrorKind, Execution, FromLuaMulti, OwnedError, ProcessStreams, Step,
    Streams, Unpacked, Values,
};
use tokio::time;

use super::answer::{Reply, Source, copied};
use super::app::{App, Found};
use super::metrics::Metrics;
use super::modules;
use super::request::{HttpRequest, RequestId};
use super::turn;
use super::worker::Bounds;

/// How long a stream may take where the time limit is none.
const STREAM_TIME_MAX: Duration = Duration::from_secs(86_400);
/// VM steps between two looks at whether a turn is over.
const TURN_STEPS: u64 = 4096;

/// After what time without a request a lane rests.
pub(super) const REST_AFTER: Duration = Duration::from_secs(1);
/// What a lane that rests keeps of its chunks, in bytes: several times what small requests use.
const REST_BYTES_MAX: usize = 256 << 10;

/// A warm execution.
#[derive(Debug)]
pub(super) struct Lane {
    index: usize,
    /// Whether a request came since somebody asked last.
    was_used: bool,
    /// Closed between requests.
    execution: Execution,
    /// Set when the client of the request that runs is gone.
    cancel: Arc<AtomicBool>,
    deadline: Instant,
}

/// How far a request came.
pub(super) enum Turn {
    Replied(Reply),
    /// Its turn is over, and it is not.
    Unfinished,
    Failed(OwnedError),
    /// A host function panicked.
    Panicked,
}

/// What a body that is a stream gives at a time.
pub(super) enum Item {
    Bytes(Bytes),
    End,
}

impl<'r> FromLuaMulti<'r> for Item {
    fn from_lua_multi(values: &mut Values<'r>) -> Result<Self, Error<'r>> {
        let item = values.next_value();
        match item.unpack() {
            Unpacked::Nil => Ok(Self::End),
            Unpacked::Str(text) => Ok(Self::Bytes(copied(text))),
            _ => {
                let message = format!("body gave a {} value", item.type_name());
                Err(values.lua().error(message))
            }
        }
    }
}

impl Lane {
    /// A lane of `engine` or of others that are made of it.
    ///
    /// # Errors
    /// There is no room for an empty execution.
    pub(super) fn new(index: usize, engine: &Engine, bounds: &Bounds) -> Result<Self, OwnedError> {
        let arena = Arena::with_budget(bounds.memory_bytes);
        let mut execution = engine.execution_with(&bounds.options(), Output, arena)?;
        execution.close();
        Ok(Self {
            index,
            was_used: false,
            execution,
            cancel: Arc::default(),
            deadline: Instant::now(),
        })
    }

    /// Begins a request, for a turn of so long on the thread of its connection, or to its end. Its
    /// time limit counts from `now`.
    pub(super) fn begin(
        &mut self,
        (app, found): (&App, &Found<'_>),
        request: &HttpRequest,
        bounds: &Bounds,
        now: Instant,
        turn_time: Option<Duration>,
    ) -> Turn {
        self.was_used = true;
        // A limit beyond what the clock can hold is no limit, but for streams.
        let deadline = now.checked_add(bounds.time_limit);
        self.deadline = deadline.unwrap_or(now + STREAM_TIME_MAX);
        let options = bounds.options().deadline(self.deadline).on_look(turn::look);
        let options = options.random_seed(app.seed());
        let options = options.cancel(Arc::clone(&self.cancel));
        let _turn = turn_time.map(|_| turn::Turn::begin(now));
        let begun = self.guarded(request.id, |execution| {
            execution.reopen(app.engine(), &options)?;
            execution.set_slice(turn_time.map(|_| TURN_STEPS))?;
            let step = execution.start_with(|lua| app.call(lua, found, request))?;
            until(execution, step, now, turn_time)
        });
        turn_of(begun)
    }

    /// Goes on with a request that is not over, to its end.
    pub(super) fn go_on(&mut self, id: RequestId) -> Turn {
        let ended = self.guarded(id, |execution| {
            execution.set_slice(None)?;
            let step = execution.resume(())?;
            until(execution, step, Instant::now(), None)
        });
        turn_of(ended)
    }

    /// What a stream gives next; `None` if a host function panicked.
    pub(super) fn pull(
        &mut self,
        id: RequestId,
        source: &Source,
    ) -> Option<Result<Item, OwnedError>> {
        let item = self.guarded(id, |execution| {
            execution.set_slice(None)?;
            match &source.argument {
                Some(argument) => execution.call(&source.function, argument),
                None => execution.call(&source.function, ()),
            }
        });
        item.ok()
    }

    /// Runs something in the execution; the log knows whose it is.
    fn guarded<T>(
        &mut self,
        id: RequestId,
        run: impl FnOnce(&mut Execution) -> Result<T, OwnedError>,
    ) -> std::thread::Result<Result<T, OwnedError>> {
        modules::set_running(Some(id));
        let result = catch_unwind(AssertUnwindSafe(|| run(&mut self.execution)));
        modules::set_running(None);
        result
    }

    /// Ends the request, and leaves the lane as it was before it, but warm.
    pub(super) fn close(&mut self, metrics: &Metrics) {
        // After a panic there is nothing to count.
        if let Ok(stats) = self.execution.stats() {
            metrics.closing(&stats);
        }
        // A finalizer may call a host function that panics.
        let _ = catch_unwind(AssertUnwindSafe(|| self.execution.close()));
        // A flag that somebody still holds stays with this request.
        match Arc::get_mut(&mut self.cancel) {
            Some(cancel) => *cancel.get_mut() = false,
            None => self.cancel = Arc::default(),
        }
        if let Some(arena) = self.execution.arena() {
            metrics.keeps(self.index, arena.kept_bytes());
        }
    }

    /// Gives back what large requests left (LA3). No request is in the lane.
    pub(super) fn rest(&mut self, metrics: &Metrics) {
        if self.execution.trim(REST_BYTES_MAX)
            && let Some(arena) = self.execution.arena()
        {
            metrics.keeps(self.index, arena.kept_bytes());
        }
    }

    /// What cancels the request that runs.
    pub(super) fn cancel(&self) -> &Arc<AtomicBool> {
        &self.cancel
    }

    /// Has another flag cancel the next request.
    pub(super) fn set_cancel(&mut self, cancel: Arc<AtomicBool>) {
        self.cancel = cancel;
    }

    /// When the request that runs has to be over.
    pub(super) fn deadline(&self) -> Instant {
        self.deadline
    }
}

/// Lets a call go on until it is over, or its turn is.
fn until(
    execution: &mut Execution,
    mut step: Step<Reply>,
    begun: Instant,
    turn_time: Option<Duration>,
) -> Result<Option<Reply>, OwnedError> {
    loop {
        match step {
            Step::Done(reply) => return Ok(Some(reply)),
            Step::Slice if turn_time.is_some_and(|time| begun.elapsed() >= time) => {
                return Ok(None);
            }
            // No function of the server waits.
            Step::Slice | Step::Waiting => step = execution.resume(())?,
        }
    }
}

fn turn_of(result: std::thread::Result<Result<Option<Reply>, OwnedError>>) -> Turn {
    match result {
        Ok(Ok(Some(reply))) => Turn::Replied(reply),
        Ok(Ok(None)) => Turn::Unfinished,
        Ok(Err(error)) if error.kind() == ErrorKind::Ended => Turn::Panicked,
        Ok(Err(error)) => Turn::Failed(error),
        Err(_) => Turn::Panicked,
    }
}

/// Lanes that no request is in, for the threads of connections.
#[derive(Debug)]
pub(super) struct Lanes(Mutex<Vec<Lane>>);

impl Lanes {
    pub(super) fn new(lanes: Vec<Lane>) -> Self {
        Self(Mutex::new(lanes))
    }

    pub(super) fn take(&self) -> Option<Lane> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).pop()
    }

    pub(super) fn put(&self, lane: Lane) {
        let mut lanes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        lanes.push(lane);
    }

    /// Takes the lanes that are to rest: no request came to them since this was asked last.
    fn take_restless(&self) -> Vec<Lane> {
        let mut lanes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let is_restless = |lane: &mut Lane| {
            let arena = lane.execution.arena();
            let is_large = arena.is_some_and(|arena| arena.kept_bytes() > REST_BYTES_MAX);
            !mem::take(&mut lane.was_used) && is_large
        };
        lanes.extract_if(.., is_restless).collect()
    }

    /// Puts lanes that rested below all others, which are warmer.
    fn put_below(&self, rested: Vec<Lane>) {
        let mut lanes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        lanes.splice(..0, rested);
    }

    /// Puts `lane` here, and `other` in its place.
    pub(super) fn exchange(&self, lane: &mut Lane, other: Lane) {
        self.put(mem::replace(lane, other));
    }
}

/// Has lanes of connections rest, until the runtime ends (LA3).
pub(super) async fn rest_all(lanes: Arc<Lanes>, metrics: Arc<Metrics>) {
    loop {
        time::sleep(REST_AFTER).await;
        // Requests find the other lanes meanwhile, or a worker.
        let mut restless = lanes.take_restless();
        restless.iter_mut().for_each(|lane| lane.rest(&metrics));
        lanes.put_below(restless);
    }
}

/// What handlers print goes to the standard output of the process; there is no input.
#[derive(Clone, Copy, Debug)]
pub(super) struct Output;

impl Streams for Output {
    fn write_out(&self, bytes: &[u8]) -> io::Result<()> {
        ProcessStreams.write_out(bytes)
    }

    fn write_err(&self, bytes: &[u8]) -> io::Result<()> {
        ProcessStreams.write_err(bytes)
    }

    fn flush_out(&self) -> io::Result<()> {
        Ok(())
    }

    fn read_in(&self, _: &mut [u8]) -> io::Result<usize> {
        Ok(0)
    }
}
