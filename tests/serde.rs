//! Data through serde: into regions, out of them, and straight to other formats.

use std::collections::BTreeMap;

use bumpalo::Bump;
use lunette::{Arena, Engine, Error, ErrorKind, OwnedError, Region, Serde, Value};
use serde::{Deserialize, Serialize};

fn run<R>(
    source: &str,
    body: impl for<'r> FnOnce(Region<'r, '_>, Value<'r>) -> Result<R, Error<'r>>,
) -> Result<R, OwnedError> {
    let engine = Engine::new();
    let program = engine.compile("test.lua", source)?;
    let (mut arena, out) = (Arena::new(), Bump::new());
    let result = engine.enter(&mut arena, &out, |region| {
        let value = region.eval(&program)?;
        body(region, value)
    });
    result.map_err(|error| error.to_owned_error())
}

/// What `expression` is as a `T`, or the message of the error.
fn read<T: for<'a> Deserialize<'a>>(expression: &str) -> Result<T, String> {
    let found = run(&format!("return {expression}"), |region, value| {
        region.from_value(value)
    });
    found.map_err(|error| {
        assert_eq!(error.kind(), ErrorKind::Conversion);
        error.message().to_owned()
    })
}

#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
enum Shape {
    Empty,
    Circle(f64),
    Segment(i32, i32),
    Box { width: u8, height: u8 },
}

#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
struct Everything {
    name: String,
    count: u64,
    ratio: f32,
    on: bool,
    none: Option<i64>,
    some: Option<i64>,
    list: Vec<i64>,
    pair: (String, i8),
    map: BTreeMap<String, Vec<bool>>,
    keyed: BTreeMap<i32, char>,
    shapes: Vec<Shape>,
}

fn everything() -> Everything {
    Everything {
        name: "tester \u{e9}\u{1f31b}".to_owned(),
        count: 1 << 62,
        ratio: 0.5,
        on: true,
        none: None,
        some: Some(-3),
        list: vec![],
        pair: ("p".to_owned(), -1),
        map: [
            ("a".to_owned(), vec![true, false]),
            ("b".to_owned(), vec![]),
        ]
        .into(),
        keyed: [(1, 'x'), (7, 'y')].into(),
        shapes: vec![
            Shape::Empty,
            Shape::Circle(1.5),
            Shape::Segment(1, -2),
            Shape::Box {
                width: 3,
                height: 4,
            },
        ],
    }
}

#[test]
fn data_goes_in_and_comes_back() {
    let data = everything();
    let source = "return function(x)
        assert(x.none == nil and x.pair[1] == 'p' and x.shapes[1] == 'Empty')
        assert(x.shapes[2].Circle == 1.5 and x.shapes[4].Box.width == 3)
        assert(math.type(x.count) == 'integer' and x.keyed[7] == 'y')
        return x
    end";
    let back = run(source, |region, function| {
        let Serde(back) = region.call::<Serde<Everything>>(function, Serde(&data))?;
        Ok(back)
    });
    assert_eq!(back.expect("it comes back"), data);
}

