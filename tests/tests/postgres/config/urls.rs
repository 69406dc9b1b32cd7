//! What URLs say, and which are refused.

use typed_state::backends::PostgresConfig;

use super::{read, refused};

#[test]
fn urls_mean_what_they_say() {
    let cases = [
        ("postgres://u@h", "postgres://u@h:5432"),
        ("postgresql://u@h/", "postgres://u@h:5432"),
        ("postgres://u:p@h:7/d", "postgres://u@h:7/d"),
        ("postgres://u:p@[::1]:7/d", "postgres://u@[::1]:7/d"),
        ("postgres://a%40b:p%3A%2F@h", "postgres://a%40b@h:5432"),
        ("postgres://u:a:b:c@h", "postgres://u@h:5432"),
        (
            "postgres://u@a,b:7,[::1]/d%2Fe%20f",
            "postgres://u@a:5432,b:7,[::1]:5432/d%2Fe%20f",
        ),
        (
            "postgres://u@%2Frun%2Fpost%20gres:7/d",
            "postgres://u@%2Frun%2Fpost%20gres:7/d",
        ),
        (
            "postgres://u@h?application_name=a+b%20c",
            "postgres://u@h:5432?application_name=a%2Bb%20c",
        ),
        (
            "postgres://u@h?command_timeout=3000ms",
            "postgres://u@h:5432",
        ),
        (
            "postgres://u@h?cleanup_interval=0s",
            "postgres://u@h:5432?cleanup_interval=0ms",
        ),
        (
            "postgres://u@h?pool_max=4",
            "postgres://u@h:5432?pool_min=4&pool_max=4",
        ),
        ("postgres://u@h?ssl_mode=prefer", "postgres://u@h:5432"),
    ];
    for (url, shown) in cases {
        assert_eq!(read(url).unwrap().to_string(), shown, "{url}");
        assert_eq!(
            PostgresConfig::try_from(url).unwrap().to_string(),
            shown,
            "{url}"
        );
        assert_eq!(read(shown).unwrap().to_string(), shown, "{url}");
    }
}

#[test]
fn urls_of_other_programs_are_understood() {
    let cases = [
        (
            "postgresql://u@h/d?sslmode=verify-full&sslrootcert=/a&sslcert=/c&sslkey=/k",
            "postgres://u@h:5432/d?ssl_mode=verify-full&ssl_root_cert=/a&ssl_cert=/c&ssl_key=/k",
        ),
        (
            "postgresql://u@h?sslmode=verify-full&sslrootcert=system",
            "postgres://u@h:5432?ssl_mode=verify-full",
        ),
        (
            "postgresql://u@h?connect_timeout=10&application_name=shop",
            "postgres://u@h:5432?application_name=shop&connect_timeout=10s",
        ),
        (
            "postgres://u@/d?host=/run/pg",
            "postgres://u@%2Frun%2Fpg:5432/d",
        ),
        (
            "postgres://u@/d?host=%2Frun%2Fpg&port=7",
            "postgres://u@%2Frun%2Fpg:7/d",
        ),
        (
            "postgres://u@?port=7,8&host=a,::1",
            "postgres://u@a:7,[::1]:8",
        ),
        ("postgres://u@?host=a,b&port=7", "postgres://u@a:7,b:7"),
        ("postgres://u@?host=a,::1", "postgres://u@a:5432,[::1]:5432"),
    ];
    for (url, shown) in cases {
        assert_eq!(read(url).unwrap().to_string(), shown, "{url}");
    }
}

