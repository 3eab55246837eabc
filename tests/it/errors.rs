//! Errors on their way out: code, message, traceback.

use std::collections::BTreeMap;

use bumpalo::Bump;
use lunette::{
    Arena, Category, Engine, Error, ErrorKind, Function, HostCode, LibrarySet, Notes, OwnedError,
    Raise, Value,
};

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

/// Runs `source` in a region, and gives its error in `out` to `check`.
fn error_of(source: &str, check: impl FnOnce(&Error<'_>)) {
    let engine = Engine::new();
    let program = engine.compile("t.lua", source).expect("it is Lua");
    let out = Bump::new();
    let result: Result<(), Error<'_>> = {
        let mut arena = Arena::new();
        engine.enter(&mut arena, &out, |region| region.eval(&program))
    };
    check(&result.expect_err("the script fails"));
}

fn texts(notes: Notes<'_>) -> Vec<String> {
    let text = |bytes| String::from_utf8_lossy(bytes).into_owned();
    notes.map(text).collect()
}

#[test]
fn an_error_value_arrives_as_data() {
    let source = "
        local shared = {'x'}
        local value = {code = 7, f = print, list = {shared, shared}}
        value.self = value
        error(value)";
    error_of(source, |error| {
        let value = error.value().as_table().expect("a table");
        let fields: BTreeMap<String, Value<'_>> = value
            .pairs()
            .map(|(key, value)| (key.as_str().expect("a name").to_string(), value))
            .collect();
        assert_eq!(fields["code"].as_int(), Some(7));
        assert_eq!(
            fields["f"].as_str().map(|text| text.to_string()).as_deref(),
            Some("(function)")
        );
        assert!(fields["self"].as_table().expect("a table").is(value));
        let list = fields["list"].as_table().expect("a table");
        let items: Vec<_> = list.pairs().map(|(_, item)| item.as_table()).collect();
        assert!(items[0].expect("a table").is(items[1].expect("a table")));
        assert_eq!(error.to_string(), "(error object is a table value)");
    });
}

#[test]
fn an_error_value_too_deep_is_described() {
    let source = "local t = {} for i = 1, 200 do t = {t} end error(t)";
    error_of(source, |error| {
        let text = error.value().as_str().expect("a description");
        assert_eq!(text.as_bytes(), b"(error object is a table value)");
    });
}

#[test]
fn open_notes_are_told_outermost_first() {
    let engine = Engine::with_libraries(LibrarySet::ALL);
    let source = "
        local inner = coroutine.wrap(function(f)
            debug.context('third', function() debug.context('fourth', f) end)
        end)
        debug.context('second', inner, fails)";
    let program = engine.compile("t.lua", source).expect("it is Lua");
    let out = Bump::new();
    let error = engine.enter(&mut Arena::new(), &out, |region| {
        let fails = region.create_function(|lua, ()| {
            let _fifth = lua.context("fifth");
            drop(lua.context("closed again"));
            Err::<(), _>(lua.error("failed"))
        })?;
        region.globals().set(region, "fails", fails)?;
        let _first = region.context("first");
        region.eval::<()>(&program)
    });
    let error = error.expect_err("it fails");
    assert_eq!(
        texts(error.contexts()),
        ["first", "second", "third", "fourth", "fifth"]
    );
    assert_eq!(error.to_owned_error().contexts()[4], "fifth");
    let all = format!("{error:#}");
    assert!(all.contains("\nin first\nin second\n"), "{all}");
}

#[test]
fn without_a_failure_a_note_costs_nothing_and_a_caught_one_is_gone() {
    let source = "
        local ok = pcall(debug.context, 'caught', error, 'x')
        assert(debug.context('returns', function(...) return select('#', ...) end, 1, 2) == 2)
        error('later', 0)";
    let engine = Engine::with_libraries(LibrarySet::ALL);
    let program = engine.compile("t.lua", source).expect("it is Lua");
    let out = Bump::new();
    let result: Result<(), Error<'_>> =
        engine.enter(&mut Arena::new(), &out, |region| region.eval(&program));
    let error = result.expect_err("it fails");
    assert!(error.contexts().is_empty());
}

