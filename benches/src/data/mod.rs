//! The data of all benches: drawn from one seed, so that every run works on the same.

pub mod keys;
pub mod shapes;

use rand::SeedableRng;
use rand::rngs::SmallRng;

/// How many keys a bench works on.
pub const KEYS: usize = 100_000;

/// The random numbers of a bench.
pub fn rng() -> SmallRng {
    SmallRng::seed_from_u64(0x5eed_0057_a7e5)
}
