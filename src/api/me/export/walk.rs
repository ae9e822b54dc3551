//! Through everything that somebody has, in the order in which it comes in again: characters, lorebooks, personas,
//! conversations.
//!
//! What cannot be written down is left out and named; a house or a log that is away ends the walk.

mod expressions;
mod personas;

use std::{collections::BTreeMap, pin::pin};

use bytes::Bytes;
use cards::group::Group;
use domain::{
    character::{Character, CharacterId, Standing},
    conversation::{Persona, Speaker, Transcript},
    lorebook::{self, Link, LorebookId},
    persona::PersonaId,
    provider::ProviderChoice,
    user::{User, UserId},
};
use futures_util::TryStreamExt;
use projections::{characters, conversations, conversations::Status, lorebooks};
use serde_json::Value;
use tokio::task::spawn_blocking;

use super::pack::{Gone, Packer};
use crate::{
    api::{
        characters::{
            card::{self, Format, Wanted, Whole},
            owned,
            parts::{PersonalityProfile, Voice},
        },
        conversations::export,
        lorebooks::file,
        problem::Problem,
        provider,
        stems::Stems,
    },
    archive::{self, CharacterNote, ConversationNote, LeftOut, LorebookNote, Manifest, PersonaNote},
    house::House,
    rows, secret,
};

/// Packs all that this person has.
pub(super) async fn all(house: &House, user: UserId, packer: &Packer) -> Result<(), Problem> {
    let mut walk = Walk {
        house,
        user,
        packer,
        stems: Stems::default(),
        places: BTreeMap::new(),
        carried: BTreeMap::new(),
        worlds: BTreeMap::new(),
        guises: BTreeMap::new(),
        manifest: Manifest::default(),
    };
    walk.person().await?;
    walk.characters().await?;
    walk.lorebooks().await?;
    walk.personas().await?;
    walk.conversations().await?;
    walk.end().await
}

struct Walk<'a> {
    house: &'a House,
    user: UserId,
    packer: &'a Packer,
    stems: Stems,
    /// Where the cards of the characters are.
    places: BTreeMap<CharacterId, String>,
    /// Which lorebooks are in a card, and where that is.
    carried: BTreeMap<LorebookId, String>,
    /// Where lorebooks are: files of their own, or cards.
    worlds: BTreeMap<LorebookId, String>,
    /// The files by which the backup knows the personas.
    guises: BTreeMap<PersonaId, String>,
    manifest: Manifest,
}

