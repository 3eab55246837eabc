//! Host functions, modules and objects.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use bumpalo::Bump;
use lunette::{
    AnyUserData, Arena, Either, Engine, Error, ErrorKind, FromLuaMulti, Function, MultiValue,
    OwnedError, Region, Str, Table, UserData, UserDataFields, UserDataMethods, UserDataRef, Value,
    Variadic,
};

/// Runs `source` in a region that `prepare` made ready.
fn run<R>(
    source: &str,
    prepare: impl for<'r> FnOnce(Region<'r, '_>) -> Result<(), Error<'r>>,
) -> Result<R, OwnedError>
where
    R: 'static + for<'r> FromLuaMulti<'r>,
{
    let engine = Engine::new();
    let program = engine.compile("test.lua", source)?;
    let (mut arena, out) = (Arena::new(), Bump::new());
    let result = engine.enter(&mut arena, &out, |region| {
        prepare(region)?;
        region.eval::<R>(&program)
    });
    result.map_err(|error| error.to_owned_error())
}

/// What `expression` gives as a `T`, or the message of its error.
fn convert<R: 'static + for<'r> FromLuaMulti<'r>>(expression: &str) -> Result<R, String> {
    run(&format!("return {expression}"), |_| Ok(())).map_err(|error| error.message().to_owned())
}

#[test]
fn values_become_what_is_asked_for() {
    assert_eq!(convert("7"), Ok(7u8));
    assert_eq!(convert("'0x10'"), Ok(16i32));
    assert_eq!(convert("2^53"), Ok(1u64 << 53));
    assert_eq!(
        convert("1, 'two', nil, 4"),
        Ok((1, "two".to_owned(), None::<i64>, 4.0))
    );
    assert_eq!(convert("{1, 2, 3}"), Ok(vec![1i64, 2, 3]));
    assert_eq!(convert("'ab\\0\\xff'"), Ok(b"ab\0\xff".to_vec()));
    assert_eq!(convert("{65, 66}"), Ok(b"AB".to_vec()));
    assert_eq!(convert("{'a', 'b'}"), Ok(["a".to_owned(), "b".to_owned()]));
    let map: HashMap<String, i64> = [("a".to_owned(), 1), ("b".to_owned(), 2)].into();
    assert_eq!(convert("{a = 1, b = 2}"), Ok(map));
    let tree: BTreeMap<i64, bool> = [(1, true), (10, false)].into();
    assert_eq!(convert("{true, [10] = false}"), Ok(tree));
    assert_eq!(
        convert("'x'"),
        Ok(Either::<i64, String>::Right("x".to_owned()))
    );
    assert_eq!(convert("3"), Ok(Either::<i64, String>::Left(3)));
    assert_eq!(convert("1, 2, 3"), Ok((1i64, Variadic(vec![2i64, 3]))));
    assert_eq!(convert("12"), Ok("12".to_owned()));
    assert_eq!(convert("'é'"), Ok('é'));
}

#[test]
fn what_does_not_fit_is_named_by_its_path() {
    let message = |result: Result<Vec<u8>, String>| result.unwrap_err();
    assert_eq!(message(convert("nil")), "string expected, got nil");
    assert_eq!(
        convert::<u8>("300").unwrap_err(),
        "integer 300 is out of range for u8"
    );
    assert_eq!(
        convert::<u64>("-1").unwrap_err(),
        "integer -1 is out of range for u64"
    );
    assert_eq!(
        convert::<i64>("1.5").unwrap_err(),
        "number has no integer representation"
    );
    assert_eq!(
        convert::<String>("'\\xff'").unwrap_err(),
        "string is not valid UTF-8"
    );
    assert_eq!(
        convert::<[i64; 2]>("{1}").unwrap_err(),
        "table of 2 items expected, got 1"
    );
    assert_eq!(
        convert::<char>("'ab'").unwrap_err(),
        "string of one character expected"
    );
    let error = convert::<BTreeMap<String, Vec<HashMap<String, i64>>>>(
        "{reply = {{ok = 1}, {['not ok'] = {}}}}",
    );
    assert_eq!(
        error.unwrap_err(),
        "reply[2][\"not ok\"]: number expected, got table"
    );
    let error = run::<()>("reply = {headers = {'a', 'b', {}}}", |_| Ok(())).and_then(|()| {
        run::<()>("", |region| {
            let table = region.table([("headers", vec![vec![1]])])?;
            table.get::<Vec<String>>(region, "headers").map(|_| ())
        })
    });
    let error = error.expect_err("a table is no string");
    assert_eq!(error.message(), "headers[1]: string expected, got table");
    assert_eq!(error.kind(), ErrorKind::Conversion);
}

