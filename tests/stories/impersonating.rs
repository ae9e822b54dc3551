//! What the person could say is written for them, and stays a proposal until they say it.

use reqwest::Method;
use serde_json::{Value, json};

use crate::auditing::found;
use crate::guest::Guest;
use crate::house::{Innkeeper, Plan};
use crate::listening::Listening;
use crate::model_stub::{Stub, WORDS};

/// How a client knows a proposal again, without seeing it.
const MARK: &str = "\u{2061}";

const HELLO: [(&str, &str); 2] = [("user", "Hello"), ("assistant", "answer 0")];
const IMPERSONATE: (&str, &str) = ("user", "/impersonate");

async fn mira_and_aqua(script: &str) -> (Guest, Stub) {
    let (mira, stub) = (Innkeeper::common().await.guest("Mira").await, Stub::start().await);
    mira.speaks_through(&stub, script).await;
    mira.invents("Aqua").await;
    (mira, stub)
}

/// What the model was told: the words of each message in this role, or, for `said`, of all that are no instruction.
fn told(stub: &Stub, role: &str) -> Vec<String> {
    let body = stub.last_asked().body;
    let messages = body["messages"].as_array().expect("messages").iter();
    let meant = messages.filter(|message| (message["role"] == "system") == (role == "system"));
    meant.map(|message| message["content"].as_str().expect("words").to_owned()).collect()
}

async fn only_conversation(guest: &Guest) -> String {
    let [conversation] = &guest.conversations().await[..] else { panic!("one conversation") };
    conversation.clone()
}

#[tokio::test]
async fn a_typed_command_streams_a_proposal_and_the_story_goes_on_as_if_it_had_never_been_typed() {
    let (mira, stub) = mira_and_aqua("counts").await;
    mira.is_told("Aqua", &HELLO[..1]).await;

    let proposal = mira.is_told("Aqua", &[HELLO[0], HELLO[1], IMPERSONATE]).await;

    assert_eq!(proposal, format!("{MARK}answer 1"));
    assert_eq!(told(&stub, "said"), ["Hello", "answer 0"]);
    assert!(told(&stub, "system").last().is_some_and(|words| words.starts_with("This once, write for")));
    let conversation = only_conversation(&mira).await;
    assert_eq!(mira.words(&conversation).await, ["Hello", "answer 0"]);

    let with_proposal = [HELLO[0], HELLO[1], IMPERSONATE, ("assistant", &*proposal), ("user", "Who?")];
    mira.is_told("Aqua", &with_proposal).await;
    assert_eq!(told(&stub, "said"), ["Hello", "answer 0", "Who?"]);
    assert_eq!(only_conversation(&mira).await, conversation);
    assert_eq!(mira.words(&conversation).await, ["Hello", "answer 0", "Who?", "answer 2"]);
}

#[tokio::test]
async fn who_copies_the_proposal_says_it_and_may_say_how_it_is_wanted() {
    let (mira, stub) = mira_and_aqua("counts").await;
    mira.is_told("Aqua", &HELLO[..1]).await;
    let rudely = ("user", "/impersonate be rude");

    let proposal = mira.is_told("Aqua", &[HELLO[0], HELLO[1], rudely]).await;

    assert_eq!(told(&stub, "system").last().map(String::as_str), Some("be rude"));
    let copied = [HELLO[0], HELLO[1], rudely, ("assistant", &*proposal), ("user", &*proposal)];
    let answer = mira.is_told("Aqua", &copied).await;
    assert_eq!(told(&stub, "said"), ["Hello", "answer 0", "answer 1"]);
    // The window of four begins with the proposal alone.
    let window = [copied[3], copied[4], ("assistant", &*answer), ("user", "So?")];
    mira.is_told("Aqua", &window).await;
    let words = mira.words(&only_conversation(&mira).await).await;
    assert_eq!(words, ["Hello", "answer 0", "answer 1", "answer 2", "So?", "answer 3"]);
}

