//! cargo run --example axum_embed [127.0.0.1:8080]
//!
//! A script inside an axum application: an engine whose regions begin where the script's top level
//! ended, arenas used one after the other, a region per request. Without an address it only
//! shows two replies.
#![forbid(unsafe_code)]

use std::error::Error;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::routing::get;
use bumpalo::Bump;
use lunette::{Arena, Engine, NoStreams, OwnedError, RunOptions};
use tokio::net::TcpListener;
use tokio::task::spawn_blocking;

const SCRIPT: &str = r#"
local visits = 0 -- every request sees 0 here
function handler(name)
    if name == "nobody" then error("nobody is there") end
    visits = visits + 1
    return ("hello, %s: visit %d"):format(name, visits)
end"#;

struct Scripts {
    engine: Engine,
    /// Warm arenas that no request uses now.
    arenas: Mutex<Vec<Arena>>,
}

impl Scripts {
    fn new() -> Result<Self, OwnedError> {
        let engine = Engine::new();
        let program = engine.compile("handler.lua", SCRIPT)?;
        let options = RunOptions::new().streams(&NoStreams);
        let prepared = engine.prepared(&options, Arena::new(), |region| region.eval(&program))?;
        Ok(Self {
            engine: prepared,
            arenas: Mutex::default(),
        })
    }

    /// One request, on a thread that may be busy for a while.
    fn handle(&self, name: &str) -> Result<String, OwnedError> {
        let arena = self.arenas.lock().ok().and_then(|mut arenas| arenas.pop());
        let mut arena = arena.unwrap_or_else(|| Arena::with_budget(8 << 20));
        let options = RunOptions::new()
            .streams(&NoStreams)
            .time_limit(Duration::from_millis(100));
        let out = Bump::new();
        let reply = self
            .engine
            .enter_with(&options, &mut arena, &out, |region| {
                region.function("handler")?.call::<String>(region, name)
            });
        if let Ok(mut arenas) = self.arenas.lock() {
            arenas.push(arena);
        }
        reply.map_err(|error| error.to_owned_error())
    }
}

async fn greet(
    State(scripts): State<Arc<Scripts>>,
    Path(name): Path<String>,
) -> Result<String, (StatusCode, &'static str)> {
    let reply = spawn_blocking(move || scripts.handle(&name)).await;
    let reply = reply.map_err(|_| failed("a host function panicked"))?;
    reply.map_err(|error| failed(error.message()))
}

fn failed(reason: &str) -> (StatusCode, &'static str) {
    eprintln!("{reason}");
    (StatusCode::INTERNAL_SERVER_ERROR, "something went wrong")
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let scripts = Arc::new(Scripts::new()?);
    let Some(address) = std::env::args().nth(1) else {
        for name in ["ada", "nobody"] {
            let reply = greet(State(Arc::clone(&scripts)), Path(name.to_owned())).await;
            println!("{reply:?}");
        }
        return Ok(());
    };
    let app = Router::new().route("/hello/{name}", get(greet));
    let listener = TcpListener::bind(address).await?;
    Ok(axum::serve(listener, app.with_state(scripts)).await?)
}
