//! What the server counts, and how Prometheus reads it.
#![forbid(unsafe_code)]

use std::fmt::Write;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use lunette::{ErrorKind, RunStats};

/// Upper bounds of the latency buckets, in microseconds.
const LATENCY_BOUNDS_US: [u64; 14] = [
    50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000, 500_000, 1_000_000,
    10_000_000,
];
/// Upper bounds of the buckets of region bytes.
const REGION_BOUNDS_BYTES: [u64; 10] = [
    16 << 10,
    32 << 10,
    64 << 10,
    128 << 10,
    256 << 10,
    1 << 20,
    4 << 20,
    16 << 20,
    64 << 20,
    256 << 20,
];
/// The statuses that are counted one by one; 0 stands for all others.
const STATUSES: [u16; 18] = [
    200, 201, 202, 204, 301, 302, 303, 304, 400, 401, 403, 404, 405, 408, 413, 500, 503, 0,
];

/// How a kind of error is called in the metrics.
pub(super) fn error_label(kind: ErrorKind) -> &'static str {
    ERRORS[error_index(kind)]
}

const ERRORS: [&str; 7] = [
    "runtime",
    "memory",
    "fuel",
    "deadline",
    "cancelled",
    "host",
    "exit",
];

fn error_index(kind: ErrorKind) -> usize {
    match kind {
        ErrorKind::Memory | ErrorKind::MemoryReserve => 1,
        ErrorKind::Fuel => 2,
        ErrorKind::Deadline => 3,
        ErrorKind::Cancelled => 4,
        ErrorKind::Host => 5,
        ErrorKind::Exit => 6,
        _ => 0,
    }
}

/// Counts of values below bounds.
#[derive(Debug)]
struct Histogram<const N: usize> {
    bounds: [u64; N],
    counts: [AtomicU64; N],
    above: AtomicU64,
    sum: AtomicU64,
}

impl<const N: usize> Histogram<N> {
    fn new(bounds: [u64; N]) -> Self {
        Self {
            bounds,
            counts: [const { AtomicU64::new(0) }; N],
            above: AtomicU64::new(0),
            sum: AtomicU64::new(0),
        }
    }

    fn add(&self, value: u64) {
        let index = self.bounds.partition_point(|bound| *bound < value);
        let count = self.counts.get(index).unwrap_or(&self.above);
        count.fetch_add(1, Ordering::Relaxed);
        self.sum.fetch_add(value, Ordering::Relaxed);
    }

    fn write(&self, text: &mut String, name: &str, per_unit: f64) {
        let mut total = 0;
        for (bound, count) in self.bounds.iter().zip(&self.counts) {
            total += count.load(Ordering::Relaxed);
            let bound = *bound as f64 / per_unit;
            let _ = writeln!(text, "{name}_bucket{{le=\"{bound}\"}} {total}");
        }
        total += self.above.load(Ordering::Relaxed);
        let sum = self.sum.load(Ordering::Relaxed) as f64 / per_unit;
        let _ = writeln!(text, "{name}_bucket{{le=\"+Inf\"}} {total}");
        let _ = writeln!(text, "{name}_sum {sum}\n{name}_count {total}");
    }
}

/// All counters of a server.
#[derive(Debug)]
pub(super) struct Metrics {
    requests: [AtomicU64; STATUSES.len()],
    errors: [AtomicU64; ERRORS.len()],
    latency_us: Histogram<{ LATENCY_BOUNDS_US.len() }>,
    region_bytes: Histogram<{ REGION_BOUNDS_BYTES.len() }>,
    evacuations: AtomicU64,
    panics: AtomicU64,
    reloads: [AtomicU64; 2],
    /// Bytes that the arena of each worker keeps.
    kept_bytes: Vec<AtomicU64>,
}

/// What is read off at the moment of asking.
#[derive(Clone, Copy, Debug)]
pub(super) struct Gauges {
    pub(super) running: usize,
    pub(super) connections: usize,
    pub(super) shared_bytes: usize,
}

impl Metrics {
    pub(super) fn new(worker_count: usize) -> Self {
        Self {
            requests: [const { AtomicU64::new(0) }; STATUSES.len()],
            errors: [const { AtomicU64::new(0) }; ERRORS.len()],
            latency_us: Histogram::new(LATENCY_BOUNDS_US),
            region_bytes: Histogram::new(REGION_BOUNDS_BYTES),
            evacuations: AtomicU64::new(0),
            panics: AtomicU64::new(0),
            reloads: [const { AtomicU64::new(0) }; 2],
            kept_bytes: (0..worker_count).map(|_| AtomicU64::new(0)).collect(),
        }
    }

    /// A request was answered.
    pub(super) fn answered(&self, status: u16, latency: Duration) {
        let index = STATUSES.iter().position(|known| *known == status);
        let index = index.unwrap_or(STATUSES.len() - 1);
        self.requests[index].fetch_add(1, Ordering::Relaxed);
        let micros = u64::try_from(latency.as_micros()).unwrap_or(u64::MAX);
        self.latency_us.add(micros);
    }

