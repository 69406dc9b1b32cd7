use super::options::Options;
use super::rows::ROWS;
use super::url;
use crate::backends::options::{self, Form, Row};

/// A configuration while it is put together: any of it may be missing yet.
#[derive(Debug, Clone, Default)]
pub(super) struct Draft {
    pub(super) options: Options,
    /// Whether `pool_min` was said; where not, it follows `pool_max`.
    pub(super) is_pool_min_given: bool,
}

impl options::Draft for Draft {
    type Options = Options;

    const OF: &'static str = "PostgreSQL backend";
    const VARIABLES: &'static str = "STATE_POSTGRES_";
    const EXAMPLE: &'static str = "postgres://user@localhost:5432/database";
    const IN_PLACE_OF_URL: Option<&'static str> = Some("hosts");

    fn rows() -> &'static [Row<Self>] {
        ROWS
    }

    fn options(&self) -> &Options {
        &self.options
    }

    fn read_url(form: &mut Form<Self>, label: &str, url: &str) {
        url::read(form, label, url);
    }
}

impl Draft {
    pub(super) fn set_pool_min(&mut self, count: u32) {
        self.options.pool_min = count;
        self.is_pool_min_given = true;
    }

    /// The options, each as it holds.
    pub(super) fn settled(self) -> Options {
        let mut options = self.options;
        if !self.is_pool_min_given {
            options.pool_min = options.pool_min.min(options.pool_max);
        }
        options
    }
}
