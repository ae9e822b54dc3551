//! A small box of paints: a canvas in linear light, shapes as signed distances, soft edges for free.
//!
//! A shape is a function from a point to its distance from the shape's edge, negative inside. That one idea gives
//! smooth outlines, blurred shadows and rims of light, without a drawing library.

use std::ops::{Add, Mul, Sub};

/// A point or a vector, in pixels; y grows downwards.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct P(pub(crate) f32, pub(crate) f32);

impl Add for P {
    type Output = P;
    fn add(self, other: P) -> P {
        P(self.0 + other.0, self.1 + other.1)
    }
}

impl Sub for P {
    type Output = P;
    fn sub(self, other: P) -> P {
        P(self.0 - other.0, self.1 - other.1)
    }
}

impl Mul<f32> for P {
    type Output = P;
    fn mul(self, by: f32) -> P {
        P(self.0 * by, self.1 * by)
    }
}

impl P {
    pub(crate) fn dot(self, other: P) -> f32 {
        self.0 * other.0 + self.1 * other.1
    }

    pub(crate) fn length(self) -> f32 {
        self.dot(self).sqrt()
    }

    /// Turned about the origin, clockwise on the screen.
    pub(crate) fn turned(self, radians: f32) -> P {
        let (sin, cos) = radians.sin_cos();
        P(self.0 * cos - self.1 * sin, self.0 * sin + self.1 * cos)
    }
}

/// A colour in linear light.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Ink(pub(crate) f32, pub(crate) f32, pub(crate) f32);

impl Ink {
    /// From the usual six digits, `0xRRGGBB`.
    pub(crate) fn hex(rgb: u32) -> Ink {
        let linear = |shift: u32| ((rgb >> shift & 0xFF) as f32 / 255.0).powf(2.2);
        Ink(linear(16), linear(8), linear(0))
    }

    pub(crate) fn times(self, by: f32) -> Ink {
        Ink(self.0 * by, self.1 * by, self.2 * by)
    }

    pub(crate) fn plus(self, other: Ink) -> Ink {
        Ink(self.0 + other.0, self.1 + other.1, self.2 + other.2)
    }

    pub(crate) fn mixed(self, other: Ink, share: f32) -> Ink {
        self.times(1.0 - share).plus(other.times(share))
    }
}

/// The colour at `t` on a scale of stops.
pub(crate) fn gradient(stops: &[(f32, u32)], t: f32) -> Ink {
    for pair in stops.windows(2) {
        if t <= pair[1].0 {
            let share = smooth(pair[0].0, pair[1].0, t);
            return Ink::hex(pair[0].1).mixed(Ink::hex(pair[1].1), share);
        }
    }
    Ink::hex(stops[stops.len() - 1].1)
}

/// From 0 at `from` to 1 at `to`, without corners.
pub(crate) fn smooth(from: f32, to: f32, x: f32) -> f32 {
    let t = ((x - from) / (to - from)).clamp(0.0, 1.0);
    t * t * (3.0 - 2.0 * t)
}

pub(crate) fn circle(centre: P, radius: f32) -> impl Fn(P) -> f32 {
    move |p| (p - centre).length() - radius
}

/// A box with round corners, by its two opposite corners.
pub(crate) fn boxed(a: P, b: P, round: f32) -> impl Fn(P) -> f32 {
    let (centre, half) = ((a + b) * 0.5, (b - a) * 0.5);
    move |p| {
        let q = p - centre;
        let (x, y) = (q.0.abs() - half.0 + round, q.1.abs() - half.1 + round);
        P(x.max(0.0), y.max(0.0)).length() + x.max(y).min(0.0) - round
    }
}

/// A stroke with round ends that may thin out.
pub(crate) fn stroke(a: P, b: P, from: f32, to: f32) -> impl Fn(P) -> f32 {
    let along = b - a;
    move |p| {
        let t = ((p - a).dot(along) / along.dot(along)).clamp(0.0, 1.0);
        (p - a - along * t).length() - (from + (to - from) * t)
    }
}

pub(crate) fn polygon(corners: Vec<P>) -> impl Fn(P) -> f32 {
    move |p| {
        let mut nearest = f32::MAX;
        let mut inside = false;
        for (i, &a) in corners.iter().enumerate() {
            let b = corners[(i + 1) % corners.len()];
            nearest = nearest.min(stroke(a, b, 0.0, 0.0)(p));
            if (a.1 > p.1) != (b.1 > p.1) && p.0 < (b.0 - a.0) * (p.1 - a.1) / (b.1 - a.1) + a.0 {
                inside = !inside;
            }
        }
        if inside { -nearest } else { nearest }
    }
}

/// Everything below a line that winds.
pub(crate) fn below(height: impl Fn(f32) -> f32) -> impl Fn(P) -> f32 {
    move |p| height(p.0) - p.1
}

