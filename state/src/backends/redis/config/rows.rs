//! The table of all options.

use super::checks::{ca, client_name, detours, key_prefix};
use super::draft::Draft;
use super::located::{DATABASE, MODE, NODES, PASSWORD, SENTINELS, SERVER, SERVICE, TLS, USERNAME};
use super::tls::{Ca, TlsVerify};
use crate::backends::options;
use crate::backends::options::checks::{
    flag, put, put_or_none, put_some, secret, shown_path, user,
};
use crate::backends::options::pem::path;
use crate::backends::options::{Kind, duration, number, ttl_or_none};

type Row = options::Row<Draft>;

/// All options.
pub(super) static ROWS: &[Row] = &[
    MODE,
    SERVER,
    SENTINELS,
    SERVICE,
    NODES,
    USERNAME,
    PASSWORD,
    DATABASE,
    SENTINEL_USERNAME,
    SENTINEL_PASSWORD,
    Row {
        name: "sentinel_tls",
        expects: "`true` or `false`",
        kind: Kind::Flag,
        set: |draft, text| put_some(&mut draft.options.sentinel_tls, flag(text)),
        show: |options| options.sentinel_tls.map(|on| on.to_string()),
        ..Row::TEXT
    },
    TLS,
    CA,
    CLIENT_CERT,
    CLIENT_KEY,
    Row {
        name: "verify",
        expects: "`full` or `ca`",
        set: |draft, text| put(&mut draft.options.tls.verify, TlsVerify::read(text)),
        show: |options| Some(options.tls.verify.as_str().to_owned()),
        ..Row::TEXT
    },
    REACH,
    CLIENT_NAME,
    KEY_PREFIX,
    ttl_or_none!(default_ttl),
    Row {
        name: "pool_min",
        expects: "a number from 0 to 10000",
        kind: Kind::Number,
        set: |draft, text| put_some(&mut draft.options.pool_min, number::read(text)),
        allowed: |options| options.pool_min() <= 10_000,
        show: |options| options.pool_min.map(|count| count.to_string()),
        ..Row::TEXT
    },
    number!(pool_max, 1, 10_000),
    duration!(pool_timeout, "1ms", "1h"),
    number!(connections, 1, 64),
    duration!(connect_timeout, "1ms", "1h"),
    duration!(command_timeout, "1ms", "1h"),
    number!(pipeline_batch_size, 1, 10_000),
    Row {
        name: "wait_replicas",
        expects: "`none` or a number from 1 to 100",
        kind: Kind::Number,
        set: |draft, text| put_or_none(&mut draft.options.wait_replicas, text, number::read),
        allowed: |options| {
            options
                .wait_replicas
                .is_none_or(|count| (1..=100).contains(&count))
        },
        show: |options| options.wait_replicas.map(|count| count.to_string()),
        ..Row::TEXT
    },
    duration!(wait_timeout, "1ms", "1h"),
    duration!(keepalive, "1s", "1h"),
    duration!(user_timeout, "1ms", "1h"),
];

pub(super) const REACH: Row = Row {
    name: "reach",
    expects: "`announced/reached`, two hosts with their ports, and more of them with commas between",
    set: |draft, text| put(&mut draft.options.reach, detours(text)),
    show: |options| {
        let detours = options.reach.iter();
        let detours: Vec<String> = detours.map(|(from, to)| format!("{from}/{to}")).collect();
        (!detours.is_empty()).then(|| detours.join(","))
    },
    ..Row::TEXT
};

pub(super) const SENTINEL_USERNAME: Row = Row {
    name: "sentinel_username",
    hidden: true,
    expects: "a name without spaces",
    set: |draft, text| put_some(&mut draft.options.sentinel_username, user(text)),
    show: |options| options.sentinel_username.clone(),
    ..Row::TEXT
};

pub(super) const SENTINEL_PASSWORD: Row = Row {
    name: "sentinel_password",
    hidden: true,
    expects: "a password that is not empty",
    set: |draft, text| put_some(&mut draft.options.sentinel_password, secret(text)),
    ..Row::TEXT
};

pub(super) const CA: Row = Row {
    name: "ca",
    expects: "the path of a PEM file, or certificates in PEM without a key",
    set: |draft, text| put_some(&mut draft.options.tls.ca, ca(text)),
    show: |options| match options.tls.ca.as_ref()? {
        Ca::File(path) => Some(shown_path(path)),
        Ca::Pem(_) => None,
    },
    ..Row::TEXT
};

pub(super) const CLIENT_CERT: Row = Row {
    name: "client_cert",
    expects: "the path of a PEM file",
    set: |draft, text| put_some(&mut draft.options.tls.client_cert, path(text)),
    show: |options| options.tls.client_cert.as_ref().map(shown_path),
    ..Row::TEXT
};

pub(super) const CLIENT_KEY: Row = Row {
    name: "client_key",
    expects: "the path of a PEM file",
    hidden: true,
    set: |draft, text| put_some(&mut draft.options.tls.client_key, path(text)),
    show: |options| options.tls.client_key.as_ref().map(shown_path),
    ..Row::TEXT
};

pub(super) const CLIENT_NAME: Row = Row {
    name: "client_name",
    expects: "1 to 64 printable ASCII characters without space",
    set: |draft, text| put(&mut draft.options.client_name, client_name(text)),
    show: |options| Some(options.client_name.clone()),
    ..Row::TEXT
};

pub(super) const KEY_PREFIX: Row = Row {
    name: "key_prefix",
    expects: r"at most 64 printable ASCII characters without any of `{}*?[]\^`",
    set: |draft, text| put(&mut draft.options.key_prefix, key_prefix(text)),
    show: |options| Some(options.key_prefix.clone()),
    ..Row::TEXT
};
