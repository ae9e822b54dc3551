//! The hours as an SVG: three bars for each.

use std::fmt::Write;

use crate::hours::{Hour, Hours};

const BAR: usize = 14;
const HEIGHT: usize = 200;
const COLOURS: [(&str, &str); 3] = [("messages", "#4e79a7"), ("people", "#59a14f"), ("replies", "#e15759")];

pub(crate) fn drawn(hours: &Hours) -> String {
    let highest = hours.hours.values().flat_map(bars).max().unwrap_or(0).max(1);
    let width = 40 + hours.hours.len() * 4 * BAR;
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{}\" height=\"{}\" font-family=\"sans-serif\" font-size=\"10\">\n",
        width.max(240),
        HEIGHT + 60
    );
    for (number, (name, colour)) in COLOURS.iter().enumerate() {
        put(&mut svg, &format!("<text x=\"{}\" y=\"14\" fill=\"{colour}\">{name}</text>", 20 + number * 70));
    }
    for (number, (name, hour)) in hours.hours.iter().enumerate() {
        let left = 20 + number * 4 * BAR;
        for (bar, (value, (_, colour))) in bars(hour).into_iter().zip(COLOURS).enumerate() {
            let (height, x) = (value * HEIGHT / highest, left + bar * BAR);
            let y = 20 + HEIGHT - height;
            put(
                &mut svg,
                &format!("<rect x=\"{x}\" y=\"{y}\" width=\"12\" height=\"{height}\" fill=\"{colour}\"/>"),
            );
        }
        // `25T22`: the day and the hour.
        let label = name.get(8..).unwrap_or(name);
        put(&mut svg, &format!("<text x=\"{left}\" y=\"{}\">{label}</text>", HEIGHT + 36));
    }
    svg.push_str("</svg>\n");
    svg
}

fn bars(hour: &Hour) -> [usize; 3] {
    [hour.messages, hour.people.len(), hour.replies.values().sum()]
}

fn put(svg: &mut String, line: &str) {
    // Writing to a text does not fail.
    let _ = writeln!(svg, "{line}");
}
