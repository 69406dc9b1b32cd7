//! Keys against code written by hand for the same bytes.

use std::hint::black_box;

use typed_state::key::{decode_key, encode_key};

use super::Group;
use crate::Result;
use crate::data::keys::{EventKey, decode_by_hand, encode_by_hand, events};
use crate::harness::{Budget, Contest, Figure, repeat};

pub(super) const GROUP: Group = Group {
    name: "keys",
    about: "encoding and decoding a key of (String, u64, i64), against code written by hand",
    run,
};

const AGAINST: &str = "code by hand, the same bytes";
const GOAL: f64 = 0.9;

fn run(budget: &Budget) -> Result<Vec<Figure>> {
    let keys = events();
    let encode = {
        let mut ours = keys.iter().cycle();
        let mut theirs = keys.iter().cycle();
        Contest::new("keys/encode", AGAINST, GOAL).hold(
            budget,
            &mut |operations| {
                repeat(operations, || {
                    if let Some(key) = ours.next() {
                        black_box(encode_key(black_box(key))?);
                    }
                    Ok(())
                })
            },
            &mut |operations| {
                repeat(operations, || {
                    if let Some(key) = theirs.next() {
                        black_box(encode_by_hand(black_box(key)));
                    }
                    Ok(())
                })
            },
        )?
    };
    let encoded = keys.iter().map(encode_key).collect::<Result<Vec<_>, _>>()?;
    let decode = {
        let mut ours = encoded.iter().cycle();
        let mut theirs = encoded.iter().cycle();
        Contest::new("keys/decode", AGAINST, GOAL).hold(
            budget,
            &mut |operations| {
                repeat(operations, || {
                    if let Some(key) = ours.next() {
                        black_box(decode_key::<EventKey>(black_box(key))?);
                    }
                    Ok(())
                })
            },
            &mut |operations| {
                repeat(operations, || {
                    if let Some(key) = theirs.next() {
                        black_box(decode_by_hand(black_box(key.as_bytes())).ok_or("not a key")?);
                    }
                    Ok(())
                })
            },
        )?
    };
    Ok(vec![encode, decode])
}
