use std::str::FromStr;

use super::builder::PostgresConfigBuilder;
use super::draft::Draft;
use super::located::HOSTS;
use super::options::Options;
use crate::backend::Ttl;
#[cfg(feature = "any")]
use crate::backends::options::Sources;
use crate::backends::options::{Draft as _, Form, joined};
use crate::error::{Error, Result};

#[doc = include_str!("options.md")]
#[derive(Debug, Clone)]
pub struct PostgresConfig {
    pub(in crate::backends::postgres) options: Options,
}

impl PostgresConfig {
    /// A primary and its replicas, or a server alone. Each is `host`, `host:port`, `[v6]:port`, or the `/folder` or
    /// `/folder:port` of a Unix socket; the default port is 5432. Which of them is the primary is asked.
    pub fn hosts<A: AsRef<str>>(hosts: impl IntoIterator<Item = A>) -> PostgresConfigBuilder {
        PostgresConfigBuilder::default().with(&HOSTS, &joined(hosts))
    }

    /// What a URL says, to be added to: a password from elsewhere, say. [`FromStr`] reads one that says all.
    pub fn url(url: impl AsRef<str>) -> PostgresConfigBuilder {
        let mut form = Form::default();
        Draft::read_url(&mut form, "the URL", url.as_ref());
        PostgresConfigBuilder { form }
    }

    /// What a TOML document says: the options by their names, no tables.
    ///
    /// # Errors
    /// [`Configuration`](crate::ErrorKind::Configuration) with every mistake and its line, or the first error of
    /// the TOML itself. No line of the document is quoted.
    pub fn from_toml(document: &str) -> Result<Self> {
        let mut form = Form::default();
        form.read_toml(document);
        PostgresConfigBuilder { form }.build()
    }

    /// What this process' environment says: `STATE_POSTGRES_URL`, and over it each option by its name in capitals
    /// after `STATE_POSTGRES_`, such as `STATE_POSTGRES_POOL_MAX`.
    ///
    /// # Errors
    /// [`Configuration`](crate::ErrorKind::Configuration) with every mistake, a variable among them that begins
    /// so and names no option. What Kubernetes sets for a service called `state-postgres` is passed over.
    pub fn from_env() -> Result<Self> {
        Self::from_vars(std::env::vars_os())
    }

    /// As [`from_env`](Self::from_env), from these variables and their values.
    ///
    /// # Errors
    /// As [`from_env`](Self::from_env).
    pub fn from_vars<K, V>(variables: impl IntoIterator<Item = (K, V)>) -> Result<Self>
    where
        K: AsRef<std::ffi::OsStr>,
        V: AsRef<std::ffi::OsStr>,
    {
        let mut form = Form::default();
        form.read_variables(variables);
        PostgresConfigBuilder { form }.build()
    }

    /// What these say.
    #[cfg(feature = "any")]
    pub(crate) fn of_sources(sources: &Sources<'_>) -> Result<Self> {
        let form = Form::of_sources(sources);
        PostgresConfigBuilder { form }.build()
    }

    /// The time to live that stores on this backend give to values whose type names none.
    pub const fn default_ttl(&self) -> Option<Ttl> {
        self.options.default_ttl
    }
}

impl FromStr for PostgresConfig {
    type Err = Error;

    fn from_str(url: &str) -> Result<Self> {
        Self::url(url).build()
    }
}

impl TryFrom<&str> for PostgresConfig {
    type Error = Error;

    fn try_from(url: &str) -> Result<Self> {
        url.parse()
    }
}
