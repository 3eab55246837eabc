//! The tree: a Lua function with every name resolved.
//!
//! - **SN1** A node is `Copy` and holds references into one scratch; nothing in it is dropped.
//! - **SN2** `Cell`s named `note` are zero when the parse ends and belong to whoever walks the
//!   tree; the others are settled.
//! - **SN3** Parentheses leave no trace but [`Expr::Paren`], which cuts several values to one.
#![forbid(unsafe_code)]

use core::cell::Cell;
use core::fmt;

use super::Line;
use super::token::TokenKind;

/// A text that occurs in the source, as a name or as a string; equal texts are one object.
pub struct Symbol<'a> {
    /// The bytes.
    pub text: &'a [u8],
    /// Counts symbols from zero, reserved words first.
    pub id: u32,
    /// For whoever walks the tree (SN2).
    pub note: Cell<u64>,
    pub(super) hash: u32,
    /// A reserved word's own kind, or `Name`.
    pub(super) kind: TokenKind,
    /// The innermost local variable of this name in scope, while parsing.
    pub(super) binding: Cell<Option<&'a LocalVar<'a>>>,
    /// The last node for the global variable of this name, which is used again where it fits.
    pub(super) last_global: Cell<Option<&'a Global<'a>>>,
}

impl fmt::Debug for Symbol<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.text.escape_ascii())
    }
}

/// What a declaration says about its variable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Attrib {
    /// An ordinary variable.
    Regular,
    /// `<const>`
    Const,
    /// `<close>`
    Close,
}

/// A local variable or parameter.
pub struct LocalVar<'a> {
    /// The name.
    pub name: &'a Symbol<'a>,
    /// The attribute.
    pub attrib: Attrib,
    /// Index in [`Function::locals`].
    pub id: u32,
    /// [`Function::id`] of the owner.
    pub function_id: u32,
    /// The line of the declaration.
    pub line: Line,
    /// Some inner function uses it as an upvalue.
    pub captured: Cell<bool>,
    /// Something is assigned to it after its declaration.
    pub assigned: Cell<bool>,
    /// A compile-time constant: a literal, put in place of every use, so that the variable needs
    /// neither register nor upvalue.
    pub constant: Cell<Option<Expr<'a>>>,
    /// For whoever walks the tree (SN2).
    pub note: Cell<u32>,
    /// How many functions enclose the declaration.
    pub(super) depth: u32,
    /// What the name meant before.
    pub(super) shadowed: Cell<Option<&'a LocalVar<'a>>>,
    /// The function that last used it as an upvalue, and the upvalue's index there.
    pub(super) last_use: Cell<(u32, u8)>,
}

impl fmt::Debug for LocalVar<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}#{}", self.name, self.id)
    }
}

/// Where a closure finds an upvalue when it is made.
#[derive(Clone, Copy, Debug)]
pub enum UpvalueSource<'a> {
    /// A local variable of the enclosing function. For a main function: its environment.
    Local(&'a LocalVar<'a>),
    /// The upvalue of this index of the enclosing function.
    Upvalue(u8),
}

/// One upvalue of a function.
#[derive(Clone, Copy, Debug)]
pub struct Upvalue<'a> {
    /// The variable itself, wherever it is declared; name and attribute are there.
    pub local: &'a LocalVar<'a>,
    /// Where it comes from.
    pub source: UpvalueSource<'a>,
}

/// A function body.
#[derive(Clone, Copy, Debug)]
pub struct Function<'a> {
    /// Counts the functions of a source in the order in which they start; the main one is 0.
    pub id: u32,
    /// The line of `function`; 0 for a main function.
    pub line_defined: Line,
    /// The line of `end`; 0 for a main function. The implicit return is on `body.end_line` of a
    /// main function and on this line of any other.
    pub last_line: Line,
    /// The parameters, `self` included.
    pub params: &'a [&'a LocalVar<'a>],
    /// The parameters end in `...`; true for a main function.
    pub is_vararg: bool,
    /// Some of its variables is captured or to be closed, so returning has to close.
    /// The hidden fourth variable of a generic `for` does not count; see [`Return::is_in_close`].
    pub needs_close: bool,
    /// Functions written directly inside, each occurring once in the tree.
    pub function_count: u32,
    /// All its local variables, parameters and constants included, in order of declaration.
    pub locals: &'a [&'a LocalVar<'a>],
    /// Its upvalues, in order of first use. A main function has one, `_ENV`.
    pub upvalues: &'a [Upvalue<'a>],
    /// The statements; `locals` of the block start with the parameters.
    pub body: Block<'a>,
}

