//! Many cards in one archive, each for itself: one that is refused hinders no other.
//!
//! The id of each character follows from its owner and its card's bytes. So bringing the same archive again, or one that
//! holds some of the same cards, adds nobody twice, whatever became of the first try.

use axum::{
    Json,
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use domain::{
    character::CharacterId,
    commit::{CommandId, Position},
    lorebook::LorebookId,
};
use serde::{Serialize, Serializer};
use tokio::{
    sync::mpsc::{Receiver, Sender, channel},
    task::spawn_blocking,
};
use utoipa::ToSchema;

use crate::{
    api::{answer::POSITION, order::Order, problem::Problem},
    execute::Envelope,
    house::House,
    import::{
        CardWarning,
        card::{ReadCard, ReadError, read_card},
        character::{Arrived, Step, take_in},
    },
};

/// How many files of an archive are looked at.
const FILES: usize = 1_000;

/// What became of an archive of cards.
#[derive(Debug, Default, Serialize, ToSchema)]
pub struct ImportedArchive {
    /// The characters that are here now, in the order of the archive; some may have been here before.
    imported: Vec<ImportedFile>,
    /// The files that no character came of.
    refused: Vec<RefusedFile>,
    /// Where in the log all of it can be read.
    #[schema(value_type = Option<String>)]
    position: Option<Told>,
}

/// A position, in words.
#[derive(Debug, Clone, Copy)]
struct Told(Position);

impl Serialize for Told {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

/// A file that a character came of.
#[derive(Debug, Serialize, ToSchema)]
pub struct ImportedFile {
    /// What the archive calls it.
    file: String,
    /// The id of the character.
    #[schema(value_type = uuid::Uuid)]
    id: CharacterId,
    /// What it is called.
    name: String,
    /// Its lorebook, if the card has one.
    #[schema(value_type = Option<uuid::Uuid>)]
    lorebook_id: Option<LorebookId>,
    /// What was odd about the card, and what was done about it.
    warnings: Vec<CardWarning>,
}

/// A file that no character came of.
#[derive(Debug, Serialize, ToSchema)]
pub struct RefusedFile {
    /// What the archive calls it.
    file: String,
    /// Why not, as a stable name.
    code: String,
    /// Why not, and what to do.
    message: String,
}

/// A file of the archive, read.
struct ReadFile {
    name: String,
    card: Result<ReadCard, ReadError>,
}

/// Brings in every card of an archive. Machines that are away end it; a repetition goes on where it ended.
pub async fn import(house: &House, order: &Order, archive: Bytes) -> Result<Response, Problem> {
    let mut files = read(archive);
    let mut outcome = ImportedArchive::default();
    while let Some(ReadFile { name, card }) = files.recv().await {
        match card {
            Ok(card) => outcome.take(house, order, name, card).await?,
            Err(refusal) => outcome.refuse(name, refusal.code(), refusal.to_string()),
        }
    }
    if outcome.imported.is_empty() && outcome.refused.is_empty() {
        return Err(super::refuse(&ReadError::NoCardInArchive));
    }
    let position = outcome.position.map(|Told(position)| [(POSITION, position.to_string())]);
    Ok((position, Json(outcome)).into_response())
}

/// Reads the files one after the other, off the threads that answer others, and no faster than they are taken in.
fn read(archive: Bytes) -> Receiver<ReadFile> {
    let (give, take) = channel(1);
    drop(spawn_blocking(move || read_all(&archive, &give)));
    take
}

fn read_all(archive: &[u8], give: &Sender<ReadFile>) {
    // It was opened before, as a card.
    let Ok(files) = cards::unpack(archive) else { return };
    for (number, file) in files.enumerate() {
        let too_many = number >= FILES;
        let card = if too_many {
            Err(ReadError::TooMany { what: "files", limit: FILES })
        } else {
            file.bytes.and_then(read_card)
        };
        if give.blocking_send(ReadFile { name: file.name, card }).is_err() || too_many {
            break;
        }
    }
}

impl ImportedArchive {
    async fn take(
        &mut self,
        house: &House,
        order: &Order,
        file: String,
        card: ReadCard,
    ) -> Result<(), Problem> {
        let command: CommandId = order.user.derive(&format!("card {}", card.original.digest));
        let (id, name) = (command.derive("character"), card.profile.description.name.clone());
        let part = |name: &str| Envelope { command: command.derive(name), ..order.part("archive") };
        let envelope = |step| match step {
            Step::Character => Envelope { command, ..order.part("archive") },
            Step::Lorebook(number) => part(&format!("lorebook {number}")),
            Step::Link => part("link"),
        };
        match take_in(house, order.user, id, card, envelope).await.map_err(Problem::from) {
            Ok(Arrived { accepted, lorebook, warnings }) => {
                self.imported.push(ImportedFile { file, id, name, lorebook_id: lorebook, warnings });
                self.until(accepted.position);
                Ok(())
            }
            Err(problem) if problem.status().is_server_error() => Err(problem),
            Err(problem) => {
                self.refuse(file, problem.slug(), problem.title().to_owned());
                Ok(())
            }
        }
    }

    /// What was here before was written before, so the last file need not be the latest.
    fn until(&mut self, position: Position) {
        let later = self.position.is_none_or(|Told(known)| known.sequence < position.sequence);
        if later {
            self.position = Some(Told(position));
        }
    }

    fn refuse(&mut self, file: String, code: &str, message: String) {
        self.refused.push(RefusedFile { file, code: code.to_owned(), message });
    }
}
