//! Properties: what holds for any source text and any number.

mod support;

use arbtest::arbitrary::{Result, Unstructured};
use bumpalo::Bump;
use lunette::{Arena, Budget, Engine, OwnedError, Program, RunOptions, Unpacked};
use mlua::Lua;

use support::{Outcome, Script, Way, generate};

const NAME: &str = "any.lua";

fn compile(source: &[u8]) -> std::result::Result<Program, OwnedError> {
    Engine::new().compile(NAME, source)
}

/// Compiles what may be no program: an error names file and line.
#[track_caller]
fn compile_any(source: &[u8]) {
    if let Err(error) = compile(source) {
        let message = error.message();
        let place = message
            .strip_prefix("any.lua:")
            .and_then(|rest| rest.split_once(": "));
        let line = place.and_then(|(line, _)| line.parse::<u32>().ok());
        let is_binary = source.starts_with(b"\x1B");
        // As in PUC Lua, this one has no position.
        let is_too_deep = message == "C stack overflow";
        assert!(
            line.is_some_and(|line| line > 0) || is_binary || is_too_deep,
            "{message}"
        );
    }
}

#[test]
fn any_bytes_are_compiled_or_refused() {
    arbtest::arbtest(|u| {
        let count = u.len();
        compile_any(u.bytes(count)?);
        Ok(())
    });
}

const TOKENS: &[&str] = &[
    "and",
    "break",
    "do",
    "else",
    "elseif",
    "end",
    "false",
    "for",
    "function",
    "goto",
    "if",
    "in",
    "local",
    "nil",
    "not",
    "or",
    "repeat",
    "return",
    "then",
    "true",
    "until",
    "while",
    "+",
    "-",
    "*",
    "/",
    "%",
    "^",
    "#",
    "&",
    "~",
    "|",
    "<<",
    ">>",
    "//",
    "==",
    "~=",
    "<=",
    ">=",
    "<",
    ">",
    "=",
    "(",
    ")",
    "{",
    "}",
    "[",
    "]",
    "::",
    ";",
    ":",
    ",",
    ".",
    "..",
    "...",
    "x",
    "y",
    "f",
    "_ENV",
    "<const>",
    "<close>",
    "1",
    "0x",
    "1e",
    "3.5",
    "0x1p4",
    "'text'",
    "\"\\z \\x41\"",
    "[[long]]",
    "[==[\n]==]",
    "--[[note]]",
    "-- line\n",
    "'open",
    "\"\\q\"",
    "\n",
    "\r\n",
    "\\",
    "@",
    "\u{e9}",
];

#[test]
fn any_tokens_are_compiled_or_refused() {
    arbtest::arbtest(|u| {
        let mut source = String::new();
        while !u.is_empty() {
            source.push_str(TOKENS[u.int_in_range(0..=TOKENS.len() - 1)?]);
            source.push_str(if u.ratio(1, 8)? { "\n" } else { " " });
        }
        compile_any(source.as_bytes());
        Ok(())
    });
}

/// Takes a program apart at random, so that most of it still makes sense.
#[test]
fn damaged_programs_are_compiled_or_refused() {
    arbtest::arbtest(|u| {
        let mut source = generate::program(u, 2)?.into_bytes();
        for _ in 0..u.int_in_range(1..=4)? {
            let at = u.choose_index(source.len())?;
            match u.int_in_range(0..=2)? {
                0 => source[at] = u.arbitrary()?,
                1 => source.truncate(at),
                _ => {
                    let end = (at + u.int_in_range(1..=20)?).min(source.len());
                    source.drain(at..end);
                }
            }
            if source.is_empty() {
                break;
            }
        }
        compile_any(&source);
        Ok(())
    });
}

