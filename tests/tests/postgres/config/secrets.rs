//! No message gives a secret away, wherever it was put.

use proptest::prelude::*;
use typed_state::backends::PostgresConfig;

use super::{CANARY, keeps_secret, read, told};

/// URLs with a secret in every place where somebody might have put one.
fn urls_with_a_secret() -> Vec<String> {
    [
        "postgres://u:C@h",
        "postgres://:C@h",
        "postgres://u:C",
        "postgres://u:C@",
        "postgres://u:C@h:x",
        "postgres://u:C@a,b,:1/d",
        "postgres://u:C@%2Frun%2Fpg/d",
        "postgres://u:C@h/a/b",
        "postgres://u:C@h?pool_max=0",
        "postgres://u:C@h?nonsense=1",
        "postgres://u:C@h?nonsense=C",
        "postgres://u:C@h?C",
        "postgres://u:C@h?C=1",
        "postgres://u:C@h?C=1&C=2",
        "postgres://u:C@h#f",
        "postgres://u:C@h#C",
        "postgres://u:C@C@h",
        "postgres://u:a/C@h",
        "postgres://u:a?C@h",
        "postgres://u:a#C@h",
        "postgres://u:C%@h",
        "postgres://u:C%ff@h",
        "postgres://u:C%00@h",
        "postgres://u%20:C@h",
        "postgres://u:C @h",
        "postgres://u:C@h ",
        "http://u:C@h",
        "C://h",
        "u:C@h",
        "postgres://u@h?password=C",
        "postgres://u@h?password=C&password=C",
        "postgres://u@h?user=u&password=C",
        "postgres://u@h?passwort=C",
        "postgres://u@h?sslpassword=C",
        "postgres://u@h?passfile=C",
        "postgres://u@h?options=C",
        "postgres://u@?host=C:C",
        "postgres://u@?host=C@h",
        "postgres://u@?host=C%zz",
        "postgres://u@?host=a&port=C",
        "postgres://u@h?port=C",
        "postgres://C@?host=a,b&port=1,2,C",
        "postgres://u@h?connect_timeout=5;password=C",
        "postgres://u@h?ssl_mode=disable;password=C",
        "postgres://u@h?schema=a;password=C",
        "postgres://u@h?table=postgres://u:C@h",
        "postgres://u@h/d&password=C",
        "postgres://u@h/d;password=C",
        "postgres://u@h/d%26password%3DC%00",
        "postgres://u@h?ssl_key=-----BEGIN%20C",
        "postgres://u@h?ssl_cert=-----BEGIN%20PRIVATE%20KEY%20C",
        "postgres://u@h?ssl_mode=-----BEGIN%20C",
    ]
    .map(|url| url.replace('C', CANARY))
    .to_vec()
}

#[test]
fn no_url_gives_its_secret_away() {
    for url in urls_with_a_secret() {
        keeps_secret(&url, &read(&url));
        keeps_secret(
            &url,
            &PostgresConfig::from_vars([("STATE_POSTGRES_URL", &url)]),
        );
        keeps_secret(&url, &PostgresConfig::hosts([&url]).build());
        let builder = PostgresConfig::url(&url);
        assert!(
            !format!("{builder:?}").contains("7f3a"),
            "{url}: {builder:?}"
        );
    }
}

#[test]
fn no_variable_gives_its_secret_away() {
    let secret = ("STATE_POSTGRES_PASSWORD", CANARY);
    let url = ("STATE_POSTGRES_URL", "postgres://u@h");
    let key = "-----BEGIN PRIVATE KEY-----\ncanary-7f3a\n-----END PRIVATE KEY-----\n";
    let beside: [&[(&str, &str)]; 8] = [
        &[],
        &[url],
        &[("STATE_POSTGRES_URL", "postgres://h")],
        &[url, ("STATE_POSTGRES_USERNAME", "canary-7f3a canary")],
        &[url, ("STATE_POSTGRES_CANARY-7F3A", CANARY)],
        &[url, ("STATE_POSTGRES_PASSWORT", CANARY)],
        &[url, ("STATE_POSTGRES_SSL_CERT", key)],
        &[url, ("STATE_POSTGRES_SSL_KEY", key)],
    ];
    for variables in beside {
        let variables: Vec<_> = variables.iter().copied().chain([secret]).collect();
        keeps_secret(
            &format!("{variables:?}"),
            &PostgresConfig::from_vars(variables),
        );
    }
}

/// A document with a password and a key, in which nothing is wrong.
fn document_with_a_secret() -> String {
    format!(
        "hosts = [\"a\"]\nusername = \"app\"\npassword = \"{CANARY}\"\nssl_cert = '/cert.pem'\n\
         ssl_key = '''-----BEGIN PRIVATE KEY-----\n{CANARY}\n'''\npool_max = 50\n"
    )
}

#[test]
fn no_document_gives_its_secret_away() {
    let whole = document_with_a_secret();
    keeps_secret(&whole, &PostgresConfig::from_toml(&whole));
    PostgresConfig::from_toml(&whole).unwrap();
    for line in [
        format!("password = {CANARY}"),
        format!("password = \"{CANARY}"),
        format!("password = \"{CANARY}\" \"{CANARY}\""),
        format!("password = \"{CANARY}\\q\""),
        format!("password = [\"{CANARY}\"]"),
        format!("password = {{ is = \"{CANARY}\" }}"),
        format!("password.{CANARY} = \"{CANARY}\""),
        format!("passwort = \"{CANARY}\""),
        format!("\"{CANARY}\" = 1"),
        format!("{CANARY} = 1"),
        format!("[{CANARY}]"),
        format!("{CANARY} = 1\n{CANARY} = 1"),
        format!("hosts = [\"postgres://u:{CANARY}@h\"]"),
        format!("hosts = \"postgres://u:{CANARY}@h\""),
        format!("pool_max = \"postgres://u:{CANARY}@h\""),
        format!("pool_max = \"5;password={CANARY}\""),
        format!("username = \"{CANARY} {CANARY}\""),
        format!("ssl_key = \"{CANARY}\\u0000\""),
    ] {
        for document in [
            line.clone(),
            whole.clone() + &line,
            line.clone() + "\n" + &whole,
        ] {
            keeps_secret(&document, &PostgresConfig::from_toml(&document));
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
        let result = PostgresConfig::from_toml(&document);
        let told = told(&result);
        // The change may break the secret itself; the rest of it is still one.
        prop_assert!(!told.contains("canary") && !told.contains("7f3a"), "{}: {}", document, told);
    }

    #[test]
    fn no_change_of_a_url_gives_its_secret_away(position: prop::sample::Index, change in "[ -~]{0,2}", cut in 0_usize..2) {
        let whole = "postgres://app:canary-7f3a@a,b:7/shop?ssl_mode=require&schema=s&connect_timeout=5&pool_max=5";
        let mut url = whole.to_owned();
        let from = position.index(url.len());
        // Without its colon the secret is a part of the user's name, and nobody can tell.
        prop_assume!(whole.get(from..from + cut) != Some(":") || change.contains(':'));
        url.replace_range(from..from + cut, &change);
        let told = told(&read(&url));
        prop_assert!(!told.contains("canary-7f3a"), "{}: {}", url, told);
    }
}
