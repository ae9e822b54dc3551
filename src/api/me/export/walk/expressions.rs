//! The expressions that lie beside the card of a character, in the folder where SillyTavern looks for them.

use std::collections::BTreeMap;

use domain::character::AssetRef;

use super::Walk;
use crate::{
    api::{file::file_name, problem::Problem},
    archive::LeftOut,
};

impl Walk<'_> {
    /// Packs them; answers what those are called whose file is called otherwise, by the places of their files.
    pub(super) async fn expressions(
        &mut self,
        stem: &str,
        beside: Vec<AssetRef>,
    ) -> Result<BTreeMap<String, String>, Problem> {
        let folder = format!("characters/{stem}");
        let mut named = BTreeMap::new();
        for AssetRef { name, ext, digest, .. } in beside {
            let Some(bytes) = self.house.objects.get(self.user, &digest).await? else {
                let why = "its picture is not in the store any more".to_owned();
                self.manifest.left_out.push(LeftOut { what: "expression".into(), name, why });
                continue;
            };
            let called = self.called(&folder, &name);
            let place = format!("{folder}/{called}.{ext}");
            self.packer.pack(&place, bytes).await?;
            if called != name {
                named.insert(place, name);
            }
        }
        Ok(named)
    }

    /// What the file of an expression is called: as the expression, wherever every file system takes that.
    fn called(&mut self, folder: &str, name: &str) -> String {
        // A dot parts a feeling from what tells its pictures apart, which the name of another file would not keep.
        let plain = file_name(name) == name && self.stems.take(folder, name);
        if plain { name.to_owned() } else { self.stems.free(folder, name) }
    }
}
