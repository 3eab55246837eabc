//! The verifier: proves of a `Proto` what the interpreter loop relies on without checking.
//!
//! - **F1** Registers, with all that an instruction reads or writes around the ones it names, lie
//!   below `register_count`; constants, upvalues and inner functions within their arrays.
//! - **F2** A key is a short string, and the hash beside it is its own; a constant operand of
//!   arithmetic is a number.
//! - **F3** Control stays inside the code: jumps lead to instructions, and the last instruction
//!   does not go on behind.
//! - **F4** Open results (`c = 0`) are taken by the next instruction (`b = 0`), whose first operand
//!   lies below them, and which nothing jumps to: the thread's top is always what it should be.
//! - **F5** The instructions of a loop stand where they expect each other.
//!
//! Absent on purpose: types of registers. The loop looks at a value's tag before it uses it.
#![forbid(unsafe_code)]

use super::{Instruction, Op, Operands};
use crate::value::{Proto, RecordLayout as Layout, Value, short_hash, tag};

/// What is wrong with a function, and where.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct VerifyError {
    /// The line where the function starts.
    pub(crate) line_defined: u32,
    /// The index of the instruction.
    pub(crate) pc: usize,
    pub(crate) what: &'static str,
}

/// The most hash slots, as a power of two, that a constructor may ask for.
const HASH_CODE_MAX: usize = 32;

/// Proves that `proto` and all functions inside it can be run.
///
/// It recurses as deep as functions are nested, which the parser bounds.
///
/// # Errors
/// The first instruction found that breaks a rule.
pub(crate) fn verify(proto: &Proto) -> Result<(), VerifyError> {
    let check = Check {
        proto,
        code: Instruction::from_words(proto.code.as_slice()),
    };
    check.header().map_err(|what| check.error(0, what))?;
    for (pc, i) in check.code.iter().enumerate() {
        check
            .instruction(pc, *i)
            .map_err(|what| check.error(pc, what))?;
        check.flow(pc, *i).map_err(|what| check.error(pc, what))?;
    }
    for index in 0..proto.protos.as_slice().len() {
        proto.inner(index).map_or(Ok(()), verify)?;
    }
    Ok(())
}

type Checked = Result<(), &'static str>;

struct Check<'p> {
    proto: &'p Proto,
    code: &'p [Instruction],
}

fn ensure(holds: bool, what: &'static str) -> Checked {
    if holds { Ok(()) } else { Err(what) }
}

/// Whether an instruction leaves open results, from this register on.
fn open_results(i: Instruction) -> Option<usize> {
    let may_be = i.op().is_call() || i.op() == Op::VarArg;
    (may_be && i.c() == 0).then(|| i.a())
}

/// The first register whose open operands an instruction takes.
fn open_operands(i: Instruction) -> Option<usize> {
    match i.op() {
        Op::TailCall | Op::SetList if i.b() == 0 => Some(i.a() + 1),
        op if op.is_call() && i.b() == 0 => Some(i.a() + 1),
        Op::Return if i.b() == 0 => Some(i.a()),
        _ => None,
    }
}

