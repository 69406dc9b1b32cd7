//! The choice of a backend, as its users say it and as its messages read. No password is ever in any of them.

use typed_state::backends::{PostgresConfig, RedisConfig};
use typed_state::{AnyConfig, Result};
use typed_state_tests::configuration::{refused, told};

const NO_VARIABLES: [(&str, &str); 0] = [];

fn read(url: &str) -> Result<AnyConfig> {
    url.parse()
}

#[test]
fn every_backend_has_urls() {
    let cases = [
        ("memory:", "memory:"),
        ("memory://", "memory:"),
        ("memory:?sweep_every=30s", "memory:"),
        ("memory:?sweep_every=none", "memory:?sweep_every=none"),
        ("file:///var/lib/app", "file:///var/lib/app"),
        (
            "file:///with%20space?durability=50ms&cache_size=0&page_cache_size=1048576&sweep_every=60s&verify=true",
            "file:///with%20space?durability=50ms&cache_size=0&page_cache_size=1048576&sweep_every=1m&verify=true",
        ),
        ("file:///a?durability=synced&verify=false", "file:///a"),
        ("redis://h", "redis://h:6379"),
        ("rediss://u:p@h/2", "rediss://u@h:6379/2"),
        ("redis+unix:///run/redis", "redis+unix:///run/redis"),
        (
            "redis+sentinel://a,b/main",
            "redis+sentinel://a:26379,b:26379/main",
        ),
        (
            "redis+cluster://a?pool_max=5",
            "redis+cluster://a:6379?pool_max=5",
        ),
        ("postgres://u@localhost/d", "postgres://u@localhost:5432/d"),
        (
            "postgresql://u@localhost/d",
            "postgres://u@localhost:5432/d",
        ),
    ];
    for (url, shown) in cases {
        let config = read(url).unwrap_or_else(|error| panic!("{url}: {error}"));
        assert_eq!(config.to_string(), shown, "{url}");
        // A name without its password says too little.
        if !url.contains("u:p@") {
            assert_eq!(read(shown).unwrap().to_string(), shown, "{url} read again");
        }
    }
}

#[test]
fn a_url_of_no_backend_is_refused_with_those_there_are() {
    for url in [
        "",
        "h",
        "mysql://h",
        "redis:h",
        "redis:/h",
        "Redis://h",
        "file:a",
        "memor",
        "unix:///s",
    ] {
        let message = refused(read(url));
        for scheme in [
            "`memory:`",
            "`file://`",
            "`redis://`",
            "`rediss+cluster://`",
            "`postgres://`",
        ] {
            assert!(message.contains(scheme), "{url}: {message}");
        }
    }
}

#[test]
fn a_url_of_a_backend_is_read_as_strictly_as_the_backend_reads_it() {
    let cases = [
        ("memory:x", "must be `memory:`"),
        ("memory:?sweep=1s", "there are `sweep_every`"),
        (
            "memory:?sweep_every=0s",
            "but must be `none` or a duration from 1ms to 24h",
        ),
        ("file://host/path", "must be `file:///`"),
        ("file://user@/path", "must be `file:///`"),
        ("file://", "must be `file:///`"),
        ("file:///a?directory=/b", "stands in the path"),
        ("file:///a?durability=fast", "must be `synced`, or how long"),
        ("file:///a?durability=0ms", "must be `synced`, or how long"),
        (
            "file:///a?cache_size=1k",
            "a number from 0 to 1099511627776",
        ),
        ("file:///a?cache_sizes=1", "is `cache_size` meant?"),
        ("file:///a%zz", "broken percent-encoding"),
        ("file:///a%00b", "must be a directory"),
        ("file:///a?verify=yes", "must be `true` or `false`"),
        ("redis://h?pool_maxx=5", "is `pool_max` meant?"),
        ("postgres://h/a/b", "more than a database"),
    ];
    for (url, reason) in cases {
        let message = refused(read(url));
        assert!(message.contains(reason), "{url}: {message}");
    }
}

