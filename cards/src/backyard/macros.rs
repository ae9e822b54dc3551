//! The placeholders of Backyard AI in the spelling that cards use.

use serde_json::Value;

/// A text with its placeholders translated; anything else as it is.
pub(super) fn translated(value: Value) -> Value {
    match value {
        Value::String(text) if text.contains('{') => translate(&text).into(),
        other => other,
    }
}

/// `{character}` and `{user}` in any case, and the `#` that marks the speaker of a line before them.
fn translate(text: &str) -> String {
    const NAMES: [(&str, &str); 2] = [("{character}", "{{char}}"), ("{user}", "{{user}}")];
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(brace) = rest.find('{') {
        let (before, at_brace) = rest.split_at(brace);
        let name = NAMES.iter().find(|(name, _)| starts_with(at_brace, name));
        // Doubled braces are a card's own spelling.
        let doubled = before.ends_with('{') || out.ends_with('{') && before.is_empty();
        match name.filter(|(name, _)| !doubled && !at_brace[name.len()..].starts_with('}')) {
            Some((name, translation)) => {
                rest = &at_brace[name.len()..];
                let is_speaker = rest.starts_with(':') && before.ends_with('#');
                out.push_str(if is_speaker { &before[..before.len() - 1] } else { before });
                out.push_str(translation);
            }
            None => {
                out.push_str(before);
                out.push('{');
                rest = &at_brace[1..];
            }
        }
    }
    out + rest
}

fn starts_with(text: &str, name: &str) -> bool {
    text.get(..name.len()).is_some_and(|start| start.eq_ignore_ascii_case(name))
}

#[cfg(test)]
mod spec {
    use super::*;

    #[test]
    fn placeholders_are_translated_in_any_case() {
        assert_eq!(translate("{Character} likes {USER}."), "{{char}} likes {{user}}.");
    }

    #[test]
    fn speakers_lose_their_mark_and_only_they() {
        assert_eq!(translate("#{user}: Hi\n#{character}: Ho"), "{{user}}: Hi\n{{char}}: Ho");
        assert_eq!(translate("#{user} is a tag"), "#{{user}} is a tag");
    }

    #[test]
    fn what_is_spelt_as_cards_do_stays() {
        for text in ["{{user}}", "{{char}} {{user}}", "{unknown}", "{", "}{", "{{{user}}}", "", "ä{ö"] {
            assert_eq!(translate(text), text);
        }
    }
}
