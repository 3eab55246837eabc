//! Answers on their way from workers back to connections.
#![forbid(unsafe_code)]
//!
//! Waking a task from another thread is a call of the system each time. So workers lay answers down
//! here, and one task, woken once for all that came in the meantime, hands them out on the
//! connections' own thread.

use std::mem;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::{Notify, oneshot};

use super::answer::Answer;

/// An answer, and who waits for it.
type Delivery = (oneshot::Sender<Answer>, Answer);

/// Where workers lay answers down.
#[derive(Debug, Default)]
pub(super) struct Outbox {
    answers: Mutex<Vec<Delivery>>,
    filled: Notify,
}

impl Outbox {
    /// Lays an answer down.
    pub(super) fn put(&self, to: oneshot::Sender<Answer>, answer: Answer) {
        let mut answers = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
        let was_empty = answers.is_empty();
        answers.push((to, answer));
        drop(answers);
        if was_empty {
            self.filled.notify_one();
        }
    }

    /// Hands out what is there; `spare` is an empty list, for the next answers.
    pub(super) fn deliver(&self, spare: &mut Vec<Delivery>) {
        let mut answers = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
        mem::swap(&mut *answers, spare);
        drop(answers);
        for (to, answer) in spare.drain(..) {
            // Whoever waited may be gone.
            let _ = to.send(answer);
        }
    }
}

/// Hands answers out as they come, until the runtime ends.
pub(super) async fn deliver_all(outbox: Arc<Outbox>) {
    let mut spare = Vec::new();
    loop {
        outbox.filled.notified().await;
        outbox.deliver(&mut spare);
    }
}
