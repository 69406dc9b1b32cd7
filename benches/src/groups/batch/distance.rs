use std::io::{Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use crate::Result;

const CHUNK: usize = 64 << 10;

/// Where a server is reached that is so far away: what passes comes so much later, in order and as much at once as came.
/// It lasts as long as the process.
pub(super) fn away(server: SocketAddr, by: Duration) -> Result<SocketAddr> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let address = listener.local_addr()?;
    thread::spawn(move || {
        for near in listener.incoming() {
            let linked = near.and_then(|near| link(near, server, by));
            if let Err(error) = linked {
                eprintln!("the way to {server} broke: {error}");
            }
        }
    });
    Ok(address)
}

fn link(near: TcpStream, server: SocketAddr, by: Duration) -> std::io::Result<()> {
    let far = TcpStream::connect(server)?;
    near.set_nodelay(true)?;
    far.set_nodelay(true)?;
    pass(near.try_clone()?, far.try_clone()?, by);
    pass(far, near, by);
    Ok(())
}

/// Passes on what comes, until it ends.
fn pass(mut from: TcpStream, mut to: TcpStream, by: Duration) {
    let (sender, passing) = mpsc::channel::<(Instant, Vec<u8>)>();
    thread::spawn(move || {
        let mut bytes = vec![0; CHUNK];
        while let Ok(count @ 1..) = from.read(&mut bytes) {
            let came = bytes.get(..count).unwrap_or_default().to_vec();
            if sender.send((Instant::now() + by, came)).is_err() {
                return;
            }
        }
    });
    thread::spawn(move || {
        for (due, bytes) in passing {
            thread::sleep(due.saturating_duration_since(Instant::now()));
            if to.write_all(&bytes).is_err() {
                break;
            }
        }
        // The other end may be gone already.
        let _ = to.shutdown(Shutdown::Both);
    });
}
