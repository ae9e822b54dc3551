//! A persona, as it is sent and shown: the domain's own, told apart here so that a field that nobody knows is refused, and
//! so that the interface can be described.

use cards::persona::Position;
use domain::{
    lorebook::LorebookId,
    persona::{Placement, Profile},
};
use serde_json::{Map, Value};

use crate::api::{
    characters::parts::Role,
    part::{choice, nested, part},
};

nested!(PersonaPlacement = Placement, PersonaPosition = Position);

part! {
    /// Who a persona is.
    PersonaProfile = Profile {
        /// What it is called, also in prompts (`{{user}}`).
        #[schema(min_length = 1, max_length = 255)]
        name: String,
        /// What tells it from others of the name, for you.
        #[serde(default)]
        #[schema(max_length = 255)]
        title: String,
        /// Who it is, in the words that models are told (`{{persona}}`).
        #[serde(default)]
        description: String,
        /// Where those words stand in prompts.
        #[serde(default)]
        placement: PersonaPlacement,
        /// The lorebook that goes with it.
        #[serde(default, rename = "lorebook_id")]
        #[schema(value_type = Option<uuid::Uuid>)]
        lorebook: Option<LorebookId>,
        /// What other programs keep of it, as they spelt it.
        #[serde(default)]
        #[schema(value_type = Object)]
        rest: Map<String, Value>,
    }
}

part! {
    /// Where the description of a persona stands in a prompt.
    #[serde(default)]
    PersonaPlacement = Placement {
        /// At which place.
        position: PersonaPosition,
        /// How many messages come after it, at a depth.
        #[schema(value_type = u64, maximum = 4_294_967_295_u64)]
        depth: u32,
        /// As whom it speaks, at a depth.
        role: Role,
    }
}

choice! {
    /// A place in a prompt. There is no author's note here, so what belongs beside it stands four messages from the end.
    PersonaPosition = Position {
        /// Before the description of the character.
        InPrompt,
        /// Above the author's note.
        AboveNote,
        /// Below the author's note.
        BelowNote,
        /// Between the messages, so many before their end.
        AtDepth,
        /// Nowhere: only macros bring it in.
        Nowhere,
    }
}

impl Default for PersonaPlacement {
    fn default() -> Self {
        Placement::default().into()
    }
}
