//! Which names of entries may be used, as labels.
//!
//! Nothing here becomes a path, but labels travel: into lists, into archives that we write, into other people's
//! programs. So a name that would leave its folder anywhere is not passed on.

/// Why a name is not used. `None` for all the others.
pub(super) fn danger(name: &[u8]) -> Option<&'static str> {
    let has_drive = matches!(name, [letter, b':', ..] if letter.is_ascii_alphabetic());
    if name.is_empty() {
        Some("the entry has no name; it was left out")
    } else if name.contains(&0) {
        Some("the entry's name holds U+0000; it was left out")
    } else if name.contains(&b'\\') {
        Some("the entry's name holds a backslash; it was left out")
    } else if name[0] == b'/' || has_drive {
        Some("the entry's name is an absolute path; it was left out")
    } else if name.split(|&byte| byte == b'/').any(|part| part == b"..") {
        Some("the entry's name leads out of the archive; it was left out")
    } else {
        None
    }
}

/// The same question for names that we are about to write.
pub(crate) fn is_plain(name: &str) -> bool {
    danger(name.as_bytes()).is_none() && name.len() <= 255 && name.bytes().all(|b| (b' '..0x7f).contains(&b))
}

#[cfg(test)]
mod spec {
    use super::*;

    #[test]
    fn names_that_lead_elsewhere_are_dangerous() {
        for name in ["../a", "a/../b", "a/..", "/etc/passwd", "C:/a", "c:a", "a\\b", "..\\a", "a\0b", ""] {
            assert!(danger(name.as_bytes()).is_some(), "{name:?}");
        }
    }

    #[test]
    fn other_names_are_not() {
        for name in ["card.json", "assets/icon/images/main.png", "..a/b..", "a b", "ü.png", "a/./b", "a//b"]
        {
            assert_eq!(danger(name.as_bytes()), None, "{name:?}");
        }
    }
}