impl Walk<'_> {
    async fn person(&mut self) -> Result<(), Problem> {
        let seen = self.house.executor.look::<User, _>(self.user, |user| {
            user.state().person().map(|person| (person.name.clone(), person.provider.clone()))
        });
        let (name, choice) = seen.await?.unwrap_or_default();
        self.manifest.name = name;
        self.manifest.provider = self.settings(&choice)?;
        Ok(())
    }

    async fn characters(&mut self) -> Result<(), Problem> {
        let filter = characters::Filter { retired: characters::Retired::Included, ..Default::default() };
        let (pool, user) = (&self.house.pool, self.user);
        let mut rows = pin!(rows::all(|paging| characters::list(pool, user, &filter, paging)));
        while let Some(row) = rows.try_next().await? {
            if let Err(problem) = self.character(row.id).await {
                self.leave("character", &row.name, problem)?;
            }
        }
        Ok(())
    }

    async fn character(&mut self, id: CharacterId) -> Result<(), Problem> {
        let seen =
            self.house.executor.look::<Character, _>(id, |character| owned(character, self.user).cloned());
        let Whole { sheet, written, lorebook, beside } = self.written(id, seen.await??).await?;
        let (name, profile) = (sheet.profile.description.name.clone(), sheet.profile);
        let stem = self.stems.free("characters", &name);
        let file = format!("characters/{stem}.{}", written.ext);
        self.packer.pack(&file, written.bytes).await?;
        if let Some(lorebook) = lorebook {
            self.carried.insert(lorebook, file.clone());
        }
        let expressions = self.expressions(&stem, beside).await?;
        let note = CharacterNote {
            file: file.clone(),
            appearance: profile.appearance.text,
            is_without_picture: profile.appearance.avatar.is_none(),
            personality: told(&PersonalityProfile::from(profile.personality.profile))?,
            voice: told(&Voice::from(profile.voice))?,
            provider: self.settings(&sheet.provider)?,
            is_retired: sheet.standing == Standing::Retired,
            expressions,
        };
        self.places.insert(id, file);
        self.manifest.characters.push(note);
        Ok(())
    }

    /// The card, as it came with what was changed; where that does not take the changes, a picture of our own.
    async fn written(&self, id: CharacterId, sheet: domain::character::Sheet) -> Result<Whole, Problem> {
        let as_it_came = card::whole(self.house, id, sheet.clone(), Wanted::default()).await;
        match as_it_came {
            Err(problem) if problem.status().is_client_error() => {
                let png = Wanted { format: Some(Format::Png), ..Wanted::default() };
                card::whole(self.house, id, sheet, png).await
            }
            written => written,
        }
    }

    async fn lorebooks(&mut self) -> Result<(), Problem> {
        let filter = lorebooks::Filter { retired: lorebooks::Retired::Included, ..Default::default() };
        let (pool, user) = (&self.house.pool, self.user);
        let mut rows = pin!(rows::all(|paging| lorebooks::list(pool, user, &filter, paging)));
        while let Some(row) = rows.try_next().await? {
            if let Err(problem) = self.lorebook(row.id, &row.name).await {
                self.leave("lorebook", &row.name, problem)?;
            }
        }
        Ok(())
    }

    async fn lorebook(&mut self, id: LorebookId, name: &str) -> Result<(), Problem> {
        let Some((book, bytes)) = file::whole(self.house, id, self.user).await? else {
            let why = "its import broke off; import its file again".to_owned();
            self.manifest.left_out.push(LeftOut { what: "lorebook".into(), name: name.into(), why });
            return Ok(());
        };
        let file = match self.carried.get(&id) {
            Some(card) => card.clone(),
            None => {
                let file = format!("worlds/{}.json", self.stems.free("worlds", name));
                self.packer.pack(&file, bytes).await?;
                file
            }
        };
        self.worlds.insert(id, file.clone());
        let characters = book.links.iter().filter_map(|link| match link {
            Link::Character(character) => self.places.get(character).cloned(),
            Link::Account => None,
        });
        self.manifest.lorebooks.push(LorebookNote {
            file,
            name: name.to_owned(),
            is_global: book.links.contains(&Link::Account),
            characters: characters.collect(),
            is_retired: book.standing == lorebook::Standing::Retired,
        });
        Ok(())
    }

    async fn conversations(&mut self) -> Result<(), Problem> {
        let (pool, user) = (&self.house.pool, self.user);
        let mut rows = pin!(rows::all(|paging| conversations::list(pool, user, paging)));
        while let Some(row) = rows.try_next().await? {
            if let Err(problem) = self.conversation(&row).await {
                self.leave("conversation", row.title.as_deref().unwrap_or_default(), problem)?;
            }
        }
        Ok(())
    }

    async fn conversation(&mut self, row: &conversations::ConversationRow) -> Result<(), Problem> {
        let (transcript, bytes) = export::whole(self.house, row.id, self.user).await?;
        let characters = transcript.characters.iter().filter_map(|id| self.places.get(id).cloned());
        let characters: Vec<_> = characters.collect();
        let avatars = if characters.len() > 1 { avatars(&transcript, &bytes).await? } else { vec![] };
        let title = transcript.title.clone();
        let called = title.as_deref().unwrap_or("conversation");
        let file = match &characters[..] {
            [only] => {
                let folder = format!("chats/{}", stem(only));
                format!("{folder}/{}.jsonl", self.stems.free(&folder, called))
            }
            members => self.group(called, members).await?,
        };
        self.packer.pack(&file, bytes).await?;
        let persona = transcript.persona.map(|Persona { name, description, id, .. }| {
            let file = id.and_then(|id| self.guises.get(&id).cloned());
            PersonaNote { name, description, file }
        });
        let is_closed = row.status == Status::Closed;
        self.manifest.conversations.push(ConversationNote {
            file,
            title,
            characters,
            avatars,
            persona,
            is_closed,
        });
        Ok(())
    }

    /// A group, as SillyTavern keeps one; answers where its chat goes.
    async fn group(&mut self, called: &str, members: &[String]) -> Result<String, Problem> {
        let stem = self.stems.free("group chats", called);
        let members = members.iter().map(|place| format!("{}.png", self::stem(place))).collect();
        let (id, name, chats) = (stem.clone(), called.to_owned(), vec![stem.clone()]);
        let group = Group { id, name, members, chat_id: stem.clone(), chats, ..Group::default() };
        let bytes = cards::write_json(&cards::group::write(&group));
        self.packer.pack(format!("groups/{stem}.json"), bytes).await?;
        Ok(format!("group chats/{stem}.jsonl"))
    }

    /// The note.
    async fn end(self) -> Result<(), Problem> {
        self.packer.pack(archive::PLACE, cards::write_json(&told(&self.manifest)?)).await?;
        Ok(())
    }

    /// Settings of a model, without their secrets.
    fn settings(&self, choice: &ProviderChoice) -> Result<Value, Problem> {
        let mut settings = told(&provider::shown(choice, self.user, self.house)?)?;
        if let Value::Object(fields) = &mut settings {
            fields.retain(|_, value| !value.is_null() && value.as_str() != Some(secret::MASK));
        }
        Ok(settings)
    }

    /// Something that cannot be written down keeps nothing else in.
    fn leave(&mut self, what: &str, name: &str, problem: Problem) -> Result<(), Problem> {
        if problem.status().is_server_error() {
            return Err(problem);
        }
        let (what, name, why) = (what.to_owned(), name.to_owned(), problem.title().to_owned());
        self.manifest.left_out.push(LeftOut { what, name, why });
        Ok(())
    }
}

impl From<Gone> for Problem {
    fn from(_: Gone) -> Self {
        Self::away("unavailable", "whoever asked for the archive has gone")
    }
}

/// By which file of a card each character is told apart in the lines of a chat.
async fn avatars(transcript: &Transcript, lines: &Bytes) -> Result<Vec<String>, Problem> {
    let lines = lines.clone();
    let read = spawn_blocking(move || cards::chat::read(&lines).ok()).await;
    let read = read.map_err(|panicked| Problem::fault(&panicked))?;
    let turns =
        read.into_iter().flat_map(|file| file.chats).next().map(|chat| chat.turns).unwrap_or_default();
    let mut avatars = BTreeMap::new();
    for (line, turn) in transcript.story().zip(turns) {
        if let (Speaker::Character(character), Some(avatar)) = (line.speaker, turn.speaker.avatar) {
            avatars.insert(character, avatar);
        }
    }
    Ok(transcript.characters.iter().map(|id| avatars.remove(id).unwrap_or_default()).collect())
}

fn told(value: &impl serde::Serialize) -> Result<Value, Problem> {
    serde_json::to_value(value).map_err(|error| Problem::fault(&error))
}

/// The name of a file, without its folder and its extension.
fn stem(place: &str) -> &str {
    let name = place.rsplit_once('/').map_or(place, |(_, name)| name);
    name.rsplit_once('.').map_or(name, |(stem, _)| stem)
}
