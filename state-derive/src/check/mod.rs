//! What cannot be: mistakes that take more than one attribute to see.

mod fields;
mod serde;
mod shape;
mod tags;

pub(crate) use self::fields::{partition, types_are_possible};
pub(crate) use self::serde::{serde_attributes, within_value};
pub(crate) use self::shape::{Stored, can_be_stored};
pub(crate) use self::tags::tags;
