//! The way of a request to its answer: here on the thread of its connection, or in a worker.
#![forbid(unsafe_code)]
//!
//! - **WO1** Every job gets an answer or loses its client: a sender that is dropped without one is
//!   answered by the connection's side.
//! - **WO2** A request begins on the thread of its connection, if a lane is free there, and has a
//!   turn of `TURN`; what is not over then, and every stream, goes on in a worker.
//! - **WO3** A worker always has a lane. One that gets a job with a lane gives its own to the
//!   connections, so as many regions are open at a time as there are workers and threads of
//!   connections, at most.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

use hyper::{HeaderMap, StatusCode};
use lunette::{ErrorKind, OwnedError, RunOptions};
use tokio::runtime::Handle;
use tokio::sync::{mpsc, oneshot};
use tracing::{debug, error, warn};

use super::answer::{
    Answer, AnswerBody, CancelOnDrop, Chunk, Reply, ReplyBody, Source, failed, overloaded,
};
use super::app::{App, ErrorText};
use super::lane::{Item, Lane, Lanes, Output, Turn};
use super::metrics::{Metrics, error_label};
use super::outbox::Outbox;
use super::pool::Permit;
use super::request::HttpRequest;
use super::turn::Files;

/// How long a request may hold the thread of its connection, and so all others there. Twenty of a
/// typical handler's; handing over takes about as long as one.
const TURN: Duration = Duration::from_micros(200);
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
    /// The bounds as options of a run, but for the time.
    pub(super) fn options(&self) -> RunOptions<'static> {
        let options = RunOptions::new().streams(&Output).files(&Files);
        match self.fuel_steps {
            Some(steps) => options.fuel(steps),
            None => options,
        }
    }
}

/// A request, and what it holds until it is answered.
#[derive(Debug)]
pub(super) struct Admitted {
    pub(super) app: Arc<App>,
    pub(super) request: HttpRequest,
    /// When the head of the request was read.
    pub(super) arrived: Instant,
    /// Its place among the requests.
    pub(super) _permit: Permit,
}

/// A request on its way to a worker.
#[derive(Debug)]
pub(super) struct Job {
    admitted: Admitted,
    stage: Stage,
    answer: oneshot::Sender<Answer>,
}

/// How far a job came.
#[derive(Debug)]
enum Stage {
    /// Since then it waits. The flag is set when the client is gone.
    New(Instant, Arc<AtomicBool>),
    Begun(Lane),
    Streaming(Lane, StatusCode, HeaderMap, Source),
}

/// A job, and its client's end of it.
#[derive(Debug)]
pub(super) struct Handed {
    pub(super) job: Box<Job>,
    pub(super) answer: oneshot::Receiver<Answer>,
    /// Cancels the job when the client is gone.
    pub(super) cancel: CancelOnDrop,
}

/// What threads that run handlers need to know of the server.
#[derive(Clone, Debug)]
pub(super) struct Surroundings {
    pub(super) bounds: Bounds,
    pub(super) metrics: Arc<Metrics>,
    pub(super) outbox: Arc<Outbox>,
    pub(super) lanes: Arc<Lanes>,
    pub(super) runtime: Handle,
    /// Whether clients see errors of scripts.
    pub(super) is_dev: bool,
}

impl Surroundings {
    /// Gives a request, which is whole since `now`, its turn on the thread of its connection. The
    /// error is what goes on in a worker; no answer is that of a client who is gone.
    pub(super) fn begin(&self, admitted: Admitted, now: Instant) -> Result<Option<Answer>, Handed> {
        let Admitted { app, request, .. } = &admitted;
        let found = match app.find(request) {
            Ok(found) => found,
            Err(answer) => return Ok(Some(self.counted(&admitted, *answer))),
        };
        let lane = match app.begins_here(&found) {
            true => self.lanes.take(),
            false => None,
        };
        let Some(mut lane) = lane else {
            return Err(hand_over(admitted, |cancel| Stage::New(now, cancel)));
        };
        let turn = lane.begin((app, &found), request, &self.bounds, now, Some(TURN));
        let ended = Instant::now();
        app.took(&found, ended - now);
        let answer = match turn {
            Turn::Replied(Reply {
                status,
                headers,
                body,
            }) => match body {
                ReplyBody::Whole(bytes) => {
                    Some(Reply::answer(status, headers, AnswerBody::Whole(bytes)))
                }
                ReplyBody::Stream(source) => {
                    let stage = |_| Stage::Streaming(lane, status, headers, source);
                    return Err(hand_over(admitted, stage));
                }
            },
            Turn::Unfinished => return Err(hand_over(admitted, |_| Stage::Begun(lane))),
            Turn::Failed(error) => self.failure(&admitted, &error),
            Turn::Panicked => Some(self.panicked(&admitted)),
        };
        lane.close(&self.metrics);
        self.lanes.put(lane);
        if let Some(answer) = &answer {
            let status = answer.status().as_u16();
            self.metrics.answered(status, ended - admitted.arrived);
        }
        Ok(answer)
    }

