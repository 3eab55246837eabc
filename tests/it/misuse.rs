//! What bad use of the interface gets where types cannot forbid it: an error with a code. What does
//! not compile is in the documentation of `src/embed/misuse.rs` and below `tests/ui`.

use std::panic::{AssertUnwindSafe, catch_unwind};

use bumpalo::Bump;
use lunette::{
    Arena, Engine, Error, ErrorKind, Function, Lua, MultiValue, Region, Table, UserData, Value,
};

/// Fails with `kind` and a message that has `part` in it, and leaves the arena ready for the next.
#[track_caller]
fn check<R>(
    kind: ErrorKind,
    part: &str,
    body: impl for<'r> FnOnce(Region<'r, '_>) -> Result<R, Error<'r>>,
) {
    let (engine, mut arena, out) = (Engine::new(), Arena::new(), Bump::new());
    let ended = engine.enter(&mut arena, &out, |region| body(region).map(|_| ()));
    let error = ended.expect_err("it is bad use").to_owned_error();
    assert_eq!(error.kind(), kind, "{error:#}");
    assert!(error.message().contains(part), "{}", error.message());
    let next = engine.enter(&mut arena, &out, |region| {
        region.globals().set(region, "x", 1)
    });
    assert!(next.is_ok());
}

/// What `source` returns.
fn eval<'r, R: lunette::FromLuaMulti<'r>>(
    region: Region<'r, '_>,
    source: &str,
) -> Result<R, Error<'r>> {
    let program = Engine::new().compile("test.lua", source);
    region.eval(&program.expect("it is Lua"))
}

#[test]
fn what_is_no_function_is_not_called() {
    let message = "attempt to call a table value";
    check(ErrorKind::Runtime, message, |region| {
        let table = region.globals().to_value();
        region.call::<()>(table, ())
    });
    check(
        ErrorKind::Conversion,
        "function expected, got nil",
        |region| region.function("no_such_function").map(|_| ()),
    );
    check(
        ErrorKind::Runtime,
        "attempt to call a thread value",
        |region| {
            let thread: Value<'_> = eval(region, "return coroutine.create(print)")?;
            region.call::<()>(thread, ())
        },
    );
}

#[test]
fn coroutines_that_are_dead_or_running_are_not_resumed() {
    check(
        ErrorKind::Runtime,
        "cannot resume dead coroutine",
        |region| {
            let wrapped: Function<'_> = eval(region, "return coroutine.wrap(function() end)")?;
            wrapped.call::<()>(region, ())?;
            wrapped.call::<()>(region, ())
        },
    );
    let message = "cannot resume non-suspended coroutine";
    check(ErrorKind::Runtime, message, |region| {
        let source = "local f f = coroutine.wrap(function() return f() end) return f";
        let wrapped: Function<'_> = eval(region, source)?;
        wrapped.call::<()>(region, ())
    });
}

#[test]
fn what_does_not_fit_names_the_path_to_it() {
    let message = "headers[3]: string expected, got table";
    check(ErrorKind::Conversion, message, |region| {
        let reply: Table<'_> = eval(region, "return {headers = {'a', 'b', {}}}")?;
        reply.get::<Vec<String>>(region, "headers")
    });
    check(ErrorKind::Conversion, "out of range for u8", |region| {
        eval::<u8>(region, "return 256")
    });
    check(
        ErrorKind::Conversion,
        "no integer representation",
        |region| eval::<i64>(region, "return 2^63"),
    );
    check(ErrorKind::Conversion, "does not fit 64 bits", |region| {
        region.globals().set(region, "x", u64::MAX)
    });
    check(ErrorKind::Conversion, "not valid UTF-8", |region| {
        eval::<String>(region, "return '\\xff'")
    });
}

struct Account;

impl UserData for Account {}

#[test]
fn objects_are_borrowed_by_one_writer_or_by_readers() {
    check(ErrorKind::Borrow, "borrowed already", |region| {
        let object = region.userdata(Account)?;
        let _writer = object.borrow_mut::<Account>(region)?;
        object.borrow::<Account>(region).map(|_| ())
    });
    check(ErrorKind::Borrow, "borrowed already", |region| {
        let object = region.userdata(Account)?;
        let _reader = object.borrow::<Account>(region)?;
        object.borrow_mut::<Account>(region).map(|_| ())
    });
}

#[test]
fn hosts_and_scripts_call_each_other_to_a_fixed_depth() {
    check(ErrorKind::Runtime, "C stack overflow", |region| {
        let call = region
            .create_function(|lua, function: Function<'_>| function.call::<Value<'_>>(lua, ()))?;
        region.globals().set(region, "call", call)?;
        eval::<()>(region, "local function f() return call(f) end f()")
    });
}

#[test]
fn an_execution_that_has_ended_is_not_used() {
    let engine = Engine::new();
    let mut execution = engine.execution(Arena::new()).expect("there is memory");
    let panicking = catch_unwind(AssertUnwindSafe(|| {
        execution.enter(|_: Lua<'_>| -> Result<(), Error<'_>> { panic!("a mistake of the host") })
    }));
    assert!(panicking.is_err() && execution.has_ended());
    let error = execution.enter(|_| Ok(())).expect_err("it has ended");
    assert_eq!(error.kind(), ErrorKind::Ended);
    let error = execution.evacuate().expect_err("it has ended");
    assert_eq!(error.kind(), ErrorKind::Ended);
    let error = execution
        .resume::<()>(())
        .map(|_| ())
        .expect_err("it has ended");
    assert_eq!(error.kind(), ErrorKind::Ended);
}

#[test]
fn only_a_call_that_stopped_is_resumed() {
    let engine = Engine::new();
    let mut execution = engine.execution(Arena::new()).expect("there is memory");
    let error = execution
        .resume::<()>(())
        .map(|_| ())
        .expect_err("nothing stopped");
    assert_eq!(error.kind(), ErrorKind::Ended);
    // It goes on being of use.
    let values = execution.enter(|lua| Ok(MultiValue::new(lua).len()));
    assert_eq!(values.ok(), Some(0));
}
