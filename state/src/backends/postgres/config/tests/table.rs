//! Every option of the table, in every way.

use std::collections::BTreeSet;

use secrecy::ExposeSecret as _;

use super::super::PostgresConfig;
use super::super::options::{Options, Pem};
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

const SERVER: &Said<'_> = &[("hosts", "here:1"), ("username", "app")];
const VERIFIED: &Said<'_> = &[
    ("hosts", "here:1"),
    ("username", "app"),
    ("ssl_mode", "verify-ca"),
];
const CERTIFIED: &Said<'_> = &[
    ("hosts", "here:1"),
    ("username", "app"),
    ("ssl_cert", "/cert.pem"),
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
    case(
        "hosts",
        &[("username", "app")],
        "a,[::1]:7,/run/pg:5433",
        "a,,b",
        Some("a:0"),
    ),
    case("username", &[("hosts", "h")], "app@é", "an app", Some("")),
    case("password", SERVER, "p/@:? #%", "", Some("a\0b")),
    case("database", SERVER, "a shop/é", "a\u{7f}b", Some("")),
    case("schema", SERVER, "_app2", "App", Some("app-2")),
    case("table", SERVER, "t", "2t", Some("t\"; drop")),
    case("ssl_mode", SERVER, "verify-full", "allow", None),
    case(
        "ssl_root_cert",
        VERIFIED,
        "/etc/ca.pem",
        "-----BEGIN PRIVATE KEY-----",
        Some(""),
    ),
    case(
        "ssl_cert",
        &[
            ("hosts", "here:1"),
            ("username", "app"),
            ("ssl_key", "/key.pem"),
        ],
        "/cert.pem",
        "-----BEGIN RSA PRIVATE KEY-----",
        Some(""),
    ),
    case(
        "ssl_key",
        CERTIFIED,
        "/key.pem",
        "-----BEGIN CERTIFICATE-----",
        Some(""),
    ),
    case("application_name", SERVER, "check out", "é", Some("")),
    case("pool_min", SERVER, "3", "10001", Some("10001")),
    case("pool_max", SERVER, "70", "0", Some("0")),
    case("pool_timeout", SERVER, "7s", "7", Some("0ms")),
    case("connect_timeout", SERVER, "250ms", "61m", Some("61m")),
    case("command_timeout", SERVER, "1ms", "0ms", Some("0ms")),
    case("idle_timeout", SERVER, "24h", "999ms", Some("25h")),
    case("max_lifetime", SERVER, "1s", "1441m", Some("0s")),
    case("statement_cache", SERVER, "false", "off", None),
    case("default_ttl", SERVER, "36h", "0s", None),
    case("batch_size", SERVER, "10000", "10001", Some("0")),
    case("migrate", SERVER, "false", "no", None),
    case("partitions", SERVER, "1024", "1", Some("1025")),
    case("cleanup_interval", SERVER, "0s", "1ms", Some("25h")),
    case("cleanup_batch_size", SERVER, "100000", "0", Some("100001")),
    case("max_replica_lag", SERVER, "1h", "-1s", Some("0s")),
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
                // TOML has no such character in its texts.
                ("toml", _) if *name == "database" => continue,
                _ => bad,
            };
            let error = read(&and(beside, name, bad)).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Configuration);
            let message = error.to_string();
            let label = match way {
                "env" => format!("`STATE_POSTGRES_{}` ", name.to_ascii_uppercase()),
                "toml" => format!("`{name}` in line {} ", beside.len() + 1),
                "url" => format!("`{name}` in the URL "),
                _ => format!("`{name}` "),
            };
            assert!(message.contains(&label), "{name} by {way}: {message}");
            assert!(message.contains(expects), "{name} by {way}: {message}");
            assert!(!message.contains("BEGIN"), "{name} by {way}: {message}");
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
            ("hosts" | "username", None) => "must be given".to_owned(),
            ("database", None) => "the user's name".to_owned(),
            ("ssl_root_cert", None) => "`system`".to_owned(),
            ("pool_min", Some(count)) => format!("`{count}`, or `pool_max` where that is less"),
            (_, None) => "none".to_owned(),
            (_, Some(default)) => format!("`{default}`"),
        };
        assert_eq!(documented[2], default, "{}", row.name);
    }
}