/// Statements with a scope of their own.
#[derive(Clone, Copy, Debug)]
pub struct Block<'a> {
    /// The statements.
    pub stats: &'a [Stat<'a>],
    /// The line of each statement's first token.
    pub lines: &'a [Line],
    /// The variables declared directly in it, in order.
    pub locals: &'a [&'a LocalVar<'a>],
    /// Some of `locals` is captured.
    pub has_captured: bool,
    /// Some of `locals` is to be closed.
    pub has_close: bool,
    /// The line of the block's last token, where its variables are closed.
    pub end_line: Line,
}

impl Block<'_> {
    /// Leaving the block has to close variables.
    pub fn needs_close(&self) -> bool {
        self.has_captured || self.has_close
    }
}

/// A statement. Empty statements are dropped.
#[derive(Clone, Copy, Debug)]
pub enum Stat<'a> {
    /// A call, [`Expr::Call`] or [`Expr::MethodCall`], for its effects.
    Call(Expr<'a>),
    /// `local a <const>, b = 1, 2`
    Local(&'a LocalStat<'a>),
    /// `local function f() end`: the variable is in scope in the body.
    LocalFunction(&'a LocalVar<'a>, &'a Function<'a>),
    /// `a, b.c = 1, 2`
    Assign(&'a Assign<'a>),
    /// `function a.b:c() end`
    Function(&'a FunctionStat<'a>),
    /// `do end`
    Do(&'a Block<'a>),
    /// `while c do end`
    While(&'a While<'a>),
    /// `repeat until c`
    Repeat(&'a Repeat<'a>),
    /// `if c then elseif d then else end`
    If(&'a If<'a>),
    /// `for i = 1, 2 do end`
    NumericFor(&'a NumericFor<'a>),
    /// `for k, v in f do end`
    GenericFor(&'a GenericFor<'a>),
    /// `return a, b`
    Return(&'a Return<'a>),
    /// `break`: out of the innermost loop of the function, which exists.
    Break(Line),
    /// `goto l`
    Goto(&'a Goto<'a>),
    /// `::l::`
    Label(&'a Label<'a>),
}

/// `local a <const>, b = 1, 2`
#[derive(Clone, Copy, Debug)]
pub struct LocalStat<'a> {
    /// The variables; the last may be a compile-time constant, and then needs no code.
    pub locals: &'a [&'a LocalVar<'a>],
    /// The values; only the last may give several.
    pub values: &'a [Expr<'a>],
    /// Which of the variables is to be closed.
    pub close_index: Option<u8>,
    /// The line of the last token.
    pub line: Line,
}

/// `a, b.c = 1, 2`
#[derive(Clone, Copy, Debug)]
pub struct Assign<'a> {
    /// `Local`, `Upvalue`, `Global` or `Index`, none constant; at least one.
    pub targets: &'a [Expr<'a>],
    /// The values; at least one, and only the last may give several.
    pub values: &'a [Expr<'a>],
    /// The line of the last token, where the stores are.
    pub line: Line,
}

/// `function a.b:c() end`
#[derive(Clone, Copy, Debug)]
pub struct FunctionStat<'a> {
    /// Where the function is stored, as in [`Assign`].
    pub target: Expr<'a>,
    /// The function; a method has `self` as its first parameter.
    pub function: &'a Function<'a>,
    /// The line of `function`, where the store is.
    pub line: Line,
}

/// `while c do end`
#[derive(Clone, Copy, Debug)]
pub struct While<'a> {
    /// The condition.
    pub condition: Expr<'a>,
    /// The body.
    pub body: Block<'a>,
    /// The line of the condition's last token.
    pub line: Line,
}

/// `repeat until c`
#[derive(Clone, Copy, Debug)]
pub struct Repeat<'a> {
    /// The body, whose scope extends over the condition.
    pub body: Block<'a>,
    /// The condition that ends the loop.
    pub condition: Expr<'a>,
    /// The line of `repeat`.
    pub line: Line,
}

/// `if c then elseif d then else end`
#[derive(Clone, Copy, Debug)]
pub struct If<'a> {
    /// `if` and every `elseif`.
    pub arms: &'a [IfArm<'a>],
    /// `else`
    pub otherwise: Option<Block<'a>>,
}

/// A condition and what to do if it holds.
#[derive(Clone, Copy, Debug)]
pub struct IfArm<'a> {
    /// The condition.
    pub condition: Expr<'a>,
    /// The block.
    pub body: Block<'a>,
    /// The line of `then`.
    pub line: Line,
}

