//! A small model of what NextChat does with a session: what it keeps, what it sends, and what people do with its buttons.
//!
//! It follows what the real client was seen to do: a mask's greeting goes in front of every request, then the last few
//! messages that are no errors, then the new one; retry takes the last message and its answer out and sends the message
//! anew; edits, deletions and forks change what is sent next, and nothing else; stop keeps what was heard.

/// How many messages are sent along, if a mask does not say otherwise.
pub(crate) const WINDOW: usize = 4;

/// How messages begin that were put otherwise.
const EDITED: &str = "Otherwise";

/// With which the house begins what it proposes to the person; nobody sees it.
pub(crate) const PROPOSAL: char = '\u{2061}';

/// What people type to be proposed something.
pub(crate) const IMPERSONATE: &str = "/impersonate";

/// So many bytes of words are nobody else's.
const TELLING: usize = 32;

/// A message of a session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Message {
    pub(crate) role: &'static str,
    pub(crate) text: String,
    beside: bool,
}

impl Message {
    /// Whether somebody put other words into it.
    pub(crate) fn is_edited(&self) -> bool {
        self.words().starts_with(EDITED)
    }

    /// What is read.
    pub(crate) fn words(&self) -> &str {
        self.text.trim_start_matches(PROPOSAL).trim()
    }

    /// Whether it is a command or its answer, and no part of any story.
    pub(crate) fn is_beside(&self) -> bool {
        self.beside
    }

    /// The words of a proposal.
    fn proposed(&self) -> Option<&str> {
        self.text.strip_prefix(PROPOSAL).filter(|words| !words.is_empty())
    }
}

/// Whether this asks for a proposal.
pub(crate) fn impersonates(input: &str) -> bool {
    input.starts_with(IMPERSONATE)
}

/// A session in the sidebar.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Session {
    pub(crate) greeting: Option<String>,
    pub(crate) memory: Option<String>,
    pub(crate) messages: Vec<Message>,
}

/// Everything that was ever answered.
#[derive(Debug, Default)]
pub(crate) struct Answers {
    /// By characters.
    pub(crate) said: Vec<String>,
    /// As proposals to the person.
    pub(crate) proposed: Vec<String>,
}

