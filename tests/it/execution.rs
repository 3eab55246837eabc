//! Executions: state that lives across calls, suspension, rooted values.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use lunette::{
    Arena, Engine, Error, ErrorKind, Execution, Function, Lua, MultiValue, Next, Rooted,
    RunOptions, Step, Value,
};

fn open() -> Execution {
    Engine::new()
        .execution(Arena::new())
        .expect("there is memory")
}

/// Compiles and runs `source`, and roots what it returns.
fn load(execution: &mut Execution, source: &str) -> Rooted {
    let program = Engine::new()
        .compile("test.lua", source)
        .expect("it is Lua");
    let rooted = execution.enter(|lua| {
        let value = lua.eval(&program)?;
        lua.root(value)
    });
    rooted.expect("it runs")
}

#[test]
fn state_lives_across_calls_threads_and_evacuations() {
    let mut execution = open();
    let push = load(
        &mut execution,
        "local list = {} return function(x) list[#list + 1] = {x} return #list end",
    );
    for index in 1..=100 {
        assert_eq!(execution.call::<i64>(&push, index).expect("it runs"), index);
    }
    assert!(execution.evacuate().expect("it is alive"));
    let thread = std::thread::spawn(move || {
        assert_eq!(execution.call::<i64>(&push, 0).expect("it runs"), 101);
        execution
    });
    let mut execution = thread.join().expect("the thread ends well");
    let stats = execution.stats().expect("it is alive");
    assert_eq!(stats.evacuations.count, 1);
}

#[test]
fn a_call_may_allocate_more_than_the_budget() {
    let engine = Engine::new();
    let mut execution = engine
        .execution(Arena::with_budget(16 << 20))
        .expect("there is memory");
    let churn = load(
        &mut execution,
        "return function() local t for i = 1, 500000 do t = {i} end return t[1] end",
    );
    assert_eq!(execution.call::<i64>(&churn, ()).expect("it runs"), 500_000);
    let stats = execution.stats().expect("it is alive");
    assert!(stats.evacuations.count > 0);
}

#[test]
fn rooted_values_stay_until_their_handle_is_dropped() {
    let mut execution = open();
    let roots = execution.enter(|lua| {
        let text = lua.str("x".repeat(1000))?.to_value();
        Ok((
            lua.root(text)?,
            lua.root(Value::NIL)?,
            lua.root(Value::bool(false))?,
        ))
    });
    let (text, nil, no) = roots.expect("there is memory");
    assert!(execution.evacuate().expect("it is alive"));
    execution
        .enter(|lua| {
            assert_eq!(text.get(lua)?.to_string().len(), 1000);
            assert!(nil.get(lua)?.is_nil());
            assert_eq!(no.get(lua)?.as_bool(), Some(false));
            Ok(())
        })
        .expect("they are there");
    drop(text);
    let again = execution
        .enter(|lua| lua.root(Value::int(7)))
        .expect("there is memory");
    assert_eq!(format!("{again:?}"), "Rooted#1", "the place is used again");
    let mut other = open();
    let error = other
        .enter(|lua| again.get(lua).map(|_| ()))
        .expect_err("it is not its own");
    assert_eq!(error.kind(), ErrorKind::Ended);
}

#[test]
fn slices_give_the_host_its_turn() {
    let mut execution = open();
    let count = load(
        &mut execution,
        "return function(n)
            local wrapped = coroutine.wrap(function()
                local sum = 0
                for i = 1, n do sum = sum + i end
                coroutine.yield(sum)
            end)
            return wrapped()
        end",
    );
    execution.set_slice(Some(1000)).expect("it is alive");
    let mut step = execution.start::<i64>(&count, 10_000).expect("it runs");
    let mut slices = 0;
    let sum = loop {
        match step {
            Step::Done(sum) => break sum,
            Step::Slice => slices += 1,
            Step::Waiting => panic!("nothing waits"),
        }
        if slices == 3 {
            assert!(execution.evacuate().expect("it is alive"));
            let error = execution
                .start::<i64>(&count, 1)
                .expect_err("one is not over");
            assert_eq!(error.kind(), ErrorKind::Ended);
        }
        step = execution.resume(()).expect("it runs");
    };
    assert_eq!(sum, 50_005_000);
    assert!((9..=11).contains(&slices), "{slices}");
    assert_eq!(execution.call::<i64>(&count, 10_000).expect("it runs"), sum);
    let error = execution.resume::<()>(()).expect_err("nothing stopped");
    assert_eq!(error.kind(), ErrorKind::Ended);
}

