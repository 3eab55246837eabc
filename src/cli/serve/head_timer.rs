//! The time limit of heads, without a timer of the runtime for each.
#![forbid(unsafe_code)]
//!
//! hyper makes a timer for each head that it waits for, and drops it when the head is there. One of
//! the runtime's is entered into a list under a lock each time. Here a connection has one of those
//! for good: it runs out at the earliest time at which a head may be late, and is set anew then, to
//! when the head that is waited for will be. It looks about once per time limit, not per request.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use hyper::rt;
use tokio::time;

/// The timer of one connection, whose limits are all equally long.
#[derive(Clone, Debug, Default)]
pub(super) struct HeadTimer(Arc<Mutex<Option<Pin<Box<time::Sleep>>>>>);

impl rt::Timer for HeadTimer {
    fn sleep(&self, duration: Duration) -> Pin<Box<dyn rt::Sleep>> {
        self.sleep_until(Instant::now() + duration)
    }

    fn sleep_until(&self, deadline: Instant) -> Pin<Box<dyn rt::Sleep>> {
        let timer = self.clone();
        Box::pin(Head { deadline, timer })
    }
}

/// Waiting for a head.
#[derive(Debug)]
struct Head {
    deadline: Instant,
    timer: HeadTimer,
}

impl rt::Sleep for Head {}

impl Future for Head {
    type Output = ();

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let deadline = self.deadline;
        let mut sleep = self.timer.0.lock().unwrap_or_else(PoisonError::into_inner);
        let sleep = sleep.get_or_insert_with(|| Box::pin(time::sleep_until(deadline.into())));
        loop {
            // It never runs longer than this head may take: later heads have later limits.
            match sleep.as_mut().poll(context) {
                Poll::Pending => return Poll::Pending,
                Poll::Ready(()) if sleep.deadline() >= deadline.into() => return Poll::Ready(()),
                Poll::Ready(()) => sleep.as_mut().reset(deadline.into()),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use hyper::rt::Timer;

    use super::*;

    #[test]
    fn later_heads_have_later_limits() {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .build();
        runtime.expect("a runtime").block_on(async {
            let timer = HeadTimer::default();
            let limit = Duration::from_millis(40);
            let begun = Instant::now();
            // The first head is there in time; nobody waits for its limit.
            let first = time::timeout(limit / 2, timer.sleep(limit)).await;
            assert!(first.is_err());
            timer.sleep(limit).await;
            assert!(begun.elapsed() >= limit / 2 + limit);
            timer.sleep(limit).await;
            assert!(begun.elapsed() >= limit / 2 + 2 * limit);
        });
    }
}
