//! Writes valid inputs into the corpus of each target, for the fuzzer to begin with.

use std::path::Path;
use std::{fs, io};

use typed_state_tests::fuzz::{key_inputs, value_inputs};

fn main() -> io::Result<()> {
    for (target, inputs) in [
        ("key_decode", key_inputs as fn(&[u8]) -> Vec<Vec<u8>>),
        ("value_decode", value_inputs),
    ] {
        let corpus = Path::new("corpus").join(target);
        fs::create_dir_all(&corpus)?;
        for seed in 0_u8..32 {
            let seed = seed.wrapping_mul(37);
            let inputs = inputs(&[seed, seed ^ 1, 3, seed, 5, 7, seed, 2, 1, seed]);
            for (index, input) in inputs.into_iter().enumerate() {
                fs::write(corpus.join(format!("seed-{seed}-{index}")), input)?;
            }
        }
    }
    Ok(())
}