/// Makes the global function `ask`, which shows its argument to the host and doubles the answer.
fn give_ask(execution: &mut Execution) {
    execution
        .enter(|lua| {
            let ask = lua.create_resumable(|lua, turn| {
                if turn.is_first() {
                    let question: MultiValue<'_> = turn.args()?;
                    return Next::wait(lua, &*question)?.keeping(lua, "kept");
                }
                let answer: i64 = turn.results()?;
                let kept: String = turn.args()?;
                Next::done(lua, (answer * 2, kept))
            })?;
            lua.globals().set(lua, "ask", ask)
        })
        .expect("there is memory");
}

#[test]
fn host_functions_wait_for_the_host() {
    let mut execution = open();
    give_ask(&mut execution);
    let run = load(
        &mut execution,
        "return function()
            local co = coroutine.wrap(function()
                local ok, answer, kept = pcall(ask, 'how many?', 1)
                return answer, kept
            end)
            return co()
        end",
    );
    let step = execution.start::<(i64, String)>(&run, ()).expect("it runs");
    assert_eq!(step, Step::Waiting);
    let shown: (String, i64) = execution.waiting_for().expect("it waits");
    assert_eq!(shown, ("how many?".to_owned(), 1));
    assert!(execution.evacuate().expect("it is alive"));
    let step = execution.resume::<(i64, String)>(21).expect("it runs");
    assert_eq!(step, Step::Done((42, "kept".to_owned())));
}

#[test]
fn nobody_waits_in_a_plain_call() {
    let mut execution = open();
    give_ask(&mut execution);
    let run = load(&mut execution, "return function() return ask(1) end");
    let error = execution.call::<i64>(&run, ()).expect_err("nobody answers");
    assert_eq!(error.message(), "nobody waits for this function");
    let caught = load(
        &mut execution,
        "return function() return (pcall(ask, 1)) end",
    );
    assert!(!execution.call::<bool>(&caught, ()).expect("it is caught"));
    let nested = load(
        &mut execution,
        "return function() table.sort({1, 2}, function() ask(1) end) end",
    );
    let error = execution
        .start::<()>(&nested, ())
        .expect_err("a sort is in between");
    assert_eq!(
        error.message(),
        "attempt to wait where the host cannot suspend the run"
    );
    let handled = load(
        &mut execution,
        "return function() return select(2, xpcall(error, ask)) end",
    );
    execution
        .start::<Option<String>>(&handled, ())
        .expect("the handler fails");
    // All of these left the execution as it should be.
    let fine = load(&mut execution, "return function() return 7 end");
    assert_eq!(execution.call::<i64>(&fine, ()).expect("it runs"), 7);
}

#[test]
fn a_call_can_be_given_up() {
    let mut execution = open();
    give_ask(&mut execution);
    let run = load(
        &mut execution,
        "return function()
            local guard <close> = setmetatable({}, {__close = function() closed = true end})
            pcall(ask, 1)
            reached = true
        end",
    );
    assert_eq!(
        execution.start::<()>(&run, ()).expect("it runs"),
        Step::Waiting
    );
    execution.abort().expect("it waits");
    let seen = execution.enter(|lua| {
        Ok((
            lua.global::<bool>("closed")?,
            lua.global::<bool>("reached")?,
        ))
    });
    assert_eq!(seen.expect("it is alive"), (false, false));
    assert!(execution.abort().is_err());
}

#[test]
fn bounds_are_set_anew_for_each_call() {
    let mut execution = open();
    let spin = load(
        &mut execution,
        "return function(n) while n ~= 0 do n = n - 1 end return 'done' end",
    );
    execution.set_bounds(&RunOptions::new().fuel(10_000));
    let error = execution.call::<String>(&spin, -1).expect_err("it spins");
    assert_eq!(error.kind(), ErrorKind::Fuel);
    let limit = Duration::from_millis(20);
    execution.set_bounds(&RunOptions::new().time_limit(limit));
    let error = execution.call::<String>(&spin, -1).expect_err("it spins");
    assert_eq!(error.kind(), ErrorKind::Deadline);
    let flag = Arc::new(AtomicBool::new(false));
    execution.set_bounds(&RunOptions::new().cancel(flag.clone()));
    let canceller = std::thread::spawn(move || {
        std::thread::sleep(Duration::from_millis(20));
        flag.store(true, Ordering::Relaxed);
    });
    let error = execution.call::<String>(&spin, -1).expect_err("it spins");
    assert_eq!(error.kind(), ErrorKind::Cancelled);
    canceller.join().expect("the thread ends well");
    execution.set_bounds(&RunOptions::new());
    assert_eq!(execution.call::<String>(&spin, 5).expect("it runs"), "done");
}

