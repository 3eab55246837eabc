//! What escaped is used after the caller's memory is gone.

use bumpalo::Bump;
use lunette::{Arena, Engine};

fn main() {
    let (engine, mut arena, out) = (Engine::new(), Arena::new(), Bump::new());
    let text = engine.enter(&mut arena, &out, |region| region.escape_str(region.str("moon")?));
    drop(out);
    assert_eq!(text.ok(), Some("moon"));
}
