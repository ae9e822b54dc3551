//! A connection: reads what is asked for, tells what there is to tell, and watches whether anybody is there.
//!
//! One task does all of it, so that telling is what holds everything up, and nothing is read ahead for somebody who does
//! not listen.

use std::time::Duration;

use axum::extract::ws::{CloseFrame, Message, WebSocket, close_code};
use domain::conversation::{ConversationId, ReplyId};
use futures_util::{
    SinkExt, StreamExt,
    stream::{self, BoxStream},
};
use tokio::time::{Instant, MissedTickBehavior, interval_at, timeout};
use tokio_stream::StreamMap;

use super::wire::{Asked, Form, Frames, Told};
use crate::{
    api::{
        after,
        auth::Caller,
        conversations::events,
        problem::Problem,
        replies::{hearing, telling::Teller},
    },
    house::House,
    relay::StreamId,
};

/// How many subscriptions a connection carries at once.
const SUBSCRIPTIONS: usize = 256;
/// How often it is asked whether somebody is there, and how long nobody may answer.
const PING: Duration = Duration::from_secs(20);
const SILENCE: Duration = Duration::from_secs(60);

/// Why a connection ends, by the codes that are ours to give (RFC 6455, 7.4.2).
const NOBODY_THERE: (u16, &str) = (4001, "nobody answered for a while");
const NOT_WELCOME: (u16, &str) = (4003, "the key was revoked");
const TOO_SLOW: (u16, &str) = (4008, "you read too slowly; come back and go on behind the last id");
const AWAY: (u16, &str) = (close_code::AGAIN, "the log is away; come back in a moment");

/// What comes of a subscription: events, and at last its end.
type Events = BoxStream<'static, Option<Vec<Told>>>;

/// A connection that stands.
pub(super) struct Line {
    house: House,
    caller: Caller,
    form: Form,
    subscriptions: StreamMap<String, Events>,
    heard: Instant,
}

