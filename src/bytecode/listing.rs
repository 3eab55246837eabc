//! A readable listing of a function and of all inside it.
//!
//! ```text
//! main <sum.lua>: 0 parameters, varargs, 2 registers, 1 upvalue, 1 constant, ...
//!    0  [1]     GetGlobal      r0 u0 k0               ; _ENV.print
//!    1  [1]     LoadInt        r1 12
//!    2  [1]     Call           r0 b=2 c=1             ; 1 argument, no results
//!    3  [2]     Return0
//! constants:
//!   k0  "print"
//! upvalues:
//!   u0  _ENV              register 0 outside
//! ```
//!
//! Absent on purpose: a form that could be read back; programs cannot be forged.
#![forbid(unsafe_code)]

use core::fmt::{self, Write};

use super::{Instruction, Op, Operands};
use crate::value::{Proto, Str, Unpacked, Value, number, source_name::ShownSource};

/// How much of a string constant is shown, in bytes.
const SHOWN_TEXT_MAX: usize = 20;
/// The column where operands end and comments begin, counted from the start of the operands.
const COMMENT_COLUMN: usize = 22;

/// Writes a listing of `proto` and of the functions inside it.
///
/// It recurses as deep as functions are nested, which the parser bounds.
///
/// # Errors
/// `out` refuses the text.
pub(crate) fn list(proto: &Proto, out: &mut dyn Write) -> fmt::Result {
    header(proto, out)?;
    for (pc, i) in Instruction::from_words(proto.code.as_slice())
        .iter()
        .enumerate()
    {
        let line = format!("[{}]", proto.line_at(pc));
        write!(out, "{pc:4}  {line:<6}  ")?;
        instruction(proto, pc, *i, out)?;
    }
    tables(proto, out)?;
    for index in 0..proto.protos.as_slice().len() {
        if let Some(inner) = proto.inner(index) {
            write!(out, "\nf{index}: ")?;
            list(inner, out)?;
        }
    }
    Ok(())
}

fn header(proto: &Proto, out: &mut dyn Write) -> fmt::Result {
    let name = proto.source_name.as_str();
    let shown = ShownSource::new(name.as_ref().map_or(b"?", Str::as_bytes));
    let source = String::from_utf8_lossy(shown.as_bytes());
    if proto.line_defined == 0 {
        write!(out, "main <{source}>: ")?;
    } else {
        write!(
            out,
            "function <{source}:{},{}>: ",
            proto.line_defined, proto.last_line
        )?;
    }
    count(out, proto.param_count.into(), "parameter")?;
    if proto.is_vararg {
        out.write_str(", varargs")?;
    }
    for (number, what) in [
        (proto.register_count.into(), "register"),
        (proto.upvalues.as_slice().len(), "upvalue"),
        (proto.constants.as_slice().len(), "constant"),
        (proto.protos.as_slice().len(), "function"),
        (proto.code.as_slice().len(), "instruction"),
    ] {
        out.write_str(", ")?;
        count(out, number, what)?;
    }
    out.write_char('\n')
}

fn count(out: &mut dyn Write, number: usize, what: &str) -> fmt::Result {
    write!(out, "{number} {what}{}", if number == 1 { "" } else { "s" })
}

/// The constants, variables and upvalues of a function, where it has some.
fn tables(proto: &Proto, out: &mut dyn Write) -> fmt::Result {
    let constants = proto.constants.as_slice();
    if !constants.is_empty() {
        out.write_str("constants:\n")?;
    }
    for (index, constant) in constants.iter().enumerate() {
        writeln!(out, "  k{index}  {}", Shown(*constant))?;
    }
    let locals = proto.locals.as_slice();
    if !locals.is_empty() {
        out.write_str("locals:\n")?;
    }
    for local in locals {
        let (name, end) = (name_of(local.name), local.end);
        writeln!(
            out,
            "  r{}  {name:<16}  {} to {end}",
            local.register, local.start
        )?;
    }
    let upvalues = proto.upvalues.as_slice();
    if !upvalues.is_empty() {
        out.write_str("upvalues:\n")?;
    }
    for (index, upvalue) in upvalues.iter().enumerate() {
        let kind = if upvalue.source.from_register {
            "register"
        } else {
            "upvalue"
        };
        let name = name_of(upvalue.name);
        writeln!(
            out,
            "  u{index}  {name:<16}  {kind} {} outside",
            upvalue.source.index
        )?;
    }
    Ok(())
}

