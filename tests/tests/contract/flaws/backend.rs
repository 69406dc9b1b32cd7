use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use typed_state::backend::{
    Announcer, Backend, Capabilities, Commit, Context, Entry, Expiry, Health, Item, Key, Outcome,
    Page, Range, Scan, Snapshot, TotalOrder, Transactional, Write, WriteBatch, Written,
};
use typed_state::backends::Memory;
use typed_state::{Clock as _, ManualClock, Result, Revision, Timestamp, Ttl};

use super::Flaw;

/// Memory with a flaw.
#[derive(Debug)]
pub(crate) struct Flawed {
    pub(super) flaw: Flaw,
    pub(super) inner: Memory,
    /// What memory would hold if nothing ever expired.
    pub(super) shadow: Memory,
    pub(super) clock: Arc<ManualClock>,
    pub(super) notes: Mutex<Notes>,
    pub(super) announcer: Announcer,
}

/// What some flaws remember.
#[derive(Debug, Default)]
pub(super) struct Notes {
    /// When what was put with a time to live expires, never taken back.
    pub(super) expiries: Vec<(Key, Timestamp)>,
    /// How many writes a key has had since it was created, and the revisions of the first life.
    pub(super) lives: HashMap<Key, (usize, Vec<Revision>)>,
    /// The last item of each page, by the cursor after it.
    pub(super) last_items: HashMap<Vec<u8>, Item>,
}

impl Flawed {
    pub(super) fn new(flaw: Flaw, inner: Memory, shadow: Memory, clock: Arc<ManualClock>) -> Self {
        Self {
            flaw,
            inner,
            shadow,
            clock,
            notes: Mutex::default(),
            announcer: Announcer::new(),
        }
    }

    pub(super) fn has(&self, flaw: Flaw) -> bool {
        self.flaw == flaw
    }

    pub(super) async fn sweep(&self) -> Result<u64> {
        match self.flaw {
            Flaw::SweepsNothing => return Ok(0),
            Flaw::SweepsByStaleIndex => {}
            _ => return Ok(self.inner.sweep(u64::MAX)),
        }
        let now = self.clock.now();
        let due: Vec<_> = {
            let notes = self.notes.lock().expect("no panic while it is held");
            notes
                .expiries
                .iter()
                .filter(|(_, at)| *at <= now)
                .map(|(key, _)| key.clone())
                .collect()
        };
        let batch = WriteBatch {
            revision: Revision::from_bits(0),
            writes: due.into_iter().map(|key| Write::Delete { key }).collect(),
        };
        let swept = self.inner.sweep(u64::MAX);
        self.inner.write(&Context::new(), batch).await?;
        Ok(swept)
    }

    /// The context that the wrapped memory sees.
    pub(super) fn context(&self, cx: &Context) -> Context {
        if self.has(Flaw::IgnoresDeadline) || self.has(Flaw::WritesPastDeadline) {
            Context::new()
        } else {
            *cx
        }
    }

    pub(super) fn key(&self, key: &Key) -> Key {
        if !self.has(Flaw::IgnoresCase) {
            return key.clone();
        }
        let lower = key.as_bytes().to_ascii_lowercase();
        Key::new(&lower[..], key.partition_end()).expect("as long as before")
    }

    pub(super) fn value(&self, value: bytes::Bytes) -> bytes::Bytes {
        match self.flaw {
            Flaw::CutsLongValues => value.slice(..value.len().min(65_535)),
            Flaw::LossyUtf8 => String::from_utf8_lossy(&value).into_owned().into(),
            _ => value,
        }
    }

    /// When what is put really expires.
    pub(super) fn expiry(&self, key: &Key, expiry: Expiry) -> Expiry {
        match (self.flaw, expiry) {
            (Flaw::DropsTtl | Flaw::TtlInASecondStep, Expiry::After(_)) => Expiry::Never,
            (Flaw::PutKeepsTtl, Expiry::Never) => Expiry::Keep,
            (Flaw::LongTtlOverflows, Expiry::After(ttl))
                if self
                    .clock
                    .now()
                    .as_millis()
                    .checked_add(ttl.as_millis())
                    .is_none() =>
            {
                Expiry::After(Ttl::MIN)
            }
            (Flaw::SweepsByStaleIndex, Expiry::After(ttl)) => {
                let at = self.clock.now().saturating_add(ttl.as_millis());
                let mut notes = self.notes.lock().expect("no panic while it is held");
                notes.expiries.push((key.clone(), at));
                expiry
            }
            _ => expiry,
        }
    }

