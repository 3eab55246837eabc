//! An error that escaped is used after the caller's memory was reset.

use bumpalo::Bump;
use lunette::{Arena, Engine};

fn main() {
    let (engine, mut arena, mut out) = (Engine::new(), Arena::new(), Bump::new());
    let error = engine.enter(&mut arena, &out, |region| Err::<(), _>(region.error("gone")));
    out.reset();
    assert!(error.is_err());
}
