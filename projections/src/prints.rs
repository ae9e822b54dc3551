//! Prints: by which words a message is known, for clients that know their conversations by nothing else.
//!
//! A print is a digest of the words of one wording, normalised so that what a client does to line ends and blanks changes
//! nothing; it stands beside the words. It stays when its message is deleted: whoever finds a conversation here reads it
//! before believing it.

use std::borrow::Cow;

use domain::{character::CharacterId, conversation::ConversationId, user::UserId};
use sha2::{Digest, Sha256};
use sqlx::{PgPool, postgres::PgRow, types::Uuid};

use crate::sql;

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

/// The print of these words, as Postgres can hold them.
pub fn print(words: &str) -> Print {
    Sha256::digest(sql::text(&normal(words)).as_bytes()).into()
}

/// The open conversations of just these characters in which most of these words were said, of equals the newest; and
/// their versions.
pub async fn find(
    pool: &PgPool,
    owner: UserId,
    company: &[CharacterId],
    words: &[Print],
) -> Result<Vec<(ConversationId, u64)>, sqlx::Error> {
    let prints: Vec<Vec<u8>> = words.iter().map(|print| print.to_vec()).collect();
    let rows = sqlx::query(
        "select conversations.id, conversations.version
         from conversations
         join messages on messages.conversation_id = conversations.id
         join message_variants on message_variants.message_id = messages.id
         where conversations.user_id = $1
           and conversations.character_ids = $2
           and conversations.status = 'open'
           and message_variants.print = any($3)
         group by conversations.id
         order by count(distinct message_variants.print) desc, conversations.version desc
         limit $4",
    )
    .bind(owner.uuid())
    .bind(uuids(company))
    .bind(prints)
    .bind(MOST)
    .fetch_all(pool)
    .await?;
    rows.iter().map(met).collect()
}

/// The same for words of which only the beginning may be known, as of replies that were stopped. Every wording of these
/// characters' conversations is looked through, and more are found than begin so: words anywhere in a wording count.
pub async fn find_begun(
    pool: &PgPool,
    owner: UserId,
    company: &[CharacterId],
    words: &[&str],
) -> Result<Vec<(ConversationId, u64)>, sqlx::Error> {
    let lines: Vec<_> =
        words.iter().map(|words| longest_line(words)).filter(|line| !line.is_empty()).collect();
    let rows = sqlx::query(
        "select conversations.id, conversations.version
         from conversations
         join messages on messages.conversation_id = conversations.id
         join message_variants on message_variants.message_id = messages.id
         join unnest($3::text[]) as begun (line) on strpos(message_variants.text, begun.line) > 0
         where conversations.user_id = $1
           and conversations.character_ids = $2
           and conversations.status = 'open'
         group by conversations.id
         order by count(distinct begun.line) desc, conversations.version desc
         limit $4",
    )
    .bind(owner.uuid())
    .bind(uuids(company))
    .bind(lines)
    .bind(MOST)
    .fetch_all(pool)
    .await?;
    rows.iter().map(met).collect()
}

/// What stands in the words however their line ends and the blanks around them are written.
fn longest_line(words: &str) -> String {
    let lines = normal(words);
    let longest = lines.lines().max_by_key(|line| line.len()).unwrap_or_default();
    sql::text(longest).into_owned()
}

fn uuids(company: &[CharacterId]) -> Vec<Uuid> {
    company.iter().map(|character| character.uuid()).collect()
}

fn met(row: &PgRow) -> Result<(ConversationId, u64), sqlx::Error> {
    Ok((sql::id(row, "id")?, sql::count(row, "version")?))
}

/// The open conversations of just these characters in which something was proposed to the person, those first in which it
/// was last; and their versions.
pub async fn proposed(
    pool: &PgPool,
    owner: UserId,
    company: &[CharacterId],
) -> Result<Vec<(ConversationId, u64)>, sqlx::Error> {
    let rows = sqlx::query(
        "select conversations.id, conversations.version
         from conversations
         join replies on replies.conversation_id = conversations.id
         where replies.user_id = $1
           and replies.message_id is null
           and conversations.user_id = $1
           and conversations.character_ids = $2
           and conversations.status = 'open'
         group by conversations.id
         order by max(replies.requested_at) desc
         limit $3",
    )
    .bind(owner.uuid())
    .bind(uuids(company))
    .bind(MOST)
    .fetch_all(pool)
    .await?;
    rows.iter().map(met).collect()
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

    #[test]
    fn the_longest_line_stands_in_every_spelling_of_the_words() {
        let words = " Hi,\r\nhow are you?\rWell? ";
        assert!(words.contains(&longest_line(words)));
        assert_eq!(longest_line(words), "how are you?");
        assert_eq!(longest_line("\n"), "");
    }
}
