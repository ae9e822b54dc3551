//! Two states become one: what was kept, and what a browser uploads.
//!
//! Nothing is taken away, as NextChat itself takes nothing away: sessions, messages, masks and prompts of both are there
//! afterwards, by their ids; where both have one, the uploaded one counts. Settings are the uploaded ones.

use serde_json::{Map, Value, json};

/// A state of NextChat, by the names of its stores.
pub(super) type State = Map<String, Value>;

pub(super) const CHATS: &str = "chat-next-web-store";
/// All of NextChat's keys, in clear: never kept.
const ACCESS: &str = "access-control";
/// Stores that are maps, by name and the field that is one.
const MAPS: [(&str, &str); 2] = [("mask-store", "masks"), ("prompt-store", "prompts")];
const SETTINGS: &str = "app-config";

/// The sessions of a state.
pub(super) fn sessions(state: &State) -> &[Value] {
    state.get(CHATS).and_then(|chats| chats["sessions"].as_array()).map_or(&[], Vec::as_slice)
}

/// The id of a session, a message or whatever else has one.
pub(super) fn id(thing: &Value) -> Option<&str> {
    thing["id"].as_str().filter(|id| !id.is_empty())
}

/// The messages of a session.
pub(super) fn messages(session: &Value) -> &[Value] {
    session["messages"].as_array().map_or(&[], Vec::as_slice)
}

/// What is uploaded, and what was kept and is not in it.
pub(super) fn merged(kept: &State, mut uploaded: State) -> State {
    uploaded.remove(ACCESS);
    let mut all = sessions(&uploaded).to_vec();
    for old in sessions(kept) {
        match all.iter_mut().find(|session| id(session).is_some() && id(session) == id(old)) {
            Some(session) => keep_messages(session, old),
            None => all.push(old.clone()),
        }
    }
    for (store, field) in MAPS {
        let old = kept.get(store).and_then(|store| store[field].as_object());
        let new = uploaded.entry(store).or_insert_with(|| json!({}));
        let Some(new) = new.as_object_mut() else { continue };
        let new = new.entry(field).or_insert_with(|| json!({}));
        if let (Some(old), Some(new)) = (old, new.as_object_mut()) {
            for (name, value) in old {
                new.entry(name.clone()).or_insert_with(|| value.clone());
            }
        }
    }
    with_sessions(uploaded, all)
}

/// Puts the old messages that are not there behind the ones that they came after.
fn keep_messages(session: &mut Value, old: &Value) {
    let Some(all) = session["messages"].as_array_mut() else { return };
    let mut place = 0;
    for message in messages(old) {
        match all.iter().position(|known| id(known).is_some() && id(known) == id(message)) {
            Some(at) => place = at + 1,
            None => {
                all.insert(place.min(all.len()), message.clone());
                place += 1;
            }
        }
    }
}

/// A state with these sessions, whole as NextChat needs it: it trips over a store that is missing.
pub(super) fn with_sessions(mut state: State, sessions: Vec<Value>) -> State {
    state.remove(ACCESS);
    let chats = state.entry(CHATS).or_insert_with(|| json!({"currentSessionIndex": 0, "lastUpdateTime": 0}));
    if !chats.is_object() {
        *chats = json!({});
    }
    chats["sessions"] = Value::Array(sessions);
    for (store, field) in MAPS {
        let store = state.entry(store).or_insert_with(|| json!({}));
        if !store[field].is_object() {
            *store = json!({field: {}});
        }
    }
    state.entry(SETTINGS).or_insert_with(|| json!({}));
    state
}

/// The same, as it is answered: with the store of keys, empty.
pub(super) fn answered(mut state: State) -> State {
    state.insert(ACCESS.to_owned(), json!({}));
    state
}

#[cfg(test)]
mod spec {
    use super::*;

    fn state(json: Value) -> State {
        let Value::Object(state) = json else { panic!("{json}") };
        state
    }

    fn session(id: &str, messages: &[&str]) -> Value {
        let messages = messages.iter().map(|id| json!({"id": id})).collect::<Vec<_>>();
        json!({"id": id, "messages": messages})
    }

    fn chats(sessions: &[Value]) -> State {
        state(json!({CHATS: {"sessions": sessions}}))
    }

    fn ids(things: &[Value]) -> Vec<&str> {
        things.iter().filter_map(id).collect()
    }

    #[test]
    fn what_either_has_is_there_afterwards_in_the_order_in_which_it_was_said() {
        let kept = chats(&[session("a", &["1", "2", "3"]), session("b", &["7"])]);
        let new = chats(&[session("c", &["9"]), session("a", &["1", "3", "4"])]);
        let merged = merged(&kept, new);
        assert_eq!(ids(sessions(&merged)), ["c", "a", "b"]);
        assert_eq!(ids(messages(&sessions(&merged)[1])), ["1", "2", "3", "4"]);
    }

    #[test]
    fn keys_are_never_kept_and_settings_are_the_new_ones() {
        let kept = state(
            json!({"mask-store": {"masks": {"1": "old", "2": "old"}}, "app-config": {"theme": "dark"}}),
        );
        let new = state(json!({
            "access-control": {"openaiApiKey": "sk-1"}, "mask-store": {"masks": {"1": "new"}},
            "app-config": {"theme": "light"},
        }));
        let merged = merged(&kept, new);
        assert!(!merged.contains_key("access-control"));
        assert_eq!(merged["mask-store"]["masks"], json!({"1": "new", "2": "old"}));
        assert_eq!(merged["app-config"]["theme"], "light");
        assert_eq!(answered(merged)["access-control"], json!({}));
    }

    #[test]
    fn whatever_comes_a_whole_state_comes_of_it() {
        for strange in [
            json!({}),
            json!({CHATS: 7, "mask-store": [], "prompt-store": "x"}),
            json!({CHATS: {"sessions": {"a": 1}}, "mask-store": {"masks": []}}),
            json!({CHATS: {"sessions": [7, null, {"messages": 3}, {"id": ""}]}}),
        ] {
            let merged = merged(&state(strange.clone()), merged(&State::new(), state(strange)));
            assert!(merged[CHATS]["sessions"].is_array(), "{merged:?}");
            assert!(
                merged["mask-store"]["masks"].is_object() && merged["prompt-store"]["prompts"].is_object()
            );
        }
    }
}
