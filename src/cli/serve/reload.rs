//! Watching the file, and serving it anew when it changes.
#![forbid(unsafe_code)]
//!
//! The file is looked at a few times a second rather than watched by the system: that works on
//! every file system, in containers, and however an editor writes.

use std::fs;
use std::io;
use std::path::Path;
use std::sync::Weak;
use std::thread::{self, JoinHandle};
use std::time::{Duration, SystemTime};

use lunette::Engine;
use tracing::{error, info};

use super::app::App;
use super::http::Server;
use super::worker::Bounds;

/// How often the file is looked at.
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

/// Starts the thread that looks at the file. It ends with the server.
///
/// # Errors
/// The system starts no more threads.
pub(super) fn watch(
    server: Weak<Server>,
    engine: Engine,
    bounds: Bounds,
    file: &Path,
) -> io::Result<JoinHandle<()>> {
    let file = file.to_owned();
    let builder = thread::Builder::new().name("reload".to_owned());
    let mut served = Stamp::of(&file);
    builder.spawn(move || {
        let mut seen = served;
        loop {
            thread::sleep(LOOK_EVERY);
            let Some(server) = server.upgrade() else {
                break;
            };
            let now = Stamp::of(&file);
            // A file that is being written changes again: it is read when it has come to rest.
            let rests = now == seen;
            seen = now;
            if now == served || !rests || now.is_none() {
                continue;
            }
            served = now;
            let loaded = App::load(&engine, &bounds, &file);
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
