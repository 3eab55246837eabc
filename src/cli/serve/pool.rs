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
//! - **PO4** A worker that had nothing to do for some time is told so, once, and then sleeps until
//!   there is a job.

use std::collections::VecDeque;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

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

/// What a worker has to do.
enum Next<J> {
    Job(J),
    /// No job came in time.
    Nothing,
    /// The queue is closed and empty.
    End,
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

    /// What is next; `patience` is how long to wait for a job, if not for ever.
    fn pop(&self, patience: Option<Duration>) -> Next<J> {
        let mut waiting = self.lock();
        let mut is_late = false;
        loop {
            if let Some(job) = waiting.jobs.pop_front() {
                return Next::Job(job);
            }
            if waiting.is_closed {
                return Next::End;
            }
            if is_late {
                return Next::Nothing;
            }
            waiting.idle_count += 1;
            waiting = match patience {
                Some(patience) => {
                    let waited = self.arrived.wait_timeout(waiting, patience);
                    let (waiting, result) = waited.unwrap_or_else(PoisonError::into_inner);
                    is_late = result.timed_out();
                    waiting
                }
                None => {
                    let waited = self.arrived.wait(waiting);
                    waited.unwrap_or_else(PoisonError::into_inner)
                }
            };
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

/// Starts a thread for each of `workers`, who get jobs, and nothing when none came for `patience`
/// (PO4).
///
/// # Errors
/// The system starts no more threads.
pub(super) fn start<J: Send + 'static, W>(
    workers: impl IntoIterator<Item = W>,
    queue: &Arc<Queue<J>>,
    patience: Duration,
) -> io::Result<Vec<JoinHandle<()>>>
where
    W: FnMut(Option<J>) + Send + 'static,
{
    let spawn = |(index, mut work): (usize, W)| {
        let queue = Arc::clone(queue);
        let builder = thread::Builder::new().name(format!("worker-{index}"));
        builder.spawn(move || {
            let mut is_told = false;
            loop {
                let job = match queue.pop((!is_told).then_some(patience)) {
                    Next::Job(job) => Some(job),
                    Next::Nothing => None,
                    Next::End => break,
                };
                is_told = job.is_none();
                // What a job holds is dropped on the way, so whoever waits for it learns of it.
                let _ = catch_unwind(AssertUnwindSafe(|| work(job)));
            }
        })
    };
    workers.into_iter().enumerate().map(spawn).collect()
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    const FOREVER: Duration = Duration::from_secs(3600);

    #[test]
    fn a_worker_is_told_once_that_there_is_nothing_to_do() {
        let queue = Queue::new();
        let (sender, receiver) = mpsc::channel();
        let worker = move |job: Option<usize>| sender.send(job).expect("the test listens");
        let patience = Duration::from_millis(5);
        let threads = start([worker], &queue, patience).expect("a thread");
        for job in [1, 2] {
            let next = || receiver.recv_timeout(FOREVER).expect("the worker runs");
            assert_eq!(next(), None);
            assert!(receiver.recv_timeout(20 * patience).is_err(), "told twice");
            queue.push(job);
            queue.announce();
            assert_eq!(next(), Some(job));
        }
        queue.close();
        for thread in threads {
            thread.join().expect("a worker ends");
        }
    }

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
        let worker = move |job: Option<usize>| {
            let job = job.expect("the queue is never empty and open");
            assert!(job.is_multiple_of(2), "an odd job");
            count.fetch_add(1, Ordering::Relaxed);
        };
        let threads = start([worker], &queue, FOREVER);
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
            move |job: Option<usize>| {
                total.fetch_add(job.unwrap_or_default(), Ordering::Relaxed);
            }
        });
        let threads = start(workers, &queue, FOREVER);
        for thread in threads.expect("two threads") {
            thread.join().expect("a worker ends");
        }
        assert_eq!(sum.load(Ordering::Relaxed), 5050);
    }
}