#[test]
fn pool_min_follows_pool_max_until_it_is_said() {
    let read = |url: &str| url.parse::<PostgresConfig>().unwrap().options.pool_min;
    assert_eq!(read("postgres://u@h"), 10);
    assert_eq!(read("postgres://u@h?pool_max=4"), 4);
    assert_eq!(read("postgres://u@h?pool_max=4&pool_min=0"), 0);
    let built = PostgresConfig::hosts(["h"]).username("u").pool_max(4);
    assert_eq!(built.clone().build().unwrap().options.pool_min, 4);
    let refused = built.pool_min(5).build().unwrap_err().to_string();
    assert!(
        refused.contains("`pool_min` is more than `pool_max`"),
        "{refused}"
    );
}

#[test]
fn passwords_arrive_as_they_are() {
    let said = and(SERVER, "password", "p/@:? #%+&=é");
    for (way, read) in WAYS {
        let options = read(&said).unwrap().options;
        let password = options.password.unwrap();
        assert_eq!(password.expose_secret(), "p/@:? #%+&=é", "{way}");
    }
}

#[test]
fn names_are_as_long_as_the_server_keeps_them() {
    for (name, longest) in [("schema", 63), ("table", 40), ("application_name", 63)] {
        for (way, read) in WAYS {
            let text = "a".repeat(longest);
            read(&and(SERVER, name, &text)).unwrap();
            let refused = read(&and(SERVER, name, &format!("{text}a")));
            assert!(refused.is_err(), "{name} by {way}");
        }
    }
}

#[test]
fn pem_arrives_as_it_is() {
    let cert = "-----BEGIN CERTIFICATE-----\nAA+/==\n-----END CERTIFICATE-----\n";
    let key = "-----BEGIN EC PRIVATE KEY-----\nAA+/==\n-----END EC PRIVATE KEY-----\n";
    let said = [
        VERIFIED,
        &[
            ("ssl_root_cert", cert),
            ("ssl_cert", cert),
            ("ssl_key", key),
        ],
    ]
    .concat();
    for (way, read) in WAYS {
        let options = read(&said).unwrap().options;
        for (pem, text) in [
            (&options.ssl_root_cert, cert),
            (&options.ssl_cert, cert),
            (&options.ssl_key, key),
        ] {
            let Some(Pem::Text(pem)) = pem else {
                panic!("no PEM by {way}: {pem:?}");
            };
            assert_eq!(pem.expose_secret(), text, "{way}");
        }
    }
}

#[test]
fn options_that_may_be_absent_can_be_taken_back() {
    let config = PostgresConfig::from_vars([
        (
            "STATE_POSTGRES_URL",
            "postgres://u@h?default_ttl=1h&ssl_root_cert=/ca",
        ),
        ("STATE_POSTGRES_DEFAULT_TTL", "none"),
        ("STATE_POSTGRES_SSL_ROOT_CERT", "system"),
    ])
    .unwrap();
    assert_eq!(config.default_ttl(), None);
    assert!(config.options.ssl_root_cert.is_none());
}

#[test]
fn every_part_of_a_url_says_which_options_it_holds() {
    for row in ROWS {
        let Place::In(part) = row.place else { continue };
        let error = format!("postgres://u@h?{}=canary", row.name)
            .parse::<PostgresConfig>()
            .unwrap_err()
            .to_string();
        let told = format!("`{}` as a parameter: it stands in the {part}", row.name);
        assert!(error.contains(&told), "{error}");
        assert!(!error.contains("canary"));
    }
}