/// A name of the debug information as text.
fn name_of(name: Value<'static>) -> String {
    let name = name.as_str();
    String::from_utf8_lossy(name.as_ref().map_or(b"?", Str::as_bytes)).into_owned()
}

/// A constant as a script would write it.
struct Shown(Value<'static>);

impl fmt::Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut buffer = [0u8; number::NUMBER_TEXT_MAX];
        let text = match self.0.unpack() {
            Unpacked::Bool(value) => return write!(f, "{value}"),
            Unpacked::Int(value) => number::write_int(value, &mut buffer),
            Unpacked::Float(value) => number::write_float(value, &mut buffer),
            Unpacked::Str(text) => {
                let bytes = text.as_bytes();
                let shown = &bytes[..bytes.len().min(SHOWN_TEXT_MAX)];
                let rest = if shown.len() < bytes.len() { "..." } else { "" };
                return write!(f, "\"{}\"{rest}", shown.escape_ascii());
            }
            _ => b"nil",
        };
        f.write_str(&String::from_utf8_lossy(text))
    }
}

fn instruction(proto: &Proto, pc: usize, i: Instruction, out: &mut dyn Write) -> fmt::Result {
    let mut shown = String::new();
    operands(i, &mut shown)?;
    let mut note = String::new();
    comment(proto, pc, i, &mut note)?;
    let name = i.op().name();
    if note.is_empty() {
        writeln!(out, "{}", format!("{name:<14} {shown}").trim_end())
    } else {
        writeln!(out, "{name:<14} {shown:<COMMENT_COLUMN$} ; {note}")
    }
}

/// The operands as the opcode's table names them.
fn operands(i: Instruction, out: &mut String) -> fmt::Result {
    let (a, b, c, d) = (i.a(), i.b(), i.c(), i.d());
    let key = i.key_constant();
    match i.op().operands() {
        Operands::None | Operands::Jump => Ok(()),
        Operands::Reg | Operands::RegJump => write!(out, "r{a}"),
        Operands::ForJump | Operands::GenericJump => write!(out, "r{a}"),
        Operands::RegReg | Operands::RegRegJump => write!(out, "r{a} r{b}"),
        Operands::RegRegReg => write!(out, "r{a} r{b} r{c}"),
        Operands::RegInt => write!(out, "r{a} {d}"),
        Operands::RegConst => write!(out, "r{a} k{d}"),
        Operands::RegSpan => write!(out, "r{a}..r{}", a + b),
        Operands::RegUpval => write!(out, "r{a} u{b}"),
        Operands::RegUpvalKey => write!(out, "r{a} u{b} k{key}"),
        Operands::RegRegKey | Operands::SelfKey => write!(out, "r{a} r{b} k{key}"),
        Operands::RegRegConst | Operands::SelfConst => write!(out, "r{a} r{b} k{d}"),
        Operands::RegRegSmall => write!(out, "r{a} r{b} {c}"),
        Operands::RegRegInt => write!(out, "r{a} r{b} {d}"),
        Operands::NewTable | Operands::NewRecord | Operands::SetList => {
            write!(out, "r{a} b={b} d={d}")
        }
        Operands::ConcatSpan => write!(out, "r{a}..r{}", a + b.saturating_sub(1)),
        Operands::RegConstJump => write!(out, "r{a} k{}", i.bc()),
        Operands::RegSmallJump => write!(out, "r{a} {}", i.signed_bc()),
        Operands::GenericCall => write!(out, "r{a} c={c}"),
        Operands::Call | Operands::TailCall | Operands::Return => {
            write!(out, "r{a} b={b} c={c}")
        }
        Operands::CallUpvalue => write!(out, "r{a} b={b} c={c} u{d}"),
        Operands::CallLocal => write!(out, "r{a} b={b} c={c} r{d}"),
        Operands::VarArg => write!(out, "r{a} c={c}"),
        Operands::Closure => write!(out, "r{a} f{d}"),
    }
}

