use proptest::prelude::*;

use super::super::names::{shown_name, unknown};

const KNOWN: [&str; 5] = ["ca", "pool_min", "pool_max", "pool_timeout", "ssl_mode"];

#[test]
fn the_name_that_is_probably_meant_is_told() {
    let near = [
        ("pool_maxx", "pool_max"),
        ("poolmin", "pool_min"),
        ("POOL_TIME_OUT", "pool_timeout"),
        ("sslmode", "ssl_mode"),
        ("cax", "ca"),
    ];
    for (name, meant) in near {
        let told = unknown(name, KNOWN);
        assert!(told.starts_with(&format!("is `{meant}` meant? ")), "{told}");
    }
    for name in [
        "",
        "tls",
        "x",
        "nonsense",
        "(not shown)",
        "pool",
        "pool_maxx1",
    ] {
        let told = unknown(name, KNOWN);
        assert_eq!(
            told,
            "there are `ca`, `pool_min`, `pool_max`, `pool_timeout`, `ssl_mode`"
        );
    }
    assert_eq!(unknown("name", []), "there are ");
}

proptest! {
    #[test]
    fn what_does_not_look_like_a_name_is_told_nowhere(name: String) {
        let told = unknown(&name, KNOWN);
        prop_assert!(told.ends_with("`pool_timeout`, `ssl_mode`"));
        prop_assert!(shown_name(&name) == name || shown_name(&name) == "(not shown)");
    }
}
