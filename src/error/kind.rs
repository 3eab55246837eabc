//! The codes of errors, and what may be done with each.

/// Why a run ended, or what a script caught.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
#[repr(u8)]
pub enum ErrorKind {
    /// A program does not follow Lua's syntax.
    Syntax,
    /// A script raised an error, or did what a value does not allow.
    Runtime,
    /// The byte budget or the chunk source is used up.
    Memory,
    /// As `Memory`, and the reserve for handling it is used up as well.
    MemoryReserve,
    /// The run used all its fuel.
    Fuel,
    /// The run's deadline passed.
    Deadline,
    /// Another thread cancelled the run.
    Cancelled,
    /// An error while an error was being handled.
    Handler,
    /// A host function failed.
    Host,
    /// The script asked the host to end the program.
    Exit,
    /// A value does not convert to the type that the host asked for.
    Conversion,
    /// A host object is borrowed already, or is not of the type that was asked for.
    Borrow,
    /// The execution has ended, or is in use.
    Ended,
}

/// What sort of thing went wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Category {
    /// The script is at fault.
    Script,
    /// A bound that the host set was reached.
    Limit,
    /// The host's side failed.
    Host,
    /// Nothing went wrong: a request to end.
    Control,
}

impl ErrorKind {
    const ALL: [Self; 13] = [
        Self::Syntax,
        Self::Runtime,
        Self::Memory,
        Self::MemoryReserve,
        Self::Fuel,
        Self::Deadline,
        Self::Cancelled,
        Self::Handler,
        Self::Host,
        Self::Exit,
        Self::Conversion,
        Self::Borrow,
        Self::Ended,
    ];

    /// The kind whose number is `code`; numbers of no kind stand for `Runtime`.
    pub(crate) fn from_code(code: u8) -> Self {
        Self::ALL
            .get(code as usize)
            .copied()
            .unwrap_or(Self::Runtime)
    }

    /// The sort of thing that went wrong.
    pub const fn category(self) -> Category {
        match self {
            Self::Syntax | Self::Runtime | Self::Handler => Category::Script,
            Self::Memory | Self::MemoryReserve => Category::Limit,
            Self::Fuel | Self::Deadline | Self::Cancelled => Category::Limit,
            Self::Host | Self::Conversion | Self::Borrow | Self::Ended => Category::Host,
            Self::Exit => Category::Control,
        }
    }

    /// Whether `pcall` stops an error of this kind.
    pub const fn is_catchable(self) -> bool {
        match self {
            Self::Syntax | Self::Runtime | Self::Memory | Self::Handler | Self::Host => true,
            Self::Conversion | Self::Borrow | Self::Ended => true,
            Self::MemoryReserve | Self::Fuel | Self::Deadline | Self::Cancelled | Self::Exit => {
                false
            }
        }
    }

    /// The message of an error without a payload, in PUC Lua's words where it has them.
    pub const fn message(self) -> &'static str {
        match self {
            Self::Syntax => "syntax error",
            Self::Runtime => "runtime error",
            Self::Memory | Self::MemoryReserve => "not enough memory",
            Self::Fuel => "out of fuel",
            Self::Deadline => "time limit reached",
            Self::Cancelled => "cancelled",
            Self::Handler => "error in error handling",
            Self::Host => "host error",
            Self::Exit => "exit",
            Self::Conversion => "value does not convert",
            Self::Borrow => "host object is borrowed",
            Self::Ended => "execution has ended",
        }
    }
}
