//! `lunette serve`: an HTTP server whose requests run each in a region of its own.
//!
//! ```text
//!  connections (tokio): a turn in a lane --Job, Lane--> queue --> workers
//!        ^                                                          |
//!        +-------------------------- Answer ------------------------+
//! ```
//!
//! - **SV1** No request sees anything of another, but for what the script puts into `shared`.
//! - **SV2** Whatever a handler does ends with its request: the process goes on.
//! - **SV3** Everything that can wait or grow has a bound among the arguments.
//!
//! Absent on purpose: TLS and HTTP/2, which a proxy in front does better (`docs/deploy.md`).
#![forbid(unsafe_code)]

mod answer;
mod app;
mod args;
mod head_timer;
mod http;
mod json;
mod lane;
mod metrics;
mod modules;
mod outbox;
mod pool;
mod reload;
mod request;
mod route;
mod shared;
mod stall;
mod turn;
mod worker;

use std::io;
use std::sync::atomic::{AtomicU32, AtomicUsize};
use std::sync::{Arc, RwLock};
use std::thread::{self, JoinHandle};
use std::time::{Duration, SystemTime};

use lunette::{Engine, LibrarySet};
use tokio::net::TcpListener;
use tokio::runtime::{Builder, Runtime};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;
use tracing::{info, warn};

use super::Status;
use super::report;
use app::App;
pub(super) use args::ServeArgs;
use args::{LogFormat, LogLevel};
use http::{Server, Settings};
use lane::{Lane, Lanes, REST_AFTER};
use metrics::Metrics;
use outbox::Outbox;
use pool::{Admission, Queue};
use reload::NotedFiles;
use shared::Shared;
use worker::{Bounds, Job, Surroundings, Worker};

/// How long the server waits after a connection could not be accepted, for want of descriptors.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// Serves until a signal ends it.
pub(super) fn serve(args: &ServeArgs) -> Status {
    start_log(args);
    match run(args) {
        Ok(()) => Status::SUCCESS,
        Err(message) => {
            report::failure(&message);
            Status::FAILURE
        }
    }
}

fn run(args: &ServeArgs) -> Result<(), String> {
    let bounds = Bounds {
        memory_bytes: args.memory_limit,
        time_limit: args.time_limit,
        fuel_steps: args.fuel,
    };
    let shared = Arc::new(Shared::new(args.shared_limit));
    let libraries = match args.safe {
        true => LibrarySet::SAFE,
        false => LibrarySet::ALL,
    };
    let engine = modules::engine(&shared, libraries);
    let files = NotedFiles::default();
    let app = App::load(&engine, &bounds, &args.file, &files)?;
    let worker_count = match args.workers {
        Some(count) => usize::from(count),
        None => thread::available_parallelism().map_or(1, usize::from),
    };
    let io_count = args.io_threads.map_or(worker_count, usize::from);
    let lane_count = worker_count + io_count;
    let lane = |index| Lane::new(index, app.engine(), &bounds);
    let lanes = (0..lane_count).map(lane).collect::<Result<Vec<_>, _>>();
    let mut lanes = lanes.map_err(|error| format!("cannot start: {error}"))?;
    let of_workers = lanes.split_off(io_count);
    let metrics = Arc::new(Metrics::new(lane_count));
    let runtime = runtime(io_count).map_err(|error| format!("cannot start: {error}"))?;
    let outbox = Arc::new(Outbox::default());
    let around = Surroundings {
        bounds,
        metrics: Arc::clone(&metrics),
        outbox: Arc::clone(&outbox),
        lanes: Arc::new(Lanes::new(lanes)),
        runtime: runtime.handle().clone(),
        is_dev: args.dev,
    };
    let server = Arc::new(Server {
        app: RwLock::new(Arc::new(app)),
        queue: Queue::new(),
        around: around.clone(),
        admission: Admission::new(args.max_requests as usize),
        metrics,
        shared,
        settings: Settings {
            body_bytes_max: args.max_body,
            header_bytes_max: args.max_header,
            client_timeout: args.client_timeout,
            shows_metrics: args.metrics,
            announces_at_once: io_count > 1,
            process: process_mark(),
        },
        connections: AtomicUsize::new(0),
        next_request: AtomicU32::new(1),
    });
    let threads = start_threads(args, &server, (&engine, &files), of_workers, around);
    let workers = threads.map_err(|error| format!("cannot start threads: {error}"))?;
    runtime.spawn(outbox::deliver_all(outbox));
    runtime.spawn(pool::announce_all(Arc::clone(&server.queue)));
    let lanes = Arc::clone(&server.around.lanes);
    runtime.spawn(lane::rest_all(lanes, Arc::clone(&server.metrics)));
    let drained = runtime.block_on(listen(args, &server))?;
    server.queue.close();
    // A handler that did not end in time ends with the process.
    if drained {
        workers.into_iter().for_each(|worker| drop(worker.join()));
    }
    runtime.shutdown_background();
    info!("stopped");
    Ok(())
}

