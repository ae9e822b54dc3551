//! What listeners hear, whenever they come and however slow they are.

use domain::commit::{Epoch, Position};

use super::*;
use crate::relay::live::LastWords;

fn completed() -> Ending {
    let position = Position { epoch: Epoch::new(1), sequence: 9 };
    Ending::Completed { position }
}

/// Everything that a listener hears until the end, put together; a restart forgets.
async fn text(listener: &mut Listener) -> (String, Vec<u32>) {
    let (mut text, mut indices) = (String::new(), vec![]);
    while let Some(heard) = listener.hear().await {
        for heard in heard {
            match heard {
                Heard::Started { .. } | Heard::Ended(_) => {}
                Heard::Restarted { .. } => (text, indices) = (String::new(), vec![]),
                Heard::Token { id, text: token } => {
                    text.push_str(&token);
                    indices.push(id.index);
                }
            }
        }
    }
    (text, indices)
}

fn said(tokens: &[&str]) -> Arc<Live> {
    let live = Arc::new(Live::default());
    live.begin(7, 1);
    for token in tokens {
        live.push(token);
    }
    live
}

#[tokio::test]
async fn a_listener_hears_every_token_once_and_in_order() {
    let live = said(&[]);
    let mut listener = Listener::new(live.clone(), None);
    let hearing = tokio::spawn(async move { text(&mut listener).await });
    for number in 0..10_000 {
        live.push(&format!("{number} "));
        if number % 100 == 0 {
            tokio::task::yield_now().await;
        }
    }
    live.end(completed(), None);
    let (text, indices) = hearing.await.unwrap();
    assert_eq!(text, (0..10_000).map(|number| format!("{number} ")).collect::<String>());
    assert_eq!(indices, (0..10_000).collect::<Vec<_>>());
}

#[tokio::test]
async fn one_who_comes_after_the_end_hears_all_of_it() {
    let live = said(&["Hel", "lo"]);
    live.end(completed(), None);
    assert_eq!(text(&mut Listener::new(live, None)).await, ("Hello".into(), vec![0, 1]));
}

#[tokio::test]
async fn one_who_comes_back_hears_on_behind_the_last_token() {
    let live = said(&["Hel", "lo"]);
    live.end(completed(), None);
    let last = "00000007.0.3".parse().unwrap();
    assert_eq!(text(&mut Listener::new(live, Some(last))).await, ("lo".into(), vec![1]));
}

#[tokio::test]
async fn another_attempt_starts_the_text_over() {
    let live = said(&["Hello from the dead"]);
    let mut listener = Listener::new(live.clone(), None);
    assert_eq!(listener.hear().await.unwrap().len(), 2);
    live.begin(8, 2);
    live.push("Hi");
    assert_eq!(listener.hear().await.unwrap()[0], Heard::Restarted { attempt: 2 });
    live.end(completed(), None);
    assert_eq!(text(&mut listener).await.0, "");
}

#[tokio::test]
async fn the_log_has_the_last_word() {
    let live = said(&["Hel"]);
    let mut listener = Listener::new(live.clone(), None);
    live.end(completed(), Some(LastWords { run: 7, attempt: 1, text: "Hello" }));
    assert_eq!(text(&mut listener).await, ("Hello".into(), vec![0, 1]));
}

#[tokio::test]
async fn words_of_a_run_that_was_not_heard_replace_what_was() {
    let live = said(&["Good evening"]);
    let mut listener = Listener::new(live.clone(), None);
    listener.hear().await.unwrap();
    live.end(completed(), Some(LastWords { run: 8, attempt: 2, text: "Hello" }));
    assert_eq!(text(&mut listener).await, ("Hello".into(), vec![0]));
}

#[tokio::test]
async fn one_who_heard_half_of_a_merged_piece_hears_the_other_half() {
    let live = said(&[]);
    live.with(|said| said.push_up_to(4, "Hello, you"));
    live.end(completed(), None);
    let last = "00000007.1.5".parse().unwrap();
    assert_eq!(text(&mut Listener::new(live, Some(last))).await, (", you".into(), vec![4]));
}

#[tokio::test]
async fn an_id_that_was_made_up_hears_from_the_start() {
    let live = said(&["é", "a"]);
    live.end(completed(), None);
    for made_up in ["00000007.0.1", "00000007.99.1", "00000007.0.99", "00000007.4294967295.2"] {
        let (text, _) = text(&mut Listener::new(live.clone(), Some(made_up.parse().unwrap()))).await;
        assert_eq!(text, "éa", "{made_up}");
    }
}
