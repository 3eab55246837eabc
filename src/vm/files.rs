//! Files and the system as a script sees them: what a host may replace, and the open files of an
//! execution.
#![forbid(unsafe_code)]
//!
//! - **FS1** A script reaches files only through a [`FileSystem`]; the names are bytes, which the
//!   implementation reads as it likes.
//! - **FS2** An open file is a value of the host that its region owns: it is closed by the script,
//!   by an evacuation that finds it unreachable, or when the region closes, newest first.

use std::cell::{Cell, OnceCell};
use std::io::{self, SeekFrom};
use std::rc::Rc;

/// How a file is opened, as C's `fopen` says it in letters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OpenMode {
    /// The script may read.
    pub read: bool,
    /// The script may write.
    pub write: bool,
    /// Every write goes to the end of the file.
    pub append: bool,
    /// What the file holds is dropped.
    pub truncate: bool,
    /// A file that is not there is made.
    pub create: bool,
}

impl OpenMode {
    /// The mode that `text` stands for: `r`, `w` or `a`, then perhaps `+`, then perhaps `b`.
    pub fn parse(text: &[u8]) -> Option<Self> {
        let (letter, rest) = text.split_first()?;
        let (plus, rest) = match rest.strip_prefix(b"+") {
            Some(rest) => (true, rest),
            None => (false, rest),
        };
        if !rest.iter().all(|byte| *byte == b'b') {
            return None;
        }
        let mode = match letter {
            b'r' => Self {
                read: true,
                write: plus,
                ..Self::default()
            },
            b'w' => Self {
                read: plus,
                write: true,
                truncate: true,
                create: true,
                ..Self::default()
            },
            b'a' => Self {
                read: plus,
                write: true,
                append: true,
                create: true,
                ..Self::default()
            },
            _ => return None,
        };
        Some(mode)
    }
}

/// How a process ended that a script started.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// With this exit code.
    Exit(i32),
    /// By this signal.
    Signal(i32),
}

/// An open file of a host. Buffering is the library's: calls arrive in large pieces.
pub trait HostFile: Send {
    /// Reads up to `buffer.len()` bytes; 0 at the end of the file.
    ///
    /// # Errors
    /// What the system reports.
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize>;

    /// Writes some of `bytes`, and says how many.
    ///
    /// # Errors
    /// What the system reports.
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize>;

    /// Moves to a position, and gives it, in bytes from the start.
    ///
    /// # Errors
    /// What the system reports; a pipe has no positions.
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64>;

    /// Closes the file. For a process, says how it ended.
    ///
    /// # Errors
    /// What the system reports; the file is closed all the same.
    fn close(self: Box<Self>) -> io::Result<Option<Ending>>;
}

/// The error of what a host does not offer: C's "Operation not supported".
pub(crate) fn unsupported() -> io::Error {
    const EOPNOTSUPP: i32 = 95;
    io::Error::from_raw_os_error(EOPNOTSUPP)
}

/// Files, processes and environment of a script.
///
/// Every method but [`FileSystem::open`] has a default that refuses.
pub trait FileSystem: Sync {
    /// Opens a file.
    ///
    /// # Errors
    /// What the system reports: its number and words reach the script.
    fn open(&self, name: &[u8], mode: OpenMode) -> io::Result<Box<dyn HostFile>>;

    /// Removes a file or an empty folder.
    ///
    /// # Errors
    /// What the system reports.
    fn remove(&self, _name: &[u8]) -> io::Result<()> {
        Err(unsupported())
    }

    /// Gives a file another name.
    ///
    /// # Errors
    /// What the system reports.
    fn rename(&self, _from: &[u8], _to: &[u8]) -> io::Result<()> {
        Err(unsupported())
    }

    /// Makes a file of a new name, and gives the name.
    ///
    /// # Errors
    /// What the system reports.
    fn temporary_name(&self) -> io::Result<Vec<u8>> {
        Err(unsupported())
    }

    /// Makes a file without a name, to be read and written.
    ///
    /// # Errors
    /// What the system reports.
    fn temporary_file(&self) -> io::Result<Box<dyn HostFile>> {
        Err(unsupported())
    }

    /// Starts a process; the script writes to it or reads from it.
    ///
    /// # Errors
    /// What the system reports.
    fn process(&self, _command: &[u8], _writes: bool) -> io::Result<Box<dyn HostFile>> {
        Err(unsupported())
    }