impl Check<'_> {
    fn error(&self, pc: usize, what: &'static str) -> VerifyError {
        VerifyError {
            line_defined: self.proto.line_defined,
            pc,
            what,
        }
    }

    /// The function as a whole: what frames, closures and debug information rest on.
    fn header(&self) -> Checked {
        let proto = self.proto;
        let count = proto.register_count;
        ensure(!self.code.is_empty(), "no code")?;
        ensure(
            proto.lines.as_slice().len() == self.code.len(),
            "a line for each instruction",
        )?;
        ensure(proto.param_count <= count, "parameters are registers")?;
        let is_inside = proto
            .locals
            .as_slice()
            .iter()
            .all(|local| local.register < count);
        ensure(is_inside, "local variables are registers")?;
        for index in 0..proto.protos.as_slice().len() {
            for upvalue in proto
                .inner(index)
                .map_or(&[][..], |inner| inner.upvalues.as_slice())
            {
                let source = upvalue.source;
                let bound = if source.from_register {
                    count as usize
                } else {
                    proto.upvalues.as_slice().len()
                };
                ensure(
                    (source.index as usize) < bound,
                    "an upvalue's source is out of range",
                )?;
            }
        }
        Ok(())
    }

    /// The operands of one instruction (F1, F2).
    fn instruction(&self, pc: usize, i: Instruction) -> Checked {
        let (a, b, c) = (i.a(), i.b(), i.c());
        match i.op().operands() {
            Operands::None => Ok(()),
            Operands::Reg | Operands::RegInt | Operands::RegJump => self.span(a, 1),
            Operands::RegSmallJump => self.span(a, 1),
            Operands::RegReg | Operands::RegRegJump | Operands::RegRegInt => self.two(a, b),
            Operands::RegRegSmall => self.two(a, b),
            Operands::RegRegReg => self.two(a, b).and(self.span(c, 1)),
            Operands::RegSpan => self.span(a, b + 1),
            Operands::RegConst => self.span(a, 1).and(self.constant(i.d()).map(drop)),
            Operands::RegConstJump => self.span(a, 1).and(self.constant(i.bc() as i32).map(drop)),
            Operands::RegUpval => self.span(a, 1).and(self.upvalue(b)),
            Operands::RegUpvalKey => self.span(a, 1).and(self.upvalue(b)).and(self.key(i)),
            Operands::RegRegKey => self.two(a, b).and(self.key(i)),
            Operands::SelfKey => self.span(a, 2).and(self.span(b, 1)).and(self.key(i)),
            Operands::RegRegConst => self.two(a, b).and(self.operand_constant(i)),
            Operands::SelfConst => self
                .span(a, 2)
                .and(self.span(b, 1))
                .and(self.operand_constant(i)),
            Operands::NewTable => {
                ensure(b <= HASH_CODE_MAX, "a table's size code is out of range")?;
                ensure(i.d() >= 0, "a table's count is negative")?;
                self.span(a, 1)
            }
            Operands::NewRecord => self.span(a, 1).and(self.template(b, i.d())),
            Operands::SetList => {
                ensure(i.d() >= 0, "a list's first index is negative")?;
                self.span(a, b + 1)
            }
            Operands::ConcatSpan => {
                ensure(b >= 2, "a concatenation has two operands")?;
                self.span(a, b)
            }
            Operands::Jump => Ok(()),
            Operands::ForJump => self.span(a, 4),
            Operands::GenericCall => {
                ensure(c >= 1, "a generic loop has a variable")?;
                self.span(a, 4 + c.max(3))
            }
            Operands::GenericJump => self.span(a, 5),
            Operands::Call => self.call(i),
            Operands::CallUpvalue => self.call(i).and(self.upvalue(i.d() as usize)),
            Operands::CallLocal => self.call(i).and(self.span(i.d() as u32 as usize, 1)),
            Operands::TailCall => self.span(a, b.max(1)),
            Operands::Return => self.span(a, b.saturating_sub(1)),
            Operands::VarArg => {
                ensure(self.proto.is_vararg, "the function takes no varargs")?;
                self.span(a, c.saturating_sub(1))
            }
            Operands::Closure => {
                let is_inside =
                    (0..self.proto.protos.as_slice().len() as i64).contains(&i64::from(i.d()));
                self.span(a, 1)
                    .and(ensure(is_inside, "an inner function is out of range"))
            }
        }
        .and(self.jump(pc, i).map(drop))
    }

    fn span(&self, first: usize, count: usize) -> Checked {
        let end = first + count;
        ensure(
            end <= self.proto.register_count as usize,
            "a register is out of range",
        )
    }

    /// A call's function, arguments and results.
    fn call(&self, i: Instruction) -> Checked {
        self.span(i.a(), i.b().max(1))
            .and(self.span(i.a(), i.c().saturating_sub(1)))
    }

    fn two(&self, a: usize, b: usize) -> Checked {
        self.span(a, 1).and(self.span(b, 1))
    }

    fn upvalue(&self, index: usize) -> Checked {
        let count = self.proto.upvalues.as_slice().len();
        ensure(index < count, "an upvalue is out of range")
    }

    fn constant(&self, index: i32) -> Result<Value<'static>, &'static str> {
        let index = usize::try_from(index).ok();
        let found = index.and_then(|index| self.proto.constants.as_slice().get(index));
        found.copied().ok_or("a constant is out of range")
    }

    fn key(&self, i: Instruction) -> Checked {
        let key = self.constant(i.key_constant() as i32)?;
        ensure(key.tag() == tag::SHORT, "a key is no short string")?;
        let hash = short_hash(key.word(), key.bits()) as u16;
        ensure(hash == i.key_hash(), "a key has another hash")
    }

    /// The template of a record: where its names are is where they are looked for.
    fn template(&self, code: usize, first: i32) -> Checked {
        let count = 1 << code.saturating_sub(1).min(usize::BITS as usize - 1);
        ensure(
            code > 0 && count <= Layout::NODES_MAX,
            "a template's size code is out of range",
        )?;
        let constant = |index: usize| self.constant(first.wrapping_add(index as i32));
        let mut links = [0; Layout::NODES_MAX];
        for (index, link) in links.iter_mut().enumerate().take(count) {
            let found = constant(2 * count + index)?.as_int();
            let found = found.and_then(|link| i32::try_from(link).ok());
            *link = found.ok_or("a template's link is no small integer")?;
            let target = i64::from(*link) + index as i64;
            ensure(
                (0..count as i64).contains(&target),
                "a template's link leads outside",
            )?;
        }
        for index in 0..count {
            ensure(constant(2 * index)?.is_nil(), "a template has a value")?;
            let key = constant(2 * index + 1)?;
            if !key.is_nil() {
                ensure(
                    key.tag() == tag::SHORT,
                    "a template's name is no short string",
                )?;
                let hash = short_hash(key.word(), key.bits());
                let is_found = Layout::leads_to(&links[..count], hash, index);
                ensure(is_found, "a template's name is not found")?;
            }
        }
        // Chains that nobody enters by a name end as well.
        let ends = |start| Layout::leads_to_end(&links[..count], start);
        ensure((0..count).all(ends), "a template's chain has no end")
    }

    /// The constant `d` beside two registers: a field's name, or a number to compute with.
    fn operand_constant(&self, i: Instruction) -> Checked {
        let constant = self.constant(i.d())?;
        if matches!(i.op(), Op::GetFieldLong | Op::SetFieldLong | Op::SelfLong) {
            ensure(constant.is_str(), "a field's name is no string")
        } else {
            ensure(constant.is_number(), "a constant operand is no number")
        }
    }

    /// Where the jump of an instruction leads, if it has one (F3).
    fn jump(&self, pc: usize, i: Instruction) -> Result<Option<usize>, &'static str> {
        let target = match i.op().operands() {
            Operands::Jump
            | Operands::RegJump
            | Operands::RegRegJump
            | Operands::RegConstJump
            | Operands::RegSmallJump
            | Operands::ForJump
            | Operands::GenericJump => (pc + 1).checked_add_signed(i.d() as isize),
            _ if i.op() == Op::LoadFalseSkip => Some(pc + 2),
            _ => return Ok(None),
        };
        let target = target.filter(|target| *target < self.code.len());
        let target = target.ok_or("a jump leaves the code")?;
        let is_inside = open_operands(self.code[target]).is_none();
        ensure(
            is_inside,
            "a jump leads to an instruction with open operands",
        )?;
        Ok(Some(target))
    }

    /// How an instruction and its neighbours fit (F3, F4, F5).
    fn flow(&self, pc: usize, i: Instruction) -> Checked {
        let next = self.code.get(pc + 1).copied();
        let ends = match i.op() {
            Op::Jump | Op::TailCall | Op::Return | Op::Return0 | Op::GenericPrep => true,
            op => op.returns_near(),
        };
        ensure(ends || next.is_some(), "control goes on behind the code")?;
        let is_near = !i.op().returns_near() || !self.proto.is_vararg;
        ensure(is_near, "the result does not go below the registers")?;
        if let Some(from) = open_results(i) {
            let to = next.and_then(open_operands);
            ensure(
                to.is_some_and(|to| to <= from),
                "open results are not taken",
            )?;
        }
        if open_operands(i).is_some() {
            let before = pc.checked_sub(1).and_then(|before| self.code.get(before));
            let is_given = before.is_some_and(|before| open_results(*before).is_some());
            ensure(is_given, "there are no open results to take")?;
        }
        let at = |pc: usize, op: Op| {
            self.code
                .get(pc)
                .is_some_and(|other| other.op() == op && other.a() == i.a())
        };
        let target = self.jump(pc, i)?.unwrap_or(0);
        match i.op() {
            Op::ForPrep => ensure(at(target.wrapping_sub(1), Op::ForLoop), "a loop has no end"),
            Op::ForLoop => ensure(
                at(target.wrapping_sub(1), Op::ForPrep),
                "a loop has no start",
            ),
            Op::GenericPrep => ensure(at(target, Op::GenericCall), "a loop has no call"),
            Op::GenericCall => ensure(at(pc + 1, Op::GenericLoop), "a loop has no end"),
            Op::GenericLoop => ensure(
                at(target.wrapping_sub(1), Op::GenericPrep),
                "a loop has no start",
            ),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::sample::Sample;
    use super::*;
    use crate::value::{Constant, LocalPart, ProgramMemory, field_key};

    const CONSTANTS: &[Constant<'_>] = &[
        Constant::Str(b"print"),
        Constant::Str(b"a string too long for a key"),
        Constant::Float(0.5),
    ];

    #[track_caller]
    fn check(code: &[Instruction], expected: Result<(), (usize, &'static str)>) {
        let sample = Sample {
            code,
            constants: CONSTANTS,
            is_vararg: true,
            ..Sample::default()
        };
        let found = verify(sample.build().main()).map_err(|error| (error.pc, error.what));
        assert_eq!(found, expected);
    }

    /// Checks one instruction before a return.
    #[track_caller]
    fn check_one(i: Instruction, expected: Result<(), &'static str>) {
        check(&[i, RETURN], expected.map_err(|what| (0, what)));
    }

    const RETURN: Instruction = Instruction::ad(Op::Return0, 0, 0);
    const REGISTER: Result<(), &str> = Err("a register is out of range");

    fn abc(op: Op, a: u8, b: u8, c: u8) -> Instruction {
        Instruction::abc(op, a, b, c)
    }

    #[test]
    fn registers_are_bounded() {
        check_one(abc(Op::Move, 4, 0, 0), Ok(()));
        check_one(abc(Op::Move, 5, 0, 0), REGISTER);
        check_one(abc(Op::Move, 0, 5, 0), REGISTER);
        check_one(abc(Op::Add, 0, 0, 4), Ok(()));
        check_one(abc(Op::Add, 0, 0, 5), REGISTER);
        check_one(abc(Op::LoadNil, 2, 2, 0), Ok(()));
        check_one(abc(Op::LoadNil, 2, 3, 0), REGISTER);
        check_one(abc(Op::Concat, 3, 2, 0), Ok(()));
        check_one(abc(Op::Concat, 4, 2, 0), REGISTER);
        check_one(
            abc(Op::Concat, 0, 1, 0),
            Err("a concatenation has two operands"),
        );
        check_one(abc(Op::SetInt, 0, 4, 255), Ok(()));
        check_one(abc(Op::Call, 2, 3, 1), Ok(()));
        check_one(abc(Op::Call, 2, 4, 1), REGISTER);
        check_one(abc(Op::Call, 2, 1, 4), Ok(()));
        check_one(abc(Op::Call, 2, 1, 5), REGISTER);
        check_one(abc(Op::VarArg, 3, 0, 3), Ok(()));
        check_one(abc(Op::VarArg, 3, 0, 4), REGISTER);
        check_one(abc(Op::SetList, 1, 3, 0), Ok(()));
        check_one(abc(Op::SetList, 1, 4, 0), REGISTER);
        check(&[abc(Op::Return, 3, 3, 0)], Ok(()));
        check(
            &[abc(Op::Return, 3, 4, 0)],
            Err((0, "a register is out of range")),
        );
    }

    #[test]
    fn tables_of_a_function_bound_its_operands() {
        let range = Err("a constant is out of range");
        check_one(Instruction::ad(Op::LoadConst, 0, 2), Ok(()));
        check_one(Instruction::ad(Op::LoadConst, 0, 3), range);
        check_one(Instruction::ad(Op::LoadConst, 0, -1), range);
        check_one(Instruction::a_bc_d(Op::JumpEqConst, 0, 2, 0), Ok(()));
        check_one(Instruction::a_bc_d(Op::JumpEqConst, 0, 3, 0), range);
        check_one(abc(Op::GetUpvalue, 0, 0, 0), Ok(()));
        check_one(
            abc(Op::GetUpvalue, 0, 1, 0),
            Err("an upvalue is out of range"),
        );
        let closure = |d| Instruction::ad(Op::Closure, 0, d);
        check_one(closure(0), Err("an inner function is out of range"));
        check_one(closure(-1), Err("an inner function is out of range"));
        let code = Instruction::abcd(Op::NewTable, 0, 33, 0, 0);
        check_one(code, Err("a table's size code is out of range"));
    }

    #[test]
    fn templates_lead_to_their_names() {
        let (x, y) = (Constant::Str(b"x"), Constant::Str(b"y"));
        let hash = |text| field_key(text).map_or(0, |(_, hash)| hash as usize & 1);
        let template = |names: [Constant<'static>; 2], links: [i64; 2]| {
            let nodes = [Constant::Nil, names[0], Constant::Nil, names[1]];
            let [first, second] = links.map(Constant::Int);
            [nodes[0], nodes[1], nodes[2], nodes[3], first, second]
        };
        let found = |constants: &[Constant<'_>], code: u8, first: i32| {
            let record = Instruction::abcd(Op::NewRecord, 0, code, 0, first);
            let code = [record, RETURN];
            let sample = Sample {
                code: &code,
                constants,
                ..Sample::default()
            };
            verify(sample.build().main()).map_err(|error| error.what)
        };
        // One name where it is looked for first, with or without the other in its chain.
        let alone = match hash(b"x") {
            0 => [x, Constant::Nil],
            _ => [Constant::Nil, x],
        };
        assert_eq!(found(&template(alone, [0, 0]), 2, 0), Ok(()));
        let lost = Err("a template's name is not found");
        let [first, second] = alone;
        assert_eq!(found(&template([second, first], [0, 0]), 2, 0), lost);
        let ends = Err("a template's chain has no end");
        assert_eq!(found(&template(alone, [1, -1]), 2, 0), ends);
        let outside = Err("a template's link leads outside");
        assert_eq!(found(&template(alone, [0, 1]), 2, 0), outside);
        assert_eq!(found(&template(alone, [-1, 0]), 2, 0), outside);
        let both = template(if hash(b"x") == 0 { [x, y] } else { [y, x] }, [1, 0]);
        let is_chained = hash(b"y") == 0 || hash(b"x") != hash(b"y");
        assert_eq!(found(&both, 2, 0), if is_chained { Ok(()) } else { lost });
        assert_eq!(found(&both, 2, 1), Err("a constant is out of range"));
        for code in [0, 6, 255] {
            let range = Err("a template's size code is out of range");
            assert_eq!(found(&both, code, 0), range);
        }
    }

    #[test]
    fn keys_are_short_strings_with_their_hash() {
        let hash = field_key(b"print").map_or(0, |(_, hash)| hash as u16);
        check_one(Instruction::key(Op::GetGlobal, 0, 0, 0, hash), Ok(()));
        check_one(Instruction::key(Op::GetField, 0, 4, 0, hash), Ok(()));
        check_one(Instruction::key(Op::GetField, 0, 5, 0, hash), REGISTER);
        check_one(Instruction::key(Op::SelfField, 3, 0, 0, hash), Ok(()));
        check_one(Instruction::key(Op::SelfField, 4, 0, 0, hash), REGISTER);
        let other = Instruction::key(Op::GetField, 0, 0, 0, hash.wrapping_add(1));
        check_one(other, Err("a key has another hash"));
        let long = Instruction::key(Op::GetField, 0, 0, 1, hash);
        check_one(long, Err("a key is no short string"));
        let range = Instruction::key(Op::GetField, 0, 0, 3, hash);
        check_one(range, Err("a constant is out of range"));
        check_one(Instruction::abcd(Op::GetFieldLong, 0, 0, 0, 1), Ok(()));
        let number = Instruction::abcd(Op::GetFieldLong, 0, 0, 0, 2);
        check_one(number, Err("a field's name is no string"));
        check_one(Instruction::abcd(Op::AddConst, 0, 0, 0, 2), Ok(()));
        let text = Instruction::abcd(Op::AddConst, 0, 0, 0, 0);
        check_one(text, Err("a constant operand is no number"));
    }

    #[test]
    fn jumps_stay_inside_the_code() {
        let jump = |d| Instruction::ad(Op::Jump, 0, d);
        check_one(jump(0), Ok(()));
        check_one(jump(-1), Ok(()));
        check_one(jump(1), Err("a jump leaves the code"));
        check_one(jump(-2), Err("a jump leaves the code"));
        check_one(jump(i32::MIN), Err("a jump leaves the code"));
        let skip = Instruction::ad(Op::LoadFalseSkip, 0, 0);
        check_one(skip, Err("a jump leaves the code"));
        check(&[skip, Instruction::ad(Op::LoadTrue, 0, 0), RETURN], Ok(()));
        let last = abc(Op::Move, 0, 0, 0);
        check(&[last], Err((0, "control goes on behind the code")));
        check(&[], Err((0, "no code")));
    }

    #[test]
    fn open_results_are_taken_at_once() {
        let (open, take) = (abc(Op::Call, 1, 1, 0), abc(Op::Call, 0, 0, 1));
        check(&[open, take, RETURN], Ok(()));
        check(&[open, abc(Op::Return, 1, 0, 0)], Ok(()));
        check(&[open, abc(Op::TailCall, 0, 0, 0)], Ok(()));
        check(
            &[abc(Op::VarArg, 1, 0, 0), abc(Op::SetList, 0, 0, 0), RETURN],
            Ok(()),
        );
        check(&[open, RETURN], Err((0, "open results are not taken")));
        let above = abc(Op::Call, 1, 0, 1);
        check(
            &[open, above, RETURN],
            Err((0, "open results are not taken")),
        );
        check(
            &[take, RETURN],
            Err((0, "there are no open results to take")),
        );
        let around = Instruction::ad(Op::Jump, 0, 1);
        let what = "a jump leads to an instruction with open operands";
        check(&[around, open, take, RETURN], Err((0, what)));
    }

    #[test]
    fn one_result_goes_below_the_registers() {
        for op in [Op::Return1, Op::ReturnUpvalue] {
            let code = [abc(op, 0, 0, 0)];
            let what = "the result does not go below the registers";
            check(&code, Err((0, what)));
            let sample = Sample {
                code: &code,
                ..Sample::default()
            };
            assert!(verify(sample.build().main()).is_ok());
        }
        let beyond = [abc(Op::ReturnUpvalue, 0, 1, 0)];
        check(&beyond, Err((0, "an upvalue is out of range")));
    }

    #[test]
    fn calls_fetch_from_what_there_is() {
        let upvalue = |d| Instruction::abcd(Op::CallUpvalue, 2, 1, 1, d);
        check_one(upvalue(0), Ok(()));
        check_one(upvalue(1), Err("an upvalue is out of range"));
        check_one(upvalue(-1), Err("an upvalue is out of range"));
        let local = |d| Instruction::abcd(Op::CallLocal, 2, 1, 1, d);
        check_one(local(0), Ok(()));
        check_one(local(200), REGISTER);
        check_one(local(-1), REGISTER);
        check_one(Instruction::abcd(Op::CallLocal, 2, 4, 1, 0), REGISTER);
        let open = Instruction::abcd(Op::CallLocal, 1, 1, 0, 0);
        check(&[open, abc(Op::Call, 0, 0, 1), RETURN], Ok(()));
        check(&[open, RETURN], Err((0, "open results are not taken")));
    }

    #[test]
    fn loops_are_whole() {
        let prep = |d| Instruction::ad(Op::ForPrep, 1, d);
        let end = |d| Instruction::ad(Op::ForLoop, 1, d);
        check(&[prep(1), end(-1), RETURN], Ok(()));
        check(&[prep(0), end(-1), RETURN], Err((0, "a loop has no end")));
        check(&[RETURN, end(-2), RETURN], Err((1, "a loop has no start")));
        check_one(Instruction::ad(Op::ForPrep, 2, 0), REGISTER);
        let wide = abc(Op::GenericCall, 0, 0, 1);
        check_one(wide, REGISTER);
    }

    #[test]
    fn inner_functions_are_verified() {
        let bad = [abc(Op::Move, 0, 9, 0), RETURN];
        let good = [Instruction::ad(Op::Closure, 0, 0), RETURN];
        for (inner, expected) in [(&bad, REGISTER), (&good, Ok(()))] {
            let memory = ProgramMemory::new();
            let innermost = Sample {
                code: &[RETURN],
                ..Sample::default()
            };
            let innermost = innermost.build_in(&memory, &[]);
            let inner = Sample {
                code: inner,
                ..Sample::default()
            };
            let inner = inner.build_in(&memory, &[innermost]);
            let outer = Sample {
                code: &good,
                ..Sample::default()
            };
            let outer = outer.build_in(&memory, &[inner]);
            let found = verify(memory.finish(outer).main());
            assert_eq!(found.map_err(|error| error.what), expected);
        }
    }

    #[test]
    fn the_parts_of_a_function_fit() {
        let local = LocalPart {
            name: b"x",
            register: 5,
            start: 0,
            end: 1,
        };
        let sample = Sample {
            code: &[RETURN],
            locals: &[local],
            ..Sample::default()
        };
        let found = verify(sample.build().main()).map_err(|error| error.what);
        assert_eq!(found, Err("local variables are registers"));
        let sample = Sample {
            code: &[abc(Op::VarArg, 0, 0, 2), RETURN],
            ..Sample::default()
        };
        let found = verify(sample.build().main()).map_err(|error| error.what);
        assert_eq!(found, Err("the function takes no varargs"));
    }
}
