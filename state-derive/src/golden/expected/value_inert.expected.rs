::core::compile_error! {
    "version 2 needs the type of version 1, so that stored values can be read: add `from = OrderV1`"
}
#[doc(hidden)]
#[allow(deprecated, non_camel_case_types, non_snake_case)]
const _: () = {
    use ::typed_state::__private as __state;
    impl __state::StateValue for Order {
        const NAME: &'static __state::core::primitive::str = "invalid";
        const VERSION: __state::core::primitive::u32 = 1;
        const FORMAT: __state::Format = __state::Format::Raw;
        const COMPRESSION: __state::Compression = __state::Compression::Unset;
        const TTL: __state::core::option::Option<__state::Ttl> = __state::core::option::Option::None;
        const MAX_SIZE: __state::core::option::Option<__state::core::primitive::usize> = __state::core::option::Option::None;
        fn encode_payload(
            &self,
            _: &mut __state::Vec<__state::core::primitive::u8>,
        ) -> __state::core::result::Result<(), __state::CodecError> {
            __state::core::unreachable!()
        }
        fn decode_payload(
            _: __state::core::primitive::u32,
            _: __state::Format,
            _: &[__state::core::primitive::u8],
        ) -> __state::core::result::Result<Self, __state::CodecError> {
            __state::core::unreachable!()
        }
    }
};
