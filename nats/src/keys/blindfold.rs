//! No keys at all: whoever reads with these sees every commit as it will be when its words are forgotten.

use std::{collections::HashMap, sync::Arc};

use domain::user::UserId;
use futures_util::{FutureExt, future::BoxFuture};

use super::{DataKey, Held, KeyError, KeyName, KeyRing};

/// Keys for those who may read history and not its words.
#[derive(Debug, Clone, Copy, Default)]
pub struct Blindfold;

impl KeyRing for Blindfold {
    /// Nothing is written with these.
    fn current(&self, _person: UserId) -> BoxFuture<'_, Result<Arc<DataKey>, KeyError>> {
        async { Err(KeyError::Destroyed) }.boxed()
    }

    fn at_hand(&self, _name: KeyName) -> Option<Held> {
        Some(Held::Destroyed)
    }

    fn find<'a>(&'a self, names: &'a [KeyName]) -> BoxFuture<'a, Result<HashMap<KeyName, Held>, KeyError>> {
        async move { Ok(names.iter().map(|name| (*name, Held::Destroyed)).collect()) }.boxed()
    }
}
