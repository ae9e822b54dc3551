//! What a process keeps of people beside the states that it folded, and lets go of when one of them is erased.
//!
//! Whatever else is at hand holds ids only: queues that people stand in, places of replies, how many connections
//! somebody has.

use std::sync::Arc;

use domain::user::UserId;

use crate::{
    door::{Device, Door},
    keys::Ring,
    nextchat::sync,
    provider::Providers,
    thumbnail::Thumbnails,
};

/// The rooms in which something of people is kept.
#[derive(Clone)]
pub struct Keepsakes {
    /// The keys to what they said.
    pub keys: Ring,
    /// Small pictures of theirs.
    pub thumbnails: Thumbnails,
    /// Connections to models, which know the secrets that people gave for them.
    pub providers: Arc<Providers>,
    /// Links by which they may come in.
    pub door: Arc<Door>,
}

impl Keepsakes {
    /// Lets go of everything that is of this person.
    pub fn let_go(&self, user: UserId) {
        self.keys.forget(user);
        self.thumbnails.forget(user);
        self.providers.forget();
        self.door.forget(user);
        Device::forget(user);
        sync::forget(user);
    }
}