#[tokio::test]
async fn a_proposal_that_was_stopped_is_known_again_and_another_one_may_be_asked_for() {
    let (mira, stub) = mira_and_aqua("slow").await;
    let hello = [("user", "Hello"), ("assistant", &*WORDS.concat())];
    mira.is_told("Aqua", &hello[..1]).await;
    let mut chunks = mira.completes("Aqua", &[hello[0], hello[1], IMPERSONATE]).await;
    let heard = chunks.hears(MARK.len() + WORDS[0].len()).await;
    drop(chunks);

    // NextChat's Retry sends the same again; nobody wants the rest of the first one.
    let again = mira.is_told("Aqua", &[hello[0], hello[1], IMPERSONATE]).await;
    stub.until(|tally| tally.aborted == 1).await;
    let both = [IMPERSONATE, ("assistant", &*heard), IMPERSONATE, ("assistant", &*again), ("user", "Go on")];
    mira.is_told("Aqua", &both).await;

    assert_eq!(again, format!("{MARK}{}", WORDS.concat()));
    let words = mira.words(&only_conversation(&mira).await).await;
    assert_eq!(words, ["Hello", hello[1].1, "Go on", hello[1].1]);
}

#[tokio::test]
async fn who_has_only_a_greeting_or_nothing_is_proposed_a_beginning() {
    let (mira, stub) = mira_and_aqua("counts").await;
    let greeting = ("assistant", "Splash! Who are you?");

    mira.is_told("Aqua", &[greeting, IMPERSONATE]).await;
    assert_eq!(told(&stub, "said"), [greeting.1]);
    let proposal = mira.is_told("Aqua", &[greeting, IMPERSONATE]).await;
    mira.is_told("Aqua", &[greeting, IMPERSONATE, ("assistant", &proposal), ("user", "I am Mira.")]).await;
    let words = mira.words(&only_conversation(&mira).await).await;
    assert_eq!(words, [greeting.1, "I am Mira.", "answer 2"]);

    let proposal = mira.is_told("Aqua", &[IMPERSONATE]).await;
    assert_eq!(told(&stub, "said"), [""; 0]);
    mira.is_told("Aqua", &[IMPERSONATE, ("assistant", &proposal), ("user", "Good evening")]).await;
    let conversations = mira.conversations().await;
    assert_eq!(conversations.len(), 2);
    assert_eq!(mira.words(&conversations[0]).await, ["Good evening", "answer 4"]);
}

#[tokio::test]
async fn after_a_restart_proposals_are_known_and_their_prompts_proved() {
    let plan = Plan::alone();
    let house = plan.opens().await;
    let (mira, stub) = (house.guest("Mira").await, Stub::start().await);
    mira.speaks_through(&stub, "counts").await;
    mira.invents("Aqua").await;
    mira.is_told("Aqua", &HELLO[..1]).await;
    let first = mira.is_told("Aqua", &[HELLO[0], HELLO[1], IMPERSONATE]).await;
    let conversation = only_conversation(&mira).await;
    let asked = mira.posts(&format!("conversations/{conversation}/impersonations"), json!({})).await.is(202);
    let reply = asked.json()["replies"][0]["reply_id"].as_str().expect("a reply").to_owned();
    assert_eq!(heard_out(&mira, &reply).await, "answer 2");
    house.stops();

    let house = plan.opens().await;
    let mira = mira.at(house.address());
    let second = format!("{MARK}answer 2");
    let window = [IMPERSONATE, ("assistant", &*first), IMPERSONATE, ("assistant", &*second), ("user", "So?")];
    mira.is_told("Aqua", &window).await;
    assert_eq!(mira.words(&only_conversation(&mira).await).await, ["Hello", "answer 0", "So?", "answer 3"]);
    assert_eq!(heard_out(&mira, &reply).await, "answer 2");
    let (code, prompt) = found(&plan, &["prompt", &reply, "--json"]).await;
    assert_eq!((code, &prompt["proved"]), (Some(0), &json!(true)), "{prompt}");
    assert!(prompt["messages"].to_string().contains("This once, write for"), "{prompt}");
}

