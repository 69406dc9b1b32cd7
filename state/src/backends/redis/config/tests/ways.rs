//! The same options said in each of the four ways.

use std::fmt::Write as _;

use super::super::rows::ROWS;
use super::super::tls::TlsVerify;
use super::super::{RedisConfig, RedisConfigBuilder};
use crate::Result;
use crate::backend::Ttl;
use crate::backends::options::percent::{Encoded, EncodedUser};
use crate::backends::options::{Kind, duration};

/// A way to say options.
type Way = fn(&Said<'_>) -> Result<RedisConfig>;

/// Options by name, as text.
pub(super) type Said<'a> = [(&'a str, &'a str)];

pub(super) const WAYS: [(&str, Way); 4] = [
    ("builder", |said| built(said).build()),
    ("url", |said| url(said).parse()),
    ("toml", |said| RedisConfig::from_toml(&toml(said))),
    ("env", |said| RedisConfig::from_vars(variables(said))),
];

fn of<'a>(said: &Said<'a>, name: &str) -> Option<&'a str> {
    said.iter()
        .find(|(said, _)| *said == name)
        .map(|(_, text)| *text)
}

pub(super) fn built(said: &Said<'_>) -> RedisConfigBuilder {
    let hosts = |name| of(said, name).unwrap_or_default().split(',');
    let builder = match of(said, "mode") {
        Some("standalone") => RedisConfig::standalone(of(said, "server").unwrap_or_default()),
        Some("sentinel") => {
            RedisConfig::sentinel(hosts("sentinels"), of(said, "service").unwrap_or_default())
        }
        Some("cluster") => RedisConfig::cluster(hosts("nodes")),
        // The builder has no way to say a wrong mode.
        _ => return RedisConfig::url(url(said)),
    };
    said.iter()
        .fold(builder, |builder, (name, text)| with(builder, name, text))
}

fn with(builder: RedisConfigBuilder, name: &str, text: &str) -> RedisConfigBuilder {
    let count = || text.parse().unwrap();
    let span = || duration::read(text).unwrap();
    let on = || text == "true";
    match name {
        "mode" | "server" | "sentinels" | "service" | "nodes" => builder,
        "username" => builder.username(text),
        "password" => builder.password(text),
        "database" => builder.database(count()),
        "sentinel_username" => builder.sentinel_username(text),
        "sentinel_password" => builder.sentinel_password(text),
        "sentinel_tls" => builder.sentinel_tls(on()),
        "tls" => builder.tls(on()),
        "ca" => builder.ca(text),
        "client_cert" => builder.client_cert(text),
        "client_key" => builder.client_key(text),
        "verify" => builder.verify(TlsVerify::read(text).unwrap()),
        "reach" => text.split(',').fold(builder, |builder, detour| {
            let (announced, reached) = detour.split_once('/').unwrap();
            builder.reach(announced, reached)
        }),
        "client_name" => builder.client_name(text),
        "key_prefix" => builder.key_prefix(text),
        "default_ttl" => builder.default_ttl(Some(Ttl::new(span()).unwrap())),
        "pool_min" => builder.pool_min(count()),
        "pool_max" => builder.pool_max(count()),
        "pool_timeout" => builder.pool_timeout(span()),
        "connections" => builder.connections(count()),
        "connect_timeout" => builder.connect_timeout(span()),
        "command_timeout" => builder.command_timeout(span()),
        "pipeline_batch_size" => builder.pipeline_batch_size(count()),
        "wait_replicas" => builder.wait_replicas(Some(count())),
        "wait_timeout" => builder.wait_timeout(span()),
        "keepalive" => builder.keepalive(span()),
        "user_timeout" => builder.user_timeout(span()),
        _ => panic!("there is no method `{name}`: write it, and a line for it here"),
    }
}

pub(super) fn url(said: &Said<'_>) -> String {
    let mut url = match of(said, "tls") {
        None | Some("false") => "redis",
        Some("true") => "rediss",
        Some(wrong) => wrong,
    }
    .to_owned();
    let server = of(said, "server").unwrap_or_default();
    let is_socket = server.starts_with('/');
    let (mode, hosts) = match of(said, "mode") {
        Some("standalone") if is_socket => ("+unix", ""),
        Some("standalone") => ("", server),
        Some("sentinel") => ("+sentinel", of(said, "sentinels").unwrap_or_default()),
        Some("cluster") => ("+cluster", of(said, "nodes").unwrap_or_default()),
        _ => ("+wrong", ""),
    };
    write!(url, "{mode}://").unwrap();
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
    url.push_str(hosts);
    if is_socket {
        write!(url, "{}", Encoded(server)).unwrap();
    }
    if let Some(service) = of(said, "service") {
        write!(url, "/{}", Encoded(service)).unwrap();
    }
    if let Some(number) = of(said, "database").filter(|_| !is_socket) {
        write!(url, "/{number}").unwrap();
    }
    let mut mark = '?';
    for (name, text) in said {
        let name = match *name {
            "database" if is_socket => "db",
            "mode" | "server" | "sentinels" | "service" | "nodes" | "username" | "password"
            | "database" | "tls" => {
                continue;
            }
            name => name,
        };
        write!(url, "{mark}{name}={}", Encoded(text)).unwrap();
        mark = '&';
    }
    url
}

pub(super) fn toml(said: &Said<'_>) -> String {
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

pub(super) fn variables(said: &Said<'_>) -> Vec<(String, String)> {
    let variable = |name: &str| format!("STATE_REDIS_{}", name.to_ascii_uppercase());
    said.iter()
        .map(|(name, text)| (variable(name), (*text).to_owned()))
        .collect()
}
