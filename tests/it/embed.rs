//! Compiling, loading, calling, and what leaves a region.

use bumpalo::Bump;
use lunette::{
    Arena, ArenaSource, Budget, Engine, Error, FixedSource, Function, Str, Table, Unpacked, Value,
};

use super::eval_int;

#[test]
fn a_program_runs_in_a_region() {
    assert_eq!(eval_int("return 6 * 7").ok(), Some(42));
}

#[test]
fn a_program_runs_many_times_on_one_arena() {
    let engine = Engine::new();
    let program = engine
        .compile("count.lua", "count = (count or 0) + 1 return count")
        .expect("it is Lua");
    let mut arena = Arena::new();
    let out = Bump::new();
    for _ in 0..100 {
        let counts = engine.enter(&mut arena, &out, |region| {
            Ok((region.eval::<i64>(&program)?, region.eval::<i64>(&program)?))
        });
        assert_eq!(counts.ok(), Some((1, 2)), "globals end with their region");
    }
}

#[test]
fn a_region_keeps_the_programs_that_it_loaded() {
    let engine = Engine::new();
    let mut arena = Arena::new();
    let out = Bump::new();
    let text = engine.enter(&mut arena, &out, |region| {
        let program = engine
            .compile(
                "f.lua",
                "return function() return 'a constant of the program' end",
            )
            .expect("it is Lua");
        let function: Function<'_> = region.eval(&program)?;
        drop(program);
        let text: Str<'_> = function.call(region, ())?;
        region.escape_str(text)
    });
    assert_eq!(text.ok(), Some("a constant of the program"));
}

#[test]
fn programs_and_engines_are_shared_by_threads() {
    let engine = Engine::new();
    let program = engine.compile("f.lua", "local n = ... return n * n");
    let program = program.expect("it is Lua");
    let squares: Vec<_> = std::thread::scope(|scope| {
        let square = |n: i64| {
            let (engine, program) = (engine.clone(), program.clone());
            move || {
                let mut arena = Arena::new();
                let out = Bump::new();
                let square = engine.enter(&mut arena, &out, |region| {
                    let main = region.load(&program)?;
                    Function::from(main).call::<i64>(region, n)
                });
                square.ok()
            }
        };
        let threads: Vec<_> = (1..=4).map(|n| scope.spawn(square(n))).collect();
        let results = threads
            .into_iter()
            .map(|thread| thread.join().ok().flatten());
        results.collect()
    });
    assert_eq!(squares, [Some(1), Some(4), Some(9), Some(16)]);
}

#[test]
fn values_go_in_and_come_out() {
    let engine = Engine::new();
    let program = engine
        .compile(
            "f.lua",
            "local t, text, flag, float, none = ...
             return t.key .. text, t[1], flag, float, none",
        )
        .expect("it is Lua");
    let mut arena = Arena::new();
    let out = Bump::new();
    let text = engine.enter(&mut arena, &out, |region| {
        let table: Table<'_> = region.table([("key", "value ")])?;
        region.raw_set(table, 1, 2.5)?;
        assert_eq!(region.raw_get::<f64>(table, 1)?, 2.5);
        assert_eq!(region.raw_get::<Option<i64>>(table, "absent")?, None);
        let list = region.list(["a", "b"])?;
        assert_eq!(list.raw_len(), 2);
        let main = region.load(&program)?;
        let args = (table, "of a longer text", true, 0.5, None::<i64>);
        let text: Value<'_> = region.call(main.to_value(), args)?;
        region.escape(text)
    });
    let Ok(Unpacked::Str(text)) = text.map(Value::unpack) else {
        panic!("a string was returned");
    };
    assert_eq!(text.as_bytes(), b"value of a longer text");
}

#[test]
fn what_is_no_data_does_not_escape() {
    let engine = Engine::new();
    let program = engine.compile("t.lua", "return print").expect("it is Lua");
    let out = Bump::new();
    let result = engine.enter(&mut Arena::new(), &out, |region| {
        let function = region.eval(&program)?;
        region.escape(function)
    });
    let error = result.expect_err("functions stay");
    assert_eq!(
        error.to_string(),
        "cannot copy a function out of its region"
    );
}

