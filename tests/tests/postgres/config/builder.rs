//! Builders, and what no option may contradict.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;
use std::time::Duration;

use typed_state::backend::Ttl;
use typed_state::backends::{PostgresConfig, PostgresConfigBuilder, SslMode};

use super::{keeps_secret, read, refused};

#[test]
fn what_contradicts_itself_is_refused() {
    let cases = [
        (
            "u@h?pool_min=5&pool_max=4",
            "`pool_min` is more than `pool_max`",
        ),
        ("h", "`username` is missing"),
        (":p@h", "`username` is missing"),
        ("u@h?ssl_cert=/c", "`ssl_cert` and `ssl_key`"),
        ("u@h?ssl_key=/c", "`ssl_cert` and `ssl_key`"),
        (
            "u@h?ssl_mode=disable&ssl_cert=/c&ssl_key=/k",
            "for TLS, which `ssl_mode` disables",
        ),
        ("u@h?ssl_root_cert=/c", "nothing is verified by it"),
        (
            "u@h?ssl_mode=disable&ssl_root_cert=/c",
            "nothing is verified by it",
        ),
        (
            "u@h?ssl_mode=prefer&ssl_root_cert=/c",
            "nothing is verified by it",
        ),
        (
            "u@h?sslmode=require&sslrootcert=/c",
            "set `ssl_mode` to `verify-full` or `verify-ca`",
        ),
        (
            "u@%2Frun?ssl_mode=require",
            "TLS, which a Unix socket has not",
        ),
        (
            "u@h,%2Frun?ssl_mode=verify-full",
            "TLS, which a Unix socket has not",
        ),
    ];
    for (rest, reason) in cases {
        let message = refused(read(&format!("postgres://{rest}")));
        assert!(message.contains(reason), "{rest:?}: {message}");
    }
    for rest in [
        "u@h?ssl_mode=verify-ca&ssl_root_cert=/c",
        "u@h?ssl_mode=verify-full",
        "u@h?ssl_mode=require&ssl_cert=/c&ssl_key=/k",
        "u@h?ssl_mode=disable&ssl_root_cert=system",
        "u@%2Frun?ssl_mode=disable",
        "u@%2Frun",
        "u@h?pool_min=5&pool_max=5",
    ] {
        read(&format!("postgres://{rest}")).unwrap();
    }
}

#[test]
fn all_mistakes_are_told_at_once() {
    let message = refused(
        PostgresConfig::hosts(["no host"])
            .pool_max(0)
            .table("State")
            .partitions(1)
            .command_timeout(Duration::from_micros(1_500))
            .build(),
    );
    for part in [
        "of the PostgreSQL backend: ",
        "`hosts` must be",
        "`pool_max` is `0`, but must be a number from 1 to 10000",
        "`table` is `State`, but must be 1 to 40 letters",
        "`partitions` is `1`, but must be 0 or a number from 2 to 1024",
        "`command_timeout` is `1.5ms`, but must be a duration from 1ms to 1h",
    ] {
        assert!(message.contains(part), "{message}");
    }
    let message = refused(PostgresConfig::url("postgres://h?ssl_key=/k").build());
    for part in ["`username` is missing", "`ssl_cert` and `ssl_key`"] {
        assert!(message.contains(part), "{message}");
    }
}

#[test]
fn builders_say_what_urls_say() {
    let pairs: [(PostgresConfigBuilder, &str); 4] = [
        (
            PostgresConfig::hosts(["h:7"])
                .database("d")
                .username("u")
                .password("p"),
            "postgres://u:p@h:7/d",
        ),
        (
            PostgresConfig::hosts(["/run/pg"]).username("u").pool_max(4),
            "postgres://u@%2Frun%2Fpg?pool_max=4",
        ),
        (
            PostgresConfig::hosts(vec!["a".to_owned(), "[::1]:7".to_owned()])
                .username("u")
                .ssl_mode(SslMode::VerifyCa)
                .ssl_root_cert("/a")
                .ssl_cert("/c")
                .ssl_key("/k"),
            "postgresql://u@a,[::1]:7?ssl_mode=verify-ca&ssl_root_cert=/a&ssl_cert=/c&ssl_key=/k",
        ),
        (
            PostgresConfig::url("postgres://u@h?pool_max=50").default_ttl(Some(Ttl::MAX)),
            "postgres://u@h?default_ttl=9223372036854775807ms",
        ),
    ];
    for (builder, url) in pairs {
        let built = builder.build().unwrap();
        assert_eq!(format!("{built:?}"), format!("{:?}", read(url).unwrap()));
        let back = read(url).unwrap().to_string();
        assert_eq!(built.to_string(), back);
    }
    let builder = || PostgresConfig::hosts(["h"]).username("u");
    assert!(refused(PostgresConfig::hosts(["run/pg"]).build()).contains("`hosts`"));
    assert!(refused(PostgresConfig::hosts([""; 0]).build()).contains("`hosts`"));
    let foreign = OsStr::from_bytes(b"/\xff");
    assert!(refused(builder().ssl_root_cert(foreign).build()).contains("`ssl_root_cert`"));
}

#[test]
fn certificates_and_keys_may_be_given_as_pem() {
    let cert = "-----BEGIN CERTIFICATE-----\ncanary-7f3a\n-----END CERTIFICATE-----\n";
    let key = "-----BEGIN PRIVATE KEY-----\ncanary-7f3a\n-----END PRIVATE KEY-----\n";
    let toml = format!(
        "hosts = ['h']\nusername = 'u'\nssl_mode = 'verify-full'\nssl_root_cert = '''{cert}'''\n\
         ssl_cert = '''{cert}{cert}'''\nssl_key = '''{key}'''"
    );
    let chain = format!("{cert}{cert}");
    let url = "postgres://u@h?ssl_mode=verify-full";
    for config in [
        PostgresConfig::url(url)
            .ssl_root_cert(cert)
            .ssl_cert(&chain)
            .ssl_key(key)
            .build(),
        PostgresConfig::from_toml(&toml),
        PostgresConfig::from_vars([
            ("STATE_POSTGRES_URL", url),
            ("STATE_POSTGRES_SSL_ROOT_CERT", cert),
            ("STATE_POSTGRES_SSL_CERT", &chain),
            ("STATE_POSTGRES_SSL_KEY", key),
        ]),
    ] {
        keeps_secret("pem", &config);
        let config = config.unwrap();
        for part in [
            "ssl_cert: Some(Text(2 in PEM))",
            "ssl_key: Some(Text(1 in PEM))",
        ] {
            assert!(format!("{config:?}").contains(part), "{config:?}");
        }
        assert_eq!(
            config.to_string(),
            "postgres://u@h:5432?ssl_mode=verify-full"
        );
    }
    // What was mistaken for another is not shown, either.
    keeps_secret("a key", &PostgresConfig::url(url).ssl_cert(key).build());
    keeps_secret(
        "a key",
        &PostgresConfig::url(url).ssl_root_cert(key).build(),
    );
    keeps_secret("no key", &PostgresConfig::url(url).ssl_key(cert).build());
}
