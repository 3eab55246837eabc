//! A value of a region is the result of the closure that has the region.

use bumpalo::Bump;
use lunette::{Arena, Engine};

fn main() {
    let (engine, mut arena, out) = (Engine::new(), Arena::new(), Bump::new());
    let _ = engine.enter(&mut arena, &out, |region| Ok(region.globals()));
}
