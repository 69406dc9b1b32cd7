//! URLs as PostgreSQL's own client library has them, where they say the same in another way.

/// The option that the library's parameter is.
pub(super) fn option(name: &str) -> &str {
    match name {
        "sslmode" => "ssl_mode",
        "sslrootcert" => "ssl_root_cert",
        "sslcert" => "ssl_cert",
        "sslkey" => "ssl_key",
        "user" => "username",
        "dbname" => "database",
        other => other,
    }
}

/// A duration that is a number alone, of seconds, with its unit.
pub(super) fn seconds(value: &str) -> String {
    let is_number = !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit());
    let unit = if is_number { "s" } else { "" };
    format!("{value}{unit}")
}

/// The hosts of one parameter with the ports of the other, which are as many, or one for all.
///
/// # Errors
/// Where they are neither.
pub(super) fn hosts(hosts: &str, ports: Option<&str>) -> Result<String, &'static str> {
    let hosts: Vec<&str> = hosts.split(',').collect();
    let ports: Vec<&str> = ports
        .map(|ports| ports.split(',').collect())
        .unwrap_or_default();
    let ports: Vec<Option<&str>> = match ports.as_slice() {
        [] => vec![None; hosts.len()],
        [one] => vec![Some(*one); hosts.len()],
        many if many.len() == hosts.len() => many.iter().copied().map(Some).collect(),
        _ => return Err("gives neither one `port` nor one for each `host`"),
    };
    let together: Vec<String> = hosts
        .into_iter()
        .zip(ports)
        .map(|(host, port)| with_port(host, port))
        .collect();
    Ok(together.join(","))
}

/// An address of IPv6 stands there without brackets.
fn with_port(host: &str, port: Option<&str>) -> String {
    let is_v6 = host.contains(':') && !host.starts_with('/');
    let host = if is_v6 {
        format!("[{host}]")
    } else {
        host.to_owned()
    };
    match port {
        Some(port) => format!("{host}:{port}"),
        None => host,
    }
}
