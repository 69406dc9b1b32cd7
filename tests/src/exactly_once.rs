use std::collections::HashMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use typed_state::backend::Backend;
use typed_state::testing::TestResult;
use typed_state::{Counter, Error, ErrorKind, Result, StateKey, StateValue, Store};

/// A number that all clients add to.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, StateKey)]
#[state(namespace = "once.sum", value = Counter)]
struct Sum;

/// What all clients append to.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, StateKey)]
#[state(namespace = "once.chain", value = Chain)]
struct Links;

/// What the first client takes, and another may take from it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, StateKey)]
#[state(namespace = "once.seat", value = u64)]
struct Seat {
    #[state(partition)]
    row: u64,
}

/// Everything that was ever appended.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, StateValue)]
#[state(name = "chain")]
struct Chain(Vec<u64>);

/// What a client was told of what it did.
#[derive(Debug, Default)]
struct Told {
    /// Additions that were acknowledged, and of which it does not know.
    added: (i64, i64),
    appended: HashMap<u64, Fate>,
    seats: HashMap<u64, Fate>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    Applied,
    Unknown,
    Nothing,
}

/// How many clients there are.
const CLIENTS: u64 = 4;

/// Lets clients race for so many rounds, and compares what they were told with what is there: what was acknowledged is there once, what was refused is
/// not there, and only what was of unknown outcome may be either. Gives how many outcomes were unknown.
///
/// `calm` ends the faults, or waits until no request is on its way any more.
///
/// # Errors
/// What was not as it must be.
///
/// Cancellation: the clients may go on.
pub async fn exactly_once<B: Backend>(
    store: &Store<B>,
    rounds: u64,
    calm: impl Future<Output = ()> + Send,
) -> TestResult<usize> {
    let clients: Vec<_> = (0..CLIENTS)
        .map(|client| tokio::spawn(run(store.clone(), client, rounds)))
        .collect();
    let mut told = Vec::new();
    for client in clients {
        told.push(client.await??);
    }
    calm.await;
    audit(store, rounds, &told).await
}

async fn run<B: Backend>(store: Store<B>, client: u64, rounds: u64) -> Result<Told> {
    let mut told = Told::default();
    for round in 0..rounds {
        let id = client * rounds + round;
        match fate(store.counter(&Sum)?.add(1).await)? {
            Fate::Applied => told.added.0 += 1,
            Fate::Unknown => told.added.1 += 1,
            Fate::Nothing => {}
        }
        told.appended.insert(id, append(&store, id).await?);
        told.seats
            .insert(id, inserted(store.insert(&Seat { row: round }, &id).await)?);
    }
    Ok(told)
}

/// Appends an id to what is there now.
async fn append<B: Backend>(store: &Store<B>, id: u64) -> Result<Fate> {
    let Ok(found) = store.get_versioned(&Links).await else {
        return Ok(Fate::Nothing);
    };
    match found {
        Some(found) => {
            let mut chain = found.value;
            chain.0.push(id);
            fate(store.replace(&Links, found.revision, &chain).await)
        }
        None => inserted(store.insert(&Links, &Chain(vec![id])).await),
    }
}

fn inserted(answer: Result<bool>) -> Result<Fate> {
    match answer {
        Ok(false) => Ok(Fate::Nothing),
        answer => fate(answer),
    }
}

fn fate<T>(answer: Result<T>) -> Result<Fate> {
    match answer {
        Ok(_) => Ok(Fate::Applied),
        Err(error) => match error.kind() {
            ErrorKind::OutcomeUnknown => Ok(Fate::Unknown),
            ErrorKind::Conflict => Ok(Fate::Nothing),
            _ if error.is_retryable() => Ok(Fate::Nothing),
            _ => Err(error),
        },
    }
}

async fn audit<B: Backend>(store: &Store<B>, rounds: u64, told: &[Told]) -> TestResult<usize> {
    let (added, unknown) = told.iter().fold((0, 0), |(added, unknown), told| {
        (added + told.added.0, unknown + told.added.1)
    });
    let counter = store.counter(&Sum)?;
    let sum = patient(|| counter.get()).await?;
    if !(added..=added + unknown).contains(&sum) {
        return Err(format!("{sum} counted, {added} acknowledged, {unknown} unknown").into());
    }
    let chain = patient(|| store.get(&Links)).await?;
    let chain = chain.unwrap_or_default().0;
    let mut unknowns = usize::try_from(unknown)?;
    for (&id, &fate) in told.iter().flat_map(|told| &told.appended) {
        let times = chain.iter().filter(|&&other| other == id).count();
        agree("appended", id, fate, times)?;
        unknowns += usize::from(fate == Fate::Unknown);
    }
    let mut sitting = Vec::new();
    for row in 0..rounds {
        let seat = Seat { row };
        sitting.extend(patient(|| store.get(&seat)).await?);
    }
    for (&id, &fate) in told.iter().flat_map(|told| &told.seats) {
        let times = sitting.iter().filter(|&&other| other == id).count();
        agree("inserted", id, fate, times)?;
        unknowns += usize::from(fate == Fate::Unknown);
    }
    Ok(unknowns)
}

fn agree(what: &str, id: u64, fate: Fate, times: usize) -> TestResult {
    let right = match fate {
        Fate::Applied => times == 1,
        Fate::Unknown => times <= 1,
        Fate::Nothing => times == 0,
    };
    if right {
        return Ok(());
    }
    Err(format!("{id} was told {fate:?} and is {what} {times} times").into())
}

/// Reads while there are still faults.
async fn patient<T, F>(mut read: impl FnMut() -> F + Send) -> Result<T, Error>
where
    F: Future<Output = Result<T>> + Send,
    T: Send,
{
    let mut tries = 0;
    loop {
        match read().await {
            Err(error) if error.is_retryable() && tries < 200 => tries += 1,
            answer => return answer,
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}
