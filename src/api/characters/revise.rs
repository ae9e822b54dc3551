//! `PATCH /characters/{id}`: some parts of a character become other ones.
//!
//! Each part that is given is merged onto what it is now (RFC 7396: a field that is null is emptied, one that is left out
//! stays). Lists are replaced whole. The command carries the whole parts, as the domain wants them.

use axum::extract::State;
use domain::{
    character::{self, CharacterId, Profile, ReviseCharacter},
    user::UserId,
};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::Value;
use utoipa::ToSchema;

use super::{
    owned,
    parts::{Appearance, Description, Greetings, Instructions, Personality, Voice},
};
use crate::{
    api::{
        answer::{Answer, Done},
        at::At,
        body::Sent,
        merge,
        order::Order,
        problem::Problem,
    },
    house::House,
};

/// The parts that change; what is left out stays as it is.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Revision {
    /// Fields of the description that change.
    #[schema(value_type = Option<Object>)]
    description: Option<Value>,
    /// Fields of the personality that change.
    #[schema(value_type = Option<Object>)]
    personality: Option<Value>,
    /// Lists of greetings that change.
    #[schema(value_type = Option<Object>)]
    greetings: Option<Value>,
    /// Fields of the instructions that change.
    #[schema(value_type = Option<Object>)]
    instructions: Option<Value>,
    /// Fields of the appearance that change.
    #[schema(value_type = Option<Object>)]
    appearance: Option<Value>,
    /// Fields of the voice that change.
    #[schema(value_type = Option<Object>)]
    voice: Option<Value>,
}

/// Change some parts of a character.
#[utoipa::path(
    patch, path = "/api/v1/characters/{id}", tag = "characters", request_body = Revision,
    params(("id" = uuid::Uuid, Path, description = "The character.")),
    responses((status = 200, description = "They are so now.", body = Done))
)]
pub async fn revise(
    State(house): State<House>,
    order: Order,
    At(id): At<CharacterId>,
    Sent { value, digest }: Sent<Revision>,
) -> Result<Answer<Done>, Problem> {
    let command = house.executor.look(id, |character| {
        owned(character, order.user).and_then(|sheet| value.onto(&sheet.profile, order.user))
    });
    let accepted = house.executor.execute(id, &command.await??, &order.envelope_of(&digest)).await?;
    Ok(Answer::done(accepted))
}

impl Revision {
    fn onto(self, now: &Profile, by: UserId) -> Result<ReviseCharacter, Problem> {
        let appearance = merge::<Appearance, _>("appearance", &now.appearance, self.appearance)?;
        if appearance.as_ref().is_some_and(|part| brings_files(part, &now.appearance)) {
            let title = "files are not brought in here: PUT a picture to /avatar or /expressions/{name}; all else \
                         comes in with a card";
            return Err(Problem::invalid("unexpected-shape", title));
        }
        Ok(ReviseCharacter {
            description: merge::<Description, _>("description", &now.description, self.description)?,
            personality: merge::<Personality, _>("personality", &now.personality, self.personality)?,
            greetings: merge::<Greetings, _>("greetings", &now.greetings, self.greetings)?,
            instructions: merge::<Instructions, _>("instructions", &now.instructions, self.instructions)?,
            appearance,
            voice: merge::<Voice, _>("voice", &now.voice, self.voice)?,
            ..ReviseCharacter::by(by)
        })
    }
}

/// Whether it names files that the character does not have: they may be taken away here, but not brought in.
fn brings_files(part: &character::Appearance, now: &character::Appearance) -> bool {
    let another_picture = part.avatar.is_some() && part.avatar != now.avatar;
    another_picture || part.assets.iter().any(|asset| !now.assets.contains(asset))
}

/// The part as it is to be, if it is to change.
fn merge<Part, Domain>(name: &str, now: &Domain, patch: Option<Value>) -> Result<Option<Domain>, Problem>
where
    Part: DeserializeOwned + Serialize + From<Domain>,
    Domain: Clone + From<Part>,
{
    patch.map(|patch| merge::onto::<Part, Domain>(name, now, patch)).transpose()
}

#[cfg(test)]
mod spec {
    use serde_json::json;

    use super::*;

    fn aqua() -> Profile {
        let mut profile = Profile::default();
        profile.description.name = "Aqua".into();
        profile.description.tags = vec!["water".into()];
        profile.description.scenario = "At the fountain".into();
        profile
    }

    fn revised(patch: Value) -> Result<ReviseCharacter, Problem> {
        let revision: Revision = serde_json::from_value(patch).unwrap();
        revision.onto(&aqua(), crate::stamp::id())
    }

    #[test]
    fn what_is_left_out_stays_and_what_is_null_is_emptied() {
        let command = revised(json!({"description": {"text": "A goddess", "scenario": null}})).unwrap();
        let description = command.description.unwrap();
        assert_eq!((description.name.as_str(), description.text.as_str()), ("Aqua", "A goddess"));
        assert_eq!((description.scenario.as_str(), description.tags.len()), ("", 1));
        assert!(command.personality.is_none());
    }

    #[test]
    fn lists_are_replaced_whole_and_nested_fields_merged() {
        let command = revised(json!({
            "description": {"tags": []}, "personality": {"profile": {"traits": ["vain"]}},
        }));
        let command = command.unwrap();
        assert!(command.description.unwrap().tags.is_empty());
        assert_eq!(command.personality.unwrap().profile.traits, ["vain"]);
    }

    #[test]
    fn what_no_character_has_is_refused_with_its_place() {
        for patch in [
            json!({"description": {"name": null}}),
            json!({"description": {"colour": "blue"}}),
            json!({"description": "Aqua"}),
            json!({"voice": [null, null, null, null, null]}),
            json!({"voice": {"speed": "fast"}}),
            json!({"appearance": {"avatar": {"digest": "ab", "media_type": "image/png"}}}),
        ] {
            assert_eq!(revised(patch.clone()).unwrap_err().status(), 422, "{patch}");
        }
    }
}
