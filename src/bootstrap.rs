//! The first minutes of a house: its owner, their key, a first character to talk with, and the words that say so.
//!
//! All of it can be repeated at every start: ids follow from names, so what is here already is not made twice.

use std::{fs, io::Write, net::SocketAddr};

use domain::{
    character::{Character, CharacterId, ImportCharacter, NewRejected, Profile},
    commit::CommandTag,
    conversation::{Conversation, ConversationId, ConversationRejected, Greeting, StartConversation},
    user::{IssueApiKey, IssueApiKeyRejected, RegisterUser, RegisterUserRejected, Rights, User, UserId},
};
use nats::{LoadError, ObjectError};
use uuid::Uuid;

use crate::{
    api::auth::Caller,
    config::{Config, ProviderKind},
    execute::{Envelope, ExecuteError},
    house::House,
    import::card::{ReadError, read_card},
    key::{self, Shown},
    prompt,
    secret::Secret,
    stamp,
    start::{StartError, write_private},
};

/// The character that comes with the house, drawn and written by us.
const FIRST_CHARACTER: &[u8] = include_bytes!("../assets/first-character.png");
/// Under which the ids of users follow from their names, where a command line knows only names.
const USERS: Uuid = Uuid::from_u128(0x6f1e_21a5_3c0b_4d0f_9a77_1d5a_1e58_0b01);

/// Where the owner's key is kept.
const OWNER_KEY: &str = "owner.key";

/// The owner and their key.
pub struct Owner {
    /// Who they are.
    pub user: UserId,
    /// The key that opens the house for them.
    pub key: Secret,
}

