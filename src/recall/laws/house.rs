//! A house in memory that takes requests as the real one does: the same rule, and the same commands on the same
//! aggregates; only the log is a list, and whoever is asked answers at once.

use std::collections::BTreeMap;

use domain::{
    Aggregate, Command, Fold, Id, When,
    character::{CharacterId, Standing},
    conversation::{
        AdoptConversation, AdoptedMessage, BranchConversation, CancelReply, Candidate, ChooseVariant,
        CompleteReply, Conversation, ConversationEvent, ConversationId, ConversationRejected, Greeting,
        Manuscript, MessageId, PromptRecord, RegenerateReply, ReplyId, RequestImpersonation, RequestReply,
        SendMessage, Speaker, StartConversation, Transcript,
    },
    user::UserId,
};
use time::OffsetDateTime;
use uuid::Uuid;

use super::nextchat::Request;
use crate::recall::{Asked, Role, Story, Then, Told, Turn, Verdict, Wish, locate, turns};

/// A conversation, and how often it changed.
#[derive(Default, Clone)]
pub(in crate::recall) struct Kept {
    pub(in crate::recall) conversation: Conversation,
    pub(in crate::recall) transcript: Transcript,
    pub(in crate::recall) version: u64,
}

/// What became of a request.
pub(in crate::recall) struct Answered {
    pub(in crate::recall) conversation: ConversationId,
    /// How many messages of the person were written for it.
    pub(in crate::recall) sent: usize,
}

/// The house.
#[derive(Default)]
pub(in crate::recall) struct House {
    pub(in crate::recall) kept: BTreeMap<ConversationId, Kept>,
    counter: u128,
    sequence: u64,
    sent: usize,
}

fn mira() -> UserId {
    Id::new(Uuid::from_u128(1))
}

fn aqua() -> CharacterId {
    Id::new(Uuid::from_u128(10))
}

impl House {
    fn id<Kind>(&mut self) -> Id<Kind> {
        self.counter += 1;
        Id::new(Uuid::from_u128(1_000 + self.counter))
    }

    fn give<C>(&mut self, id: ConversationId, command: &C)
    where
        C: Command<Conversation, Rejection = ConversationRejected>,
    {
        let kept = self.kept.entry(id).or_default();
        let events = command.decide(&kept.conversation).expect("the rules allow what the verdict says");
        for event in events {
            self.sent += usize::from(matches!(event, ConversationEvent::MessageSent(_)));
            self.sequence += 1;
            kept.version = self.sequence;
            kept.conversation.evolve(&event);
            kept.transcript.fold(&event, When { at: OffsetDateTime::UNIX_EPOCH, sequence: self.sequence });
        }
    }

    fn stories(&self) -> Vec<Story> {
        let story = |(id, kept): (&ConversationId, &Kept)| {
            let room = kept.conversation.room().expect("it has begun");
            Story::new(*id, kept.version, &kept.transcript, room, &BTreeMap::new())
        };
        let mut stories: Vec<_> = self.kept.iter().map(story).collect();
        stories.sort_by_key(|story| std::cmp::Reverse(story.version));
        stories
    }

    /// Takes a request; none if it was an errand.
    pub(in crate::recall) fn takes(&mut self, request: &Request, answer: &str) -> Option<Answered> {
        let told =
            request.iter().map(|(role, text)| Told { role: (*role).into(), text: text.clone(), more: false });
        let asked = turns::read(&told.collect::<Vec<_>>()).expect("something is said");
        if matches!(asked.wish, Wish::Errand(_)) {
            return None;
        }
        self.sent = 0;
        let conversation = self.carry_out(&asked, answer);
        Some(Answered { conversation, sent: self.sent })
    }