/// What the operands stand for: names, constants, counts, and where a jump leads.
fn comment(proto: &Proto, pc: usize, i: Instruction, out: &mut String) -> fmt::Result {
    let (a, b, c) = (i.a(), i.b(), i.c());
    match i.op().operands() {
        Operands::RegConst | Operands::RegRegConst | Operands::SelfConst => {
            constant(proto, i.d() as usize, out)?;
        }
        Operands::RegRegKey | Operands::SelfKey => constant(proto, i.key_constant(), out)?,
        Operands::RegConstJump => constant(proto, i.bc(), out)?,
        Operands::RegUpval => upvalue(proto, b, out)?,
        Operands::RegUpvalKey => {
            upvalue(proto, b, out)?;
            let key = proto.constants.as_slice().get(i.key_constant());
            write!(out, ".{}", key.map_or("?".into(), |key| name_of(*key)))?;
        }
        Operands::RegReg if i.op() == Op::Move => locals(proto, pc, a, b, out)?,
        Operands::NewTable => {
            let slots = if b == 0 { 0 } else { 1u64 << (b - 1).min(63) };
            write!(out, "room for {} and {slots} fields", i.d())?;
        }
        Operands::NewRecord => {
            let names = (0..1i32 << (b.max(1) - 1).min(30))
                .map_while(|node| usize::try_from(i.d() + 2 * node + 1).ok())
                .map_while(|index| proto.constants.as_slice().get(index))
                .filter(|name| !name.is_nil());
            for (index, name) in names.enumerate() {
                let separator = if index == 0 { "" } else { " " };
                write!(out, "{separator}.{}", name_of(*name))?;
            }
        }
        Operands::SetList => amount(out, "item", b.checked_sub(1).map(|_| b))?,
        Operands::Call | Operands::CallUpvalue | Operands::CallLocal => {
            callee(proto, pc, i, out)?;
            amount(out, "argument", b.checked_sub(1))?;
            out.write_str(", ")?;
            amount(out, "result", c.checked_sub(1))?;
        }
        Operands::TailCall => amount(out, "argument", b.checked_sub(1))?,
        Operands::Return => amount(out, "value", b.checked_sub(1))?,
        Operands::VarArg => amount(out, "value", c.checked_sub(1))?,
        Operands::Closure => {
            if let Some(inner) = usize::try_from(i.d()).ok().and_then(|d| proto.inner(d)) {
                write!(out, "lines {} to {}", inner.line_defined, inner.last_line)?;
            }
        }
        _ => {}
    }
    if matches!(i.op(), Op::Return | Op::TailCall) && c != 0 {
        out.write_str(", closes")?;
    }
    jump(pc, i, out)
}

fn jump(pc: usize, i: Instruction, out: &mut String) -> fmt::Result {
    let target = match i.op().operands() {
        Operands::Jump
        | Operands::RegJump
        | Operands::RegRegJump
        | Operands::RegConstJump
        | Operands::RegSmallJump
        | Operands::ForJump
        | Operands::GenericJump => (pc + 1).wrapping_add_signed(i.d() as isize),
        _ if i.op() == Op::LoadFalseSkip => pc + 2,
        _ => return Ok(()),
    };
    let gap = if out.is_empty() { "" } else { ", " };
    write!(out, "{gap}to {target}")
}

/// A count operand: `None` is as many as there are.
fn amount(out: &mut String, what: &str, number: Option<usize>) -> fmt::Result {
    match number {
        None => write!(out, "all {what}s"),
        Some(0) => write!(out, "no {what}s"),
        Some(number) => count(out, number, what),
    }
}

fn constant(proto: &Proto, index: usize, out: &mut String) -> fmt::Result {
    match proto.constants.as_slice().get(index) {
        Some(value) => write!(out, "{}", Shown(*value)),
        None => out.write_str("?"),
    }
}

