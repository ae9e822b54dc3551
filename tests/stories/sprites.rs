//! Faces beside a card: added and taken away by hand, and brought from SillyTavern's folder, where they are called sprites.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Output;

use cards::{Asset, AssetContent};
use reqwest::Method;
use reqwest::multipart::{Form, Part};
use serde_json::{Value, json};

use crate::answer::Answer;
use crate::bringing_everything::{self, puts};
use crate::card::{card, png_file};
use crate::carrier::{archive, charx_file};
use crate::guest::{Guest, client};
use crate::house::Innkeeper;
use crate::sillytavern::{Csrf, Guards, SillyTavern};
use crate::undertaker;

async fn mira() -> Guest {
    Innkeeper::common().await.guest("Mira").await
}

/// A picture of this colour.
fn face(colour: u8, format: image::ImageFormat) -> Vec<u8> {
    let mut picture = vec![];
    let pixels = image::RgbImage::from_pixel(90, 120, image::Rgb([colour, 0, 0]));
    pixels.write_to(&mut std::io::Cursor::new(&mut picture), format).unwrap();
    picture
}

fn png(colour: u8) -> Vec<u8> {
    face(colour, image::ImageFormat::Png)
}

async fn expresses(guest: &Guest, id: &str, feeling: &str, picture: &[u8]) -> Answer {
    let request = guest.request(Method::PUT, &format!("characters/{id}/expressions/{feeling}"));
    guest.asks(request.body(picture.to_vec())).await
}

/// The faces of a character: by name, with their pictures.
async fn faces(guest: &Guest, id: &str) -> Vec<(String, Vec<u8>)> {
    let listed = guest.gets(&format!("characters/{id}/assets")).await.is(200).json();
    let mut faces = vec![];
    for asset in listed["items"].as_array().unwrap() {
        if asset["kind"] == "emotion" {
            let picture = guest.gets(asset["url"].as_str().unwrap()).await.is(200).body.to_vec();
            faces.push((asset["name"].as_str().unwrap().to_owned(), picture));
        }
    }
    faces.sort();
    faces
}

fn named(faces: &[(&str, &[u8])]) -> Vec<(String, Vec<u8>)> {
    faces.iter().map(|(name, picture)| ((*name).to_owned(), picture.to_vec())).collect()
}

#[tokio::test]
async fn a_face_is_added_served_whole_in_part_and_small_and_taken_away() {
    let mira = mira().await;
    let id = mira.imports(png_file(&card(3, "Ida"))).await.is(201).text("id");
    let joy = face(1, image::ImageFormat::WebP);

    let added = expresses(&mira, &id, "joy", &joy).await.is(200);

    let url = added.text("url");
    let listed = mira.gets(&format!("characters/{id}/assets")).await.is(200).json();
    let [asset] = &listed["items"].as_array().unwrap()[..] else { panic!("{listed}") };
    let told = ["kind", "name", "ext", "media_type", "url"].map(|field| asset[field].as_str().unwrap());
    assert_eq!(told, ["emotion", "joy", "webp", "image/webp", &url]);
    let whole = mira.gets(&url).await.is(200);
    assert_eq!(whole.body, joy);
    assert_eq!(whole.header("cache-control"), Some("private, max-age=31536000, immutable"));
    let asking = |header: &str, value: &str| mira.request(Method::GET, &url).header(header, value);
    mira.asks(asking("if-none-match", whole.header("etag").unwrap())).await.is(304);
    assert_eq!(&mira.asks(asking("range", "bytes=8-11")).await.is(206).body[..], b"WEBP");
    let small = mira.gets(&format!("{url}?size=64")).await.is(200);
    assert_eq!(image::load_from_memory(&small.body).unwrap().height(), 64);

    let removed = mira.deletes(&format!("characters/{id}/expressions/joy")).await.is(200);
    let again = mira.deletes(&format!("characters/{id}/expressions/joy")).await.is(200);

    assert_eq!(
        (removed.header("ink-outcome"), again.header("ink-outcome")),
        (Some("decided"), Some("nothing"))
    );
    mira.gets(&url).await.is_refused(404, "not-found");
}