/// Generated programs are valid, and end within any bounds without a panic.
#[test]
fn programs_keep_to_their_bounds() {
    arbtest::arbtest(|u| {
        let fuel = u.int_in_range(0..=5000)?;
        let budget = u.int_in_range(0..=200_000)?;
        let source = generate::program(u, 3)?;
        let compiled = compile(source.as_bytes());
        assert!(compiled.is_ok(), "{compiled:?}\n{source}");
        let mut arena = Arena::new();
        arena.set_budget(Budget::bytes(budget));
        let script = Script {
            name: NAME,
            source: source.as_bytes(),
            args: &[],
            fuel: Some(fuel),
        };
        let first = script.run(Way::Entered, &mut arena);
        let second = script.run(Way::Entered, &mut arena);
        assert_eq!(first, second, "two runs differ:\n{source}");
        Ok(())
    })
    .budget_ms(2000);
}

/// What library functions and metamethods call back changes what they are in the middle of, and
/// objects move at any step: neither is seen.
#[test]
fn chaos_is_the_same_when_objects_move() {
    arbtest::arbtest(|u| {
        let steps = u.int_in_range(1..=9)?;
        let choices: Vec<String> = u
            .arbitrary_iter::<u16>()?
            .flatten()
            .map(|choice| choice.to_string())
            .collect();
        let args: Vec<&str> = choices.iter().map(String::as_str).collect();
        let script = Script {
            name: "chaos.lua",
            source: include_bytes!("support/chaos.lua"),
            args: &args,
            fuel: Some(2_000_000),
        };
        let entered = script.run(Way::Entered, &mut Arena::new());
        let moved = script.run(Way::Evacuated(steps), &mut Arena::new());
        let ran_out = |outcome: &Outcome| outcome.error.is_some();
        let first = choices.first().and_then(|first| first.parse::<u16>().ok());
        if first.is_some_and(|first| first % 2 == 0) && !ran_out(&entered) && !ran_out(&moved) {
            assert_eq!(
                String::from_utf8_lossy(&entered.output),
                String::from_utf8_lossy(&moved.output),
                "{choices:?}"
            );
        }
        Ok(())
    })
    .size_max(4 << 10)
    .budget_ms(2000);
}

/// Nesting of any sort, as deep as it gets, is refused or run, but never overflows the stack.
#[test]
fn deep_nesting_is_bounded() {
    let nestings = [
        ("return ", "(", "1", ")"),
        ("return ", "{", "", "}"),
        ("return ", "function() return ", "1", " end"),
        ("return ", "f(", "", ")"),
        ("return ", "a[", "1", "]"),
        ("return ", "-", "1", ""),
        ("return ", "not ", "1", ""),
        ("return ", "~", "1", ""),
        ("return ", "2 ^ ", "1", ""),
        ("return ", "a .. ", "a", ""),
        ("return ", "a and (", "1", ")"),
        ("return ", "f{", "", "}"),
        ("", "do ", "", " end"),
        ("", "if x then ", "", " end"),
        ("", "while x do ", "", " end"),
        ("", "repeat ", "", " until x"),
        ("", "for i = 1, 2 do ", "", " end"),
        ("", "for i in x do ", "", " end"),
        ("", "local function f() ", "", " end"),
        ("", "if x then else ", "", " end"),
        ("local x <close> = ", "setmetatable({}, ", "{}", ")"),
    ];
    for (start, open, middle, close) in nestings {
        for depth in [10, 150, 190, 250, 100_000] {
            let (open, close) = (open.repeat(depth), close.repeat(depth));
            compile_any(format!("{start}{open}{middle}{close}").as_bytes());
        }
    }
}

/// What the grammar repeats may be as long as memory allows.
#[test]
fn long_chains_are_compiled() {
    let chains = [
        ("return a", " + a"),
        ("return a", " and a"),
        ("return a", " or a and a"),
        ("return a", ".b"),
        ("return a", "[1]"),
        ("f", "()"),
        ("f", ":m()"),
        ("return a", " - 1"),
        ("if x then", " elseif x then"),
        ("return {", "1,"),
        ("return {", "x = 1;"),
        ("", "x = 1 "),
        ("", "::l:: goto l do end "),
        ("", "f() "),
        ("", ";"),
    ];
    for (start, link) in chains {
        let end = match start {
            "return {" => "}",
            "if x then" => " end",
            _ => "",
        };
        let link = if link.starts_with("::") {
            "do ::l:: goto l end "
        } else {
            link
        };
        let source = format!("{start}{}{end}", link.repeat(50_000));
        assert!(compile(source.as_bytes()).is_ok(), "{start}{link}...");
    }
    let long = format!("return '{}'", "x".repeat(10 << 20));
    assert!(compile(long.as_bytes()).is_ok());
    let name = format!("local {} = 1", "x".repeat(1 << 20));
    assert!(compile(name.as_bytes()).is_ok());
}

