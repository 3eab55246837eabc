//! File systems and clocks that come with the library: the process's own, a folder that can only
//! be read, files in memory.
#![forbid(unsafe_code)]

use std::collections::BTreeMap;
use std::env;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Component, Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
#[cfg(not(feature = "cpu-clock"))]
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
#[cfg(not(feature = "cpu-clock"))]
use std::time::Instant;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::vm::{Clock, Ending, FileSystem, HostFile, OpenMode};

/// How often a name for a temporary file is tried.
const NAME_TRIES: usize = 64;

/// The files, processes and environment of the process.
#[derive(Clone, Copy, Debug, Default)]
pub struct ProcessFiles;

/// A file name as the system takes it; C's functions would see it end at a zero.
#[cfg(unix)]
fn path(name: &[u8]) -> io::Result<&Path> {
    use std::os::unix::ffi::OsStrExt;
    let end = memchr::memchr(0, name).unwrap_or(name.len());
    let name = std::ffi::OsStr::from_bytes(name.get(..end).unwrap_or(name));
    Ok(Path::new(name))
}

/// A file name as the system takes it.
#[cfg(not(unix))]
fn path(name: &[u8]) -> io::Result<&Path> {
    let name = core::str::from_utf8(name);
    let name = name.map_err(|_| io::Error::from(io::ErrorKind::InvalidInput))?;
    Ok(Path::new(name))
}

fn options(mode: OpenMode) -> OpenOptions {
    let mut options = OpenOptions::new();
    options
        .read(mode.read)
        .write(mode.write && !mode.append)
        .append(mode.append)
        .create(mode.create)
        .truncate(mode.truncate);
    options
}

/// A file of the system.
struct SystemFile(File);

impl HostFile for SystemFile {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.read(buffer)
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes)
    }

    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.0.seek(to)
    }

    fn close(self: Box<Self>) -> io::Result<Option<Ending>> {
        Ok(None)
    }
}

/// A process that the script reads from or writes to.
struct Process(Child);

/// The error of what a pipe cannot do: ESPIPE.
fn no_positions() -> io::Error {
    const ESPIPE: i32 = 29;
    io::Error::from_raw_os_error(ESPIPE)
}

fn bad_descriptor() -> io::Error {
    const EBADF: i32 = 9;
    io::Error::from_raw_os_error(EBADF)
}

impl HostFile for Process {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let out = self.0.stdout.as_mut();
        out.ok_or_else(bad_descriptor)?.read(buffer)
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let input = self.0.stdin.as_mut();
        input.ok_or_else(bad_descriptor)?.write(bytes)
    }

    fn seek(&mut self, _to: SeekFrom) -> io::Result<u64> {
        Err(no_positions())
    }

    fn close(mut self: Box<Self>) -> io::Result<Option<Ending>> {
        drop(self.0.stdin.take());
        drop(self.0.stdout.take());
        self.0.wait().map(|status| Some(ending(status)))
    }
}

fn ending(status: ExitStatus) -> Ending {
    #[cfg(unix)]
    if let Some(signal) = std::os::unix::process::ExitStatusExt::signal(&status) {
        return Ending::Signal(signal);
    }
    Ending::Exit(status.code().unwrap_or(1))
}

#[cfg(unix)]
fn shell(command: &[u8]) -> io::Result<Command> {
    let mut shell = Command::new("/bin/sh");
    // What shells call themselves when they complain.
    std::os::unix::process::CommandExt::arg0(&mut shell, "sh");
    shell.arg("-c").arg(path(command)?);
    Ok(shell)
}

#[cfg(not(unix))]
fn shell(command: &[u8]) -> io::Result<Command> {
    let mut shell = Command::new("cmd");
    shell.arg("/C").arg(path(command)?);
    Ok(shell)
}

impl FileSystem for ProcessFiles {
    fn open(&self, name: &[u8], mode: OpenMode) -> io::Result<Box<dyn HostFile>> {
        let file = options(mode).open(path(name)?)?;
        Ok(Box::new(SystemFile(file)))
    }

    fn remove(&self, name: &[u8]) -> io::Result<()> {
        let path = path(name)?;
        match fs::symlink_metadata(path) {
            Ok(metadata) if metadata.is_dir() => fs::remove_dir(path),
            _ => fs::remove_file(path),
        }
    }

