//! RestoreLorebook: a retired lorebook is used again.

use super::{Lorebook, LorebookEvent, LorebookRejected, LorebookRestored, Standing};
use crate::{Command, user::UserId};

/// Take a lorebook out again.
#[derive(Debug, Clone)]
pub struct RestoreLorebook {
    /// Who wants it.
    pub by: UserId,
}

impl Command<Lorebook> for RestoreLorebook {
    const NAME: &'static str = "restore_lorebook";

    type Rejection = LorebookRejected;

    fn decide(&self, lorebook: &Lorebook) -> Result<Vec<LorebookEvent>, LorebookRejected> {
        match lorebook.owned_by(self.by)?.standing {
            Standing::Active => Ok(vec![]),
            Standing::Retired => Ok(vec![LorebookRestored {}.into()]),
        }
    }
}

#[cfg(test)]
mod spec {
    use super::*;
    use crate::{
        lorebook::{
            LorebookRetired,
            spec::{created, mira},
        },
        spec::{given, given_nothing},
    };

    #[test]
    fn a_retired_lorebook_comes_back() {
        given::<Lorebook>([created(), LorebookRetired {}.into()])
            .when(RestoreLorebook { by: mira() })
            .then([LorebookRestored {}.into()]);
    }

    #[test]
    fn an_active_one_is_already_here() {
        given::<Lorebook>([created()]).when(RestoreLorebook { by: mira() }).then_nothing();
    }

    #[test]
    fn none_cannot_be_restored() {
        given_nothing::<Lorebook>()
            .when(RestoreLorebook { by: mira() })
            .then_rejected(LorebookRejected::UnknownLorebook);
    }
}
