use std::fmt::Display;
use std::marker::PhantomData;

use serde::ser::{
    Error, Serialize, SerializeMap, SerializeSeq, SerializeStruct, SerializeStructVariant,
    SerializeTuple, SerializeTupleStruct, SerializeTupleVariant, Serializer,
};

use super::{LOST_SOME, MAX_DEPTH, NOT_FINITE, Pass, Rules, SKIPPED, TOO_DEEP};

/// Writes `value` with `serializer`, within the rules of its format.
#[inline]
pub(in crate::codec) fn serialize<R: Rules, T: Serialize + ?Sized, S: Serializer>(
    value: &T,
    serializer: S,
    pass: &Pass,
) -> Result<S::Ok, S::Error> {
    let at = At::<R> {
        pass,
        depth: 0,
        in_some: false,
        rules: PhantomData,
    };
    value.serialize(Strict {
        inner: serializer,
        at,
    })
}

/// A place in the value.
struct At<'p, R> {
    pass: &'p Pass,
    depth: u8,
    /// Nothing but `Some` and newtypes since the last `Some`.
    in_some: bool,
    rules: PhantomData<R>,
}

impl<R> Clone for At<'_, R> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<R> Copy for At<'_, R> {}

impl<R: Rules> At<'_, R> {
    #[inline]
    fn below<E: Error>(self, in_some: bool) -> Result<Self, E> {
        if self.depth == MAX_DEPTH {
            return Err(self.refuse(TOO_DEEP));
        }
        Ok(Self {
            depth: self.depth + 1,
            in_some,
            ..self
        })
    }

    /// Inside a sequence or map, which has a length of its own.
    #[inline]
    fn below_counted<E: Error>(self, len: Option<usize>) -> Result<Self, E> {
        if R::POSITIONAL {
            self.pass.add(len.unwrap_or(0));
        }
        self.below(false)
    }

    /// Inside an enum's variant, which is a level, and its fields, which are another.
    #[inline]
    fn below_variant<E: Error>(self) -> Result<Self, E> {
        self.below(false)?.below(false)
    }

    #[inline]
    fn nothing<E: Error>(self) -> Result<(), E> {
        if R::NESTED_NONE_IS_LOST && self.in_some {
            Err(self.refuse(LOST_SOME))
        } else {
            Ok(())
        }
    }

    #[inline]
    fn number<E: Error>(self, finite: bool) -> Result<(), E> {
        if R::FINITE && !finite {
            Err(self.refuse(NOT_FINITE))
        } else {
            Ok(())
        }
    }

    fn refuse<E: Error>(self, reason: &'static str) -> E {
        self.pass.stop(reason, |reason| E::custom(reason))
    }
}

struct Strict<'p, S, R> {
    inner: S,
    at: At<'p, R>,
}

/// A value inside another.
struct Nested<'v, 'p, T: ?Sized, R> {
    value: &'v T,
    at: At<'p, R>,
}

impl<T: Serialize + ?Sized, R: Rules> Serialize for Nested<'_, '_, T, R> {
    #[inline]
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.value.serialize(Strict {
            inner: serializer,
            at: self.at,
        })
    }
}

macro_rules! scalars {
    ($($method:ident $type:ty),*) => {$(
        #[inline]
        fn $method(self, value: $type) -> Result<S::Ok, S::Error> {
            self.inner.$method(value)
        }
    )*};
}

impl<'p, S: Serializer, R: Rules> Serializer for Strict<'p, S, R> {
    type Ok = S::Ok;
    type Error = S::Error;
    type SerializeSeq = Strict<'p, S::SerializeSeq, R>;
    type SerializeTuple = Strict<'p, S::SerializeTuple, R>;
    type SerializeTupleStruct = Strict<'p, S::SerializeTupleStruct, R>;
    type SerializeTupleVariant = Strict<'p, S::SerializeTupleVariant, R>;
    type SerializeMap = Strict<'p, S::SerializeMap, R>;
    type SerializeStruct = Strict<'p, S::SerializeStruct, R>;
    type SerializeStructVariant = Strict<'p, S::SerializeStructVariant, R>;

