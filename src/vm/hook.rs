//! Hooks: functions that a script has called at calls, returns, lines and counts of instructions.
#![forbid(unsafe_code)]
//!
//! - **HK1** A thread's hook is kept in the registry; the loop has its settings at hand for the
//!   thread that ran last, told by its serial number because threads move.
//! - **HK2** While no thread has a hook, the loop that runs knows nothing of them: there are two,
//!   and which one runs is looked at whenever it is entered.
//! - **HK3** A hook runs on the Rust stack, with hooks off: it cannot yield.

use core::cell::Cell;

use super::call::{FrameKind, IS_HIDDEN, IS_HOOKED, IS_TAIL_CALL, OnReturn, PASSES_ERRORS, Ret};
use super::state::State;
use crate::bytecode::{Instruction, Op};
use crate::error::Error;
use crate::value::{Native, Proto, Str, Table, Thread, Value};

/// What calls a hook.
pub(crate) const CALL: u8 = 1;
pub(crate) const RETURN: u8 = 2;
pub(crate) const LINE: u8 = 4;
pub(crate) const COUNT: u8 = 8;

/// Where the registry keeps the hooks, by thread.
const HOOKS: &str = "_HOOKKEY";
/// A frame that was not looked at yet.
const NO_FRAME: u32 = u32::MAX;

/// The hook of one thread, and how far it is.
#[derive(Clone, Copy, Debug)]
struct Settings {
    /// Of the thread; no thread has 0.
    serial: u64,
    mask: u8,
    count: i64,
    left: i64,
    /// The frame and the instruction of the last step.
    frame: u32,
    pc: u32,
}

impl Settings {
    const NONE: Self = Self {
        serial: 0,
        mask: 0,
        count: 0,
        left: 0,
        frame: NO_FRAME,
        pc: 0,
    };
}

/// What an execution knows of hooks.
#[derive(Debug)]
pub(crate) struct Hooks {
    /// Some thread has a hook.
    pub(crate) is_on: Cell<bool>,
    /// A hook runs, or a finalizer, which hooks are not told of.
    pub(super) is_running: Cell<bool>,
    settings: Cell<Settings>,
    /// The first of the values that are passed or returned where the hook is called, and how many
    /// there are.
    pub(crate) transfer: Cell<(usize, usize)>,
}

impl Hooks {
    pub(crate) fn new() -> Self {
        Self {
            is_on: Cell::new(false),
            is_running: Cell::new(false),
            settings: Cell::new(Settings::NONE),
            transfer: Cell::new((0, 0)),
        }
    }
}

/// A hook as scripts set it.
#[derive(Clone, Copy)]
pub(crate) struct Hook<'r> {
    pub(crate) function: Value<'r>,
    pub(crate) mask: u8,
    pub(crate) count: i64,
}

