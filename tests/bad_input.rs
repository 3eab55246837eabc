//! What bad input gets: a message that names file and line, exit status 1, and never a panic.
//!
//! Sources that misbehave while they run are in `tests/hostile`.

use std::io::Write;
use std::process::{Command, Output, Stdio};

/// How deep a source without end is nested.
const DEEP: usize = 100_000;

/// Gives `source` to the command on standard input.
fn give(command: &str, source: &[u8]) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_lunette"))
        .args([command, "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the command was built");
    let mut stdin = child.stdin.take().expect("it is piped");
    // The command may end without reading its input.
    let _ = stdin.write_all(source);
    drop(stdin);
    child.wait_with_output().expect("the command ends")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Asserts that `source` is refused with `message`, and nothing else is said.
#[track_caller]
fn check_refused(source: impl AsRef<[u8]>, message: &str) {
    let source = source.as_ref();
    for command in ["check", "run"] {
        let output = give(command, source);
        let shown: Vec<u8> = source.iter().copied().take(80).collect();
        assert_eq!(
            (output.status.code(), text(&output.stderr)),
            (Some(1), format!("lunette: stdin:{message}\n")),
            "{command} {}",
            text(&shown)
        );
        assert_eq!(text(&output.stdout), "");
    }
}

/// Asserts that `source` runs and prints `printed`.
#[track_caller]
fn check_runs(source: impl AsRef<[u8]>, printed: &[u8]) {
    let output = give("run", source.as_ref());
    assert_eq!(text(&output.stderr), "");
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(output.stdout, printed);
}

#[test]
fn what_nests_without_end_is_refused() {
    for (head, open, middle, close) in [
        ("x = ", "(", "1", ")"),
        ("x = ", "{", "1", "}"),
        ("x = ", "({", "1", "})"),
        ("x = ", "{[", "1", "] = 1}"),
        ("x = ", "{a = ", "1", "}"),
        ("x = ", "function() return ", "1", " end"),
        ("", "function f() ", "", " end"),
        ("", "local function f() ", "", " end"),
        ("x = ", "- ", "1", ""),
        ("x = ", "not ", "1", ""),
        ("x = ", "#", "1", ""),
        ("x = ", "~", "1", ""),
        ("x = ", "'a' .. ", "'b'", ""),
        ("x = ", "2 ^ ", "2", ""),
        ("x = ", "a[", "1", "]"),
        ("x = ", "f(", "1", ")"),
        ("", "if x then ", "", " end"),
        ("", "while x do ", "", " end"),
        ("", "repeat ", "", " until x"),
        ("", "do ", "", " end"),
        ("", "a, ", "a", " = 1"),
        ("", "::a::", "", ""),
    ] {
        let closes = if open == "a, " { 1 } else { DEEP };
        let source = format!(
            "{head}{}{middle}{}",
            open.repeat(DEEP),
            close.repeat(closes)
        );
        check_refused(source, "1: C stack overflow");
    }
}

#[test]
fn loops_that_nest_without_end_run_out_of_variables() {
    let message = "1: too many local variables (limit is 200) in main function near";
    check_refused("for i = 1, 2 do ".repeat(DEEP), &format!("{message} '='"));
    check_refused("for i in x do ".repeat(DEEP), &format!("{message} 'in'"));
}

#[test]
fn chains_may_be_long() {
    for (head, link) in [
        ("x = 1", " + 1"),
        ("x = 1", " and 1"),
        ("x = a", " or a"),
        ("x = 1 if x then ", "elseif x then "),
        ("", ";"),
        ("x = a", ":b()"),
        ("x = a", ".b[1]"),
        ("f", "{}''"),
    ] {
        let tail = if link.starts_with("elseif") {
            " end"
        } else {
            ""
        };
        let source = format!("{head}{}{tail}", link.repeat(DEEP));
        let output = give("check", source.as_bytes());
        assert_eq!(text(&output.stderr), "", "{link}");
        assert_eq!(output.status.code(), Some(0), "{link}");
    }
    let source = format!("local t = {{}} t.a = t x = t{}", ".a".repeat(DEEP));
    check_runs(source, b"");
}

#[test]
fn functions_have_bounds() {
    let names = |prefix: &str, count: usize| -> String {
        let names: Vec<_> = (0..count).map(|index| format!("{prefix}{index}")).collect();
        names.join(", ")
    };
    let message = "too many local variables (limit is 200) in";
    check_refused(
        format!("local {}", names("a", 201)),
        &format!("1: {message} main function near <eof>"),
    );
    check_refused(
        "local a\n".repeat(201),
        &format!("202: {message} main function near <eof>"),
    );
    check_refused(
        format!("function f({}) end", names("a", 201)),
        &format!("1: {message} function at line 1 near ')'"),
    );
    check_runs(format!("local {} print(1)", names("a", 200)), b"1\n");
    let nested = |count: usize| {
        let (first, second) = (names("a", 150), names("b", count));
        let sum = format!("{first}, {second}").replace(", ", " + ");
        format!(
            "local {first}\nlocal function outer()\nlocal {second}\n\
             return function() return {sum} end\nend"
        )
    };
    check_refused(
        nested(106),
        "4: too many upvalues (limit is 255) in function at line 4 near 'end'",
    );
    check_runs(nested(105), b"");
    let many = "1, ".repeat(1000);
    let message = "1: function or expression needs too many registers";
    check_refused(format!("return {many} 1"), message);
    check_refused(format!("f({many} 1)"), message);
}

#[test]
fn what_does_not_end_is_unfinished() {
    for (source, message) in [
        ("x = 'abc", "1: unfinished string near <eof>"),
        ("x = \"abc\n\"", "1: unfinished string near '\"abc'"),
        ("x = '\\", "1: unfinished string near <eof>"),
        ("x = '\\z \n ", "2: unfinished string near <eof>"),
        (
            "\nx = [[abc",
            "2: unfinished long string (starting at line 2) near <eof>",
        ),
        (
            "--[==[ ]=]\n",
            "2: unfinished long comment (starting at line 1) near <eof>",
        ),
        ("x = [==abc", "1: invalid long string delimiter near '[=='"),
        ("x = '\\x", "1: hexadecimal digit expected near ''\\x'"),
        ("x = '\\xg'", "1: hexadecimal digit expected near ''\\xg'"),
        ("x = '\\u{", "1: hexadecimal digit expected near ''\\u{'"),
        ("x = '\\u41'", "1: missing '{' near ''\\u4'"),
        (
            "x = '\\u{80000000}'",
            "1: UTF-8 value too large near ''\\u{80000000'",
        ),
        ("x = '\\999'", "1: decimal escape too large near ''\\999''"),
        ("x = '\\q'", "1: invalid escape sequence near ''\\q'"),
        ("x = 1e", "1: malformed number near '1e'"),
        ("x = 0x", "1: malformed number near '0x'"),
        ("x = 1..2", "1: malformed number near '1..2'"),
        ("x = 3x", "1: malformed number near '3x'"),
        ("if x then", "1: 'end' expected near <eof>"),
        ("if x then\n\nfor", "3: <name> expected near <eof>"),
        (
            "while true do\n\nx = 1",
            "3: 'end' expected (to close 'while' at line 1) near <eof>",
        ),
        ("f(", "1: unexpected symbol near <eof>"),
        ("x = {", "1: unexpected symbol near <eof>"),
        ("x = {1", "1: '}' expected near <eof>"),
        ("x = }", "1: unexpected symbol near '}'"),
        ("x = = 1", "1: unexpected symbol near '='"),
        ("x", "1: syntax error near <eof>"),
        ("return 1 2", "1: <eof> expected near '2'"),
        ("local x <foo> = 1", "1: unknown attribute 'foo'"),
        (
            "local x <const> = 1\nx = 2",
            "2: attempt to assign to const variable 'x'",
        ),
        (
            "local x <close>, y <close> = 1",
            "1: multiple to-be-closed variables in local list",
        ),
        (
            "function f() return ... end",
            "1: cannot use '...' outside a vararg function near '...'",
        ),
        ("break", "1: break outside loop at line 1"),
        (
            "::a::\nx = 1\n::a:: x = 2",
            "3: label 'a' already defined on line 1",
        ),
    ] {
        check_refused(source, message);
    }
}

#[test]
fn jumps_into_a_scope_are_refused() {
    for (source, message) in [
        (
            "goto x\nlocal a\n::x:: print(a)",
            "1: <goto x> at line 1 jumps into the scope of local 'a'",
        ),
        (
            "repeat\nif x then goto on end\nlocal y = 1\n::on:: until y",
            "2: <goto on> at line 2 jumps into the scope of local 'y'",
        ),
        (
            "goto x do ::x:: end",
            "1: no visible label 'x' for <goto> at line 1",
        ),
        (
            "::x:: function f() goto x end",
            "1: no visible label 'x' for <goto> at line 1",
        ),
    ] {
        let output = give("check", source.as_bytes());
        let found = text(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{source}");
        // The line before the message is where the block ended, as in PUC Lua.
        let (_, what) = message.split_once(' ').expect("a line comes first");
        assert!(found.ends_with(&format!(": {what}\n")), "{source}: {found}");
        assert!(found.starts_with("lunette: stdin:"), "{source}: {found}");
    }
}

#[test]
fn sources_are_bytes() {
    check_runs(b"io.write('\xff\xfe')", b"\xff\xfe");
    check_runs(b"local s = [[\xc3(\x00]] io.write(#s)", b"3");
    check_runs(b"\xef\xbb\xbfprint(1)", b"1\n");
    check_runs(b"# no Lua at all \xff\nprint(2)", b"2\n");
    check_runs(b"-- \xff\r\nprint(3)\r\n", b"3\n");
    check_refused(b"\xff = 1", "1: unexpected symbol near '<\\255>'");
    check_refused(b"\n\nx = \x01", "3: unexpected symbol near '<\\1>'");
}

#[test]
fn binary_chunks_are_refused() {
    let message = " attempt to load a binary chunk (mode is 't')";
    check_refused(b"\x1bLua\x54\x00\x19\x93\r\n\x1a\n", message);
    check_refused(b"\x1b", message);
}

#[test]
fn a_line_may_be_long() {
    const LONG: usize = 10_000_000;
    let source = format!("local s = '{}' print(#s)", "a".repeat(LONG));
    check_runs(source, b"10000000\n");
    let source = format!("x = {} print(x)", "a".repeat(LONG));
    check_runs(source, b"nil\n");
    let source = format!("local t = {{{}}} print(#t)", "1,".repeat(LONG / 2));
    check_runs(source, b"5000000\n");
    let source = format!("{} print(x)", "x=1 ".repeat(LONG / 4));
    check_runs(source, b"1\n");
    let source = format!("x = '{}", "a".repeat(LONG));
    check_refused(source, "1: unfinished string near <eof>");
    let source = format!("{}x = = 1", " ".repeat(LONG));
    check_refused(source, "1: unexpected symbol near '='");
}

#[test]
fn numerals_may_be_long() {
    for digits in ["9", "0.", "0x", "1e", "1e-"] {
        let rest = if digits.contains('x') { "f" } else { "1" };
        let source = format!("x = {digits}{} print(type(x))", rest.repeat(DEEP));
        check_runs(source, b"number\n");
    }
}

#[test]
fn unreadable_files_are_reported() {
    let folder = std::env::temp_dir();
    let output = Command::new(env!("CARGO_BIN_EXE_lunette"))
        .args(["check".as_ref(), folder.as_os_str()])
        .arg("no-such-file.lua")
        .output()
        .expect("the command was built");
    assert_eq!(output.status.code(), Some(1));
    let found = text(&output.stderr);
    assert_eq!(found.lines().count(), 2, "{found}");
    assert!(found.contains("cannot read") && found.contains("cannot open"));
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let path = folder.join(format!("lunette-unreadable-{}.lua", std::process::id()));
        std::fs::write(&path, "print(1)").expect("there is room for tests");
        let hidden = std::fs::Permissions::from_mode(0o000);
        std::fs::set_permissions(&path, hidden).expect("it is ours");
        // Some users may read everything.
        let may_read = std::fs::read(&path).is_ok();
        let output = Command::new(env!("CARGO_BIN_EXE_lunette"))
            .arg(&path)
            .output();
        let _ = std::fs::remove_file(&path);
        let output = output.expect("the command was built");
        if !may_read {
            assert_eq!(output.status.code(), Some(1));
            assert!(text(&output.stderr).contains("Permission denied"));
        }
    }
}
