//! The files of nats-server's store, read and written as somebody would who has the disk and wants to change history.
//!
//! A block is a row of records: length (the highest bit tells of headers), sequence, time, length of the subject, subject,
//! headers after their length, body, and a HighwayHash over all of it under a key that follows from the stream's name and
//! the block's number. So a forger who knows this leaves no trace that the store itself would see.

use std::{
    fs,
    path::{Path, PathBuf},
};

use highway::{HighwayHash, HighwayHasher, Key};
use sha2::{Digest, Sha256};

const HAS_HEADERS: u32 = 1 << 31;
/// What stands before the subject.
const FIXED: usize = 22;
pub(crate) const CHECKSUM: usize = 8;

#[derive(Clone)]
pub(crate) struct Record {
    pub(crate) sequence: u64,
    time: u64,
    pub(crate) subject: Vec<u8>,
    pub(crate) headers: Vec<u8>,
    pub(crate) body: Vec<u8>,
}

/// The only block of a stream that is still small.
pub(crate) struct Block {
    pub(crate) file: PathBuf,
    pub(crate) key: Key,
    pub(crate) records: Vec<Record>,
}

impl Block {
    /// Opens the first block of a stream in the store of a server that does not run.
    pub(crate) fn open(store: &Path, stream: &str) -> Self {
        let accounts = fs::read_dir(store.join("jetstream")).unwrap();
        let streams = accounts.map(|account| account.unwrap().path().join("streams").join(stream));
        let folder = streams.map(|stream| stream.join("msgs")).find(|folder| folder.is_dir()).unwrap();
        let file = folder.join("1.blk");
        let digest = Sha256::digest(format!("{stream}-1"));
        let (words, _) = digest.as_chunks::<8>();
        let key = Key([0, 1, 2, 3].map(|word| u64::from_le_bytes(words[word])));
        let bytes = fs::read(&file).unwrap();
        let (mut records, mut rest) = (vec![], bytes.as_slice());
        while !rest.is_empty() {
            let record = Record::read(&mut rest, key);
            // What the store keeps for itself has the highest bit of its sequence set.
            records.extend((record.sequence >> 63 == 0).then_some(record));
        }
        // The index would tell the server what was here before; without it, it believes the block.
        drop(fs::remove_file(folder.join("index.db")));
        Self { file, key, records }
    }

    /// Puts it back, with checksums that are right.
    pub(crate) fn forge(self) {
        let bytes: Vec<u8> = self.records.iter().flat_map(|record| record.written(self.key)).collect();
        fs::write(self.file, bytes).unwrap();
    }
}

impl Record {
    fn read(rest: &mut &[u8], key: Key) -> Self {
        let length = u32::from_le_bytes(rest[..4].try_into().unwrap());
        let (this, after) = rest.split_at((length & !HAS_HEADERS) as usize);
        *rest = after;
        let subject = FIXED + usize::from(u16::from_le_bytes(this[20..FIXED].try_into().unwrap()));
        let (mut headers, mut body) = (0..0, subject..this.len() - CHECKSUM);
        if length & HAS_HEADERS != 0 {
            let size = u32::from_le_bytes(this[subject..subject + 4].try_into().unwrap()) as usize;
            headers = subject + 4..subject + 4 + size;
            body.start = headers.end;
        }
        let record = Self {
            sequence: u64::from_le_bytes(this[4..12].try_into().unwrap()),
            time: u64::from_le_bytes(this[12..20].try_into().unwrap()),
            subject: this[FIXED..subject].to_vec(),
            headers: this[headers].to_vec(),
            body: this[body].to_vec(),
        };
        assert_eq!(record.written(key), this, "the store has another form than the forger knows");
        record
    }

    pub(crate) fn written(&self, key: Key) -> Vec<u8> {
        let has_headers = !self.headers.is_empty();
        let size = FIXED + self.subject.len() + self.body.len() + CHECKSUM;
        let size = size + if has_headers { 4 + self.headers.len() } else { 0 };
        let mut bytes = Vec::with_capacity(size);
        let length = u32::try_from(size).unwrap() | if has_headers { HAS_HEADERS } else { 0 };
        bytes.extend(length.to_le_bytes());
        bytes.extend(self.sequence.to_le_bytes());
        bytes.extend(self.time.to_le_bytes());
        bytes.extend(u16::try_from(self.subject.len()).unwrap().to_le_bytes());
        bytes.extend(&self.subject);
        if has_headers {
            bytes.extend(u32::try_from(self.headers.len()).unwrap().to_le_bytes());
            bytes.extend(&self.headers);
        }
        bytes.extend(&self.body);
        let mut hasher = HighwayHasher::new(key);
        hasher.append(&bytes[4..20]);
        [&self.subject, &self.headers, &self.body].into_iter().for_each(|part| hasher.append(part));
        bytes.extend(hasher.finalize64().to_le_bytes());
        bytes
    }
}
