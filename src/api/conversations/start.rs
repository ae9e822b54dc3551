//! `POST /conversations`: sit down with one or several characters, one of whom may speak first.
//!
//! The characters must be the caller's own and not retired. A greeting is expanded here, once: its words are then said.

use axum::extract::State;
use domain::{
    bounds,
    character::{CharacterId, Profile, Standing},
    conversation::{
        Conversation, ConversationId, ConversationRejected, Greeting, Persona, StartConversation,
    },
    persona::PersonaId,
};
use serde::{Deserialize, Deserializer};
use utoipa::ToSchema;

use super::{New, location};
use crate::{
    api::{answer::Answer, body::Sent, characters, order::Order, problem::Problem},
    house::House,
    personas, prompt, stamp,
};

/// As many bytes of greetings as a conversation begins with; where there are more, only the one that is said.
const GREETINGS: usize = bounds::REPLY;

/// Who sits down with whom.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Sitting {
    /// Who takes part, in the order in which they speak.
    #[schema(value_type = Vec<uuid::Uuid>, min_items = 1, max_items = 16)]
    character_ids: Vec<CharacterId>,
    /// What the conversation is called.
    #[serde(default)]
    #[schema(max_length = 255)]
    title: Option<String>,
    /// As whom you take part, in this conversation only.
    #[serde(default)]
    persona: Option<SentPersona>,
    /// The persona that you take on; null for none. When left out, the one that you chose beforehand.
    #[serde(default, deserialize_with = "said")]
    #[schema(value_type = Option<uuid::Uuid>)]
    persona_id: Option<Option<PersonaId>>,
    /// Which greeting of the first character is said, counted from 0; null or -1 when nobody speaks first. Among
    /// several characters it is one of the group greetings, if there are any.
    #[serde(default = "first")]
    #[schema(minimum = -1, default = 0)]
    greeting: Option<i64>,
}

/// What is null is said, too.
fn said<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Option<PersonaId>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}

fn first() -> Option<i64> {
    Some(0)
}

/// As whom somebody takes part.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = Persona)]
pub struct SentPersona {
    /// What you are called.
    #[schema(min_length = 1, max_length = 255)]
    name: String,
    /// Who you are.
    #[serde(default)]
    description: String,
}

impl From<SentPersona> for Persona {
    fn from(SentPersona { name, description }: SentPersona) -> Self {
        Self { name, description, ..Self::default() }
    }
}

/// Begin a conversation.
#[utoipa::path(
    post, path = "/api/v1/conversations", tag = "conversations", operation_id = "start_conversation",
    request_body = Sitting,
    responses((status = 201, description = "It began.", body = New))
)]
pub async fn start(
    State(house): State<House>,
    order: Order,
    Sent { value, digest }: Sent<Sitting>,
) -> Result<Answer<New>, Problem> {
    let id: ConversationId = order.id("conversation");
    let begun = house
        .executor
        .look::<Conversation, _>(id, |seen| seen.carried_out(order.command()).is_some())
        .await?;
    let mut command = StartConversation {
        owner: order.user,
        characters: value.character_ids.clone(),
        title: value.title.clone(),
        persona: None,
        greeting: None,
    };
    // What was begun by this very command stays begun, whatever became of the characters since.
    if !begun {
        command.persona = persona(&house, &order, &value).await?;
        command.greeting = greeting(&house, &order, &value, command.persona.as_ref()).await?;
    }
    let accepted = house.executor.execute(id, &command, &order.envelope_of(&digest)).await?;
    Ok(Answer::created(accepted, location(id), New { id, position: accepted.position.to_string() }))
}

/// As whom its owner takes part: as they say, or else as they chose beforehand.
async fn persona(house: &House, order: &Order, sitting: &Sitting) -> Result<Option<Persona>, Problem> {
    match (sitting.persona.clone(), sitting.persona_id) {
        (Some(_), Some(Some(_))) => Err(Problem::invalid(
            "unexpected-shape",
            "a conversation is held as one persona: send `persona` or `persona_id`",
        )),
        (Some(persona), _) => Ok(Some(persona.into())),
        (None, Some(Some(id))) => personas::named(house, order.user, id).await.map(Some),
        (None, Some(None)) => Ok(None),
        (None, None) => Ok(personas::chosen(house, order.user, &sitting.character_ids).await?),
    }
}

