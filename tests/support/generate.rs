//! Generated Lua: expressions and programs that end soon and print what they computed.
//!
//! What is generated depends on the bytes given alone. When they run out, the first choice is
//! taken everywhere, which is always the one that ends.

use std::fmt::Write;

use arbtest::arbitrary::{Result, Unstructured};

/// What every generated script begins with: `check` calls a function and prints how it ended.
pub const PRELUDE: &str = r##"
local function show(value)
  if value ~= value then return "nan" end
  if math.type(value) == "float" then return string.format("%.17g", value) .. "f" end
  if type(value) == "string" then
    return (string.format("%q", value):gsub(": 0x%x+", ": address"))
  end
  if type(value) == "number" or type(value) == "boolean" then return tostring(value) end
  return type(value)
end
local function shown(...)
  local list = table.pack(...)
  for i = 1, list.n do list[i] = show(list[i]) end
  return table.concat(list, " ")
end
local function check(number, f, ...) print(number, shown(pcall(f, ...))) end
local function meta(name)
  local function event(kind)
    return function(a, b)
      return kind .. "(" .. (rawequal(a, b) and "same" or type(a) .. "," .. type(b)) .. ")"
    end
  end
  return setmetatable({ name = name }, {
    __add = event "add", __sub = event "sub", __mul = event "mul", __div = event "div",
    __mod = event "mod", __pow = event "pow", __idiv = event "idiv", __unm = event "unm",
    __band = event "band", __bor = event "bor", __bxor = event "bxor", __shl = event "shl",
    __shr = event "shr", __bnot = event "bnot", __concat = event "concat", __len = event "len",
    __eq = function() return true end, __lt = function() return true end,
    __le = function() return false end, __index = function(_, key) return key end,
    __call = function(_, ...) return select("#", ...), ... end,
  })
end
local object = meta "object"
-- Identities differ from machine to machine.
local function tostring(value)
  local text = _ENV.tostring(value)
  return (text:gsub(": 0x%x+", ": address"))
end
"##;

/// Values that operators meet.
const VALUES: &[&str] = &[
    "1",
    "0",
    "2",
    "-1",
    "3",
    "7",
    "10",
    "255",
    "0.5",
    "-0.5",
    "1.0",
    "2.0",
    "-3.0",
    "1e15",
    "2^53",
    "math.maxinteger",
    "math.mininteger",
    "0x7fffffffffffffff",
    "1e308",
    "(1/0)",
    "(-1/0)",
    "(0/0)",
    "-0.0",
    "9007199254740993",
    "63",
    "64",
    "-64",
    "3.7",
    "nil",
    "true",
    "false",
    "''",
    "'10'",
    "'0x10'",
    "'1e2'",
    "' 5 '",
    "'abc'",
    "'-3'",
    "'3.0'",
    "'a\\0b'",
    "{}",
    "{1, 2, 3}",
    "{x = 1}",
    "type",
    "object",
    "'a string longer than fourteen bytes'",
];

const BINARY: &[&str] = &[
    "+", "-", "*", "/", "//", "%", "^", "&", "|", "~", "<<", ">>", "..", "==", "~=", "<", "<=",
    ">", ">=", "and", "or",
];

const UNARY: &[&str] = &["- ", "not ", "#", "~"];

/// Library functions of one or two arguments whose results are the same everywhere. `math.fmod` is
/// not among them: which of its arguments is checked first is the C compiler's choice.
const FUNCTIONS: &[&str] = &[
    "tonumber",
    "type",
    "math.type",
    "math.floor",
    "math.ceil",
    "math.abs",
    "math.tointeger",
    "math.max",
    "math.min",
    "math.ult",
    "string.len",
    "string.upper",
    "string.reverse",
    "string.byte",
    "string.sub",
    "rawlen",
    "rawequal",
    "rawget",
    "select",
    "next",
    "math.sqrt",
    "string.format",
    "ipairs",
    "table.concat",
    "table.unpack",
    "utf8.char",
    "utf8.len",
    "getmetatable",
    "math.modf",
    "string.char",
    "tostring",
];

