//! Personas: random commands that are repeated, random events in random order, and what then holds.

use proptest::prelude::*;
use serde_json::json;

use super::{
    Past,
    conversations::{owner, private, text},
};
use crate::{
    Aggregate,
    character::Picture,
    persona::{
        CreatePersona, Persona, PersonaCreated, PersonaEvent, PersonaRepainted, PersonaRestored,
        PersonaRetired, PersonaRevised, Profile, RepaintPersona, RestorePersona, RetirePersona,
        RevisePersona, Source,
    },
};

#[derive(Debug, Clone)]
enum Step {
    Create(CreatePersona),
    Revise(RevisePersona),
    Repaint(RepaintPersona),
    Retire(RetirePersona),
    Restore(RestorePersona),
}

impl Step {
    fn happens(&self, past: &mut Past<Persona>) -> Result<(), TestCaseError> {
        match self {
            Self::Create(command) => past.obeys(command),
            Self::Revise(command) => past.obeys(command),
            Self::Repaint(command) => past.obeys(command),
            Self::Retire(command) => past.obeys(command),
            Self::Restore(command) => past.obeys(command),
        }
    }
}

prop_compose! {
    fn profile()(
        name in text(),
        description in text(),
        kept in prop_oneof![Just(json!(null)), Just(json!([1.0])), Just(json!("\0"))],
    ) -> Profile {
        let rest = [("kept".to_owned(), kept)].into_iter().collect();
        Profile { name, description, rest, ..Profile::default() }
    }
}

fn source() -> impl Strategy<Value = Source> {
    text().prop_map(|file| Source { file })
}

fn picture() -> impl Strategy<Value = Picture> {
    text().prop_map(|digest| Picture { digest, media_type: "image/png".into() })
}

fn create() -> impl Strategy<Value = Step> {
    (owner(), profile(), prop::option::of(source()))
        .prop_map(|(owner, profile, source)| Step::Create(CreatePersona { owner, profile, source }))
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        create(),
        (owner(), profile()).prop_map(|(by, profile)| Step::Revise(RevisePersona { by, profile })),
        (owner(), prop::option::of(picture()))
            .prop_map(|(by, picture)| Step::Repaint(RepaintPersona { by, picture })),
        owner().prop_map(|by| Step::Retire(RetirePersona { by })),
        owner().prop_map(|by| Step::Restore(RestorePersona { by })),
    ]
}

pub(super) fn event() -> impl Strategy<Value = PersonaEvent> {
    prop_oneof![
        (owner(), private(profile().prop_map(Box::new)), prop::option::of(private(source())))
            .prop_map(|(owner, profile, source)| PersonaCreated { owner, profile, source }.into()),
        private(profile().prop_map(Box::new)).prop_map(|profile| PersonaRevised { profile }.into()),
        prop::option::of(private(picture())).prop_map(|picture| PersonaRepainted { picture }.into()),
        Just(PersonaRetired {}.into()),
        Just(PersonaRestored {}.into()),
    ]
}

proptest! {
    #[test]
    fn a_command_to_a_persona_that_is_repeated_decides_nothing_and_it_stays_within_bounds(
        first in create(),
        steps in prop::collection::vec(step(), 0..30),
    ) {
        let mut past = Past::default();
        for step in std::iter::once(first).chain(steps) {
            step.happens(&mut past)?;
        }
        if let Some(guise) = past.state.guise() {
            prop_assert_eq!(guise.profile.check(), Ok(()));
        }
    }

    #[test]
    fn any_events_of_a_persona_fold(events in prop::collection::vec(event(), 0..40)) {
        let mut persona = Persona::default();
        events.iter().for_each(|event| persona.evolve(event));
        let came = |event: &PersonaEvent| matches!(event, PersonaEvent::PersonaCreated(_));
        prop_assert_eq!(persona.guise().is_some(), events.iter().any(came));
    }
}