/// URLs that are refused, each with a part of the reason.
const REFUSED: &[(&str, &str)] = &[
    ("", "must begin with `postgres://`"),
    ("postgres", "must begin with `postgres://`"),
    ("POSTGRES://u@h", "must begin with `postgres://`"),
    ("postgres:u@h", "must begin with `postgres://`"),
    ("pg://u@h", "must begin with `postgres://`"),
    ("redis://u@h", "must begin with `postgres://`"),
    ("postgres://u@h\n", "holds a space, a line's end"),
    (" postgres://u@h", "holds a space, a line's end"),
    ("postgres://u@h/é", "must be percent-encoded"),
    ("postgres://", "`hosts` in the URL must be"),
    ("postgres://u@", "`hosts` in the URL must be"),
    ("postgres://u@/d", "`hosts` in the URL must be"),
    ("postgres://u@:7", "`hosts` in the URL must be"),
    ("postgres://u@h:port", "`hosts` in the URL must be"),
    ("postgres://u@h:0", "`hosts` in the URL must be"),
    ("postgres://u@h:65536", "`hosts` in the URL must be"),
    ("postgres://u@a,,b", "`hosts` in the URL must be"),
    ("postgres://u@a,", "`hosts` in the URL must be"),
    ("postgres://u@::1", "`hosts` in the URL must be"),
    ("postgres://u@[::1", "`hosts` in the URL must be"),
    ("postgres://u@[::1%25eth0]", "`hosts` in the URL must be"),
    ("postgres://u@run%2Fpg", "`hosts` in the URL must be"),
    ("postgres://@h", "has an empty user before `@`"),
    ("postgres://u:@h", "`password` in the URL must be"),
    ("postgres://u:%00@h", "`password` in the URL must be"),
    ("postgres://u:p@q@h", "`%40`"),
    ("postgres://u:p/q@h", "`%2F`"),
    ("postgres://u:p?q@h", "`%3F`"),
    ("postgres://u:p#q@h", "`%23`"),
    (
        "postgres://u:%zz@h",
        "broken percent-encoding in `password`",
    ),
    ("postgres://u@%zz", "broken percent-encoding in `hosts`"),
    (
        "postgres://u@h/%zz",
        "broken percent-encoding in `database`",
    ),
    ("postgres://u@h#", "holds a `#`"),
    ("postgres://u@h/d#2", "holds a `#`"),
    ("postgres://u@h/d/e", "more than a database in its path"),
    ("postgres://u@h/d/", "more than a database in its path"),
    ("postgres://u@h/d&e=f", "in its path: begin the parameters"),
    ("postgres://u@h?", "without `=`"),
    (
        "postgres://u@h?migrate",
        "a parameter `migrate` without `=`",
    ),
    (
        "postgres://u@h?pool_max=5&pool_max=5",
        "the parameter `pool_max` twice",
    ),
    (
        "postgres://u@h?ssl_mode=require&sslmode=disable",
        "the parameter `sslmode` twice",
    ),
    (
        "postgres://u@h?pool_maxx=5",
        "unknown parameter `pool_maxx`; is `pool_max` meant? there are `schema`, ",
    ),
    (
        "postgres://u@h?sslmod=require",
        "unknown parameter `sslmod`; is `ssl_mode` meant?",
    ),
    (
        "postgres://u@h?target_session_attrs=read-write",
        "unknown parameter `target_session_attrs`; there are",
    ),
    ("postgres://u@h?POOL_MAX=5", "unknown parameter `POOL_MAX`"),
    ("postgres://u@h?pool%5Fmax=5", "unknown parameter"),
    ("postgres://u@h?pool_max=%", "encoding in `pool_max`"),
    (
        "postgres://u@h?ssl_mode=allow",
        "`ssl_mode` in the URL is `allow`, but must be `disable`, ",
    ),
    (
        "postgres://h?user=u",
        "gives `username` as a parameter: it stands in the part before `@`",
    ),
    (
        "postgres://u@h?dbname=d",
        "gives `database` as a parameter: it stands in the path",
    ),
    (
        "postgres://u@h?hosts=a",
        "gives `hosts` as a parameter: it stands in the part after `//`",
    ),
    (
        "postgres://u@h?host=/run",
        "names hosts in the part after `//` and as `host`",
    ),
    (
        "postgres://u@h?port=7",
        "gives `port` as a parameter without",
    ),
    (
        "postgres://u@?host=a,b&port=1,2,3",
        "neither one `port` nor one for each `host`",
    ),
    (
        "postgres://u@?host=a&port=x",
        "`hosts` in the URL must be hosts",
    ),
    ("postgres://u@?host=a:7", "`hosts` in the URL must be hosts"),
    (
        "postgres://u@?host=%&port=7",
        "encoding in `host` or `port`",
    ),
    (
        "postgres://u@?host=a&port=%",
        "encoding in `host` or `port`",
    ),
    (
        "postgres://u@h?connect_timeout=0",
        "`connect_timeout` in the URL is `0s`, but must be a duration",
    ),
    (
        "postgres://u@h?command_timeout=3",
        "`command_timeout` in the URL is `3`, but must be a duration",
    ),
    (
        "postgres://u@h?cleanup_interval=500ms",
        "`cleanup_interval` in the URL is `500ms`, but must be `0s` for never",
    ),
];
#[test]
fn urls_that_are_not_understood_are_refused_with_the_reason() {
    for (url, reason) in REFUSED {
        let message = refused(read(url));
        assert!(message.contains(reason), "{url:?}: {message}");
    }
}
