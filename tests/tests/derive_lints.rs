//! A user's strictest lints do not fire in generated code.
//!
//! The compiler's fire when this is built, clippy's when it is linted; nothing is tested at run time.
#![forbid(unsafe_code)]
#![deny(
    warnings,
    deprecated,
    elided_lifetimes_in_paths,
    explicit_outlives_requirements,
    future_incompatible,
    let_underscore_drop,
    missing_copy_implementations,
    missing_debug_implementations,
    missing_docs,
    nonstandard_style,
    redundant_lifetimes,
    rust_2018_idioms,
    rust_2024_compatibility,
    single_use_lifetimes,
    trivial_casts,
    trivial_numeric_casts,
    unnameable_types,
    unreachable_pub,
    unused,
    unused_lifetimes,
    unused_qualifications,
    unused_results,
    variant_size_differences
)]
#![deny(
    clippy::all,
    clippy::nursery,
    clippy::pedantic,
    clippy::absolute_paths,
    clippy::allow_attributes,
    clippy::allow_attributes_without_reason,
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::default_numeric_fallback,
    clippy::exhaustive_enums,
    clippy::exhaustive_structs,
    clippy::expect_used,
    clippy::field_scoped_visibility_modifiers,
    clippy::impl_trait_in_params,
    clippy::indexing_slicing,
    clippy::min_ident_chars,
    clippy::missing_inline_in_public_items,
    clippy::missing_trait_methods,
    clippy::module_name_repetitions,
    clippy::panic,
    clippy::panic_in_result_fn,
    clippy::pattern_type_mismatch,
    clippy::pub_use,
    clippy::question_mark_used,
    clippy::ref_patterns,
    clippy::renamed_function_params,
    clippy::same_name_method,
    clippy::self_named_module_files,
    clippy::shadow_reuse,
    clippy::shadow_same,
    clippy::shadow_unrelated,
    clippy::single_call_fn,
    clippy::single_char_lifetime_names,
    clippy::std_instead_of_core,
    clippy::unwrap_used,
    clippy::use_debug,
    clippy::wildcard_enum_match_arm
)]
#![allow(
    clippy::exhaustive_enums,
    clippy::exhaustive_structs,
    reason = "a type of the user's, and its twin beside it, are as open as he makes them"
)]

/// Public types: everything that is generated is public too, and so must be documented.
pub mod public {
    use core::num::TryFromIntError;

    use serde::{Deserialize, Serialize};
    use typed_state::{KeyField, StateKey, StateValue};

    /// An ordered key.
    #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, StateKey)]
    #[state(namespace = "orders", value = Order, ordered)]
    pub struct OrderKey {
        /// The partition.
        #[state(partition)]
        pub tenant: String,
        /// A private field.
        region: Region,
        /// A number.
        pub id: u64,
    }

    /// A key without fields.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, StateKey)]
    #[state(namespace = "config", value = Order, ordered)]
    pub struct ConfigKey;

    /// A generic key, which is a tuple.
    #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, StateKey)]
    #[state(namespace = "pairs", value = Order, ordered)]
    pub struct Pair<T, const N: usize>(#[state(partition)] pub T, pub [u8; N], Option<T>);

    /// A key with data in its variants.
    #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, StateKey)]
    #[state(namespace = "events", value = Order, ordered)]
    pub enum EventKey {
        /// Nothing.
        #[state(tag = 1)]
        Idle,
        /// A name.
        #[state(tag = 2)]
        Named {
            /// The name.
            name: TenantName,
        },
        /// A number.
        #[state(tag = 3)]
        Numbered(u64, Region),
    }

    /// A part that is an enum.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, KeyField)]
    pub enum Region {
        /// Here.
        #[state(tag = 1)]
        Eu,
        /// There.
        #[state(tag = 2)]
        Us,
    }

    /// A part that is one string.
    #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, KeyField)]
    pub struct TenantName(String);

    /// A first version.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, StateValue)]
    #[state(name = "order")]
    pub struct OrderV1 {
        /// A sum.
        pub total: i64,
    }

    /// A second version.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, StateValue)]
    #[state(name = "order", version = 2, try_from = OrderV1, compress = "lz4", ttl = "1d")]
    pub struct Order {
        /// A sum.
        pub total: u64,
    }

    impl TryFrom<OrderV1> for Order {
        type Error = TryFromIntError;

        #[inline]
        fn try_from(value: OrderV1) -> Result<Self, Self::Error> {
            u64::try_from(value.total).map(|total| Self { total })
        }
    }

    /// A part and a value in one.
    #[derive(
        Debug,
        Clone,
        Copy,
        PartialEq,
        Eq,
        PartialOrd,
        Ord,
        Hash,
        Serialize,
        Deserialize,
        KeyField,
        StateValue,
    )]
    #[state(name = "part")]
    pub enum Part {
        /// The only one.
        #[state(tag = 1)]
        One,
    }

    /// A generic value.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, StateValue)]
    #[state(name = "held", format = "bincode")]
    pub struct Held<T>(pub T);
}

/// A key that nobody uses, a key and value in one, and names that lints have something against.
mod private {
    #![expect(
        non_camel_case_types,
        non_snake_case,
        deprecated,
        reason = "the types themselves are called so"
    )]

    use serde::{Deserialize, Serialize};
    use typed_state::{KeyField, StateKey, StateValue};

    #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, StateKey)]
    #[state(namespace = "unused", value = u8, ordered)]
    struct Unused {
        #[state(partition)]
        first: String,
        second: u8,
    }

    #[derive(
        Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, StateKey, StateValue,
    )]
    #[state(namespace = "both", value = Self, ordered)]
    #[state(name = "both", ttl = "1h")]
    struct Both {
        #[state(partition)]
        left: u8,
    }

    #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, StateKey)]
    #[state(namespace = "odd", value = u8, ordered)]
    struct odd_name {
        #[state(partition)]
        OddField: Old,
        OTHER: u8,
    }

    #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, KeyField)]
    #[deprecated]
    struct Old(u8);
}
