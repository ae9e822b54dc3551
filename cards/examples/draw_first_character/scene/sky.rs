//! What hangs over the house: dusk, stars, the moon.

use crate::paint::{Canvas, Ink, P, chance, circle, clouds, gradient, noise, smooth};

pub(super) fn sky(canvas: &mut Canvas) {
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

pub(super) fn stars(canvas: &mut Canvas) {
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

pub(super) fn moon(canvas: &mut Canvas) {
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
