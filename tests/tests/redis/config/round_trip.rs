//! What a configuration shows of itself, read back.

use std::time::Duration;

use proptest::prelude::*;
use typed_state::backend::Ttl;
use typed_state::backends::{RedisConfig, RedisConfigBuilder, TlsVerify};

use super::{CANARY, keeps_secret, read};

/// Names as they may stand in the options that take any.
fn words() -> impl Strategy<Value = String> {
    "[ -~]{0,20}".prop_map(|text| text.replace(['{', '}', '*', '?', '[', ']', '\\', '^'], "/"))
}

/// A builder without passwords, and the variables that give it some.
fn configs() -> impl Strategy<Value = (RedisConfigBuilder, Vec<(&'static str, String)>)> {
    let host = "[a-z0-9][a-z0-9.-]{0,12}(:[1-9][0-9]{0,3})?";
    let mode = prop_oneof![
        host.prop_map(RedisConfig::standalone),
        "/[ -~é]{1,20}".prop_map(RedisConfig::unix),
        (prop::collection::vec(host, 1..4), "[a-zA-Z0-9._-]{1,12}")
            .prop_map(|(hosts, service)| RedisConfig::sentinel(hosts, service)),
        prop::collection::vec(host, 1..4).prop_map(RedisConfig::cluster),
    ];
    let texts = (
        words(),
        "[!-~]{1,64}",
        prop::option::of("[!-~é]{1,12}"),
        "/[ -~é]{0,20}",
    );
    let numbers = (
        0_u32..=10_000,
        0_u32..=10_000,
        1_u32..=64,
        1_u32..=10_000,
        prop::option::of(1_u32..=100),
    );
    let spans = prop::array::uniform6(1_000_u64..=3_600_000)
        .prop_map(|spans| spans.map(Duration::from_millis));
    let others = (
        0_u32..=100,
        any::<[bool; 3]>(),
        prop::option::of(1..=i64::MAX),
    );
    (mode, texts, numbers, spans, others).prop_map(|(mode, texts, numbers, spans, others)| {
        let (prefix, name, user, path) = texts;
        let (least, most, connections, batch, replicas) = numbers;
        let (database, [tls, verify, files], ttl) = others;
        let is = format!("{mode:?}");
        let on_socket = mode
            .clone()
            .build()
            .unwrap()
            .to_string()
            .starts_with("redis+unix");
        let tls = tls && !on_socket;
        let mut builder = mode
            .key_prefix(prefix)
            .client_name(name)
            .pool_min(least.min(most))
            .pool_max(least.max(most).max(1))
            .connections(connections)
            .pipeline_batch_size(batch)
            .wait_replicas(replicas)
            .pool_timeout(spans[0])
            .connect_timeout(spans[1])
            .command_timeout(spans[2])
            .wait_timeout(spans[3])
            .keepalive(spans[4])
            .user_timeout(spans[5])
            .default_ttl(ttl.and_then(Ttl::from_millis))
            .tls(tls);
        let mut passwords = vec![("STATE_REDIS_PASSWORD", CANARY.to_owned())];
        if !is.contains("Cluster") {
            builder = builder.database(database);
        }
        if is.contains("Sentinel") {
            builder = builder.sentinel_tls(verify).sentinel_username("guard");
            passwords.push(("STATE_REDIS_SENTINEL_PASSWORD", CANARY.to_owned()));
        }
        if tls && verify {
            builder = builder.verify(TlsVerify::Ca).ca(&path);
        }
        if tls && files {
            builder = builder.client_cert(&path).client_key(&path);
        }
        if let Some(user) = user {
            builder = builder.username(user);
        }
        (builder, passwords)
    })
}

/// The builder with the same passwords.
fn with_passwords(
    mut builder: RedisConfigBuilder,
    passwords: &[(&str, String)],
) -> RedisConfigBuilder {
    for (name, password) in passwords {
        builder = match *name {
            "STATE_REDIS_PASSWORD" => builder.password(password),
            _ => builder.sentinel_password(password),
        };
    }
    builder
}

proptest! {
    #[test]
    fn what_is_shown_holds_no_secret_and_says_the_same((builder, passwords) in configs()) {
        let config = with_passwords(builder, &passwords).build();
        keeps_secret("a configuration", &config);
        let config = config.unwrap();
        let mut variables = passwords;
        variables.push(("STATE_REDIS_URL", config.to_string()));
        let back = RedisConfig::from_vars(variables).unwrap();
        prop_assert_eq!(config.to_string(), back.to_string());
        prop_assert_eq!(format!("{config:?}"), format!("{back:?}"));
    }

    #[test]
    fn no_url_breaks_it(text: String, tail in "[ -~]{0,40}") {
        let _ = read(&text);
        for scheme in ["redis://", "unix://", "redis+sentinel://", "redis+cluster://", "rediss://u:p@h"] {
            let url = format!("{scheme}{tail}");
            let Ok(config) = read(&url) else { continue };
            let shown = config.to_string();
            let mut back = RedisConfig::url(&shown).password("p");
            if shown.contains("+sentinel:") {
                back = back.sentinel_password("p");
            }
            prop_assert_eq!(back.build().map(|back| back.to_string()).ok(), Some(shown), "{}", url);
        }
    }
}
