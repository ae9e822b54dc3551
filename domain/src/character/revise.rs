//! ReviseCharacter: some parts of a character become other ones.
//!
//! A part that is given is given whole; one event for each part that really changes, all in one commit.

use super::{
    Appearance, AppearanceRevised, ChangeRejected, Character, CharacterEvent, Description,
    DescriptionRevised, Greetings, GreetingsRevised, Instructions, InstructionsRevised, Personality,
    PersonalityRevised, Profile, Voice, VoiceRevised,
};
use crate::{Command, user::UserId};

/// Change these parts; those that are absent stay.
#[derive(Debug, Clone)]
pub struct ReviseCharacter {
    /// Who wants it.
    pub by: UserId,
    /// Name, description, scenario, tags.
    pub description: Option<Description>,
    /// Personality.
    pub personality: Option<Personality>,
    /// Greetings.
    pub greetings: Option<Greetings>,
    /// Instructions to the model.
    pub instructions: Option<Instructions>,
    /// Appearance.
    pub appearance: Option<Appearance>,
    /// Voice settings.
    pub voice: Option<Voice>,
}

impl ReviseCharacter {
    /// A revision that changes nothing yet.
    pub fn by(user: UserId) -> Self {
        Self {
            by: user,
            description: None,
            personality: None,
            greetings: None,
            instructions: None,
            appearance: None,
            voice: None,
        }
    }

    fn check(&self) -> Result<(), ChangeRejected> {
        self.description.as_ref().map_or(Ok(()), Description::check)?;
        self.personality.as_ref().map_or(Ok(()), Personality::check)?;
        self.greetings.as_ref().map_or(Ok(()), Greetings::check)?;
        self.instructions.as_ref().map_or(Ok(()), Instructions::check)?;
        self.appearance.as_ref().map_or(Ok(()), Appearance::check)?;
        Ok(self.voice.as_ref().map_or(Ok(()), Voice::check)?)
    }

    fn changes(&self, old: &Profile) -> Vec<CharacterEvent> {
        let description = new(self.description.as_ref(), &old.description)
            .map(|description| DescriptionRevised { description: description.into() }.into());
        let personality = new(self.personality.as_ref(), &old.personality)
            .map(|personality| PersonalityRevised { personality: personality.into() }.into());
        let greetings = new(self.greetings.as_ref(), &old.greetings)
            .map(|greetings| GreetingsRevised { greetings: greetings.into() }.into());
        let instructions = new(self.instructions.as_ref(), &old.instructions)
            .map(|instructions| InstructionsRevised { instructions: instructions.into() }.into());
        let appearance = new(self.appearance.as_ref(), &old.appearance)
            .map(|appearance| AppearanceRevised { appearance: appearance.into() }.into());
        let voice =
            new(self.voice.as_ref(), &old.voice).map(|voice| VoiceRevised { voice: voice.into() }.into());
        [description, personality, greetings, instructions, appearance, voice].into_iter().flatten().collect()
    }
}

/// The part, if it is given and is not what it was.
fn new<Part: PartialEq + Clone>(part: Option<&Part>, old: &Part) -> Option<Part> {
    part.filter(|part| *part != old).cloned()
}

impl Command<Character> for ReviseCharacter {
    const NAME: &'static str = "revise_character";

    type Rejection = ChangeRejected;

    fn decide(&self, character: &Character) -> Result<Vec<CharacterEvent>, ChangeRejected> {
        let sheet = character.active_of(self.by)?;
        self.check()?;
        Ok(self.changes(&sheet.profile))
    }
}

#[cfg(test)]
mod spec {
    use super::*;
    use crate::{
        bounds::{self, OutOfBounds},
        character::{
            AssetRef, CharacterRetired,
            spec::{aqua, imported, mira, vlad},
        },
        spec::given,
    };

    fn with_assets(count: usize) -> ReviseCharacter {
        let appearance = Appearance { assets: vec![AssetRef::default(); count], ..Appearance::default() };
        ReviseCharacter { appearance: Some(appearance), ..ReviseCharacter::by(mira()) }
    }

    fn louder() -> Voice {
        Voice { speed: Some(1.5), ..Voice::default() }
    }

    #[test]
    fn only_the_parts_that_change_are_told() {
        given::<Character>([imported()])
            .when(ReviseCharacter {
                description: Some(aqua().description),
                voice: Some(louder()),
                ..ReviseCharacter::by(mira())
            })
            .then([VoiceRevised { voice: louder().into() }.into()]);
    }

    #[test]
    fn a_part_revised_to_what_it_is_says_nothing() {
        given::<Character>([imported(), VoiceRevised { voice: louder().into() }.into()])
            .when(ReviseCharacter { voice: Some(louder()), ..ReviseCharacter::by(mira()) })
            .then_nothing();
    }

    #[test]
    fn somebody_elses_character_is_unknown() {
        given::<Character>([imported()])
            .when(ReviseCharacter { voice: Some(louder()), ..ReviseCharacter::by(vlad()) })
            .then_rejected(ChangeRejected::UnknownCharacter);
    }

    #[test]
    fn a_retired_character_stays_as_it_is() {
        given::<Character>([imported(), CharacterRetired {}.into()])
            .when(ReviseCharacter { voice: Some(louder()), ..ReviseCharacter::by(mira()) })
            .then_rejected(ChangeRejected::Retired);
    }

    #[test]
    fn a_text_beyond_its_bound_is_refused() {
        let endless = Description { text: "a".repeat(bounds::TEXT + 1), ..aqua().description };
        given::<Character>([imported()])
            .when(ReviseCharacter { description: Some(endless), ..ReviseCharacter::by(mira()) })
            .then_rejected(OutOfBounds::TooLong { what: "the description", most: bounds::TEXT }.into());
    }

    #[test]
    fn more_assets_than_their_bound_are_refused() {
        let rejected = OutOfBounds::TooMany { what: "assets", most: bounds::ASSETS };
        given::<Character>([imported()]).when(with_assets(bounds::ASSETS + 1)).then_rejected(rejected.into());
        let command = with_assets(bounds::ASSETS);
        let appearance = command.appearance.clone().unwrap();
        given::<Character>([imported()])
            .when(command)
            .then([AppearanceRevised { appearance: appearance.into() }.into()]);
    }
}
