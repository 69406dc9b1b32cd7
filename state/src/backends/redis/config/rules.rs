//! What must hold between options.

use super::address::Address;
use super::mode::Mode;
use super::options::Options;

/// The rules that are broken, each with what to do.
pub(super) fn broken(mode: &Mode, options: &Options) -> Vec<String> {
    let mut broken = Vec::new();
    let mut rule = |holds: bool, message: &str| {
        if !holds {
            broken.push(message.to_owned());
        }
    };
    let tls = &options.tls;
    let is_sentinel = matches!(mode, Mode::Sentinel { .. });
    let speaks_tls = tls.on || (is_sentinel && options.sentinel_tls());
    let on_socket = matches!(
        mode,
        Mode::Standalone {
            server: Address::Unix(_)
        }
    );

    rule(
        options.pool_min() <= options.pool_max,
        "`pool_min` is more than `pool_max`: lower it, or raise the other",
    );
    rule(
        options.database == 0 || !matches!(mode, Mode::Cluster { .. }),
        "`database` must be 0: a Redis Cluster has no other",
    );
    rule(
        options.username.is_none() || options.password.is_some(),
        "`username` is given without `password`: give both; a password alone stands after a `:` in a URL",
    );
    rule(
        options.sentinel_username.is_none() || options.sentinel_password.is_some(),
        "`sentinel_username` is given without `sentinel_password`: give both",
    );
    rule(
        is_sentinel
            || (options.sentinel_username.is_none()
                && options.sentinel_password.is_none()
                && options.sentinel_tls.is_none()),
        "`sentinel_username`, `sentinel_password` and `sentinel_tls` belong to mode `sentinel`: leave them out",
    );
    rule(
        tls.client_cert.is_some() == tls.client_key.is_some(),
        "of `client_cert` and `client_key` one is missing: give both",
    );
    rule(
        !on_socket || !tls.on,
        "`tls` is on for a Unix socket, which has none: switch it off, or name a host",
    );
    rule(
        speaks_tls || (tls.ca.is_none() && tls.client_cert.is_none() && tls.client_key.is_none()),
        "`ca`, `client_cert` and `client_key` are for TLS, which is off: set `tls`, or use a `rediss` URL",
    );
    rule(
        speaks_tls || tls.verify == super::tls::TlsVerify::default(),
        "`verify` is for TLS, which is off: set `tls`, or use a `rediss` URL",
    );
    broken
}
