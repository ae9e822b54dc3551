//! What the house stands on: far ranges, the hill, the path that leads up to the door.

use super::CANDLE;
use crate::paint::{Canvas, Ink, P, below, clouds, gradient, lerp, noise, polygon, smooth};

/// Three ranges, each paler and bluer the farther it stands.
pub(super) fn mountains(canvas: &mut Canvas) {
    for (n, (base, rise, ink, mist)) in [
        (418.0, 92.0, 0x5A4A82, 0xC08A92),
        (450.0, 70.0, 0x3B3870, 0x8E6A8C),
        (482.0, 48.0, 0x252A55, 0x4E4A78),
    ]
    .into_iter()
    .enumerate()
    {
        let ridge = move |x: f32| {
            let x = x + n as f32 * 311.0;
            base - rise * clouds(P(x / (150.0 - 22.0 * n as f32), n as f32 * 9.0)) * 1.3 + rise * 0.35
        };
        canvas.fill(below(ridge), |p| {
            let depth = smooth(0.0, 85.0, p.1 - ridge(p.0));
            Ink::hex(ink).mixed(Ink::hex(mist), depth * 0.55)
        });
    }
}

pub(super) fn hill(canvas: &mut Canvas) {
    canvas.fill(below(hilltop), |p| {
        let depth = p.1 - hilltop(p.0);
        let grass = noise(P(p.0 / 2.2 + p.1 / 5.0, p.1 / 7.0)) * 0.22 + clouds(p * 0.025) * 0.3;
        gradient(&[(0.0, 0x3D5560), (0.12, 0x26404A), (0.5, 0x152630), (1.0, 0x0A121C)], depth / 170.0)
            .times(0.72 + grass)
    });
    copse(canvas);
    path(canvas);
}

pub(super) fn hilltop(x: f32) -> f32 {
    let crown = (-((x - 246.0) / 168.0).abs().powf(2.8)).exp();
    516.0 - 84.0 * crown + 3.0 * noise(P(x / 30.0, 3.0))
}

/// Firs behind the house, and bushes at its feet, so that it stands in a place and not on a plate.
fn copse(canvas: &mut Canvas) {
    for (x, tall) in [
        (338.0, 62.0),
        (356.0, 84.0),
        (374.0, 58.0),
        (391.0, 70.0),
        (142.0, 40.0),
        (66.0, 34.0),
        (82.0, 46.0),
    ] {
        let foot = P(x, hilltop(x) + 4.0);
        for tier in 0..5 {
            let (low, high) = (tall * 0.19 * tier as f32, tall * (0.19 * tier as f32 + 0.36));
            let half = tall * 0.24 * (1.0 - tier as f32 * 0.17);
            let tree = polygon(vec![foot + P(-half, -low), foot + P(0.0, -high), foot + P(half, -low)]);
            canvas.soft(tree, 1.6, 1.0, |p| {
                let near = smooth(150.0, 60.0, (p.0 - 246.0).abs());
                Ink::hex(0x1C2B3E)
                    .mixed(Ink::hex(0x2C4650), smooth(half, -half, p.0 - x))
                    .plus(CANDLE.times(0.02 * near))
            });
        }
    }
}

fn path(canvas: &mut Canvas) {
    let shape = |p: P| {
        let (middle, half) = path_at(p.1);
        let ragged = 5.0 * (noise(P(p.1 / 6.0, p.0.signum())) - 0.5) + 3.0 * (noise(p * 0.3) - 0.5);
        ((p.0 - middle).abs() - half + ragged).max(431.0 - p.1)
    };
    canvas.soft(shape, 5.0, 0.85, |p| {
        let t = smooth(430.0, 600.0, p.1);
        let pebbles = noise(P(p.0 / 4.0, p.1 / 2.2)) * 0.35 + noise(P(p.0 / 11.0, p.1 / 5.0)) * 0.3;
        Ink::hex(0x8A7468).mixed(Ink::hex(0x3A3440), t).times(0.6 + pebbles)
    });
}

/// Where the middle of the path runs at a height, and how broad it is there.
pub(super) fn path_at(y: f32) -> (f32, f32) {
    let t = ((y - 430.0) / 170.0).clamp(0.0, 1.0);
    (279.0 - 100.0 * t + 46.0 * (t * 5.6).sin() * (0.25 + t * 0.75), lerp(10.0, 52.0, t.powf(1.25)))
}
