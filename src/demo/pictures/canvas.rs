//! A small painter of flat shapes with smooth edges, given as signed distances.
//!
//! A shape is a function from a point to its distance from the edge (negative inside) that never
//! changes faster than the point moves. A row is therefore not walked pixel by pixel: far from an edge
//! the distance itself says how many pixels can be skipped or filled at once.

/// A colour as red, green and blue.
pub type Colour = [u8; 3];

/// Steps of softness at an edge: few, because each is one more colour for the encoder to write down.
const SHADES: f32 = 4.0;

/// A rectangle of pixels, three bytes each, row after row.
pub struct Canvas {
    width: usize,
    height: usize,
    pixels: Vec<u8>,
}

impl Canvas {
    /// A canvas of the given size in pixels, filled with one colour.
    pub fn new(width: usize, height: usize, paper: Colour) -> Self {
        Self { width, height, pixels: paper.repeat(width * height) }
    }

    /// The finished pixels: red, green, blue, from the top left corner.
    pub fn into_pixels(self) -> Vec<u8> {
        self.pixels
    }

    /// Paints every point where `distance(x, y)` is negative; the edge is one pixel soft.
    /// `distance` must be a signed distance in pixels or a cautious estimate of one.
    pub fn paint(&mut self, colour: Colour, distance: impl Fn(f32, f32) -> f32) {
        let (w, h) = self.size();
        self.paint_within(colour, (0.0, 0.0), (w, h), distance);
    }

    /// Like [`Canvas::paint`], but looks only at the rectangle from `low` to `high`.
    pub fn paint_within(&mut self, colour: Colour, low: (f32, f32), high: (f32, f32), distance: impl Fn(f32, f32) -> f32) {
        let (left, right) = span(low.0, high.0, self.width);
        let (top, bottom) = span(low.1, high.1, self.height);
        let rows = self.pixels.chunks_exact_mut(self.width * 3).enumerate();
        for (row, line) in rows.take(bottom).skip(top) {
            let y = row as f32 + 0.5;
            let mut column = left;
            while column < right {
                let d = distance(column as f32 + 0.5, y);
                let run = (d.abs() - 0.5).floor().max(1.0) as usize;
                let end = column.saturating_add(run).min(right);
                if d < 0.5 {
                    let cover = ((0.5 - d).min(1.0) * SHADES).round() / SHADES;
                    if let Some(part) = line.get_mut(column * 3..end * 3) {
                        blend(part, colour, cover);
                    }
                }
                column = end;
            }
        }
    }

    /// A filled circle.
    pub fn disc(&mut self, colour: Colour, centre: (f32, f32), radius: f32) {
        let (low, high) = grown(centre, centre, radius);
        self.paint_within(colour, low, high, |x, y| disc(x, y, centre, radius));
    }

    /// A circle's line of the given thickness, its middle at `radius`.
    pub fn ring(&mut self, colour: Colour, centre: (f32, f32), radius: f32, thick: f32) {
        let (low, high) = grown(centre, centre, radius + thick);
        self.paint_within(colour, low, high, |x, y| ring(x, y, centre, radius, thick));
    }

    /// A straight line with round ends.
    pub fn line(&mut self, colour: Colour, from: (f32, f32), to: (f32, f32), thick: f32) {
        let low = (from.0.min(to.0), from.1.min(to.1));
        let high = (from.0.max(to.0), from.1.max(to.1));
        let (low, high) = grown(low, high, thick);
        self.paint_within(colour, low, high, |x, y| line(x, y, from, to) - thick / 2.0);
    }

    /// A rectangle from its top left corner, with its corners rounded.
    pub fn block(&mut self, colour: Colour, at: (f32, f32), size: (f32, f32), round: f32) {
        let (low, high) = grown(at, (at.0 + size.0, at.1 + size.1), 0.0);
        self.paint_within(colour, low, high, |x, y| block(x, y, at, size, round));
    }

