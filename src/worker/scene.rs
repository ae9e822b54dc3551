//! What a reply needs before it can be said: the prompt, assembled from the log, and the model that is asked.

use std::sync::Arc;

use domain::{
    character::{Character, CharacterId, Sheet},
    commit::Recorded,
    conversation::{ConversationId, PromptRecord, Request, Transcript},
    user::{User, UserId},
};

use super::speech::{Refusal, Trouble};
use crate::{
    house::House,
    personas,
    prompt::{self, Budget, Companion, Part, Player, Prompt, Scene},
    provider::{ChatMessage, Generation, Provider, ProviderSettings, Role},
    provider_choice,
};

/// A reply that is ready to be said.
pub(super) struct Ready {
    pub(super) provider: Arc<dyn Provider>,
    pub(super) generation: Generation,
    pub(super) record: PromptRecord,
}

/// Somebody who takes part, as the log knows them.
struct Cast {
    id: CharacterId,
    sheet: Sheet,
    version: u64,
}

/// Sets the scene of a reply. The inner error is the reply's failure, the outer one the machine's.
pub(super) async fn set(
    house: &House,
    recorded: &Recorded,
    request: &Request,
) -> Result<Result<Ready, Refusal>, Trouble> {
    let conversation = ConversationId::new(recorded.aggregate.id);
    let (owner, company, persona) = house
        .executor
        .look_with::<Transcript, _>(recorded, |folded| {
            let Transcript { owner, characters, persona, .. } = folded.state();
            (*owner, characters.clone(), persona.clone())
        })
        .await?;
    let Some(owner) = owner else { return Ok(Err(Refusal::NobodyThere)) };
    let Some(cast) = cast(house, request.character, &company).await? else {
        return Ok(Err(Refusal::NobodyThere));
    };
    let Some((speaker, others)) = cast.split_first() else { return Ok(Err(Refusal::NobodyThere)) };
    let settings = match settings(house, owner, &speaker.sheet).await? {
        Ok(settings) => settings,
        Err(refusal) => return Ok(Err(refusal)),
    };
    let Ok(provider) = settings.build(&house.providers) else { return Ok(Err(Refusal::BadSettings)) };
    let sampling = settings.sampling();
    let budget = Budget {
        context: house.config.prompt.context_tokens,
        reply: sampling.max_tokens.unwrap_or(house.config.prompt.reply_tokens),
    };
    let player = Player { id: speaker.id, sheet: &speaker.sheet, version: speaker.version };
    let others: Vec<Companion<'_>> = others
        .iter()
        .map(|other| Companion {
            id: other.id,
            name: &other.sheet.profile.description.name,
            version: other.version,
        })
        .collect();
    let counter = match &settings.model {
        Some(model) => house.counter.for_model(model),
        None => house.counter.clone(),
    };
    let now = personas::as_they_are(house, persona.as_ref()).await?;
    let (prompt, user) = house
        .executor
        .look::<Transcript, _>(conversation, |folded| {
            let persona = folded.state().persona.as_ref();
            let persona = persona.map(|taken| Part::of(taken, now.as_ref()));
            let prompt = prompt::assemble(&Scene {
                transcript: folded.state(),
                transcript_at: folded.version(),
                request,
                speaker: player,
                others: &others,
                persona,
                budget,
                counter: &counter,
                system: house.config.prompt.system.as_deref(),
                impersonation: house.config.prompt.impersonation.as_deref(),
                at: recorded.commit.at,
            });
            (prompt, prompt::user_name(persona.map(|part| part.persona)).to_owned())
        })
        .await?;
    let Prompt { messages, record } = match prompt {
        Ok(prompt) => prompt,
        Err(overflow) => return Ok(Err(Refusal::Overflow(overflow))),
    };
    let generation = Generation {
        model: settings.model.clone(),
        messages: messages.into_iter().map(chat_message).collect(),
        sampling,
        character: speaker.sheet.profile.spoken_name().to_owned(),
        user,
    };
    Ok(Ok(Ready { provider, generation, record }))
}

fn chat_message(message: prompt::Message) -> ChatMessage {
    let role = match message.role {
        domain::character::Role::System => Role::System,
        domain::character::Role::User => Role::User,
        domain::character::Role::Assistant => Role::Assistant,
    };
    ChatMessage { role, content: message.content, name: message.name }
}

/// Who takes part, the speaker first. `None` if the speaker is not known.
async fn cast(
    house: &House,
    speaker: CharacterId,
    company: &[CharacterId],
) -> Result<Option<Vec<Cast>>, Trouble> {
    let others = company.iter().filter(|character| **character != speaker);
    let mut cast = vec![];
    for id in std::iter::once(&speaker).chain(others) {
        let known = house
            .executor
            .look::<Character, _>(*id, |folded| folded.state().sheet().cloned().zip(Some(folded.version())))
            .await?;
        match known {
            Some((sheet, version)) => cast.push(Cast { id: *id, sheet, version }),
            None if *id == speaker => return Ok(None),
            None => {}
        }
    }
    Ok(Some(cast))
}

/// The house's settings, with those of the user and of the character laid over them.
async fn settings(
    house: &House,
    owner: UserId,
    speaker: &Sheet,
) -> Result<Result<ProviderSettings, Refusal>, Trouble> {
    let user = house
        .executor
        .look::<User, _>(owner, |folded| folded.state().person().map(|person| person.provider.clone()))
        .await?;
    // Of who was erased no model is told anything.
    let Some(user) = user else { return Ok(Err(Refusal::NobodyThere)) };
    let open = |choice| provider_choice::settings_of(choice, owner, &house.vault);
    let (Ok(user), Ok(character)) = (open(&user), open(&speaker.provider)) else {
        return Ok(Err(Refusal::BadSettings));
    };
    Ok(Ok(ProviderSettings::merge(&house.provider, &user, &character)))
}
