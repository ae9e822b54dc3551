//! Somebody moves in from SillyTavern with all that they have, by `innkeeper import`: once, twice, and with the plug
//! pulled in between.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Output;

use reqwest::multipart::{Form, Part};
use serde_json::{Value, json};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use crate::card::{card, png_file};
use crate::guest::{Guest, client};
use crate::house::Innkeeper;
use crate::sillytavern::{Csrf, Guards, SillyTavern};
use crate::undertaker;

async fn mira() -> Guest {
    Innkeeper::common().await.guest("Mira").await
}

/// SillyTavern's lines, in which the person is called Captain.
fn chat(texts: &[(&str, &str, bool)]) -> Vec<u8> {
    let header = json!({"chat_metadata": {}, "user_name": "unused", "character_name": "unused"});
    let said = texts.iter().map(|(name, text, is_user)| {
        json!({"name": name, "is_user": is_user, "is_system": false, "send_date": "2024-03-01T20:00:00.000Z",
               "mes": text, "extra": {}, "original_avatar": (!is_user).then(|| format!("{name}.png"))})
    });
    let lines = std::iter::once(header).chain(said).map(|line| line.to_string());
    lines.collect::<Vec<_>>().join("\n").into_bytes()
}

pub(crate) fn puts(folder: &Path, place: &str, bytes: impl AsRef<[u8]>) {
    let path = folder.join(place);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, bytes).unwrap();
}

