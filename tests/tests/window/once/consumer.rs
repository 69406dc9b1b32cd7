//! Who takes what comes out: he reads again what he has not acknowledged, and acknowledges again.

use std::time::Duration;

use rand::Rng as _;
use rand::rngs::StdRng;
use tokio::sync::watch;
use tokio::time::timeout;
use typed_state::backend::Backend;
use typed_state::window::Windowing;
use typed_state_tests::Inputs;

use super::hostile::patient;
use super::seen::{Opened, Out};

/// Reads and acknowledges until he is told how many emissions there are and has all of them.
pub(crate) async fn consume<B: Backend, W: Windowing<Inputs>>(
    windows: Opened<B, W>,
    mut random: StdRng,
    ends: watch::Receiver<Option<u64>>,
) -> Out {
    let outbox = windows.outbox();
    let mut out = Out::new();
    loop {
        let end = *ends.borrow();
        let limit = random.random_range(1..60);
        let deliveries = patient(|| outbox.read(limit)).await;
        for delivery in &deliveries {
            let place = (delivery.shard, delivery.number);
            let before = out.insert(place, delivery.emission.clone());
            let same = before.is_none_or(|before| before == delivery.emission);
            assert!(same, "another emission has the number {place:?}");
        }
        if deliveries.is_empty() && end.is_some() {
            assert_eq!(end, Some(out.len() as u64), "emissions");
            return out;
        }
        match random.random_range(0..4) {
            0 => {}
            1 => {
                let patience = Duration::from_micros(random.random_range(0..20_000));
                // Whether it is done is seen by who reads next.
                drop(timeout(patience, outbox.acknowledge(&deliveries)).await);
            }
            _ => {
                let some = &deliveries[..random.random_range(0..=deliveries.len())];
                patient(|| outbox.acknowledge(some)).await;
            }
        }
        tokio::time::sleep(Duration::from_micros(random.random_range(0..3_000))).await;
    }
}
