//! Writes a value as JSON that others may see. It knows private values and ids by the names of their newtypes.

use std::fmt;

use serde::{
    Serialize, Serializer,
    ser::{self, SerializeMap, SerializeSeq, SerializeStruct},
};
use serde_json::{Map, Value};
use uuid::Uuid;

use super::EXACT;
use crate::{id, private};

/// The value has no form that others could see.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("an event has no public form: {0}")]
pub struct Unwritable(String);

impl ser::Error for Unwritable {
    fn custom<T: fmt::Display>(why: T) -> Self {
        Self(why.to_string())
    }
}

/// What is seen; nothing, if it is private.
type Seen = Option<Value>;

#[derive(Clone, Copy)]
pub(super) struct Writer<'a> {
    rename: &'a dyn Fn(Uuid) -> Uuid,
}

impl<'a> Writer<'a> {
    pub(super) const fn new(rename: &'a dyn Fn(Uuid) -> Uuid) -> Self {
        Self { rename }
    }

    fn renamed(self, id: &Seen) -> Result<Seen, Unwritable> {
        let id = id.as_ref().and_then(Value::as_str).and_then(|id| id.parse().ok());
        let id = id.ok_or_else(|| Unwritable("an id is no UUID".to_owned()))?;
        Ok(Some((self.rename)(id).to_string().into()))
    }

    fn list(self, length: Option<usize>) -> List<'a> {
        List { writer: self, variant: None, items: Vec::with_capacity(length.unwrap_or_default().min(1024)) }
    }

    fn fields(self) -> Fields<'a> {
        Fields { writer: self, variant: None, key: None, fields: Map::new() }
    }
}

/// Under the name of its variant, where it is one.
fn as_variant(variant: Option<&'static str>, value: Value) -> Seen {
    Some(match variant {
        Some(variant) => Value::Object(Map::from_iter([(variant.to_owned(), value)])),
        None => value,
    })
}

macro_rules! plain {
    ($($method:ident: $type:ty),+ $(,)?) => {
        $(fn $method(self, value: $type) -> Result<Seen, Unwritable> {
            Ok(Some(Value::from(value)))
        })+
    };
}

impl<'a> Serializer for Writer<'a> {
    type Ok = Seen;
    type Error = Unwritable;
    type SerializeSeq = List<'a>;
    type SerializeTuple = List<'a>;
    type SerializeTupleStruct = List<'a>;
    type SerializeTupleVariant = List<'a>;
    type SerializeMap = Fields<'a>;
    type SerializeStruct = Fields<'a>;
    type SerializeStructVariant = Fields<'a>;

    plain! {
        serialize_bool: bool, serialize_i8: i8, serialize_i16: i16, serialize_i32: i32, serialize_u8: u8,
        serialize_u16: u16, serialize_u32: u32, serialize_f32: f32, serialize_f64: f64, serialize_str: &str,
    }

    fn serialize_i64(self, value: i64) -> Result<Seen, Unwritable> {
        let exact = value.unsigned_abs() <= EXACT;
        Ok(Some(if exact { value.into() } else { value.to_string().into() }))
    }

    fn serialize_u64(self, value: u64) -> Result<Seen, Unwritable> {
        Ok(Some(if value <= EXACT { value.into() } else { value.to_string().into() }))
    }

    fn serialize_char(self, value: char) -> Result<Seen, Unwritable> {
        Ok(Some(value.to_string().into()))
    }

    /// Nobody can say what is in them.
    fn serialize_bytes(self, _value: &[u8]) -> Result<Seen, Unwritable> {
        Ok(None)
    }

    fn serialize_none(self) -> Result<Seen, Unwritable> {
        Ok(Some(Value::Null))
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<Seen, Unwritable> {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Result<Seen, Unwritable> {
        Ok(Some(Value::Null))
    }

    fn serialize_unit_struct(self, _name: &'static str) -> Result<Seen, Unwritable> {
        Ok(Some(Value::Null))
    }

    fn serialize_unit_variant(
        self,
        _name: &'static str,
        _index: u32,
        variant: &'static str,
    ) -> Result<Seen, Unwritable> {
        Ok(Some(variant.into()))
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        name: &'static str,
        value: &T,
    ) -> Result<Seen, Unwritable> {
        match name {
            private::NAME => Ok(None),
            id::NAME => self.renamed(&value.serialize(self)?),
            _ => value.serialize(self),
        }
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _name: &'static str,
        _index: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<Seen, Unwritable> {
        let mut fields = self.fields();
        fields.put(variant.to_owned(), value.serialize(self)?);
        Ok(Some(Value::Object(fields.fields)))
    }

    fn serialize_seq(self, length: Option<usize>) -> Result<List<'a>, Unwritable> {
        Ok(self.list(length))
    }

    fn serialize_tuple(self, length: usize) -> Result<List<'a>, Unwritable> {
        Ok(self.list(Some(length)))
    }

    fn serialize_tuple_struct(self, _name: &'static str, length: usize) -> Result<List<'a>, Unwritable> {
        Ok(self.list(Some(length)))
    }

    fn serialize_tuple_variant(
        self,
        _name: &'static str,
        _index: u32,
        variant: &'static str,
        length: usize,
    ) -> Result<List<'a>, Unwritable> {
        Ok(List { variant: Some(variant), ..self.list(Some(length)) })
    }

    fn serialize_map(self, _length: Option<usize>) -> Result<Fields<'a>, Unwritable> {
        Ok(self.fields())
    }

