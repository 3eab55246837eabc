//! The standard streams of the process, as a script's.
#![forbid(unsafe_code)]

use std::io::{self, Read, Write};

use crate::vm::Streams;

/// The standard streams of the process, through the buffers of Rust's standard library.
#[derive(Clone, Copy, Debug, Default)]
pub struct ProcessStreams;

impl Streams for ProcessStreams {
    fn write_out(&self, bytes: &[u8]) -> io::Result<()> {
        io::stdout().write_all(bytes)
    }

    fn write_err(&self, bytes: &[u8]) -> io::Result<()> {
        io::stdout().flush()?;
        io::stderr().write_all(bytes)
    }

    fn flush_out(&self) -> io::Result<()> {
        io::stdout().flush()
    }

    fn read_in(&self, buffer: &mut [u8]) -> io::Result<usize> {
        io::stdin().read(buffer)
    }
}
