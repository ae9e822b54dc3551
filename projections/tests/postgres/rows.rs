//! Given events, then rows.

use domain::{
    character::{
        Appearance, AppearanceRevised, CharacterImported, CharacterProviderChosen, CharacterRestored,
        CharacterRetired, Description, DescriptionRevised, Greetings, GreetingsRevised, Instructions,
        InstructionsRevised, Original, Personality, PersonalityRevised, Voice, VoiceRevised,
    },
    conversation::{
        AdoptedMessage, CharacterGreeted, ConversationAdopted, ConversationBranched, ConversationClosed,
        ConversationRenamed, HistoryAdopted, Manuscript, MessageDeleted, MessageEdited, Persona,
        ReplyCancelled, ReplyFailed, Speaker, VariantChosen,
    },
    provider::ProviderChoice,
    user::{ApiKeyIssued, ApiKeyRevoked, UserProviderChosen, UserRegistered},
};
use projections::{
    character_interactions::{self, InteractionType},
    characters, conversations,
    page::Paging,
    replies::{self, Stage},
    transcripts::{self, MessageRow, SpeakerKind},
    users,
};
use serde_json::json;
use sqlx::PgPool;

use crate::{
    server::database,
    story::{
        Log, aqua, at, bard, completed, created, id, impersonation, mira, profile, project, requested,
        requested_as, sent, started, talk, vlad, when,
    },
};

fn provider() -> ProviderChoice {
    ProviderChoice {
        settings: [("model".to_owned(), "parrot".to_owned())].into(),
        sealed: Some("sealed".into()),
    }
}

async fn transcript(pool: &PgPool) -> Vec<MessageRow> {
    let page = transcripts::list(pool, mira(), talk(), Paging::default()).await.unwrap().unwrap();
    page.items.into_iter().rev().collect()
}

#[tokio::test]
async fn a_person_has_a_name_keys_and_settings_but_no_secrets() {
    let pool = database().await;
    let mut log = Log::default();
    log.tell(mira(), [UserRegistered { name: "Mira".into() }.into()]);
    for (key, label) in [(100, "laptop"), (101, "phone")] {
        let issued = ApiKeyIssued {
            key: id(key),
            hash: "5ecret".into(),
            label: label.into(),
            rights: Default::default(),
        };
        log.tell(mira(), [issued.into()]);
    }
    log.tell(mira(), [ApiKeyRevoked { key: id(100) }.into()]);
    log.tell(mira(), [UserProviderChosen { provider: provider().into() }.into()]);
    project(&pool, &log).await;

    let row = users::show(&pool, mira()).await.unwrap().unwrap();
    assert_eq!((row.name.as_str(), row.version), ("Mira", 5));
    assert_eq!((row.created_at, row.updated_at), (when(1), when(5)));
    assert_eq!(row.provider, json!({ "model": "parrot" }));
    let keys = users::keys(&pool, mira()).await.unwrap();
    let keys: Vec<_> = keys.iter().map(|key| (key.label.as_str(), key.revoked_at)).collect();
    assert_eq!(keys, [("phone", None), ("laptop", Some(when(4)))]);
}

#[tokio::test]
async fn an_imported_character_fills_the_columns_of_the_specification() {
    let pool = database().await;
    let mut log = Log::default();
    let original = Original {
        digest: "cd34".into(),
        media_type: "image/png".into(),
        spec: "chara_card_v2".into(),
        size: 9,
    };
    log.tell(
        aqua(),
        [CharacterImported {
            owner: mira(),
            profile: Box::new(profile("Aqua")).into(),
            original: original.into(),
        }
        .into()],
    );
    project(&pool, &log).await;

    let row = characters::show(&pool, mira(), aqua()).await.unwrap().unwrap();
    assert_eq!((row.name.as_str(), row.description.as_str()), ("Aqua", "Lives in a well."));
    assert_eq!(row.personality_data["summary"], "cheerful");
    assert_eq!(row.scenario_data, json!({ "scenario": "At the well." }));
    assert_eq!(row.memory_data, json!({}));
    assert_eq!(row.profile, serde_json::to_value(profile("Aqua")).unwrap());
    assert_eq!(row.avatar_url.unwrap(), format!("/api/v1/characters/{}/avatar?v=ab12", aqua()));
    assert_eq!((row.avatar_digest.as_deref(), row.original_digest.as_deref()), (Some("ab12"), Some("cd34")));
    assert!(row.is_active);
    assert_eq!(characters::show(&pool, vlad(), aqua()).await.unwrap(), None);
}

