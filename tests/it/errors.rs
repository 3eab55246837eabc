//! Errors on their way out: code, message, traceback.

use bumpalo::Bump;
use lunette::{Arena, Category, Engine, Error, ErrorKind};

use super::eval_int;

#[test]
fn a_syntax_error_tells_file_and_line() {
    let error = Engine::new().compile("bad.lua", "x = 1\ny = = 2");
    let error = error.expect_err("it is not Lua");
    assert_eq!(error.kind(), ErrorKind::Syntax);
    assert_eq!(error.message(), "bad.lua:2: unexpected symbol near '='");
    assert_eq!(error.traceback(), None);
}

#[test]
fn names_are_as_in_load() {
    let message = |name: &str| match Engine::new().compile(name, "x") {
        Ok(_) => String::new(),
        Err(error) => error.message().to_owned(),
    };
    assert_eq!(message("=stdin"), "stdin:1: syntax error near <eof>");
    assert_eq!(message("@a.lua"), "a.lua:1: syntax error near <eof>");
    assert_eq!(message(""), ":1: syntax error near <eof>");
}

#[test]
fn binary_chunks_are_refused() {
    let error = Engine::new().compile("a.luac", b"\x1bLua\x54");
    let error = error.expect_err("it is no text");
    assert_eq!(error.kind(), ErrorKind::Syntax);
    assert_eq!(
        error.message(),
        "attempt to load a binary chunk (mode is 't')"
    );
}

#[test]
fn a_first_line_for_the_shell_is_skipped() {
    let source = "#!/usr/bin/env lunette\nreturn 5";
    assert_eq!(eval_int(source).ok(), Some(5));
    let error = eval_int("#!/usr/bin/env lunette\nreturn nil + 1");
    let error = error.expect_err("nil is no number");
    assert_eq!(
        error.message(),
        "test.lua:2: attempt to perform arithmetic on a nil value"
    );
}

#[test]
fn a_runtime_error_has_position_and_traceback() {
    let error = eval_int("local t\nlocal function f() return t.x end\nreturn f() + 1");
    let error = error.expect_err("nil has no fields");
    assert_eq!(error.kind(), ErrorKind::Runtime);
    assert_eq!(error.kind().category(), Category::Script);
    assert_eq!(
        error.message(),
        "test.lua:2: attempt to index a nil value (upvalue 't')"
    );
    let traceback = error.traceback().expect("there was room to draw it");
    assert!(traceback.starts_with("stack traceback:\n\t"), "{traceback}");
}

#[test]
fn an_error_outlives_its_region() {
    let engine = Engine::new();
    let program = engine
        .compile("t.lua", "local t = nil; t.x = 1")
        .expect("it is Lua");
    let out = Bump::new();
    let error = {
        let mut arena = Arena::new();
        let result: Result<(), Error<'_>> =
            engine.enter(&mut arena, &out, |region| region.eval(&program));
        result.expect_err("nil has no fields")
    };
    assert_eq!(
        error.to_string(),
        "t.lua:1: attempt to index a nil value (local 't')"
    );
    assert_eq!(error.to_owned_error().message(), error.to_string());
}

#[test]
fn without_room_in_the_callers_memory_the_code_arrives() {
    let engine = Engine::new();
    let program = engine
        .compile("t.lua", "return nil .. 'x'")
        .expect("it is Lua");
    let out = Bump::new();
    out.set_allocation_limit(Some(0));
    let result: Result<(), Error<'_>> =
        engine.enter(&mut Arena::new(), &out, |region| region.eval(&program));
    let error = result.expect_err("nil cannot be concatenated");
    assert_eq!(error.kind(), ErrorKind::Runtime);
    assert!(!error.has_payload());
}