    fn rename(&self, from: &[u8], to: &[u8]) -> io::Result<()> {
        fs::rename(path(from)?, path(to)?)
    }

    fn temporary_name(&self) -> io::Result<Vec<u8>> {
        Ok(new_file()?.1)
    }

    fn temporary_file(&self) -> io::Result<Box<dyn HostFile>> {
        let (file, name) = new_file()?;
        // The file stays until it is closed; where that is impossible, it is left behind.
        let _ = fs::remove_file(path(&name)?);
        Ok(Box::new(SystemFile(file)))
    }

    fn process(&self, command: &[u8], writes: bool) -> io::Result<Box<dyn HostFile>> {
        let mut shell = shell(command)?;
        if writes {
            shell.stdin(Stdio::piped());
        } else {
            shell.stdout(Stdio::piped());
        }
        Ok(Box::new(Process(shell.spawn()?)))
    }

    fn has_shell(&self) -> bool {
        cfg!(not(unix)) || Path::new("/bin/sh").exists()
    }

    fn execute(&self, command: &[u8]) -> io::Result<Ending> {
        Ok(ending(shell(command)?.status()?))
    }

    fn variable(&self, name: &[u8]) -> Option<Vec<u8>> {
        let name = path(name).ok()?.as_os_str();
        // The system's functions refuse such names, and Rust's would panic.
        if name.is_empty() || name.as_encoded_bytes().contains(&b'=') {
            return None;
        }
        Some(env::var_os(name)?.into_encoded_bytes())
    }
}

/// A new file in the folder for temporary ones, with its name.
fn new_file() -> io::Result<(File, Vec<u8>)> {
    const DIGITS: &[u8; 36] = b"0123456789abcdefghijklmnopqrstuvwxyz";
    let folder = if cfg!(unix) {
        PathBuf::from("/tmp")
    } else {
        env::temp_dir()
    };
    let mut tries = 0;
    loop {
        let mut number = next_number();
        let letters: String = (0..6)
            .map(|_| {
                let digit = DIGITS[(number % 36) as usize];
                number /= 36;
                char::from(digit)
            })
            .collect();
        let name = folder.join(format!("lua_{letters}"));
        let mut options = OpenOptions::new();
        match options.read(true).write(true).create_new(true).open(&name) {
            Ok(file) => return Ok((file, name.into_os_string().into_encoded_bytes())),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists && tries < NAME_TRIES => {
                tries += 1;
            }
            Err(error) => return Err(error),
        }
    }
}

/// Another number on every call, and in every process.
fn next_number() -> u64 {
    static COUNTER: AtomicU64 = AtomicU64::new(0);
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    let nanos = since.map_or(0, |since| since.as_nanos() as u64);
    let count = COUNTER.fetch_add(0x9E37_79B9_7F4A_7C15, Ordering::Relaxed);
    let mixed = (nanos ^ u64::from(std::process::id()) << 32).wrapping_add(count);
    mixed.wrapping_mul(0xD6E8_FEB8_6659_FD93) >> 8
}

/// A folder whose files a script may read, and nothing else.
///
/// Names are taken below the folder; those that would leave it, by `..`, from the root or through
/// a link, do not exist.
///
/// ```
/// use lunette::{FileSystem, OpenMode, ReadOnlyFolder};
///
/// let files = ReadOnlyFolder::new("/usr/share/my-scripts");
/// let mode = OpenMode::parse(b"w").ok_or("a mode")?;
/// assert!(files.open(b"new.txt", mode).is_err());
/// # Ok::<(), &str>(())
/// ```
#[derive(Clone, Debug)]
pub struct ReadOnlyFolder {
    root: PathBuf,
}

/// ENOENT, EROFS: what the system would say.
const NOT_FOUND: i32 = 2;
const READ_ONLY: i32 = 30;

impl ReadOnlyFolder {
    /// The files below `root`.
    pub fn new(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into() }
    }
}