/// An error with a source.
#[derive(Debug, thiserror::Error)]
#[error("cannot load the profile")]
struct LoadError(#[from] std::io::Error);

#[test]
fn errors_of_other_libraries_keep_their_sources() {
    let out = Bump::new();
    let error = Engine::new().enter(&mut Arena::new(), &out, |region| {
        let read = || -> Result<String, LoadError> { Ok(std::fs::read_to_string("/none")?) };
        read().raise(region)
    });
    let error = error.expect_err("there is no such file");
    assert_eq!(error.kind(), ErrorKind::Host);
    assert_eq!(error.to_string(), "cannot load the profile");
    assert_eq!(texts(error.causes()).len(), 1);
    let owned = error.to_owned_error();
    let source = std::error::Error::source(&owned).expect("a cause");
    assert!(source.to_string().contains("No such file"));
    let as_question_mark = || -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
        let bytes = vec![0xff];
        std::str::from_utf8(&bytes).map_err(OwnedError::from)?;
        Ok(())
    };
    assert!(as_question_mark().is_err());
}

#[test]
fn a_hosts_own_code_arrives_and_can_be_caught() {
    const BUSY: HostCode = HostCode::new(9, 1234);
    let engine = Engine::new();
    let program = engine
        .compile("t.lua", "assert(not pcall(fails)) fails()")
        .expect("it is Lua");
    let out = Bump::new();
    let error = engine.enter(&mut Arena::new(), &out, |region| {
        let fails = region.create_function(|lua, ()| {
            Err::<(), _>(lua.error_with_code(BUSY, "the store is busy"))
        })?;
        region.globals().set(region, "fails", fails)?;
        region.eval::<()>(&program)
    });
    let error = error.expect_err("it fails");
    assert_eq!(error.kind(), ErrorKind::Custom(BUSY));
    assert_eq!(error.kind().category(), Category::Custom(9));
    assert_eq!(error.to_string(), "the store is busy");
}

#[test]
fn what_an_error_loses_first_is_its_traceback() {
    let engine = Engine::new();
    let program = engine
        .compile("t.lua", "error(('message '):rep(10), 0)")
        .expect("it is Lua");
    let mut seen = Vec::new();
    let mut arena = Arena::new();
    for limit in (0..4096).step_by(64) {
        let out = Bump::new();
        out.set_allocation_limit(Some(limit));
        let result: Result<(), Error<'_>> = engine.enter(&mut arena, &out, |region| {
            let _note = region.context("n".repeat(200));
            region.eval(&program)
        });
        let error = result.expect_err("it fails");
        assert_eq!(error.kind(), ErrorKind::Runtime);
        let found = (
            error.has_payload(),
            !error.contexts().is_empty(),
            error.traceback().is_some(),
        );
        if seen.last() != Some(&found) {
            seen.push(found);
        }
    }
    assert_eq!(seen.first(), Some(&(false, false, false)));
    assert_eq!(seen.last(), Some(&(true, true, true)));
    // Nothing less worth is kept where something worth more was lost.
    for (payload, contexts, traceback) in seen {
        assert!(payload >= contexts && contexts >= traceback);
    }
}

/// A module of the host with memory of its own.
struct Subsystem {
    engine: Engine,
    arena: Arena,
    program: lunette::Program,
}

impl Subsystem {
    fn new(source: &str) -> Self {
        let engine = Engine::new();
        let program = engine.compile("module.lua", source).expect("it is Lua");
        let arena = Arena::with_budget(1 << 20);
        Self {
            engine,
            arena,
            program,
        }
    }

    fn work<'out>(&mut self, out: &'out Bump) -> Result<i64, Error<'out>> {
        let program = &self.program;
        self.engine
            .enter(&mut self.arena, out, |region| region.eval(program))
    }
}

/// Calls two modules, and returns the error of whichever fails.
fn both<'out>(
    first: &mut Subsystem,
    second: &mut Subsystem,
    out: &'out Bump,
) -> Result<i64, Error<'out>> {
    Ok(first.work(out)? + second.work(out)?)
}

