//! The value of the comparisons of whole stores: 100 bytes of MessagePack.

use rand::Rng;
use rand::rngs::SmallRng;
use serde::{Deserialize, Serialize};
use typed_state::codec::{CodecError, Compression, Format, decode_serde, encode_serde};
use typed_state::{StateValue, Ttl};

use super::text;
use super::value::value;

/// A value of some 100 bytes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Item {
    /// Any.
    pub owner: u64,
    /// Any.
    pub updated: i64,
    /// Any.
    pub price: f64,
    /// Forty letters.
    pub title: String,
}

value!(Item, "item", Format::MessagePack);

impl Item {
    /// Draws one.
    pub fn draw(rng: &mut SmallRng) -> Self {
        Self {
            owner: rng.random(),
            updated: rng.random(),
            price: rng.random(),
            title: text(rng, 40),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::rng;
    use super::*;

    #[test]
    fn an_item_has_a_hundred_bytes() {
        let mut rng = rng();
        for _ in 0..100 {
            let size = rmp_serde::to_vec_named(&Item::draw(&mut rng))
                .unwrap()
                .len();
            assert!((95..=105).contains(&size), "{size} bytes");
        }
    }
}
