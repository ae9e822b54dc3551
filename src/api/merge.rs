//! Merge patches (RFC 7396): a field that is null is emptied, one that is left out stays; lists are replaced whole.

use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;

use super::{body, problem::Problem};

/// A part of something as it is to be. `name` is where it stands in the body; empty, if it is the body.
pub fn onto<Part, Domain>(name: &str, now: &Domain, patch: Value) -> Result<Domain, Problem>
where
    Part: DeserializeOwned + Serialize + From<Domain>,
    Domain: Clone + From<Part>,
{
    let mut part = serde_json::to_value(Part::from(now.clone())).map_err(|error| Problem::fault(&error))?;
    apply(&mut part, patch);
    whole::<Part>(name, part).map(Domain::from)
}

/// A part of a body, whole.
pub fn whole<Part: DeserializeOwned>(name: &str, value: Value) -> Result<Part, Problem> {
    serde_path_to_error::deserialize(value).map_err(|error| {
        let path = error.path().to_string();
        let path = if name.is_empty() { path } else { format!("{name}.{path}") };
        body::unexpected(&error.into_inner().to_string(), &path)
    })
}

/// The parser bounds how deep it goes.
fn apply(target: &mut Value, patch: Value) {
    let Value::Object(patch) = patch else {
        *target = patch;
        return;
    };
    if !target.is_object() {
        *target = Value::Object(serde_json::Map::new());
    }
    let Some(target) = target.as_object_mut() else { return };
    for (field, patch) in patch {
        match patch {
            Value::Null => drop(target.remove(&field)),
            patch => apply(target.entry(field).or_insert(Value::Null), patch),
        }
    }
}
