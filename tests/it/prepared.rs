//! Regions that begin as another one was left.

use std::thread;

use bumpalo::Bump;
use lunette::{Arena, Engine, ErrorKind, Invocation, OwnedError, RunOptions};

/// An engine whose regions begin with what `source` defines.
fn prepared(base: &Engine, source: &str) -> Result<Engine, OwnedError> {
    let program = base.compile("setup.lua", source)?;
    base.prepared(&RunOptions::new(), Arena::new(), |region| {
        region.eval(&program)
    })
}

/// Runs `source`, which checks by `assert`, in several regions one after the other: as the host
/// calls it, and as a whole program that is evacuated all the time.
fn check(engine: &Engine, source: &str) {
    let program = engine.compile("check.lua", source).expect("it is Lua");
    let mut arena = Arena::new();
    for _ in 0..3 {
        let out = Bump::new();
        let result = engine.enter(&mut arena, &out, |region| region.eval::<()>(&program));
        assert_eq!(result.map_err(|error| error.to_string()), Ok(()));
        let invocations = [Invocation {
            program: &program,
            args: &[],
            args_table: None,
        }];
        for steps in [40, 1000] {
            let options = RunOptions::new().evacuate_every(steps);
            let result = engine.run(&options, &mut arena, &out, |_| Ok(()), &invocations, |_| {});
            assert_eq!(result.map_err(|error| error.to_string()), Ok(()));
        }
    }
}

#[test]
fn tables_keep_their_shape() {
    let engine = prepared(
        &Engine::new(),
        "list = {} for i = 1, 100 do list[i] = i * 1.5 end
         map = { a = 1, [2^53] = 'x', [1.5] = 'y', ['a key that is longer than a value'] = 'z' }
         map[list] = 'by table'; map[map] = map
         removed = { 1, 2, 3, k = 1 } removed.k = nil
         setmetatable(map, { __index = function(_, key) return key end, __name = 'Map' })",
    );
    check(
        &engine.expect("it can be prepared"),
        "assert(#list == 100 and list[100] == 150.0)
         assert(map.a == 1 and map[2^53] == 'x' and map[1.5] == 'y' and map.other == 'other')
         assert(map['a key that is longer' .. ' than a value'] == 'z')
         assert(map[list] == 'by table' and map[map] == map)
         assert(getmetatable(map).__name == 'Map' and next(removed, 3) == nil)
         list[#list + 1] = 0 map.a = 2 map.new = 'new' removed.k = 2
         assert(#list == 101 and map.a == 2)",
    );
}

#[test]
fn no_region_sees_what_another_did() {
    let engine = prepared(&Engine::new(), "counter = 0 inner = { n = 0 } name = 'x'");
    check(
        &engine.expect("it can be prepared"),
        "counter = counter + 1 inner.n = inner.n + 1 name = name .. 'y'
         assert(counter == 1 and inner.n == 1 and name == 'xy')
         assert(leaked == nil) leaked = true
         assert(string.extra == nil) string.extra = true
         getmetatable('').__call = print",
    );
}

#[test]
fn closures_share_their_variables() {
    let engine = prepared(
        &Engine::new(),
        "do local n = 10 function add(k) n = n + k return n end function get() return n end end
         local function nested()
           local a = {} return function() a[#a + 1] = #a return a end
         end
         make = nested()
         loaded = load('local x = ... return function() return x, 0x10 end')('a captured string')",
    );
    check(
        &engine.expect("it can be prepared"),
        "assert(get() == 10 and add(5) == 15 and get() == 15)
         assert(#make() == 1 and #make() == 2)
         local x, n = loaded() assert(x == 'a captured string' and n == 16)",
    );
}

#[test]
fn coroutines_go_on_where_they_were() {
    let engine = prepared(
        &Engine::new(),
        "local function body(a)
           local n = 0
           local function bump() n = n + a return n end
           local ok, e = pcall(function()
             for _, k in ipairs { 1, 2, 3 } do coroutine.yield(bump() + k) end
             error { code = n }
           end)
           return ok, e.code, bump()
         end
         co = coroutine.create(body)
         assert(select(2, coroutine.resume(co, 10)) == 11)
         -- A variable of a coroutine that nobody has any more.
         do
           local made
           coroutine.wrap(function()
             local v = { 1 }
             made = function() v[1] = v[1] + 1 return v[1] end
             coroutine.yield()
           end)()
           orphan = made
         end
         collectgarbage()",
    );
    check(
        &engine.expect("it can be prepared"),
        "local _, v = coroutine.resume(co) assert(v == 22)
         _, v = coroutine.resume(co) assert(v == 33)
         local _, ok, code, last = coroutine.resume(co)
         assert(ok == false and code == 30 and last == 40 and coroutine.status(co) == 'dead')
         assert(orphan() == 2 and orphan() == 3)",
    );
}

#[test]
fn large_blocks_have_chunks_of_their_own() {
    let engine = prepared(
        &Engine::new(),
        "big = {} for i = 1, 20000 do big[i] = i end
         hash = {} for i = 1, 5000 do hash['key ' .. i] = { i } end
         text = ('0123456789'):rep(20000)",
    );
    check(
        &engine.expect("it can be prepared"),
        "assert(#big == 20000 and big[20000] == 20000 and #text == 200000)
         for i = 1, 5000 do assert(hash['key ' .. i][1] == i) end
         for i = 20001, 40000 do big[i] = -i end
         for i = 5001, 6000 do hash['key ' .. i] = { i } end
         assert(big[40000] == -40000 and hash['key 6000'][1] == 6000 and text:sub(-1) == '9')
         big, hash, text = nil, nil, nil",
    );
}

#[test]
fn identities_are_those_of_the_prepared_region() {
    let engine = prepared(
        &Engine::new(),
        "t = {} f = function() end name = tostring(t)",
    );
    check(
        &engine.expect("it can be prepared"),
        "assert(tostring(t) == name)
         local seen = { [tostring(t)] = true, [tostring(f)] = true }
         for i = 1, 100 do
           local name = tostring({}) assert(not seen[name]) seen[name] = true
           name = tostring(function() return i end) assert(not seen[name]) seen[name] = true
         end",
    );
}

#[test]
fn preparations_build_on_each_other() {
    let first = prepared(
        &Engine::new(),
        "a = { 1 } function inc() a[1] = a[1] + 1 return a[1] end",
    );
    let first = first.expect("it can be prepared");
    let second = prepared(&first, "assert(inc() == 2) b = { a }").expect("it can be prepared");
    drop(first);
    check(&second, "assert(a[1] == 2 and b[1] == a and inc() == 3)");
}

#[test]
fn regions_of_many_threads_begin_from_one_image() {
    let engine = prepared(
        &Engine::new(),
        "n = 0 list = {} for i = 1, 1000 do list[i] = { i } end",
    );
    let engine = engine.expect("it can be prepared");
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                check(
                    &engine,
                    "for i = 1, 1000 do n = n + list[i][1] end assert(n == 500500)",
                );
            });
        }
    });
}

