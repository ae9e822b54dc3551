//! Chats that were held elsewhere: they come in with everything that was said, go on here, and go out again.

use reqwest::Method;
use reqwest::multipart::{Form, Part};
use serde_json::{Value, json};

use crate::answer::Answer;
use crate::guest::Guest;
use crate::house::Innkeeper;
use crate::model_stub::Stub;

async fn mira() -> Guest {
    Innkeeper::common().await.guest("Mira").await
}

/// SillyTavern's lines.
fn lines(lines: &[Value]) -> Vec<u8> {
    lines.iter().map(Value::to_string).collect::<Vec<_>>().join("\n").into_bytes()
}

/// An evening with a greeting in two wordings, a narrator, and a note that the model is not told.
fn evening() -> Vec<u8> {
    lines(&[
        json!({"chat_metadata": {"integrity": "i-1", "variables": {"mood": 1}}, "user_name": "unused", "character_name": "unused"}),
        json!({"name": "Aqua", "is_user": false, "send_date": "2024-03-01T20:00:00.000Z", "mes": "Drip.",
               "swipes": ["Splash.", "Drip."], "swipe_id": 1, "swipe_info": [{"extra": {"model": "a"}}, {"extra": {"model": "b"}}],
               "extra": {"model": "b"}, "title": ""}),
        json!({"name": "Captain", "is_user": true, "is_system": false, "send_date": "2024-03-01T20:01:00.000Z", "mes": "Ahoy!", "extra": {}}),
        json!({"name": "System", "is_user": false, "is_system": false, "send_date": "2024-03-01T20:02:00.000Z", "mes": "It rains.", "extra": {"type": "narrator"}}),
        json!({"name": "Aqua", "is_user": false, "is_system": true, "send_date": "2024-03-01T20:03:00.000Z", "mes": "A secret.", "extra": {}}),
    ])
}

fn to(characters: &[&str]) -> String {
    let ids: Vec<_> = characters.iter().map(|id| format!("character_id={id}")).collect();
    format!("conversations/import?{}", ids.join("&"))
}

async fn brings(guest: &Guest, file: Vec<u8>, characters: &[&str]) -> Answer {
    guest.asks(guest.request(Method::POST, &to(characters)).body(file)).await
}

