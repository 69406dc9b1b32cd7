#[doc(hidden)]
#[allow(deprecated, non_camel_case_types, non_snake_case)]
const _: () = {
    use ::typed_state::__private as __state;
    const _: () = __state::assert_borrowed_as_itself::<Region>();
    #[automatically_derived]
    impl __state::KeyField for Region
    where
        for<'__any> Region: __state::BorrowedAsItself<'__any>,
    {
        type Ref<'a> = Region;
        #[inline]
        fn as_key_ref(&self) -> Region {
            *self
        }
        #[inline]
        fn from_key_ref(__borrowed: Region) -> Self {
            __borrowed
        }
        #[inline]
        fn encode_field(__borrowed: Region, __writer: &mut __state::KeyWriter) {
            match __borrowed {
                Region::Eu => {
                    __state::KeyWriter::write_byte(__writer, 1u8);
                }
                Region::Us => {
                    __state::KeyWriter::write_byte(__writer, 2u8);
                }
            }
        }
        #[inline]
        fn decode_field(
            __reader: &mut __state::KeyReader<'_>,
        ) -> __state::core::result::Result<Self, __state::KeyError> {
            let __unknown = __state::KeyReader::error(
                __reader,
                "a tag of `Region`, 1 or 2",
            );
            match __state::KeyReader::read_byte(__reader, "a tag of `Region`, 1 or 2")? {
                1u8 => __state::core::result::Result::Ok(Region::Eu),
                2u8 => __state::core::result::Result::Ok(Region::Us),
                _ => __state::core::result::Result::Err(__unknown),
            }
        }
        fn fmt_field(
            __borrowed: Region,
            __f: &mut __state::core::fmt::Formatter<'_>,
        ) -> __state::core::fmt::Result {
            match __borrowed {
                Region::Eu => __state::core::fmt::Formatter::write_str(__f, "Eu"),
                Region::Us => __state::core::fmt::Formatter::write_str(__f, "Us"),
            }
        }
        fn sample_field(__sampler: &mut __state::Sampler<'_>) -> Self {
            match __state::Sampler::choose(__sampler, 2usize) {
                0usize => Region::Eu,
                _ => Region::Us,
            }
        }
    }
};