#[test]
fn what_fails_while_preparing_is_an_error() {
    let engine = Engine::new();
    let failing = prepared(&engine, "error('no')").expect_err("it fails");
    assert_eq!(failing.message(), "setup.lua:1: no");
    let program = engine
        .compile("setup.lua", "while true do end")
        .expect("it is Lua");
    let options = RunOptions::new().fuel(1000);
    let failing = engine.prepared(&options, Arena::new(), |region| region.eval(&program));
    assert_eq!(failing.expect_err("it fails").kind(), ErrorKind::Fuel);
    let program = engine.compile("setup.lua", "local s = 'x' while true do s = s .. s end");
    let program = program.expect("it is Lua");
    let arena = Arena::with_budget(1 << 20);
    let failing = engine.prepared(&RunOptions::new(), arena, |region| region.eval(&program));
    assert_eq!(failing.expect_err("it fails").kind(), ErrorKind::Memory);
}

#[test]
fn a_budget_that_is_too_small_for_the_image_is_an_error() {
    let engine = prepared(&Engine::new(), "t = {} for i = 1, 10000 do t[i] = i end");
    let engine = engine.expect("it can be prepared");
    let out = Bump::new();
    for budget in [0, 1000, 20_000, 100_000, 180_000] {
        let mut arena = Arena::with_budget(budget);
        let result = engine.enter(&mut arena, &out, |_| Ok(()));
        assert_eq!(
            result.map_err(|error| error.kind()),
            Err(ErrorKind::Memory),
            "{budget}"
        );
    }
    let mut arena = Arena::with_budget(400_000);
    assert!(engine.enter(&mut arena, &out, |_| Ok(())).is_ok());
}

#[test]
fn what_belongs_to_one_region_is_refused() {
    let engine = Engine::new();
    let function = engine.prepared(&RunOptions::new(), Arena::new(), |region| {
        let function = region.create_function(|_, n: i64| Ok(n + 1))?;
        region.globals().set(region, "f", function)
    });
    let function = function.expect_err("it is refused");
    assert!(
        function
            .message()
            .contains("a host function made in the region")
    );
    // What the image does not reach does not matter.
    let unused = engine.prepared(&RunOptions::new(), Arena::new(), |region| {
        let function = region.create_function(|_, n: i64| Ok(n + 1))?;
        region
            .globals()
            .set(region, "n", function.call::<i64>(region, 1)?)
    });
    check(&unused.expect("it can be prepared"), "assert(n == 2)");
}

#[test]
fn modules_of_the_engine_are_part_of_it() {
    let engine = Engine::builder().module("host", |module| {
        module
            .function("double", |_, n: i64| Ok(2 * n))
            .constant("name", "a name of some length");
    });
    let engine = prepared(&engine.build(), "n = host.double(4) double = host.double");
    check(
        &engine.expect("it can be prepared"),
        "assert(n == 8 and double(n) == 16 and host.name == 'a name of some length')",
    );
}
