//! A persona that was read from SillyTavern's settings or a backup of them, and how it comes in.
//!
//! Other programs know a persona by the file of its picture, so its id follows from whose it is and from that file:
//! brought again, it is the same one. The name of a file may be guessed, so the id follows from a mark of it that nobody
//! makes without the person's key.

use cards::persona;
use domain::{
    commit::Position,
    lorebook::LorebookId,
    persona::{CreatePersona, Persona, PersonaId, PersonaRejected, Placement, Profile, Source},
    user::UserId,
};
use nats::keys::{self, KeyError};
use serde_json::Value;

use crate::{
    execute::{Envelope, ExecuteError, Outcome},
    house::House,
};

/// Where the name of its lorebook is kept, for the programs that know it by that.
const LOREBOOK: &str = "lorebook";

/// A persona that is here now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Arrived {
    /// Its id.
    pub id: PersonaId,
    /// Whether it came in now.
    pub outcome: Outcome,
    /// Whether it is somebody else here than in the file, because it was changed in one of the two.
    pub differs: bool,
    /// Whether it has a picture here.
    pub has_picture: bool,
    /// The lorebook that goes with it here.
    pub lorebook: Option<LorebookId>,
    /// Where in the log it came in.
    pub position: Position,
}

/// Takes a persona in.
pub async fn take_in(
    house: &House,
    owner: UserId,
    persona: persona::Persona,
    envelope: Envelope,
) -> Result<Arrived, ExecuteError<PersonaRejected>> {
    let file = persona.file.clone();
    let id = id(house, owner, &file).await?;
    let (profile, source) = (profile(persona), Some(Source { file }));
    let command = CreatePersona { owner, profile: profile.clone(), source };
    let accepted = house.executor.execute(id, &command, &envelope).await?;
    let seen = house.executor.look::<Persona, _>(id, |persona| {
        let guise = persona.state().guise();
        let lorebook = guise.and_then(|guise| guise.profile.lorebook);
        let differs =
            guise.is_some_and(|guise| Profile { lorebook: None, ..guise.profile.clone() } != profile);
        (differs, guise.is_some_and(|guise| guise.picture.is_some()), lorebook)
    });
    let (differs, has_picture, lorebook) = seen.await?;
    let (outcome, position) = (accepted.outcome, accepted.position);
    Ok(Arrived { id, outcome, differs, has_picture, lorebook, position })
}

/// The persona of this file, for this owner.
async fn id(house: &House, owner: UserId, file: &str) -> Result<PersonaId, ExecuteError<PersonaRejected>> {
    let key = keys::marking(&house.keys, owner)
        .await
        .map_err(|error: KeyError| ExecuteError::Load(nats::LoadError::Keys(error)))?;
    Ok(owner.derive(&format!("persona {}", key.mark("personas", file))))
}

fn profile(persona: persona::Persona) -> Profile {
    let persona::Persona { name, title, description, position, depth, role, lorebook, mut rest, .. } =
        persona;
    if !lorebook.is_empty() {
        rest.insert(LOREBOOK.to_owned(), lorebook.into());
    }
    let placement = Placement { position, depth, role: role.into() };
    Profile { name, title, description, placement, lorebook: None, rest }
}

/// The persona as other programs have it, under the file of its picture.
pub fn written(file: &str, profile: Profile) -> persona::Persona {
    let Profile { name, title, description, placement, mut rest, .. } = profile;
    let Placement { position, depth, role } = placement;
    let lorebook = match rest.shift_remove(LOREBOOK) {
        Some(Value::String(name)) => name,
        _ => String::new(),
    };
    let (file, role) = (file.to_owned(), role.into());
    persona::Persona { file, name, title, description, position, depth, role, lorebook, rest }
}

#[cfg(test)]
mod spec {
    use serde_json::{Map, json};

    use super::*;

    #[test]
    fn a_persona_leaves_as_it_came() {
        let came = persona::Persona {
            file: "a.png".into(),
            name: "Ann".into(),
            title: "at sea".into(),
            description: "A sailor.".into(),
            position: persona::Position::AtDepth,
            depth: 7,
            role: cards::Role::User,
            lorebook: "Sea".into(),
            rest: Map::from_iter([("hue".to_owned(), json!(1.0))]),
        };
        assert_eq!(written("a.png", profile(came.clone())), came);
        let alone = persona::Persona { lorebook: String::new(), ..came };
        assert_eq!(written("a.png", profile(alone.clone())), alone);
    }
}
