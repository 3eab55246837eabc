//! What a value is called in the source: found by reading the bytecode.
#![forbid(unsafe_code)]
//!
//! - **Y1** A name is only given if the instruction that set the register is certain: one that a
//!   jump may skip names nothing.
//! - **Y2** The answers are those of PUC Lua for the code that its compiler makes of the same
//!   source, so jumps of loops are not looked at.

use crate::bytecode::{Instruction, Op, Operands};
use crate::value::{Proto, Str};

use super::metamethod::Event;

/// A name and what sort of thing it names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Symbol {
    /// `local`, `upvalue`, `global`, `field`, `method`, `constant`, `metamethod` or `for iterator`.
    pub(crate) kind: &'static str,
    pub(crate) name: Str<'static>,
}

impl Symbol {
    /// A function that is called as a hook.
    pub(super) const HOOK: Self = Self {
        kind: "hook",
        name: UNKNOWN,
    };

    /// A function that is called as a finalizer.
    pub(super) const FINALIZER: Self = Self {
        kind: "metamethod",
        name: Str::literal("__gc"),
    };

    fn new(kind: &'static str, name: Str<'static>) -> Self {
        Self { kind, name }
    }

    /// The name as messages show it: up to a zero byte, as in PUC Lua.
    pub(crate) fn text(&self) -> &[u8] {
        self.text_within(usize::MAX)
    }

    /// As [`Symbol::text`], no more than `max` bytes of it: names may be long.
    pub(crate) fn text_within(&self, max: usize) -> &[u8] {
        let bytes = self.name.as_bytes();
        let bytes = bytes.get(..max).unwrap_or(bytes);
        memchr::memchr(0, bytes).map_or(bytes, |end| &bytes[..end])
    }
}

const UNKNOWN: Str<'static> = Str::literal("?");

/// Whether a numeric loop that runs at `pc` keeps its state in `register`. What runs at a safepoint
/// between two rounds sees the `pc` of the loop's first instruction.
pub(super) fn is_loop_state(proto: &Proto, pc: usize, register: usize) -> bool {
    let instructions = code(proto).iter().enumerate();
    let mut loops = instructions.filter(|(_, i)| i.op() == Op::ForPrep);
    loops.any(|(start, i)| {
        let end = start.saturating_add_signed(i.d() as isize);
        (start..=end).contains(&pc) && (i.a()..i.a() + 3).contains(&register)
    })
}

/// What `register` is called at `pc`.
pub(crate) fn register(proto: &Proto, pc: usize, register: usize) -> Option<Symbol> {
    let pc = match source_of(proto, pc, register) {
        Source::Named(symbol) => return Some(symbol),
        Source::Instruction(pc) => pc,
        Source::Unknown => return None,
    };
    let i = code(proto).get(pc).copied()?;
    match i.op() {
        Op::GetGlobal => {
            let table = upvalue(proto, i.b());
            Some(field(table, constant_name(proto, i.key_constant())))
        }
        Op::GetField => {
            let table = basic(proto, pc, i.b());
            Some(field(table, constant_name(proto, i.key_constant())))
        }
        Op::GetFieldLong => {
            let table = basic(proto, pc, i.b());
            Some(field(table, constant_name(proto, i.d() as usize)))
        }
        Op::GetIndex => {
            let key = basic(proto, pc, i.c()).filter(|key| key.kind == "constant");
            let table = basic(proto, pc, i.b());
            Some(field(table, key.map_or(UNKNOWN, |key| key.name)))
        }
        Op::GetInt => Some(Symbol::new("field", Str::literal("integer index"))),
        Op::SelfField => {
            let name = constant_name(proto, i.key_constant());
            Some(Symbol::new("method", name))
        }
        Op::SelfLong => {
            let name = constant_name(proto, i.d() as usize);
            Some(Symbol::new("method", name))
        }
        _ => None,
    }
}

/// What the upvalue `index` is called.
pub(crate) fn upvalue(proto: &Proto, index: usize) -> Option<Symbol> {
    let name = proto.upvalues.as_slice().get(index)?.name.as_str()?;
    let name = if proto.is_stripped() {
        Str::literal("?")
    } else {
        name
    };
    Some(Symbol::new("upvalue", name))
}

/// What the constant `index` is called: strings only.
pub(crate) fn constant(proto: &Proto, index: usize) -> Option<Symbol> {
    let name = proto.constants.as_slice().get(index)?.as_str()?;
    Some(Symbol::new("constant", name))
}

