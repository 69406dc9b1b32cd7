//! What lies in one entry: the windows of a key that are kept together, and what each has told.
//!
//! Everything here is a function of what is there and what comes; it knows no store.

mod panes;
mod told;

use bytes::Bytes;

pub(super) use self::panes::{Contents, Pane};
pub(super) use self::told::Told;
use super::emission::Telling;
use super::rules::Rules;
use crate::error::Result;
use crate::value::StateValue;

/// How values become bytes: the store knows.
pub trait Coder {
    fn encode<V: StateValue>(&self, value: &V) -> Result<Bytes>;
    fn decode<V: StateValue>(&self, bytes: &Bytes) -> Result<V>;
}

/// What holds while one input or timer is worked on, and where the results go.
#[derive(Debug)]
pub struct Turn<'a, C> {
    pub(in crate::window) rules: &'a Rules,
    pub(in crate::window) watermark: i64,
    pub(in crate::window) coder: &'a C,
    pub(in crate::window) out: &'a mut Vec<Telling>,
}