#[test]
fn arguments_borrow_from_the_region() {
    let text = "x".repeat(1000);
    let source = format!("local long = '{text}'; return same(long, long), len(long), len('ab')");
    let found = run::<(bool, usize, usize)>(&source, |region| {
        let same = region.create_function(|_, (a, b): (&[u8], &[u8])| Ok(std::ptr::eq(a, b)))?;
        let len = region.create_function(|_, text: &str| Ok(text.len()))?;
        region.globals().set(region, "same", same)?;
        region.globals().set(region, "len", len)
    });
    assert_eq!(found.expect("it runs"), (true, 1000, 2));
}

fn add(_: lunette::Lua<'_>, (a, b): (i64, i64)) -> Result<i64, Error<'_>> {
    Ok(a.wrapping_add(b))
}

#[test]
fn functions_of_any_sort_can_be_called() {
    let captured = "captured".to_owned();
    let source = "
        local all = table.pack(spread(1, 2, 3))
        assert(all.n == 3 and all[1] == 3 and all[3] == 1)
        assert(select('#', nothing()) == 0)
        assert(twelve(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12) == 78)
        assert(apply(function(x) return x * 2 end, 21) == 42)
        return add(40, 2), text(), sum(1, 2, 3.5)";
    let found = run::<(i64, String, f64)>(source, |region| {
        let globals = region.globals();
        globals.set(region, "add", region.create_function(add)?)?;
        let text = region.create_function(move |_, ()| Ok(captured.clone()))?;
        globals.set(region, "text", text)?;
        let sum = |_, numbers: Variadic<f64>| Ok(numbers.iter().sum::<f64>());
        globals.set(region, "sum", region.create_function(sum)?)?;
        let spread = region.create_function(|lua, values: MultiValue<'_>| {
            let mut turned = MultiValue::new(lua);
            for value in values.iter().rev() {
                turned.push(*value)?;
            }
            Ok(turned)
        })?;
        globals.set(region, "spread", spread)?;
        globals.set(region, "nothing", region.create_function(|_, ()| Ok(()))?)?;
        type Twelve = (i64, i64, i64, i64, i64, i64, i64, i64, i64, i64, i64, i64);
        let twelve = |_, (a, b, c, d, e, f, g, h, i, j, k, l): Twelve| {
            Ok(a + b + c + d + e + f + g + h + i + j + k + l)
        };
        globals.set(region, "twelve", region.create_function(twelve)?)?;
        let apply = region.create_function(|lua, (f, x): (Function<'_>, Value<'_>)| {
            f.call::<Value<'_>>(lua, x)
        })?;
        globals.set(region, "apply", apply)
    });
    assert_eq!(found.expect("it runs"), (42, "captured".to_owned(), 6.5));
}

