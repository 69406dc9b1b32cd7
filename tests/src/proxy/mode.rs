use std::time::Duration;

use tokio::sync::watch::{Receiver, error::RecvError};
use tokio::time::{Instant, sleep_until};

/// What a [`Proxy`](super::Proxy) does with what passes through it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Mode {
    /// It passes.
    #[default]
    Pass,
    /// It passes so much later, requests and answers alike, in order and as many at once as come. Connecting is not
    /// slower.
    Delay(Duration),
    /// It is taken and kept: it passes when the mode changes, and so does the end of a connection.
    Stall,
    /// Requests pass, and answers are lost. What is half lost makes no sense later: [cut](super::Proxy::cut) the
    /// connections before answers pass again.
    DropAnswers,
    /// It passes through open connections, and new ones are refused.
    Refuse,
}

/// Which way bytes go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    Request,
    Answer,
}

impl Mode {
    pub(super) const fn refuses(self) -> bool {
        matches!(self, Self::Refuse)
    }
}

/// Waits until what has come at a moment may pass; whether it does.
pub(super) async fn passes(
    mode: &mut Receiver<Mode>,
    way: Way,
    came: Instant,
) -> Result<bool, RecvError> {
    loop {
        let now = *mode.borrow_and_update();
        match now {
            Mode::Pass | Mode::Refuse => return Ok(true),
            Mode::DropAnswers => return Ok(way == Way::Request),
            Mode::Stall => mode.changed().await?,
            Mode::Delay(by) => tokio::select! {
                () = sleep_until(came + by) => return Ok(true),
                changed = mode.changed() => changed?,
            },
        }
    }
}
