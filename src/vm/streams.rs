//! Standard input and output as a script sees them: what a host may replace.

use std::io;

/// The standard streams of an execution.
///
/// Writes go straight through; an implementation that buffers flushes in `flush`, which the VM
/// calls when a run ends and when a script asks for it.
pub trait Streams {
    /// Writes all of `bytes` to standard output.
    ///
    /// # Errors
    /// What the stream reports; a script sees it as the result of the write.
    fn write_out(&self, bytes: &[u8]) -> io::Result<()>;

    /// Writes all of `bytes` to standard error.
    ///
    /// # Errors
    /// What the stream reports.
    fn write_err(&self, bytes: &[u8]) -> io::Result<()>;

    /// Makes what was written to standard output visible.
    ///
    /// # Errors
    /// What the stream reports.
    fn flush_out(&self) -> io::Result<()>;

    /// Reads up to `buffer.len()` bytes of standard input; 0 at its end.
    ///
    /// # Errors
    /// What the stream reports.
    fn read_in(&self, buffer: &mut [u8]) -> io::Result<usize>;
}

/// Streams that lead nowhere: output vanishes, input is at its end.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoStreams;

impl Streams for NoStreams {
    fn write_out(&self, _bytes: &[u8]) -> io::Result<()> {
        Ok(())
    }

    fn write_err(&self, _bytes: &[u8]) -> io::Result<()> {
        Ok(())
    }

    fn flush_out(&self) -> io::Result<()> {
        Ok(())
    }

    fn read_in(&self, _buffer: &mut [u8]) -> io::Result<usize> {
        Ok(0)
    }
}
