//! Several commits decided together: those that change one entry each, by a statement for all of a kind.
//!
//! A statement decides each of its commits for itself, and no other commit's outcome follows from that: they are on
//! different keys, and none of them can fail alone. What it did not apply is decided by a commit of its own, which also tells why.
//! It is linearizable as those are: the row of every entry that it changes is locked from before it was looked at until
//! the statement has committed, which is before anybody is answered.

mod kind;
pub(super) mod statements;

use std::collections::HashSet;

use ::sqlx::postgres::{PgArguments, PgRow};
use futures_util::future::{join, join_all};
use smallvec::smallvec;

use self::kind::{Kind, Member, sort};
use super::Postgres;
use super::bind::{Bind, layout, write};
use super::commit::{bits, mutation_numbers, unexpected};
use super::link::{Effect as Sent, Failure};
use super::row;
use crate::backend::{Commit, Condition, Context, Effect, Outcome};
use crate::error::Result;

/// An outcome, and the place of its commit among those that came together.
type Decided = (usize, Result<Outcome>);

/// Which keys a statement has changed.
enum Changed {
    All,
    These(HashSet<Vec<u8>>),
}

impl Postgres {
    pub(super) async fn send_commits(
        &self,
        cx: &Context,
        commits: Vec<Commit>,
    ) -> Vec<Result<Outcome>> {
        let sorted = sort(&commits, self.batch_size);
        let groups = sorted.groups.iter();
        let groups = groups.map(|(kind, members)| self.send_group(cx, *kind, members));
        let (groups, alone) = join(join_all(groups), self.send_alone(cx, sorted.alone)).await;
        let mut outcomes: Vec<Option<Result<Outcome>>> = commits.iter().map(|_| None).collect();
        settle(&mut outcomes, groups.into_iter().flatten().chain(alone));
        let undecided = outcomes.iter().zip(commits.iter().enumerate());
        let undecided = undecided.filter(|(outcome, _)| outcome.is_none());
        let undecided: Vec<_> = undecided.map(|(_, commit)| commit).collect();
        settle(&mut outcomes, self.send_alone(cx, undecided).await);
        let outcomes = outcomes.into_iter();
        outcomes
            .map(|outcome| outcome.unwrap_or_else(|| Err(unexpected("an outcome"))))
            .collect()
    }

    async fn send_alone(&self, cx: &Context, commits: Vec<(usize, &Commit)>) -> Vec<Decided> {
        let sent = commits.into_iter();
        join_all(sent.map(async |(place, commit)| (place, self.send_commit(cx, commit).await)))
            .await
    }

    /// Sends one statement for all of a kind. What it leaves undecided is left out.
    async fn send_group(&self, cx: &Context, kind: Kind, members: &[Member<'_>]) -> Vec<Decided> {
        let rows = self.run_group(cx, kind, members).await;
        let rows = rows.map_err(|failure| move || failure.clone().into_error(Sent::Write));
        let changed = match rows {
            Ok(rows) => changed(kind, &rows),
            Err(error) => {
                let failed = members.iter().map(|member| (member.place, Err(error())));
                return failed.collect();
            }
        };
        let decided = members.iter().filter_map(|member| {
            let is_changed = match &changed {
                Ok(Changed::All) => true,
                Ok(Changed::These(keys)) => keys.contains(member.mutation.key().as_bytes()),
                Err(_) => return Some((member.place, Err(unexpected("what was changed")))),
            };
            let effect = match kind {
                Kind::Delete if member.commit.conditions().is_empty() => {
                    Effect::Deleted(is_changed)
                }
                _ if !is_changed => return None,
                Kind::Delete => Effect::Deleted(true),
                Kind::Put | Kind::Insert | Kind::Replace => Effect::Put,
            };
            Some((member.place, Ok(Outcome::Applied(smallvec![effect]))))
        });
        decided.collect()
    }

    async fn run_group(
        &self,
        cx: &Context,
        kind: Kind,
        members: &[Member<'_>],
    ) -> std::result::Result<Vec<PgRow>, Failure> {
        let columns = Columns::of(members);
        let statements = self.statements.writes(cx);
        let sql = match kind {
            Kind::Put => &statements.group_put,
            Kind::Insert => &statements.group_insert,
            Kind::Replace => &statements.group_replace,
            Kind::Delete => &statements.group_delete,
        };
        let request = write(sql, |deadline| columns.bind(kind, deadline));
        self.link.call(cx, request).await
    }
}

fn settle(outcomes: &mut [Option<Result<Outcome>>], decided: impl IntoIterator<Item = Decided>) {
    for (place, outcome) in decided {
        if let Some(open) = outcomes.get_mut(place) {
            *open = Some(outcome);
        }
    }
}

fn changed(kind: Kind, rows: &[PgRow]) -> Result<Changed> {
    if kind == Kind::Put {
        // It changes all of them, or fails.
        return Ok(Changed::All);
    }
    let answer = rows.first().ok_or_else(|| unexpected("a row"))?;
    let keys: Option<Vec<Vec<u8>>> = row::column(answer, "keys")?;
    Ok(Changed::These(keys.into_iter().flatten().collect()))
}

/// The members as the statements read them.
struct Columns<'a> {
    keys: Vec<&'a [u8]>,
    values: Vec<Option<&'a [u8]>>,
    revisions: Vec<i64>,
    layouts: Vec<i32>,
    expiries: Vec<i64>,
    /// The revision that must stand there; none where any may.
    wanted: Vec<Option<i64>>,
}

impl<'a> Columns<'a> {
    fn of(members: &[Member<'a>]) -> Self {
        let mut columns = Self {
            keys: Vec::with_capacity(members.len()),
            values: Vec::with_capacity(members.len()),
            revisions: Vec::with_capacity(members.len()),
            layouts: Vec::with_capacity(members.len()),
            expiries: Vec::with_capacity(members.len()),
            wanted: Vec::with_capacity(members.len()),
        };
        for member in members {
            let (_, value, _, expiry) = mutation_numbers(member.mutation);
            columns.keys.push(member.mutation.key().as_bytes());
            columns.values.push(value);
            columns.revisions.push(bits(member.commit.revision()));
            columns.layouts.push(layout(member.mutation.key()));
            columns.expiries.push(expiry);
            columns.wanted.push(match member.commit.conditions() {
                [Condition::Revision(_, wanted)] => Some(bits(*wanted)),
                _ => None,
            });
        }
        columns
    }

    fn bind(&self, kind: Kind, deadline: i64) -> PgArguments {
        let bind = Bind::default().with(&self.keys[..]);
        if kind == Kind::Delete {
            return bind.with(&self.wanted[..]).with(deadline).done();
        }
        let bind = bind
            .with(&self.values[..])
            .with(&self.revisions[..])
            .with(&self.layouts[..])
            .with(&self.expiries[..])
            .with(deadline);
        match kind {
            Kind::Replace => bind.with(&self.wanted[..]).done(),
            Kind::Put | Kind::Insert | Kind::Delete => bind.done(),
        }
    }
}
