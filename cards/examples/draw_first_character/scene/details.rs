//! What makes it somebody's house: the sign, the cat, what grows there.

use crate::paint::{Canvas, Ink, P, boxed, chance, circle, noise, polygon, stroke};

pub(super) fn sign(canvas: &mut Canvas) {
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

/// Ledger keeps an eye on the road.
pub(super) fn cat(canvas: &mut Canvas) {
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

pub(super) fn ivy(canvas: &mut Canvas) {
    for i in 0..150 {
        let t = chance(i, 21);
        let spread = 17.0 * (1.0 - t) + 3.0;
        let at = P(322.0 - chance(i, 22) * spread + 5.0 * t, 436.0 - 128.0 * t * chance(i, 23).sqrt());
        let leaf = circle(at, 1.3 + 1.6 * chance(i, 24));
        let ink = Ink::hex(0x2F5A46).times(0.45 + 0.9 * chance(i, 25));
        canvas.soft(leaf, 1.2, 0.95, |_| ink);
    }
}

pub(super) fn bushes(canvas: &mut Canvas) {
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
