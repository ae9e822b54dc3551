//! What is said in the benches: 300 bytes each time, no two times the same.

use domain::{
    conversation::{MessageId, SendMessage, StartConversation},
    user::UserId,
};
use innkeeper::stamp;
use uuid::Uuid;

/// Who says all of it.
pub(crate) const MIRA: UserId = UserId::new(Uuid::from_u128(1));
/// How much is said each time.
const TEXT: usize = 300;

pub(crate) fn beginning() -> StartConversation {
    StartConversation {
        owner: MIRA,
        characters: vec![stamp::id()],
        title: None,
        persona: None,
        greeting: None,
    }
}

pub(crate) fn message() -> SendMessage {
    SendMessage { by: MIRA, message: stamp::id(), text: text(), candidates: vec![] }
}

/// Words that differ from all others, so that nothing can pack them away.
pub(crate) fn text() -> String {
    let words = std::iter::repeat_with(|| format!("{} ", stamp::id::<MessageId>()));
    let mut text: String = words.take(TEXT / 37 + 1).collect();
    text.truncate(TEXT);
    text
}
