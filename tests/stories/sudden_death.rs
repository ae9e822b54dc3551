//! The plug is pulled at any point of a turn, twenty times over: nothing that was acknowledged is lost, and no reply is
//! completed twice. An import that was cut off is finished by repeating it.

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};

use crate::card::world;
use crate::guest::{Guest, Said};
use crate::house::Plan;
use crate::model_stub::{Stub, WORDS};

const ROUNDS: usize = 20;

/// When the plug is pulled.
#[derive(Clone, Copy, Debug)]
enum Moment {
    /// While the message is on its way: nobody knows whether it arrived.
    OnItsWay(Duration),
    /// As soon as the message is acknowledged.
    Acknowledged,
    /// When so many tokens were heard.
    Tokens(usize),
    /// As soon as the reply is complete.
    Completed,
}

/// A different point of the turn each round.
fn moment(round: usize) -> Moment {
    match round % 5 {
        0 => Moment::OnItsWay(Duration::from_micros(200 + 700 * round as u64)),
        1 => Moment::Acknowledged,
        2 => Moment::Tokens(1),
        3 => Moment::Tokens(1 + round % WORDS.len()),
        _ => Moment::Completed,
    }
}

fn text(round: usize) -> String {
    format!("This is round {round}.")
}

/// One turn, up to its moment; the acknowledgement, if there was one.
async fn turn(guest: &Guest, conversation: &str, round: usize) -> Option<Said> {
    match moment(round) {
        Moment::OnItsWay(pause) => {
            // Whether it is answered within the pause is what the round leaves to chance.
            let path = format!("conversations/{conversation}/messages");
            let sent = guest.keyed(&path, &format!("round-{round}"), &json!({"text": text(round)})).send();
            let answered = tokio::time::timeout(pause, sent).await.ok()?.ok()?;
            Some(Said::of(&answered.json::<Value>().await.ok()?))
        }
        Moment::Acknowledged => Some(guest.says(conversation, &text(round)).await),
        Moment::Tokens(count) => {
            let (said, mut listening) = guest.talks(conversation, &text(round)).await;
            for _ in 0..count {
                listening.until("token").await;
            }
            Some(said)
        }
        Moment::Completed => {
            let (said, listening) = guest.talks(conversation, &text(round)).await;
            listening.heard().await.completed();
            Some(said)
        }
    }
}

#[tokio::test]
async fn twenty_times_the_plug_is_pulled_and_nothing_acknowledged_is_lost() {
    let plan = Plan::alone().with("INNKEEPER_WORKER_ACK_WAIT", "1s");
    let stub = Stub::with_pace(Duration::from_millis(30)).await;
    let mut house = plan.opens().await;
    let owner = house.owner();
    let conversation = owner.sits_down(&stub, "slow").await;
    let mut acknowledged = vec![];
    for round in 0..ROUNDS {
        let guest = owner.at(house.address());
        let said = turn(&guest, &conversation, round).await;
        house.dies();
        house = plan.opens().await;
        let guest = owner.at(house.address());
        let said = match (said, moment(round)) {
            (Some(said), _) => said,
            // Nobody knows whether it arrived: the same key settles it.
            (None, _) => {
                let path = format!("conversations/{conversation}/messages");
                let body = json!({"text": text(round)});
                Said::of(
                    &guest.asks(guest.keyed(&path, &format!("round-{round}"), &body)).await.is(202).json(),
                )
            }
        };
        owner.remembers(&said.position);
        acknowledged.push(said);
    }

    let guest = owner.at(house.address());
    for said in &acknowledged {
        assert_eq!(guest.hears_out(said.reply()).await.completed(), WORDS.concat());
    }
    let story = guest.story(&conversation).await;
    let by_people: Vec<_> = story.iter().filter(|message| message["speaker"]["kind"] == "user").collect();
    let texts: Vec<_> =
        by_people.iter().map(|message| message["text"].as_str().unwrap().to_owned()).collect();
    assert_eq!(texts, (0..ROUNDS).map(text).collect::<Vec<_>>());
    for (message, said) in by_people.iter().zip(&acknowledged) {
        assert_eq!(message["id"], said.message);
    }
    let replies: Vec<_> = story.iter().filter(|message| message["speaker"]["kind"] == "character").collect();
    assert_eq!(replies.len(), ROUNDS);
    assert!(replies.iter().all(|message| message["variants"] == json!([WORDS.concat()])), "{replies:?}");
    completed_once(&guest, &conversation).await;
}

/// The log itself, read through the feed: one `ReplyCompleted` for each reply.
async fn completed_once(guest: &Guest, conversation: &str) {
    let newest = guest.newest().unwrap();
    let epoch = newest.split('-').next().unwrap();
    let request = guest.request(reqwest::Method::GET, &format!("conversations/{conversation}/events"));
    let response = request.header("last-event-id", format!("{epoch}-0")).send().await.unwrap();
    let (mut feed, mut completed) = (crate::listening::Listening::to(response), vec![]);
    loop {
        let event = feed.next().await.expect("the feed goes on");
        if event.name == "ReplyCompleted" {
            completed.push(event.data["reply"].as_str().unwrap().to_owned());
        }
        assert_ne!(event.name, "ReplyFailed");
        if event.id == newest {
            break;
        }
    }
    let count = completed.len();
    completed.sort_unstable();
    completed.dedup();
    assert_eq!((count, completed.len()), (ROUNDS, ROUNDS));
}

#[tokio::test]
async fn an_import_that_broke_off_goes_on_when_it_is_repeated() {
    let plan = Plan::shared().await;
    let house = plan.opens().await;
    let owner = house.owner();
    let file = world(6_000, "Rain.");
    let importing = tokio::spawn(owner.request(Method::POST, "lorebooks/import").body(file.clone()).send());
    // Wherever it is when the first part can be seen; the rest is given up with the house.
    let begun = loop {
        let page = owner.gets("lorebooks").await.is(200).json();
        if let [book] = page["items"].as_array().unwrap().as_slice() {
            break book.clone();
        }
    };
    house.dies();
    drop(importing.await);

    let house = plan.opens().await;
    let owner = owner.at(house.address());
    let id = owner.brings_lore(file).await.is(201).text("id");

    assert_eq!(begun["id"], id);
    let shown = owner.gets(&format!("lorebooks/{id}")).await.is(200).json();
    assert_eq!((&shown["entry_count"], &shown["missing_entries"]), (&json!(6_000), &json!(0)));
    let numbers: Vec<_> = owner.lore(&id).await.iter().map(|entry| entry["uid"].as_u64().unwrap()).collect();
    assert_eq!(numbers, (0..6_000).collect::<Vec<_>>());
}
