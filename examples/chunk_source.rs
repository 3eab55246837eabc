//! cargo run --example chunk_source
//!
//! Where memory comes from is the host's choice: here a source that counts, and a buffer of the
//! host's own, after which no allocator is asked.

use std::cell::Cell;
use std::mem::MaybeUninit;

use bumpalo::Bump;
use lunette::{Arena, ArenaSource, Budget, Engine, FixedSource, OwnedError};

fn main() -> Result<(), OwnedError> {
    let engine = Engine::new();
    let program = engine.compile(
        "work.lua",
        "local list = {} for i = 1, 1000 do list[i] = {i} end return #list",
    )?;
    let out = Bump::new();

    // Chunks from a bump arena of the host, which may serve other things as well.
    let parent = Bump::new();
    let mut arena = Arena::with_source(ArenaSource::new(&parent), Budget::bytes(1 << 20));
    let count = engine.enter(&mut arena, &out, |region| region.eval::<i64>(&program));
    println!(
        "{:?} items, {} bytes of the parent",
        count.ok(),
        parent.allocated_bytes()
    );

    // One buffer for all runs: a static, the stack, shared memory.
    let mut buffer = vec![MaybeUninit::uninit(); 512 << 10];
    let mut arena = Arena::with_source(FixedSource::new(&mut buffer), Budget::UNLIMITED);
    let runs = Cell::new(0);
    for _ in 0..100 {
        let count = engine.enter(&mut arena, &out, |region| region.eval::<i64>(&program));
        assert_eq!(count.ok(), Some(1000));
        runs.set(runs.get() + 1);
    }
    println!("{} runs in one buffer of 512 KiB", runs.get());
    Ok(())
}
