//! ChooseUserPersona: a person says as whom they talk where they do not say, with everybody or with one character.
//!
//! It stands in their own history because there can be only one. Whose a persona and a character are stands in theirs, so
//! whoever gives the command looks it up and puts it in.

use super::{User, UserEvent, UserId, UserPersonaChosen};
use crate::{
    Command, Rejection, Why,
    bounds::{self, OutOfBounds},
    character::CharacterId,
    persona::{PersonaId, Standing},
};

/// Talk as this one from now on.
#[derive(Debug, Clone)]
pub struct ChooseUserPersona {
    /// Who wants it.
    pub by: UserId,
    /// With whom; none for with everybody for whom nothing else is chosen.
    pub with: Option<Companion>,
    /// As whom; none for nobody in particular.
    pub persona: Option<Choice>,
}

/// A character, and whose it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Companion {
    /// Which one.
    pub id: CharacterId,
    /// Whose.
    pub owner: UserId,
}

/// A persona, whose it is and whether it may be chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Choice {
    /// Which one.
    pub id: PersonaId,
    /// Whose.
    pub owner: UserId,
    /// Whether it may be.
    pub standing: Standing,
}

/// Why the choice is not taken.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum ChooseUserPersonaRejected {
    /// Nobody is registered under this id.
    #[error("there is no such user")]
    UnknownUser,
    /// The persona is not known, or is somebody else's.
    #[error("there is no such persona")]
    UnknownPersona,
    /// The persona was retired.
    #[error("this persona is retired; restore it first")]
    PersonaRetired,
    /// The character is not known, or is somebody else's.
    #[error("there is no such character")]
    UnknownCharacter,
    /// There are choices for too many characters.
    #[error(transparent)]
    OutOfBounds(#[from] OutOfBounds),
}

impl Rejection for ChooseUserPersonaRejected {
    fn slug(&self) -> &'static str {
        match self {
            Self::UnknownUser => "user-not-found",
            Self::UnknownPersona => "persona-not-found",
            Self::PersonaRetired => "persona-retired",
            Self::UnknownCharacter => "character-not-found",
            Self::OutOfBounds(_) => "out-of-bounds",
        }
    }

    fn why(&self) -> Why {
        match self {
            Self::UnknownUser | Self::UnknownPersona | Self::UnknownCharacter => Why::NotFound,
            Self::PersonaRetired => Why::Conflict,
            Self::OutOfBounds(_) => Why::Invalid,
        }
    }
}

impl ChooseUserPersona {
    fn check(&self) -> Result<(), ChooseUserPersonaRejected> {
        if self.with.is_some_and(|character| character.owner != self.by) {
            return Err(ChooseUserPersonaRejected::UnknownCharacter);
        }
        match self.persona {
            Some(persona) if persona.owner != self.by => Err(ChooseUserPersonaRejected::UnknownPersona),
            Some(persona) if persona.standing == Standing::Retired => {
                Err(ChooseUserPersonaRejected::PersonaRetired)
            }
            Some(_) | None => Ok(()),
        }
    }
}

impl Command<User> for ChooseUserPersona {
    const NAME: &'static str = "choose_user_persona";

    type Rejection = ChooseUserPersonaRejected;

    fn decide(&self, user: &User) -> Result<Vec<UserEvent>, ChooseUserPersonaRejected> {
        let Some(person) = user.person() else { return Err(ChooseUserPersonaRejected::UnknownUser) };
        self.check()?;
        let with = self.with.map(|character| character.id);
        let persona = self.persona.map(|persona| persona.id);
        if person.guises.chosen(with) == persona {
            return Ok(vec![]);
        }
        if with.is_some_and(|character| !person.guises.with.contains_key(&character)) {
            let what = "characters with a persona of their own";
            bounds::count(what, person.guises.with.len() + 1, bounds::LINKS)?;
        }
        Ok(vec![UserPersonaChosen { with, persona }.into()])
    }
}

#[cfg(test)]
mod spec {
    use super::*;
    use crate::{
        spec::{given, given_nothing, id},
        user::UserRegistered,
    };

    fn registered() -> UserEvent {
        UserRegistered { name: "Mira".into() }.into()
    }

    fn captain() -> Choice {
        Choice { id: id(40), owner: id(1), standing: Standing::Active }
    }

    fn aqua() -> Companion {
        Companion { id: id(10), owner: id(1) }
    }

    fn choose(persona: Option<Choice>) -> ChooseUserPersona {
        ChooseUserPersona { by: id(1), with: None, persona }
    }

    fn chosen(with: Option<CharacterId>, persona: Option<PersonaId>) -> UserEvent {
        UserPersonaChosen { with, persona }.into()
    }

    #[test]
    fn a_choice_is_taken_once_and_taken_back_once() {
        let by_default = chosen(None, Some(id(40)));
        given::<User>([registered()]).when(choose(None)).then_nothing();
        given::<User>([registered()]).when(choose(Some(captain()))).then([by_default.clone()]);
        let chose = given::<User>([registered(), by_default]);
        chose.when(choose(Some(captain()))).then_nothing();
        chose.when(choose(None)).then([chosen(None, None)]);
    }

    #[test]
    fn with_one_character_another_persona_may_be_chosen() {
        let with_aqua = |persona| ChooseUserPersona { with: Some(aqua()), ..choose(persona) };
        let others = given::<User>([registered(), chosen(None, Some(id(40)))]);
        others.when(with_aqua(Some(captain()))).then([chosen(Some(id(10)), Some(id(40)))]);
        others.when(with_aqua(None)).then_nothing();
    }

    #[test]
    fn what_is_somebody_elses_is_unknown_and_what_is_retired_is_not_chosen() {
        let here = given::<User>([registered()]);
        here.when(choose(Some(Choice { owner: id(2), ..captain() })))
            .then_rejected(ChooseUserPersonaRejected::UnknownPersona);
        here.when(choose(Some(Choice { standing: Standing::Retired, ..captain() })))
            .then_rejected(ChooseUserPersonaRejected::PersonaRetired);
        here.when(ChooseUserPersona {
            with: Some(Companion { owner: id(2), ..aqua() }),
            ..choose(Some(captain()))
        })
        .then_rejected(ChooseUserPersonaRejected::UnknownCharacter);
        given_nothing::<User>().when(choose(None)).then_rejected(ChooseUserPersonaRejected::UnknownUser);
    }

    #[test]
    fn characters_with_a_persona_of_their_own_have_an_end() {
        let all = (1_000..2_000).map(|number| chosen(Some(id(number)), Some(id(40))));
        let full = given::<User>(std::iter::once(registered()).chain(all));
        let with = |id| Some(Companion { id, owner: crate::spec::id(1) });
        full.when(ChooseUserPersona { with: with(id(10)), ..choose(Some(captain())) }).then_rejected(
            OutOfBounds::TooMany { what: "characters with a persona of their own", most: 1_000 }.into(),
        );
        full.when(ChooseUserPersona { with: with(id(1_000)), ..choose(None) })
            .then([chosen(Some(id(1_000)), None)]);
    }

    #[test]
    fn the_one_for_a_character_goes_before_the_usual_one() {
        let mut guises = crate::user::Guises { usual: Some(id(40)), ..Default::default() };
        guises.with.insert(id(11), id(41));
        let fitting = |company: &[u128]| -> Vec<PersonaId> {
            let company: Vec<_> = company.iter().map(|number| id(*number)).collect();
            guises.fitting(&company).collect()
        };
        assert_eq!(fitting(&[10, 11]), [id(41), id(40)]);
        assert_eq!(fitting(&[10]), [id(40)]);
    }
}