/// Calls with a place for an expression in each `@`.
const CALLS: &[&str] = &[
    "string.format('%d', @)",
    "string.format('%5.2f|%s', @, b)",
    "string.format('%q', @)",
    "string.format('%x %g', @, @)",
    "string.format('%-6s|%+d', a, @)",
    "string.rep(@, 3, ',')",
    "string.rep(a, @ and 2)",
    "string.find(@, 'b')",
    "string.find(@, a, 1, true)",
    "string.match(@, '^%s*(.-)%s*$')",
    "string.gsub(@, '%d', '<%0>')",
    "string.gsub(@, '.', {a = 1, ['1'] = 'one'})",
    "string.gsub(@, '%w+', b)",
    "string.sub(@, 2, -2)",
    "string.byte(@, 1, -1)",
    "tonumber(@, 16)",
    "tonumber(a, @)",
    "table.concat({@, 'x', @}, '-')",
    "table.unpack({@, 2, @})",
    "select(-1, @, @)",
    "select('#', @, nil)",
    "#{@, nil, @}",
    "table.pack(@, @).n",
    "pcall(error, @)",
    "rawequal(@, @)",
    "math.max(1, @, @)",
    "(@)(a, b)",
    "({@})[1]",
    "({x = @}).x",
    "(function() local t <const> = @ return t end)()",
    "not not @",
    "next({}, @)",
    "table.remove({1, 2, 3}, @)",
    "table.concat({1, 2, 3}, ',', @)",
    "(@):upper()",
    "(@):rep(2)",
    "setmetatable({}, {__index = @}).name",
    "setmetatable({}, {__call = @})(a)",
    "setmetatable({}, {__len = @}) .. a",
    "#setmetatable({}, {__len = function() return @ end})",
    "({table.sort({3, 1, 2}, @)})[1]",
    "string.pack('<i4', @)",
    "utf8.char(@)",
    "math.tointeger(@)",
    "coroutine.wrap(function(...) return @, ... end)(a)",
    "coroutine.resume(coroutine.create(@), a)",
    "coroutine.isyieldable(@)",
];

const VARIABLES: &[&str] = &["a", "b", "c"];
const FIELDS: &[&str] = &["x", "name", "missing", "a_name_that_is_longer"];

