//! RetireLorebook: a lorebook is used no more, until it is restored.

use super::{Lorebook, LorebookEvent, LorebookRejected, LorebookRetired, Standing};
use crate::{Command, user::UserId};

/// Put a lorebook away.
#[derive(Debug, Clone)]
pub struct RetireLorebook {
    /// Who wants it.
    pub by: UserId,
}

impl Command<Lorebook> for RetireLorebook {
    const NAME: &'static str = "retire_lorebook";

    type Rejection = LorebookRejected;

    fn decide(&self, lorebook: &Lorebook) -> Result<Vec<LorebookEvent>, LorebookRejected> {
        match lorebook.owned_by(self.by)?.standing {
            Standing::Active => Ok(vec![LorebookRetired {}.into()]),
            Standing::Retired => Ok(vec![]),
        }
    }
}

#[cfg(test)]
mod spec {
    use super::*;
    use crate::{
        lorebook::spec::{created, imported, mira, tides, vlad},
        spec::given,
    };

    #[test]
    fn a_lorebook_is_retired_once() {
        given::<Lorebook>([created()]).when(RetireLorebook { by: mira() }).then([LorebookRetired {}.into()]);
        given::<Lorebook>([created(), LorebookRetired {}.into()])
            .when(RetireLorebook { by: mira() })
            .then_nothing();
    }

    #[test]
    fn one_that_never_came_in_whole_can_be_put_away() {
        given::<Lorebook>([imported(2, [tides()])])
            .when(RetireLorebook { by: mira() })
            .then([LorebookRetired {}.into()]);
    }

    #[test]
    fn somebody_elses_lorebook_is_unknown() {
        given::<Lorebook>([created()])
            .when(RetireLorebook { by: vlad() })
            .then_rejected(LorebookRejected::UnknownLorebook);
    }
}