/// The connection ends, for this reason, or because the other side hung up.
struct End(Option<(u16, &'static str)>);

impl Line {
    pub(super) fn new(house: House, caller: Caller, form: Form) -> Self {
        Self { house, caller, form, subscriptions: StreamMap::new(), heard: Instant::now() }
    }

    /// Carries what is said until one side hangs up.
    pub(super) async fn run(mut self, mut socket: WebSocket) {
        metrics::gauge!("innkeeper_ws_connections").increment(1);
        let End(reason) = self.serve(&mut socket).await;
        metrics::gauge!("innkeeper_ws_connections").decrement(1);
        let Some((code, said)) = reason else { return };
        metrics::counter!("innkeeper_ws_dropped_total", "code" => code.to_string()).increment(1);
        let farewell = Message::Close(Some(CloseFrame { code, reason: said.into() }));
        // Behind what was written already: whoever reads on hears it. To hang up with something unread would take
        // away what they have not read.
        let hang_up = async {
            socket.send(farewell).await?;
            while let Some(Ok(_)) = socket.recv().await {}
            Ok::<_, axum::Error>(())
        };
        let told = timeout(self.house.config.http.slow_reader, hang_up).await;
        tracing::debug!(code, told = told.is_ok(), "a WebSocket was dropped");
    }

    async fn serve(&mut self, socket: &mut WebSocket) -> End {
        let mut pings = interval_at(Instant::now() + PING, PING);
        pings.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            let served = tokio::select! {
                message = socket.recv() => match message {
                    Some(Ok(message)) => self.take(socket, &message).await,
                    Some(Err(_)) | None => Err(End(None)),
                },
                Some((sub, told)) = self.subscriptions.next(), if !self.subscriptions.is_empty() => {
                    self.tell(socket, &sub, told).await
                }
                _ = pings.tick() => self.look_after(socket).await,
            };
            if let Err(end) = served {
                return end;
            }
        }
    }

    /// Does what somebody asks for.
    async fn take(&mut self, socket: &mut WebSocket, message: &Message) -> Result<(), End> {
        self.heard = Instant::now();
        if matches!(message, Message::Close(_)) {
            return Err(End(None));
        }
        let Some(asked) = Asked::read(message) else { return Ok(()) };
        let asked = match asked {
            Ok(asked) => asked,
            Err(problem) => return self.say(socket, [Told::refused(None, problem.details())]).await,
        };
        let sub = asked.sub().map(str::to_owned);
        let said = match self.follow(asked).await {
            Ok(said) => Told::about(sub.as_deref(), said),
            Err(problem) => Told::refused(sub.as_deref(), problem.details()),
        };
        self.say(socket, [said]).await
    }

    /// Follows what somebody asks for; answers by the name of an event.
    async fn follow(&mut self, asked: Asked) -> Result<&'static str, Problem> {
        let (sub, events) = match asked {
            Asked::Ping {} => return Ok("pong"),
            Asked::Leave { sub } => {
                let left = self.subscriptions.remove(&sub);
                return left.map(|_| "ended").ok_or_else(no_such_subscription);
            }
            Asked::Listen { sub, reply, last } => {
                self.make_room(&sub)?;
                let events = self.listen(reply, last.as_deref()).await?;
                (sub, events)
            }
            Asked::Follow { sub, conversation, after } => {
                self.make_room(&sub)?;
                let events = self.accompany(conversation, after.as_deref()).await?;
                (sub, events)
            }
        };
        self.subscriptions.insert(sub, events.map(Some).chain(stream::once(async { None })).boxed());
        Ok("subscribed")
    }

    fn make_room(&self, sub: &str) -> Result<(), Problem> {
        if self.subscriptions.contains_key(sub) {
            return Err(Problem::invalid(
                "subscription-twice",
                "a subscription of this name is there already",
            ));
        }
        if self.subscriptions.len() >= SUBSCRIPTIONS {
            let title = format!("a connection carries at most {SUBSCRIPTIONS} subscriptions");
            return Err(Problem::invalid("out-of-bounds", title));
        }
        Ok(())
    }

    async fn listen(
        &mut self,
        reply: ReplyId,
        last: Option<&str>,
    ) -> Result<BoxStream<'static, Vec<Told>>, Problem> {
        let last = last.map(str::parse::<StreamId>).transpose();
        let last = last.map_err(|error| Problem::bad_request("malformed-stream-id", error.to_string()))?;
        let teller = |message| Teller::alone(reply, message);
        hearing::any_as::<Frames>(&self.house, self.caller.user, reply, last, teller).await
    }

    async fn accompany(
        &mut self,
        conversation: ConversationId,
        after: Option<&str>,
    ) -> Result<BoxStream<'static, Vec<Told>>, Problem> {
        let known = after.map(after::parse).transpose()?;
        Ok(events::feed_of::<Frames>(&self.house, self.caller.user, conversation, known).await?.boxed())
    }

    /// Tells what comes of a subscription.
    async fn tell(&mut self, socket: &mut WebSocket, sub: &str, told: Option<Vec<Told>>) -> Result<(), End> {
        let Some(told) = told else {
            self.subscriptions.remove(sub);
            return self.say(socket, [Told::about(Some(sub), "ended")]).await;
        };
        self.say(socket, told.into_iter().map(|told| Told { sub: Some(sub.to_owned()), ..told })).await
    }

    /// Says it, if it is taken in within the time that a slow reader has.
    async fn say(&mut self, socket: &mut WebSocket, told: impl IntoIterator<Item = Told>) -> Result<(), End> {
        let said = async {
            for told in told {
                socket.feed(told.message(self.form)).await?;
            }
            socket.flush().await
        };
        match timeout(self.house.config.http.slow_reader, said).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) => Err(End(None)),
            Err(_elapsed) => Err(End(Some(TOO_SLOW))),
        }
    }

    /// Asks whether somebody is there, and whether they may still be.
    async fn look_after(&mut self, socket: &mut WebSocket) -> Result<(), End> {
        if self.heard.elapsed() > SILENCE {
            return Err(End(Some(NOBODY_THERE)));
        }
        match self.caller.is_welcome(&self.house).await {
            Ok(true) => {}
            Ok(false) => return Err(End(Some(NOT_WELCOME))),
            Err(_) => return Err(End(Some(AWAY))),
        }
        match timeout(self.house.config.http.slow_reader, socket.send(Message::Ping(vec![].into()))).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) => Err(End(None)),
            Err(_elapsed) => Err(End(Some(TOO_SLOW))),
        }
    }
}

fn no_such_subscription() -> Problem {
    Problem::not_found("subscription-not-found", "there is no subscription of this name")
}
