//! A compiled function without its upvalues, and the parts it is made from.
#![allow(unsafe_code)]
//!
//! - **P1** A `Proto` and all it points to live in one memory: a program's, outside every region,
//!   or a region's own when the script compiled it with `load`.
//! - **P2** A `Proto` never changes, so programs are shared by threads.
//! - **P3** Constants are nil, booleans, numbers and strings; long strings are fixed objects of
//!   the same memory.

use core::ptr::NonNull;
use core::slice;

use super::header::{FLAG_FIXED, Header, Kind};
use super::repr::Value;
use super::string::Str;
use super::texts::Texts;
use super::thread::SLACK;
use crate::memory::{AllocError, Ref};

/// How a closure finds one of its upvalues when it is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct UpvalueSource {
    /// A register of the enclosing function; else one of its upvalues.
    pub(crate) from_register: bool,
    /// Which register or upvalue.
    pub(crate) index: u8,
}

/// A constant, as the compiler hands it over.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Constant<'s> {
    Nil,
    Bool(bool),
    Int(i64),
    Float(f64),
    Str(&'s [u8]),
}

/// A local variable's name and the instructions where it is alive, for messages and `debug`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct LocalPart<'s> {
    pub(crate) name: &'s [u8],
    /// The register it lives in.
    pub(crate) register: u8,
    /// The first instruction that sees it.
    pub(crate) start: u32,
    /// The first instruction that no longer does.
    pub(crate) end: u32,
}

/// What the compiler knows of a function when it is done.
#[derive(Clone, Copy)]
pub(crate) struct ProtoParts<'s> {
    /// Instructions as words; `bytecode` gives them their meaning.
    pub(crate) code: &'s [u64],
    /// The source line of each instruction.
    pub(crate) lines: &'s [u32],
    pub(crate) constants: &'s [Constant<'s>],
    pub(crate) protos: &'s [ProtoRef],
    pub(crate) upvalues: &'s [UpvalueSource],
    pub(crate) upvalue_names: &'s [&'s [u8]],
    /// In order of `start`.
    pub(crate) locals: &'s [LocalPart<'s>],
    pub(crate) source_name: &'s [u8],
    /// 0 for a main program.
    pub(crate) line_defined: u32,
    pub(crate) last_line: u32,
    pub(crate) param_count: u8,
    pub(crate) is_vararg: bool,
    /// Registers that a frame needs.
    pub(crate) register_count: u8,
}

/// A finished inner function, to be listed in its parent's parts.
#[derive(Clone, Copy)]
pub(crate) struct ProtoRef(NonNull<Proto>);

impl ProtoRef {
    /// The finished function.
    pub(crate) fn pointer(self) -> NonNull<Proto> {
        self.0
    }

    /// The finished function, to be looked at while it is built into others.
    pub(crate) fn get(&self) -> &Proto {
        // SAFETY: built in memory that lives as long as what it is built into (P1, P2).
        unsafe { self.0.as_ref() }
    }
}

/// Memory that a `Proto` is built in.
///
/// # Safety
/// `bytes` returns fresh memory, aligned to 8, that lives as long as the functions built in it.
pub(crate) unsafe trait ProtoMemory {
    /// Hands out fresh bytes.
    ///
    /// # Errors
    /// There are none left.
    fn bytes(&self, count: usize) -> Result<NonNull<u8>, AllocError>;

    /// Hands out bytes for an object, which gets the flags of [`ProtoMemory::object_flags`].
    ///
    /// # Errors
    /// There are none left.
    fn object_bytes(&self, count: usize) -> Result<NonNull<u8>, AllocError> {
        self.bytes(count)
    }

    /// What the headers of objects say of the memory.
    fn object_flags(&self) -> u8 {
        0
    }

    /// The serial number of the next function built here.
    fn serial(&self) -> u64;
}

/// A read-only array that lives beside its `Proto`.
#[repr(C)]
pub(crate) struct Items<T> {
    start: NonNull<T>,
    len: u32,
}

impl<T> Items<T> {
    #[inline(always)]
    pub(crate) fn as_slice(&self) -> &[T] {
        // SAFETY: made from a slice of that length, and lives as long as the `Proto` (P1).
        unsafe { slice::from_raw_parts(self.start.as_ptr(), self.len as usize) }
    }

    /// The first item, for unchecked access by verified indices.
    #[inline(always)]
    pub(crate) fn start(&self) -> *const T {
        self.start.as_ptr()
    }

