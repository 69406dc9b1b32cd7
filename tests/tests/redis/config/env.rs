//! Environment variables.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;
use std::process::Command;

use typed_state::backends::RedisConfig;

use super::refused;

#[test]
fn variables_go_over_the_url() {
    let config = RedisConfig::from_vars([
        ("STATE_REDIS_POOL_MAX", "7"),
        ("STATE_REDIS_URL", "redis://u@h?pool_max=5&client_name=a"),
        ("STATE_REDIS_PASSWORD", "p"),
        ("STATE_REDIS_TLS", "true"),
        ("STATE_POSTGRES_URL", "elsewhere"),
        ("PATH", "/bin"),
    ]);
    assert_eq!(
        config.unwrap().to_string(),
        "rediss://u@h:6379?client_name=a&pool_max=7"
    );
    let config = RedisConfig::from_vars([
        ("STATE_REDIS_MODE", "sentinel"),
        ("STATE_REDIS_SENTINELS", "a,b:7"),
        ("STATE_REDIS_SERVICE", "main"),
    ]);
    assert_eq!(
        config.unwrap().to_string(),
        "redis+sentinel://a:26379,b:7/main"
    );
}

#[test]
fn variables_that_are_not_understood_are_refused_by_name() {
    let url = ("STATE_REDIS_URL", "redis://h");
    let cases = [
        (vec![], "`STATE_REDIS_URL` is not set"),
        (
            vec![("STATE_REDIS_SERVER", "h")],
            "`STATE_REDIS_URL` is not set",
        ),
        (
            vec![("STATE_REDIS_URL", "")],
            "`STATE_REDIS_URL` must begin with",
        ),
        (
            vec![("STATE_REDIS_URL", "redis://h:x")],
            "`server` in `STATE_REDIS_URL` must be",
        ),
        (
            vec![url, ("STATE_REDIS_POOLMAX", "5")],
            "`STATE_REDIS_POOLMAX` is no variable",
        ),
        (
            vec![url, ("STATE_REDIS_pool_max", "5")],
            "`STATE_REDIS_pool_max` is no variable",
        ),
        (vec![url, ("STATE_REDIS_", "5")], "is no variable"),
        (
            vec![url, ("STATE_REDIS_POOL_MAX", "")],
            "`STATE_REDIS_POOL_MAX` is ``, but must be",
        ),
        (
            vec![url, ("STATE_REDIS_PASSWORD", "")],
            "`STATE_REDIS_PASSWORD` must be",
        ),
        (
            vec![url, ("STATE_REDIS_NODES", "a")],
            "`nodes` belongs to mode `cluster`",
        ),
    ];
    for (variables, reason) in cases {
        let message = refused(RedisConfig::from_vars(variables.clone()));
        assert!(message.contains(reason), "{variables:?}: {message}");
    }
    let foreign = [
        ("STATE_REDIS_URL", OsStr::new("redis://h")),
        ("STATE_REDIS_PASSWORD", OsStr::from_bytes(b"\xff")),
    ];
    assert!(
        refused(RedisConfig::from_vars(foreign)).contains("`STATE_REDIS_PASSWORD` is not UTF-8")
    );
}

#[test]
fn a_kubernetes_service_of_that_name_does_no_harm() {
    let config = RedisConfig::from_vars([
        ("STATE_REDIS_URL", "redis://h"),
        ("STATE_REDIS_SERVICE_HOST", "10.0.0.1"),
        ("STATE_REDIS_SERVICE_PORT", "6379"),
        ("STATE_REDIS_SERVICE_PORT_CLIENT", "6379"),
        ("STATE_REDIS_PORT", "tcp://10.0.0.1:6379"),
        ("STATE_REDIS_PORT_6379_TCP_ADDR", "10.0.0.1"),
    ]);
    assert_eq!(config.unwrap().to_string(), "redis://h:6379");
}

/// Run by the test below in a process of its own.
#[test]
fn environment_of_this_process() {
    if std::env::var_os("STATE_REDIS_URL").is_none() {
        assert!(refused(RedisConfig::from_env()).contains("`STATE_REDIS_URL` is not set"));
        return;
    }
    assert_eq!(
        RedisConfig::from_env().unwrap().to_string(),
        "redis://h:6379?pool_max=7"
    );
}

#[test]
fn the_environment_of_a_process_is_read() {
    let run = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "config::env::environment_of_this_process"])
        .env("STATE_REDIS_URL", "redis://h?pool_max=5")
        .env("STATE_REDIS_POOL_MAX", "7")
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&run.stdout);
    assert!(run.status.success() && told.contains("1 passed"), "{told}");
}
