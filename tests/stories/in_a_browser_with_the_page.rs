//! A page as NextChat's, served from its folder, in a real browser: it shows whom one knows, streams, stops and goes on,
//! and asks nobody else.

use serde_json::json;

use crate::card::{card, json_file};
use crate::chromium::Browsers;
use crate::elsewhere;
use crate::guest::Guest;
use crate::model_stub::{Stub, WORDS};
use crate::page::gateway;
use crate::window::Window;

/// Somebody who is answered by this script, with a session with Aqua in front of them.
async fn sits_down(browsers: &Browsers, script: &str) -> (Guest, Stub, Window) {
    let (house, stub, window) = (gateway().await, Stub::start().await, browsers.opens().await);
    let mira = house.guest("Mira").await;
    mira.speaks_through(&stub, script).await;
    mira.imports(json_file(&card(1, "Aqua"))).await.is(201);
    window.comes_in(house, mira.key()).await;
    window.presses("Aqua").await;
    (mira, stub, window)
}

/// The words of the only conversation.
async fn story(guest: &Guest) -> Vec<String> {
    let [conversation] = &guest.conversations().await[..] else { panic!("not one conversation") };
    guest.words(conversation).await
}

#[tokio::test]
async fn who_was_imported_a_second_ago_is_there_and_a_reply_grows_as_it_is_said() {
    Browsers::tell(async |browsers| {
        let (house, stub) = (gateway().await, Stub::with_pace(std::time::Duration::from_millis(200)).await);
        let mira = house.guest("Mira").await;
        mira.speaks_through(&stub, "slow").await;
        let window = browsers.opens().await;
        window.comes_in(house, mira.key()).await;
        assert!(window.buttons("#masks").await.is_empty());
        mira.imports(json_file(&card(1, "Aqua"))).await.is(201);

        window.reloads().await;
        window.has_the_page().await;
        assert_eq!(window.buttons("#masks").await, ["Aqua"]);
        assert_eq!(
            window.is("[...document.querySelector('#model').options].map(one => one.text)").await,
            json!(["Aqua"])
        );
        window.presses("Aqua").await;
        assert_eq!(window.bubbles().await, ["Come in, I am Aqua!"]);
        window.watches_the_last_bubble().await;
        window.says("Hello").await;
        let heard = window.hears_out().await;

        let all = WORDS.concat();
        assert_eq!(heard, ["Come in, I am Aqua!", "Hello", &all]);
        let seen = window.saw().await;
        let grown: Vec<_> =
            seen.iter().filter(|text| !text.is_empty() && all.starts_with(text.as_str())).collect();
        assert!(grown.len() > 3 && grown.is_sorted_by_key(|text| text.len()), "{seen:?}");
        assert_eq!(story(&mira).await, heard);

        // The session is the browser's own, and goes on after another load.
        window.reloads().await;
        window.has_the_page().await;
        assert_eq!(window.bubbles().await, heard);
        window.clicks("#retry").await;
        window.hears_out().await;
        let [conversation] = &mira.conversations().await[..] else { panic!("a retry is no conversation") };
        let told = mira.story(conversation).await;
        assert_eq!((told.len(), told[2]["variants"].as_array().map(Vec::len)), (3, Some(2)), "{told:?}");
    })
    .await;
}

#[tokio::test]
async fn stop_keeps_what_was_heard_and_the_next_turn_goes_on() {
    Browsers::tell(async |browsers| {
        let (mira, _stub, window) = sits_down(browsers, "stall-then-ok").await;
        window.says("Hello").await;
        window.until("document.querySelector('#bubbles li:last-child').textContent.startsWith('The')").await;

        window.clicks("#stop").await;
        let stopped = window.hears_out().await;
        assert_eq!(stopped[2].trim_end(), WORDS[0].trim_end());
        window.says("Go on").await;
        let heard = window.hears_out().await;

        assert_eq!(heard[3..], ["Go on".to_owned(), WORDS.concat()]);
        let told = story(&mira).await;
        assert_eq!(
            (told.len(), told[2].trim_end(), &told[3][..]),
            (5, WORDS[0].trim_end(), "Go on"),
            "{told:?}"
        );

        // Whoever is not known any more is told so where they look.
        window.loses_cookie("ink_session").await;
        window.says("Still there?").await;
        let refused = window.hears_out().await.pop().unwrap_or_default();
        assert!(refused.contains("/login") && refused.contains("invalid_api_key"), "{refused}");
    })
    .await;
}