#[test]
fn bad_arguments_are_told_in_luas_words() {
    let message = |source: &str| {
        let result = run::<String>(
            &format!("local ok, message = pcall(function() {source} end) return message"),
            |region| {
                let f = region.create_function(add)?;
                region.globals().set(region, "f", f)?;
                let t = region.create_function(|_, _: Table<'_>| Ok(()))?;
                region.globals().set(region, "t", t)
            },
        );
        result.expect("it runs")
    };
    assert_eq!(
        message("f(1, {})"),
        "test.lua:1: bad argument #2 to 'f' (number expected, got table)"
    );
    assert_eq!(
        message("f(1)"),
        "test.lua:1: bad argument #2 to 'f' (number expected, got no value)"
    );
    assert_eq!(
        message("f(nil)"),
        "test.lua:1: bad argument #1 to 'f' (number expected, got nil)"
    );
    assert_eq!(
        message("f(1, 1.5)"),
        "test.lua:1: bad argument #2 to 'f' (number has no integer representation)"
    );
    assert_eq!(
        message("t(setmetatable({}, {__name = 'Thing'}), 1) t(io.stdout or print)"),
        message("t(io.stdout or print)")
    );
}

#[test]
fn engines_bring_modules() {
    let calls = Arc::new(AtomicUsize::new(0));
    let counted = calls.clone();
    let engine = Engine::builder()
        .module("host", |module| {
            module
                .function("double", |_, n: i64| Ok(n * 2))
                .function("shout", |_, text: &str| Ok(text.to_uppercase()))
                .function("keep", |_, table: Table<'_>| Ok(table))
                .function("count", move |_, ()| {
                    counted.fetch_add(1, Ordering::Relaxed);
                    Ok(())
                })
                .constant("version", "1.2")
                .constant("limit", 10);
        })
        .module("", |module| {
            module.function("global", |_, ()| Ok(true));
        })
        .build();
    let source = "
        host.count()
        local t = {}
        assert(host.keep(t) == t and global() and host.limit == 10)
        return host.double(21) .. host.shout('x') .. host.version";
    let program = engine.compile("m.lua", source).expect("it is Lua");
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                let mut arena = Arena::new();
                for _ in 0..10 {
                    let out = Bump::new();
                    let text =
                        engine.enter(&mut arena, &out, |region| region.eval::<String>(&program));
                    assert_eq!(text.expect("it runs"), "42X1.2");
                }
            });
        }
    });
    assert_eq!(calls.load(Ordering::Relaxed), 20);
    drop(engine);
    assert_eq!(Arc::strong_count(&calls), 1, "the closures are dropped");
}

/// Notes when it is dropped.
struct Noisy {
    name: &'static str,
    log: Rc<RefCell<Vec<&'static str>>>,
    panics: bool,
}

impl Drop for Noisy {
    fn drop(&mut self) {
        self.log.borrow_mut().push(self.name);
        assert!(!self.panics, "{} panics", self.name);
    }
}

// The tests below stay on one thread, though the type is made to look as if it could leave it.
struct Sent<T>(T);
#[allow(unsafe_code)]
// SAFETY: values of this type never leave their thread.
unsafe impl<T> Send for Sent<T> {}

impl UserData for Sent<Noisy> {
    fn type_name() -> &'static str {
        "Noisy"
    }
    fn add_methods(methods: &mut UserDataMethods<'_, Self>) {
        methods.add_method("name", |_, this, ()| Ok(this.0.name));
    }
}

