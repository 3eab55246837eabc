//! An arena gives its memory back while a region is open on it.

use bumpalo::Bump;
use lunette::{Arena, Engine};

fn main() {
    let (engine, mut arena, out) = (Engine::new(), Arena::new(), Bump::new());
    let _ = engine.enter(&mut arena, &out, |_| {
        arena.trim(0);
        Ok(())
    });
}
