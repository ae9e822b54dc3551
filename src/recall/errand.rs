//! Errands: what a client asks of the model beside the story, a title or a summary.
//!
//! NextChat asks the character's own model for them. They are recognised by their form: a summary is asked for by an
//! instruction at the very end, where nobody else puts one; a title by a message of the person that is one of the
//! client's own, of which there is one for each of its languages. The house answers them itself.

use super::turns::Told;

/// Something beside the story.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Errand {
    /// What the conversation may be called.
    Title,
    /// What was said in it.
    Summary,
}

/// How a client asks for a title, in the languages that it speaks: words that stand together in its message, and hardly
/// in anybody else's.
const TITLES: [&[&str]; 4] = [
    &["four to five word title", "without any lead-in"],
    &["generate", "title summarizing our conversation"],
    &["四到五个字", "简要主题"],
    &["四到五個字", "簡要主題"],
];

/// A longer message is somebody's own.
const LONGEST: usize = 1_000;

/// The errand that these messages are, if they are one.
pub(super) fn of(messages: &[Told]) -> Option<Errand> {
    let (last, before) = messages.split_last()?;
    let goes_before = before.iter().any(|message| message.role == "user" || message.role == "assistant");
    match last.role.as_str() {
        "system" | "developer" if goes_before => Some(Errand::Summary),
        "user" if goes_before && last.text.len() <= LONGEST && asks_for_a_title(&last.text) => {
            Some(Errand::Title)
        }
        _ => None,
    }
}

fn asks_for_a_title(text: &str) -> bool {
    let low = text.to_lowercase();
    TITLES.iter().any(|words| words.iter().all(|word| low.contains(word)))
}
