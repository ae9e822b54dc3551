//! One state of what browsers uploaded and of what the log holds, for one browser.
//!
//! A conversation of the log is a session under the conversation's id, with our ids of its messages. Three things are seen
//! to, because NextChat merges by ids and knows none of ours:
//!
//! - a browser that has a conversation as a session of its own (it was held there) gets what is new in it into that
//!   session, and not a second one;
//! - a message that a browser has under an id of its own is not told to it again;
//! - a session that another browser uploaded is told as the conversation that it is, under our ids.
//!
//! A session is recognised by its words: what the characters say in it has to be what they said in the conversation.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use domain::conversation::MessageId;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{
    merge::{self, State, id, messages, sessions},
    story::{Line, Story},
};
use crate::recall::marks;

/// How many browsers are remembered.
const BROWSERS: usize = 64;
/// How many messages of a session are looked at to recognise it, and carried as known.
const HELD: usize = 20_000;

/// What is kept for somebody.
#[derive(Debug, Default, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Kept {
    /// What their browsers uploaded.
    pub(super) state: State,
    /// What is known of each browser.
    #[serde(default)]
    browsers: BTreeMap<String, Browser>,
    /// How many uploads there were.
    #[serde(default)]
    uploads: u64,
}

/// What is known of a browser since its last upload.
#[derive(Debug, Default, Clone, PartialEq, Serialize, Deserialize)]
struct Browser {
    /// Under which session it has which conversation.
    sessions: BTreeMap<String, String>,
    /// Which messages of ours it has under ids of its own.
    holds: BTreeSet<String>,
    /// The number of its last upload.
    upload: u64,
}

/// The name under which uploads are remembered whose browser is not known: only to recognise sessions.
const SOMEWHERE: &str = "";

/// Takes in what a browser uploads.
pub(super) fn take_in(kept: &mut Kept, uploaded: State, browser: Option<&str>, stories: &[Story]) {
    kept.uploads += 1;
    let mut known = Browser { upload: kept.uploads, ..Browser::default() };
    let mut taken = HashSet::new();
    for session in sessions(&uploaded) {
        let Some(name) = id(session) else { continue };
        let is_it = |story: &&Story| story.id.to_string() == name;
        let story = stories.iter().find(is_it).or_else(|| {
            stories.iter().filter(|story| !taken.contains(&story.id)).find(|story| tells(session, story))
        });
        let Some(story) = story else { continue };
        taken.insert(story.id);
        known.sessions.insert(story.id.to_string(), name.to_owned());
        known.holds.extend(held(session, story).take(HELD));
    }
    kept.browsers.insert(browser.unwrap_or(SOMEWHERE).to_owned(), known);
    while kept.browsers.len() > BROWSERS {
        let oldest = kept.browsers.iter().min_by_key(|(_, browser)| browser.upload);
        let Some(oldest) = oldest.map(|(name, _)| name.clone()) else { break };
        kept.browsers.remove(&oldest);
    }
    kept.state = merge::merged(&kept.state, uploaded);
}

/// What a browser gets.
pub(super) fn give_out(
    kept: &Kept,
    browser: Option<&str>,
    stories: &[Story],
    has_lately: impl Fn(MessageId) -> bool,
) -> State {
    let nothing = Browser::default();
    let known = browser.and_then(|name| kept.browsers.get(name)).unwrap_or(&nothing);
    let mut given = Vec::new();
    for story in stories {
        let lately = |line: &Line| has_lately(line.id);
        let news =
            || story.lines.iter().filter(|line| !lately(line) && !known.holds.contains(&line.id.to_string()));
        match known.sessions.get(&story.id.to_string()) {
            Some(name) => given.extend(continued(kept, name, story, news().collect())),
            // It is held there under a name that is not known yet; the upload behind this tells it.
            None if story.lines.iter().any(lately) => {}
            None => {
                given.push(session(&story.id.to_string(), story, &story.lines.iter().collect::<Vec<_>>()));
            }
        }
    }
    let theirs = known.sessions.values().map(String::as_str);
    let ours = stories.iter().map(|story| story.id.to_string()).collect::<HashSet<_>>();
    let elsewhere = kept.browsers.values().flat_map(|browser| &browser.sessions);
    let elsewhere = elsewhere.filter(|(story, _)| ours.contains(*story)).map(|(_, name)| name.as_str());
    let told: HashSet<&str> = theirs.chain(elsewhere).chain(ours.iter().map(String::as_str)).collect();
    let others =
        sessions(&kept.state).iter().filter(|session| id(session).is_none_or(|id| !told.contains(id)));
    given.extend(others.cloned());
    merge::answered(merge::with_sessions(kept.state.clone(), given))
}