    /// Whether there is a shell for [`FileSystem::execute`].
    fn has_shell(&self) -> bool {
        false
    }

    /// Runs a command in the shell to its end.
    ///
    /// # Errors
    /// What the system reports.
    fn execute(&self, _command: &[u8]) -> io::Result<Ending> {
        Err(unsupported())
    }

    /// A variable of the environment.
    fn variable(&self, _name: &[u8]) -> Option<Vec<u8>> {
        None
    }
}

/// No files at all: nothing can be opened.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoFiles;

impl FileSystem for NoFiles {
    fn open(&self, _name: &[u8], _mode: OpenMode) -> io::Result<Box<dyn HostFile>> {
        Err(unsupported())
    }
}

/// Time as a script sees it.
pub trait Clock: Sync {
    /// Seconds since 1970-01-01 00:00 UTC, whole ones.
    fn now(&self) -> i64;

    /// Processor time of the run so far, in seconds.
    fn processor_seconds(&self) -> f64;

    /// Whether local time is UTC, whatever the system's time zone.
    fn is_utc(&self) -> bool {
        false
    }
}

/// A clock that stands still, for runs that must be repeatable; its time zone is UTC.
#[derive(Clone, Copy, Debug, Default)]
pub struct FixedClock {
    /// What [`Clock::now`] says.
    pub now: i64,
}

impl Clock for FixedClock {
    fn now(&self) -> i64 {
        self.now
    }

    fn processor_seconds(&self) -> f64 {
        0.0
    }

    fn is_utc(&self) -> bool {
        true
    }
}

/// How writes are gathered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Buffering {
    None,
    Full,
    Line,
}

/// The bytes that a buffer holds unless a script asks for another size.
const BUFFER_BYTES: usize = 4 << 10;
/// The largest buffer that a script may ask for.
const BUFFER_BYTES_MAX: usize = 1 << 20;
/// The most files that an execution may have open.
const OPEN_FILES_MAX: usize = 1000;

/// An open file with its buffers, which are of the host's memory, as C's are.
pub(crate) struct OpenFile {
    host: Box<dyn HostFile>,
    mode: OpenMode,
    /// What was read ahead, and how much of it was used.
    ahead: Vec<u8>,
    used: usize,
    pending: Vec<u8>,
    buffering: Buffering,
    buffer_bytes: usize,
    pub(crate) is_process: bool,
}

/// The error of an operation that the mode does not allow: EBADF.
fn bad_descriptor() -> io::Error {
    const EBADF: i32 = 9;
    io::Error::from_raw_os_error(EBADF)
}

fn no_memory() -> io::Error {
    const ENOMEM: i32 = 12;
    io::Error::from_raw_os_error(ENOMEM)
}

impl OpenFile {
    /// A file that was just opened.
    pub(crate) fn new(host: Box<dyn HostFile>, mode: OpenMode, is_process: bool) -> Self {
        Self {
            host,
            mode,
            ahead: Vec::new(),
            used: 0,
            pending: Vec::new(),
            buffering: Buffering::Full,
            buffer_bytes: BUFFER_BYTES,
            is_process,
        }
    }

    /// What can be read now; reads ahead if that is nothing. Empty at the end of the file.
    ///
    /// # Errors
    /// What the system reports; the file is not open for reading.
    pub(crate) fn available(&mut self) -> io::Result<&[u8]> {
        if !self.mode.read {
            return Err(bad_descriptor());
        }
        if self.used >= self.ahead.len() {
            self.flush()?;
            self.used = 0;
            self.ahead.clear();
            let reserved = self.ahead.try_reserve_exact(BUFFER_BYTES);
            reserved.map_err(|_| no_memory())?;
            self.ahead.resize(BUFFER_BYTES, 0);
            let result = loop {
                match self.host.read(&mut self.ahead) {
                    Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                    other => break other,
                }
            };
            let count = *result.as_ref().unwrap_or(&0);
            self.ahead.truncate(count.min(BUFFER_BYTES));
            result?;
        }
        Ok(self.ahead.get(self.used..).unwrap_or_default())
    }

    /// Goes on behind the first `count` bytes of what was available.
    pub(crate) fn consume(&mut self, count: usize) {
        self.used += count;
    }

    /// Gives up what was read ahead, so that the host's position is the script's.
    fn forget_ahead(&mut self) -> io::Result<()> {
        let unread = self.ahead.len().saturating_sub(self.used);
        self.ahead.clear();
        self.used = 0;
        if unread > 0 {
            self.host.seek(SeekFrom::Current(-(unread as i64)))?;
        }
        Ok(())
    }