/// Smooth noise between 0 and 1.
pub(crate) fn noise(p: P) -> f32 {
    let (x, y) = (p.0.floor(), p.1.floor());
    let (u, v) = (smooth(0.0, 1.0, p.0 - x), smooth(0.0, 1.0, p.1 - y));
    let corner = |dx: f32, dy: f32| chance((x + dx) as i32, (y + dy) as i32);
    let (top, bottom) =
        (lerp(corner(0.0, 0.0), corner(1.0, 0.0), u), lerp(corner(0.0, 1.0), corner(1.0, 1.0), u));
    lerp(top, bottom, v)
}

/// Noise of several sizes on top of each other.
pub(crate) fn clouds(p: P) -> f32 {
    (0..4).fold(0.0, |sum, octave| {
        let size = (1 << octave) as f32;
        sum + noise(p * size + P(size * 17.0, size * 5.0)) * 0.533 / size
    })
}

/// A number between 0 and 1 that depends on nothing but its place: the picture is the same every time.
pub(crate) fn chance(x: i32, y: i32) -> f32 {
    let mut h = (x as u32).wrapping_mul(0x9E37_79B1) ^ (y as u32).wrapping_mul(0x85EB_CA77);
    for _ in 0..2 {
        h = (h ^ h >> 15).wrapping_mul(0x2C1B_3C6D);
        h = (h ^ h >> 12).wrapping_mul(0x297A_2D39);
    }
    (h >> 8) as f32 / (1 << 24) as f32
}

pub(crate) fn lerp(a: f32, b: f32, t: f32) -> f32 {
    a + (b - a) * t
}

/// What is painted on.
#[derive(Debug)]
pub(crate) struct Canvas {
    pub(crate) width: usize,
    pub(crate) height: usize,
    inks: Vec<Ink>,
}

impl Canvas {
    pub(crate) fn new(width: usize, height: usize) -> Canvas {
        Canvas { width, height, inks: vec![Ink(0.0, 0.0, 0.0); width * height] }
    }

    fn each(&mut self, mut paint: impl FnMut(P, Ink) -> Ink) {
        let width = self.width;
        for (i, ink) in self.inks.iter_mut().enumerate() {
            *ink = paint(P((i % width) as f32 + 0.5, (i / width) as f32 + 0.5), *ink);
        }
    }

    /// Covers everything.
    pub(crate) fn wash(&mut self, ink: impl Fn(P) -> Ink) {
        self.each(|p, _| ink(p));
    }

    /// Fills a shape.
    pub(crate) fn fill(&mut self, shape: impl Fn(P) -> f32, ink: impl Fn(P) -> Ink) {
        self.soft(shape, 1.0, 1.0, ink);
    }

    /// Fills a shape with an edge of some width, not quite opaque.
    pub(crate) fn soft(&mut self, shape: impl Fn(P) -> f32, edge: f32, opacity: f32, ink: impl Fn(P) -> Ink) {
        self.each(|p, under| match (0.5 - shape(p) / edge).clamp(0.0, 1.0) * opacity {
            0.0 => under,
            cover => under.mixed(ink(p), cover),
        });
    }

    /// Adds light that falls off around a point, wider than high by `aspect`.
    pub(crate) fn glow(&mut self, centre: P, radius: f32, aspect: f32, light: Ink) {
        self.each(|p, under| {
            let away = P((p.0 - centre.0) / aspect, p.1 - centre.1).length() / radius;
            under.plus(light.times((-away * away * 2.5).exp()))
        });
    }

    /// Lights what is there, so that dark things stay dark and pale ones shine.
    pub(crate) fn lit(&mut self, light: impl Fn(P) -> Ink) {
        self.each(|p, under| {
            let light = light(p);
            Ink(under.0 * (1.0 + light.0), under.1 * (1.0 + light.1), under.2 * (1.0 + light.2))
        });
    }

    /// The picture as bytes, three a pixel.
    ///
    /// Every third level of brightness is used, which halves the file; a grain too fine to see keeps the gradients from
    /// banding.
    pub(crate) fn develop(&self) -> Vec<u8> {
        const STEP: u8 = 3;
        const LEVELS: f32 = (u8::MAX / STEP) as f32;
        let byte = |light: f32, grain: f32| {
            let toned = 1.0 - (-light * 1.35).exp();
            (toned.max(0.0).powf(1.0 / 2.2) * LEVELS + grain).clamp(0.0, LEVELS) as u8 * STEP
        };
        let mut bytes = Vec::with_capacity(self.inks.len() * 3);
        for (i, ink) in self.inks.iter().enumerate() {
            // Four thresholds that repeat, where true noise would not compress.
            const PATTERN: [f32; 4] = [0.125, 0.625, 0.875, 0.375];
            let grain = PATTERN[i % self.width % 2 + i / self.width % 2 * 2];
            bytes.extend([byte(ink.0, grain), byte(ink.1, grain), byte(ink.2, grain)]);
        }
        bytes
    }
}
