//! `POST /personas/import`: personas are brought in, from SillyTavern's backup of them or from its settings; each for
//! itself, so one that is refused hinders no other.
//!
//! The same persona (by the file of its picture) is the same one here: brought again it adds nothing, and what became of
//! it here since stays. Pictures lie in no such file: each is brought to its persona's `/avatar`.

use axum::{
    Json,
    extract::{Request, State},
    http::StatusCode,
    response::{IntoResponse, Response},
};
use domain::{
    lorebook::LorebookId,
    persona::{Persona, PersonaId, Standing},
    user::{Choice, ChooseUserPersona, User},
};
use serde::Serialize;
use tokio::task::spawn_blocking;
use utoipa::ToSchema;

use crate::{
    api::{
        answer::POSITION,
        order::Order,
        problem::Problem,
        upload::{self, FileForm},
    },
    execute::Outcome,
    house::House,
    import::{
        CardWarning,
        persona::{Arrived, take_in},
    },
};

/// What became of them.
#[derive(Debug, Default, Serialize, ToSchema)]
pub struct ImportedPersonas {
    /// Those that are here now, in the order of the file; some may have been here before.
    personas: Vec<ImportedPersona>,
    /// Those that did not come in.
    refused: Vec<RefusedPersona>,
    /// What was odd about the file, and what was done about it.
    warnings: Vec<CardWarning>,
    /// Where in the log all of it can be read; null if nothing is here.
    position: Option<String>,
}

/// A persona that is here.
#[derive(Debug, Serialize, ToSchema)]
pub struct ImportedPersona {
    /// The file of its picture.
    file: String,
    /// Its id.
    #[schema(value_type = uuid::Uuid)]
    id: PersonaId,
    /// What the file calls it.
    name: String,
    /// Whether it was here before.
    was_here: bool,
    /// Whether it is somebody else here than in the file, because it was changed in one of the two; here it stays.
    differs: bool,
    /// Whether it has a picture here.
    has_picture: bool,
    /// The lorebook that goes with it here. A file has only its name: whoever knows which one that is says so.
    #[schema(value_type = Option<uuid::Uuid>)]
    lorebook_id: Option<LorebookId>,
}

/// A persona that did not come in.
#[derive(Debug, Serialize, ToSchema)]
pub struct RefusedPersona {
    /// The file of its picture.
    file: String,
    /// Why not, as a stable name.
    code: String,
    /// Why not, and what to do.
    message: String,
}

/// Bring personas in: SillyTavern's backup of them, or its `settings.json`, of which nothing else is kept.
///
/// The one that is the usual there becomes it here, unless one was chosen here.
#[utoipa::path(
    post, path = "/api/v1/personas/import", tag = "personas", operation_id = "import_personas",
    request_body(content(
        (Vec<u8> = "application/json"), (Vec<u8> = "application/octet-stream"), (FileForm = "multipart/form-data"),
    )),
    responses((status = 200, description = "They were looked at, one by one.", body = ImportedPersonas))
)]
pub async fn import(State(house): State<House>, order: Order, request: Request) -> Result<Response, Problem> {
    let _reading = upload::reading().await?;
    let bytes = upload::file(request).await?.bytes;
    let read = spawn_blocking(move || cards::persona::read(&bytes)).await;
    let read = read.map_err(|panicked| Problem::fault(&panicked))?.map_err(|refusal| refuse(&refusal))?;
    let mut outcome = ImportedPersonas {
        warnings: read.warnings.into_iter().map(CardWarning::from).collect(),
        ..ImportedPersonas::default()
    };
    for refused in read.refused {
        outcome.refuse(refused.file, refused.refusal.code(), refused.refusal.to_string());
    }
    for persona in read.personas {
        outcome.take(&house, &order, persona).await?;
    }
    if let Some(file) = read.default {
        outcome.choose(&house, &order, &file).await?;
    }
    let position = outcome.position.clone().map(|position| [(POSITION, position)]);
    Ok((position, Json(outcome)).into_response())
}

impl ImportedPersonas {
    async fn take(
        &mut self,
        house: &House,
        order: &Order,
        persona: cards::persona::Persona,
    ) -> Result<(), Problem> {
        let (file, name) = (persona.file.clone(), persona.name.clone());
        let envelope = order.part(&format!("persona {file}"));
        match take_in(house, order.user, persona, envelope).await.map_err(Problem::from) {
            Ok(Arrived { id, outcome, differs, has_picture, lorebook, position }) => {
                let (was_here, lorebook_id) = (outcome != Outcome::Decided, lorebook);
                let known = ImportedPersona { file, id, name, was_here, differs, has_picture, lorebook_id };
                self.personas.push(known);
                self.position = Some(position.to_string());
                Ok(())
            }
            Err(problem) if problem.status().is_server_error() => Err(problem),
            Err(problem) => {
                self.refuse(file, problem.slug(), problem.title().to_owned());
                Ok(())
            }
        }
    }

    fn refuse(&mut self, file: String, code: &str, message: String) {
        self.refused.push(RefusedPersona { file, code: code.to_owned(), message });
    }

    /// Makes the persona of this file the usual one, where none is.
    async fn choose(&mut self, house: &House, order: &Order, file: &str) -> Result<(), Problem> {
        let Some(id) = self.personas.iter().find(|one| one.file == file).map(|one| one.id) else {
            return Ok(());
        };
        let seen = house.executor.look::<User, _>(order.user, |user| {
            user.state().person().is_some_and(|person| person.guises.usual.is_none())
        });
        let seen_too = house.executor.look::<Persona, _>(id, |persona| {
            persona.state().guise().is_some_and(|guise| guise.standing == Standing::Active)
        });
        if !(seen.await? && seen_too.await?) {
            return Ok(());
        }
        let choice = Choice { id, owner: order.user, standing: Standing::Active };
        let command = ChooseUserPersona { by: order.user, with: None, persona: Some(choice) };
        let accepted = house.executor.execute(order.user, &command, &order.part("default persona")).await?;
        self.position = Some(accepted.position.to_string());
        Ok(())
    }
}

fn refuse(refusal: &cards::Refusal) -> Problem {
    let status = match refusal {
        cards::Refusal::TooLarge { .. } => StatusCode::PAYLOAD_TOO_LARGE,
        _ => StatusCode::UNPROCESSABLE_ENTITY,
    };
    Problem::new(status, "personas-refused", refusal.to_string()).with("code", refusal.code())
}
