//! What holds for every history: twice is once, rebuilt equals live, and rows say what the rules say.
//!
//! The history is drawn: commands with random arguments, decided by the real rules; what they refuse does not happen.

use domain::{
    Aggregate, Command, Fold, Id, When,
    character::{CharacterRestored, CharacterRetired, Standing as Able, Voice, VoiceRevised},
    conversation::{
        AdoptedMessage, BranchConversation, CancelReply, Candidate, ChooseConversationPersona, ChooseVariant,
        CloseConversation, CompleteReply, Conversation, ConversationId, DeleteMessage, EditMessage,
        FailReply, Fate, Greeting, Heard, Line, MessageId, Persona, PromptRecord, RegenerateReply,
        RenameConversation, ReplyId, RequestImpersonation, SendMessage, Speaker, StartConversation,
        Transcript,
    },
    user::{ApiKeyIssued, UserRegistered},
};
use projections::{
    Standing, apply_batch, begin, conversations,
    page::{Limit, Paging},
    transcripts,
};
use sqlx::PgPool;

use crate::{
    builds::rebuilt,
    lorebooks::Tome,
    personas::Mask,
    server::database,
    story::{EPOCH, Log, aqua, at, bard, created, dump, id, mira, project, when},
};

/// Numbers that look random and are the same each time (Knuth's).
pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    pub(crate) fn below(&mut self, most: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % most
    }

    fn one_of<T: Copy>(&mut self, list: &[T]) -> Option<T> {
        let most = u64::try_from(list.len()).unwrap();
        (most > 0).then(|| list[usize::try_from(self.below(most)).unwrap()])
    }
}

/// A conversation that goes on at random.
pub(crate) struct Talk {
    pub(crate) id: ConversationId,
    state: Conversation,
    pub(crate) transcript: Transcript,
}

impl Talk {
    fn new(number: u128) -> Self {
        Self { id: id(number), state: Conversation::default(), transcript: Transcript::default() }
    }

    fn give(&mut self, log: &mut Log, command: &impl Command<Conversation>) {
        let Ok(events) = command.decide(&self.state) else { return };
        if events.is_empty() {
            return;
        }
        log.tell(self.id, events.clone());
        let sequence = log.end().sequence;
        for event in events {
            self.state.evolve(&event);
            self.transcript.fold(&event, When { sequence, at: when(sequence) });
        }
    }

    fn messages(&self) -> Vec<MessageId> {
        self.transcript.lines.iter().map(|line| line.message).collect()
    }

    fn replies(&self) -> Vec<ReplyId> {
        let proposed = self.transcript.proposals.iter().map(|proposal| proposal.reply);
        self.transcript.replies.keys().copied().chain(proposed).collect()
    }

    fn start(&mut self, log: &mut Log) {
        let greeting = Greeting {
            message: self.id.derive("greeting"),
            character: aqua(),
            variants: vec!["Splash.".into(), "Drip.".into()],
            chosen: 1,
        };
        let (owner, characters) = (mira(), vec![aqua(), bard()]);
        let start =
            StartConversation { owner, characters, title: None, persona: None, greeting: Some(greeting) };
        self.give(log, &start);
    }

    fn branch(&mut self, log: &mut Log, source: &Self) {
        let lines: Vec<_> = source.transcript.story().collect();
        let Some(last) = lines.last() else { return };
        let adopted = |line: &&Line| AdoptedMessage {
            message: self.id.derive(&line.message.to_string()),
            origin: line.message,
            speaker: line.speaker,
            variants: line.variants.iter().map(|variant| variant.text.clone().into()).collect(),
            chosen: u32::try_from(line.chosen).unwrap(),
            at: line.at,
            name: line.name.clone().map(Into::into),
            hidden: line.heard == Heard::ByThePerson,
        };
        let branch = BranchConversation {
            owner: mira(),
            source: source.id,
            at: last.message,
            characters: vec![aqua(), bard()],
            title: Some("Otherwise".into()),
            persona: None,
            messages: lines.iter().map(adopted).collect(),
        };
        self.give(log, &branch);
    }