/// Why the house cannot be made ready.
#[derive(Debug, thiserror::Error)]
pub enum BootstrapError {
    /// The owner's key cannot be kept.
    #[error("the owner's key cannot be kept")]
    KeyFile(#[source] Box<StartError>),
    /// The log cannot be read.
    #[error(transparent)]
    Load(#[from] LoadError),
    /// The user was not registered.
    #[error("the user cannot be registered")]
    Register(#[from] ExecuteError<RegisterUserRejected>),
    /// The key was not issued.
    #[error("the key cannot be issued")]
    Issue(#[from] ExecuteError<IssueApiKeyRejected>),
    /// The first character was not taken in.
    #[error("the first character cannot be taken in")]
    Import(#[from] ExecuteError<NewRejected>),
    /// The first conversation was not begun.
    #[error("the first conversation cannot be begun")]
    Start(#[from] ExecuteError<ConversationRejected>),
    /// The first character's card cannot be read.
    #[error("the first character's card cannot be read")]
    Card(#[from] ReadError),
    /// The first character's picture cannot be kept.
    #[error("the first character's picture cannot be kept")]
    Objects(#[from] ObjectError),
}

/// The owner: the one whose key lies in the data folder, or a new one.
pub async fn owner(house: &House) -> Result<Owner, BootstrapError> {
    let file = house.config.data.join(OWNER_KEY);
    if let Some((owner, shown)) = fs::read_to_string(&file).ok().and_then(|text| kept(text.trim()))
        && is_valid(house, &shown).await?
    {
        return Ok(owner);
    }
    let user = stamp::id();
    let key = register(house, user, &house.config.owner, "owner", Rights::default()).await?;
    let kept = write_private(&file, key.expose().as_bytes());
    kept.map_err(|error| BootstrapError::KeyFile(Box::new(error)))?;
    Ok(Owner { user, key })
}

/// Whose key lies in the data folder, if there is one.
pub async fn owner_of(config: &Config) -> Option<UserId> {
    let text = tokio::fs::read_to_string(config.data.join(OWNER_KEY)).await.ok()?;
    kept(text.trim()).map(|(owner, _)| owner.user)
}

fn kept(text: &str) -> Option<(Owner, Shown)> {
    let shown = key::parse(text).ok()?;
    Some((Owner { user: shown.user, key: Secret::new(text) }, shown))
}

async fn is_valid(house: &House, key: &Shown) -> Result<bool, LoadError> {
    house.executor.look::<User, _>(key.user, |folded| folded.state().key_of(&key.hash).is_some()).await
}

/// A key for the user of this name, who is registered if nobody of this name was by this way before.
pub async fn key_for(
    house: &House,
    name: &str,
    label: &str,
    rights: Rights,
) -> Result<Secret, BootstrapError> {
    let mut user = UserId::new(Uuid::new_v5(&USERS, name.as_bytes()));
    // Who was erased does not come back; somebody else may be called the same.
    while house.executor.look::<User, _>(user, |folded| *folded.state() == User::Erased).await? {
        user = user.derive("the next");
    }
    register(house, user, name, label, rights).await
}

async fn register(
    house: &House,
    user: UserId,
    name: &str,
    label: &str,
    rights: Rights,
) -> Result<Secret, BootstrapError> {
    let envelope = || Envelope::from_house(stamp::id());
    house.executor.execute(user, &RegisterUser { name: name.to_owned() }, &envelope()).await?;
    let (key, hash) = key::mint(user);
    let issue = IssueApiKey { key: stamp::id(), hash, label: label.to_owned(), rights };
    house.executor.execute(user, &issue, &envelope()).await?;
    Ok(key)
}

/// Takes the first character in, once.
pub async fn first_character(house: &House, owner: UserId) -> Result<CharacterId, BootstrapError> {
    let id: CharacterId = owner.derive("first character");
    let is_here = house.executor.look::<Character, _>(id, |folded| folded.state().sheet().is_some()).await?;
    if is_here {
        return Ok(id);
    }
    let read = read_card(FIRST_CHARACTER)?;
    let (profile, original) = (read.profile.clone(), read.original.clone());
    read.keep(&house.objects, owner).await?;
    let import = ImportCharacter { owner, profile, original };
    house.executor.execute(id, &import, &Envelope::from_house(id.derive::<CommandTag>("import"))).await?;
    Ok(id)
}

/// A conversation with the first character: the last one that was begun here, or a new one if that is closed.
pub async fn first_conversation(
    house: &House,
    owner: UserId,
    character: CharacterId,
) -> Result<ConversationId, BootstrapError> {
    let mut id: ConversationId = owner.derive("first conversation");
    loop {
        let state = house.executor.look::<Conversation, _>(id, |folded| folded.state().clone()).await?;
        match state {
            Conversation::Open(_) => return Ok(id),
            Conversation::Closed(_) | Conversation::Gathering { .. } => id = id.derive("the next"),
            Conversation::Unknown => break,
        }
    }
    let greeting = greeting(house, id, character).await?;
    let title = Some("The first evening".to_owned());
    let start = StartConversation { owner, characters: vec![character], title, persona: None, greeting };
    house.executor.execute(id, &start, &Envelope::from_house(id.derive::<CommandTag>("start"))).await?;
    Ok(id)
}

async fn greeting(
    house: &House,
    conversation: ConversationId,
    character: CharacterId,
) -> Result<Option<Greeting>, BootstrapError> {
    let profile = house
        .executor
        .look::<Character, _>(character, |folded| folded.state().sheet().map(|sheet| sheet.profile.clone()))
        .await?;
    let variants = profile.map(|profile| greetings(&profile));
    let variants = variants.filter(|variants| !variants.is_empty());
    let message = conversation.derive("greeting");
    Ok(variants.map(|variants| Greeting { message, character, variants, chosen: 0 }))
}

/// The greetings of a character, as they are said to somebody who has not said who they are.
fn greetings(profile: &Profile) -> Vec<String> {
    let company = [profile.spoken_name()];
    let expand =
        |text: &String| prompt::expand_greeting(text, profile, None, &company, stamp::dice(), stamp::now());
    profile.greetings.solo.iter().map(expand).collect()
}

/// The word of a link that logs the owner in, once.
async fn link(house: &House, owner: &Owner) -> Result<Secret, LoadError> {
    let caller = Caller::of_key(house, owner.key.expose()).await?;
    Ok(caller.map(|caller| house.door.link(caller.user, caller.key)).unwrap_or_default())
}

/// Says what runs where, and how to begin.
pub async fn banner(
    house: &House,
    address: SocketAddr,
    owner: &Owner,
    conversation: ConversationId,
) -> Result<(), LoadError> {
    let (url, key) = (format!("http://{address}"), owner.key.expose());
    let link = link(house, owner).await?;
    let link = link.expose();
    let provider = house.config.house_provider().ok().and_then(|settings| settings.kind);
    let provider = match provider {
        Some(ProviderKind::SillyTavern) => "SillyTavern",
        Some(ProviderKind::OpenAi) => "an OpenAI-compatible endpoint",
        Some(ProviderKind::Demo) | None => "the built-in demo (no model; see README to set one)",
    };
    let data = house.config.data.display();
    let text = format!(
        "
Innkeeper is open.

  the house     {url}
  log in        {url}/login?once={link}  (this link works once, within a day)
  try the API   {url}/api/docs
  your key      {key}
  kept in       {data}
  replies from  {provider}

Talk with the first character:

  curl -N {url}/api/v1/conversations/{conversation}/messages -H 'Authorization: Bearer {key}' \\
       -H 'Accept: text/event-stream' -H 'Content-Type: application/json' -d '{{\"text\":\"Good evening!\"}}'

Ctrl-C closes the house; everything that was said stays.
"
    );
    let _ = std::io::stdout().write_all(text.as_bytes());
    Ok(())
}
