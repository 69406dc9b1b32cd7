#[doc(hidden)]
#[allow(deprecated, non_camel_case_types, non_snake_case)]
const _: () = {
    use ::typed_state::__private as __state;
    #[automatically_derived]
    impl __state::StateValue for Order {
        const NAME: &'static __state::core::primitive::str = "order";
        const VERSION: __state::core::primitive::u32 = 1u32;
        const FORMAT: __state::Format = __state::format::MSGPACK;
        const COMPRESSION: __state::Compression = __state::Compression::Unset;
        const TTL: __state::core::option::Option<__state::Ttl> = __state::core::option::Option::None;
        const MAX_SIZE: __state::core::option::Option<__state::core::primitive::usize> = __state::core::option::Option::None;
        #[inline]
        fn encode_payload(
            &self,
            __out: &mut __state::Vec<__state::core::primitive::u8>,
        ) -> __state::core::result::Result<(), __state::CodecError> {
            <Self as __state::SerdeValue>::encode(
                self,
                <Self as __state::StateValue>::FORMAT,
                __out,
            )
        }
        #[inline]
        fn decode_payload(
            __version: __state::core::primitive::u32,
            __format: __state::Format,
            __payload: &[__state::core::primitive::u8],
        ) -> __state::core::result::Result<Self, __state::CodecError> {
            match __version {
                1u32 => <Self as __state::SerdeValue>::decode(__format, __payload),
                _ => {
                    __state::core::result::Result::Err(__state::CodecError::Version {
                        name: <Self as __state::StateValue>::NAME,
                        stored: __version,
                        known: <Self as __state::StateValue>::VERSION,
                    })
                }
            }
        }
    }
};
