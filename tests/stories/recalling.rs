//! NextChat sends no id of a conversation: what it means is found by what was said.

use crate::guest::Guest;
use crate::house::Innkeeper;
use crate::model_stub::{Stub, WORDS, told as told_by_the_model};

async fn mira_and_aqua(script: &str) -> (Guest, Stub) {
    let (mira, stub) = (Innkeeper::common().await.guest("Mira").await, Stub::start().await);
    mira.speaks_through(&stub, script).await;
    mira.invents("Aqua").await;
    (mira, stub)
}

/// What the model was told: the words of each message that is no instruction.
fn told(stub: &Stub) -> Vec<String> {
    let body = stub.last_asked().body;
    let said = body["messages"].as_array().unwrap().iter().filter(|message| message["role"] != "system");
    said.map(|message| message["content"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn a_conversation_goes_on_and_is_remembered_beyond_the_window() {
    let (mira, stub) = mira_and_aqua("counts").await;
    let mut said = vec![];
    for number in 0..5 {
        let input = format!("message {number}");
        let recent: &[(&str, String)] = &said[said.len() - said.len().min(4)..];
        let mut messages: Vec<_> = recent.iter().map(|(role, text)| (*role, text.as_str())).collect();
        messages.push(("user", &input));
        let answer = mira.is_told("Aqua", &messages).await;
        said.extend([("user", input), ("assistant", answer)]);
    }

    let [conversation] = &mira.conversations().await[..] else { panic!("one conversation") };
    let all: Vec<_> = said.into_iter().map(|(_, text)| text).collect();
    assert_eq!(mira.words(conversation).await, all);
    let told = told(&stub);
    assert!(told.ends_with(&all[..9]), "the model is told all of it: {told:?}");
}

#[tokio::test]
async fn a_retry_is_another_wording_of_the_same_message() {
    let (mira, _stub) = mira_and_aqua("counts").await;
    mira.is_told("Aqua", &[("user", "Hello")]).await;

    assert_eq!(mira.is_told("Aqua", &[("user", "Hello")]).await, "answer 1");

    let [conversation] = &mira.conversations().await[..] else { panic!("one conversation") };
    let story = mira.story(conversation).await;
    assert_eq!(story.len(), 2);
    assert_eq!(story[1]["variants"], serde_json::json!(["answer 0", "answer 1"]));
}

#[tokio::test]
async fn sessions_that_began_alike_come_apart_at_the_second_turn() {
    let (mira, _stub) = mira_and_aqua("counts").await;
    let first = mira.is_told("Aqua", &[("user", "Hello")]).await;
    let second = mira.is_told("Aqua", &[("user", "Hello")]).await;

    mira.is_told("Aqua", &[("user", "Hello"), ("assistant", &first), ("user", "One")]).await;
    mira.is_told("Aqua", &[("user", "Hello"), ("assistant", &second), ("user", "Two")]).await;

    let conversations = mira.conversations().await;
    let mut stories = vec![];
    for conversation in &conversations {
        stories.push(mira.words(conversation).await);
    }
    stories.sort();
    assert_eq!(stories, [["Hello", "answer 0", "One", "answer 2"], ["Hello", "answer 1", "Two", "answer 3"]]);
}

#[tokio::test]
async fn who_hangs_up_loses_nothing_and_goes_on_from_what_was_heard() {
    let (mira, _stub) = mira_and_aqua("slow").await;
    let mut chunks = mira.completes("Aqua", &[("user", "Hello")]).await;
    let heard = chunks.hears(WORDS[0].len()).await;
    drop(chunks);
    let answer = mira.is_told("Aqua", &[("user", "Hello"), ("assistant", &heard), ("user", "Go on")]).await;

    assert_eq!(answer, WORDS.concat());
    let [conversation] = &mira.conversations().await[..] else { panic!("one conversation") };
    let words = mira.words(conversation).await;
    assert_eq!((words.len(), &words[2][..], &words[3][..]), (4, "Go on", &WORDS.concat()[..]));
    assert!(words[1].starts_with(heard.trim()), "{words:?}");
}

/// NextChat's window of four holds then no message that is known whole.
#[tokio::test]
async fn where_every_reply_was_stopped_and_every_message_edited_the_past_is_not_lost() {
    let (mira, _stub) = mira_and_aqua("tells").await;
    let mut said = vec![];
    for words in ["Hello", "Wher is the well?", "How dep is it?"] {
        said.push(("user", words.to_owned()));
        let messages: Vec<_> = said.iter().map(|(role, text)| (*role, text.as_str())).collect();
        let answer = mira.is_told("Aqua", &messages).await;
        said.push(("assistant", answer));
    }

    let stopped = [("assistant", "Answer 1 to that,"), ("assistant", "Answer 2 to")];
    let edited = [("user", "Where is the well?"), ("user", "How deep is it?")];
    mira.is_told("Aqua", &[edited[0], stopped[0], edited[1], stopped[1], ("user", "Oh")]).await;

    let [branch, whole] = &mira.conversations().await[..] else { panic!("a branch and what it came from") };
    assert_eq!(mira.words(whole).await.len(), 6);
    let words = mira.words(branch).await;
    assert_eq!(words[..2], ["Hello", &told_by_the_model(0)]);
    let seen: Vec<_> = words[2..].iter().map(String::as_str).collect();
    assert_eq!(seen, [edited[0].1, stopped[0].1, edited[1].1, stopped[1].1, "Oh", &told_by_the_model(3)]);
}

#[tokio::test]
async fn an_edited_history_is_a_branch() {
    let (mira, stub) = mira_and_aqua("counts").await;
    mira.is_told("Aqua", &[("user", "I like tee")]).await;

    mira.is_told(
        "Aqua",
        &[("user", "I like tea"), ("assistant", "answer 0, of course, and with milk, sir"), ("user", "Why?")],
    )
    .await;
    mira.is_told("Aqua", &[("user", "I like tee"), ("assistant", "answer 0"), ("user", "Why?")]).await;
    mira.is_told(
        "Aqua",
        &[
            ("user", "I like tea"),
            ("assistant", "answer 0"),
            ("user", "Why?"),
            ("assistant", "answer 2"),
            ("user", "And?"),
        ],
    )
    .await;

    assert_eq!(told(&stub).last().map(String::as_str), Some("And?"));
    let conversations = mira.conversations().await;
    assert_eq!(conversations.len(), 3);
    assert_eq!(
        mira.words(&conversations[0]).await,
        ["I like tea", "answer 0", "Why?", "answer 2", "And?", "answer 3"]
    );
}

#[tokio::test]
async fn titles_and_summaries_ask_nobody_and_leave_nothing() {
    let (mira, stub) = mira_and_aqua("counts").await;
    let hello = [("user", "Where is the old well?"), ("assistant", "answer 0")];
    assert_eq!(mira.is_told("Aqua", &hello[..1]).await, "answer 0");
    let ask = "Please generate a four to five word title summarizing our conversation without any lead-in, punctuation, \
               or additional text.";

    let title = mira.is_told("Aqua", &[hello[0], hello[1], ("user", ask)]).await;
    let elsewhere = mira.is_told("gpt-4o-mini", &[hello[0], hello[1], ("user", ask)]).await;
    let summary = mira.is_told("innkeeper-utility", &[hello[0], hello[1], ("system", "Summarize.")]).await;

    assert_eq!((&title[..], &elsewhere[..]), ("Where is the old well", "Where is the old well"));
    assert!(!summary.is_empty() && summary.len() < 200, "{summary}");
    assert_eq!(stub.tally().asked, 1);
    let [conversation] = &mira.conversations().await[..] else { panic!("one conversation") };
    assert_eq!(mira.words(conversation).await.len(), 2);
}

#[tokio::test]
async fn commands_are_carried_out_and_are_no_part_of_the_story() {
    let (mira, _stub) = mira_and_aqua("counts").await;
    let hello = [("user", "Hello"), ("assistant", "answer 0")];
    mira.is_told("Aqua", &hello[..1]).await;

    let more = mira.is_told("Aqua", &[hello[0], hello[1], ("user", "/continue")]).await;
    let other = mira
        .is_told(
            "Aqua",
            &[hello[0], hello[1], ("user", "/continue"), ("assistant", &more), ("user", "/swipe")],
        )
        .await;
    let help = mira.is_told("Aqua", &[hello[0], hello[1], ("user", "/help")]).await;

    assert_eq!((&more[..], &other[..]), ("answer 1", "answer 2"));
    assert!(help.contains("/continue") && help.contains("/swipe"), "{help}");
    let messages = [
        hello[0],
        hello[1],
        ("user", "/continue"),
        ("assistant", "answer 1"),
        ("user", "/swipe"),
        ("assistant", "answer 2"),
        ("user", "/help"),
        ("assistant", &help),
        ("user", "Good"),
    ];
    mira.is_told("Aqua", &messages).await;
    let [conversation] = &mira.conversations().await[..] else { panic!("one conversation") };
    assert_eq!(mira.words(conversation).await, ["Hello", "answer 0", "answer 2", "Good", "answer 3"]);
}

#[tokio::test]
async fn two_people_who_say_the_same_have_nothing_to_do_with_each_other() {
    let (mira, stub) = mira_and_aqua("counts").await;
    let vlad = Innkeeper::common().await.guest("Vlad").await;
    vlad.speaks_through(&stub, "echo").await;
    vlad.invents("Aqua").await;
    let answer = mira.is_told("Aqua", &[("user", "Hello")]).await;

    vlad.is_told("Aqua", &[("user", "Hello"), ("assistant", &answer), ("user", "Go on")]).await;

    assert_eq!(mira.words(&mira.conversations().await[0]).await, ["Hello", "answer 0"]);
    assert_eq!(vlad.words(&vlad.conversations().await[0]).await, ["Hello", "answer 0", "Go on", "Go on"]);
}
