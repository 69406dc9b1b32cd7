///The borrowed twin of [`EventKey`]: it has the same bytes and looks up without allocating.
#[allow(deprecated, non_camel_case_types, non_snake_case)]
pub enum EventKeyRef<'a> {
    ///`EventKey::Payment`, borrowed.
    Payment {
        ///`account`, borrowed.
        account: <String as ::typed_state::__private::KeyField>::Ref<'a>,
        ///`number`, borrowed.
        number: <u64 as ::typed_state::__private::KeyField>::Ref<'a>,
    },
    ///`EventKey::Refund`, borrowed.
    Refund(
        ///`0`, borrowed.
        <u64 as ::typed_state::__private::KeyField>::Ref<'a>,
    ),
    ///`EventKey::Idle`, borrowed.
    Idle,
}
#[doc(hidden)]
#[allow(deprecated, non_camel_case_types, non_snake_case)]
const _: () = {
    use ::typed_state::__private as __state;
    #[automatically_derived]
    impl<'a> __state::core::fmt::Debug for EventKeyRef<'a> {
        fn fmt(
            &self,
            __f: &mut __state::core::fmt::Formatter<'_>,
        ) -> __state::core::fmt::Result {
            match self {
                EventKeyRef::Payment {
                    account: __field_account,
                    number: __field_number,
                } => {
                    let mut __out = __state::core::fmt::Formatter::debug_struct(
                        __f,
                        "Payment",
                    );
                    __state::core::fmt::DebugStruct::field(
                        &mut __out,
                        "account",
                        __field_account,
                    );
                    __state::core::fmt::DebugStruct::field(
                        &mut __out,
                        "number",
                        __field_number,
                    );
                    __state::core::fmt::DebugStruct::finish(&mut __out)
                }
                EventKeyRef::Refund(__field_0) => {
                    let mut __out = __state::core::fmt::Formatter::debug_tuple(
                        __f,
                        "Refund",
                    );
                    __state::core::fmt::DebugTuple::field(&mut __out, __field_0);
                    __state::core::fmt::DebugTuple::finish(&mut __out)
                }
                EventKeyRef::Idle => {
                    __state::core::fmt::Formatter::write_str(__f, "Idle")
                }
            }
        }
    }
    #[automatically_derived]
    impl<'a> __state::core::clone::Clone for EventKeyRef<'a> {
        #[inline]
        fn clone(&self) -> Self {
            *self
        }
    }
    #[automatically_derived]
    impl<'a> __state::core::marker::Copy for EventKeyRef<'a> {}
    #[automatically_derived]
    impl<'a> __state::core::cmp::PartialEq for EventKeyRef<'a> {
        #[inline]
        fn eq(&self, __other: &Self) -> __state::core::primitive::bool {
            match (self, __other) {
                (
                    EventKeyRef::Payment {
                        account: __field_account,
                        number: __field_number,
                    },
                    EventKeyRef::Payment {
                        account: __other_field_account,
                        number: __other_field_number,
                    },
                ) => {
                    __state::core::cmp::PartialEq::eq(
                        __field_account,
                        __other_field_account,
                    )
                        && __state::core::cmp::PartialEq::eq(
                            __field_number,
                            __other_field_number,
                        )
                }
                (
                    EventKeyRef::Refund(__field_0),
                    EventKeyRef::Refund(__other_field_0),
                ) => __state::core::cmp::PartialEq::eq(__field_0, __other_field_0),
                (EventKeyRef::Idle, EventKeyRef::Idle) => true,
                _ => false,
            }
        }
    }
    #[automatically_derived]
    impl<'a> __state::core::cmp::Eq for EventKeyRef<'a> {}
    #[automatically_derived]
    impl<'a> __state::core::cmp::PartialOrd for EventKeyRef<'a> {
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
    impl<'a> __state::core::cmp::Ord for EventKeyRef<'a> {
        #[inline]
        fn cmp(&self, __other: &Self) -> __state::core::cmp::Ordering {
            match (self, __other) {
                (
                    EventKeyRef::Payment {
                        account: __field_account,
                        number: __field_number,
                    },
                    EventKeyRef::Payment {
                        account: __other_field_account,
                        number: __other_field_number,
                    },
                ) => {
                    __state::core::cmp::Ordering::then_with(
                        __state::core::cmp::Ord::cmp(
                            __field_account,
                            __other_field_account,
                        ),
                        || __state::core::cmp::Ord::cmp(
                            __field_number,
                            __other_field_number,
                        ),
                    )
                }
                (
                    EventKeyRef::Refund(__field_0),
                    EventKeyRef::Refund(__other_field_0),
                ) => __state::core::cmp::Ord::cmp(__field_0, __other_field_0),
                (EventKeyRef::Idle, EventKeyRef::Idle) => {
                    __state::core::cmp::Ordering::Equal
                }
                _ => {
                    let __tag = |__twin: &Self| -> __state::core::primitive::u8 {
                        match __twin {
                            EventKeyRef::Payment { .. } => 1u8,
                            EventKeyRef::Refund(..) => 2u8,
                            EventKeyRef::Idle => 9u8,
                        }
                    };
                    __state::core::cmp::Ord::cmp(&__tag(self), &__tag(__other))
                }
            }
        }
    }
    #[automatically_derived]
    impl<'a> __state::core::hash::Hash for EventKeyRef<'a> {
        fn hash<__H: __state::core::hash::Hasher>(&self, __hasher: &mut __H) {
            match self {
                EventKeyRef::Payment {
                    account: __field_account,
                    number: __field_number,
                } => {
                    __state::core::hash::Hash::hash(&1u8, __hasher);
                    __state::core::hash::Hash::hash(__field_account, __hasher);
                    __state::core::hash::Hash::hash(__field_number, __hasher);
                }
                EventKeyRef::Refund(__field_0) => {
                    __state::core::hash::Hash::hash(&2u8, __hasher);
                    __state::core::hash::Hash::hash(__field_0, __hasher);
                }
                EventKeyRef::Idle => {
                    __state::core::hash::Hash::hash(&9u8, __hasher);
                }
            }
        }
    }
    #[automatically_derived]
    impl __state::KeyField for EventKey {
        type Ref<'a> = EventKeyRef<'a>;
        #[inline]
        fn as_key_ref(&self) -> EventKeyRef<'_> {
            match self {
                EventKey::Payment {
                    account: __field_account,
                    number: __field_number,
                } => {
                    EventKeyRef::Payment {
                        account: <String as __state::KeyField>::as_key_ref(
                            __field_account,
                        ),
                        number: <u64 as __state::KeyField>::as_key_ref(__field_number),
                    }
                }
                EventKey::Refund(__field_0) => {
                    EventKeyRef::Refund(
                        <u64 as __state::KeyField>::as_key_ref(__field_0),
                    )
                }
                EventKey::Idle => EventKeyRef::Idle,
            }
        }
        #[inline]
        fn from_key_ref(__borrowed: EventKeyRef<'_>) -> Self {
            match __borrowed {
                EventKeyRef::Payment {
                    account: __field_account,
                    number: __field_number,
                } => {
                    EventKey::Payment {
                        account: <String as __state::KeyField>::from_key_ref(
                            __field_account,
                        ),
                        number: <u64 as __state::KeyField>::from_key_ref(__field_number),
                    }
                }
                EventKeyRef::Refund(__field_0) => {
                    EventKey::Refund(<u64 as __state::KeyField>::from_key_ref(__field_0))
                }
                EventKeyRef::Idle => EventKey::Idle,
            }
        }
        #[inline]
        fn encode_field(__borrowed: EventKeyRef<'_>, __writer: &mut __state::KeyWriter) {
            match __borrowed {
                EventKeyRef::Payment {
                    account: __field_account,
                    number: __field_number,
                } => {
                    __state::KeyWriter::write_byte(__writer, 1u8);
                    <String as __state::KeyField>::encode_field(
                        __field_account,
                        __writer,
                    );
                    <u64 as __state::KeyField>::encode_field(__field_number, __writer);
                }
                EventKeyRef::Refund(__field_0) => {
                    __state::KeyWriter::write_byte(__writer, 2u8);
                    <u64 as __state::KeyField>::encode_field(__field_0, __writer);
                }
                EventKeyRef::Idle => {
                    __state::KeyWriter::write_byte(__writer, 9u8);
                }
            }
        }
        #[inline]
        fn decode_field(
            __reader: &mut __state::KeyReader<'_>,
        ) -> __state::core::result::Result<Self, __state::KeyError> {
            let __unknown = __state::KeyReader::error(
                __reader,
                "a tag of `EventKey`, 1, 2 or 9",
            );
            match __state::KeyReader::read_byte(
                __reader,
                "a tag of `EventKey`, 1, 2 or 9",
            )? {
                1u8 => {
                    __state::core::result::Result::Ok(EventKey::Payment {
                        account: <String as __state::KeyField>::decode_field(__reader)?,
                        number: <u64 as __state::KeyField>::decode_field(__reader)?,
                    })
                }
                2u8 => {
                    __state::core::result::Result::Ok(
                        EventKey::Refund(
                            <u64 as __state::KeyField>::decode_field(__reader)?,
                        ),
                    )
                }
                9u8 => __state::core::result::Result::Ok(EventKey::Idle),
                _ => __state::core::result::Result::Err(__unknown),
            }
        }
        fn fmt_field(
            __borrowed: EventKeyRef<'_>,
            __f: &mut __state::core::fmt::Formatter<'_>,
        ) -> __state::core::fmt::Result {
            match __borrowed {
                EventKeyRef::Payment {
                    account: __field_account,
                    number: __field_number,
                } => {
                    __state::core::fmt::Formatter::write_str(__f, "Payment")?;
                    __state::core::fmt::Formatter::write_str(__f, "/")?;
                    <String as __state::KeyField>::fmt_field(__field_account, __f)?;
                    __state::core::fmt::Formatter::write_str(__f, "/")?;
                    <u64 as __state::KeyField>::fmt_field(__field_number, __f)
                }
                EventKeyRef::Refund(__field_0) => {
                    __state::core::fmt::Formatter::write_str(__f, "Refund")?;
                    __state::core::fmt::Formatter::write_str(__f, "/")?;
                    <u64 as __state::KeyField>::fmt_field(__field_0, __f)
                }
                EventKeyRef::Idle => {
                    __state::core::fmt::Formatter::write_str(__f, "Idle")
                }
            }
        }
        fn sample_field(__sampler: &mut __state::Sampler<'_>) -> Self {
            match __state::Sampler::choose(__sampler, 3usize) {
                0usize => {
                    EventKey::Payment {
                        account: <String as __state::KeyField>::sample_field(__sampler),
                        number: <u64 as __state::KeyField>::sample_field(__sampler),
                    }
                }
                1usize => {
                    EventKey::Refund(<u64 as __state::KeyField>::sample_field(__sampler))
                }
                _ => EventKey::Idle,
            }
        }
    }
    #[automatically_derived]
    impl __state::KeyLookup for EventKey {
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
    impl<'a> __state::KeyLookup for EventKeyRef<'a> {
        type Key = EventKey;
        #[inline]
        fn encode_fields(&self, __writer: &mut __state::KeyWriter) {
            <EventKey as __state::KeyField>::encode_field(*self, __writer);
            __state::KeyWriter::end_partition(__writer);
        }
    }
    #[automatically_derived]
    impl __state::StateKey for EventKey {
        const NAMESPACE: &'static __state::core::primitive::str = "events";
        const PARTITION_FIELDS: __state::core::option::Option<
            __state::core::primitive::usize,
        > = __state::core::option::Option::None;
        const LAYOUT: &'static __state::core::primitive::str = "events 00 (01 Payment account:String number:u64 | 02 Refund 0:u64 | 09 Idle)";
        const ORDERED: __state::core::primitive::bool = true;
        type Value = Event;
    }
    #[automatically_derived]
    impl __state::OrderedKey for EventKey {}
    #[automatically_derived]
    impl __state::core::fmt::Display for EventKey {
        fn fmt(
            &self,
            __f: &mut __state::core::fmt::Formatter<'_>,
        ) -> __state::core::fmt::Result {
            __state::core::fmt::Formatter::write_str(__f, "events/")?;
            <Self as __state::KeyField>::fmt_field(
                <Self as __state::KeyField>::as_key_ref(self),
                __f,
            )
        }
    }
};
