//! The types that are expanded.

use proc_macro2::TokenStream;
use quote::quote;

pub(super) fn key_ordered() -> TokenStream {
    quote! {
        #[state(namespace = "orders", value = Order, ordered)]
        pub struct OrderKey {
            #[state(partition)]
            pub tenant: String,
            pub id: u64,
        }
    }
}

pub(super) fn key_unordered_tuple() -> TokenStream {
    quote! {
        #[state(namespace = "sessions", value = Session)]
        pub(crate) struct SessionKey(Uuid, pub Option<u8>);
    }
}

pub(super) fn key_unit() -> TokenStream {
    quote! {
        #[state(namespace = "config", value = Config)]
        struct ConfigKey;
    }
}

pub(super) fn key_generic() -> TokenStream {
    quote! {
        #[state(namespace = "pairs", value = Held<T>, ordered, crate = "renamed::state")]
        pub struct Pair<T, S: Marker = u8, const N: usize = 4>
        where
            T: Ord,
        {
            #[state(partition)]
            left: T,
            #[state(partition)]
            r#type: Option<S>,
            hash: [u8; N],
        }
    }
}

pub(super) fn key_enum() -> TokenStream {
    quote! {
        #[state(namespace = "events", value = Event, ordered)]
        pub enum EventKey {
            #[state(tag = 1)]
            Payment { account: String, number: u64 },
            #[state(tag = 2)]
            Refund(u64),
            #[state(tag = 9)]
            Idle,
        }
    }
}

pub(super) fn key_with_mistakes() -> TokenStream {
    quote! {
        #[state(namspace = "orders", ordered = true)]
        struct OrderKey(String);
    }
}

pub(super) fn key_inert() -> TokenStream {
    quote! {
        #[state(namespace = "orders", value = Order, ordered)]
        struct OrderKey<'k, T> {
            tenant: &'k str,
            id: T,
        }
    }
}

pub(super) fn field_newtype() -> TokenStream {
    quote! {
        pub struct TenantName(String);
    }
}

pub(super) fn field_unit_enum() -> TokenStream {
    quote! {
        pub enum Region {
            #[state(tag = 1)]
            Eu,
            #[state(tag = 2)]
            Us,
        }
    }
}

pub(super) fn field_data_enum() -> TokenStream {
    quote! {
        pub enum Origin<T> {
            #[state(tag = 0)]
            Unknown,
            #[state(tag = 5)]
            At(T),
        }
    }
}

pub(super) fn value_plain() -> TokenStream {
    quote! {
        #[state(name = "order")]
        pub struct Order {
            total: u64,
        }
    }
}

pub(super) fn value_all() -> TokenStream {
    quote! {
        #[state(name = "order", version = 3, try_from = OrderV2, format = "bincode")]
        #[state(compress = "lz4", threshold = 512, ttl = "15m", max_size = "1MiB")]
        pub struct Order {
            total: u64,
        }
    }
}

pub(super) fn value_generic() -> TokenStream {
    quote! {
        #[state(name = "envelope", version = 2, from = EnvelopeV1<T>)]
        pub struct Envelope<T> {
            inner: T,
        }
    }
}

pub(super) fn value_inert() -> TokenStream {
    quote! {
        #[state(name = "order", version = 2)]
        pub struct Order {
            total: u64,
        }
    }
}
