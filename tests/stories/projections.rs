//! Whoever runs a house looks after its read models: how far they are, building them anew while they serve, and projectors
//! that stand by for each other.

use std::path::Path;
use std::time::{Duration, Instant};

use nix::sys::signal::Signal;
use reqwest::Method;
use serde_json::{Value, json};

use crate::guest::Guest;
use crate::house::{Innkeeper, Plan};
use crate::nats_server::NatsServer;
use crate::servers::Place;

const NAMES: [&str; 5] = ["users", "characters", "conversations", "lorebooks", "personas"];

async fn status(owner: &Guest) -> Value {
    owner.gets("projections").await.is(200).json()
}

/// What somebody who reads their own writes sees of the character, once the rows are there.
async fn sees(guest: &Guest, character: &str) -> Value {
    let since = Instant::now();
    loop {
        let answer = guest.gets(&format!("characters/{character}")).await;
        if answer.status == 200 {
            return answer.json();
        }
        answer.is_refused(503, "not-yet");
        assert!(since.elapsed() < Duration::from_secs(60), "the rows do not come");
    }
}

#[tokio::test]
async fn read_models_are_built_anew_while_they_serve() {
    let house = Plan::shared().await.opens().await;
    let (owner, mira) = (house.owner(), house.guest("Mira").await);
    let ida = mira.invents("Ida").await;
    let conversation = mira.sits_down_with(&[&ida]).await;
    let said = mira.says(&conversation, "Is it warm inside?").await;
    mira.hears_out(said.reply()).await.completed();
    let read =
        async || (mira.gets(&format!("characters/{ida}")).await.json(), mira.story(&conversation).await);
    let before = read().await;

    for name in NAMES {
        owner.does(&format!("projections/{name}/rebuild")).await.is(202);
    }
    let since = Instant::now();
    loop {
        assert_eq!(read().await, before);
        let report = status(&owner).await;
        let all = report["projections"].as_array().unwrap();
        if all.iter().all(|it| it["rebuild"].is_null()) {
            assert!(all.iter().all(|it| it["state"] == "live"), "{report}");
            break;
        }
        assert!(since.elapsed() < Duration::from_secs(60), "{report}");
    }
    assert_eq!(read().await, before);
    assert_eq!(mira.invents("Ada").await.len(), 36);
    assert_eq!(mira.gets("characters").await.json()["items"][0]["name"], "Ada");

    // The same from the command line, by the projector of the house that is open.
    let rebuilt = house.plan().runs(&["projections", "rebuild", "all", "--json"]).await;
    assert!(rebuilt.status.success(), "{}", String::from_utf8_lossy(&rebuilt.stderr));
    assert_eq!(String::from_utf8(rebuilt.stdout).unwrap().lines().count(), NAMES.len());
    let told = house.plan().runs(&["projections", "status"]).await;
    let told = String::from_utf8(told.stdout).unwrap();
    assert!(
        told.contains("a projector is at work") && NAMES.iter().all(|name| told.contains(name)),
        "{told}"
    );
    assert_eq!(read().await, before);
    let tried = house.plan().runs(&["projections", "retry", "all"]).await;
    assert!(tried.status.success());

    let metrics = owner.gets("/metrics").await.is(200).body;
    let metrics = String::from_utf8(metrics.to_vec()).unwrap();
    for name in NAMES {
        assert!(
            metrics.contains(&format!("innkeeper_projection_lag_seconds{{projection=\"{name}\"}}")),
            "{metrics}"
        );
    }
    assert!(metrics.contains("innkeeper_projector_at_work 1"));
}

#[tokio::test]
async fn only_the_owner_looks_after_them() {
    let house = Innkeeper::common().await;
    let (owner, mira) = (house.owner(), house.guest("Mira").await);
    mira.gets("projections").await.is_refused(403, "not-the-owner");
    mira.does("projections/users/rebuild").await.is_refused(403, "not-the-owner");
    mira.does("projections/users/retry").await.is_refused(403, "not-the-owner");
    owner.gets("projections/dragons").await.is_refused(404, "projection-not-found");
    owner.does("projections/dragons/rebuild").await.is_refused(404, "projection-not-found");
    let shown = owner.gets("projections/users").await.is(200).json();
    assert_eq!((&shown["state"], &shown["parked_commits"]), (&json!("live"), &json!([])));
    let unknown = house.plan().runs(&["projections", "rebuild", "dragons"]).await;
    assert!(!unknown.status.success());
    assert!(
        String::from_utf8_lossy(&unknown.stderr).contains("all, users, characters, conversations, lorebooks")
    );
}

