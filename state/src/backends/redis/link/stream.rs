use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use redis::aio::AsyncStream;
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use socket2::{SockRef, TcpKeepalive};
use tokio::net::{TcpStream, UnixStream};
use tokio_rustls::TlsConnector;

use super::address::Address;
use super::failure::{Failure, Kind};
use super::last_words::LastWords;
use super::settings::Tcp;

/// Bytes to and from a server.
pub(super) type Stream = Pin<Box<dyn AsyncStream + Send + Sync>>;

/// How often an idle peer is probed once it is silent, and how many probes may be lost.
const PROBE_EVERY: Duration = Duration::from_secs(2);
#[cfg(not(windows))]
const PROBES: u32 = 3;

/// Connects within `limit`, which the addresses of a name share.
pub(super) async fn dial(
    address: &Address,
    tcp: &Tcp,
    tls: Option<&Arc<ClientConfig>>,
    limit: Duration,
) -> Result<Stream, Failure> {
    match tcp.reach.get(address).unwrap_or(address) {
        Address::Unix(path) => {
            let stream = UnixStream::connect(path).await.map_err(unreachable)?;
            Ok(Box::pin(LastWords::of(stream)))
        }
        Address::Tcp { host, port } => {
            let stream = connect(host, *port, limit).await?;
            tune(&stream, tcp).map_err(unreachable)?;
            match tls {
                None => Ok(Box::pin(LastWords::of(stream))),
                Some(config) => secure(stream, host, config).await,
            }
        }
    }
}

async fn connect(host: &str, port: u16, limit: Duration) -> Result<TcpStream, Failure> {
    let addresses: Vec<SocketAddr> = tokio::net::lookup_host((host, port))
        .await
        .map_err(|error| {
            let message = format!("the name of the host does not resolve: {error}");
            Failure::not_sent(Kind::Unreachable, message)
        })?
        .collect();
    let each = limit / u32::try_from(addresses.len()).unwrap_or(u32::MAX).max(1);
    let mut last = Failure::not_sent(Kind::Unreachable, "the host has no address");
    for address in addresses {
        match tokio::time::timeout(each, TcpStream::connect(address)).await {
            Ok(Ok(stream)) => return Ok(stream),
            Ok(Err(error)) => last = unreachable(error),
            Err(_) => last = unreachable(io::ErrorKind::TimedOut.into()),
        }
    }
    Err(last)
}

fn tune(stream: &TcpStream, tcp: &Tcp) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let socket = SockRef::from(stream);
    if let Some(silence) = tcp.keepalive {
        let probes = TcpKeepalive::new()
            .with_time(silence)
            .with_interval(PROBE_EVERY);
        #[cfg(not(windows))]
        let probes = probes.with_retries(PROBES);
        socket.set_tcp_keepalive(&probes)?;
    }
    #[cfg(target_os = "linux")]
    socket.set_tcp_user_timeout(tcp.user_timeout)?;
    Ok(())
}

async fn secure(
    stream: TcpStream,
    host: &str,
    config: &Arc<ClientConfig>,
) -> Result<Stream, Failure> {
    let name = ServerName::try_from(host.to_owned()).map_err(|_| {
        let message = "the host is no name that a certificate can hold";
        Failure::not_sent(Kind::Configuration, message)
    })?;
    let connector = TlsConnector::from(Arc::clone(config));
    match connector.connect(name, stream).await {
        Ok(stream) => Ok(Box::pin(LastWords::of(stream))),
        Err(error) => Err(insecure(&error).unwrap_or_else(|| unreachable(error))),
    }
}

/// The failure behind an I/O error that TLS made; `None` where the error is not of TLS.
pub(super) fn insecure(error: &io::Error) -> Option<Failure> {
    let tls = error.get_ref()?.downcast_ref::<rustls::Error>()?;
    let message = match tls {
        rustls::Error::InvalidMessage(_) => {
            "the server does not speak TLS: turn `tls` off, or use its port for TLS".into()
        }
        rustls::Error::AlertReceived(alert) => format!(
            "the server refused our certificate or our TLS ({alert:?}): check `client_cert` and `client_key`"
        ),
        error => format!(
            "the server's certificate or its TLS is refused ({error}): {}",
            remedy(error)
        ),
    };
    Some(Failure::not_sent(Kind::Configuration, message))
}

/// What to do about a server that we refuse.
fn remedy(error: &rustls::Error) -> &'static str {
    use rustls::CertificateError as Wrong;
    let rustls::Error::InvalidCertificate(wrong) = error else {
        return "check the TLS of the server";
    };
    match wrong {
        Wrong::UnknownIssuer | Wrong::BadSignature => {
            "give the authority that signed the certificate as `ca`"
        }
        Wrong::NotValidForName | Wrong::NotValidForNameContext { .. } => {
            "reach the server by a name that the certificate holds, or set `verify` to `ca`"
        }
        Wrong::Expired
        | Wrong::ExpiredContext { .. }
        | Wrong::NotValidYet
        | Wrong::NotValidYetContext { .. } => "renew the certificate, or set the clock right",
        _ => "check the certificate",
    }
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "the shape that `map_err` takes"
)]
fn unreachable(error: io::Error) -> Failure {
    Failure::not_sent(Kind::Unreachable, format!("no connection: {error}"))
}