#[test]
fn results_of_the_wrong_type_are_errors() {
    let error = eval_int("return {}").expect_err("a table is no integer");
    assert_eq!(error.to_string(), "number expected, got table");
    let error = eval_int("return 1.5").expect_err("a fraction is no integer");
    assert_eq!(error.to_string(), "number has no integer representation");
}

#[test]
fn a_region_runs_on_a_callers_bump_and_on_a_fixed_buffer() {
    let engine = Engine::new();
    let program = engine.compile(
        "t.lua",
        "local t = {} for i = 1, 100 do t[i] = i end return #t",
    );
    let program = program.expect("it is Lua");
    let out = Bump::new();

    let parent = Bump::new();
    let mut arena = Arena::with_source(ArenaSource::new(&parent), Budget::UNLIMITED);
    let count = engine.enter(&mut arena, &out, |region| region.eval::<i64>(&program));
    assert_eq!(count.ok(), Some(100));

    let mut buffer = vec![std::mem::MaybeUninit::uninit(); 1 << 20];
    let mut arena = Arena::with_source(FixedSource::new(&mut buffer), Budget::UNLIMITED);
    for _ in 0..10 {
        let count = engine.enter(&mut arena, &out, |region| region.eval::<i64>(&program));
        assert_eq!(count.ok(), Some(100));
    }
}

#[test]
fn a_panic_closes_the_region_and_goes_on() {
    let engine = Engine::new();
    let program = engine.compile("t.lua", "return 1").expect("it is Lua");
    let mut arena = Arena::new();
    let out = Bump::new();
    let panicked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        let result: Result<(), Error<'_>> = engine.enter(&mut arena, &out, |region| {
            region.str("something that is never seen again")?;
            panic!("the host's mistake");
        });
        result.is_ok()
    }));
    assert!(panicked.is_err());
    let keeps_chunks = cfg!(not(lunette_stress));
    assert!(
        !keeps_chunks || arena.kept_bytes() > 0,
        "the chunks came back"
    );
    let one = engine.enter(&mut arena, &out, |region| region.eval::<i64>(&program));
    assert_eq!(one.ok(), Some(1));
}

#[test]
fn regions_may_be_open_inside_each_other() {
    let engine = Engine::new();
    let program = engine
        .compile("t.lua", "return ... + 1")
        .expect("it is Lua");
    let out = Bump::new();
    let result = engine.enter(&mut Arena::new(), &out, |outer| {
        let inner = engine.enter(&mut Arena::new(), &out, |inner| {
            let main = inner.load(&program)?;
            inner.call::<i64>(main.to_value(), 1)
        });
        let main = outer.load(&program)?;
        outer.call::<i64>(main.to_value(), inner.unwrap_or(0))
    });
    assert_eq!(result.ok(), Some(3));
}

#[test]
fn equal_sources_have_equal_hashes() {
    let engine = Engine::new();
    let compile = |source: &str| engine.compile("t.lua", source).expect("it is Lua");
    let program = compile("return 1");
    assert_eq!(program.source_hash(), compile("return 1").source_hash());
    assert_ne!(program.source_hash(), compile("return 2").source_hash());
    assert_ne!(compile("").source_hash(), compile(" ").source_hash());
    assert_eq!(program.source_name(), b"@t.lua");
    assert!(program.bytes() > 0);
}

#[test]
fn statistics_tell_what_a_run_used() {
    let engine = Engine::new();
    let program = engine.compile("t.lua", "for i = 1, 1000 do local t = {} end");
    let program = program.expect("it is Lua");
    let out = Bump::new();
    let stats = engine.enter(&mut Arena::new(), &out, |region| {
        let before = region.stats();
        region.eval::<()>(&program)?;
        Ok((before, region.stats()))
    });
    let (before, after) = stats.expect("it runs");
    let tables =
        |stats: &lunette::RunStats| stats.objects.iter().find(|o| o.0 == "tables").map(|o| o.1);
    assert_eq!(tables(&after), tables(&before).map(|count| count + 1000));
    assert!(after.steps >= before.steps + 999);
    assert!(after.memory.used_bytes > before.memory.used_bytes);
    assert!(after.memory.peak_bytes >= after.memory.used_bytes);
}
