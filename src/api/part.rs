//! Parts of things, as they are sent and shown: the domain's own, told apart here so that a field that nobody knows is
//! refused, and so that the interface can be described.

/// Declares a part: the same fields as the domain's type, and the ways between the two.
macro_rules! part {
    ($(#[$doc:meta])* $name:ident = $domain:path { $($(#[$field_doc:meta])* $field:ident: $type:ty),+ $(,)? }) => {
        #[derive(Debug, Clone, serde::Serialize, serde::Deserialize, utoipa::ToSchema)]
        #[serde(deny_unknown_fields, remote = "Self")]
        $(#[$doc])*
        pub struct $name { $($(#[$field_doc])* pub $field: $type),+ }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                Self::serialize(self, serializer)
            }
        }

        // By its names only: never as a list of its fields in their order.
        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                struct ByName;

                impl<'de> serde::de::Visitor<'de> for ByName {
                    type Value = $name;

                    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        f.write_str("an object")
                    }

                    fn visit_map<Map: serde::de::MapAccess<'de>>(self, map: Map) -> Result<$name, Map::Error> {
                        <$name>::deserialize(serde::de::value::MapAccessDeserializer::new(map))
                    }
                }

                deserializer.deserialize_map(ByName)
            }
        }

        impl From<$name> for $domain {
            fn from(part: $name) -> Self {
                Self { $($field: $crate::api::part::Convert::convert(part.$field)),+ }
            }
        }

        impl From<$domain> for $name {
            fn from(part: $domain) -> Self {
                Self { $($field: $crate::api::part::Convert::convert(part.$field)),+ }
            }
        }
    };
}
pub(super) use part;

/// Lets parts hold other parts.
macro_rules! nested {
    ($($name:ident = $domain:path),+ $(,)?) => { $(
        impl $crate::api::part::Convert<$domain> for $name { fn convert(self) -> $domain { self.into() } }
        impl $crate::api::part::Convert<$name> for $domain { fn convert(self) -> $name { self.into() } }
    )+ };
}
pub(super) use nested;

/// Declares a choice: the same variants as the domain's type, and the ways between the two.
macro_rules! choice {
    ($(#[$doc:meta])* $name:ident = $domain:path { $($(#[$variant_doc:meta])* $variant:ident),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, serde::Serialize, serde::Deserialize, utoipa::ToSchema)]
        #[serde(rename_all = "snake_case")]
        pub enum $name { $($(#[$variant_doc])* $variant),+ }

        impl From<$name> for $domain {
            fn from(choice: $name) -> Self {
                match choice { $($name::$variant => Self::$variant),+ }
            }
        }

        impl From<$domain> for $name {
            fn from(choice: $domain) -> Self {
                type Domain = $domain;
                match choice { $(Domain::$variant => Self::$variant),+ }
            }
        }
    };
}
pub(super) use choice;

/// Between a field of ours and one of the domain's.
pub(super) trait Convert<To> {
    fn convert(self) -> To;
}

impl<From, To: std::convert::From<From>> Convert<Vec<To>> for Vec<From> {
    fn convert(self) -> Vec<To> {
        self.into_iter().map(To::from).collect()
    }
}

impl<From, To: std::convert::From<From>> Convert<Option<To>> for Option<From> {
    fn convert(self) -> Option<To> {
        self.map(To::from)
    }
}

macro_rules! as_it_is {
    ($($type:ty),+ $(,)?) => { $(impl Convert<$type> for $type { fn convert(self) -> $type { self } })+ };
}
as_it_is!(String, f64, u32, u64, i64, bool, serde_json::Map<String, serde_json::Value>);
