//! The report, for people.

use std::fmt::Write;

use crate::{
    figures::{Crowd, Flood, Report, Tally},
    way::Name,
};

/// The whole table.
pub(crate) fn of(report: &Report) -> String {
    let mut out = String::new();
    // Writing to memory does not fail.
    let _ = write(report, &mut out);
    out
}

fn write(report: &Report, out: &mut String) -> std::fmt::Result {
    let Report { cores, load_before, load_after, .. } = report;
    writeln!(out, "\n{cores} cores, load {load_before:.2} before and {load_after:.2} after; times in ms\n")?;
    one(report, out)?;
    crowds(report, out)?;
    floods(report, out)?;
    memory(report, out)?;
    tallies(report, out)?;
    verdicts(report, out)
}

fn one(report: &Report, out: &mut String) -> std::fmt::Result {
    let floor = report.one.floor;
    writeln!(
        out,
        "{:<28}{:>10}{:>10}{:>10}{:>8}   (p50 to the head of the answer, to the first word of the model)",
        "one reply at a time", "first p50", "p99", "added", "of F"
    )?;
    let direct = report.one.ways.iter().find(|one| one.way == Name::Direct).map_or(0.0, |one| one.first.p50);
    for one in &report.one.ways {
        let added = one.first.p50 - direct;
        let (name, p50, p99) = (one.way.title(), one.first.p50, one.first.p99);
        let (head, said) = (one.head.p50, one.said.p50);
        writeln!(
            out,
            "{name:<28}{p50:>10.3}{p99:>10.3}{added:>10.3}{:>8.2}   ({head:.3}, {said:.3})",
            added / floor
        )?;
    }
    let publish = report.one.publish;
    let (p50, p99) = (publish.p50, publish.p99);
    writeln!(out, "{:<28}{p50:>10.3}{p99:>10.3}{:>10}{:>8.2}", "(d) synced publish", "", p50 / floor)?;
    writeln!(out, "{:<28}{:>10}{:>10}{floor:>10.3}{:>8.2}\n", "F = (c) - (a) + (d)", "", "", 1.0)
}

fn crowds(report: &Report, out: &mut String) -> std::fmt::Result {
    writeln!(
        out,
        "{:<28}{:>7}{:>10}{:>10}{:>10}{:>10}{:>10}{:>10}  time on a core for each token, us",
        "20 tokens a second", "at once", "first p50", "p99", "added p99", "token p50", "p99", "added p99",
    )?;
    for crowd in &report.crowds {
        let direct =
            report.crowds.iter().find(|other| other.way == Name::Direct && other.streams == crowd.streams);
        let added = |p99: fn(&Crowd) -> f64| direct.map_or(0.0, |direct| p99(crowd) - p99(direct));
        let (first, token) = (crowd.first, crowd.token);
        let cpu: Vec<String> = crowd.cpu.iter().map(|(name, micros)| format!("{name} {micros:.0}")).collect();
        writeln!(
            out,
            "{:<28}{:>7}{:>10.3}{:>10.3}{:>10.3}{:>10.3}{:>10.3}{:>10.3}  {}",
            crowd.way.title(),
            crowd.streams,
            first.p50,
            first.p99,
            added(|crowd| crowd.first.p99),
            token.p50,
            token.p99,
            added(|crowd| crowd.token.p99),
            cpu.join(", "),
        )?;
    }
    writeln!(out)
}

fn floods(report: &Report, out: &mut String) -> std::fmt::Result {
    writeln!(out, "{:<28}{:>7}{:>12}{:>12}", "without a pause", "at once", "tokens/s", "of direct")?;
    for flood in &report.floods {
        let same = |other: &&Flood| other.way == Name::Direct && other.streams == flood.streams;
        let direct = report.floods.iter().find(same).map_or(f64::NAN, |direct| direct.tokens_a_second);
        let (name, streams, speed) = (flood.way.title(), flood.streams, flood.tokens_a_second);
        writeln!(out, "{name:<28}{streams:>7}{speed:>12.0}{:>12.3}", speed / direct)?;
    }
    writeln!(out)
}

fn memory(report: &Report, out: &mut String) -> std::fmt::Result {
    writeln!(out, "{:<28}{:>7}{:>10}{:>10}{:>10}", "memory, KiB", "at once", "idle", "open", "a reply")?;
    for memory in &report.memory {
        let (name, streams) = (memory.way.title(), memory.streams);
        let (idle, open, each) = (memory.idle, memory.open, memory.kib_a_reply);
        writeln!(out, "{name:<28}{streams:>7}{idle:>10}{open:>10}{each:>10.1}")?;
    }
    writeln!(out)
}

fn tallies(report: &Report, out: &mut String) -> std::fmt::Result {
    writeln!(
        out,
        "{:<46}{:>9}{:>12}{:>8}{:>9}{:>8}",
        "every token checked", "replies", "tokens", "lost", "repeated", "failed"
    )?;
    for way in [Name::Direct, Name::PassThrough, Name::Innkeeper] {
        tally(way.title(), &report.tally_of(way), out)?;
    }
    for trial in &report.trials {
        tally(&trial.name, &trial.tally, out)?;
    }
    writeln!(out)
}

fn tally(name: &str, tally: &Tally, out: &mut String) -> std::fmt::Result {
    let Tally { replies, tokens, lost, repeated, failed, trouble } = tally;
    writeln!(out, "{name:<46}{replies:>9}{tokens:>12}{lost:>8}{repeated:>9}{failed:>8}")?;
    match trouble {
        Some(trouble) => writeln!(out, "    the first trouble: {trouble}"),
        None => Ok(()),
    }
}

fn verdicts(report: &Report, out: &mut String) -> std::fmt::Result {
    for verdict in &report.verdicts {
        let word = if verdict.is_good() { "pass" } else { "MISS" };
        let (what, is, most, unit) = (&verdict.what, verdict.is, verdict.at_most, verdict.unit);
        writeln!(out, "{word}  {what:<66}{is:>10.2} of at most {most} {unit}")?;
    }
    Ok(())
}
