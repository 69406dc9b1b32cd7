use std::num::NonZeroUsize;
use std::ops::RangeBounds;

use super::assign::Windowing;
use super::batch::encoded;
use super::contents::Contents;
use super::emission::read_key;
use super::names::Names;
use super::span::Window;
use super::windows::Windows;
use crate::backend::{Backend, Item};
use crate::clock::Timestamp;
use crate::error::{Error, ErrorKind, Result};
use crate::key::KeyField;
use crate::primitive::Aggregate;
use crate::store::Operation;
use crate::value::StateValue;

/// How many entries a page has.
const PAGE: NonZeroUsize = NonZeroUsize::MIN.saturating_add(999);

/// A window that is kept, and what it says now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenWindow<K, O> {
    /// Of which key.
    pub key: K,
    /// Of which span of time.
    pub window: Window,
    /// What it says now.
    pub output: O,
}

/// Windows of one key, or of all keys of one shard.
struct Reading<'a> {
    shard: usize,
    user_key: &'a [u8],
}

impl<B, K, A, W> Windows<B, K, A, W>
where
    B: Backend,
    K: KeyField + Clone,
    A: Aggregate<Input: Send + Sync, Output: StateValue>,
    W: Windowing<A>,
{
    /// The windows of a key that are kept and contain a moment, and what each says now. Windows that are over are not kept: their results
    /// came out.
    ///
    /// Writers are not hindered; what one commit changes is seen whole, window by window.
    ///
    /// Cancellation: nothing is left behind.
    pub fn get<'a>(
        &'a self,
        key: &'a K,
        time: Timestamp,
    ) -> Operation<'a, Vec<OpenWindow<K, A::Output>>> {
        Box::pin(async move {
            let mut windows = self.of_key(key).await?;
            windows.retain(|open| open.window.contains(time));
            Ok(windows)
        })
    }

    /// All windows of a key that are kept, by their time.
    ///
    /// Cancellation: nothing is left behind.
    pub fn of_key<'a>(&'a self, key: &'a K) -> Operation<'a, Vec<OpenWindow<K, A::Output>>> {
        Box::pin(async move {
            let user_key = encoded(key);
            let reading = Reading {
                shard: self.shard_of(&user_key),
                user_key: &user_key,
            };
            let mut windows = Vec::new();
            self.read(&reading, |open| windows.push(open)).await?;
            Ok(windows)
        })
    }

    /// The windows of all keys that are kept and have a moment of the range: in any order.
    ///
    /// Cancellation: nothing is left behind.
    pub fn between(
        &self,
        times: impl RangeBounds<Timestamp> + Send,
    ) -> Operation<'_, Vec<OpenWindow<K, A::Output>>> {
        let start = match times.start_bound() {
            std::ops::Bound::Included(time) => time.as_millis(),
            std::ops::Bound::Excluded(time) => time.as_millis().saturating_add(1),
            std::ops::Bound::Unbounded => i64::MIN,
        };
        let end = match times.end_bound() {
            std::ops::Bound::Included(time) => time.as_millis().saturating_add(1),
            std::ops::Bound::Excluded(time) => time.as_millis(),
            std::ops::Bound::Unbounded => i64::MAX,
        };
        let range = Window::new(start, end);
        Box::pin(async move {
            let mut windows = Vec::new();
            for shard in 0..self.definition.shards.get() {
                let reading = Reading {
                    shard: usize::try_from(shard).unwrap_or(usize::MAX),
                    user_key: &[],
                };
                let taken = |open: OpenWindow<K, A::Output>| {
                    if open.window.overlaps(&range) {
                        windows.push(open);
                    }
                };
                self.read(&reading, taken).await?;
            }
            Ok(windows)
        })
    }

    async fn read(
        &self,
        reading: &Reading<'_>,
        take: impl FnMut(OpenWindow<K, A::Output>) + Send,
    ) -> Result<()> {
        let read = self.read_pages(reading, take).await;
        read.map_err(|error| error.in_operation("windows"))
    }

    async fn read_pages(
        &self,
        reading: &Reading<'_>,
        mut take: impl FnMut(OpenWindow<K, A::Output>) + Send,
    ) -> Result<()> {
        let store = &self.definition.store;
        let shard = u32::try_from(reading.shard).unwrap_or(u32::MAX);
        let names = Names::of(&self.definition.name, shard);
        let mut cursor = None;
        loop {
            let range = names.panes(reading.user_key, PAGE, cursor);
            let page = store
                .backend()
                .range(&store.context("windows"), range)
                .await?;
            for item in &page.items {
                self.show(&names, item)?.for_each(&mut take);
            }
            cursor = page.next;
            if cursor.is_none() {
                return Ok(());
            }
        }
    }

    /// The windows in an entry.
    fn show(
        &self,
        names: &Names,
        item: &Item,
    ) -> Result<impl Iterator<Item = OpenWindow<K, A::Output>>> {
        let (user_key, _) = names.read_pane(item.key.as_bytes())?;
        let key = read_key::<K>(user_key).ok_or_else(|| {
            let wrong = "the key of a stored window is not one of the type that it is read as";
            Error::new(ErrorKind::Corrupt, wrong)
        })?;
        let contents = Contents::decode(&item.entry.value, &self.definition.store)?;
        let windows = self.definition.windowing.show(&contents).into_iter();
        Ok(windows.map(move |(window, output)| OpenWindow {
            key: key.clone(),
            window,
            output,
        }))
    }
}