#[test]
fn tables_are_lists_or_maps_by_rule() {
    let json =
        |expression: &str| read::<serde_json::Value>(expression).map(|json| json.to_string());
    assert_eq!(
        json("{1, 2, {x = 'y'}}").as_deref(),
        Ok(r#"[1,2,{"x":"y"}]"#)
    );
    assert_eq!(json("{}").as_deref(), Ok("{}"));
    assert_eq!(json("{1.5, n = 2}").as_deref(), Ok(r#"{"1":1.5,"n":2}"#));
    assert_eq!(read::<Vec<i64>>("{}"), Ok(vec![]));
    assert_eq!(read::<BTreeMap<String, i64>>("{}"), Ok(BTreeMap::new()));
    assert_eq!(read::<Vec<i64>>("{1, 2, n = 2}"), Ok(vec![1, 2]));
    assert_eq!(
        read::<BTreeMap<i64, i64>>("{5, 6}"),
        Ok([(1, 5), (2, 6)].into())
    );
    assert_eq!(read::<(i64, Option<i64>)>("{5}"), Ok((5, None)));
}

#[test]
fn values_serialise_themselves() {
    let text = run("return {1, {a = {true, 'x\\n'}}, {}, 1.5}", |_, value| {
        Ok(serde_json::to_string(&value).map_err(|error| error.to_string()))
    });
    let text = text.expect("it runs");
    assert_eq!(text.as_deref(), Ok(r#"[1,{"a":[true,"x\n"]},{},1.5]"#));
    let error = |source: &str| {
        let text = run(source, |_, value| {
            Ok(serde_json::to_string(&value).map_err(|error| error.to_string()))
        });
        text.expect("it runs").expect_err("it is no data")
    };
    assert_eq!(error("return {print}"), "a function is no data");
    assert_eq!(
        error("local t = {} t[1] = {t} return t"),
        "the table contains itself"
    );
    let deep = "local t = {} for i = 1, 200 do t = {t} end return t";
    assert_eq!(error(deep), "the tables are nested too deep");
}

#[test]
fn what_does_not_fit_is_named_by_its_path() {
    #[derive(Debug, Deserialize)]
    #[expect(dead_code, reason = "only read by tests that fail before")]
    struct Reply {
        reply: BTreeMap<String, Vec<u8>>,
    }
    let error = read::<Reply>("{reply = {headers = {1, 2, 300}}}").unwrap_err();
    assert_eq!(
        error,
        "reply.headers[3]: integer 300 is out of range for u8"
    );
    let error = read::<Reply>("{reply = {['not a name'] = {{}}}}").unwrap_err();
    assert_eq!(
        error,
        "reply[\"not a name\"][1]: number expected, got table"
    );
    assert_eq!(read::<Reply>("{}").unwrap_err(), "missing field `reply`");
    assert_eq!(
        read::<Reply>("7").unwrap_err(),
        "table expected, got number"
    );
    assert_eq!(
        read::<(i64, i64)>("{1, 2, 3}").unwrap_err(),
        "too many items: 3"
    );
    assert_eq!(
        read::<bool>("1").unwrap_err(),
        "boolean expected, got number"
    );
    assert_eq!(
        read::<String>("'\\xff'").unwrap_err(),
        "string is not valid UTF-8"
    );
    assert_eq!(
        read::<Shape>("'Square'").unwrap_err(),
        "unknown variant `Square`, expected one of `Empty`, `Circle`, `Segment`, `Box`"
    );
    assert_eq!(
        read::<Shape>("{Box = {width = 1, height = -1}}").unwrap_err(),
        "Box.height: integer -1 is out of range for u8"
    );
    assert_eq!(
        read::<Shape>("'Circle'").unwrap_err(),
        "the variant carries nothing"
    );
    let cyclic = "(function() local t = {} t.t = t return t end)()";
    assert_eq!(
        read::<serde_json::Value>(cyclic).unwrap_err(),
        "t: the table contains itself"
    );
}

#[test]
fn what_lua_cannot_hold_is_refused() {
    let error = run("", |region, _| {
        region.to_value(&[[1u64], [u64::MAX]]).map(|_| ())
    });
    assert_eq!(
        error.expect_err("it is too large").message(),
        "[2][1]: integer 18446744073709551615 does not fit 64 bits"
    );
    let tight = Engine::new();
    let (mut arena, out) = (Arena::with_budget(64 << 10), Bump::new());
    let result = tight.enter(&mut arena, &out, |region| {
        region.to_value(&vec!["x".repeat(1000); 1000]).map(|_| ())
    });
    assert_eq!(
        result.expect_err("it is too much").kind(),
        ErrorKind::Memory
    );
}

#[test]
fn strings_are_borrowed_from_the_region() {
    #[derive(Deserialize)]
    struct Borrowed<'a> {
        long: &'a str,
        short: &'a str,
    }
    let source = "return {long = ('x'):rep(100), short = 'y'}";
    let found = run(source, |region, value| {
        let long: &str = region.raw_get(value.as_table().expect("it is a table"), "long")?;
        let data: Borrowed<'_> = region.from_value(value)?;
        Ok((std::ptr::eq(long, data.long), data.short == "y"))
    });
    assert_eq!(found.expect("it runs"), (true, true));
}
