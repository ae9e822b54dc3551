//! What was changed here since a card came in, as edits of that card: just the paths of what is another thing now.
//!
//! A part that is what it was is not touched, however the card spells it. So what importing smoothed (a tag that was there
//! twice, a greeting of blanks) stays in the card until somebody changes it here.

use cards::{Card, DepthPrompt, Edit, Role, Sheet};
use domain::character::Profile;
use serde_json::{Value, json};

use super::sheet;

const EXTENSIONS: &str = "data.extensions";
const DEPTH_PROMPT: &str = "data.extensions.depth_prompt";

/// The edits that make of a card that meant one profile one that means the other.
pub(super) fn between(came: &Profile, now: &Profile, card: &Card) -> Vec<Edit> {
    let (was, is) = (sheet::of(came), sheet::of(now));
    let mut edits = texts(&was, &is);
    edits.extend(lists(&was, &is));
    edits.extend(greetings(&was, &is, &card.sheet));
    edits.extend(nickname(&was, &is, card));
    edits.extend(extensions(&was, &is, card));
    edits
}

fn texts(was: &Sheet, is: &Sheet) -> Vec<Edit> {
    [
        ("data.name", &was.name, &is.name),
        ("data.description", &was.description, &is.description),
        ("data.personality", &was.personality, &is.personality),
        ("data.scenario", &was.scenario, &is.scenario),
        ("data.mes_example", &was.example_messages, &is.example_messages),
        ("data.creator_notes", &was.creator_notes, &is.creator_notes),
        ("data.system_prompt", &was.system_prompt, &is.system_prompt),
        ("data.post_history_instructions", &was.post_history_instructions, &is.post_history_instructions),
        ("data.creator", &was.creator, &is.creator),
        ("data.character_version", &was.character_version, &is.character_version),
    ]
    .into_iter()
    .filter(|(_, was, is)| was != is)
    .map(|(path, _, is)| Edit::set(path, is.as_str()))
    .collect()
}

fn lists(was: &Sheet, is: &Sheet) -> Vec<Edit> {
    [
        ("data.tags", &was.tags, &is.tags),
        ("data.group_only_greetings", &was.group_only_greetings, &is.group_only_greetings),
    ]
    .into_iter()
    .filter(|(_, was, is)| was != is)
    .map(|(path, _, is)| Edit::set(path, is.clone()))
    .collect()
}

/// Here they are one list, in the card they are the first and the others: of the two, only what differs is set.
fn greetings(was: &Sheet, is: &Sheet, card: &Sheet) -> Vec<Edit> {
    let same = (&was.first_message, &was.alternate_greetings) == (&is.first_message, &is.alternate_greetings);
    if same {
        return vec![];
    }
    let first = (card.first_message != is.first_message)
        .then(|| Edit::set("data.first_mes", is.first_message.as_str()));
    let others = (card.alternate_greetings != is.alternate_greetings)
        .then(|| Edit::set("data.alternate_greetings", is.alternate_greetings.clone()));
    first.into_iter().chain(others).collect()
}

fn nickname(was: &Sheet, is: &Sheet, card: &Card) -> Option<Edit> {
    let path = "data.nickname";
    match &is.nickname {
        _ if was.nickname == is.nickname => None,
        Some(nickname) => Some(Edit::set(path, nickname.as_str())),
        None => cards::at(card.tree(), path).map(|_| Edit::remove(path)),
    }
}

fn extensions(was: &Sheet, is: &Sheet, card: &Card) -> Vec<Edit> {
    let mut edits = vec![];
    if was.depth_prompt != is.depth_prompt {
        edits.extend(depth_prompt(was.depth_prompt.as_ref(), is.depth_prompt.as_ref(), card));
    }
    if share(was.talkativeness) != share(is.talkativeness) {
        edits.push(Edit::set("data.extensions.talkativeness", share(is.talkativeness)));
    }
    // Where other programs left a list or nothing in its place, an object is needed first.
    let broken = cards::at(card.tree(), EXTENSIONS).is_some_and(|extensions| !extensions.is_object());
    if broken && !edits.is_empty() {
        edits.insert(0, Edit::set(EXTENSIONS, json!({})));
    }
    edits
}

