//! The passwords of our own servers: random, made once, kept in owner-only files.

use std::path::Path;
use std::{fs, io};

use super::files;
use crate::{secret::Secret, stamp};

/// The password in this file; where there is none yet, a random one is made and kept there for its owner only.
pub(crate) fn kept_in(file: &Path) -> io::Result<Secret> {
    match fs::read_to_string(file) {
        Ok(text) if !text.trim().is_empty() => Ok(Secret::new(text.trim())),
        Ok(_) => made_in(file),
        Err(error) if error.kind() == io::ErrorKind::NotFound => made_in(file),
        Err(error) => Err(error),
    }
}

fn made_in(file: &Path) -> io::Result<Secret> {
    // 192 bits in hex: safe in an address, in a configuration file and against guessing.
    let password = hex::encode(stamp::secret::<24>());
    files::write_private(file, password.as_bytes())?;
    Ok(Secret::new(password))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kept_password_is_found_again_and_is_for_its_owner_only() {
        use std::os::unix::fs::PermissionsExt;
        let folder = files::scratch("secret");
        let file = folder.join("password");

        let made = kept_in(&file).unwrap();

        assert_eq!(kept_in(&file).unwrap(), made);
        assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
        fs::remove_dir_all(folder).unwrap();
    }
}
