//! What NextChat's page fetches from its own origin: characters as models and masks, for whoever is logged in.

use reqwest::Method;
use serde_json::{Value, json};

use crate::browser::Browser;
use crate::card::{card, json_file};
use crate::guest::Guest;
use crate::house::Innkeeper;

async fn loads(browser: &Browser) -> (Value, Vec<Value>) {
    let config = browser.asks(browser.request(Method::POST, "/api/config")).await.is(200);
    assert!(config.header("cache-control").unwrap().contains("no-store"));
    let masks = browser.opens("/masks.json").await.is(200).json();
    assert_eq!((&masks["cn"], &masks["tw"]), (&json!([]), &json!([])));
    (config.json(), masks["en"].as_array().unwrap().clone())
}

async fn sat_down(house: &Innkeeper, name: &str) -> (Guest, Browser) {
    let guest = house.guest(name).await;
    let browser = Browser::of(house.address(), guest.key()).await;
    (guest, browser)
}

#[tokio::test]
async fn a_character_that_came_in_a_second_ago_is_a_model_and_a_mask_on_the_next_load() {
    let house = Innkeeper::common().await;
    let (mira, browser) = sat_down(house, "Mira").await;
    let (config, masks) = loads(&browser).await;
    assert_eq!((config["needCode"].as_bool(), config["customModels"].as_str()), (Some(false), Some("-all")));
    assert!(masks.is_empty());
    let mut vlad = card(2, "Vlad, the Third");
    vlad["data"]["first_mes"] = json!("{{char}} bows to {{user}}.");
    mira.imports(json_file(&vlad)).await.is(201);

    let (config, masks) = loads(&browser).await;

    let models = config["customModels"].as_str().unwrap();
    let id = models.strip_prefix("-all,+").and_then(|rest| rest.strip_suffix("@OpenAI")).expect(models);
    assert!(!id.contains(',') && !id.to_lowercase().contains("vl"), "{id}");
    assert_eq!(config["defaultModel"], format!("{id}@OpenAI"));
    assert_eq!((&config["hideUserApiKey"], &config["disableFastLink"]), (&json!(true), &json!(true)));
    let [first, second] = &masks[..] else { panic!("{masks:?}") };
    assert_eq!(first["name"], "Vlad, the Third");
    assert_eq!(second["name"], "Vlad, the Third (2)");
    let greeting = &first["context"][0];
    let name = mira.gets("me").await.text("name");
    assert_eq!(greeting["role"], "assistant");
    assert_eq!(greeting["content"], format!("Vlad, the Third bows to {name}."));
    assert_eq!(second["context"][0]["content"], "You again!");
    let model = &first["modelConfig"];
    assert_eq!((model["model"].as_str(), model["providerName"].as_str()), (Some(id), Some("OpenAI")));
    assert_eq!((&first["syncGlobalConfig"], &model["sendMemory"]), (&json!(false), &json!(false)));
    assert_eq!(model["compressModel"], "innkeeper-utility");
    assert!(
        model["historyMessageCount"].as_u64().unwrap() >= 100_000
            && model["max_tokens"].as_u64() >= Some(512_000)
    );
}

#[tokio::test]
async fn a_group_that_sat_together_is_a_model_with_a_mask_and_who_retired_is_none() {
    let house = Innkeeper::common().await;
    let (mira, browser) = sat_down(house, "Mira").await;
    let ada = mira.imports(json_file(&card(3, "Ada"))).await.is(201).text("id");
    let bob = mira.invents("Bob").await;
    mira.sits_down_with(&[&ada, &bob]).await;

    let (config, masks) = loads(&browser).await;

    assert_eq!(config["customModels"], "-all,+Ada@OpenAI,+Bob@OpenAI,+Ada & Bob@OpenAI");
    let group = masks.iter().find(|mask| mask["name"] == "Ada & Bob").expect("a mask for both");
    assert_eq!(group["context"][0]["content"], "Welcome, all of you!");
    assert_eq!(masks.iter().find(|mask| mask["name"] == "Bob").unwrap()["context"], json!([]));

    mira.deletes(&format!("characters/{ada}")).await.is(200);
    let (config, masks) = loads(&browser).await;
    assert_eq!(config["customModels"], "-all,+Bob@OpenAI");
    assert_eq!(masks.len(), 1);
}

#[tokio::test]
async fn two_users_behind_one_gateway_see_their_own_only_and_a_stranger_sees_nobody() {
    let house = Innkeeper::common().await;
    let (mira, hers) = sat_down(house, "Mira").await;
    let (vera, others) = sat_down(house, "Vera").await;
    mira.invents("Ada").await;
    vera.invents("Bob").await;

    let (config, masks) = loads(&hers).await;
    assert_eq!((config["customModels"].as_str(), masks.len()), (Some("-all,+Ada@OpenAI"), 1));
    let (config, masks) = loads(&others).await;
    assert_eq!((config["customModels"].as_str(), masks.len()), (Some("-all,+Bob@OpenAI"), 1));
    let (config, masks) = loads(&Browser::at(house.address())).await;
    assert_eq!((config["needCode"].as_bool(), config["customModels"].as_str()), (Some(true), Some("-all")));
    assert!(masks.is_empty());

    // A key typed into the page as an access code is a key.
    let stranger = Browser::at(house.address());
    let coded = stranger.request(Method::POST, "/api/config").bearer_auth(format!("nk-{}", mira.key()));
    assert_eq!(stranger.asks(coded).await.is(200).json()["customModels"], "-all,+Ada@OpenAI");
}

#[tokio::test]
async fn nothing_is_asked_of_others_on_the_pages_behalf() {
    let house = Innkeeper::common().await;
    let browser = Browser::at(house.address());

    let fonts = browser.opens("/google-fonts/css2?family=Noto+Sans").await.is(200);
    assert_eq!((fonts.header("content-type"), fonts.body.len()), (Some("text/css"), 0));
    assert_eq!(browser.opens("/plugins.json").await.is(200).json(), json!([]));
    let prompts = browser.opens("/prompts.json").await.is(200).json();
    let typed: Vec<_> =
        prompts["en"].as_array().unwrap().iter().map(|prompt| prompt[1].as_str().unwrap()).collect();
    assert_eq!(typed, ["/continue", "/swipe", "/impersonate", "/help"]);
    assert_eq!((&prompts["cn"], &prompts["tw"]), (&json!([]), &json!([])));
    let published = browser.request(Method::POST, "/sharegpt").json(&json!({"items": []}));
    browser.asks(published).await.is_refused(403, "sharing-off");
}