/// What is said first; refuses characters who cannot take part.
async fn greeting(
    house: &House,
    order: &Order,
    sitting: &Sitting,
    persona: Option<&Persona>,
) -> Result<Option<Greeting>, Problem> {
    bounds::count("characters in a conversation", sitting.character_ids.len(), bounds::CHARACTERS)
        .map_err(|error| Problem::rejected(&ConversationRejected::from(error)))?;
    let mut company = Vec::with_capacity(sitting.character_ids.len());
    for character in &sitting.character_ids {
        company.push(
            house
                .executor
                .look(*character, |seen| {
                    let sheet = characters::owned(seen, order.user)?;
                    match sheet.standing {
                        Standing::Active => Ok(sheet.profile.clone()),
                        Standing::Retired => Err(Problem::rejected(&ConversationRejected::CharacterRetired)),
                    }
                })
                .await??,
        );
    }
    let (Some(character), Some(speaker)) = (sitting.character_ids.first(), company.first()) else {
        return Ok(None);
    };
    let Some(chosen) = sitting.greeting.filter(|chosen| *chosen != -1) else { return Ok(None) };
    let greetings = greetings(speaker, company.len());
    if greetings.is_empty() {
        return Ok(None);
    }
    let unknown = || Problem::rejected(&ConversationRejected::UnknownVariant);
    let chosen = usize::try_from(chosen).map_err(|_| unknown())?;
    if chosen >= greetings.len() {
        return Err(unknown());
    }
    let names: Vec<_> = company.iter().map(Profile::spoken_name).collect();
    let (dice, at) = (stamp::dice(), stamp::now());
    let said = greetings.iter().map(|text| prompt::expand_greeting(text, speaker, persona, &names, dice, at));
    let (variants, chosen) = bounded(said.collect(), chosen);
    Ok(Some(Greeting { message: order.id("greeting"), character: *character, variants, chosen }))
}

/// The greetings of a character who speaks first, alone or among several.
pub(in crate::api) fn greetings(speaker: &Profile, company: usize) -> &[String] {
    let greetings = &speaker.greetings;
    if company > 1 && !greetings.group.is_empty() { &greetings.group } else { &greetings.solo }
}

/// All greetings as variants, if they fit; else only the one that is said.
pub(in crate::api) fn bounded(mut said: Vec<String>, chosen: usize) -> (Vec<String>, u32) {
    if said.iter().map(String::len).sum::<usize>() > GREETINGS {
        return (vec![said.swap_remove(chosen)], 0);
    }
    (said, u32::try_from(chosen).unwrap_or_default())
}

#[cfg(test)]
mod spec {
    use super::*;

    fn sitting(json: &str) -> Sitting {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn who_says_nothing_about_a_greeting_gets_the_first_and_null_is_none() {
        assert_eq!(sitting(r#"{"character_ids":[]}"#).greeting, Some(0));
        assert_eq!(sitting(r#"{"character_ids":[],"greeting":null}"#).greeting, None);
        assert_eq!(sitting(r#"{"character_ids":[],"greeting":2}"#).greeting, Some(2));
    }

    #[test]
    fn who_says_nothing_about_a_persona_is_as_they_chose_and_null_is_nobody() {
        assert_eq!(sitting(r#"{"character_ids":[]}"#).persona_id, None);
        assert_eq!(sitting(r#"{"character_ids":[],"persona_id":null}"#).persona_id, Some(None));
    }

    #[test]
    fn among_several_the_group_greetings_go_first() {
        let mut speaker = Profile::default();
        speaker.greetings.solo = vec!["Hello!".into()];
        assert_eq!(greetings(&speaker, 2), ["Hello!"]);
        speaker.greetings.group = vec!["Hello, everybody!".into()];
        assert_eq!(greetings(&speaker, 1), ["Hello!"]);
        assert_eq!(greetings(&speaker, 2), ["Hello, everybody!"]);
    }

    #[test]
    fn greetings_that_are_too_many_words_leave_only_the_one_that_is_said() {
        let long = "a".repeat(GREETINGS);
        assert_eq!(bounded(vec!["Hi".into(), "Ho".into()], 1), (vec!["Hi".into(), "Ho".into()], 1));
        assert_eq!(bounded(vec![long, "Ho".into()], 1), (vec!["Ho".into()], 0));
    }
}
