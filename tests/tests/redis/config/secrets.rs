//! No message gives a secret away, wherever it was put.

use proptest::prelude::*;
use typed_state::backends::RedisConfig;

use super::{CANARY, keeps_secret, read, told};

/// URLs with a secret in every place where somebody might have put one.
fn urls_with_a_secret() -> Vec<String> {
    [
        "redis://u:C@h",
        "redis://:C@h",
        "redis://C@h",
        "redis://u:C",
        "redis://u:C@",
        "redis://u:C@h:x",
        "redis://u:C@h/x",
        "redis://u:C@h/99999999999",
        "redis://u:C@h?pool_max=0",
        "redis://u:C@h?nonsense=1",
        "redis://u:C@h?nonsense=C",
        "redis://u:C@h?C",
        "redis://u:C@h?C=1",
        "redis://u:C@h?C=1&C=2",
        "redis://u:C@h#f",
        "redis://u:C@h#C",
        "redis://u:C@C@h",
        "redis://u:a/C@h",
        "redis://u:a?C@h",
        "redis://u:a#C@h",
        "redis://u:C%@h",
        "redis://u:C%ff@h",
        "redis://u%20:C@h",
        "redis://u:C @h",
        "redis://u:C@h ",
        "http://u:C@h",
        "C://h",
        "u:C@h",
        "redis://h?password=C",
        "redis://h?sentinel_password=C",
        "redis://h?sentinel_password=C&sentinel_password=C",
        "redis://h?sentinel_password=C%zz",
        "redis://h?sentinel_passwort=C",
        "redis://h?client_name=redis://:C@h",
        "redis://h?pool_max=5;password=C",
        "redis://h?key_prefix=a;password=C",
        "redis://h?pool_max=5password=C",
        "redis://h/1&password=C",
        "unix:///s&password=C",
        "redis+sentinel://a/main;password=C",
        "redis+unix://u:C@/s",
        "redis+unix://u:C@h/s",
        "redis+unix:///s?db=1&password=C",
        "redis+sentinel://u:C@a,b/main?sentinel_username=s&sentinel_password=C",
        "redis+sentinel://u:C@a,/main",
        "redis+sentinel://u:C@a",
        "redis+cluster://u:C@a/1",
        "redis+cluster://u:C@a:x",
    ]
    .map(|url| url.replace('C', CANARY))
    .to_vec()
}

#[test]
fn no_url_gives_its_secret_away() {
    for url in urls_with_a_secret() {
        keeps_secret(&url, &read(&url));
        keeps_secret(&url, &RedisConfig::from_vars([("STATE_REDIS_URL", &url)]));
        keeps_secret(&url, &RedisConfig::standalone(&url).build());
        keeps_secret(&url, &RedisConfig::cluster([&url]).build());
        keeps_secret(&url, &RedisConfig::sentinel([&url], "main").build());
        let builder = RedisConfig::url(&url);
        assert!(
            !format!("{builder:?}").contains("7f3a"),
            "{url}: {builder:?}"
        );
    }
}

#[test]
fn no_variable_gives_its_secret_away() {
    let secret = [
        ("STATE_REDIS_PASSWORD", CANARY),
        ("STATE_REDIS_SENTINEL_PASSWORD", CANARY),
    ];
    let beside: [&[(&str, &str)]; 8] = [
        &[],
        &[("STATE_REDIS_URL", "redis+sentinel://u@h/s")],
        &[("STATE_REDIS_URL", "redis://u@h")],
        &[("STATE_REDIS_URL", "redis+sentinel://u@h")],
        &[
            ("STATE_REDIS_URL", "redis+sentinel://h/s"),
            ("STATE_REDIS_USERNAME", "canary-7f3a canary"),
        ],
        &[
            ("STATE_REDIS_URL", "redis+sentinel://h/s"),
            ("STATE_REDIS_CANARY-7F3A", CANARY),
        ],
        &[
            ("STATE_REDIS_URL", "redis+sentinel://h/s"),
            ("STATE_REDIS_PASSWORT", CANARY),
        ],
        &[
            ("STATE_REDIS_URL", "redis+sentinel://h/s"),
            ("STATE_REDIS_CA", "-----BEGIN PRIVATE KEY canary-7f3a"),
        ],
    ];
    for variables in beside {
        let variables: Vec<_> = variables.iter().chain(&secret).copied().collect();
        keeps_secret(
            &format!("{variables:?}"),
            &RedisConfig::from_vars(variables),
        );
    }
}

/// A document with both passwords, in which nothing is wrong.
fn document_with_a_secret() -> String {
    format!(
        "mode = \"sentinel\"\nsentinels = [\"a\"]\nservice = \"main\"\nusername = \"app\"\npassword = \"{CANARY}\"\n\
         sentinel_password = '{CANARY}'\npool_max = 50\n"
    )
}

#[test]
fn no_document_gives_its_secret_away() {
    let whole = document_with_a_secret();
    keeps_secret(&whole, &RedisConfig::from_toml(&whole));
    RedisConfig::from_toml(&whole).unwrap();
    for line in [
        format!("password = {CANARY}"),
        format!("password = \"{CANARY}"),
        format!("password = \"{CANARY}\" \"{CANARY}\""),
        format!("password = '{CANARY}\\q' x"),
        format!("password = \"{CANARY}\\q\""),
        format!("password = [\"{CANARY}\"]"),
        format!("password = {{ is = \"{CANARY}\" }}"),
        format!("password.{CANARY} = \"{CANARY}\""),
        format!("password \"{CANARY}\""),
        format!("passwort = \"{CANARY}\""),
        format!("\"{CANARY}\" = 1"),
        format!("{CANARY} = 1"),
        format!("[{CANARY}]"),
        format!("[[password.{CANARY}]]"),
        format!("{CANARY} = 1\n{CANARY} = 1"),
        format!("server = \"redis://:{CANARY}@h\""),
        format!("pool_max = \"redis://:{CANARY}@h\""),
        format!("pool_max = \"5;password={CANARY}\""),
        format!("username = \"{CANARY} {CANARY}\""),
        format!("client_key = \"-----BEGIN {CANARY}\""),
    ] {
        for document in [
            line.clone(),
            whole.clone() + &line,
            line.clone() + "\n" + &whole,
        ] {
            keeps_secret(&document, &RedisConfig::from_toml(&document));
        }
    }
}

proptest! {
    #[test]
    fn no_change_of_a_document_gives_its_secret_away(position: prop::sample::Index, change in "[\"'\\[\\]{}=.#\\\\\n a-z0-9-]{0,3}", cut in 0_usize..3) {
        let mut document = document_with_a_secret();
        let from = position.index(document.len());
        let to = (from + cut).min(document.len());
        document.replace_range(from..to, &change);
        let result = RedisConfig::from_toml(&document);
        let told = told(&result);
        // The change may break the secret itself; the rest of it is still one.
        prop_assert!(!told.contains("canary") && !told.contains("7f3a"), "{}: {}", document, told);
    }

    #[test]
    fn no_change_of_a_url_gives_its_secret_away(position: prop::sample::Index, change in "[ -~]{0,2}", cut in 0_usize..2) {
        let whole = "rediss+sentinel://app:canary-7f3a@a,b:7/main/1?sentinel_username=s&sentinel_password=canary-7f3a&pool_max=5";
        let mut url = whole.to_owned();
        let from = position.index(url.len());
        url.replace_range(from..from + cut, &change);
        // Where the change makes the secret a host, a user or a parameter's name, nobody can tell.
        let told = told(&read(&url));
        prop_assert!(!told.contains("canary-7f3a"), "{}: {}", url, told);
    }
}
