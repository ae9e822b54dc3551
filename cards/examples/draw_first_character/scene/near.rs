//! What stands between us and the house.

use super::land::path_at;
use crate::paint::{Canvas, Ink, P, below, chance, circle, lerp, noise, smooth, stroke};

pub(super) fn foreground(canvas: &mut Canvas) {
    fence(canvas);
    tree(canvas);
    let verge = |x: f32| {
        578.0 - 26.0 * smooth(150.0, 0.0, x) - 22.0 * smooth(290.0, 400.0, x) + 5.0 * noise(P(x / 14.0, 2.0))
    };
    canvas.fill(below(verge), |_| Ink::hex(0x060A12));
    for i in 0..230 {
        let x = chance(i, 31) * 400.0;
        let tall = 8.0 + 17.0 * chance(i, 32) * (1.0 + smooth(120.0, 0.0, x) + smooth(320.0, 400.0, x));
        let lean = (chance(i, 33) - 0.45) * 14.0;
        let root = P(x, verge(x) + 3.0);
        canvas.fill(stroke(root, root + P(lean, -tall), 1.2, 0.2), |_| Ink::hex(0x070C15));
    }
}

/// A fence follows the path up, and is mended where it broke.
fn fence(canvas: &mut Canvas) {
    let ink = |p: P| Ink::hex(0x0E1019).mixed(Ink::hex(0x8A6A58), smooth(600.0, 440.0, p.1) * 0.8);
    let posts: Vec<(P, f32)> = (0..7)
        .map(|i| {
            let y = 456.0 + 15.0 * i as f32 + 2.6 * (i * i) as f32;
            let (middle, half) = path_at(y);
            (P(middle + half + 12.0 + 6.0 * i as f32, y), 13.0 + 4.4 * i as f32)
        })
        .collect();
    for (i, &(foot, tall)) in posts.iter().enumerate() {
        let lean = P((chance(i as i32, 41) - 0.5) * 6.0, -tall);
        canvas.fill(stroke(foot, foot + lean, tall * 0.085, tall * 0.07), ink);
    }
    for pair in posts.windows(2) {
        for share in [0.45, 0.82] {
            let at = |(foot, tall): (P, f32)| foot - P(0.0, tall * share);
            canvas.fill(stroke(at(pair[0]), at(pair[1]), pair[0].1 * 0.05, pair[1].1 * 0.05), ink);
        }
    }
}

/// An old tree frames the left side; its last leaves hang over the road.
fn tree(canvas: &mut Canvas) {
    let ink = |_: P| Ink::hex(0x080B16);
    canvas.fill(stroke(P(-6.0, 600.0), P(14.0, 430.0), 30.0, 15.0), ink);
    branch(canvas, P(14.0, 440.0), P(-6.0, -150.0), 14.0, 0);
}

fn branch(canvas: &mut Canvas, from: P, along: P, width: f32, depth: i32) {
    let to = from + along;
    canvas.fill(stroke(from, to, width, width * 0.62), |_| Ink::hex(0x080B16));
    if depth == 5 {
        let seed = (to.0 * 7.0) as i32;
        for i in 0..9 {
            let at = to + P((chance(seed, i) - 0.5) * 26.0, (chance(seed, i + 9) - 0.35) * 22.0);
            canvas.soft(circle(at, 1.6 + 1.6 * chance(seed, i + 5)), 1.2, 0.9, |_| Ink::hex(0x0D1220));
        }
        return;
    }
    for (i, turn) in [-0.52_f32, 0.4].into_iter().enumerate() {
        let wild = 0.35 * (chance(depth * 17 + i as i32, to.0 as i32) - 0.5);
        branch(
            canvas,
            to,
            along.turned(turn + wild) * lerp(0.62, 0.78, chance(to.1 as i32, depth)),
            width * 0.6,
            depth + 1,
        );
    }
}

pub(super) fn fireflies(canvas: &mut Canvas) {
    for i in 0..22 {
        let at = P(30.0 + chance(i, 51) * 350.0, 470.0 + chance(i, 52) * 110.0);
        let bright = 0.3 + 0.7 * chance(i, 53);
        canvas.glow(at, 1.5, 1.0, Ink(1.2, 1.1, 0.35).times(bright));
        canvas.glow(at, 8.0, 1.0, Ink(0.22, 0.19, 0.04).times(bright));
    }
}