/// `attempt(f)` keeps what `f` raises, `relay(f)` passes it on.
fn callers<'r>(region: Region<'r, '_>) -> Result<(), Error<'r>> {
    let attempt = region
        .create_function(|lua, function: Value<'_>| Ok(lua.call::<()>(function, ()).is_ok()))?;
    let relay = region.create_function(|lua, function: Value<'_>| lua.call::<()>(function, ()))?;
    region.globals().set(region, "attempt", attempt)?;
    region.globals().set(region, "relay", relay)
}

#[test]
fn handlers_see_what_host_functions_pass_on_alone() {
    let source = "
        local seen = {}
        local function handler(message) seen[#seen + 1] = message return 'handled' end
        local function fail() error('kept', 0) end
        local function pass() error('passed', 0) end
        xpcall(attempt, handler, fail)
        local _, told = xpcall(relay, handler, pass)
        return table.concat(seen, ' '), told";
    let seen = run::<(String, String)>(source, callers);
    let seen = seen.map_err(|error| error.message().to_owned());
    assert_eq!(seen, Ok(("passed".to_owned(), "handled".to_owned())));
}

#[test]
fn tracebacks_begin_above_host_functions() {
    let source = "local function fail() error('no') end
        local function outer() relay(fail) end
        outer()";
    let error = run::<()>(source, callers).expect_err("it fails");
    let traceback = error.traceback().expect("there was room to draw it");
    let lines: Vec<&str> = traceback.lines().skip(1).map(str::trim).collect();
    let (inner, outer) = (&lines[..2], &lines[lines.len() - 3..lines.len() - 1]);
    assert_eq!(
        inner[1], "test.lua:1: in function <test.lua:1>",
        "{lines:?}"
    );
    assert_eq!(outer[0], "test.lua:2: in local 'outer'", "{lines:?}");
    // One that the host function keeps, or `pcall` catches, leaves none behind.
    let kept = run::<bool>("return attempt(error) or pcall(relay, error)", callers);
    assert_eq!(kept.ok(), Some(false));
}

#[test]
fn destructors_run_newest_first_whatever_happens() {
    let log = Rc::new(RefCell::new(Vec::new()));
    let noisy = |name, panics| {
        let log = log.clone();
        Sent(Noisy { name, log, panics })
    };
    let engine = Engine::new();
    let (mut arena, out) = (Arena::new(), Bump::new());
    let caught = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        let done = engine.enter(&mut arena, &out, |region| {
            region.userdata(noisy("first", false))?;
            region.userdata(noisy("second", true))?;
            region.userdata(noisy("third", false))?;
            let closure = noisy("closure", false);
            region.create_function(move |_, ()| {
                let all = &closure;
                Ok(all.0.name)
            })?;
            Ok(())
        });
        done.is_ok()
    }));
    let panic = caught.expect_err("a destructor panics");
    assert_eq!(
        panic.downcast_ref::<String>().map(|s| &**s),
        Some("second panics")
    );
    assert_eq!(*log.borrow(), ["closure", "third", "second", "first"]);
    let keeps_chunks = cfg!(not(lunette_stress));
    assert!(
        !keeps_chunks || arena.kept_bytes() > 0,
        "the chunks came back"
    );
}

#[test]
fn evacuations_drop_what_nobody_reaches() {
    let log = Rc::new(RefCell::new(Vec::new()));
    let engine = Engine::new();
    let source = "
        kept = make()
        for i = 1, 3 do make() end
        for i = 1, 1000 do local t = {i} end
        assert(kept:name() == 'object')
        kept = nil
        collectgarbage()";
    let program = engine.compile("t.lua", source).expect("it is Lua");
    let (mut arena, out) = (Arena::new(), Bump::new());
    let options = lunette::RunOptions::new().evacuate_every(50);
    let dropped_before_close = Cell::new(0);
    let made = Sent(log.clone());
    let done = engine.run(
        &options,
        &mut arena,
        &out,
        |region| {
            let make = region.create_function(move |lua, ()| {
                let made = &made;
                let (name, log) = ("object", made.0.clone());
                lua.userdata(Sent(Noisy {
                    name,
                    log,
                    panics: false,
                }))
            })?;
            region.globals().set(region, "make", make)
        },
        &[lunette::Invocation {
            program: &program,
            args: &[],
            args_table: None,
        }],
        |_| dropped_before_close.set(log.borrow().len()),
    );
    done.expect("it runs");
    assert!(dropped_before_close.get() >= 3, "{dropped_before_close:?}");
    assert_eq!(log.borrow().len(), 4);
}

struct Account {
    balance: i64,
}

impl UserData for Account {
    fn add_fields(fields: &mut UserDataFields<'_, Self>) {
        fields.add_field("currency", "EUR");
        fields.add_field_method_get("balance", |_, this| Ok(this.balance));
        fields.add_field_method_set("balance", |_, this, value| {
            this.balance = value;
            Ok(())
        });
    }

