//! The keys to what people said: where the master key comes from, how keys are made anew, and what is told without them.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use reqwest::Method;

use crate::house::Plan;
use crate::model_stub::Stub;
use crate::servers::Place;

const ONE: &str = "0101010101010101010101010101010101010101010101010101010101010101";
const TWO: &str = "0202020202020202020202020202020202020202020202020202020202020202";

/// A place whose master key is this one.
fn under(place: &Place, key: &str) -> Plan {
    Plan::on(place).with("INNKEEPER_MASTER_KEY", key)
}

#[tokio::test]
async fn what_was_said_before_keys_were_made_anew_is_read_as_ever() {
    let place = Place::new().await;
    let plan = under(&place, ONE);
    let house = plan.opens().await;
    let (owner, stub) = (house.owner(), Stub::start().await);
    let conversation = owner.sits_down(&stub, "echo").await;
    owner.hears(&conversation, "before").await.completed();
    let told = plan.runs(&["keys", "rotate"]).await;
    let said = String::from_utf8_lossy(&told.stdout).into_owned();
    assert!(told.status.success() && said.contains("have a new key"), "{said}");
    house.dies();

    let house = plan.opens().await;
    let owner = house.owner();
    owner.hears(&conversation, "after").await.completed();
    let words = owner.words(&conversation).await;
    assert_eq!((words.len(), words[0].as_str(), words[2].as_str()), (4, "before", "after"));
}

#[tokio::test]
async fn another_master_key_takes_over_without_a_word_being_written_again() {
    let place = Place::new().await;
    let plan = under(&place, ONE);
    let house = plan.opens().await;
    let (owner, stub) = (house.owner(), Stub::start().await);
    let conversation = owner.sits_down(&stub, "echo").await;
    owner.hears(&conversation, "before").await.completed();
    assert!(house.stops().success());

    let next = plan.clone().with("INNKEEPER_MASTER_KEY", TWO);
    let refused = next.runs(&["migrate"]).await;
    let why = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(!refused.status.success() && why.contains("wrapped under the master key"), "{why}");
    assert!(!why.contains(ONE) && !why.contains(TWO), "{why}");

    let old = plan.folder().join("old.key");
    fs::write(&old, ONE).unwrap();
    let told = next.runs(&["keys", "rewrap", "--old-key-file", old.to_str().unwrap()]).await;
    assert!(told.status.success(), "{}", String::from_utf8_lossy(&told.stderr));
    let house = next.opens().await;
    let owner = owner.at(house.address());
    assert_eq!(owner.words(&conversation).await[0], "before");
}

#[tokio::test]
async fn a_command_may_tell_the_master_key_and_no_file_is_made_then() {
    let place = Place::new().await;
    let command = format!("echo {ONE}");
    let plan =
        under(&place, ONE).without("INNKEEPER_MASTER_KEY").with("INNKEEPER_MASTER_KEY_COMMAND", &command);
    let house = plan.opens().await;
    house.owner().invents("Ida").await;
    assert!(!plan.folder().join("master.key").exists());
    let config = plan.runs(&["config"]).await;
    assert!(!String::from_utf8_lossy(&config.stdout).contains(ONE), "the command may hold a secret");
}

#[tokio::test]
async fn the_master_key_of_a_folder_is_its_owners_alone() {
    let place = Place::new().await;
    let plan = under(&place, ONE).without("INNKEEPER_MASTER_KEY");
    let _house = plan.opens().await;
    let file = plan.folder().join("master.key");
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(fs::read_to_string(&file).unwrap().len(), 64);
}

#[tokio::test]
async fn while_the_keys_are_away_people_whose_keys_are_at_hand_go_on_and_others_are_told_to_wait() {
    let place = Place::new().await;
    let (line, near) = crate::line::Line::to(&place.database_url).await;
    let keys = match near.split_once('?') {
        Some((url, options)) => format!("{url}_keys?{options}"),
        None => format!("{near}_keys"),
    };
    // The first house makes the database; the second reaches it by a line that can be cut.
    under(&place, ONE).opens().await.dies();
    let plan = under(&place, ONE).with("INNKEEPER_KEYS_URL", &keys);
    let house = plan.opens().await;
    let mira = house.guest("Mira").await;
    mira.invents("Ida").await;
    line.is_cut();
    mira.invents("Bo").await;
    line.is_mended();
    let castle = house.guest("Vlad").await.invents("Castle").await;

    // A house that was opened a moment ago has no keys at hand.
    house.dies();
    let house = plan.opens().await;
    let mira = mira.at(house.address());
    line.is_cut();
    let refused = mira.asks(mira.request(Method::GET, "me")).await;
    refused.is_refused(503, "keys-away");
    assert!(refused.header("retry-after").is_some());
    line.is_mended();
    while mira.asks(mira.request(Method::GET, "me")).await.status == 503 {}
    mira.invents("Cy").await;
    mira.gets(&format!("characters/{castle}")).await.is(404);
}
