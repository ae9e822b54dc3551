//! The run: brings the parts up, measures in an order that spares the figures from each other, takes the parts down.
//!
//! Memory comes first, before a crowd has left anything behind; single replies next, on a quiet machine; crowds last.

use std::io::Write;

use anyhow::Context;

use crate::{
    child::Part,
    crowd,
    figures::{Crowd, Report, Verdict},
    floor::Writer,
    innkeeper::Innkeeper,
    one,
    options::Plan,
    process, trials,
    way::{Name, Way},
};

/// Measures everything.
pub(crate) async fn all(plan: &Plan) -> anyhow::Result<Report> {
    let stub = Part::start(&["--stub"]).await?;
    let between = Part::start(&["--pass-through", &stub.address.to_string()]).await?;
    say("starting Innkeeper with its servers");
    let house = Innkeeper::start(stub.address).await?;
    let report = with(plan, &stub, &between, &house).await;
    house.stop().await?;
    report
}

async fn with(plan: &Plan, stub: &Part, between: &Part, house: &Innkeeper) -> anyhow::Result<Report> {
    let load_before = process::load();
    // Single replies and floods have conversations of their own: no reply of 10,000 tokens is history for a crowd.
    let first_alone = plan.most();
    let first_flooded = first_alone + one::seats(plan);
    let seats = house.seats(first_flooded + plan.most().max(trials::STALLING)).await?;
    let pid = |pid: Option<u32>| pid.context("a part has ended");
    let ways = [
        Way::to_model(Name::Direct, stub.address, pid(stub.pid())?),
        Way::to_model(Name::PassThrough, between.address, pid(between.pid())?),
        Way::to_innkeeper(house.address(), pid(house.pid())?, seats),
    ];
    let [_, through, innkeeper] = &ways;

    let mut memory = vec![];
    for way in [through, innkeeper] {
        say(&format!("memory, {}", way.name.title()));
        trials::warm_up(way, plan.most()).await;
        memory.push(crowd::memory(way, plan.most(), plan).await?.0);
        memory.push(crowd::memory(way, plan.most(), plan).await?.0);
    }
    say("one reply at a time");
    let mut writer = Writer::open(&house.nats_url()?).await?;
    let one = one::measure(&ways, &mut writer, plan, first_alone).await?;
    let (mut floods, mut crowds) = (vec![], vec![]);
    for streams in plan.streams.iter().copied() {
        say(&format!("{streams} at once, without a pause"));
        floods.extend(trials::floods(&ways, streams, plan, first_flooded).await);
    }
    for streams in plan.streams.iter().copied() {
        for way in &ways {
            say(&format!("{streams} at once, 20 tokens a second, {}", way.name.title()));
            crowds.push(crowd::measure(way, streams, plan).await?);
        }
    }
    say("readers that stall");
    let trials = trials::stalls(innkeeper, first_flooded).await;
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let load_after = process::load();
    let verdicts = vec![];
    let report = Report { cores, load_before, load_after, one, crowds, floods, memory, trials, verdicts };
    Ok(judged(report))
}

/// What was to be reached (issue 2), as far as this run has looked at it.
fn judged(mut report: Report) -> Report {
    let first = |name| report.one.ways.iter().find(|one| one.way == name).map_or(0.0, |one| one.first.p50);
    let mut verdicts = vec![Verdict {
        what: "one reply: added time to the first token, p50, in floors".to_owned(),
        is: (first(Name::Innkeeper) - first(Name::Direct)) / report.one.floor,
        at_most: 1.5,
        unit: "F",
    }];
    let crowd = |name| report.crowds.iter().find(|crowd| crowd.way == name && crowd.streams == 500);
    if let (Some(ours), Some(direct)) = (crowd(Name::Innkeeper), crowd(Name::Direct)) {
        let added = |what: &str, p99: fn(&Crowd) -> f64, at_most| Verdict {
            what: format!("500 replies of 20 tokens a second: added {what}, p99"),
            is: p99(ours) - p99(direct),
            at_most,
            unit: "ms",
        };
        verdicts.push(added("time to the first token", |crowd| crowd.first.p99, 10.0));
        verdicts.push(added("time of a token", |crowd| crowd.token.p99, 5.0));
    }
    let held = report.memory.iter().find(|memory| memory.way == Name::Innkeeper && memory.streams >= 1000);
    verdicts.extend(held.map(|memory| Verdict {
        what: format!("memory for each of {} open replies", memory.streams),
        is: memory.kib_a_reply,
        at_most: 50.0,
        unit: "KiB",
    }));
    verdicts.push(Verdict {
        what: "tokens lost or repeated, replies failed".to_owned(),
        is: report.tally_of(Name::Innkeeper).wrong() as f64,
        at_most: 0.0,
        unit: "",
    });
    report.verdicts = verdicts;
    report
}

fn say(what: &str) {
    let _ = writeln!(std::io::stderr(), "relay: {what}");
}
