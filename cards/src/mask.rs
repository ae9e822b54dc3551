//! Masks: characters as NextChat takes them in.
//!
//! A mask is what NextChat has instead of a character: a name, messages that stand above every conversation, and the
//! settings of its model. It knows one greeting and no swipes, so a card with several greetings makes several masks. It
//! knows none of the macros of cards either: names are put in here. Its pictures are emoji, so the portrait stays behind.

use serde_json::{Value, json};

use crate::sheet::Sheet;

/// What a mask says beyond the sheet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setting<'a> {
    /// The model that answers, by its name at the provider.
    pub model: &'a str,
    /// The provider, by NextChat's name for it.
    pub provider: &'a str,
    /// The model for NextChat's own errands, titles and summaries; the same model if blank.
    pub utility_model: &'a str,
    /// What the person is called.
    pub user: &'a str,
    /// The mask's language, by NextChat's name for it.
    pub lang: &'a str,
    /// The mask's picture: the code of an emoji, or `gpt-bot`.
    pub avatar: &'a str,
    /// When the card was made, in milliseconds since 1970.
    pub created_at: i64,
    /// Whether the model must be told whom it plays.
    pub persona: Persona,
}

/// Whether the model must be told whom it plays.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Persona {
    /// The model's name is the character: a house like ours knows them.
    #[default]
    Known,
    /// Any model: the mask tells it everything that the sheet says.
    Told,
}

impl Default for Setting<'_> {
    fn default() -> Self {
        Self {
            model: "",
            provider: "OpenAI",
            utility_model: "",
            user: "User",
            lang: "en",
            avatar: "gpt-bot",
            created_at: 0,
            persona: Persona::default(),
        }
    }
}

/// So much history that nothing is left out: whoever is behind the model decides what it sees.
const MESSAGES: u32 = 100_000;

/// So many tokens that nothing is left out.
const TOKENS: u32 = 512_000;

/// The character with one of its greetings: the first message is 0, the others count on.
/// `None` if there is no such greeting.
#[must_use]
pub fn write(sheet: &Sheet, greeting: usize, setting: &Setting<'_>) -> Option<Value> {
    let text = match greeting.checked_sub(1) {
        None => sheet.first_message.as_str(),
        Some(other) => sheet.alternate_greetings.get(other)?,
    };
    let name = if greeting == 0 { sheet.name.clone() } else { format!("{} ({})", sheet.name, greeting + 1) };
    let mut context = Vec::new();
    if setting.persona == Persona::Told {
        context.extend(message("persona", "system", &persona(sheet), sheet, setting));
    }
    context.extend(message("greeting", "assistant", text, sheet, setting));
    Some(json!({
        "createdAt": setting.created_at, "avatar": setting.avatar, "name": name, "hideContext": false, "context": context,
        "syncGlobalConfig": false, "modelConfig": model(setting), "lang": setting.lang, "builtin": false,
    }))
}

/// The character with each of its greetings.
#[must_use]
pub fn write_all(sheet: &Sheet, setting: &Setting<'_>) -> Vec<Value> {
    (0..=sheet.alternate_greetings.len()).filter_map(|greeting| write(sheet, greeting, setting)).collect()
}

/// A message that stands above the conversation; a blank one does not.
fn message(id: &str, role: &str, text: &str, sheet: &Sheet, setting: &Setting<'_>) -> Option<Value> {
    let content = with_names(text, sheet, setting.user);
    (!content.trim().is_empty()).then(|| json!({"id": id, "role": role, "content": content, "date": ""}))
}

/// No summaries, no titles, no system prompt of NextChat's, no trimming: a story is not to be helped along.
fn model(setting: &Setting<'_>) -> Value {
    let utility = if setting.utility_model.is_empty() { setting.model } else { setting.utility_model };
    json!({
        "model": setting.model, "providerName": setting.provider, "temperature": 1, "top_p": 1, "max_tokens": TOKENS,
        "presence_penalty": 0, "frequency_penalty": 0, "sendMemory": false, "historyMessageCount": MESSAGES,
        "compressMessageLengthThreshold": MESSAGES, "compressModel": utility, "compressProviderName": setting.provider,
        "enableInjectSystemPrompts": false, "template": "{{input}}",
    })
}

