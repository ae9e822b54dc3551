//! Somebody has several people to be: they make them up or bring them along, say as whom they talk, and are heard so.

use std::fs;

use reqwest::Method;
use reqwest::multipart::{Form, Part};
use serde_json::{Value, json};

use crate::auditing::auditor;
use crate::browser::Browser;
use crate::card::{card, json_file};
use crate::guest::{Guest, client};
use crate::house::Innkeeper;
use crate::model_stub::Stub;
use crate::sillytavern::{Csrf, Guards, SillyTavern};
use crate::undertaker;

async fn mira_and_a_model() -> (Guest, Stub) {
    let (mira, stub) = (Innkeeper::common().await.guest("Mira").await, Stub::start().await);
    mira.speaks_through(&stub, "counts").await;
    (mira, stub)
}

async fn is_also(guest: &Guest, profile: Value) -> String {
    guest.posts("personas", profile).await.is(201).text("id")
}

fn captain() -> Value {
    json!({"name": "Captain", "description": "{{user}} rows.",
           "placement": {"position": "at_depth", "depth": 0, "role": "user"}})
}

/// A character that greets whomever it has before it.
async fn host(guest: &Guest) -> String {
    let mut ida = card(2, "Ida");
    ida["data"]["first_mes"] = json!("Come in, {{user}}.");
    ida["data"]["alternate_greetings"] = json!([]);
    guest.imports(json_file(&ida)).await.is(201).text("id")
}

/// What the model was told last, in order: `role: content`.
fn told(stub: &Stub) -> Vec<String> {
    let body = stub.last_asked().body;
    let text = |message: &Value| {
        format!("{}: {}", message["role"].as_str().unwrap(), message["content"].as_str().unwrap())
    };
    body["messages"].as_array().unwrap().iter().map(text).collect()
}

fn says(stub: &Stub, words: &str) -> bool {
    told(stub).iter().any(|line| line.contains(words))
}

#[tokio::test]
async fn a_persona_is_made_up_changed_painted_put_away_and_taken_out_again() {
    let (mira, _stub) = mira_and_a_model().await;
    let id = is_also(&mira, captain()).await;
    let path = format!("personas/{id}");

    let shown = mira.gets(&path).await.is(200);
    let etag = shown.header("etag").unwrap().to_owned();
    assert_eq!((shown.text("name"), &shown.json()["placement"]["depth"]), ("Captain".into(), &json!(0)));
    mira.patches(&path, json!({"description": "Rows.", "rest": {"hue": 1.0}})).await.is(200);
    let late = mira.request(Method::PATCH, &path).header("if-match", &etag).json(&json!({"name": "Late"}));
    mira.asks(late).await.is_refused(412, "stale-version");
    let shown = mira.gets(&path).await.is(200).json();
    assert_eq!((&shown["description"], &shown["rest"]), (&json!("Rows."), &json!({"hue": 1.0})));
    mira.patches(&path, json!({"hat": "tall"})).await.is_refused(422, "unexpected-shape");
    mira.patches(&path, json!({"lorebook_id": id})).await.is_refused(404, "lorebook-not-found");

    let picture = cards::drawn_portrait("Captain");
    let avatar = format!("{path}/avatar");
    mira.gets(&avatar).await.is_refused(404, "not-found");
    let painted = mira.asks(mira.request(Method::PUT, &avatar).body(picture.clone())).await.is(200);
    assert_eq!(mira.gets(&avatar).await.is(200).body, picture);
    let url = mira.gets(&path).await.is(200).text("avatar_url");
    assert_eq!(url, painted.text("avatar_url"));
    mira.asks(mira.request(Method::PUT, &avatar).body("<svg/>")).await.is_refused(422, "picture-refused");
    mira.deletes(&avatar).await.is(200);
    mira.gets(&avatar).await.is_refused(404, "not-found");

    mira.deletes(&path).await.is(200);
    mira.patches(&path, json!({"name": "Late"})).await.is_refused(409, "persona-retired");
    let names = async |query: &str| {
        let page = mira.gets(&format!("personas{query}")).await.is(200).json();
        page["items"].as_array().unwrap().iter().map(|one| one["name"].clone()).collect::<Vec<_>>()
    };
    assert_eq!((names("").await, names("?retired=true").await), (vec![], vec![json!("Captain")]));
    mira.does(&format!("{path}/restore")).await.is(200);
    assert_eq!(names("?query=capt").await, ["Captain"]);
}

