//! The inn: stone below, timber above, a roof that is tired in the middle.

use super::CANDLE;
use super::details;
use super::texture::{bricks, stones, tiles};
use crate::paint::{Canvas, Ink, P, boxed, chance, circle, clouds, lerp, noise, polygon, smooth, stroke};

pub(super) fn house(canvas: &mut Canvas) {
    chimney(canvas);
    walls(canvas);
    roof(canvas);
    dormer(canvas);
    for (x, y, w, h) in [(186.0, 303.0, 30.0, 34.0), (279.0, 300.0, 30.0, 34.0)] {
        window(canvas, P(x, y), P(x + w, y + h), 2);
    }
    window(canvas, P(180.0, 370.0), P(238.0, 411.0), 3);
    details::cat(canvas);
    door(canvas);
    details::ivy(canvas);
    details::bushes(canvas);
}

fn chimney(canvas: &mut Canvas) {
    let stack = vec![P(279.0, 250.0), P(276.0, 192.0), P(303.0, 190.0), P(306.0, 250.0)];
    canvas.fill(polygon(stack), |p| bricks(p).times(lerp(1.25, 0.6, smooth(277.0, 304.0, p.0))));
    canvas.fill(boxed(P(272.0, 186.0), P(307.0, 194.0), 1.5), |p| bricks(p).times(0.9));
    for x in [283.0, 296.0] {
        canvas.fill(boxed(P(x - 4.0, 177.0), P(x + 4.0, 187.0), 1.5), |p| {
            Ink::hex(0x8A5140).times(lerp(1.1, 0.45, smooth(x - 4.0, x + 4.0, p.0)))
        });
    }
}

pub(super) fn smoke(canvas: &mut Canvas) {
    for i in 0..46 {
        let t = i as f32 / 45.0;
        let x = 291.0 - 70.0 * t * t + 11.0 * (t * 9.0).sin() * t.sqrt() + 9.0 * (chance(i, 8) - 0.5) * t;
        let y = 186.0 - 128.0 * t;
        let puff = circle(P(x, y), 3.5 + 15.0 * t);
        canvas.soft(puff, 10.0 + 26.0 * t, 0.085 * (1.0 - t).powf(0.6), |_| {
            Ink::hex(0xB9B3DC).mixed(CANDLE, 0.25 * (1.0 - t))
        });
    }
}

fn walls(canvas: &mut Canvas) {
    // The lower floor of stone, the upper one of timber and plaster, a little wider, as such houses are.
    let lower = vec![P(168.0, 436.0), P(170.0, 350.0), P(320.0, 346.0), P(323.0, 438.0)];
    canvas.fill(polygon(lower), |p| stones(p).times(lerp(0.8, 1.0, smooth(436.0, 350.0, p.1))));
    let upper = vec![P(159.0, 355.0), P(163.0, 282.0), P(327.0, 276.0), P(332.0, 350.0)];
    canvas.fill(polygon(upper), |p| Ink::hex(0xB59A84).times(0.34 + 0.16 * clouds(p * 0.05)));
    let beams = [
        (P(160.0, 353.0), P(331.0, 348.0), 4.0),
        (P(162.0, 296.0), P(328.0, 290.0), 3.0),
        (P(163.0, 352.0), P(165.0, 285.0), 3.2),
        (P(328.0, 348.0), P(325.0, 280.0), 3.2),
        (P(226.0, 350.0), P(226.0, 286.0), 3.0),
        (P(268.0, 349.0), P(268.0, 284.0), 3.0),
        (P(229.0, 347.0), P(265.0, 294.0), 2.6),
        (P(265.0, 347.0), P(229.0, 294.0), 2.6),
        (P(167.0, 347.0), P(180.0, 298.0), 2.2),
        (P(325.0, 344.0), P(313.0, 296.0), 2.2),
    ];
    for (a, b, width) in beams {
        canvas.fill(stroke(a, b, width, width), |p| {
            Ink::hex(0x3A2628).times(0.8 + 0.5 * noise(P(p.0 / 2.0, p.1 / 9.0)))
        });
    }
    canvas.soft(boxed(P(166.0, 355.0), P(324.0, 366.0), 2.0), 9.0, 0.6, |_| Ink::hex(0x0C0A14));
}

fn roof(canvas: &mut Canvas) {
    let mut outline = sag(P(192.0, 212.0), P(300.0, 205.0), 6.0, 10);
    outline.extend(sag(P(347.0, 287.0), P(142.0, 294.0), 3.0, 10));
    let shape = polygon(outline.clone());
    let edge = polygon(outline);
    canvas.soft(boxed(P(160.0, 288.0), P(330.0, 300.0), 2.0), 12.0, 0.7, |_| Ink::hex(0x0A0814));
    canvas.fill(shape, |p| {
        let moonlit = smooth(340.0, 150.0, p.0 + (p.1 - 205.0) * 0.4);
        let rim = smooth(-3.5, 0.0, edge(p)) * smooth(300.0, 160.0, p.0) * smooth(288.0, 262.0, p.1);
        tiles(p).times(0.55 + 0.75 * moonlit).plus(Ink(0.10, 0.12, 0.2).times(rim))
    });
    canvas.fill(stroke(P(142.0, 295.0), P(347.0, 289.0), 2.2, 2.2), |_| Ink::hex(0x241A28));
    for pair in sag(P(191.0, 212.0), P(301.0, 205.0), 6.0, 14).windows(2) {
        canvas.fill(stroke(pair[0], pair[1], 2.6, 2.2), |p| {
            Ink::hex(0x6C5680).times(lerp(1.3, 0.6, smooth(190.0, 300.0, p.0)))
        });
    }
}