impl FileSystem for ReadOnlyFolder {
    fn open(&self, name: &[u8], mode: OpenMode) -> io::Result<Box<dyn HostFile>> {
        if mode.write {
            return Err(io::Error::from_raw_os_error(READ_ONLY));
        }
        let name = path(name)?;
        let is_inside =
            |part: Component<'_>| matches!(part, Component::Normal(_) | Component::CurDir);
        if !name.components().all(is_inside) {
            return Err(io::Error::from_raw_os_error(NOT_FOUND));
        }
        let found = fs::canonicalize(self.root.join(name))?;
        if !found.starts_with(fs::canonicalize(&self.root)?) {
            return Err(io::Error::from_raw_os_error(NOT_FOUND));
        }
        Ok(Box::new(SystemFile(File::open(found)?)))
    }

    fn remove(&self, _name: &[u8]) -> io::Result<()> {
        Err(io::Error::from_raw_os_error(READ_ONLY))
    }

    fn rename(&self, _from: &[u8], _to: &[u8]) -> io::Result<()> {
        Err(io::Error::from_raw_os_error(READ_ONLY))
    }
}

type Content = Arc<Mutex<Vec<u8>>>;

/// The content of a file; a panic elsewhere leaves it whole.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Files in memory: what a script writes can be read back by it and by the host.
///
/// ```
/// use lunette::{Arena, Engine, LibrarySet, MemoryFiles, RunOptions};
///
/// let engine = Engine::with_libraries(LibrarySet::ALL);
/// let program = engine.compile("copy.lua", "
///     local text = io.open('in.txt'):read('a')
///     io.open('out.txt', 'w'):write(text:upper()):close()
/// ")?;
/// let files = MemoryFiles::new(1 << 20);
/// files.set("in.txt", "hello")?;
/// let options = RunOptions::new().files(&files);
/// let mut arena = Arena::with_budget(1 << 20);
/// let out = bumpalo::Bump::new();
/// let result = engine.enter_with(&options, &mut arena, &out, |region| {
///     region.eval::<()>(&program)
/// });
/// assert!(result.is_ok());
/// assert_eq!(files.get("out.txt").as_deref(), Some(&b"HELLO"[..]));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct MemoryFiles {
    files: Mutex<BTreeMap<Vec<u8>, Content>>,
    /// The most bytes that one file may hold.
    file_bytes_max: usize,
    names_made: AtomicU64,
}

/// The most files that [`MemoryFiles`] keeps.
const MEMORY_FILES_MAX: usize = 10_000;

/// The error of a full device: ENOSPC.
fn no_space() -> io::Error {
    const ENOSPC: i32 = 28;
    io::Error::from_raw_os_error(ENOSPC)
}

impl MemoryFiles {
    /// No files yet; none may grow beyond `file_bytes_max`.
    pub fn new(file_bytes_max: usize) -> Self {
        Self {
            files: Mutex::default(),
            file_bytes_max,
            names_made: AtomicU64::new(0),
        }
    }

    /// Makes or replaces a file.
    ///
    /// # Errors
    /// There are too many, or it is too large.
    pub fn set(&self, name: impl AsRef<[u8]>, content: impl AsRef<[u8]>) -> io::Result<()> {
        if content.as_ref().len() > self.file_bytes_max {
            return Err(no_space());
        }
        let file = self.make(name.as_ref())?;
        *locked(&file) = content.as_ref().to_vec();
        Ok(())
    }

    /// What a file holds.
    pub fn get(&self, name: impl AsRef<[u8]>) -> Option<Vec<u8>> {
        let files = locked(&self.files);
        files.get(name.as_ref()).map(|file| locked(file).clone())
    }

    fn make(&self, name: &[u8]) -> io::Result<Content> {
        let mut files = locked(&self.files);
        if let Some(file) = files.get(name) {
            return Ok(Arc::clone(file));
        }
        if files.len() >= MEMORY_FILES_MAX {
            return Err(no_space());
        }
        let file = Content::default();
        files.insert(name.to_vec(), Arc::clone(&file));
        Ok(file)
    }

    fn opened(&self, content: Content, mode: OpenMode) -> Box<dyn HostFile> {
        Box::new(MemoryFile {
            content,
            position: 0,
            appends: mode.append,
            bytes_max: self.file_bytes_max,
        })
    }
}

impl FileSystem for MemoryFiles {
    fn open(&self, name: &[u8], mode: OpenMode) -> io::Result<Box<dyn HostFile>> {
        let content = if mode.create {
            self.make(name)?
        } else {
            let files = locked(&self.files);
            let found = files.get(name).map(Arc::clone);
            found.ok_or_else(|| io::Error::from_raw_os_error(NOT_FOUND))?
        };
        if mode.truncate {
            locked(&content).clear();
        }
        Ok(self.opened(content, mode))
    }

