//! A worker: a warm arena, and the way of one request through a region on it.
#![forbid(unsafe_code)]
//!
//! - **WO1** Every job gets an answer or loses its client: a sender that is dropped without one is
//!   answered by the connection's side.
//! - **WO2** Nothing of a request is left in a worker but chunks: the region closes, and memory
//!   for errors is reset.

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use bumpalo::Bump;
use hyper::StatusCode;
use hyper::header::{self, HeaderValue};
use lunette::{
    Arena, Error, ErrorKind, Function, ProcessStreams, Region, RunOptions, Streams, Unpacked, Value,
};
use tokio::runtime::Handle;
use tokio::sync::{mpsc, oneshot};
use tracing::{debug, error, warn};

use super::answer::{
    Answer, AnswerBody, CancelOnDrop, Chunk, Reply, ReplyBody, copied, failed, overloaded, plain,
};
use super::app::{App, ErrorText, Handled, Opened};
use super::metrics::{Metrics, error_label};
use super::modules;
use super::outbox::Outbox;
use super::pool::Permit;
use super::request::HttpRequest;

/// Memory for errors that a worker keeps between requests, in bytes.
const OUT_KEPT_MAX: usize = 256 << 10;
/// How long a stream may take where the time limit is none.
const STREAM_TIME_MAX: Duration = Duration::from_secs(86_400);
/// Chunks of a stream that may wait for the connection.
const STREAM_CHUNKS_MAX: usize = 4;

/// What one request may use.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bounds {
    pub(super) memory_bytes: usize,
    pub(super) time_limit: Duration,
    pub(super) fuel_steps: Option<u64>,
}

impl Bounds {
    /// The bounds as options of a run; the time begins now.
    pub(super) fn options(&self) -> RunOptions<'static> {
        let options = RunOptions::new()
            .streams(&Output)
            .time_limit(self.time_limit);
        match self.fuel_steps {
            Some(steps) => options.fuel(steps),
            None => options,
        }
    }
}

/// A request on its way to a worker.
#[derive(Debug)]
pub(super) struct Job {
    pub(super) app: Arc<App>,
    pub(super) request: HttpRequest,
    /// When the head of the request was read.
    pub(super) arrived: Instant,
    /// When the whole request was there.
    pub(super) queued: Instant,
    pub(super) answer: oneshot::Sender<Answer>,
    /// Set when the client is gone.
    pub(super) cancel: Arc<AtomicBool>,
    pub(super) permit: Permit,
}

/// What a worker needs to know of the server.
#[derive(Clone, Debug)]
pub(super) struct Surroundings {
    pub(super) bounds: Bounds,
    pub(super) metrics: Arc<Metrics>,
    pub(super) outbox: Arc<Outbox>,
    pub(super) runtime: Handle,
    /// Whether clients see errors of scripts.
    pub(super) is_dev: bool,
}

/// A thread's own.
#[derive(Debug)]
pub(super) struct Worker {
    index: usize,
    arena: Arena,
    out: Bump,
    around: Surroundings,
}

/// Where a request's answer goes, until it has gone there.
struct Outlet<'a> {
    answer: Option<oneshot::Sender<Answer>>,
    permit: Option<Permit>,
    around: &'a Surroundings,
    arrived: Instant,
}

impl Outlet<'_> {
    /// Sends a whole answer. The request's place is free by the time that its client sees it.
    fn send(&mut self, answer: Answer) {
        self.permit = None;
        self.send_head(answer);
    }

    /// Sends an answer that is to be continued. Whether the client is still there is for the
    /// connection to know.
    fn send_head(&mut self, answer: Answer) {
        if let Some(sender) = self.answer.take() {
            let status = answer.status().as_u16();
            let metrics = &self.around.metrics;
            metrics.answered(status, self.arrived.elapsed());
            self.around.outbox.put(sender, answer);
        }
    }
}

impl Worker {
    pub(super) fn new(index: usize, around: Surroundings) -> Self {
        Self {
            index,
            arena: Arena::with_budget(around.bounds.memory_bytes),
            out: Bump::new(),
            around,
        }
    }

