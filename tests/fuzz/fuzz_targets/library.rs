//! Patterns, `format`, `pack`, numbers and UTF-8 with any arguments, on Lunette and on PUC Lua.
#![no_main]

use arbtest::arbitrary::{Result, Unstructured};
use libfuzzer_sys::fuzz_target;
use lunette_fuzz::{Bounds, NAME, assert_same, engine, run, run_reference, stress_arena};

/// Calls one function with arguments that come as text: the first letter says what they are.
const SCRIPT: &str = r##"
local function show(...)
  local list = table.pack(...)
  for i = 1, list.n do
    local value = list[i]
    if math.type(value) == "float" then
      list[i] = value ~= value and "nan" or ("%.17g"):format(value)
    elseif type(value) == "string" then
      list[i] = ("%q"):format(value)
    else
      list[i] = tostring(value):gsub(": 0x%x+", ": address")
    end
  end
  return table.concat(list, " ")
end
local calls = {
  string.find, string.match, string.gsub,
  function(form, ...)
    local text = string.format(form, ...)
    -- Addresses differ.
    return tostring(form):find("%%[^%a%%]*p") and "an address" or text
  end,
  string.pack, string.unpack,
  string.packsize, tonumber, string.byte, string.sub, utf8.char, utf8.codepoint, utf8.len,
  utf8.offset, string.rep, math.tointeger, string.upper, string.reverse, string.len, tostring,
  math.ult, math.floor, string.char,
  function(s, pattern)
    local seen = {}
    for a, b in string.gmatch(s, pattern) do
      seen[#seen + 1] = show(a, b)
      if #seen > 60 then break end
    end
    return table.concat(seen, ";")
  end,
  function(a, b) return a + b, a * b end,
  function(a, b) return a // b, a % b end,
  function(a, b) return a .. b, a < b end,
  function(a, b) return a & b, a << b end,
  function(s) return load("return " .. s) end,
  function(s) local seen = {} for p, c in utf8.codes(s) do seen[#seen + 1] = p .. c end
    return table.concat(seen, " ") end,
}
local which = tonumber((...))
local args = table.pack(select(2, ...))
for i = 1, args.n do
  local kind, text = args[i]:sub(1, 1), args[i]:sub(2)
  if kind == "n" then args[i] = tonumber(text) or 0 else args[i] = text end
end
print(show(pcall(calls[which % #calls + 1], table.unpack(args, 1, args.n))))
"##;

const PARTS: &[&str] = &[
    "%a",
    "%d",
    "%s",
    "%w",
    ".",
    "[^a]",
    "[a-z]",
    "[%a_]",
    "*",
    "+",
    "-",
    "?",
    "(",
    ")",
    "()",
    "%b()",
    "%f[%w]",
    "%1",
    "$",
    "^",
    "%",
    "[",
    "]",
    "a",
    "b",
    "ab",
    "\0",
    "\u{e9}",
    "%%",
    "%5.2f",
    "%-8d",
    "%q",
    "%x",
    "%s",
    "%i",
    "%c",
    "%g",
    "%10s",
    "%.3s",
    "%+d",
    "%#o",
    "%a",
    "%5",
    "<",
    ">",
    "=",
    "!",
    "!4",
    "i4",
    "I8",
    "b",
    "H",
    "j",
    "n",
    "d",
    "f",
    "s1",
    "s",
    "z",
    "x",
    "X",
    "i16",
    "I17",
    "c5",
    " ",
    "0x",
    "1e",
    "p",
    "-",
    "1",
    "9",
    "255",
    ".5",
    "inf",
    "\u{10ffff}",
];

fuzz_target!(|bytes: &[u8]| {
    let _ = check(&mut Unstructured::new(bytes));
});

fn text(u: &mut Unstructured<'_>) -> Result<Vec<u8>> {
    let mut text = b"s".to_vec();
    if u.ratio(1, 4)? {
        let count = u.int_in_range(0..=12)?;
        text.extend_from_slice(u.bytes(count)?);
    } else {
        for _ in 0..u.int_in_range(0..=6)? {
            text.extend_from_slice(u.choose(PARTS)?.as_bytes());
        }
    }
    Ok(text)
}

fn check(u: &mut Unstructured<'_>) -> Result<()> {
    let which = u.arbitrary::<u8>()?;
    let mut args = vec![which.to_string().into_bytes()];
    for _ in 0..u.int_in_range(1..=4)? {
        args.push(match u.int_in_range(0..=4)? {
            0 => format!("n{}", u.int_in_range(-3i64..=20)?).into_bytes(),
            1 => format!("n{}", u.arbitrary::<i16>()?).into_bytes(),
            2 => format!("n{:e}", f64::from_bits(u.arbitrary()?)).into_bytes(),
            _ => text(u)?,
        });
    }
    let args: Vec<&[u8]> = args.iter().map(Vec::as_slice).collect();
    let program = engine().compile(NAME, SCRIPT).expect("it is Lua");
    let found = run(&program, &args, Bounds::default(), &mut stress_arena());
    // A run here has bounds, and PUC Lua has none.
    let is_short = found.output.starts_with(b"false \"not enough memory\"");
    if found.output.ends_with(b"fuel\n") || found.error.is_some() || is_short {
        return Ok(());
    }
    let expected = run_reference(SCRIPT.as_bytes(), &args);
    let shown: Vec<_> = args
        .iter()
        .map(|arg| String::from_utf8_lossy(arg))
        .collect();
    assert_same(&expected, &found, format!("{shown:?}").as_bytes());
    Ok(())
}
