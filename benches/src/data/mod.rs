//! The data of all benches: drawn from one seed, so that every run works on the same.

pub mod items;
pub mod keys;
pub mod shapes;
mod value;

use rand::rngs::SmallRng;
use rand::{Rng, SeedableRng};

/// How many keys a bench works on.
pub const KEYS: usize = 100_000;

/// The random numbers of a bench.
pub fn rng() -> SmallRng {
    SmallRng::seed_from_u64(0x5eed_0057_a7e5)
}

fn text(rng: &mut SmallRng, length: usize) -> String {
    (0..length).map(|_| rng.random_range('a'..='z')).collect()
}
