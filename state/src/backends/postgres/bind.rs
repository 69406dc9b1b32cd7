use ::sqlx::postgres::{PgArguments, Postgres};
use ::sqlx::{Arguments as _, Encode, Type};

use super::link::{Effect, Plan, Request};
use crate::backend::{Expiry, Key};
use ::sqlx::SqlStr;

/// The parameters of a statement, in their order.
#[derive(Default)]
pub(super) struct Bind(PgArguments);

impl Bind {
    /// Adds one.
    #[must_use]
    pub(super) fn with<'q, T>(mut self, value: T) -> Self
    where
        T: Encode<'q, Postgres> + Type<Postgres>,
    {
        // Bytes, numbers and lists of them can all be written; were one left out, the server would refuse the statement.
        if let Err(error) = self.0.add(value) {
            tracing::error!(%error, "a parameter could not be written");
        }
        self
    }

    pub(super) fn done(self) -> PgArguments {
        self.0
    }
}

/// A statement that only reads.
pub(super) fn read<B>(sql: &SqlStr, bind: B) -> Request<'_, B>
where
    B: Fn(i64) -> PgArguments + Send + Sync,
{
    let effect = Effect::Read;
    let plan = Plan::General;
    Request {
        sql,
        effect,
        plan,
        bind,
    }
}

/// A statement that only reads, and is planned for what is searched for.
pub(super) fn search<B>(sql: &SqlStr, bind: B) -> Request<'_, B>
where
    B: Fn(i64) -> PgArguments + Send + Sync,
{
    let plan = Plan::Particular;
    Request {
        plan,
        ..read(sql, bind)
    }
}

/// A statement that changes something.
pub(super) fn write<B>(sql: &SqlStr, bind: B) -> Request<'_, B>
where
    B: Fn(i64) -> PgArguments + Send + Sync,
{
    let effect = Effect::Write;
    let plan = Plan::General;
    Request {
        sql,
        effect,
        plan,
        bind,
    }
}

/// An expiry as the statements read it: milliseconds from now, 0 for never, -1 to keep.
pub(super) const fn expiry_number(expiry: Expiry) -> i64 {
    match expiry {
        Expiry::Never => 0,
        Expiry::Keep => -1,
        Expiry::After(ttl) => ttl.as_millis(),
    }
}

/// The column that keeps what is known of a key beside its bytes: where its partition ends, and whether it is indexed.
pub(super) fn layout(key: &Key) -> i32 {
    let end = i32::try_from(key.partition_end()).unwrap_or(i32::MAX);
    end | i32::from(key.is_indexed()) << 16
}
