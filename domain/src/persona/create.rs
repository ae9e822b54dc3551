//! CreatePersona: somebody to be is made up here, or brought from another program.
//!
//! One that was brought keeps the name of its file there, so whoever brings it again means the same one, and what became
//! of it here since stays.

use super::{
    Persona, PersonaCreated, PersonaEvent, PersonaRejected, PersonaRestored, Profile, Source, Standing,
};
use crate::{Command, Private, user::UserId};

/// Have somebody more to be.
#[derive(Debug, Clone)]
pub struct CreatePersona {
    /// Whose it will be.
    pub owner: UserId,
    /// Who it is.
    pub profile: Profile,
    /// Where it is brought from, if it was not made up here.
    pub source: Option<Source>,
}

impl CreatePersona {
    fn check(&self) -> Result<(), PersonaRejected> {
        self.profile.check()?;
        Ok(self.source.as_ref().map_or(Ok(()), Source::check)?)
    }
}

impl Command<Persona> for CreatePersona {
    const NAME: &'static str = "create_persona";

    type Rejection = PersonaRejected;

    fn decide(&self, persona: &Persona) -> Result<Vec<PersonaEvent>, PersonaRejected> {
        self.check()?;
        match persona {
            Persona::Unknown => {
                let Self { owner, profile, source } = self.clone();
                let (profile, source) = (Box::new(profile).into(), source.map(Private::Known));
                Ok(vec![PersonaCreated { owner, profile, source }.into()])
            }
            Persona::Known(guise)
                if guise.owner == self.owner && self.source.is_some() && guise.source == self.source =>
            {
                // Who brings it again wants to have it.
                Ok(match guise.standing {
                    Standing::Active => vec![],
                    Standing::Retired => vec![PersonaRestored {}.into()],
                })
            }
            Persona::Known(guise)
                if guise.owner == self.owner
                    && guise.source == self.source
                    && guise.profile == self.profile =>
            {
                Ok(vec![])
            }
            Persona::Known(_) => Err(PersonaRejected::AlreadyHere),
        }
    }
}

#[cfg(test)]
mod spec {
    use super::*;
    use crate::{
        bounds::{self, OutOfBounds},
        persona::{
            PersonaRetired, PersonaRevised,
            spec::{brought, captain, created, mira, vlad, wave},
        },
        spec::{given, given_nothing},
    };

    fn create() -> CreatePersona {
        CreatePersona { owner: mira(), profile: captain(), source: None }
    }

    fn bring() -> CreatePersona {
        CreatePersona { source: Some(wave()), ..create() }
    }

    #[test]
    fn a_persona_is_made_up_once() {
        given_nothing::<Persona>().when(create()).then([created()]);
        given::<Persona>([created()]).when(create()).then_nothing();
    }

    #[test]
    fn one_that_is_brought_again_stays_what_it_became_here() {
        let sailor = Profile { name: "Sailor".into(), ..captain() };
        let revised = PersonaRevised { profile: Box::new(sailor).into() }.into();
        given_nothing::<Persona>().when(bring()).then([brought()]);
        given::<Persona>([brought(), revised]).when(bring()).then_nothing();
    }

    #[test]
    fn a_retired_one_comes_back_when_it_is_brought_again() {
        given::<Persona>([brought(), PersonaRetired {}.into()])
            .when(bring())
            .then([PersonaRestored {}.into()]);
    }

    #[test]
    fn an_id_that_is_taken_is_refused() {
        let here = given::<Persona>([brought()]);
        here.when(CreatePersona { owner: vlad(), ..bring() }).then_rejected(PersonaRejected::AlreadyHere);
        here.when(create()).then_rejected(PersonaRejected::AlreadyHere);
    }

    #[test]
    fn it_has_a_name_and_its_texts_have_bounds() {
        let bring = |profile| given_nothing::<Persona>().when(CreatePersona { profile, ..create() });
        bring(Profile { name: " ".into(), ..captain() })
            .then_rejected(OutOfBounds::Empty { what: "the name" }.into());
        let most = bounds::TEXT;
        bring(Profile { description: "a".repeat(most + 1), ..captain() })
            .then_rejected(OutOfBounds::TooLong { what: "the description", most }.into());
        let rest = [("kept".to_owned(), "\0".into())].into_iter().collect();
        bring(Profile { rest, ..captain() })
            .then_rejected(OutOfBounds::Nul { what: "what other programs keep of the persona" }.into());
        given_nothing::<Persona>()
            .when(CreatePersona { source: Some(Source { file: String::new() }), ..create() })
            .then_rejected(OutOfBounds::Empty { what: "the name of the persona's file" }.into());
    }
}
