//! What a value is called in the source: found by reading the bytecode backwards.
#![forbid(unsafe_code)]

use crate::value::{Proto, Str};

/// A name and what sort of thing it names.
pub(crate) struct Symbol {
    /// `local`, `upvalue`, `global`, `field`, `method`, `constant`, `metamethod`, ...
    pub(crate) kind: &'static str,
    pub(crate) name: Str<'static>,
}

/// What `register` is called at `pc`.
pub(crate) fn register(proto: &Proto, pc: usize, register: usize) -> Option<Symbol> {
    Some(Symbol {
        kind: "local",
        name: proto.register_name(register, pc)?,
    })
}

/// What the upvalue `index` is called.
pub(crate) fn upvalue(proto: &Proto, index: usize) -> Option<Symbol> {
    let name = proto.upvalues.as_slice().get(index)?.name.as_str()?;
    Some(Symbol {
        kind: "upvalue",
        name,
    })
}

/// What the constant `index` is called: strings only.
pub(crate) fn constant(proto: &Proto, index: usize) -> Option<Symbol> {
    let name = proto.constants.as_slice().get(index)?.as_str()?;
    Some(Symbol {
        kind: "constant",
        name,
    })
}

/// What the function is called that the instruction at `pc` calls.
pub(crate) fn called_function(proto: &Proto, pc: usize) -> Option<Symbol> {
    let _ = (proto, pc);
    None
}