    scalars!(
        serialize_bool bool, serialize_char char, serialize_str &str,
        serialize_i8 i8, serialize_i16 i16, serialize_i32 i32, serialize_i64 i64, serialize_i128 i128,
        serialize_u8 u8, serialize_u16 u16, serialize_u32 u32, serialize_u64 u64, serialize_u128 u128
    );

    #[inline]
    fn serialize_f32(self, value: f32) -> Result<S::Ok, S::Error> {
        self.at.number(value.is_finite())?;
        self.inner.serialize_f32(value)
    }

    #[inline]
    fn serialize_f64(self, value: f64) -> Result<S::Ok, S::Error> {
        self.at.number(value.is_finite())?;
        self.inner.serialize_f64(value)
    }

    #[inline]
    fn serialize_bytes(self, value: &[u8]) -> Result<S::Ok, S::Error> {
        // Some formats write them as a sequence.
        self.at.below::<S::Error>(false)?;
        self.inner.serialize_bytes(value)
    }

    #[inline]
    fn serialize_none(self) -> Result<S::Ok, S::Error> {
        self.at.nothing()?;
        self.inner.serialize_none()
    }

    #[inline]
    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<S::Ok, S::Error> {
        let at = self.at.below(true)?;
        self.inner.serialize_some(&Nested { value, at })
    }

    #[inline]
    fn serialize_unit(self) -> Result<S::Ok, S::Error> {
        self.at.nothing()?;
        self.inner.serialize_unit()
    }

    #[inline]
    fn serialize_unit_struct(self, name: &'static str) -> Result<S::Ok, S::Error> {
        if R::UNIT_STRUCT_IS_NONE {
            self.at.nothing()?;
        }
        // Some formats write it as an empty sequence.
        self.at.below::<S::Error>(false)?;
        self.inner.serialize_unit_struct(name)
    }

    #[inline]
    fn serialize_unit_variant(
        self,
        name: &'static str,
        index: u32,
        variant: &'static str,
    ) -> Result<S::Ok, S::Error> {
        self.at.below::<S::Error>(false)?;
        self.inner.serialize_unit_variant(name, index, variant)
    }

    #[inline]
    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        name: &'static str,
        value: &T,
    ) -> Result<S::Ok, S::Error> {
        self.inner
            .serialize_newtype_struct(name, &Nested { value, at: self.at })
    }

    #[inline]
    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        name: &'static str,
        index: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<S::Ok, S::Error> {
        let at = self.at.below(false)?;
        self.inner
            .serialize_newtype_variant(name, index, variant, &Nested { value, at })
    }

    #[inline]
    fn serialize_seq(self, len: Option<usize>) -> Result<Self::SerializeSeq, S::Error> {
        let at = self.at.below_counted(len)?;
        Ok(Strict {
            inner: self.inner.serialize_seq(len)?,
            at,
        })
    }

    #[inline]
    fn serialize_tuple(self, len: usize) -> Result<Self::SerializeTuple, S::Error> {
        let at = self.at.below(false)?;
        Ok(Strict {
            inner: self.inner.serialize_tuple(len)?,
            at,
        })
    }

    #[inline]
    fn serialize_tuple_struct(
        self,
        name: &'static str,
        len: usize,
    ) -> Result<Self::SerializeTupleStruct, S::Error> {
        let at = self.at.below(false)?;
        Ok(Strict {
            inner: self.inner.serialize_tuple_struct(name, len)?,
            at,
        })
    }

    #[inline]
    fn serialize_tuple_variant(
        self,
        name: &'static str,
        index: u32,
        variant: &'static str,
        len: usize,
    ) -> Result<Self::SerializeTupleVariant, S::Error> {
        let at = self.at.below_variant()?;
        Ok(Strict {
            inner: self
                .inner
                .serialize_tuple_variant(name, index, variant, len)?,
            at,
        })
    }

    #[inline]
    fn serialize_map(self, len: Option<usize>) -> Result<Self::SerializeMap, S::Error> {
        let at = self.at.below_counted(len)?;
        Ok(Strict {
            inner: self.inner.serialize_map(len)?,
            at,
        })
    }

    #[inline]
    fn serialize_struct(
        self,
        name: &'static str,
        len: usize,
    ) -> Result<Self::SerializeStruct, S::Error> {
        let at = self.at.below(false)?;
        Ok(Strict {
            inner: self.inner.serialize_struct(name, len)?,
            at,
        })
    }

    #[inline]
    fn serialize_struct_variant(
        self,
        name: &'static str,
        index: u32,
        variant: &'static str,
        len: usize,
    ) -> Result<Self::SerializeStructVariant, S::Error> {
        let at = self.at.below_variant()?;
        Ok(Strict {
            inner: self
                .inner
                .serialize_struct_variant(name, index, variant, len)?,
            at,
        })
    }

    #[inline]
    fn collect_str<T: Display + ?Sized>(self, value: &T) -> Result<S::Ok, S::Error> {
        self.inner.collect_str(value)
    }

    #[inline]
    fn is_human_readable(&self) -> bool {
        self.inner.is_human_readable()
    }
}

