//! A turn: a request on the thread of its connection, and how the others of that thread are spared
//! one that takes long where it cannot be handed over.
#![forbid(unsafe_code)]
//!
//! What runs Lua ends with its turn. A call of a library function does not: a search over
//! megabytes, `os.execute`. Such a call stays on its thread, and the thread's other tasks, and its
//! part in waiting for connections, leave: another thread goes on with them. That takes some 50 us,
//! and the thread that was left ends, or serves as a spare, when the call is over.
//!
//! - **TU1** A turn is left at most once, and only by the thread that it runs on.

use std::cell::Cell;
use std::io::{self, SeekFrom};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use lunette::{Ending, FileSystem, HostFile, OpenMode, ProcessFiles};
use tokio::runtime::Handle;

/// A turn that takes longer than that is in a call that cannot be handed over.
const CALL_TIME_MAX: Duration = Duration::from_millis(1);
/// The VM looks at its bounds each so many steps; a turn that ends at its first looks need not be
/// asked for its time.
const LOOKS_FREE: u32 = 2;
/// How long a thread that is left waits until another has its tasks.
const LEAVE_TIME_MAX: Duration = Duration::from_millis(100);

thread_local! {
    /// When the turn on this thread began, and how often the VM looked at its bounds since.
    static TURN: Cell<Option<(Instant, u32)>> = const { Cell::new(None) };
}

/// A turn of this thread, until it is dropped.
#[derive(Debug)]
pub(super) struct Turn(());

impl Turn {
    pub(super) fn begin(now: Instant) -> Self {
        TURN.set(Some((now, 0)));
        Self(())
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        TURN.set(None);
    }
}

/// What the VM calls when it looks at its bounds.
pub(super) fn look() {
    let Some((begun, looks)) = TURN.get() else {
        return;
    };
    TURN.set(Some((begun, looks.saturating_add(1))));
    if looks >= LOOKS_FREE && begun.elapsed() > CALL_TIME_MAX {
        leave();
    }
}

/// Lets another thread go on with what this one would do beside the turn, if there is one.
fn leave() {
    if TURN.take().is_none() || Handle::try_current().is_err() {
        return;
    }
    let (sender, receiver) = mpsc::channel();
    tokio::task::block_in_place(|| {
        // When this task runs, the others of the thread do so too.
        tokio::spawn(async move {
            // Nobody listens any more if it took too long.
            let _ = sender.send(());
        });
        let _ = receiver.recv_timeout(LEAVE_TIME_MAX);
    });
}

/// The files of the process. Who waits for a process leaves the thread first.
#[derive(Clone, Copy, Debug)]
pub(super) struct Files;

impl FileSystem for Files {
    fn open(&self, name: &[u8], mode: OpenMode) -> io::Result<Box<dyn HostFile>> {
        ProcessFiles.open(name, mode)
    }

    fn remove(&self, name: &[u8]) -> io::Result<()> {
        ProcessFiles.remove(name)
    }

    fn rename(&self, from: &[u8], to: &[u8]) -> io::Result<()> {
        ProcessFiles.rename(from, to)
    }

    fn temporary_name(&self) -> io::Result<Vec<u8>> {
        ProcessFiles.temporary_name()
    }

    fn temporary_file(&self) -> io::Result<Box<dyn HostFile>> {
        ProcessFiles.temporary_file()
    }

    fn process(&self, command: &[u8], writes: bool) -> io::Result<Box<dyn HostFile>> {
        leave();
        Ok(Box::new(Pipe(ProcessFiles.process(command, writes)?)))
    }

    fn has_shell(&self) -> bool {
        ProcessFiles.has_shell()
    }

    fn execute(&self, command: &[u8]) -> io::Result<Ending> {
        leave();
        ProcessFiles.execute(command)
    }

    fn variable(&self, name: &[u8]) -> Option<Vec<u8>> {
        ProcessFiles.variable(name)
    }
}

/// A pipe from or to a process: every use of it may wait.
struct Pipe(Box<dyn HostFile>);

impl HostFile for Pipe {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        leave();
        self.0.read(buffer)
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        leave();
        self.0.write(bytes)
    }

    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.0.seek(to)
    }

    fn close(self: Box<Self>) -> io::Result<Option<Ending>> {
        leave();
        self.0.close()
    }
}
