//! Every option of the table, in every way.

use std::collections::BTreeSet;

use secrecy::ExposeSecret as _;

use super::super::options::Options;
use super::super::rows::ROWS;
use super::ways::{Said, WAYS};
use crate::ErrorKind;
use crate::backends::options::Place;

/// An option: what must be said with it, a value, and one that is refused in text.
struct Case {
    name: &'static str,
    beside: &'static Said<'static>,
    good: &'static str,
    bad: &'static str,
    /// Refused by the builder; `None` where its types leave no wrong value.
    bad_built: Option<&'static str>,
}

const SERVER: &Said<'_> = &[("mode", "standalone"), ("server", "here:1")];
const SECURE: &Said<'_> = &[
    ("mode", "standalone"),
    ("server", "here:1"),
    ("tls", "true"),
];
const SENTINELS: &Said<'_> = &[
    ("mode", "sentinel"),
    ("sentinels", "a,b:2"),
    ("service", "main"),
];

const fn case(
    name: &'static str,
    beside: &'static Said<'static>,
    good: &'static str,
    bad: &'static str,
    bad_built: Option<&'static str>,
) -> Case {
    Case {
        name,
        beside,
        good,
        bad,
        bad_built,
    }
}

const CASES: &[Case] = &[
    case("mode", &[("server", "here:1")], "standalone", "wrong", None),
    case(
        "server",
        &[("mode", "standalone")],
        "there:7",
        "there:0",
        Some("there:0"),
    ),
    case(
        "sentinels",
        &[("mode", "sentinel"), ("service", "main")],
        "c,d:7",
        "c,,d",
        Some("c,,d"),
    ),
    case(
        "service",
        &[("mode", "sentinel"), ("sentinels", "a")],
        "other.one",
        "other one",
        Some(""),
    ),
    case(
        "nodes",
        &[("mode", "cluster")],
        "e:6379,f:7",
        "e:x",
        Some("e:x"),
    ),
    case(
        "username",
        &[("mode", "standalone"), ("server", "h"), ("password", "p")],
        "app",
        "an app",
        Some(""),
    ),
    case("password", SERVER, "p/@:? #%", "", Some("")),
    case("database", SERVER, "7", "2147483648", Some("2147483648")),
    case(
        "sentinel_username",
        &[
            ("mode", "sentinel"),
            ("sentinels", "a"),
            ("service", "main"),
            ("sentinel_password", "p"),
        ],
        "guard",
        "a guard",
        Some(""),
    ),
    case("sentinel_password", SENTINELS, "p/@:? #%", "", Some("")),
    case("sentinel_tls", SENTINELS, "true", "yes", None),
    case("tls", SERVER, "true", "yes", None),
    case(
        "ca",
        SECURE,
        "/etc/ca.pem",
        "-----BEGIN PRIVATE KEY-----",
        Some(""),
    ),
    case(
        "client_cert",
        &[
            ("mode", "standalone"),
            ("server", "h"),
            ("tls", "true"),
            ("client_key", "/key.pem"),
        ],
        "/cert.pem",
        "",
        Some(""),
    ),
    case(
        "client_key",
        &[
            ("mode", "standalone"),
            ("server", "h"),
            ("tls", "true"),
            ("client_cert", "/cert.pem"),
        ],
        "/key.pem",
        "-----BEGIN PRIVATE KEY-----",
        Some("-----BEGIN PRIVATE KEY-----"),
    ),
    case("verify", SECURE, "ca", "none", None),
    case(
        "reach",
        SERVER,
        "10.0.0.5:7000/db:17000,b:1/c:2",
        "a:1",
        Some("a:1/"),
    ),
    case("client_name", SERVER, "checkout", "check out", Some("")),
    case("key_prefix", SERVER, "app 1:", "app{1}", Some("app*")),
    case("default_ttl", SERVER, "36h", "0s", None),
    case("pool_min", SERVER, "3", "10001", Some("10001")),
    case("pool_max", SERVER, "50", "0", Some("0")),
    case("pool_timeout", SERVER, "7s", "7", Some("0ms")),
    case("connections", SERVER, "64", "65", Some("0")),
    case("connect_timeout", SERVER, "250ms", "61m", Some("61m")),
    case("command_timeout", SERVER, "1ms", "0ms", Some("0ms")),
    case("pipeline_batch_size", SERVER, "10000", "10001", Some("0")),
    case("wait_replicas", SERVER, "2", "0", Some("0")),
    case("wait_timeout", SERVER, "1h", "2h", Some("2h")),
    case("keepalive", SERVER, "60s", "999ms", Some("999ms")),
    case("user_timeout", SERVER, "20s", "-1s", Some("2h")),
];

fn and<'a>(beside: &Said<'a>, name: &'a str, text: &'a str) -> Vec<(&'a str, &'a str)> {
    let mut said = beside.to_vec();
    said.push((name, text));
    said
}

#[test]
fn every_option_has_a_case() {
    let cases: Vec<&str> = CASES.iter().map(|case| case.name).collect();
    let rows: Vec<&str> = ROWS.iter().map(|row| row.name).collect();
    assert_eq!(cases, rows);
    assert_eq!(rows.iter().collect::<BTreeSet<_>>().len(), rows.len());
}