    fn go_on(&mut self, log: &mut Log, dice: &mut Dice) {
        let step = log.end().sequence;
        let fresh = |what: &str| format!("{what} {step}");
        let some_message = dice.one_of(&self.messages());
        let some_reply = dice.one_of(&self.replies());
        match (dice.below(22), some_message, some_reply) {
            (0..=5, ..) => {
                let candidate = |character: Id<_>| Candidate {
                    character,
                    standing: Able::Active,
                    reply: self.id.derive(&fresh(&format!("reply {character}"))),
                    message: self.id.derive(&fresh(&format!("answer {character}"))),
                    dice: 6,
                };
                let candidates = [aqua(), bard()].map(candidate).into();
                let message = self.id.derive(&fresh("message"));
                self.give(log, &SendMessage { by: mira(), message, text: fresh("Hello"), candidates });
            }
            (6..=10, _, Some(reply)) => self.give(log, &completion(reply, fresh("Hi"))),
            (11, _, Some(reply)) => {
                let (reason, sentence, partial) = ("cut".into(), "The line went dead.".into(), fresh("H"));
                self.give(log, &FailReply { reply, reason, sentence, partial, attempt: 2 });
            }
            (12, _, Some(reply)) => {
                self.give(log, &CancelReply { by: mira(), reply, partial: String::new() });
            }
            (13..=14, _, Some(reply)) => {
                let (instead_of, reply) = (reply, self.id.derive(&fresh("again")));
                let (by, standing, dice) = (mira(), Able::Active, 6);
                self.give(log, &RegenerateReply { by, instead_of, reply, standing, dice });
            }
            (15, Some(message), _) => {
                let variant = u32::try_from(dice.below(3)).unwrap();
                self.give(log, &ChooseVariant { by: mira(), message, variant });
            }
            (16, Some(message), _) => {
                self.give(log, &EditMessage { by: mira(), message, text: fresh("Better") });
            }
            (17, Some(message), _) => self.give(log, &DeleteMessage { by: mira(), message }),
            (18, ..) => self.give(log, &RenameConversation { by: mira(), title: Some(fresh("Title")) }),
            (20, ..) => {
                let captain = Persona { name: fresh("Captain"), ..Persona::default() };
                let persona = (dice.below(2) == 0).then_some(captain);
                self.give(log, &ChooseConversationPersona { by: mira(), persona });
            }
            (21, ..) => {
                let (by, reply, character) = (mira(), self.id.derive(&fresh("proposal")), aqua());
                let (standing, instruction) = (Able::Active, None);
                self.give(
                    log,
                    &RequestImpersonation { by, reply, character, standing, dice: 6, instruction },
                );
            }
            (19, ..) if dice.below(20) == 0 => self.give(log, &CloseConversation { by: mira() }),
            _ => {}
        }
    }
}

fn completion(reply: ReplyId, text: String) -> CompleteReply {
    CompleteReply {
        reply,
        text,
        attempt: 1,
        run: 7,
        prompt: PromptRecord::default(),
        provider: "demo".into(),
        model: None,
        finish: None,
        usage: None,
        took_ms: 12,
    }
}

/// Three conversations, a branch of each, and people, characters, lorebooks and personas in between.
pub(crate) fn history(seed: u64) -> (Log, Vec<Talk>) {
    let (mut log, mut dice) = (Log::default(), Dice(seed));
    log.tell(mira(), [UserRegistered { name: "Mira".into() }.into()]);
    log.tell(aqua(), [created("Aqua").into()]);
    let mut talks: Vec<_> = (30..33).map(Talk::new).collect();
    talks.iter_mut().for_each(|talk| talk.start(&mut log));
    let mut tomes = [Tome::new(40), Tome::new(41)];
    let mut masks = [Mask::new(50), Mask::new(51)];
    for step in 0..250_u128 {
        let which = usize::try_from(dice.below(u64::try_from(talks.len()).unwrap())).unwrap();
        talks[which].go_on(&mut log, &mut dice);
        tomes[which % 2].go_on(&mut log, &mut dice);
        if step % 5 == 0 {
            masks[which % 2].go_on(&mut log, &mut dice);
        }
        if step % 80 == 79 {
            let mut branch = Talk::new(1_000 + step);
            branch.branch(&mut log, &talks[which]);
            talks.push(branch);
        }
        match step % 25 {
            3 => log.tell(aqua(), [CharacterRetired {}.into()]),
            7 => log.tell(aqua(), [CharacterRestored {}.into()]),
            11 => log
                .tell(aqua(), [VoiceRevised { voice: Voice::default().into() }.into(), created("No").into()]),
            19 => {
                let key = ApiKeyIssued {
                    key: id(5_000 + step),
                    hash: "h".into(),
                    label: "a key".into(),
                    rights: Default::default(),
                };
                log.tell(mira(), [key.into()]);
            }
            _ => {}
        }
    }
    (log, talks)
}

