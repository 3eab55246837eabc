//! What a region began with is used by the next one of its arena, which sees nothing of what was
//! done to it. Debug builds compare all of it whenever it is used again, so what this file has to
//! do is to write in every way there is.

use std::panic::{AssertUnwindSafe, catch_unwind};

use bumpalo::Bump;
use lunette::memory::FaultPlan;
use lunette::{
    Arena, Budget, Engine, Error, ErrorKind, Function, Invocation, LibrarySet, Region, RunOptions,
    Str, Table,
};

/// State of every shape: lists, maps, both, empty ones, large ones, weak ones, with metatables,
/// shared, in cycles; variables of closures, coroutines that wait; changed libraries.
const SETUP: &str = r#"
    map = { a = 1, b = { c = { d = 'deep' } }, ['a key that is longer than a value'] = 'z' }
    map[1.5], map[true], map[map] = 'float', 'boolean', 'self'
    list = {} for i = 1, 20 do list[i] = (i * 7) % 20 end
    words = { 'pear', 'fig', 'a word that is longer than a value', 'apple' }
    mixed = { 1, 2, 3, nil, 5, x = 1, [100] = 'far', [-1] = 'below' }
    empty = {}
    ended = { 1, 2, 3 } ended[3] = nil
    holes = {} for i = 1, 16 do holes[i] = i end for i = 10, 16 do holes[i] = nil end
    removed = { k = 1, l = 2 } removed.k = nil
    big = {} for i = 1, 3000 do big[i] = i end
    large = {} for i = 1, 2000 do large['key ' .. i] = { i } end
    many = {} for i = 1, 70000 do many['k' .. i] = i end
    Class = {} Class.__index = Class
    function Class.set(self, value) self.value = value return self end
    object = setmetatable({ 10, 20, value = 0 }, Class)
    proxy = setmetatable({}, { __newindex = map, __index = map })
    logged = setmetatable({}, {
      __newindex = function(t, k, v) rawset(t, k, v) log[#log + 1] = k end,
    })
    log = {}
    weak = setmetatable({ {}, list, k = {} }, { __mode = 'v' })
    ephemeral = setmetatable({ [{}] = {}, [list] = 1 }, { __mode = 'k' })
    do
      local n, kept = 0, {}
      function bump() n = n + 1 kept[#kept + 1] = n return n end
      function peek() return n, kept end
    end
    co = coroutine.create(function(...)
      local state = { n = 0, ... }
      local function step() state.n = state.n + 1 return state end
      while true do coroutine.yield(step()) end
    end)
    coroutine.resume(co, 'x')
    pattern_uses = string.gmatch('a b c', '%a')
    pattern_uses()
    string.shout = function(s) return s:upper() .. '!' end
    crowd = {} -- Keys with the same hash: reading them tells the table that its chain is long.
    function crowded(i) return ('%06d\xDB\x28\xB4\xA0\xD1\x7E\x03\xE7'):format(i) end
    for i = 1, 100 do crowd[crowded(i)] = i end
    function vararg(...) local t = { ... } return function(...) t = { ..., t } return t end end
    kept = vararg(1, 2, 3)
"#;

/// All that the globals reach, as text: the same for equal states.
const DIGEST: &str = r#"
    local type, next, tostring, rawlen = type, next, tostring, rawlen
    local getmetatable, getupvalue = debug.getmetatable, debug.getupvalue
    local status, getlocal, concat = coroutine.status, debug.getlocal, table.concat
    local match, rawget = string.match, rawget
    local picked = { [3000] = true, ['key 7'] = true, k5 = true, k70001 = true }
    return function()
      local seen, count, waiting, out = {}, 0, {}, {}
      local function name(value)
        local kind = type(value)
        if kind == 'table' or kind == 'function' or kind == 'thread' or kind == 'userdata' then
          if not seen[value] then
            count = count + 1
            seen[value] = kind .. count
            waiting[count] = value
          end
          return seen[value]
        end
        return kind .. ':' .. tostring(value)
      end
      name(_G)
      name(getmetatable(''))
      local done = 0
      while done < count do
        done = done + 1
        local value = waiting[done]
        local kind = type(value)
        out[#out + 1] = name(value) .. name(getmetatable(value)) .. match(tostring(value), '[^:]*$')
        if kind == 'table' then
          out[#out + 1] = '#' .. rawlen(value)
          local k, v = next(value)
          local entries = 0
          while k ~= nil and entries < 4000 do
            entries = entries + 1
            -- Of large tables samples will do: debug builds compare all.
            if entries <= 300 or entries % 99 == 0 or picked[k] then
              out[#out + 1] = name(k) .. '=' .. name(v)
            end
            k, v = next(value, k)
          end
          out[#out + 1] = entries .. name(rawget(value, 'k5')) .. name(rawget(value, 'k70001'))
        elseif kind == 'function' then
          for i = 1, 250 do
            local upvalue, v = getupvalue(value, i)
            if not upvalue then break end
            out[#out + 1] = '^' .. name(v)
          end
        elseif kind == 'thread' then
          out[#out + 1] = status(value)
          for i = 1, 10 do
            local ok, _, v = pcall(getlocal, value, 1, i)
            if ok then out[#out + 1] = name(v) end
          end
        end
      end
      return concat(out, '\n')
    end
"#;

/// Ways for a script to write. `!` before one: nothing that the digest shows is different then.
const WRITES: &[&str] = &[
    "map.a = 2",
    "map.new = 1",
    "map.a = nil",
    "map.b.c.d = 'changed'",
    "map[1.5] = 'other'",
    "map[2.5] = 'new'",
    "map[false] = 1",
    "map['a key that is longer' .. ' than a value'] = 1",
    "map['another key that is longer than a value'] = 1",
    "local k = 'a' map[k] = 3",
    "for k in pairs(map) do map[k] = nil end",
    "for i = 1, 100 do map[i] = i end",
    "for i = 1, 100 do map['n' .. i] = i end collectgarbage()",
    "list[1] = 100",
    "list[20] = nil",
    "list[21] = 21",
    "list[#list + 1] = 'appended'",
    "for i = 21, 200 do list[i] = i end",
    "for i = #list, 1, -1 do list[i] = nil end",
    "list[1000] = 'far'",
    "list.x = 1",
    "local i = 3 list[i] = 'by a variable'",
    "local i = 3.0 list[i] = 'by a float'",
    "list[2^53] = 1",
    "mixed[4] = 4",
    "mixed[100] = nil",
    "mixed[-1] = 'changed'",
    "empty[1] = 1",
    "empty.x = 1",
    "! return #ended",
    "ended[3] = 3",
    "! return #holes",
    "holes[12] = 12",
    "removed.k = 1",
    "removed.m = 1",
    "big[3000] = 0",
    "big[3001] = 0",
    "for i = 3001, 50000 do big[i] = i end",
    "for i = 1, 3000 do big[i] = nil end big = nil collectgarbage()",
    "large['key 7'][1] = 8",
    "for i = 1, 2000 do large['key ' .. i].x = i end",
    "for i = 2001, 9000 do large['key ' .. i] = i end",
    "many.k5 = 6",
    "many.k70001 = 6",
    "object:set(5)",
    "object[1] = 11",
    "object[3] = 30",
    "object.other = 1",
    "Class.get = function(self) return self.value end",
    "Class.__newindex = function(t, k, v) rawset(t, k, v) end object.z = 1",
    "proxy.a = 'through the proxy'",
    "proxy.z = 'through the proxy'",
    "logged.x = 1",
    "rawset(map, 'a', 'raw')",
    "rawset(list, 5, 'raw')",
    "rawset(proxy, 'own', 1)",
    "setmetatable(map, Class)",
    "setmetatable(object, nil)",
    "setmetatable(object, nil) object[1] = 2 object.value = 3",
    "setmetatable(list, { __index = function(_, k) return k end })",
    "setmetatable(empty, { __gc = function() map.a = 'finalized' end })",
    "debug.setmetatable(list, Class)",
    "debug.setmetatable(1, Class) debug.setmetatable(print, Class)",
    "getmetatable('').__call = print",
    "getmetatable('').__index = nil",
    "string.format = nil",
    "string.extra = 1",
    "package.loaded.extra = {}",
    "package.path = ''",
    "package.preload.m = print",
    "package.searchers[5] = print",
    "x = 1",
    "print = nil",
    "_G.x, _G.y, _G._VERSION = 1, 2, 3",
    "_ENV['by name'] = 1",
    "load('a, map.a = 1, 2')()",
    "load('a, c = 1, 2', 'chunk', 't', map)()",
    "table.insert(list, 'last')",
    "table.insert(list, 1, 'first')",
    "table.insert(empty, 1)",
    "table.insert(object, 5)",
    "table.remove(list)",
    "table.remove(list, 1)",
    "table.remove(words, 2)",
    "table.move(list, 1, 5, 10)",
    "table.move(list, 1, 5, 1, empty)",
    "table.move(words, 1, 3, 2, mixed)",
    "table.sort(list)",
    "table.sort(words)",
    "table.sort(list, function(a, b) return a > b end)",
    "pcall(table.sort, list, function(a, b) list[1] = a error('in the middle') end)",
    "pcall(table.sort, list, function(a, b) return true end)",
    "bump()",
    "for i = 1, 100 do bump() end",
    "debug.setupvalue(bump, 1, 77)",
    "debug.setupvalue(peek, 2, list)",
    "local n = 5 debug.upvaluejoin(bump, 1, function() n = n + 1 return n end, 1)",
    "debug.upvaluejoin(bump, 2, peek, 1)",
    "coroutine.resume(co)",
    "for i = 1, 50 do coroutine.resume(co) end",
    "coroutine.close(co)",
    "debug.setlocal(co, 1, 2, 'changed')",
    "debug.sethook(co, function() end, 'l') coroutine.resume(co) debug.sethook(co)",
    "! debug.sethook(function() end, 'c') debug.sethook()",
    "pattern_uses()",
    "for w in pattern_uses do map[w] = w end",
    "table.move({ 1, 2, 3 }, 1, 3, 1, ended)",
    "weak[1] = nil weak.k = 1",
    "ephemeral[list] = nil ephemeral[map] = 1",
    "! weak.k = weak.k for k, v in pairs(ephemeral) do ephemeral[k] = v end",
    "! for k, v in next, list do list[k] = v end",
    "local t <close> = setmetatable({}, { __close = function() map.a = 'closed' end })",
    "pcall(function() map.a = 1.5 error('after the write') end)",
    "map.a = { deep = { deep = map } } list[1] = map.a map.a.deep.list = list",
    "log, map, list, words, mixed, empty = nil",
    "local function deep(n) if n > 0 then return 1 + deep(n - 1) end return 0 end x = deep(5000)",
    "! local t = {} for i = 1, 20000 do t[i] = { i, name = 'x' .. i } end",
    "! math.randomseed(7) math.random() warn('@on') collectgarbage('generational')",
    "! collectgarbage('stop')",
    "! for _, t in pairs(_G) do if type(t) == 'table' then rawequal(t, getmetatable(t)) end end",
    "! local _ = map.missing, object.missing, #words, #mixed, next(empty), map == list",
    "! local _ = string.rep('x', 100000):find('y'), ('%d'):format(3), tostring(map):upper()",
    "! for i = 1, 200 do local _ = crowd[crowded(i)] end",
    "! for i = 1, 200 do local _ = crowd[crowded(i)] end
        for k in pairs(crowd) do crowd[k] = crowd[k] end",
    "crowd[crowded(7)] = 'other'",
    "crowd[crowded(777)] = 'new'",
    "for i = 1, 100 do crowd[crowded(i)] = nil end crowd.x = 1",
    "local _ = crowd[crowded(200)] setmetatable(crowd, crowd) crowd.__index = Class",
    "! for k in next, many do local _ = many[k] end local _ = next(big, 3000)",
    "kept('a', 'b')",
    "table.move({ 1, 2, 3 }, 1, 3, 19, list)",
    "table.move(list, 1, 20, 2)",
    "for i = 1, 40 do table.insert(list, i, i) end for i = 1, 50 do table.remove(list, 1) end",
    "debug.setuservalue(io.stdout, { 1 }, 1) map.a = debug.getuservalue(io.stdout, 1) or 0",
    "debug.setmetatable(io.stdout, { __index = map }) map.a = 0",
    "getmetatable(io.stdout).__name = 'other'",
    "require('string').x = 1 package.loaded.string = map",
    "debug.getregistry()[1] = map debug.getregistry().x = list map.a = 0",
    "string.dump(bump) map.a = load(string.dump(peek))",
    "local i = 1 while debug.setlocal(co, 1, i, list) do i = i + 1 end",
    "local t = setmetatable({}, { __gc = function() bump() end }) t = nil map.a = t",
    "! local text = 'a key that is longer' .. ' than a value' local _ = map[text], ({})[text]",
];

fn engine() -> Engine {
    let engine = Engine::builder()
        .libraries(LibrarySet::ALL)
        .module("host", |module| {
            module
                .function("panic", |_, _: ()| -> Result<(), Error<'_>> {
                    panic!("a bug of the host")
                })
                .function("write", |lua, table: Table<'_>| {
                    table.set(lua, "by the host", 1)?;
                    lua.raw_set(table, "raw", lua.list([1, 2, 3])?)?;
                    table.push(lua, "pushed")?;
                    table.set_metatable(Some(lua.table([("k", 1)])?));
                    Ok(())
                });
        })
        .build();
    let setup = engine.compile("setup.lua", SETUP).expect("it is Lua");
    let prepared = engine.prepared(&RunOptions::new(), Arena::new(), |region| {
        region.eval(&setup)
    });
    prepared.expect("it can be prepared")
}

/// The state that the next region of `arena` begins with.
fn digest(engine: &Engine, arena: &mut Arena) -> String {
    let (program, out) = (engine.compile("digest.lua", DIGEST), Bump::new());
    let text = engine.enter(arena, &out, |region| {
        let digest: Function<'_> = region.eval(program.as_ref().expect("it is Lua"))?;
        let text: Str<'_> = digest.call(region, ())?;
        Ok(text.to_string())
    });
    text.expect("it can be told")
}

/// Runs `source`; the state before and after it in the same region.
fn run<'r>(region: Region<'r, '_>, source: &str) -> Result<(Str<'r>, Str<'r>), Error<'r>> {
    let engine = Engine::new();
    let compiled = |name, source| engine.compile(name, source).expect("it is Lua");
    let digest: Function<'_> = region.eval(&compiled("digest.lua", DIGEST))?;
    let before = digest.call(region, ())?;
    region.eval::<()>(&compiled("write.lua", source))?;
    Ok((before, digest.call(region, ())?))
}

#[test]
fn no_way_of_writing_is_seen_by_the_next_region() {
    let (engine, mut arena) = (engine(), Arena::new());
    let first = digest(&engine, &mut Arena::new());
    assert!(first.len() > 20_000);
    let mut surprises = Vec::new();
    for write in WRITES {
        let (source, is_hidden) = match write.strip_prefix('!') {
            Some(rest) => (rest, true),
            None => (*write, false),
        };
        let out = Bump::new();
        let changed = engine.enter(&mut arena, &out, |region| {
            let (before, after) = run(region, source)?;
            assert!(before.to_string() == first, "before: {write}");
            Ok(before != after)
        });
        match changed.map_err(|error| error.to_string()) {
            Ok(changed) if changed != is_hidden => {}
            other => surprises.push((write, other)),
        }
    }
    assert!(surprises.is_empty(), "{surprises:#?}");
    assert!(digest(&engine, &mut arena) == first);
}

#[test]
fn all_ways_together_are_not_seen() {
    let (engine, mut arena) = (engine(), Arena::new());
    let first = digest(&engine, &mut arena);
    for step in [1, 3, 7] {
        let pick =
            |write: &&str| format!("pcall(load([==[{}]==]))\n", write.trim_start_matches('!'));
        let source: String = WRITES.iter().step_by(step).map(pick).collect();
        let out = Bump::new();
        let result = engine.enter(&mut arena, &out, |region| run(region, &source).map(|_| ()));
        assert!(
            result.is_ok() || step == 1,
            "{:?}",
            result.map_err(|error| error.to_string())
        );
        assert!(digest(&engine, &mut arena) == first, "{step}");
    }
}

#[test]
fn runs_that_evacuate_leave_nothing() {
    let (engine, mut arena, out) = (engine(), Arena::new(), Bump::new());
    let first = digest(&engine, &mut arena);
    for write in WRITES.iter().step_by(2) {
        let source = write.trim_start_matches('!');
        let program = engine.compile("write.lua", source).expect("it is Lua");
        let invocations = [Invocation {
            program: &program,
            args: &[],
            args_table: None,
        }];
        let options = RunOptions::new().evacuate_every(100);
        let result = engine.run(&options, &mut arena, &out, |_| Ok(()), &invocations, |_| {});
        assert!(result.is_ok(), "{write}");
        let opened = engine.enter(&mut arena, &out, |_| Ok(()));
        assert!(opened.is_ok());
    }
    assert!(digest(&engine, &mut arena) == first);
}

#[test]
fn writes_that_are_cut_short_leave_nothing() {
    let (engine, mut arena, out) = (engine(), Arena::with_budget(16 << 20), Bump::new());
    let first = digest(&engine, &mut arena);
    let endless = "local i = 0
        while true do
          i = i + 1
          list[i], map['n' .. i], large['key ' .. i], object[i] = i, { i }, {}, 'x'
          bump() coroutine.resume(co) table.sort(words) table.insert(empty, 1, i)
        end";
    let program = engine.compile("endless.lua", endless).expect("it is Lua");
    for fuel in [10, 100, 1000, 5000] {
        let options = RunOptions::new().fuel(fuel);
        let ended = engine.enter_with(&options, &mut arena, &out, |region| {
            region.eval::<()>(&program)
        });
        assert_eq!(ended.map_err(|error| error.kind()), Err(ErrorKind::Fuel));
        assert!(digest(&engine, &mut arena) == first, "{fuel}");
    }
    // What the image takes, and a little more than that.
    let growing = "local i = 0
        while true do
          i = i + 1
          list[i], map['n' .. i], big[3000 + i], object[i] = i, { i }, {}, { 'x' }
        end";
    let program = engine.compile("growing.lua", growing).expect("it is Lua");
    let image_bytes = engine.enter(&mut arena, &out, |region| {
        Ok(region.stats().memory.used_bytes)
    });
    let image_bytes = image_bytes.expect("it opens");
    for more_bytes in (30_000..200_000).step_by(10_007) {
        arena.set_budget(Budget::bytes(image_bytes + more_bytes));
        let ended = engine.enter(&mut arena, &out, |region| region.eval::<()>(&program));
        assert_eq!(ended.map_err(|error| error.kind()), Err(ErrorKind::Memory));
        arena.set_budget(Budget::bytes(16 << 20));
        assert!(digest(&engine, &mut arena) == first, "{more_bytes}");
    }
}

#[test]
fn writes_whose_allocations_fail_leave_nothing() {
    let (engine, mut arena, out) = (engine(), Arena::new(), Bump::new());
    let first = digest(&engine, &mut arena);
    let mut failed = 0;
    for (index, write) in WRITES.iter().enumerate() {
        let source = write.trim_start_matches('!');
        let program = engine.compile("write.lua", source).expect("it is Lua");
        for nth in [index as u64 % 7, index as u64 % 31 + 3] {
            let plan = FaultPlan::once(nth);
            let options = RunOptions::new().faults(&plan);
            let ended = engine.enter_with(&options, &mut arena, &out, |region| {
                region.eval::<()>(&program)
            });
            failed += usize::from(ended.is_err());
            // Opened once more, what was written is put back, and in debug builds compared.
            assert!(engine.enter(&mut arena, &out, |_| Ok(())).is_ok());
        }
        if index % 30 == 0 {
            assert!(digest(&engine, &mut arena) == first, "{write}");
        }
    }
    assert!(failed > WRITES.len() / 2);
    assert!(digest(&engine, &mut arena) == first);
}

#[test]
fn what_hosts_write_is_not_seen() {
    let (engine, mut arena, out) = (engine(), Arena::new(), Bump::new());
    let first = digest(&engine, &mut arena);
    let program = engine.compile(
        "host.lua",
        "host.write(list) host.write(map) host.write(_G) host.write(empty) list[1] = 'x'",
    );
    let program = program.expect("it is Lua");
    let written = engine.enter(&mut arena, &out, |region| {
        region.eval::<()>(&program)?;
        region.globals().set(region, "map", 1)?;
        let list: Table<'_> = region.global("big")?;
        list.set_metatable(Some(region.globals()));
        list.set_metatable(None);
        list.push(region, 1)?;
        region.raw_set(list, 1, "one")
    });
    assert!(written.is_ok());
    assert!(digest(&engine, &mut arena) == first);
    let program = engine.compile(
        "panic.lua",
        "map.a = 2 list[1] = 3 bump() for i = 1, 100 do empty[i] = { i } end host.panic()",
    );
    let program = program.expect("it is Lua");
    let panicked = catch_unwind(AssertUnwindSafe(|| {
        let ended = engine.enter(&mut arena, &out, |region| region.eval::<()>(&program));
        ended.map_err(|error| error.kind())
    }));
    assert!(panicked.is_err());
    assert!(digest(&engine, &mut arena) == first);
}

#[test]
fn arenas_that_zero_or_serve_others_begin_anew() {
    let (engine, plain, mut arena) = (
        engine(),
        Engine::with_libraries(LibrarySet::ALL),
        Arena::new(),
    );
    let first = digest(&engine, &mut arena);
    let of_plain = digest(&plain, &mut Arena::new());
    let write = "map.a = 2 list[5] = nil bump() string.extra = 1";
    for round in 0..6 {
        let out = Bump::new();
        arena.set_zeroing(round % 3 == 1);
        let written = engine.enter(&mut arena, &out, |region| run(region, write).map(|_| ()));
        assert!(written.is_ok());
        if round % 2 == 0 {
            assert!(digest(&plain, &mut arena) == of_plain, "{round}");
        }
        if round % 3 == 2 {
            arena.trim(0);
        }
        assert!(digest(&engine, &mut arena) == first, "{round}");
    }
}
