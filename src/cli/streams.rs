//! The standard streams of a script on the command line.
#![forbid(unsafe_code)]
//!
//! - **Q3** What was written to standard output is visible before anything is written to standard
//!   error, before a terminal is read, and when the run ends.

use std::cell::RefCell;
use std::io::{self, BufWriter, ErrorKind, IsTerminal, Read, StdoutLock, Write};
use std::process;

use lunette::Streams;

const BUFFER_BYTES: usize = 64 << 10;

/// Standard output behind a large buffer, unless it is a terminal.
pub(super) struct BufferedStreams {
    out: RefCell<BufWriter<StdoutLock<'static>>>,
    is_line_wise: bool,
    is_interactive: bool,
}

impl BufferedStreams {
    pub(super) fn new() -> Self {
        let out = io::stdout().lock();
        Self {
            is_line_wise: out.is_terminal(),
            is_interactive: io::stdin().is_terminal(),
            out: RefCell::new(BufWriter::with_capacity(BUFFER_BYTES, out)),
        }
    }

    /// Ends the process quietly if nobody reads standard output any more: a script that goes on
    /// writing could do nothing useful.
    fn check<T>(&self, result: io::Result<T>) -> io::Result<T> {
        if let Err(error) = &result
            && error.kind() == ErrorKind::BrokenPipe
        {
            process::exit(super::Status::SUCCESS.0.into());
        }
        result
    }
}

impl Streams for BufferedStreams {
    fn write_out(&self, bytes: &[u8]) -> io::Result<()> {
        let mut out = self.out.borrow_mut();
        let mut result = out.write_all(bytes);
        if self.is_line_wise && bytes.contains(&b'\n') {
            result = result.and_then(|()| out.flush());
        }
        self.check(result)
    }

    fn write_err(&self, bytes: &[u8]) -> io::Result<()> {
        self.flush_out()?;
        io::stderr().write_all(bytes)
    }

    fn flush_out(&self) -> io::Result<()> {
        let mut out = self.out.borrow_mut();
        let result = out.flush().and_then(|()| out.get_mut().flush());
        self.check(result)
    }

    fn read_in(&self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.is_interactive {
            self.flush_out()?;
        }
        io::stdin().read(buffer)
    }
}