fn only(imported: &Value) -> String {
    imported["conversations"][0]["id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn what_was_said_elsewhere_stands_here_with_its_wordings_times_and_names() {
    let mira = mira().await;
    let aqua = mira.invents("Aqua").await;

    let imported = brings(&mira, evening(), &[&aqua]).await.is(201);
    assert_eq!(imported.header("ink-outcome"), Some("decided"));
    let imported = imported.json();

    assert_eq!((&imported["conversations"][0]["messages"], &imported["warnings"]), (&json!(4), &json!([])));
    let story = mira.story(&only(&imported)).await;
    let told: Vec<_> = story
        .iter()
        .map(|message| {
            json!([
                message["text"],
                message["speaker"]["kind"],
                message["speaker"]["name"],
                message["hidden"]
            ])
        })
        .collect();
    assert_eq!(
        told,
        [
            json!(["Drip.", "character", null, false]),
            json!(["Ahoy!", "user", null, false]),
            json!(["It rains.", "narrator", "System", false]),
            json!(["A secret.", "character", null, true]),
        ]
    );
    assert_eq!((&story[0]["variants"], &story[0]["chosen"]), (&json!(["Splash.", "Drip."]), &json!(1)));
    assert_eq!(story[1]["created_at"], "2024-03-01T20:01:00Z");
    let shown = mira.gets(&format!("conversations/{}", only(&imported))).await.is(200).json();
    assert_eq!(shown["persona"]["name"], "Captain");
}

#[tokio::test]
async fn brought_again_it_is_the_same_and_untouched_it_goes_out_as_the_same_file() {
    let mira = mira().await;
    let aqua = mira.invents("Aqua").await;
    let first = brings(&mira, evening(), &[&aqua]).await.is(201).json();
    let conversation = only(&first);

    let again = brings(&mira, evening(), &[&aqua]).await.is(201);
    assert_eq!(again.header("ink-outcome"), Some("repeated"));
    assert_eq!(only(&again.json()), conversation);
    assert_eq!(mira.words(&conversation).await.len(), 4);

    let out = mira.gets(&format!("conversations/{conversation}/export?format=jsonl")).await.is(200);
    assert_eq!(out.body, evening());
    let bard = mira.invents("Bard").await;
    assert_ne!(only(&brings(&mira, evening(), &[&bard]).await.is(201).json()), conversation);
}

#[tokio::test]
async fn it_goes_on_here_and_what_the_file_knew_goes_out_with_what_was_said_since() {
    let (mira, stub) = (mira().await, Stub::start().await);
    mira.speaks_through(&stub, "normal").await;
    let aqua = mira.invents("Aqua").await;
    let conversation = only(&brings(&mira, evening(), &[&aqua]).await.is(201).json());

    let heard = mira.hears(&conversation, "And now?").await;
    let reply = heard.completed();

    let asked = stub.last_asked().body.to_string();
    assert!(
        asked.contains("Drip.") && asked.contains("It rains.") && !asked.contains("A secret."),
        "{asked}"
    );
    let first = mira.story(&conversation).await[0]["id"].as_str().unwrap().to_owned();
    mira.posts(&format!("messages/{first}/choose"), json!({"variant": 0})).await.is(200);
    let out = mira.gets(&format!("conversations/{conversation}/export")).await.is(200);
    let out: Vec<Value> =
        out.body.split(|byte| *byte == b'\n').map(|line| serde_json::from_slice(line).unwrap()).collect();
    assert_eq!(out[0]["chat_metadata"]["integrity"], "i-1");
    assert_eq!((&out[1]["mes"], &out[1]["swipes"]), (&json!("Splash."), &json!(["Splash.", "Drip."])));
    assert_eq!(out[1]["extra"]["model"], "a");
    assert_eq!((&out[4]["is_system"], &out[3]["extra"]["type"]), (&json!(true), &json!("narrator")));
    assert_eq!(
        (&out[5]["mes"], &out[5]["is_user"], &out[5]["name"]),
        (&json!("And now?"), &json!(true), &json!("Captain"))
    );
    assert_eq!((&out[6]["mes"], &out[6]["name"]), (&json!(reply), &json!("Aqua")));
}

#[tokio::test]
async fn in_a_group_everybody_says_their_own_and_who_did_not_come_keeps_their_name() {
    let mira = mira().await;
    let [aqua, bard] = [mira.invents("Aqua").await, mira.invents("Bard").await];
    let said = |name: &str, avatar: &str, text: &str| json!({"name": name, "is_user": false, "original_avatar": avatar, "send_date": "2024-03-01T20:00:00.000Z", "mes": text, "extra": {}});
    let group = lines(&[
        json!({"chat_metadata": {}, "user_name": "unused", "character_name": "unused"}),
        said("Aqua", "a.png", "Splash."),
        said("The Bard", "b.png", "La la."),
        said("Gone", "g.png", "Bye."),
    ]);
    let form = Form::new()
        .part("file", Part::bytes(group))
        .text("title", "By the sea")
        .text("persona_name", "Mira")
        .text("persona_description", "A sailor.")
        .text("avatar", "a.png")
        .text("avatar", "b.png");

    let imported =
        mira.asks(mira.request(Method::POST, &to(&[&aqua, &bard])).multipart(form)).await.is(201).json();

    assert_eq!(imported["conversations"][0]["title"], "By the sea");
    assert_eq!(imported["warnings"][0]["code"], "speaker-not-here");
    let story = mira.story(&only(&imported)).await;
    let speakers: Vec<_> =
        story.iter().map(|message| json!([message["speaker"]["id"], message["speaker"]["name"]])).collect();
    assert_eq!(speakers, [json!([aqua, null]), json!([bard, "The Bard"]), json!([null, "Gone"])]);
    let shown = mira.gets(&format!("conversations/{}", only(&imported))).await.is(200).json();
    assert_eq!(shown["persona"], json!({"name": "Mira", "description": "A sailor."}));
}

#[tokio::test]
async fn a_chat_of_thousands_of_messages_comes_in_whole_and_in_order() {
    let mira = mira().await;
    let aqua = mira.invents("Aqua").await;
    let text = |nth: usize| format!("{nth} {}", "la ".repeat(100));
    let mut chat = vec![json!({"chat_metadata": {}, "user_name": "Mira", "character_name": "Aqua"})];
    chat.extend((0..5_000).map(|nth| {
        json!({"name": "Aqua", "is_user": nth % 2 == 0, "send_date": 1_700_000_000_000_u64 + nth, "mes": text(usize::try_from(nth).unwrap()), "extra": {}})
    }));

    let imported = brings(&mira, lines(&chat), &[&aqua]).await.is(201).json();

    let words = mira.words(&only(&imported)).await;
    assert_eq!(words.len(), 5_000);
    assert!(words.iter().enumerate().all(|(nth, words)| *words == text(nth)));
}

#[tokio::test]
async fn what_began_here_goes_out_too() {
    let (mira, stub) = (mira().await, Stub::start().await);
    let conversation = mira.sits_down(&stub, "normal").await;
    let heard = mira.hears(&conversation, "Good evening").await;
    let reply = heard.completed();

    let out = mira.gets(&format!("conversations/{conversation}/export?format=jsonl")).await.is(200);

    assert_eq!(out.header("content-type"), Some("application/x-ndjson"));
    let out: Vec<Value> =
        out.body.split(|byte| *byte == b'\n').map(|line| serde_json::from_slice(line).unwrap()).collect();
    let said: Vec<_> = out[1..].iter().map(|line| json!([line["mes"], line["is_user"]])).collect();
    assert_eq!(said, [json!(["Good evening", true]), json!([reply, false])]);
    mira.gets(&format!("conversations/{conversation}/export?format=pdf"))
        .await
        .is_refused(400, "bad-request");
}

#[tokio::test]
async fn what_is_no_chat_and_what_is_somebody_elses_is_refused() {
    let (mira, vlad) = (mira().await, mira().await);
    let aqua = mira.invents("Aqua").await;
    for (code, file) in [("not-a-chat", b"{\"colour\": \"blue\"}".to_vec()), ("bad-json", b"{\"mes".to_vec())]
    {
        let problem = brings(&mira, file, &[&aqua]).await.is_refused(422, "chat-refused");
        assert_eq!(problem["code"], code, "{problem}");
    }
    brings(&mira, evening(), &[]).await.is_refused(422, "nobody-there");
    brings(&mira, evening(), &["aqua"]).await.is_refused(400, "bad-request");
    brings(&mira, evening(), &[&aqua, &aqua]).await.is_refused(422, "character-twice");
    brings(&vlad, evening(), &[&aqua]).await.is_refused(404, "character-not-found");
    let conversation = only(&brings(&mira, evening(), &[&aqua]).await.is(201).json());
    vlad.gets(&format!("conversations/{conversation}/export"))
        .await
        .is_refused(404, "conversation-not-found");
}
