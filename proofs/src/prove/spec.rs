use tlog_tiles::tlog::record_hash;

use super::*;

fn leaf(number: u64) -> Hash {
    record_hash(&number.to_be_bytes())
}

fn tree(size: u64) -> Range {
    let mut range = Range::default();
    (1..=size).for_each(|number| range.push(leaf(number), |_| {}));
    range
}

fn read(mut prover: Prover, size: u64) -> Prover {
    (1..=size).for_each(|number| prover.read(leaf(number)));
    prover
}

#[test]
fn every_message_of_every_small_tree_is_proved() {
    for size in 1..40 {
        let prover = Prover::new(size);
        (1..=size).for_each(|sequence| prover.want_message(sequence).unwrap());
        let prover = read(prover, size);
        for sequence in 1..=size {
            let proof = prover.message(sequence).unwrap();
            assert_eq!(proof.check(tree(size).root(), leaf(sequence)), Ok(()), "{sequence} of {size}");
            assert!(proof.check(tree(size).root(), leaf(sequence + 1)).is_err());
            assert!(proof.check(tree(size + 1).root(), leaf(sequence)).is_err());
            let elsewhere = Inclusion { sequence: sequence + 1, ..proof.clone() };
            assert!(elsewhere.check(tree(size).root(), leaf(sequence)).is_err());
        }
    }
}

#[test]
fn every_beginning_of_every_small_tree_is_proved() {
    for size in 1..40 {
        let prover = Prover::new(size);
        (1..=size).for_each(|from| prover.want_tree(from).unwrap());
        let prover = read(prover, size);
        for from in 1..=size {
            let proof = prover.tree(from).unwrap();
            assert_eq!(proof.check(tree(from).root(), tree(size).root()), Ok(()), "{from} of {size}");
            assert!(proof.check(tree(from + 1).root(), tree(size).root()).is_err() || from == size);
            assert!(proof.check(tree(from).root(), tree(size + 1).root()).is_err());
        }
    }
}

#[test]
fn nothing_is_proved_of_what_is_not_there_or_was_not_read() {
    assert_eq!(Prover::new(3).want_message(4), Err(ProofError::Beyond { size: 3 }));
    assert_eq!(Prover::new(3).want_message(0), Err(ProofError::Beyond { size: 3 }));
    assert_eq!(Prover::new(3).want_tree(0), Err(ProofError::Beyond { size: 3 }));
    let prover = Prover::new(3);
    prover.want_message(1).unwrap();
    assert_eq!(read(prover, 2).message(1), Err(ProofError::Unread));
}

#[test]
fn no_forged_proof_makes_it_panic() {
    let odd = |sequence, size, path: &[&str]| Inclusion {
        sequence,
        size,
        leaf: leaf(1).to_string(),
        path: path.iter().map(|text| (*text).to_owned()).collect(),
    };
    let long = vec![leaf(1).to_string(); 1_000];
    let mut forged =
        vec![odd(0, 0, &[]), odd(1, u64::MAX, &[]), odd(u64::MAX, u64::MAX, &["x"]), odd(2, 1, &[""])];
    forged.push(Inclusion { path: long.clone(), ..odd(1, 2, &[]) });
    assert!(forged.iter().all(|proof| proof.check(leaf(1), leaf(1)).is_err()));
    for (from, to) in [(0, 0), (1, 0), (2, 1), (u64::MAX, u64::MAX), (1, u64::MAX)] {
        let forged = Consistency { from, to, path: long.clone() };
        assert!(forged.check(leaf(1), leaf(2)).is_err());
    }
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(32))]
    #[test]
    fn proofs_hold_in_larger_trees(size in 1_u64..3_000, sequence in 1_u64..3_000, from in 1_u64..3_000) {
        let (sequence, from) = (sequence.min(size), from.min(size));
        let prover = Prover::new(size);
        prover.want_message(sequence).unwrap();
        prover.want_tree(from).unwrap();
        let prover = read(prover, size);
        let root = prover.root();
        proptest::prop_assert_eq!(prover.message(sequence).unwrap().check(root, leaf(sequence)), Ok(()));
        proptest::prop_assert_eq!(prover.tree(from).unwrap().check(tree(from).root(), root), Ok(()));
    }
}