#[tokio::test]
async fn the_page_may_do_all_that_it_needs_and_reaches_nobody_else() {
    Browsers::tell(async |browsers| {
        let (_mira, _stub, window) = sits_down(browsers, "echo").await;
        let spy = elsewhere::address("folder") + "/spy.png";
        window.says(&format!("Look: ![]({spy}) there")).await;
        window.hears_out().await;

        window.until("document.getElementById('inlined').naturalWidth && document.getElementById('made').naturalWidth").await;
        assert_eq!(window.until("said[0]").await, "artifact ran");
        window.until("getComputedStyle(document.querySelector('#bubbles li')).borderRadius === '8px'").await;
        window.until("navigator.serviceWorker.controller !== null").await;
        assert_eq!(worker_asks(&window, &spy).await, "kept away", "a worker is under a policy of its own");

        let mut kept: Vec<String> = serde_json::from_value(window.is("[...new Set(kept)]").await).unwrap();
        kept.sort();
        let address = elsewhere::address("folder");
        let away = |directive: &str, file: &str| format!("{directive} {address}/{file}");
        let wanted = [
            away("connect-src", "tags"),
            away("font-src", "font.woff2"),
            away("img-src", "emoji.png"),
            away("img-src", "spy.png"),
            away("script-src-elem", "tracker.js"),
        ];
        assert_eq!(kept, wanted);
        assert_eq!(elsewhere::asked("folder"), [""; 0]);
    })
    .await;
}

/// What becomes of it if the page's service worker asks somebody elsewhere.
async fn worker_asks(window: &Window, address: &str) -> serde_json::Value {
    let asks = format!(
        "new Promise((resolve) => {{ const {{ port1, port2 }} = new MessageChannel(); \
         port1.onmessage = ({{ data }}) => resolve(data); \
         navigator.serviceWorker.controller.postMessage({}, [port2]) }})",
        json!(address)
    );
    window.is(&asks).await
}

#[tokio::test]
async fn two_people_see_their_own_things_and_two_browsers_of_one_person_the_same() {
    Browsers::tell(async |browsers| {
        let (mira, _stub, hers) = sits_down(browsers, "normal").await;
        let (house, others) = (gateway().await, browsers.opens().await);
        let vera = house.guest("Vera").await;
        vera.invents("Bob").await;
        others.comes_in(house, vera.key()).await;
        assert_eq!(
            (hers.buttons("#masks").await, others.buttons("#masks").await),
            (vec!["Aqua".into()], vec!["Bob".into()])
        );
        hers.says("Good evening").await;
        let heard = hers.hears_out().await;

        hers.syncs().await;
        others.syncs().await;
        assert!(others.buttons("#sessions").await.is_empty());
        // Vera's browser becomes another one of Mira's.
        others.leaves_by(&format!("http://{}", house.address()), "Log out and clear this browser").await;
        others.comes_in(house, mira.key()).await;
        others.syncs().await;
        let sessions = others.buttons("#sessions").await;
        assert_eq!(sessions.len(), 1, "{sessions:?}");
        others.clicks("#sessions button").await;
        assert_eq!(others.bubbles().await, heard);
        others.says("And now?").await;
        let on = others.hears_out().await;
        others.syncs().await;

        hers.syncs().await;
        assert_eq!(hers.buttons("#sessions").await.len(), 1, "nothing comes twice");
        assert_eq!(hers.bubbles().await, on);
        assert_eq!(story(&mira).await, on);
    })
    .await;
}