#[tokio::test]
async fn who_talks_as_a_persona_is_told_to_the_model_so_and_as_they_are_by_now() {
    let (mira, stub) = mira_and_a_model().await;
    let (ida, captain) = (host(&mira).await, is_also(&mira, captain()).await);
    let sit = json!({"character_ids": [ida], "persona_id": captain});
    let conversation = mira.posts("conversations", sit).await.is(201).text("id");

    let said = mira.says(&conversation, "Ahoy!").await;
    mira.hears_out(said.reply()).await.completed();
    assert_eq!(mira.words(&conversation).await[0], "Come in, Captain.");
    assert_eq!(told(&stub).last().unwrap(), "user: Captain rows.", "{:?}", told(&stub));

    let revised = json!({"name": "Admiral", "description": "{{user}} is rowed.", "placement": null});
    mira.patches(&format!("personas/{captain}"), revised).await.is(200);
    mira.hears(&conversation, "Ahoy again!").await.completed();
    assert!(says(&stub, "system: Admiral is rowed.") && !says(&stub, "Captain rows."), "{:?}", told(&stub));

    // What the first reply was told is proved by what the persona was then.
    let oona = auditor(Innkeeper::common().await, "Oona", &["--audit", "--open"]).await;
    let prompt = oona.posts("audit/prompt", json!({"reply_id": said.reply()})).await.is(200).json();
    assert_eq!(prompt["proved"], true, "{prompt}");
    assert!(prompt["messages"].to_string().contains("Captain rows."), "{prompt}");

    // Put away, it is still whom this conversation is held as; nobody else begins as it.
    mira.deletes(&format!("personas/{captain}")).await.is(200);
    mira.hears(&conversation, "Still here?").await.completed();
    assert!(says(&stub, "Admiral is rowed."), "{:?}", told(&stub));
    let sit = json!({"character_ids": [ida], "persona_id": captain});
    mira.posts("conversations", sit).await.is_refused(409, "persona-retired");
}

#[tokio::test]
async fn a_conversation_goes_on_as_somebody_else() {
    let (mira, stub) = mira_and_a_model().await;
    let (ida, captain) = (host(&mira).await, is_also(&mira, captain()).await);
    let conversation = mira.posts("conversations", json!({"character_ids": [ida]})).await.is(201).text("id");
    let path = format!("conversations/{conversation}/persona");
    mira.hears(&conversation, "Ahoy!").await.completed();
    assert!(!says(&stub, "rows"), "{:?}", told(&stub));

    mira.puts(&path, json!({"persona_id": captain})).await.is(200);
    let again = mira.puts(&path, json!({"persona_id": captain})).await.is(200);
    assert_eq!(again.header("ink-outcome"), Some("nothing"));
    mira.hears(&conversation, "Ahoy!").await.completed();
    assert!(says(&stub, "user: Captain rows."), "{:?}", told(&stub));
    let shown = mira.gets(&format!("conversations/{conversation}")).await.is(200).json();
    assert_eq!((&shown["persona"]["id"], &shown["persona"]["name"]), (&json!(captain), &json!("Captain")));

    mira.puts(&path, json!({"name": "Cook", "description": "Cooks."})).await.is(200);
    mira.hears(&conversation, "Soup!").await.completed();
    assert!(says(&stub, "system: Cooks.") && !says(&stub, "rows"), "{:?}", told(&stub));
    mira.deletes(&path).await.is(200);
    let shown = mira.gets(&format!("conversations/{conversation}")).await.is(200).json();
    assert_eq!(shown["persona"], Value::Null);
    mira.puts(&path, json!({"persona_id": captain, "name": "Both"}))
        .await
        .is_refused(422, "unexpected-shape");
}

