//! Keys sort as an independent encoding of the same values sorts them.

use std::fmt::Debug;
use std::time::Duration;

use proptest::collection::vec;
use proptest::prelude::*;
use storekey::Encode;
use typed_state::TotalF64;
use typed_state::key::{KeyField, Sampler};

use crate::bytes::encoded;

fn agree<F: KeyField + Debug, E: Encode>(seeds: &[Vec<u8>; 2], theirs: impl Fn(&F) -> E) {
    let [a, b] = seeds
        .each_ref()
        .map(|seed| F::sample_field(&mut Sampler::new(seed)));
    let oracle = |field: &F| storekey::encode_vec(&theirs(field)).unwrap();
    assert_eq!(
        encoded(&a).cmp(&encoded(&b)),
        oracle(&a).cmp(&oracle(&b)),
        "{a:?} and {b:?}"
    );
}

fn own<F: Clone>(field: &F) -> F {
    field.clone()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn the_order_is_that_of_storekey(seeds in [vec(any::<u8>(), 0..24), vec(any::<u8>(), 0..24)]) {
        agree(&seeds, own::<u8>);
        agree(&seeds, own::<u64>);
        agree(&seeds, own::<u128>);
        agree(&seeds, own::<i16>);
        agree(&seeds, own::<i64>);
        agree(&seeds, own::<i128>);
        agree(&seeds, own::<bool>);
        agree(&seeds, own::<char>);
        agree(&seeds, own::<String>);
        agree(&seeds, own::<Vec<u8>>);
        agree(&seeds, own::<Option<String>>);
        agree(&seeds, own::<Option<Option<i32>>>);
        agree(&seeds, own::<[u16; 3]>);
        agree(&seeds, own::<[String; 2]>);
        agree(&seeds, own::<Duration>);
        agree(&seeds, own::<(String, u64, i64)>);
        agree(&seeds, own::<(Option<Vec<u8>>, bool, String)>);
        agree(&seeds, |float: &TotalF64| float.0);
    }
}
