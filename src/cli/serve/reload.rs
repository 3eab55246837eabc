//! Watching the script and what it read, and serving it anew when one of them changes.
#![forbid(unsafe_code)]
//!
//! Files are looked at a few times a second rather than watched by the system: that works on every
//! file system, in containers, and however an editor writes. Beside the script they are the files
//! that its top level opened for reading: the modules that it requires, and data.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError, Weak};
use std::thread::{self, JoinHandle};
use std::time::{Duration, SystemTime};

use lunette::{Ending, Engine, FileSystem, HostFile, OpenMode, ProcessFiles};
use tracing::{error, info};

use super::app::App;
use super::http::Server;
use super::worker::Bounds;

/// The files of the process, and the names of those that a script opens to read them.
#[derive(Debug, Default)]
pub(super) struct NotedFiles(Mutex<BTreeSet<PathBuf>>);

impl NotedFiles {
    /// What was read so far.
    pub(super) fn read(&self) -> Vec<PathBuf> {
        let names = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        names.iter().cloned().collect()
    }
}

impl FileSystem for NotedFiles {
    fn open(&self, name: &[u8], mode: OpenMode) -> io::Result<Box<dyn HostFile>> {
        let file = ProcessFiles.open(name, mode)?;
        if let (true, false, Ok(name)) = (mode.read, mode.write, str::from_utf8(name)) {
            let mut names = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            names.insert(PathBuf::from(name));
        }
        Ok(file)
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
        ProcessFiles.process(command, writes)
    }

    fn has_shell(&self) -> bool {
        ProcessFiles.has_shell()
    }

    fn execute(&self, command: &[u8]) -> io::Result<Ending> {
        ProcessFiles.execute(command)
    }

    fn variable(&self, name: &[u8]) -> Option<Vec<u8>> {
        ProcessFiles.variable(name)
    }
}

/// How often the files are looked at.
const LOOK_EVERY: Duration = Duration::from_millis(200);

/// What changes when a file does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Stamp {
    modified: Option<SystemTime>,
    bytes: u64,
}

impl Stamp {
    fn of(file: &Path) -> Option<Self> {
        let data = fs::metadata(file).ok()?;
        Some(Self {
            modified: data.modified().ok(),
            bytes: data.len(),
        })
    }
}

/// The script and the files it read, and how they were when they were looked at last.
#[derive(Clone, PartialEq, Eq)]
struct Look(Vec<(PathBuf, Option<Stamp>)>);

impl Look {
    fn at(files: impl IntoIterator<Item = PathBuf>) -> Self {
        let look = |file: PathBuf| {
            let stamp = Stamp::of(&file);
            (file, stamp)
        };
        Self(files.into_iter().map(look).collect())
    }

    /// The same files, as they are now.
    fn again(&self) -> Self {
        Self::at(self.files())
    }

    fn files(&self) -> impl Iterator<Item = PathBuf> {
        self.0.iter().map(|(file, _)| file.clone())
    }
}

/// Starts the thread that looks at the script and at what it `read`. It ends with the server.
///
/// # Errors
/// The system starts no more threads.
pub(super) fn watch(
    server: Weak<Server>,
    engine: Engine,
    bounds: Bounds,
    file: &Path,
    read: &NotedFiles,
) -> io::Result<JoinHandle<()>> {
    let file = file.to_owned();
    let builder = thread::Builder::new().name("reload".to_owned());
    let files_of = |file: &Path, read: &NotedFiles| {
        let mut files = read.read();
        files.insert(0, file.to_owned());
        files
    };
    let mut served = Look::at(files_of(&file, read));
    builder.spawn(move || {
        let mut seen = served.clone();
        loop {
            thread::sleep(LOOK_EVERY);
            let Some(server) = server.upgrade() else {
                break;
            };
            let now = seen.again();
            // A file that is being written changes again: it is read when it has come to rest.
            let rests = now == seen;
            seen = now;
            // Without the script there is nothing to load: an editor may be about to write it anew.
            if seen == served || !rests || !file.exists() {
                continue;
            }
            let read = NotedFiles::default();
            let loaded = App::load(&engine, &bounds, &file, &read);
            let mut files = files_of(&file, &read);
            if loaded.is_err() {
                // It may have ended before it came to what it read the last time.
                files.extend(seen.files());
                files.sort_unstable();
                files.dedup();
            }
            // What was there before is as it was seen; what is new is looked at now.
            let known = |file: &PathBuf| seen.0.iter().find(|(name, _)| name == file).cloned();
            let look =
                |file: PathBuf| known(&file).unwrap_or_else(|| (file.clone(), Stamp::of(&file)));
            served = Look(files.into_iter().map(look).collect());
            seen = served.clone();
            server.metrics.reloaded(loaded.is_ok());
            match loaded {
                Ok(app) => {
                    server.replace(app);
                    info!("reloaded {}", file.display());
                }
                Err(message) => error!("kept the old program: {message}"),
            }
        }
    })
}
