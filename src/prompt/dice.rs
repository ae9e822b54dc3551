//! Dice whose every throw follows from one number, so that a prompt that is assembled again says the same.
//!
//! The number is thrown once, at the edge, and stands in `ReplyRequested`. What follows from it must follow for ever,
//! whatever becomes of a library, so the generator is our own: splitmix64 (Steele, Lea and Flood, 2014), seeded with
//! the dice and FNV-1a of a name. Each part of a prompt throws dice of its own name: a part that is added or left out
//! changes no throw of another.

/// A stream of throws.
#[derive(Debug, Clone)]
pub(super) struct Dice(u64);

impl Dice {
    /// The dice of the part of this name.
    pub(super) fn of(dice: u64, name: &str) -> Self {
        let mut seed = Self(dice);
        Self(seed.next() ^ fnv1a(name.as_bytes()))
    }

    /// A number below `sides`, and 0 where there are none.
    ///
    /// It is the high half of a product, whose bias for the few sides of our dice is far below one in a billion.
    pub(super) fn below(&mut self, sides: u64) -> u64 {
        let product = u128::from(self.next()) * u128::from(sides);
        u64::try_from(product >> 64).unwrap_or(0)
    }

    /// One of these.
    pub(super) fn pick<'a, T>(&mut self, among: &'a [T]) -> Option<&'a T> {
        let count = u64::try_from(among.len()).unwrap_or(u64::MAX);
        among.get(usize::try_from(self.below(count)).unwrap_or(0))
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }
}

fn fnv1a(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}

#[cfg(test)]
mod spec {
    use super::*;

    #[test]
    fn the_generator_is_splitmix64_and_the_hash_is_fnv1a() {
        // The first numbers of the reference implementation from the seed 1234567.
        let mut dice = Dice(1_234_567);
        let throws = [dice.next(), dice.next(), dice.next()];
        assert_eq!(throws, [6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423]);
        assert_eq!(fnv1a(b"foobar"), 0x8594_4171_f739_67e8);
    }

    #[test]
    fn every_side_comes_up_about_equally_often() {
        let mut dice = Dice::of(6, "a part");
        let mut sides = [0_u32; 6];
        for _ in 0..6_000 {
            sides[usize::try_from(dice.below(6)).unwrap()] += 1;
        }
        assert!(sides.iter().all(|side| (850..=1_150).contains(side)), "{sides:?}");
    }

    #[test]
    fn another_name_throws_otherwise() {
        let throws = |name| {
            let mut dice = Dice::of(6, name);
            (0..8).map(|_| dice.below(1_000)).collect::<Vec<_>>()
        };
        assert_eq!(throws("system"), throws("system"));
        assert_ne!(throws("system"), throws("scenario"));
    }
}
