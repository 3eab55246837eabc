//! Tests of the whole floor: trees, messages, limits, and input that is not Lua at all.

use core::cell::Cell;

use super::{ParseError, parse};
use crate::memory::Scratch;

const BUDGET_BYTES: usize = 64 << 20;

fn outcome(source: &[u8]) -> Result<String, String> {
    Scratch::with_budget(BUDGET_BYTES, |scratch| {
        match parse(scratch, source, b"=s", &|| true) {
            Ok(function) => Ok(function.to_string()),
            Err(ParseError::Syntax(error)) => Err(error.to_string()),
            Err(error) => Err(format!("{error:?}")),
        }
    })
}

/// Checks the statements of a source's main function.
#[track_caller]
fn check(source: &str, expected: &str) {
    let tree = outcome(source.as_bytes()).expect("it is Lua");
    let start = tree.find(" {").expect("a body") + 2;
    let end = tree.rfind('}').expect("a body");
    assert_eq!(&tree[start..end], expected, "{source}");
}

/// Checks the message for a source that is not Lua, without the source name.
#[track_caller]
fn check_error(source: impl AsRef<[u8]>, expected: &str) {
    let source = source.as_ref();
    let message = outcome(source).expect_err("it is not Lua");
    let shown = message.strip_prefix("s:").unwrap_or(&message);
    assert_eq!(shown, expected, "{}", source.escape_ascii());
}