/// What the function is called that the instruction at `pc` calls.
pub(crate) fn called_function(proto: &Proto, pc: usize) -> Option<Symbol> {
    let i = code(proto).get(pc).copied()?;
    match i.op() {
        Op::Call | Op::TailCall => register(proto, pc, i.a()),
        Op::CallUpvalue => upvalue(proto, i.d() as usize),
        Op::CallLocal => register(proto, pc, i.d() as usize),
        Op::GenericCall => Some(Symbol::new("for iterator", Str::literal("for iterator"))),
        op => {
            let event = event_of(op)?.name();
            let name = event.strip_prefix("__").unwrap_or(event);
            Some(Symbol::new("metamethod", Str::literal(name)))
        }
    }
}

/// As [`called_function`], for calls in the source only.
pub(crate) fn called_by_call(proto: &Proto, pc: usize) -> Option<Symbol> {
    let i = code(proto).get(pc).copied()?;
    match i.op() {
        Op::Call | Op::TailCall => register(proto, pc, i.a()),
        Op::CallUpvalue => upvalue(proto, i.d() as usize),
        Op::CallLocal => register(proto, pc, i.d() as usize),
        _ => None,
    }
}

/// The metamethod that an instruction may call.
fn event_of(op: Op) -> Option<Event> {
    Some(match op {
        Op::GetGlobal | Op::GetField | Op::GetFieldLong | Op::GetIndex => Event::Index,
        Op::GetInt | Op::SelfField | Op::SelfLong => Event::Index,
        Op::SetGlobal | Op::SetField | Op::SetFieldLong => Event::NewIndex,
        Op::SetIndex | Op::SetInt => Event::NewIndex,
        Op::Add | Op::AddConst | Op::AddInt => Event::Add,
        Op::Sub | Op::SubConst | Op::SubInt => Event::Sub,
        Op::Mul | Op::MulConst => Event::Mul,
        Op::Div | Op::DivConst => Event::Div,
        Op::Mod | Op::ModConst => Event::Mod,
        Op::IDiv | Op::IDivConst => Event::IDiv,
        Op::Pow | Op::PowConst => Event::Pow,
        Op::BAnd | Op::BAndConst => Event::BAnd,
        Op::BOr | Op::BOrConst => Event::BOr,
        Op::BXor | Op::BXorConst => Event::BXor,
        Op::Shl | Op::ShlConst => Event::Shl,
        Op::Shr | Op::ShrConst => Event::Shr,
        Op::Unm => Event::Unm,
        Op::BNot => Event::BNot,
        Op::Len => Event::Len,
        Op::Concat => Event::Concat,
        Op::JumpEq | Op::JumpNe => Event::Eq,
        Op::JumpLt | Op::JumpNotLt | Op::JumpLtI | Op::JumpNotLtI => Event::Lt,
        Op::JumpGtI | Op::JumpNotGtI => Event::Lt,
        Op::JumpLe | Op::JumpNotLe | Op::JumpLeI | Op::JumpNotLeI => Event::Le,
        Op::JumpGeI | Op::JumpNotGeI => Event::Le,
        Op::Close | Op::Return => Event::Close,
        _ => return None,
    })
}

fn code(proto: &Proto) -> &[Instruction] {
    Instruction::from_words(proto.code.as_slice())
}

/// `global` if the table is the variable `_ENV`, else `field`.
fn field(table: Option<Symbol>, name: Str<'static>) -> Symbol {
    let is_env = table.is_some_and(|table| {
        matches!(table.kind, "local" | "upvalue") && table.name.as_bytes() == b"_ENV"
    });
    Symbol::new(if is_env { "global" } else { "field" }, name)
}

fn constant_name(proto: &Proto, index: usize) -> Str<'static> {
    constant(proto, index).map_or(UNKNOWN, |constant| constant.name)
}

/// Where a register's value comes from.
enum Source {
    /// A variable or a constant.
    Named(Symbol),
    /// The instruction at this index.
    Instruction(usize),
    /// Not certain.
    Unknown,
}

/// The name of `register` at `pc` if it holds a variable or a constant.
fn basic(proto: &Proto, pc: usize, register: usize) -> Option<Symbol> {
    match source_of(proto, pc, register) {
        Source::Named(symbol) => Some(symbol),
        _ => None,
    }
}

