//! Models: under which names OpenAI clients find somebody's characters, and groups of them.
//!
//! An OpenAI client knows models by an id, and NextChat shows that id to people: so a character goes by its name,
//! spelt so that no client stumbles over it ([`spelling`]), and with a tag where two have the same. Names are given in
//! the order in which characters came in, retired ones included, so that nobody's name changes when others come or go.
//!
//! A group is a model too: `Aqua & Bard` is those two, whoever they are. Those that sat together before are listed.
//!
//! Nothing here is stored: it all follows from the characters.

mod catalogue;
pub mod spelling;

use domain::user::UserId;

pub use catalogue::{Catalogue, Model};

use crate::house::House;

/// The model of calls that are not part of any story: titles and summaries. A mask can name it.
pub const UTILITY: &str = "innkeeper-utility";

/// Somebody's models, as the read side knows them.
pub async fn of(house: &House, owner: UserId) -> Result<Catalogue, sqlx::Error> {
    let characters = projections::characters::names(&house.pool, owner).await?;
    let companies = projections::conversations::companies(&house.pool, owner).await?;
    Ok(Catalogue::new(&characters, &companies))
}
