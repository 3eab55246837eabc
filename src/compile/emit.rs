//! Instructions, registers and jump lists of the function being compiled.

use super::CompileError;
use super::function::Builder;
use crate::bytecode::{Instruction, Op, Operands};

/// A register.
pub(super) type Reg = u8;

/// The most registers that a function can have.
const REGISTERS_MAX: usize = 250;
/// How many jumps a jump is led along, which may go round in a circle.
const THREADED_MAX: usize = 100;

/// How many instructions of a loop's body, or of what is in no loop, follow each other before a
/// `Step` stands between them.
const STRAIGHT_MAX: u32 = 256;
/// How many may be in front of a loop on the way into it since the last `Step`.
const BEFORE_MAX: u32 = 512;
/// Values that an instruction moves or clears in the time of another instruction.
const VALUES_PER_INSTRUCTION: usize = 8;

/// The longest way to here on which no instruction counts a step (W5).
#[derive(Clone, Copy, Default)]
pub(super) struct Straight {
    /// Instructions from here on are on that way: behind the last `Step` or the start of a loop.
    start: u32,
    /// How many instructions of it are before `start`, and what others cost beyond one.
    before: u32,
    /// Behind the last `Step`.
    steps_end: u32,
    /// A jump leads over a `Step` to the next instruction, which therefore is to be one.
    is_skipped: bool,
}

/// Jumps that wait for their target, newest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct JumpList(i32);

impl JumpList {
    pub(super) const EMPTY: Self = Self(-1);

    pub(super) fn is_empty(self) -> bool {
        self == Self::EMPTY
    }

    /// The list as a number above zero, to be kept in a tree's note.
    pub(super) fn to_note(self) -> u64 {
        (self.0 + 2) as u64
    }

    /// The list of a note; a note of zero is an empty list.
    pub(super) fn from_note(note: u64) -> Self {
        if note == 0 {
            Self::EMPTY
        } else {
            Self(note as i32 - 2)
        }
    }
}

impl<'a> Builder<'a> {
    /// Appends an instruction of the source line `line`; returns its index.
    pub(super) fn emit(
        &mut self,
        instruction: Instruction,
        line: u32,
    ) -> Result<u32, CompileError> {
        if self.is_step_due(instruction) {
            self.emit_step(line)?;
        }
        self.straight.before += extra_cost(instruction);
        self.append(instruction, line)
    }

    fn append(&mut self, instruction: Instruction, line: u32) -> Result<u32, CompileError> {
        let index = self.arrays.code.len();
        if index >= i32::MAX as usize / 2 {
            return Err(self.too_large("function too long", line));
        }
        self.arrays.code.push(instruction)?;
        self.arrays.lines.push(line)?;
        self.line = line;
        Ok(index as u32)
    }

    /// Whether a `Step` is to stand before `next`, and may: some instructions belong together.
    fn is_step_due(&self, next: Instruction) -> bool {
        let Straight { start, before, .. } = self.straight;
        let is_due =
            self.straight.is_skipped || self.here() - start >= STRAIGHT_MAX || before >= BEFORE_MAX;
        is_due && !is_part_of(self.arrays.code.as_slice().last().copied(), next)
    }

    fn emit_step(&mut self, line: u32) -> Result<(), CompileError> {
        let index = self.append(Instruction::ad(Op::Step, 0, 0), line)?;
        self.straight = Straight {
            start: index + 1,
            steps_end: index + 1,
            before: 0,
            is_skipped: false,
        };
        Ok(())
    }

    /// Before the first instruction of a loop, whose body begins to be counted anew: so a short
    /// loop has no `Step` inside, and the way into loops inside each other has some.
    pub(super) fn step_before_loop(&mut self) -> Result<(), CompileError> {
        self.straight.before += self.here() - self.straight.start;
        self.straight.start = self.here();
        if self.straight.before >= BEFORE_MAX {
            self.emit_step(self.line)?;
        }
        Ok(())
    }

    #[cold]
    pub(super) fn too_large(&self, what: &'static str, line: u32) -> CompileError {
        CompileError::TooLarge { what, line }
    }

    /// The index of the next instruction.
    pub(super) fn here(&self) -> u32 {
        self.arrays.code.len() as u32
    }

    /// Takes `count` registers off the free ones; returns the first.
    pub(super) fn take(&mut self, count: usize) -> Result<Reg, CompileError> {
        let first = self.free;
        let end = first as usize + count;
        if end > REGISTERS_MAX {
            let what = "function or expression needs too many registers";
            return Err(self.too_large(what, self.line));
        }
        self.free = end as u8;
        self.register_count = self.register_count.max(self.free);
        Ok(first)
    }

    /// Notes that registers up to `end` are used without being taken.
    pub(super) fn touch(&mut self, end: usize) -> Result<(), CompileError> {
        let free = self.free;
        self.take(end.saturating_sub(free as usize))?;
        self.free = free;
        Ok(())
    }

    /// Appends a jump that waits for its target to `list`.
    pub(super) fn jump(
        &mut self,
        list: &mut JumpList,
        instruction: Instruction,
        line: u32,
    ) -> Result<(), CompileError> {
        let index = self.emit(instruction.with_d(list.0), line)?;
        *list = JumpList(index as i32);
        Ok(())
    }

    /// Appends an unconditional jump that waits for its target to `list`.
    pub(super) fn jump_always(
        &mut self,
        list: &mut JumpList,
        line: u32,
    ) -> Result<(), CompileError> {
        self.jump(list, Instruction::ad(Op::Jump, 0, 0), line)
    }

