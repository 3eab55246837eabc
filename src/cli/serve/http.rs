//! The connections' side: requests are read, bounded, handed to workers, and answered.
#![forbid(unsafe_code)]
//!
//! - **HT1** Nothing here waits for a client without a bound: heads, bodies and writes have the
//!   client's time limit, connections and requests are counted.
//! - **HT2** When a connection goes, its request's flag is set, and the worker stops.

use std::convert::Infallible;
use std::future::poll_fn;
use std::net::SocketAddr;
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use http_body_util::BodyExt;
use hyper::body::{Body, Bytes, Incoming};
use hyper::header::{self, HeaderValue};
use hyper::http::request::Parts;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::sync::watch;
use tracing::debug;

use super::answer::{Answer, overloaded, plain};
use super::app::App;
use super::head_timer::HeadTimer;
use super::metrics::{Gauges, Metrics};
use super::pool::{Admission, Queue};
use super::request::{HttpRequest, Peer, RequestId};
use super::shared::Shared;
use super::stall::StallGuard;
use super::worker::{Admitted, Handed, Job, Surroundings};

/// Where metrics are, if they are asked for.
const METRICS_PATH: &str = "/-/metrics";

/// What all connections share.
#[derive(Debug)]
pub(super) struct Server {
    /// What is served now; a reload puts another in its place.
    pub(super) app: RwLock<Arc<App>>,
    pub(super) queue: Arc<Queue<Box<Job>>>,
    pub(super) around: Surroundings,
    pub(super) admission: Arc<Admission>,
    pub(super) metrics: Arc<Metrics>,
    pub(super) shared: Arc<Shared>,
    pub(super) settings: Settings,
    pub(super) connections: AtomicUsize,
    pub(super) next_request: AtomicU32,
}

/// The bounds of connections, and what the server shows.
#[derive(Clone, Copy, Debug)]
pub(super) struct Settings {
    pub(super) body_bytes_max: usize,
    pub(super) header_bytes_max: usize,
    pub(super) client_timeout: Duration,
    pub(super) shows_metrics: bool,
    /// Whether connections have several threads: a task that announces jobs may be busy elsewhere.
    pub(super) announces_at_once: bool,
    /// What request ids of this process begin with.
    pub(super) process: u16,
}

/// An answer, or the wait for it. Most are there at once, and need no future that lives on.
enum Serving {
    Now(Option<Answer>),
    Later(Pin<Box<dyn Future<Output = Result<Answer, Infallible>> + Send>>),
}

impl Future for Serving {
    type Output = Result<Answer, Infallible>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        match self.get_mut() {
            Self::Now(answer) => match answer.take() {
                Some(answer) => Poll::Ready(Ok(answer)),
                // Nobody asks twice.
                None => Poll::Pending,
            },
            Self::Later(answer) => answer.as_mut().poll(context),
        }
    }
}

