use super::options::Options;
use super::rows::ROWS;
use crate::backends::options::{self, Form, Row};
use crate::codec::Compressor;

/// The options of a store while they are put together.
#[derive(Debug, Clone, Default)]
pub(crate) struct Draft {
    pub(super) options: Options,
}

impl options::Draft for Draft {
    type Options = Options;

    const OF: &'static str = "store";
    const VARIABLES: &'static str = "STATE_STORE_";
    const EXAMPLE: &'static str = "memory:";
    const IN_PLACE_OF_URL: Option<&'static str> = None;
    const TAKES_URL: bool = false;

    fn rows() -> &'static [Row<Self>] {
        ROWS
    }

    fn options(&self) -> &Options {
        &self.options
    }

    /// Where there is one it is the backend's.
    fn read_url(_: &mut Form<Self>, _: &str, _: &str) {}
}

impl Draft {
    /// What these options ask for and this build has not.
    pub(super) fn missing(&self) -> Vec<String> {
        let Options {
            cache,
            metrics,
            compression,
            ..
        } = &self.options;
        let compressor = compression.map_or("", Compressor::name);
        [
            ("cache", "cache", *cache && !cfg!(feature = "cache")),
            ("metrics", "metrics", *metrics && !cfg!(feature = "metrics")),
            (
                "compression",
                compressor,
                compression.is_some_and(|compressor| !compressor.is_compiled_in()),
            ),
        ]
        .into_iter()
        .filter(|(.., is_missing)| *is_missing)
        .map(|(option, feature, _)| {
            format!("for `{option}` compile the feature `{feature}` of typed-state in")
        })
        .collect()
    }
}