/// A number as both sides give it: floats by their bits.
#[derive(Debug, PartialEq)]
enum Number {
    Nil,
    Int(i64),
    Float(u64),
    Text(Vec<u8>),
}

fn float(value: f64) -> Number {
    // One NaN is as good as another.
    Number::Float(if value.is_nan() {
        f64::NAN.to_bits()
    } else {
        value.to_bits()
    })
}

/// Calls a one-argument function on both sides; `source` returns it.
struct Both {
    program: Program,
    reference: Lua,
    function: mlua::Function,
}

impl Both {
    fn new(source: &str) -> Self {
        let reference = Lua::new();
        let function = reference
            .load(source)
            .set_name(format!("@{NAME}"))
            .eval()
            .expect("the function compiles");
        let program = compile(source.as_bytes()).expect("the function compiles");
        Self {
            program,
            reference,
            function,
        }
    }

    #[track_caller]
    fn check_float(&self, value: f64) {
        let found = self.call(|region, function| function.call(region, (value,)));
        assert_eq!(
            found,
            self.expected(mlua::Value::Number(value)),
            "{value:?}"
        );
    }

    #[track_caller]
    fn check_int(&self, value: i64) {
        let found = self.call(|region, function| function.call(region, (value,)));
        assert_eq!(
            found,
            self.expected(mlua::Value::Integer(value)),
            "{value:?}"
        );
    }

    #[track_caller]
    fn check_text(&self, value: &[u8]) {
        let found = self.call(|region, function| function.call(region, (value,)));
        let text = self
            .reference
            .create_string(value)
            .expect("there is memory");
        let shown = String::from_utf8_lossy(value);
        assert_eq!(found, self.expected(mlua::Value::String(text)), "{shown:?}");
    }

    fn expected(&self, value: mlua::Value) -> Number {
        match self.function.call(value).expect("the function cannot fail") {
            mlua::Value::Integer(value) => Number::Int(value),
            mlua::Value::Number(value) => float(value),
            mlua::Value::String(text) => Number::Text(text.as_bytes().to_vec()),
            _ => Number::Nil,
        }
    }

    fn call(
        &self,
        call: impl for<'r> Fn(
            lunette::Region<'r, '_>,
            lunette::Function<'r>,
        ) -> std::result::Result<lunette::Value<'r>, lunette::Error<'r>>,
    ) -> Number {
        let engine = Engine::new();
        let mut arena = Arena::new();
        let out = Bump::new();
        let found = engine.enter_with(&RunOptions::new(), &mut arena, &out, |region| {
            let function = region.eval(&self.program)?;
            let value = call(region, function)?;
            Ok(match value.unpack() {
                Unpacked::Int(value) => Number::Int(value),
                Unpacked::Float(value) => float(value),
                Unpacked::Str(text) => Number::Text(text.as_bytes().to_vec()),
                _ => Number::Nil,
            })
        });
        found.expect("the function cannot fail")
    }
}

/// Floats of all sizes: any bits, small decimals, and neighbours of integers.
fn any_float(u: &mut Unstructured<'_>) -> Result<f64> {
    Ok(match u.int_in_range(0..=4)? {
        0 | 1 => f64::from_bits(u.arbitrary()?),
        2 => u.int_in_range(-100_000..=100_000)? as f64 / 1000.0,
        3 => (u.arbitrary::<i64>()? >> u.int_in_range(0..=63)?) as f64,
        _ => {
            let base = 2f64.powi(u.int_in_range(-70..=70)?);
            base + u.int_in_range(-2..=2)? as f64
        }
    })
}

