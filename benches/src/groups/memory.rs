//! The memory backend through the typed store against an ordered map under a lock.

use std::collections::BTreeMap;
use std::hint::black_box;
use std::sync::{PoisonError, RwLock};

use typed_state::Store;
use typed_state::backends::Memory;

use super::Group;
use crate::data::items::Item;
use crate::data::keys::{EventKey, encode_by_hand, events};
use crate::data::{KEYS, rng};
use crate::harness::{Budget, Contest, Figure};
use crate::threads::{on_threads, shuffled};
use crate::{Error, Result};

pub(super) const GROUP: Group = Group {
    name: "memory",
    about: "get and put on 2 threads, against RwLock<BTreeMap<Vec<u8>, Vec<u8>>> with bare MessagePack",
    run,
};

const AGAINST: &str = "RwLock<BTreeMap>, bare MessagePack";
const GOAL: f64 = 0.8;
const THREADS: usize = 2;

type Map = RwLock<BTreeMap<Vec<u8>, Vec<u8>>>;

fn run(budget: &Budget) -> Result<Vec<Figure>> {
    let keys = events();
    let mut rng = rng();
    let items: Vec<Item> = (0..KEYS).map(|_| Item::draw(&mut rng)).collect();
    let orders = shuffled(THREADS, KEYS);
    let entry = |at: usize| -> Result<(&EventKey, &Item)> {
        keys.get(at)
            .zip(items.get(at))
            .ok_or_else(|| Error::from("no such entry"))
    };

    let store = Store::new(Memory::new());
    let map = Map::default();
    on_threads(&shuffled(1, KEYS), KEYS as u64, async |at| {
        let (key, item) = entry(at)?;
        store.put(key, item).await?;
        put(&map, key, item)
    })?;

    let get_figure = Contest::new("memory/get", AGAINST, GOAL).hold(
        budget,
        &mut |operations| {
            on_threads(&orders, operations, async |at| {
                let (key, _) = entry(at)?;
                black_box(store.get(black_box(key)).await?.ok_or("lost")?);
                Ok(())
            })
        },
        &mut |operations| {
            on_threads(&orders, operations, async |at| {
                let (key, _) = entry(at)?;
                black_box(get(&map, black_box(key))?.ok_or("lost")?);
                Ok(())
            })
        },
    )?;
    let put_figure = Contest::new("memory/put", AGAINST, GOAL).hold(
        budget,
        &mut |operations| {
            on_threads(&orders, operations, async |at| {
                let (key, item) = entry(at)?;
                black_box(store.put(black_box(key), item).await?);
                Ok(())
            })
        },
        &mut |operations| {
            on_threads(&orders, operations, async |at| {
                let (key, item) = entry(at)?;
                put(&map, black_box(key), item)
            })
        },
    )?;
    Ok(vec![get_figure, put_figure])
}

fn get(map: &Map, key: &EventKey) -> Result<Option<Item>> {
    let map = map.read().unwrap_or_else(PoisonError::into_inner);
    let found = map.get(&encode_by_hand(key));
    Ok(found
        .map(|bytes| rmp_serde::from_slice(bytes))
        .transpose()?)
}

fn put(map: &Map, key: &EventKey, item: &Item) -> Result<()> {
    let key = encode_by_hand(key);
    let value = rmp_serde::to_vec_named(item)?;
    map.write()
        .unwrap_or_else(PoisonError::into_inner)
        .insert(key, value);
    Ok(())
}
