//! Tenants that share a pool of memory: `cargo run --example pool`
//!
//! Each tenant has an arena with a budget of its own, and all of them together never hold more
//! than the pool allows.
#![allow(unsafe_code)]

use std::alloc::Layout;
use std::cell::Cell;
use std::ptr::NonNull;

use bumpalo::Bump;
use lunette::{Arena, Budget, BumpSource, ChunkSource, Engine, Error, OwnedError};

/// The ceiling that tenants share.
struct Pool {
    left_bytes: Cell<usize>,
}

/// A tenant's way to the pool.
struct Tenant<'p> {
    pool: &'p Pool,
    inner: BumpSource,
}

impl<'p> Tenant<'p> {
    fn arena(pool: &'p Pool, budget: Budget) -> Arena<Self> {
        let inner = BumpSource::default();
        Arena::with_source(Self { pool, inner }, budget)
    }
}

// SAFETY: blocks are those of the inner source, which keeps the promises.
unsafe impl ChunkSource for Tenant<'_> {
    fn grow(&mut self, layout: Layout) -> Option<NonNull<[u8]>> {
        let left = self.pool.left_bytes.get().checked_sub(layout.size())?;
        let block = self.inner.grow(layout)?;
        self.pool.left_bytes.set(left);
        Some(block)
    }

    fn give_back(&mut self, block: NonNull<[u8]>) {
        let left = self.pool.left_bytes.get();
        self.pool.left_bytes.set(left + block.len());
        self.inner.give_back(block);
    }
}

fn main() -> Result<(), OwnedError> {
    let engine = Engine::new();
    let hoard = "local t = {} for i = 1, 20000 do t[i] = {i} end return #t";
    let hoard = engine.compile("hoard.lua", hoard)?;
    let pool = Pool {
        left_bytes: Cell::new(6 << 20),
    };
    let run = |arena: &mut Arena<Tenant<'_>>, who: &str| {
        let out = Bump::new();
        let result: Result<i64, Error<'_>> =
            engine.enter(arena, &out, |region| region.eval(&hoard));
        match result {
            Ok(count) => println!("{who}: {count} tables"),
            Err(error) => println!("{who}: {error}"),
        }
    };
    // Either may hold 5 MiB, but not both: what an arena keeps is still its own.
    let mut first = Tenant::arena(&pool, Budget::bytes(5 << 20));
    let mut second = Tenant::arena(&pool, Budget::bytes(5 << 20));
    run(&mut first, "first");
    run(&mut second, "second");
    // Until the first gives it back.
    first.trim(0);
    run(&mut second, "second, after the first gave back");
    drop((first, second));
    assert_eq!(pool.left_bytes.get(), 6 << 20);
    Ok(())
}
