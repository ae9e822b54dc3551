//! Tokens of replies, from the worker to whoever listens, over core NATS.
//!
//! Tokens are not events (law 5): they may be lost here, and nothing is stored. So each message says where in the text
//! it stands, and whoever misses one asks for the [text so far](Tokens::ask_text). While the server is away,
//! tokens are dropped at once rather than kept, because a reader that comes back asks anyway.

use std::time::Duration;

use bytes::Bytes;
use futures_util::{FutureExt, StreamExt, stream::BoxStream};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use tokio::time::{sleep, timeout};
use uuid::Uuid;

use crate::{Cause, Nats, backoff, codec};

/// The longest message here: the server's limit with room for headers.
const LONGEST: usize = 1000 * 1024;
/// Sending waits for the socket only.
const SENDING: Duration = Duration::from_secs(2);

/// One or several tokens of a reply; none when the reply begins.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TokenMessage {
    /// Which run of the reply: it grows when the reply is generated anew.
    pub run: u32,
    /// Which attempt of the worker within the run: it grows when the text starts over.
    pub attempt: u32,
    /// The index of the first token in here.
    pub index: u64,
    /// How many tokens are in here; 0 announces that the reply begins.
    pub count: u32,
    /// How many bytes of text come before this.
    pub offset: u64,
    /// The text of the tokens.
    pub text: String,
}

/// All of a reply's text until now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TextSoFar {
    /// Which run of the reply.
    pub run: u32,
    /// Which attempt of the worker within the run.
    pub attempt: u32,
    /// The index of the token that comes next.
    pub index: u64,
    /// The text.
    pub text: String,
    /// Whether nothing more comes: the end stands in the log, or will in a moment.
    pub ended: bool,
}

/// Why a message did not go out or come in.
#[derive(Debug, thiserror::Error)]
pub enum TokenError {
    /// The server is away, or the socket is stuck; the message is dropped.
    #[error("the tokens cannot be sent")]
    Unavailable(#[source] Cause),
    /// It is longer than a message may be.
    #[error("{size} bytes are too long for a message of tokens")]
    TooLarge {
        /// How long it is.
        size: usize,
    },
    /// It cannot be written.
    #[error("the tokens cannot be written")]
    Unwritable(#[source] Cause),
}

/// The wires of tokens, cheap to clone.
#[derive(Debug, Clone)]
pub struct Tokens {
    nats: Nats,
}

impl Tokens {
    /// Over this connection.
    pub const fn new(nats: Nats) -> Self {
        Self { nats }
    }

    /// Sends tokens to whoever listens; to nobody, if nobody does.
    pub async fn publish(&self, reply: Uuid, message: &TokenMessage) -> Result<(), TokenError> {
        self.send(self.nats.subjects.token(reply), written(message)?).await
    }

    /// The tokens of a reply from now on. Those of which a message is lost or broken are simply missing.
    pub async fn subscribe(&self, reply: Uuid) -> Result<BoxStream<'static, TokenMessage>, TokenError> {
        let subject = self.nats.subjects.token(reply);
        let messages = timeout(SENDING, self.nats.client.subscribe(subject))
            .await
            .map_err(TokenError::unavailable)?
            .map_err(TokenError::unavailable)?;
        Ok(messages.filter_map(|message| std::future::ready(read(&message.payload))).boxed())
    }

    /// Asks whoever produces the reply for its text so far. `None` if nobody answers in time.
    ///
    /// On one connection the subscription is in force before the question is asked, so subscribe first, then ask, and
    /// nothing falls between.
    pub async fn ask_text(&self, reply: Uuid, patience: Duration) -> Option<TextSoFar> {
        let question = self.nats.client.request(self.nats.subjects.text(reply), Bytes::new());
        read(&timeout(patience, question).await.ok()?.ok()?.payload)
    }

    /// Answers for the texts that `text` knows, for ever; about others it is silent, because another worker may know.
    pub async fn serve_texts<F>(&self, text: F)
    where
        F: Fn(Uuid) -> Option<TextSoFar> + Send + Sync,
    {
        for wait in backoff::patient() {
            if let Err(error) = self.answer_texts(&text).await {
                tracing::warn!(cause = std::error::Error::source(&error), "nats: {error}");
            }
            sleep(wait).await;
        }
    }

    async fn answer_texts<F>(&self, text: &F) -> Result<(), TokenError>
    where
        F: Fn(Uuid) -> Option<TextSoFar> + Send + Sync,
    {
        let subject = self.nats.subjects.all_text();
        let mut questions = self.nats.client.subscribe(subject).await.map_err(TokenError::unavailable)?;
        while let Some(question) = questions.next().await {
            let reply = self.nats.subjects.reply_of_text(&question.subject);
            let (Some(text), Some(inbox)) = (reply.and_then(text), question.reply) else { continue };
            if let Err(error) = self.send(inbox.into_string(), written(&text)?).await {
                tracing::debug!(cause = std::error::Error::source(&error), "nats: {error}");
            }
        }
        Ok(())
    }

    async fn send(&self, subject: String, body: Bytes) -> Result<(), TokenError> {
        if !self.nats.is_connected() {
            return Err(TokenError::unavailable("the server is away"));
        }
        let sending = self.nats.client.publish(subject, body);
        // Nearly always there is room in the client's queue, and no timer is needed.
        tokio::pin!(sending);
        if let Some(sent) = sending.as_mut().now_or_never() {
            return sent.map_err(TokenError::unavailable);
        }
        timeout(SENDING, sending).await.map_err(TokenError::unavailable)?.map_err(TokenError::unavailable)
    }
}

impl TokenError {
    fn unavailable(cause: impl Into<Cause>) -> Self {
        Self::Unavailable(cause.into())
    }
}

fn written<T: Serialize>(message: &T) -> Result<Bytes, TokenError> {
    let bytes = codec::pack(message).map_err(|source| TokenError::Unwritable(source.into()))?;
    if bytes.len() > LONGEST {
        return Err(TokenError::TooLarge { size: bytes.len() });
    }
    Ok(bytes.into())
}

fn read<T: DeserializeOwned>(body: &[u8]) -> Option<T> {
    codec::unpack(body).ok().map(|(message, _)| message)
}
