//! What is set for a session or a transaction.

use std::time::Duration;

use crate::backends::postgres::names::NOW;

/// The longest that the server takes, in milliseconds.
const LONGEST: u128 = i32::MAX as u128;

/// Plans that do not depend on how full the table was when they were made: no row is read that is not asked for, and
/// nothing is sorted that an index has in order.
const PLANS: [&str; 9] = [
    "enable_seqscan = off",
    "enable_bitmapscan = off",
    "enable_sort = off",
    "enable_hashjoin = off",
    "enable_mergejoin = off",
    "max_parallel_workers_per_gather = 0",
    "jit = off",
    "plan_cache_mode = force_generic_plan",
    "client_min_messages = error",
];

/// What a statement is given beside that is planned for its parameters.
const PARTICULAR: [&str; 3] = [
    "enable_bitmapscan = on",
    "enable_sort = on",
    "plan_cache_mode = force_custom_plan",
];

/// How the server plans a statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::backends::postgres) enum Plan {
    /// Once for any parameters, whatever the table holds.
    General,
    /// Each time, for its parameters and what the server has counted: for searches, where the best way depends on what is rare.
    Particular,
}

/// What a session is given beside.
const SESSION: [&str; 5] = [
    "default_transaction_isolation = 'read committed'",
    "idle_in_transaction_session_timeout = '60s'",
    "tcp_keepalives_idle = 30",
    "tcp_keepalives_interval = 5",
    "tcp_keepalives_count = 3",
];

/// Has the server end a statement whose client is gone. Not every server and system knows it.
const CHECK_CLIENT: &str =
    "DO $$BEGIN SET client_connection_check_interval = '1s'; EXCEPTION WHEN others THEN END$$;";

/// What a session is given when it begins.
pub(super) fn greeting(command_timeout: Duration) -> String {
    let settings = PLANS.iter().chain(&SESSION);
    let mut sql = CHECK_CLIENT.to_owned();
    for setting in settings {
        sql.extend(["SET ", setting, ";"]);
    }
    sql + &statement_timeout(command_timeout)
}

/// What begins a transaction that one statement is run in.
pub(super) fn begin(left: Duration, plan: Plan) -> String {
    let mut sql = "BEGIN ISOLATION LEVEL READ COMMITTED;".to_owned();
    let particular = match plan {
        Plan::General => &[][..],
        Plan::Particular => &PARTICULAR,
    };
    for setting in PLANS.iter().chain(particular) {
        sql.extend(["SET LOCAL ", setting, ";"]);
    }
    sql + &format!("SET LOCAL statement_timeout = {};", millis(left))
}

/// The SQLSTATE of what came after its deadline.
pub(super) const LATE: &str = "TS001";

/// What ends such a transaction, unless it arrives after a deadline by the server's clock.
pub(super) fn commit(by: Option<i64>) -> String {
    let Some(deadline) = by else {
        return "COMMIT".to_owned();
    };
    format!(
        "DO $$BEGIN IF {NOW} >= {deadline} THEN RAISE EXCEPTION 'the deadline passed before the commit' \
         USING ERRCODE = '{LATE}'; END IF; END$$; COMMIT"
    )
}

pub(super) fn statement_timeout(timeout: Duration) -> String {
    format!("SET statement_timeout = {};", millis(timeout))
}

/// The next power of two of seconds, so that few different timeouts are set.
pub(super) fn rounded_up(timeout: Duration) -> Duration {
    let seconds = timeout.as_secs().saturating_add(1);
    Duration::from_secs(seconds.checked_next_power_of_two().unwrap_or(seconds))
}

fn millis(timeout: Duration) -> u128 {
    timeout.as_millis().clamp(1, LONGEST)
}
