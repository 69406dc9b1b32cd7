///The borrowed twin of [`Pair`]: it has the same bytes and looks up without allocating.
#[allow(deprecated, non_camel_case_types, non_snake_case)]
pub struct PairRef<'a, T, S: Marker, const N: usize>
where
    T: Ord,
    T: renamed::state::__private::KeyField,
    Option<S>: renamed::state::__private::KeyField,
    [u8; N]: renamed::state::__private::KeyField,
{
    ///`left`, borrowed.
    left: <T as renamed::state::__private::KeyField>::Ref<'a>,
    ///`type`, borrowed.
    r#type: <Option<S> as renamed::state::__private::KeyField>::Ref<'a>,
    ///`hash`, borrowed.
    hash: <[u8; N] as renamed::state::__private::KeyField>::Ref<'a>,
}
/**The keys of [`Pair`] that agree in their leading fields; [`Pair::prefix`] begins it.

Each field is fixed with the method of its name, in the order of declaration. It is a range at every step; a method that ends in `_range` or `_starts_with` ends it.*/
#[must_use = "a prefix reads nothing until a store is asked for it"]
#[allow(deprecated, non_camel_case_types, non_snake_case)]
pub struct PairPrefix<T, S: Marker, const N: usize, __Stage>(
    renamed::state::__private::Prefix<Pair<T, S, N>, __Stage>,
)
where
    T: Ord,
    T: renamed::state::__private::KeyField,
    Option<S>: renamed::state::__private::KeyField,
    [u8; N]: renamed::state::__private::KeyField;