#[tokio::test]
async fn a_feeling_has_one_face_and_the_same_face_again_says_nothing() {
    let mira = mira().await;
    let id = mira.invents("Ida").await;

    expresses(&mira, &id, "joy", &png(1)).await.is(200);
    let same = expresses(&mira, &id, "joy", &png(1)).await.is(200);
    expresses(&mira, &id, "joy-1", &png(2)).await.is(200);
    expresses(&mira, &id, "joy", &png(3)).await.is(200);

    assert_eq!(same.header("ink-outcome"), Some("nothing"));
    assert_eq!(faces(&mira, &id).await, named(&[("joy", &png(3)), ("joy-1", &png(2))]));
}

#[tokio::test]
async fn what_is_no_picture_has_no_name_or_is_somebody_elses_is_refused() {
    let (mira, vlad) = (mira().await, mira().await);
    let id = mira.invents("Ida").await;
    for (file, code) in [(&b"<svg/>"[..], "unknown-format"), (&png(1)[..40], "undecodable")] {
        let problem = expresses(&mira, &id, "joy", file).await.is_refused(422, "picture-refused");
        assert_eq!(problem["code"], code);
    }
    for name in ["%20", &"a".repeat(256), "%00"] {
        expresses(&mira, &id, name, &png(1)).await.is_refused(422, "out-of-bounds");
    }
    expresses(&vlad, &id, "joy", &png(1)).await.is_refused(404, "character-not-found");
    let theirs = vlad.request(Method::DELETE, &format!("characters/{id}/expressions/joy"));
    vlad.asks(theirs).await.is_refused(404, "character-not-found");
    assert_eq!(faces(&mira, &id).await, []);
    mira.deletes(&format!("characters/{id}")).await.is(200);
    expresses(&mira, &id, "joy", &png(1)).await.is_refused(409, "character-retired");
}

#[tokio::test]
async fn an_archive_carries_the_faces_of_now_and_a_picture_stays_as_it_came() {
    let mira = mira().await;
    let file = png_file(&card(2, "Ida"));
    let id = mira.imports(file.clone()).await.is(201).text("id");
    for (feeling, colour) in [("joy", 1), ("Angst%2Ffear%201", 2)] {
        expresses(&mira, &id, feeling, &png(colour)).await.is(200);
    }

    let taken = mira.gets(&format!("characters/{id}/card?format=charx")).await.is(200).body;
    let again = mira.imports(taken.to_vec()).await.is(201).text("id");

    assert_eq!(mira.gets(&format!("characters/{id}/card?format=png")).await.is(200).body, file);
    assert_eq!(mira.gets(&format!("characters/{id}/card")).await.is(200).body, file);
    assert_eq!(faces(&mira, &again).await, named(&[("Angst/fear 1", &png(2)), ("joy", &png(1))]));

    expresses(&mira, &again, "joy", &png(3)).await.is(200);
    mira.deletes(&format!("characters/{again}/expressions/Angst%2Ffear%201")).await.is(200);
    let later = mira.gets(&format!("characters/{again}/card")).await.is(200).body;

    let held = cards::read(&later).unwrap().assets;
    let held: Vec<_> = held.iter().filter(|asset| asset.kind != "icon").collect();
    let [joy] = held[..] else { panic!("{held:?}") };
    assert_eq!(
        (joy.kind.as_str(), joy.name.as_str(), &joy.bytes().unwrap()[..]),
        ("emotion", "joy", &png(3)[..])
    );
}

#[tokio::test]
async fn one_who_was_made_up_here_takes_their_faces_along() {
    let mira = mira().await;
    let id = mira.invents("Ida").await;
    expresses(&mira, &id, "joy", &png(1)).await.is(200);

    let taken = mira.gets(&format!("characters/{id}/card?format=charx")).await.is(200).body;

    let again = mira.imports(taken.to_vec()).await.is(201).text("id");
    assert_eq!(faces(&mira, &again).await, named(&[("joy", &png(1))]));
}

/// A face that a card holds and the character has not any more leaves with no card.
#[tokio::test]
async fn a_face_that_was_taken_away_is_in_no_picture_either() {
    let mira = mira().await;
    let asset = |name: &str, colour| Asset {
        kind: "emotion".into(),
        name: name.into(),
        ext: "png".into(),
        uri: format!("embeded://assets/{name}.png"),
        content: AssetContent::Embedded(png(colour).into()),
    };
    let file = charx_file(&card(3, "Ida"), &[asset("joy", 1), asset("fear", 2)]);
    let id = mira.imports(file).await.is(201).text("id");
    mira.deletes(&format!("characters/{id}/expressions/joy")).await.is(200);

    for format in ["png", "charx"] {
        let taken = mira.gets(&format!("characters/{id}/card?format={format}")).await.is(200).body;
        let card = cards::read(&taken).unwrap();
        let names: Vec<_> = card.assets.iter().filter(|it| it.kind == "emotion").map(|it| &it.name).collect();
        assert_eq!(names, ["fear"], "{format}");
        assert!(!card.tree().to_string().contains("joy"), "{format}");
    }
}

