//! The prefix builder: what it holds, and how far it reaches.

use typed_state::backends::Memory;
use typed_state::key::{Across, KeyRange, Within};
use typed_state::testing::prefix_law;
use typed_state::{KeyField, StateKey, Store};

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, StateKey)]
#[state(namespace = "orders", value = u64, ordered)]
struct OrderKey {
    #[state(partition)]
    tenant: String,
    #[state(partition)]
    region: Region,
    path: Vec<u8>,
    id: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, KeyField)]
enum Region {
    #[state(tag = 1)]
    Eu,
    #[state(tag = 2)]
    Us,
}

/// Without a partition, every prefix reaches across.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, StateKey)]
#[state(namespace = "pairs", value = u64, ordered)]
struct Pair<T>(T, String);

/// Types and traits that are called as those of the prelude and of the generated code are.
mod shadowing {
    use typed_state::StateKey;

    #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, StateKey)]
    #[state(namespace = "shadowing", value = u8, ordered)]
    pub(super) struct Start {
        #[state(partition)]
        pub(super) r#type: Option,
        pub(super) clone: std::string::String,
        pub(super) into: u8,
        pub(super) tenant: tenant::Id,
    }

    #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, typed_state::KeyField)]
    pub(super) struct Option(pub(super) std::string::String);

    mod tenant {
        pub(super) type Id = u8;
    }

    macro_rules! shadow {
        ($($name:ident)*) => {
            $(
                #[expect(dead_code, reason = "it is there to be mistaken")]
                pub(super) struct $name;
            )*
        };
    }

    shadow! {
        Result Some None Ok Err String Vec Box From Into AsRef RangeBounds Within Across Prefix PrefixStage
        KeyField KeyRange StringField OrderedKey
    }
}

fn within(prefix: impl Into<KeyRange<OrderKey, Within>>) -> KeyRange<OrderKey, Within> {
    prefix.into()
}

fn across(prefix: impl Into<KeyRange<OrderKey, Across>>) -> KeyRange<OrderKey, Across> {
    prefix.into()
}

#[test]
fn every_stage_holds_just_its_keys() {
    prefix_law(|_| across(OrderKey::prefix()), |_| ());
    prefix_law(
        |key: &OrderKey| across(OrderKey::prefix().tenant(&key.tenant)),
        |key| key.tenant.clone(),
    );
    prefix_law(
        |key: &OrderKey| within(OrderKey::prefix().tenant(&key.tenant).region(key.region)),
        |key| (key.tenant.clone(), key.region),
    );
    prefix_law(
        |key: &OrderKey| {
            within(
                OrderKey::prefix()
                    .tenant(&key.tenant)
                    .region(key.region)
                    .path(&key.path),
            )
        },
        |key| (key.tenant.clone(), key.region, key.path.clone()),
    );
    prefix_law(
        |key: &OrderKey| {
            within(
                OrderKey::prefix()
                    .tenant(&key.tenant)
                    .region(key.region)
                    .path(&key.path)
                    .id(key.id),
            )
        },
        Clone::clone,
    );
    prefix_law(
        |key: &shadowing::Start| {
            KeyRange::<_, Within>::from(
                shadowing::Start::prefix()
                    .r#type(&key.r#type.0)
                    .clone(&key.clone)
                    .into(key.into),
            )
        },
        |key| (key.r#type.0.clone(), key.clone.clone(), key.into),
    );
    prefix_law(
        |key: &Pair<u8>| KeyRange::<_, Across>::from(Pair::prefix().field_0(key.0)),
        |key| key.0,
    );
}

#[tokio::test]
async fn ranges_end_a_prefix() {
    let store = Store::new(Memory::new());
    for tenant in ["ac", "acme", "b"] {
        for (region, path, id) in [
            (Region::Eu, "a", 1),
            (Region::Eu, "ab", 2),
            (Region::Eu, "ab", 9),
            (Region::Us, "b", 1),
        ] {
            let key = OrderKey {
                tenant: tenant.to_owned(),
                region,
                path: path.into(),
                id,
            };
            store.put(&key, &id).await.unwrap();
        }
    }
    let eu = || OrderKey::prefix().tenant("acme").region(Region::Eu);
    for (range, ids) in [
        (within(eu()), &[1, 2, 9][..]),
        (eu().path_starts_with("ab"), &[2, 9]),
        (eu().path_starts_with(""), &[1, 2, 9]),
        (eu().path_range(&b"a"[..]..b"ab"), &[1]),
        (eu().path_range(..=&b"a"[..]), &[1]),
        (eu().path(b"ab").id_range(3..), &[9]),
        (eu().path(b"ab").id_range(..=2), &[2]),
        (eu().path(b"ab").id_range(3..9), &[]),
    ] {
        let name = format!("{range:?}");
        let found = store.range(range).collect().await.unwrap();
        let found: Vec<u64> = found.into_iter().map(|(_, id)| id).collect();
        assert_eq!(found, ids, "{name}");
    }
    for (range, count) in [
        (across(OrderKey::prefix()), 12),
        (OrderKey::prefix().tenant_starts_with("ac"), 8),
        (OrderKey::prefix().tenant_range("acme"..), 8),
        (across(OrderKey::prefix().tenant("ac")), 4),
        (
            OrderKey::prefix().tenant("ac").region_range(Region::Us..),
            1,
        ),
    ] {
        let name = format!("{range:?}");
        assert_eq!(
            store.range_across(range).count().await.unwrap(),
            count,
            "{name}"
        );
    }
}

#[test]
fn a_prefix_shows_its_bytes() {
    assert_eq!(
        format!("{:?}", OrderKey::prefix().tenant("a")),
        "Prefix { namespace: \"orders\", bytes: [111, 114, 100, 101, 114, 115, 0, 97, 0, 1] }"
    );
}
