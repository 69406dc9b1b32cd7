//! The options that parts of a URL other than its parameters say.

use super::checks::database;
use super::draft::Draft;
use super::options::Host;
use crate::backends::options;
use crate::backends::options::checks::{put, put_some, secret, user};
use crate::backends::options::{Kind, Place};

type Row = options::Row<Draft>;

pub(super) const HOSTS: Row = Row {
    name: "hosts",
    expects: "hosts, each `host`, `host:port`, `[v6]:port` or `/folder:port` of a Unix socket, without a scheme, \
              with commas between and no spaces",
    kind: Kind::List,
    place: Place::In("part after `//`"),
    hidden: true,
    set: |draft, text| put(&mut draft.options.hosts, Host::read_list(text)),
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
    expects: "a password that is not empty, without NUL",
    place: Place::In("part before `@`"),
    hidden: true,
    set: |draft, text| {
        let read = secret(text).filter(|_| !text.contains('\0'));
        put_some(&mut draft.options.password, read)
    },
    ..Row::TEXT
};

pub(super) const DATABASE: Row = Row {
    name: "database",
    expects: "a name of 1 to 63 bytes",
    place: Place::In("path"),
    set: |draft, text| put_some(&mut draft.options.database, database(text)),
    show: |options| options.database.clone(),
    ..Row::TEXT
};