/// The first dies, the second freezes; each time another goes on, and the one that wakes up writes nothing twice.
#[tokio::test]
async fn a_projector_that_dies_or_freezes_is_replaced_within_seconds() {
    let plan = Plan::shared().await;
    let house = plan.opens_as(&["serve"]).await;
    let mira = house.guest("Mira").await;
    let first = plan.begins(&["project"]);
    sees(&mira, &mira.invents("Ida").await).await;
    let second = plan.elsewhere().begins(&["project"]);
    first.dies();
    let dead = Instant::now();
    sees(&mira, &mira.invents("Ada").await).await;
    assert!(dead.elapsed() < Duration::from_secs(20), "{:?}", dead.elapsed());

    let third = plan.elsewhere().begins(&["project"]);
    second.signals(Signal::SIGSTOP);
    let names: Vec<String> = (0..20).map(|number| format!("Guest {number}")).collect();
    for name in &names {
        mira.invents(name).await;
    }
    let page = mira.gets("characters?limit=100").await.is(200).json();
    assert_eq!(page["items"].as_array().unwrap().len(), 22);
    second.signals(Signal::SIGCONT);
    sees(&mira, &mira.invents("Eve").await).await;
    let listed = mira.gets("characters?limit=100").await.is(200).json();
    let listed: Vec<_> = listed["items"].as_array().unwrap().iter().map(|it| it["name"].clone()).collect();
    assert_eq!(listed.len(), 23, "{listed:?}");
    drop(third);
}

/// Nobody projects: the command line builds by itself.
#[tokio::test]
async fn where_nobody_projects_the_command_line_builds() {
    let place = Place::new().await;
    let house = Plan::on(&place).opens().await;
    let owner = house.owner();
    let ida = owner.invents("Ida").await;
    sees(&owner, &ida).await;
    let plan = house.plan().clone();
    assert!(house.stops().success());
    let told = plan.runs(&["projections", "status"]).await;
    assert!(String::from_utf8_lossy(&told.stdout).contains("NO PROJECTOR"));
    let rebuilt = plan.runs(&["projections", "rebuild", "characters"]).await;
    assert!(rebuilt.status.success(), "{}", String::from_utf8_lossy(&rebuilt.stderr));
    let house = plan.opens().await;
    assert_eq!(sees(&owner.at(house.address()), &ida).await["name"], "Ida");
}

fn copied(from: &Path, to: &Path) {
    let done = std::process::Command::new("cp").arg("-a").arg(from).arg(to).status().unwrap();
    assert!(done.success());
}

/// A house that finds another log under its rows stops, and says what to do.
async fn refuses(plan: &Plan, owner: &Guest, why: &str) {
    let house = plan.begins(&[]);
    let ended = house.ends();
    let (_, said) = plan.said();
    assert!(!ended.success(), "{said}");
    let last = said.lines().last().unwrap().to_owned();
    assert!(
        last.contains("does not agree with the rows") && last.contains("projections rebuild all"),
        "{last}"
    );
    assert!(last.contains(why), "{last}");
    let told = plan.runs(&["projections", "status"]).await;
    let told = String::from_utf8(told.stdout).unwrap();
    assert!(told.contains("another log"), "{told}");
    let rebuilt = plan.runs(&["projections", "rebuild", "all"]).await;
    assert!(rebuilt.status.success(), "{}", String::from_utf8_lossy(&rebuilt.stderr));
    let house = plan.opens().await;
    let at_home = owner.at(house.address());
    at_home.asks(at_home.request(Method::GET, "/readyz")).await.is(200);
    assert!(house.stops().success());
}

#[tokio::test]
async fn a_log_that_was_rewound_or_made_anew_is_never_projected_over() {
    let (mut server, place) = (NatsServer::start(), Place::new().await);
    let plan =
        Plan::on(&place).with("NATS_URL", &server.url()).with("INNKEEPER_NATS_MONITOR", &server.monitor());
    let house = plan.opens().await;
    let owner = house.owner();
    sees(&owner, &owner.invents("Ida").await).await;
    assert!(house.stops().success());
    server.dies();
    let (store, copy) = (server.store(), server.store().with_extension("copy"));
    copied(&store, &copy);
    server.comes_back();
    let house = plan.opens().await;
    let at_home = owner.at(house.address());
    let ada = at_home.invents("Ada").await;
    sees(&at_home, &ada).await;
    assert!(house.stops().success());

    // An old copy comes back.
    let comes_back = |server: &mut NatsServer| {
        server.dies();
        std::fs::remove_dir_all(&store).unwrap();
        copied(&copy, &store);
        server.comes_back();
    };
    comes_back(&mut server);
    refuses(&plan, &owner, "its end is lost").await;

    // It comes back once more, and goes on another way before anybody projects.
    let house = plan.opens().await;
    let at_home = owner.at(house.address());
    sees(&at_home, &at_home.invents("Eve").await).await;
    assert!(house.stops().success());
    comes_back(&mut server);
    let serving = plan.opens_as(&["serve"]).await;
    let at_home = owner.at(serving.address());
    for name in ["Ann", "Bea", "Cid"] {
        at_home.invents(name).await;
    }
    assert!(serving.stops().success());
    refuses(&plan, &owner, "another commit").await;
    // Nothing comes back.
    server.dies();
    std::fs::remove_dir_all(&store).unwrap();
    server.comes_back();
    refuses(&plan, &owner, "was made anew").await;
    let house = plan.opens().await;
    let anew = house.owner();
    anew.remembers(&at_home.newest().unwrap());
    anew.gets("characters").await.is_refused(409, "another-log");
}

