//! Defaults stand here and in the layers: both say the same.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use super::draft::Draft;
use super::options::Options;
use super::rows::ROWS;
use crate::layer::{
    BatchLayer, CacheLayer, CircuitBreakerLayer, RetryLayer, TimeoutLayer, TraceLayer,
};

fn shown(what: &dyn std::fmt::Debug) -> String {
    format!("{what:?}")
}

#[test]
fn the_defaults_are_those_of_the_layers() {
    let options = Options {
        cache: true,
        batch: true,
        ..Options::default()
    };
    let pairs = [
        (shown(&options.trace()), shown(&TraceLayer::new())),
        (
            shown(&options.timeout().unwrap()),
            shown(&TimeoutLayer::default()),
        ),
        (shown(&options.cache().unwrap()), shown(&CacheLayer::new())),
        (shown(&options.batch().unwrap()), shown(&BatchLayer::new())),
        (shown(&options.retry().unwrap()), shown(&RetryLayer::new())),
        (
            shown(&options.circuit().unwrap()),
            shown(&CircuitBreakerLayer::new()),
        ),
    ];
    for (ours, theirs) in pairs {
        assert_eq!(ours, theirs);
    }
    let built = crate::Store::builder(crate::backends::Memory::new());
    let settings = shown(&built);
    let max = options.max_value_size();
    assert!(
        settings.contains(&format!("max_value_size: {max}")),
        "{settings}"
    );
}

/// Each line of the table: the name, and the default as text.
fn documented() -> Vec<(String, String)> {
    let cells = |line: &str| {
        let mut cells = line.split('|').map(str::trim).skip(1);
        let name = cells.next()?.strip_prefix('`')?.strip_suffix('`')?;
        let default = cells.next()?.split('`').nth(1)?;
        Some((name.to_owned(), default.to_owned()))
    };
    include_str!("options.md")
        .lines()
        .filter_map(cells)
        .collect()
}

#[test]
fn the_table_has_every_option_and_its_default() {
    let documented = documented();
    assert_eq!(documented.len(), ROWS.len());
    for (row, (name, default)) in ROWS.iter().zip(documented) {
        assert_eq!(row.name, name);
        let mut draft = Draft::default();
        let before = (row.show)(&draft.options).unwrap();
        assert!((row.set)(&mut draft, &default), "{name} = {default}");
        assert_eq!((row.show)(&draft.options), Some(before), "{name}");
        assert!((row.allowed)(&draft.options), "{name}");
    }
}
