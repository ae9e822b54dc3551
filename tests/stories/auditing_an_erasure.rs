//! An auditor finds out whether anything is left of a person.

use serde_json::{Value, json};

use crate::{
    auditing::{auditor, found},
    erasing::{is_erased, rows_have_seen},
    house::Plan,
    model_stub::Stub,
};

fn left(remains: &Value, places: &str) -> u64 {
    let places = remains["remains"][places].as_array().unwrap();
    assert!(places.iter().all(|place| place["seen"].is_u64()), "{remains}");
    places.iter().map(|place| place["left"].as_u64().unwrap()).sum()
}

#[tokio::test]
async fn whoever_is_here_is_found_everywhere_and_of_whoever_is_erased_nothing_is_left() {
    let house = Plan::shared().await.opens().await;
    let (mira, stub) = (house.guest("Mira").await, Stub::start().await);
    let conversation = mira.sits_down(&stub, "normal").await;
    let said = mira.says(&conversation, "Is the kettle on?").await;
    mira.hears_out(said.reply()).await;
    mira.gets(&format!("conversations/{conversation}")).await.is(200);
    let id = mira.gets("me").await.is(200).text("id");

    let (code, here) = found(house.plan(), &["erasure", &id, "--json"]).await;
    assert_eq!((code, &here["forgotten"]), (Some(1), &json!(false)), "{here}");
    let count = |field: &str| here["remains"][field].as_u64().unwrap();
    assert_eq!(count("opened"), count("sealed"), "{here}");
    assert!(count("opened") > 0 && count("keys") > 0 && count("ids") >= 3, "{here}");
    assert!(left(&here, "tables") >= 4, "a person, a character, a conversation and a message: {here}");

    // Nobody is left of whoever is erased.
    let lina = house.guest("Lina").await;
    rows_have_seen(&lina, &is_erased(&mira).await).await;
    let (code, gone) = found(house.plan(), &["erasure", &id, "--json"]).await;
    assert_eq!((code, &gone["forgotten"]), (Some(0), &json!(true)), "{gone}");
    assert_eq!((&gone["remains"]["opened"], &gone["remains"]["keys"]), (&json!(0), &json!(0)), "{gone}");
    assert!(gone["remains"]["sealed"].as_u64() >= here["remains"]["sealed"].as_u64(), "{gone}");

    let vera = auditor(&house, "Vera", &["--audit"]).await;
    let nobody = json!({"user_id": "00000000-0000-4000-8000-00000000dead"});
    let nobody = vera.posts("audit/erasure", nobody).await.is(200).json();
    assert_eq!((&nobody["forgotten"], left(&nobody, "tables")), (&json!(true), 0), "{nobody}");
    assert_eq!(left(&nobody, "streams"), 0, "{nobody}");
    lina.posts("audit/erasure", json!({"user_id": id})).await.is_refused(403, "right-missing");
}
