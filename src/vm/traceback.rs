//! Tracebacks: the frames of a thread as lines.
#![forbid(unsafe_code)]

use crate::error::Error;
use crate::value::{Str, Thread};

use super::names::{Message, push_source};
use super::state::State;

impl<'r> State<'r> {
    /// The call path of `thread` from `level` up (0 is its newest frame), after `message`.
    ///
    /// # Errors
    /// There is no room for it.
    pub(crate) fn traceback(
        &self,
        thread: Thread<'r>,
        level: usize,
        message: Option<Str<'r>>,
    ) -> Result<Str<'r>, Error<'r>> {
        let mut text = self.str(b"stack traceback:")?;
        if let Some(message) = message {
            text = Str::join(&self.store, &[message, Str::literal("\n"), text])?;
        }
        for index in (0..thread.frame_count().saturating_sub(level)).rev() {
            let Some(frame) = thread.frame(index) else {
                break;
            };
            let mut line = Message::new();
            match frame.closure() {
                Some(closure) => {
                    let proto = closure.proto();
                    line.push(b"\n\t");
                    push_source(&mut line, proto.get());
                    line.push(b":");
                    line.push_number(proto.line_at(frame.current_pc(proto.get())).into());
                    line.push(b": in function");
                }
                None => {
                    line.push(b"\n\t[C]: in ?");
                }
            }
            text = Str::join(&self.store, &[text, self.str(line.as_bytes())?])?;
        }
        Ok(text)
    }
}