/// The line of the ridge and of the eaves, both tired in the middle.
fn sag(a: P, b: P, by: f32, steps: usize) -> Vec<P> {
    let at = |i: usize| i as f32 / steps as f32;
    (0..=steps).map(|i| a + (b - a) * at(i) + P(0.0, by * (std::f32::consts::PI * at(i)).sin())).collect()
}

fn dormer(canvas: &mut Canvas) {
    let front = vec![P(217.0, 282.0), P(217.0, 250.0), P(245.0, 228.0), P(273.0, 250.0), P(273.0, 281.0)];
    canvas.fill(polygon(front), |p| Ink::hex(0xA88E7C).times(0.36 + 0.12 * noise(p * 0.15)));
    canvas.fill(circle(P(245.0, 260.0), 14.0), |_| Ink::hex(0x34222A));
    glass(canvas, circle(P(245.0, 260.0), 11.0), P(245.0, 262.0), 13.0);
    for (a, b) in [(P(234.0, 260.0), P(256.0, 260.0)), (P(245.0, 249.0), P(245.0, 271.0))] {
        canvas.fill(stroke(a, b, 1.1, 1.1), |_| Ink::hex(0x34222A));
    }
    for (a, b) in [(P(245.0, 223.0), P(207.0, 254.0)), (P(245.0, 223.0), P(283.0, 254.0))] {
        canvas.fill(stroke(a, b, 4.2, 4.2), |p| tiles(p).times(if p.0 < 245.0 { 1.35 } else { 0.8 }));
    }
}

fn window(canvas: &mut Canvas, a: P, b: P, panes: u16) {
    let frame = |_| Ink::hex(0x2E1E22);
    canvas.fill(boxed(a - P(3.5, 3.5), b + P(3.5, 3.5), 2.0), frame);
    let middle = (a + b) * 0.5;
    glass(canvas, boxed(a, b, 1.5), middle + P(0.0, 4.0), (b - a).0 * 0.62);
    // Curtains, drawn back.
    for (x, side) in [(a.0, 1.0), (b.0, -1.0)] {
        let curtain = vec![
            P(x, a.1),
            P(x + side * 10.0, a.1),
            P(x + side * 5.0, lerp(a.1, b.1, 0.55)),
            P(x + side * 8.0, b.1),
            P(x, b.1),
        ];
        canvas.soft(polygon(curtain), 1.4, 0.75, |p| Ink::hex(0xB4432A).times(0.9 + 0.5 * (p.0 * 2.0).sin()));
    }
    for i in 1..panes {
        let x = lerp(a.0, b.0, f32::from(i) / f32::from(panes));
        canvas.fill(stroke(P(x, a.1), P(x, b.1), 1.0, 1.0), frame);
    }
    let rail = lerp(a.1, b.1, 0.42);
    canvas.fill(stroke(P(a.0, rail), P(b.0, rail), 1.0, 1.0), frame);
    canvas.fill(boxed(P(a.0 - 6.0, b.1 + 2.0), P(b.0 + 6.0, b.1 + 7.0), 1.5), |_| Ink::hex(0x4A3232));
}

/// Lit from a candle inside, paler in the middle.
pub(super) fn glass(canvas: &mut Canvas, shape: impl Fn(P) -> f32, flame: P, reach: f32) {
    canvas.fill(shape, |p| {
        let away = (p - flame).length() / reach;
        Ink(2.3, 1.5, 0.62)
            .mixed(Ink(1.0, 0.36, 0.06), smooth(0.0, 1.15, away))
            .times(0.9 + 0.2 * noise(p * 0.2))
    });
}

fn door(canvas: &mut Canvas) {
    let arch = |grow: f32| {
        let (post, top) = (
            boxed(P(263.0 - grow, 388.0), P(297.0 + grow, 437.0), 0.0),
            circle(P(280.0, 389.0), 17.0 + grow),
        );
        move |p| post(p).min(top(p))
    };
    canvas.fill(arch(4.5), |p| stones(p * 1.3).times(1.35));
    canvas.fill(arch(0.0), |p| {
        let plank = ((p.0 - 263.0) / 6.8).fract();
        let grain = 0.75 + 0.4 * noise(P(p.0 / 1.5, p.1 / 14.0));
        Ink::hex(0x7A4630).times(grain * lerp(0.55, 1.0, smooth(0.0, 0.14, plank.min(1.0 - plank))))
    });
    glass(canvas, circle(P(280.0, 391.0), 6.0), P(280.0, 391.0), 8.0);
    canvas.fill(stroke(P(274.0, 391.0), P(286.0, 391.0), 0.7, 0.7), |_| Ink::hex(0x3A2226));
    canvas.fill(stroke(P(280.0, 385.0), P(280.0, 397.0), 0.7, 0.7), |_| Ink::hex(0x3A2226));
    canvas.fill(circle(P(291.5, 414.0), 1.8), |_| Ink::hex(0xE7B765));
    for (i, y) in [436.0_f32, 440.0].into_iter().enumerate() {
        let out = 5.0 + 5.0 * i as f32;
        canvas.fill(boxed(P(263.0 - out, y), P(297.0 + out, y + 5.0), 1.5), |p| {
            stones(p).times(1.2 - 0.2 * i as f32)
        });
    }
}