pub(crate) async fn one_by_one(pool: &PgPool, log: &Log) {
    for Standing { at: from, projections, .. } in begin(pool, &projections::all(), EPOCH).await.unwrap() {
        let mut from = from;
        for commit in &log.commits {
            let commit = std::slice::from_ref(commit);
            from = apply_batch(pool, &projections, from, commit).await.unwrap().position;
        }
    }
}

#[tokio::test]
async fn twice_is_once() {
    let pool = database().await;
    let (log, _) = history(1);
    project(&pool, &log).await;
    let once = dump(&pool).await;

    let mut connection = pool.acquire().await.unwrap();
    for commit in &log.commits {
        for projection in projections::all() {
            (projection.apply)(&[commit], &mut connection).await.unwrap();
        }
    }
    assert_eq!(dump(&pool).await, once);
}

#[tokio::test]
async fn a_batch_that_is_delivered_again_is_skipped() {
    let pool = database().await;
    let (log, _) = history(2);
    let (first, all) = (Log { commits: log.commits[..100].to_vec(), ..Log::default() }, projections::all());
    project(&pool, &first).await;
    let applied = apply_batch(&pool, &all, at(100), &first.commits).await.unwrap();
    assert_eq!(applied.position, at(100));
    project(&pool, &log).await;

    let straight = database().await;
    project(&straight, &log).await;
    assert_eq!(dump(&pool).await, dump(&straight).await);
}

#[tokio::test]
async fn rebuilt_equals_live() {
    let (log, _) = history(3);
    let (live, built) = (database().await, database().await);
    one_by_one(&live, &log).await;
    project(&built, &log).await;
    let rows = dump(&live).await;
    assert_eq!(dump(&built).await, rows);

    for projection in projections::all() {
        rebuilt(&built, &projection, &log).await;
        assert_eq!(dump(&built).await, rows, "{projection:?}");
    }
}

#[tokio::test]
async fn the_rows_of_a_transcript_say_what_the_rules_say() {
    for seed in [4, 5, 6] {
        let pool = database().await;
        let (log, talks) = history(seed);
        project(&pool, &log).await;
        for talk in &talks {
            assert_eq!(rows(&pool, talk).await, expected(talk), "seed {seed}, conversation {}", talk.id);
            let row = conversations::show(&pool, mira(), talk.id).await.unwrap().unwrap();
            assert_eq!(row.message_count, u64::try_from(talk.transcript.story().count()).unwrap());
            assert_eq!(row.title, talk.transcript.title);
            assert_eq!(
                row.persona,
                talk.transcript.persona.as_ref().map(|it| serde_json::to_value(it).unwrap())
            );
        }
    }
}

type Said =
    (MessageId, Option<uuid::Uuid>, String, Vec<String>, u64, bool, Option<ReplyId>, time::OffsetDateTime);

fn expected(talk: &Talk) -> Vec<Said> {
    let lines = talk.transcript.lines.iter().filter(|line| line.fate == Fate::Standing);
    let said = |line: &Line| {
        let speaker = match line.speaker {
            Speaker::User(user) => Some(user.uuid()),
            Speaker::Character(character) => Some(character.uuid()),
            Speaker::Narrator => None,
        };
        let variants = line.variants.iter().map(|variant| variant.text.clone()).collect();
        let counting = &line.variants[line.chosen];
        let chosen = u64::try_from(line.chosen).unwrap();
        let text = line.text().to_owned();
        (line.message, speaker, text, variants, chosen, counting.finished, counting.reply, line.at)
    };
    lines.map(said).collect()
}

async fn rows(pool: &PgPool, talk: &Talk) -> Vec<Said> {
    let (mut said, mut after) = (vec![], None);
    loop {
        let paging = Paging { limit: Limit::try_new(7).unwrap(), after };
        let page = transcripts::list(pool, mira(), talk.id, paging).await.unwrap().unwrap();
        said.extend(page.items.into_iter().map(|row| {
            let chosen = (row.chosen, row.finished, row.reply_id);
            let (chosen, finished, reply) = chosen;
            (row.id, row.speaker.id, row.text, row.variants, chosen, finished, reply, row.created_at)
        }));
        let Some(cursor) = page.next_cursor else { break };
        after = Some(cursor.parse().unwrap());
    }
    said.reverse();
    said
}
