::core::compile_error! {
    "`namespace` is required: keys are stored under it, and it must not change when the type is renamed; add `namespace = \"order-key\"`"
}
::core::compile_error! {
    "`value` is required: it is the type that is stored under these keys; add `value = MyValue`"
}
::core::compile_error! {
    "`ordered` takes no value: write `ordered` alone, or leave it out"
}
::core::compile_error! {
    "unknown attribute `namspace`; did you mean `namespace`?"
}
///The borrowed twin of [`OrderKey`]: it has the same bytes and looks up without allocating.
#[allow(deprecated, non_camel_case_types, non_snake_case)]
struct OrderKeyRef<'a>(
    ///`0`, borrowed.
    <String as ::typed_state::__private::KeyField>::Ref<'a>,
);
/**The keys of [`OrderKey`] that agree in their leading fields; [`OrderKey::prefix`] begins it.

Each field is fixed with the method of its name, in the order of declaration. It is a range at every step; a method that ends in `_range` or `_starts_with` ends it.*/
#[must_use = "a prefix reads nothing until a store is asked for it"]
#[allow(deprecated, non_camel_case_types, non_snake_case)]
struct OrderKeyPrefix<S>(::typed_state::__private::Prefix<OrderKey, S>);
#[doc(hidden)]
#[allow(deprecated, non_camel_case_types, non_snake_case)]
const _: () = {
    use ::typed_state::__private as __state;
    #[automatically_derived]
    impl<'a> __state::core::fmt::Debug for OrderKeyRef<'a> {
        fn fmt(
            &self,
            __f: &mut __state::core::fmt::Formatter<'_>,
        ) -> __state::core::fmt::Result {
            let OrderKeyRef(__field_0) = self;
            let mut __out = __state::core::fmt::Formatter::debug_tuple(
                __f,
                "OrderKeyRef",
            );
            __state::core::fmt::DebugTuple::field(&mut __out, __field_0);
            __state::core::fmt::DebugTuple::finish(&mut __out)
        }
    }
    #[automatically_derived]
    impl<'a> __state::core::clone::Clone for OrderKeyRef<'a> {
        #[inline]
        fn clone(&self) -> Self {
            *self
        }
    }
    #[automatically_derived]
    impl<'a> __state::core::marker::Copy for OrderKeyRef<'a> {}
    #[automatically_derived]
    impl<'a> __state::core::cmp::PartialEq for OrderKeyRef<'a> {
        #[inline]
        fn eq(&self, __other: &Self) -> __state::core::primitive::bool {
            let OrderKeyRef(__field_0) = self;
            let OrderKeyRef(__other_field_0) = __other;
            __state::core::cmp::PartialEq::eq(__field_0, __other_field_0)
        }
    }
    #[automatically_derived]
    impl<'a> __state::core::cmp::Eq for OrderKeyRef<'a> {}
    #[automatically_derived]
    impl<'a> __state::core::cmp::PartialOrd for OrderKeyRef<'a> {
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
    impl<'a> __state::core::cmp::Ord for OrderKeyRef<'a> {
        #[inline]
        fn cmp(&self, __other: &Self) -> __state::core::cmp::Ordering {
            let OrderKeyRef(__field_0) = self;
            let OrderKeyRef(__other_field_0) = __other;
            __state::core::cmp::Ord::cmp(__field_0, __other_field_0)
        }
    }
    #[automatically_derived]
    impl<'a> __state::core::hash::Hash for OrderKeyRef<'a> {
        fn hash<__H: __state::core::hash::Hasher>(&self, __hasher: &mut __H) {
            let OrderKeyRef(__field_0) = self;
            __state::core::hash::Hash::hash(__field_0, __hasher);
        }
    }
    #[automatically_derived]
    impl __state::KeyField for OrderKey {
        type Ref<'a> = OrderKeyRef<'a>;
        #[inline]
        fn as_key_ref(&self) -> OrderKeyRef<'_> {
            let OrderKey(__field_0) = self;
            OrderKeyRef(<String as __state::KeyField>::as_key_ref(__field_0))
        }
        #[inline]
        fn from_key_ref(__borrowed: OrderKeyRef<'_>) -> Self {
            let OrderKeyRef(__field_0) = __borrowed;
            OrderKey(<String as __state::KeyField>::from_key_ref(__field_0))
        }
        #[inline]
        fn encode_field(__borrowed: OrderKeyRef<'_>, __writer: &mut __state::KeyWriter) {
            let OrderKeyRef(__field_0) = __borrowed;
            <String as __state::KeyField>::encode_field(__field_0, __writer);
        }
        #[inline]
        fn decode_field(
            __reader: &mut __state::KeyReader<'_>,
        ) -> __state::core::result::Result<Self, __state::KeyError> {
            __state::core::result::Result::Ok(
                OrderKey(<String as __state::KeyField>::decode_field(__reader)?),
            )
        }
        fn fmt_field(
            __borrowed: OrderKeyRef<'_>,
            __f: &mut __state::core::fmt::Formatter<'_>,
        ) -> __state::core::fmt::Result {
            let OrderKeyRef(__field_0) = __borrowed;
            <String as __state::KeyField>::fmt_field(__field_0, __f)
        }
        fn sample_field(__sampler: &mut __state::Sampler<'_>) -> Self {
            OrderKey(<String as __state::KeyField>::sample_field(__sampler))
        }
    }
    #[automatically_derived]
    impl __state::KeyLookup for OrderKey {
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
    impl<'a> __state::KeyLookup for OrderKeyRef<'a> {
        type Key = OrderKey;
        #[inline]
        fn encode_fields(&self, __writer: &mut __state::KeyWriter) {
            <OrderKey as __state::KeyField>::encode_field(*self, __writer);
            __state::KeyWriter::end_partition(__writer);
        }
    }
    #[automatically_derived]
    impl __state::StateKey for OrderKey {
        const NAMESPACE: &'static __state::core::primitive::str = "invalid";
        const PARTITION_FIELDS: __state::core::option::Option<
            __state::core::primitive::usize,
        > = __state::core::option::Option::None;
        const LAYOUT: &'static __state::core::primitive::str = "invalid 00 0:String";
        const ORDERED: __state::core::primitive::bool = true;
        type Value = __state::Counter;
    }
    #[automatically_derived]
    impl __state::OrderedKey for OrderKey {}
    #[automatically_derived]
    impl __state::core::fmt::Display for OrderKey {
        fn fmt(
            &self,
            __f: &mut __state::core::fmt::Formatter<'_>,
        ) -> __state::core::fmt::Result {
            __state::core::fmt::Formatter::write_str(__f, "invalid/")?;
            <Self as __state::KeyField>::fmt_field(
                <Self as __state::KeyField>::as_key_ref(self),
                __f,
            )
        }
    }
    ///A prefix of [`OrderKey`] with `field_0` fixed, and those before it.
    #[derive(__state::core::fmt::Debug)]
    enum OrderKeyAfterField0 {}
    #[automatically_derived]
    impl __state::PrefixStage for OrderKeyAfterField0 {
        type Reach = __state::Across;
        const ENDS_PARTITION: __state::core::primitive::bool = false;
    }
    #[allow(dead_code, clippy::same_name_method)]
    impl OrderKey {
        ///Begins a prefix of keys: all keys of the type, until the fields are fixed one by one. See [`OrderKeyPrefix`].
        #[inline]
        fn prefix() -> OrderKeyPrefix<__state::Start> {
            OrderKeyPrefix(__state::Prefix::<OrderKey, __state::Start>::new())
        }
    }
    #[allow(dead_code, clippy::impl_trait_in_params)]
    impl OrderKeyPrefix<__state::Start> {
        ///Fixes `field_0`.
        #[inline]
        fn field_0<'__value>(
            self,
            value: <String as __state::KeyField>::Ref<'__value>,
        ) -> OrderKeyPrefix<OrderKeyAfterField0> {
            OrderKeyPrefix(
                __state::Prefix::fix::<String, OrderKeyAfterField0>(self.0, value),
            )
        }
        ///The keys whose `field_0` lies within `bounds`.
        #[inline]
        fn field_0_range<'__value>(
            self,
            bounds: impl __state::core::ops::RangeBounds<
                <String as __state::KeyField>::Ref<'__value>,
            >,
        ) -> __state::KeyRange<
            OrderKey,
            <__state::Start as __state::PrefixStage>::Reach,
        > {
            __state::Prefix::range::<String>(self.0, bounds)
        }
        ///The keys whose `field_0`, a string or bytes, begins with `start`.
        #[inline]
        fn field_0_starts_with(
            self,
            start: impl __state::core::convert::AsRef<[__state::core::primitive::u8]>,
        ) -> __state::KeyRange<OrderKey, <__state::Start as __state::PrefixStage>::Reach>
        where
            for<'__any> String: __state::StringField<'__any>,
        {
            __state::Prefix::starts_with(self.0, start)
        }
    }
    #[automatically_derived]
    impl<S> __state::core::convert::From<OrderKeyPrefix<S>>
    for __state::KeyRange<OrderKey, <S as __state::PrefixStage>::Reach>
    where
        S: __state::PrefixStage,
    {
        fn from(__prefix: OrderKeyPrefix<S>) -> Self {
            __state::core::convert::From::from(__prefix.0)
        }
    }
    #[automatically_derived]
    impl<S> __state::core::fmt::Debug for OrderKeyPrefix<S> {
        fn fmt(
            &self,
            __f: &mut __state::core::fmt::Formatter<'_>,
        ) -> __state::core::fmt::Result {
            __state::core::fmt::Debug::fmt(&self.0, __f)
        }
    }
};
