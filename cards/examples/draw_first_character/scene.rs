//! The Last Lantern on its hill, on a clear night: from the farthest thing to the nearest.

mod details;
mod house;
mod land;
mod near;
mod sky;
mod texture;

use crate::paint::{Canvas, Ink, P, boxed, polygon, smooth, stroke};

/// The colour of every light that people have lit.
const CANDLE: Ink = Ink(1.0, 0.55, 0.16);

/// Paints the whole scene.
pub(crate) fn paint() -> Canvas {
    let mut canvas = Canvas::new(400, 600);
    sky::sky(&mut canvas);
    sky::stars(&mut canvas);
    sky::moon(&mut canvas);
    land::mountains(&mut canvas);
    house::smoke(&mut canvas);
    land::hill(&mut canvas);
    house::house(&mut canvas);
    details::sign(&mut canvas);
    lamplight(&mut canvas);
    near::foreground(&mut canvas);
    near::fireflies(&mut canvas);
    canvas.lit(vignette);
    canvas
}

/// The lantern that never goes out, and all the light that the house gives to the night.
fn lamplight(canvas: &mut Canvas) {
    let lamp = P(249.0, 386.0);
    let spill = |p: P, at: P, reach: f32, aspect: f32, strength: f32| {
        let away = P((p.0 - at.0) / aspect, p.1 - at.1).length() / reach;
        CANDLE.times(strength * (-away * away * 1.6).exp())
    };
    canvas.lit(|p| {
        let ground = smooth(432.0, 447.0, p.1) * smooth(-2.0, 6.0, p.1 - land::hilltop(p.0));
        spill(p, lamp, 46.0, 1.0, 5.5)
            .plus(spill(p, P(209.0, 398.0), 44.0, 1.3, 2.2))
            .plus(spill(p, P(201.0, 322.0), 32.0, 1.1, 2.0))
            .plus(spill(p, P(294.0, 319.0), 32.0, 1.1, 2.0))
            .plus(spill(p, P(245.0, 262.0), 28.0, 1.1, 2.0))
            .plus(spill(p, P(126.0, 396.0), 42.0, 1.0, 1.6))
            .plus(spill(p, P(262.0, 446.0), 40.0, 2.4, 7.0 * ground))
            .plus(spill(p, P(205.0, 446.0), 34.0, 1.5, 4.0 * ground))
    });
    let iron = |_: P| Ink::hex(0x120E14);
    canvas.fill(stroke(P(249.0, 368.0), P(249.0, 377.0), 0.8, 0.8), iron);
    canvas.fill(stroke(P(243.0, 368.0), P(256.0, 367.0), 1.2, 1.2), iron);
    canvas.fill(polygon(vec![P(242.5, 381.0), P(255.5, 381.0), P(251.5, 376.0), P(246.5, 376.0)]), iron);
    canvas.fill(boxed(P(244.0, 380.0), P(254.0, 394.0), 1.5), |_| Ink(3.2, 2.3, 1.0));
    for x in [244.3, 253.7] {
        canvas.fill(stroke(P(x, 381.0), P(x, 393.0), 0.7, 0.7), iron);
    }
    canvas.fill(boxed(P(242.5, 393.0), P(255.5, 396.5), 1.0), iron);
    canvas.glow(lamp, 9.0, 1.0, CANDLE.times(0.8));
    canvas.glow(lamp, 34.0, 1.0, CANDLE.times(0.22));
    canvas.glow(P(245.0, 350.0), 150.0, 1.0, CANDLE.times(0.055));
    for (at, reach) in
        [(P(209.0, 391.0), 44.0), (P(201.0, 320.0), 28.0), (P(294.0, 317.0), 28.0), (P(245.0, 260.0), 24.0)]
    {
        canvas.glow(at, reach, 1.2, CANDLE.times(0.12));
    }
}

fn vignette(p: P) -> Ink {
    let away = P((p.0 - 215.0) / 300.0, (p.1 - 330.0) / 420.0).length();
    let dark = -0.45 * smooth(0.45, 1.15, away);
    Ink(dark, dark, dark * 0.9)
}
