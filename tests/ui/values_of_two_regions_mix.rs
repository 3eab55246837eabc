//! A value of one region is stored in another.

use bumpalo::Bump;
use lunette::{Arena, Engine};

fn main() {
    let (engine, out) = (Engine::new(), Bump::new());
    let (mut one, mut two) = (Arena::new(), Arena::new());
    let _ = engine.enter(&mut one, &out, |first| {
        let _ = engine.enter(&mut two, &out, |second| {
            first.raw_set(first.globals(), "mixed", second.globals())
        });
        Ok(())
    });
}
