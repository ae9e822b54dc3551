//! An aggregate of any kind as it was at a moment, and what changed of it between two moments.

use domain::{audit::Words, commit::Recorded};
use futures_util::TryStreamExt;
use json_patch::{PatchOperation, diff};
use serde::Serialize;
use serde_json::Value;
use time::format_description::well_known::Rfc3339;

use super::{AuditError, history::Wanted, picture::Picture};
use crate::{
    house::House,
    past::{self, Moment},
};

/// An aggregate as it was.
#[derive(Debug, Serialize)]
pub struct AsItWas {
    /// Which one.
    pub aggregate: String,
    /// Whether its private words are in it; where they are not, texts are empty.
    pub open: bool,
    /// How far it had come.
    #[serde(flatten)]
    pub stand: Stand,
    /// What it was; nothing before its first commit.
    pub state: Option<Value>,
}

/// How far an aggregate had come at a moment.
#[derive(Debug, Default, Serialize)]
pub struct Stand {
    /// Its last commit by then.
    pub position: Option<String>,
    /// When that one was taken in.
    pub at: Option<String>,
    /// How many commits it had.
    pub commits: u64,
}

/// What changed of an aggregate between two moments.
#[derive(Debug, Serialize)]
pub struct Difference {
    /// Which one.
    pub aggregate: String,
    /// Whether its private words were compared.
    pub open: bool,
    /// How far it had come at the first.
    pub from: Stand,
    /// And at the second.
    pub to: Stand,
    /// A JSON Patch (RFC 6902) from the first state to the second.
    pub changes: Vec<Change>,
}

/// A step of the patch, and what stood there before it.
#[derive(Debug, Serialize)]
pub struct Change {
    /// The step.
    #[serde(flatten)]
    pub step: PatchOperation,
    /// What stood there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before: Option<Value>,
}

/// The aggregate as it was at this moment.
pub async fn at(house: &House, wanted: Wanted, moment: Moment) -> Result<AsItWas, AuditError> {
    past::is_here(house.journal(), moment).await?;
    wanted.is_known(house).await?;
    let (mut picture, mut stand) = (Picture::of(wanted.aggregate.kind), Stand::default());
    let mut commits = std::pin::pin!(wanted.commits(house));
    while let Some(recorded) = commits.try_next().await?.filter(|recorded| moment.holds(recorded)) {
        picture.take(&recorded);
        stand.take(&recorded);
    }
    let (aggregate, open) = (wanted.aggregate.to_string(), wanted.words == Words::Opened);
    let state = (stand.commits > 0).then(|| picture.to_json()).transpose().map_err(AuditError::Shown)?;
    Ok(AsItWas { aggregate, open, stand, state })
}

/// What changed of it from the first moment to the second, which may be the earlier one.
pub async fn difference(
    house: &House,
    wanted: Wanted,
    [first, second]: [Moment; 2],
) -> Result<Difference, AuditError> {
    let (from, to) = (at(house, wanted, first).await?, at(house, wanted, second).await?);
    let mut state = from.state.unwrap_or_default();
    let patch = diff(&state, &to.state.unwrap_or_default());
    let changes = patch.0.into_iter().map(|step| Change::of(step, &mut state)).collect::<Result<_, _>>();
    Ok(Difference {
        aggregate: from.aggregate,
        open: from.open,
        from: from.stand,
        to: to.stand,
        changes: changes.map_err(AuditError::Patch)?,
    })
}

impl Stand {
    fn take(&mut self, recorded: &Recorded) {
        self.position = Some(recorded.position.to_string());
        self.at = recorded.commit.at.format(&Rfc3339).ok();
        self.commits += 1;
    }
}

impl Change {
    /// A step that is taken on the state as those before it have left it.
    fn of(step: PatchOperation, state: &mut Value) -> Result<Self, json_patch::PatchError> {
        let before = match &step {
            PatchOperation::Add(_) => None,
            other => state.pointer(other.path().as_str()).cloned(),
        };
        json_patch::patch(state, std::slice::from_ref(&step))?;
        Ok(Self { step, before })
    }
}
