//! Random numbers: xoshiro256** with the seeding and the projection of PUC Lua, so that a seed
//! gives the same numbers here and there.
#![forbid(unsafe_code)]
//!
//! - **R1** A run is repeatable: without a seed from host or script the numbers are the same each
//!   time, and `randomseed` without arguments goes on from what came before.

use crate::error::Error;
use crate::value::Value;
use crate::vm::{Call, Reply, State};

/// The seed of an execution that nobody gave one.
const DEFAULT_SEED: (u64, u64) = (0x6C75_6E65_7474_6500, 0);

/// One step of the generator.
fn advance(state: &mut [u64; 4]) -> u64 {
    let [a, b, c, d] = *state;
    let result = b.wrapping_mul(5).rotate_left(7).wrapping_mul(9);
    let c = c ^ a;
    let d = d ^ b;
    *state = [a ^ d, b ^ c, c ^ (b << 17), d.rotate_left(45)];
    result
}

fn seeded(first: u64, second: u64) -> [u64; 4] {
    let mut state = [first, 0xFF, second, 0];
    for _ in 0..16 {
        advance(&mut state);
    }
    state
}

impl State<'_> {
    /// Seeds `math.random`.
    pub(crate) fn seed_random(&self, first: u64, second: u64) {
        self.random.set(seeded(first, second));
    }

    /// The next random number.
    fn next_random(&self) -> u64 {
        let mut state = self.random.get();
        if state == [0; 4] {
            // No seed leads to this state: the script gave none yet.
            state = seeded(self.seed.unwrap_or(DEFAULT_SEED.0), DEFAULT_SEED.1);
        }
        let result = advance(&mut state);
        self.random.set(state);
        result
    }
}

pub(super) fn random<'r>(call: &Call<'r>) -> Result<Reply, Error<'r>> {
    let random = call.state.next_random();
    let (low, high) = match call.count {
        0 => {
            // The upper 53 bits, as a fraction.
            let fraction = (random >> 11) as f64 * (0.5 / (1u64 << 52) as f64);
            return call.one(Value::float(fraction));
        }
        1 => {
            let high = call.int(1)?;
            if high == 0 {
                return call.one(Value::int(random as i64));
            }
            (1, high)
        }
        2 => (call.int(1)?, call.int(2)?),
        _ => return Err(call.error(b"wrong number of arguments")),
    };
    if low > high {
        return Err(call.arg_error(1, b"interval is empty"));
    }
    let width = (high as u64).wrapping_sub(low as u64);
    let offset = project(call, random, width)?;
    call.one(Value::int((low as u64).wrapping_add(offset) as i64))
}

/// Brings `random` into 0 to `width` without bias: numbers beyond it are drawn again.
fn project<'r>(call: &Call<'r>, random: u64, width: u64) -> Result<u64, Error<'r>> {
    // All ones up to the highest bit of `width`; at least every second draw is in range.
    let mask = u64::MAX.checked_shr(width.leading_zeros()).unwrap_or(0);
    let mut candidate = random & mask;
    while candidate > width {
        call.charge(1)?;
        candidate = call.state.next_random() & mask;
    }
    Ok(candidate)
}

pub(super) fn randomseed<'r>(call: &Call<'r>) -> Result<Reply, Error<'r>> {
    let (first, second) = if call.has(1) {
        (call.int(1)? as u64, call.int_or(2, 0)? as u64)
    } else {
        (call.state.next_random(), call.state.next_random())
    };
    call.state.seed_random(first, second);
    call.two(Value::int(first as i64), Value::int(second as i64))
}