    fn add_methods(methods: &mut UserDataMethods<'_, Self>) {
        methods.add_method_mut("deposit", |_, this, amount: i64| {
            this.balance += amount;
            Ok(this.balance)
        });
        methods.add_method_mut("with", |lua, this, f: Function<'_>| {
            this.balance += f.call::<i64>(lua, ())?;
            Ok(())
        });
        methods.add_method("read", |lua, this, f: Function<'_>| {
            f.call::<()>(lua, ())?;
            Ok(this.balance)
        });
        methods.add_function("new", |_, balance| Ok(Account { balance }));
        methods.add_meta_method("__len", |_, this, ()| Ok(this.balance));
        methods.add_meta_function(
            "__add",
            |_, (a, b): (UserDataRef<'_, Account>, UserDataRef<'_, Account>)| {
                Ok(Account {
                    balance: a.balance + b.balance,
                })
            },
        );
    }
}

fn with_account<R: 'static + for<'r> FromLuaMulti<'r>>(source: &str) -> Result<R, OwnedError> {
    run(source, |region| {
        region.globals().set(region, "a", Account { balance: 10 })
    })
}

#[test]
fn objects_have_methods_fields_and_metamethods() {
    let source = "
        assert(a.currency == 'EUR' and a.nothing == nil)
        a.balance = a.balance + 5
        assert(a:deposit(1) == 16 and #a == 16)
        local b = a.new(4) + a
        assert(type(b) == 'userdata' and tostring(b):find('^Account: '))
        a:with(function() return 1 end)
        return a.balance, b.balance";
    assert_eq!(
        with_account::<(i64, i64)>(source).expect("it runs"),
        (17, 20)
    );
}

#[test]
fn objects_are_borrowed_once() {
    let message = |source: &str| {
        let source = format!("local ok, m = pcall(function() {source} end) return m");
        with_account::<String>(&source).expect("it runs")
    };
    let taken = "Account is borrowed already";
    assert_eq!(message("a:with(function() return a.balance end)"), taken);
    assert_eq!(message("a:read(function() a:deposit(1) end)"), taken);
    assert_eq!(
        message("a:read(function() return a.balance end) error('fine', 0)"),
        "fine"
    );
    assert_eq!(
        message("pcall(a.with, a, error) a:deposit(1) error('fine', 0)"),
        "fine"
    );
    assert_eq!(
        message("a.deposit(1, 2)"),
        "test.lua:1: bad argument #1 to 'deposit' (Account expected, got number)"
    );
    assert_eq!(
        message("a.deposit()"),
        "test.lua:1: bad argument #1 to 'deposit' (Account expected, got no value)"
    );
    assert_eq!(
        message("a:deposit('x')"),
        "test.lua:1: bad argument #1 to 'deposit' (number expected, got string)"
    );
    assert_eq!(
        message("a.balance = {}"),
        "balance: number expected, got table"
    );
    assert_eq!(
        message("a.other = 1"),
        "test.lua:1: cannot set field 'other' of Account"
    );
    assert_eq!(
        message("local _ = a + 1"),
        "test.lua:1: bad argument #2 to 'add' (Account expected, got number)"
    );
}

#[test]
fn the_host_lends_its_own() {
    let engine = Engine::new();
    let mut arena = Arena::new();
    let program = engine.compile(
        "t.lua",
        "theirs:deposit(1) return pcall(ours.deposit, ours, 1)",
    );
    let program = program.expect("it is Lua");
    let ours = Account { balance: 5 };
    let mut theirs = Account { balance: 6 };
    {
        let (out, theirs) = (Bump::new(), &mut theirs);
        let ours = &ours;
        let result = engine.enter(&mut arena, &out, |region| {
            region.globals().set(region, "ours", region.lend(ours)?)?;
            let object = region.lend_mut(theirs)?;
            region.globals().set(region, "theirs", object)?;
            let result = region.eval::<(bool, String)>(&program)?;
            assert_eq!(object.borrow::<Account>(region)?.balance, 7);
            assert!(!object.is::<Sent<Noisy>>());
            Ok(result)
        });
        let (done, message) = result.expect("it runs");
        assert!(!done);
        assert_eq!(message, "Account was lent for reading only");
    }
    assert_eq!((ours.balance, theirs.balance), (5, 7));
}

#[test]
fn panics_of_host_functions_go_on_to_the_host() {
    let engine = Engine::new();
    let program = engine.compile("t.lua", "pcall(boom)").expect("it is Lua");
    let (mut arena, out) = (Arena::new(), Bump::new());
    let dropped = Rc::new(RefCell::new(Vec::new()));
    let caught = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        let result = engine.enter(&mut arena, &out, |region| {
            let (name, log) = ("object", dropped.clone());
            region.userdata(Sent(Noisy {
                name,
                log,
                panics: false,
            }))?;
            let boom =
                region.create_function(|_, ()| -> Result<(), Error<'_>> { panic!("boom") })?;
            region.globals().set(region, "boom", boom)?;
            region.eval::<()>(&program)
        });
        result.is_ok()
    }));
    assert!(caught.is_err());
    assert_eq!(*dropped.borrow(), ["object"]);
    let one = engine.compile("t.lua", "return 1").expect("it is Lua");
    let one = engine.enter(&mut arena, &out, |region| region.eval::<i64>(&one));
    assert_eq!(one.ok(), Some(1));
}