fn start_threads(
    args: &ServeArgs,
    server: &Arc<Server>,
    (engine, files): (&Engine, &NotedFiles),
    lanes: Vec<Lane>,
    around: Surroundings,
) -> io::Result<Vec<JoinHandle<()>>> {
    if args.reload {
        let (server, engine) = (Arc::downgrade(server), engine.clone());
        reload::watch(server, engine, around.bounds, &args.file, files)?;
    }
    let workers = lanes.into_iter().map(|lane| {
        let mut worker = Worker::new(lane, around.clone());
        move |job: Option<Box<Job>>| match job {
            Some(job) => worker.work(*job),
            None => worker.rest(),
        }
    });
    pool::start(workers, &server.queue, REST_AFTER)
}

fn runtime(io_count: usize) -> io::Result<Runtime> {
    // One thread as well: a runtime of the other sort is not faster.
    Builder::new_multi_thread()
        .worker_threads(io_count)
        .thread_name("io")
        .enable_all()
        .build()
}

/// Accepts connections until a signal comes, and then waits for those that are open. Whether all
/// of them ended in time.
async fn listen(args: &ServeArgs, server: &Arc<Server>) -> Result<bool, String> {
    let failed = |error| format!("cannot listen on {}: {error}", args.listen);
    let listener = TcpListener::bind(&args.listen).await.map_err(failed)?;
    let address = listener.local_addr().map_err(failed)?;
    let no_signals = |error| format!("cannot wait for signals: {error}");
    let mut terminate = signal(SignalKind::terminate()).map_err(no_signals)?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(no_signals)?;
    info!("serving {} on http://{address}", args.file.display());

    let places = Arc::new(Semaphore::new(args.max_connections as usize));
    let (stop, stops) = watch::channel(false);
    let mut connections = JoinSet::new();
    let accept = async {
        loop {
            // The semaphore is never closed.
            let Ok(place) = Arc::clone(&places).acquire_owned().await else {
                break;
            };
            match listener.accept().await {
                Ok((stream, remote)) => {
                    let serving =
                        http::connection(Arc::clone(server), stream, remote, stops.clone());
                    connections.spawn(async move {
                        serving.await;
                        drop(place);
                    });
                    while connections.try_join_next().is_some() {}
                }
                Err(error) => {
                    warn!("cannot accept a connection: {error}");
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                }
            }
        }
    };
    tokio::select! {
        () = accept => {}
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    drop(listener);
    info!(connections = connections.len(), "stopping");
    // The receivers of connections that are gone are gone as well.
    let _ = stop.send(true);
    let all_ended = async { while connections.join_next().await.is_some() {} };
    let ended = tokio::select! {
        () = all_ended => true,
        () = tokio::time::sleep(args.grace) => false,
        _ = terminate.recv() => false,
        _ = interrupt.recv() => false,
    };
    if !ended {
        warn!("gave up on requests that had not ended");
    }
    Ok(ended)
}

/// What request ids of this process begin with: not a secret, only most likely not that of the
/// process beside it.
fn process_mark() -> u16 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    let nanos = since.map_or(0, |since| since.as_nanos() as u64);
    let mixed = (nanos ^ u64::from(std::process::id())).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    (mixed >> 48) as u16
}

fn start_log(args: &ServeArgs) {
    let level = match args.log_level {
        LogLevel::Error => tracing::Level::ERROR,
        LogLevel::Warn => tracing::Level::WARN,
        LogLevel::Info => tracing::Level::INFO,
        LogLevel::Debug => tracing::Level::DEBUG,
    };
    let builder = tracing_subscriber::fmt()
        .with_max_level(level)
        .with_writer(io::stderr)
        .with_target(false)
        .with_ansi(io::IsTerminal::is_terminal(&io::stderr()));
    // There is one log per process, and this is the only place that starts one.
    let _ = match args.log_format {
        LogFormat::Plain => builder.try_init(),
        LogFormat::Json => builder.json().flatten_event(true).try_init(),
    };
}