    fn counted(&self, admitted: &Admitted, answer: Answer) -> Answer {
        let status = answer.status().as_u16();
        self.metrics.answered(status, admitted.arrived.elapsed());
        answer
    }

    /// The handler raised an error, or reached a bound.
    fn failure(&self, admitted: &Admitted, error: &OwnedError) -> Option<Answer> {
        self.metrics.failed(error.kind());
        let request = &admitted.request;
        let (id, method, path) = (request.id, &request.method, request.uri.path());
        if error.kind() == ErrorKind::Cancelled {
            debug!(request = id.as_str(), %method, path, "the client is gone");
            return None;
        }
        let text = ErrorText::new(error);
        error!(
            request = id.as_str(),
            %method,
            path,
            kind = error_label(error.kind()),
            traceback = text.traceback.as_ref().map(tracing::field::display),
            "{}",
            text.message
        );
        let detail = self.is_dev.then(|| text.joined());
        Some(failed(id, detail.as_deref()))
    }

    /// A host function panicked.
    fn panicked(&self, admitted: &Admitted) -> Answer {
        self.metrics.panicked();
        let request = &admitted.request;
        let (id, method, path) = (request.id, &request.method, request.uri.path());
        error!(request = id.as_str(), %method, path, "a host function panicked");
        failed(id, None)
    }
}

/// Makes a job of a request.
fn hand_over(admitted: Admitted, stage: impl FnOnce(Arc<AtomicBool>) -> Stage) -> Handed {
    let (sender, answer) = oneshot::channel();
    let stage = stage(Arc::default());
    let cancel = match &stage {
        Stage::New(_, cancel) => Arc::clone(cancel),
        Stage::Begun(lane) | Stage::Streaming(lane, ..) => Arc::clone(lane.cancel()),
    };
    let job = Box::new(Job {
        admitted,
        stage,
        answer: sender,
    });
    let cancel = CancelOnDrop::new(cancel);
    Handed {
        job,
        answer,
        cancel,
    }
}

/// Where a job's answer goes, until it has gone there.
struct Outlet<'a> {
    answer: Option<oneshot::Sender<Answer>>,
    around: &'a Surroundings,
    arrived: Instant,
}

impl Outlet<'_> {
    /// Sends an answer, or the head of one that is to be continued. Whether the client is still
    /// there is for the connection to know.
    fn send(&mut self, answer: Answer) {
        if let Some(sender) = self.answer.take() {
            let status = answer.status().as_u16();
            let metrics = &self.around.metrics;
            metrics.answered(status, self.arrived.elapsed());
            self.around.outbox.put(sender, answer);
        }
    }
}

/// A client who takes a stream too slowly.
#[derive(Debug, thiserror::Error)]
#[error("time limit reached: the client reads too slowly")]
struct SlowClient;

/// A thread's own.
#[derive(Debug)]
pub(super) struct Worker {
    lane: Lane,
    around: Surroundings,
}

impl Worker {
    pub(super) fn new(lane: Lane, around: Surroundings) -> Self {
        Self { lane, around }
    }

    /// There was nothing to do for a while.
    pub(super) fn rest(&mut self) {
        self.lane.rest(&self.around.metrics);
    }

