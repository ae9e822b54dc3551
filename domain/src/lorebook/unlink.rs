//! UnlinkLorebook: a lorebook is for somebody no more.

use super::{Link, Lorebook, LorebookEvent, LorebookRejected, LorebookUnlinked};
use crate::{Command, user::UserId};

/// Let the lorebook be for them no more.
#[derive(Debug, Clone)]
pub struct UnlinkLorebook {
    /// Who wants it.
    pub by: UserId,
    /// For whom.
    pub from: Link,
}

impl Command<Lorebook> for UnlinkLorebook {
    const NAME: &'static str = "unlink_lorebook";

    type Rejection = LorebookRejected;

    fn decide(&self, lorebook: &Lorebook) -> Result<Vec<LorebookEvent>, LorebookRejected> {
        let book = lorebook.active_of(self.by)?;
        if !book.links.contains(&self.from) {
            return Ok(vec![]);
        }
        Ok(vec![LorebookUnlinked { from: self.from }.into()])
    }
}

#[cfg(test)]
mod spec {
    use super::*;
    use crate::{
        lorebook::{
            LorebookLinked, LorebookRetired,
            spec::{aqua, created, mira, vlad},
        },
        spec::given,
    };

    fn unlink() -> UnlinkLorebook {
        UnlinkLorebook { by: mira(), from: Link::Character(aqua()) }
    }

    fn linked() -> LorebookEvent {
        LorebookLinked { to: Link::Character(aqua()) }.into()
    }

    #[test]
    fn a_link_is_cut_once() {
        let cut: LorebookEvent = LorebookUnlinked { from: Link::Character(aqua()) }.into();
        given::<Lorebook>([created(), linked()]).when(unlink()).then([cut.clone()]);
        given::<Lorebook>([created(), linked(), cut]).when(unlink()).then_nothing();
    }

    #[test]
    fn somebody_elses_lorebook_and_a_retired_one_stay_as_they_are() {
        given::<Lorebook>([created(), linked()])
            .when(UnlinkLorebook { by: vlad(), ..unlink() })
            .then_rejected(LorebookRejected::UnknownLorebook);
        given::<Lorebook>([created(), linked(), LorebookRetired {}.into()])
            .when(unlink())
            .then_rejected(LorebookRejected::Retired);
    }
}
