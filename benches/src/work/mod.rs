//! What the groups on servers share: the work on entries that we and the peers do, and the traits of who does it.

pub(crate) mod cas;
mod draw;
mod entries;
mod ground;
pub(crate) mod many;
mod ours;
mod peer;
pub(crate) mod point;

pub(crate) use self::draw::Draw;
pub(crate) use self::entries::Entries;
pub(crate) use self::ground::Ground;
pub(crate) use self::ours::Ours;
pub(crate) use self::peer::{GetMany, Peer, PutMany, Replace, decode, decode_all, encode};
