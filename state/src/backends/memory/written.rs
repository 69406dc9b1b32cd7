//! The settings as text says them: a URL, TOML, environment variables.

use std::fmt;
use std::time::Duration;

use super::{Memory, MemoryBuilder};
use crate::backends::options::{self, Form, Parameters, Reader, Row, Sources, duration_or_none};
use crate::error::Result;

/// The settings of a [`Memory`] that text can say.
#[derive(Debug, Clone, Default)]
pub(crate) struct MemoryConfig {
    options: Options,
}

#[derive(Debug, Clone)]
pub(crate) struct Options {
    sweep_every: Option<Duration>,
}

impl Default for Options {
    fn default() -> Self {
        let MemoryBuilder { sweep_every, .. } = MemoryBuilder::new();
        Self { sweep_every }
    }
}

impl MemoryConfig {
    /// What these say.
    pub(crate) fn of_sources(sources: &Sources<'_>) -> Result<Self> {
        Form::of_sources(sources).finish()
    }

    /// An empty store.
    pub(crate) fn build(&self) -> Memory {
        let Options { sweep_every } = self.options;
        Memory::builder().sweep_every(sweep_every).build()
    }
}

impl options::Draft for MemoryConfig {
    type Options = Options;

    const OF: &'static str = "memory backend";
    const VARIABLES: &'static str = "STATE_MEMORY_";
    const EXAMPLE: &'static str = "memory:";
    const IN_PLACE_OF_URL: Option<&'static str> = None;

    fn rows() -> &'static [Row<Self>] {
        &[duration_or_none!(sweep_every, "1ms", "24h")]
    }

    fn options(&self) -> &Options {
        &self.options
    }

    fn read_url(form: &mut Form<Self>, label: &str, url: &str) {
        let mut reader = Reader { form, label };
        let rest = url
            .strip_prefix("memory:")
            .map(|rest| rest.trim_start_matches("//"));
        match rest.map(|rest| rest.split_once('?').unwrap_or((rest, ""))) {
            Some(("", "")) => {}
            Some(("", query)) => {
                for (name, value) in reader.parameters(query, |name| name) {
                    reader.parameter(name, value);
                }
            }
            _ => reader.mistake("must be `memory:`, and parameters after a question mark"),
        }
    }
}

impl fmt::Display for MemoryConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("memory:")?;
        Parameters::of(f).write_changed::<Self>(&self.options)
    }
}
