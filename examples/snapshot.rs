//! cargo run --example snapshot
//!
//! A preparing script runs once; every region begins as it left things, and none sees what another
//! wrote.

use std::time::Instant;

use bumpalo::Bump;
use lunette::{Arena, Engine, OwnedError, RunOptions};

fn main() -> Result<(), OwnedError> {
    let engine = Engine::new();
    let setup = engine.compile(
        "setup.lua",
        "primes = {}
         for n = 2, 2000 do
             local is_prime = true
             for _, p in ipairs(primes) do
                 if n % p == 0 then is_prime = false break end
             end
             if is_prime then primes[#primes + 1] = n end
         end
         function nth(i) return primes[i] end",
    )?;
    let options = RunOptions::new();
    let prepared = engine.prepared(&options, Arena::new(), |region| region.eval(&setup))?;

    let program = engine.compile("use.lua", "local p = nth(100) primes = nil return p")?;
    let mut arena = Arena::with_budget(4 << 20);
    let started = Instant::now();
    for _ in 0..1000 {
        let out = Bump::new();
        let prime = prepared.enter(&mut arena, &out, |region| region.eval::<i64>(&program));
        assert_eq!(
            prime.ok(),
            Some(541),
            "each has the primes, whatever others did"
        );
    }
    println!("1000 regions with the primes in {:?}", started.elapsed());
    Ok(())
}
