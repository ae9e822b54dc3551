//! Prints: by which words a message is known, for clients that know their conversations by nothing else.
//!
//! A print is a digest of the words of one wording, normalised so that what a client does to line ends and blanks changes
//! nothing. A print stays when its message is deleted: whoever finds a conversation here reads it before believing it.

use std::borrow::Cow;

use domain::{
    character::CharacterId,
    conversation::{
        CharacterGreeted, ConversationEvent, ConversationId, HistoryAdopted, MessageEdited, MessageId,
        MessageSent, ReplyId,
    },
    user::UserId,
};
use sha2::{Digest, Sha256};
use sqlx::{PgConnection, PgPool, types::Uuid};

use crate::{moment::Moment, sql};

/// As many conversations as a request may mean.
const MOST: i64 = 16;

/// What words are known by.
pub type Print = [u8; 32];

/// Words as they are compared: without blanks around them, with one kind of line end.
pub fn normal(words: &str) -> Cow<'_, str> {
    let words = words.trim();
    if words.contains('\r') {
        Cow::Owned(words.replace("\r\n", "\n").replace('\r', "\n"))
    } else {
        words.into()
    }
}

/// The print of these words.
pub fn print(words: &str) -> Print {
    Sha256::digest(normal(words).as_bytes()).into()
}

pub(crate) async fn apply(
    event: &ConversationEvent,
    moment: Moment,
    tx: &mut PgConnection,
) -> Result<(), sqlx::Error> {
    let mut wordings = Wordings::default();
    match event {
        ConversationEvent::HistoryAdopted(HistoryAdopted { messages }) => {
            messages.iter().for_each(|message| wordings.add(message.message, &message.variants));
            said(tx, moment, wordings).await
        }
        ConversationEvent::CharacterGreeted(CharacterGreeted { message, variants, .. }) => {
            wordings.add(*message, variants);
            said(tx, moment, wordings).await
        }
        ConversationEvent::MessageSent(MessageSent { message, text, .. }) => {
            wordings.add(*message, std::slice::from_ref(text));
            said(tx, moment, wordings).await
        }
        ConversationEvent::ReplyCompleted(event) => landed(tx, moment, event.reply, &event.text).await,
        ConversationEvent::ReplyFailed(event) => landed(tx, moment, event.reply, &event.partial).await,
        ConversationEvent::ReplyCancelled(event) => landed(tx, moment, event.reply, &event.partial).await,
        ConversationEvent::MessageEdited(event) => edited(tx, moment, event).await,
        ConversationEvent::ConversationStarted(_)
        | ConversationEvent::ConversationBranched(_)
        | ConversationEvent::ConversationAdopted(_)
        | ConversationEvent::ReplyRequested(_)
        | ConversationEvent::VariantChosen(_)
        | ConversationEvent::MessageDeleted(_)
        | ConversationEvent::ConversationRenamed(_)
        | ConversationEvent::ConversationClosed(_) => Ok(()),
    }
}

/// Wordings of messages, and their prints.
#[derive(Default)]
struct Wordings {
    messages: Vec<Uuid>,
    variants: Vec<i64>,
    prints: Vec<Vec<u8>>,
}

impl Wordings {
    fn add(&mut self, message: MessageId, variants: &[String]) {
        for (variant, words) in (0..).zip(variants) {
            self.messages.push(message.uuid());
            self.variants.push(variant);
            self.prints.push(print(words).to_vec());
        }
    }
}

/// The prints of whole messages. A history may come before the conversation that it belongs to.
async fn said(tx: &mut PgConnection, moment: Moment, wordings: Wordings) -> Result<(), sqlx::Error> {
    sqlx::query(
        "insert into prints (message_id, variant, conversation_id, print)
         select message_id, variant, $1, print
         from unnest($2::uuid[], $3::bigint[], $4::bytea[]) as wording (message_id, variant, print)
         on conflict (message_id, variant) do nothing",
    )
    .bind(moment.id)
    .bind(wordings.messages)
    .bind(wordings.variants)
    .bind(wordings.prints)
    .execute(tx)
    .await?;
    Ok(())
}

/// The print of what a reply brought, if it brought anything.
async fn landed(
    tx: &mut PgConnection,
    moment: Moment,
    reply: ReplyId,
    words: &str,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "insert into prints (message_id, variant, conversation_id, print)
         select message_id, variant, $1, $3
         from message_variants
         where reply_id = $2
         on conflict (message_id, variant) do nothing",
    )
    .bind(moment.id)
    .bind(reply.uuid())
    .bind(print(words).to_vec())
    .execute(tx)
    .await?;
    Ok(())
}

/// The new words take the place of all that were there.
async fn edited(
    tx: &mut PgConnection,
    moment: Moment,
    MessageEdited { message, text }: &MessageEdited,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "with edited as (
             select id
             from messages
             where conversation_id = $1
               and id = $3
               and version <= $2
         ), gone as (
             delete from prints
             using edited
             where message_id = edited.id
               and variant > 0
         )
         update prints
         set print = $4
         from edited
         where message_id = edited.id
           and variant = 0",
    )
    .bind(moment.id)
    .bind(moment.sequence)
    .bind(message.uuid())
    .bind(print(text).to_vec())
    .execute(tx)
    .await?;
    Ok(())
}

/// The open conversations of just these characters in which most of these words were said, of equals the newest; and
/// their versions.
pub async fn find(
    pool: &PgPool,
    owner: UserId,
    company: &[CharacterId],
    words: &[Print],
) -> Result<Vec<(ConversationId, u64)>, sqlx::Error> {
    let company: Vec<Uuid> = company.iter().map(|character| character.uuid()).collect();
    let prints: Vec<Vec<u8>> = words.iter().map(|print| print.to_vec()).collect();
    let rows = sqlx::query(
        "select conversations.id, conversations.version
         from conversations
         join prints on prints.conversation_id = conversations.id
         where conversations.user_id = $1
           and conversations.character_ids = $2
           and conversations.status = 'open'
           and prints.print = any($3)
         group by conversations.id
         order by count(distinct prints.print) desc, conversations.version desc
         limit $4",
    )
    .bind(owner.uuid())
    .bind(company)
    .bind(prints)
    .bind(MOST)
    .fetch_all(pool)
    .await?;
    rows.iter().map(|row| Ok((sql::id(row, "id")?, sql::count(row, "version")?))).collect()
}

#[cfg(test)]
mod spec {
    use super::*;

    #[test]
    fn line_ends_and_blanks_around_words_change_nothing() {
        assert_eq!(print(" Hello\r\nthere \n"), print("Hello\nthere"));
        assert_ne!(print("Hello there"), print("Hello\nthere"));
        assert!(matches!(normal("Hello"), Cow::Borrowed("Hello")));
    }
}