    /// Brings one request to its end, whatever becomes of it.
    pub(super) fn work(&mut self, job: Job) {
        let Job {
            admitted,
            stage,
            answer,
        } = job;
        let mut outlet = Outlet {
            answer: Some(answer),
            around: &self.around,
            arrived: admitted.arrived,
        };
        let turn = match stage {
            Stage::New(since, cancel) => {
                if since.elapsed() > self.around.bounds.time_limit {
                    warn!(request = admitted.request.id.as_str(), "waited too long");
                    drop(admitted);
                    outlet.send(overloaded());
                    return;
                }
                Self::begin(&mut self.lane, &admitted, cancel, &self.around)
            }
            Stage::Begun(lane) => {
                self.around.lanes.exchange(&mut self.lane, lane);
                self.lane.go_on(admitted.request.id)
            }
            Stage::Streaming(lane, status, headers, source) => {
                self.around.lanes.exchange(&mut self.lane, lane);
                let body = ReplyBody::Stream(source);
                Turn::Replied(Reply {
                    status,
                    headers,
                    body,
                })
            }
        };
        let answer = match turn {
            Turn::Replied(reply) => Self::reply(&mut self.lane, &admitted, reply, &mut outlet),
            Turn::Failed(error) => self.around.failure(&admitted, &error),
            // Turns of workers have no end.
            Turn::Panicked | Turn::Unfinished => Some(self.around.panicked(&admitted)),
        };
        self.lane.close(&self.around.metrics);
        // The request's place is free by the time that its client sees the answer.
        drop(admitted);
        if let Some(answer) = answer {
            outlet.send(answer);
        }
    }

    fn begin(
        lane: &mut Lane,
        admitted: &Admitted,
        cancel: Arc<AtomicBool>,
        around: &Surroundings,
    ) -> Turn {
        let Admitted { app, request, .. } = admitted;
        match app.find(request) {
            Ok(found) => {
                lane.set_cancel(cancel);
                let now = Instant::now();
                lane.begin((app, &found), request, &around.bounds, now, None)
            }
            // It was found before.
            Err(_) => Turn::Panicked,
        }
    }

    /// The answer to send, if it was not sent already.
    fn reply(
        lane: &mut Lane,
        admitted: &Admitted,
        reply: Reply,
        outlet: &mut Outlet<'_>,
    ) -> Option<Answer> {
        let Reply {
            status,
            headers,
            body,
        } = reply;
        let source = match body {
            ReplyBody::Whole(bytes) => {
                return Some(Reply::answer(status, headers, AnswerBody::Whole(bytes)));
            }
            ReplyBody::Stream(source) => source,
        };
        let (sender, chunks) = mpsc::channel(STREAM_CHUNKS_MAX);
        let body = AnswerBody::Stream {
            chunks,
            has_ended: false,
            _cancel: CancelOnDrop::new(Arc::clone(lane.cancel())),
        };
        outlet.send(Reply::answer(status, headers, body));
        let around = outlet.around;
        match Self::stream(lane, admitted, &source, &sender, &around.runtime) {
            Some(Ok(())) => None,
            Some(Err(error)) => around.failure(admitted, &error),
            None => Some(around.panicked(admitted)),
        }
    }

