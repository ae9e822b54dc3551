//! What files that leave are called: after what they hold, each differently, and so that every file system takes it.

use std::collections::HashSet;

use crate::api::file::file_name;

/// The names that are taken, with their folders.
#[derive(Debug, Default)]
pub struct Stems(HashSet<String>);

impl Stems {
    /// A name in this folder that no other file has, without an extension.
    pub fn free(&mut self, folder: &str, name: &str) -> String {
        let name = file_name(&name.replace('.', "_"));
        let name = if name.is_empty() { "unnamed".to_owned() } else { name };
        let another = |nth: u32| if nth == 1 { name.clone() } else { format!("{name} ({nth})") };
        let mut names = (1..).map(another);
        let free = names.find(|name| self.take(folder, name));
        free.unwrap_or(name)
    }

    /// Takes this very name, if no other file of the folder has it.
    pub fn take(&mut self, folder: &str, name: &str) -> bool {
        // Some file systems do not tell upper case from lower.
        self.0.insert(format!("{folder}/{}", name.to_lowercase()))
    }
}

#[cfg(test)]
mod spec {
    use super::*;

    #[test]
    fn names_differ_in_their_folder_and_lead_nowhere() {
        let mut stems = Stems::default();
        assert_eq!(stems.free("a", "Aqua"), "Aqua");
        assert_eq!(stems.free("a", "AQUA"), "AQUA (2)");
        assert_eq!(stems.free("b", "Aqua"), "Aqua");
        assert_eq!(stems.free("a", "../x/y"), "___x_y");
        assert_eq!(stems.free("a", " . "), "_");
        assert_eq!(stems.free("a", ""), "unnamed");
        assert!(stems.take("b", "joy.2") && !stems.take("b", "Joy.2"));
    }
}
