//! Configurations as URLs, read strictly: what is not understood is a mistake, and no message quotes the URL.

use super::builder::RedisConfigBuilder;
use super::located::{DATABASE, MODE, NODES, PASSWORD, SENTINELS, SERVER, SERVICE, TLS, USERNAME};
use super::percent;
use super::row::{Place, Row, shown_name};
use super::rows;

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

/// What parts parameters, here or elsewhere. Where one has strayed into a path or a value, a password may have followed.
const MARKS: [char; 3] = ['&', '=', ';'];

/// Reads a URL into a builder. `label` is what messages call it.
pub(super) fn read(builder: &mut RedisConfigBuilder, label: &str, url: &str) {
    let mut reader = Reader { builder, label };
    if let Err(mistake) = reader.read(url) {
        reader.mistake(mistake);
    }
}

struct Reader<'a> {
    builder: &'a mut RedisConfigBuilder,
    label: &'a str,
}

impl Reader<'_> {
    /// # Errors
    /// Where the parts of the URL cannot be told apart, so that no part of it is known not to be secret.
    fn read(&mut self, url: &str) -> Result<(), &'static str> {
        if !url.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(
                "holds a space, a line's end or another character that must be percent-encoded",
            );
        }
        let unknown = "must begin with `redis://`, `rediss://`, `redis+unix://`, `redis+sentinel://`, \
                       `rediss+sentinel://`, `redis+cluster://` or `rediss+cluster://`";
        let (scheme, rest) = url.split_once("://").ok_or(unknown)?;
        let (_, shape, tls) = SCHEMES
            .into_iter()
            .find(|(name, ..)| *name == scheme)
            .ok_or(unknown)?;
        let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        let (authority, tail) = rest.split_at_checked(end).unwrap_or((rest, ""));
        if tail.contains('@') || authority.matches('@').count() > 1 {
            return Err(
                "holds an `@` out of its place: write `@`, `/`, `?` and `#` in user, password and parameters \
                        as `%40`, `%2F`, `%3F` and `%23`",
            );
        }
        if tail.contains('#') {
            return Err(
                "holds a `#`, but a fragment has no meaning here: leave it out, or write `%23`",
            );
        }
        let (path, query) = match tail.split_once('?') {
            Some((path, query)) => (path, Some(query)),
            None => (tail, None),
        };
        if path.contains(MARKS) {
            return Err(
                "holds `&`, `=` or `;` in its path: begin the parameters with `?`, or percent-encode it",
            );
        }
        let hosts = match authority.split_once('@') {
            Some((user, hosts)) => {
                self.user(user);
                hosts
            }
            None => authority,
        };
        self.option(&TLS, if tls { "true" } else { "false" });
        match shape {
            Shape::Server => self.server(hosts, path),
            Shape::Socket => self.socket(hosts, path),
            Shape::Sentinels => self.sentinels(hosts, path),
            Shape::Nodes => self.nodes(hosts, path),
        }
        if let Some(query) = query {
            self.parameters(query, shape);
        }
        Ok(())
    }

    fn user(&mut self, user: &str) {
        let (name, password) = match user.split_once(':') {
            Some((name, password)) => (name, Some(password)),
            None => (user, None),
        };
        if name.is_empty() && password.is_none() {
            self.mistake("has an empty user before `@`: name one, or leave the `@` out");
        }
        if !name.is_empty() {
            self.encoded(&USERNAME, name);
        }
        if let Some(password) = password {
            self.encoded(&PASSWORD, password);
        }
    }

    fn server(&mut self, host: &str, path: &str) {
        self.option(&MODE, "standalone");
        self.option(&SERVER, host);
        self.database(path);
    }

    fn socket(&mut self, host: &str, path: &str) {
        self.option(&MODE, "standalone");
        if !host.is_empty() {
            return self.mistake("names a host before the path of a socket: write three slashes, `redis+unix:///path`");
        }
        if path.is_empty() {
            return self.mistake("names no socket: write `redis+unix:///path`");
        }
        self.encoded(&SERVER, path);
    }

    fn sentinels(&mut self, hosts: &str, path: &str) {
        self.option(&MODE, "sentinel");
        self.option(&SENTINELS, hosts);
        let path = path.strip_prefix('/').unwrap_or(path);
        let (service, database) = match path
            .find('/')
            .and_then(|slash| path.split_at_checked(slash))
        {
            Some((service, database)) => (service, database),
            None => (path, ""),
        };
        self.encoded(&SERVICE, service);
        self.database(database);
    }

    fn nodes(&mut self, hosts: &str, path: &str) {
        self.option(&MODE, "cluster");
        self.option(&NODES, hosts);
        self.database(path);
    }

    /// The database of a path that is empty or begins with a slash.
    fn database(&mut self, path: &str) {
        match path.strip_prefix('/') {
            None | Some("") => {}
            Some(number) => self.option(&DATABASE, number),
        }
    }

    fn parameters(&mut self, query: &str, shape: Shape) {
        let mut seen = Vec::new();
        for parameter in query.split('&') {
            let Some((name, value)) = parameter.split_once('=') else {
                let name = shown_name(parameter);
                self.mistake(&format!("has a parameter `{name}` without `=`"));
                continue;
            };
            if seen.contains(&name) {
                let name = shown_name(name);
                self.mistake(&format!(
                    "gives the parameter `{name}` twice: leave one out"
                ));
                continue;
            }
            seen.push(name);
            if value.contains(MARKS) {
                let name = shown_name(name);
                self.mistake(&format!(
                    "holds `=` or `;` in the value of `{name}`: part parameters with `&`, or percent-encode it"
                ));
                continue;
            }
            match (name, shape) {
                // A socket's path has no room for it.
                ("db", Shape::Socket) => self.encoded(&DATABASE, value),
                _ => self.parameter(name, value, shape),
            }
        }
    }

    fn parameter(&mut self, name: &str, value: &str, shape: Shape) {
        match rows::named(name) {
            Some(row) if row.place == Place::Query => self.encoded(row, value),
            Some(row) if row.name == DATABASE.name && shape == Shape::Socket => {
                self.mistake("gives `database` as a parameter: write `db`");
            }
            Some(Row {
                place: Place::In(part),
                name,
                ..
            }) => {
                self.mistake(&format!(
                    "gives `{name}` as a parameter: it stands in the {part}"
                ));
            }
            _ => {
                let name = shown_name(name);
                let known = rows::names(|row| row.place == Place::Query);
                self.mistake(&format!(
                    "has an unknown parameter `{name}`; there are {known}"
                ));
            }
        }
    }

    fn encoded(&mut self, row: &Row, text: &str) {
        match percent::decode(text) {
            Some(text) => self.option(row, &text),
            None => self.mistake(&format!(
                "holds a broken percent-encoding in `{}`",
                row.name
            )),
        }
    }

    fn option(&mut self, row: &Row, text: &str) {
        let label = format!("`{}` in {}", row.name, self.label);
        self.builder.read(&label, row, text);
    }

    fn mistake(&mut self, message: &str) {
        self.builder.mistake(format!("{} {message}", self.label));
    }
}