/// What a model must be told to play them, in the order in which SillyTavern tells it.
fn persona(sheet: &Sheet) -> String {
    // Behind a mask there is no prompt that the card's could replace.
    let system_prompt = sheet.system_prompt.replace("{{original}}", "");
    let personality = labelled("{{char}}'s personality", &sheet.personality);
    let scenario = labelled("Scenario", &sheet.scenario);
    let examples = labelled("Example dialogues", &sheet.example_messages.replace("<START>", "***"));
    let parts = [system_prompt, sheet.description.clone(), personality, scenario, examples];
    parts.iter().map(|part| part.trim()).filter(|part| !part.is_empty()).collect::<Vec<_>>().join("\n\n")
}

fn labelled(label: &str, text: &str) -> String {
    if text.trim().is_empty() { String::new() } else { format!("{label}: {}", text.trim()) }
}

/// A text with the names that cards leave open, in every spelling of them.
fn with_names(text: &str, sheet: &Sheet, user: &str) -> String {
    let char = sheet.nickname.as_deref().unwrap_or(&sheet.name);
    let names = [("{{char}}", char), ("{{user}}", user), ("<bot>", char), ("<user>", user), ("<char>", char)];
    let mut written = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(['{', '<']) {
        let (before, from) = rest.split_at(at);
        written.push_str(before);
        let is_here =
            |macro_: &str| from.get(..macro_.len()).is_some_and(|start| start.eq_ignore_ascii_case(macro_));
        let (name, length) = match names.iter().find(|(macro_, _)| is_here(macro_)) {
            Some((macro_, name)) => (*name, macro_.len()),
            None => (from.get(..1).unwrap_or_default(), 1),
        };
        written.push_str(name);
        rest = from.get(length..).unwrap_or_default();
    }
    written.push_str(rest);
    written
}

#[cfg(test)]
mod spec {
    use super::*;

    fn mira() -> Sheet {
        Sheet {
            name: "Mira".into(),
            nickname: Some("Mi".into()),
            description: "{{CHAR}} keeps the inn.".into(),
            personality: "warm".into(),
            first_message: "{{char}} looks up. \"Come in, <USER>!\" {x} < y {{".into(),
            alternate_greetings: vec!["You again!".into()],
            system_prompt: "{{original}} Be brief.".into(),
            ..Sheet::default()
        }
    }

    #[test]
    fn a_character_that_the_house_knows_is_a_name_and_a_greeting() {
        let setting = Setting { model: "Mira", user: "Ann", utility_model: "errands", ..Setting::default() };

        let mask = write(&mira(), 0, &setting).unwrap();

        assert_eq!((&mask["name"], &mask["syncGlobalConfig"]), (&json!("Mira"), &json!(false)));
        assert_eq!(
            mask["context"],
            json!([{"id": "greeting", "role": "assistant", "date": "", "content": "Mi looks up. \"Come in, Ann!\" {x} < y {{"}])
        );
        let model = &mask["modelConfig"];
        assert_eq!((&model["model"], &model["compressModel"]), (&json!("Mira"), &json!("errands")));
        assert_eq!(
            (&model["sendMemory"], &model["enableInjectSystemPrompts"]),
            (&json!(false), &json!(false))
        );
    }

    #[test]
    fn a_character_that_nobody_knows_is_told() {
        let setting = Setting { persona: Persona::Told, ..Setting::default() };

        let mask = write(&mira(), 0, &setting).unwrap();

        assert_eq!(mask["context"][0]["role"], "system");
        assert_eq!(mask["context"][0]["content"], "Be brief.\n\nMi keeps the inn.\n\nMi's personality: warm");
        assert_eq!(mask["context"][1]["role"], "assistant");
    }

    #[test]
    fn each_greeting_makes_a_mask() {
        let masks = write_all(&mira(), &Setting::default());

        assert_eq!(masks.len(), 2);
        assert_eq!(
            (&masks[1]["name"], &masks[1]["context"][0]["content"]),
            (&json!("Mira (2)"), &json!("You again!"))
        );
        assert_eq!(write(&mira(), 2, &Setting::default()), None);
    }

    #[test]
    fn a_blank_greeting_is_no_message() {
        let mute = Sheet { name: "Mira".into(), ..Sheet::default() };

        assert_eq!(write(&mute, 0, &Setting::default()).unwrap()["context"], json!([]));
    }
}
