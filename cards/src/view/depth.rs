//! The reminder between the last messages, from `extensions.depth_prompt`, or from Agnai's `insert`.

use serde_json::{Map, Value};

use super::fields::{self, Fields};
use crate::sheet::{DepthPrompt, Role};
use crate::warning::WarningCode;

/// `None` where there is none or it is blank: SillyTavern writes a blank one into every card.
pub(super) fn prompt(fields: &mut Fields<'_>) -> Option<DepthPrompt> {
    let (at, value) = fields.extension("depth_prompt")?;
    read(fields, &at, value)
}

pub(super) fn insert(fields: &mut Fields<'_>) -> Option<DepthPrompt> {
    let (at, value) = fields.find("insert")?;
    read(fields, &at, value)
}

fn read(fields: &mut Fields<'_>, at: &str, value: &Value) -> Option<DepthPrompt> {
    let Value::Object(map) = value else {
        fields.warn(WarningCode::WrongType, at, "this should be an object; it was kept but not read");
        return None;
    };
    let prompt = map.get("prompt").and_then(|prompt| fields.coerced(&format!("{at}.prompt"), prompt))?;
    if prompt.trim().is_empty() {
        return None;
    }
    Some(DepthPrompt { prompt, depth: depth(fields, at, map), role: role(fields, at, map) })
}

fn depth(fields: &mut Fields<'_>, at: &str, map: &Map<String, Value>) -> u32 {
    let Some(value) = map.get("depth").filter(|depth| !depth.is_null()) else { return DepthPrompt::DEPTH };
    let at = format!("{at}.depth");
    let Some(depth) = fields::number(value) else {
        fields.warn(WarningCode::WrongType, at, "this is no number; 4 was taken");
        return DepthPrompt::DEPTH;
    };
    if !(0.0..=f64::from(u32::MAX)).contains(&depth) {
        fields.warn(WarningCode::OutOfRange, at, "this depth does not exist; the nearest one was taken");
    }
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "`as` takes the nearest that exists"
    )]
    let depth = depth as u32;
    depth
}

fn role(fields: &mut Fields<'_>, at: &str, map: &Map<String, Value>) -> Role {
    let Some(value) = map.get("role").filter(|role| !role.is_null()) else { return Role::default() };
    Role::of(value).unwrap_or_else(|| {
        fields.warn(WarningCode::WrongType, format!("{at}.role"), "this is no role; system was taken");
        Role::default()
    })
}
