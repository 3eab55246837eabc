//! Scripts that make far more than they may hold.

use bumpalo::Bump;
use lunette::{Arena, Engine, ErrorKind, Invocation, RunOptions, RunStats};

/// Runs `source` within `budget_bytes`.
fn run(source: &str, budget_bytes: usize) -> (RunStats, Option<ErrorKind>) {
    let engine = Engine::new();
    let program = engine.compile("test.lua", source).expect("it is Lua");
    let programs = [Invocation {
        program: &program,
        args: &[],
    }];
    let mut stats = None;
    let out = Bump::new();
    let result = engine.run(
        &RunOptions::new(),
        &mut Arena::with_budget(budget_bytes),
        &out,
        |_| Ok(()),
        &programs,
        |region| stats = Some(region.stats()),
    );
    let kind = result.err().map(|error| error.kind());
    (stats.expect("the region was inspected"), kind)
}

/// Runs `source` within `budget_bytes`, which it must exceed many times over.
fn bounded(source: &str, budget_bytes: usize) -> RunStats {
    let (stats, error) = run(source, budget_bytes);
    assert_eq!(error, None);
    let made = stats.evacuations.reclaimed_bytes as usize;
    assert!(made > 4 * budget_bytes, "only {made} bytes were reclaimed");
    assert!(stats.memory.peak_bytes <= budget_bytes);
    // The chunks, of which some are part empty, are not many more bytes than the budget.
    assert!(stats.memory.granted_bytes <= budget_bytes + budget_bytes / 2);
    stats
}

#[test]
fn short_lived_objects_are_bounded() {
    let stats = bounded(
        "local live = {}
        for i = 1, 1000 do live[i] = {i} end
        for i = 1, 300000 do local t = {x = {i}, y = 'a text that is long enough ' .. i} end
        for i = 1, 1000 do assert(live[i][1] == i) end",
        4 << 20,
    );
    assert!(stats.evacuations.count >= 10);
    assert!(stats.evacuations.longest <= stats.evacuations.time);
}

#[test]
fn an_append_loop_is_bounded() {
    bounded(
        "local s, x = '', ('x'):rep(1024)
        for i = 1, 1024 do s = s .. x end
        assert(#s == 1 << 20)",
        8 << 20,
    );
}

#[test]
fn a_queue_is_bounded() {
    bounded(
        "local queue, first, last = {}, 1, 0
        for i = 1, 300000 do
            last = last + 1
            queue[last] = {i}
            if last - first >= 1000 then
                assert(queue[first][1] == first)
                queue[first] = nil
                first = first + 1
            end
        end",
        4 << 20,
    );
}

#[test]
fn a_cache_is_bounded() {
    bounded(
        "local cache, order, next_out = {}, {}, 1
        for i = 1, 200000 do
            local key = 'the key of entry number ' .. i
            cache[key] = {key, i}
            order[i] = key
            if i > 500 then
                cache[order[next_out]] = nil
                order[next_out] = nil
                next_out = next_out + 1
            end
        end",
        4 << 20,
    );
}

#[test]
fn a_growing_and_shrinking_table_is_bounded() {
    bounded(
        "local t = {}
        for round = 1, 60 do
            for i = 1, 5000 do t[i], t['k' .. i] = {i}, i end
            for i = 1, 5000 do t[i], t['k' .. i] = nil, nil end
        end",
        4 << 20,
    );
}

#[test]
fn coroutines_are_bounded() {
    // A million of them in release builds.
    let count = if cfg!(debug_assertions) {
        30_000
    } else {
        1_000_000
    };
    let source = "for i = 1, COUNT do
        local co = coroutine.wrap(function(x) local y = coroutine.yield({x}) return y end)
        assert(co(i)[1] == i)
        if i % 3 == 0 then assert(co(i) == i) end
    end";
    bounded(&source.replace("COUNT", &count.to_string()), 4 << 20);
}

#[test]
fn functions_of_a_prepared_region_stay() {
    let engine = Engine::new();
    let prepare = engine
        .compile(
            "prepare.lua",
            "f = load('local n = ... return n + 1, [[a text of the prepared region]]')
            text = select(2, f(1))",
        )
        .expect("it is Lua");
    let options = RunOptions::new();
    let prepared = engine.prepared(&options, Arena::new(), |region| region.eval(&prepare));
    let prepared = prepared.expect("it can be prepared");
    let program = engine
        .compile(
            "test.lua",
            "for i = 1, 200 do
                local n, t = f(i)
                assert(n == i + 1 and t == text)
                load('return ' .. i)()
            end
            f = nil
            for i = 1, 200 do load('return ' .. i)() end
            assert(text == 'a text of the prepared region')",
        )
        .expect("it is Lua");
    let programs = [Invocation {
        program: &program,
        args: &[],
    }];
    for _ in 0..3 {
        let out = Bump::new();
        let result = prepared.run(
            &RunOptions::new().evacuate_every(20),
            &mut Arena::new(),
            &out,
            |_| Ok(()),
            &programs,
            |_| (),
        );
        assert!(
            result.is_ok(),
            "{:?}",
            result.err().map(|error| error.to_string())
        );
    }
}