/// `for i = 1, 2 do end`
#[derive(Clone, Copy, Debug)]
pub struct NumericFor<'a> {
    /// The variable, fresh in each round; its scope is around that of the body.
    pub local: &'a LocalVar<'a>,
    /// The first value.
    pub start: Expr<'a>,
    /// The last value.
    pub limit: Expr<'a>,
    /// The step, if it is written.
    pub step: Option<Expr<'a>>,
    /// The body.
    pub body: Block<'a>,
    /// The line of `for`, where the loop goes round.
    pub line: Line,
    /// The line of the limit's last token, where the step is 1 if none is written.
    pub limit_line: Line,
    /// The line of `do`, where the loop is prepared.
    pub do_line: Line,
}

/// `for k, v in f do end`
#[derive(Clone, Copy, Debug)]
pub struct GenericFor<'a> {
    /// The variables, fresh in each round; their scope is around that of the body.
    pub locals: &'a [&'a LocalVar<'a>],
    /// Iterator, state, first control value and closing value; to be adjusted to four.
    pub values: &'a [Expr<'a>],
    /// The body.
    pub body: Block<'a>,
    /// Some of `locals` is captured.
    pub has_captured: bool,
    /// The line of `for`, where the loop goes round.
    pub line: Line,
    /// The line of the first token after `in`, where the iterator is called.
    pub call_line: Line,
    /// The line of the last token before `do`.
    pub values_line: Line,
    /// The line of `do`, where the loop is prepared.
    pub do_line: Line,
    /// The line of `end`, where the fourth value is closed.
    pub end_line: Line,
}

/// `return a, b`
#[derive(Clone, Copy, Debug)]
pub struct Return<'a> {
    /// The values; only the last may give several.
    pub values: &'a [Expr<'a>],
    /// It stands in the scope of a variable that is to be closed, or in a generic `for`.
    pub is_in_close: bool,
    /// The only value is a call, and it is not `is_in_close`.
    pub is_tail_call: bool,
    /// The line of the last token.
    pub line: Line,
}

/// `goto l`
pub struct Goto<'a> {
    /// The label's name.
    pub name: &'a Symbol<'a>,
    /// The line of the name.
    pub line: Line,
    /// How many local variables of the function are in scope, constants included.
    pub local_count: u32,
    pub(super) target: Cell<Option<&'a Label<'a>>>,
}

impl<'a> Goto<'a> {
    /// The label, which every tree that was returned has (SX3).
    pub fn label(&self) -> Option<&'a Label<'a>> {
        self.target.get()
    }
}

impl fmt::Debug for Goto<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "goto {:?}", self.name)
    }
}

/// `::l::`
pub struct Label<'a> {
    /// The name.
    pub name: &'a Symbol<'a>,
    /// Its line.
    pub line: Line,
    /// How many local variables of the function, constants included, stay in scope for a jump
    /// here: `goto` closes those beyond. At a block's end these are the ones around the block.
    pub local_count: u32,
    /// Some `goto` leads here.
    pub used: Cell<bool>,
    /// Some `goto` behind the label leads here: a loop.
    pub used_backwards: Cell<bool>,
    /// For whoever walks the tree (SN2).
    pub note: Cell<u64>,
}

impl fmt::Debug for Label<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "::{:?}::", self.name)
    }
}

/// An expression, 16 bytes. The line of a plain value is that of [`Expr::line`].
#[derive(Clone, Copy, Debug)]
pub enum Expr<'a> {
    /// `nil`
    Nil(Line),
    /// `false`
    False(Line),
    /// `true`
    True(Line),
    /// An integer.
    Int(Line, i64),
    /// A float.
    Float(Line, f64),
    /// A string.
    Str(Line, &'a Symbol<'a>),
    /// `...`
    Vararg(Line),
    /// `function() end`
    Function(&'a Function<'a>),
    /// A table constructor.
    Table(&'a Table<'a>),
    /// A local variable of this function, no compile-time constant.
    Local(Line, &'a LocalVar<'a>),
    /// The upvalue of this index, and the variable it is.
    Upvalue(Line, u8, &'a LocalVar<'a>),
    /// A global variable.
    Global(Line, &'a Global<'a>),
    /// `a.b` and `a[b]`
    Index(Line, &'a Index<'a>),
    /// `f(a)`
    Call(Line, &'a Call<'a>),
    /// `a:f(b)`
    MethodCall(Line, &'a MethodCall<'a>),
    /// `-a`
    Unary(UnaryOp, Line, &'a Expr<'a>),
    /// `a + b`
    Binary(BinaryOp, Line, &'a [Expr<'a>; 2]),
    /// `a and b`, with the line of the operator.
    And(Line, &'a [Expr<'a>; 2]),
    /// `a or b`, with the line of the operator.
    Or(Line, &'a [Expr<'a>; 2]),
    /// `(...)` or `(f())`: one value of several.
    Paren(&'a Expr<'a>),
}

