use std::fmt;
use std::marker::PhantomData;
use std::num::NonZeroUsize;

use futures_core::Stream;

use super::pages::{Pages, Source};
use super::{Entries, Keys, Operation, Project, Store, VersionedEntries, within};
use crate::backend::{Backend, Context, Cursor, Direction, Item, Projection, TotalOrder, Write};
use crate::error::Result;
use crate::key::{KeyLookup, KeyRange, OnePartition, Reach, StateKey};

/// How many entries a page has unless a query says otherwise.
pub(super) const DEFAULT_PAGE_SIZE: NonZeroUsize = NonZeroUsize::MIN.saturating_add(999);

/// The entries come in the order of their keys.
#[derive(Debug, Clone, Copy)]
pub enum InOrder {}

/// The entries come in any order.
#[derive(Debug, Clone, Copy)]
pub enum Unordered {}

/// What to read of a range or a namespace, and how; nothing is read before one of the last five methods.
///
/// It reads page by page and holds nothing in the store between pages: entries that live throughout
/// come, those that are written or removed meanwhile may come or not. Where a key may come twice (a
/// [`scan`](Store::scan) of a backend that moves keys meanwhile) the backend's documentation says so.
#[must_use = "a query reads nothing until it is collected, streamed, counted, cleared or paged"]
pub struct Query<B, K, O, P = Entries> {
    store: Store<B>,
    source: Result<Source>,
    direction: Direction,
    page_size: NonZeroUsize,
    limit: Option<usize>,
    kind: Kind<K, O, P>,
}

/// The types that a query speaks of and does not hold.
type Kind<K, O, P> = PhantomData<fn() -> (K, O, P)>;

impl<B: Backend> Store<B> {
    /// The entries of a range or prefix within one partition, in the order of their keys: on every backend.
    ///
    /// ```
    /// # use typed_state::{Store, backends::Memory, StateKey};
    /// #[derive(StateKey, Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
    /// #[state(namespace = "reading", value = u64, ordered)]
    /// struct Reading {
    ///     #[state(partition)]
    ///     sensor: String,
    ///     at: u64,
    /// }
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> typed_state::Result<()> {
    /// # let store = Store::new(Memory::new());
    /// store.put(&Reading { sensor: "a".into(), at: 10 }, &1).await?;
    /// store.put(&Reading { sensor: "a".into(), at: 20 }, &2).await?;
    /// let late = store.range(Reading::prefix().sensor("a").at_range(15..)).collect().await?;
    /// assert_eq!(late, [(Reading { sensor: "a".into(), at: 20 }, 2)]);
    /// # Ok(()) }
    /// ```
    pub fn range<K: StateKey, R: OnePartition>(
        &self,
        range: impl Into<KeyRange<K, R>>,
    ) -> Query<B, K, InOrder> {
        Query::new(self, range.into().into_bounds().map(Source::Range))
    }

    /// The entries of a range or prefix over any partitions, in the order of their keys, where the backend
    /// keeps all keys in one order.
    pub fn range_across<K: StateKey, R: Reach>(
        &self,
        range: impl Into<KeyRange<K, R>>,
    ) -> Query<B, K, InOrder>
    where
        B: TotalOrder,
    {
        Query::new(self, range.into().into_bounds().map(Source::Range))
    }

    /// All entries of a key type, in any order: on every backend.
    // `K::Key` is `K`. Of a type that is no key it is no type, so that the calls that follow are no errors of
    // their own.
    pub fn scan<K: KeyLookup>(&self) -> Query<B, K::Key, Unordered> {
        Query::new(self, Ok(Source::Namespace))
    }
}

impl<B: Backend, K: StateKey, P> Query<B, K, InOrder, P> {
    /// From the last key to the first.
    pub fn reverse(mut self) -> Self {
        self.direction = Direction::Reverse;
        self
    }
}

impl<B: Backend, K: StateKey, O> Query<B, K, O> {
    fn new(store: &Store<B>, source: Result<Source>) -> Self {
        Self {
            store: store.clone(),
            source,
            direction: Direction::Forward,
            page_size: DEFAULT_PAGE_SIZE,
            limit: None,
            kind: PhantomData,
        }
    }

    /// Gives keys alone; values are not read.
    pub fn keys(self) -> Query<B, K, O, Keys> {
        self.projected()
    }

    /// Gives each value with its revision and time to live.
    pub fn versioned(self) -> Query<B, K, O, VersionedEntries> {
        self.projected()
    }
}

impl<B: Backend, K: StateKey, O, P> Query<B, K, O, P> {
    pub(crate) fn projected<Q>(self) -> Query<B, K, O, Q> {
        Query {
            store: self.store,
            source: self.source,
            direction: self.direction,
            page_size: self.page_size,
            limit: self.limit,
            kind: PhantomData,
        }
    }

