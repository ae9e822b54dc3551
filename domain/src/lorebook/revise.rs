//! ReviseLorebook: a lorebook is called, described or searched otherwise.

use super::{Lorebook, LorebookEvent, LorebookRejected, LorebookRevised, Settings};
use crate::{Command, user::UserId};

/// Let these be its settings.
#[derive(Debug, Clone)]
pub struct ReviseLorebook {
    /// Who wants it.
    pub by: UserId,
    /// All of them.
    pub settings: Settings,
}

impl Command<Lorebook> for ReviseLorebook {
    const NAME: &'static str = "revise_lorebook";

    type Rejection = LorebookRejected;

    fn decide(&self, lorebook: &Lorebook) -> Result<Vec<LorebookEvent>, LorebookRejected> {
        let book = lorebook.open_to(self.by)?;
        self.settings.check()?;
        if book.settings == self.settings {
            return Ok(vec![]);
        }
        Ok(vec![LorebookRevised { settings: self.settings.clone().into() }.into()])
    }
}

#[cfg(test)]
mod spec {
    use super::*;
    use crate::{
        bounds::OutOfBounds,
        lorebook::{
            LorebookRetired,
            spec::{created, mira, the_sea, vlad},
        },
        spec::given,
    };

    fn deeper() -> Settings {
        Settings { scan_depth: Some(8), recursive_scanning: Some(true), ..the_sea() }
    }

    fn revise(settings: Settings) -> ReviseLorebook {
        ReviseLorebook { by: mira(), settings }
    }

    #[test]
    fn settings_are_revised_once() {
        let revised: LorebookEvent = LorebookRevised { settings: deeper().into() }.into();
        given::<Lorebook>([created()]).when(revise(deeper())).then([revised.clone()]);
        given::<Lorebook>([created(), revised]).when(revise(deeper())).then_nothing();
    }

    #[test]
    fn a_name_cannot_be_taken_away() {
        given::<Lorebook>([created()])
            .when(revise(Settings::default()))
            .then_rejected(OutOfBounds::Empty { what: "the name" }.into());
    }

    #[test]
    fn somebody_elses_lorebook_and_a_retired_one_stay_as_they_are() {
        given::<Lorebook>([created()])
            .when(ReviseLorebook { by: vlad(), ..revise(deeper()) })
            .then_rejected(LorebookRejected::UnknownLorebook);
        given::<Lorebook>([created(), LorebookRetired {}.into()])
            .when(revise(deeper()))
            .then_rejected(LorebookRejected::Retired);
    }
}