#[test]
fn toml_names_a_url_or_a_backend_with_its_table() {
    let several = "[memory]\nsweep_every = 'none'\n[embedded]\ndirectory = '/a'\nverify = true\ncache_size = 5\n\
        [redis]\nmode = 'standalone'\nserver = 'h'\npool_max = 7\n[postgres]\nhosts = ['localhost']\nusername = 'u'\n";
    let cases = [
        ("memory", "memory:?sweep_every=none"),
        ("embedded", "file:///a?cache_size=5&verify=true"),
        ("redis", "redis://h:6379?pool_max=7"),
        ("postgres", "postgres://u@localhost:5432"),
    ];
    for (backend, shown) in cases {
        let document = format!("backend = '{backend}'\n{several}");
        let config = AnyConfig::from_toml(&document).unwrap_or_else(|error| panic!("{error}"));
        assert!(config.to_string().starts_with(shown), "{config}");
    }
    let cases = [
        ("url = 'memory:'", "memory:"),
        ("backend = 'memory'", "memory:"),
        (
            "url = 'redis://h?pool_max=5'\n[redis]\npool_max = 6",
            "redis://h:6379?pool_max=6",
        ),
        (
            "url = 'file:///a'\n[embedded]\ndurability = '1s'",
            "file:///a?durability=1s",
        ),
    ];
    for (document, shown) in cases {
        assert_eq!(AnyConfig::from_toml(document).unwrap().to_string(), shown);
    }
}

#[test]
fn toml_that_says_no_backend_is_refused_by_line() {
    let cases = [
        ("", "`url` is missing, or `backend`"),
        ("url = 'memory:'\nbackend = 'memory'", "are both given"),
        (
            "\nbackend = 'mysql'",
            "`backend` in line 2 must be one of `memory`, `embedded`, `redis`, `postgres`",
        ),
        (
            "url = 'mysql://h'",
            "`url` in line 1 must begin with one of `memory:`",
        ),
        ("url = 5", "`url` in line 1 must be in quotes"),
        (
            "backend = ['redis']",
            "`backend` in line 1 must be in quotes",
        ),
        (
            "backend = 'redis'\nredis = 5",
            "`redis` in line 2 must be a table",
        ),
        (
            "backend = 'redis'\n[rediss]",
            "line 2 has a name that is none of",
        ),
        ("backend = 'redis'", "`mode` is missing"),
        ("backend = 'embedded'", "`directory` is missing"),
        (
            "backend = 'redis'\n\n[redis]\npool_maxx = 5",
            "`pool_maxx` in line 4 is no option",
        ),
        (
            "backend = 'embedded'\n[embedded]\ncache_size = 'x'",
            "`cache_size` in line 3",
        ),
        (
            "url = 'redis://h'\n[redis]\npool_max = 0",
            "`pool_max` in line 3 is `0`",
        ),
        ("backend = ", "line 1 is no TOML"),
    ];
    for (document, reason) in cases {
        let message = refused(AnyConfig::from_toml(document));
        assert!(message.contains(reason), "{document:?}: {message}");
    }
}

#[test]
fn the_environment_names_a_url_or_a_backend() {
    let cases: [(&[(&str, &str)], &str); 7] = [
        (&[("STATE_URL", "memory:")], "memory:"),
        (
            &[
                ("STATE_BACKEND", "memory"),
                ("STATE_MEMORY_SWEEP_EVERY", "none"),
            ],
            "memory:?sweep_every=none",
        ),
        (
            &[
                ("STATE_BACKEND", "embedded"),
                ("STATE_EMBEDDED_DIRECTORY", "/a"),
            ],
            "file:///a",
        ),
        (
            &[
                ("STATE_BACKEND", "embedded"),
                ("STATE_EMBEDDED_URL", "file:///b"),
            ],
            "file:///b",
        ),
        (
            &[
                ("STATE_URL", "redis://h"),
                ("STATE_REDIS_POOL_MAX", "3"),
                ("STATE_POSTGRES_URL", "x"),
            ],
            "redis://h:6379?pool_max=3",
        ),
        (
            &[
                ("STATE_BACKEND", "redis"),
                ("STATE_REDIS_URL", "redis://h"),
                ("STATE_REDIS_PORT", "tcp://x"),
            ],
            "redis://h:6379",
        ),
        (
            &[
                ("STATE_URL", "postgres://u@localhost/d"),
                ("STATE_POSTGRES_TABLE", "t"),
                ("PATH", "/bin"),
            ],
            "postgres://u@localhost:5432/d?table=t",
        ),
    ];
    for (variables, shown) in cases {
        let config = AnyConfig::from_vars(variables.iter().copied());
        let config = config.unwrap_or_else(|error| panic!("{variables:?}: {error}"));
        assert_eq!(config.to_string(), shown);
    }
}

