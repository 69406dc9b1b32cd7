//! Environment variables.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;
use std::process::Command;

use typed_state::backends::PostgresConfig;

use super::refused;

#[test]
fn variables_go_over_the_url() {
    let config = PostgresConfig::from_vars([
        ("STATE_POSTGRES_POOL_MAX", "70"),
        (
            "STATE_POSTGRES_URL",
            "postgres://u@h/d?pool_max=60&application_name=a",
        ),
        ("STATE_POSTGRES_PASSWORD", "p"),
        ("STATE_POSTGRES_SSL_MODE", "verify-full"),
        ("STATE_REDIS_URL", "elsewhere"),
        ("PATH", "/bin"),
    ]);
    assert_eq!(
        config.unwrap().to_string(),
        "postgres://u@h:5432/d?ssl_mode=verify-full&application_name=a&pool_max=70"
    );
    let config = PostgresConfig::from_vars([
        ("STATE_POSTGRES_HOSTS", "a,[::1]:7,/run/pg"),
        ("STATE_POSTGRES_USERNAME", "u"),
        ("STATE_POSTGRES_DATABASE", "d"),
    ]);
    assert_eq!(
        config.unwrap().to_string(),
        "postgres://u@a:5432,[::1]:7,%2Frun%2Fpg:5432/d"
    );
}

#[test]
fn variables_that_are_not_understood_are_refused_by_name() {
    let url = ("STATE_POSTGRES_URL", "postgres://u@h");
    let cases = [
        (vec![], "`STATE_POSTGRES_URL` is not set"),
        (
            vec![("STATE_POSTGRES_USERNAME", "u")],
            "`STATE_POSTGRES_URL` is not set",
        ),
        (
            vec![("STATE_POSTGRES_URL", "")],
            "`STATE_POSTGRES_URL` must begin with",
        ),
        (
            vec![("STATE_POSTGRES_URL", "postgres://u@h:x")],
            "`hosts` in `STATE_POSTGRES_URL` must be",
        ),
        (
            vec![url, ("STATE_POSTGRES_POOLMAX", "5")],
            "`STATE_POSTGRES_POOLMAX` is no variable of it: after `STATE_POSTGRES_` is `POOL_MAX` meant?",
        ),
        (
            vec![url, ("STATE_POSTGRES_pool_max", "5")],
            "`STATE_POSTGRES_pool_max` is no variable",
        ),
        (
            vec![url, ("STATE_POSTGRES_SSLMODE", "disable")],
            "`STATE_POSTGRES_SSLMODE` is no variable",
        ),
        (vec![url, ("STATE_POSTGRES_", "5")], "is no variable"),
        (
            vec![url, ("STATE_POSTGRES_POOL_MAX", "")],
            "`STATE_POSTGRES_POOL_MAX` is ``, but must be",
        ),
        (
            vec![url, ("STATE_POSTGRES_PASSWORD", "")],
            "`STATE_POSTGRES_PASSWORD` must be",
        ),
        (
            vec![url, ("STATE_POSTGRES_CONNECT_TIMEOUT", "5")],
            "`STATE_POSTGRES_CONNECT_TIMEOUT` is `5`, but must be a duration",
        ),
    ];
    for (variables, reason) in cases {
        let message = refused(PostgresConfig::from_vars(variables.clone()));
        assert!(message.contains(reason), "{variables:?}: {message}");
    }
    let foreign = [
        ("STATE_POSTGRES_URL", OsStr::new("postgres://u@h")),
        ("STATE_POSTGRES_PASSWORD", OsStr::from_bytes(b"\xff")),
    ];
    assert!(
        refused(PostgresConfig::from_vars(foreign))
            .contains("`STATE_POSTGRES_PASSWORD` is not UTF-8")
    );
}

#[test]
fn a_kubernetes_service_of_that_name_does_no_harm() {
    let config = PostgresConfig::from_vars([
        ("STATE_POSTGRES_URL", "postgres://u@h"),
        ("STATE_POSTGRES_SERVICE_HOST", "10.0.0.1"),
        ("STATE_POSTGRES_SERVICE_PORT", "5432"),
        ("STATE_POSTGRES_SERVICE_PORT_CLIENT", "5432"),
        ("STATE_POSTGRES_PORT", "tcp://10.0.0.1:5432"),
        ("STATE_POSTGRES_PORT_5432_TCP_ADDR", "10.0.0.1"),
    ]);
    assert_eq!(config.unwrap().to_string(), "postgres://u@h:5432");
}

/// Run by the test below in a process of its own.
#[test]
fn environment_of_this_process() {
    if std::env::var_os("STATE_POSTGRES_URL").is_none() {
        assert!(refused(PostgresConfig::from_env()).contains("`STATE_POSTGRES_URL` is not set"));
        return;
    }
    let config = PostgresConfig::from_env().unwrap();
    assert_eq!(config.to_string(), "postgres://u@h:5432?pool_max=70");
    let told = format!("{config:?}");
    assert!(!told.contains("elsewhere"), "{told}");
}

#[test]
fn the_environment_of_a_process_is_read_and_that_of_other_programs_is_not() {
    let run = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "config::env::environment_of_this_process"])
        .env("STATE_POSTGRES_URL", "postgres://u@h?pool_max=60")
        .env("STATE_POSTGRES_POOL_MAX", "70")
        .envs(
            [
                "PGHOST",
                "PGUSER",
                "PGPASSWORD",
                "PGDATABASE",
                "PGSSLROOTCERT",
                "PGAPPNAME",
            ]
            .map(|name| (name, "elsewhere")),
        )
        .env("PGPORT", "1")
        .env("PGSSLMODE", "disable")
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&run.stdout);
    assert!(run.status.success() && told.contains("1 passed"), "{told}");
}