/// A character and a conversation, as they were before they changed; nobody else's, and not beyond the end.
#[tokio::test]
async fn the_past_is_shown_as_it_was_to_its_owner_only() {
    let house = Innkeeper::common().await;
    let (mira, vlad) = (house.guest("Mira").await, house.guest("Vlad").await);
    let ida = mira.invents("Ida").await;
    let conversation = mira.sits_down_with(&[&ida]).await;
    let said = mira.says(&conversation, "Is it warm inside?").await;
    let then = mira.newest().unwrap();
    let described = json!({"description": {"name": "Old Ida", "text": "She left."}});
    mira.patches(&format!("characters/{ida}"), described).await.is(200);
    mira.hears_out(said.reply()).await.completed();
    mira.says(&conversation, "Good night.").await;

    let of_now = mira.gets(&format!("characters/{ida}")).await.json();
    let of_then = mira.gets(&format!("characters/{ida}?at={then}")).await.is(200).json();
    assert_eq!((&of_then["name"], &of_now["name"]), (&json!("Ida"), &json!("Old Ida")));
    let path = format!("conversations/{conversation}");
    assert_eq!(mira.gets(&format!("{path}?at={then}")).await.is(200).json()["message_count"], 1);
    let messages = mira.gets(&format!("{path}/messages?at={then}")).await.is(200).json();
    let texts: Vec<_> = messages["items"].as_array().unwrap().iter().map(|it| it["text"].clone()).collect();
    assert_eq!(texts, ["Is it warm inside?"]);
    let by_time = of_then["updated_at"].as_str().unwrap();
    assert_eq!(mira.gets(&format!("characters/{ida}?at={by_time}")).await.is(200).json(), of_then);

    let (epoch, sequence) = then.split_once('-').unwrap();
    mira.gets(&format!("{path}?at={epoch}-0")).await.is_refused(404, "conversation-not-found");
    mira.gets(&format!("{path}?at={epoch}-999999999")).await.is_refused(422, "beyond-the-log");
    mira.gets(&format!("{path}?at=00000001-{sequence}")).await.is_refused(409, "another-log");
    mira.gets(&format!("{path}?at=yesterday")).await.is_refused(400, "malformed-moment");
    for path in [format!("characters/{ida}"), path.clone(), format!("{path}/messages")] {
        assert_eq!(vlad.gets(&format!("{path}?at={then}")).await.status, 404);
    }
}

/// The lists, too: what came later is not in them, and what was renamed or closed since is there as it was.
#[tokio::test]
async fn lists_are_shown_as_they_were() {
    let house = Innkeeper::common().await;
    let (mira, vlad) = (house.guest("Mira").await, house.guest("Vlad").await);
    let (ida, ada) = (mira.invents("Ida").await, mira.invents("Ada").await);
    let conversation = mira.sits_down_with(&[&ida]).await;
    let then = mira.newest().unwrap();
    let of_then = async |path: &str| mira.gets(&format!("{path}at={then}")).await.is(200).json();
    let (characters, conversations) = (of_then("characters?").await, of_then("conversations?").await);
    assert_eq!(characters["items"].as_array().unwrap().len(), 2);
    assert_eq!(conversations["items"][0]["id"], json!(conversation));

    let described = json!({"description": {"name": "Old Ida", "text": "She left."}});
    mira.patches(&format!("characters/{ida}"), described).await.is(200);
    mira.deletes(&format!("characters/{ada}")).await.is(200);
    mira.invents("Eve").await;
    mira.sits_down_with(&[&ida]).await;
    mira.does(&format!("conversations/{conversation}/close")).await.is(200);
    assert_eq!(of_then("characters?").await, characters);
    assert_eq!(of_then("conversations?").await, conversations);
    let by_time = conversations["items"][0]["created_at"].as_str().unwrap();
    assert_eq!(mira.gets(&format!("conversations?at={by_time}")).await.is(200).json(), conversations);
    let first = of_then("characters?limit=1&").await;
    let next = first["next_cursor"].as_str().unwrap();
    assert_eq!(of_then(&format!("characters?limit=1&cursor={next}&")).await["items"][0]["name"], "Ida");

    let (epoch, sequence) = then.split_once('-').unwrap();
    for list in ["characters", "conversations"] {
        assert_eq!(vlad.gets(&format!("{list}?at={then}")).await.is(200).json()["items"], json!([]));
        mira.gets(&format!("{list}?at={epoch}-999999999")).await.is_refused(422, "beyond-the-log");
        mira.gets(&format!("{list}?at=00000001-{sequence}")).await.is_refused(409, "another-log");
        mira.gets(&format!("{list}?at=yesterday")).await.is_refused(400, "malformed-moment");
    }
    mira.gets(&format!("characters?at={then}&query=Ida")).await.is_refused(400, "no-search-in-the-past");
}