#[test]
fn an_environment_that_says_no_backend_is_refused() {
    let cases: [(&[(&str, &str)], &str); 7] = [
        (
            &NO_VARIABLES,
            "neither `STATE_URL` nor `STATE_BACKEND` is set",
        ),
        (
            &[("STATE_URL", "memory:"), ("STATE_BACKEND", "memory")],
            "are both set",
        ),
        (
            &[("STATE_BACKEND", "mysql")],
            "`STATE_BACKEND` must be one of `memory`",
        ),
        (
            &[("STATE_URL", "mysql://h")],
            "`STATE_URL` must begin with one of `memory:`",
        ),
        (
            &[("STATE_BACKEND", "redis")],
            "`STATE_REDIS_URL` is not set",
        ),
        (
            &[("STATE_URL", "redis://h"), ("STATE_REDIS_URL", "redis://h")],
            "`STATE_URL` and `STATE_REDIS_URL` are both set",
        ),
        (
            &[("STATE_URL", "redis://h"), ("STATE_REDIS_POOL_MAXX", "1")],
            "is `POOL_MAX` meant?",
        ),
    ];
    for (variables, reason) in cases {
        let message = refused(AnyConfig::from_vars(variables.iter().copied()));
        assert!(message.contains(reason), "{variables:?}: {message}");
    }
}

#[test]
fn configurations_of_one_backend_are_one_of_any() {
    let redis = RedisConfig::standalone("h").build().unwrap();
    assert_eq!(AnyConfig::from(redis).to_string(), "redis://h:6379");
    let postgres = PostgresConfig::hosts(["localhost"])
        .username("u")
        .build()
        .unwrap();
    assert!(
        AnyConfig::from(postgres)
            .to_string()
            .starts_with("postgres://u@localhost")
    );
}

#[test]
fn nothing_tells_a_secret() {
    let urls = [
        "redis://u:canary-7f3a@h",
        "postgres://u:canary-7f3a@localhost/d",
        "mysql://u:canary-7f3a@h",
        "canary-7f3a",
        "canary-7f3a://h",
        "redis://u:canary-7f3a@h?x=1",
        "postgres://u:canary-7f3a@h@i",
        "file://u:canary-7f3a@/a",
        "memory:canary-7f3a",
        "memory:?canary-7f3a=1",
        "file:///a?verify=u:canary-7f3a@h",
    ];
    for url in urls {
        let quoted = url.replace('\'', "");
        let results = [
            read(url),
            AnyConfig::from_toml(&format!("url = '{quoted}'")),
            AnyConfig::from_toml(&format!("backend = '{quoted}'")),
            AnyConfig::from_toml(&format!("url = '{quoted}")),
            AnyConfig::from_toml(&format!("'{quoted}' = 1")),
            AnyConfig::from_vars([("STATE_URL", url)]),
            AnyConfig::from_vars([("STATE_BACKEND", url)]),
            AnyConfig::from_vars([("STATE_BACKEND", "redis"), ("STATE_REDIS_URL", url)]),
        ];
        for result in results {
            let told = told(&result);
            assert!(
                !told.contains("canary") && !told.contains("7f3a"),
                "{url}: {told}"
            );
        }
    }
}