/// A request on its way: the messages as they are sent.
pub(crate) type Request = Vec<(&'static str, String)>;

impl Session {
    pub(crate) fn with(greeting: Option<&str>) -> Self {
        Self { greeting: greeting.map(str::to_owned), ..Self::default() }
    }

    /// What is sent when somebody says this.
    pub(crate) fn request(&self, input: &str) -> Request {
        let memory = self.memory.iter().map(|memory| ("system", memory.clone()));
        let context = self.greeting.iter().map(|greeting| ("assistant", greeting.clone()));
        let recent = self.recent().iter().map(|message| (message.role, message.text.clone()));
        memory.chain(context).chain(recent).chain([("user", input.to_owned())]).collect()
    }

    /// What was said and what was heard of the answer.
    pub(crate) fn heard(&mut self, input: &str, answer: &str) {
        let beside = impersonates(input);
        self.messages.push(Message { role: "user", text: input.to_owned(), beside });
        self.messages.push(Message { role: "assistant", text: answer.to_owned(), beside });
    }

    /// What was last proposed and is still sent, as it is copied.
    pub(crate) fn proposal(&self) -> Option<String> {
        let proposals = self.recent().iter().rev().filter(|message| message.proposed().is_some());
        proposals.map(|message| message.text.clone()).next()
    }

    /// The messages that are part of its story.
    pub(crate) fn story(&self) -> Vec<&Message> {
        self.messages.iter().filter(|message| !message.is_beside()).collect()
    }

    /// Those of them that were sent with the last request, and what came of it.
    pub(crate) fn sent(&self) -> Vec<&Message> {
        let sent = &self.messages[self.messages.len().saturating_sub(WINDOW + 2)..];
        sent.iter().filter(|message| !message.is_beside()).collect()
    }

    /// Takes the last message and its answer out, to be sent anew.
    pub(crate) fn retry(&mut self) -> Option<String> {
        let last = self.messages.iter().rposition(|message| message.role == "user")?;
        let input = self.messages[last].text.clone();
        self.messages.truncate(last);
        Some(input)
    }

    /// Puts other words into a message that is still sent. Whether they are a character's, or take the place of a command.
    pub(crate) fn edit(&mut self, back: usize, words: u8) -> bool {
        let Some(at) = self.back(back) else { return false };
        let message = &mut self.messages[at];
        let mark = if message.role == "assistant" && message.beside {
            // Who edits a proposal keeps what they do not see; of nothing, nothing can be edited.
            if message.proposed().is_none() {
                return false;
            }
            PROPOSAL.to_string()
        } else {
            String::new()
        };
        message.text = format!("{mark}{EDITED} {words}");
        let command = message.role == "user" && std::mem::take(&mut message.beside);
        if command {
            self.lose_command(at + 1);
        }
        let message = &self.messages[at];
        command || (message.role == "assistant" && !message.beside)
    }

    /// Deletes a message that is still sent, if there is one.
    pub(crate) fn delete(&mut self, back: usize) -> bool {
        let Some(at) = self.back(back) else { return false };
        let gone = self.messages.remove(at);
        if gone.role == "user" && gone.beside {
            self.lose_command(at);
        }
        true
    }

    /// The command in front of an answer is gone: of one that was stopped before anything was heard, nobody can tell that it
    /// was to be a proposal.
    fn lose_command(&mut self, answer: usize) {
        if let Some(message) = self.messages.get_mut(answer).filter(|message| message.text.is_empty()) {
            message.beside = false;
        }
    }

    /// What is sent for a title.
    pub(crate) fn title(&self) -> Request {
        self.request(
            "Please generate a four to five word title summarizing our conversation without any lead-in or symbols.",
        )
    }

    /// What is sent for a summary.
    pub(crate) fn summary(&self) -> Request {
        let messages = self.messages.iter().map(|message| (message.role, message.text.clone()));
        messages.chain([("system", "Summarize the discussion briefly.".to_owned())]).collect()
    }

    /// Whether what it sends can be nobody else's: it is all that there is and as it was, or there are words of a character
    /// in it with which only one of these answers begins, the last that were heard, or such as no other session has; or
    /// there is nothing of a character in it, and only one proposal begins as the last that was heard.
    ///
    /// Where messages beside them were edited, it takes as many as are nobody else's, or others too.
    pub(crate) fn tells(&self, answers: &Answers, others: &[&Self]) -> bool {
        let recent = || self.recent().iter();
        let kept = recent().filter(|message| !message.is_edited() && !message.is_beside());
        let said: Vec<_> = kept.clone().filter(|message| message.role == "assistant").collect();
        let edited = recent().any(Message::is_edited);
        let heard = said.iter().filter(|message| !message.text.is_empty()).count();
        let proposed = !edited && self.is_proposed(&answers.proposed);
        let telling = |(at, words): (usize, &str)| {
            let enough = !edited || words.len() >= TELLING || heard > 1;
            let mut begun = answers.said.iter().filter(|answer| answer.starts_with(words));
            let only = begun.next().filter(|_| begun.next().is_none());
            let last = !edited && at + 1 == said.len() && (said.len() > 1 || proposed);
            let alone = |answer| last || !others.iter().any(|other| other.has_heard(answer));
            !words.is_empty() && enough && only.is_some_and(|answer| alone(answer))
        };
        (self.messages.len() < WINDOW && !edited)
            || said.iter().map(|message| message.text.trim()).enumerate().any(telling)
            || (said.is_empty() && proposed)
    }

    /// Whether only one of these proposals begins as the last that was heard.
    fn is_proposed(&self, proposals: &[String]) -> bool {
        let last = self.recent().iter().rev().find_map(Message::proposed);
        last.is_some_and(|words| proposals.iter().filter(|proposal| proposal.starts_with(words)).count() == 1)
    }

    fn has_heard(&self, answer: &str) -> bool {
        let said = self.story().into_iter().filter(|message| message.role == "assistant");
        let mut heard = said.filter(|message| !message.text.is_empty());
        heard.any(|message| answer.starts_with(message.text.trim()))
    }

    fn recent(&self) -> &[Message] {
        &self.messages[self.messages.len().saturating_sub(WINDOW)..]
    }

    fn back(&self, back: usize) -> Option<usize> {
        self.messages.len().checked_sub(back % WINDOW + 1)
    }
}
