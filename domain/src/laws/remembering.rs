//! State that was put aside and taken up again goes on as if nothing had been: snapshots rely on it.

use proptest::prelude::*;
use serde::{Serialize, de::DeserializeOwned};

use super::{
    lorebooks, now, personas,
    totality::{character_event, conversation_event, user_event},
};
use crate::{
    Aggregate, Fold,
    character::Character,
    conversation::{Conversation, Transcript},
    lorebook::Lorebook,
    persona::Persona,
    user::User,
};

/// Puts aside and takes up, in the form in which the log's crate does.
fn again<F: Serialize + DeserializeOwned>(state: &F) -> F {
    let mut bytes = Vec::new();
    let mut writer = rmp_serde::Serializer::new(&mut bytes).with_struct_map().with_human_readable();
    state.serialize(&mut writer).unwrap();
    let mut reader = rmp_serde::Deserializer::new(bytes.as_slice()).with_human_readable();
    F::deserialize(&mut reader).unwrap()
}

fn goes_on<F>(events: &[<F::Of as Aggregate>::Event], cut: usize) -> Result<(), TestCaseError>
where
    F: Fold + Serialize + DeserializeOwned + std::fmt::Debug,
{
    let (before, after) = events.split_at(cut.min(events.len()));
    let mut state = F::default();
    before.iter().for_each(|event| state.fold(event, now()));
    let mut taken_up = again(&state);
    after.iter().for_each(|event| {
        state.fold(event, now());
        taken_up.fold(event, now());
    });
    // By their looks, because a card may hold NaN, which is not equal to itself.
    prop_assert_eq!(format!("{taken_up:?}"), format!("{state:?}"));
    Ok(())
}

proptest! {
    #[test]
    fn a_user_is_remembered(events in prop::collection::vec(user_event(), 0..20), cut in 0..20_usize) {
        goes_on::<User>(&events, cut)?;
    }

    #[test]
    fn a_character_is_remembered(events in prop::collection::vec(character_event(), 0..20), cut in 0..20_usize) {
        goes_on::<Character>(&events, cut)?;
    }

    #[test]
    fn a_conversation_is_remembered(events in prop::collection::vec(conversation_event(), 0..40), cut in 0..40_usize) {
        goes_on::<Conversation>(&events, cut)?;
        goes_on::<Transcript>(&events, cut)?;
    }

    #[test]
    fn a_lorebook_is_remembered(events in prop::collection::vec(lorebooks::event(), 0..20), cut in 0..20_usize) {
        goes_on::<Lorebook>(&events, cut)?;
    }

    #[test]
    fn a_persona_is_remembered(events in prop::collection::vec(personas::event(), 0..20), cut in 0..20_usize) {
        goes_on::<Persona>(&events, cut)?;
    }
}
