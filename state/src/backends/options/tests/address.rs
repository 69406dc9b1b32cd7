use super::super::HostPort;

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