    /// A handler failed.
    pub(super) fn failed(&self, kind: ErrorKind) {
        self.errors[error_index(kind)].fetch_add(1, Ordering::Relaxed);
    }

    /// A host function panicked.
    pub(super) fn panicked(&self) {
        self.panics.fetch_add(1, Ordering::Relaxed);
    }

    /// The file was loaded anew, or could not be.
    pub(super) fn reloaded(&self, succeeded: bool) {
        self.reloads[usize::from(!succeeded)].fetch_add(1, Ordering::Relaxed);
    }

    /// A region is about to close.
    pub(super) fn closing(&self, stats: &RunStats) {
        self.region_bytes.add(stats.memory.used_bytes as u64);
        let count = stats.evacuations.count;
        if count > 0 {
            self.evacuations.fetch_add(count, Ordering::Relaxed);
        }
    }

    /// The arena of a worker keeps this much.
    pub(super) fn keeps(&self, worker_index: usize, bytes: usize) {
        self.kept_bytes[worker_index].store(bytes as u64, Ordering::Relaxed);
    }

    /// The text that Prometheus reads.
    pub(super) fn render(&self, gauges: Gauges) -> String {
        let mut text = String::with_capacity(4 << 10);
        let name = "lunette_requests_total";
        head(&mut text, name, "counter", "Requests answered, by status.");
        for (status, count) in STATUSES.iter().zip(&self.requests) {
            let count = count.load(Ordering::Relaxed);
            let _ = match status {
                0 => writeln!(text, "{name}{{code=\"other\"}} {count}"),
                _ => writeln!(text, "{name}{{code=\"{status}\"}} {count}"),
            };
        }
        let name = "lunette_errors_total";
        head(&mut text, name, "counter", "Errors of handlers, by kind.");
        for (kind, count) in ERRORS.iter().zip(&self.errors) {
            let count = count.load(Ordering::Relaxed);
            let _ = writeln!(text, "{name}{{kind=\"{kind}\"}} {count}");
        }
        let name = "lunette_request_seconds";
        let help = "From a request's head to its answer.";
        head(&mut text, name, "histogram", help);
        self.latency_us.write(&mut text, name, 1e6);
        let name = "lunette_region_bytes";
        let help = "Bytes in use when a region closes.";
        head(&mut text, name, "histogram", help);
        self.region_bytes.write(&mut text, name, 1.0);
        for ((name, kind, help), value) in SINGLE.iter().zip(self.single(gauges)) {
            head(&mut text, name, kind, help);
            let _ = writeln!(text, "{name} {value}");
        }
        text
    }

    /// The values of `SINGLE`.
    fn single(&self, gauges: Gauges) -> [u64; SINGLE.len()] {
        let load = |count: &AtomicU64| count.load(Ordering::Relaxed);
        [
            self.kept_bytes.iter().map(load).sum(),
            load(&self.evacuations),
            load(&self.panics),
            load(&self.reloads[0]),
            load(&self.reloads[1]),
            gauges.running as u64,
            gauges.connections as u64,
            gauges.shared_bytes as u64,
        ]
    }
}

/// The metrics of one value each: name, type, help.
const SINGLE: [(&str, &str, &str); 8] = [
    (
        "lunette_arena_kept_bytes",
        "gauge",
        "Bytes that idle arenas keep for their next region.",
    ),
    (
        "lunette_evacuations_total",
        "counter",
        "Evacuations in regions of requests.",
    ),
    (
        "lunette_panics_total",
        "counter",
        "Panics in host functions.",
    ),
    (
        "lunette_reloads_total",
        "counter",
        "Changes of the file that were taken over.",
    ),
    (
        "lunette_reloads_failed_total",
        "counter",
        "Changes of the file that were broken.",
    ),
    (
        "lunette_requests_running",
        "gauge",
        "Requests that run or wait.",
    ),
    ("lunette_connections", "gauge", "Open connections."),
    (
        "lunette_shared_bytes",
        "gauge",
        "Bytes that the module `shared` holds.",
    ),
];

fn head(text: &mut String, name: &str, kind: &str, help: &str) {
    let _ = writeln!(text, "# HELP {name} {help}\n# TYPE {name} {kind}");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buckets_add_up() {
        let metrics = Metrics::new(1);
        for micros in [10, 50, 51, 20_000_000] {
            metrics.answered(200, Duration::from_micros(micros));
        }
        metrics.answered(299, Duration::from_micros(1));
        let gauges = Gauges {
            running: 3,
            connections: 4,
            shared_bytes: 5,
        };
        let text = metrics.render(gauges);
        for line in [
            "lunette_requests_total{code=\"200\"} 4",
            "lunette_requests_total{code=\"other\"} 1",
            "lunette_request_seconds_bucket{le=\"0.00005\"} 3",
            "lunette_request_seconds_bucket{le=\"0.0001\"} 4",
            "lunette_request_seconds_bucket{le=\"10\"} 4",
            "lunette_request_seconds_bucket{le=\"+Inf\"} 5",
            "lunette_request_seconds_count 5",
            "lunette_requests_running 3",
        ] {
            assert!(text.lines().any(|found| found == line), "{line}\n{text}");
        }
    }
}
