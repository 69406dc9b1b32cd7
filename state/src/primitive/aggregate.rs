use std::fmt;

use crate::backend::{Backend, Ttl};
use crate::codec::{CodecError, Compression, Format};
use crate::key::{KeyLookup, StateKey};
use crate::store::{Operation, Store, ValueOf};
use crate::value::StateValue;

/// How inputs are folded into a small state, and what that state says.
pub trait Aggregate: Send + Sync + 'static {
    /// What is added.
    type Input;
    /// What is stored.
    type Accumulator: StateValue;
    /// What is read.
    type Output;

    /// The state before the first input.
    fn empty() -> Self::Accumulator;

    /// Adds an input.
    fn add(accumulator: &mut Self::Accumulator, input: &Self::Input);

    /// What the state says.
    fn output(accumulator: &Self::Accumulator) -> Self::Output;
}

/// An aggregate whose states can be merged: `merge(a, b)` is the state of all inputs of both.
#[diagnostic::on_unimplemented(
    message = "the states of the aggregate `{Self}` cannot be merged",
    label = "not mergeable",
    note = "implement `typed_state::primitive::Merge` for it"
)]
pub trait Merge: Aggregate {
    /// Adds all that `other` has seen.
    fn merge(accumulator: &mut Self::Accumulator, other: &Self::Accumulator);
}

/// What a key type with `value = Aggregated<A>` has under each key: the state of an aggregate, merged
/// on write.
pub struct Aggregated<A: Aggregate>(A::Accumulator);

/// That the values of a key type `K` are an [`Aggregated`], for [`Store::aggregate`].
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an `Aggregated`",
    label = "the value of this key type is `{Self}`",
    note = "write `value = Aggregated<A>` in the `#[state(…)]` of the key type, or use `store.get(&key)`"
)]
pub trait IsAggregate<K> {
    /// `K`. Of another value it is no type, so that the calls that follow are no errors of their own.
    type Key;
}

impl<K, A: Aggregate> IsAggregate<K> for Aggregated<A> {
    type Key = K;
}

/// The aggregate under one key.
#[derive(Debug)]
#[must_use]
pub struct AggregateHandle<'k, B, Q> {
    store: Store<B>,
    key: &'k Q,
}

impl<B: Backend> Store<B> {
    /// The aggregate under `key`, whose type has `value = Aggregated<A>`.
    pub fn aggregate<'k, Q>(
        &self,
        key: &'k Q,
    ) -> AggregateHandle<'k, B, <ValueOf<Q> as IsAggregate<Q>>::Key>
    where
        Q: KeyLookup,
        ValueOf<Q>: IsAggregate<Q, Key = Q>,
    {
        AggregateHandle {
            store: self.clone(),
            key,
        }
    }
}

impl<B, Q, A> AggregateHandle<'_, B, Q>
where
    B: Backend,
    Q: KeyLookup,
    Q::Key: StateKey<Value = Aggregated<A>>,
    A: Aggregate,
{
    /// Adds inputs in one write and gives what the state says then; of concurrent additions none is lost.
    ///
    /// Cancellation: a dropped future leaves all added or none.
    pub fn add<'s, 'i: 's, I>(&'s self, inputs: I) -> Operation<'s, A::Output>
    where
        A::Input: 'i,
        I: IntoIterator<Item = &'i A::Input, IntoIter: Clone + Send + Sync + 's>,
    {
        let inputs = inputs.into_iter();
        self.change(move |state| inputs.clone().for_each(|input| A::add(state, input)))
    }

    /// Adds all that another state has seen, and gives what the state says then.
    ///
    /// Cancellation: a dropped future leaves all added or nothing.
    pub fn merge<'s>(&'s self, other: &'s A::Accumulator) -> Operation<'s, A::Output>
    where
        A: Merge,
    {
        self.change(move |state| A::merge(state, other))
    }

    /// What the state says; `None` where nothing was ever added, or it expired.
    ///
    /// Cancellation: nothing is left behind.
    pub fn get(&self) -> Operation<'_, Option<A::Output>> {
        Box::pin(async move {
            Ok(self
                .store
                .get(self.key)
                .await?
                .map(|state| A::output(&state.0)))
        })
    }

    /// Forgets all that was added, and says whether there was something.
    ///
    /// Cancellation: a dropped future leaves it forgotten or not.
    pub fn reset(&self) -> Operation<'_, bool> {
        self.store.delete(self.key)
    }

    fn change<'s>(
        &'s self,
        change: impl Fn(&mut A::Accumulator) + Send + Sync + 's,
    ) -> Operation<'s, A::Output> {
        let after = self.store.update(self.key, move |state| {
            let mut state = state.unwrap_or_else(|| Aggregated(A::empty()));
            change(&mut state.0);
            Some(state)
        });
        Box::pin(async move {
            Ok(A::output(
                &after.await?.map_or_else(A::empty, |state| state.0),
            ))
        })
    }
}

impl<A: Aggregate> Aggregated<A> {
    /// The state of the aggregate.
    pub const fn accumulator(&self) -> &A::Accumulator {
        &self.0
    }

    /// What the state says.
    pub fn output(&self) -> A::Output {
        A::output(&self.0)
    }
}

impl<A: Aggregate> StateValue for Aggregated<A> {
    const NAME: &'static str = A::Accumulator::NAME;
    const VERSION: u32 = A::Accumulator::VERSION;
    const FORMAT: Format = A::Accumulator::FORMAT;
    const COMPRESSION: Compression = A::Accumulator::COMPRESSION;
    const TTL: Option<Ttl> = A::Accumulator::TTL;
    const MAX_SIZE: Option<usize> = A::Accumulator::MAX_SIZE;

    fn encode_payload(&self, out: &mut Vec<u8>) -> Result<(), CodecError> {
        self.0.encode_payload(out)
    }

    fn decode_payload(version: u32, format: Format, payload: &[u8]) -> Result<Self, CodecError> {
        A::Accumulator::decode_payload(version, format, payload).map(Self)
    }
}

impl<A: Aggregate<Accumulator: fmt::Debug>> fmt::Debug for Aggregated<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Aggregated").field(&self.0).finish()
    }
}
