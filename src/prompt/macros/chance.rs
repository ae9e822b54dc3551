//! The macros of chance: one of a list, and a roll of dice.

use crate::prompt::dice::Dice;

/// The most dice in a roll.
const DICE: u64 = 1_000;
/// The most sides of a die, and the most that is added to a roll.
const SIDES: u64 = 1_000_000;

/// One of `a::b::c`, or of `a, b, c` where `\,` is a comma of an entry.
pub(super) fn one_of(list: &str, dice: &mut Dice) -> Option<String> {
    let entries: Vec<String> = if list.contains("::") {
        list.split("::").map(|entry| entry.trim().to_owned()).collect()
    } else {
        list.replace("\\,", "\0").split(',').map(|entry| entry.trim().replace('\0', ",")).collect()
    };
    dice.pick(&entries).cloned()
}

/// The sum of `2d6`, `d20`, `3d4+2`, or of one die with that many sides where there is only a number.
pub(super) fn roll(formula: &str, dice: &mut Dice) -> Option<String> {
    let formula = formula.to_ascii_lowercase();
    let (throw, more) = match formula.find(['+', '-']) {
        Some(at) => (&formula[..at], formula[at..].replace(' ', "").parse::<i64>().ok()?),
        None => (formula.as_str(), 0),
    };
    let (count, sides) = throw.trim().split_once('d').unwrap_or(("1", throw.trim()));
    let count: u64 = if count.is_empty() { 1 } else { count.parse().ok()? };
    let sides: u64 = sides.parse().ok()?;
    if !(1..=DICE).contains(&count) || !(1..=SIDES).contains(&sides) || more.unsigned_abs() > SIDES {
        return None;
    }
    let sum: u64 = (0..count).map(|_| dice.below(sides) + 1).sum();
    Some(i64::try_from(sum).ok()?.saturating_add(more).to_string())
}
