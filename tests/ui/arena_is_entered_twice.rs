//! A second region is opened on an arena while one is open on it.

use bumpalo::Bump;
use lunette::{Arena, Engine};

fn main() {
    let (engine, mut arena, out) = (Engine::new(), Arena::new(), Bump::new());
    let _ = engine.enter(&mut arena, &out, |_| {
        let _ = engine.enter(&mut arena, &out, |_| Ok(()));
        Ok(())
    });
}