#[test]
fn an_error_of_either_subsystem_reaches_the_caller() {
    for (one, two, expected) in [
        ("error('the first')", "return 1", "module.lua:1: the first"),
        (
            "return 1",
            "error('the second')",
            "module.lua:1: the second",
        ),
    ] {
        let out = Bump::new();
        let (mut first, mut second) = (Subsystem::new(one), Subsystem::new(two));
        let error = both(&mut first, &mut second, &out);
        drop((first, second));
        assert_eq!(error.expect_err("one fails").to_string(), expected);
    }
}

#[test]
fn a_host_function_passes_on_errors_of_other_regions() {
    let engine = Engine::new();
    let program = engine.compile("t.lua", "call()").expect("it is Lua");
    let out = Bump::new();
    let error = engine.enter(&mut Arena::new(), &out, |region| {
        let call = region.create_function(|lua, is_wrapped: bool| {
            let inner = Bump::new();
            let mut module = Subsystem::new("error('inside', 0)");
            let error = module.work(&inner).expect_err("it fails");
            Err::<(), _>(if is_wrapped {
                lua.error_caused_by("the module failed", &error)
            } else {
                lua.adopt(&error)
            })
        })?;
        region.globals().set(region, "call", call)?;
        let wrapped: Result<(), Error<'_>> = call.call(region, true);
        let wrapped = wrapped.expect_err("it fails");
        assert_eq!(wrapped.to_string(), "the module failed");
        assert_eq!(texts(wrapped.causes()), ["inside"]);
        region.eval::<()>(&program)
    });
    assert_eq!(error.expect_err("it fails").to_string(), "inside");
}

#[test]
fn a_variable_that_is_closed_sees_the_error_of_a_function_that_the_host_calls() {
    let source = "
        seen = nil
        return function(x)
            local guard <close> = setmetatable({}, {__close = function(_, e) seen = e end})
            error('raised', 0)
        end";
    let engine = Engine::new();
    let program = engine.compile("t.lua", source).expect("it is Lua");
    let out = Bump::new();
    let seen = engine.enter(&mut Arena::new(), &out, |region| {
        let f: Function<'_> = region.eval(&program)?;
        let result: Result<(), Error<'_>> = f.call(region, ());
        let error = result.expect_err("it fails");
        assert_eq!(error.to_string(), "raised");
        assert!(error.traceback().is_some());
        region.global::<String>("seen")
    });
    assert_eq!(seen.ok().as_deref(), Some("raised"));
}

#[test]
fn running_out_of_memory_is_told_with_a_traceback_and_ends_at_the_reserve() {
    let run = |source: &str| {
        let engine = Engine::new();
        let program = engine.compile("t.lua", source).expect("it is Lua");
        let mut arena = Arena::with_budget(256 << 10);
        let out = Bump::new();
        let result: Result<i64, Error<'_>> =
            engine.enter(&mut arena, &out, |region| region.eval(&program));
        let result = result.map_err(|error| error.to_owned_error());
        let again = engine.compile("t.lua", "return 5").expect("it is Lua");
        let again = engine.enter(&mut arena, &out, |region| region.eval::<i64>(&again));
        assert_eq!(again.ok(), Some(5), "the arena serves the next run");
        result
    };
    let fill = "local t = {} local function fill() while true do t = {t} end end ";
    let error = run(&format!("{fill} fill()")).expect_err("it runs out");
    assert_eq!(error.kind(), ErrorKind::Memory);
    assert_eq!(error.to_string(), "not enough memory");
    let traceback = error.traceback().expect("the reserve has room for it");
    assert!(traceback.contains("t.lua:1: in "), "{traceback}");
    // A handler has the reserve to work with.
    let caught = format!(
        "{fill} local ok, m = pcall(fill) assert(not ok and m == 'not enough memory')
        return #(m .. ' but there is some left for a message')"
    );
    assert_eq!(run(&caught).ok(), Some(54));
    // The reserve is not endless, and its end cannot be caught.
    let greedy = format!("{fill} while true do pcall(fill) end");
    let error = run(&greedy).expect_err("it runs out for good");
    assert_eq!(error.kind(), ErrorKind::MemoryReserve);
}
