use std::fmt;
use std::marker::PhantomData;
use std::num::NonZeroUsize;
use std::sync::Arc;

use futures_core::Stream;

use super::query::DEFAULT_PAGE_SIZE;
use super::{Entries, Filter, Keys, Operation, ProjectMatch, Store, within};
use crate::backend::{
    Backend, Context, Cursor, Find, Found, Metadata, MetadataItem, Predicate, Projection,
};
use crate::error::Result;
use crate::key::StateKey;

/// The entries whose metadata matches a filter, in the order of their keys' bytes; nothing is read before one of the last four
/// methods.
///
/// It reads page by page and holds nothing in the store between pages: entries that match throughout come once, those that
/// are written or removed meanwhile may come or not.
#[must_use = "a search reads nothing until it is collected, streamed, counted or paged"]
pub struct Matches<B, K, M, P = Entries> {
    store: Store<B>,
    predicate: Result<Arc<Predicate>>,
    page_size: NonZeroUsize,
    limit: Option<usize>,
    read: ReadPage<B>,
    kind: Kind<K, M, P>,
}

/// How a backend of [`Metadata`] reads a page. The search holds it, so that what is wrong with another backend is said once,
/// where the search begins.
type ReadPage<B> = for<'a> fn(&'a B, &'a Context, Find) -> Operation<'a, Found>;

/// The types that a search speaks of and does not hold.
type Kind<K, M, P> = PhantomData<fn() -> (K, M, P)>;

impl<B: Backend, K: StateKey, M> Matches<B, K, M> {
    pub(super) fn new(store: &Store<B>, filter: Filter) -> Self
    where
        B: Metadata,
    {
        Self {
            store: store.clone(),
            predicate: filter.into_predicate().map(Arc::new),
            page_size: DEFAULT_PAGE_SIZE,
            limit: None,
            read: |backend, cx, find| Box::pin(backend.find(cx, find)),
            kind: PhantomData,
        }
    }

    /// Gives keys alone; values and metadata are not read.
    pub fn keys(self) -> Matches<B, K, M, Keys> {
        Matches {
            store: self.store,
            predicate: self.predicate,
            page_size: self.page_size,
            limit: self.limit,
            read: self.read,
            kind: PhantomData,
        }
    }
}

impl<B: Backend, K: StateKey, M: 'static, P: ProjectMatch<K, M>> Matches<B, K, M, P> {
    /// At most this many entries in all.
    pub fn limit(mut self, entries: usize) -> Self {
        self.limit = Some(entries);
        self
    }

    /// This many entries a page. Default: 1,000.
    pub fn page_size(mut self, entries: NonZeroUsize) -> Self {
        self.page_size = entries;
        self
    }

    /// Everything, in memory.
    ///
    /// Cancellation: nothing is left behind.
    pub fn collect(self) -> Operation<'static, Vec<P::Item>> {
        Box::pin(async move {
            let cx = self.store.read_context("find");
            let mut pages = self.into_pages()?;
            let mut all = Vec::new();
            while let Some(items) = pages.next_items(&cx, P::PROJECTION).await? {
                all.reserve(items.len());
                for item in &items {
                    all.push(pages.project::<K, M, P>(item)?);
                }
            }
            Ok(all)
        })
    }

    /// How many entries there are; values and metadata are not read.
    ///
    /// Cancellation: nothing is left behind.
    pub fn count(self) -> Operation<'static, u64> {
        Box::pin(async move {
            let cx = self.store.read_context("find");
            let mut pages = self.into_pages()?;
            let mut count = 0;
            while let Some(items) = pages.next_items(&cx, Projection::Keys).await? {
                count += items.len() as u64;
            }
            Ok(count)
        })
    }

    /// A stream, which reads a page when it is asked for more; it ends after an error.
    ///
    /// A timeout of the view counts for each page.
    pub fn stream(self) -> impl Stream<Item = Result<P::Item>> + Send + use<B, K, M, P> {
        let state = self
            .into_pages()
            .map(|pages| (pages, Vec::new().into_iter()));
        futures_util::stream::try_unfold(state, async |state| {
            let (mut pages, mut items) = state?;
            loop {
                if let Some(item) = items.next() {
                    let item = pages.project::<K, M, P>(&item)?;
                    return Ok(Some((item, Ok((pages, items)))));
                }
                let cx = pages.store.read_context("find");
                match pages.next_items(&cx, P::PROJECTION).await? {
                    Some(more) => items = more.into_iter(),
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
        Box::pin(async move {
            let cx = self.store.read_context("find");
            let mut pages = self.into_pages()?;
            pages.cursor = cursor;
            let Some(items) = pages.next_items(&cx, P::PROJECTION).await? else {
                return Ok((Vec::new(), None));
            };
            let items = items.iter().map(|item| pages.project::<K, M, P>(item));
            let items = items.collect::<Result<_>>()?;
            Ok((items, pages.cursor))
        })
    }

    fn into_pages(self) -> Result<Pages<B>> {
        Ok(Pages {
            store: self.store,
            namespace: K::NAMESPACE,
            predicate: self.predicate.map_err(within("find"))?,
            page_size: self.page_size,
            left: self.limit,
            read: self.read,
            cursor: None,
            ended: false,
        })
    }
}

impl<B: fmt::Debug, K: StateKey, M, P> fmt::Debug for Matches<B, K, M, P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Matches")
            .field("namespace", &K::NAMESPACE)
            .field("predicate", &self.predicate)
            .field("limit", &self.limit)
            .finish_non_exhaustive()
    }
}

/// Reads page after page.
struct Pages<B> {
    store: Store<B>,
    namespace: &'static str,
    predicate: Arc<Predicate>,
    page_size: NonZeroUsize,
    /// How many entries may still come.
    left: Option<usize>,
    read: ReadPage<B>,
    cursor: Option<Cursor>,
    ended: bool,
}

impl<B: Backend> Pages<B> {
    /// The next items, never none of them; `None` at the end.
    async fn next_items(
        &mut self,
        cx: &Context,
        projection: Projection,
    ) -> Result<Option<Vec<MetadataItem>>> {
        while !self.ended {
            let most = self.left.unwrap_or(usize::MAX).min(self.page_size.get());
            let Some(limit) = NonZeroUsize::new(most) else {
                break;
            };
            let find = Find {
                namespace: self.namespace.to_owned(),
                predicate: Arc::clone(&self.predicate),
                projection,
                limit,
                cursor: self.cursor.take(),
            };
            let found = (self.read)(self.store.backend(), cx, find).await;
            let mut found = found.map_err(within("find"))?;
            self.ended = found.next.is_none();
            self.cursor = found.next;
            found.items.truncate(most);
            if let Some(left) = &mut self.left {
                *left -= found.items.len();
            }
            if !found.items.is_empty() {
                return Ok(Some(found.items));
            }
        }
        Ok(None)
    }

    fn project<K, M, P: ProjectMatch<K, M>>(&self, item: &MetadataItem) -> Result<P::Item> {
        P::project(&self.store, item).map_err(within("find"))
    }
}