/// The folder of SillyTavern's server, with one user who has something of everything.
fn server() -> PathBuf {
    let folder = undertaker::folder("sillytavern-server");
    puts(&folder, "server.js", "the program");
    puts(&folder, "default/content/Stray.png", png_file(&card(2, "Stray")));
    let home = folder.join("data/default-user");
    puts(&folder, "data/_storage/account", "{}");
    for name in ["Aqua", "Bard"] {
        puts(&home, &format!("characters/{name}.png"), png_file(&card(2, name)));
    }
    puts(&home, "chats/Aqua/one.jsonl", chat(&[("Aqua", "Splash.", false), ("Captain", "Ahoy!", true)]));
    puts(&home, "chats/Aqua/two.jsonl", chat(&[("Aqua", "Drip.", false)]));
    let group =
        json!({"id": "7", "name": "At the well", "members": ["Aqua.png", "Bard.png"], "chats": ["g1"]});
    puts(&home, "groups/7.json", group.to_string());
    puts(&home, "group chats/g1.jsonl", chat(&[("Aqua", "Plop.", false), ("Bard", "La.", false)]));
    puts(&home, "worlds/Sea.json", r#"{"entries": {"0": {"uid": 0, "key": ["sea"], "content": "Salty."}}}"#);
    let settings = json!({"power_user": {
        "personas": {"a.png": "Captain", "b.png": "Nobody"},
        "persona_descriptions": {"a.png": {
            "description": "A sailor.", "lorebook": "Sea", "connections": [{"type": "character", "id": "Aqua.png"}],
        }},
        "default_persona": "b.png",
    }});
    puts(&home, "User Avatars/a.png", cards::drawn_portrait("Captain"));
    puts(&home, "User Avatars/user-default.png", cards::drawn_portrait("Nobody in particular"));
    puts(&home, "settings.json", settings.to_string());
    puts(&home, "secrets.json", "{}");
    folder
}

/// Files that cannot come in, among those that can.
fn spoil(server: &Path) {
    let home = server.join("data/default-user");
    let picture = png_file(&card(2, "Ida"));
    puts(&home, "characters/Broken.png", &picture[..60]);
    puts(&home, "chats/Aqua/broken.jsonl", "{\"mes");
    puts(&home, "chats/Gone/one.jsonl", chat(&[("Gone", "Bye.", false)]));
    std::os::unix::fs::symlink("/", home.join("characters/everything")).unwrap();
}

pub(crate) async fn imports(guest: &Guest, path: &Path, more: &[&str]) -> Output {
    let mut arguments = vec!["import", path.to_str().unwrap(), "--key", guest.key()];
    arguments.extend(more);
    Innkeeper::common().await.plan().runs(&arguments).await
}

/// What was printed, a line a file: its name, what it is, and what became of it.
fn told(output: &Output) -> Vec<(String, String, String)> {
    let text = String::from_utf8(output.stdout.clone()).unwrap();
    let line = |line: &str| {
        let line: Value = serde_json::from_str(line).unwrap();
        let text = |field: &str| line[field].as_str().unwrap().to_owned();
        let file = text("file").rsplit('/').next().unwrap().to_owned();
        (file, text("what"), text("outcome"))
    };
    assert!(!text.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
    text.lines().map(line).collect()
}

/// How many of them came to this end.
fn count(lines: &[(String, String, String)], what: &str, outcome: &str) -> usize {
    lines.iter().filter(|(_, kind, end)| kind == what && end == outcome).count()
}

async fn conversations(guest: &Guest) -> Vec<Value> {
    // The import was somebody else's doing: a reader waits for what it wrote through a position of their own.
    guest.invents("Marker").await;
    let page = guest.gets("conversations?limit=100").await.is(200).json();
    page["items"].as_array().unwrap().clone()
}

/// The one persona of this name.
async fn persona(guest: &Guest, name: &str) -> Value {
    let page = guest.gets(&format!("personas?query={name}")).await.is(200).json();
    let [one] = &page["items"].as_array().unwrap()[..] else { panic!("{page}") };
    guest.gets(&format!("personas/{}", one["id"].as_str().unwrap())).await.is(200).json()
}

#[tokio::test]
async fn somebody_moves_in_with_everything_and_nothing_comes_in_twice() {
    let (mira, server) = (mira().await, server());

    let first = imports(&mira, &server, &["--json"]).await;
    let again = imports(&mira, &server.join("data"), &["--json"]).await;

    let lines = told(&first);
    assert!(first.status.success() && again.status.success(), "{lines:?}");
    let all =
        [("character", 2), ("chat", 2), ("group chat", 1), ("group", 1), ("persona", 2), ("portrait", 1)];
    for (what, number) in all {
        assert_eq!(count(&lines, what, "imported"), number, "{lines:?}");
        assert_eq!(count(&told(&again), what, "present"), number, "{:?}", told(&again));
    }
    assert_eq!(lines.iter().filter(|(file, ..)| file.contains("Stray")).count(), 0);
    assert!(lines.contains(&("user-default.png".into(), "portrait".into(), "left-out".into())), "{lines:?}");
    let conversations = conversations(&mira).await;
    let mut titles: Vec<_> = conversations.iter().map(|one| one["title"].as_str().unwrap()).collect();
    titles.sort_unstable();
    assert_eq!(titles, ["At the well", "one", "two"]);
    let one = conversations.iter().find(|one| one["title"] == "one").unwrap();
    let (captain, nobody) = (persona(&mira, "Captain").await, persona(&mira, "Nobody").await);
    assert_eq!(one["persona"], json!({"name": "Captain", "description": "A sailor.", "id": captain["id"]}));
    assert_eq!((&captain["file"], captain["avatar_url"].is_string()), (&json!("a.png"), true));
    let sea = mira.gets("lorebooks").await.is(200).json()["items"][0]["id"].clone();
    assert_eq!(captain["lorebook_id"], sea);
    let aqua = one["character_ids"][0].as_str().unwrap();
    let chosen = mira.gets("personas/default").await.is(200).json();
    assert_eq!(chosen, json!({"persona_id": nobody["id"], "characters": {aqua: captain["id"]}}));
    assert_eq!(mira.words(one["id"].as_str().unwrap()).await, ["Splash.", "Ahoy!"]);
    let group = conversations.iter().find(|one| one["title"] == "At the well").unwrap();
    assert_eq!(group["character_ids"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn a_persona_that_was_changed_stays_what_it_became_here_and_that_is_said() {
    let (mira, server) = (mira().await, server());
    imports(&mira, &server, &[]).await;
    mira.invents("Marker").await;
    let captain = persona(&mira, "Captain").await;
    let path = format!("personas/{}", captain["id"].as_str().unwrap());
    mira.patches(&path, json!({"description": "An admiral."})).await.is(200);

    let lines = told(&imports(&mira, &server, &["--json"]).await);

    assert_eq!(
        (count(&lines, "persona", "present"), count(&lines, "persona", "left-out")),
        (1, 1),
        "{lines:?}"
    );
    assert_eq!(persona(&mira, "Captain").await["description"], "An admiral.");
}

#[tokio::test]
async fn what_is_broken_is_told_and_keeps_nothing_else_out() {
    let (mira, server) = (mira().await, server());
    spoil(&server);

    let rehearsal = imports(&mira, &server, &["--json", "--dry-run"]).await;
    assert_eq!(conversations(&mira).await.len(), 0);
    let output = imports(&mira, &server, &[]).await;

    let rehearsed = told(&rehearsal);
    assert_eq!(
        (count(&rehearsed, "chat", "ready"), count(&rehearsed, "chat", "refused")),
        (2, 2),
        "{rehearsed:?}"
    );
    assert_eq!((rehearsal.status.code(), output.status.code()), (Some(1), Some(1)));
    let table = String::from_utf8(output.stdout).unwrap();
    for expected in
        ["damaged-png", "bad-json", "character-not-here", "symlink", "Broken.png", "Gone/one.jsonl"]
    {
        assert!(table.contains(expected), "{expected} is not in:\n{table}");
    }
    assert_eq!(conversations(&mira).await.len(), 3);
}

#[tokio::test]
async fn the_plug_is_pulled_half_way_and_then_it_goes_on() {
    let (mira, house) = (mira().await, Innkeeper::common().await);
    let folder = undertaker::folder("many-chats");
    puts(&folder, "characters/Aqua.png", png_file(&card(2, "Aqua")));
    for nth in 0..40 {
        let texts: Vec<_> = (0..400).map(|line| format!("{nth} {line} {}", "la ".repeat(300))).collect();
        let said: Vec<_> = texts.iter().map(|text| ("Aqua", text.as_str(), false)).collect();
        puts(&folder, &format!("chats/Aqua/{nth}.jsonl"), chat(&said));
    }
    let (url, path) = (mira.url("/"), folder.to_str().unwrap().to_owned());
    let arguments = ["import", &path, "--to", &url, "--key", mira.key(), "--json"];

    let elsewhere = house.plan().elsewhere();
    let porter = elsewhere.begins(&arguments);
    while mira.gets("conversations").await.is(200).json()["items"].as_array().unwrap().is_empty() {}
    porter.dies();
    assert!(elsewhere.said().0.is_empty(), "it was over before the plug was pulled");
    let output = elsewhere.runs(&arguments).await;

    let lines = told(&output);
    assert!(output.status.success(), "{lines:?}");
    assert_eq!(count(&lines, "chat", "imported") + count(&lines, "chat", "present"), 40);
    assert!(count(&lines, "chat", "present") >= 1 && count(&lines, "character", "present") == 1);
    let conversations = conversations(&mira).await;
    assert_eq!(conversations.len(), 40);
    for conversation in conversations {
        assert_eq!(conversation["message_count"], 400, "{conversation}");
    }
}

#[tokio::test]
async fn files_that_lie_about_are_recognised_by_what_they_are() {
    let (mira, folder) = (mira().await, undertaker::folder("files"));
    puts(&folder, "somebody.txt", png_file(&card(2, "Aqua")));
    puts(&folder, "deep/down/evening.jsonl", chat(&[("Aqua", "Splash.", false), ("Captain", "Ahoy!", true)]));
    puts(&folder, "notes.md", "\u{1}no card");

    let output = imports(&mira, &folder, &["--json"]).await;

    let lines = told(&output);
    assert!(output.status.success(), "{lines:?}");
    for expected in [
        ("somebody.txt", "character", "imported"),
        ("evening.jsonl", "chat", "imported"),
        ("notes.md", "file", "left-out"),
    ] {
        let (file, what, outcome) = expected;
        assert!(
            lines.contains(&(file.into(), what.into(), outcome.into())),
            "{expected:?} is not in {lines:?}"
        );
    }
    assert_eq!(conversations(&mira).await[0]["message_count"], 2);
}

#[tokio::test]
async fn an_archive_of_it_all_comes_in_too() {
    let (mira, server) = (mira().await, server());
    let home = server.join("data/default-user");
    let archive = undertaker::folder("archive").join("backup.zip");
    let mut zip = ZipWriter::new(fs::File::create(&archive).unwrap());
    for place in ["characters/Aqua.png", "chats/Aqua/one.jsonl", "settings.json", "secrets.json"] {
        zip.start_file(format!("backup/{place}"), SimpleFileOptions::default()).unwrap();
        zip.write_all(&fs::read(home.join(place)).unwrap()).unwrap();
    }
    zip.finish().unwrap();

    let lines = told(&imports(&mira, &archive, &["--json"]).await);

    assert_eq!(
        (count(&lines, "character", "imported"), count(&lines, "chat", "imported")),
        (1, 1),
        "{lines:?}"
    );
    let [conversation] = &conversations(&mira).await[..] else { panic!("{lines:?}") };
    assert_eq!(conversation["persona"]["description"], "A sailor.");
}

#[tokio::test]
async fn what_the_real_sillytavern_keeps_comes_in() {
    let sillytavern = SillyTavern::start(Guards { csrf: Csrf::Off, ..Guards::default() }).await;
    let (mira, http) = (mira().await, client());
    let picture = Part::bytes(png_file(&card(2, "Ida"))).file_name("Ida.png");
    let form = Form::new().part("avatar", picture).text("file_type", "png");
    let url = |path: &str| format!("{}{path}", sillytavern.url());
    let made = http.post(url("/api/characters/import")).multipart(form).send().await.unwrap();
    let made: Value = made.json().await.unwrap();
    assert_eq!(made["file_name"], "Ida", "{made}");
    let lines = String::from_utf8(chat(&[("Ida", "Come in!", false), ("Captain", "Thanks.", true)])).unwrap();
    let lines: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let save = json!({"avatar_url": "Ida.png", "file_name": "evening", "ch_name": "Ida", "chat": lines});
    http.post(url("/api/chats/save")).json(&save).send().await.unwrap().error_for_status().unwrap();

    let output = imports(&mira, &sillytavern.data(), &["--json"]).await;

    let lines = told(&output);
    assert!(output.status.success(), "{lines:?}");
    assert!(lines.contains(&("Ida.png".into(), "character".into(), "imported".into())), "{lines:?}");
    let conversations = conversations(&mira).await;
    let evening = conversations.iter().find(|one| one["title"] == "evening").unwrap();
    assert_eq!(mira.words(evening["id"].as_str().unwrap()).await, ["Come in!", "Thanks."]);
    let kept = fs::read(sillytavern.data().join("default-user/chats/Ida/evening.jsonl")).unwrap();
    let out = mira.gets(&format!("conversations/{}/export", evening["id"].as_str().unwrap())).await.is(200);
    assert_eq!(out.body, kept);
}

#[tokio::test]
async fn without_a_house_or_its_key_it_says_what_to_do() {
    let (house, server) = (Innkeeper::common().await, server());
    let path = server.to_str().unwrap();
    let says = |output: Output| {
        assert_eq!(output.status.code(), Some(1));
        String::from_utf8(output.stderr).unwrap()
    };
    let elsewhere = house.plan().elsewhere();

    assert!(says(elsewhere.runs(&["import", path]).await).contains("no house is open"));
    let address = house.address();
    assert!(says(elsewhere.runs(&["import", path, "--to", address]).await).contains("--key-file"));
    let stranger = says(elsewhere.runs(&["import", path, "--to", address, "--key", "ink_nobody"]).await);
    assert!(stranger.contains("does not know this key"), "{stranger}");
    let nobody = says(elsewhere.runs(&["import", path, "--to", "127.0.0.1:9", "--key", "ink_x"]).await);
    assert!(nobody.contains("does not answer"), "{nobody}");
}
