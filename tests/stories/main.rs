//! The stories: what people and operators do with a house, told against the real executable, a real nats-server, a real
//! PostgreSQL and the real SillyTavern, over HTTP only.
//!
//! One binary, because linking is what costs on a small machine. Most stories visit one common house, each with guests of
//! its own; those about starting, dying and outages have houses of their own. A story waits for positions and events,
//! never for time to pass.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on says so"
)]

#[path = "../support/analyst.rs"]
mod analyst;
#[path = "../support/answer.rs"]
mod answer;
#[path = "../support/browser.rs"]
mod browser;
#[path = "../support/card.rs"]
mod card;
#[path = "../support/carrier.rs"]
mod carrier;
#[path = "../support/chromium.rs"]
mod chromium;
#[path = "../support/elsewhere.rs"]
mod elsewhere;
#[path = "../support/guest.rs"]
mod guest;
#[path = "../support/innkeeper.rs"]
mod house;
#[path = "../support/line.rs"]
mod line;
#[path = "../support/listening.rs"]
mod listening;
#[path = "../support/model_stub.rs"]
mod model_stub;
#[path = "../support/nats_server.rs"]
mod nats_server;
#[path = "../support/nextchat.rs"]
mod nextchat;
#[path = "../support/openai.rs"]
mod openai;
#[path = "../support/packages.rs"]
mod packages;
#[path = "../support/page.rs"]
mod page;
#[path = "../support/receiver.rs"]
mod receiver;
#[path = "../support/servers.rs"]
mod servers;
#[path = "../support/sillytavern.rs"]
mod sillytavern;
#[path = "../../nats/tests/contract/store.rs"]
mod store;
#[path = "../support/undertaker.rs"]
mod undertaker;
#[path = "../support/window.rs"]
mod window;
#[path = "../support/wire.rs"]
mod wire;

mod analysts;
mod analysts_elsewhere;
mod assets;
mod auditing;
mod auditing_an_erasure;
mod auditing_the_past;
mod bad_days;
mod bad_input;
mod branching;
mod bringing_everything;
mod cards_at_hand;
mod carriers;
mod chats_from_elsewhere;
mod embedded_servers;
mod erasing;
mod exporting;
mod following;
mod gateway;
mod idempotency;
mod impersonating;
mod importing;
mod in_a_browser;
mod in_a_browser_elsewhere;
mod in_a_browser_with_the_page;
mod keys_of_people;
mod log_outage;
mod logging_in;
mod lorebooks;
mod model_outage;
mod negotiation;
mod nextchat_page;
mod nextchat_requests;
mod official_clients;
mod openai_clients;
mod openapi;
mod other_origins;
mod personas;
mod privacy;
mod projections;
mod providers;
mod random_sessions;
mod read_side_outage;
mod real_sillytavern;
mod recalling;
mod relay;
mod repainting;
mod restoring;
mod shaping_a_character;
mod snapshots;
mod sprites;
mod starting;
mod stopping;
mod sudden_death;
mod syncing;
mod taking_everything_along;
mod talking;
mod two_writers;
mod webhooks;
mod websocket;
mod workers;
