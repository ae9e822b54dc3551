//! Parts private words from the rest while something is serialised: a serializer that hands everything on to another one,
//! and takes what is private out on the way, however deep it lies. In its place stands `None`, as if it was forgotten.

use std::fmt::Display;

use serde::{
    Serialize, Serializer,
    ser::{
        Error as _, SerializeMap, SerializeSeq, SerializeStruct, SerializeStructVariant, SerializeTuple,
        SerializeTupleStruct, SerializeTupleVariant,
    },
};

use super::NAME;

/// Where private things go.
pub trait Seam {
    /// Why one is not taken.
    type Error: Display;

    /// Takes something private, for where the writer of the rest is now.
    fn take<T: Serialize + ?Sized>(&self, value: &T) -> Result<(), Self::Error>;
}

/// Writes everything but what is private, which the seam takes.
pub fn part<V, S, W>(value: &V, writer: S, seam: &W) -> Result<S::Ok, S::Error>
where
    V: Serialize + ?Sized,
    S: Serializer,
    W: Seam,
{
    value.serialize(Splitter::new(writer, seam))
}

/// Hands on to `inner`.
struct Splitter<'s, S, W> {
    inner: S,
    seam: &'s W,
}

impl<'s, S, W> Splitter<'s, S, W> {
    const fn new(inner: S, seam: &'s W) -> Self {
        Self { inner, seam }
    }
}

/// A value that is to be split, wherever it comes to lie.
struct Whole<'v, 's, T: ?Sized, W> {
    value: &'v T,
    seam: &'s W,
}

impl<T: Serialize + ?Sized, W: Seam> Serialize for Whole<'_, '_, T, W> {
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

impl<'s, S: Serializer, W: Seam> Serializer for Splitter<'s, S, W> {
    type Ok = S::Ok;
    type Error = S::Error;
    type SerializeSeq = Splitter<'s, S::SerializeSeq, W>;
    type SerializeTuple = Splitter<'s, S::SerializeTuple, W>;
    type SerializeTupleStruct = Splitter<'s, S::SerializeTupleStruct, W>;
    type SerializeTupleVariant = Splitter<'s, S::SerializeTupleVariant, W>;
    type SerializeMap = Splitter<'s, S::SerializeMap, W>;
    type SerializeStruct = Splitter<'s, S::SerializeStruct, W>;
    type SerializeStructVariant = Splitter<'s, S::SerializeStructVariant, W>;

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
        if name == NAME {
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
        impl<S: $compound, W: Seam> $compound for Splitter<'_, S, W> {
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

impl<S: SerializeMap, W: Seam> SerializeMap for Splitter<'_, S, W> {
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