#[tokio::test]
async fn who_chose_beforehand_is_it_in_nextchat_too() {
    let house = Innkeeper::common().await;
    let (mira, stub) = mira_and_a_model().await;
    let browser = Browser::of(house.address(), mira.key()).await;
    let (ida, captain) = (host(&mira).await, is_also(&mira, captain()).await);
    let cook = is_also(&mira, json!({"name": "Cook", "description": "Cooks."})).await;
    mira.puts("personas/default", json!({"persona_id": captain})).await.is(200);

    let greeting = async || {
        let masks = browser.opens("/masks.json").await.is(200).json();
        masks["en"][0]["context"][0]["content"].as_str().unwrap().to_owned()
    };
    assert_eq!(greeting().await, "Come in, Captain.");
    mira.is_told("Ida", &[("assistant", "Come in, Captain."), ("user", "Ahoy!")]).await;
    assert!(says(&stub, "user: Captain rows.") && says(&stub, "Come in, Captain."), "{:?}", told(&stub));

    // With one character somebody else, for who says nothing; who says null is nobody in particular.
    mira.puts(&format!("personas/default?character_id={ida}"), json!({"persona_id": cook})).await.is(200);
    assert_eq!(greeting().await, "Come in, Cook.");
    mira.is_told("Ida", &[("user", "Soup!")]).await;
    assert!(says(&stub, "system: Cooks.") && !says(&stub, "rows"), "{:?}", told(&stub));
    let chosen = mira.gets("personas/default").await.is(200).json();
    assert_eq!(chosen, json!({"persona_id": captain, "characters": {ida.clone(): cook}}));
    let nobody = json!({"character_ids": [ida], "persona_id": null});
    let nobody = mira.posts("conversations", nobody).await.is(201).text("id");
    assert_eq!(mira.words(&nobody).await, ["Come in, User."]);

    // What was put away is passed over, and what is taken back is chosen no more.
    mira.deletes(&format!("personas/{cook}")).await.is(200);
    assert_eq!(greeting().await, "Come in, Captain.");
    mira.deletes("personas/default").await.is(200);
    let name = mira.gets("me").await.text("name");
    assert_eq!(greeting().await, format!("Come in, {name}."));
}

/// SillyTavern's backup of two personas, of which one cannot be kept.
fn backup() -> Value {
    json!({
        "personas": {"1-Captain.png": "Captain", "../evil.png": "Evil", "2-Cook.png": 7},
        "persona_descriptions": {
            "1-Captain.png": {"description": "Rows.", "position": 4, "depth": 3, "role": 2, "lorebook": "Sea",
                              "title": "at sea", "connections": [{"type": "group", "id": "7"}], "hue": 1.0},
            "2-Cook.png": {"description": "Cooks.", "position": 5},
        },
        "default_persona": "1-Captain.png",
    })
}

#[tokio::test]
async fn a_backup_comes_in_once_is_mended_where_it_is_broken_and_leaves_as_it_came() {
    let mira = Innkeeper::common().await.guest("Mira").await;
    let brings = async |backup: &Value| mira.posts("personas/import", backup.clone()).await.is(200).json();

    let first = brings(&backup()).await;
    let again = brings(&backup()).await;

    let fates = |answer: &Value| -> Vec<_> {
        let all = answer["personas"].as_array().unwrap().iter();
        all.map(|one| (one["name"].clone(), one["was_here"].clone(), one["differs"].clone())).collect()
    };
    let was_here = |was: bool| {
        vec![(json!("Captain"), json!(was), json!(false)), (json!("7"), json!(was), json!(false))]
    };
    assert_eq!((fates(&first), fates(&again)), (was_here(false), was_here(true)));
    assert_eq!(first["refused"][0]["code"], "unsafe-persona");
    let codes: Vec<_> = first["warnings"].as_array().unwrap().iter().map(|it| it["code"].clone()).collect();
    assert_eq!(codes, ["turned-into-text", "odd-position"]);

    let out = mira.gets("personas/export").await.is(200).json();
    assert_eq!(out["default_persona"], "1-Captain.png");
    assert_eq!(out["personas"], json!({"1-Captain.png": "Captain", "2-Cook.png": "7"}));
    let captain = "/persona_descriptions/1-Captain.png";
    assert_eq!(out.pointer(captain), backup().pointer(captain));

    // What became of it here stays, and that it did is said.
    let id = first["personas"][0]["id"].as_str().unwrap();
    mira.patches(&format!("personas/{id}"), json!({"name": "Admiral"})).await.is(200);
    mira.deletes("personas/default").await.is(200);
    let mut other = backup();
    other["default_persona"] = json!("2-Cook.png");
    let third = brings(&other).await;
    assert_eq!(third["personas"][0]["differs"], true, "{third}");
    assert_eq!(mira.gets(&format!("personas/{id}")).await.is(200).text("name"), "Admiral");
    let chosen = mira.gets("personas/default").await.is(200).json();
    assert_eq!(chosen["persona_id"], third["personas"][1]["id"]);
    mira.posts("personas/import", json!({"power_user": {}})).await.is_refused(422, "personas-refused");
}

