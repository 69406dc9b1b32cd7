use super::super::cache::{Cache, Found, Known, Reservation};
use super::{key, record};

/// Small enough that some thirty entries push out the others.
const SMALL: usize = 8_192;

fn reserve<'a>(cache: &'a Cache, name: &[u8]) -> Reservation<'a> {
    match cache.get_or_reserve(&key(name)) {
        Found::Reserved(reservation) => reservation,
        Found::Known(_) => panic!("it is known"),
        Found::Busy => panic!("it is busy"),
    }
}

fn is_busy(cache: &Cache, name: &[u8]) -> bool {
    matches!(cache.get_or_reserve(&key(name)), Found::Busy)
}

fn known(cache: &Cache, name: &[u8]) -> Option<Known> {
    cache.get(&key(name))
}

fn crowd_out(cache: &Cache) {
    for number in 0..10_000_u32 {
        cache.store(key(&number.to_be_bytes()), Some(record(b"other", None)));
    }
}

/// Leaves the key as if it had been pushed out.
fn push_out(cache: &Cache, name: &[u8]) {
    cache.store(key(name), Some(record(&vec![0; SMALL], None)));
    assert_eq!(known(cache, name), None);
}

#[test]
fn what_is_filled_is_known_and_absence_too() {
    let cache = Cache::new(SMALL);
    reserve(&cache, b"a").fill(Some(record(b"1", None)));
    reserve(&cache, b"b").fill(None);
    assert_eq!(known(&cache, b"a"), Some(Known(Some(record(b"1", None)))));
    assert_eq!(known(&cache, b"b"), Some(Known(None)));
    assert_eq!(known(&cache, b"c"), None);
}

#[test]
fn a_reservation_given_up_can_be_had_again() {
    let cache = Cache::new(SMALL);
    drop(reserve(&cache, b"a"));
    reserve(&cache, b"a").fill(None);
    assert_eq!(known(&cache, b"a"), Some(Known(None)));
}

#[test]
fn a_second_reader_does_not_wait_and_does_not_fill() {
    let cache = Cache::new(SMALL);
    let first = reserve(&cache, b"a");
    assert!(is_busy(&cache, b"a"));
    first.fill(None);
    assert_eq!(known(&cache, b"a"), Some(Known(None)));
}

#[test]
fn a_fill_from_before_a_change_is_dropped_at_every_step_of_it() {
    for step in 0..3 {
        let cache = Cache::new(SMALL);
        let stale = reserve(&cache, b"a");
        cache.mark(&key(b"a"));
        assert!(is_busy(&cache, b"a"), "in flight");
        let new = Some(record(b"new", None));
        match step {
            0 => stale.fill(None),
            1 => {
                cache.store(key(b"a"), new.clone());
                stale.fill(None);
            }
            _ => {
                cache.store(key(b"a"), new.clone());
                push_out(&cache, b"a");
                let fresh = reserve(&cache, b"a");
                stale.fill(None);
                fresh.fill(new.clone());
            }
        }
        if step == 0 {
            assert_eq!(known(&cache, b"a"), None);
            assert!(is_busy(&cache, b"a"), "still in flight");
            cache.store(key(b"a"), new.clone());
        }
        assert_eq!(known(&cache, b"a"), Some(Known(new)), "step {step}");
    }
}

#[test]
fn a_key_in_flight_is_never_pushed_out() {
    for bytes in [0, SMALL] {
        let cache = Cache::new(bytes);
        for number in 0..1_000_u32 {
            cache.mark(&key(
                &[b"in flight", number.to_be_bytes().as_slice()].concat()
            ));
        }
        crowd_out(&cache);
        for number in 0..1_000_u32 {
            let name = [b"in flight", number.to_be_bytes().as_slice()].concat();
            assert!(is_busy(&cache, &name), "{number} of {bytes} bytes");
        }
    }
}

#[test]
fn a_record_too_large_leaves_nothing_behind() {
    let cache = Cache::new(SMALL);
    cache.store(key(b"a"), Some(record(b"old", None)));
    cache.mark(&key(b"a"));
    cache.store(key(b"a"), Some(record(&vec![0; SMALL], None)));
    assert_eq!(known(&cache, b"a"), None);
    let reservation = reserve(&cache, b"a");
    reservation.fill(Some(record(&vec![0; SMALL], None)));
    assert_eq!(known(&cache, b"a"), None);
    drop(reserve(&cache, b"a"));
}

#[test]
fn a_cache_of_nothing_keeps_nothing() {
    let cache = Cache::new(0);
    reserve(&cache, b"a").fill(Some(record(b"1", None)));
    assert_eq!(known(&cache, b"a"), None);
    cache.mark(&key(b"a"));
    assert!(is_busy(&cache, b"a"));
    cache.store(key(b"a"), None);
    drop(reserve(&cache, b"a"));
}

#[test]
fn clearing_ends_reservations() {
    let cache = Cache::new(SMALL);
    cache.store(key(b"b"), None);
    cache.mark(&key(b"c"));
    let stale = reserve(&cache, b"a");
    cache.clear();
    stale.fill(Some(record(b"old", None)));
    for name in [b"a", b"b", b"c"] {
        assert_eq!(known(&cache, name), None);
        drop(reserve(&cache, name));
    }
    let stale = reserve(&cache, b"a");
    cache.clear();
    let fresh = reserve(&cache, b"a");
    stale.fill(Some(record(b"old", None)));
    fresh.fill(Some(record(b"new", None)));
    assert_eq!(known(&cache, b"a"), Some(Known(Some(record(b"new", None)))));
}

/// Otherwise a key of a page would keep the whole page in memory.
#[test]
fn a_cached_key_shares_no_buffer() {
    let page = bytes::Bytes::from(b"test\0a and much more".to_vec());
    let shared = crate::backend::Key::new(page.slice(..6), 5).unwrap();
    drop(super::super::cache::own(&shared));
    let own = super::super::cache::own(&shared);
    drop(shared);
    assert!(page.is_unique(), "{own} still shares it");
}
