//! Coming in and leaving with a real browser: what it does with links, cookies, keys of a keyboard and small screens.

use fantoccini::cookies::Cookie;
use fantoccini::key::Key;
use time::Duration;

use crate::chromium::Browsers;
use crate::house::Innkeeper;
use crate::page::gateway;
use crate::window::{Spoken, Window};

const COOKIE: &str = "ink_session";

fn at(house: &Innkeeper, path: &str) -> String {
    format!("http://{}{path}", house.address())
}

#[tokio::test]
async fn the_link_of_the_start_opens_once_and_the_browser_stays_known_until_the_cookie_is_over() {
    Browsers::tell(async |browsers| {
        let house = gateway().await;
        let (banner, _) = house.plan().said();
        let link = banner.split_whitespace().find(|word| word.contains("/login?once=")).expect("a link");
        let window = browsers.opens().await;

        window.goes(link).await;

        window.has_the_page().await;
        assert_eq!(window.address().await, at(house, "/"));
        is_kept_from_scripts(&window).await;
        let window = browsers.reopens(window).await;
        window.goes(&at(house, "/")).await;
        window.has_the_page().await;

        let stranger = browsers.opens().await;
        stranger.goes(link).await;
        assert!(stranger.reads("[role=alert]").await.contains("has been used"));
        stranger.is_for_everybody().await;

        window.loses_cookie(COOKIE).await;
        window.reloads().await;
        assert_eq!(window.address().await, at(house, "/login"));
    })
    .await;
}

async fn is_kept_from_scripts(window: &Window) {
    assert_eq!(window.is("document.cookie").await, "");
    let cookie: Cookie<'_> = window.cookie(COOKIE).await.expect("a session");
    assert_eq!(
        (cookie.http_only(), cookie.same_site().map(|site| site.to_string())),
        (Some(true), Some("Lax".into()))
    );
    let ends = cookie.expires_datetime().expect("an end");
    let lasts = ends - innkeeper::stamp::now();
    assert!((lasts - Duration::days(30)).abs() < Duration::hours(1), "{lasts}");
}

#[tokio::test]
async fn the_door_opens_to_a_keyboard_a_screen_reader_and_a_phone() {
    Browsers::tell(async |browsers| {
        let house = gateway().await;
        let mira = house.guest("Mira").await;
        let window = browsers.opens().await;
        window.goes(&at(house, "/?from=a#/new-chat?mask=100000")).await;
        assert!(window.address().await.starts_with(&at(house, "/login?next=/%3Ffrom%3Da")));
        window.is_for_everybody().await;
        let field = window.speaks().await;
        assert_eq!((&field.role[..], &field.name[..]), ("textbox", "Your key"));
        assert!(field.description.starts_with("A key begins with ink_"), "{field:?}");

        window.types("ink_wrong").await;
        window.types(&char::from(Key::Enter).to_string()).await;

        window.until("document.querySelector('[role=alert]')").await;
        let Spoken { name, description, .. } = window.speaks().await;
        assert!(
            name == "Your key" && description.starts_with("This key does not open the door."),
            "{description}"
        );
        assert_eq!(window.is("document.querySelector('#key').value").await, "");
        window.is_for_everybody().await;

        window.types(mira.key()).await;
        window.types(&char::from(Key::Tab).to_string()).await;
        assert_eq!(window.speaks().await.name, "Log in");
        window.types(&char::from(Key::Enter).to_string()).await;

        window.has_the_page().await;
        assert_eq!(
            window.address().await,
            at(house, "/?from=a#/new-chat?mask=100000"),
            "where they wanted to go"
        );
        leaves(&window, house).await;
    })
    .await;
}

async fn leaves(window: &Window, house: &Innkeeper) {
    window.goes(&at(house, "/logout")).await;
    window.is_for_everybody().await;
    window.types(&char::from(Key::Tab).to_string()).await;
    assert_eq!(window.speaks().await.name, "Log out");
    window.types(&char::from(Key::Enter).to_string()).await;

    window.until("document.body.innerText.includes('You are logged out.')").await;
    window.is_for_everybody().await;
    assert!(window.cookie(COOKIE).await.is_none());
    window.goes(&at(house, "/")).await;
    assert_eq!(window.address().await, at(house, "/login"));
}

#[tokio::test]
async fn who_leaves_takes_the_chats_along_only_if_they_want_to() {
    Browsers::tell(async |browsers| {
        let house = gateway().await;
        let mira = house.guest("Mira").await;
        mira.invents("Ada").await;
        let port = house.address().rsplit_once(':').expect("a port").1;
        for origin in [at(house, ""), format!("http://inn.test:{port}")] {
            let window = browsers.opens().await;
            window.comes_in_at(&origin, mira.key()).await;
            window.presses("Ada").await;
            window.leaves_by(&origin, "Log out").await;
            window.comes_in_at(&origin, mira.key()).await;
            assert_eq!(window.buttons("#sessions").await, ["Ada"], "they are the browser's own");

            window.leaves_by(&origin, "Log out and clear this browser").await;

            assert_eq!(
                window.reads("[role=status]").await,
                "The chats that NextChat kept in this browser are gone."
            );
            assert_eq!(window.is("localStorage.length").await, 0);
            window.is_for_everybody().await;
            for _ in 0..2 {
                window.client.back().await.unwrap();
                assert_eq!(window.is("document.querySelectorAll('#sessions button').length").await, 0);
            }
            window.comes_in_at(&origin, mira.key()).await;
            assert!(window.buttons("#sessions").await.is_empty());
        }
    })
    .await;
}

#[tokio::test]
async fn whoever_is_logged_in_tries_the_interface_and_a_key_that_is_shown_there_is_not_kept() {
    Browsers::tell(async |browsers| {
        let house = gateway().await;
        let mira = house.guest("Mira").await;
        let window = browsers.opens().await;
        window.comes_in(house, mira.key()).await;
        window.goes(&at(house, "/api/docs/")).await;
        window.until("document.querySelector('.opblock')").await;

        window.clicks(".auth-wrapper .authorize").await;
        window.writes(".auth-container input", mira.key()).await;
        window.clicks(".auth-btn-wrapper .authorize").await;
        window.until("document.querySelector('.auth-btn-wrapper button').innerText === 'Logout'").await;

        assert_eq!(
            window.is("Object.values(localStorage).some((kept) => kept.includes('ink_'))").await,
            false
        );
        assert_eq!(window.is("fetch('/api/v1/me').then((answer) => answer.status)").await, 200);

        // The first page of a house without NextChat's.
        window.goes(&at(Innkeeper::common().await, "/")).await;
        window.is_for_everybody().await;
    })
    .await;
}
