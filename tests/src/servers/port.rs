use std::net::{Ipv4Addr, SocketAddr, TcpListener, UdpSocket};
use std::process;
use std::sync::atomic::{AtomicU16, Ordering};

use typed_state::testing::TestResult;

/// Below the ports that the system gives to outgoing connections, so that a dead server's port stays free for it.
/// A cluster's nodes talk on the port 10 000 higher, which is below them as well.
const FIRST: u16 = 11_000;
const COUNT: u16 = 10_000;
const BUS: u16 = 10_000;

static NEXT: AtomicU16 = AtomicU16::new(0);

/// A TCP port of this machine that is nobody else's until it is dropped: test processes that run at once hold
/// the UDP port of the same number against each other.
#[derive(Debug)]
pub(crate) struct Port {
    number: u16,
    _held: UdpSocket,
}

impl Port {
    /// A port that was free a moment ago, as was the one of the cluster bus. Programs that know nothing of
    /// reservations may still take it first.
    pub(crate) fn reserve() -> TestResult<Self> {
        // Each process begins elsewhere.
        let spread = u16::try_from(process::id() % u32::from(COUNT))?.wrapping_mul(61);
        for _ in 0..COUNT {
            let next = NEXT.fetch_add(1, Ordering::Relaxed).wrapping_add(spread);
            let number = FIRST + next % COUNT;
            let Ok(held) = UdpSocket::bind((Ipv4Addr::LOCALHOST, number)) else {
                continue;
            };
            if is_free(number) && is_free(number + BUS) {
                return Ok(Self {
                    number,
                    _held: held,
                });
            }
        }
        Err(format!("no port from {FIRST} on is free in {COUNT}").into())
    }

    pub(crate) const fn number(&self) -> u16 {
        self.number
    }

    pub(crate) fn address(&self) -> SocketAddr {
        (Ipv4Addr::LOCALHOST, self.number).into()
    }
}

fn is_free(port: u16) -> bool {
    TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok()
}
