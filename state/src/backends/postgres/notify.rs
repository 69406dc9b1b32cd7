//! Hearing of changes through `LISTEN` and `NOTIFY`.
//!
//! A statement that changes entries sends their keys to the channel of the store, which the server delivers when the
//! statement commits, where the request asks for that. One connection of its own listens at the primary.

use std::sync::Arc;

use tokio::time::sleep;

use super::Postgres;
use super::link::Link;
use crate::backend::{Context, Notify, Watch};
use crate::backends::listener::{AGAIN_AFTER, Ear};
use crate::error::{Error, ErrorKind, Result};

impl Notify for Postgres {
    async fn watch(&self, cx: &Context) -> Result<Watch> {
        cx.check()?;
        if !self.link.keeps_sessions() {
            return Err(Error::new(
                ErrorKind::Unsupported,
                "changes are heard of over a session of its own, which a pooler in transaction mode does not give: \
                 connect to the server itself, with `statement_cache` on",
            ));
        }
        let deadline = self.link.deadline(cx);
        let (link, channel) = (Arc::clone(&self.link), self.names.channel());
        let listen = |ear| tokio::spawn(listen(ear, link, channel));
        self.listener.watch(deadline, listen).await
    }
}

async fn listen(ear: Ear, link: Arc<Link>, channel: String) {
    let mut tries = 0;
    loop {
        match link.subscribe(&channel, tries).await {
            Ok(mut subscription) => {
                ear.hears();
                tries = 0;
                while let Some(payload) = subscription.next().await {
                    if let Some(key) = from_hex(&payload) {
                        ear.heard(&key);
                    }
                }
                ear.is_deaf();
                tracing::warn!("changes in PostgreSQL are not heard of for now");
            }
            Err(failure) if tries == 0 => {
                tracing::warn!(%failure, "PostgreSQL cannot be listened to");
                tries += 1;
            }
            Err(_) => tries += 1,
        }
        sleep(AGAIN_AFTER).await;
    }
}

/// The bytes that a text of hexadecimal digits stands for; `None` where it is none.
fn from_hex(text: &str) -> Option<Vec<u8>> {
    let (pairs, rest) = text.as_bytes().as_chunks::<2>();
    if !rest.is_empty() {
        return None;
    }
    let digit = |byte: u8| char::from(byte).to_digit(16);
    let byte = |[high, low]: &[u8; 2]| u8::try_from(digit(*high)? * 16 + digit(*low)?).ok();
    pairs.iter().map(byte).collect()
}

#[cfg(test)]
mod tests {
    use super::from_hex;

    #[test]
    fn hexadecimal_digits_are_bytes() {
        assert_eq!(from_hex("00ff7aA0"), Some(vec![0, 255, 0x7A, 0xA0]));
        assert_eq!(from_hex(""), Some(Vec::new()));
        for wrong in ["0", "0g", "é0", "00 "] {
            assert_eq!(from_hex(wrong), None, "{wrong}");
        }
    }
}