#[doc(hidden)]
#[allow(deprecated, non_camel_case_types, non_snake_case)]
const _: () = {
    use renamed::state::__private as __state;
    #[automatically_derived]
    impl<'a, T, S: Marker, const N: usize> __state::core::fmt::Debug
    for PairRef<'a, T, S, N>
    where
        T: Ord,
        T: renamed::state::__private::KeyField,
        Option<S>: renamed::state::__private::KeyField,
        [u8; N]: renamed::state::__private::KeyField,
        Held<T>: renamed::state::__private::State,
    {
        fn fmt(
            &self,
            __f: &mut __state::core::fmt::Formatter<'_>,
        ) -> __state::core::fmt::Result {
            let PairRef {
                left: __field_left,
                r#type: __field_type,
                hash: __field_hash,
            } = self;
            let mut __out = __state::core::fmt::Formatter::debug_struct(__f, "PairRef");
            __state::core::fmt::DebugStruct::field(&mut __out, "left", __field_left);
            __state::core::fmt::DebugStruct::field(&mut __out, "type", __field_type);
            __state::core::fmt::DebugStruct::field(&mut __out, "hash", __field_hash);
            __state::core::fmt::DebugStruct::finish(&mut __out)
        }
    }
    #[automatically_derived]
    impl<'a, T, S: Marker, const N: usize> __state::core::clone::Clone
    for PairRef<'a, T, S, N>
    where
        T: Ord,
        T: renamed::state::__private::KeyField,
        Option<S>: renamed::state::__private::KeyField,
        [u8; N]: renamed::state::__private::KeyField,
        Held<T>: renamed::state::__private::State,
    {
        #[inline]
        fn clone(&self) -> Self {
            *self
        }
    }
    #[automatically_derived]
    impl<'a, T, S: Marker, const N: usize> __state::core::marker::Copy
    for PairRef<'a, T, S, N>
    where
        T: Ord,
        T: renamed::state::__private::KeyField,
        Option<S>: renamed::state::__private::KeyField,
        [u8; N]: renamed::state::__private::KeyField,
        Held<T>: renamed::state::__private::State,
    {}
    #[automatically_derived]
    impl<'a, T, S: Marker, const N: usize> __state::core::cmp::PartialEq
    for PairRef<'a, T, S, N>
    where
        T: Ord,
        T: renamed::state::__private::KeyField,
        Option<S>: renamed::state::__private::KeyField,
        [u8; N]: renamed::state::__private::KeyField,
        Held<T>: renamed::state::__private::State,
    {
        #[inline]
        fn eq(&self, __other: &Self) -> __state::core::primitive::bool {
            let PairRef {
                left: __field_left,
                r#type: __field_type,
                hash: __field_hash,
            } = self;
            let PairRef {
                left: __other_field_left,
                r#type: __other_field_type,
                hash: __other_field_hash,
            } = __other;
            __state::core::cmp::PartialEq::eq(__field_left, __other_field_left)
                && __state::core::cmp::PartialEq::eq(__field_type, __other_field_type)
                && __state::core::cmp::PartialEq::eq(__field_hash, __other_field_hash)
        }
    }
    #[automatically_derived]
    impl<'a, T, S: Marker, const N: usize> __state::core::cmp::Eq
    for PairRef<'a, T, S, N>
    where
        T: Ord,
        T: renamed::state::__private::KeyField,
        Option<S>: renamed::state::__private::KeyField,
        [u8; N]: renamed::state::__private::KeyField,
        Held<T>: renamed::state::__private::State,
    {}
    #[automatically_derived]
    impl<'a, T, S: Marker, const N: usize> __state::core::cmp::PartialOrd
    for PairRef<'a, T, S, N>
    where
        T: Ord,
        T: renamed::state::__private::KeyField,
        Option<S>: renamed::state::__private::KeyField,
        [u8; N]: renamed::state::__private::KeyField,
        Held<T>: renamed::state::__private::State,
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
    impl<'a, T, S: Marker, const N: usize> __state::core::cmp::Ord
    for PairRef<'a, T, S, N>
    where
        T: Ord,
        T: renamed::state::__private::KeyField,
        Option<S>: renamed::state::__private::KeyField,
        [u8; N]: renamed::state::__private::KeyField,
        Held<T>: renamed::state::__private::State,
    {
        #[inline]
        fn cmp(&self, __other: &Self) -> __state::core::cmp::Ordering {
            let PairRef {
                left: __field_left,
                r#type: __field_type,
                hash: __field_hash,
            } = self;
            let PairRef {
                left: __other_field_left,
                r#type: __other_field_type,
                hash: __other_field_hash,
            } = __other;
            __state::core::cmp::Ordering::then_with(
                __state::core::cmp::Ord::cmp(__field_left, __other_field_left),
                || __state::core::cmp::Ordering::then_with(
                    __state::core::cmp::Ord::cmp(__field_type, __other_field_type),
                    || __state::core::cmp::Ord::cmp(__field_hash, __other_field_hash),
                ),
            )
        }
    }
    #[automatically_derived]
    impl<'a, T, S: Marker, const N: usize> __state::core::hash::Hash
    for PairRef<'a, T, S, N>
    where
        T: Ord,
        T: renamed::state::__private::KeyField,
        Option<S>: renamed::state::__private::KeyField,
        [u8; N]: renamed::state::__private::KeyField,
        Held<T>: renamed::state::__private::State,
    {
        fn hash<__H: __state::core::hash::Hasher>(&self, __hasher: &mut __H) {
            let PairRef {
                left: __field_left,
                r#type: __field_type,
                hash: __field_hash,
            } = self;
            __state::core::hash::Hash::hash(__field_left, __hasher);
            __state::core::hash::Hash::hash(__field_type, __hasher);
            __state::core::hash::Hash::hash(__field_hash, __hasher);
        }
    }
    #[automatically_derived]
    impl<T, S: Marker, const N: usize> __state::KeyField for Pair<T, S, N>
    where
        T: Ord,
        T: renamed::state::__private::KeyField,
        Option<S>: renamed::state::__private::KeyField,
        [u8; N]: renamed::state::__private::KeyField,
        Held<T>: renamed::state::__private::State,
    {
        type Ref<'a> = PairRef<'a, T, S, N>;
        #[inline]
        fn as_key_ref(&self) -> PairRef<'_, T, S, N> {
            let Pair { left: __field_left, r#type: __field_type, hash: __field_hash } = self;
            PairRef {
                left: <T as __state::KeyField>::as_key_ref(__field_left),
                r#type: <Option<S> as __state::KeyField>::as_key_ref(__field_type),
                hash: <[u8; N] as __state::KeyField>::as_key_ref(__field_hash),
            }
        }
        #[inline]
        fn from_key_ref(__borrowed: PairRef<'_, T, S, N>) -> Self {
            let PairRef {
                left: __field_left,
                r#type: __field_type,
                hash: __field_hash,
            } = __borrowed;
            Pair {
                left: <T as __state::KeyField>::from_key_ref(__field_left),
                r#type: <Option<S> as __state::KeyField>::from_key_ref(__field_type),
                hash: <[u8; N] as __state::KeyField>::from_key_ref(__field_hash),
            }
        }
        #[inline]
        fn encode_field(
            __borrowed: PairRef<'_, T, S, N>,
            __writer: &mut __state::KeyWriter,
        ) {
            let PairRef {
                left: __field_left,
                r#type: __field_type,
                hash: __field_hash,
            } = __borrowed;
            <T as __state::KeyField>::encode_field(__field_left, __writer);
            <Option<S> as __state::KeyField>::encode_field(__field_type, __writer);
            <[u8; N] as __state::KeyField>::encode_field(__field_hash, __writer);
        }
        #[inline]
        fn decode_field(
            __reader: &mut __state::KeyReader<'_>,
        ) -> __state::core::result::Result<Self, __state::KeyError> {
            __state::core::result::Result::Ok(Pair {
                left: <T as __state::KeyField>::decode_field(__reader)?,
                r#type: <Option<S> as __state::KeyField>::decode_field(__reader)?,
                hash: <[u8; N] as __state::KeyField>::decode_field(__reader)?,
            })
        }
        fn fmt_field(
            __borrowed: PairRef<'_, T, S, N>,
            __f: &mut __state::core::fmt::Formatter<'_>,
        ) -> __state::core::fmt::Result {
            let PairRef {
                left: __field_left,
                r#type: __field_type,
                hash: __field_hash,
            } = __borrowed;
            <T as __state::KeyField>::fmt_field(__field_left, __f)?;
            __state::core::fmt::Formatter::write_str(__f, "/")?;
            <Option<S> as __state::KeyField>::fmt_field(__field_type, __f)?;
            __state::core::fmt::Formatter::write_str(__f, "/")?;
            <[u8; N] as __state::KeyField>::fmt_field(__field_hash, __f)
        }
        fn sample_field(__sampler: &mut __state::Sampler<'_>) -> Self {
            Pair {
                left: <T as __state::KeyField>::sample_field(__sampler),
                r#type: <Option<S> as __state::KeyField>::sample_field(__sampler),
                hash: <[u8; N] as __state::KeyField>::sample_field(__sampler),
            }
        }
    }
    #[automatically_derived]
    impl<T, S: Marker, const N: usize> __state::KeyLookup for Pair<T, S, N>
    where
        T: Ord,
        T: renamed::state::__private::KeyField,
        Option<S>: renamed::state::__private::KeyField,
        [u8; N]: renamed::state::__private::KeyField,
        Held<T>: renamed::state::__private::State,
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
    impl<'a, T, S: Marker, const N: usize> __state::KeyLookup for PairRef<'a, T, S, N>
    where
        T: Ord,
        T: renamed::state::__private::KeyField,
        Option<S>: renamed::state::__private::KeyField,
        [u8; N]: renamed::state::__private::KeyField,
        Held<T>: renamed::state::__private::State,
    {
        type Key = Pair<T, S, N>;
        #[inline]
        fn encode_fields(&self, __writer: &mut __state::KeyWriter) {
            let PairRef {
                left: __field_left,
                r#type: __field_type,
                hash: __field_hash,
            } = *self;
            <T as __state::KeyField>::encode_field(__field_left, __writer);
            <Option<S> as __state::KeyField>::encode_field(__field_type, __writer);
            __state::KeyWriter::end_partition(__writer);
            <[u8; N] as __state::KeyField>::encode_field(__field_hash, __writer);
        }
    }
    #[automatically_derived]
    impl<T, S: Marker, const N: usize> __state::StateKey for Pair<T, S, N>
    where
        T: Ord,
        T: renamed::state::__private::KeyField,
        Option<S>: renamed::state::__private::KeyField,
        [u8; N]: renamed::state::__private::KeyField,
        Held<T>: renamed::state::__private::State,
    {
        const NAMESPACE: &'static __state::core::primitive::str = "pairs";
        const PARTITION_FIELDS: __state::core::option::Option<
            __state::core::primitive::usize,
        > = __state::core::option::Option::Some(2usize);
        const LAYOUT: &'static __state::core::primitive::str = "pairs 00 left:T type:Option<S> hash:[u8; N]";
        const ORDERED: __state::core::primitive::bool = true;
        type Value = Held<T>;
    }
    #[automatically_derived]
    impl<T, S: Marker, const N: usize> __state::OrderedKey for Pair<T, S, N>
    where
        T: Ord,
        T: renamed::state::__private::KeyField,
        Option<S>: renamed::state::__private::KeyField,
        [u8; N]: renamed::state::__private::KeyField,
        Held<T>: renamed::state::__private::State,
    {}
    #[automatically_derived]
    impl<T, S: Marker, const N: usize> __state::core::fmt::Display for Pair<T, S, N>
    where
        T: Ord,
        T: renamed::state::__private::KeyField,
        Option<S>: renamed::state::__private::KeyField,
        [u8; N]: renamed::state::__private::KeyField,
        Held<T>: renamed::state::__private::State,
    {
        fn fmt(
            &self,
            __f: &mut __state::core::fmt::Formatter<'_>,
        ) -> __state::core::fmt::Result {
            __state::core::fmt::Formatter::write_str(__f, "pairs/")?;
            <Self as __state::KeyField>::fmt_field(
                <Self as __state::KeyField>::as_key_ref(self),
                __f,
            )
        }
    }
    ///A prefix of [`Pair`] with `left` fixed, and those before it.
    #[derive(__state::core::fmt::Debug)]
    pub enum PairAfterLeft {}
    #[automatically_derived]
    impl __state::PrefixStage for PairAfterLeft {
        type Reach = __state::Across;
        const ENDS_PARTITION: __state::core::primitive::bool = false;
    }
    ///A prefix of [`Pair`] with `type` fixed, and those before it.
    #[derive(__state::core::fmt::Debug)]
    pub enum PairAfterType {}
    #[automatically_derived]
    impl __state::PrefixStage for PairAfterType {
        type Reach = __state::Within;
        const ENDS_PARTITION: __state::core::primitive::bool = true;
    }
    ///A prefix of [`Pair`] with `hash` fixed, and those before it.
    #[derive(__state::core::fmt::Debug)]
    pub enum PairAfterHash {}
    #[automatically_derived]
    impl __state::PrefixStage for PairAfterHash {
        type Reach = __state::Within;
        const ENDS_PARTITION: __state::core::primitive::bool = false;
    }
    #[allow(dead_code, clippy::same_name_method)]
    impl<T, S: Marker, const N: usize> Pair<T, S, N>
    where
        T: Ord,
        T: renamed::state::__private::KeyField,
        Option<S>: renamed::state::__private::KeyField,
        [u8; N]: renamed::state::__private::KeyField,
        Held<T>: renamed::state::__private::State,
    {
        ///Begins a prefix of keys: all keys of the type, until the fields are fixed one by one. See [`PairPrefix`].
        #[inline]
        pub fn prefix() -> PairPrefix<T, S, N, __state::Start> {
            PairPrefix(__state::Prefix::<Pair<T, S, N>, __state::Start>::new())
        }
    }
    #[allow(dead_code, clippy::impl_trait_in_params)]
    impl<T, S: Marker, const N: usize> PairPrefix<T, S, N, __state::Start>
    where
        T: Ord,
        T: renamed::state::__private::KeyField,
        Option<S>: renamed::state::__private::KeyField,
        [u8; N]: renamed::state::__private::KeyField,
        Held<T>: renamed::state::__private::State,
    {
        ///Fixes `left`.
        #[inline]
        pub fn left<'__value>(
            self,
            value: <T as __state::KeyField>::Ref<'__value>,
        ) -> PairPrefix<T, S, N, PairAfterLeft> {
            PairPrefix(__state::Prefix::fix::<T, PairAfterLeft>(self.0, value))
        }
        ///The keys whose `left` lies within `bounds`.
        #[inline]
        pub fn left_range<'__value>(
            self,
            bounds: impl __state::core::ops::RangeBounds<
                <T as __state::KeyField>::Ref<'__value>,
            >,
        ) -> __state::KeyRange<
            Pair<T, S, N>,
            <__state::Start as __state::PrefixStage>::Reach,
        > {
            __state::Prefix::range::<T>(self.0, bounds)
        }
        ///The keys whose `left`, a string or bytes, begins with `start`.
        #[inline]
        pub fn left_starts_with(
            self,
            start: impl __state::core::convert::AsRef<[__state::core::primitive::u8]>,
        ) -> __state::KeyRange<
            Pair<T, S, N>,
            <__state::Start as __state::PrefixStage>::Reach,
        >
        where
            for<'__any> T: __state::StringField<'__any>,
        {
            __state::Prefix::starts_with(self.0, start)
        }
    }
    #[allow(dead_code, clippy::impl_trait_in_params)]
    impl<T, S: Marker, const N: usize> PairPrefix<T, S, N, PairAfterLeft>
    where
        T: Ord,
        T: renamed::state::__private::KeyField,
        Option<S>: renamed::state::__private::KeyField,
        [u8; N]: renamed::state::__private::KeyField,
        Held<T>: renamed::state::__private::State,
    {
        ///Fixes `type`.
        #[inline]
        pub fn r#type<'__value>(
            self,
            value: <Option<S> as __state::KeyField>::Ref<'__value>,
        ) -> PairPrefix<T, S, N, PairAfterType> {
            PairPrefix(__state::Prefix::fix::<Option<S>, PairAfterType>(self.0, value))
        }
        ///The keys whose `type` lies within `bounds`.
        #[inline]
        pub fn type_range<'__value>(
            self,
            bounds: impl __state::core::ops::RangeBounds<
                <Option<S> as __state::KeyField>::Ref<'__value>,
            >,
        ) -> __state::KeyRange<
            Pair<T, S, N>,
            <PairAfterLeft as __state::PrefixStage>::Reach,
        > {
            __state::Prefix::range::<Option<S>>(self.0, bounds)
        }
        ///The keys whose `type`, a string or bytes, begins with `start`.
        #[inline]
        pub fn type_starts_with(
            self,
            start: impl __state::core::convert::AsRef<[__state::core::primitive::u8]>,
        ) -> __state::KeyRange<
            Pair<T, S, N>,
            <PairAfterLeft as __state::PrefixStage>::Reach,
        >
        where
            for<'__any> Option<S>: __state::StringField<'__any>,
        {
            __state::Prefix::starts_with(self.0, start)
        }
    }
    #[allow(dead_code, clippy::impl_trait_in_params)]
    impl<T, S: Marker, const N: usize> PairPrefix<T, S, N, PairAfterType>
    where
        T: Ord,
        T: renamed::state::__private::KeyField,
        Option<S>: renamed::state::__private::KeyField,
        [u8; N]: renamed::state::__private::KeyField,
        Held<T>: renamed::state::__private::State,
    {
        ///Fixes `hash`.
        #[inline]
        pub fn hash<'__value>(
            self,
            value: <[u8; N] as __state::KeyField>::Ref<'__value>,
        ) -> PairPrefix<T, S, N, PairAfterHash> {
            PairPrefix(__state::Prefix::fix::<[u8; N], PairAfterHash>(self.0, value))
        }
        ///The keys whose `hash` lies within `bounds`.
        #[inline]
        pub fn hash_range<'__value>(
            self,
            bounds: impl __state::core::ops::RangeBounds<
                <[u8; N] as __state::KeyField>::Ref<'__value>,
            >,
        ) -> __state::KeyRange<
            Pair<T, S, N>,
            <PairAfterType as __state::PrefixStage>::Reach,
        > {
            __state::Prefix::range::<[u8; N]>(self.0, bounds)
        }
    }
    #[automatically_derived]
    impl<
        T,
        S: Marker,
        const N: usize,
        __Stage,
    > __state::core::convert::From<PairPrefix<T, S, N, __Stage>>
    for __state::KeyRange<Pair<T, S, N>, <__Stage as __state::PrefixStage>::Reach>
    where
        T: Ord,
        T: renamed::state::__private::KeyField,
        Option<S>: renamed::state::__private::KeyField,
        [u8; N]: renamed::state::__private::KeyField,
        Held<T>: renamed::state::__private::State,
        __Stage: __state::PrefixStage,
    {
        fn from(__prefix: PairPrefix<T, S, N, __Stage>) -> Self {
            __state::core::convert::From::from(__prefix.0)
        }
    }
    #[automatically_derived]
    impl<T, S: Marker, const N: usize, __Stage> __state::core::fmt::Debug
    for PairPrefix<T, S, N, __Stage>
    where
        T: Ord,
        T: renamed::state::__private::KeyField,
        Option<S>: renamed::state::__private::KeyField,
        [u8; N]: renamed::state::__private::KeyField,
        Held<T>: renamed::state::__private::State,
    {
        fn fmt(
            &self,
            __f: &mut __state::core::fmt::Formatter<'_>,
        ) -> __state::core::fmt::Result {
            __state::core::fmt::Debug::fmt(&self.0, __f)
        }
    }
};