/// A conversation that a browser has under this name: as it uploaded it, and what is new.
fn continued(kept: &Kept, name: &str, story: &Story, news: Vec<&Line>) -> Option<Value> {
    let Some(uploaded) = sessions(&kept.state).iter().find(|session| id(session) == Some(name)) else {
        return (!news.is_empty()).then(|| session(name, story, &news));
    };
    let mut given = uploaded.clone();
    let Some(all) = given["messages"].as_array_mut() else { return Some(session(name, story, &news)) };
    for message in all.iter_mut() {
        // Ours may have been worded otherwise since.
        let line = story.lines.iter().find(|line| id(message) == Some(line.id.to_string().as_str()));
        if let Some(line) = line {
            message["content"] = json!(line.text);
        }
    }
    for line in news {
        if !all.iter().any(|message| id(message) == Some(line.id.to_string().as_str())) {
            all.push(line.message());
        }
    }
    Some(given)
}

fn session(name: &str, story: &Story, lines: &[&Line]) -> Value {
    let moment = i64::try_from(story.updated_at.unix_timestamp_nanos() / 1_000_000).unwrap_or_default();
    json!({
        "id": name, "topic": story.topic, "memoryPrompt": "", "lastUpdate": moment, "lastSummarizeIndex": 0,
        "messages": lines.iter().map(|line| line.message()).collect::<Vec<_>>(),
        "stat": {"tokenCount": 0, "wordCount": 0, "charCount": 0}, "mask": story.mask,
    })
}

/// Whether a session is this conversation: its characters say in it only what they said there, and at least something.
fn tells(session: &Value, story: &Story) -> bool {
    let heard = said(session, "assistant");
    !heard.is_empty()
        && heard.iter().all(|text| story.lines.iter().any(|line| line.role == "assistant" && is(line, text)))
}

/// The messages of a conversation that a session has under ids of its own.
fn held<'a>(session: &'a Value, story: &'a Story) -> impl Iterator<Item = String> + 'a {
    let ours: HashSet<&str> = messages(session).iter().filter_map(id).collect();
    let mut free: Vec<_> = messages(session)
        .iter()
        .flat_map(|message| parts(message).map(|part| (&message["role"], part)))
        .collect();
    story.lines.iter().filter_map(move |line| {
        let name = line.id.to_string();
        if ours.contains(name.as_str()) {
            return None;
        }
        let at = free.iter().position(|(role, part)| *role == line.role && is(line, part))?;
        free.remove(at);
        Some(name)
    })
}

/// What is said in a session in this role; what is marked as an error was never said.
fn said(session: &Value, role: &str) -> Vec<String> {
    let messages =
        messages(session).iter().filter(|message| message["role"] == role && message["isError"] != true);
    messages.flat_map(parts).collect()
}

/// What was said in a message: by several, where a group answers in one, and without notes of the house and what it only
/// proposed.
fn parts(message: &Value) -> impl Iterator<Item = String> + use<> {
    let content = message["content"].as_str().unwrap_or_default();
    let said = if message["role"] == "user" { vec![marks::own(content)] } else { marks::heard(content) };
    said.into_iter().map(|part| part.trim().to_owned()).filter(|part| !part.is_empty())
}

/// Whether a line has these words, in any of its wordings; of one that was stopped, as far as they go.
fn is(line: &Line, text: &str) -> bool {
    let same = |wording: &str| {
        let wording = wording.trim();
        wording == text
            || wording.replace("\r\n", "\n") == text
            || (text.len() > 16 && wording.starts_with(text))
    };
    same(&line.text) || line.wordings.iter().any(|wording| same(wording))
}

#[cfg(test)]
mod spec;