#[test]
fn host_recursion_is_bounded() {
    let source = "
        local depth = 0
        function nest() depth = depth + 1 return call(nest) end
        local ok, message = pcall(nest)
        return depth, message";
    let found = run::<(i64, String)>(source, |region| {
        let call = region.create_function(|lua, f: Function<'_>| f.call::<Value<'_>>(lua, ()))?;
        region.globals().set(region, "call", call)
    });
    let (depth, message) = found.expect("it runs");
    assert!((100..=200).contains(&depth), "{depth}");
    assert!(message.contains("C stack overflow"), "{message}");
}

/// A script can make a list whose border is the last index of all.
#[test]
fn lists_have_a_last_index() {
    let found = run::<()>("", |region| {
        let table = region.table([(i64::MAX, true)])?;
        for power in (0..63).rev() {
            table.set(region, 1i64 << power, true)?;
        }
        assert_eq!(table.len(region)?, i64::MAX);
        table.push(region, "behind")?;
        assert_eq!(table.get::<String>(region, i64::MIN)?, "behind");
        Ok(())
    });
    assert_eq!(found.map_err(|error| error.message().to_owned()), Ok(()));
}

#[test]
fn tables_are_walked_and_shown() {
    let found = run::<()>("", |region| {
        let table = region.list(["a", "b"])?;
        table.set(region, "x", 1)?;
        table.push(region, "c")?;
        assert_eq!(table.len(region)?, 3);
        let items: Vec<_> = table.sequence().map(|item| item.to_string()).collect();
        assert_eq!(items, ["a", "b", "c"]);
        assert_eq!(table.pairs().count(), 4);
        let value = table.to_value();
        assert_eq!(value.describe(1).to_string(), r#"{"a", "b", "c", x = 1}"#);
        assert_eq!(value.describe(1).items(2).to_string(), r#"{"a", "b", ...}"#);
        table.set(region, "self", table)?;
        let shown = value.describe(2).to_string();
        assert!(shown.contains("self = {\"a\", "), "{shown}");
        assert!(shown.contains("self = table#"), "{shown}");
        assert_eq!(table.to_string(), format!("{value:?}"));
        let text: Str<'_> = table.get(region, 1)?;
        assert_eq!(text.to_string(), "a");
        let object: Option<AnyUserData<'_>> = table.get(region, "none")?;
        assert!(object.is_none());
        Ok(())
    });
    found.expect("it runs");
}
