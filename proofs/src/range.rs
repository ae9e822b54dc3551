//! An RFC 6962 tree that grows leaf by leaf and keeps only its frontier: the roots of the full subtrees that it is made
//! of, at most 64 of them. So a tree over any log costs two hashes a message and two kilobytes of memory, and goes on
//! where it was put down.

use sha2::{Digest, Sha256};
pub use tlog_tiles::tlog::Hash;
use tlog_tiles::tlog::{EMPTY_HASH, node_hash};

/// A tree over the leaves so far.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Range {
    size: u64,
    /// The roots of its full subtrees, the largest first: one for each bit of the size that is set.
    frontier: Vec<Hash>,
}

/// A full subtree: its height, which one of this height it is, and its root.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Node {
    /// How high it is; a leaf is 0.
    pub level: u8,
    /// Which one of this level, from 0.
    pub number: u64,
    /// Its root.
    pub hash: Hash,
}

/// Bytes that are no frontier of a tree of this size.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not the frontier of a tree of {size} leaves")]
pub struct RangeError {
    size: u64,
}

impl Range {
    /// How many leaves it has.
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// Takes the next leaf, and tells each full subtree that it completes.
    pub fn push(&mut self, leaf: Hash, mut completed: impl FnMut(Node)) {
        let (mut hash, mut number) = (leaf, self.size);
        completed(Node { level: 0, number, hash });
        for level in 1..=self.size.trailing_ones() {
            // There is a root for each bit that is set, so this never runs dry.
            let Some(left) = self.frontier.pop() else { break };
            (hash, number) = (node(left, hash), number >> 1);
            completed(Node { level: u8::try_from(level).unwrap_or(u8::MAX), number, hash });
        }
        self.frontier.push(hash);
        self.size += 1;
    }

    /// The root of the whole tree.
    pub fn root(&self) -> Hash {
        let mut smallest_first = self.frontier.iter().rev().copied();
        let Some(last) = smallest_first.next() else { return EMPTY_HASH };
        smallest_first.fold(last, |right, left| node_hash(left, right))
    }

    /// The frontier as bytes, to be kept.
    pub fn to_bytes(&self) -> Vec<u8> {
        self.frontier.iter().flat_map(|hash| hash.0).collect()
    }

    /// A tree that was kept. Whoever reads it from somewhere else holds its [root](Self::root) against a checkpoint.
    pub fn from_bytes(size: u64, bytes: &[u8]) -> Result<Self, RangeError> {
        let (hashes, rest) = bytes.as_chunks::<32>();
        if !rest.is_empty() || hashes.len() != size.count_ones() as usize {
            return Err(RangeError { size });
        }
        Ok(Self { size, frontier: hashes.iter().copied().map(Hash).collect() })
    }
}

/// The same as the library's, on the hasher that uses the processor's own instructions in every build.
fn node(left: Hash, right: Hash) -> Hash {
    let mut hash = Sha256::new();
    hash.update([1]);
    hash.update(left.0);
    hash.update(right.0);
    Hash(hash.finalize().into())
}

#[cfg(test)]
mod spec {
    use tlog_tiles::tlog::record_hash;

    use super::*;

    /// The leaves and roots of RFC 6962's reference implementation (certificate-transparency, merkle_tree_test).
    const LEAVES: [&str; 8] =
        ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"];
    const ROOTS: [&str; 8] = [
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
        "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
        "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
        "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
    ];

    #[test]
    fn the_roots_are_those_of_the_reference_implementation() {
        let mut range = Range::default();
        for (leaf, root) in LEAVES.into_iter().zip(ROOTS) {
            range.push(record_hash(&hex::decode(leaf).unwrap()), |_| {});
            assert_eq!(hex::encode(range.root().0), root);
        }
    }

    #[test]
    fn a_tree_goes_on_where_it_was_put_down() {
        let mut whole = Range::default();
        for number in 0..300_u64 {
            let mut again = Range::from_bytes(whole.size(), &whole.to_bytes()).unwrap();
            let leaf = record_hash(&number.to_be_bytes());
            whole.push(leaf, |_| {});
            again.push(leaf, |_| {});
            assert_eq!(again, whole);
        }
        assert!(Range::from_bytes(299, &whole.to_bytes()).is_err(), "300 has other subtrees than 299");
        assert!(Range::from_bytes(300, &whole.to_bytes()[1..]).is_err());
    }
}