    /// A convex polygon, corners in clockwise order as seen on the screen.
    pub fn polygon(&mut self, colour: Colour, corners: &[(f32, f32)]) {
        let first = corners.first().copied().unwrap_or_default();
        let (low, high) = corners.iter().fold((first, first), |(low, high), at| {
            let low = (low.0.min(at.0), low.1.min(at.1));
            (low, (high.0.max(at.0), high.1.max(at.1)))
        });
        let (low, high) = grown(low, high, 0.0);
        self.paint_within(colour, low, high, |x, y| polygon(x, y, corners));
    }

    /// Everything below the curve `height(x)`, whose slope is at most `steepest` (pixels per pixel).
    pub fn below(&mut self, colour: Colour, steepest: f32, height: impl Fn(f32) -> f32) {
        let cautious = (1.0 + steepest * steepest).sqrt();
        self.paint(colour, |x, y| (height(x) - y) / cautious);
    }

    /// Width and height in pixels.
    pub fn size(&self) -> (f32, f32) {
        (self.width as f32, self.height as f32)
    }
}

/// A rectangle grown by `by` and one pixel for the soft edge.
fn grown(low: (f32, f32), high: (f32, f32), by: f32) -> ((f32, f32), (f32, f32)) {
    let by = by + 1.0;
    ((low.0 - by, low.1 - by), (high.0 + by, high.1 + by))
}

/// The whole pixels from `low` to `high` that lie on a side of `length` pixels.
fn span(low: f32, high: f32, length: usize) -> (usize, usize) {
    (low.floor().max(0.0) as usize, (high.ceil().max(0.0) as usize).min(length))
}

fn blend(part: &mut [u8], colour: Colour, cover: f32) {
    for pixel in part.chunks_exact_mut(3) {
        if cover >= 1.0 {
            pixel.copy_from_slice(&colour);
            continue;
        }
        for (under, over) in pixel.iter_mut().zip(colour) {
            let under_part = f32::from(*under) * (1.0 - cover);
            *under = (under_part + f32::from(over) * cover).round() as u8;
        }
    }
}

/// Signed distance from a circle.
pub fn disc(x: f32, y: f32, (cx, cy): (f32, f32), radius: f32) -> f32 {
    (x - cx).hypot(y - cy) - radius
}

/// Signed distance from a ring.
pub fn ring(x: f32, y: f32, centre: (f32, f32), radius: f32, thick: f32) -> f32 {
    disc(x, y, centre, radius).abs() - thick / 2.0
}

/// Distance from a line segment (never negative).
pub fn line(x: f32, y: f32, (ax, ay): (f32, f32), (bx, by): (f32, f32)) -> f32 {
    let (dx, dy) = (bx - ax, by - ay);
    let along = ((x - ax) * dx + (y - ay) * dy) / (dx * dx + dy * dy).max(f32::EPSILON);
    let t = along.clamp(0.0, 1.0);
    (x - ax - t * dx).hypot(y - ay - t * dy)
}

/// Signed distance from a rectangle with rounded corners.
pub fn block(x: f32, y: f32, at: (f32, f32), size: (f32, f32), round: f32) -> f32 {
    let dx = (x - at.0 - size.0 / 2.0).abs() - size.0 / 2.0 + round;
    let dy = (y - at.1 - size.1 / 2.0).abs() - size.1 / 2.0 + round;
    dx.max(0.0).hypot(dy.max(0.0)) + dx.max(dy).min(0.0) - round
}

/// Signed distance (cautious outside the corners) from a convex polygon.
pub fn polygon(x: f32, y: f32, corners: &[(f32, f32)]) -> f32 {
    let next = corners.iter().cycle().skip(1);
    let edges = corners.iter().zip(next);
    edges.fold(f32::MIN, |worst, (a, b)| {
        let (dx, dy) = (b.0 - a.0, b.1 - a.1);
        let outside = ((x - a.0) * -dy + (y - a.1) * dx) / dx.hypot(dy).max(f32::EPSILON);
        worst.max(-outside)
    })
}
