//! The batched direct gets by which the journal loads, without the journal.

use async_nats::Client;
use domain::conversation::ConversationId;
use futures_util::StreamExt;
use nats::{Prefix, Subjects};
use serde_json::json;

/// All messages of the conversation, page by page.
pub(crate) async fn get(raw: &Client, conversation: ConversationId) {
    let subject = Subjects::new(Prefix::default()).log(conversation.key());
    let (mut next, mut left) = (1, 1);
    while left > 0 {
        let inbox = raw.new_inbox();
        let mut answers = raw.subscribe(inbox.clone()).await.unwrap();
        let request = json!({ "seq": next, "next_by_subj": subject, "batch": 1000, "max_bytes": 8 << 20 });
        let request = request.to_string().into();
        raw.publish_with_reply("$JS.API.DIRECT.GET.INK_LOG", inbox, request).await.unwrap();
        while let Some(message) = answers.next().await {
            let headers = message.headers.unwrap();
            let number = |name: &str| headers.get(name).unwrap().as_str().parse::<u64>().unwrap();
            match message.status {
                None => next = number("Nats-Sequence") + 1,
                Some(_) => {
                    left = number("Nats-Num-Pending");
                    break;
                }
            }
        }
    }
}
