//! Reads archives in order, proves every one, and puts what is in them back; or only proves them.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use bytes::Bytes;
use domain::commit::Epoch;
use nats::{Nats, Objects, Refill, Returned, keys::Pocket};
use proofs::{Checkpoint, HEADERS, Key, Message, Range, Verifier};
use serde::Serialize;

use super::{
    BackupError, Step, Unlock, archive,
    manifest::{End, Head},
};
use crate::audit::{self, AuditError, shelves::Kept};

/// What came back.
#[derive(Debug, Clone, Serialize)]
pub struct Restored {
    /// How many commits.
    pub commits: u64,
    /// How many files.
    pub files: u64,
    /// The root of the tree, which is the one that was signed.
    pub root: String,
    /// The checkpoint of it, for the shelves.
    #[serde(skip)]
    pub kept: Kept,
    /// The public key that signed it, as the archive says.
    pub key: String,
}

/// Where commits and files go: nowhere, when they are proved only.
#[derive(Default)]
struct Sink<'a> {
    house: Option<Empty<'a>>,
    opened: Option<(Refill, Objects)>,
}

/// A house that is to be filled.
struct Empty<'a> {
    nats: &'a Nats,
    prefix: &'a str,
}

/// Proves the archives, and changes nothing.
pub async fn check(
    paths: &[PathBuf],
    unlock: &Unlock,
    progress: impl Fn(Step),
) -> Result<Restored, BackupError> {
    read(paths, unlock, &mut Sink::default(), &progress).await
}

/// Puts them back. The log is as it was and still shut: whoever has seen to it that it may be opened does so with
/// [`Refill::finish`].
pub async fn restore(
    nats: &Nats,
    prefix: &str,
    paths: &[PathBuf],
    unlock: &Unlock,
    progress: impl Fn(Step),
) -> Result<(Restored, Refill), BackupError> {
    let mut sink = Sink { house: Some(Empty { nats, prefix }), opened: None };
    let restored = read(paths, unlock, &mut sink, &progress).await?;
    let Some((mut refill, _)) = sink.opened else {
        return Err(BackupError::malformed("there is nothing in it"));
    };
    refill.flush().await?;
    Ok((restored, refill))
}

/// What is known after so many archives.
#[derive(Default)]
struct Reading {
    epoch: Option<Epoch>,
    tree: Range,
    leaf: [u8; 32],
    files: u64,
    note: String,
    key: String,
    signed: Option<Checkpoint>,
}

async fn read(
    paths: &[PathBuf],
    unlock: &Unlock,
    sink: &mut Sink<'_>,
    progress: &impl Fn(Step),
) -> Result<Restored, BackupError> {
    let mut reading = Reading::default();
    for path in paths {
        reading.archive(path, unlock, sink, progress).await?;
    }
    let Reading { tree, leaf, files, note, key, .. } = reading;
    let (commits, root) = (tree.size(), tree.root().to_string());
    Ok(Restored { commits, files, root, kept: Kept { tree, note, leaf }, key })
}

impl Reading {
    async fn archive(
        &mut self,
        path: &Path,
        unlock: &Unlock,
        sink: &mut Sink<'_>,
        progress: &impl Fn(Step),
    ) -> Result<(), BackupError> {
        let mut archive = archive::open(path, unlock)?;
        let mut entries = archive.entries().map_err(|source| BackupError::file(path, source))?;
        let mut next = || entries.next().map(|entry| archive::part(path, entry)).transpose();
        let Some((name, bytes)) = next()? else { return Err(BackupError::malformed("it is empty")) };
        if name != "begin.json" {
            return Err(BackupError::malformed("it has no beginning"));
        }
        let head = archive::json::<Head>(&bytes)?.check()?;
        self.begin(path, &head, sink).await?;
        let mut verifier = Verifier::after(self.tree.clone(), self.signed.clone().into_iter().collect())?;
        let mut files = 0;
        let end = loop {
            let Some((name, bytes)) = next()? else { return Err(BackupError::malformed("it has no end")) };
            match name.split_once('/') {
                Some(("log", _)) => {
                    for line in lines(&bytes)? {
                        let message = proofs::of_line(line)?;
                        verifier.take(&message)?;
                        self.leaf = message.leaf().0;
                        sink.commit(&message).await?;
                    }
                    progress(Step::Commit(verifier.read(), head.until));
                }
                Some(("files", name)) => {
                    sink.file(name, bytes).await?;
                    files += 1;
                    progress(Step::File(files));
                }
                _ if name == "end.json" => break archive::json::<End>(&bytes)?,
                _ => return Err(BackupError::malformed("a part of it is none that is known")),
            }
        };
        self.end(path, &head, end, verifier.into_tree(), files)
    }