    fn carry_out(&mut self, asked: &Asked, answer: &str) -> ConversationId {
        let stories = self.stories();
        match locate(&stories, asked) {
            Verdict::Begin { then } => {
                let id = self.begin(&asked.turns);
                self.then(id, then, answer)
            }
            Verdict::GoOn { story, choose, post, then } => {
                let id = stories[story].conversation;
                for (message, variant) in choose {
                    self.give(id, &ChooseVariant { by: mira(), message, variant });
                }
                for text in post {
                    let message = self.id();
                    self.give(id, &SendMessage { by: mira(), message, text, candidates: vec![] });
                }
                self.then(id, then, answer)
            }
            Verdict::Again { story, replies } => {
                let id = stories[story].conversation;
                for instead_of in replies {
                    let reply = self.id();
                    let command = RegenerateReply {
                        by: mira(),
                        instead_of,
                        reply,
                        standing: Standing::Active,
                        dice: 6,
                    };
                    self.give(id, &command);
                    self.give(id, &completion(reply, answer));
                }
                id
            }
            Verdict::Wait { story, replies } => {
                for reply in replies {
                    let command = CancelReply { by: mira(), reply, partial: String::new() };
                    self.give(stories[story].conversation, &command);
                }
                self.carry_out(asked, answer)
            }
            Verdict::Branch { story, keep, choose, add, then } => {
                let id = self.branch(&stories[story], keep, &choose, &add);
                self.then(id, then, answer)
            }
            Verdict::Nothing => unreachable!("nobody asks for another wording here"),
        }
    }

    fn begin(&mut self, turns: &[Turn]) -> ConversationId {
        let id = self.id();
        let words: Vec<_> = turns.iter().filter(|turn| !turn.words.is_empty()).cloned().collect();
        let characters = vec![aqua()];
        if words.len() > 1 || words.iter().any(|turn| turn.role == Role::Person) {
            let messages = words.iter().map(|turn| self.adopted(turn)).collect();
            let manuscript = Manuscript { digest: "a".into(), chat: 0 };
            let (title, persona) = (None, None);
            self.give(
                id,
                &AdoptConversation { owner: mira(), characters, title, persona, manuscript, messages },
            );
            return id;
        }
        let message = self.id();
        let greeting = words.first().map(|turn| Greeting {
            message,
            character: aqua(),
            variants: vec![turn.words.clone()],
            chosen: 0,
        });
        self.give(id, &StartConversation { owner: mira(), characters, title: None, persona: None, greeting });
        id
    }

    fn adopted(&mut self, turn: &Turn) -> AdoptedMessage {
        let message = self.id();
        let speaker = match turn.role {
            Role::Person => Speaker::User(mira()),
            Role::Character => Speaker::Character(aqua()),
        };
        let (variants, at) = (vec![turn.words.clone().into()], OffsetDateTime::UNIX_EPOCH);
        AdoptedMessage {
            message,
            origin: message,
            speaker,
            variants,
            chosen: 0,
            at,
            name: None,
            hidden: false,
        }
    }

    fn branch(
        &mut self,
        story: &Story,
        keep: usize,
        choose: &[(MessageId, u32)],
        add: &[Turn],
    ) -> ConversationId {
        let id = self.id();
        let mut messages = vec![];
        for line in story.before(keep) {
            let chosen =
                choose.iter().find(|(message, _)| *message == line.message).map(|(_, variant)| *variant);
            let message: MessageId = self.id();
            messages.push(AdoptedMessage {
                message,
                origin: line.message,
                speaker: line.speaker,
                variants: line.variants.iter().map(|variant| variant.text.clone().into()).collect(),
                chosen: chosen.unwrap_or_else(|| u32::try_from(line.chosen).expect("few")),
                at: line.at,
                name: None,
                hidden: false,
            });
        }
        messages.extend(add.iter().filter(|turn| !turn.words.is_empty()).map(|turn| self.adopted(turn)));
        let (source, at, characters) = (story.conversation, self.id(), vec![aqua()]);
        let command = BranchConversation {
            owner: mira(),
            source,
            at,
            characters,
            title: None,
            persona: None,
            messages,
        };
        self.give(id, &command);
        id
    }

    fn then(&mut self, id: ConversationId, then: Then, answer: &str) -> ConversationId {
        let candidate = Candidate {
            character: aqua(),
            standing: Standing::Active,
            reply: self.id(),
            message: self.id(),
            dice: 6,
        };
        let reply = candidate.reply;
        match then {
            Then::Say(text) => {
                let message = self.id();
                self.give(id, &SendMessage { by: mira(), message, text, candidates: vec![candidate] });
            }
            Then::Answer => self.give(id, &RequestReply { by: mira(), candidate }),
            Then::Impersonate(instruction) => {
                let Candidate { character, standing, dice, .. } = candidate;
                let by = mira();
                self.give(id, &RequestImpersonation { by, reply, character, standing, dice, instruction });
            }
        }
        self.give(id, &completion(reply, answer));
        id
    }
}

fn completion(reply: ReplyId, text: &str) -> CompleteReply {
    CompleteReply {
        reply,
        text: text.to_owned(),
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
