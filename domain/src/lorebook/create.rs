//! CreateLorebook: a lorebook is made up here, without a file.

use super::{Lorebook, LorebookCreated, LorebookEvent, LorebookRejected, Settings};
use crate::{Command, user::UserId};

/// Begin a lorebook in which nothing stands yet.
#[derive(Debug, Clone)]
pub struct CreateLorebook {
    /// Whose it will be.
    pub owner: UserId,
    /// What it is called, and how it is searched.
    pub settings: Settings,
}

impl Command<Lorebook> for CreateLorebook {
    const NAME: &'static str = "create_lorebook";

    type Rejection = LorebookRejected;

    fn decide(&self, lorebook: &Lorebook) -> Result<Vec<LorebookEvent>, LorebookRejected> {
        self.settings.check()?;
        match lorebook {
            Lorebook::Unknown => {
                let Self { owner, settings } = self.clone();
                Ok(vec![LorebookCreated { owner, settings: settings.into() }.into()])
            }
            Lorebook::Known(book)
                if book.owner == self.owner && book.original.is_none() && book.settings == self.settings =>
            {
                Ok(vec![])
            }
            Lorebook::Known(_) => Err(LorebookRejected::AlreadyHere),
        }
    }
}

#[cfg(test)]
mod spec {
    use super::*;
    use crate::{
        bounds::{self, OutOfBounds},
        lorebook::spec::{created, mira, the_sea, vlad},
        spec::{given, given_nothing},
    };

    fn create() -> CreateLorebook {
        CreateLorebook { owner: mira(), settings: the_sea() }
    }

    #[test]
    fn a_lorebook_is_made_up_once() {
        given_nothing::<Lorebook>().when(create()).then([created()]);
        given::<Lorebook>([created()]).when(create()).then_nothing();
    }

    #[test]
    fn an_id_that_is_taken_is_refused() {
        given::<Lorebook>([created()])
            .when(CreateLorebook { owner: vlad(), ..create() })
            .then_rejected(LorebookRejected::AlreadyHere);
    }

    #[test]
    fn it_has_a_name_and_its_texts_have_bounds() {
        let nameless = Settings { name: " ".into(), ..the_sea() };
        given_nothing::<Lorebook>()
            .when(CreateLorebook { settings: nameless, ..create() })
            .then_rejected(OutOfBounds::Empty { what: "the name" }.into());
        let endless = Settings { description: "a".repeat(bounds::TEXT + 1), ..the_sea() };
        given_nothing::<Lorebook>()
            .when(CreateLorebook { settings: endless, ..create() })
            .then_rejected(OutOfBounds::TooLong { what: "the description", most: bounds::TEXT }.into());
    }
}
