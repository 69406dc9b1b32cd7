//! The table of all options.

use super::checks::{application_name, schema, table};
use super::draft::Draft;
use super::located::{DATABASE, HOSTS, PASSWORD, USERNAME};
use super::options::{Pem, SslMode};
use crate::backends::options;
use crate::backends::options::checks::{put, put_some};
use crate::backends::options::{Kind, duration, flag, number, ttl_or_none};

type Row = options::Row<Draft>;

/// All options.
pub(super) static ROWS: &[Row] = &[
    HOSTS,
    USERNAME,
    PASSWORD,
    DATABASE,
    SCHEMA,
    TABLE,
    Row {
        name: "ssl_mode",
        expects: "`disable`, `prefer`, `require`, `verify-ca` or `verify-full`",
        set: |draft, text| put(&mut draft.options.ssl_mode, SslMode::read(text)),
        show: |options| Some(options.ssl_mode.as_str().to_owned()),
        ..Row::TEXT
    },
    SSL_ROOT_CERT,
    SSL_CERT,
    SSL_KEY,
    APPLICATION_NAME,
    Row {
        name: "pool_min",
        expects: "a number from 0 to 10000",
        kind: Kind::Number,
        set: |draft, text| {
            let count = number::read(text);
            count.map(|count| draft.set_pool_min(count)).is_some()
        },
        allowed: |options| options.pool_min <= 10_000,
        show: |options| Some(options.pool_min.to_string()),
        ..Row::TEXT
    },
    number!(pool_max, 1, 10_000),
    duration!(pool_timeout, "1ms", "1h"),
    duration!(connect_timeout, "1ms", "1h"),
    duration!(command_timeout, "1ms", "1h"),
    duration!(idle_timeout, "1s", "24h"),
    duration!(max_lifetime, "1s", "24h"),
    flag!(statement_cache),
    ttl_or_none!(default_ttl),
    number!(batch_size, 1, 10_000),
    flag!(migrate),
    Row {
        name: "partitions",
        expects: "0 or a number from 2 to 1024",
        kind: Kind::Number,
        set: |draft, text| put(&mut draft.options.partitions, number::read(text)),
        allowed: |options| matches!(options.partitions, 0 | 2..=1024),
        show: |options| Some(options.partitions.to_string()),
        ..Row::TEXT
    },
    Row {
        name: "cleanup_interval",
        expects: "`0s` for never, or a duration from 1s to 24h, such as `60s`",
        set: |draft, text| put(&mut draft.options.cleanup_interval, duration::read(text)),
        allowed: |options| {
            let interval = options.cleanup_interval;
            interval.is_zero() || duration::lies_in(interval, "1s", "24h")
        },
        show: |options| Some(duration::show(options.cleanup_interval)),
        ..Row::TEXT
    },
    number!(cleanup_batch_size, 1, 100_000),
    duration!(max_replica_lag, "1ms", "1h"),
];

pub(super) const SCHEMA: Row = Row {
    name: "schema",
    expects: "1 to 63 letters of `a-z`, digits and `_`, and no digit first",
    set: |draft, text| put(&mut draft.options.schema, schema(text)),
    show: |options| Some(options.schema.clone()),
    ..Row::TEXT
};

pub(super) const TABLE: Row = Row {
    name: "table",
    expects: "1 to 40 letters of `a-z`, digits and `_`, and no digit first",
    set: |draft, text| put(&mut draft.options.table, table(text)),
    show: |options| Some(options.table.clone()),
    ..Row::TEXT
};

pub(super) const SSL_ROOT_CERT: Row = Row {
    name: "ssl_root_cert",
    expects: "`system`, the path of a PEM file, or certificates in PEM without a key",
    set: |draft, text| {
        let slot = &mut draft.options.ssl_root_cert;
        if text == "system" {
            *slot = None;
            return true;
        }
        put_some(slot, Pem::certificates(text))
    },
    show: |options| options.ssl_root_cert.as_ref()?.shown(),
    ..Row::TEXT
};

pub(super) const SSL_CERT: Row = Row {
    name: "ssl_cert",
    expects: "the path of a PEM file, or certificates in PEM without a key",
    set: |draft, text| put_some(&mut draft.options.ssl_cert, Pem::certificates(text)),
    show: |options| options.ssl_cert.as_ref()?.shown(),
    ..Row::TEXT
};

pub(super) const SSL_KEY: Row = Row {
    name: "ssl_key",
    expects: "the path of a PEM file, or a private key in PEM",
    hidden: true,
    set: |draft, text| put_some(&mut draft.options.ssl_key, Pem::key(text)),
    show: |options| options.ssl_key.as_ref()?.shown(),
    ..Row::TEXT
};

pub(super) const APPLICATION_NAME: Row = Row {
    name: "application_name",
    expects: "1 to 63 printable ASCII characters",
    set: |draft, text| put(&mut draft.options.application_name, application_name(text)),
    show: |options| Some(options.application_name.clone()),
    ..Row::TEXT
};
