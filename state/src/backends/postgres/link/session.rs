//! What is set for a session or a transaction.

use std::time::Duration;

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

/// What a session is given when it begins.
///
/// The server ends what a client that is gone has left: a transaction, and, where it can tell, a statement.
pub(super) fn greeting(command_timeout: Duration) -> String {
    let mut sql = String::new();
    for setting in PLANS {
        sql.push_str(&format!("SET {setting};"));
    }
    sql.push_str("SET default_transaction_isolation = 'read committed';");
    sql.push_str("SET idle_in_transaction_session_timeout = '60s';");
    sql.push_str("SET tcp_keepalives_idle = 30; SET tcp_keepalives_interval = 5;");
    sql.push_str("SET tcp_keepalives_count = 3;");
    sql.push_str(&statement_timeout(command_timeout));
    // Not every server and system knows it.
    sql.push_str(
        "DO $$BEGIN SET client_connection_check_interval = '1s'; EXCEPTION WHEN others THEN END$$;",
    );
    sql
}

/// What begins a transaction that one statement is run in.
pub(super) fn begin(left: Duration) -> String {
    let mut sql = "BEGIN ISOLATION LEVEL READ COMMITTED;".to_owned();
    for setting in PLANS {
        sql.push_str(&format!("SET LOCAL {setting};"));
    }
    sql.push_str(&format!("SET LOCAL statement_timeout = {};", millis(left)));
    sql
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
