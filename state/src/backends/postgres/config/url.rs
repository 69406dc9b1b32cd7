//! Configurations as URLs, read strictly: what is not understood is a mistake, and no message quotes the URL.

use super::draft::Draft;
use super::libpq;
use super::located::{DATABASE, HOSTS, PASSWORD, USERNAME};
use crate::backends::options::{Form, Reader, Url, percent};

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
    let unknown = "must begin with `postgres://` or `postgresql://`";
    let (scheme, rest) = Url::scheme(url)?.ok_or(unknown)?;
    if !["postgres", "postgresql"].contains(&scheme) {
        return Err(unknown);
    }
    let url = Url::parts(rest)?;
    if let Some(user) = url.user {
        reader.user(user, &USERNAME, &PASSWORD);
    }
    database(reader, url.path);
    let parameters = url
        .query
        .map(|query| reader.parameters(query, libpq::option));
    let mut of_hosts = Hosts::default();
    for (name, value) in parameters.unwrap_or_default() {
        match name {
            "host" => of_hosts.hosts = Some(value),
            "port" => of_hosts.ports = Some(value),
            "connect_timeout" => reader.parameter(name, &libpq::seconds(value)),
            _ => reader.parameter(name, value),
        }
    }
    of_hosts.read(reader, url.hosts);
    Ok(())
}

/// The database of a path that is empty or begins with a slash.
fn database(reader: &mut Reader<'_, Draft>, path: &str) {
    match path.strip_prefix('/') {
        None | Some("") => {}
        Some(name) if name.contains('/') => {
            reader.mistake(
                "holds more than a database in its path: write a `/` in its name as `%2F`",
            );
        }
        Some(name) => reader.encoded(&DATABASE, name),
    }
}

/// The parameters that name hosts.
#[derive(Default)]
struct Hosts<'a> {
    hosts: Option<&'a str>,
    ports: Option<&'a str>,
}

impl Hosts<'_> {
    /// Reads them, or else the hosts of the URL's own part.
    fn read(&self, reader: &mut Reader<'_, Draft>, own: &str) {
        match (self.hosts, self.ports) {
            (None, None) => reader.encoded(&HOSTS, own),
            (None, Some(_)) => reader
                .mistake("gives `port` as a parameter without `host`: write it after its host"),
            (Some(_), _) if !own.is_empty() => {
                reader.mistake(
                    "names hosts in the part after `//` and as `host`: leave one of them out",
                );
            }
            (Some(hosts), ports) => {
                let ports = ports.map(percent::decode);
                let (Some(hosts), None | Some(Some(_))) = (percent::decode(hosts), &ports) else {
                    return reader.mistake("holds a broken percent-encoding in `host` or `port`");
                };
                match libpq::hosts(&hosts, ports.flatten().as_deref()) {
                    Ok(hosts) => reader.option(&HOSTS, &hosts),
                    Err(mistake) => reader.mistake(mistake),
                }
            }
        }
    }
}