#[tokio::test]
async fn a_character_is_revised_part_by_part() {
    let pool = database().await;
    let mut log = Log::default();
    log.tell(aqua(), [created("Aqua").into()]);
    let description =
        Description { name: "Aqua II".into(), tags: vec!["sea".into()], ..Description::default() };
    let personality = Personality { summary: "grim".into(), ..Personality::default() };
    let greetings = Greetings { solo: vec!["Drip.".into()], group: vec![] };
    let instructions = Instructions { system: "Speak.".into(), ..Instructions::default() };
    let voice = Voice { provider: Some("bells".into()), ..Voice::default() };
    let revised = vec![
        DescriptionRevised { description: description.clone().into() }.into(),
        PersonalityRevised { personality: personality.clone().into() }.into(),
        GreetingsRevised { greetings: greetings.clone().into() }.into(),
        InstructionsRevised { instructions: instructions.clone().into() }.into(),
        AppearanceRevised { appearance: Appearance::default().into() }.into(),
        VoiceRevised { voice: voice.clone().into() }.into(),
        CharacterProviderChosen { provider: provider().into() }.into(),
        CharacterRetired {}.into(),
    ];
    log.tell(aqua(), revised);
    project(&pool, &log).await;

    let row = characters::show(&pool, mira(), aqua()).await.unwrap().unwrap();
    let whole = json!({
        "description": description, "personality": personality, "greetings": greetings,
        "instructions": instructions, "appearance": Appearance::default(), "voice": voice,
    });
    assert_eq!(row.profile, whole);
    assert_eq!((row.name.as_str(), row.tags), ("Aqua II", vec!["sea".to_owned()]));
    assert_eq!(
        (row.personality_data["summary"].clone(), row.voice_settings["provider"].clone()),
        (json!("grim"), json!("bells"))
    );
    assert_eq!((row.avatar_url, row.avatar_digest, row.is_active, row.version), (None, None, false, 2));
    assert_eq!(row.provider, json!({ "model": "parrot" }));
}

#[tokio::test]
async fn a_retired_character_comes_back() {
    let pool = database().await;
    let mut log = Log::default();
    log.tell(aqua(), [created("Aqua").into()]);
    log.tell(aqua(), [CharacterRetired {}.into()]);
    log.tell(aqua(), [CharacterRestored {}.into()]);
    project(&pool, &log).await;
    assert!(characters::show(&pool, mira(), aqua()).await.unwrap().unwrap().is_active);
}

#[tokio::test]
async fn a_message_and_its_reply_are_a_transcript_a_reply_and_an_interaction() {
    let pool = database().await;
    let mut log = Log::talk([started()]);
    log.tell(talk(), [sent(60, "Hello"), requested(70, Some(60))]);
    project(&pool, &log).await;

    let reply = replies::find(&pool, id(70)).await.unwrap().unwrap();
    assert_eq!((reply.stage, reply.user_id, reply.text), (Stage::Requested, mira(), None));
    let open = character_interactions::list(&pool, mira(), aqua(), Paging::default()).await.unwrap();
    assert_eq!(open.items[0].message.as_deref(), Some("Hello"));
    assert_eq!(open.items[0].response, None);

    log.tell(talk(), [completed(70, "Hi")]);
    project(&pool, &log).await;

    let lines = transcript(&pool).await;
    let texts: Vec<_> = lines.iter().map(|line| (line.ordinal, line.text.as_str())).collect();
    assert_eq!(texts, [(0, "Hello"), (1, "Hi")]);
    assert_eq!((lines[1].id, lines[1].speaker.id), (id(570), Some(aqua().uuid())));
    assert_eq!((lines[1].reply_id, lines[1].finished), (Some(id(70)), true));
    let reply = replies::find(&pool, id(70)).await.unwrap().unwrap();
    assert_eq!(
        (reply.stage, reply.conversation_id, reply.text.as_deref()),
        (Stage::Completed, talk(), Some("Hi"))
    );
    assert_eq!((reply.run, reply.variant, reply.ended_sequence), (Some(7), Some(0), Some(3)));
    let done = character_interactions::list(&pool, mira(), aqua(), Paging::default()).await.unwrap();
    let row = &done.items[0];
    assert_eq!((row.response.as_deref(), row.interaction_type), (Some("Hi"), InteractionType::Message));
    assert_eq!(
        (row.context_data["prompt"]["hash"].clone(), row.context_data["model"].clone()),
        (json!("c0ffee"), json!("parrot"))
    );
    assert_eq!(row.context_data["conversation"], json!(talk()));
    let row = conversations::show(&pool, mira(), talk()).await.unwrap().unwrap();
    assert_eq!((row.message_count, row.last_message_at, row.version), (2, Some(when(3)), 3));
}

