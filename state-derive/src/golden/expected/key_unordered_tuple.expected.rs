///The borrowed twin of [`SessionKey`]: it has the same bytes and looks up without allocating.
#[allow(deprecated, non_camel_case_types, non_snake_case)]
pub(crate) struct SessionKeyRef<'a>(
    ///`0`, borrowed.
    <Uuid as ::typed_state::__private::KeyField>::Ref<'a>,
    ///`1`, borrowed.
    pub <Option<u8> as ::typed_state::__private::KeyField>::Ref<'a>,
);
#[doc(hidden)]
#[allow(deprecated, non_camel_case_types, non_snake_case)]
const _: () = {
    use ::typed_state::__private as __state;
    #[automatically_derived]
    impl<'a> __state::core::fmt::Debug for SessionKeyRef<'a>
    where
        for<'__any> Uuid: ::typed_state::__private::FieldOfKey<'__any>,
    {
        fn fmt(
            &self,
            __f: &mut __state::core::fmt::Formatter<'_>,
        ) -> __state::core::fmt::Result {
            let SessionKeyRef(__field_0, __field_1) = self;
            let mut __out = __state::core::fmt::Formatter::debug_tuple(
                __f,
                "SessionKeyRef",
            );
            __state::core::fmt::DebugTuple::field(&mut __out, __field_0);
            __state::core::fmt::DebugTuple::field(&mut __out, __field_1);
            __state::core::fmt::DebugTuple::finish(&mut __out)
        }
    }
    #[automatically_derived]
    impl<'a> __state::core::clone::Clone for SessionKeyRef<'a>
    where
        for<'__any> Uuid: ::typed_state::__private::FieldOfKey<'__any>,
    {
        #[inline]
        fn clone(&self) -> Self {
            *self
        }
    }
    #[automatically_derived]
    impl<'a> __state::core::marker::Copy for SessionKeyRef<'a>
    where
        for<'__any> Uuid: ::typed_state::__private::FieldOfKey<'__any>,
    {}
    #[automatically_derived]
    impl<'a> __state::core::cmp::PartialEq for SessionKeyRef<'a>
    where
        for<'__any> Uuid: ::typed_state::__private::FieldOfKey<'__any>,
    {
        #[inline]
        fn eq(&self, __other: &Self) -> __state::core::primitive::bool {
            let SessionKeyRef(__field_0, __field_1) = self;
            let SessionKeyRef(__other_field_0, __other_field_1) = __other;
            __state::core::cmp::PartialEq::eq(__field_0, __other_field_0)
                && __state::core::cmp::PartialEq::eq(__field_1, __other_field_1)
        }
    }
    #[automatically_derived]
    impl<'a> __state::core::cmp::Eq for SessionKeyRef<'a>
    where
        for<'__any> Uuid: ::typed_state::__private::FieldOfKey<'__any>,
    {}
    #[automatically_derived]
    impl<'a> __state::core::cmp::PartialOrd for SessionKeyRef<'a>
    where
        for<'__any> Uuid: ::typed_state::__private::FieldOfKey<'__any>,
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
    impl<'a> __state::core::cmp::Ord for SessionKeyRef<'a>
    where
        for<'__any> Uuid: ::typed_state::__private::FieldOfKey<'__any>,
    {
        #[inline]
        fn cmp(&self, __other: &Self) -> __state::core::cmp::Ordering {
            let SessionKeyRef(__field_0, __field_1) = self;
            let SessionKeyRef(__other_field_0, __other_field_1) = __other;
            __state::core::cmp::Ordering::then_with(
                __state::core::cmp::Ord::cmp(__field_0, __other_field_0),
                || __state::core::cmp::Ord::cmp(__field_1, __other_field_1),
            )
        }
    }
    #[automatically_derived]
    impl<'a> __state::core::hash::Hash for SessionKeyRef<'a>
    where
        for<'__any> Uuid: ::typed_state::__private::FieldOfKey<'__any>,
    {
        fn hash<__H: __state::core::hash::Hasher>(&self, __hasher: &mut __H) {
            let SessionKeyRef(__field_0, __field_1) = self;
            __state::core::hash::Hash::hash(__field_0, __hasher);
            __state::core::hash::Hash::hash(__field_1, __hasher);
        }
    }
    #[automatically_derived]
    impl __state::KeyField for SessionKey
    where
        for<'__any> Uuid: ::typed_state::__private::FieldOfKey<'__any>,
    {
        type Ref<'a> = SessionKeyRef<'a>;
        #[inline]
        fn as_key_ref(&self) -> SessionKeyRef<'_> {
            let SessionKey(__field_0, __field_1) = self;
            SessionKeyRef(
                <Uuid as __state::KeyField>::as_key_ref(__field_0),
                <Option<u8> as __state::KeyField>::as_key_ref(__field_1),
            )
        }
        #[inline]
        fn from_key_ref(__borrowed: SessionKeyRef<'_>) -> Self {
            let SessionKeyRef(__field_0, __field_1) = __borrowed;
            SessionKey(
                <Uuid as __state::KeyField>::from_key_ref(__field_0),
                <Option<u8> as __state::KeyField>::from_key_ref(__field_1),
            )
        }
        #[inline]
        fn encode_field(
            __borrowed: SessionKeyRef<'_>,
            __writer: &mut __state::KeyWriter,
        ) {
            let SessionKeyRef(__field_0, __field_1) = __borrowed;
            <Uuid as __state::KeyField>::encode_field(__field_0, __writer);
            <Option<u8> as __state::KeyField>::encode_field(__field_1, __writer);
        }
        #[inline]
        fn decode_field(
            __reader: &mut __state::KeyReader<'_>,
        ) -> __state::core::result::Result<Self, __state::KeyError> {
            __state::core::result::Result::Ok(
                SessionKey(
                    <Uuid as __state::KeyField>::decode_field(__reader)?,
                    <Option<u8> as __state::KeyField>::decode_field(__reader)?,
                ),
            )
        }
        fn fmt_field(
            __borrowed: SessionKeyRef<'_>,
            __f: &mut __state::core::fmt::Formatter<'_>,
        ) -> __state::core::fmt::Result {
            let SessionKeyRef(__field_0, __field_1) = __borrowed;
            <Uuid as __state::KeyField>::fmt_field(__field_0, __f)?;
            __state::core::fmt::Formatter::write_str(__f, "/")?;
            <Option<u8> as __state::KeyField>::fmt_field(__field_1, __f)
        }
        fn sample_field(__sampler: &mut __state::Sampler<'_>) -> Self {
            SessionKey(
                <Uuid as __state::KeyField>::sample_field(__sampler),
                <Option<u8> as __state::KeyField>::sample_field(__sampler),
            )
        }
    }
    #[automatically_derived]
    impl __state::KeyLookup for SessionKey
    where
        for<'__any> Uuid: ::typed_state::__private::FieldOfKey<'__any>,
    {
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
    impl<'a> __state::KeyLookup for SessionKeyRef<'a>
    where
        for<'__any> Uuid: ::typed_state::__private::FieldOfKey<'__any>,
    {
        type Key = SessionKey;
        #[inline]
        fn encode_fields(&self, __writer: &mut __state::KeyWriter) {
            <SessionKey as __state::KeyField>::encode_field(*self, __writer);
            __state::KeyWriter::end_partition(__writer);
        }
    }
    #[automatically_derived]
    impl __state::StateKey for SessionKey
    where
        for<'__any> Uuid: ::typed_state::__private::FieldOfKey<'__any>,
    {
        const NAMESPACE: &'static __state::core::primitive::str = "sessions";
        const PARTITION_FIELDS: __state::core::option::Option<
            __state::core::primitive::usize,
        > = __state::core::option::Option::None;
        const LAYOUT: &'static __state::core::primitive::str = "sessions 00 0:Uuid 1:Option<u8>";
        const ORDERED: __state::core::primitive::bool = false;
        type Value = Session;
    }
    #[automatically_derived]
    impl __state::core::fmt::Display for SessionKey
    where
        for<'__any> Uuid: ::typed_state::__private::FieldOfKey<'__any>,
    {
        fn fmt(
            &self,
            __f: &mut __state::core::fmt::Formatter<'_>,
        ) -> __state::core::fmt::Result {
            __state::core::fmt::Formatter::write_str(__f, "sessions/")?;
            <Self as __state::KeyField>::fmt_field(
                <Self as __state::KeyField>::as_key_ref(self),
                __f,
            )
        }
    }
};
