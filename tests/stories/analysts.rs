//! Analysts read what happened: everything, once, in order, without anybody's words, and can do nothing else.

use std::cell::RefCell;
use std::collections::BTreeSet;

use async_nats::jetstream::{
    consumer::{DeliverPolicy, push},
    stream::Config,
};
use nix::sys::signal::Signal;
use serde_json::{Value, json};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

use crate::analyst::{Analyst, Told, reads};
use crate::card::{card, json_file};
use crate::guest::Guest;
use crate::house::{Innkeeper, Plan};
use crate::servers::Place;

/// A word that nothing but a person would say.
const WORD: &str = "Zwetschgenknoedel";

/// Whether an event says of itself that it is of this commit, or of a later one.
fn is_at(position: &str) -> impl Fn(&Told) -> bool + use<> {
    let sequence = |position: &str| position.rsplit_once('-').expect("a position").1.parse::<u64>().unwrap();
    let wanted = sequence(position);
    move |told| told.event["position"].as_str().is_some_and(|position| sequence(position) >= wanted)
}

fn newest(guest: &Guest) -> String {
    guest.newest().expect("something was done")
}

fn types(all: &[Told]) -> Vec<&str> {
    all.iter().map(Told::r#type).collect()
}

/// A conversation with a first turn.
async fn talk(owner: &Guest, words: &str) -> (String, String) {
    let ida = owner.imports(json_file(&card(2, &format!("Ida {words}")))).await.is(201).text("id");
    let sit = json!({"character_ids": [ida], "title": words, "persona": {"name": words}});
    let conversation = owner.posts("conversations", sit).await.is(201).text("id");
    owner.hears(&conversation, &format!("I like {words}")).await.completed();
    (ida, conversation)
}

#[tokio::test]
async fn what_happens_is_told_as_it_is_described_without_words_and_without_own_names() {
    let place = Place::new().await;
    let (house, analyst) = (Plan::on(&place).opens().await, Analyst::at(&place).await);
    let owner = house.owner();
    let (ida, conversation) = talk(&owner, WORD).await;
    let path = format!("conversations/{conversation}/impersonations");
    let asked = owner.posts(&path, json!({"instruction": WORD})).await.is(202).json();
    let proposal = asked["replies"][0]["reply_id"].as_str().unwrap();
    owner.listens(proposal).await.until("completed").await;
    owner.hears(&conversation, WORD).await.completed();

    let all = analyst.reads_until(is_at(&newest(&owner))).await;

    let seen: BTreeSet<_> = types(&all).into_iter().collect();
    for name in [
        "UserRegistered",
        "ApiKeyIssued",
        "CharacterImported",
        "ConversationStarted",
        "MessageSent",
        "ImpersonationRequested",
    ] {
        assert!(seen.contains(name), "{name} is missing: {seen:?}");
    }
    let document = owner.gets("/api/asyncapi.json").await.is(200).json();
    let printed = house.plan().runs(&["events", "schema"]).await;
    assert_eq!(serde_json::from_slice::<Value>(&printed.stdout).unwrap(), document);
    for told in &all {
        let message = &document["components"]["messages"][told.r#type()];
        let validator = jsonschema::draft7::new(&message["payload"]).unwrap();
        let wrong: Vec<_> = validator.iter_errors(&told.event).map(|error| error.to_string()).collect();
        assert!(wrong.is_empty(), "{wrong:?}\n{told:?}");
        let address = document["channels"][told.r#type()]["address"].as_str().unwrap();
        assert!(told.subject.starts_with(address.trim_end_matches("{id}")), "{address} {told:?}");
        let header = told.headers.get("Ink-Position").unwrap().as_str();
        assert_eq!(told.event["position"], header);
        let whole = format!("{told:?}");
        let me = owner.gets("me").await.is(200).text("id");
        for secret in [WORD, &ida, &conversation, &me, owner.key()] {
            assert!(!whole.contains(secret), "{secret} is told: {whole}");
        }
    }
    the_names_join(house.plan(), &all, &ida).await;
}

/// The same thing has the same name everywhere, and who has the key finds it.
async fn the_names_join(plan: &Plan, all: &[Told], ida: &str) {
    let of =
        |name: &str| all.iter().rfind(|told| told.r#type() == name).unwrap_or_else(|| panic!("no {name}"));
    let character = of("ReplyRequested").event["data"]["character"].as_str().unwrap().to_owned();
    assert_eq!(plan.runs(&["events", "name", ida]).await.stdout, format!("{character}\n").into_bytes());
    assert!(all.iter().any(|told| told.subject.ends_with(&format!("CharacterImported.{character}"))));
    assert_eq!(of("ReplyRequested").event["data"]["reply"], of("ReplyCompleted").event["data"]["reply"]);
    assert_eq!(of("MessageSent").event["data"]["author"], of("MessageSent").event["owner"]);
    assert_eq!(of("MessageSent").event["actor"], of("MessageSent").event["owner"]);
    assert_eq!(of("ReplyCompleted").event["actor"], "house");
}

#[tokio::test]
async fn publishers_stand_by_for_each_other_and_everything_is_told_once() {
    let place = Place::new().await;
    let plan = Plan::on(&place).with("INNKEEPER_EVENTS_PUBLISH", "false");
    let (house, analyst) = (plan.opens().await, Analyst::at(&place).await);
    let owner = house.owner();
    let publisher = || plan.elsewhere().with("INNKEEPER_EVENTS_PUBLISH", "true");
    let mut running = vec![publisher().begins(&["publish"]), publisher().begins(&["publish"])];
    for round in 0..4 {
        talk(&owner, &format!("round {round}")).await;
        // One dies in the middle of it, whichever is at work, and a new one comes.
        running.remove(0).dies();
        running.push(publisher().begins(&["publish"]));
        analyst.reads_until(is_at(&newest(&owner))).await;
    }

    let all = analyst.reads_until(is_at(&newest(&owner))).await;

    let ids: Vec<_> = all
        .iter()
        .map(|told| {
            let (sequence, index) = told.event["id"].as_str().unwrap().split_once('.').unwrap();
            (sequence.parse::<u64>().unwrap(), index.parse::<u32>().unwrap())
        })
        .collect();
    assert!(ids.is_sorted_by(|one, next| one < next), "in order and once: {ids:?}");
    let commits: BTreeSet<_> = ids.iter().map(|(sequence, _)| *sequence).collect();
    assert_eq!(commits, (1..=ids.last().unwrap().0).collect(), "no commit is left out");
}

#[tokio::test]
async fn the_stream_can_begin_anew_and_tells_the_same_again() {
    let place = Place::new().await;
    let (house, analyst) = (Plan::on(&place).opens().await, Analyst::at(&place).await);
    let owner = house.owner();
    talk(&owner, "once").await;
    let before = analyst.reads_until(is_at(&newest(&owner))).await;

    let anew = house.plan().runs(&["events", "rebuild"]).await;

    assert!(anew.status.success(), "{}", String::from_utf8_lossy(&anew.stderr));
    let after = analyst.reads_until(is_at(&newest(&owner))).await;
    assert_eq!(after[0].r#type(), "Restarted");
    let events = |all: &[Told]| all.iter().map(|told| told.event.clone()).collect::<Vec<_>>();
    assert_eq!(events(&after[1..]), events(&before));
    let metrics = owner.gets("/metrics").await.is(200);
    assert!(String::from_utf8_lossy(&metrics.body).contains("innkeeper_publisher_lag_seconds"));
}

#[tokio::test]
async fn analysts_share_the_work_choose_what_they_read_and_go_back_in_time() {
    let place = Place::new().await;
    let (house, analyst) = (Plan::on(&place).opens().await, Analyst::at(&place).await);
    let owner = house.owner();
    let (ida, _) = talk(&owner, "first").await;
    let first = analyst.reads_until(is_at(&newest(&owner))).await;
    let between = innkeeper::stamp::now();
    talk(&owner, "second").await;
    let all = analyst.reads_until(is_at(&newest(&owner))).await;

    // By type.
    let sent = analyst.consumer(None, &["conversation.MessageSent.*"], DeliverPolicy::All).await;
    let last = all.iter().rfind(|told| told.r#type() == "MessageSent").unwrap().id();
    assert_eq!(types(&reads(&sent, |told| told.id() == last).await), ["MessageSent", "MessageSent"]);
    // By character.
    let name = String::from_utf8(house.plan().runs(&["events", "name", &ida]).await.stdout).unwrap();
    let hers = analyst.consumer(None, &[&format!("character.*.{}", name.trim())], DeliverPolicy::All).await;
    let told = reads(&hers, |told| told.r#type() == "CharacterImported").await;
    assert_eq!(types(&told), ["CharacterImported"]);
    // From a time on.
    let since = analyst.consumer(None, &[">"], DeliverPolicy::ByStartTime { start_time: between }).await;
    let later = reads(&since, is_at(&newest(&owner))).await;
    let ids = |all: &[Told]| all.iter().map(Told::id).collect::<Vec<_>>();
    assert_eq!(ids(&later), ids(&all[first.len()..]));
    assert!(OffsetDateTime::parse(later[0].event["time"].as_str().unwrap(), &Rfc3339).unwrap() > between);
    // Two of a team get each event once between them, and go on where they stopped.
    let team = || analyst.consumer(Some("team"), &[">"], DeliverPolicy::All);
    let (one, other) = (team().await, team().await);
    let mut shared = BTreeSet::new();
    for told in reads(&one, |told| told.id() == first.last().unwrap().id()).await {
        assert!(shared.insert(told.id()), "{told:?} came twice");
    }
    drop(one);
    // What the first one had in its hands and did not take comes to the other a moment later.
    let missing: BTreeSet<_> = ids(&all).into_iter().filter(|id| !shared.contains(id)).collect();
    let missing = RefCell::new(missing);
    reads(&other, |told| missing.borrow_mut().remove(&told.id()) && missing.borrow().is_empty()).await;
}

#[tokio::test]
async fn an_analyst_can_read_this_and_nothing_else() {
    let place = Place::new().await;
    let (house, analyst) = (Plan::on(&place).opens().await, Analyst::at(&place).await);
    let owner = house.owner();
    talk(&owner, "quiet").await;
    let before = analyst.reads_until(is_at(&newest(&owner))).await;
    let (jetstream, client) = (&analyst.jetstream, &analyst.client);

    // The log is not there for them, nor anything of the house.
    let log = format!("{}_LOG", place.prefix.to_ascii_uppercase());
    jetstream.get_stream(&log).await.unwrap_err();
    let streams = futures_util::TryStreamExt::try_collect::<Vec<_>>(jetstream.stream_names()).await.unwrap();
    assert!(streams.iter().all(|name| name.ends_with("_EVENTS")), "{streams:?}");
    // They can write nothing.
    let subject = analyst.subject("conversation.MessageSent.00000000-0000-0000-0000-000000000001");
    let log_subject = format!("{}.log.user.00000000-0000-0000-0000-000000000001", place.prefix);
    for subject in [&subject, &log_subject] {
        let published = jetstream.publish(subject.clone(), "forged".into()).await.unwrap();
        published.await.unwrap_err();
    }
    let stream = analyst.stream().await;
    stream.purge().await.unwrap_err();
    stream.delete_message(1).await.unwrap_err();
    assert!(jetstream.delete_stream(analyst.stream_name()).await.is_err());
    let mine = Config { name: "MINE".into(), subjects: vec!["mine.>".into()], ..Config::default() };
    jetstream.create_stream(mine).await.unwrap_err();
    // Nor let the server write for them: what a consumer delivers reaches neither the stream nor the log.
    let deliver =
        |subject: &str| push::Config { deliver_subject: subject.to_owned(), ..push::Config::default() };
    assert!(
        stream.create_consumer(deliver(&subject)).await.is_err(),
        "a consumer cannot feed its own stream"
    );
    let delete = format!("$JS.API.STREAM.DELETE.{}", analyst.stream_name());
    for subject in [&log_subject, &delete] {
        let _ = stream.create_consumer(deliver(subject)).await;
    }
    // They hear nothing of the house on core NATS either.
    let mut overheard = client.subscribe(format!("{}.>", place.prefix)).await.unwrap();
    client.flush().await.unwrap();
    owner.posts("conversations", json!({"character_ids": [first_character(&owner).await]})).await.is(201);

    let after = analyst.reads_until(is_at(&newest(&owner))).await;

    assert_eq!(
        after[..before.len()].iter().map(Told::id).collect::<Vec<_>>(),
        before.iter().map(Told::id).collect::<Vec<_>>()
    );
    let next = futures_util::FutureExt::now_or_never(futures_util::StreamExt::next(&mut overheard));
    assert!(matches!(next, None | Some(None)), "{next:?}");
    the_log_is_whole(&house, &owner).await;
}

async fn first_character(owner: &Guest) -> String {
    let all = owner.gets("characters").await.is(200).json();
    all["items"][0]["id"].as_str().unwrap().to_owned()
}

/// The house still reads and writes, and holds itself ready.
async fn the_log_is_whole(house: &Innkeeper, owner: &Guest) {
    owner.gets("/readyz").await.is(200);
    house.signals(Signal::SIGCONT);
    owner.posts("me/keys", json!({"label": "another"})).await.is(201);
}