#[tokio::test]
async fn the_real_sillytavern_keeps_our_backup_and_what_it_keeps_comes_in() {
    let sillytavern = SillyTavern::start(Guards { csrf: Csrf::Off, ..Guards::default() }).await;
    let house = Innkeeper::common().await;
    let (mira, vlad, http) = (house.guest("Mira").await, house.guest("Vlad").await, client());
    let mut backup = backup();
    // JavaScript does not tell 1.0 from 1.
    backup["persona_descriptions"]["1-Captain.png"]["hue"] = json!(1);
    mira.posts("personas/import", backup).await.is(200);
    let ours = mira.gets("personas/export").await.is(200).json();
    let url = |path: &str| format!("{}{path}", sillytavern.url());

    // Its page restores a backup by laying it over the settings; pictures it is brought one by one.
    let settings = async || {
        let answer: Value =
            http.post(url("/api/settings/get")).json(&json!({})).send().await.unwrap().json().await.unwrap();
        serde_json::from_str::<Value>(answer["settings"].as_str().unwrap()).unwrap()
    };
    let mut restored = settings().await;
    for (field, value) in ours.as_object().unwrap() {
        restored["power_user"][field] = value.clone();
    }
    let saved = http.post(url("/api/settings/save")).json(&restored).send().await.unwrap();
    assert_eq!(saved.status(), 200);
    let picture = Part::bytes(cards::drawn_portrait("Captain")).file_name("1-Captain.png");
    let form = Form::new().part("avatar", picture).text("overwrite_name", "1-Captain.png");
    let uploaded = http.post(url("/api/avatars/upload")).multipart(form).send().await.unwrap();
    assert_eq!(uploaded.status(), 200);
    let kept = settings().await;
    for (field, value) in ours.as_object().unwrap() {
        assert_eq!(&kept["power_user"][field], value, "{field}");
    }

    let data = sillytavern.data();
    let arguments = ["import", data.to_str().unwrap(), "--key", vlad.key(), "--json"];
    let output = house.plan().runs(&arguments).await;
    let lines = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{lines}");
    vlad.asks(vlad.request(Method::POST, "me/keys").json(&json!({"label": "marker"}))).await.is(201);
    let theirs = vlad.gets("personas/export").await.is(200).json();
    assert_eq!(theirs["personas"]["1-Captain.png"], "Captain", "{lines}");
    let captain = "/persona_descriptions/1-Captain.png";
    assert_eq!(theirs.pointer(captain), ours.pointer(captain));
    let page = vlad.gets("personas?query=Captain").await.is(200).json();
    assert!(page["items"][0]["avatar_url"].is_string(), "{page}\n{lines}");
}

#[tokio::test]
async fn a_backup_that_lies_about_is_recognised() {
    let (mira, folder) =
        (Innkeeper::common().await.guest("Mira").await, undertaker::folder("backup-of-personas"));
    let file = folder.join("personas_20260101.json");
    fs::write(&file, backup().to_string()).unwrap();
    let arguments = ["import", file.to_str().unwrap(), "--key", mira.key(), "--json"];

    let output = Innkeeper::common().await.plan().runs(&arguments).await;

    let lines: Vec<Value> = String::from_utf8(output.stdout)
        .unwrap()
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(output.status.code(), Some(1), "one of them was refused: {lines:#?}");
    let of = |outcome: &str| {
        lines.iter().filter(|line| line["what"] == "persona" && line["outcome"] == outcome).count()
    };
    assert_eq!((of("imported"), of("refused")), (2, 1), "{lines:#?}");
}
