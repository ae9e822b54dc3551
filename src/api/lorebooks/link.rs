//! `PUT` and `DELETE /lorebooks/{id}/links/{to}`: for whom a lorebook is. `to` is a character, or `account` for every
//! conversation of its owner.

use axum::extract::State;
use domain::{
    character::{Character, CharacterId},
    lorebook::{Link, LinkLorebook, LorebookId, Target, UnlinkLorebook},
};
use serde::{Deserialize, Deserializer, de::Error};

use crate::{
    api::{
        answer::{Answer, Done},
        at::{At, Named},
        order::Order,
        problem::Problem,
    },
    house::House,
};

/// For whom, as a path says it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LinkTo(Link);

impl<'de> Deserialize<'de> for LinkTo {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match String::deserialize(deserializer)?.as_str() {
            "account" => Ok(Self(Link::Account)),
            id => id.parse().map(|id| Self(Link::Character(id))).map_err(D::Error::custom),
        }
    }
}

impl Named for LinkTo {
    fn missing() -> Problem {
        CharacterId::missing()
    }
}

/// Let a lorebook be for a character, or for every conversation.
#[utoipa::path(
    put, path = "/api/v1/lorebooks/{id}/links/{to}", tag = "lorebooks", operation_id = "link_lorebook",
    params(
        ("id" = uuid::Uuid, Path, description = "The lorebook."),
        ("to" = String, Path, description = "The id of a character, or `account`."),
    ),
    responses((status = 200, description = "It is for them now.", body = Done))
)]
pub async fn link(
    State(house): State<House>,
    order: Order,
    At((id, to)): At<(LorebookId, LinkTo)>,
) -> Result<Answer<Done>, Problem> {
    let command = LinkLorebook { by: order.user, to: target(&house, to.0).await? };
    Ok(Answer::done(house.executor.execute(id, &command, &order.envelope()).await?))
}

/// Let a lorebook be for somebody no more.
#[utoipa::path(
    delete, path = "/api/v1/lorebooks/{id}/links/{to}", tag = "lorebooks", operation_id = "unlink_lorebook",
    params(
        ("id" = uuid::Uuid, Path, description = "The lorebook."),
        ("to" = String, Path, description = "The id of a character, or `account`."),
    ),
    responses((status = 200, description = "It is not for them any more.", body = Done))
)]
pub async fn unlink(
    State(house): State<House>,
    order: Order,
    At((id, from)): At<(LorebookId, LinkTo)>,
) -> Result<Answer<Done>, Problem> {
    let command = UnlinkLorebook { by: order.user, from: from.0 };
    Ok(Answer::done(house.executor.execute(id, &command, &order.envelope()).await?))
}

/// The link, with what the rules want to know of the character.
async fn target(house: &House, to: Link) -> Result<Target, Problem> {
    let Link::Character(id) = to else { return Ok(Target::Account) };
    let owner = house
        .executor
        .look::<Character, _>(id, |character| character.state().sheet().map(|sheet| sheet.owner))
        .await?;
    owner.map(|owner| Target::Character { id, owner }).ok_or_else(CharacterId::missing)
}
