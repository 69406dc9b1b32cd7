::core::compile_error! {
    "a stored key must own its data: use owned fields such as `String`, and look up with the borrowed twin that the derive makes"
}
::core::compile_error! {
    "a stored key must own its data: use `String`, and look up with the borrowed twin that the derive makes"
}
#[doc(hidden)]
#[allow(deprecated, non_camel_case_types, non_snake_case)]
const _: () = {
    use ::typed_state::__private as __state;
    impl<T> __state::KeyField for OrderKey<'static, T> {
        type Ref<'__ref> = ();
        fn as_key_ref(&self) {}
        fn from_key_ref(_: ()) -> Self {
            __state::core::unreachable!()
        }
        fn encode_field(_: (), _: &mut __state::KeyWriter) {}
        fn decode_field(
            _: &mut __state::KeyReader<'_>,
        ) -> __state::core::result::Result<Self, __state::KeyError> {
            __state::core::unreachable!()
        }
        fn fmt_field(
            _: (),
            _: &mut __state::core::fmt::Formatter<'_>,
        ) -> __state::core::fmt::Result {
            __state::core::result::Result::Ok(())
        }
        fn sample_field(_: &mut __state::Sampler<'_>) -> Self {
            __state::core::unreachable!()
        }
    }
    impl<T> __state::KeyLookup for OrderKey<'static, T> {
        type Key = Self;
        fn encode_fields(&self, _: &mut __state::KeyWriter) {}
    }
    impl<T> __state::StateKey for OrderKey<'static, T> {
        const NAMESPACE: &'static __state::core::primitive::str = "invalid";
        const PARTITION_FIELDS: __state::core::option::Option<
            __state::core::primitive::usize,
        > = __state::core::option::Option::None;
        const LAYOUT: &'static __state::core::primitive::str = "invalid";
        const ORDERED: __state::core::primitive::bool = true;
        type Value = Order;
    }
    impl<T> __state::core::fmt::Display for OrderKey<'static, T> {
        fn fmt(
            &self,
            _: &mut __state::core::fmt::Formatter<'_>,
        ) -> __state::core::fmt::Result {
            __state::core::result::Result::Ok(())
        }
    }
    impl<T> __state::OrderedKey for OrderKey<'static, T> {}
};