/// SillyTavern keeps a blank one where there is none.
fn depth_prompt(was: Option<&DepthPrompt>, is: Option<&DepthPrompt>, card: &Card) -> Vec<Edit> {
    let at = |field: &str| format!("{DEPTH_PROMPT}.{field}");
    let Some(is) = is else { return vec![Edit::set(at("prompt"), "")] };
    let fields: [(&str, Value); 3] =
        [("prompt", is.prompt.as_str().into()), ("depth", is.depth.into()), ("role", role(is.role).into())];
    if !cards::at(card.tree(), DEPTH_PROMPT).is_some_and(Value::is_object) {
        let whole: Value = fields.into_iter().map(|(field, value)| (field.to_owned(), value)).collect();
        return vec![Edit::set(DEPTH_PROMPT, whole)];
    }
    let same =
        was.map_or([false; 3], |was| [was.prompt == is.prompt, was.depth == is.depth, was.role == is.role]);
    let changed = fields.into_iter().zip(same).filter(|(_, same)| !same);
    changed.map(|((field, value), _)| Edit::set(at(field), value)).collect()
}

fn role(role: Role) -> &'static str {
    match role {
        Role::System => "system",
        Role::User => "user",
        Role::Assistant => "assistant",
    }
}

/// A share as it is spelt: 0.7, not what binary makes of it.
fn share(share: f32) -> Value {
    share.to_string().parse().map_or(Value::Null, Value::Number)
}

#[cfg(test)]
mod spec {
    use super::*;
    use crate::import::card::read_card;

    fn edited(card: &Value, change: impl FnOnce(&mut Profile)) -> Value {
        let file = card.to_string().into_bytes();
        let came = read_card(file.clone()).unwrap().profile;
        let mut now = came.clone();
        change(&mut now);
        let edits = between(&came, &now, &cards::read(&file).unwrap());
        let edited = cards::edit(&file, &edits).unwrap();
        assert_eq!(read_card(edited.clone()).unwrap().profile, now);
        serde_json::from_slice(&edited).unwrap()
    }

    fn odd() -> Value {
        json!({"spec": "chara_card_v2", "spec_version": "2.0", "creatorcomment": "be kind", "data": {
            "name": "Aqua", "first_mes": " ", "alternate_greetings": ["Splash.", " ", "Drip."],
            "tags": "sea, sea", "creator_notes": "be kind", "nickname": "Splashy", "mine": 1.0,
            "extensions": {"talkativeness": "0.3", "depth_prompt": {"prompt": "Deep.", "depth": 2, "hue": 7}},
        }})
    }

    #[test]
    fn who_changed_nothing_edits_nothing() {
        assert_eq!(edited(&odd(), |_| {}), odd());
    }

    #[test]
    fn only_what_changed_is_edited_and_its_repetition_with_it() {
        let new = edited(&odd(), |now| {
            now.description.creator_notes = "be kinder".into();
            now.instructions.talkativeness = 0.7;
            now.description.nickname = None;
        });
        let mut expected = odd();
        expected["creatorcomment"] = json!("be kinder");
        expected["data"]["creator_notes"] = json!("be kinder");
        expected["data"]["extensions"]["talkativeness"] = json!(0.7);
        expected["data"].as_object_mut().unwrap().shift_remove("nickname");
        assert_eq!(new.to_string(), expected.to_string());
    }

    #[test]
    fn greetings_are_parted_again() {
        let new = edited(&odd(), |now| now.greetings.solo = vec!["Hello!".into(), "Splash.".into()]);
        assert_eq!(
            (&new["data"]["first_mes"], &new["data"]["alternate_greetings"]),
            (&json!("Hello!"), &json!(["Splash."]))
        );
    }

    #[test]
    fn a_depth_prompt_keeps_what_others_put_into_it() {
        let new = edited(&odd(), |now| {
            now.instructions.depth_prompt.as_mut().unwrap().prompt = "Deeper.".into();
        });
        assert_eq!(
            new["data"]["extensions"]["depth_prompt"],
            json!({"prompt": "Deeper.", "depth": 2, "hue": 7})
        );
        let none = edited(&odd(), |now| now.instructions.depth_prompt = None);
        assert_eq!(none["data"]["extensions"]["depth_prompt"]["prompt"], "");
    }

    #[test]
    fn extensions_that_are_none_make_room() {
        for junk in [json!([]), json!(null), json!("x")] {
            let card = json!({"name": "Aqua", "first_mes": "Hi", "extensions": junk});
            let new = edited(&card, |now| now.instructions.talkativeness = 0.25);
            assert_eq!(new["extensions"], json!({"talkativeness": 0.25}));
        }
    }
}
