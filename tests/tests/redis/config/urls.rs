//! What URLs say, and which are refused.

use typed_state::backends::RedisConfig;

use super::{read, refused};

#[test]
fn urls_mean_what_they_say() {
    let cases = [
        ("redis://h", "redis://h:6379"),
        ("redis://h/", "redis://h:6379"),
        ("redis://h:7/0", "redis://h:7"),
        ("redis://:p@[::1]:7/5", "redis://[::1]:7/5"),
        ("rediss://app:p@h", "rediss://app@h:6379"),
        ("redis://a%40b:p%3A%2F@h", "redis://a%40b@h:6379"),
        ("redis://u:a:b:c@h", "redis://u@h:6379"),
        (
            "redis+unix:///run/redis.sock",
            "redis+unix:///run/redis.sock",
        ),
        (
            "unix:///run/a%20b.sock?db=3",
            "redis+unix:///run/a%20b.sock?db=3",
        ),
        (
            "redis+unix://u:p@/run/r.sock?db=1&pool_max=50",
            "redis+unix://u@/run/r.sock?db=1&pool_max=50",
        ),
        (
            "redis+sentinel://a,b:7/main",
            "redis+sentinel://a:26379,b:7/main",
        ),
        (
            "rediss+sentinel://u:p@a/main/2",
            "rediss+sentinel://u@a:26379/main/2",
        ),
        ("redis+sentinel://a/main/", "redis+sentinel://a:26379/main"),
        ("redis+cluster://a,b:7", "redis+cluster://a:6379,b:7"),
        ("rediss+cluster://a/0", "rediss+cluster://a:6379"),
        ("redis://h?key_prefix=", "redis://h:6379?key_prefix="),
        (
            "redis://h?key_prefix=a+b",
            "redis://h:6379?key_prefix=a%2Bb",
        ),
        ("redis://h?command_timeout=3000ms", "redis://h:6379"),
        (
            "redis://h?command_timeout=120s",
            "redis://h:6379?command_timeout=2m",
        ),
        (
            "rediss://h?verify=ca&ca=/a.pem",
            "rediss://h:6379?ca=/a.pem&verify=ca",
        ),
    ];
    for (url, shown) in cases {
        assert_eq!(read(url).unwrap().to_string(), shown, "{url}");
        assert_eq!(
            RedisConfig::try_from(url).unwrap().to_string(),
            shown,
            "{url}"
        );
    }
}

#[test]
fn urls_that_are_not_understood_are_refused_with_the_reason() {
    let cases = [
        ("", "must begin with `redis://`"),
        ("h:6379", "must begin with `redis://`"),
        ("http://h", "must begin with `redis://`"),
        ("REDIS://h", "must begin with `redis://`"),
        ("redis:h", "must begin with `redis://`"),
        ("redis+tls://h", "must begin with `redis://`"),
        ("rediss+unix:///s", "must begin with `redis://`"),
        ("redis://h\n", "holds a space, a line's end"),
        (" redis://h", "holds a space, a line's end"),
        ("redis://h?client_name=é", "must be percent-encoded"),
        ("redis://", "`server` in the URL must be"),
        ("redis://:7", "`server` in the URL must be"),
        ("redis://:p@", "`server` in the URL must be"),
        ("redis://h:port", "`server` in the URL must be"),
        ("redis://h:65536", "`server` in the URL must be"),
        ("redis://a,b", "`server` in the URL must be"),
        ("redis://::1", "`server` in the URL must be"),
        ("redis://@h", "has an empty user before `@`"),
        ("redis://:@h", "`password` in the URL must be"),
        ("redis://u:@h", "`password` in the URL must be"),
        ("redis://u@h", "`username` is given without `password`"),
        ("redis://u:p@q@h", "`%40`"),
        ("redis://u:p/q@h", "`%2F`"),
        ("redis://u:p?q@h", "`%3F`"),
        ("redis://u:p#q@h", "`%23`"),
        ("redis://:%zz@h", "broken percent-encoding in `password`"),
        ("redis://h#", "holds a `#`"),
        ("redis://h/1#2", "holds a `#`"),
        ("redis://h/x", "`database` in the URL is `x`"),
        ("redis://h/1/2", "`database` in the URL is `1/2`"),
        ("redis://h/-1", "`database` in the URL is `-1`"),
        ("redis://h?", "without `=`"),
        ("redis://h?pool_max", "a parameter `pool_max` without `=`"),
        ("redis://h?pool_max=1&", "without `=`"),
        (
            "redis://h?pool_max=5&pool_max=5",
            "the parameter `pool_max` twice",
        ),
        ("redis://h?pool_maxx=5", "unknown parameter `pool_maxx`"),
        ("redis://h?POOL_MAX=5", "unknown parameter `POOL_MAX`"),
        ("redis://h?pool%5Fmax=5", "unknown parameter"),
        ("redis://h?db=1", "unknown parameter `db`"),
        (
            "redis://h?pool_max=%",
            "broken percent-encoding in `pool_max`",
        ),
        (
            "redis://h?pool_max=0",
            "`pool_max` in the URL is `0`, but must be a number from 1 to 10000",
        ),
        (
            "redis+unix://h/s",
            "names a host before the path of a socket",
        ),
        ("redis+unix://", "names no socket"),
        ("redis+unix:///s?database=1", "write `db`"),
        ("redis+unix:///s?db=1&db=1", "the parameter `db` twice"),
        ("redis+sentinel://a", "`service` in the URL"),
        ("redis+sentinel://a/", "`service` in the URL"),
        ("redis+sentinel://a//1", "`service` in the URL"),
        ("redis+sentinel://a,/main", "`sentinels` in the URL must be"),
        ("redis+sentinel://a/main/x", "`database` in the URL is `x`"),
        ("redis+cluster://", "`nodes` in the URL must be"),
        (
            "redis+cluster://a/1",
            "`database` must be 0: a Redis Cluster has no other",
        ),
    ];
    for (url, reason) in cases {
        let message = refused(read(url));
        assert!(message.contains(reason), "{url:?}: {message}");
    }
}