#[tokio::test]
async fn another_try_is_a_variant_that_counts_until_another_is_chosen() {
    let pool = database().await;
    let mut log = Log::talk([
        started(),
        sent(60, "Hello"),
        requested(70, Some(60)),
        completed(70, "Hi"),
        requested_as(71, 570, Some(60)),
        completed(71, "Hey"),
    ]);
    project(&pool, &log).await;
    let line = transcript(&pool).await.remove(1);
    assert_eq!((line.text.as_str(), line.chosen, line.variants), ("Hey", 1, vec!["Hi".into(), "Hey".into()]));

    log.tell(talk(), [VariantChosen { message: id(570), variant: 0 }.into()]);
    project(&pool, &log).await;
    let line = transcript(&pool).await.remove(1);
    assert_eq!((line.text.as_str(), line.chosen, line.reply_id), ("Hi", 0, Some(id(70))));
    let page = character_interactions::list(&pool, mira(), aqua(), Paging::default()).await.unwrap();
    assert_eq!(page.items[0].interaction_type, InteractionType::Regenerate);
    assert_eq!(page.items[0].message.as_deref(), Some("Hello"));
}

#[tokio::test]
async fn a_reply_that_ends_early_leaves_what_it_said() {
    let pool = database().await;
    let failed = ReplyFailed {
        reply: id(70),
        reason: "unreachable".into(),
        sentence: "The model cannot be reached.".into(),
        partial: Some("Hi, I".into()),
        attempt: 2,
    };
    let log = Log::talk([
        started(),
        requested(70, None),
        failed.into(),
        requested(71, None),
        ReplyCancelled { reply: id(71), partial: None }.into(),
    ]);
    project(&pool, &log).await;

    let lines = transcript(&pool).await;
    assert_eq!(lines.len(), 1);
    assert_eq!((lines[0].text.as_str(), lines[0].finished), ("Hi, I", false));
    let failed = replies::find(&pool, id(70)).await.unwrap().unwrap();
    assert_eq!(
        (failed.stage, failed.reason.as_deref(), failed.attempt),
        (Stage::Failed, Some("unreachable"), Some(2))
    );
    assert_eq!(failed.sentence.as_deref(), Some("The model cannot be reached."));
    let cancelled = replies::find(&pool, id(71)).await.unwrap().unwrap();
    assert_eq!((cancelled.stage, cancelled.variant, cancelled.text), (Stage::Cancelled, None, None));
    let page = character_interactions::list(&pool, mira(), aqua(), Paging::default()).await.unwrap();
    let kinds: Vec<_> =
        page.items.iter().map(|row| (row.interaction_type, row.response.as_deref())).collect();
    assert_eq!(kinds, [(InteractionType::Opening, None), (InteractionType::Opening, Some("Hi, I"))]);
}