    /// Runs one request, whatever becomes of it.
    pub(super) fn work(&mut self, job: Job) {
        let Job {
            app,
            request,
            arrived,
            queued,
            answer,
            cancel,
            permit,
        } = job;
        if cancel.load(Ordering::Relaxed) {
            self.around.metrics.failed(ErrorKind::Cancelled);
            return;
        }
        let mut outlet = Outlet {
            answer: Some(answer),
            permit: Some(permit),
            around: &self.around,
            arrived,
        };
        if queued.elapsed() > self.around.bounds.time_limit {
            warn!(request = request.id.as_str(), "waited too long");
            outlet.send(overloaded());
            return;
        }
        let now = Instant::now();
        // A limit beyond what the clock can hold is no limit, but for streams.
        let deadline = now.checked_add(self.around.bounds.time_limit);
        let deadline = deadline.unwrap_or(now + STREAM_TIME_MAX);
        let options = self.around.bounds.options().cancel(Arc::clone(&cancel));
        let run = Run {
            app: &app,
            request: &request,
            around: &self.around,
            deadline,
            cancel,
        };
        modules::set_running(Some(request.id));
        let result = catch_unwind(AssertUnwindSafe(|| {
            app.engine()
                .enter_with(&options, &mut self.arena, &self.out, |region| {
                    let result = run.handle(region, &mut outlet);
                    self.around.metrics.closing(&region.stats());
                    result
                })
        }));
        modules::set_running(None);
        match result {
            Ok(Ok(())) => {}
            Ok(Err(error)) => run.fail(&error, &mut outlet),
            Err(_) => run.panicked(&mut outlet),
        }
        self.settle();
    }

    /// Leaves the worker as it was before the request, but warm.
    fn settle(&mut self) {
        if self.out.allocated_bytes() > OUT_KEPT_MAX {
            self.out = Bump::new();
        } else {
            self.out.reset();
        }
        let kept = self.arena.kept_bytes();
        self.around.metrics.keeps(self.index, kept);
    }
}

/// One request while it runs.
struct Run<'a> {
    app: &'a App,
    request: &'a HttpRequest,
    around: &'a Surroundings,
    deadline: Instant,
    cancel: Arc<AtomicBool>,
}

impl Run<'_> {
    fn handle<'r>(&self, region: Region<'r, '_>, outlet: &mut Outlet<'_>) -> Result<(), Error<'r>> {
        let opened = self.app.open(region)?;
        match self.app.handle(region, opened, self.request)? {
            Handled::Reply(reply) => self.reply(region, opened, reply, outlet),
            Handled::WrongMethod(allowed) => {
                let mut answer = plain(StatusCode::METHOD_NOT_ALLOWED, "method not allowed\n");
                if let Ok(allowed) = HeaderValue::from_str(&allowed) {
                    answer.headers_mut().insert(header::ALLOW, allowed);
                }
                outlet.send(answer);
                Ok(())
            }
            Handled::NotFound => {
                outlet.send(plain(StatusCode::NOT_FOUND, "not found\n"));
                Ok(())
            }
        }
    }

    fn reply<'r>(
        &self,
        region: Region<'r, '_>,
        opened: Opened<'r>,
        reply: Reply<'r>,
        outlet: &mut Outlet<'_>,
    ) -> Result<(), Error<'r>> {
        let Reply {
            status,
            headers,
            body,
        } = reply;
        let source = match body {
            ReplyBody::Whole(bytes) => {
                outlet.send(Reply::answer(status, headers, AnswerBody::Whole(bytes)));
                return Ok(());
            }
            ReplyBody::Stream(source) => source,
        };
        let (sender, chunks) = mpsc::channel(STREAM_CHUNKS_MAX);
        let body = AnswerBody::Stream {
            chunks,
            has_ended: false,
            _cancel: CancelOnDrop::new(Arc::clone(&self.cancel)),
        };
        outlet.send_head(Reply::answer(status, headers, body));
        self.stream(region, opened, source, &sender)
    }

    /// Sends what `source` gives, piece by piece, until it gives nil.
    fn stream<'r>(
        &self,
        region: Region<'r, '_>,
        opened: Opened<'r>,
        source: Value<'r>,
        sender: &mpsc::Sender<Chunk>,
    ) -> Result<(), Error<'r>> {
        loop {
            let item: Value<'r> = match Function::from_value(source) {
                Some(function) => function.call(region, ())?,
                None => opened.step.call(region, source)?,
            };
            let chunk = match item.unpack() {
                Unpacked::Nil => Chunk::End,
                Unpacked::Str(text) if text.is_empty() => continue,
                Unpacked::Str(text) => Chunk::Bytes(copied(text)),
                _ => {
                    let type_name = item.type_name();
                    return Err(region.error(format!("body gave a {type_name} value")));
                }
            };
            let is_last = matches!(chunk, Chunk::End);
            if !self.send(region, sender, chunk)? || is_last {
                return Ok(());
            }
        }
    }

    /// Sends a chunk; whether the client is there to get it.
    fn send<'r>(
        &self,
        region: Region<'r, '_>,
        sender: &mpsc::Sender<Chunk>,
        chunk: Chunk,
    ) -> Result<bool, Error<'r>> {
        let chunk = match sender.try_send(chunk) {
            Ok(()) => return Ok(true),
            Err(mpsc::error::TrySendError::Closed(_)) => return Ok(false),
            Err(mpsc::error::TrySendError::Full(chunk)) => chunk,
        };
        let sent = self.around.runtime.block_on(async {
            tokio::time::timeout_at(self.deadline.into(), sender.send(chunk)).await
        });
        match sent {
            Ok(sent) => Ok(sent.is_ok()),
            Err(_) => Err(region.error("time limit reached: the client reads too slowly")),
        }
    }

    /// The handler raised an error, or reached a bound.
    fn fail(&self, error: &Error<'_>, outlet: &mut Outlet<'_>) {
        self.around.metrics.failed(error.kind());
        let (id, method) = (self.request.id, &self.request.method);
        let path = self.request.uri.path();
        if error.kind() == ErrorKind::Cancelled {
            debug!(request = id.as_str(), %method, path, "the client is gone");
            return;
        }
        let text = ErrorText::new(error);
        error!(
            request = id.as_str(),
            %method,
            path,
            kind = error_label(error.kind()),
            traceback = text.traceback.as_ref().map(display),
            "{}",
            text.message
        );
        let detail = self.around.is_dev.then(|| text.joined());
        outlet.send(failed(id, detail.as_deref()));
    }

    /// A host function panicked; the region is closed.
    fn panicked(&self, outlet: &mut Outlet<'_>) {
        self.around.metrics.panicked();
        let (id, method) = (self.request.id, &self.request.method);
        let path = self.request.uri.path();
        error!(request = id.as_str(), %method, path, "a host function panicked");
        outlet.send(failed(id, None));
    }
}

