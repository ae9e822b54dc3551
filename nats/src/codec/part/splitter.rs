//! A serializer that hands everything on, and takes what is private out on the way.

use domain::private;
use serde::{
    Serialize, Serializer,
    ser::{
        Error as _, SerializeMap, SerializeSeq, SerializeStruct, SerializeStructVariant, SerializeTuple,
        SerializeTupleStruct, SerializeTupleVariant,
    },
};

use super::Seam;

/// Hands on to `inner`.
pub(super) struct Splitter<'s, S> {
    inner: S,
    seam: &'s Seam,
}

impl<'s, S> Splitter<'s, S> {
    pub(super) const fn new(inner: S, seam: &'s Seam) -> Self {
        Self { inner, seam }
    }
}

/// A value that is to be split, wherever it comes to lie.
struct Whole<'v, 's, T: ?Sized> {
    value: &'v T,
    seam: &'s Seam,
}

impl<T: Serialize + ?Sized> Serialize for Whole<'_, '_, T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.value.serialize(Splitter::new(serializer, self.seam))
    }
}

macro_rules! hand_on {
    ($($method:ident($($argument:ident: $type:ty),*)),+ $(,)?) => {$(
        fn $method(self, $($argument: $type),*) -> Result<Self::Ok, Self::Error> {
            self.inner.$method($($argument),*)
        }
    )+};
}

macro_rules! hand_on_compound {
    ($($method:ident -> $compound:ident($($argument:ident: $type:ty),*)),+ $(,)?) => {$(
        fn $method(self, $($argument: $type),*) -> Result<Self::$compound, Self::Error> {
            Ok(Splitter::new(self.inner.$method($($argument),*)?, self.seam))
        }
    )+};
}

impl<'s, S: Serializer> Serializer for Splitter<'s, S> {
    type Ok = S::Ok;
    type Error = S::Error;
    type SerializeSeq = Splitter<'s, S::SerializeSeq>;
    type SerializeTuple = Splitter<'s, S::SerializeTuple>;
    type SerializeTupleStruct = Splitter<'s, S::SerializeTupleStruct>;
    type SerializeTupleVariant = Splitter<'s, S::SerializeTupleVariant>;
    type SerializeMap = Splitter<'s, S::SerializeMap>;
    type SerializeStruct = Splitter<'s, S::SerializeStruct>;
    type SerializeStructVariant = Splitter<'s, S::SerializeStructVariant>;

    hand_on! {
        serialize_bool(v: bool), serialize_char(v: char), serialize_str(v: &str), serialize_bytes(v: &[u8]),
        serialize_i8(v: i8), serialize_i16(v: i16), serialize_i32(v: i32), serialize_i64(v: i64),
        serialize_i128(v: i128), serialize_u128(v: u128), serialize_f32(v: f32), serialize_f64(v: f64),
        serialize_u8(v: u8), serialize_u16(v: u16), serialize_u32(v: u32), serialize_u64(v: u64),
        serialize_none(), serialize_unit(), serialize_unit_struct(name: &'static str),
        serialize_unit_variant(name: &'static str, index: u32, variant: &'static str),
    }

    hand_on_compound! {
        serialize_seq -> SerializeSeq(len: Option<usize>),
        serialize_tuple -> SerializeTuple(len: usize),
        serialize_tuple_struct -> SerializeTupleStruct(name: &'static str, len: usize),
        serialize_tuple_variant -> SerializeTupleVariant(
            name: &'static str, index: u32, variant: &'static str, len: usize),
        serialize_map -> SerializeMap(len: Option<usize>),
        serialize_struct -> SerializeStruct(name: &'static str, len: usize),
        serialize_struct_variant -> SerializeStructVariant(
            name: &'static str, index: u32, variant: &'static str, len: usize),
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<S::Ok, S::Error> {
        self.inner.serialize_some(&Whole { value, seam: self.seam })
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        name: &'static str,
        value: &T,
    ) -> Result<S::Ok, S::Error> {
        if name == private::NAME {
            self.seam.take(value).map_err(S::Error::custom)?;
            return self.inner.serialize_none();
        }
        self.inner.serialize_newtype_struct(name, &Whole { value, seam: self.seam })
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        name: &'static str,
        index: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<S::Ok, S::Error> {
        self.inner.serialize_newtype_variant(name, index, variant, &Whole { value, seam: self.seam })
    }

    fn is_human_readable(&self) -> bool {
        self.inner.is_human_readable()
    }
}

macro_rules! split_values {
    ($($compound:ident, $method:ident($($name:ident: $type:ty)?)),+ $(,)?) => {$(
        impl<S: $compound> $compound for Splitter<'_, S> {
            type Ok = S::Ok;
            type Error = S::Error;

            fn $method<T: Serialize + ?Sized>(&mut self, $($name: $type,)? value: &T) -> Result<(), S::Error> {
                self.inner.$method($($name,)? &Whole { value, seam: self.seam })
            }

            fn end(self) -> Result<S::Ok, S::Error> {
                self.inner.end()
            }
        }
    )+};
}

split_values! {
    SerializeSeq, serialize_element(),
    SerializeTuple, serialize_element(),
    SerializeTupleStruct, serialize_field(),
    SerializeTupleVariant, serialize_field(),
    SerializeStruct, serialize_field(key: &'static str),
    SerializeStructVariant, serialize_field(key: &'static str),
}

impl<S: SerializeMap> SerializeMap for Splitter<'_, S> {
    type Ok = S::Ok;
    type Error = S::Error;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), S::Error> {
        self.inner.serialize_key(key)
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), S::Error> {
        self.inner.serialize_value(&Whole { value, seam: self.seam })
    }

    fn end(self) -> Result<S::Ok, S::Error> {
        self.inner.end()
    }
}