fn upvalue(proto: &Proto, index: usize, out: &mut String) -> fmt::Result {
    match proto.upvalues.as_slice().get(index) {
        Some(upvalue) => out.write_str(&name_of(upvalue.name)),
        None => out.write_str("?"),
    }
}

/// The variable that a call fetches its function from.
fn callee(proto: &Proto, pc: usize, i: Instruction, out: &mut String) -> fmt::Result {
    let Ok(index) = usize::try_from(i.d()) else {
        return Ok(());
    };
    match i.op() {
        Op::CallUpvalue => upvalue(proto, index, out)?,
        Op::CallLocal => match proto.register_name(index, pc) {
            Some(name) => write!(out, "{name}")?,
            None => out.write_str("?")?,
        },
        _ => return Ok(()),
    }
    out.write_str(", ")
}

/// The variables that a move copies between, where they have names.
fn locals(proto: &Proto, pc: usize, to: usize, from: usize, out: &mut String) -> fmt::Result {
    match (proto.register_name(to, pc), proto.register_name(from, pc)) {
        (Some(to), Some(from)) => write!(out, "{to} = {from}"),
        (Some(to), None) => write!(out, "{to}"),
        (None, Some(from)) => write!(out, "{from}"),
        (None, None) => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::super::sample::Sample;
    use super::*;
    use crate::value::{Constant, LocalPart, ProgramMemory};

    #[test]
    fn a_function_is_listed_with_all_inside_it() {
        let memory = ProgramMemory::new();
        let inner = Sample {
            code: &[Instruction::ad(Op::Return0, 0, 0)],
            ..Sample::default()
        };
        let inner = inner.build_in(&memory, &[]);
        let x = LocalPart {
            name: b"x",
            register: 0,
            start: 0,
            end: 8,
        };
        let sample = Sample {
            code: &[
                Instruction::key(Op::GetGlobal, 1, 0, 0, 77),
                Instruction::abc(Op::Move, 2, 0, 0),
                Instruction::abc(Op::Call, 1, 2, 0),
                Instruction::abc(Op::Call, 0, 0, 1),
                Instruction::a_bc_d(Op::JumpLtI, 0, -3i16 as u16, 1),
                Instruction::ad(Op::LoadConst, 1, 1),
                Instruction::ad(Op::Closure, 1, 0),
                Instruction::ad(Op::LoadConst, 3, 2),
                Instruction::abc(Op::Return, 1, 2, 1),
            ],
            constants: &[
                Constant::Str(b"print"),
                Constant::Float(1.0),
                Constant::Str(b"say \"\xFF\"\n and more, and more of it"),
            ],
            locals: &[x],
            ..Sample::default()
        };
        let main = sample.build_in(&memory, &[inner]);
        let mut text = String::new();
        assert_eq!(list(memory.finish(main).main(), &mut text), Ok(()));
        assert_eq!(text, EXPECTED.trim_start());
    }

    const EXPECTED: &str = r#"
main <sample.lua>: 1 parameter, 5 registers, 1 upvalue, 3 constants, 1 function, 9 instructions
   0  [1]     GetGlobal      r1 u0 k0               ; _ENV.print
   1  [2]     Move           r2 r0                  ; x
   2  [3]     Call           r1 b=2 c=0             ; 1 argument, all results
   3  [4]     Call           r0 b=0 c=1             ; all arguments, no results
   4  [5]     JumpLtI        r0 -3                  ; to 6
   5  [6]     LoadConst      r1 k1                  ; 1.0
   6  [7]     Closure        r1 f0                  ; lines 0 to 9
   7  [8]     LoadConst      r3 k2                  ; "say \"\xff\"\n and more, a"...
   8  [9]     Return         r1 b=2 c=1             ; 1 value, closes
constants:
  k0  "print"
  k1  1.0
  k2  "say \"\xff\"\n and more, a"...
locals:
  r0  x                 0 to 8
upvalues:
  u0  _ENV              upvalue 0 outside

f0: main <sample.lua>: 1 parameter, 5 registers, 1 upvalue, 0 constants, 0 functions, 1 instruction
   0  [1]     Return0
upvalues:
  u0  _ENV              upvalue 0 outside
"#;
}
