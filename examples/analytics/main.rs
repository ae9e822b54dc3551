//! Counts messages, people and replies of each character by the hour, from the stream that analysts read.
//!
//! ```text
//! NATS_URL=$(innkeeper events address) cargo run --example analytics -- hours.svg
//! ```
//!
//! It prints a table and, if a file is named, draws the same as a picture. It reads everything that the stream keeps and
//! ends; run it again whenever you like. Each event counts once by its id, because a stream that was derived anew tells
//! the old ones again.

mod hours;
mod picture;

use std::{collections::HashSet, env, error::Error, fs, io::Write};

use async_nats::{
    ConnectOptions,
    jetstream::{self, consumer::pull},
};
use futures_util::StreamExt;
use serde_json::Value;

use self::hours::Hours;

/// The types that are counted, and the one that says that the stream begins anew is not among them: ids do that work.
const TYPES: [&str; 3] = ["MessageSent", "ReplyRequested", "ReplyCompleted"];

#[tokio::main(flavor = "current_thread")]
#[expect(clippy::disallowed_methods, reason = "an example is configured by its environment alone")]
async fn main() -> Result<(), Box<dyn Error + Send + Sync>> {
    let url =
        env::var("NATS_URL").map_err(|_| "NATS_URL: the address for analysts (innkeeper events address)")?;
    let prefix = env::var("PREFIX").unwrap_or_else(|_| "ink".to_owned());
    let hours = read(&url, &prefix).await?;
    std::io::stdout().write_all(hours.table().as_bytes())?;
    if let Some(file) = env::args_os().nth(1) {
        fs::write(file, picture::drawn(&hours))?;
    }
    Ok(())
}

/// Reads all that is there now.
async fn read(url: &str, prefix: &str) -> Result<Hours, Box<dyn Error + Send + Sync>> {
    let jetstream = jetstream::new(connect(url).await?);
    let stream = jetstream.get_stream(format!("{}_EVENTS", prefix.to_ascii_uppercase())).await?;
    let filter_subjects = TYPES.map(|name| format!("{prefix}.event.conversation.{name}.*")).to_vec();
    let config = pull::OrderedConfig { filter_subjects, ..pull::OrderedConfig::default() };
    let mut consumer = stream.create_consumer(config).await?;
    let mut left = consumer.info().await?.num_pending;
    let mut messages = consumer.messages().await?;
    let (mut hours, mut seen) = (Hours::default(), HashSet::new());
    while left > 0 {
        let Some(message) = messages.next().await else { break };
        let message = message?;
        left = message.info()?.pending;
        let event: Value = serde_json::from_slice(&message.payload)?;
        if seen.insert((event["source"].to_string(), event["id"].to_string())) {
            hours.count(&event);
        }
    }
    Ok(hours)
}

/// The address carries the name and the password.
async fn connect(url: &str) -> Result<async_nats::Client, Box<dyn Error + Send + Sync>> {
    let url: async_nats::ServerAddr = url.parse()?;
    let options = match (url.username(), url.password()) {
        (Some(user), Some(password)) => {
            ConnectOptions::with_user_and_password(user.to_owned(), password.to_owned())
        }
        _ => ConnectOptions::new(),
    };
    Ok(options.connect(url).await?)
}
