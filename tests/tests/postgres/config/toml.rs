//! TOML documents, line by line.

use typed_state::backends::PostgresConfig;

use super::refused;

#[test]
fn toml_is_read_by_line() {
    let config = PostgresConfig::from_toml(
        "hosts = [\"a\", \"/run/pg:7\"]\nusername = \"u\"\npool_max = 60\nmigrate = false\nconnect_timeout = \"250ms\"\n",
    );
    assert_eq!(
        config.unwrap().to_string(),
        "postgres://u@a:5432,%2Frun%2Fpg:7?pool_max=60&connect_timeout=250ms&migrate=false"
    );
    let cases = [
        ("", "`hosts` is missing"),
        ("hosts = ['a']", "`username` is missing"),
        ("hosts = []", "`hosts` in line 1 must be"),
        ("hosts = 'a,b'", "as an array of strings"),
        ("hosts = ['a', 7]", "`hosts` in line 1 must be"),
        ("hosts = [['a']]", "`hosts` in line 1 must be"),
        (
            "\n\npool_maxx = 5",
            "`pool_maxx` in line 3 is no option; is `pool_max` meant? there are `hosts`, ",
        ),
        (
            "sslmode = 'disable'",
            "`sslmode` in line 1 is no option; is `ssl_mode` meant?",
        ),
        ("url = 'postgres://h'", "`url` in line 1 is no option"),
        (
            "[postgres]\nhosts = ['a']",
            "`postgres` in line 1 is no option",
        ),
        (
            "\npool_max = 0",
            "`pool_max` in line 2 is `0`, but must be a number from 1 to 10000",
        ),
        ("partitions = -1", "`partitions` in line 1 is `-1`"),
        ("pool_max = 1.5", "`pool_max` in line 1 must be"),
        ("command_timeout = 3", "`command_timeout` in line 1 must be"),
        (
            "connect_timeout = '3'",
            "`connect_timeout` in line 1 is `3`",
        ),
        ("schema = 5", "in quotes"),
        ("migrate = 1", "as a boolean"),
        (
            "pool_max = 5\npool_max = 5",
            "line 2 is no TOML: duplicate key",
        ),
        ("pool_max = ", "line 1 is no TOML"),
    ];
    for (document, reason) in cases {
        let message = refused(PostgresConfig::from_toml(document));
        assert!(message.contains(reason), "{document:?}: {message}");
    }
}
