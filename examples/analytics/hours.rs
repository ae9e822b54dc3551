//! What is counted, hour by hour.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    fmt::Write,
};

use serde_json::Value;

/// What happened in an hour.
#[derive(Default)]
pub(crate) struct Hour {
    pub(crate) messages: usize,
    pub(crate) people: BTreeSet<String>,
    /// Replies by the name of the character.
    pub(crate) replies: BTreeMap<String, usize>,
}

/// All hours, by `2026-11-25T22`.
#[derive(Default)]
pub(crate) struct Hours {
    pub(crate) hours: BTreeMap<String, Hour>,
    /// Who was asked for a reply: its end does not say it again.
    asked: HashMap<String, String>,
}

impl Hours {
    pub(crate) fn count(&mut self, event: &Value) {
        let (data, text) = (&event["data"], |value: &Value| value.as_str().unwrap_or("?").to_owned());
        let hour: String = text(&event["time"]).chars().take(13).collect();
        let hour = self.hours.entry(hour).or_default();
        match event["type"].as_str().and_then(|name| name.rsplit('.').next()) {
            Some("MessageSent") => {
                hour.messages += 1;
                hour.people.insert(text(&data["author"]));
            }
            Some("ReplyRequested") => {
                self.asked.insert(text(&data["reply"]), text(&data["character"]));
            }
            Some("ReplyCompleted") => {
                let character = self.asked.get(&text(&data["reply"])).cloned();
                *hour.replies.entry(character.unwrap_or_else(|| "?".to_owned())).or_default() += 1;
            }
            _ => {} // What is new is for newer programs.
        }
    }

    /// As a table for people.
    pub(crate) fn table(&self) -> String {
        let mut table =
            format!("{:<14} {:>8} {:>6} {:>7}  by character\n", "hour", "messages", "people", "replies");
        for (name, hour) in &self.hours {
            let all: usize = hour.replies.values().sum();
            let each: Vec<_> =
                hour.replies.iter().map(|(name, count)| format!("{}: {count}", short(name))).collect();
            let (messages, people) = (hour.messages, hour.people.len());
            // Writing to a text does not fail.
            let _ = writeln!(table, "{name:<14} {messages:>8} {people:>6} {all:>7}  {}", each.join(", "));
        }
        table
    }
}

/// As much of a name as people want to read.
fn short(name: &str) -> String {
    name.chars().take(8).collect()
}
