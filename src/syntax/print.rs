//! A stable text of a tree, for tests and snapshots: one S-expression, lines as `@1`.
//!
//! A local variable is `name#id`, an upvalue `name^index`, a global `env.name`. Behind a declared
//! variable stand its properties: `!` captured, `=` assigned later, `<const>`, `<close>`, and the
//! value of a compile-time constant.
#![forbid(unsafe_code)]

use core::fmt::{self, Display, Formatter, Result};

use super::ast::{
    Attrib, BinaryOp, Block, Env, Expr, Field, Function, Global, LocalVar, Stat, UnaryOp,
    UpvalueSource,
};

/// Expressions nested deeper, which chains can be (SX2), are cut.
const DEPTH_MAX: u32 = 500;

impl Display for Function<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        write!(
            f,
            "(function {} @{}-{} (",
            self.id, self.line_defined, self.last_line
        )?;
        for (index, param) in self.params.iter().enumerate() {
            write!(f, "{}{}", if index > 0 { " " } else { "" }, Declared(param))?;
        }
        f.write_str(match (self.is_vararg, self.params.is_empty()) {
            (true, true) => "...",
            (true, false) => " ...",
            _ => "",
        })?;
        f.write_str(") [")?;
        for (index, upvalue) in self.upvalues.iter().enumerate() {
            f.write_str(if index > 0 { " " } else { "" })?;
            match upvalue.source {
                UpvalueSource::Local(local) => write!(f, "{local:?}")?,
                UpvalueSource::Upvalue(outer) => write!(f, "{:?}^{outer}", upvalue.local.name)?,
            }
        }
        f.write_str("]")?;
        write!(
            f,
            "{}{})",
            if self.needs_close { " closing" } else { "" },
            self.body
        )
    }
}

struct Declared<'a>(&'a LocalVar<'a>);

impl Display for Declared<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        let local = self.0;
        write!(f, "{local:?}")?;
        f.write_str(if local.captured.get() { "!" } else { "" })?;
        f.write_str(if local.assigned.get() { "=" } else { "" })?;
        f.write_str(match local.attrib {
            Attrib::Regular => "",
            Attrib::Const => "<const>",
            Attrib::Close => "<close>",
        })?;
        match local.constant.get() {
            Some(value) => write!(f, "{value}"),
            None => Ok(()),
        }
    }
}

struct DeclaredList<'a>(&'a [&'a LocalVar<'a>]);

impl Display for DeclaredList<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        f.write_str("(")?;
        for (index, local) in self.0.iter().enumerate() {
            write!(f, "{}{}", if index > 0 { " " } else { "" }, Declared(local))?;
        }
        f.write_str(")")
    }
}

impl Display for Block<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        f.write_str(" {")?;
        for (index, stat) in self.stats.iter().enumerate() {
            write!(f, "{}{stat}", if index > 0 { " " } else { "" })?;
        }
        f.write_str("}")?;
        f.write_str(if self.has_captured { "!" } else { "" })?;
        f.write_str(if self.has_close { "<close>" } else { "" })
    }
}

/// Expressions, each after a space.
fn list(f: &mut Formatter<'_>, exprs: &[Expr<'_>], depth: u32) -> Result {
    for expr in exprs {
        f.write_str(" ")?;
        print(f, expr, depth)?;
    }
    Ok(())
}

impl Display for Stat<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match self {
            Self::Call(call) => write!(f, "{call}"),
            Self::Local(stat) => {
                write!(f, "(local@{} {}", stat.line, DeclaredList(stat.locals))?;
                list(f, stat.values, 0)?;
                f.write_str(")")
            }
            Self::LocalFunction(local, function) => {
                write!(f, "(local-function {} {function})", Declared(local))
            }
            Self::Assign(stat) => {
                write!(f, "(assign@{} (", stat.line)?;
                list(f, stat.targets, 0)?;
                f.write_str(" )")?;
                list(f, stat.values, 0)?;
                f.write_str(")")
            }
            Self::Function(stat) => {
                write!(
                    f,
                    "(set-function@{} {} {})",
                    stat.line, stat.target, stat.function
                )
            }
            Self::Do(block) => write!(f, "(do{block})"),
            Self::While(stat) => {
                write!(f, "(while@{} {}{})", stat.line, stat.condition, stat.body)
            }
            Self::Repeat(stat) => {
                write!(f, "(repeat@{}{} {})", stat.line, stat.body, stat.condition)
            }
            Self::If(stat) => {
                f.write_str("(if")?;
                for arm in stat.arms {
                    write!(f, " ({}{})@{}", arm.condition, arm.body, arm.line)?;
                }
                match &stat.otherwise {
                    Some(block) => write!(f, " else{block})"),
                    None => f.write_str(")"),
                }
            }
            Self::NumericFor(stat) => {
                write!(
                    f,
                    "(for@{}-{} {}",
                    stat.line,
                    stat.do_line,
                    Declared(stat.local)
                )?;
                write!(f, " {} {}", stat.start, stat.limit)?;
                if let Some(step) = stat.step {
                    write!(f, " {step}")?;
                }
                write!(f, "{})", stat.body)
            }
            Self::GenericFor(stat) => {
                let locals = DeclaredList(stat.locals);
                write!(f, "(for-in@{}-{} {locals} (", stat.call_line, stat.do_line)?;
                list(f, stat.values, 0)?;
                write!(f, " ){})", stat.body)
            }
            Self::Return(stat) => {
                let tail = if stat.is_tail_call { "-tail" } else { "" };
                write!(f, "(return{tail}@{}", stat.line)?;
                list(f, stat.values, 0)?;
                f.write_str(")")
            }
            Self::Break(line) => write!(f, "(break@{line})"),
            Self::Goto(goto) => {
                let label = goto.label().map_or(0, |label| label.line);
                write!(f, "(goto@{}-{label} {:?})", goto.line, goto.name)
            }
            Self::Label(label) => {
                write!(
                    f,
                    "(label@{} {:?} {})",
                    label.line, label.name, label.local_count
                )
            }
        }
    }
}

