//! Marks that nobody sees, by which we know what we put into texts beside the words of characters.
//!
//! A client shows what it is sent and sends it back as it was. So a note of the house (a failure, help) begins with one
//! mark, each part of an answer in which several speak with another, and what is proposed to the person with a third. They
//! are characters for mathematics without a
//! shape, and are taken out of what characters say.

/// A note of the house begins; it goes to the end of the text.
const NOTE: char = '\u{2063}';
/// A part begins: who speaks, and then the words.
const PART: char = '\u{2064}';
/// What was said before this does not count any more.
const ANEW: char = '\u{2062}';
/// What follows is proposed to the person, and nobody says it.
const PROPOSAL: char = '\u{2061}';

/// Between the name of a speaker and the words.
const SAYS: &str = ":** ";

/// A note of the house, behind what was said before it.
pub fn note(sentence: &str) -> String {
    format!("{NOTE}*({sentence})*")
}

/// The beginning of a part: its speaker.
pub fn speaker(name: &str) -> String {
    format!("{PART}**{}{SAYS}", name.replace(['\n', '*'], " "))
}

/// What is said when a reply starts over, behind what was said of it before.
pub fn anew() -> String {
    format!("\n\n{ANEW}*(The line broke. Once more, from the start.)*\n\n")
}

/// What is proposed to the person begins.
pub fn proposal() -> String {
    PROPOSAL.to_string()
}

/// The words of a proposal that came back; none if the text is no proposal.
pub fn proposed(text: &str) -> Option<String> {
    let text = text.trim_start().strip_prefix(PROPOSAL)?;
    Some(words(text).map(|words| unmarked(&words)).unwrap_or_default())
}

/// What the person says, also where they copied it from a proposal.
pub fn own(text: &str) -> String {
    text.replace(PROPOSAL, "")
}

/// The words as they may be told: without anything that looks like a mark.
pub fn unmarked(words: &str) -> String {
    words.chars().filter(|letter| !is_mark(*letter)).collect()
}

/// Whether a letter is one of the marks.
pub fn is_mark(letter: char) -> bool {
    matches!(letter, NOTE | PART | ANEW | PROPOSAL)
}

/// What characters said in a text that came back, part by part. A part of which only a note is left is none, and a
/// proposal was said by nobody.
pub fn heard(text: &str) -> Vec<String> {
    if proposed(text).is_some() {
        return vec![];
    }
    if !text.contains(PART) {
        return words(text).into_iter().collect();
    }
    text.split(PART)
        .skip(1)
        .filter_map(|part| words(part.split_once(SAYS).map_or("", |(_, words)| words)))
        .collect()
}

/// The words without notes; none if there was nothing but a note.
fn words(text: &str) -> Option<String> {
    let since =
        text.rsplit_once(ANEW).map_or(text, |(_, rest)| rest.split_once("\n\n").map_or("", |(_, rest)| rest));
    let (words, noted) = since.split_once(NOTE).map_or((since, false), |(words, _)| (words, true));
    (!(noted && words.trim().is_empty())).then(|| words.to_owned())
}

#[cfg(test)]
mod spec {
    use super::*;

    #[test]
    fn a_note_is_taken_off_again_and_alone_is_nothing() {
        assert_eq!(heard(&note("The model is away.")), Vec::<String>::new());
        assert_eq!(heard(&format!("Hi, I\n\n{}", note("The model is away."))), ["Hi, I\n\n"]);
    }

    #[test]
    fn several_speakers_are_several_parts() {
        let text = format!("{}Splash.\n\n{}Strum.", speaker("Aqua"), speaker("Bard: the *Third*"));
        assert_eq!(heard(&text), ["Splash.\n\n", "Strum."]);
        let cut = format!("{}Splash.\n\n{}{}", speaker("Aqua"), speaker("Bard"), note("gone"));
        assert_eq!(heard(&cut), ["Splash.\n\n"]);
    }

    #[test]
    fn what_started_over_counts_from_there() {
        assert_eq!(heard(&format!("Hi, I{}Hello there.", anew())), ["Hello there."]);
    }

    #[test]
    fn a_proposal_is_said_by_nobody_until_the_person_says_it() {
        let told = format!("{}I go.", proposal());
        assert_eq!(heard(&told), Vec::<String>::new());
        assert_eq!(proposed(&told).as_deref(), Some("I go."));
        assert_eq!(own(&told), "I go.");
        let broke = format!("{told}{}{}I stay.\n\n{}", anew(), proposal(), note("The model is away."));
        assert_eq!(proposed(&broke).as_deref(), Some("I stay.\n\n"));
        assert_eq!(proposed("I go."), None);
    }

    #[test]
    fn an_empty_text_stays_one() {
        assert_eq!(heard(""), [""]);
    }

    #[test]
    fn nobody_can_say_marks() {
        assert_eq!(unmarked(&note("a")), "*(a)*");
        assert_eq!(unmarked(&anew()), "\n\n*(The line broke. Once more, from the start.)*\n\n");
    }
}