#[test]
fn numbers_are_written_as_in_puc_lua() {
    let text = Both::new("return function(x) return tostring(x) end");
    let joined = Both::new("return function(x) return x .. '' end");
    arbtest::arbtest(|u| {
        let value = any_float(u)?;
        if !value.is_nan() {
            text.check_float(value);
            joined.check_float(value);
        }
        text.check_int(u.arbitrary()?);
        Ok(())
    });
}

#[test]
fn numbers_are_formatted_as_in_puc_lua() {
    let formats = [
        "%.14g", "%g", "%.3f", "%e", "%.17g", "%a", "%10.2f", "%-12.4e|", "%+g", "%#g", "% g",
        "%05.1f", "%.0f", "%#.0f", "%.20f", "%G", "%A",
    ];
    let both: Vec<_> = formats
        .iter()
        .map(|format| {
            Both::new(&format!(
                "return function(x) return ('{format}'):format(x) end"
            ))
        })
        .collect();
    let integers: Vec<_> = [
        "%d", "%5d", "%-8d|", "%+d", "%x", "%#X", "%o", "%08d", "%.5d", "%i",
    ]
    .iter()
    .map(|format| {
        Both::new(&format!(
            "return function(x) return ('{format}'):format(x) end"
        ))
    })
    .collect();
    arbtest::arbtest(|u| {
        let value = any_float(u)?;
        if !value.is_nan() && value.abs() < 1e80 {
            u.choose(&both)?.check_float(value);
        }
        u.choose(&integers)?.check_int(u.arbitrary()?);
        Ok(())
    });
}

const NUMERAL_PARTS: &[&str] = &[
    "0",
    "1",
    "7",
    "9",
    "12",
    "00",
    "255",
    "9007199254740993",
    "9223372036854775807",
    "9223372036854775808",
    "18446744073709551616",
    "0x",
    "0X",
    "ff",
    "A",
    ".",
    "e",
    "E",
    "p",
    "P",
    "+",
    "-",
    " ",
    "\t",
    "1e",
    "e5",
    "e-3",
    "p4",
    "p-1074",
    "inf",
    "nan",
    "_",
    "x",
    "\0",
    "e308",
    "e-320",
    "3.14",
    ".5",
    "5.",
];

#[test]
fn numerals_are_read_as_in_puc_lua() {
    let both = Both::new("return function(x) return tonumber(x) end");
    arbtest::arbtest(|u| {
        let mut text = String::new();
        for _ in 0..u.int_in_range(0..=6)? {
            text.push_str(NUMERAL_PARTS[u.int_in_range(0..=NUMERAL_PARTS.len() - 1)?]);
        }
        both.check_text(text.as_bytes());
        // What is written is read back.
        let value = any_float(u)?;
        both.check_text(format!("{value:e}").as_bytes());
        both.check_text(format!("{value}").as_bytes());
        Ok(())
    });
}

#[test]
fn numbers_are_converted_as_in_puc_lua() {
    let sources = [
        "return function(x) return math.tointeger(x) end",
        "return function(x) return x // 1 end",
        "return function(x) return math.floor(x) end",
        "return function(x) return math.ceil(x) end",
        "return function(x) return x % 3.5 end",
        "return function(x) return x % -7 end",
        "return function(x) return x // 0.3 end",
        "return function(x) return math.fmod(x, 3.5) end",
        "return function(x) return tostring(x < 9007199254740993) end",
        "return function(x) return tostring(x <= math.maxinteger) end",
        "return function(x) return tostring(x == math.mininteger) end",
        "return function(x) return ({[x] = 1})[x + 0.0] end",
        "return function(x) local ok, y = pcall(function() return x | 0 end) return y end",
    ];
    let both: Vec<_> = sources.map(Both::new).into();
    arbtest::arbtest(|u| {
        let value = any_float(u)?;
        if !value.is_nan() {
            u.choose(&both)?.check_float(value);
        }
        let shift = u.int_in_range(0..=63)?;
        u.choose(&both)?.check_int(u.arbitrary::<i64>()? >> shift);
        Ok(())
    });
}
