//! One message of SillyTavern's, with its versions.
//!
//! A message says its text twice: in `mes`, and among `swipes` at the place that `swipe_id` names. Programs and people
//! edit one and forget the other. What is shown is `mes`, so `mes` is what was chosen; if no version says it, it becomes
//! one, and nothing is lost.

use serde_json::{Map, Value};

use crate::bounds;
use crate::chat::{Part, Speaker, Turn, Variant, date};
use crate::refusal::Refusal;
use crate::taking::Taking;
use crate::warning::WarningCode;

/// What a message says of the version that it shows, besides `extra`.
pub(in crate::chat) const OF_THE_SHOWN: [&str; 2] = ["gen_started", "gen_finished"];

pub(super) fn read(mut line: Taking<'_>) -> Result<Turn, Refusal> {
    let name = line.text("name");
    let is_user = line.truth("is_user", false);
    let hidden = line.truth("is_system", false);
    let avatar = Some(line.text("original_avatar")).filter(|avatar| !avatar.is_empty());
    let (at, odd) = time(&mut line);

    let mut variants = variants(&mut line)?;
    let chosen = choose(&mut line, &mut variants);
    let extra = line.object("extra");
    let shown = OF_THE_SHOWN.iter().filter_map(|key| Some(((*key).to_owned(), line.take(key)?)));
    let shown: Vec<_> = shown.collect();
    if let Some(variant) = variants.get_mut(chosen) {
        if !extra.is_empty() {
            variant.extra = extra;
        }
        variant.rest.extend(shown);
    }
    let part = match variants.get(chosen).and_then(|variant| variant.extra.get("type")) {
        _ if is_user => Part::User,
        Some(Value::String(kind)) if kind == "narrator" => Part::Narrator,
        _ => Part::Character,
    };
    let mut rest = line.rest();
    rest.extend(odd.map(|odd| ("send_date".to_owned(), odd)));
    Ok(Turn { speaker: Speaker { part, name, avatar }, at, variants, chosen, hidden, rest })
}

/// When it was said, and the spelling of it if that is unknown.
fn time(line: &mut Taking<'_>) -> (Option<time::OffsetDateTime>, Option<Value>) {
    let Some(value) = line.take("send_date") else { return (None, None) };
    let at = date::instant(&value);
    if at.is_some() || value.as_str().is_some_and(str::is_empty) {
        return (at, None);
    }
    line.warn(
        WarningCode::OddTime,
        "send_date",
        "this time is spelt in an unknown way; it was kept as it is",
    );
    (None, Some(value))
}

fn variants(line: &mut Taking<'_>) -> Result<Vec<Variant>, Refusal> {
    let swipes = list(line, "swipes");
    let about = list(line, "swipe_info");
    bounds::count("versions of one message", swipes.len(), bounds::SWIPES)?;
    let mut about = about.into_iter();
    let variants = swipes.into_iter().enumerate().map(|(nth, swipe)| {
        let key = format!("swipes[{nth}]");
        let text = text(line, &key, swipe);
        variant(line, nth, text, about.next())
    });
    Ok(variants.collect())
}

fn list(line: &mut Taking<'_>, key: &str) -> Vec<Value> {
    match line.take(key) {
        None => Vec::new(),
        Some(Value::Array(list)) => list,
        Some(_) => {
            line.warn(WarningCode::WrongType, key, "this should be a list; it was left out");
            Vec::new()
        }
    }
}

/// A text, also as Chub wraps it. What is none is a blank one, so that the others keep their numbers.
fn text(line: &mut Taking<'_>, key: &str, value: Value) -> String {
    match value {
        Value::String(text) => text,
        Value::Object(mut wrapped) if wrapped.get("message").is_some_and(Value::is_string) => {
            let inner = wrapped.remove("message").unwrap_or_default();
            text(line, key, inner)
        }
        value => line.text_in(key, &value).unwrap_or_default(),
    }
}

fn variant(line: &mut Taking<'_>, nth: usize, text: String, about: Option<Value>) -> Variant {
    let Some(Value::Object(about)) = about else { return Variant { text, ..Variant::default() } };
    let at = line.path(&format!("swipe_info[{nth}]"));
    let mut about = Taking::new(about, at, line.warnings());
    let (at, odd) = time(&mut about);
    let extra = about.object("extra");
    let mut rest = about.rest();
    rest.extend(odd.map(|odd| ("send_date".to_owned(), odd)));
    Variant { text, at, extra, rest }
}

/// Which version the message shows.
fn choose(line: &mut Taking<'_>, variants: &mut Vec<Variant>) -> usize {
    let number = line.count("swipe_id").and_then(|number| usize::try_from(number).ok());
    let shown = line.take("mes").map(|mes| text(line, "mes", mes));
    let Some(shown) = shown.filter(|shown| variants.is_empty() || !shown.is_empty()) else {
        if variants.is_empty() {
            variants.push(Variant::default());
        }
        return number.filter(|number| *number < variants.len()).unwrap_or(variants.len() - 1);
    };
    if variants.is_empty() {
        variants.push(Variant { text: shown, ..Variant::default() });
        return 0;
    }
    let says = |variant: &Variant| variant.text == shown;
    if let Some(number) = number.filter(|number| variants.get(*number).is_some_and(says)) {
        return number;
    }
    line.warn(
        WarningCode::OddSwipe,
        "swipe_id",
        "this is not the number of the version shown; that one was taken",
    );
    variants.iter().position(says).unwrap_or_else(|| {
        variants.push(Variant { text: shown, ..Variant::default() });
        variants.len() - 1
    })
}

/// Whether a version says more than its message says already.
pub(in crate::chat) fn says_more(variant: &Variant) -> bool {
    let known = |key: &str| OF_THE_SHOWN.contains(&key);
    variant.at.is_some() || variant.rest.keys().any(|key| !known(key))
}

/// The fields of a version that its message repeats.
pub(in crate::chat) fn of_the_shown(variant: &Variant) -> Map<String, Value> {
    let shown = variant.rest.iter().filter(|(key, _)| OF_THE_SHOWN.contains(&key.as_str()));
    shown.map(|(key, value)| (key.clone(), value.clone())).collect()
}
