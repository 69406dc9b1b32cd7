//! Builders, and what no option may contradict.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;
use std::time::Duration;

use typed_state::backend::Ttl;
use typed_state::backends::{RedisConfig, RedisConfigBuilder, TlsVerify};

use super::{keeps_secret, read, refused};

#[test]
fn what_contradicts_itself_is_refused() {
    let cases = [
        (
            "redis://h?pool_min=5&pool_max=4",
            "`pool_min` is more than `pool_max`",
        ),
        ("redis://h?sentinel_password=p", "belong to mode `sentinel`"),
        ("redis://h?sentinel_tls=true", "belong to mode `sentinel`"),
        (
            "redis+sentinel://h/s?sentinel_username=u",
            "`sentinel_username` is given without",
        ),
        (
            "rediss://h?client_cert=/c",
            "`client_cert` and `client_key`",
        ),
        ("rediss://h?client_key=/c", "`client_cert` and `client_key`"),
        ("redis://h?ca=/c", "are for TLS, which is off"),
        ("redis://h?verify=ca", "`verify` is for TLS, which is off"),
    ];
    for (url, reason) in cases {
        let message = refused(read(url));
        assert!(message.contains(reason), "{url:?}: {message}");
    }
    let socket = refused(RedisConfig::unix("/s").tls(true).build());
    assert!(socket.contains("`tls` is on for a Unix socket"), "{socket}");
    // Sentinels alone may speak TLS, and then need what it needs.
    read("redis+sentinel://h/s?sentinel_tls=true&ca=/c&verify=ca").unwrap();
}

#[test]
fn all_mistakes_are_told_at_once() {
    let message = refused(
        RedisConfig::standalone("no host")
            .pool_max(0)
            .key_prefix("{a}")
            .command_timeout(Duration::from_micros(1_500))
            .build(),
    );
    for part in [
        "`server` must be",
        "`pool_max` is `0`, but must be a number from 1 to 10000",
        "`key_prefix` is `{a}`",
        "`command_timeout` is `1.5ms`, but must be a duration from 1ms to 1h",
    ] {
        assert!(message.contains(part), "{message}");
    }
}

#[test]
fn builders_say_what_urls_say() {
    let pairs: [(RedisConfigBuilder, &str); 5] = [
        (
            RedisConfig::standalone("h:7")
                .database(2)
                .username("u")
                .password("p"),
            "redis://u:p@h:7/2",
        ),
        (
            RedisConfig::unix("/run/r.sock").wait_replicas(Some(1)),
            "unix:///run/r.sock?wait_replicas=1",
        ),
        (
            RedisConfig::sentinel(["a", "b:7"], "main")
                .sentinel_password("p")
                .sentinel_tls(true),
            "redis+sentinel://a,b:7/main?sentinel_password=p&sentinel_tls=true",
        ),
        (
            RedisConfig::cluster(vec!["a".to_owned()])
                .tls(true)
                .verify(TlsVerify::Ca)
                .client_cert("/c")
                .client_key("/k"),
            "rediss+cluster://a?verify=ca&client_cert=/c&client_key=/k",
        ),
        (
            RedisConfig::url("redis://h?pool_max=5").default_ttl(Some(Ttl::MAX)),
            "redis://h?pool_max=5&default_ttl=9223372036854775807ms",
        ),
    ];
    for (builder, url) in pairs {
        let built = builder.build().unwrap();
        assert_eq!(format!("{built:?}"), format!("{:?}", read(url).unwrap()));
        let back = read(url).unwrap().to_string();
        assert_eq!(built.to_string(), back);
    }
    assert!(refused(RedisConfig::unix("run/r.sock").build()).contains("`server`"));
    assert!(refused(RedisConfig::cluster([""; 0]).build()).contains("`nodes`"));
    assert!(
        refused(
            RedisConfig::standalone("h")
                .ca(OsStr::from_bytes(b"/\xff"))
                .build()
        )
        .contains("`ca`")
    );
}

#[test]
fn an_authority_may_be_given_as_pem() {
    let pem = "-----BEGIN CERTIFICATE-----\ncanary-7f3a\n-----END CERTIFICATE-----\n";
    let toml = format!("mode = 'standalone'\nserver = 'h'\ntls = true\nca = '''{pem}'''");
    for config in [
        RedisConfig::standalone("h").tls(true).ca(pem).build(),
        RedisConfig::from_toml(&toml),
        RedisConfig::from_vars([("STATE_REDIS_URL", "rediss://h"), ("STATE_REDIS_CA", pem)]),
    ] {
        keeps_secret("pem", &config);
        let config = config.unwrap();
        assert!(
            format!("{config:?}").contains("Pem(1 certificates)"),
            "{config:?}"
        );
        assert_eq!(config.to_string(), "rediss://h:6379");
    }
}
