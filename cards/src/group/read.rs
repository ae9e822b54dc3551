//! Groups from SillyTavern's files, and back.

use serde_json::{Map, Value, json};

use super::{Activation, Generation, Group};
use crate::recognise::kind::Kind;
use crate::refusal::Refusal;
use crate::taking::Taking;
use crate::warning::{Warning, WarningCode, Warnings};
use crate::{bounds, coerce, json};

/// A group that was read.
#[derive(Debug, Clone, PartialEq)]
pub struct File {
    /// What it says.
    pub group: Group,
    /// What was odd about it.
    pub warnings: Vec<Warning>,
}

/// In the order of SillyTavern's numbers.
const ACTIVATIONS: [Activation; 4] =
    [Activation::Natural, Activation::List, Activation::Manual, Activation::Pooled];

/// In the order of SillyTavern's numbers.
const GENERATIONS: [Generation; 3] = [Generation::Swap, Generation::Append, Generation::AppendDisabled];

/// Reads a group.
///
/// # Errors
///
/// A [`Refusal`] says why these bytes are no group that can be read, and what to do.
pub fn read(bytes: &[u8]) -> Result<File, Refusal> {
    bounds::file(bytes)?;
    let mut warnings = Warnings::default();
    let tree = json::parse(bytes, "$", &mut warnings)?;
    file(tree, warnings)
}

/// Whether a tree has the shape of a group.
pub(crate) fn is_group(tree: &Value) -> bool {
    tree.get("members").is_some_and(Value::is_array) && tree.get("spec").is_none()
}

pub(crate) fn file(mut tree: Value, mut warnings: Warnings) -> Result<File, Refusal> {
    if coerce::clean(&mut tree) {
        warnings.add(WarningCode::NulCharacter, "$", "the group holds U+0000; it is shown as U+FFFD");
    }
    if !is_group(&tree) {
        return Err(Kind::Group.wanted(&tree).err().unwrap_or(Refusal::NotAGroup));
    }
    let Value::Object(root) = tree else { return Err(Refusal::NotAGroup) };
    let group = group(Taking::new(root, "$", &mut warnings))?;
    Ok(File { group, warnings: warnings.into_list() })
}

fn group(mut root: Taking<'_>) -> Result<Group, Refusal> {
    let group = Group {
        id: root.text("id"),
        name: root.text("name"),
        members: root.texts("members"),
        disabled_members: root.texts("disabled_members"),
        avatar_url: root.text("avatar_url"),
        allow_self_responses: root.truth("allow_self_responses", false),
        activation_strategy: root.pick("activation_strategy", &ACTIVATIONS).unwrap_or_default(),
        generation_mode: root.pick("generation_mode", &GENERATIONS).unwrap_or_default(),
        auto_mode_delay: root.count("auto_mode_delay").unwrap_or(Group::AUTO_MODE_DELAY),
        generation_mode_join_prefix: root.text("generation_mode_join_prefix"),
        generation_mode_join_suffix: root.text("generation_mode_join_suffix"),
        fav: root.truth("fav", false),
        chat_id: root.text("chat_id"),
        chats: root.texts("chats"),
        rest: root.rest(),
    };
    bounds::count("members", group.members.len(), bounds::MEMBERS)?;
    Ok(group)
}

/// A group as SillyTavern keeps it. Reading it again yields the same group.
#[must_use]
pub fn write(group: &Group) -> Value {
    let number = |place: Option<usize>| Value::from(place.unwrap_or_default());
    let activation = ACTIVATIONS.iter().position(|one| *one == group.activation_strategy);
    let generation = GENERATIONS.iter().position(|one| *one == group.generation_mode);
    let known = json!({
        "id": group.id, "name": group.name, "members": group.members, "avatar_url": group.avatar_url,
        "allow_self_responses": group.allow_self_responses, "activation_strategy": number(activation),
        "generation_mode": number(generation), "disabled_members": group.disabled_members, "fav": group.fav,
        "chat_id": group.chat_id, "chats": group.chats, "auto_mode_delay": group.auto_mode_delay,
        "generation_mode_join_prefix": group.generation_mode_join_prefix,
        "generation_mode_join_suffix": group.generation_mode_join_suffix,
    });
    let mut root = group.rest.clone();
    root.extend(known.as_object().cloned().unwrap_or_else(Map::new));
    Value::Object(root)
}

#[cfg(test)]
mod spec {
    use proptest::prelude::*;

    use super::*;

    fn opened(tree: &Value) -> (Group, Vec<String>) {
        let Ok(file) = read(tree.to_string().as_bytes()) else { panic!("a group") };
        (file.group, file.warnings.iter().map(|warning| format!("{} {}", warning.code, warning.at)).collect())
    }

    #[test]
    fn a_group_of_sillytavern_arrives_with_every_field() {
        let tree = json!({
            "id": "1700000000000", "name": "Inn", "members": ["Mira.png", "Noa.png"], "avatar_url": "x.png",
            "allow_self_responses": true, "activation_strategy": 3, "generation_mode": 1, "disabled_members": ["Noa.png"],
            "fav": true, "chat_id": "b", "chats": ["a", "b"], "auto_mode_delay": 9, "generation_mode_join_prefix": "<",
            "generation_mode_join_suffix": ">", "unknown": 1
        });

        let (group, warnings) = opened(&tree);

        assert_eq!(warnings, [""; 0]);
        assert_eq!(
            (group.activation_strategy, group.generation_mode),
            (Activation::Pooled, Generation::Append)
        );
        assert_eq!((group.members.len(), group.auto_mode_delay), (2, 9));
        assert_eq!(write(&group), tree);
    }

    #[test]
    fn what_a_file_leaves_out_or_misspells_has_its_default() {
        let (group, warnings) = opened(&json!({
            "id": 17, "members": ["Mira.png", null], "activation_strategy": 9, "fav": "true", "avatar_url": null
        }));

        assert_eq!(
            (group.id.as_str(), &group.members[..], group.fav),
            ("17", &["Mira.png".to_owned()][..], true)
        );
        assert_eq!((group.activation_strategy, group.auto_mode_delay), (Activation::Natural, 5));
        assert_eq!(
            warnings,
            ["turned-into-text id", "null-field members[1]", "out-of-range activation_strategy"]
        );
    }

    #[test]
    fn what_is_no_group_is_refused() {
        let refusal = |tree: Value| read(tree.to_string().as_bytes()).unwrap_err().code();

        assert_eq!(refusal(json!({"name": "Mira"})), "not-a-group");
        assert_eq!(refusal(json!([])), "not-a-group");
        assert_eq!(refusal(json!({"members": vec!["x"; bounds::MEMBERS + 1]})), "too-many");
    }

    proptest! {
        #[test]
        fn a_group_written_reads_the_same(
            members in proptest::collection::vec("[a-z\0]{0,4}", 0..4), strategy in any::<i8>(), mode in any::<u8>(), unknown in "[a-z_]{1,9}"
        ) {
            let tree = json!({"members": members, "activation_strategy": strategy, "generation_mode": mode, unknown: {"x": "\0"}});
            let Ok(first) = read(tree.to_string().as_bytes()) else { return Ok(()) };

            let second = read(write(&first.group).to_string().as_bytes()).unwrap();

            prop_assert_eq!(second, File { group: first.group, warnings: vec![] });
        }
    }
}
