//! Positions and variable names in messages.
#![forbid(unsafe_code)]

use crate::error::{Error, ErrorKind};
use crate::value::{Frame, Proto, Str, Value, source_name};

use super::state::State;
use super::symbols;

/// Where an operand of the current instruction comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Operand {
    /// A register of the newest frame.
    Register(usize),
    /// An upvalue of its function.
    Upvalue(usize),
    /// A constant of its function.
    Constant(usize),
    /// Not known.
    Unknown,
    /// A host function, at work: the message has neither position nor name.
    Host,
}

impl Operand {
    /// Where a value comes from that was found in a metatable of this one.
    pub(crate) fn behind(self) -> Self {
        match self {
            Self::Host => Self::Host,
            _ => Self::Unknown,
        }
    }
}

/// The longest message that is built without asking for memory first, in bytes.
const MESSAGE_MAX: usize = 512;

/// A message under construction: cut where it is full, never failing.
pub(crate) struct Message {
    text: [u8; MESSAGE_MAX],
    len: usize,
}

impl Message {
    pub(crate) fn new() -> Self {
        Self {
            text: [0; MESSAGE_MAX],
            len: 0,
        }
    }

    /// Appends what still fits.
    pub(crate) fn push(&mut self, part: &[u8]) -> &mut Self {
        let room = MESSAGE_MAX - self.len;
        let part = &part[..part.len().min(room)];
        self.text[self.len..self.len + part.len()].copy_from_slice(part);
        self.len += part.len();
        self
    }

    /// Appends a number.
    pub(crate) fn push_number(&mut self, number: u64) -> &mut Self {
        let mut digits = [0u8; 20];
        let mut start = digits.len();
        let mut rest = number;
        loop {
            start -= 1;
            digits[start] = b'0' + (rest % 10) as u8;
            rest /= 10;
            if rest == 0 {
                break;
            }
        }
        let digits = digits;
        self.push(&digits[start..])
    }

    pub(crate) fn as_bytes(&self) -> &[u8] {
        &self.text[..self.len]
    }
}

impl<'r> State<'r> {
    /// The frame at `level` (1 is the newest), for positions.
    fn frame_at_level(&self, level: usize) -> Option<Frame> {
        let thread = self.thread();
        thread.frame(self.frame_index(thread, level.checked_sub(1)?)?)
    }

    /// `source:line: ` of the function at `level`, where 1 is the one that called the host
    /// function that runs; empty for host functions.
    ///
    /// # Errors
    /// There is no room for it.
    pub(crate) fn where_is(&self, level: usize) -> Result<Str<'r>, Error<'r>> {
        let mut message = Message::new();
        self.push_position(&mut message, level);
        self.str(message.as_bytes())
    }

    fn push_position(&self, message: &mut Message, level: usize) {
        let Some(frame) = level
            .checked_sub(1)
            .and_then(|_| self.frame_at_level(level))
        else {
            return;
        };
        let Some(closure) = frame.closure() else {
            return;
        };
        let proto = closure.proto();
        push_source(message, proto.get());
        message.push(b":");
        if proto.is_stripped() {
            message.push(b"-1")
        } else {
            message.push_number(proto.line_at(frame.current_pc(proto.get())).into())
        };
        message.push(b": ");
    }

