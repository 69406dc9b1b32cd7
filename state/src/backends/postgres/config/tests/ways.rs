//! The same options said in each of the four ways.

use std::fmt::Write as _;

use super::super::options::SslMode;
use super::super::rows::ROWS;
use super::super::{PostgresConfig, PostgresConfigBuilder};
use crate::Result;
use crate::backend::Ttl;
use crate::backends::options::percent::{Encoded, EncodedUser};
use crate::backends::options::{Kind, duration};

/// A way to say options.
type Way = fn(&Said<'_>) -> Result<PostgresConfig>;

/// Options by name, as text.
pub(super) type Said<'a> = [(&'a str, &'a str)];

pub(super) const WAYS: [(&str, Way); 4] = [
    ("builder", |said| built(said).build()),
    ("url", |said| url(said).parse()),
    ("toml", |said| PostgresConfig::from_toml(&toml(said))),
    ("env", |said| PostgresConfig::from_vars(variables(said))),
];

fn of<'a>(said: &Said<'a>, name: &str) -> Option<&'a str> {
    said.iter()
        .find(|(said, _)| *said == name)
        .map(|(_, text)| *text)
}

fn built(said: &Said<'_>) -> PostgresConfigBuilder {
    let hosts = of(said, "hosts").unwrap_or_default();
    let builder = PostgresConfig::hosts(hosts.split(','));
    said.iter()
        .fold(builder, |builder, (name, text)| with(builder, name, text))
}

fn with(builder: PostgresConfigBuilder, name: &str, text: &str) -> PostgresConfigBuilder {
    let count = || text.parse().unwrap();
    let span = || duration::read(text).unwrap();
    let on = || text == "true";
    match name {
        "hosts" => builder,
        "username" => builder.username(text),
        "password" => builder.password(text),
        "database" => builder.database(text),
        "schema" => builder.schema(text),
        "table" => builder.table(text),
        "ssl_mode" => builder.ssl_mode(SslMode::read(text).unwrap()),
        "ssl_root_cert" => builder.ssl_root_cert(text),
        "ssl_cert" => builder.ssl_cert(text),
        "ssl_key" => builder.ssl_key(text),
        "application_name" => builder.application_name(text),
        "pool_min" => builder.pool_min(count()),
        "pool_max" => builder.pool_max(count()),
        "pool_timeout" => builder.pool_timeout(span()),
        "connect_timeout" => builder.connect_timeout(span()),
        "command_timeout" => builder.command_timeout(span()),
        "idle_timeout" => builder.idle_timeout(span()),
        "max_lifetime" => builder.max_lifetime(span()),
        "statement_cache" => builder.statement_cache(on()),
        "default_ttl" => builder.default_ttl(Some(Ttl::new(span()).unwrap())),
        "batch_size" => builder.batch_size(count()),
        "migrate" => builder.migrate(on()),
        "partitions" => builder.partitions(count()),
        "cleanup_interval" => builder.cleanup_interval(span()),
        "cleanup_batch_size" => builder.cleanup_batch_size(count()),
        "max_replica_lag" => builder.max_replica_lag(span()),
        _ => panic!("there is no method `{name}`: write it, and a line for it here"),
    }
}

fn url(said: &Said<'_>) -> String {
    let mut url = "postgres://".to_owned();
    if let Some(name) = of(said, "username") {
        write!(url, "{}", EncodedUser(name)).unwrap();
    }
    if let Some(password) = of(said, "password") {
        write!(url, ":{}", EncodedUser(password)).unwrap();
    }
    if ["username", "password"]
        .iter()
        .any(|name| of(said, name).is_some())
    {
        url.push('@');
    }
    let hosts = of(said, "hosts").unwrap_or_default();
    url.push_str(&hosts.replace('/', "%2F"));
    if let Some(name) = of(said, "database") {
        write!(url, "/{}", EncodedUser(name)).unwrap();
    }
    let mut mark = '?';
    for (name, text) in said {
        if ["hosts", "username", "password", "database"].contains(name) {
            continue;
        }
        write!(url, "{mark}{name}={}", Encoded(text)).unwrap();
        mark = '&';
    }
    url
}

fn toml(said: &Said<'_>) -> String {
    let mut document = String::new();
    for (name, text) in said {
        let row = ROWS.iter().find(|row| row.name == *name).unwrap();
        match row.kind {
            Kind::List => {
                let hosts: Vec<&str> = text.split(',').collect();
                writeln!(document, "{name} = {hosts:?}").unwrap();
            }
            Kind::Number if text.parse::<u64>().is_ok() => {
                writeln!(document, "{name} = {text}").unwrap();
            }
            Kind::Flag if text.parse::<bool>().is_ok() => {
                writeln!(document, "{name} = {text}").unwrap();
            }
            _ => writeln!(document, "{name} = '''{text}'''").unwrap(),
        }
    }
    document
}

fn variables(said: &Said<'_>) -> Vec<(String, String)> {
    let variable = |name: &str| format!("STATE_POSTGRES_{}", name.to_ascii_uppercase());
    said.iter()
        .map(|(name, text)| (variable(name), (*text).to_owned()))
        .collect()
}