#[test]
fn a_panic_ends_the_execution() {
    let mut execution = open();
    let boom = execution.enter(|lua: Lua<'_>| {
        let boom = lua.create_function(|_, ()| -> Result<(), Error<'_>> { panic!("boom") })?;
        lua.root(boom.to_value())
    });
    let boom = boom.expect("there is memory");
    let caught = catch_unwind(AssertUnwindSafe(|| execution.call::<()>(&boom, ()).is_ok()));
    assert!(caught.is_err());
    assert!(execution.has_ended());
    let error = execution.call::<()>(&boom, ()).expect_err("it has ended");
    assert_eq!(error.kind(), ErrorKind::Ended);
}

#[test]
fn an_execution_is_opened_again_and_again() {
    let engine = Engine::new();
    let program = engine.compile("t.lua", "seen = (seen or 0) + 1 return seen");
    let program = program.expect("it is Lua");
    let boom = engine.compile(
        "boom.lua",
        "local t <close> = setmetatable({}, {__close = boom})",
    );
    let boom = boom.expect("it is Lua");
    let spin = engine
        .compile("spin.lua", "for i = 1, 1e9 do end")
        .expect("it is Lua");
    let options = RunOptions::new().fuel(1_000_000);
    let mut execution = engine
        .execution(Arena::with_budget(1 << 20))
        .expect("there is room");
    assert!(execution.arena().is_none());
    for round in 0..20 {
        execution.reopen(&engine, &options).expect("there is room");
        assert_eq!(execution.eval::<i64>(&program).expect("it runs"), 1);
        assert_eq!(execution.eval::<i64>(&program).expect("it runs"), 2);
        let kept = execution.enter(|lua| {
            let boom = lua.create_function(|_, ()| -> Result<(), Error<'_>> { panic!("boom") })?;
            lua.globals().set(lua, "boom", boom)?;
            lua.root(lua.str("of this round")?.to_value())
        });
        let kept = kept.expect("there is room");
        match round % 4 {
            // A panic ends what is there, but not what comes.
            0 => {
                let caught = catch_unwind(AssertUnwindSafe(|| execution.eval::<()>(&boom)));
                assert!(caught.is_err() && execution.has_ended());
            }
            // So does fuel; each has its own.
            1 => {
                let error = execution.eval::<()>(&spin).expect_err("it spins");
                assert_eq!(error.kind(), ErrorKind::Fuel);
            }
            // A call that stopped is given up.
            2 => {
                execution.set_slice(Some(1000)).expect("it is open");
                let step = execution.start_with::<()>(|lua| {
                    let function = lua.load(&spin)?.to_value();
                    Ok((function, MultiValue::new(lua)))
                });
                assert_eq!(step.expect("it is not over"), Step::Slice);
            }
            _ => {
                execution.close();
                assert!(execution.has_ended());
                let arena = execution.arena().expect("it is closed");
                assert!(arena.kept_bytes() > 0 || cfg!(lunette_stress));
                let error = execution.eval::<i64>(&program).expect_err("it is closed");
                assert_eq!(error.kind(), ErrorKind::Ended);
            }
        }
        execution.reopen(&engine, &options).expect("there is room");
        let foreign = execution.enter(|lua| kept.get(lua).map(|_| ()));
        assert_eq!(foreign.expect_err("of another").kind(), ErrorKind::Ended);
    }
    // What finalizers write is there by the time that it is closed, and another engine's regions
    // begin otherwise.
    let other = engine.prepared(&RunOptions::new(), Arena::new(), |region| {
        region.eval(&program)
    });
    let other = other.expect("it has an image");
    execution.reopen(&other, &options).expect("there is room");
    assert_eq!(execution.eval::<i64>(&program).expect("it runs"), 2);
    execution.reopen(&engine, &options).expect("there is room");
    assert_eq!(execution.eval::<i64>(&program).expect("it runs"), 1);
}

#[test]
fn a_seed_of_the_host_goes_before_that_of_an_image() {
    let engine = Engine::new();
    let draw = engine
        .compile("d.lua", "return math.random(0)")
        .expect("it is Lua");
    let prepare = |source: &str| {
        let setup = engine.compile("s.lua", source).expect("it is Lua");
        let options = RunOptions::new();
        let prepared = engine.prepared(&options, Arena::new(), |region| region.eval(&setup));
        prepared.expect("it has an image")
    };
    let drawn = |engine: &Engine, options: RunOptions<'static>| {
        let mut execution = engine.execution(Arena::new()).expect("there is room");
        execution.reopen(engine, &options).expect("there is room");
        execution.eval::<i64>(&draw).expect("it runs")
    };
    let seeded = prepare("math.randomseed(42) math.random()");
    let plain = || RunOptions::new();
    assert_eq!(drawn(&seeded, plain()), drawn(&seeded, plain()));
    assert_ne!(
        drawn(&seeded, plain()),
        drawn(&seeded, plain().random_seed(1))
    );
    assert_ne!(
        drawn(&seeded, plain().random_seed(1)),
        drawn(&seeded, plain().random_seed(2))
    );
    assert_eq!(
        drawn(&seeded, plain().random_seed(1)),
        drawn(&prepare(""), plain().random_seed(1))
    );
}