impl Expr<'_> {
    /// It may give any number of values where the last of a list stands.
    pub fn is_multi(&self) -> bool {
        matches!(
            self,
            Self::Vararg(_) | Self::Call(..) | Self::MethodCall(..)
        )
    }

    /// It is a plain constant.
    pub fn is_literal(&self) -> bool {
        use Expr::*;
        matches!(
            self,
            Nil(_) | False(_) | True(_) | Int(..) | Float(..) | Str(..)
        )
    }

    /// The line on which the value goes to its register, if it is a plain one: that of its last
    /// token, or of the token behind it that says what becomes of the value, as in PUC Lua.
    pub fn line(&self) -> Option<Line> {
        let mut expr = self;
        loop {
            expr = match expr {
                Self::Nil(line) | Self::False(line) | Self::True(line) => return Some(*line),
                Self::Int(line, _) | Self::Float(line, _) | Self::Str(line, _) => {
                    return Some(*line);
                }
                Self::Local(line, _) | Self::Upvalue(line, ..) => return Some(*line),
                Self::Global(line, _) | Self::Index(line, _) => return Some(*line),
                Self::Unary(_, _, operand) | Self::Paren(operand) => operand,
                Self::Binary(_, _, [_, right]) => right,
                Self::And(_, [_, right]) | Self::Or(_, [_, right]) => right,
                _ => return None,
            };
        }
    }
}

/// Where a global variable is a field of.
#[derive(Clone, Copy, Debug)]
pub enum Env<'a> {
    /// A local variable `_ENV` of this function.
    Local(&'a LocalVar<'a>),
    /// The upvalue of this index.
    Upvalue(u8, &'a LocalVar<'a>),
    /// `_ENV` is a compile-time constant, so that every access is an error at run time.
    Constant(Expr<'a>),
}

/// A global variable. Several uses in one function may share a node.
#[derive(Clone, Copy, Debug)]
pub struct Global<'a> {
    /// What it is a field of.
    pub env: Env<'a>,
    /// The name.
    pub name: &'a Symbol<'a>,
    /// The function it is used in.
    pub(super) function_id: u32,
}

/// `a.b` and `a[b]`
#[derive(Clone, Copy, Debug)]
pub struct Index<'a> {
    /// The indexed value.
    pub object: Expr<'a>,
    /// The key; for `a.b` a string.
    pub key: Expr<'a>,
}

/// `f(a)`
#[derive(Clone, Copy, Debug)]
pub struct Call<'a> {
    /// The called value.
    pub callee: Expr<'a>,
    /// The arguments; only the last may give several values.
    pub args: &'a [Expr<'a>],
}

/// `a:f(b)`
#[derive(Clone, Copy, Debug)]
pub struct MethodCall<'a> {
    /// The object.
    pub object: Expr<'a>,
    /// The method's name.
    pub name: &'a Symbol<'a>,
    /// The arguments after the object; only the last may give several values.
    pub args: &'a [Expr<'a>],
    /// The line of the name, where the method is looked up.
    pub name_line: Line,
}

/// A table constructor.
#[derive(Clone, Copy, Debug)]
pub struct Table<'a> {
    /// The fields, in the order of evaluation.
    pub fields: &'a [Field<'a>],
    /// How many fields are positional, the last included even if it gives several values.
    pub positional_count: u32,
    /// How many fields have a key.
    pub keyed_count: u32,
    /// The last field is positional and may give any number of values.
    pub is_open: bool,
    /// The line of the token before `{`.
    pub line: Line,
    /// The line of `}`, where the last positional values are stored.
    pub end_line: Line,
}

/// A field of a table constructor.
#[derive(Clone, Copy, Debug)]
pub enum Field<'a> {
    /// `{a}`
    Positional(Expr<'a>),
    /// `{b = a}` and `{[b] = a}`, stored on this line.
    Keyed(Line, Expr<'a>, Expr<'a>),
}

/// An operator with one operand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnaryOp {
    /// `-`
    Negate,
    /// `not`
    Not,
    /// `#`
    Length,
    /// `~`
    BitNot,
}

/// An operator with two operands that evaluates both.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BinaryOp {
    /// `+`
    Add,
    /// `-`
    Sub,
    /// `*`
    Mul,
    /// `%`
    Mod,
    /// `^`
    Pow,
    /// `/`
    Div,
    /// `//`
    IntDiv,
    /// `&`
    BitAnd,
    /// `|`
    BitOr,
    /// `~`
    BitXor,
    /// `<<`
    ShiftLeft,
    /// `>>`
    ShiftRight,
    /// `..`
    Concat,
    /// `==`
    Equal,
    /// `~=`
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    LessEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterEqual,
}

const _: () = assert!(size_of::<Expr<'_>>() == 16);