/// Follows moves from `register` at `pc` back to a variable, a constant or an instruction.
fn source_of(proto: &Proto, pc: usize, register: usize) -> Source {
    let (mut pc, mut register) = (pc, register);
    loop {
        if let Some(name) = proto.register_name(register, pc) {
            return Source::Named(Symbol::new("local", name));
        }
        let Some(setter) = find_setter(proto, pc, register) else {
            return Source::Unknown;
        };
        let Some(i) = code(proto).get(setter) else {
            return Source::Unknown;
        };
        pc = setter;
        let symbol = match i.op() {
            // Only from below: a temporary that a variable was copied to. So this ends.
            Op::Move if i.b() < i.a() => {
                register = i.b();
                continue;
            }
            Op::GetUpvalue => upvalue(proto, i.b()),
            Op::LoadConst => constant(proto, i.d() as usize),
            _ => None,
        };
        return symbol.map_or(Source::Instruction(setter), Source::Named);
    }
}

/// The last instruction before `pc` that set `register`, if it is certain to have run.
fn find_setter(proto: &Proto, pc: usize, register: usize) -> Option<usize> {
    let mut setter = None;
    // Whatever lies before this may have been skipped by a jump.
    let mut certain_from = 0;
    for (index, i) in code(proto).iter().enumerate().take(pc) {
        if sets(*i, register) {
            setter = (index >= certain_from).then_some(index);
        }
        if is_jump(i.op()) {
            let target = (index + 1).wrapping_add_signed(i.d() as isize);
            if target <= pc && target > certain_from {
                certain_from = target;
            }
        }
    }
    setter
}

/// Whether an instruction counts as setting `register`; calls take all registers above theirs.
fn sets(i: Instruction, register: usize) -> bool {
    let a = i.a();
    match i.op() {
        Op::LoadNil => (a..=a + i.b()).contains(&register),
        Op::GenericCall => register >= a + 2,
        Op::Call | Op::CallUpvalue | Op::CallLocal | Op::TailCall => register >= a,
        Op::SetUpvalue | Op::SetGlobal | Op::SetField | Op::SetFieldLong => false,
        Op::SetIndex | Op::SetInt | Op::SetList => false,
        Op::Return | Op::Return0 | Op::Return1 | Op::ReturnUpvalue => false,
        Op::Close | Op::ToBeClosed | Op::GenericPrep | Op::Step => false,
        Op::JumpIfSet | Op::JumpIfNotSet => register == a,
        op => !is_jump(op) && register == a,
    }
}

