//! The opcode table: name, operands and meaning. Emitter, loop, verifier and listing read it.
//!
//! Notation: `R[x]` register, `K[x]` constant, `U[x]` upvalue, `P[x]` inner function; `key` is a
//! constant that is a short string, with its hash beside it in the instruction; `pc` already
//! points to the next instruction. A count operand is one more than the count, and 0 stands for
//! "up to the top" or "as many as there are". Jumps go to `pc + d`.

/// Declares [`Op`] and its operand layouts from one table.
macro_rules! ops {
    ($($(#[doc = $meaning:literal])+ $name:ident: $operands:ident,)*) => {
        /// What an instruction does.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[repr(u8)]
        pub(crate) enum Op { $($(#[doc = $meaning])+ $name,)* }

        impl Op {
            const TABLE: &[(&'static str, Operands)] =
                &[$((stringify!($name), Operands::$operands),)*];
            /// How many opcodes there are.
            pub(crate) const COUNT: u8 = Self::TABLE.len() as u8;

            /// The name in listings.
            pub(crate) const fn name(self) -> &'static str {
                Self::TABLE[self as usize].0
            }

            /// How the operands are to be read.
            pub(crate) const fn operands(self) -> Operands {
                Self::TABLE[self as usize].1
            }
        }
    };
}

/// The shape of an instruction's operands: what the verifier proves and the listing prints.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Operands {
    /// Registers a, b.
    RegReg,
    /// Registers a, b, c.
    RegRegReg,
    /// Register a.
    Reg,
    /// None.
    None,
    /// Register a, signed number d.
    RegInt,
    /// Register a, constant d.
    RegConst,
    /// Registers a to a + b.
    RegSpan,
    /// Register a, upvalue b.
    RegUpval,
    /// Register a, upvalue b, key d.
    RegUpvalKey,
    /// Registers a, b, key d.
    RegRegKey,
    /// Registers a, a + 1, b, key d.
    SelfKey,
    /// Registers a, b, constant d: a string longer than a key, or a number, which was the left
    /// operand if c is 1.
    RegRegConst,
    /// Registers a, a + 1, b, constant d (a string longer than a key).
    SelfConst,
    /// Registers a, b, small number c.
    RegRegSmall,
    /// Registers a, b, signed number d, which was the left operand if c is 1.
    RegRegInt,
    /// Register a, size code b, count d.
    NewTable,
    /// Register a, size code b, first constant d of a template.
    NewRecord,
    /// Registers a to a + b (count operand without offset: 0 is up to the top), first index d.
    SetList,
    /// Registers a to a + b - 1.
    ConcatSpan,
    /// Jump d.
    Jump,
    /// Register a, jump d.
    RegJump,
    /// Registers a, b, jump d.
    RegRegJump,
    /// Register a, constant bc, jump d.
    RegConstJump,
    /// Register a, signed number bc, jump d.
    RegSmallJump,
    /// Registers a to a + 3, jump d.
    ForJump,
    /// Registers a to a + 3 + c, result count c.
    GenericCall,
    /// Registers a to a + 4, jump d.
    GenericJump,
    /// Function in a, argument count operand b, result count operand c.
    Call,
    /// As `Call`, function in upvalue d.
    CallUpvalue,
    /// As `Call`, function in register d.
    CallLocal,
    /// Function in a, argument count operand b; c is 1 if something must be closed first.
    TailCall,
    /// First value in a, count operand b; c is 1 if something must be closed first.
    Return,
    /// Register a, result count operand c.
    VarArg,
    /// Register a, inner function d.
    Closure,
}

ops! {
    /// `R[a] = R[b]`
    Move: RegReg,
    /// `R[a] = d`, an integer
    LoadInt: RegInt,
    /// `R[a] = d`, as a float
    LoadFloat: RegInt,
    /// `R[a] = K[d]`
    LoadConst: RegConst,
    /// `R[a], ..., R[a + b] = nil`
    LoadNil: RegSpan,
    /// `R[a] = false`
    LoadFalse: Reg,
    /// `R[a] = false; pc += 1`
    LoadFalseSkip: Reg,
    /// `R[a] = true`
    LoadTrue: Reg,
    /// `R[a] = U[b]`
    GetUpvalue: RegUpval,
    /// `U[b] = R[a]`
    SetUpvalue: RegUpval,
    /// `R[a] = U[b][key]`
    GetGlobal: RegUpvalKey,
    /// `U[b][key] = R[a]`
    SetGlobal: RegUpvalKey,
    /// `R[a] = R[b][key]`
    GetField: RegRegKey,
    /// `R[a] = R[b][K[d]]`, a string too long for a key
    GetFieldLong: RegRegConst,
    /// `R[a] = R[b][R[c]]`
    GetIndex: RegRegReg,
    /// `R[a] = R[b][c]`, an integer from 0 to 255
    GetInt: RegRegSmall,
    /// `R[a][key] = R[b]`
    SetField: RegRegKey,
    /// `R[a][K[d]] = R[b]`, a string too long for a key
    SetFieldLong: RegRegConst,
    /// `R[a][R[b]] = R[c]`
    SetIndex: RegRegReg,
    /// `R[a][c] = R[b]`, an integer from 0 to 255
    SetInt: RegRegSmall,
    /// `R[a + 1] = R[b]; R[a] = R[b][key]`
    SelfField: SelfKey,
    /// `R[a + 1] = R[b]; R[a] = R[b][K[d]]`, a string too long for a key
    SelfLong: SelfConst,
    /// `R[a] = {}` with room for `d` array slots and, if `b > 0`, `2^(b - 1)` hash slots
    NewTable: NewTable,
    /// `R[a] = {}` whose hash part is a copy of the template of `2^(b - 1)` nodes at `K[d]`
    NewRecord: NewRecord,
    /// `R[a][d + i] = R[a + i]` for `1 <= i <= b`; `b = 0`: up to the top
    SetList: SetList,

    /// `R[a] = R[b] + R[c]`
    Add: RegRegReg,
    /// `R[a] = R[b] - R[c]`
    Sub: RegRegReg,
    /// `R[a] = R[b] * R[c]`
    Mul: RegRegReg,
    /// `R[a] = R[b] / R[c]`
    Div: RegRegReg,
    /// `R[a] = R[b] % R[c]`
    Mod: RegRegReg,
    /// `R[a] = R[b] // R[c]`
    IDiv: RegRegReg,
    /// `R[a] = R[b] ^ R[c]`
    Pow: RegRegReg,
    /// `R[a] = R[b] & R[c]`
    BAnd: RegRegReg,
    /// `R[a] = R[b] | R[c]`
    BOr: RegRegReg,
    /// `R[a] = R[b] ~ R[c]`
    BXor: RegRegReg,
    /// `R[a] = R[b] << R[c]`
    Shl: RegRegReg,
    /// `R[a] = R[b] >> R[c]`
    Shr: RegRegReg,
    /// `R[a] = R[b] + K[d]`, a number; likewise the next eleven
    AddConst: RegRegConst,
    /// `R[a] = R[b] - K[d]`
    SubConst: RegRegConst,
    /// `R[a] = R[b] * K[d]`
    MulConst: RegRegConst,
    /// `R[a] = R[b] / K[d]`
    DivConst: RegRegConst,
    /// `R[a] = R[b] % K[d]`
    ModConst: RegRegConst,
    /// `R[a] = R[b] // K[d]`
    IDivConst: RegRegConst,
    /// `R[a] = R[b] ^ K[d]`
    PowConst: RegRegConst,
    /// `R[a] = R[b] & K[d]`
    BAndConst: RegRegConst,
    /// `R[a] = R[b] | K[d]`
    BOrConst: RegRegConst,
    /// `R[a] = R[b] ~ K[d]`
    BXorConst: RegRegConst,
    /// `R[a] = R[b] << K[d]`
    ShlConst: RegRegConst,
    /// `R[a] = R[b] >> K[d]`
    ShrConst: RegRegConst,
    /// `R[a] = R[b] + d`, an integer
    AddInt: RegRegInt,
    /// `R[a] = R[b] - d`, an integer
    SubInt: RegRegInt,
    /// `R[a] = -R[b]`
    Unm: RegReg,
    /// `R[a] = ~R[b]`
    BNot: RegReg,
    /// `R[a] = not R[b]`
    Not: RegReg,
    /// `R[a] = #R[b]`
    Len: RegReg,
    /// `R[a] = R[a] .. ... .. R[a + b - 1]`
    Concat: ConcatSpan,

    /// jump
    Jump: Jump,
    /// jump if `R[a]` is true (neither false nor nil)
    JumpIf: RegJump,
    /// jump if `R[a]` is false or nil
    JumpIfNot: RegJump,
    /// if `R[b]` is true: `R[a] = R[b]`, jump
    JumpIfSet: RegRegJump,
    /// if `R[b]` is false or nil: `R[a] = R[b]`, jump
    JumpIfNotSet: RegRegJump,
    /// jump if `R[a] == R[b]`
    JumpEq: RegRegJump,
    /// jump if `R[a] ~= R[b]`
    JumpNe: RegRegJump,
    /// jump if `R[a] < R[b]`
    JumpLt: RegRegJump,
    /// jump if `not (R[a] < R[b])`
    JumpNotLt: RegRegJump,
    /// jump if `R[a] <= R[b]`
    JumpLe: RegRegJump,
    /// jump if `not (R[a] <= R[b])`
    JumpNotLe: RegRegJump,
    /// jump if `R[a] == K[bc]` (no metamethod: constants are no tables)
    JumpEqConst: RegConstJump,
    /// jump if `R[a] ~= K[bc]`
    JumpNeConst: RegConstJump,
    /// jump if `R[a] < bc`, a signed integer
    JumpLtI: RegSmallJump,
    /// jump if `not (R[a] < bc)`
    JumpNotLtI: RegSmallJump,
    /// jump if `R[a] <= bc`
    JumpLeI: RegSmallJump,
    /// jump if `not (R[a] <= bc)`
    JumpNotLeI: RegSmallJump,
    /// jump if `R[a] > bc`
    JumpGtI: RegSmallJump,
    /// jump if `not (R[a] > bc)`
    JumpNotGtI: RegSmallJump,
    /// jump if `R[a] >= bc`
    JumpGeI: RegSmallJump,
    /// jump if `not (R[a] >= bc)`
    JumpNotGeI: RegSmallJump,

    /// numeric loop: check and prepare start `R[a]`, limit `R[a + 1]`, step `R[a + 2]`;
    /// `R[a + 3]` is the script's variable; jump past the loop if it does not run
    ForPrep: ForJump,
    /// step the loop of `ForPrep`; jump back while it runs
    ForLoop: ForJump,
    /// generic loop: mark `R[a + 3]` as to be closed; jump to its `GenericCall`
    GenericPrep: GenericJump,
    /// `R[a + 4], ..., R[a + 3 + c] = R[a](R[a + 1], R[a + 2])`; a `GenericLoop` follows
    GenericCall: GenericCall,
    /// if `R[a + 4] ~= nil`: `R[a + 2] = R[a + 4]`, jump back
    GenericLoop: GenericJump,

    /// `R[a], ... = R[a](R[a + 1], ...)`: `b` counts arguments, `c` results (count operands)
    Call: Call,
    /// `R[a] = U[d]`, and then as `Call`
    CallUpvalue: CallUpvalue,
    /// `R[a] = R[d]`, and then as `Call`
    CallLocal: CallLocal,
    /// `return R[a](R[a + 1], ...)`
    TailCall: TailCall,
    /// `return R[a], ...`
    Return: Return,
    /// `return`, nothing to close
    Return0: None,
    /// `return R[a]`, nothing to close, in a function without varargs
    Return1: Reg,
    /// `R[a] = U[b]`, and then as `Return1`
    ReturnUpvalue: RegUpval,
    /// `R[a], ... = ...`
    VarArg: VarArg,
    /// `R[a] = closure(P[d])`
    Closure: Closure,
    /// close all variables at `R[a]` and above
    Close: Reg,
    /// mark `R[a]` as to be closed
    ToBeClosed: Reg,
    /// count a step: it stands where many instructions follow each other and none of them does
    Step: None,
}

impl Op {
    /// Whether it is a call whose results stay in registers.
    pub(crate) const fn is_call(self) -> bool {
        matches!(self, Self::Call | Self::CallUpvalue | Self::CallLocal)
    }

    /// Whether one result goes to below the registers, as it may in functions without varargs.
    pub(crate) const fn returns_near(self) -> bool {
        matches!(self, Self::Return1 | Self::ReturnUpvalue)
    }
}