    fn build<S: Copy>(
        memory: &dyn ProtoMemory,
        items: &[S],
        mut make: impl FnMut(S) -> Result<T, AllocError>,
    ) -> Result<Self, AllocError> {
        const { assert!(align_of::<T>() <= 8) };
        if items.is_empty() {
            return Ok(Self {
                start: NonNull::dangling(),
                len: 0,
            });
        }
        let start = memory.bytes(size_of_val_of::<T>(items.len()))?.cast::<T>();
        for (index, item) in items.iter().enumerate() {
            let item = make(*item)?;
            // SAFETY: `index` is below the count that the memory was asked for.
            unsafe { start.add(index).write(item) };
        }
        Ok(Self {
            start,
            len: items.len() as u32,
        })
    }
}

fn size_of_val_of<T>(count: usize) -> usize {
    size_of::<T>().saturating_mul(count)
}

/// A local variable as `debug` and messages see it.
#[derive(Clone, Copy)]
pub(crate) struct Local {
    pub(crate) name: Value<'static>,
    pub(crate) register: u8,
    pub(crate) start: u32,
    pub(crate) end: u32,
}

/// An upvalue's source and name.
#[derive(Clone, Copy)]
pub(crate) struct UpvalueInfo {
    pub(crate) source: UpvalueSource,
    pub(crate) name: Value<'static>,
}

/// A compiled function without its upvalues.
///
/// Its values are branded `'static`; whoever reads them rebrands them to the region that keeps the
/// function alive.
#[repr(C)]
pub(crate) struct Proto {
    header: Header,
    pub(crate) code: Items<u64>,
    pub(crate) constants: Items<Value<'static>>,
    pub(crate) param_count: u8,
    pub(crate) is_vararg: bool,
    pub(crate) register_count: u8,
    /// Slots that a frame needs from its base on, [`SLACK`] among them; [`u32::MAX`] for a vararg
    /// function, so that one comparison tells whether a call can take the short way.
    pub(crate) plain_slots: u32,
    pub(crate) upvalues: Items<UpvalueInfo>,
    pub(crate) protos: Items<NonNull<Proto>>,
    pub(crate) lines: Items<u32>,
    pub(crate) locals: Items<Local>,
    pub(crate) source_name: Value<'static>,
    pub(crate) line_defined: u32,
    pub(crate) last_line: u32,
}

impl Proto {
    /// Builds a function from its parts.
    ///
    /// # Errors
    /// The memory has no room; what was taken so far stays with it.
    pub(crate) fn build(texts: &Texts<'_>, parts: &ProtoParts<'_>) -> Result<ProtoRef, AllocError> {
        let memory = texts.memory;
        debug_assert_eq!(parts.code.len(), parts.lines.len());
        debug_assert_eq!(parts.upvalues.len(), parts.upvalue_names.len());
        let name = |text: &[u8]| texts.value(text);
        let mut names = parts.upvalue_names.iter();
        let proto = Proto {
            header: Header::new(
                Kind::Proto,
                FLAG_FIXED | memory.object_flags(),
                memory.serial(),
            ),
            code: Items::build(memory, parts.code, Ok)?,
            constants: Items::build(memory, parts.constants, |constant| match constant {
                Constant::Nil => Ok(Value::NIL),
                Constant::Bool(value) => Ok(Value::bool(value)),
                Constant::Int(value) => Ok(Value::int(value)),
                Constant::Float(value) => Ok(Value::float(value)),
                Constant::Str(text) => texts.value(text),
            })?,
            param_count: parts.param_count,
            is_vararg: parts.is_vararg,
            register_count: parts.register_count,
            plain_slots: match parts.is_vararg {
                true => u32::MAX,
                false => u32::from(parts.register_count) + SLACK as u32,
            },
            upvalues: Items::build(memory, parts.upvalues, |source| {
                let name = name(names.next().copied().unwrap_or_default())?;
                Ok(UpvalueInfo { source, name })
            })?,
            protos: Items::build(memory, parts.protos, |proto| Ok(proto.0))?,
            lines: Items::build(memory, parts.lines, Ok)?,
            locals: Items::build(memory, parts.locals, |local| {
                let LocalPart {
                    register,
                    start,
                    end,
                    ..
                } = local;
                Ok(Local {
                    name: name(local.name)?,
                    register,
                    start,
                    end,
                })
            })?,
            source_name: name(parts.source_name)?,
            line_defined: parts.line_defined,
            last_line: parts.last_line,
        };
        let pointer = memory.object_bytes(size_of::<Proto>())?.cast::<Proto>();
        // SAFETY: fresh bytes of that size.
        unsafe { pointer.write(proto) };
        Ok(ProtoRef(pointer))
    }

