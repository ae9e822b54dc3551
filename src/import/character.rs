//! A character comes in on its card, and the lorebook of the card with it, as one of its own that is linked to it.
//!
//! The character comes first. If what follows breaks off, a repetition of the import finds the character here and does
//! the rest. A book that the rules do not take keeps no character out: it stays in the card, and that is said.

use domain::{
    character::{CharacterId, ImportCharacter},
    lorebook::{LinkLorebook, LorebookId, Target},
    user::UserId,
};

use super::{
    CardWarning, ImportError,
    card::ReadCard,
    lorebook::{self, ReadBook},
};
use crate::{
    execute::{Accepted, Envelope},
    house::House,
};

/// The steps of such an import, each a command of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// The character comes in.
    Character,
    /// A part of the lorebook does.
    Lorebook(usize),
    /// They are linked.
    Link,
}

/// What came in.
#[derive(Debug, Clone)]
pub struct Arrived {
    /// The character, and where in the log all of it can be read.
    pub accepted: Accepted,
    /// Its lorebook.
    pub lorebook: Option<LorebookId>,
    /// What was odd about the card, and what was done about it.
    pub warnings: Vec<CardWarning>,
}

/// Takes in what a card holds.
pub async fn take_in(
    house: &House,
    owner: UserId,
    id: CharacterId,
    card: ReadCard,
    envelope: impl Fn(Step) -> Envelope,
) -> Result<Arrived, ImportError> {
    card.keep(&house.objects, owner).await?;
    let ReadCard { profile, original, mut warnings, book, .. } = card;
    let command = ImportCharacter { owner, profile, original };
    let mut accepted = house.executor.execute(id, &command, &envelope(Step::Character)).await?;
    let book = book.and_then(|book| fit(book, &mut warnings));
    let Some(book) = book else { return Ok(Arrived { accepted, lorebook: None, warnings }) };
    let lorebook = book.id(owner);
    lorebook::take_in(house, owner, book, |number| envelope(Step::Lorebook(number))).await?;
    let link = LinkLorebook { by: owner, to: Target::Character { id, owner } };
    let linked = house.executor.execute(lorebook, &link, &envelope(Step::Link)).await?;
    accepted.position = linked.position;
    Ok(Arrived { accepted, lorebook: Some(lorebook), warnings })
}

/// The book, if the rules will take it.
fn fit(mut book: ReadBook, warnings: &mut Vec<CardWarning>) -> Option<ReadBook> {
    warnings.append(&mut book.warnings);
    let Err(rejection) = book.check() else { return Some(book) };
    warnings.push(lorebook::in_card(CardWarning {
        code: "lorebook-refused".to_owned(),
        at: "$".to_owned(),
        message: format!("the lorebook stays in the card and was not taken in: {rejection}"),
    }));
    None
}
