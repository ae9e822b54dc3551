//! `/personas/{id}/avatar`: what a persona looks like. A picture is known by its digest, as those of characters are.

use axum::{
    extract::{Request, State},
    response::Response,
};
use domain::persona::{PersonaId, RepaintPersona};

use super::{location, owned};
use crate::{
    api::{
        after::{After, AfterParam},
        answer::{Answer, Done},
        at::At,
        auth::Caller,
        characters::{
            avatar::Version,
            files::{self, Stored, Wanted},
        },
        file::Share,
        idempotency,
        order::Order,
        picture::{self, Kept, NewAvatar},
        problem::Problem,
        query::Asked,
        upload::{self, FileForm},
    },
    house::House,
};

/// A persona's picture.
#[utoipa::path(
    get, path = "/api/v1/personas/{id}/avatar", tag = "personas", operation_id = "persona_avatar",
    params(("id" = uuid::Uuid, Path, description = "The persona."), Version, Wanted, AfterParam),
    responses(
        (status = 200, description = "The picture.", content(
            (Vec<u8> = "image/png"), (Vec<u8> = "image/jpeg"), (Vec<u8> = "image/webp"), (Vec<u8> = "image/gif"),
        )),
        (status = 206, description = "The part of it that `Range` names."),
        (status = 304, description = "It is the one that `If-None-Match` names."),
    )
)]
pub async fn avatar(
    State(house): State<House>,
    caller: Caller,
    At(id): At<PersonaId>,
    Asked(version): Asked<Version>,
    Asked(wanted): Asked<Wanted>,
    share: Share,
    _after: After,
) -> Result<Response, Problem> {
    let size = wanted.size()?;
    let picture =
        house.executor.look(id, |persona| owned(persona, caller.user).map(|guise| guise.picture.clone()));
    let picture = picture.await??;
    let picture = picture.ok_or_else(|| Problem::not_found("not-found", "this persona has no picture"))?;
    files::serve(&house, Stored::picture(caller.user, picture, &version), size, &share).await
}

/// Give a persona another picture.
///
/// PNG, JPEG, WEBP or GIF, of 16,384 pixels a side and 64 MiB at most; what it is, its bytes say.
#[utoipa::path(
    put, path = "/api/v1/personas/{id}/avatar", tag = "personas", operation_id = "replace_persona_avatar",
    params(("id" = uuid::Uuid, Path, description = "The persona.")),
    request_body(content(
        (Vec<u8> = "image/png"), (Vec<u8> = "image/jpeg"), (Vec<u8> = "image/webp"), (Vec<u8> = "image/gif"),
        (FileForm = "multipart/form-data"),
    )),
    responses((status = 200, description = "It is shown by it now.", body = NewAvatar))
)]
pub async fn replace(
    State(house): State<House>,
    order: Order,
    At(id): At<PersonaId>,
    request: Request,
) -> Result<Response, Problem> {
    let _reading = upload::reading().await?;
    let brought = upload::file(request).await?.bytes;
    let envelope = order.envelope_of(&idempotency::digest(&brought));
    let Kept { picture, .. } = picture::keep(&house, order.user, brought).await?;
    let command = RepaintPersona { by: order.user, picture: Some(picture.clone()) };
    let accepted = house.executor.execute(id, &command, &envelope).await?;
    picture::shown_by(accepted, picture, &location(id))
}

/// Show a persona by no picture.
#[utoipa::path(
    delete, path = "/api/v1/personas/{id}/avatar", tag = "personas", operation_id = "remove_persona_avatar",
    params(("id" = uuid::Uuid, Path, description = "The persona.")),
    responses((status = 200, description = "It has none now.", body = Done))
)]
pub async fn remove(
    State(house): State<House>,
    order: Order,
    At(id): At<PersonaId>,
) -> Result<Answer<Done>, Problem> {
    let command = RepaintPersona { by: order.user, picture: None };
    Ok(Answer::done(house.executor.execute(id, &command, &order.envelope()).await?))
}
