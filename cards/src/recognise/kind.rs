//! What a JSON tree is, judged by its shape.
//!
//! Most of these files carry no mark, so fields that only one program would write together give them away. Characters go
//! first where they are marked, last where they are not: whatever has a name could be a V1 card.

use serde_json::{Map, Value};

use crate::chat;
use crate::group;
use crate::lorebook::Format;
use crate::persona;
use crate::refusal::Refusal;

/// What a tree is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Card,
    Lorebook,
    Chat,
    Group,
    Personas,
    /// Something that is known, and of no use here.
    OfNoUse(&'static str),
    /// Perhaps a card of V1, perhaps nothing.
    Unknown,
}

/// Fields that only a character has.
pub(crate) const OF_CARDS: [&str; 8] = [
    "first_mes",
    "mes_example",
    "personality",
    "char_name",
    "char_persona",
    "char_greeting",
    "persona",
    "sampleChat",
];

/// What is of no use here: all these fields together, and what it is then.
const OTHERS: [(&[&str], &str); 25] = [
    (&["findRegex", "replaceString"], "a regex script"),
    (&["formatingOrder"], "a preset of RisuAI"),
    (&["prompt_order"], "a preset for chat completions"),
    (&["openai_max_context"], "a preset for chat completions"),
    (&["rep_pen", "top_p"], "a preset for text completions"),
    (&["repetition_penalty", "top_p"], "a preset for text completions"),
    (&["presetVersion", "parameters"], "a preset of NovelAI"),
    (&["scenarioVersion"], "a scenario of NovelAI"),
    (&["storyContainerVersion"], "a story of NovelAI"),
    (&["input_sequence"], "an instruct template"),
    (&["story_string"], "a context template"),
    (&["instruct", "context"], "a set of templates"),
    (&["instruction_template"], "an instruction template of TextGen"),
    (&["prefix", "suffix", "separator"], "a reasoning template"),
    (&["qrList"], "a set of quick replies"),
    (&["qrVersion"], "a set of quick replies"),
    (&["quickReplySlots"], "a set of quick replies"),
    (&["movingUIState"], "an arrangement of windows"),
    (&["blur_strength"], "a theme"),
    (&["power_user"], "the settings of SillyTavern"),
    (&["modelConfig", "context"], "a mask of NextChat"),
    (&["chat-next-web-store"], "a backup of NextChat"),
    (&["masks", "prompts"], "a backup of NextChat"),
    (&["wpp", "boostyle"], "settings of Agnai"),
    (&["content", "post_history"], "a system prompt"),
];

impl Kind {
    pub(crate) fn of(tree: &Value) -> Self {
        let Some(root) = tree.as_object() else { return Self::of_list(tree) };
        let spec = root.get("spec").and_then(Value::as_str).unwrap_or_default();
        if spec.starts_with("chara_card") || OF_CARDS.iter().any(|key| root.contains_key(*key)) {
            return Self::Card;
        }
        if persona::is_backup(tree) {
            return Self::Personas;
        }
        if let Some(other) = marked(root).or_else(|| told_by_fields(root)) {
            return Self::OfNoUse(other);
        }
        if group::is_group(tree) {
            return Self::Group;
        }
        if Format::of(root).is_some() {
            return Self::Lorebook;
        }
        if chat::recognise(tree) {
            return Self::Chat;
        }
        Self::Unknown
    }

    fn of_list(tree: &Value) -> Self {
        let first = tree.get(0).and_then(Value::as_object);
        match first.and_then(told_by_fields) {
            Some(other) => Self::OfNoUse(other),
            None if chat::recognise(tree) => Self::Chat,
            None => Self::Unknown,
        }
    }

    /// Refuses whoever wanted this kind and brought another; what is nothing at all is not judged.
    pub(crate) fn wanted(self, tree: &Value) -> Result<(), Refusal> {
        let found = Self::of(tree);
        match (found.name(), self.name()) {
            (Some(name), Some(wanted)) if found != self => Err(Refusal::OtherKind { found: name, wanted }),
            _ => Ok(()),
        }
    }

    fn name(self) -> Option<&'static str> {
        match self {
            Self::Card => Some("a character card"),
            Self::Lorebook => Some("a lorebook"),
            Self::Chat => Some("a chat"),
            Self::Group => Some("a group"),
            Self::Personas => Some("a backup of personas"),
            Self::OfNoUse(other) => Some(other),
            Self::Unknown => None,
        }
    }
}

/// RisuAI says what its files are.
fn marked(root: &Map<String, Value>) -> Option<&'static str> {
    match root.get("type").and_then(Value::as_str)? {
        "risuModule" => Some("a module of RisuAI"),
        "regex" => Some("regex scripts of RisuAI"),
        "preset" | "risuPreset" => Some("a preset of RisuAI"),
        "risuAllChats" => Some("a backup of chats of RisuAI"),
        _ => None,
    }
}

fn told_by_fields(root: &Map<String, Value>) -> Option<&'static str> {
    let has_all = |keys: &[&str]| keys.iter().all(|key| root.contains_key(*key));
    OTHERS.iter().find(|(keys, _)| has_all(keys)).map(|(_, other)| *other)
}
