//! Finalizers that are left when an execution ends.

use std::cell::RefCell;
use std::io;
use std::sync::Mutex;

use bumpalo::Bump;
use lunette::{Arena, Engine, ErrorKind, Invocation, LibrarySet, RunOptions, Streams};

/// Keeps what a script writes.
#[derive(Default)]
struct Kept(Mutex<Vec<u8>>);

impl Kept {
    fn take(&self) -> String {
        let mut text = self.0.lock().expect("no test panics with it");
        String::from_utf8_lossy(&std::mem::take(&mut *text)).into_owned()
    }
}

impl Streams for Kept {
    fn write_out(&self, bytes: &[u8]) -> io::Result<()> {
        let mut text = self.0.lock().expect("no test panics with it");
        text.extend_from_slice(bytes);
        Ok(())
    }

    fn write_err(&self, bytes: &[u8]) -> io::Result<()> {
        self.write_out(bytes)
    }

    fn flush_out(&self) -> io::Result<()> {
        Ok(())
    }

    fn read_in(&self, _buffer: &mut [u8]) -> io::Result<usize> {
        Ok(0)
    }
}

const MAKE: &str = "
    local mt = {__gc = function(o) print(o[1]) setmetatable({'never'}, getmetatable(o)) end}
    kept = setmetatable({'first'}, mt)
    setmetatable({'second'}, mt)
";

/// What a whole program prints, and the code that it ends with.
fn run(source: &str, fuel: Option<u64>) -> (String, Option<ErrorKind>) {
    let engine = Engine::with_libraries(LibrarySet::ALL);
    let program = engine.compile("test.lua", source).expect("it is Lua");
    let kept = Kept::default();
    let mut options = crate::calm().streams(&kept);
    if let Some(steps) = fuel {
        options = options.fuel(steps);
    }
    let programs = [Invocation {
        program: &program,
        args: &[],
        args_table: None,
    }];
    let mut arena = Arena::with_budget(4 << 20);
    let out = Bump::new();
    let result = engine.run(&options, &mut arena, &out, |_| Ok(()), &programs, |_| ());
    (kept.take(), result.err().map(|error| error.kind()))
}

#[test]
fn they_run_when_a_program_ends() {
    assert_eq!(run(MAKE, None), ("second\nfirst\n".into(), None));
    let failing = format!("{MAKE} error('it fails')");
    let (text, kind) = run(&failing, None);
    assert_eq!(
        (&*text, kind),
        ("second\nfirst\n", Some(ErrorKind::Runtime))
    );
}

#[test]
fn they_run_when_a_region_closes() {
    let engine = Engine::new();
    let program = engine.compile("test.lua", MAKE).expect("it is Lua");
    let kept = Kept::default();
    let options = RunOptions::new().streams(&kept);
    let out = Bump::new();
    for _ in 0..2 {
        let result = engine.enter_with(&options, &mut Arena::new(), &out, |region| {
            region.eval::<()>(&program)?;
            assert_eq!(kept.take(), "", "not before");
            Ok(())
        });
        assert!(result.is_ok());
        assert_eq!(kept.take(), "second\nfirst\n");
    }
}

#[test]
fn a_request_to_exit_says_whether_they_run() {
    let exit = |rest: &str| run(&format!("{MAKE} {rest}"), None).0;
    assert_eq!(exit("os.exit(0)"), "");
    assert_eq!(exit("os.exit(0, false)"), "");
    assert_eq!(exit("os.exit(0, true)"), "second\nfirst\n");
    // Variables are closed first.
    let closing = "local x <close> = setmetatable({}, {__close = function() print('closed') end})";
    let closed = exit(&format!("{closing} pcall(function() os.exit(3, true) end)"));
    assert_eq!(closed, "closed\nsecond\nfirst\n");
    assert_eq!(exit(&format!("{closing} os.exit(3)")), "");
}

#[test]
fn they_are_bounded_as_the_run_is() {
    let endless = "for i = 1, 3 do
        setmetatable({}, {__gc = function() print('once') while true do end end})
    end";
    let (text, _) = run(endless, Some(10_000));
    assert_eq!(text, "once\n");
    let growing = "for i = 1, 2 do
        setmetatable({}, {__gc = function()
            print(pcall(function() local t = {} while true do t[#t + 1] = {} end end))
        end})
    end";
    // What the first one left is reclaimed before the second one fails.
    let (text, _) = run(growing, None);
    assert_eq!(text, "false\tnot enough memory\n".repeat(2));
}

#[test]
fn there_may_be_more_garbage_than_the_budget() {
    // Each leaves 64 KiB, 40 MiB in all.
    let source = "for i = 1, 640 do
        setmetatable({}, {__gc = function() local t = {} for j = 1, 1000 do t[j] = {} end end})
    end";
    assert_eq!(run(source, None), (String::new(), None));
}

#[test]
fn errors_are_warnings() {
    let source = "warn('@on')
        local x = setmetatable({}, {__gc = function() error('late') end})
        local y = setmetatable({}, {__gc = function() error({}) end})
        local z = setmetatable({}, {__gc = 7})";
    let expected = "Lua warning: error in __gc (attempt to call a number value (metamethod '__gc'))
Lua warning: error in __gc (error object is not a string)
Lua warning: error in __gc (test.lua:2: late)
";
    assert_eq!(run(source, None), (expected.into(), None));
}

#[test]
fn they_run_when_an_execution_is_dropped() {
    thread_local! {
        static SEEN: RefCell<Vec<i64>> = const { RefCell::new(Vec::new()) };
    }
    let engine = Engine::new();
    let program = engine.compile(
        "test.lua",
        "all = {}
        for i = 1, 3 do all[i] = setmetatable({}, {__gc = function() note(i) end}) end",
    );
    let program = program.expect("it is Lua");
    let mut execution = engine.execution(Arena::new()).expect("there is memory");
    let set = execution.enter(|lua| {
        let note = lua.create_function(|_, index: i64| {
            SEEN.with(|seen| seen.borrow_mut().push(index));
            Ok(())
        })?;
        lua.raw_set(lua.globals(), "note", note)
    });
    set.expect("it is set");
    execution.eval::<()>(&program).expect("it runs");
    assert_eq!(SEEN.with(|seen| seen.borrow().len()), 0);
    drop(execution);
    assert_eq!(SEEN.take(), [3, 2, 1]);
}

#[test]
fn a_prepared_region_has_none() {
    let options = RunOptions::new();
    let program = Engine::new().compile("test.lua", MAKE).expect("it is Lua");
    let prepared = Engine::new().prepared(&options, Arena::new(), |region| region.eval(&program));
    let error = prepared.expect_err("each region would finalize the same object");
    assert_eq!(
        error.to_string(),
        "an object with a finalizer cannot be part of what regions begin with"
    );
}