#[tokio::test]
async fn what_is_proposed_to_the_person_is_kept_beside_the_story() {
    let pool = database().await;
    let mut log =
        Log::talk([started(), sent(60, "Hello"), impersonation(80, Some(60)), completed(80, "I go")]);
    project(&pool, &log).await;
    log.tell(talk(), [impersonation(81, Some(60))]);
    log.tell(talk(), [ReplyCancelled { reply: id(81), partial: Some("I s".into()) }.into()]);
    project(&pool, &log).await;

    let proposed = replies::find(&pool, id(80)).await.unwrap().unwrap();
    assert_eq!(
        (proposed.stage, proposed.text.as_deref(), proposed.run),
        (Stage::Completed, Some("I go"), Some(7))
    );
    assert_eq!((proposed.message_id, proposed.turn_message_id, proposed.variant), (None, Some(id(60)), None));
    let stopped = replies::find(&pool, id(81)).await.unwrap().unwrap();
    assert_eq!((stopped.stage, stopped.text.as_deref()), (Stage::Cancelled, Some("I s")));
    assert_eq!(transcript(&pool).await.len(), 1);
    let row = conversations::show(&pool, mira(), talk()).await.unwrap().unwrap();
    assert_eq!(row.message_count, 1);
    let interactions = character_interactions::list(&pool, mira(), aqua(), Paging::default()).await.unwrap();
    assert_eq!(interactions.items, vec![]);
    let company = [aqua(), bard()];
    let found = projections::prints::proposed(&pool, mira(), &company).await.unwrap();
    assert_eq!(found, [(talk(), row.version)]);
    assert_eq!(projections::prints::proposed(&pool, mira(), &company[..1]).await.unwrap(), []);
}

#[tokio::test]
async fn a_greeting_has_all_its_variants() {
    let pool = database().await;
    let greeted = CharacterGreeted {
        message: id(50),
        character: aqua(),
        variants: vec!["Splash.".into(), "Drip.".into()],
        chosen: 1,
    };
    let mut log = Log::default();
    log.tell(talk(), [started(), greeted.into()]);
    project(&pool, &log).await;
    let line = transcript(&pool).await.remove(0);
    assert_eq!((line.text.as_str(), line.variants.len()), ("Drip.", 2));
    let page = character_interactions::list(&pool, mira(), aqua(), Paging::default()).await.unwrap();
    let row = &page.items[0];
    assert_eq!((row.interaction_type, row.message.as_deref()), (InteractionType::Greeting, None));
    assert_eq!(row.response.as_deref(), Some("Drip."));
}

#[tokio::test]
async fn an_edited_message_says_something_else_and_a_deleted_one_nothing() {
    let pool = database().await;
    let log = Log::talk([
        started(),
        sent(60, "Helo"),
        sent(61, "Oops"),
        MessageEdited { message: id(60), text: "Hello".into() }.into(),
        MessageDeleted { message: id(61) }.into(),
    ]);
    project(&pool, &log).await;
    let lines = transcript(&pool).await;
    assert_eq!(lines.len(), 1);
    assert_eq!((lines[0].text.as_str(), lines[0].edited_at), ("Hello", Some(when(4))));
    let row = conversations::show(&pool, mira(), talk()).await.unwrap().unwrap();
    assert_eq!((row.message_count, row.version), (1, 5));
}

#[tokio::test]
async fn a_branch_counts_what_it_took_in_before_it_began() {
    let pool = database().await;
    let adopted = |message: u128, speaker, variants: &[&str]| AdoptedMessage {
        message: id(message),
        origin: id(message + 1_000),
        speaker,
        variants: variants.iter().map(|text| (*text).into()).collect(),
        chosen: u32::try_from(variants.len() - 1).unwrap(),
        at: when(0),
        name: None,
        hidden: false,
    };
    let branched = ConversationBranched {
        owner: mira(),
        source: id(31),
        at: id(1_061),
        characters: vec![aqua()],
        title: None,
        persona: Some(Persona { name: "Mira".into(), ..Persona::default() }.into()),
    };
    let mut log = Log::default();
    let first = adopted(60, Speaker::User(mira()), &["Hello"]);
    log.tell(talk(), [HistoryAdopted { owner: mira(), messages: vec![first] }.into()]);
    let rest = vec![
        adopted(61, Speaker::Character(aqua()), &["Hi", "Hey"]),
        adopted(62, Speaker::User(mira()), &["And?"]),
    ];
    log.tell(talk(), [branched.into(), HistoryAdopted { owner: mira(), messages: rest }.into()]);
    project(&pool, &log).await;

    let lines = transcript(&pool).await;
    let texts: Vec<_> = lines.iter().map(|line| (line.ordinal, line.text.as_str())).collect();
    assert_eq!(texts, [(0, "Hello"), (1, "Hey"), (2, "And?")]);
    let row = conversations::show(&pool, mira(), talk()).await.unwrap().unwrap();
    assert_eq!((row.message_count, row.last_message_at), (3, Some(when(0))));
    assert_eq!(row.branched_from.unwrap()["message"], json!(id::<()>(1_061)));
    assert_eq!(row.persona.unwrap()["name"], "Mira");
}

