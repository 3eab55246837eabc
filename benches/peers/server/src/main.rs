//! The handler of `benches/serve/handler.lua` in axum, on PUC Lua 5.4 through mlua: one thread, and
//! one state that all requests share, which isolates nothing; or a fresh state for each request,
//! into which the handler is loaded as bytecode.
//!
//! `peer-server HANDLER ADDRESS [fresh]`

use std::rc::Rc;
use std::sync::OnceLock;

use axum::Router;
use axum::body::Body;
use axum::extract::{Path, Request};
use axum::http::{HeaderName, HeaderValue, Response, StatusCode};
use axum::routing::get;
use mlua::chunk::ChunkMode;
use mlua::{Function, Lua, LuaSerdeExt, Table, Value};

thread_local! {
    /// The thread's state, and the handler in it.
    static STATE: Rc<(Lua, Function)> = Rc::new(load().expect("the handler loads"));
    /// The handler's file as bytecode.
    static BYTECODE: Vec<u8> = compile().expect("the handler compiles");
}

fn compile() -> mlua::Result<Vec<u8>> {
    let path = std::env::args().nth(1).expect("a handler");
    let source = std::fs::read(path)?;
    Ok(Lua::new().load(source).into_function()?.dump(true))
}

fn load() -> mlua::Result<(Lua, Function)> {
    let lua = Lua::new();
    let json = lua.create_table()?;
    let encode = lua.create_function(|lua, value: Value| {
        let value: serde_json::Value = lua.from_value(value)?;
        lua.create_string(value.to_string())
    })?;
    json.set("encode", encode)?;
    lua.globals().set("json", json)?;
    let routes: Table = BYTECODE.with(|bytecode| {
        let chunk = lua.load(&bytecode[..]).set_mode(ChunkMode::Binary);
        chunk.eval()
    })?;
    let handler = routes.get("GET /users/{id}")?;
    Ok((lua, handler))
}

/// The request as a table of what lunette's has.
fn table(lua: &Lua, id: &str, request: &Request) -> mlua::Result<Table> {
    let table = lua.create_table()?;
    table.set("method", request.method().as_str())?;
    table.set("path", request.uri().path())?;
    table.set("query", lua.create_table()?)?;
    table.set("query_string", request.uri().query().unwrap_or_default())?;
    let headers = lua.create_table()?;
    for (name, value) in request.headers() {
        headers.set(name.as_str(), lua.create_string(value.as_bytes())?)?;
    }
    table.set("headers", headers)?;
    table.set("body", "")?;
    let params = lua.create_table()?;
    params.set("id", id)?;
    table.set("params", params)?;
    Ok(table)
}

/// Whether each request has a state of its own.
fn is_fresh() -> bool {
    static IS_FRESH: OnceLock<bool> = OnceLock::new();
    *IS_FRESH.get_or_init(|| std::env::args().nth(3).as_deref() == Some("fresh"))
}

fn answer(id: &str, request: &Request) -> mlua::Result<Response<Body>> {
    let state = match is_fresh() {
        true => Rc::new(load()?),
        false => STATE.with(Rc::clone),
    };
    let (lua, handler) = &*state;
    let reply: Table = handler.call(table(lua, id, request)?)?;
    let mut response = Response::new(Body::empty());
    if let Some(status) = reply.get::<Option<u16>>("status")? {
        *response.status_mut() = StatusCode::from_u16(status).map_err(mlua::Error::external)?;
    }
    if let Some(headers) = reply.get::<Option<Table>>("headers")? {
        for pair in headers.pairs::<String, String>() {
            let (name, value) = pair?;
            let name: HeaderName = name.parse().map_err(mlua::Error::external)?;
            let value: HeaderValue = value.parse().map_err(mlua::Error::external)?;
            response.headers_mut().append(name, value);
        }
    }
    let body: mlua::LuaString = reply.get("body")?;
    *response.body_mut() = Body::from(body.as_bytes().to_vec());
    Ok(response)
}

async fn serve(Path(id): Path<String>, request: Request) -> Response<Body> {
    answer(&id, &request).unwrap_or_else(|error| {
        let mut response = Response::new(Body::from(error.to_string()));
        *response.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
        response
    })
}

fn main() {
    let address = std::env::args().nth(2).expect("an address");
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    runtime.expect("a runtime").block_on(async {
        let listener = tokio::net::TcpListener::bind(address)
            .await
            .expect("it listens");
        let app = Router::new().route("/users/{id}", get(serve));
        axum::serve(listener, app).await.expect("it serves");
    });
}