/// SillyTavern's folder of a user: Ida with faces, Bard whose card is called otherwise, and the faces of one who left.
fn home() -> PathBuf {
    let home = undertaker::folder("sprites");
    fs::create_dir_all(home.join("chats")).unwrap();
    puts(&home, "characters/Ida.png", png_file(&card(2, "Ida")));
    puts(&home, "characters/default_Bard.png", png_file(&card(2, "Bard: the 2nd")));
    puts(&home, "characters/Ida/joy.png", png(1));
    puts(&home, "characters/Ida/joy-1.webp", face(2, image::ImageFormat::WebP));
    puts(&home, "characters/Ida/joy.webp", face(9, image::ImageFormat::WebP));
    puts(&home, "characters/Ida/anger.gif", face(3, image::ImageFormat::Gif));
    puts(&home, "characters/Ida/notes.txt", "not shown");
    puts(&home, "characters/Ida/winter/joy.png", png(4));
    puts(&home, "characters/Bard the 2nd/joy.png", png(5));
    puts(&home, "characters/Gone/joy.png", png(6));
    home
}

async fn imports(guest: &Guest, path: &Path, more: &[&str]) -> Output {
    let output = bringing_everything::imports(guest, path, more).await;
    // The import was somebody else's doing: a reader waits for what it wrote through a position of their own.
    guest.asks(guest.request(Method::POST, "me/keys").json(&json!({"label": "marker"}))).await.is(201);
    output
}

/// What was printed of sprites, a line a file: where it lay, and what became of it.
fn told(output: &Output) -> Vec<(String, String)> {
    let text = String::from_utf8(output.stdout.clone()).unwrap();
    let lines = text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let sprites = lines.filter(|line| line["what"].as_str().unwrap().starts_with("sprite"));
    let told = sprites.map(|line| {
        let place = line["file"].as_str().unwrap().rsplit('/').take(2).collect::<Vec<_>>();
        let place = place.into_iter().rev().collect::<Vec<_>>().join("/");
        let code = line["error"]["code"].as_str().unwrap_or_default();
        (place, format!("{} {code}", line["outcome"].as_str().unwrap()).trim().to_owned())
    });
    told.collect()
}

