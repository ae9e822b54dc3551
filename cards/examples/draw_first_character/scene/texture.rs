//! What the house is built of.

use crate::paint::{Ink, P, chance, lerp, noise, smooth};

pub(super) fn bricks(p: P) -> Ink {
    let row = (p.1 / 5.0).floor();
    let (x, y) = (p.0 / 9.0 + row * 0.5, p.1 / 5.0);
    let joint = smooth(0.0, 0.14, (x - x.floor()).min(y - y.floor()));
    Ink::hex(0x6E4A4C).times((0.65 + 0.5 * chance(x.floor() as i32, row as i32)) * lerp(0.6, 1.0, joint))
}

pub(super) fn stones(p: P) -> Ink {
    let row = (p.1 / 8.0 + 0.4 * noise(P(p.0 / 25.0, 1.0))).floor();
    let (x, y) = (p.0 / 15.0 + chance(row as i32, 5) * 3.0, p.1 / 8.0 + 0.4 * noise(P(p.0 / 25.0, 1.0)));
    let (u, v) = (x - x.floor(), y - y.floor());
    let joint = smooth(0.0, 0.16, (u * 1.6).min((1.0 - u) * 1.6).min(v).min(1.0 - v));
    let shade = 0.6 + 0.55 * chance(x.floor() as i32, row as i32);
    Ink::hex(0x5A5566).times(shade * lerp(0.5, 1.0, joint) * (0.85 + 0.3 * noise(p * 0.5)))
}

pub(super) fn tiles(p: P) -> Ink {
    let y = (p.1 + 4.0 * noise(P(p.0 / 40.0, 7.0))) / 8.0;
    let row = y.floor();
    let x = p.0 / 9.0 + 0.5 * (row % 2.0);
    let (u, v) = (x - x.floor() - 0.5, y - row);
    let scallop = smooth(0.62, 1.0, v + u * u * 1.9);
    let shade = 0.62 + 0.5 * chance(x.floor() as i32, row as i32);
    Ink::hex(0x5B4468).times(shade * lerp(1.1, 0.4, scallop))
}
