//! cargo run --example borrowed_request
//!
//! A script works on the host's own data, borrowed for the length of the run: no copy, no `Arc`.

use bumpalo::Bump;
use lunette::{Arena, Engine, OwnedError, UserData, UserDataFields, UserDataMethods};

struct Request {
    path: String,
    headers: Vec<(String, String)>,
}

impl UserData for Request {
    fn add_fields(fields: &mut UserDataFields<'_, Self>) {
        fields.add_field_method_get("path", |lua, this| lua.str(&this.path));
    }

    fn add_methods(methods: &mut UserDataMethods<'_, Self>) {
        methods.add_method("header", |lua, this, name: &str| {
            let found = this.headers.iter().find(|(other, _)| other == name);
            found.map(|(_, value)| lua.str(value)).transpose()
        });
    }
}

#[derive(Default)]
struct Reply {
    status: u16,
    body: String,
}

impl UserData for Reply {
    fn add_fields(fields: &mut UserDataFields<'_, Self>) {
        fields.add_field_method_set("status", |_, this, status| {
            this.status = status;
            Ok(())
        });
    }

    fn add_methods(methods: &mut UserDataMethods<'_, Self>) {
        methods.add_method_mut("write", |_, this, text: &str| {
            this.body.push_str(text);
            Ok(())
        });
    }
}

fn main() -> Result<(), OwnedError> {
    let engine = Engine::new();
    let program = engine.compile(
        "handler.lua",
        "return function(request, reply)
            reply.status = 200
            reply:write('hello, ' .. request:header('user') .. ', at ' .. request.path)
            request.path = '/elsewhere'
        end",
    )?;
    let request = Request {
        path: "/moon".to_owned(),
        headers: vec![("user".to_owned(), "visitor".to_owned())],
    };
    let mut reply = Reply::default();
    let mut arena = Arena::with_budget(1 << 20);
    {
        let (out, reply) = (Bump::new(), &mut reply);
        let request = &request;
        let done = engine.enter(&mut arena, &out, |region| {
            let handler: lunette::Function<'_> = region.eval(&program)?;
            handler.call::<()>(region, (region.lend(request)?, region.lend_mut(reply)?))
        });
        // The request was lent for reading, and has no such field to write anyway.
        println!("{}", done.expect_err("the path cannot be written"));
    }
    // The region is closed: nobody but us has the data any more.
    println!("{} {}", reply.status, reply.body);
    assert_eq!(reply.body, "hello, visitor, at /moon");
    Ok(())
}