macro_rules! unnamed {
    ($($trait:ident $method:ident),*) => {$(
        impl<C: $trait, R: Rules> $trait for Strict<'_, C, R> {
            type Ok = C::Ok;
            type Error = C::Error;

            #[inline]
            fn $method<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), C::Error> {
                self.inner.$method(&Nested { value, at: self.at })
            }

            #[inline]
            fn end(self) -> Result<C::Ok, C::Error> {
                self.inner.end()
            }
        }
    )*};
}

unnamed!(
    SerializeSeq serialize_element,
    SerializeTuple serialize_element,
    SerializeTupleStruct serialize_field,
    SerializeTupleVariant serialize_field
);

macro_rules! named {
    ($($trait:ident),*) => {$(
        impl<C: $trait, R: Rules> $trait for Strict<'_, C, R> {
            type Ok = C::Ok;
            type Error = C::Error;

            #[inline]
            fn serialize_field<T: Serialize + ?Sized>(
                &mut self,
                name: &'static str,
                value: &T,
            ) -> Result<(), C::Error> {
                self.inner.serialize_field(name, &Nested { value, at: self.at })
            }

            #[inline]
            fn skip_field(&mut self, name: &'static str) -> Result<(), C::Error> {
                if R::POSITIONAL {
                    return Err(self.at.refuse(SKIPPED));
                }
                self.inner.skip_field(name)
            }

            #[inline]
            fn end(self) -> Result<C::Ok, C::Error> {
                self.inner.end()
            }
        }
    )*};
}

named!(SerializeStruct, SerializeStructVariant);

impl<C: SerializeMap, R: Rules> SerializeMap for Strict<'_, C, R> {
    type Ok = C::Ok;
    type Error = C::Error;

    #[inline]
    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), C::Error> {
        self.inner.serialize_key(&Nested {
            value: key,
            at: self.at,
        })
    }

    #[inline]
    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), C::Error> {
        self.inner.serialize_value(&Nested { value, at: self.at })
    }

    #[inline]
    fn serialize_entry<K: Serialize + ?Sized, V: Serialize + ?Sized>(
        &mut self,
        key: &K,
        value: &V,
    ) -> Result<(), C::Error> {
        self.inner.serialize_entry(
            &Nested {
                value: key,
                at: self.at,
            },
            &Nested { value, at: self.at },
        )
    }

    #[inline]
    fn end(self) -> Result<C::Ok, C::Error> {
        self.inner.end()
    }
}
