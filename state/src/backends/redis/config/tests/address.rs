use std::path::Path;

use proptest::prelude::*;

use super::super::address::{Address, HostPort};

#[test]
fn hosts_are_names_or_addresses() {
    let read = [
        ("redis", "redis", 7),
        ("redis-0.redis.svc:6380", "redis-0.redis.svc", 6380),
        ("my_redis", "my_redis", 7),
        ("127.0.0.1:1", "127.0.0.1", 1),
        ("[::1]", "::1", 7),
        ("[fe80::1]:65535", "fe80::1", 65535),
    ];
    for (text, host, port) in read {
        let address = HostPort::read(text, 7).unwrap();
        assert_eq!((address.host.as_str(), address.port), (host, port));
        assert_eq!(HostPort::read(&address.to_string(), 7), Some(address));
    }
    let long = "a".repeat(254);
    let refused = [
        "",
        ":",
        ":1",
        "h:",
        "h:0",
        "h:65536",
        "h:+1",
        "h:1:2",
        "::1",
        "[::1",
        "::1]",
        "[]",
        "[h]:1",
        "[::1]1",
        "[::1]:",
        "h/",
        "h 1",
        "-h",
        ".h",
        "a,b",
        "u@h",
        "redis://h",
        "é",
        "h%31",
        &long,
    ];
    for text in refused {
        assert_eq!(HostPort::read(text, 7), None, "{text}");
    }
}

#[test]
fn a_list_is_as_good_as_its_worst() {
    assert_eq!(HostPort::read_list("a,b:2,[::1]:3", 1).unwrap().len(), 3);
    for text in ["", ",", "a,", ",a", "a,,b", "a, b", "a;b"] {
        assert_eq!(HostPort::read_list(text, 1), None, "{text}");
    }
}

#[test]
fn sockets_have_absolute_paths_that_fit() {
    let longest = format!("/{}", "a".repeat(106));
    assert_eq!(
        Address::read(&longest),
        Some(Address::Unix(longest.clone().into()))
    );
    assert_eq!(Address::read(&format!("{longest}a")), None);
    assert_eq!(Address::unix(Path::new("run/redis.sock")), None);
    assert_eq!(Address::read("/a\0b"), None);
}

proptest! {
    #[test]
    fn no_text_breaks_it(text: String) {
        if let Some(list) = HostPort::read_list(&text, 1) {
            for address in list {
                prop_assert!(address.port != 0);
                prop_assert_eq!(HostPort::read(&address.to_string(), 1), Some(address));
            }
        }
    }
}