impl Display for Expr<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        print(f, self, 0)
    }
}

fn print(f: &mut Formatter<'_>, expr: &Expr<'_>, depth: u32) -> Result {
    if depth > DEPTH_MAX {
        return f.write_str("(cut)");
    }
    let depth = depth + 1;
    match expr {
        Expr::Nil(_) => f.write_str("nil"),
        Expr::False(_) => f.write_str("false"),
        Expr::True(_) => f.write_str("true"),
        Expr::Int(_, int) => write!(f, "{int}"),
        Expr::Float(_, float) => write!(f, "{float:?}"),
        Expr::Str(_, text) => write!(f, "{:?}", TextOf(text.text)),
        Expr::Vararg(line) => write!(f, "...@{line}"),
        Expr::Function(function) => write!(f, "{function}"),
        Expr::Table(table) => {
            write!(f, "(table@{}-{}", table.line, table.end_line)?;
            for field in table.fields {
                f.write_str(" ")?;
                match field {
                    Field::Positional(value) => print(f, value, depth)?,
                    Field::Keyed(line, key, value) => {
                        f.write_str("[")?;
                        print(f, key, depth)?;
                        write!(f, "]@{line}=")?;
                        print(f, value, depth)?;
                    }
                }
            }
            f.write_str(if table.is_open { " *)" } else { ")" })
        }
        Expr::Local(_, local) => write!(f, "{local:?}"),
        Expr::Upvalue(_, index, local) => write!(f, "{:?}^{index}", local.name),
        Expr::Global(line, global) => write!(f, "{global}@{line}"),
        Expr::Index(line, index) => nested(f, "index", *line, &[index.object, index.key], depth),
        Expr::Call(line, call) => {
            write!(f, "(call@{line} ")?;
            print(f, &call.callee, depth)?;
            list(f, call.args, depth)?;
            f.write_str(")")
        }
        Expr::MethodCall(line, call) => {
            write!(f, "(method@{line} ")?;
            print(f, &call.object, depth)?;
            write!(f, " {:?}@{}", call.name, call.name_line)?;
            list(f, call.args, depth)?;
            f.write_str(")")
        }
        Expr::Unary(op, line, operand) => nested(f, op.text(), *line, &[**operand], depth),
        Expr::Binary(op, line, operands) => nested(f, op.text(), *line, *operands, depth),
        Expr::And(_, operands) => nested(f, "and", 0, *operands, depth),
        Expr::Or(_, operands) => nested(f, "or", 0, *operands, depth),
        Expr::Paren(inner) => nested(f, "one", 0, &[**inner], depth),
    }
}

fn nested(f: &mut Formatter<'_>, name: &str, line: u32, of: &[Expr<'_>], depth: u32) -> Result {
    write!(f, "({name}")?;
    if line > 0 {
        write!(f, "@{line}")?;
    }
    list(f, of, depth)?;
    f.write_str(")")
}

struct TextOf<'a>(&'a [u8]);

impl fmt::Debug for TextOf<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        write!(f, "\"{}\"", self.0.escape_ascii())
    }
}

impl Display for Global<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match self.env {
            Env::Local(local) => write!(f, "{local:?}")?,
            Env::Upvalue(index, _) => write!(f, "^{index}")?,
            Env::Constant(value) => write!(f, "{value}")?,
        }
        write!(f, ".{:?}", self.name)
    }
}

impl UnaryOp {
    /// How the operator is written.
    pub const fn text(self) -> &'static str {
        match self {
            Self::Negate => "-",
            Self::Not => "not",
            Self::Length => "#",
            Self::BitNot => "~",
        }
    }
}

impl BinaryOp {
    /// How the operator is written.
    pub const fn text(self) -> &'static str {
        match self {
            Self::Add => "+",
            Self::Sub => "-",
            Self::Mul => "*",
            Self::Mod => "%",
            Self::Pow => "^",
            Self::Div => "/",
            Self::IntDiv => "//",
            Self::BitAnd => "&",
            Self::BitOr => "|",
            Self::BitXor => "~",
            Self::ShiftLeft => "<<",
            Self::ShiftRight => ">>",
            Self::Concat => "..",
            Self::Equal => "==",
            Self::NotEqual => "~=",
            Self::Less => "<",
            Self::LessEqual => "<=",
            Self::Greater => ">",
            Self::GreaterEqual => ">=",
        }
    }
}
