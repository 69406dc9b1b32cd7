//! Three values from some 60 bytes to 4 KB.

use rand::rngs::SmallRng;
use serde::Serialize;
use serde::de::DeserializeOwned;
use typed_state::StateValue;

use super::rng;

/// A shape that can be drawn at random.
pub trait Shape: StateValue + Serialize + DeserializeOwned {
    /// What the figures call it.
    const SIZE: &'static str;

    /// Draws one.
    fn draw(rng: &mut SmallRng) -> Self;
}

fn several<T>(rng: &mut SmallRng, count: usize, draw: impl Fn(&mut SmallRng) -> T) -> Vec<T> {
    (0..count).map(|_| draw(rng)).collect()
}

/// Some values of a shape: enough that no branch predictor learns them.
pub fn draw<S: Shape>() -> Vec<S> {
    let mut rng = rng();
    several(&mut rng, 256, S::draw)
}

/// The shapes as types of their own for each format.
macro_rules! shapes {
    ($(#[$doc:meta])* $module:ident, $format:expr) => {
        $(#[$doc])*
        pub mod $module {
            use std::collections::BTreeMap;

            use rand::Rng;
            use rand::rngs::SmallRng;
            use serde::{Deserialize, Serialize};
            use typed_state::codec::{
                CodecError, Compression, Format, decode_serde, encode_serde,
            };
            use typed_state::{StateValue, Ttl};

            use super::super::text;
            use super::super::value::value;
            use super::{Shape, several};

            /// A small value: some 60 bytes of MessagePack.
            #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
            pub struct Session {
                /// Any.
                pub user: u64,
                /// Any.
                pub seen: i64,
                /// Twelve letters.
                pub device: String,
                /// Any.
                pub active: bool,
            }

            /// A value with a bit of everything: some 500 bytes of MessagePack.
            #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
            pub struct Profile {
                /// Any.
                pub id: u64,
                /// Sixteen letters.
                pub name: String,
                /// Often there.
                pub email: Option<String>,
                /// Four of them.
                pub labels: Vec<String>,
                /// Eight of them.
                pub scores: BTreeMap<String, u32>,
                /// Six of them.
                pub logins: Vec<Login>,
                /// Any.
                pub balance: f64,
            }

            /// One entry of a profile.
            #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
            pub struct Login {
                /// Any.
                pub at: i64,
                /// Any.
                pub from: Origin,
            }

            /// Where a login came from.
            #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
            pub enum Origin {
                /// Without data.
                Unknown,
                /// With one field.
                Address(u32),
                /// With named fields.
                Device {
                    /// Ten letters.
                    name: String,
                },
            }

            /// A large value: some 4 KB of MessagePack.
            #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
            pub struct Basket {
                /// Sixteen letters.
                pub owner: String,
                /// Forty-eight of them.
                pub lines: Vec<Line>,
            }

            /// One line of a basket.
            #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
            pub struct Line {
                /// Ten letters.
                pub sku: String,
                /// Thirty letters.
                pub title: String,
                /// Any.
                pub cents: i64,
                /// Up to nine.
                pub quantity: u8,
                /// Rarely there.
                pub note: Option<String>,
            }

            impl Shape for Session {
                const SIZE: &'static str = "small";

                fn draw(rng: &mut SmallRng) -> Self {
                    Self {
                        user: rng.random(),
                        seen: rng.random(),
                        device: text(rng, 12),
                        active: rng.random(),
                    }
                }
            }

            impl Shape for Profile {
                const SIZE: &'static str = "medium";

                fn draw(rng: &mut SmallRng) -> Self {
                    Self {
                        id: rng.random(),
                        name: text(rng, 16),
                        email: rng.random_bool(0.8).then(|| text(rng, 20)),
                        labels: several(rng, 4, |rng| text(rng, 8)),
                        scores: several(rng, 8, |rng| (text(rng, 6), rng.random()))
                            .into_iter()
                            .collect(),
                        logins: several(rng, 6, |rng| Login {
                            at: rng.random(),
                            from: match rng.random_range(0..3) {
                                0 => Origin::Unknown,
                                1 => Origin::Address(rng.random()),
                                _ => Origin::Device {
                                    name: text(rng, 10),
                                },
                            },
                        }),
                        balance: rng.random(),
                    }
                }
            }

            impl Shape for Basket {
                const SIZE: &'static str = "large";

                fn draw(rng: &mut SmallRng) -> Self {
                    Self {
                        owner: text(rng, 16),
                        lines: several(rng, 48, |rng| Line {
                            sku: text(rng, 10),
                            title: text(rng, 30),
                            cents: rng.random(),
                            quantity: rng.random_range(1..10),
                            note: rng.random_bool(0.1).then(|| text(rng, 40)),
                        }),
                    }
                }
            }

            value!(Session, "session", $format);
            value!(Profile, "profile", $format);
            value!(Basket, "basket", $format);
        }
    };
}

shapes!(
    /// Stored as MessagePack.
    msgpack,
    Format::MessagePack
);
shapes!(
    /// Stored as bincode.
    bincode,
    Format::Bincode
);

#[cfg(test)]
mod tests {
    use super::msgpack::{Basket, Profile, Session};
    use super::*;

    fn sizes<S: Shape>(bytes: std::ops::RangeInclusive<usize>) {
        for value in draw::<S>() {
            let size = rmp_serde::to_vec_named(&value).unwrap().len();
            assert!(bytes.contains(&size), "{} has {size} bytes", S::SIZE);
        }
    }

    #[test]
    fn the_shapes_have_the_sizes_they_say() {
        sizes::<Session>(55..=70);
        sizes::<Profile>(300..=600);
        sizes::<Basket>(3_800..=4_700);
    }
}