    /// Appends a jump of `instruction` to the known index `target`.
    pub(super) fn jump_to(
        &mut self,
        target: u32,
        instruction: Instruction,
        line: u32,
    ) -> Result<(), CompileError> {
        let index = self.emit(instruction, line)?;
        if let Some(place) = self.arrays.code.get_mut(index as usize) {
            *place = instruction.with_d(target as i32 - (index as i32 + 1));
        }
        Ok(())
    }

    /// Points all jumps of `list` to the index `target`.
    pub(super) fn patch_to(&mut self, list: JumpList, target: u32) {
        let mut next = list.0;
        while let Some(instruction) = usize::try_from(next)
            .ok()
            .and_then(|i| self.arrays.code.get_mut(i))
        {
            let after = instruction.d();
            *instruction = instruction.with_d(target as i32 - (next + 1));
            let is_forward = target > next as u32;
            self.straight.is_skipped |= is_forward && (next as u32) < self.straight.steps_end;
            next = after;
        }
    }

    /// The index of the next instruction, to which jumps will lead.
    pub(super) fn jump_target(&mut self) -> u32 {
        self.barrier = self.here();
        self.barrier
    }

    /// `count` registers from `first` on become nil: by the instruction before, if it does the same
    /// for the registers just below and nothing jumps in between, as in PUC Lua.
    pub(super) fn load_nils(
        &mut self,
        first: Reg,
        count: usize,
        line: u32,
    ) -> Result<(), CompileError> {
        let here = self.here();
        if let Some(last) = self.arrays.code.as_mut_slice().last_mut()
            && here > self.barrier
            && last.op() == Op::LoadNil
            && last.a() + last.b() + 1 == usize::from(first)
        {
            *last = Instruction::abc(Op::LoadNil, last.a() as Reg, (last.b() + count) as u8, 0);
            return Ok(());
        }
        let nils = Instruction::abc(Op::LoadNil, first, (count - 1) as u8, 0);
        self.emit(nils, line).map(drop)
    }

    /// Has jumps that lead to unconditional jumps go where those go, as PUC Lua does.
    pub(super) fn thread_jumps(&mut self) {
        let code = self.arrays.code.as_mut_slice();
        for index in 0..code.len() {
            let Some(&instruction) = code.get(index).filter(|i| is_jump(i.op())) else {
                continue;
            };
            let mut target = (index + 1).wrapping_add_signed(instruction.d() as isize);
            for _ in 0..THREADED_MAX {
                match code.get(target) {
                    Some(next) if next.op() == Op::Jump => {
                        target = (target + 1).wrapping_add_signed(next.d() as isize);
                    }
                    _ => break,
                }
            }
            if let Some(place) = code.get_mut(index) {
                *place = instruction.with_d((target as i64 - index as i64 - 1) as i32);
            }
        }
    }

    /// Points all jumps of `list` to the next instruction.
    pub(super) fn patch_here(&mut self, list: JumpList) {
        if !list.is_empty() {
            self.barrier = self.here();
            self.patch_to(list, self.here());
        }
    }

    /// Points the jump at `index` to the next instruction.
    pub(super) fn patch_one(&mut self, index: u32) {
        let target = self.jump_target() as i32;
        if let Some(instruction) = self.arrays.code.get_mut(index as usize) {
            *instruction = instruction.with_d(target - (index as i32 + 1));
            self.straight.is_skipped |= index < self.straight.steps_end;
        }
    }

    /// Gives the instruction at `to` the line of the one at `from`, if there is one.
    pub(super) fn copy_line(&mut self, from: u32, to: u32) {
        let lines = self.arrays.lines.as_mut_slice();
        let line = lines.get(from as usize).copied();
        if let (Some(line), Some(place)) = (line, lines.get_mut(to as usize)) {
            *place = line;
        }
    }

    /// Adds the jumps of `other` to `list`.
    pub(super) fn merge(&mut self, list: &mut JumpList, other: JumpList) {
        if other.is_empty() {
            return;
        }
        let mut last = other.0;
        while let Some(instruction) = usize::try_from(last)
            .ok()
            .and_then(|i| self.arrays.code.get_mut(i))
        {
            if instruction.d() < 0 {
                *instruction = instruction.with_d(list.0);
                break;
            }
            last = instruction.d();
        }
        *list = other;
    }
}

/// What an instruction costs beyond any other, in instructions.
fn extra_cost(i: Instruction) -> u32 {
    let values = match i.op() {
        Op::LoadNil | Op::Concat | Op::SetList => i.b(),
        Op::VarArg => i.c(),
        op if op.is_call() => i.c(),
        _ => 0,
    };
    (values / VALUES_PER_INSTRUCTION) as u32
}

/// Whether nothing may stand between `last` and `next` (F4, F5): open results are taken at once,
/// and the call of a generic loop, or of what is skipped, is found by its place.
fn is_part_of(last: Option<Instruction>, next: Instruction) -> bool {
    let is_followed = last.is_some_and(|last| match last.op() {
        Op::VarArg => last.c() == 0,
        op if op.is_call() => last.c() == 0,
        op => matches!(op, Op::LoadFalseSkip | Op::GenericCall),
    });
    is_followed || next.op() == Op::GenericCall
}

/// Whether an instruction goes to another or on to the next, and does nothing else.
fn is_jump(op: Op) -> bool {
    use Operands::*;
    matches!(
        op.operands(),
        Jump | RegJump | RegRegJump | RegConstJump | RegSmallJump
    )
}