    /// A copy without names and lines, as `string.dump` makes it when it strips. Functions are
    /// nested as deep as the parser allows, and so is the recursion.
    ///
    /// # Errors
    /// The memory has no room; what was taken so far stays with it.
    pub(crate) fn stripped(&self, memory: &dyn ProtoMemory) -> Result<ProtoRef, AllocError> {
        let proto = Proto {
            header: Header::new(
                Kind::Proto,
                FLAG_FIXED | memory.object_flags(),
                memory.serial(),
            ),
            code: Items::build(memory, self.code.as_slice(), Ok)?,
            constants: Items::build(memory, self.constants.as_slice(), |constant| match constant
                .as_str()
            {
                Some(text) => fixed_str(memory, text.as_bytes()),
                None => Ok(constant),
            })?,
            upvalues: Items::build(memory, self.upvalues.as_slice(), |upvalue| {
                let name = Str::literal("(no name)").to_value();
                Ok(UpvalueInfo { name, ..upvalue })
            })?,
            protos: Items::build(memory, self.protos.as_slice(), |proto| {
                // SAFETY: inner functions live in the same memory (P1).
                let inner = unsafe { proto.as_ref() };
                Ok(inner.stripped(memory)?.0)
            })?,
            lines: Items::build(memory, &[], Ok)?,
            // Without names; which registers hold variables is asked at safepoints.
            locals: Items::build(memory, self.locals.as_slice(), |local| {
                let name = Value::NIL;
                Ok(Local { name, ..local })
            })?,
            source_name: Str::literal("=?").to_value(),
            ..*self
        };
        let pointer = memory.object_bytes(size_of::<Proto>())?.cast::<Proto>();
        // SAFETY: fresh bytes of that size.
        unsafe { pointer.write(proto) };
        Ok(ProtoRef(pointer))
    }

    /// How many instructions it and the functions inside have.
    pub(crate) fn instruction_count(&self) -> usize {
        let inner = (0..self.protos.as_slice().len()).filter_map(|index| self.inner(index));
        let inner = inner.map(Self::instruction_count).sum::<usize>();
        self.code.as_slice().len() + inner
    }

    /// Whether it has no debug information.
    pub(crate) fn is_stripped(&self) -> bool {
        self.lines.as_slice().is_empty()
    }

    /// The inner function at `index`.
    pub(crate) fn inner(&self, index: usize) -> Option<&Proto> {
        // SAFETY: inner functions live in the same memory (P1).
        self.protos
            .as_slice()
            .get(index)
            .map(|proto| unsafe { proto.as_ref() })
    }

    /// The line of the instruction at `pc`, or 0.
    pub(crate) fn line_at(&self, pc: usize) -> u32 {
        self.lines.as_slice().get(pc).copied().unwrap_or(0)
    }

    /// The name of the `number`th (from 0) local variable that is alive at `pc`.
    pub(crate) fn local_name(&self, number: usize, pc: usize) -> Option<Str<'static>> {
        let alive = |local: &&Local| local.start as usize <= pc && pc < local.end as usize;
        self.locals
            .as_slice()
            .iter()
            .filter(alive)
            .nth(number)?
            .name
            .as_str()
    }

    /// How many registers, from the first on, hold variables at `pc`, hidden ones included: where a
    /// statement starts, no others are in use.
    pub(crate) fn live_registers(&self, pc: usize) -> usize {
        let alive = |local: &&Local| local.start as usize <= pc && pc < local.end as usize;
        let registers = self.locals.as_slice().iter().filter(alive);
        registers
            .map(|local| local.register as usize + 1)
            .max()
            .unwrap_or(0)
    }

    /// The name of the local variable that lives in `register` at `pc`.
    pub(crate) fn register_name(&self, register: usize, pc: usize) -> Option<Str<'static>> {
        let alive = |local: &&Local| local.start as usize <= pc && pc < local.end as usize;
        let mut locals = self.locals.as_slice().iter().filter(alive);
        locals
            .find(|local| local.register as usize == register)?
            .name
            .as_str()
    }

    /// A handle for as long as the memory that holds the function.
    ///
    /// # Safety
    /// That memory lives as long as `'r`.
    pub(crate) unsafe fn handle<'r>(&self) -> Ref<'r, Proto> {
        // SAFETY: the caller's promise (R1).
        unsafe { Ref::from_raw(NonNull::from(self)) }
    }
}

/// A constant string: short ones need no memory, long ones are fixed objects with a known hash.
pub(super) fn fixed_str(
    memory: &dyn ProtoMemory,
    text: &[u8],
) -> Result<Value<'static>, AllocError> {
    if let Some(value) = Value::short(text) {
        return Ok(value);
    }
    let start = memory.object_bytes(Str::fixed_bytes(text.len()))?;
    // SAFETY: fresh bytes, which live as long as the functions that name them (P1).
    let value = unsafe { Str::write_fixed(start, text) }.to_value();
    if let Some(header) = value.header() {
        header.add(memory.object_flags());
    }
    Ok(value)
}
