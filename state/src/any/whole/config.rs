use std::str::FromStr;

use super::draft::Draft;
use super::options::Options;
use crate::any::AnyConfig;
use crate::backends::Sources;
use crate::backends::options::{Form, refused};
use crate::error::{Error, ErrorKind, Result};

#[doc = include_str!("options.md")]
#[derive(Debug, Clone)]
pub struct StoreConfig {
    pub(super) backend: AnyConfig,
    pub(super) options: Options,
}

impl StoreConfig {
    /// The backend.
    pub const fn backend(&self) -> &AnyConfig {
        &self.backend
    }

    /// The same with an option of the table, which is written as in a variable.
    ///
    /// ```
    /// # fn main() -> typed_state::Result<()> {
    /// use typed_state::StoreConfig;
    ///
    /// let config: StoreConfig = "memory:".parse()?;
    /// let config = config.set("deadline", "2s")?.set("max_retries", "5")?;
    /// # let _ = config; Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`Configuration`](ErrorKind::Configuration) where there is no such option, and where it may not have this value.
    pub fn set(self, option: &str, value: &str) -> Result<Self> {
        let mut form = Form::of(Draft {
            options: self.options,
        });
        form.read_named(option, value);
        Ok(Self {
            backend: self.backend,
            options: finished(form)?,
        })
    }

    /// What of a backend and of the sources could be read.
    pub(super) fn of(backend: Result<AnyConfig>, sources: &Sources<'_>) -> Result<Self> {
        let options = finished(Form::of_sources(sources));
        match (backend, options) {
            (Ok(backend), Ok(options)) => Ok(Self { backend, options }),
            (Err(one), Err(other)) => {
                let message = format!("{}; {}", one.message(), other.message());
                Err(Error::new(ErrorKind::Configuration, message))
            }
            (Err(error), _) | (_, Err(error)) => Err(error),
        }
    }
}

/// The options of a form.
fn finished(form: Form<Draft>) -> Result<Options> {
    let draft = form.finish()?;
    let missing = draft.missing();
    if !missing.is_empty() {
        return Err(refused::<Draft>(&missing));
    }
    Ok(draft.options)
}

impl From<AnyConfig> for StoreConfig {
    fn from(backend: AnyConfig) -> Self {
        Self {
            backend,
            options: Options::default(),
        }
    }
}

impl FromStr for StoreConfig {
    type Err = Error;

    /// Of the URL of the backend, with the defaults.
    fn from_str(url: &str) -> Result<Self> {
        url.parse().map(AnyConfig::into)
    }
}

impl TryFrom<&str> for StoreConfig {
    type Error = Error;

    fn try_from(url: &str) -> Result<Self> {
        url.parse()
    }
}
