//! How far the projections are, as a table for people.

use crate::projector::status::{Report, State, Status};

/// The table.
pub(super) fn of(report: &Report) -> String {
    let mut text = format!(
        "the log ends at {}; {}\n\n{:<16}{:<12}{:>22}{:>10}{:>10}{:>8}  building anew\n",
        report.log_end,
        if report.projector_at_work { "a projector is at work" } else { "NO PROJECTOR IS AT WORK" },
        "",
        "rows",
        "position",
        "behind",
        "lag",
        "parked",
    );
    report.projections.iter().for_each(|status| text += &row(status));
    text += advice(report);
    text
}

fn row(status: &Status) -> String {
    let Status { name, state, position, behind, lag_seconds, parked, rebuild, .. } = status;
    let rebuild =
        rebuild.as_ref().map_or_else(String::new, |it| format!("at {}, {} to go", it.position, it.behind));
    let (state, position, lag) =
        (state.name(), position.as_deref().unwrap_or("-"), format!("{lag_seconds:.1} s"));
    let row = format!("{name:<16}{state:<12}{position:>22}{behind:>10}{lag:>10}{parked:>8}  {rebuild}");
    format!("{}\n", row.trim_end())
}

/// What there is to do.
fn advice(report: &Report) -> &'static str {
    let any = |is: fn(&Status) -> bool| report.projections.iter().any(is);
    if any(|status| status.state == State::AnotherLog) {
        "\nThe rows are of another log, or of an end of this one that is lost. Nothing is projected over them. Bring the \
         right log back, or, if this log is the right one: innkeeper projections rebuild all\n"
    } else if any(|status| status.parked > 0) {
        "\nWhat is parked waits for its reason to go; then: innkeeper projections retry all\n"
    } else {
        ""
    }
}

#[cfg(test)]
mod spec {
    use super::*;

    fn status(state: State, parked: u64) -> Status {
        Status {
            name: "users".into(),
            version: 1,
            state,
            position: Some("5f0c2a11-1042".into()),
            behind: 3,
            lag_seconds: 1.25,
            parked,
            moved_at: None,
            rebuild: None,
        }
    }

    #[test]
    fn it_says_what_there_is_to_do() {
        let table = |status| {
            of(&Report {
                log_end: "5f0c2a11-1045".into(),
                projector_at_work: false,
                projections: vec![status],
            })
        };
        assert!(table(status(State::AnotherLog, 0)).contains("innkeeper projections rebuild all"));
        assert!(table(status(State::Live, 1)).contains("innkeeper projections retry all"));
        let quiet = table(status(State::Live, 0));
        assert!(!quiet.contains("innkeeper projections") && quiet.contains("NO PROJECTOR"), "{quiet}");
    }
}