    fn remove(&self, name: &[u8]) -> io::Result<()> {
        let removed = locked(&self.files).remove(name);
        let missing = || io::Error::from_raw_os_error(NOT_FOUND);
        removed.map(drop).ok_or_else(missing)
    }

    fn rename(&self, from: &[u8], to: &[u8]) -> io::Result<()> {
        let mut files = locked(&self.files);
        let missing = || io::Error::from_raw_os_error(NOT_FOUND);
        let file = files.remove(from).ok_or_else(missing)?;
        files.insert(to.to_vec(), file);
        Ok(())
    }

    fn temporary_name(&self) -> io::Result<Vec<u8>> {
        loop {
            let number = self.names_made.fetch_add(1, Ordering::Relaxed);
            // As scripts know such names; it is one of this file system in memory, and of no other.
            let name = format!("/tmp/lua_{number:06}").into_bytes();
            let is_taken = locked(&self.files).contains_key(&name);
            if !is_taken {
                self.make(&name)?;
                return Ok(name);
            }
        }
    }

    fn temporary_file(&self) -> io::Result<Box<dyn HostFile>> {
        Ok(self.opened(Content::default(), OpenMode::default()))
    }
}

/// An open file in memory.
struct MemoryFile {
    content: Content,
    position: usize,
    appends: bool,
    bytes_max: usize,
}

impl HostFile for MemoryFile {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let content = locked(&self.content);
        let mut rest = content.get(self.position..).unwrap_or_default();
        let count = rest.read(buffer)?;
        self.position += count;
        Ok(count)
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut content = locked(&self.content);
        if self.appends {
            self.position = content.len();
        }
        let end = self.position.checked_add(bytes.len());
        let end = end.filter(|end| *end <= self.bytes_max);
        let end = end.ok_or_else(no_space)?;
        if end > content.len() {
            let more = end - content.len();
            content.try_reserve(more).map_err(|_| no_space())?;
            content.resize(end, 0);
        }
        if let Some(target) = content.get_mut(self.position..end) {
            target.copy_from_slice(bytes);
        }
        self.position = end;
        Ok(bytes.len())
    }

    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        const EINVAL: i32 = 22;
        let (from, offset) = match to {
            SeekFrom::Start(position) => (0, i64::try_from(position).unwrap_or(i64::MAX)),
            SeekFrom::Current(offset) => (self.position as i64, offset),
            SeekFrom::End(offset) => (locked(&self.content).len() as i64, offset),
        };
        let position = from.checked_add(offset).map(usize::try_from);
        let Some(Ok(position)) = position else {
            return Err(io::Error::from_raw_os_error(EINVAL));
        };
        self.position = position;
        Ok(position as u64)
    }

    fn close(self: Box<Self>) -> io::Result<Option<Ending>> {
        Ok(None)
    }
}

/// The clocks of the system, in its time zone. The processor's time needs the feature `cpu-clock`;
/// without it, what stands for it is the time since a script first asked.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> i64 {
        match SystemTime::now().duration_since(UNIX_EPOCH) {
            Ok(since) => i64::try_from(since.as_secs()).unwrap_or(i64::MAX),
            Err(error) => -i64::try_from(error.duration().as_secs()).unwrap_or(i64::MAX),
        }
    }

    fn processor_seconds(&self) -> f64 {
        // C's `clock` counts microseconds, and is -1 where the system has no such clock.
        match time_spent() {
            Some(spent) => spent.as_micros() as f64 / 1e6,
            None => -1e-6,
        }
    }
}

/// The processor's time that the process has had.
#[cfg(feature = "cpu-clock")]
fn time_spent() -> Option<Duration> {
    let time = cpu_time::ProcessTime::try_now().ok()?;
    Some(time.as_duration())
}

/// The time since this was first asked for: the standard library knows no other.
#[cfg(not(feature = "cpu-clock"))]
fn time_spent() -> Option<Duration> {
    static START: OnceLock<Instant> = OnceLock::new();
    Some(START.get_or_init(Instant::now).elapsed())
}