fn pick<'t>(u: &mut Unstructured<'_>, table: &[&'t str]) -> Result<&'t str> {
    Ok(table[u.int_in_range(0..=table.len() - 1)?])
}

/// An expression over the variables `a`, `b` and `c`.
pub fn expression(u: &mut Unstructured<'_>, depth: usize, out: &mut String) -> Result<()> {
    let choice = if depth == 0 {
        0
    } else {
        u.int_in_range(0..=15)?
    };
    match choice {
        0 => out.push_str(pick(u, VALUES)?),
        1..=3 => out.push_str(pick(u, VARIABLES)?),
        4..=8 => {
            out.push('(');
            expression(u, depth - 1, out)?;
            let _ = write!(out, " {} ", pick(u, BINARY)?);
            expression(u, depth - 1, out)?;
            out.push(')');
        }
        // Without parentheses: precedence decides.
        9 => {
            out.push_str(pick(u, VARIABLES)?);
            for _ in 0..u.int_in_range(1..=3)? {
                let _ = write!(out, " {} {}", pick(u, BINARY)?, pick(u, VARIABLES)?);
            }
        }
        10 => {
            out.push_str(pick(u, UNARY)?);
            expression(u, depth - 1, out)?;
        }
        11 => {
            let _ = write!(out, "{}.{}", pick(u, VARIABLES)?, pick(u, FIELDS)?);
        }
        12 => {
            let _ = write!(out, "{}[", pick(u, VARIABLES)?);
            expression(u, depth - 1, out)?;
            out.push(']');
        }
        13 => {
            let _ = write!(out, "{}(", pick(u, FUNCTIONS)?);
            expression(u, depth - 1, out)?;
            if u.ratio(1, 2)? {
                out.push_str(", ");
                expression(u, depth - 1, out)?;
            }
            out.push(')');
        }
        14 => {
            let (variable, field) = (pick(u, VARIABLES)?, pick(u, FIELDS)?);
            let gap = if u.ratio(1, 2)? { ":" } else { "." };
            let _ = write!(out, "{variable}{gap}{field}(");
            expression(u, depth - 1, out)?;
            out.push(')');
        }
        15..=17 => {
            let mut parts = pick(u, CALLS)?.split('@');
            out.push_str(parts.next().unwrap_or_default());
            for part in parts {
                expression(u, depth - 1, out)?;
                out.push_str(part);
            }
        }
        _ => {
            out.push_str("(function(...) return ");
            expression(u, depth - 1, out)?;
            let _ = write!(out, ", ... end)({})", pick(u, VARIABLES)?);
        }
    }
    Ok(())
}

/// A script that computes `count` expressions.
pub fn expressions(u: &mut Unstructured<'_>, count: usize) -> Result<String> {
    let mut out = String::from(PRELUDE);
    for number in 1..=count {
        let _ = write!(out, "check({number}, function(a, b, c) return ");
        expression(u, 3, &mut out)?;
        out.push_str(" end");
        for _ in VARIABLES {
            let _ = write!(out, ", {}", pick(u, VALUES)?);
        }
        out.push_str(")\n");
    }
    Ok(out)
}

/// A script of statements: nested blocks, loops that end, closures, jumps and errors.
pub fn program(u: &mut Unstructured<'_>, count: usize) -> Result<String> {
    let mut out = String::from(PRELUDE);
    let mut writer = Writer {
        labels: 0,
        in_loop: false,
    };
    for number in 1..=count {
        let _ = writeln!(out, "check({number}, function(...)");
        out.push_str("local a, b, c = ...\nlocal steps, list = 0, {}\n");
        out.push_str("local function step(...) steps = steps + 1\n");
        out.push_str("if steps > 60 then error('enough') end list[#list + 1] = shown(...) ");
        out.push_str("return ... end\n");
        writer.in_loop = false;
        writer.block(u, 3, &mut out)?;
        out.push_str("step(a, b, c) return table.concat(list, ';')\nend");
        for _ in VARIABLES {
            let _ = write!(out, ", {}", pick(u, VALUES)?);
        }
        out.push_str(")\n");
    }
    Ok(out)
}

/// What a program's writer has to know of where it is.
struct Writer {
    labels: usize,
    in_loop: bool,
}

impl Writer {
    fn block(&mut self, u: &mut Unstructured<'_>, depth: usize, out: &mut String) -> Result<()> {
        for _ in 0..u.int_in_range(0..=4)? {
            self.statement(u, depth, out)?;
        }
        Ok(())
    }

    fn looped(&mut self, u: &mut Unstructured<'_>, depth: usize, out: &mut String) -> Result<()> {
        let outer = std::mem::replace(&mut self.in_loop, true);
        self.block(u, depth, out)?;
        self.in_loop = outer;
        Ok(())
    }

    fn statement(
        &mut self,
        u: &mut Unstructured<'_>,
        depth: usize,
        out: &mut String,
    ) -> Result<()> {
        let last = if depth == 0 { 5 } else { 18 };
        let variable = pick(u, VARIABLES)?;
        match u.int_in_range(0..=last)? {
            0 => self.one(u, "step(", ")", out),
            1 | 2 => self.one(u, &format!("{variable} = "), "", out),
            3 => self.one(u, &format!("local {variable} = "), "", out),
            4 => {
                let _ = write!(out, "a, {variable}, c = {variable}, ");
                self.one(u, "", ", a", out)
            }
            5 if self.in_loop => {
                out.push_str("if steps % 7 == 3 then break end\n");
                Ok(())
            }
            5 => self.one(u, &format!("{variable} = {{{variable}, x = "), "}", out),
            6 | 7 => {
                self.one(u, "if ", " then", out)?;
                self.block(u, depth - 1, out)?;
                if u.ratio(1, 2)? {
                    self.one(u, "elseif ", " then", out)?;
                    self.block(u, depth - 1, out)?;
                    out.push_str("else\n");
                    self.block(u, depth - 1, out)?;
                }
                out.push_str("end\n");
                Ok(())
            }
            8 | 9 => self.numeric_for(u, depth, variable, out),
            10 => {
                let _ = writeln!(
                    out,
                    "for i, {variable} in ipairs({{1, 'two', 3.5}}) do step(i)"
                );
                self.looped(u, depth - 1, out)?;
                out.push_str("end\n");
                Ok(())
            }
            11 => {
                out.push_str("do local turns = 0 while turns < 3 do turns = turns + 1\n");
                self.looped(u, depth - 1, out)?;
                out.push_str("end end\n");
                Ok(())
            }
            12 => {
                out.push_str("do local turns = 0 repeat turns = turns + 1\n");
                self.looped(u, depth - 1, out)?;
                self.one(u, "until turns > 3 or ", " end", out)
            }
            13 => self.closures(u, depth, variable, out),
            14 => {
                self.labels += 1;
                let label = self.labels;
                out.push_str("do local turns = 0\n");
                let _ = writeln!(out, "::back{label}:: turns = turns + 1");
                self.block(u, depth - 1, out)?;
                let _ = writeln!(out, "if turns < 3 then goto back{label} end end");
                Ok(())
            }
            15 => {
                out.push_str("step(pcall(function(...)\n");
                let outer = std::mem::replace(&mut self.in_loop, false);
                self.block(u, depth - 1, out)?;
                self.in_loop = outer;
                self.one(u, "return ..., ", "", out)?;
                let _ = writeln!(out, "end, {variable}))");
                Ok(())
            }
            16 => {
                out.push_str(
                    "for v in coroutine.wrap(function(...) local yield = coroutine.yield\n",
                );
                let outer = std::mem::replace(&mut self.in_loop, false);
                self.one(u, "yield(", ")", out)?;
                self.block(u, depth - 1, out)?;
                self.in_loop = outer;
                let _ = writeln!(out, "yield({variable}) end) do step(v) end");
                Ok(())
            }
            17 => {
                out.push_str("do local closing <close> = setmetatable({}, {");
                out.push_str("__close = function(_, e) step('close', e) end})\n");
                self.block(u, depth - 1, out)?;
                out.push_str("end\n");
                Ok(())
            }
            _ => {
                out.push_str("if steps % 5 == 4 then ");
                self.one(u, "error(", ", 1) end", out)
            }
        }
    }

    fn one(
        &mut self,
        u: &mut Unstructured<'_>,
        before: &str,
        behind: &str,
        out: &mut String,
    ) -> Result<()> {
        out.push_str(before);
        expression(u, 2, out)?;
        out.push_str(behind);
        out.push('\n');
        Ok(())
    }

    fn numeric_for(
        &mut self,
        u: &mut Unstructured<'_>,
        depth: usize,
        variable: &str,
        out: &mut String,
    ) -> Result<()> {
        let (from, to, by) = (pick(u, VALUES)?, pick(u, VALUES)?, pick(u, VALUES)?);
        let _ = writeln!(
            out,
            "do local turns = 0 for {variable} = {from}, {to}, {by} do"
        );
        out.push_str("turns = turns + 1 if turns > 3 then break end\n");
        let _ = writeln!(out, "step({variable})");
        self.looped(u, depth - 1, out)?;
        out.push_str("end end\n");
        Ok(())
    }

    fn closures(
        &mut self,
        u: &mut Unstructured<'_>,
        depth: usize,
        variable: &str,
        out: &mut String,
    ) -> Result<()> {
        let outer = std::mem::replace(&mut self.in_loop, false);
        out.push_str("do local made = {} for i = 1, 2 do local own = i\n");
        out.push_str("made[i] = function(p, ...) own = own + 1\n");
        self.block(u, depth - 1, out)?;
        self.one(u, "return own, p, ", ", ... end end", out)?;
        self.in_loop = outer;
        let _ = writeln!(
            out,
            "step(made[1]({variable}, b)) step(made[1]()) step(made[2](1, 2)) end"
        );
        Ok(())
    }
}
