///The borrowed twin of [`Origin`]: it has the same bytes and looks up without allocating.
#[allow(deprecated, non_camel_case_types, non_snake_case)]
pub enum OriginRef<'a, T>
where
    T: ::typed_state::__private::KeyField,
{
    ///`Origin::Unknown`, borrowed.
    Unknown,
    ///`Origin::At`, borrowed.
    At(
        ///`0`, borrowed.
        <T as ::typed_state::__private::KeyField>::Ref<'a>,
    ),
}
#[doc(hidden)]
#[allow(deprecated, non_camel_case_types, non_snake_case)]
const _: () = {
    use ::typed_state::__private as __state;
    #[automatically_derived]
    impl<'a, T> __state::core::fmt::Debug for OriginRef<'a, T>
    where
        T: ::typed_state::__private::KeyField,
    {
        fn fmt(
            &self,
            __f: &mut __state::core::fmt::Formatter<'_>,
        ) -> __state::core::fmt::Result {
            match self {
                OriginRef::Unknown => {
                    __state::core::fmt::Formatter::write_str(__f, "Unknown")
                }
                OriginRef::At(__field_0) => {
                    let mut __out = __state::core::fmt::Formatter::debug_tuple(
                        __f,
                        "At",
                    );
                    __state::core::fmt::DebugTuple::field(&mut __out, __field_0);
                    __state::core::fmt::DebugTuple::finish(&mut __out)
                }
            }
        }
    }
    #[automatically_derived]
    impl<'a, T> __state::core::clone::Clone for OriginRef<'a, T>
    where
        T: ::typed_state::__private::KeyField,
    {
        #[inline]
        fn clone(&self) -> Self {
            *self
        }
    }
    #[automatically_derived]
    impl<'a, T> __state::core::marker::Copy for OriginRef<'a, T>
    where
        T: ::typed_state::__private::KeyField,
    {}
    #[automatically_derived]
    impl<'a, T> __state::core::cmp::PartialEq for OriginRef<'a, T>
    where
        T: ::typed_state::__private::KeyField,
    {
        #[inline]
        fn eq(&self, __other: &Self) -> __state::core::primitive::bool {
            match (self, __other) {
                (OriginRef::Unknown, OriginRef::Unknown) => true,
                (OriginRef::At(__field_0), OriginRef::At(__other_field_0)) => {
                    __state::core::cmp::PartialEq::eq(__field_0, __other_field_0)
                }
                _ => false,
            }
        }
    }
    #[automatically_derived]
    impl<'a, T> __state::core::cmp::Eq for OriginRef<'a, T>
    where
        T: ::typed_state::__private::KeyField,
    {}
    #[automatically_derived]
    impl<'a, T> __state::core::cmp::PartialOrd for OriginRef<'a, T>
    where
        T: ::typed_state::__private::KeyField,
    {
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
    impl<'a, T> __state::core::cmp::Ord for OriginRef<'a, T>
    where
        T: ::typed_state::__private::KeyField,
    {
        #[inline]
        fn cmp(&self, __other: &Self) -> __state::core::cmp::Ordering {
            match (self, __other) {
                (OriginRef::Unknown, OriginRef::Unknown) => {
                    __state::core::cmp::Ordering::Equal
                }
                (OriginRef::At(__field_0), OriginRef::At(__other_field_0)) => {
                    __state::core::cmp::Ord::cmp(__field_0, __other_field_0)
                }
                _ => {
                    let __tag = |__twin: &Self| -> __state::core::primitive::u8 {
                        match __twin {
                            OriginRef::Unknown => 0u8,
                            OriginRef::At(..) => 5u8,
                        }
                    };
                    __state::core::cmp::Ord::cmp(&__tag(self), &__tag(__other))
                }
            }
        }
    }
    #[automatically_derived]
    impl<'a, T> __state::core::hash::Hash for OriginRef<'a, T>
    where
        T: ::typed_state::__private::KeyField,
    {
        fn hash<__H: __state::core::hash::Hasher>(&self, __hasher: &mut __H) {
            match self {
                OriginRef::Unknown => {
                    __state::core::hash::Hash::hash(&0u8, __hasher);
                }
                OriginRef::At(__field_0) => {
                    __state::core::hash::Hash::hash(&5u8, __hasher);
                    __state::core::hash::Hash::hash(__field_0, __hasher);
                }
            }
        }
    }
    #[automatically_derived]
    impl<T> __state::KeyField for Origin<T>
    where
        T: ::typed_state::__private::KeyField,
    {
        type Ref<'a> = OriginRef<'a, T>;
        #[inline]
        fn as_key_ref(&self) -> OriginRef<'_, T> {
            match self {
                Origin::Unknown => OriginRef::Unknown,
                Origin::At(__field_0) => {
                    OriginRef::At(<T as __state::KeyField>::as_key_ref(__field_0))
                }
            }
        }
        #[inline]
        fn from_key_ref(__borrowed: OriginRef<'_, T>) -> Self {
            match __borrowed {
                OriginRef::Unknown => Origin::Unknown,
                OriginRef::At(__field_0) => {
                    Origin::At(<T as __state::KeyField>::from_key_ref(__field_0))
                }
            }
        }
        #[inline]
        fn encode_field(
            __borrowed: OriginRef<'_, T>,
            __writer: &mut __state::KeyWriter,
        ) {
            match __borrowed {
                OriginRef::Unknown => {
                    __state::KeyWriter::write_byte(__writer, 0u8);
                }
                OriginRef::At(__field_0) => {
                    __state::KeyWriter::write_byte(__writer, 5u8);
                    <T as __state::KeyField>::encode_field(__field_0, __writer);
                }
            }
        }
        #[inline]
        fn decode_field(
            __reader: &mut __state::KeyReader<'_>,
        ) -> __state::core::result::Result<Self, __state::KeyError> {
            let __unknown = __state::KeyReader::error(
                __reader,
                "a tag of `Origin`, 0 or 5",
            );
            match __state::KeyReader::read_byte(__reader, "a tag of `Origin`, 0 or 5")? {
                0u8 => __state::core::result::Result::Ok(Origin::Unknown),
                5u8 => {
                    __state::core::result::Result::Ok(
                        Origin::At(<T as __state::KeyField>::decode_field(__reader)?),
                    )
                }
                _ => __state::core::result::Result::Err(__unknown),
            }
        }
        fn fmt_field(
            __borrowed: OriginRef<'_, T>,
            __f: &mut __state::core::fmt::Formatter<'_>,
        ) -> __state::core::fmt::Result {
            match __borrowed {
                OriginRef::Unknown => {
                    __state::core::fmt::Formatter::write_str(__f, "Unknown")
                }
                OriginRef::At(__field_0) => {
                    __state::core::fmt::Formatter::write_str(__f, "At")?;
                    __state::core::fmt::Formatter::write_str(__f, "/")?;
                    <T as __state::KeyField>::fmt_field(__field_0, __f)
                }
            }
        }
        fn sample_field(__sampler: &mut __state::Sampler<'_>) -> Self {
            match __state::Sampler::choose(__sampler, 2usize) {
                0usize => Origin::Unknown,
                _ => Origin::At(<T as __state::KeyField>::sample_field(__sampler)),
            }
        }
    }
};
