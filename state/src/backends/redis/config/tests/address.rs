use std::path::Path;

use proptest::prelude::*;

use super::super::address::Address;
use super::super::checks::addresses;
use crate::backends::options::HostPort;

#[test]
fn a_list_is_as_good_as_its_worst() {
    assert_eq!(addresses("a,b:2,[::1]:3", 1).unwrap().len(), 3);
    for text in ["", ",", "a,", ",a", "a,,b", "a, b", "a;b"] {
        assert_eq!(addresses(text, 1), None, "{text}");
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
        if let Some(list) = addresses(&text, 1) {
            for address in list {
                prop_assert!(address.port != 0);
                prop_assert_eq!(HostPort::read(&address.to_string(), 1), Some(address));
            }
        }
    }
}