/// Whether an instruction is a jump of the source's conditions and `goto`s, not of its loops.
fn is_jump(op: Op) -> bool {
    matches!(
        op.operands(),
        Operands::Jump
            | Operands::RegJump
            | Operands::RegRegJump
            | Operands::RegConstJump
            | Operands::RegSmallJump
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bytecode::sample::Sample;
    use crate::value::{Constant, LocalPart};

    const CONSTANTS: &[Constant<'_>] = &[
        Constant::Str(b"name"),
        Constant::Str(b"a name too long for a key"),
        Constant::Float(0.5),
    ];
    const UPVALUES: &[&[u8]] = &[b"_ENV", b"up"];

    fn abc(op: Op, a: u8, b: u8, c: u8) -> Instruction {
        Instruction::abc(op, a, b, c)
    }

    fn key(op: Op, a: u8, b: u8) -> Instruction {
        Instruction::key(op, a, b, 0, 0)
    }

    fn show(symbol: Option<Symbol>) -> String {
        symbol.map_or("none".into(), |symbol| {
            format!("{} '{}'", symbol.kind, symbol.name)
        })
    }

    /// The name of register 1 behind `code`, where register 0 is the local variable `x`.
    #[track_caller]
    fn check(code: &[Instruction], expected: &str) {
        check_with_local(b"x", code, expected);
    }

    #[track_caller]
    fn check_with_local(local: &[u8], code: &[Instruction], expected: &str) {
        let end = u32::MAX;
        let locals = &[LocalPart {
            name: local,
            register: 0,
            start: 0,
            end,
        }];
        let mut code = code.to_vec();
        let pc = code.len();
        code.push(abc(Op::Call, 1, 1, 1));
        let sample = Sample {
            code: &code,
            constants: CONSTANTS,
            locals,
            upvalue_names: UPVALUES,
            ..Sample::default()
        };
        let image = sample.build();
        assert_eq!(show(register(image.main(), pc, 1)), expected);
        assert_eq!(show(called_function(image.main(), pc)), expected);
    }

    #[test]
    fn a_register_is_named_by_what_set_it() {
        check(&[], "none");
        check(&[abc(Op::Move, 1, 0, 0)], "local 'x'");
        check(&[abc(Op::GetUpvalue, 1, 1, 0)], "upvalue 'up'");
        check(&[Instruction::ad(Op::LoadConst, 1, 0)], "constant 'name'");
        check(&[Instruction::ad(Op::LoadConst, 1, 2)], "none");
        check(&[key(Op::GetGlobal, 1, 0)], "global 'name'");
        check(&[key(Op::GetGlobal, 1, 1)], "field 'name'");
        check(&[key(Op::GetField, 1, 0)], "field 'name'");
        check(&[key(Op::SelfField, 1, 0)], "method 'name'");
        check(
            &[Instruction::abcd(Op::SelfLong, 1, 0, 0, 1)],
            "method 'a name too long for a key'",
        );
        check(&[abc(Op::GetInt, 1, 0, 7)], "field 'integer index'");
        check(&[abc(Op::GetIndex, 1, 0, 0)], "field '?'");
        check(&[abc(Op::Call, 1, 1, 2)], "none");
        check(&[abc(Op::Add, 1, 0, 0)], "none");
        check(&[abc(Op::LoadNil, 0, 3, 0)], "none");
        let text = [
            Instruction::ad(Op::LoadConst, 2, 0),
            abc(Op::GetIndex, 1, 0, 2),
        ];
        check(&text, "field 'name'");
    }

    #[test]
    fn globals_are_fields_of_the_variable_env() {
        let field = [key(Op::GetField, 1, 0)];
        check_with_local(b"_ENV", &field, "global 'name'");
        let long = Instruction::abcd(Op::GetFieldLong, 1, 2, 0, 1);
        let upvalue = [abc(Op::GetUpvalue, 2, 0, 0), long];
        check(&upvalue, "global 'a name too long for a key'");
        let text = [Instruction::ad(Op::LoadConst, 2, 0), long];
        check(&text, "field 'a name too long for a key'");
    }

    #[test]
    fn what_a_jump_may_skip_names_nothing() {
        let jump = |d| Instruction::ad(Op::JumpIf, 0, d);
        check(&[jump(1), key(Op::GetGlobal, 1, 0)], "none");
        check(&[jump(2), key(Op::GetGlobal, 1, 0)], "global 'name'");
        check(&[jump(0), key(Op::GetGlobal, 1, 0)], "global 'name'");
        check(
            &[
                abc(Op::JumpIfSet, 1, 0, 0).with_d(1),
                key(Op::GetGlobal, 1, 0),
            ],
            "none",
        );
        let loops = [Instruction::ad(Op::ForPrep, 2, 1), key(Op::GetGlobal, 1, 0)];
        check(&loops, "global 'name'");
        // What was set before the last certain instruction is forgotten.
        check(
            &[key(Op::GetGlobal, 1, 0), abc(Op::LoadTrue, 1, 0, 0)],
            "none",
        );
        check(
            &[key(Op::GetGlobal, 1, 0), key(Op::SetField, 1, 0)],
            "global 'name'",
        );
    }

    #[test]
    fn a_called_metamethod_goes_by_its_event() {
        let cases = [
            (key(Op::GetField, 1, 0), "metamethod 'index'"),
            (key(Op::SetGlobal, 1, 0), "metamethod 'newindex'"),
            (abc(Op::IDivConst, 1, 0, 0), "metamethod 'idiv'"),
            (abc(Op::Concat, 1, 2, 0), "metamethod 'concat'"),
            (abc(Op::JumpGtI, 1, 2, 0), "metamethod 'lt'"),
            (abc(Op::JumpNe, 1, 2, 0), "metamethod 'eq'"),
            (abc(Op::Return, 1, 2, 1), "metamethod 'close'"),
            (abc(Op::GenericCall, 1, 0, 1), "for iterator 'for iterator'"),
            (abc(Op::LoadTrue, 1, 0, 0), "none"),
        ];
        for (instruction, expected) in cases {
            let image = Sample {
                code: &[instruction],
                ..Sample::default()
            }
            .build();
            assert_eq!(show(called_function(image.main(), 0)), expected);
        }
    }
}
