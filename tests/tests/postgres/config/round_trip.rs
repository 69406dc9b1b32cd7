//! What a configuration shows of itself, read back.

use std::time::Duration;

use proptest::prelude::*;
use typed_state::backend::Ttl;
use typed_state::backends::{PostgresConfig, PostgresConfigBuilder, SslMode};

use super::{CANARY, read, told};

/// Servers that TLS is for, or not, or some of each.
fn hosts() -> impl Strategy<Value = (Vec<String>, bool)> {
    let name = "[a-z0-9][a-z0-9.-]{0,12}(:[1-9][0-9]{0,3})?";
    let v6 = any::<std::net::Ipv6Addr>().prop_map(|address| format!("[{address}]"));
    let folder = "/[ -+\\--9;-~é]{0,20}(:[1-9][0-9]{0,3})?";
    let host = prop_oneof![
        name.prop_map(|host| (host, false)),
        v6.prop_map(|host| (host, false)),
        folder.prop_map(|host| (host, true)),
    ];
    prop::collection::vec(host, 1..4).prop_map(|hosts| {
        let on_socket = hosts.iter().any(|(_, on_socket)| *on_socket);
        (hosts.into_iter().map(|(host, _)| host).collect(), on_socket)
    })
}

/// How TLS is used, with certificates where they make sense.
fn secured(
    builder: PostgresConfigBuilder,
    on_socket: bool,
    mode: u8,
    [root, cert]: [bool; 2],
    path: &str,
) -> PostgresConfigBuilder {
    let mode = match mode {
        0 => SslMode::Disable,
        1 => SslMode::Prefer,
        2 if !on_socket => SslMode::Require,
        3 if !on_socket => SslMode::VerifyCa,
        4 if !on_socket => SslMode::VerifyFull,
        _ => return builder,
    };
    let builder = builder.ssl_mode(mode);
    let builder = match mode {
        SslMode::VerifyCa | SslMode::VerifyFull if root => builder.ssl_root_cert(path),
        _ => builder,
    };
    if mode != SslMode::Disable && cert {
        return builder.ssl_cert(path).ssl_key(path);
    }
    builder
}

/// Builders without passwords.
fn configs() -> impl Strategy<Value = PostgresConfigBuilder> {
    let texts = (
        "[!-~é]{1,12}",
        prop::option::of("[ -~é]{1,20}"),
        "[a-z_][a-z0-9_]{0,62}",
        "[a-z_][a-z0-9_]{0,39}",
        "[ -~]{1,63}",
        "/[ -~é]{0,20}",
    );
    let numbers = (
        0_u32..=10_000,
        0_u32..=10_000,
        1_u32..=10_000,
        prop_oneof![Just(0), 2_u32..=1_024],
        1_u32..=100_000,
    );
    let spans = prop::array::uniform7(1_000_u64..=3_600_000)
        .prop_map(|spans| spans.map(Duration::from_millis));
    let flags = any::<[bool; 5]>();
    let ttl = prop::option::of(1..=i64::MAX);
    (hosts(), texts, numbers, spans, flags, ttl, 0_u8..6).prop_map(
        |((hosts, on_socket), texts, numbers, spans, flags, ttl, mode)| {
            let (user, database, schema, table, name, path) = texts;
            let (least, most, batch, partitions, cleanup) = numbers;
            let [statements, migrate, root, cert, sweeps] = flags;
            let builder = PostgresConfig::hosts(hosts)
                .username(user)
                .schema(schema)
                .table(table)
                .application_name(name)
                .pool_max(least.max(most).max(1))
                .batch_size(batch)
                .partitions(partitions)
                .cleanup_batch_size(cleanup)
                .pool_timeout(spans[0])
                .connect_timeout(spans[1])
                .command_timeout(spans[2])
                .idle_timeout(spans[3])
                .max_lifetime(spans[4])
                .max_replica_lag(spans[5])
                .cleanup_interval(if sweeps { spans[6] } else { Duration::ZERO })
                .statement_cache(statements)
                .migrate(migrate)
                .default_ttl(ttl.and_then(Ttl::from_millis));
            let builder = match database {
                Some(name) => builder.database(name),
                None => builder,
            };
            let builder = if migrate {
                builder.pool_min(least.min(most))
            } else {
                builder
            };
            secured(builder, on_socket, mode, [root, cert], &path)
        },
    )
}

proptest! {
    #[test]
    fn what_is_shown_holds_no_secret_and_says_the_same(builder in configs()) {
        let config = builder.password(CANARY).build();
        prop_assert!(!told(&config).contains(CANARY));
        let config = config.unwrap();
        let back = PostgresConfig::from_vars([
            ("STATE_POSTGRES_PASSWORD", CANARY),
            ("STATE_POSTGRES_URL", &config.to_string()),
        ]);
        let back = back.unwrap();
        prop_assert_eq!(config.to_string(), back.to_string());
        prop_assert_eq!(format!("{config:?}"), format!("{back:?}"));
    }

    #[test]
    fn no_url_breaks_it(text: String, tail in "[ -~]{0,40}") {
        let _ = read(&text);
        for scheme in ["postgres://", "postgresql://u:p@", "postgres://u@h", "postgres://u@/d?host=", "postgres://u@h?"] {
            let url = format!("{scheme}{tail}");
            let Ok(config) = read(&url) else { continue };
            let shown = config.to_string();
            prop_assert_eq!(read(&shown).map(|back| back.to_string()).ok(), Some(shown), "{}", url);
        }
    }
}