async fn called(guest: &Guest, name: &str) -> String {
    let page = guest.gets("characters?limit=100").await.is(200).json();
    let found = page["items"].as_array().unwrap().iter().find(|one| one["name"] == name);
    found.unwrap_or_else(|| panic!("no {name} in {page}"))["id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn sprites_come_in_with_their_characters_and_not_twice() {
    let (mira, home) = (mira().await, home());

    let rehearsal = imports(&mira, &home, &["--json", "--dry-run"]).await;
    let first = imports(&mira, &home, &["--json"]).await;
    let (ida, bard) = (called(&mira, "Ida").await, called(&mira, "Bard: the 2nd").await);
    let version = mira.gets(&format!("characters/{ida}")).await.is(200).header("etag").unwrap().to_owned();
    let again = imports(&mira, &home, &["--json"]).await;

    let with = |outcome: &str| {
        [
            ("Bard the 2nd/joy.png", outcome),
            ("Gone/joy.png", "left-out character-not-here"),
            ("Ida/anger.gif", outcome),
            ("Ida/joy-1.webp", outcome),
            ("Ida/joy.png", outcome),
            ("Ida/joy.webp", outcome),
            ("Ida/winter", "left-out no-place-for-outfits"),
        ]
        .map(|(place, outcome)| (place.to_owned(), outcome.to_owned()))
    };
    assert!(first.status.success(), "{}", String::from_utf8_lossy(&first.stderr));
    assert_eq!(told(&rehearsal), with("ready"));
    assert_eq!(told(&first), with("imported"));
    assert_eq!(told(&again), with("present"));
    let webp = face(2, image::ImageFormat::WebP);
    let gif = face(3, image::ImageFormat::Gif);
    let other = face(9, image::ImageFormat::WebP);
    let idas = [("anger", &gif[..]), ("joy", &png(1)), ("joy-1", &webp), ("joy.webp", &other)];
    assert_eq!(faces(&mira, &ida).await, named(&idas));
    assert_eq!(faces(&mira, &bard).await, named(&[("joy", &png(5))]));
    let later = mira.gets(&format!("characters/{ida}")).await.is(200);
    assert_eq!(later.header("etag"), Some(version.as_str()), "to bring them again is no event");
}

#[tokio::test]
async fn a_sprite_that_changed_takes_the_place_of_the_other_and_a_broken_one_keeps_nobody_out() {
    let (mira, home) = (mira().await, home());
    puts(&home, "characters/Ida/anger.gif", &face(3, image::ImageFormat::Gif)[..30]);

    let first = imports(&mira, &home, &[]).await;
    puts(&home, "characters/Ida/joy.png", png(7));
    let second = imports(&mira, &home, &["--json"]).await;
    // What was here once comes again: it is no repetition of the first import.
    puts(&home, "characters/Ida/joy.png", png(1));
    let third = imports(&mira, &home, &["--json"]).await;

    let table = String::from_utf8(first.stdout).unwrap();
    let counts = table.lines().find(|line| line.starts_with("sprite ")).unwrap_or_else(|| panic!("{table}"));
    assert_eq!(counts.split_whitespace().collect::<Vec<_>>(), ["sprite", "4", "1", "1"], "{table}");
    assert!(table.contains("undecodable") && first.status.code() == Some(1), "{table}");
    for output in [second, third] {
        let lines = told(&output);
        let joy = lines.iter().find(|(place, _)| place == "Ida/joy.png").unwrap();
        assert_eq!(joy.1, "imported", "{lines:?}");
    }
    let ida = called(&mira, "Ida").await;
    let webp = face(2, image::ImageFormat::WebP);
    let other = face(9, image::ImageFormat::WebP);
    let left = [("joy", &png(1)[..]), ("joy-1", &webp), ("joy.webp", &other)];
    assert_eq!(faces(&mira, &ida).await, named(&left));
}

#[tokio::test]
async fn in_an_archive_of_a_folder_they_are_found_and_cards_in_folders_stay_cards() {
    let mira = mira().await;
    let (ida, bard) = (png_file(&card(2, "Ida")), png_file(&card(2, "Bard")));
    let path = undertaker::folder("sprites-in-an-archive").join("backup.zip");
    let files: [(&str, &[u8]); 3] = [
        ("backup/characters/Ida.png", &ida),
        ("backup/characters/Ida/joy.png", &png(1)),
        ("backup/characters/fantasy/Bard.png", &bard),
    ];
    fs::write(&path, archive(&files)).unwrap();

    let output = imports(&mira, &path, &["--json"]).await;

    assert_eq!(told(&output), [("Ida/joy.png".to_owned(), "imported".to_owned())]);
    assert_eq!(faces(&mira, &called(&mira, "Ida").await).await, named(&[("joy", &png(1))]));
    called(&mira, "Bard").await;
}

#[tokio::test]
async fn who_moves_into_another_account_looks_there_as_here() {
    let (mira, vlad) = (mira().await, Innkeeper::common().await.guest("Vlad").await);
    let id = mira.imports(png_file(&card(2, "Ida"))).await.is(201).text("id");
    // Another of the same name, whose folder has to be another one.
    let twin = mira.imports(png_file(&card(3, "Ida"))).await.is(201).text("id");
    for (feeling, colour) in [("joy", 1), ("joy.happy", 2), ("Joy", 3), ("Angst%2Ffear", 4)] {
        expresses(&mira, &id, feeling, &png(colour)).await.is(200);
    }
    expresses(&mira, &twin, "fear", &png(5)).await.is(200);
    let gone = mira.invents("Gone").await;
    expresses(&mira, &gone, "fear", &png(6)).await.is(200);
    mira.deletes(&format!("characters/{gone}")).await.is(200);

    let taken = mira.gets("me/export").await.is(200).body;
    let path = undertaker::folder("sprites-of-an-account").join("innkeeper.zip");
    fs::write(&path, &taken).unwrap();
    let first = imports(&vlad, &path, &["--json"]).await;
    let again = imports(&vlad, &path, &["--json"]).await;

    let places: Vec<_> = cards::unpack(&taken).unwrap().map(|file| file.name).collect();
    assert!(places.iter().any(|place| place.ends_with("/joy.happy.png")), "{places:?}");
    assert!(first.status.success() && again.status.success(), "{:?}", told(&first));
    assert_eq!(told(&first).len(), 6);
    assert!(told(&again).iter().all(|(_, outcome)| outcome == "present"), "{:?}", told(&again));
    let page = vlad.gets("characters?limit=100&retired=true").await.is(200).json();
    let mut there = vec![];
    for one in page["items"].as_array().unwrap() {
        there.push(faces(&vlad, one["id"].as_str().unwrap()).await);
    }
    there.sort();
    let mut here = vec![faces(&mira, &id).await, faces(&mira, &twin).await, faces(&mira, &gone).await];
    here.sort();
    assert_eq!(there, here);
}

#[tokio::test]
async fn what_was_uploaded_to_the_real_sillytavern_comes_in() {
    let sillytavern = SillyTavern::start(Guards { csrf: Csrf::Off, ..Guards::default() }).await;
    let (mira, http) = (mira().await, client());
    let posts = async |path: &str, form: Form| {
        let answer = http.post(format!("{}{path}", sillytavern.url())).multipart(form).send().await.unwrap();
        answer.error_for_status().unwrap()
    };
    let file = |bytes: Vec<u8>, name: &str| Part::bytes(bytes).file_name(name.to_owned());
    let of_ida = || Form::new().text("name", "Ida");
    let picture = file(png_file(&card(2, "Ida")), "Ida.png");
    posts("/api/characters/import", Form::new().part("avatar", picture).text("file_type", "png")).await;
    let sprite =
        of_ida().text("label", "joy").text("spriteName", "joy-1").part("avatar", file(png(1), "any.png"));
    posts("/api/sprites/upload", sprite).await;
    let pack = archive(&[("fear.png", &png(2)), ("deep/anger.png", &png(3))]);
    posts("/api/sprites/upload-zip", of_ida().part("avatar", file(pack, "pack.zip"))).await;

    let output = imports(&mira, &sillytavern.data(), &["--json"]).await;

    assert!(output.status.success(), "{:?}", told(&output));
    let ida = called(&mira, "Ida").await;
    let expected = [("anger", &png(3)[..]), ("fear", &png(2)), ("joy-1", &png(1))];
    assert_eq!(faces(&mira, &ida).await, named(&expected), "{:?}", told(&output));
    // The character that it ships has its card called otherwise than its folder.
    assert_eq!(faces(&mira, &called(&mira, "Seraphina").await).await.len(), 28);
}

#[tokio::test]
async fn the_real_sillytavern_finds_them_in_an_archive_of_an_account_and_in_a_card() {
    let sillytavern = SillyTavern::start(Guards { csrf: Csrf::Off, ..Guards::default() }).await;
    let (mira, http) = (mira().await, client());
    let id = mira.imports(png_file(&card(2, "Ida"))).await.is(201).text("id");
    expresses(&mira, &id, "joy", &png(1)).await.is(200);
    let taken = mira.gets("me/export").await.is(200).body;
    for file in cards::unpack(&taken).unwrap().filter(|file| file.name.starts_with("characters/")) {
        puts(&sillytavern.data().join("default-user"), &file.name, file.bytes.unwrap());
    }
    let shown = async |name: &str| {
        let url = format!("{}/api/sprites/get?name={name}", sillytavern.url());
        let sprites: Value = http.get(url).send().await.unwrap().json().await.unwrap();
        sprites.as_array().unwrap().iter().map(|one| one["label"].clone()).collect::<Vec<_>>()
    };

    assert_eq!(shown("Ida").await, ["joy"]);

    mira.patches(&format!("characters/{id}"), json!({"description": {"name": "Eda"}})).await.is(200);
    let charx = mira.gets(&format!("characters/{id}/card?format=charx")).await.is(200).body.to_vec();
    let part = Part::bytes(charx).file_name("Eda.charx");
    let form = Form::new().part("avatar", part).text("file_type", "charx");
    let url = format!("{}/api/characters/import", sillytavern.url());
    let made = http.post(url).multipart(form).send().await.unwrap().error_for_status().unwrap();
    let made: Value = made.json().await.unwrap();
    assert_eq!(shown(made["file_name"].as_str().unwrap()).await, ["joy"]);
}