    /// An error with a message and the position of the newest frame.
    #[cold]
    pub(crate) fn error_here(&self, message: &[u8]) -> Error<'r> {
        self.error_at(1, message)
    }

    /// An error with a message and the position of the function at `level`.
    #[cold]
    pub(crate) fn error_at(&self, level: usize, message: &[u8]) -> Error<'r> {
        let mut text = Message::new();
        self.push_position(&mut text, level);
        text.push(message);
        Error::with_message(&self.store, ErrorKind::Runtime, text.as_bytes())
    }

    /// An error about an operand: a host function's work has no position.
    #[cold]
    pub(crate) fn error_about(&self, operand: Operand, message: &[u8]) -> Error<'r> {
        if operand == Operand::Host {
            self.plain_error(message)
        } else {
            self.error_here(message)
        }
    }

    /// An error here whose message is made of parts.
    #[cold]
    pub(crate) fn error_parts(&self, parts: &[&[u8]]) -> Error<'r> {
        let mut text = Message::new();
        for part in parts {
            text.push(part);
        }
        self.error_here(text.as_bytes())
    }

    /// `attempt to <verb> a <type> value (<variable>)`.
    #[cold]
    pub(crate) fn type_error(&self, verb: &str, value: Value<'r>, operand: Operand) -> Error<'r> {
        let mut text = Message::new();
        text.push(b"attempt to ").push(verb.as_bytes()).push(b" a ");
        text.push(self.type_name_of(value).as_bytes())
            .push(b" value");
        self.push_variable(&mut text, operand);
        self.error_about(operand, text.as_bytes())
    }

    /// `number has no integer representation`, naming the variable.
    #[cold]
    pub(crate) fn no_integer_error(&self, operand: Operand) -> Error<'r> {
        let mut text = Message::new();
        text.push(b"number");
        self.push_variable(&mut text, operand);
        text.push(b" has no integer representation");
        self.error_here(text.as_bytes())
    }

    /// `attempt to compare ...`.
    #[cold]
    pub(crate) fn compare_error(
        &self,
        left: Value<'r>,
        right: Value<'r>,
        origin: Operand,
    ) -> Error<'r> {
        let (left, right) = (self.type_name_of(left), self.type_name_of(right));
        let mut text = Message::new();
        if left == right {
            text.push(b"attempt to compare two ")
                .push(left.as_bytes())
                .push(b" values");
        } else {
            text.push(b"attempt to compare ").push(left.as_bytes());
            text.push(b" with ").push(right.as_bytes());
        }
        self.error_about(origin, text.as_bytes())
    }

    /// `attempt to call a <type> value (<variable>)`. A metamethod goes by its event.
    #[cold]
    pub(crate) fn call_error(&self, callee: Value<'r>) -> Error<'r> {
        let mut text = Message::new();
        text.push(b"attempt to call a ");
        text.push(self.type_name_of(callee).as_bytes())
            .push(b" value");
        let name = self.newest_lua().and_then(|(frame, proto)| {
            let pc = frame.current_pc(proto);
            self.charge_reading(pc);
            symbols::called_function(proto, pc)
        });
        if let Some(name) = name {
            push_name(&mut text, &name);
        }
        self.error_here(text.as_bytes())
    }

    /// `variable '<name>' got a non-closable value`.
    #[cold]
    pub(crate) fn not_closable_error(&self, register: usize) -> Error<'r> {
        let name = self.newest_lua().and_then(|(frame, proto)| {
            let pc = frame.current_pc(proto);
            self.charge_reading(pc);
            proto.register_name(register, pc + 1)
        });
        let name = name.unwrap_or(Str::literal("?"));
        self.error_parts(&[
            b"variable '",
            name.as_bytes(),
            b"' got a non-closable value",
        ])
    }

    /// The newest frame and its function, if it is a Lua function.
    pub(crate) fn newest_lua(&self) -> Option<(Frame, &'r Proto)> {
        let frame = self.frame_at_level(1)?;
        let closure = frame.closure()?;
        Some((frame, closure.proto().get()))
    }

    fn push_variable(&self, message: &mut Message, operand: Operand) {
        let Some((frame, proto)) = self.newest_lua() else {
            return;
        };
        let pc = frame.current_pc(proto);
        self.charge_reading(pc);
        let name = match operand {
            Operand::Register(register) => symbols::register(proto, pc, register),
            Operand::Upvalue(index) => symbols::upvalue(proto, index),
            Operand::Constant(index) => symbols::constant(proto, index),
            Operand::Unknown | Operand::Host => None,
        };
        if let Some(name) = name {
            push_name(message, &name);
        }
    }
}

fn push_name(message: &mut Message, name: &symbols::Symbol) {
    message.push(b" (").push(name.kind.as_bytes()).push(b" '");
    message.push(name.text_within(MESSAGE_MAX)).push(b"')");
}

/// Appends a function's source as messages show it.
pub(crate) fn push_source(message: &mut Message, proto: &Proto) {
    let name = proto.source_name.as_str();
    let shown = source_name::ShownSource::new(name.as_ref().map_or(b"?", Str::as_bytes));
    message.push(shown.as_bytes());
}
