//! Who PostgreSQL believes to be: it refuses to run as root, and it wants its user to have a name.
//!
//! As an ordinary user it runs plainly. As root it runs in a user namespace in which we appear as an ordinary account: no file
//! changes its owner, and a data folder under a home that only root may enter works. Where namespaces are
//! forbidden (the default of Docker), it runs as that other account, which then owns the data; and since it could not
//! enter root's folders, data and programs live under `/var/lib/innkeeper` in that case, with a link where the data
//! would have been.

use std::ffi::{OsStr, OsString};

use nix::unistd::{User, getegid, geteuid};

use super::{Error, tether};

/// Accounts that never log in, the most fitting first.
const ORDINARY: [&str; 3] = ["postgres", "nobody", "daemon"];

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Identity {
    /// An ordinary user as we are.
    Ourselves,
    /// Ourselves under another number; the command prefix that does it.
    Namespace(Vec<OsString>),
    /// Another account.
    Account { uid: u32, gid: u32 },
}

impl Identity {
    pub(crate) fn choose(search: &OsStr) -> Result<Self, Error> {
        let we = geteuid();
        let named = matches!(User::from_uid(we), Ok(Some(_)));
        if !we.is_root() && named {
            return Ok(Self::Ourselves);
        }
        let ordinary = ORDINARY.iter().find_map(|name| User::from_name(name).ok().flatten());
        let Some(ordinary) = ordinary.filter(|account| !account.uid.is_root()) else {
            return Err(Error::NoOrdinaryAccount);
        };
        if let Some(prefix) = tether::mapped_to(ordinary.uid.as_raw(), search) {
            return Ok(Self::Namespace(prefix));
        }
        if we.is_root() {
            return Ok(Self::Account { uid: ordinary.uid.as_raw(), gid: ordinary.gid.as_raw() });
        }
        // Nameless, and no namespace to borrow a name in: PostgreSQL will say what it thinks of that.
        Ok(Self::Ourselves)
    }

    /// What goes before a command.
    pub(crate) fn prefix(&self) -> Vec<OsString> {
        match self {
            Self::Namespace(prefix) => prefix.clone(),
            Self::Ourselves | Self::Account { .. } => Vec::new(),
        }
    }

    /// The account that the guard must change to.
    pub(crate) fn account(&self) -> Option<(u32, u32)> {
        match self {
            Self::Account { uid, gid } => Some((*uid, *gid)),
            Self::Ourselves | Self::Namespace(_) => None,
        }
    }

    /// Who owns the files, as the kernel sees it.
    pub(crate) fn owner(&self) -> (u32, u32) {
        self.account().unwrap_or_else(|| (geteuid().as_raw(), getegid().as_raw()))
    }
}