/// Serves one connection until it ends, or until `stop` says so and its request is done.
pub(super) async fn connection(
    server: Arc<Server>,
    stream: TcpStream,
    remote: SocketAddr,
    mut stop: watch::Receiver<bool>,
) {
    server.connections.fetch_add(1, Ordering::Relaxed);
    scopeguard::defer! {
        server.connections.fetch_sub(1, Ordering::Relaxed);
    }
    let settings = server.settings;
    let peer = Arc::new(Peer {
        address: remote.ip().to_string(),
        port: remote.port(),
    });
    let service = service_fn(|request| server.answer(&peer, request));
    // A socket that cannot be told to be quick is slow, not broken.
    let _ = stream.set_nodelay(true);
    let guarded = StallGuard::new(stream, settings.client_timeout);
    let connection = http1::Builder::new()
        .timer(HeadTimer::default())
        .header_read_timeout(settings.client_timeout)
        .max_header_size(settings.header_bytes_max)
        .serve_connection(TokioIo::new(guarded), service);
    let mut connection = pin!(connection);
    let news = stop.clone();
    let mut stopping = pin!(async {
        // The sender outlives all connections.
        let _ = stop.wait_for(|stops| *stops).await;
    });
    let mut is_watched = false;
    let ended = poll_fn(|context| {
        if let Poll::Ready(result) = connection.as_mut().poll(context) {
            return Poll::Ready(Some(result));
        }
        // Whoever waits for it already is woken by it: to look is enough, and costs less.
        if is_watched && !news.has_changed().unwrap_or(true) {
            return Poll::Pending;
        }
        is_watched = true;
        stopping.as_mut().poll(context).map(|()| None)
    });
    let result = match ended.await {
        Some(result) => result,
        None => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = result {
        debug!(remote = %remote, "connection: {error}");
    }
}

impl Server {
    /// What is served now.
    pub(super) fn current(&self) -> Arc<App> {
        let app = self.app.read().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(&app)
    }

    /// Serves another script from now on; requests that run keep theirs.
    pub(super) fn replace(&self, app: App) {
        *self.app.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(app);
    }

    /// Answers a request: at once, if it has no body and its handler is done in its turn.
    fn answer(self: &Arc<Self>, peer: &Arc<Peer>, request: Request<Incoming>) -> Serving {
        let arrived = Instant::now();
        self.queue.tick();
        let (parts, body) = request.into_parts();
        let path = parts.uri.path();
        if self.settings.shows_metrics && path == METRICS_PATH && parts.method == Method::GET {
            let text = self.metrics.render(self.gauges());
            return Serving::Now(Some(plain(StatusCode::OK, text)));
        }
        debug!(method = %parts.method, path, remote = peer.address, "request");
        if self.admission.is_full() {
            return Serving::Now(Some(self.refused(overloaded(), arrived)));
        }
        if body.is_end_stream() {
            return self.begin(Arc::clone(peer), parts, Bytes::new(), (arrived, arrived));
        }
        let (server, peer) = (Arc::clone(self), Arc::clone(peer));
        Serving::Later(Box::pin(async move {
            match server.body(body).await {
                Ok(body) => {
                    let times = (arrived, Instant::now());
                    server.begin(peer, parts, body, times).await
                }
                Err(answer) => Ok(server.refused(answer, arrived)),
            }
        }))
    }

    /// Counts an answer to a request that came to no handler.
    fn refused(&self, answer: Answer, arrived: Instant) -> Answer {
        let status = answer.status().as_u16();
        self.metrics.answered(status, arrived.elapsed());
        answer
    }

    /// Has the handler of a request answer, whose head arrived at the first time, and whose body at
    /// the second.
    fn begin(
        self: &Arc<Self>,
        peer: Arc<Peer>,
        parts: Parts,
        body: Bytes,
        (arrived, now): (Instant, Instant),
    ) -> Serving {
        let Some(permit) = self.admission.admit() else {
            return Serving::Now(Some(self.refused(overloaded(), arrived)));
        };
        let number = self.next_request.fetch_add(1, Ordering::Relaxed);
        let admitted = Admitted {
            app: self.current(),
            request: HttpRequest {
                id: RequestId::new(self.settings.process, number),
                method: parts.method,
                uri: parts.uri,
                headers: parts.headers,
                body,
                peer,
            },
            arrived,
            _permit: permit,
        };
        let unanswered = || plain(StatusCode::INTERNAL_SERVER_ERROR, "no worker answered\n");
        let Handed {
            job,
            answer,
            cancel,
        } = match self.around.begin(admitted, now) {
            Ok(answer) => return Serving::Now(Some(answer.unwrap_or_else(unanswered))),
            Err(handed) => handed,
        };
        self.queue.push(job);
        if self.settings.announces_at_once {
            self.queue.announce();
        }
        Serving::Later(Box::pin(async move {
            let answer = answer.await;
            // The answer is there, and a stream has its own guard.
            cancel.disarm();
            Ok(answer.unwrap_or_else(|_| unanswered()))
        }))
    }

    async fn body(&self, body: Incoming) -> Result<Bytes, Answer> {
        let read = read_body(body, self.settings.body_bytes_max);
        match tokio::time::timeout(self.settings.client_timeout, read).await {
            Ok(Ok(body)) => Ok(body),
            Ok(Err(answer)) => Err(closing(answer)),
            Err(_) => {
                let answer = plain(StatusCode::REQUEST_TIMEOUT, "the body came too slowly\n");
                Err(closing(answer))
            }
        }
    }

    fn gauges(&self) -> Gauges {
        Gauges {
            running: self.admission.count(),
            connections: self.connections.load(Ordering::Relaxed),
            shared_bytes: self.shared.bytes(),
        }
    }
}

/// The whole body, or the answer that says why not.
async fn read_body(mut body: Incoming, limit: usize) -> Result<Bytes, Answer> {
    let too_large = || plain(StatusCode::PAYLOAD_TOO_LARGE, "the body is too large\n");
    if body.size_hint().lower() > limit as u64 {
        return Err(too_large());
    }
    let mut first = Bytes::new();
    let mut all = Vec::new();
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|_| plain(StatusCode::BAD_REQUEST, "the body is broken\n"))?;
        // Trailers are of no interest.
        let Ok(data) = frame.into_data() else {
            continue;
        };
        if first.len() + all.len() + data.len() > limit {
            return Err(too_large());
        }
        match (first.is_empty(), all.is_empty()) {
            (true, true) => first = data,
            (_, false) => all.extend_from_slice(&data),
            (false, true) => {
                all = [&first[..], &data[..]].concat();
                first = Bytes::new();
            }
        }
    }
    Ok(if all.is_empty() { first } else { all.into() })
}

/// The answer, on a connection that ends with it: the rest of a body is not waited for.
fn closing(mut answer: Answer) -> Answer {
    let headers = answer.headers_mut();
    headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
    answer
}
