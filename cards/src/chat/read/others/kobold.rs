//! Kobold Lite: one long text, in which tags say who speaks.

use serde_json::Value;

use super::{chat, lines, said};
use crate::chat::{Chat, Part};
use crate::refusal::Refusal;
use crate::taking::Taking;

/// The tags, and who speaks behind them. Ends of turns say nothing that the next beginning does not.
const TAGS: [(&str, Option<Part>); 6] = [
    ("{{[INPUT]}}", Some(Part::User)),
    ("{{[OUTPUT]}}", Some(Part::Character)),
    ("{{[SYSTEM]}}", Some(Part::Narrator)),
    ("{{[INPUT_END]}}", None),
    ("{{[OUTPUT_END]}}", None),
    ("{{[SYSTEM_END]}}", None),
];

pub(super) fn read(mut root: Taking<'_>) -> Result<Chat, Refusal> {
    let settings = root.object("savedsettings");
    let name = |key| settings.get(key).and_then(Value::as_str).unwrap_or_default();
    // Several opponents are parted by this; the first one is the character.
    let opponent = name("chatopponent").split("||$||").next().unwrap_or_default();

    let actions = root.texts("actions");
    let story = [root.text("prompt"), actions.concat()].concat();
    let turns = turns(&story).map(|(part, text)| {
        let mut turn = said(part, text);
        match part {
            Part::User => name("chatname").clone_into(&mut turn.speaker.name),
            Part::Character => opponent.clone_into(&mut turn.speaker.name),
            Part::Narrator => {}
        }
        turn
    });
    let mut chat = chat(turns, root.rest())?;
    chat.user = lines::named(name("chatname").to_owned(), &chat.turns, Part::User);
    chat.character = lines::named(opponent.to_owned(), &chat.turns, Part::Character);
    Ok(chat)
}

/// What stands between tags, with who says it. What stands before the first tag is the character's.
fn turns(story: &str) -> impl Iterator<Item = (Part, &str)> {
    let mut part = Part::Character;
    story.split("{{[").enumerate().filter_map(move |(nth, piece)| {
        let tag =
            |(tag, of): &(&str, Option<Part>)| Some((piece.strip_prefix(tag.strip_prefix("{{[")?)?, *of));
        let (text, of) = TAGS.iter().filter(|_| nth > 0).find_map(tag).unwrap_or((piece, None));
        part = of.unwrap_or(part);
        let text = text.trim();
        (!text.is_empty()).then_some((part, text))
    })
}