    /// Sends what `source` gives, piece by piece, until it gives nil; `None` if it panicked.
    fn stream(
        lane: &mut Lane,
        admitted: &Admitted,
        source: &Source,
        sender: &mpsc::Sender<Chunk>,
        runtime: &Handle,
    ) -> Option<Result<(), OwnedError>> {
        loop {
            let chunk = match lane.pull(admitted.request.id, source)? {
                Ok(Item::End) => Chunk::End,
                Ok(Item::Bytes(bytes)) if bytes.is_empty() => continue,
                Ok(Item::Bytes(bytes)) => Chunk::Bytes(bytes),
                Err(error) => return Some(Err(error)),
            };
            let is_last = matches!(chunk, Chunk::End);
            let chunk = match sender.try_send(chunk) {
                Ok(()) if is_last => return Some(Ok(())),
                Ok(()) => continue,
                Err(mpsc::error::TrySendError::Closed(_)) => return Some(Ok(())),
                Err(mpsc::error::TrySendError::Full(chunk)) => chunk,
            };
            let deadline = lane.deadline();
            let sent = runtime.block_on(async {
                tokio::time::timeout_at(deadline.into(), sender.send(chunk)).await
            });
            match sent {
                Ok(Ok(())) if !is_last => {}
                Ok(_) => return Some(Ok(())),
                Err(_) => {
                    let error = OwnedError::from_error(ErrorKind::Deadline, &SlowClient);
                    return Some(Err(error));
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use hyper::{HeaderMap, Method, Uri};
    use lunette::{Engine, Error};

    use super::*;
    use crate::cli::serve::pool::Admission;
    use crate::cli::serve::reload::NotedFiles;
    use crate::cli::serve::request::{Peer, RequestId};

    const SOURCE: &str = "return {
        ['/'] = function() seen = (seen or 0) + 1 return tostring(seen) end,
        ['/fail'] = function() local t = {} host.fail(t) end,
        ['/fail/late'] = function() for i = 1, 1e6 do end host.fail() end,
        ['/late'] = function()
            seen = (seen or 0) + 1
            for i = 1, 1e6 do end
            return tostring(seen)
        end,
    }";

    /// What serves `SOURCE`, with a host function that panics; a lane for connections, and one for
    /// a worker.
    fn serving(runtime: Handle) -> (Surroundings, Arc<App>, Lane) {
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
        let files = NotedFiles::default();
        let app = App::compile(&engine, &bounds, "@test.lua", SOURCE.as_bytes(), &files);
        let lane = |index| Lane::new(index, &engine, &bounds).expect("there is memory");
        let around = Surroundings {
            bounds,
            metrics: Arc::new(Metrics::new(2)),
            outbox: Arc::default(),
            lanes: Arc::new(Lanes::new(vec![lane(0)])),
            runtime,
            is_dev: false,
        };
        (around, Arc::new(app.expect("a good script")), lane(1))
    }

    fn admitted(app: &Arc<App>, path: &'static str) -> Admitted {
        Admitted {
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
            _permit: Admission::new(1).admit().expect("an empty server"),
        }
    }

    #[test]
    fn a_panic_ends_with_its_request() {
        let runtime = tokio::runtime::Builder::new_current_thread();
        let runtime = { runtime }.build().expect("a runtime");
        let (around, app, lane) = serving(runtime.handle().clone());
        let mut worker = Worker::new(lane, around.clone());
        for (path, status, is_handed) in [
            ("/", 200, false),
            ("/late", 200, true),
            ("/fail", 500, false),
            ("/", 200, false),
            ("/fail/late", 500, true),
            ("/fail/late", 500, true),
            ("/late", 200, true),
            ("/fail", 500, false),
            ("/", 200, false),
            ("/nowhere", 404, false),
        ] {
            let turn = around.begin(admitted(&app, path), Instant::now());
            assert_eq!(turn.is_err(), is_handed, "{path}");
            let answer = turn.unwrap_or_else(|mut handed| {
                assert!(around.lanes.take().is_none(), "the job has the lane");
                worker.work(*handed.job);
                around.outbox.deliver(&mut Vec::new());
                handed.answer.try_recv().ok()
            });
            let answer = answer.expect("there is an answer");
            assert_eq!(answer.status().as_u16(), status, "{path}");
            // Each region begins anew, whoever was in the lane before.
            if let (200, AnswerBody::Whole(body)) = (status, answer.body()) {
                assert_eq!(&body[..], b"1", "{path}");
            }
        }
    }

    #[test]
    fn without_a_lane_a_worker_begins() {
        let runtime = tokio::runtime::Builder::new_current_thread();
        let runtime = { runtime }.build().expect("a runtime");
        let (around, app, lane) = serving(runtime.handle().clone());
        let mut worker = Worker::new(lane, around.clone());
        let taken = around.lanes.take();
        for path in ["/", "/fail", "/late"] {
            let handed = around.begin(admitted(&app, path), Instant::now());
            let mut handed = handed.expect_err("there is no lane");
            worker.work(*handed.job);
            around.outbox.deliver(&mut Vec::new());
            let answer = handed.answer.try_recv().expect("there is an answer");
            let status = if path == "/fail" { 500 } else { 200 };
            assert_eq!(answer.status().as_u16(), status, "{path}");
        }
        drop(taken);
    }

    #[test]
    fn a_job_whose_client_is_gone_is_cancelled() {
        let runtime = tokio::runtime::Builder::new_current_thread();
        let runtime = { runtime }.build().expect("a runtime");
        let (around, app, lane) = serving(runtime.handle().clone());
        let mut worker = Worker::new(lane, around.clone());
        for has_lane in [true, false] {
            let taken = (!has_lane).then(|| around.lanes.take());
            let handed = around.begin(admitted(&app, "/late"), Instant::now());
            let mut handed = handed.expect_err("it takes long");
            drop(handed.cancel);
            worker.work(*handed.job);
            around.outbox.deliver(&mut Vec::new());
            assert!(handed.answer.try_recv().is_err());
            drop(taken);
        }
    }
}
