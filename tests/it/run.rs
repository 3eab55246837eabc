//! Running whole programs, with evacuation.

use std::cell::{Cell, RefCell};
use std::io;

use bumpalo::Bump;
use lunette::{Arena, Engine, ErrorKind, Invocation, RunOptions, RunStats, Streams};

/// Keeps what a script writes.
#[derive(Default)]
struct Kept(RefCell<Vec<u8>>);

impl Kept {
    fn text(&self) -> String {
        String::from_utf8_lossy(&self.0.borrow()).into_owned()
    }
}

impl Streams for Kept {
    fn write_out(&self, bytes: &[u8]) -> io::Result<()> {
        self.0.borrow_mut().extend_from_slice(bytes);
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

#[test]
fn programs_run_in_order_in_one_region() {
    let engine = Engine::new();
    let first = engine.compile("a.lua", "print(greeting, ...) count = 1");
    let second = engine.compile("b.lua", "print(count, select('#', ...))");
    let (first, second) = (first.expect("it is Lua"), second.expect("it is Lua"));
    let invocations = [
        Invocation {
            program: &first,
            args: &[b"one", b"two\xFF"],
            args_table: None,
        },
        Invocation {
            program: &second,
            args: &[],
            args_table: None,
        },
    ];
    let kept = Kept::default();
    let options = RunOptions::new().streams(&kept);
    let inspected = Cell::new(false);
    let out = Bump::new();
    let result = engine.run(
        &options,
        &mut Arena::new(),
        &out,
        |region| region.raw_set(region.globals(), "greeting", "hello"),
        &invocations,
        |_| inspected.set(true),
    );
    assert!(result.is_ok());
    assert!(inspected.get());
    assert_eq!(kept.text(), "hello\tone\ttwo\u{FFFD}\n1\t0\n");
}

/// Runs `source` alone; its error kind, and what the region used.
fn run(source: &str, budget_bytes: usize) -> (Option<ErrorKind>, Option<RunStats>) {
    let engine = Engine::new();
    let program = engine.compile("t.lua", source).expect("it is Lua");
    let invocations = [Invocation {
        program: &program,
        args: &[],
        args_table: None,
    }];
    let stats = Cell::new(None);
    let out = Bump::new();
    let result = engine.run(
        &crate::calm(),
        &mut Arena::with_budget(budget_bytes),
        &out,
        |_| Ok(()),
        &invocations,
        |region| stats.set(Some(region.stats())),
    );
    (result.err().map(|error| error.kind()), stats.get())
}

#[test]
fn garbage_is_reclaimed_within_the_budget() {
    let source = "local kept = {}
        for i = 1, 1000000 do
            local garbage = {i}
            if i % 10000 == 0 then kept[#kept + 1] = garbage end
        end
        local sum = 0
        for _, t in ipairs(kept) do sum = sum + t[1] end
        assert(sum == 50500000)";
    let (kind, stats) = run(source, 32 << 20);
    assert_eq!(kind, None);
    let stats = stats.expect("the region was inspected");
    assert!(stats.evacuations.count > 0);
    assert!(stats.evacuations.reclaimed_bytes > 32 << 20);
    assert!(stats.memory.peak_bytes <= 32 << 20);
}

#[test]
fn what_is_reachable_is_bounded_by_the_budget() {
    let (kind, stats) = run("local t = {} while true do t[#t + 1] = {} end", 8 << 20);
    assert_eq!(kind, Some(ErrorKind::Memory));
    assert!(stats.is_some(), "a failed run is inspected too");
}
