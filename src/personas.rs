//! As whom people take part: the persona that they named, the one that they chose beforehand, and who it is by now.
//!
//! All of it is asked of the log, so that conversations begin while the tables are away.

use domain::{
    character::CharacterId,
    conversation,
    persona::{Persona, PersonaId, PersonaRejected, Standing},
    user::{User, UserId},
};
use nats::LoadError;

use crate::{api::problem::Problem, house::House};

/// The persona of this id, as somebody takes it on; refuses one that is not theirs or was retired.
pub async fn named(house: &House, user: UserId, id: PersonaId) -> Result<conversation::Persona, Problem> {
    let taken = house
        .executor
        .look::<Persona, _>(id, |persona| persona.state().active_of(user).map(|guise| guise.taken_on(id)));
    taken.await?.map_err(|rejection: PersonaRejected| Problem::rejected(&rejection))
}

/// The same, if it was put away since: what was said as it goes on as it.
pub async fn own(house: &House, user: UserId, id: PersonaId) -> Result<conversation::Persona, Problem> {
    let taken = house
        .executor
        .look::<Persona, _>(id, |persona| persona.state().owned_by(user).map(|guise| guise.taken_on(id)));
    taken.await?.map_err(|rejection: PersonaRejected| Problem::rejected(&rejection))
}

/// As whom somebody talks with these characters where they do not say.
pub async fn chosen(
    house: &House,
    user: UserId,
    company: &[CharacterId],
) -> Result<Option<conversation::Persona>, LoadError> {
    let fitting = house.executor.look::<User, _>(user, |seen| {
        let guises = seen.state().person().map(|person| &person.guises);
        guises.map(|guises| guises.fitting(company).collect::<Vec<_>>()).unwrap_or_default()
    });
    for id in fitting.await? {
        let taken = house.executor.look::<Persona, _>(id, |persona| {
            // One that was put away since is passed over.
            let guise = persona.state().guise().filter(|guise| guise.standing == Standing::Active);
            guise.map(|guise| guise.taken_on(id))
        });
        if let Some(taken) = taken.await? {
            return Ok(Some(taken));
        }
    }
    Ok(None)
}

/// Who somebody is by now who took this persona on, and the version of that; none if it is of that conversation only.
pub async fn as_they_are(
    house: &House,
    taken: Option<&conversation::Persona>,
) -> Result<Option<(conversation::Persona, u64)>, LoadError> {
    let Some(id) = taken.and_then(|taken| taken.id) else { return Ok(None) };
    let now = house.executor.look::<Persona, _>(id, |persona| {
        persona.state().guise().map(|guise| (guise.taken_on(id), persona.version()))
    });
    now.await
}