    async fn begin(&mut self, path: &Path, head: &Head, sink: &mut Sink<'_>) -> Result<(), BackupError> {
        let (epoch, at) = (head.epoch()?, self.tree.size());
        if head.after != at {
            return Err(BackupError::NotNext { path: path.to_owned(), after: head.after, at });
        }
        if let Some(wanted) = self.epoch.filter(|wanted| *wanted != epoch) {
            let (found, wanted) = (epoch.to_string(), wanted.to_string());
            return Err(BackupError::OtherLog { path: path.to_owned(), found, wanted });
        }
        same_root(path, head.tree()?.root(), self.tree.root())?;
        self.epoch = Some(epoch);
        sink.begin(path, head, epoch).await
    }

    fn end(
        &mut self,
        path: &Path,
        head: &Head,
        end: End,
        tree: Range,
        files: u64,
    ) -> Result<(), BackupError> {
        if tree.size() != head.until || files != end.files {
            return Err(BackupError::malformed("it holds less or more than it says"));
        }
        let checkpoint = checkpoint(&end)?;
        if checkpoint.size != tree.size() || end.root != tree.root().to_string() {
            return Err(BackupError::malformed("its end does not fit"));
        }
        same_root(path, tree.root(), checkpoint.root)?;
        (self.tree, self.note, self.key) = (tree, end.checkpoint, end.key);
        self.signed = Some(checkpoint);
        self.files += files;
        Ok(())
    }
}

impl Sink<'_> {
    async fn begin(&mut self, path: &Path, head: &Head, epoch: Epoch) -> Result<(), BackupError> {
        let Some(Empty { nats, prefix }) = &self.house else { return Ok(()) };
        if head.prefix != *prefix {
            let (found, wanted) = (head.prefix.clone(), (*prefix).to_owned());
            return Err(BackupError::OtherLog { path: path.to_owned(), found, wanted });
        }
        if self.opened.is_none() {
            let refill = Refill::begin(nats, epoch).await?;
            nats::ensure(nats, epoch).await.map_err(|error| nats::RefillError::Unavailable(error.into()))?;
            let objects = Objects::open(nats, Arc::new(Pocket::default())).await?;
            self.opened = Some((refill, objects));
        }
        Ok(())
    }

    async fn commit(&mut self, message: &Message<'_>) -> Result<(), BackupError> {
        let Some((refill, _)) = &mut self.opened else { return Ok(()) };
        let headers = HEADERS.iter().zip(&message.headers);
        let headers = headers.filter_map(|(name, value)| Some((*name, value.as_deref()?.to_owned())));
        let returned = Returned {
            sequence: message.sequence,
            subject: message.subject.to_string(),
            headers: headers.collect(),
            body: Bytes::copy_from_slice(&message.body),
        };
        Ok(refill.put(returned).await?)
    }

    async fn file(&mut self, name: &str, sealed: Vec<u8>) -> Result<(), BackupError> {
        let Some((_, objects)) = &self.opened else { return Ok(()) };
        Ok(objects.put_sealed(name, sealed).await?)
    }
}

fn lines(bytes: &[u8]) -> Result<impl Iterator<Item = &str>, BackupError> {
    let text =
        std::str::from_utf8(bytes).map_err(|_| BackupError::malformed("a part of the log is no text"))?;
    Ok(text.lines())
}

/// The checkpoint by the key that the archive names: whoever trusts neither holds the log against one that was kept
/// elsewhere, with `innkeeper audit verify --checkpoint FILE`.
fn checkpoint(end: &End) -> Result<Checkpoint, BackupError> {
    let key = Key::parse(&end.key).map_err(AuditError::from)?;
    Ok(audit::notary::open(&[key], "the archive".to_owned(), &end.checkpoint)?)
}

fn same_root(path: &Path, found: proofs::Hash, signed: proofs::Hash) -> Result<(), BackupError> {
    if found == signed {
        return Ok(());
    }
    let (found, signed) = (found.to_string(), signed.to_string());
    Err(BackupError::OtherRoot { path: path.to_owned(), found, signed })
}
