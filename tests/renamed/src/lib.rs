//! The derives where typed-state is called `shelf`, and where only a re-export of it is in reach.

/// What a crate that wraps typed-state would re-export.
pub mod facade {
    pub use ::shelf;
}

/// Named from the root.
pub mod named {
    use ::serde::{Deserialize, Serialize};
    use ::shelf::{KeyField, StateKey, StateValue};
    use ::std::string::String;

    /// An enum without data.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, KeyField)]
    #[state(crate = "::shelf")]
    pub enum Region {
        /// Here.
        #[state(tag = 1)]
        Eu,
        /// There.
        #[state(tag = 2)]
        Us,
    }

    /// A part of keys with data.
    #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, KeyField)]
    #[state(crate = "::shelf")]
    pub enum Origin<T> {
        /// Nowhere.
        #[state(tag = 0)]
        Unknown,
        /// There.
        #[state(tag = 1)]
        At(T),
    }

    /// An ordered key.
    #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, StateKey)]
    #[state(crate = "::shelf", namespace = "orders", value = Order, ordered)]
    pub struct OrderKey {
        /// The partition.
        #[state(partition)]
        pub tenant: String,
        /// Where.
        pub region: Region,
        /// From where.
        pub origin: Origin<String>,
    }

    /// The first version.
    #[derive(Debug, Serialize, Deserialize, StateValue)]
    #[state(crate = "::shelf", name = "order")]
    pub struct OrderV1 {
        /// A sum.
        pub total: u64,
    }

    /// The second version.
    #[derive(Debug, PartialEq, Serialize, Deserialize, StateValue)]
    #[state(crate = "::shelf", name = "order", version = 2, from = OrderV1, compress = "lz4")]
    pub struct Order {
        /// A sum.
        pub total: u64,
    }

    impl ::std::convert::From<OrderV1> for Order {
        fn from(old: OrderV1) -> Self {
            Self { total: old.total }
        }
    }
}

/// Through a path within the crate.
pub mod reexported {
    use crate::facade::shelf::StateKey;

    /// A key whose derive names typed-state through `facade`.
    #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, StateKey)]
    #[state(crate = "crate::facade::shelf", namespace = "numbers", value = u64, ordered)]
    pub struct NumberKey(pub u64);
}

#[cfg(test)]
mod tests {
    use ::shelf::StateValue;
    use ::shelf::codec::Format;
    use ::shelf::key::encode_key;
    use ::std::assert_eq;
    use ::std::result::Result::Ok;
    use ::std::string::ToString;
    use ::std::vec::Vec;

    use crate::named::{Order, OrderKeyRef, OrderV1, OriginRef, Region};
    use crate::reexported::NumberKey;

    #[test]
    fn keys_work_under_another_name() {
        let twin = OrderKeyRef {
            tenant: "acme",
            region: Region::Us,
            origin: OriginRef::At("x"),
        };
        let key = encode_key(&twin).unwrap();
        assert_eq!(key.as_bytes(), b"orders\0acme\0\x01\x02\x01x\0\x01");
        assert_eq!(NumberKey(7).to_string(), "numbers/7");
    }

    #[test]
    fn values_work_under_another_name() {
        let mut bytes = Vec::new();
        OrderV1 { total: 7 }.encode_payload(&mut bytes).unwrap();
        let order = Order::decode_payload(1, Format::MessagePack, &bytes);
        assert_eq!(order, Ok(Order { total: 7 }));
    }
}
