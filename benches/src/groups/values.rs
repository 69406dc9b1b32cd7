//! Values with their envelope against the bare format.

use std::hint::black_box;

use bytes::Bytes;
use typed_state::codec::{decode_value, encode_value};

use super::Group;
use crate::data::shapes::{Shape, bincode as stored_bincode, draw, msgpack as stored_msgpack};
use crate::harness::{Budget, Contest, Figure, lowest, repeat};
use crate::{Error, Result};

pub(super) const GROUP: Group = Group {
    name: "values",
    about: "three shapes from 60 B to 4 KB in MessagePack and bincode, against the bare formats",
    run,
};

const GOAL: f64 = 0.9;
const LIMIT: usize = 1 << 20;

/// A bare format, used as its documentation says.
struct Peer<S> {
    name: &'static str,
    against: &'static str,
    encode: fn(&S) -> Result<Vec<u8>>,
    decode: fn(&[u8]) -> Result<S>,
}

impl<S: Shape> Peer<S> {
    const MESSAGE_PACK: Self = Self {
        name: "msgpack",
        against: "rmp-serde, named fields",
        encode: |value| rmp_serde::to_vec_named(value).map_err(Error::from),
        decode: |bytes| rmp_serde::from_slice(bytes).map_err(Error::from),
    };
    const BINCODE: Self = Self {
        name: "bincode",
        against: "bincode 2, standard",
        encode: |value| {
            bincode::serde::encode_to_vec(value, bincode::config::standard()).map_err(Error::from)
        },
        decode: |bytes| {
            let (value, _) = bincode::serde::decode_from_slice(bytes, bincode::config::standard())?;
            Ok(value)
        },
    };
}

fn run(budget: &Budget) -> Result<Vec<Figure>> {
    let mut encodes = Vec::new();
    let mut decodes = Vec::new();
    let mut add = |(encode, decode)| {
        encodes.push(encode);
        decodes.push(decode);
    };
    add(shape(
        budget,
        &Peer::<stored_msgpack::Session>::MESSAGE_PACK,
    )?);
    add(shape(
        budget,
        &Peer::<stored_msgpack::Profile>::MESSAGE_PACK,
    )?);
    add(shape(
        budget,
        &Peer::<stored_msgpack::Basket>::MESSAGE_PACK,
    )?);
    add(shape(budget, &Peer::<stored_bincode::Session>::BINCODE)?);
    add(shape(budget, &Peer::<stored_bincode::Profile>::BINCODE)?);
    add(shape(budget, &Peer::<stored_bincode::Basket>::BINCODE)?);
    let lows = [
        lowest("values/encode", &encodes),
        lowest("values/decode", &decodes),
    ];
    Ok(encodes
        .into_iter()
        .chain(decodes)
        .chain(lows.into_iter().flatten())
        .collect())
}

fn shape<S: Shape>(budget: &Budget, peer: &Peer<S>) -> Result<(Figure, Figure)> {
    let values: Vec<S> = draw();
    let name = |what| format!("values/{what}-{}-{}", peer.name, S::SIZE);

    let mut ours = values.iter().cycle();
    let mut theirs = values.iter().cycle();
    let encode = Contest::new(name("encode"), peer.against, GOAL).hold(
        budget,
        &mut |operations| {
            repeat(operations, || {
                if let Some(value) = ours.next() {
                    black_box(encode_value(black_box(value), LIMIT)?);
                }
                Ok(())
            })
        },
        &mut |operations| {
            repeat(operations, || {
                if let Some(value) = theirs.next() {
                    black_box((peer.encode)(black_box(value))?);
                }
                Ok(())
            })
        },
    )?;

    let stored: Vec<Bytes> = values
        .iter()
        .map(|value| encode_value(value, LIMIT))
        .collect::<Result<_, _>>()?;
    let encoded: Vec<Vec<u8>> = values
        .iter()
        .map(|value| (peer.encode)(value))
        .collect::<Result<_>>()?;
    let mut ours = stored.iter().cycle();
    let mut theirs = encoded.iter().cycle();
    let decode = Contest::new(name("decode"), peer.against, GOAL).hold(
        budget,
        &mut |operations| {
            repeat(operations, || {
                if let Some(bytes) = ours.next() {
                    black_box(decode_value::<S>(black_box(bytes), LIMIT)?);
                }
                Ok(())
            })
        },
        &mut |operations| {
            repeat(operations, || {
                if let Some(bytes) = theirs.next() {
                    black_box((peer.decode)(black_box(bytes))?);
                }
                Ok(())
            })
        },
    )?;
    Ok((encode, decode))
}
