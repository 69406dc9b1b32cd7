//! Configurations as URLs, read strictly: what is not understood is a mistake, and no message quotes the URL.

use super::draft::Draft;
use super::located::{DATABASE, MODE, NODES, PASSWORD, SENTINELS, SERVER, SERVICE, TLS, USERNAME};
use crate::backends::options::{Form, Reader, Url};

/// What follows `//` before the path.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Shape {
    Server,
    Socket,
    Sentinels,
    Nodes,
}

/// The schemes, each with its mode and whether it is TLS.
const SCHEMES: [(&str, Shape, bool); 8] = [
    ("redis", Shape::Server, false),
    ("rediss", Shape::Server, true),
    ("redis+unix", Shape::Socket, false),
    ("unix", Shape::Socket, false),
    ("redis+sentinel", Shape::Sentinels, false),
    ("rediss+sentinel", Shape::Sentinels, true),
    ("redis+cluster", Shape::Nodes, false),
    ("rediss+cluster", Shape::Nodes, true),
];

/// Reads a URL into a form. `label` is what messages call it.
pub(super) fn read(form: &mut Form<Draft>, label: &str, url: &str) {
    let mut reader = Reader { form, label };
    if let Err(mistake) = whole(&mut reader, url) {
        reader.mistake(mistake);
    }
}

/// # Errors
/// Where the parts of the URL cannot be told apart.
fn whole(reader: &mut Reader<'_, Draft>, url: &str) -> Result<(), &'static str> {
    let unknown = "must begin with `redis://`, `rediss://`, `redis+unix://`, `redis+sentinel://`, \
                   `rediss+sentinel://`, `redis+cluster://` or `rediss+cluster://`";
    let (scheme, rest) = Url::scheme(url)?.ok_or(unknown)?;
    let (_, shape, tls) = SCHEMES
        .into_iter()
        .find(|(name, ..)| *name == scheme)
        .ok_or(unknown)?;
    let url = Url::parts(rest)?;
    if let Some(user) = url.user {
        reader.user(user, &USERNAME, &PASSWORD);
    }
    reader.option(&TLS, if tls { "true" } else { "false" });
    match shape {
        Shape::Server => server(reader, url.hosts, url.path),
        Shape::Socket => socket(reader, url.hosts, url.path),
        Shape::Sentinels => sentinels(reader, url.hosts, url.path),
        Shape::Nodes => nodes(reader, url.hosts, url.path),
    }
    if let Some(query) = url.query {
        parameters(reader, query, shape);
    }
    Ok(())
}

fn server(reader: &mut Reader<'_, Draft>, host: &str, path: &str) {
    reader.option(&MODE, "standalone");
    reader.option(&SERVER, host);
    of_path(reader, path);
}

fn socket(reader: &mut Reader<'_, Draft>, host: &str, path: &str) {
    reader.option(&MODE, "standalone");
    if !host.is_empty() {
        return reader.mistake(
            "names a host before the path of a socket: write three slashes, `redis+unix:///path`",
        );
    }
    if path.is_empty() {
        return reader.mistake("names no socket: write `redis+unix:///path`");
    }
    reader.encoded(&SERVER, path);
}

fn sentinels(reader: &mut Reader<'_, Draft>, hosts: &str, path: &str) {
    reader.option(&MODE, "sentinel");
    reader.option(&SENTINELS, hosts);
    let path = path.strip_prefix('/').unwrap_or(path);
    let (service, database) = match path
        .find('/')
        .and_then(|slash| path.split_at_checked(slash))
    {
        Some((service, database)) => (service, database),
        None => (path, ""),
    };
    reader.encoded(&SERVICE, service);
    of_path(reader, database);
}

fn nodes(reader: &mut Reader<'_, Draft>, hosts: &str, path: &str) {
    reader.option(&MODE, "cluster");
    reader.option(&NODES, hosts);
    of_path(reader, path);
}

/// The database of a path that is empty or begins with a slash.
fn of_path(reader: &mut Reader<'_, Draft>, path: &str) {
    match path.strip_prefix('/') {
        None | Some("") => {}
        Some(number) => reader.option(&DATABASE, number),
    }
}

fn parameters(reader: &mut Reader<'_, Draft>, query: &str, shape: Shape) {
    for (name, value) in reader.parameters(query, |name| name) {
        match (name, shape) {
            // A socket's path has no room for it.
            ("db", Shape::Socket) => reader.encoded(&DATABASE, value),
            ("database", Shape::Socket) => {
                reader.mistake("gives `database` as a parameter: write `db`");
            }
            _ => reader.parameter(name, value),
        }
    }
}
