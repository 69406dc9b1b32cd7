//! TOML documents, line by line.

use typed_state::backends::RedisConfig;

use super::refused;

#[test]
fn toml_is_read_by_line() {
    let config = RedisConfig::from_toml(
        "mode = \"cluster\"\nnodes = [\"a\", \"b:7\"]\npool_max = 5\ntls = true\nconnect_timeout = \"250ms\"\n",
    );
    assert_eq!(
        config.unwrap().to_string(),
        "rediss+cluster://a:6379,b:7?pool_max=5&connect_timeout=250ms"
    );
    let cases = [
        ("", "`mode` is missing"),
        (
            "mode = 'standalone'",
            "`server` is missing: mode `standalone` needs it",
        ),
        (
            "mode = 'sentinel'\nsentinels = ['a']",
            "`service` is missing",
        ),
        ("mode = 'sentinel'\nservice = 'a'", "`sentinels` is missing"),
        ("mode = 'cluster'\nnodes = []", "`nodes` in line 2 must be"),
        ("mode = 'cluster'\nnodes = 'a,b'", "as an array of strings"),
        (
            "mode = 'cluster'\nnodes = ['a', 7]",
            "`nodes` in line 2 must be",
        ),
        (
            "mode = 'cluster'\nnodes = ['a']\nserver = 'b'",
            "`server` belongs to mode `standalone`",
        ),
        ("\n\npool_maxx = 5", "`pool_maxx` in line 3 is no option"),
        ("url = 'redis://h'", "`url` in line 1 is no option"),
        (
            "[redis]\nmode = 'standalone'",
            "`redis` in line 1 is no option",
        ),
        (
            "\npool_max = 0",
            "`pool_max` in line 2 is `0`, but must be a number from 1 to 10000",
        ),
        ("pool_max = -1", "`pool_max` in line 1 is `-1`"),
        ("pool_max = 0x10", "`pool_max` in line 1 is `0x10`"),
        ("pool_max = 1.5", "`pool_max` in line 1 must be"),
        ("pool_max = true", "`pool_max` in line 1 must be"),
        ("command_timeout = 3", "`command_timeout` in line 1 must be"),
        ("client_name = 5", "in quotes"),
        ("tls = 1", "as a boolean"),
        (
            "pool_max = 5\npool_max = 5",
            "line 2 is no TOML: duplicate key",
        ),
        ("pool_max = ", "line 1 is no TOML"),
        ("\n\n\"", "line 3 is no TOML"),
    ];
    for (document, reason) in cases {
        let message = refused(RedisConfig::from_toml(document));
        assert!(message.contains(reason), "{document:?}: {message}");
    }
}
