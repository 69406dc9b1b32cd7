//! The options that parts of a URL other than its parameters say.

use super::address::{Address, SENTINEL_PORT, SERVER_PORT};
use super::checks::{addresses, service};
use super::draft::Draft;
use super::mode::ModeName;
use crate::backends::options;
use crate::backends::options::checks::{flag, put, put_some, secret, user};
use crate::backends::options::{Kind, Place, number};

type Row = options::Row<Draft>;

const ADDRESSES: &str = "hosts, each `host`, `host:port` or `[v6]:port`, without a scheme, with commas between and no spaces";

pub(super) const MODE: Row = Row {
    name: "mode",
    expects: "`standalone`, `sentinel` or `cluster`",
    place: Place::In("scheme"),
    set: |draft, text| put_some(&mut draft.mode, ModeName::read(text)),
    ..Row::TEXT
};

pub(super) const SERVER: Row = Row {
    name: "server",
    expects: "`host`, `host:port`, `[v6]:port` or the absolute path of a Unix socket, without a scheme",
    place: Place::In("part after `//`"),
    hidden: true,
    set: |draft, text| put_some(&mut draft.server, Address::read(text)),
    ..Row::TEXT
};

pub(super) const SENTINELS: Row = Row {
    name: "sentinels",
    expects: ADDRESSES,
    kind: Kind::List,
    place: Place::In("part after `//`"),
    hidden: true,
    set: |draft, text| put(&mut draft.sentinels, addresses(text, SENTINEL_PORT)),
    ..Row::TEXT
};

pub(super) const SERVICE: Row = Row {
    name: "service",
    expects: "the name that the sentinels know the master by: letters, digits and `.-_`",
    place: Place::In("path"),
    set: |draft, text| put_some(&mut draft.service, service(text)),
    ..Row::TEXT
};

pub(super) const NODES: Row = Row {
    name: "nodes",
    expects: ADDRESSES,
    kind: Kind::List,
    place: Place::In("part after `//`"),
    hidden: true,
    set: |draft, text| put(&mut draft.nodes, addresses(text, SERVER_PORT)),
    ..Row::TEXT
};

pub(super) const USERNAME: Row = Row {
    name: "username",
    expects: "a name without spaces",
    place: Place::In("part before `@`"),
    hidden: true,
    set: |draft, text| put_some(&mut draft.options.username, user(text)),
    show: |options| options.username.clone(),
    ..Row::TEXT
};

pub(super) const PASSWORD: Row = Row {
    name: "password",
    expects: "a password that is not empty",
    place: Place::In("part before `@`"),
    hidden: true,
    set: |draft, text| put_some(&mut draft.options.password, secret(text)),
    ..Row::TEXT
};

pub(super) const DATABASE: Row = Row {
    name: "database",
    expects: "a number from 0 to 2147483647",
    kind: Kind::Number,
    place: Place::In("path"),
    set: |draft, text| put(&mut draft.options.database, number::read(text)),
    allowed: |options| options.database <= 2_147_483_647,
    show: |options| Some(options.database.to_string()),
    ..Row::TEXT
};

pub(super) const TLS: Row = Row {
    name: "tls",
    expects: "`true` or `false`",
    kind: Kind::Flag,
    place: Place::In("scheme"),
    set: |draft, text| put(&mut draft.options.tls.on, flag(text)),
    show: |options| Some(options.tls.on.to_string()),
    ..Row::TEXT
};
