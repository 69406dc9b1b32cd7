//! What must hold between options.

use super::options::{Host, Options, SslMode};

/// The rules that are broken, each with what to do.
pub(super) fn broken(options: &Options) -> Vec<String> {
    let mut broken = Vec::new();
    let mut rule = |holds: bool, message: &str| {
        if !holds {
            broken.push(message.to_owned());
        }
    };
    let mode = options.ssl_mode;
    let verifies = matches!(mode, SslMode::VerifyCa | SslMode::VerifyFull);
    let on_socket = |host: &Host| matches!(host, Host::Unix { .. });

    rule(
        !options.hosts.is_empty(),
        "`hosts` is missing: name the servers",
    );
    rule(
        options.username.is_some(),
        "`username` is missing: name the user, in a URL before the `@`; the environment of PostgreSQL's own \
         programs is not read",
    );
    rule(
        options.pool_min <= options.pool_max,
        "`pool_min` is more than `pool_max`: lower it, or raise the other",
    );
    rule(
        options.ssl_cert.is_some() == options.ssl_key.is_some(),
        "of `ssl_cert` and `ssl_key` one is missing: give both",
    );
    rule(
        mode != SslMode::Disable || (options.ssl_cert.is_none() && options.ssl_key.is_none()),
        "`ssl_cert` and `ssl_key` are for TLS, which `ssl_mode` disables: leave them out, or choose another mode",
    );
    rule(
        verifies || options.ssl_root_cert.is_none(),
        "`ssl_root_cert` is given, but nothing is verified by it: set `ssl_mode` to `verify-full` or `verify-ca`, \
         or leave it out",
    );
    rule(
        matches!(mode, SslMode::Disable | SslMode::Prefer) || !options.hosts.iter().any(on_socket),
        "`ssl_mode` asks for TLS, which a Unix socket has not: set it to `disable`, or name a host",
    );
    broken
}