/// The words of a proposal that became no message.
async fn heard_out(guest: &Guest, reply: &str) -> String {
    let mut listening = guest.listens(reply).await;
    completed(&mut listening).await
}

async fn completed(listening: &mut Listening) -> String {
    let mut text = String::new();
    while let Some(event) = listening.next().await {
        match event.name.as_str() {
            "token" => text.push_str(event.data["text"].as_str().expect("words")),
            "completed" => assert_eq!(event.data.get("message_id"), None, "{event:?}"),
            "failed" => panic!("{event:?}"),
            _ => {}
        }
    }
    text
}

#[tokio::test]
async fn over_the_interface_it_is_asked_for_once_heard_like_a_reply_and_no_message() {
    let (mira, stub) = (Innkeeper::common().await.guest("Mira").await, Stub::start().await);
    let conversation = mira.sits_down(&stub, "slow").await;
    mira.hears(&conversation, "Hello").await.completed();
    let path = format!("conversations/{conversation}/impersonations");
    let wanted = json!({"instruction": "Be rude"});

    let first = mira.asks(mira.keyed(&path, "once", &wanted)).await.is(202).json();
    let again = mira.asks(mira.keyed(&path, "once", &wanted)).await.is(202).json();
    assert_eq!(first, again);
    mira.posts(&path, wanted.clone()).await.is_refused(409, "somebody-speaks");
    let reply = first["replies"][0]["reply_id"].as_str().expect("a reply");
    assert_eq!(heard_out(&mira, reply).await, WORDS.concat());
    assert_eq!(heard_out(&mira, reply).await, WORDS.concat(), "also when it is over");

    let request = mira.request(Method::POST, &path).header("accept", "text/event-stream").json(&json!({}));
    let mut listening = Listening::to(request.send().await.expect("an answer"));
    listening.until("token").await;
    let under_way = stub.tally().asked;
    assert_eq!(under_way, 3);
    assert!(completed(&mut listening).await.ends_with(WORDS[5]));

    assert_eq!(mira.words(&conversation).await, ["Hello", &WORDS.concat()]);
    let listed = mira.gets(&format!("conversations/{conversation}")).await.is(200).json();
    assert_eq!(listed["message_count"], 2);
    mira.does(&format!("replies/{reply}/regenerate")).await.is_refused(409, "only-proposed");
    mira.does(&format!("replies/{reply}/cancel")).await.is_refused(409, "reply-already-over");
}

#[tokio::test]
async fn nobody_is_proposed_what_they_may_not_say() {
    let house = Innkeeper::common().await;
    let (mira, vlad, stub) = (house.guest("Mira").await, house.guest("Vlad").await, Stub::start().await);
    let conversation = mira.sits_down(&stub, "stall").await;
    let path = format!("conversations/{conversation}/impersonations");

    vlad.posts(&path, json!({})).await.is_refused(404, "conversation-not-found");
    mira.posts(&path, json!({"instruction": " "})).await.is_refused(422, "out-of-bounds");
    let stranger = vlad.invents("Bard").await;
    mira.posts(&path, json!({"character_id": stranger})).await.is_refused(422, "character-not-taking-part");

    let asked = mira.posts(&path, json!({})).await.is(202).json();
    let reply = asked["replies"][0]["reply_id"].as_str().expect("a reply").to_owned();
    let mut listening = mira.listens(&reply).await;
    listening.until("token").await;
    mira.does(&format!("replies/{reply}/cancel")).await.is(200);
    let ended = listening.until("failed").await;
    assert_eq!(ended.data["problem"]["type"], "/problems/reply-cancelled");
    stub.until(|tally| tally.aborted == 1).await;
    assert_eq!(mira.story(&conversation).await, Vec::<Value>::new());
}
