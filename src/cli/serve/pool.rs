//! The threads that run handlers, and the queue in front of them.
#![forbid(unsafe_code)]
//!
//! - **PO1** A job is in the queue or with a worker only while it holds a permit, so the queue is
//!   never longer than the bound on requests (`Admission`).
//! - **PO2** A job is announced when it is pushed, or by a task of the thread that pushed it, whose
//!   turn comes when the other tasks that were ready have had theirs (`announce_all`), or after a
//!   few more events (`tick`). Waking a worker costs more than a small handler, so workers that
//!   sleep are woken for several jobs at a time.
//! - **PO3** A worker outlives whatever a job does: panics stop at the job.

use std::collections::VecDeque;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};

use tokio::sync::Notify;

/// After how many events of the connections' side jobs are announced, if they were not by then.
const EVENTS_MAX: usize = 64;
const EVENTS_LAST: usize = EVENTS_MAX - 1;

/// Counts requests that run or wait, up to a bound.
#[derive(Debug)]
pub(super) struct Admission {
    count: AtomicUsize,
    count_max: usize,
}

impl Admission {
    pub(super) fn new(count_max: usize) -> Arc<Self> {
        let count = AtomicUsize::new(0);
        Arc::new(Self { count, count_max })
    }

    /// Requests that run or wait now.
    pub(super) fn count(&self) -> usize {
        self.count.load(Ordering::Relaxed)
    }

    pub(super) fn is_full(&self) -> bool {
        self.count() >= self.count_max
    }

    /// A place among the requests, unless all are taken.
    pub(super) fn admit(self: &Arc<Self>) -> Option<Permit> {
        let next = |count| (count < self.count_max).then_some(count + 1);
        let admitted = self
            .count
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, next);
        admitted.ok().map(|_| Permit(Arc::clone(self)))
    }
}

/// A place among the requests, given back when it is dropped.
#[derive(Debug)]
pub(super) struct Permit(Arc<Admission>);

impl Drop for Permit {
    fn drop(&mut self) {
        self.0.count.fetch_sub(1, Ordering::Relaxed);
    }
}

/// What worker threads take their jobs from.
#[derive(Debug)]
pub(super) struct Queue<J> {
    waiting: Mutex<Waiting<J>>,
    arrived: Condvar,
    /// Events since a job was pushed and not announced; 0 if there is none.
    events: AtomicUsize,
    /// A job waits for being announced.
    pushed: Notify,
}

#[derive(Debug)]
struct Waiting<J> {
    jobs: VecDeque<J>,
    idle_count: usize,
    is_closed: bool,
}

impl<J> Queue<J> {
    pub(super) fn new() -> Arc<Self> {
        Arc::new(Self {
            waiting: Mutex::new(Waiting {
                jobs: VecDeque::new(),
                idle_count: 0,
                is_closed: false,
            }),
            arrived: Condvar::new(),
            events: AtomicUsize::new(0),
            pushed: Notify::new(),
        })
    }

    fn lock(&self) -> MutexGuard<'_, Waiting<J>> {
        // Nothing that can panic runs under the lock.
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Hands a job over, to be announced. A permit bounds how many there are (PO1).
    pub(super) fn push(&self, job: J) {
        self.lock().jobs.push_back(job);
        match self.events.fetch_add(1, Ordering::Relaxed) {
            0 => self.pushed.notify_one(),
            EVENTS_LAST.. => self.announce(),
            _ => {}
        }
    }

    /// Tells that the connections' side is busy with something else.
    pub(super) fn tick(&self) {
        if self.events.load(Ordering::Relaxed) > 0
            && self.events.fetch_add(1, Ordering::Relaxed) + 1 >= EVENTS_MAX
        {
            self.announce();
        }
    }

    /// Wakes as many workers as there are jobs for.
    pub(super) fn announce(&self) {
        if self.events.swap(0, Ordering::Relaxed) == 0 {
            return;
        }
        let waiting = self.lock();
        // A thread that is busy looks for itself when it is done.
        let count = waiting.jobs.len().min(waiting.idle_count);
        drop(waiting);
        for _ in 0..count {
            self.arrived.notify_one();
        }
    }

    /// The next job; `None` once the queue is closed and empty.
    fn pop(&self) -> Option<J> {
        let mut waiting = self.lock();
        loop {
            if let Some(job) = waiting.jobs.pop_front() {
                return Some(job);
            }
            if waiting.is_closed {
                return None;
            }
            waiting.idle_count += 1;
            waiting = self
                .arrived
                .wait(waiting)
                .unwrap_or_else(PoisonError::into_inner);
            waiting.idle_count -= 1;
        }
    }

    /// Lets the workers end when they have done what is waiting.
    pub(super) fn close(&self) {
        self.lock().is_closed = true;
        self.arrived.notify_all();
    }
}

/// Announces jobs as a task among others, until the runtime ends (PO2).
pub(super) async fn announce_all<J>(queue: Arc<Queue<J>>) {
    loop {
        queue.pushed.notified().await;
        queue.announce();
    }
}

/// Starts a thread for each of `workers`.
///
/// # Errors
/// The system starts no more threads.
pub(super) fn start<J: Send + 'static, W>(
    workers: impl IntoIterator<Item = W>,
    queue: &Arc<Queue<J>>,
) -> io::Result<Vec<JoinHandle<()>>>
where
    W: FnMut(J) + Send + 'static,
{
    let spawn = |(index, mut work): (usize, W)| {
        let queue = Arc::clone(queue);
        let builder = thread::Builder::new().name(format!("worker-{index}"));
        builder.spawn(move || {
            while let Some(job) = queue.pop() {
                // What a job holds is dropped on the way, so whoever waits for it learns of it.
                let _ = catch_unwind(AssertUnwindSafe(|| work(job)));
            }
        })
    };
    workers.into_iter().enumerate().map(spawn).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_bounded_and_come_back() {
        let admission = Admission::new(2);
        let first = admission.admit();
        let second = admission.admit();
        assert!(first.is_some() && second.is_some() && admission.admit().is_none());
        drop(first);
        assert!(!admission.is_full() && admission.admit().is_some());
        assert_eq!(admission.count(), 1);
    }

    #[test]
    fn a_panic_does_not_end_a_worker() {
        let queue = Queue::new();
        let done = Arc::new(AtomicUsize::new(0));
        for job in 0..10 {
            queue.push(job);
        }
        queue.close();
        let count = Arc::clone(&done);
        let worker = move |job: usize| {
            assert!(job.is_multiple_of(2), "an odd job");
            count.fetch_add(1, Ordering::Relaxed);
        };
        let threads = start([worker], &queue);
        for thread in threads.expect("a thread") {
            thread.join().expect("a worker ends");
        }
        assert_eq!(done.load(Ordering::Relaxed), 5);
    }

    #[test]
    fn what_waits_is_done_before_workers_end() {
        let queue = Queue::new();
        let sum = Arc::new(AtomicUsize::new(0));
        for job in 1..=100 {
            queue.push(job);
        }
        queue.close();
        let total = Arc::clone(&sum);
        let workers = (0..2).map(|_| {
            let total = Arc::clone(&total);
            move |job: usize| {
                total.fetch_add(job, Ordering::Relaxed);
            }
        });
        let threads = start(workers, &queue);
        for thread in threads.expect("two threads") {
            thread.join().expect("a worker ends");
        }
        assert_eq!(sum.load(Ordering::Relaxed), 5050);
    }
}