    fn serialize_struct(self, _name: &'static str, _length: usize) -> Result<Fields<'a>, Unwritable> {
        Ok(self.fields())
    }

    fn serialize_struct_variant(
        self,
        _name: &'static str,
        _index: u32,
        variant: &'static str,
        _length: usize,
    ) -> Result<Fields<'a>, Unwritable> {
        Ok(Fields { variant: Some(variant), ..self.fields() })
    }
}

/// A list that is being written.
pub(super) struct List<'a> {
    writer: Writer<'a>,
    variant: Option<&'static str>,
    items: Vec<Value>,
}

impl List<'_> {
    fn put<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Unwritable> {
        self.items.push(value.serialize(self.writer)?.unwrap_or(Value::Null));
        Ok(())
    }

    fn written(self) -> Seen {
        as_variant(self.variant, Value::Array(self.items))
    }
}

impl SerializeSeq for List<'_> {
    type Ok = Seen;
    type Error = Unwritable;

    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Unwritable> {
        self.put(value)
    }

    fn end(self) -> Result<Seen, Unwritable> {
        Ok(self.written())
    }
}

impl ser::SerializeTuple for List<'_> {
    type Ok = Seen;
    type Error = Unwritable;

    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Unwritable> {
        self.put(value)
    }

    fn end(self) -> Result<Seen, Unwritable> {
        Ok(self.written())
    }
}

impl ser::SerializeTupleStruct for List<'_> {
    type Ok = Seen;
    type Error = Unwritable;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Unwritable> {
        self.put(value)
    }

    fn end(self) -> Result<Seen, Unwritable> {
        Ok(self.written())
    }
}

impl ser::SerializeTupleVariant for List<'_> {
    type Ok = Seen;
    type Error = Unwritable;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Unwritable> {
        self.put(value)
    }

    fn end(self) -> Result<Seen, Unwritable> {
        Ok(self.written())
    }
}

/// Fields that are being written.
pub(super) struct Fields<'a> {
    writer: Writer<'a>,
    variant: Option<&'static str>,
    /// The key of the next value; none if it is private.
    key: Option<String>,
    fields: Map<String, Value>,
}

impl Fields<'_> {
    fn put(&mut self, name: String, value: Seen) {
        if let Some(value) = value.filter(|value| !value.is_null()) {
            self.fields.insert(name, value);
        }
    }

    fn written(self) -> Seen {
        as_variant(self.variant, Value::Object(self.fields))
    }
}

impl SerializeMap for Fields<'_> {
    type Ok = Seen;
    type Error = Unwritable;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), Unwritable> {
        self.key = match key.serialize(self.writer)? {
            Some(Value::String(key)) => Some(key),
            Some(Value::Number(key)) => Some(key.to_string()),
            Some(_) => return Err(Unwritable("a key is no text".to_owned())),
            None => None,
        };
        Ok(())
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Unwritable> {
        if let Some(key) = self.key.take() {
            let value = value.serialize(self.writer)?;
            self.put(key, value);
        }
        Ok(())
    }

    fn end(self) -> Result<Seen, Unwritable> {
        Ok(self.written())
    }
}

impl SerializeStruct for Fields<'_> {
    type Ok = Seen;
    type Error = Unwritable;

    fn serialize_field<T: Serialize + ?Sized>(
        &mut self,
        name: &'static str,
        value: &T,
    ) -> Result<(), Unwritable> {
        let value = value.serialize(self.writer)?;
        self.put(name.to_owned(), value);
        Ok(())
    }

    fn end(self) -> Result<Seen, Unwritable> {
        Ok(self.written())
    }
}

impl ser::SerializeStructVariant for Fields<'_> {
    type Ok = Seen;
    type Error = Unwritable;

    fn serialize_field<T: Serialize + ?Sized>(
        &mut self,
        name: &'static str,
        value: &T,
    ) -> Result<(), Unwritable> {
        SerializeStruct::serialize_field(self, name, value)
    }

    fn end(self) -> Result<Seen, Unwritable> {
        Ok(self.written())
    }
}
