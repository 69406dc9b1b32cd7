///The borrowed twin of [`ConfigKey`]: it has the same bytes and looks up without allocating.
#[allow(deprecated, non_camel_case_types, non_snake_case)]
struct ConfigKeyRef;
#[doc(hidden)]
#[allow(deprecated, non_camel_case_types, non_snake_case)]
const _: () = {
    use ::typed_state::__private as __state;
    #[automatically_derived]
    impl __state::core::fmt::Debug for ConfigKeyRef {
        fn fmt(
            &self,
            __f: &mut __state::core::fmt::Formatter<'_>,
        ) -> __state::core::fmt::Result {
            __state::core::fmt::Formatter::write_str(__f, "ConfigKeyRef")
        }
    }
    #[automatically_derived]
    impl __state::core::clone::Clone for ConfigKeyRef {
        #[inline]
        fn clone(&self) -> Self {
            *self
        }
    }
    #[automatically_derived]
    impl __state::core::marker::Copy for ConfigKeyRef {}
    #[automatically_derived]
    impl __state::core::cmp::PartialEq for ConfigKeyRef {
        #[inline]
        fn eq(&self, __other: &Self) -> __state::core::primitive::bool {
            let _ = __other;
            true
        }
    }
    #[automatically_derived]
    impl __state::core::cmp::Eq for ConfigKeyRef {}
    #[automatically_derived]
    impl __state::core::cmp::PartialOrd for ConfigKeyRef {
        #[inline]
        fn partial_cmp(
            &self,
            __other: &Self,
        ) -> __state::core::option::Option<__state::core::cmp::Ordering> {
            __state::core::option::Option::Some(
                __state::core::cmp::Ord::cmp(self, __other),
            )
        }
    }
    #[automatically_derived]
    impl __state::core::cmp::Ord for ConfigKeyRef {
        #[inline]
        fn cmp(&self, __other: &Self) -> __state::core::cmp::Ordering {
            let _ = __other;
            __state::core::cmp::Ordering::Equal
        }
    }
    #[automatically_derived]
    impl __state::core::hash::Hash for ConfigKeyRef {
        fn hash<__H: __state::core::hash::Hasher>(&self, __hasher: &mut __H) {
            let _ = __hasher;
        }
    }
    #[automatically_derived]
    impl __state::KeyField for ConfigKey {
        type Ref<'a> = ConfigKeyRef;
        #[inline]
        fn as_key_ref(&self) -> ConfigKeyRef {
            ConfigKeyRef
        }
        #[inline]
        fn from_key_ref(__borrowed: ConfigKeyRef) -> Self {
            let _ = (__borrowed);
            ConfigKey
        }
        #[inline]
        fn encode_field(__borrowed: ConfigKeyRef, __writer: &mut __state::KeyWriter) {
            let _ = (__borrowed, __writer);
        }
        #[inline]
        fn decode_field(
            __reader: &mut __state::KeyReader<'_>,
        ) -> __state::core::result::Result<Self, __state::KeyError> {
            let _ = (__reader);
            __state::core::result::Result::Ok(ConfigKey)
        }
        fn fmt_field(
            __borrowed: ConfigKeyRef,
            __f: &mut __state::core::fmt::Formatter<'_>,
        ) -> __state::core::fmt::Result {
            let _ = (__borrowed, __f);
            __state::core::result::Result::Ok(())
        }
        fn sample_field(__sampler: &mut __state::Sampler<'_>) -> Self {
            let _ = __sampler;
            ConfigKey
        }
    }
    #[automatically_derived]
    impl __state::KeyLookup for ConfigKey {
        type Key = Self;
        #[inline]
        fn encode_fields(&self, __writer: &mut __state::KeyWriter) {
            __state::KeyLookup::encode_fields(
                &<Self as __state::KeyField>::as_key_ref(self),
                __writer,
            )
        }
    }
    #[automatically_derived]
    impl __state::KeyLookup for ConfigKeyRef {
        type Key = ConfigKey;
        #[inline]
        fn encode_fields(&self, __writer: &mut __state::KeyWriter) {
            <ConfigKey as __state::KeyField>::encode_field(*self, __writer);
            __state::KeyWriter::end_partition(__writer);
        }
    }
    #[automatically_derived]
    impl __state::StateKey for ConfigKey {
        const NAMESPACE: &'static __state::core::primitive::str = "config";
        const PARTITION_FIELDS: __state::core::option::Option<
            __state::core::primitive::usize,
        > = __state::core::option::Option::None;
        const LAYOUT: &'static __state::core::primitive::str = "config 00";
        const ORDERED: __state::core::primitive::bool = false;
        type Value = Config;
    }
    #[automatically_derived]
    impl __state::core::fmt::Display for ConfigKey {
        fn fmt(
            &self,
            __f: &mut __state::core::fmt::Formatter<'_>,
        ) -> __state::core::fmt::Result {
            __state::core::fmt::Formatter::write_str(__f, "config")
        }
    }
};
