//! A value of a region is kept beyond it.

use bumpalo::Bump;
use lunette::{Arena, Engine};

fn main() {
    let (engine, mut arena, out) = (Engine::new(), Arena::new(), Bump::new());
    let mut kept = None;
    let _ = engine.enter(&mut arena, &out, |region| {
        kept = Some(region.globals());
        Ok(())
    });
}
