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
        args_table: None,
    }];
    let mut stats = None;
    let out = Bump::new();
    let result = engine.run(
        &crate::calm(),
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
        args_table: None,
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
#[test]
fn what_is_live_beyond_the_budget_is_an_error() {
    let source = "local live = {}
        local ok, message = pcall(function()
            for i = 1, 1e9 do live[i] = {i, {}, 'a text that is long enough ' .. i} end
        end)
        assert(not ok and message == 'not enough memory')
        local count = #live
        live = nil
        -- The script goes on, and may use what it let go.
        for round = 1, 3 do
            local again = {}
            for i = 1, count // 4 do again[i] = {i} end
        end";
    let (stats, error) = run(source, 4 << 20);
    assert_eq!(error, None);
    assert!(stats.memory.peak_bytes <= 4 << 20);
}

#[test]
fn more_than_half_of_the_budget_may_live() {
    // So much stays that copies of it would find no room.
    let source = "local live = {}
        for i = 1, 24000 do live[i] = {i, 'a text of the live part ' .. i} end
        local weak = setmetatable({}, {__mode = 'k'})
        local co = coroutine.wrap(function(x)
            while true do local held = {x} x = coroutine.yield(function() return held[1] end) end
        end)
        local get = co(1)
        for i = 1, 300000 do
            local t = {x = {i}, y = 'a text that is long enough ' .. i}
            if i % 1000 == 0 then
                weak[t], weak[live[i // 1000]] = true, t
                assert(get() == i // 1000)
                get = co(i // 1000 + 1)
            end
            live[i % 24000 + 1][2] = t.y
        end
        for i = 1, 24000 do assert(live[i][1] == i and #live[i][2] > 26) end
        for i = 1, 300 do assert(weak[live[i]].x[1] == i * 1000) end";
    let stats = bounded(source, 8 << 20);
    assert!(stats.evacuations.in_place > 0);
    assert!(stats.evacuations.in_place < stats.evacuations.count);
}

#[test]
fn an_instruction_without_memory_is_run_again() {
    // No call and no loop lies between the block that is dropped and the next one.
    let source = "local a = ('x'):rep(2 << 20)
        local b = a .. 'y'
        b = nil
        b = a .. 'z'
        b = nil
        b = a .. 'w'
        assert(#b == (2 << 20) + 1)";
    let (stats, error) = run(source, 5 << 20);
    assert_eq!(error, None);
    assert!(stats.evacuations.count > 0);
}

#[cfg(feature = "tracing")]
#[test]
fn events_tell_of_evacuations() {
    let listener = crate::events::Listener::default();
    let source = "local keep = {1} for i = 1, 30000 do local t = {i} end";
    let (stats, error) =
        tracing::subscriber::with_default(listener.clone(), || run(source, 4 << 20));
    assert_eq!(error, None);
    let events = listener.told("evacuated");
    assert_eq!(events.len() as u64, stats.evacuations.count);
    let sum = |name: &str| -> u64 {
        let figures = events.iter().map(|fields| fields[name].parse::<u64>());
        figures.map(|figure| figure.expect("a figure")).sum()
    };
    assert!(stats.evacuations.count > 0);
    assert_eq!(sum("copied_bytes"), stats.evacuations.copied_bytes);
    assert_eq!(sum("after_bytes"), stats.evacuations.survived_bytes);
    assert_eq!(sum("reclaimed_bytes"), stats.evacuations.reclaimed_bytes);
    assert!(events.iter().all(|fields| fields["is_in_place"] == "false"));
    assert!(events.iter().all(|fields| fields["time"].ends_with('s')));
}
