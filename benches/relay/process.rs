//! What a process uses, as the kernel tells it.

use std::{collections::BTreeMap, fs, time::Duration};

/// The kernel counts in hundredths of a second on every Linux that we run on.
const TICK: Duration = Duration::from_millis(10);

/// The memory that a process holds, in KiB: its own, not that of its children.
pub(crate) fn resident(pid: u32) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.split_whitespace().next()?.parse().ok()
}

/// How many processes wait for a core, over the last minute.
pub(crate) fn load() -> f64 {
    let average = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    average.split_whitespace().next().and_then(|first| first.parse().ok()).unwrap_or_default()
}

/// The time on a core of a process and of all that it has started, by name.
pub(crate) fn family(pid: u32) -> BTreeMap<String, Duration> {
    let all: Vec<Stat> = fs::read_dir("/proc")
        .into_iter()
        .flatten()
        .filter_map(|entry| Stat::read(entry.ok()?.file_name().to_str()?.parse().ok()?))
        .collect();
    let mut family = vec![pid];
    let mut seen = 0;
    while let Some(parent) = family.get(seen).copied() {
        family.extend(all.iter().filter(|stat| stat.parent == parent).map(|stat| stat.pid));
        seen += 1;
    }
    let mut times = BTreeMap::new();
    for stat in all.into_iter().filter(|stat| family.contains(&stat.pid)) {
        *times.entry(stat.name).or_default() += stat.time;
    }
    times
}

/// What has been used between two looks, by name.
pub(crate) fn between(
    before: &BTreeMap<String, Duration>,
    after: &BTreeMap<String, Duration>,
) -> BTreeMap<String, Duration> {
    let used = |(name, time): (&String, &Duration)| {
        let earlier = before.get(name).copied().unwrap_or_default();
        (name.clone(), time.saturating_sub(earlier))
    };
    after.iter().map(used).collect()
}

struct Stat {
    pid: u32,
    parent: u32,
    name: String,
    time: Duration,
}

impl Stat {
    fn read(pid: u32) -> Option<Self> {
        let text = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
        // The name stands in parentheses, and may hold spaces and parentheses.
        let (head, rest) = text.rsplit_once(')')?;
        let (_, name) = head.split_once('(')?;
        let fields: Vec<&str> = rest.split_whitespace().collect();
        let ticks = |place: usize| fields.get(place)?.parse::<u32>().ok();
        Some(Self { pid, parent: ticks(1)?, name: name.to_owned(), time: TICK * (ticks(11)? + ticks(12)?) })
    }
}