#[test]
fn scripts_yield_across_resumable_functions() {
    let mut execution = open();
    execution
        .enter(|lua| {
            // Calls its function for 1, 2, ... until that returns false.
            let each = lua.create_resumable(|lua, turn| {
                let (function, index): (Function<'_>, Option<i64>) = turn.args()?;
                if !turn.is_first() && !turn.results::<bool>()? {
                    return Next::done(lua, index);
                }
                let index = index.unwrap_or(0) + 1;
                Next::call(lua, function, index)?.keeping(lua, (function, index))
            })?;
            lua.globals().set(lua, "each", each)?;
            let pause = lua.create_resumable(|lua, turn| {
                if turn.is_first() {
                    return Next::suspend(lua, ("paused", turn.args::<i64>()?));
                }
                Next::done(lua, turn.results::<MultiValue<'_>>()?)
            })?;
            lua.globals().set(lua, "pause", pause)
        })
        .expect("there is memory");
    let run = load(
        &mut execution,
        "return function()
            local co = coroutine.wrap(function()
                local n = each(function(i) coroutine.yield(i) return i < 3 end)
                return n, pause(4)
            end)
            assert(co() == 1 and co() == 2 and co() == 3)
            local what, n = co()
            assert(what == 'paused' and n == 4)
            local last, a, b = co('a', 'b')
            return last, a .. b
        end",
    );
    let found = execution.call::<(i64, String)>(&run, ()).expect("it runs");
    assert_eq!(found, (3, "ab".to_owned()));
    let outside = load(&mut execution, "return function() return pause(1) end");
    let error = execution
        .call::<()>(&outside, ())
        .expect_err("there is no coroutine");
    assert_eq!(error.message(), "attempt to yield from outside a coroutine");
}

#[test]
fn finalizers_run_when_an_execution_is_dropped() {
    let seen = Arc::new(AtomicBool::new(false));
    let noted = seen.clone();
    let mut execution = open();
    execution
        .enter(|lua| {
            let note = lua.create_function(move |_, ()| {
                noted.store(true, Ordering::Relaxed);
                Ok(())
            })?;
            lua.globals().set(lua, "note", note)
        })
        .expect("there is memory");
    load(&mut execution, "return setmetatable({}, {__gc = note})");
    assert!(!seen.load(Ordering::Relaxed));
    drop(execution);
    assert!(seen.load(Ordering::Relaxed));
    assert_eq!(Arc::strong_count(&seen), 1, "the closure is dropped");
}

#[test]
fn a_stopped_call_is_not_disturbed_by_what_the_host_calls_meanwhile() {
    let mut execution = open();
    let long = "local t = {} for i = 1, 500 do t[i] = {i} end return #t";
    let long = load(&mut execution, &format!("return function() {long} end"));
    let sum = "local n = 0 for i = 1, 500 do n = n + i end return n";
    let sum = load(&mut execution, &format!("return function() {sum} end"));
    let waiting = execution.enter(|lua| {
        let function = lua.create_resumable(|lua, turn| match turn.is_first() {
            true => Next::wait(lua, 1),
            false => Next::done(lua, 2),
        })?;
        lua.root(function.to_value())
    });
    let waiting = waiting.expect("there is memory");
    execution.set_slice(Some(50)).expect("it is alive");
    let mut slices = 0;
    let mut step = execution.start::<i64>(&long, ());
    while !matches!(step, Ok(Step::Done(_)) | Err(_)) {
        slices += 1;
        let found = execution.enter(|lua| lua.call::<i64>(sum.get(lua)?, ()));
        assert_eq!(found.expect("it runs"), 125_250);
        let refused = execution.enter(|lua| lua.call::<i64>(waiting.get(lua)?, ()));
        let message = refused.expect_err("nothing can wait there").to_string();
        assert!(message.contains("attempt to wait"), "{message}");
        assert!(execution.evacuate().expect("it is alive"));
        step = execution.resume::<i64>(());
    }
    assert!(matches!(step, Ok(Step::Done(500))));
    assert!(slices > 5, "{slices}");
}
