//! The Last Lantern on its hill, on a clear night: from the farthest thing to the nearest.

use crate::paint::{
    Canvas, Ink, P, below, boxed, chance, circle, clouds, gradient, lerp, noise, polygon, smooth, stroke,
};

const CANDLE: Ink = Ink(1.0, 0.55, 0.16);

/// Paints the whole scene.
pub(crate) fn paint() -> Canvas {
    let mut canvas = Canvas::new(400, 600);
    sky(&mut canvas);
    stars(&mut canvas);
    moon(&mut canvas);
    mountains(&mut canvas);
    smoke(&mut canvas);
    hill(&mut canvas);
    house(&mut canvas);
    sign(&mut canvas);
    lamplight(&mut canvas);
    foreground(&mut canvas);
    fireflies(&mut canvas);
    canvas.lit(vignette);
    canvas
}

fn sky(canvas: &mut Canvas) {
    const DUSK: [(f32, u32); 6] = [
        (0.0, 0x0B1033),
        (0.28, 0x1A2458),
        (0.5, 0x3A3A7C),
        (0.66, 0x7A5487),
        (0.76, 0xC97C7C),
        (0.84, 0xF2B27E),
    ];
    canvas.wash(|p| {
        let veil = clouds(P(p.0 / 150.0 + p.1 / 260.0, p.1 / 90.0));
        let milk = smooth(0.45, 0.85, veil) * smooth(430.0, 120.0, p.1);
        gradient(&DUSK, p.1 / 600.0).plus(Ink(0.035, 0.03, 0.075).times(milk))
    });
}

fn stars(canvas: &mut Canvas) {
    for i in 0..190 {
        let (x, y) = (chance(i, 1) * 400.0, chance(i, 2).powf(1.3) * 400.0);
        let bright = chance(i, 3).powi(8);
        let fade = smooth(400.0, 200.0, y);
        let tint = Ink(0.8, 0.88, 1.0).mixed(Ink(1.0, 0.8, 0.6), chance(i, 4));
        canvas.glow(P(x, y), 0.8 + bright * 0.7, 1.0, tint.times((0.25 + bright) * fade));
        if bright > 0.45 {
            canvas.glow(P(x, y), 7.0, 1.0, tint.times(0.07 * fade));
            canvas.glow(P(x, y), 0.7, 9.0, tint.times(0.3 * fade));
            canvas.glow(P(x, y), 6.3, 0.11, tint.times(0.3 * fade));
        }
    }
}

fn moon(canvas: &mut Canvas) {
    let centre = P(88.0, 104.0);
    canvas.glow(centre, 130.0, 1.0, Ink(0.06, 0.07, 0.13));
    canvas.glow(centre, 52.0, 1.0, Ink(0.13, 0.14, 0.18));
    let (disc, shade) = (circle(centre, 27.0), circle(centre + P(13.0, -7.0), 24.0));
    canvas.soft(circle(centre, 27.0), 1.5, 0.10, |_| Ink::hex(0x8FA0D8));
    canvas.soft(
        move |p| disc(p).max(-shade(p)),
        1.6,
        1.0,
        |p| Ink::hex(0xFFF3D2).times(0.95 + 0.5 * noise(p * 0.12)),
    );
}