#[test]
fn every_option_can_be_set_in_every_way() {
    for Case {
        name, beside, good, ..
    } in CASES
    {
        let said = and(beside, name, good);
        let configs = WAYS.map(|(way, read)| {
            let config = read(&said).unwrap_or_else(|error| panic!("{name} by {way}: {error}"));
            (way, format!("{config:?}"))
        });
        let (_, first) = &configs[0];
        for (way, config) in &configs {
            assert_eq!(config, first, "{name} by {way}");
        }
        let without = WAYS[2].1(beside).map(|config| format!("{config:?}"));
        assert_ne!(
            without.as_ref().ok(),
            Some(first),
            "`{name}` changes nothing"
        );
    }
}

#[test]
fn every_option_has_a_value_that_is_refused_by_name() {
    for Case {
        name,
        beside,
        bad,
        bad_built,
        ..
    } in CASES
    {
        let expects = ROWS.iter().find(|row| row.name == *name).unwrap().expects;
        for (way, read) in WAYS {
            let bad = match (way, bad_built) {
                ("builder", None) => continue,
                ("builder", Some(bad)) => bad,
                // The scheme says these.
                ("url", _) if ["mode", "tls"].contains(name) => continue,
                _ => bad,
            };
            let error = read(&and(beside, name, bad)).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Configuration);
            let message = error.to_string();
            let label = match way {
                "env" => format!("`STATE_REDIS_{}` ", name.to_ascii_uppercase()),
                "toml" => format!("`{name}` in line {} ", beside.len() + 1),
                "url" => format!("`{name}` in the URL "),
                _ => format!("`{name}` "),
            };
            assert!(message.contains(&label), "{name} by {way}: {message}");
            assert!(message.contains(expects), "{name} by {way}: {message}");
            assert!(!message.contains("PRIVATE"), "{name} by {way}: {message}");
        }
    }
}

#[test]
fn options_and_defaults_are_as_documented() {
    let documented: Vec<Vec<&str>> = include_str!("../options.md")
        .lines()
        .skip_while(|line| *line != "| option | is | default |")
        .skip(2)
        .map(|line| line.trim_matches('|').split('|').map(str::trim).collect())
        .collect();
    assert_eq!(documented.len(), ROWS.len());
    let options = Options::default();
    for (row, documented) in ROWS.iter().zip(documented) {
        assert_eq!(documented[0], format!("`{}`", row.name));
        assert_eq!(documented[1], row.expects);
        let default = match (row.name, (row.show)(&options)) {
            ("mode", None) => "must be given".to_owned(),
            ("server", None) => "in mode `standalone` it must be given".to_owned(),
            ("sentinels" | "service", None) => "in mode `sentinel` it must be given".to_owned(),
            ("nodes", None) => "in mode `cluster` it must be given".to_owned(),
            ("sentinel_tls", None) => "as `tls`".to_owned(),
            ("ca", None) => "the system's authorities".to_owned(),
            ("pool_min", None) => {
                format!("`{}`, or `pool_max` where that is less", options.pool_min())
            }
            (_, None) => "none".to_owned(),
            (_, Some(default)) => format!("`{default}`"),
        };
        assert_eq!(documented[2], default, "{}", row.name);
    }
}

#[test]
fn unset_options_follow_others() {
    let few: super::super::RedisConfig = "redis://h?pool_max=4".parse().unwrap();
    assert_eq!(few.options.pool_min(), 4);
    let secure: super::super::RedisConfig = "rediss+sentinel://h/main".parse().unwrap();
    assert!(secure.options.sentinel_tls());
    let mixed: super::super::RedisConfig = "rediss+sentinel://h/main?sentinel_tls=false"
        .parse()
        .unwrap();
    assert!(!mixed.options.sentinel_tls());
    assert!(mixed.options.tls.on);
}

#[test]
fn passwords_arrive_as_they_are() {
    let said = and(SENTINELS, "password", "p/@:? #%+é");
    let said = and(&said, "sentinel_password", "s&=/@:? #%+é");
    for (way, read) in WAYS {
        let options = read(&said).unwrap().options;
        assert_eq!(
            options.password.unwrap().expose_secret(),
            "p/@:? #%+é",
            "{way}"
        );
        assert_eq!(
            options.sentinel_password.unwrap().expose_secret(),
            "s&=/@:? #%+é",
            "{way}"
        );
    }
}

#[test]
fn options_that_may_be_absent_can_be_taken_back() {
    let url = "redis://h?default_ttl=1h&wait_replicas=2";
    let config = super::super::RedisConfig::from_vars([
        ("STATE_REDIS_URL", url),
        ("STATE_REDIS_DEFAULT_TTL", "none"),
        ("STATE_REDIS_WAIT_REPLICAS", "none"),
    ])
    .unwrap();
    assert_eq!(config.default_ttl(), None);
    assert_eq!(config.options.wait_replicas, None);
}

#[test]
fn every_part_of_a_url_says_which_options_it_holds() {
    for row in ROWS.iter().filter(|row| row.place != Place::Query) {
        let error = format!("redis://h?{}=canary", row.name)
            .parse::<super::super::RedisConfig>()
            .unwrap_err()
            .to_string();
        let Place::In(part) = row.place else { continue };
        assert!(
            error.contains(&format!(
                "`{}` as a parameter: it stands in the {part}",
                row.name
            )),
            "{error}"
        );
        assert!(!error.contains("canary"));
    }
}