impl<'r> State<'r> {
    fn hook_table(&self) -> Option<Table<'r>> {
        self.registry().raw_get_str(Str::literal(HOOKS)).as_table()
    }

    /// The hook of `thread`.
    pub(crate) fn hook_of(&self, thread: Thread<'r>) -> Option<Hook<'r>> {
        let entry = self.hook_table()?.raw_get(thread.to_value()).as_table()?;
        Some(Hook {
            function: entry.raw_get_int(1),
            mask: entry.raw_get_int(2).as_int()? as u8,
            count: entry.raw_get_int(3).as_int()?,
        })
    }

    /// Sets or removes the hook of `thread`. The loop is to be entered anew afterwards.
    ///
    /// # Errors
    /// There is no room to keep it.
    pub(crate) fn set_hook(
        &self,
        thread: Thread<'r>,
        hook: Option<Hook<'r>>,
    ) -> Result<(), Error<'r>> {
        let table = match self.hook_table() {
            Some(table) => table,
            None if hook.is_none() => return Ok(()),
            None => {
                let table = Table::empty(&self.store)?;
                // A hook does not keep its coroutine.
                let weak = Table::new(&self.store, 0, 1)?;
                let mode = Str::literal("k").to_value();
                weak.raw_set_str(&self.store, Str::literal("__mode"), mode)?;
                table.set_metatable(Some(weak));
                let key = Str::literal(HOOKS);
                self.registry()
                    .raw_set_str(&self.store, key, table.to_value())?;
                table
            }
        };
        let entry = match hook {
            None => Value::NIL,
            Some(hook) => {
                let entry = Table::new(&self.store, 3, 0)?;
                let fields = [
                    hook.function,
                    Value::int(hook.mask.into()),
                    Value::int(hook.count),
                ];
                for (index, field) in (1..).zip(fields) {
                    entry.raw_set_int(&self.store, index, field)?;
                }
                entry.to_value()
            }
        };
        self.raw_set(table, thread.to_value(), entry)?;
        let is_on = matches!(table.next(Value::NIL), Ok(Some(_)));
        self.hooks.is_on.set(is_on);
        self.hooks.settings.set(Settings::NONE);
        Ok(())
    }

    /// The settings of the running thread's hook.
    fn settings(&self) -> Settings {
        let serial = super::identity_of(self.thread().to_value()).unwrap_or(1);
        let known = self.hooks.settings.get();
        if known.serial == serial {
            return known;
        }
        let hook = self.hook_of(self.thread());
        let settings = Settings {
            serial,
            mask: hook.map_or(0, |hook| hook.mask),
            count: hook.map_or(0, |hook| hook.count),
            left: hook.map_or(0, |hook| hook.count),
            ..Settings::NONE
        };
        self.hooks.settings.set(settings);
        settings
    }

    /// Whether an event of the kinds in `mask` is to be told now.
    fn is_hooked(&self, mask: u8) -> bool {
        self.hooks.is_on.get() && !self.hooks.is_running.get() && self.settings().mask & mask != 0
    }

    /// Before an instruction of the newest frame, whose `pc` is behind it.
    ///
    /// # Errors
    /// What the hook raises.
    pub(super) fn hook_step(&self) -> Result<(), Error<'r>> {
        if self.runs_again() || self.hooks.is_running.get() {
            return Ok(());
        }
        let mut settings = self.settings();
        if settings.mask == 0 {
            return Ok(());
        }
        let thread = self.thread();
        let index = thread.frame_count() - 1;
        let (Some(mut frame), Some((_, proto))) = (thread.frame(index), self.newest_lua()) else {
            return Ok(());
        };
        let pc = frame.current_pc(proto);
        if is_part_of_before(
            proto,
            pc,
            settings.frame == index as u32,
            settings.pc as usize,
        ) {
            settings.pc = pc as u32;
            self.hooks.settings.set(settings);
            return Ok(());
        }
        let is_new = pc == 0 && frame.flags & IS_HOOKED == 0;
        if is_new {
            frame.flags |= IS_HOOKED;
            thread.set_frame(index, frame);
            if settings.mask & CALL != 0 {
                let is_tail_call = frame.flags & IS_TAIL_CALL != 0;
                let event = if is_tail_call { "tail call" } else { "call" };
                self.hooks.transfer.set((1, proto.param_count.into()));
                self.run_hook(event, None)?;
                settings = self.settings();
            }
        }
        let (last_frame, last_pc) = (settings.frame, settings.pc as usize);
        let line = proto.line_at(pc);
        let is_new_line = if is_new {
            true
        } else if last_frame == index as u32 {
            pc <= last_pc || proto.line_at(last_pc) != line
        } else {
            // Back from a call, or the hook is new: what was before is the instruction before.
            pc > 0 && proto.line_at(pc - 1) != line
        };
        settings.frame = index as u32;
        settings.pc = pc as u32;
        let is_count = settings.mask & COUNT != 0 && {
            settings.left -= 1;
            settings.left <= 0
        };
        if is_count {
            settings.left = settings.count;
        }
        self.hooks.settings.set(settings);
        if is_count {
            self.run_hook("count", None)?;
        }
        if is_new_line && settings.mask & LINE != 0 {
            let is_known = !proto.is_stripped();
            self.run_hook("line", is_known.then_some(line.into()))?;
        }
        Ok(())
    }

    /// Before the newest frame, a Lua function's, returns `count` values from stack index `from`.
    ///
    /// # Errors
    /// What the hook raises.
    pub(super) fn hook_return(&self, from: usize, count: usize) -> Result<(), Error<'r>> {
        if !self.is_hooked(RETURN) {
            return Ok(());
        }
        let thread = self.thread();
        let base = thread.frame(thread.frame_count() - 1);
        let base = base.map_or(0, |frame| frame.base as usize);
        self.hooks
            .transfer
            .set(((from + 1).saturating_sub(base), count));
        // What is returned up to the top must survive the hook.
        let top = thread.object().top.get();
        let needed = (from + count) as u32;
        thread.object().top.set(top.max(needed));
        let result = self.run_hook("return", None);
        self.thread().object().top.set(top);
        result
    }

    /// Around the call of a host function at stack index `func`: before it with its arguments,
    /// after it with its results.
    ///
    /// # Errors
    /// What the hook raises.
    pub(super) fn hook_native(
        &self,
        native: Native<'r>,
        func: usize,
        count: usize,
        is_return: bool,
    ) -> Result<(), Error<'r>> {
        if !self.is_hooked(if is_return { RETURN } else { CALL }) {
            return Ok(());
        }
        let thread = self.thread();
        let top = func + 1 + count;
        let mut results = crate::memory::Buffer::new_in(&self.brand().store.heap);
        if is_return {
            // Results begin in the function's own slot; a level shows the function there.
            for index in 0..count {
                results.push(thread.get(func + index))?;
            }
            thread.ensure(&self.store, top)?;
            for (index, value) in results.iter().enumerate() {
                thread.set(func + 1 + index, *value);
            }
            thread.set(func, native.to_value());
        }
        let ret = Ret::all(func, OnReturn::Discard);
        let frame = ret.frame(FrameKind::Native, native.as_ptr(), top);
        thread.push_frame(&self.store, frame)?;
        self.hooks.transfer.set((1, count));
        let result = self.run_hook(if is_return { "return" } else { "call" }, None);
        let thread = self.thread();
        if result.is_ok() {
            thread.pop_frame();
        }
        for (index, value) in results.iter().enumerate() {
            thread.set(func + index, *value);
        }
        result
    }

    /// Calls the running thread's hook.
    fn run_hook(&self, event: &'static str, line: Option<i64>) -> Result<(), Error<'r>> {
        let Some(hook) = self.hook_of(self.thread()) else {
            return Ok(());
        };
        let slot = self.free_slot();
        let thread = self.thread();
        thread
            .ensure(&self.store, slot + 4)
            .map_err(|error| self.stack_error(error))?;
        let line = line.map_or(Value::NIL, Value::int);
        let event = Str::literal(event).to_value();
        for (index, value) in [hook.function, event, line].into_iter().enumerate() {
            thread.set(slot + index, value);
        }
        self.hooks.is_running.set(true);
        let result = self.run_above(slot, 2, core::ptr::null_mut(), IS_HIDDEN | PASSES_ERRORS);
        self.hooks.is_running.set(false);
        result.map(drop)
    }
}

/// Whether the instruction at `pc` counts as a part of the one before, as in PUC Lua: the first
/// call of an iterator belongs to the preparation of the loop, and what goes round to the call.
fn is_part_of_before(proto: &Proto, pc: usize, is_same_frame: bool, last_pc: usize) -> bool {
    let code = Instruction::from_words(proto.code.as_slice());
    let op_at = |pc: usize| code.get(pc).map(|instruction| instruction.op());
    match op_at(pc) {
        Some(Op::GenericCall) => is_same_frame && op_at(last_pc) == Some(Op::GenericPrep),
        op => op == Some(Op::GenericLoop),
    }
}
