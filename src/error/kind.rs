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
    /// A failure that a host has a code of its own for.
    Custom(HostCode),
}

/// A code that a host gives its failures: a category of its own, and a number in it.
///
/// ```
/// use lunette::{Category, ErrorKind, HostCode};
///
/// const STORAGE: u8 = 1;
/// const NOT_FOUND: HostCode = HostCode::new(STORAGE, 404);
///
/// let kind = ErrorKind::Custom(NOT_FOUND);
/// assert_eq!(kind.category(), Category::Custom(STORAGE));
/// assert!(matches!(kind, ErrorKind::Custom(code) if code.number() == 404));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct HostCode {
    category: u8,
    number: u16,
}

impl HostCode {
    /// The failure `number` of the category `category`; what they mean is the host's business.
    pub const fn new(category: u8, number: u16) -> Self {
        Self { category, number }
    }

    /// The category.
    pub const fn category(self) -> u8 {
        self.category
    }

    /// The number in its category.
    pub const fn number(self) -> u16 {
        self.number
    }
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
    /// A category of the host's own.
    Custom(u8),
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

    /// What the number of [`ErrorKind::Custom`] is, below the host's code.
    const CUSTOM: u32 = Self::ALL.len() as u32;
    /// Bits of a number.
    pub(crate) const CODE_BITS: u32 = 30;

    /// The kind as a number of [`ErrorKind::CODE_BITS`] bits.
    pub(crate) fn code(self) -> u32 {
        match self {
            Self::Custom(code) => {
                Self::CUSTOM | u32::from(code.category) << 6 | u32::from(code.number) << 14
            }
            simple => Self::ALL
                .iter()
                .position(|kind| *kind == simple)
                .map_or(1, |index| index as u32),
        }
    }

    /// The kind whose number is `code`; numbers of no kind stand for `Runtime`.
    pub(crate) fn from_code(code: u32) -> Self {
        match code & 63 {
            Self::CUSTOM => Self::Custom(HostCode::new((code >> 6) as u8, (code >> 14) as u16)),
            index => Self::ALL
                .get(index as usize)
                .copied()
                .unwrap_or(Self::Runtime),
        }
    }

    /// The sort of thing that went wrong.
    pub const fn category(self) -> Category {
        match self {
            Self::Syntax | Self::Runtime | Self::Handler => Category::Script,
            Self::Memory | Self::MemoryReserve => Category::Limit,
            Self::Fuel | Self::Deadline | Self::Cancelled => Category::Limit,
            Self::Host | Self::Conversion | Self::Borrow | Self::Ended => Category::Host,
            Self::Exit => Category::Control,
            Self::Custom(code) => Category::Custom(code.category),
        }
    }

    /// Whether `pcall` stops an error of this kind.
    pub const fn is_catchable(self) -> bool {
        match self {
            Self::Syntax | Self::Runtime | Self::Memory | Self::Handler | Self::Host => true,
            Self::Conversion | Self::Borrow | Self::Ended | Self::Custom(_) => true,
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
            Self::Host | Self::Custom(_) => "host error",
            Self::Exit => "exit",
            Self::Conversion => "value does not convert",
            Self::Borrow => "host object is borrowed",
            Self::Ended => "execution has ended",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_survive_as_numbers() {
        let custom = [(0, 0), (1, 404), (255, 65535)].map(|(category, number)| {
            let code = HostCode::new(category, number);
            ErrorKind::Custom(code)
        });
        for kind in ErrorKind::ALL.into_iter().chain(custom) {
            assert!(kind.code() < 1 << ErrorKind::CODE_BITS);
            assert_eq!(ErrorKind::from_code(kind.code()), kind);
        }
        assert_eq!(ErrorKind::from_code(63), ErrorKind::Runtime);
    }
}