    /// Writes all of `bytes`, or keeps them for later.
    ///
    /// # Errors
    /// What the system reports; the file is not open for writing.
    pub(crate) fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        if !self.mode.write {
            return Err(bad_descriptor());
        }
        self.forget_ahead()?;
        if self.buffering == Buffering::None || bytes.len() + self.pending.len() > self.buffer_bytes
        {
            self.flush()?;
        }
        let goes_through = self.buffering == Buffering::None || bytes.len() >= self.buffer_bytes;
        if goes_through || self.pending.try_reserve(bytes.len()).is_err() {
            return write_all(&mut *self.host, bytes);
        }
        self.pending.extend_from_slice(bytes);
        if self.buffering == Buffering::Line && bytes.contains(&b'\n') {
            self.flush()?;
        }
        Ok(())
    }

    /// Hands over what was kept.
    ///
    /// # Errors
    /// What the system reports; what was kept is lost then.
    pub(crate) fn flush(&mut self) -> io::Result<()> {
        if self.pending.is_empty() {
            return Ok(());
        }
        let result = write_all(&mut *self.host, &self.pending);
        self.pending.clear();
        result
    }

    /// Moves to a position, and gives it.
    ///
    /// # Errors
    /// What the system reports.
    pub(crate) fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.flush()?;
        let to = match to {
            SeekFrom::Current(offset) => {
                let unread = self.ahead.len().saturating_sub(self.used) as i64;
                SeekFrom::Current(offset.saturating_sub(unread))
            }
            other => other,
        };
        let position = self.host.seek(to)?;
        self.ahead.clear();
        self.used = 0;
        Ok(position)
    }

    /// Chooses how writes are gathered.
    ///
    /// # Errors
    /// What was kept so far cannot be written.
    pub(crate) fn set_buffering(&mut self, buffering: Buffering, bytes: usize) -> io::Result<()> {
        self.flush()?;
        self.buffering = buffering;
        self.buffer_bytes = bytes.clamp(1, BUFFER_BYTES_MAX);
        Ok(())
    }

    /// Writes what was kept, and closes the file.
    ///
    /// # Errors
    /// What the system reports; the file is closed all the same.
    pub(crate) fn close(mut self) -> io::Result<Option<Ending>> {
        let flushed = self.flush();
        let closed = self.host.close();
        flushed.and(closed)
    }
}

fn write_all(host: &mut dyn HostFile, bytes: &[u8]) -> io::Result<()> {
    let mut rest = bytes;
    while !rest.is_empty() {
        match host.write(rest) {
            Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
            Ok(count) => rest = rest.get(count..).unwrap_or_default(),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// How many files an execution has open, told to each of them.
#[derive(Default)]
pub(crate) struct OpenFileCount(OnceCell<Rc<Cell<usize>>>);

/// A file as a host object stands for it: open, or closed. Dropping it closes the file (FS2).
pub(crate) struct FileValue {
    file: Option<OpenFile>,
    open_count: Rc<Cell<usize>>,
}

impl OpenFileCount {
    /// Keeps a file.
    ///
    /// # Errors
    /// Too many are open already: EMFILE.
    pub(crate) fn keep(&self, file: OpenFile) -> io::Result<FileValue> {
        const EMFILE: i32 = 24;
        let open_count = self.0.get_or_init(Rc::default);
        if open_count.get() >= OPEN_FILES_MAX {
            return Err(io::Error::from_raw_os_error(EMFILE));
        }
        open_count.set(open_count.get() + 1);
        Ok(FileValue {
            file: Some(file),
            open_count: Rc::clone(open_count),
        })
    }
}

impl FileValue {
    /// The file, if it is open.
    pub(crate) fn get(&mut self) -> Option<&mut OpenFile> {
        self.file.as_mut()
    }

    /// Whether it is open.
    pub(crate) fn is_open(&self) -> bool {
        self.file.is_some()
    }

    /// Takes the file out, to be closed.
    pub(crate) fn take(&mut self) -> Option<OpenFile> {
        let file = self.file.take()?;
        self.open_count.set(self.open_count.get().saturating_sub(1));
        Some(file)
    }
}

impl Drop for FileValue {
    fn drop(&mut self) {
        // There is nobody left to hear of an error.
        let _ = self.take().map(OpenFile::close);
    }
}
