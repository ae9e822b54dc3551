//! LinkLorebook: a lorebook is for a character, or for whomever its owner talks with.
//!
//! Whose a character is stands in the character's own history, so whoever gives the command looks it up and puts it in.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Lorebook, LorebookEvent, LorebookLinked, LorebookRejected};
use crate::{Command, bounds, character::CharacterId, user::UserId};

/// For whom a lorebook is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, JsonSchema, Serialize, Deserialize)]
pub enum Link {
    /// For every conversation of its owner.
    Account,
    /// For conversations with this character.
    Character(CharacterId),
}

/// For whom a lorebook is to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    /// For every conversation of its owner.
    Account,
    /// For conversations with a character.
    Character {
        /// Which one.
        id: CharacterId,
        /// Whose it is.
        owner: UserId,
    },
}

/// Let the lorebook be for them.
#[derive(Debug, Clone)]
pub struct LinkLorebook {
    /// Who wants it.
    pub by: UserId,
    /// For whom.
    pub to: Target,
}

impl LinkLorebook {
    fn link(&self) -> Result<Link, LorebookRejected> {
        match self.to {
            Target::Account => Ok(Link::Account),
            Target::Character { id, owner } if owner == self.by => Ok(Link::Character(id)),
            Target::Character { .. } => Err(LorebookRejected::UnknownCharacter),
        }
    }
}

impl Command<Lorebook> for LinkLorebook {
    const NAME: &'static str = "link_lorebook";

    type Rejection = LorebookRejected;

    fn decide(&self, lorebook: &Lorebook) -> Result<Vec<LorebookEvent>, LorebookRejected> {
        let book = lorebook.active_of(self.by)?;
        let to = self.link()?;
        if book.links.contains(&to) {
            return Ok(vec![]);
        }
        bounds::count("links of a lorebook", book.links.len() + 1, bounds::LINKS)?;
        Ok(vec![LorebookLinked { to }.into()])
    }
}

#[cfg(test)]
mod spec {
    use super::*;
    use crate::{
        bounds::OutOfBounds,
        lorebook::{
            LorebookRetired,
            spec::{aqua, created, imported, mira, tides, vlad},
        },
        spec::{given, id},
    };

    fn link(to: Target) -> LinkLorebook {
        LinkLorebook { by: mira(), to }
    }

    fn to_aqua() -> Target {
        Target::Character { id: aqua(), owner: mira() }
    }

    fn linked(to: Link) -> LorebookEvent {
        LorebookLinked { to }.into()
    }

    #[test]
    fn a_lorebook_is_linked_once() {
        given::<Lorebook>([created()]).when(link(to_aqua())).then([linked(Link::Character(aqua()))]);
        given::<Lorebook>([created(), linked(Link::Character(aqua()))]).when(link(to_aqua())).then_nothing();
        given::<Lorebook>([created(), linked(Link::Character(aqua()))])
            .when(link(Target::Account))
            .then([linked(Link::Account)]);
    }

    #[test]
    fn one_that_is_still_coming_in_can_be_linked() {
        given::<Lorebook>([imported(2, [tides()])]).when(link(Target::Account)).then([linked(Link::Account)]);
    }

    #[test]
    fn somebody_elses_character_and_lorebook_are_unknown() {
        given::<Lorebook>([created()])
            .when(link(Target::Character { id: aqua(), owner: vlad() }))
            .then_rejected(LorebookRejected::UnknownCharacter);
        given::<Lorebook>([created()])
            .when(LinkLorebook { by: vlad(), ..link(Target::Account) })
            .then_rejected(LorebookRejected::UnknownLorebook);
    }

    #[test]
    fn a_retired_lorebook_is_for_nobody_new() {
        given::<Lorebook>([created(), LorebookRetired {}.into()])
            .when(link(to_aqua()))
            .then_rejected(LorebookRejected::Retired);
    }

    #[test]
    fn links_have_an_end() {
        let all = (1_000..2_000).map(|number| linked(Link::Character(id(number))));
        given::<Lorebook>(std::iter::once(created()).chain(all))
            .when(link(to_aqua()))
            .then_rejected(OutOfBounds::TooMany { what: "links of a lorebook", most: 1_000 }.into());
    }
}
