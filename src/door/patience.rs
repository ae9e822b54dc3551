//! How often somebody may be wrong: a few times at once, then slowly.
//!
//! Each address has a budget of wrong keys that fills up again, and so has the house as a whole; while one is used up,
//! no key from there is looked at, right or wrong. Those who are in already are not touched by it. A budget is one
//! instant (the virtual scheduling of GCRA), and only so many addresses are remembered, so memory is bounded; an IPv6
//! address stands for its /64, of which one person may have all.

use std::{
    net::{IpAddr, Ipv6Addr},
    time::{Duration, Instant},
};

use moka::{Entry, ops::compute::Op, sync::Cache};
use parking_lot::Mutex;

/// How many addresses are remembered.
const ADDRESSES: u64 = 10_000;
/// Of one address: so many wrong keys at once, then one each so often.
const ADDRESS: Rate = Rate { burst: 5, every: Duration::from_secs(10) };
/// Of all together.
const HOUSE: Rate = Rate { burst: 200, every: Duration::from_millis(100) };

/// Too many wrong keys were shown lately.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TooMany {
    /// When to try again.
    pub again_in: Duration,
}

/// How often things may happen.
#[derive(Debug, Clone, Copy)]
struct Rate {
    burst: u32,
    every: Duration,
}

impl Rate {
    /// Takes one from a budget that is used up until then: until when it is used up now.
    fn take(self, used_until: Option<Instant>, now: Instant) -> Result<Instant, TooMany> {
        let used_until = used_until.map_or(now, |until| until.max(now));
        let again_in = (used_until - now).saturating_sub(self.every * (self.burst - 1));
        if again_in.is_zero() { Ok(used_until + self.every) } else { Err(TooMany { again_in }) }
    }
}

/// What is left of everybody's budget.
#[derive(Debug)]
pub struct Patience {
    addresses: Cache<IpAddr, Instant>,
    house: Mutex<Option<Instant>>,
}

impl Default for Patience {
    fn default() -> Self {
        // When nothing was added for this long, a budget is whole again.
        let whole_again = ADDRESS.every * (ADDRESS.burst + 1);
        let addresses = Cache::builder().max_capacity(ADDRESSES).time_to_live(whole_again).build();
        Self { addresses, house: Mutex::default() }
    }
}

impl Patience {
    /// Whether a key from there is looked at now. It counts as wrong until it is known to be right: so that many at
    /// once are as many.
    pub fn try_now(&self, from: IpAddr) -> Result<(), TooMany> {
        self.try_at(from, Instant::now())
    }

    /// The key was right: that costs nothing.
    pub fn was_right(&self, from: IpAddr) {
        self.addresses.invalidate(&neighbourhood(from));
        let mut house = self.house.lock();
        *house = house.and_then(|until| until.checked_sub(HOUSE.every));
    }

    fn try_at(&self, from: IpAddr, now: Instant) -> Result<(), TooMany> {
        let mut house = self.house.lock();
        let of_house = HOUSE.take(*house, now)?;
        let mut taken = Ok(());
        self.addresses.entry(neighbourhood(from)).and_compute_with(|known| {
            match ADDRESS.take(known.map(Entry::into_value), now) {
                Ok(until) => Op::Put(until),
                Err(too_many) => {
                    taken = Err(too_many);
                    Op::Nop
                }
            }
        });
        if taken.is_ok() {
            *house = Some(of_house);
        }
        taken
    }
}

fn neighbourhood(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() >> 64 << 64)),
        address @ IpAddr::V4(_) => address,
    }
}

#[cfg(test)]
mod spec {
    use std::net::Ipv4Addr;

    use super::*;

    fn address(number: u32) -> IpAddr {
        Ipv4Addr::from_bits(number).into()
    }

    #[test]
    fn a_few_wrong_keys_are_looked_at_then_one_every_so_often() {
        let (patience, now) = (Patience::default(), Instant::now());
        for _ in 0..5 {
            assert_eq!(patience.try_at(address(1), now), Ok(()));
        }
        assert_eq!(patience.try_at(address(1), now), Err(TooMany { again_in: Duration::from_secs(10) }));
        assert_eq!(patience.try_at(address(2), now), Ok(()), "somebody else");
        let later = now + Duration::from_secs(10);
        assert_eq!(patience.try_at(address(1), later), Ok(()));
        assert!(patience.try_at(address(1), later).is_err());
    }

    #[test]
    fn a_right_key_costs_nothing() {
        let (patience, now) = (Patience::default(), Instant::now());
        for _ in 0..1_000 {
            assert_eq!(patience.try_at(address(1), now), Ok(()));
            patience.was_right(address(1));
        }
    }

    #[test]
    fn many_addresses_together_use_up_the_houses_patience() {
        let (patience, now) = (Patience::default(), Instant::now());
        for number in 0..200 {
            assert_eq!(patience.try_at(address(number), now), Ok(()));
        }
        assert!(patience.try_at(address(1_000), now).is_err());
        assert_eq!(patience.try_at(address(1_000), now + Duration::from_millis(100)), Ok(()));
    }

    #[test]
    fn who_owns_a_network_is_one_person() {
        let (patience, now) = (Patience::default(), Instant::now());
        for last in 0..5_u128 {
            let address = Ipv6Addr::from_bits(0x2001_0db8 << 96 | last);
            assert_eq!(patience.try_at(IpAddr::V6(address), now), Ok(()));
        }
        assert!(patience.try_at("2001:db8::ffff".parse().unwrap(), now).is_err());
        assert_eq!(patience.try_at("2001:db8:0:1::1".parse().unwrap(), now), Ok(()));
        assert_eq!(neighbourhood("::ffff:10.0.0.1".parse().unwrap()), address(0x0a00_0001));
    }
}
