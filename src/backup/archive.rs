//! The form of an archive: a tar of small parts, packed with zstd, locked with age. Whoever has the identity opens it with
//! the three tools of these names, and finds lines that an offline verifier reads.
//!
//! age authenticates every part of it: what is cut off or changed does not open. It is written beside its place and moved
//! there when it is whole.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, BufReader, BufWriter, Read},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};

use age::{
    Decryptor, Encryptor,
    stream::{StreamReader, StreamWriter},
};
use serde::{Serialize, de::DeserializeOwned};
use tar::{Archive, Builder, EntryType, Header};

use super::{
    BackupError,
    lock::{Lock, Unlock},
};

/// How much zstd tries: its own default.
const LEVEL: i32 = 3;
/// The largest part that is read.
const LARGEST: u64 = 80 * 1024 * 1024;

type Locked = StreamWriter<BufWriter<File>>;
type Packed = zstd::stream::write::Encoder<'static, Locked>;
type Unlocked = StreamReader<BufReader<File>>;
/// The parts of an archive that is read.
pub type Unpacked = Archive<zstd::stream::read::Decoder<'static, BufReader<Unlocked>>>;

/// An archive that is being written.
pub struct Writer {
    parts: Builder<Packed>,
    meanwhile: PathBuf,
    path: PathBuf,
}

impl Writer {
    /// Begins a file that is not there yet.
    pub fn begin(path: &Path, lock: &Lock) -> Result<Self, BackupError> {
        let wrong = |source| BackupError::file(path, source);
        if path.exists() {
            return Err(BackupError::Exists { path: path.to_owned() });
        }
        let meanwhile = meanwhile(path);
        let file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&meanwhile);
        let locked = Encryptor::with_recipients(lock.recipients())
            .map_err(|source| BackupError::Lock(source.to_string()))?
            .wrap_output(BufWriter::new(file.map_err(wrong)?))
            .map_err(wrong)?;
        let packed = zstd::stream::write::Encoder::new(locked, LEVEL).map_err(wrong)?;
        Ok(Self { parts: Builder::new(packed), meanwhile, path: path.to_owned() })
    }

    /// Adds a part.
    pub fn add(&mut self, name: &str, bytes: &[u8]) -> Result<(), BackupError> {
        let mut header = Header::new_gnu();
        header.set_entry_type(EntryType::Regular);
        header.set_mode(0o600);
        header.set_size(bytes.len() as u64);
        self.parts
            .append_data(&mut header, name, bytes)
            .map_err(|source| BackupError::file(&self.meanwhile, source))
    }

    /// Adds a part that is JSON.
    pub fn add_json(&mut self, name: &str, value: &impl Serialize) -> Result<(), BackupError> {
        let text = serde_json::to_vec(value).map_err(|error| BackupError::malformed(&error.to_string()))?;
        self.add(name, &text)
    }

    /// Ends it: on the disk, and in its place.
    pub fn end(self) -> Result<(), BackupError> {
        let Self { parts, meanwhile, path } = self;
        let ended = (|| {
            let locked = parts.into_inner()?.finish()?;
            let file = locked.finish()?.into_inner().map_err(io::IntoInnerError::into_error)?;
            file.sync_all()?;
            fs::rename(&meanwhile, &path)
        })();
        ended.map_err(|source| BackupError::file(&path, source))
    }
}

/// Opens an archive, to read its parts one after the other.
pub fn open(path: &Path, unlock: &Unlock) -> Result<Unpacked, BackupError> {
    let wrong = |source| BackupError::file(path, source);
    let file = BufReader::new(File::open(path).map_err(wrong)?);
    let locked = Decryptor::new_buffered(file).map_err(|source| BackupError::shut(path, &source))?;
    let unlocked = locked.decrypt(unlock.identities()).map_err(|source| BackupError::shut(path, &source))?;
    Ok(Archive::new(zstd::stream::read::Decoder::new(unlocked).map_err(wrong)?))
}

/// The name and the bytes of a part.
pub fn part<R: Read>(
    path: &Path,
    entry: io::Result<tar::Entry<'_, R>>,
) -> Result<(String, Vec<u8>), BackupError> {
    let wrong = |source| BackupError::file(path, source);
    let mut entry = entry.map_err(wrong)?;
    let name = String::from_utf8(entry.path_bytes().into_owned());
    let name = name.map_err(|_| BackupError::malformed("the name of a part is no text"))?;
    if entry.size() > LARGEST {
        return Err(BackupError::malformed("a part is too large"));
    }
    let mut bytes = vec![];
    entry.read_to_end(&mut bytes).map_err(wrong)?;
    Ok((name, bytes))
}

/// A part that is JSON.
pub fn json<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, BackupError> {
    serde_json::from_slice(bytes).map_err(|error| BackupError::malformed(&error.to_string()))
}

fn meanwhile(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".part");
    name.into()
}
