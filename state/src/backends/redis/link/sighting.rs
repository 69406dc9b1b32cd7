use std::time::Duration;

use futures_util::stream::{FuturesUnordered, StreamExt as _};
use tokio::time::timeout;

use super::address::Address;
use super::failure::{Failure, Kind};
use super::topology::Topology;

/// How long one server has before another is asked as well.
const STAGGER: Duration = Duration::from_millis(200);

/// What one server says about all.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Sighting {
    pub(super) topology: Topology,
    /// Grows with every failover: what is older was said by a server that has not heard of one.
    pub(super) epoch: u64,
    /// Others that could be asked.
    pub(super) peers: Vec<Address>,
}

/// The first answer that is not older than `epoch`; where there is none, the newest.
pub(super) async fn first_of<A>(
    mut asks: impl Iterator<Item = A>,
    epoch: u64,
) -> Result<Sighting, Failure>
where
    A: Future<Output = Result<Sighting, Failure>>,
{
    let mut asked = FuturesUnordered::new();
    let mut best: Option<Sighting> = None;
    let mut failure: Option<Failure> = None;
    loop {
        let patience = match asks.next() {
            Some(ask) => {
                asked.push(ask);
                STAGGER
            }
            None => Duration::MAX,
        };
        match timeout(patience, asked.next()).await {
            Ok(Some(Ok(seen))) if seen.epoch >= epoch => return Ok(seen),
            Ok(Some(Ok(seen))) if best.as_ref().is_none_or(|best| best.epoch < seen.epoch) => {
                best = Some(seen);
            }
            Ok(Some(Err(other))) if failure.as_ref().is_none_or(|it| other.tells_more_than(it)) => {
                failure = Some(other);
            }
            Ok(None) => return best.ok_or_else(|| failure.unwrap_or_else(nobody)),
            Ok(Some(_)) | Err(_) => {}
        }
    }
}

fn nobody() -> Failure {
    Failure::not_sent(Kind::Unreachable, "no server is known")
}

#[cfg(test)]
mod tests {
    use futures_util::future::{BoxFuture, pending, ready};

    use super::*;

    fn seen(epoch: u64) -> Sighting {
        Sighting {
            topology: Topology::single(Address::tcp("n", 1), Vec::new()),
            epoch,
            peers: Vec::new(),
        }
    }

    type Ask = BoxFuture<'static, Result<Sighting, Failure>>;

    fn fails(kind: Kind) -> Ask {
        Box::pin(ready(Err(Failure::not_sent(kind, "no"))))
    }

    #[tokio::test(start_paused = true)]
    async fn one_that_is_silent_or_behind_is_passed_over() {
        let asks: Vec<Ask> = vec![
            Box::pin(pending()),
            fails(Kind::Unreachable),
            Box::pin(ready(Ok(seen(3)))),
            Box::pin(ready(Ok(seen(5)))),
        ];
        assert_eq!(first_of(asks.into_iter(), 5).await, Ok(seen(5)));
    }

    #[tokio::test(start_paused = true)]
    async fn where_all_are_behind_the_newest_counts() {
        let asks: Vec<Ask> = vec![
            Box::pin(ready(Ok(seen(1)))),
            Box::pin(ready(Ok(seen(2)))),
            Box::pin(ready(Ok(seen(1)))),
        ];
        assert_eq!(first_of(asks.into_iter(), 5).await, Ok(seen(2)));
    }

    #[tokio::test(start_paused = true)]
    async fn the_failure_that_tells_most_is_told() {
        let asks = [Kind::Unreachable, Kind::Configuration, Kind::Unreachable].map(fails);
        let failure = first_of(asks.into_iter(), 0).await.unwrap_err();
        assert_eq!(failure.kind, Kind::Configuration);
        let asks = [Kind::Unreachable, Kind::Timeout].map(fails);
        let failure = first_of(asks.into_iter(), 0).await.unwrap_err();
        assert_eq!(failure.kind, Kind::Unreachable);
        let none = first_of(Vec::<Ask>::new().into_iter(), 0)
            .await
            .unwrap_err();
        assert_eq!(none.kind, Kind::Unreachable);
    }
}
