//! Roles in processes of their own: tokens cross from one to another, and a worker that dies is replaced.

use futures_util::future::join_all;
use serde_json::json;

use crate::guest::Guest;
use crate::house::{Innkeeper, Plan};
use crate::model_stub::{FLOOD, Stub, WORDS};

/// A house whose roles are processes of their own.
struct Roles {
    plan: Plan,
    door: Innkeeper,
    projector: Innkeeper,
}

impl Roles {
    async fn open() -> Self {
        let plan = Plan::shared()
            .await
            .with("INNKEEPER_SECRETS_KEY", &"5e".repeat(32))
            // Shorter than the default, longer than an unoptimised worker on a busy machine is silent.
            .with("INNKEEPER_WORKER_ACK_WAIT", "4s");
        let door = plan.opens_as(&["serve"]).await;
        let projector = plan.begins(&["project"]);
        Self { plan, door, projector }
    }

    fn worker(&self) -> Innkeeper {
        self.plan.begins(&["work"])
    }

    async fn mira(&self) -> Guest {
        self.door.guest("Mira").await
    }
}

#[tokio::test]
async fn tokens_cross_from_one_process_to_another() {
    let house = Roles::open().await;
    let (mira, stub, _worker) = (house.mira().await, Stub::start().await, house.worker());
    let conversation = mira.sits_down(&stub, "never-waits").await;

    let heard = mira.hears(&conversation, "Count").await;

    let expected: String = (0..FLOOD).map(|number| format!("{number} ")).collect();
    assert!(heard.completed() == expected, "{} bytes of {}", heard.text.len(), expected.len());
    // Somebody else: what one chooses anew reaches a worker in another process a moment later.
    let ada = house.door.guest("Ada").await;
    let conversation = ada.sits_down(&stub, "slow").await;
    let heard = ada.hears(&conversation, "And slowly").await;
    assert_eq!((heard.completed(), heard.restarted.len()), (WORDS.concat().as_str(), 0));
    assert!(heard.tokens.len() > 1, "they come one by one: {heard:?}");
}

#[tokio::test]
async fn a_worker_that_is_killed_is_replaced_and_the_text_starts_over() {
    let house = Roles::open().await;
    let (mira, stub, worker) = (house.mira().await, Stub::start().await, house.worker());
    let conversation = mira.sits_down(&stub, "stall-then-ok").await;
    let (said, mut listening) = mira.talks(&conversation, "Hold on").await;
    assert_eq!(listening.until("token").await.data["text"], WORDS[0]);

    worker.dies();
    let _other = house.worker();

    assert_eq!(listening.until("restarted").await.data["attempt"], 2);
    let heard = listening.heard().await;
    assert_eq!(heard.completed(), WORDS.concat());
    assert_eq!(mira.hears_out(said.reply()).await.completed(), WORDS.concat());
    assert_eq!(mira.words(&conversation).await, ["Hold on", &WORDS.concat()]);
    assert_eq!(stub.tally().asked, 2);
}

#[tokio::test]
async fn a_worker_that_is_told_to_stop_gives_its_replies_back() {
    let house = Roles::open().await;
    let (mira, stub, worker) = (house.mira().await, Stub::start().await, house.worker());
    let conversation = mira.sits_down(&stub, "stall-then-ok").await;
    let (_, mut listening) = mira.talks(&conversation, "Hold on").await;
    listening.until("token").await;
    let _other = house.worker();

    assert!(worker.stops().success());

    assert_eq!(listening.until("restarted").await.data["attempt"], 2);
    assert_eq!(listening.heard().await.completed(), WORDS.concat());
}

#[tokio::test]
async fn several_workers_share_the_replies_and_say_each_once() {
    let house = Roles::open().await;
    let (mira, stub) = (house.mira().await, Stub::start().await);
    let _workers = [house.worker(), house.worker()];
    mira.speaks_through(&stub, "slow").await;
    let ida = mira.invents("Ida").await;

    let heard = join_all((0..20).map(|_| async {
        let conversation = mira.sits_down_with(&[&ida]).await;
        mira.hears(&conversation, "Hello").await
    }));

    assert!(heard.await.iter().all(|one| one.completed() == WORDS.concat() && one.restarted.is_empty()));
    assert_eq!(stub.tally().asked, 20);
}

#[tokio::test]
async fn a_reply_waits_for_a_worker_and_a_cancel_does_not() {
    let house = Roles::open().await;
    let (mira, stub) = (house.mira().await, Stub::start().await);
    let conversation = mira.sits_down(&stub, "normal").await;
    let unwanted = mira.says(&conversation, "Forget this").await;
    let wanted = mira.says(&conversation, "But not this").await;

    mira.does(&format!("replies/{}/cancel", unwanted.reply())).await.is(200);
    let _worker = house.worker();

    assert_eq!(mira.hears_out(wanted.reply()).await.completed(), WORDS.concat());
    assert_eq!(mira.hears_out(unwanted.reply()).await.failed(), "reply-cancelled");
    assert_eq!(stub.tally().asked, 1);
}

/// The projector is killed again and again while a hundred messages go by; the rows are right afterwards.
#[tokio::test]
async fn a_projector_that_is_killed_again_and_again_counts_every_commit_once() {
    let mut house = Roles::open().await;
    let mira = house.mira().await;
    let ida = mira.invents("Ida").await;
    let conversation = mira.sits_down_with(&[&ida]).await;
    let path = format!("conversations/{conversation}/messages");
    for number in 0..100 {
        mira.posts(&path, json!({"text": number.to_string(), "reply": false})).await.is(202);
        if number % 20 == 10 {
            house.projector.dies();
            house.projector = house.plan.begins(&["project"]);
        }
    }

    let expected: Vec<_> = (0..100).map(|number| number.to_string()).collect();
    assert_eq!(mira.words(&conversation).await, expected);
    let shown = mira.gets(&format!("conversations/{conversation}")).await.is(200).json();
    assert_eq!(shown["message_count"], 100);
}

#[tokio::test]
async fn two_projectors_stand_by_for_each_other() {
    let house = Roles::open().await;
    let (mira, second) = (house.mira().await, house.plan.begins(&["project"]));
    let ida = mira.invents("Ida").await;
    let conversation = mira.sits_down_with(&[&ida]).await;
    let path = format!("conversations/{conversation}/messages");
    for number in 0..20 {
        mira.posts(&path, json!({"text": number.to_string(), "reply": false})).await.is(202);
    }
    house.projector.dies();

    assert_eq!(mira.words(&conversation).await.len(), 20);

    drop(second);
}

#[tokio::test]
async fn two_doors_show_the_same_house() {
    let house = Roles::open().await;
    let (mira, stub, _worker) = (house.mira().await, Stub::start().await, house.worker());
    let other_plan = house.plan.elsewhere();
    let other = other_plan.opens_as(&["serve"]).await;
    let conversation = mira.sits_down(&stub, "slow").await;
    let said = mira.says(&conversation, "Here and there").await;
    let elsewhere = mira.at(other.address());

    let (here, there) = tokio::join!(mira.hears_out(said.reply()), elsewhere.hears_out(said.reply()));

    assert_eq!((here.completed(), there.completed()), (WORDS.concat().as_str(), WORDS.concat().as_str()));
    assert_eq!(elsewhere.words(&conversation).await, ["Here and there", &WORDS.concat()]);
    elsewhere.hears(&conversation, "And back").await.completed();
    mira.remembers(&elsewhere.newest().unwrap());
    assert_eq!(mira.words(&conversation).await.len(), 4);
}