/// What handlers print goes to the standard output of the process; there is no input.
#[derive(Clone, Copy, Debug)]
struct Output;

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

#[cfg(test)]
mod tests {
    use hyper::{HeaderMap, Method, Uri};
    use lunette::Engine;

    use super::*;
    use crate::cli::serve::pool::Admission;
    use crate::cli::serve::reload::NotedFiles;
    use crate::cli::serve::request::{Peer, RequestId};

    /// A worker that serves `source`, with a host function that panics.
    fn worker_and_app(runtime: Handle, source: &str) -> (Worker, Arc<App>) {
        let engine = Engine::builder()
            .module("host", |module| {
                module.function("fail", |_, ()| -> Result<(), Error<'_>> {
                    panic!("a mistake of the host")
                });
            })
            .build();
        let bounds = Bounds {
            memory_bytes: 1 << 20,
            time_limit: Duration::from_secs(5),
            fuel_steps: None,
        };
        let app = App::compile(
            &engine,
            &bounds,
            "@test.lua",
            source.as_bytes(),
            &NotedFiles::default(),
        );
        let around = Surroundings {
            bounds,
            metrics: Arc::new(Metrics::new(1)),
            outbox: Arc::default(),
            runtime,
            is_dev: false,
        };
        (
            Worker::new(0, around),
            Arc::new(app.expect("a good script")),
        )
    }

    fn status_of(worker: &mut Worker, app: &Arc<App>, path: &'static str) -> Option<u16> {
        let (sender, mut answer) = oneshot::channel();
        worker.work(Job {
            app: Arc::clone(app),
            request: HttpRequest {
                id: RequestId::new(1, 1),
                method: Method::GET,
                uri: Uri::from_static(path),
                headers: HeaderMap::new(),
                body: hyper::body::Bytes::new(),
                peer: Arc::new(Peer {
                    address: String::from("test"),
                    port: 0,
                }),
            },
            arrived: Instant::now(),
            queued: Instant::now(),
            answer: sender,
            cancel: Arc::default(),
            permit: Admission::new(1).admit().expect("an empty server"),
        });
        worker.around.outbox.deliver(&mut Vec::new());
        let answer = answer.try_recv().ok()?;
        Some(answer.status().as_u16())
    }

    #[test]
    fn a_panic_ends_with_its_request() {
        let runtime = tokio::runtime::Builder::new_current_thread();
        let runtime = { runtime }.build().expect("a runtime");
        let source = "return function(request)
            if request.path == '/fail' then local t = {} host.fail(t) end
            seen = (seen or 0) + 1
            return tostring(seen)
        end";
        let (mut worker, app) = worker_and_app(runtime.handle().clone(), source);
        for (path, status) in [("/", 200), ("/fail", 500), ("/fail", 500), ("/", 200)] {
            assert_eq!(status_of(&mut worker, &app, path), Some(status), "{path}");
        }
    }
}
