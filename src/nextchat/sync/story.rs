//! A conversation of the log, as NextChat would have it: a session.

use std::{future::ready, pin::pin};

use domain::{
    conversation::{ConversationId, MessageId},
    user::UserId,
};
use futures_util::TryStreamExt;
use projections::{
    conversations::{self, ConversationRow, Status},
    page::Page,
    transcripts::{self, MessageRow, SpeakerKind},
};
use serde_json::{Value, json};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

use crate::{
    api::problem::Problem,
    house::House,
    models::{self, Catalogue},
    nextchat::masks,
    rows,
};

/// How many conversations are told: those that began last, and how many bytes of words.
const CONVERSATIONS: usize = 500;
const WORDS: usize = 24 * 1024 * 1024;

/// A conversation, as a session tells it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Story {
    pub(super) id: ConversationId,
    pub(super) topic: String,
    pub(super) updated_at: OffsetDateTime,
    pub(super) mask: Value,
    pub(super) lines: Vec<Line>,
}

/// Something that was said.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Line {
    pub(super) id: MessageId,
    pub(super) role: &'static str,
    pub(super) text: String,
    /// All wordings, the one that counts among them.
    pub(super) wordings: Vec<String>,
    pub(super) at: OffsetDateTime,
}

impl Line {
    /// As a message of a session. The date is one that every browser reads.
    pub(super) fn message(&self) -> Value {
        let date = self.at.format(&Rfc3339).unwrap_or_default();
        json!({"id": self.id, "date": date, "role": self.role, "content": self.text})
    }
}

/// Somebody's conversations that go on, as many as are told, those that began last first.
pub(super) async fn all(house: &House, owner: UserId) -> Result<Vec<Story>, Problem> {
    let catalogue = models::of(house, owner).await?;
    let user = masks::name_of(house, owner).await?;
    let (mut stories, mut words) = (vec![], 0);
    let mut rows = pin!(rows::all(|paging| conversations::list(&house.pool, owner, paging)));
    while let Some(row) = rows.try_next().await? {
        if row.status != Status::Open || row.message_count == 0 {
            continue;
        }
        let said = said(house, owner, row.id).await?;
        words += said.iter().map(|message| message.text.len()).sum::<usize>();
        if words > WORDS || stories.len() >= CONVERSATIONS {
            break;
        }
        stories.extend(story(&catalogue, &row, said, &user));
    }
    Ok(stories)
}

/// What was said, in order.
async fn said(house: &House, owner: UserId, id: ConversationId) -> Result<Vec<MessageRow>, sqlx::Error> {
    let page = |paging| async move {
        let page = transcripts::list(&house.pool, owner, id, paging).await?;
        Ok(page.unwrap_or(Page { items: vec![], next_cursor: None }))
    };
    let is_told = |message: &MessageRow| ready(!message.hidden && !message.text.is_empty());
    let mut said: Vec<_> = rows::all(page).try_filter(is_told).try_collect().await?;
    said.reverse();
    Ok(said)
}

/// The greeting stands in the mask: among the messages it would have NextChat's own above it.
fn story(catalogue: &Catalogue, row: &ConversationRow, said: Vec<MessageRow>, user: &str) -> Option<Story> {
    let mut lines = said.into_iter().map(line).collect::<Vec<_>>();
    let greeted = lines.first().is_some_and(|line| line.role == "assistant");
    let greeting = greeted.then(|| lines.remove(0).text);
    let model = catalogue.called(&row.character_ids)?;
    let mask = masks::of(&model.id, greeting.into_iter().collect(), &model.id, user, row.created_at);
    let mut mask = mask.into_iter().next()?;
    mask["id"] = json!(row.id);
    let topic = row.title.clone().filter(|title| !title.is_empty()).unwrap_or_else(|| model.id.clone());
    (!lines.is_empty() || greeted).then(|| Story {
        id: row.id,
        topic,
        updated_at: row.updated_at,
        mask,
        lines,
    })
}

fn line(row: MessageRow) -> Line {
    let role = match row.speaker.kind {
        SpeakerKind::User => "user",
        SpeakerKind::Character => "assistant",
        SpeakerKind::Narrator => "system",
    };
    Line { id: row.id, role, text: row.text, wordings: row.variants, at: row.created_at }
}
