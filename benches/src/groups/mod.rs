//! The groups of figures, one file each.

mod batch;
pub mod checkpoints;
mod embedded;
mod keys;
mod layers;
mod locks;
mod memory;
mod postgres;
mod redis;
mod values;
pub mod windows;

use std::fmt;

use crate::Result;
use crate::harness::{Budget, Figure};

/// A group of figures.
pub struct Group {
    /// What the command line calls it.
    pub name: &'static str,
    /// What it compares.
    pub about: &'static str,
    /// Measures its figures.
    pub run: fn(&Budget) -> Result<Vec<Figure>>,
}

impl fmt::Debug for Group {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

/// All of them.
pub const GROUPS: &[Group] = &[
    keys::GROUP,
    values::GROUP,
    memory::GROUP,
    layers::GROUP,
    embedded::GROUP,
    redis::GROUP,
    postgres::GROUP,
    batch::GROUP,
    locks::GROUP,
    windows::GROUP,
    checkpoints::GROUP,
];
