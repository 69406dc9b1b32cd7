use std::collections::HashMap;

use crate::data::items::Item;
use crate::data::keys::{EventKey, events};
use crate::data::rng;
use crate::{Error, Result};

/// What all sides write, and under which keys.
#[derive(Debug)]
pub(crate) struct Entries {
    pub(crate) keys: Vec<EventKey>,
    items: Vec<Item>,
}

impl Entries {
    pub(super) fn draw() -> Self {
        let keys = events();
        let mut rng = rng();
        let items = keys.iter().map(|_| Item::draw(&mut rng)).collect();
        Self { keys, items }
    }

    pub(crate) fn at(&self, at: usize) -> Result<(&EventKey, &Item)> {
        self.keys
            .get(at)
            .zip(self.items.get(at))
            .ok_or_else(|| Error::from("no such entry"))
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&EventKey, &Item)> {
        self.keys.iter().zip(&self.items)
    }

    /// What was found of each key, in the order of the keys.
    pub(crate) fn in_order<T: Copy>(&self, found: &HashMap<EventKey, T>) -> Result<Vec<T>> {
        let found = self.keys.iter().map(|key| found.get(key).copied());
        found
            .collect::<Option<_>>()
            .ok_or_else(|| Error::from("lost"))
    }
}