/// Three ranges, each paler and bluer the farther it stands.
fn mountains(canvas: &mut Canvas) {
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

fn smoke(canvas: &mut Canvas) {
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

fn hilltop(x: f32) -> f32 {
    let crown = (-((x - 246.0) / 168.0).abs().powf(2.8)).exp();
    516.0 - 84.0 * crown + 3.0 * noise(P(x / 30.0, 3.0))
}

fn hill(canvas: &mut Canvas) {
    canvas.fill(below(hilltop), |p| {
        let depth = p.1 - hilltop(p.0);
        let grass = noise(P(p.0 / 2.2 + p.1 / 5.0, p.1 / 7.0)) * 0.22 + clouds(p * 0.025) * 0.3;
        gradient(&[(0.0, 0x3D5560), (0.12, 0x26404A), (0.5, 0x152630), (1.0, 0x0A121C)], depth / 170.0)
            .times(0.72 + grass)
    });
    copse(canvas);
    path(canvas);
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

/// Where the middle of the path runs at a height, and how broad it is there.
fn path_at(y: f32) -> (f32, f32) {
    let t = ((y - 430.0) / 170.0).clamp(0.0, 1.0);
    (279.0 - 100.0 * t + 46.0 * (t * 5.6).sin() * (0.25 + t * 0.75), lerp(10.0, 52.0, t.powf(1.25)))
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

fn house(canvas: &mut Canvas) {
    chimney(canvas);
    walls(canvas);
    roof(canvas);
    dormer(canvas);
    for (x, y, w, h) in [(186.0, 303.0, 30.0, 34.0), (279.0, 300.0, 30.0, 34.0)] {
        window(canvas, P(x, y), P(x + w, y + h), 2);
    }
    window(canvas, P(180.0, 370.0), P(238.0, 411.0), 3);
    cat(canvas);
    door(canvas);
    ivy(canvas);
    bushes(canvas);
}

fn bushes(canvas: &mut Canvas) {
    for (x, y, size) in [
        (172.0, 437.0, 11.0),
        (186.0, 440.0, 8.0),
        (160.0, 441.0, 8.0),
        (318.0, 439.0, 11.0),
        (331.0, 442.0, 8.0),
    ] {
        for i in 0..26 {
            let seed = x as i32;
            let (turn, far) = (chance(seed, i) * std::f32::consts::PI, chance(seed, i + 40).sqrt() * size);
            let at = P(x + turn.cos() * far * 1.3, y - turn.sin() * far);
            let ink =
                Ink::hex(0x2B4E4A).times(0.35 + 0.8 * chance(seed, i + 80) * (0.5 + 0.5 * (y - at.1) / size));
            canvas.soft(circle(at, 2.6), 1.4, 0.95, |_| ink);
        }
    }
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

fn bricks(p: P) -> Ink {
    let row = (p.1 / 5.0).floor();
    let (x, y) = (p.0 / 9.0 + row * 0.5, p.1 / 5.0);
    let joint = smooth(0.0, 0.14, (x - x.floor()).min(y - y.floor()));
    Ink::hex(0x6E4A4C).times((0.65 + 0.5 * chance(x.floor() as i32, row as i32)) * lerp(0.6, 1.0, joint))
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

fn stones(p: P) -> Ink {
    let row = (p.1 / 8.0 + 0.4 * noise(P(p.0 / 25.0, 1.0))).floor();
    let (x, y) = (p.0 / 15.0 + chance(row as i32, 5) * 3.0, p.1 / 8.0 + 0.4 * noise(P(p.0 / 25.0, 1.0)));
    let (u, v) = (x - x.floor(), y - y.floor());
    let joint = smooth(0.0, 0.16, (u * 1.6).min((1.0 - u) * 1.6).min(v).min(1.0 - v));
    let shade = 0.6 + 0.55 * chance(x.floor() as i32, row as i32);
    Ink::hex(0x5A5566).times(shade * lerp(0.5, 1.0, joint) * (0.85 + 0.3 * noise(p * 0.5)))
}

/// The line of the ridge and of the eaves, both tired in the middle.
fn sag(a: P, b: P, by: f32, steps: usize) -> Vec<P> {
    let at = |i: usize| i as f32 / steps as f32;
    (0..=steps).map(|i| a + (b - a) * at(i) + P(0.0, by * (std::f32::consts::PI * at(i)).sin())).collect()
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

fn tiles(p: P) -> Ink {
    let y = (p.1 + 4.0 * noise(P(p.0 / 40.0, 7.0))) / 8.0;
    let row = y.floor();
    let x = p.0 / 9.0 + 0.5 * (row % 2.0);
    let (u, v) = (x - x.floor() - 0.5, y - row);
    let scallop = smooth(0.62, 1.0, v + u * u * 1.9);
    let shade = 0.62 + 0.5 * chance(x.floor() as i32, row as i32);
    Ink::hex(0x5B4468).times(shade * lerp(1.1, 0.4, scallop))
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

/// Lit from a candle inside, paler in the middle.
fn glass(canvas: &mut Canvas, shape: impl Fn(P) -> f32, flame: P, reach: f32) {
    canvas.fill(shape, |p| {
        let away = (p - flame).length() / reach;
        Ink(2.3, 1.5, 0.62)
            .mixed(Ink(1.0, 0.36, 0.06), smooth(0.0, 1.15, away))
            .times(0.9 + 0.2 * noise(p * 0.2))
    });
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

/// Ledger keeps an eye on the road.
fn cat(canvas: &mut Canvas) {
    let ink = |_| Ink::hex(0x1B1218);
    let seat = P(222.0, 411.0);
    canvas.fill(
        polygon(
            [
                P(-8.0, 0.0),
                P(-8.5, -7.0),
                P(-5.0, -14.0),
                P(-3.0, -17.0),
                P(4.0, -17.0),
                P(6.0, -11.0),
                P(7.5, -4.0),
                P(7.0, 0.0),
            ]
            .map(|p| p + seat)
            .to_vec(),
        ),
        ink,
    );
    canvas.fill(circle(seat + P(0.0, -19.0), 5.4), ink);
    for side in [-1.0, 1.0] {
        canvas.fill(
            polygon(vec![
                seat + P(side * 1.2, -22.5),
                seat + P(side * 4.6, -29.0),
                seat + P(side * 5.4, -20.0),
            ]),
            ink,
        );
    }
    let tail = [P(7.0, -2.0), P(12.0, -1.5), P(15.0, 3.0), P(14.0, 8.5), P(16.0, 11.0)];
    for pair in tail.windows(2) {
        canvas.fill(stroke(seat + pair[0], seat + pair[1], 1.9, 1.7), ink);
    }
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

fn ivy(canvas: &mut Canvas) {
    for i in 0..150 {
        let t = chance(i, 21);
        let spread = 17.0 * (1.0 - t) + 3.0;
        let at = P(322.0 - chance(i, 22) * spread + 5.0 * t, 436.0 - 128.0 * t * chance(i, 23).sqrt());
        let leaf = circle(at, 1.3 + 1.6 * chance(i, 24));
        let ink = Ink::hex(0x2F5A46).times(0.45 + 0.9 * chance(i, 25));
        canvas.soft(leaf, 1.2, 0.95, |_| ink);
    }
}

fn sign(canvas: &mut Canvas) {
    let iron = |_: P| Ink::hex(0x17131C);
    canvas.fill(stroke(P(168.0, 364.0), P(98.0, 362.0), 1.9, 1.6), iron);
    canvas.fill(stroke(P(168.0, 388.0), P(138.0, 364.0), 1.4, 1.2), iron);
    canvas.fill(circle(P(97.0, 360.5), 3.2), iron);
    for x in [108.0, 146.0] {
        canvas.fill(stroke(P(x, 363.0), P(x - 1.5, 374.0), 0.9, 0.9), iron);
    }
    // The wind has turned it a little.
    let hung = |p: P| (p - P(126.0, 373.0)).turned(0.05) + P(126.0, 373.0);
    let board = boxed(P(99.0, 373.0), P(153.0, 419.0), 5.0);
    let inner = boxed(P(102.5, 376.5), P(149.5, 415.5), 3.0);
    canvas
        .fill(|p| board(hung(p)), |p| Ink::hex(0x6B4428).times(0.75 + 0.4 * noise(P(p.0 / 12.0, p.1 / 1.8))));
    canvas.fill(|p| (inner(hung(p)).abs() - 0.7).max(-9.0), |_| Ink::hex(0xE0A850));
    let gold = |p: P| Ink::hex(0xF6C566).times(1.3 - (p.1 - 380.0) / 70.0);
    let body = boxed(P(118.0, 389.0), P(134.0, 408.0), 3.0);
    let flame =
        polygon(vec![P(126.0, 391.0), P(130.0, 399.0), P(128.0, 405.0), P(124.0, 405.0), P(122.0, 399.0)]);
    canvas.fill(|p| body(hung(p)).abs() - 1.0, gold);
    canvas.fill(|p| flame(hung(p)), |_| Ink(2.2, 1.3, 0.4));
    let cap = polygon(vec![P(116.0, 389.0), P(136.0, 389.0), P(130.0, 384.0), P(122.0, 384.0)]);
    canvas.fill(|p| cap(hung(p)), gold);
    canvas.fill(|p| circle(P(126.0, 382.0), 2.6)(hung(p)).abs() - 0.7, gold);
    canvas.fill(|p| stroke(P(116.0, 410.0), P(136.0, 410.0), 1.2, 1.2)(hung(p)), gold);
}

/// The lantern that never goes out, and all the light that the house gives to the night.
fn lamplight(canvas: &mut Canvas) {
    let lamp = P(249.0, 386.0);
    let spill = |p: P, at: P, reach: f32, aspect: f32, strength: f32| {
        let away = P((p.0 - at.0) / aspect, p.1 - at.1).length() / reach;
        CANDLE.times(strength * (-away * away * 1.6).exp())
    };
    canvas.lit(|p| {
        let ground = smooth(432.0, 447.0, p.1) * smooth(-2.0, 6.0, p.1 - hilltop(p.0));
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

fn foreground(canvas: &mut Canvas) {
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

fn fireflies(canvas: &mut Canvas) {
    for i in 0..22 {
        let at = P(30.0 + chance(i, 51) * 350.0, 470.0 + chance(i, 52) * 110.0);
        let bright = 0.3 + 0.7 * chance(i, 53);
        canvas.glow(at, 1.5, 1.0, Ink(1.2, 1.1, 0.35).times(bright));
        canvas.glow(at, 8.0, 1.0, Ink(0.22, 0.19, 0.04).times(bright));
    }
}

fn vignette(p: P) -> Ink {
    let away = P((p.0 - 215.0) / 300.0, (p.1 - 330.0) / 420.0).length();
    let dark = -0.45 * smooth(0.45, 1.15, away);
    Ink(dark, dark, dark * 0.9)
}