    /// The revision that a put of a key really gets.
    pub(super) fn revision(&self, key: &Key, value: &[u8], revision: Revision) -> Revision {
        match self.flaw {
            Flaw::RevisionOfValue => {
                let sum = value
                    .iter()
                    .fold(7_u64, |sum, byte| sum.wrapping_mul(31) + u64::from(*byte));
                Revision::from_bits(sum)
            }
            #[allow(
                clippy::cast_precision_loss,
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "the loss is the flaw"
            )]
            Flaw::RevisionOf53Bits => Revision::from_bits((revision.to_bits() as f64) as u64),
            Flaw::RevisionForgetsDelete => {
                let mut notes = self.notes.lock().expect("no panic while it is held");
                let (written, revisions) = notes.lives.entry(key.clone()).or_default();
                if revisions.len() == *written {
                    revisions.push(revision);
                }
                *written += 1;
                revisions[*written - 1]
            }
            _ => revision,
        }
    }

    fn without_metadata(&self, mut batch: WriteBatch) -> Result<WriteBatch> {
        if !self.has(Flaw::ForgetsMetadata) {
            batch.refuse_metadata()?;
        }
        for write in &mut batch.writes {
            if let Write::PutWithMetadata {
                key, value, expiry, ..
            } = write.clone()
            {
                *write = Write::Put { key, value, expiry };
            }
        }
        Ok(batch)
    }

    fn batch(&self, batch: WriteBatch) -> Vec<WriteBatch> {
        let mut writes: Vec<_> = batch
            .writes
            .into_iter()
            .map(|write| match write {
                Write::Put { key, value, expiry } => {
                    let (key, value) = (self.key(&key), self.value(value));
                    let expiry = self.expiry(&key, expiry);
                    Write::Put { key, value, expiry }
                }
                Write::Delete { key } => Write::Delete {
                    key: self.key(&key),
                },
                write @ Write::PutWithMetadata { .. } => write,
            })
            .collect();
        if self.has(Flaw::FirstDuplicateWins) {
            writes.reverse();
        }
        // Its own revision for each put, as `revision` says.
        writes
            .into_iter()
            .map(|write| {
                let revision = match &write {
                    Write::Put { key, value, .. } => self.revision(key, value, batch.revision),
                    Write::Delete { .. } | Write::PutWithMetadata { .. } => batch.revision,
                };
                WriteBatch {
                    revision,
                    writes: vec![write],
                }
            })
            .collect()
    }
}

impl Backend for Flawed {
    fn capabilities(&self) -> Capabilities {
        let mut capabilities = self.inner.capabilities();
        capabilities.durable = true;
        match self.flaw {
            Flaw::HidesTransactional => capabilities.transactional = false,
            Flaw::HidesTotalOrder => capabilities.total_order = false,
            _ => {}
        }
        capabilities
    }

    async fn get(&self, cx: &Context, keys: &[Key]) -> Result<Vec<Option<Entry>>> {
        self.flawed_get(cx, keys).await
    }

    async fn commit(&self, cx: &Context, commit: Commit) -> Result<Outcome> {
        let telling = self.telling_of_commit(&commit).await;
        let outcome = self.flawed_commit(cx, commit).await;
        drop(telling);
        outcome
    }

    async fn commit_many(&self, cx: &Context, commits: Vec<Commit>) -> Vec<Result<Outcome>> {
        self.flawed_commit_many(cx, commits).await
    }

    async fn write(&self, cx: &Context, batch: WriteBatch) -> Result<Written> {
        let inner_cx = self.context(cx);
        inner_cx.check()?;
        let batch = self.without_metadata(batch)?;
        let _telling = self.telling_of_batch(&batch).await;
        let asked: Vec<_> = batch
            .writes
            .iter()
            .map(|write| (write.key().clone(), expiry_of(write)))
            .collect();
        let deletes = asked.iter().filter(|(_, expiry)| expiry.is_none()).count() as u64;
        let mut written = Written::default();
        for batch in self.batch(batch) {
            if !batch
                .writes
                .iter()
                .all(|write| matches!(write, Write::Put { .. }))
                || self.needs_shadow()
            {
                let shadowed = self.shadow_write(batch.clone()).await?;
                if self.has(Flaw::DeletesCountExpired) {
                    written.deleted += shadowed.deleted;
                }
            }
            let done = self.inner.write(&inner_cx, batch).await?;
            if !self.has(Flaw::DeletesCountExpired) {
                written.deleted += done.deleted;
            }
        }
        if self.has(Flaw::TtlInASecondStep) {
            tokio::time::sleep(std::time::Duration::from_millis(1)).await;
            for (key, expiry) in asked {
                if let Some(expiry) = expiry {
                    self.touch(&key, expiry).await?;
                }
            }
        }
        if self.has(Flaw::CountsDeletesAsked) {
            written.deleted = deletes;
        }
        if self.has(Flaw::WritesPastDeadline) {
            cx.check()?;
        }
        Ok(written)
    }

    async fn range(&self, cx: &Context, range: Range) -> Result<Page> {
        self.flawed_range(cx, range).await
    }

    async fn scan(&self, cx: &Context, scan: Scan) -> Result<Page> {
        self.flawed_scan(cx, scan).await
    }

    async fn snapshot(&self, cx: &Context, namespace: Option<String>) -> Result<Snapshot> {
        self.flawed_snapshot(cx, namespace).await
    }

    async fn health(&self, cx: &Context) -> Result<Health> {
        self.inner.health(cx).await
    }
}

impl Transactional for Flawed {}
impl TotalOrder for Flawed {}

fn expiry_of(write: &Write) -> Option<Expiry> {
    write.expiry()
}

impl Flawed {
    /// Whether what has expired must be kept somewhere.
    pub(super) fn needs_shadow(&self) -> bool {
        matches!(
            self.flaw,
            Flaw::GetShowsExpired
                | Flaw::RangeShowsExpired
                | Flaw::ScanShowsExpired
                | Flaw::SnapshotShowsExpired
                | Flaw::ConditionsSeeExpired
                | Flaw::DeletesCountExpired
                | Flaw::ManySeeExpired
        )
    }

    /// Writes what nothing makes expire.
    pub(super) async fn shadow_write(&self, mut batch: WriteBatch) -> Result<Written> {
        for write in &mut batch.writes {
            if let Write::Put { expiry, .. } = write {
                *expiry = Expiry::Never;
            }
        }
        self.shadow.write(&Context::new(), batch).await
    }
}
