//! `POST /chat/completions`: what was said comes in, a reply goes out.

use axum::{
    body::Body,
    extract::{Request, State},
    http::StatusCode,
    response::Response,
};

use super::{
    answer::{self, Telling as Way},
    models::{self, unknown},
    request::{Completion, Telling},
    speech::Speech,
    turn::{self, Turn},
};
use crate::{
    api::{auth::Caller, problem::Problem, trace::Traced},
    house::House,
    models::UTILITY,
    recall::{self, Asked, Errand, Role, Wish, commands, marks},
};

/// What is said about pictures.
const UNSEEN: &str = "Pictures are not seen here yet, and nothing of this message was kept. Say it in words, without the picture.";

/// Says something to a character, and tells what it answers.
pub(super) async fn complete(
    State(house): State<House>,
    caller: Caller,
    request: Request<Body>,
) -> Result<Response, Problem> {
    let trace = request.extensions().get::<Traced>().map(Traced::parent);
    let completion = Completion::read(request).await?;
    let mut asked = recall::turns::read(&completion.messages())
        .map_err(|error| Problem::bad_request("nothing-said", error.to_string()))?;
    let telling = completion.telling();
    if let Some(errand) = errand(&completion, &asked) {
        asked.wish = Wish::Errand(errand);
    }
    let company = models::company(&house, caller, &completion.model).await?;
    let way = Way { model: completion.model, telling };
    let company = match (company, &asked.wish) {
        (Some(company), _) => company,
        // Clients ask a model of their own for titles, which nobody here has.
        (None, Wish::Errand(_)) => vec![],
        (None, _) => return Err(unknown()),
    };
    if let Some(words) = beside(&house, caller, &company, &asked).await? {
        return Ok(answer::said(&way, &words));
    }
    let turn = Turn { house: house.clone(), user: caller.user, company, asked, trace };
    // The turn is taken to its end whether the client stays or not.
    let taken = tokio::spawn(turn::take(turn));
    let speech = Speech::new(house, async move {
        match taken.await {
            Ok(taken) => taken,
            Err(panicked) => Err(Problem::fault(&panicked)),
        }
    });
    match telling {
        Telling::Stream(cost) => Ok(answer::stream(&way, cost, speech)),
        Telling::Whole => answer::whole(&way, speech).await,
    }
}

/// What is asked beside the story, as far as it is told by the request and not by its words.
fn errand(completion: &Completion, asked: &Asked) -> Option<Errand> {
    let has_begun = || asked.turns.iter().any(|turn| turn.role == Role::Character);
    match &asked.wish {
        Wish::Errand(_) => None,
        _ if completion.model == UTILITY && completion.telling() == Telling::Whole => Some(Errand::Title),
        _ if completion.model == UTILITY => Some(Errand::Summary),
        Wish::Say(_) if completion.is_for_a_title() && has_begun() => Some(Errand::Title),
        Wish::Say(_) | Wish::GoOn | Wish::Again | Wish::Impersonate(_) | Wish::Help | Wish::Show => None,
    }
}

/// What is answered without anybody being asked.
async fn beside(
    house: &House,
    caller: Caller,
    company: &[domain::character::CharacterId],
    asked: &Asked,
) -> Result<Option<String>, Problem> {
    match &asked.wish {
        Wish::Say(_) | Wish::GoOn | Wish::Again | Wish::Impersonate(_) => Ok(None),
        Wish::Help => Ok(Some(marks::note(&commands::help()))),
        Wish::Show => Ok(Some(marks::note(UNSEEN))),
        Wish::Errand(errand) => turn::errand(house, caller.user, company, asked, *errand).await.map(Some),
    }
}

/// A reply that is not told within the time that an answer may take.
pub(super) fn takes_long() -> Problem {
    Problem::new(
        StatusCode::GATEWAY_TIMEOUT,
        "reply-takes-long",
        "the reply takes longer than an answer may; it goes on and is kept: ask with stream: true",
    )
}