    /// At most this many entries in all.
    pub fn limit(mut self, entries: usize) -> Self {
        self.limit = Some(entries);
        self
    }

    /// This many entries a page: a round trip each. Default: 1,000.
    pub fn page_size(mut self, entries: NonZeroUsize) -> Self {
        self.page_size = entries;
        self
    }

    /// How many entries there are; values are not read.
    ///
    /// Cancellation: nothing is left behind.
    pub fn count(self) -> Operation<'static, u64> {
        let cx = self.store.read_context("count");
        let pages = self.into_pages(cx);
        Box::pin(async move {
            let mut pages = pages?;
            let mut count = 0;
            while let Some(items) = pages.next_items_ahead(Projection::Keys).await? {
                count += items.len() as u64;
            }
            Ok(count)
        })
    }

    /// Removes the entries, page by page, and says how many there were; values are not read.
    ///
    /// Cancellation: a dropped future leaves some of them removed; the same call goes on.
    pub fn clear(self) -> Operation<'static, u64> {
        let cx = self.store.context("clear");
        let pages = self.into_pages(cx);
        Box::pin(async move {
            let mut pages = pages?;
            let mut cleared = 0;
            while let Some(items) = pages.next_items(Projection::Keys).await? {
                let deletes = items
                    .into_iter()
                    .map(|item| Write::Delete { key: item.key })
                    .collect();
                cleared += pages.store.write("clear", deletes).await?;
            }
            Ok(cleared)
        })
    }

    fn into_pages(self, cx: Context) -> Result<Pages<B>> {
        Ok(Pages {
            cx,
            store: self.store,
            namespace: K::NAMESPACE,
            source: self.source.map_err(within(cx.operation))?,
            direction: self.direction,
            page_size: self.page_size,
            left: self.limit,
            cursor: None,
            ended: false,
            ahead: None,
        })
    }
}

impl<B: Backend, K: StateKey, O, P: Project<K>> Query<B, K, O, P> {
    fn read_context(&self) -> Context {
        Self::context_of(&self.store)
    }

    fn context_of(store: &Store<B>) -> Context {
        let cx = store.read_context("range");
        if P::LIFETIMES {
            cx.with_lifetimes()
        } else {
            cx
        }
    }

    /// Everything, in memory.
    ///
    /// Cancellation: nothing is left behind.
    pub fn collect(self) -> Operation<'static, Vec<P::Item>> {
        let cx = self.read_context();
        let pages = self.into_pages(cx);
        Box::pin(async move {
            let mut pages = pages?;
            let mut all = Vec::new();
            while let Some(items) = pages.next_items_ahead(P::PROJECTION).await? {
                all.reserve(items.len());
                for item in &items {
                    all.push(P::project(&pages.store, item).map_err(within("range"))?);
                }
            }
            Ok(all)
        })
    }

    /// A stream, which reads a page when it is asked for more; it ends after an error.
    ///
    /// A timeout of the view counts for each page.
    pub fn stream(self) -> impl Stream<Item = Result<P::Item>> + Send + use<B, K, O, P> {
        struct State<B> {
            pages: Pages<B>,
            items: std::vec::IntoIter<Item>,
        }
        let cx = self.read_context();
        let pages = self.into_pages(cx);
        let state = pages.map(|pages| State {
            pages,
            items: Vec::new().into_iter(),
        });
        futures_util::stream::try_unfold(state, async |state| {
            let mut state = state?;
            loop {
                if let Some(item) = state.items.next() {
                    let item = P::project(&state.pages.store, &item).map_err(within("range"))?;
                    return Ok(Some((item, Ok(state))));
                }
                state.pages.cx = Self::context_of(&state.pages.store);
                match state.pages.next_items(P::PROJECTION).await? {
                    Some(items) => state.items = items.into_iter(),
                    None => return Ok(None),
                }
            }
        })
    }

    /// One page, beginning where `cursor` says, and the cursor of the next; `None` at the end.
    ///
    /// Cancellation: nothing is left behind.
    pub fn page(
        self,
        cursor: Option<Cursor>,
    ) -> Operation<'static, (Vec<P::Item>, Option<Cursor>)> {
        let cx = self.read_context();
        let pages = self.into_pages(cx);
        Box::pin(async move {
            let mut pages = pages?;
            pages.cursor = cursor;
            let Some(items) = pages.next_items(P::PROJECTION).await? else {
                return Ok((Vec::new(), None));
            };
            let items = items
                .iter()
                .map(|item| P::project(&pages.store, item))
                .collect::<Result<_>>();
            Ok((items.map_err(within("range"))?, pages.cursor))
        })
    }
}

impl<B: fmt::Debug, K: StateKey, O, P> fmt::Debug for Query<B, K, O, P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Query")
            .field("namespace", &K::NAMESPACE)
            .field("source", &self.source)
            .field("direction", &self.direction)
            .field("limit", &self.limit)
            .finish_non_exhaustive()
    }
}