#[tokio::test]
async fn what_was_said_elsewhere_keeps_its_names_and_what_is_hidden_says_so() {
    let pool = database().await;
    let message = |message: u128, speaker, name: Option<&str>, hidden| AdoptedMessage {
        message: id(message),
        origin: id(message),
        speaker,
        variants: vec!["It rains.".into()],
        chosen: 0,
        at: when(0),
        name: name.map(Into::into),
        hidden,
    };
    let adopted = ConversationAdopted {
        owner: mira(),
        characters: vec![aqua()],
        title: Some("By the sea".into()),
        persona: None,
        manuscript: Manuscript { digest: "ee55".into(), chat: 0 }.into(),
    };
    let messages = vec![
        message(60, Speaker::Narrator, Some("The weather"), true),
        message(61, Speaker::Character(aqua()), None, false),
    ];
    let mut log = Log::default();
    log.tell(talk(), [adopted.into(), HistoryAdopted { owner: mira(), messages }.into()]);
    project(&pool, &log).await;

    let lines = transcript(&pool).await;
    let told: Vec<_> = lines
        .iter()
        .map(|line| (line.speaker.kind, line.speaker.id, line.speaker.name.as_deref(), line.hidden))
        .collect();
    assert_eq!(
        told,
        [
            (SpeakerKind::Narrator, None, Some("The weather"), true),
            (SpeakerKind::Character, Some(aqua().uuid()), None, false),
        ]
    );
    let row = conversations::show(&pool, mira(), talk()).await.unwrap().unwrap();
    assert_eq!((row.title.as_deref(), row.message_count), (Some("By the sea"), 2));
}

#[tokio::test]
async fn a_conversation_is_renamed_and_closed() {
    let pool = database().await;
    let log = Log::talk([
        started(),
        ConversationRenamed { title: Some("At the well".into()) }.into(),
        ConversationClosed {}.into(),
    ]);
    project(&pool, &log).await;
    let row = conversations::show(&pool, mira(), talk()).await.unwrap().unwrap();
    assert_eq!((row.title.as_deref(), row.status), (Some("At the well"), conversations::Status::Closed));
}

#[tokio::test]
async fn somebody_elses_conversation_is_answered_like_an_unknown_one() {
    let pool = database().await;
    project(&pool, &Log::talk([started(), sent(60, "Hello")])).await;
    assert_eq!(transcripts::list(&pool, vlad(), talk(), Paging::default()).await.unwrap(), None);
    assert_eq!(transcripts::list(&pool, mira(), id(31), Paging::default()).await.unwrap(), None);
    assert_eq!(conversations::show(&pool, vlad(), talk()).await.unwrap(), None);
    assert_eq!(replies::find(&pool, id(70)).await.unwrap(), None);
    let home = transcripts::conversation_of(&pool, id(60)).await.unwrap();
    assert_eq!(home, Some((talk(), mira())));
    assert_eq!(transcripts::conversation_of(&pool, id(61)).await.unwrap(), None);
}

#[tokio::test]
async fn what_postgres_cannot_hold_does_not_park_anybody() {
    let pool = database().await;
    let mut log = Log::talk([started(), sent(60, "a\0b"), requested(70, Some(60)), completed(70, "\0")]);
    log.tell(aqua(), [created("A\0qua").into()]);
    project(&pool, &log).await;
    let lines = transcript(&pool).await;
    assert_eq!((lines[0].text.as_str(), lines[1].text.as_str()), ("a\u{FFFD}b", "\u{FFFD}"));
    let row = characters::show(&pool, mira(), aqua()).await.unwrap().unwrap();
    assert_eq!((row.name.as_str(), row.version), ("A\u{FFFD}qua", at(5).sequence));
    assert_eq!(row.profile["description"]["name"], "A\u{FFFD}qua");
}
