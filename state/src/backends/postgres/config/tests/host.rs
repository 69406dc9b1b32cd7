use proptest::prelude::*;

use super::super::options::Host;

fn tcp(host: &str, port: u16) -> Host {
    Host::Tcp {
        host: host.to_owned(),
        port,
    }
}

fn unix(folder: &str, port: u16) -> Host {
    Host::Unix {
        folder: folder.into(),
        port,
    }
}

#[test]
fn hosts_are_names_addresses_or_folders() {
    let read = [
        ("db", tcp("db", 5432)),
        ("db-0.db.svc:5433", tcp("db-0.db.svc", 5433)),
        ("127.0.0.1:1", tcp("127.0.0.1", 1)),
        ("[::1]", tcp("::1", 5432)),
        ("[fe80::1]:65535", tcp("fe80::1", 65535)),
        ("/run/postgresql", unix("/run/postgresql", 5432)),
        ("/run/postgresql:5433", unix("/run/postgresql", 5433)),
        ("/a b:c:1", unix("/a b:c", 1)),
        ("/", unix("/", 5432)),
    ];
    for (text, host) in read {
        assert_eq!(Host::read(text), Some(host), "{text}");
    }
    for text in [
        "",
        ":5432",
        "h:0",
        "h:65536",
        "::1",
        "[::1",
        "u@h",
        "run/postgresql",
        "@abstract",
        "/run:",
        "/run:0",
        "/run:65536",
        "/run:x",
        "/a,b",
        "/a\0b",
        "/a\nb",
    ] {
        assert_eq!(Host::read(text), None, "{text}");
    }
}

#[test]
fn a_folder_leaves_room_for_its_socket() {
    let longest = format!("/{}", "a".repeat(107 - 1 - "/.s.PGSQL.5432".len()));
    assert_eq!(Host::read(&longest), Some(unix(&longest, 5432)));
    assert_eq!(Host::read(&format!("{longest}:1")), Some(unix(&longest, 1)));
    assert_eq!(Host::read(&format!("{longest}:65535")), None);
    assert_eq!(Host::read(&format!("{longest}a")), None);
}

#[test]
fn hosts_are_shown_as_in_a_url() {
    let shown = [
        ("db", "db:5432"),
        ("[::1]:7", "[::1]:7"),
        ("/run/post gres", "%2Frun%2Fpost%20gres:5432"),
        ("/a:b:7", "%2Fa%3Ab:7"),
    ];
    for (text, shown) in shown {
        assert_eq!(Host::read(text).unwrap().to_string(), shown);
    }
}

proptest! {
    #[test]
    fn no_text_breaks_it(text: String, tail in "[ -~]{0,12}(:[0-9]{1,6})?") {
        for text in [text, format!("/{tail}"), tail] {
            if let Some(list) = Host::read_list(&text) {
                prop_assert_eq!(list.len(), text.split(',').count());
            }
        }
    }
}
