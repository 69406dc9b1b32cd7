#[doc(hidden)]
#[allow(deprecated, non_camel_case_types, non_snake_case)]
const _: () = {
    use ::typed_state::__private as __state;
    const _: () = __state::assert_key_field::<String>();
    #[automatically_derived]
    impl __state::KeyField for TenantName {
        type Ref<'a> = <String as __state::KeyField>::Ref<'a>;
        #[inline]
        fn as_key_ref(&self) -> <String as __state::KeyField>::Ref<'_> {
            <String as __state::KeyField>::as_key_ref(&self.0)
        }
        #[inline]
        fn from_key_ref(__borrowed: <String as __state::KeyField>::Ref<'_>) -> Self {
            TenantName(<String as __state::KeyField>::from_key_ref(__borrowed))
        }
        #[inline]
        fn encode_field(
            __borrowed: <String as __state::KeyField>::Ref<'_>,
            __writer: &mut __state::KeyWriter,
        ) {
            <String as __state::KeyField>::encode_field(__borrowed, __writer)
        }
        #[inline]
        fn decode_field(
            __reader: &mut __state::KeyReader<'_>,
        ) -> __state::core::result::Result<Self, __state::KeyError> {
            __state::core::result::Result::Ok(
                TenantName(<String as __state::KeyField>::decode_field(__reader)?),
            )
        }
        fn fmt_field(
            __borrowed: <String as __state::KeyField>::Ref<'_>,
            __f: &mut __state::core::fmt::Formatter<'_>,
        ) -> __state::core::fmt::Result {
            <String as __state::KeyField>::fmt_field(__borrowed, __f)
        }
        fn sample_field(__sampler: &mut __state::Sampler<'_>) -> Self {
            TenantName(<String as __state::KeyField>::sample_field(__sampler))
        }
    }
};
