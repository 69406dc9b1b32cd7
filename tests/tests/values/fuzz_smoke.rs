//! The targets of the fuzzer, for some seconds on random bytes and on valid inputs with damage; always the same ones.

use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use typed_state_tests::fuzz::{key_decode, key_inputs, value_decode, value_inputs};

fn random(rng: &mut StdRng, most: usize) -> Vec<u8> {
    let length = rng.random_range(0..=most);
    (0..length).map(|_| rng.random()).collect()
}

/// Some bytes changed, inserted, removed, doubled, or all after a place dropped.
fn damage(input: &mut Vec<u8>, rng: &mut StdRng) {
    for _ in 0..rng.random_range(1..=4) {
        let at = rng.random_range(0..=input.len());
        let edge = [0x00, 0x01, 0x7F, 0x80, 0xFE, 0xFF];
        match rng.random_range(0..6) {
            0 => input.insert(at, rng.random()),
            1 => input.truncate(at),
            2 => {
                let tail = input.split_off(at);
                input.extend_from_slice(&tail);
                input.extend_from_slice(&tail);
            }
            3 if at < input.len() => drop(input.remove(at)),
            4 if at < input.len() => input[at] ^= 1 << rng.random_range(0..8),
            _ if at < input.len() => input[at] = edge[rng.random_range(0..edge.len())],
            _ => {}
        }
    }
}

fn run(seed: u64, rounds: usize, inputs: fn(&[u8]) -> Vec<Vec<u8>>, target: fn(&[u8])) {
    let mut rng = StdRng::seed_from_u64(seed);
    for _ in 0..rounds {
        target(&random(&mut rng, 64));
        for mut input in inputs(&random(&mut rng, 96)) {
            target(&input);
            for _ in 0..4 {
                damage(&mut input, &mut rng);
                target(&input);
            }
        }
    }
}

#[test]
fn keys_are_decoded_or_refused() {
    run(1, 1_500, key_inputs, key_decode);
}

#[test]
fn values_are_decoded_or_refused() {
    run(2, 600, value_inputs, value_decode);
}