#[test]
fn literals() {
    check(
        "x = nil, true, false",
        "(assign@1 ( ^0.x@1 ) nil true false)",
    );
    check(
        "x = 1, 0x10, 1.5, .5, 3., 0x.8p1",
        "(assign@1 ( ^0.x@1 ) 1 16 1.5 0.5 3.0 1.0)",
    );
    check(
        r#"x = 'a"b', "c'd""#,
        r#"(assign@1 ( ^0.x@1 ) "a\"b" "c\'d")"#,
    );
    check(
        r"x = '\a\b\f\n\r\t\v\\\'\x41\65\0651\z   b\u{20AC}\u{7FFFFFFF}'",
        "(assign@1 ( ^0.x@1 ) \
         \"\\x07\\x08\\x0c\\n\\r\\t\\x0b\\\\\\'AAA1b\\xe2\\x82\\xac\\xfd\\xbf\\xbf\\xbf\\xbf\
         \\xbf\")",
    );
    check(
        "x = '\\u{7F}\\u{80}\\u{7FF}\\u{800}\\u{FFFF}\\u{10000}\\u{3FFFFFF}'",
        "(assign@1 ( ^0.x@1 ) \
         \"\\x7f\\xc2\\x80\\xdf\\xbf\\xe0\\xa0\\x80\\xef\\xbf\\xbf\\xf0\\x90\\x80\\x80\\xfb\\xbf\
         \\xbf\\xbf\\xbf\")",
    );
    check("x = 'a\\\nb\\\r\nc'", r#"(assign@3 ( ^0.x@1 ) "a\nb\nc")"#);
    check(
        "x = [[\na\r\nb]c]], [==[]]]=]]==]",
        r#"(assign@3 ( ^0.x@1 ) "a\nb]c" "]]]=]")"#,
    );
    check(
        "x = [[a\n\rb\n\nc]]",
        r#"(assign@4 ( ^0.x@1 ) "a\nb\n\nc")"#,
    );
    check(
        "--[[ a\n]] x = 1 -- b\n--[==[\n]]]==]\n--[=x\ny = 2",
        "(assign@2 ( ^0.x@2 ) 1) (assign@6 ( ^0.y@6 ) 2)",
    );
    check(
        "x = 1\r\ny = 2\n\rz = 3\r\rw = 4",
        "(assign@1 ( ^0.x@1 ) 1) (assign@2 ( ^0.y@2 ) 2) (assign@3 ( ^0.z@3 ) 3) (assign@5 ( \
         ^0.w@5 ) 4)",
    );
}

#[test]
fn operators_bind_as_the_manual_says() {
    check(
        "local a, b; x = a + b * 2 ^ -b ^ 2",
        "(local@1 (a#0 b#1)) (assign@1 ( ^0.x@1 ) (+@1 a#0 (*@1 b#1 (^@1 2 (-@1 (^@1 b#1 2))))))",
    );
    check(
        "local a; x = a .. a .. a, a - a - a",
        "(local@1 (a#0)) (assign@1 ( ^0.x@1 ) (..@1 a#0 (..@1 a#0 a#0)) (-@1 (-@1 a#0 a#0) a#0))",
    );
    check(
        "local a; x = a or a and a < a | a ~ a & a << a .. a",
        "(local@1 (a#0)) (assign@1 ( ^0.x@1 ) (or a#0 (and a#0 (<@1 a#0 (|@1 a#0 (~@1 a#0 (&@1 \
         a#0 (<<@1 a#0 (..@1 a#0 a#0)))))))))",
    );
    check(
        "local a; x = not a == #a, ~a // a % a",
        "(local@1 (a#0)) (assign@1 ( ^0.x@1 ) (==@1 (not@1 a#0) (#@1 a#0)) (%@1 (//@1 (~@1 a#0) \
         a#0) a#0))",
    );
    check(
        "local a\nx = a\n+\na, a\n<\na",
        "(local@1 (a#0)) (assign@6 ( ^0.x@2 ) (+@3 a#0 a#0) (<@6 a#0 a#0))",
    );
}

#[test]
fn names_are_resolved() {
    check(
        "local x = x; x = x",
        "(local@1 (x#0=) ^0.x@1) (assign@1 ( x#0 ) x#0)",
    );
    check(
        "local x, x = 1; do local x end y = x",
        "(local@1 (x#0 x#1) 1) (do {(local@1 (x#2))}) (assign@1 ( ^0.y@1 ) x#1)",
    );
    check(
        "local a; function f() a = 1 end",
        "(local@1 (a#0!=)) (set-function@1 ^0.f@1 (function 1 @1-1 () [a#0] {(assign@1 ( a^0 ) \
         1)}))",
    );
    check(
        "local a, b; local function f(c) return function() return b, c, a end end",
        "(local@1 (a#0! b#1!)) (local-function f#2 (function 1 @1-1 (c#0!) [b#1 a#0] closing \
         {(return@1 (function 2 @1-1 () [b^0 c#0 a^1] {(return@1 b^0 c^1 a^2)}))}!))",
    );
    check(
        "local _ENV = {}; x = 1; function f() y = 2 end",
        "(local@1 (_ENV#0!) (table@1-1)) (assign@1 ( _ENV#0.x@1 ) 1) (set-function@1 _ENV#0.f@1 \
         (function 1 @1-1 () [_ENV#0] {(assign@1 ( ^0.y@1 ) 2)}))",
    );
    check(
        "x = 1; do local _ENV; x = 2 end x = 3; f = function() x = 4 end x = 5",
        "(assign@1 ( ^0.x@1 ) 1) (do {(local@1 (_ENV#0)) (assign@1 ( _ENV#0.x@1 ) 2)}) \
         (assign@1 ( ^0.x@1 ) 3) (assign@1 ( ^0.f@1 ) (function 1 @1-1 () [_ENV^0] \
         {(assign@1 ( ^0.x@1 ) 4)})) (assign@1 ( ^0.x@1 ) 5)",
    );
    check("repeat local x until x", "(repeat@1 {(local@1 (x#0))} x#0)");
    check(
        "function a.b:c(d, ...) end",
        "(set-function@1 (index@1 (index@1 ^0.a@1 \"b\") \"c\") (function 1 @1-1 (self#0 d#1 \
         ...) [] {}))",
    );
}

#[test]
fn constants_are_put_in_place() {
    check(
        "local x <const> = 5; y = x; f = function() return x end",
        "(local@1 (x#0<const>5) 5) (assign@1 ( ^0.y@1 ) 5) (assign@1 ( ^0.f@1 ) (function 1 @1-1 \
         () [] {(return@1 5)}))",
    );
    check(
        "local x <const>, y <const> = 1, -2",
        "(local@1 (x#0<const> y#1<const>-2) 1 (-@1 2))",
    );
    check(
        "local x <const> = 'a'; y = x.b",
        "(local@1 (x#0<const>\"a\") \"a\") (assign@1 ( ^0.y@1 ) (index@1 \"a\" \"b\"))",
    );
    check(
        "local x <const> = f()",
        "(local@1 (x#0<const>) (call@1 ^0.f@1))",
    );
    check(
        "local _ENV <const> = 1; x = 2",
        "(local@1 (_ENV#0<const>1) 1) (assign@1 ( 1.x@1 ) 2)",
    );
    check_error(
        "local x <const> = 5; x = 2",
        "1: attempt to assign to const variable 'x'",
    );
    check_error(
        "local x <const> = {}; function f() x = 2 end",
        "1: attempt to assign to const variable 'x'",
    );
    check_error(
        "local x <close> = nil; y, x = 2",
        "1: attempt to assign to const variable 'x'",
    );
    check_error(
        "local x <const> = 1; function x() end",
        "1: attempt to assign to const variable 'x'",
    );
    check_error("local x <const> = 5; x()\n= 2", "2: syntax error near '='");
}

#[test]
fn calls_and_tables() {
    check(
        "f(a, (g()), ...)",
        "(call@1 ^0.f@1 ^0.a@1 (one (call@1 ^0.g@1)) ...@1)",
    );
    check(
        "f'a' {b}:c[[d]]",
        "(method@1 (call@1 (call@1 ^0.f@1 \"a\") (table@1-1 ^0.b@1)) c@1 \"d\")",
    );
    check("f\n(\na.b\n)", "(call@2 ^0.f@1 (index@4 ^0.a@3 \"b\"))");
    check(
        "x = {1, a = 2, [3] = 4; f()}",
        "(assign@1 ( ^0.x@1 ) (table@1-1 1 [\"a\"]@1=2 [3]@1=4 (call@1 ^0.f@1) *))",
    );
    check(
        "x = {..., }, {f(), 1}, {(...)}, {a}",
        "(assign@1 ( ^0.x@1 ) (table@1-1 ...@1 *) (table@1-1 (call@1 ^0.f@1) 1) (table@1-1 (one \
         ...@1)) (table@1-1 ^0.a@1))",
    );
    check(
        "x = {a.b\n,\nc\n}",
        "(assign@4 ( ^0.x@1 ) (table@1-4 (index@2 ^0.a@1 \"b\") ^0.c@4))",
    );
}

#[test]
fn statements() {
    check(
        ";;; do end ::a:: goto a",
        "(do {}) (label@1 a 0) (goto@1-1 a)",
    );
    check("while a do break end", "(while@1 ^0.a@1 {(break@1)})");
    check(
        "if a then elseif b\nthen x() else y() end",
        "(if (^0.a@1 {})@1 (^0.b@2 {(call@2 ^0.x@2)})@2 else {(call@2 ^0.y@2)})",
    );
    check(
        "for i = 1, 2 do i = 3 end",
        "(for@1-1 i#0= 1 2 {(assign@1 ( i#0 ) 3)})",
    );
    check(
        "for i = 1, 2, 3\ndo f = function() return i end end",
        "(for@1-2 i#0! 1 2 3 {(assign@2 ( ^0.f@2 ) (function 1 @2-2 () [i#0] {(return@2 i^0)}))})",
    );
    check(
        "for k, v in\npairs(t) do return f() end",
        "(for-in@2-2 (k#0 v#1) ( (call@2 ^0.pairs@2 ^0.t@2) ) {(return@2 (call@2 ^0.f@2))})",
    );
    check("return f()", "(return-tail@1 (call@1 ^0.f@1))");
    check("return (f())", "(return@1 (one (call@1 ^0.f@1)))");
    check(
        "local x <close> = a; return f()",
        "(local@1 (x#0<close>) ^0.a@1) (return@1 (call@1 ^0.f@1))",
    );
    check(
        "do local x <close> = a end return x:f();",
        "(do {(local@1 (x#0<close>) ^0.a@1)}<close>) (return-tail@1 (method@1 ^0.x@1 f@1))",
    );
    check(
        "a, b.c, d[1] = 1",
        "(assign@1 ( ^0.a@1 (index@1 ^0.b@1 \"c\") (index@1 ^0.d@1 1) ) 1)",
    );
}

#[test]
fn jumps_find_their_labels() {
    check(
        "do goto a end local x ::a::",
        "(do {(goto@1-1 a)}) (local@1 (x#0)) (label@1 a 0)",
    );
    check(
        "goto a; local x; ::a:: ; ::b::",
        "(goto@1-1 a) (local@1 (x#0)) (label@1 b 0) (label@1 a 0)",
    );
    check(
        "::a:: do ::b:: goto a end do ::b:: end",
        "(label@1 a 0) (do {(label@1 b 0) (goto@1-1 a)}) (do {(label@1 b 0)})",
    );
    check(
        "::a:: f = function() ::a:: goto a end",
        "(label@1 a 0) (assign@1 ( ^0.f@1 ) (function 1 @1-1 () [] {(label@1 a 0) (goto@1-1 a)}))",
    );
    check(
        "local x; ::a:: local y; goto a",
        "(local@1 (x#0)) (label@1 a 1) (local@1 (y#1)) (goto@1-1 a)",
    );
    check_error("goto a", "1: no visible label 'a' for <goto> at line 1");
    check_error(
        "do ::a:: end\ngoto a\n",
        "3: no visible label 'a' for <goto> at line 2",
    );
    check_error(
        "::a:: function f() goto a end",
        "1: no visible label 'a' for <goto> at line 1",
    );
    check_error(
        "goto a; local y; ::a:: f()",
        "1: <goto a> at line 1 jumps into the scope of local 'y'",
    );
    check_error(
        "do goto a end; local x, y; ::a:: f()",
        "1: <goto a> at line 1 jumps into the scope of local 'x'",
    );
    check_error(
        "repeat if f then goto a end; local y; ::a:: until y",
        "1: <goto a> at line 1 jumps into the scope of local 'y'",
    );
    check_error("::a::\n::a::", "2: label 'a' already defined on line 2");
    check_error(
        "::a:: do\n::a:: end",
        "2: label 'a' already defined on line 1",
    );
    check_error("break", "1: break outside loop at line 1");
    check_error(
        "while a do function f()\nbreak\nend\nend",
        "4: break outside loop at line 2",
    );
}

#[test]
fn lexical_errors() {
    check_error("x = 'abc", "1: unfinished string near <eof>");
    check_error("x = 'abc\n'", "1: unfinished string near ''abc'");
    check_error("x = \"a\\n\\", "1: unfinished string near <eof>");
    check_error("x = \"a\\65\nb\"", "1: unfinished string near '\"aA'");
    check_error("x = '\\q'", "1: invalid escape sequence near ''\\q'");
    check_error("x = 'a\\65\\q'", "1: invalid escape sequence near ''aA\\q'");
    check_error("x = '\\300'", "1: decimal escape too large near ''\\300''");
    check_error("x = '\\xg'", "1: hexadecimal digit expected near ''\\xg'");
    check_error("x = '\\x1", "1: hexadecimal digit expected near ''\\x1'");
    check_error("x = '\\u41'", "1: missing '{' near ''\\u4'");
    check_error("x = '\\u{}'", "1: hexadecimal digit expected near ''\\u{}'");
    check_error("x = '\\u{41g}'", "1: missing '}' near ''\\u{41g'");
    check_error(
        "x = '\\u{80000000}'",
        "1: UTF-8 value too large near ''\\u{80000000'",
    );
    check_error(
        "x = [[a\n\nb",
        "3: unfinished long string (starting at line 1) near <eof>",
    );
    check_error(
        "--[=[a\n",
        "2: unfinished long comment (starting at line 1) near <eof>",
    );
    check_error("x = [==a", "1: invalid long string delimiter near '[=='");
    check_error("x = 3x", "1: malformed number near '3x'");
    check_error("x = 1..2", "1: malformed number near '1..2'");
    check_error("x = 0x", "1: malformed number near '0x'");
    check_error("x = 1e+", "1: malformed number near '1e+'");
    check_error("x = 0x1p", "1: malformed number near '0x1p'");
    check_error("x = 12_3", "1: malformed number near '12_'");
    check_error("@", "1: unexpected symbol near '@'");
    check_error("x = \u{1}", "1: unexpected symbol near '<\\1>'");
    check_error("x = é", "1: unexpected symbol near '<\\195>'");
    // PUC Lua takes a zero byte for "no token".
    check_error("x\0 = 1", "1: syntax error");
}

#[test]
fn syntax_errors() {
    check_error("x", "1: syntax error near <eof>");
    check_error("x = }", "1: unexpected symbol near '}'");
    check_error("f(", "1: unexpected symbol near <eof>");
    check_error("f(1", "1: ')' expected near <eof>");
    check_error(
        "f(1\n\n",
        "3: ')' expected (to close '(' at line 1) near <eof>",
    );
    check_error(
        "if x then\n\n",
        "3: 'end' expected (to close 'if' at line 1) near <eof>",
    );
    check_error(
        "while x do\nuntil",
        "2: 'end' expected (to close 'while' at line 1) near 'until'",
    );
    check_error(
        "repeat\nend",
        "2: 'until' expected (to close 'repeat' at line 1) near 'end'",
    );
    check_error(
        "x = {\n1 2}",
        "2: '}' expected (to close '{' at line 1) near '2'",
    );
    check_error("end", "1: <eof> expected near 'end'");
    check_error("return 1 x = 2", "1: <eof> expected near 'x'");
    check_error("a + 1", "1: syntax error near '+'");
    check_error("(a) = 1", "1: syntax error near '='");
    check_error("f() = 1", "1: syntax error near '='");
    check_error("a, f() = 1", "1: syntax error near '='");
    check_error("goto = 1", "1: <name> expected near '='");
    check_error("x.1 = 2", "1: syntax error near '.1'");
    check_error("x:y = 2", "1: function arguments expected near '='");
    check_error("for x do end", "1: '=' or 'in' expected near 'do'");
    check_error("for 1 = 2 do end", "1: <name> expected near '1'");
    check_error("for i = 1 do end", "1: ',' expected near 'do'");
    check_error("function f(a,) end", "1: <name> or '...' expected near ')'");
    check_error("function f(..., a) end", "1: ')' expected near ','");
    check_error(
        "function f() return ... end",
        "1: cannot use '...' outside a vararg function near '...'",
    );
    check_error("local a <foo> = 1", "1: unknown attribute 'foo'");
    check_error(
        "local a <close>, b <close> = 1",
        "1: multiple to-be-closed variables in local list",
    );
    check_error("x = = 1", "1: unexpected symbol near '='");
    check_error("x = 'a\\65\\0b' 'c'", "1: unexpected symbol near ''c''");
    check_error("x = 1 'a\\65'", "1: unexpected symbol near ''aA''");
    check_error(
        "x = 1 [==[\na]b]==]",
        "2: unexpected symbol near '[==[a]b]==]'",
    );
    check_error("x = 1 'a\\0b'", "1: unexpected symbol near ''a'");
    check_error("x = 1 0x1P3", "1: unexpected symbol near '0x1P3'");
    check_error("local function f.x() end", "1: '(' expected near '.'");
    check_error("x = function f() end", "1: '(' expected near 'f'");
}

#[test]
fn limits_are_those_of_puc_lua() {
    let locals = "local a;".repeat(200);
    assert!(outcome(locals.as_bytes()).is_ok());
    check_error(
        locals + "\nlocal b",
        "2: too many local variables (limit is 200) in main function near <eof>",
    );
    let inner = format!(
        "\nfunction f() {} for i = 1, 2 do end end",
        "local a;".repeat(197)
    );
    check_error(
        inner,
        "2: too many local variables (limit is 200) in function at line 2 near '='",
    );
    let blocks = format!("do {} end ", "local a;".repeat(200)).repeat(3);
    assert!(outcome(blocks.as_bytes()).is_ok());

    let declare = |prefix: &str, count: usize| -> String {
        (0..count)
            .map(|index| format!("local {prefix}{index};"))
            .collect()
    };
    let use_all = |prefix: &str, count: usize| -> String {
        (0..count)
            .map(|index| format!("x({prefix}{index})"))
            .collect()
    };
    // `x` needs one upvalue more, for `_ENV`.
    for (count, fits) in [(254 - 150, true), (255 - 150, false)] {
        let source = format!(
            "{} function f() {} return function()\n{} {} end end",
            declare("a", 150),
            declare("b", count),
            use_all("a", 150),
            use_all("b", count),
        );
        let message = "s:2: too many upvalues (limit is 255) in function at line 1 near ')'";
        match outcome(source.as_bytes()) {
            Ok(_) => assert!(fits),
            Err(found) => assert_eq!((found.as_str(), fits), (message, false)),
        }
    }
}

#[test]
fn nesting_is_bounded() {
    for (open, middle, close) in [
        ("x = (", "1", ")"),
        ("x = {", "", "}"),
        ("do ", "", " end"),
        ("x = - ", "1", ""),
        ("f(", "1", ")"),
        ("x = 1 ..", "1", ""),
        ("x = 2 ^", "1", ""),
        ("while 1 do ", "", " end"),
        ("if 1 then else ", "", " end"),
        ("function f() ", "", " end"),
        ("::a:: ;", "", ""),
        ("x = function() return ", "1", " end"),
        ("x = a[", "1", "]"),
        ("repeat ", "", " until 1"),
    ] {
        let repeated = |count: usize| {
            let (head, open) = open.split_at(if open.starts_with("x = ") { 4 } else { 0 });
            format!(
                "{head}{}{middle}{}",
                open.repeat(count),
                close.repeat(count)
            )
        };
        let is_label = open.starts_with("::");
        if !is_label {
            assert!(outcome(repeated(90).as_bytes()).is_ok(), "{open}");
        }
        for count in [500, 100_000] {
            let message = outcome(repeated(count).as_bytes()).expect_err("too deep");
            assert!(
                message.ends_with(":1: C stack overflow"),
                "{open}: {message}"
            );
        }
    }
    let targets = |count: usize| format!("a{} = 1", ",a".repeat(count));
    assert!(outcome(targets(100).as_bytes()).is_ok());
    check_error(targets(500), "1: C stack overflow");
}

#[test]
fn chains_may_be_long() {
    for link in [" + 1", ".b", "[1]", "()", ":b()", " and 1", " < 1"] {
        let source = format!("x = a{}", link.repeat(100_000));
        assert!(outcome(source.as_bytes()).is_ok(), "{link}");
    }
    let calls = format!("f{}", "(1)".repeat(100_000));
    assert!(outcome(calls.as_bytes()).is_ok());
}

#[test]
fn incomplete_sources_are_told() {
    for (source, incomplete) in [
        ("f(", true),
        ("if x then", true),
        ("x = 'a", true),
        ("x = [[a", true),
        ("x", true),
        ("x = )", false),
        ("x = 'a\n", false),
        ("goto a", false),
    ] {
        Scratch::with_budget(BUDGET_BYTES, |scratch| {
            let Err(ParseError::Syntax(error)) = parse(scratch, source.as_bytes(), b"", &|| true)
            else {
                panic!("not Lua: {source}");
            };
            assert_eq!(error.incomplete, incomplete, "{source}");
        });
    }
}

#[test]
fn the_source_name_is_shortened() {
    Scratch::with_budget(BUDGET_BYTES, |scratch| {
        let Err(ParseError::Syntax(error)) = parse(scratch, b"x =\n=", b"x =\n=", &|| true) else {
            panic!("not Lua");
        };
        assert_eq!(
            error.to_string(),
            "[string \"x =...\"]:2: unexpected symbol near '='"
        );
    });
}

#[test]
fn a_parse_can_be_stopped() {
    let long = "x = 1\n".repeat(10_000);
    let calls = Cell::new(0);
    let tick = || {
        calls.set(calls.get() + 1);
        calls.get() < 3
    };
    Scratch::with_budget(BUDGET_BYTES, |scratch| {
        let stopped = parse(scratch, long.as_bytes(), b"", &tick);
        assert!(matches!(stopped, Err(ParseError::Interrupted)));
    });
    assert_eq!(calls.get(), 3);
}

#[test]
fn memory_may_run_out_anywhere() {
    let source = "local a = {1, 'x\\n', b = function(...) return a.c(...) end} ".repeat(20);
    let mut finished = false;
    for budget in (0..512).map(|step| step * 128) {
        finished = Scratch::with_budget(budget, |scratch| {
            match parse(scratch, source.as_bytes(), b"=s", &|| true) {
                Ok(_) => true,
                Err(ParseError::Memory(_)) => false,
                Err(error) => panic!("{error:?}"),
            }
        });
    }
    assert!(finished);
}

/// Bytes that look random, from a fixed seed.
fn noise(seed: &mut u64) -> u64 {
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    *seed
}

#[test]
fn no_input_panics() {
    let words: Vec<&[u8]> = [
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
        "//",
        "..",
        "...",
        "==",
        "<=",
        "~=",
        "<<",
        "::",
        "+",
        "(",
        ")",
        "{",
        "}",
        "[",
        "]",
        ":",
        ";",
        ",",
        "=",
        "<",
        ">",
        "a",
        "b",
        "_ENV",
        "<const>",
        "<close>",
        "1",
        "0x1p4",
        "'s'",
        "'\\65\\z\n'",
        "[[x]]",
        "[=[",
        "--",
        "--[[",
        "\n",
        "\r\n",
        "\\",
        "\"",
        "\0",
        "\u{e9}",
        "::a::",
        "goto a",
        "local a",
        "function f()",
        "end end",
        "= 1",
    ]
    .map(str::as_bytes)
    .to_vec();
    let mut seed = 0x9E37_79B9_7F4A_7C15;
    for round in 0..if cfg!(miri) { 40 } else { 20_000 } {
        let mut source = Vec::new();
        for _ in 0..noise(&mut seed) % 60 {
            if round % 4 == 0 {
                source.push(noise(&mut seed) as u8);
            } else {
                let index = noise(&mut seed) as usize % words.len();
                source.extend_from_slice(words[index]);
                source.push(b' ');
            }
        }
        if let Err(message) = outcome(&source) {
            assert!(
                message.starts_with("s:"),
                "{message}: {}",
                source.escape_ascii()
            );
        }
    }
}
