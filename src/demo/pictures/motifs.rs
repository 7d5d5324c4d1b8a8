//! The twelve compositions. Each paints over a canvas that already has the palette's ground colour.

use super::canvas::{self, Canvas};
use super::{Chance, Palette};
use std::f32::consts::{FRAC_PI_2, PI};

/// Supply and return lines that run beside each other and bend once.
pub(super) fn pipes(c: &mut Canvas, p: Palette, chance: &mut Chance) {
    let (w, h) = c.size();
    let bend = chance.between(430.0, 700.0);
    let centre = (bend, 90.0);
    let colours = [p.quiet, p.calm, p.strong, p.deep, p.spark];
    c.disc(p.quiet, (bend + 330.0, h * 0.36), 150.0);
    for (lane, colour) in colours.into_iter().enumerate().skip(1) {
        let radius = 60.0 + lane as f32 * 78.0;
        let y = centre.1 + radius;
        c.line(colour, (-40.0, y), (bend, y), 44.0);
        c.paint(colour, |px, py| canvas::ring(px, py, centre, radius, 44.0).max(bend - px).max(centre.1 - py));
        c.line(colour, (bend + radius, centre.1), (bend + radius, -40.0), 44.0);
    }
    let valve = chance.between(120.0, bend - 60.0);
    c.disc(p.ground, (valve, 384.0), 54.0);
    c.ring(p.deep, (valve, 384.0), 46.0, 14.0);
    c.line(p.spark, (valve - 18.0, 402.0), (valve + 18.0, 366.0), 14.0);
    c.line(p.calm, (-40.0, h - 60.0), (w + 40.0, h - 60.0), 6.0);
}

/// Two families of rings, a cold one and a warm one, that meet in the middle.
pub(super) fn exchange(c: &mut Canvas, p: Palette, chance: &mut Chance) {
    let (w, h) = c.size();
    let lift = chance.between(-70.0, 70.0);
    let (left, right) = ((w * 0.27, h / 2.0 + lift), (w * 0.73, h / 2.0 - lift));
    c.paint(p.quiet, |x, _| x - w / 2.0);
    for step in (1..8).rev() {
        let radius = step as f32 * 58.0 - 20.0;
        let (cold, warm) = if step % 2 == 0 { (p.strong, p.spark) } else { (p.quiet, p.ground) };
        c.paint(cold, |x, y| canvas::disc(x, y, left, radius).max(x - w / 2.0));
        c.paint(warm, |x, y| canvas::disc(x, y, right, radius).max(w / 2.0 - x));
    }
    c.disc(p.deep, left, 30.0);
    c.disc(p.deep, right, 30.0);
    c.line(p.deep, (w / 2.0, -20.0), (w / 2.0, h + 20.0), 10.0);
}

/// Lines of code as rounded bars with indents; one of them is being looked at.
pub(super) fn code(c: &mut Canvas, p: Palette, chance: &mut Chance) {
    let (_, h) = c.size();
    c.block(p.quiet, (110.0, 70.0), (980.0, h - 140.0), 28.0);
    let looked_at = 2 + chance.below(4);
    for row in 0..8 {
        let y = 118.0 + row as f32 * 52.0;
        let depth = [0, 1, 2, 2, 1, 2, 1, 0].get(row).copied().unwrap_or(0) as f32;
        let mut x = 170.0 + depth * 64.0;
        if row == looked_at {
            c.block(p.ground, (134.0, y - 14.0), (932.0, 54.0), 14.0);
            c.block(p.spark, (134.0, y - 14.0), (10.0, 54.0), 5.0);
        }
        for word in 0..(2 + chance.below(3)) {
            let width = chance.between(70.0, 210.0);
            let colour = match (word, row == looked_at) {
                (0, _) => p.strong,
                (1, true) => p.spark,
                (_, true) => p.deep,
                _ => p.calm,
            };
            c.block(colour, (x, y), (width, 26.0), 13.0);
            x += width + 22.0;
        }
    }
}

/// Bars of what was measured and a fan of what is expected.
pub(super) fn forecast(c: &mut Canvas, p: Palette, chance: &mut Chance) {
    let (w, h) = c.size();
    let phase = chance.between(0.0, PI);
    let trend = move |x: f32| 360.0 - x * 0.12 + (x * 0.008 + phase).sin() * 70.0;
    let now = w * 0.58;
    for (spread, colour) in [(0.34, p.quiet), (0.17, p.calm)] {
        c.paint(colour, |x, y| {
            let half = (x - now).max(0.0) * spread;
            (((y - trend(x)).abs() - half) / 1.4).max(now - x)
        });
    }
    for bar in 0..13 {
        let x = 50.0 + bar as f32 * 49.0;
        let top = trend(x) + chance.between(-26.0, 26.0);
        let colour = if bar == 12 { p.spark } else { p.strong };
        c.block(colour, (x, top), (32.0, h - 60.0 - top), 8.0);
    }
    let points: Vec<f32> = (0..=24).map(|i| now + i as f32 * 22.0).collect();
    for pair in points.windows(2) {
        if let [a, b] = *pair {
            c.line(p.deep, (a, trend(a)), (b, trend(b)), 9.0);
        }
    }
    c.disc(p.spark, (now, trend(now)), 20.0);
    c.line(p.deep, (30.0, h - 60.0), (w - 30.0, h - 60.0), 6.0);
}

/// Rings of hexagons around a keyhole.
pub(super) fn shield(c: &mut Canvas, p: Palette, chance: &mut Chance) {
    let (w, h) = c.size();
    let centre = (w * chance.between(0.38, 0.62), h / 2.0);
    for (step, colour) in [p.quiet, p.calm, p.strong, p.ground, p.deep].into_iter().enumerate() {
        let radius = 470.0 - step as f32 * 84.0;
        c.polygon(colour, &around(centre, radius, 6, FRAC_PI_2 / 3.0));
    }
    c.disc(p.spark, (centre.0, centre.1 - 18.0), 30.0);
    let foot = centre.1 + 62.0;
    c.polygon(
        p.spark,
        &[(centre.0 - 10.0, centre.1 - 10.0), (centre.0 + 10.0, centre.1 - 10.0), (centre.0 + 24.0, foot), (centre.0 - 24.0, foot)],
    );
}

/// A street of gabled houses, one window lit.
pub(super) fn town(c: &mut Canvas, p: Palette, chance: &mut Chance) {
    let (w, h) = c.size();
    c.disc(p.spark, (w * chance.between(0.2, 0.8), 150.0), 82.0);
    let lit = chance.below(6);
    let colours = [p.strong, p.calm, p.deep, p.quiet, p.strong, p.deep];
    for (house, colour) in colours.into_iter().enumerate() {
        let x = 30.0 + house as f32 * 192.0;
        let top = chance.between(250.0, 380.0);
        let width = 180.0;
        c.polygon(colour, &[(x, top), (x + width / 2.0, top - 92.0), (x + width, top), (x + width, h - 70.0), (x, h - 70.0)]);
        for window in 0..4 {
            let at = (x + 36.0 + (window % 2) as f32 * 66.0, top + 24.0 + (window / 2) as f32 * 74.0);
            let glow = if house == lit && window == 1 { p.spark } else { p.ground };
            c.block(glow, at, (42.0, 48.0), 6.0);
        }
    }
    c.block(p.deep, (0.0, h - 70.0), (w, 70.0), 0.0);
    c.line(p.spark, (-20.0, h - 34.0), (w * 0.62, h - 34.0), 10.0);
    c.line(p.calm, (w * 0.62, h - 34.0), (w + 20.0, h - 34.0), 10.0);
}

/// Archways that grow from left to right; light falls out of one.
pub(super) fn doors(c: &mut Canvas, p: Palette, chance: &mut Chance) {
    let (w, h) = c.size();
    let open = 1 + chance.below(4);
    c.block(p.quiet, (0.0, h - 90.0), (w, 90.0), 0.0);
    for door in 0..5 {
        let x = 70.0 + door as f32 * 218.0;
        let top = 330.0 - door as f32 * 46.0;
        let colour = if door == open {
            p.spark
        } else if door % 2 == 0 {
            p.strong
        } else {
            p.calm
        };
        let (width, floor) = (168.0, h - 90.0);
        c.disc(colour, (x + width / 2.0, top), width / 2.0);
        c.block(colour, (x, top), (width, floor - top), 0.0);
        if door == open {
            let floor_light = [(x, floor), (x + width, floor), (x + width + 90.0, h), (x + 60.0, h)];
            c.polygon(p.spark, &floor_light);
        } else {
            c.disc(p.ground, (x + width - 28.0, floor - 120.0), 9.0);
        }
    }
    c.line(p.deep, (-20.0, h - 90.0), (w + 20.0, h - 90.0), 6.0);
}

/// A quilt of quarter circles.
pub(super) fn mosaic(c: &mut Canvas, p: Palette, chance: &mut Chance) {
    let tile = 157.0;
    let colours = [p.quiet, p.calm, p.strong, p.deep, p.spark];
    for place in 0..32 {
        let (x, y) = ((place % 8) as f32 * tile - 28.0, (place / 8) as f32 * tile);
        let back = colours.get(chance.below(3)).copied().unwrap_or(p.quiet);
        let front = colours.get(2 + chance.below(3)).copied().unwrap_or(p.deep);
        c.block(back, (x, y), (tile, tile), 0.0);
        let corner = chance.below(5);
        let centre = (x + (corner % 2) as f32 * tile, y + (corner / 2 % 2) as f32 * tile);
        let radius = if corner == 4 { tile * 0.32 } else { tile };
        let middle = if corner == 4 { (x + tile / 2.0, y + tile / 2.0) } else { centre };
        c.paint_within(front, (x, y), (x + tile, y + tile), |px, py| canvas::disc(px, py, middle, radius));
    }
}

/// Rays over a stage, with rows of heads before it.
pub(super) fn stage(c: &mut Canvas, p: Palette, chance: &mut Chance) {
    let (w, h) = c.size();
    let source = (w * chance.between(0.35, 0.65), 330.0);
    for ray in 0..15 {
        let angle = PI + ray as f32 * PI / 14.0;
        let colour = if ray % 2 == 0 { p.quiet } else { p.calm };
        let far = (source.0 + angle.cos() * 900.0, source.1 + angle.sin() * 900.0);
        let near = (source.0 + angle.cos() * 190.0, source.1 + angle.sin() * 190.0);
        c.line(colour, near, far, 46.0);
    }
    c.disc(p.spark, source, 140.0);
    for row in 0..3 {
        let y = 450.0 + row as f32 * 84.0;
        let colour = [p.calm, p.strong, p.deep].get(row).copied().unwrap_or(p.deep);
        c.block(colour, (0.0, y), (w, h - y), 0.0);
        for head in 0..13 {
            let x = head as f32 * 104.0 - 20.0 + (row % 2) as f32 * 52.0;
            c.disc(colour, (x, y - 6.0), 38.0);
        }
    }
}

/// A colonnade under a beam; one column is still being raised.
pub(super) fn columns(c: &mut Canvas, p: Palette, chance: &mut Chance) {
    let (w, h) = c.size();
    let unfinished = 1 + chance.below(5);
    c.block(p.quiet, (90.0, 0.0), (w - 180.0, h), 0.0);
    c.block(p.deep, (90.0, 96.0), (w - 180.0, 46.0), 0.0);
    c.block(p.strong, (130.0, 142.0), (w - 260.0, 22.0), 0.0);
    for column in 0..7 {
        let x = 160.0 + column as f32 * 137.0;
        let raised = column != unfinished;
        let top = if raised { 190.0 } else { 372.0 };
        let colour = if raised { p.strong } else { p.spark };
        c.block(colour, (x, top), (62.0, h - 120.0 - top), 0.0);
        c.line(p.quiet, (x + 31.0, top + 14.0), (x + 31.0, h - 134.0), 8.0);
        if raised {
            c.block(p.deep, (x - 14.0, 164.0), (90.0, 26.0), 6.0);
        }
    }
    for step in 0..3 {
        let inset = 90.0 - step as f32 * 45.0;
        let y = h - 120.0 + step as f32 * 40.0;
        let colour = [p.calm, p.strong, p.deep].get(step).copied().unwrap_or(p.deep);
        c.block(colour, (inset, y), (w - 2.0 * inset, 41.0), 0.0);
    }
}

/// A low sun over rolling land.
pub(super) fn hills(c: &mut Canvas, p: Palette, chance: &mut Chance) {
    let (w, _) = c.size();
    let sun = (w * chance.between(0.22, 0.78), 250.0);
    c.disc(p.quiet, sun, 210.0);
    c.disc(p.spark, sun, 130.0);
    for (layer, colour) in [p.calm, p.quiet, p.strong, p.deep].into_iter().enumerate() {
        let base = 300.0 + layer as f32 * 82.0;
        let phase = chance.between(0.0, 2.0 * PI);
        let wide = chance.between(0.0042, 0.0062);
        let tall = 58.0 - layer as f32 * 8.0;
        c.below(colour, tall * wide * 1.8, move |x| base + (x * wide + phase).sin() * tall + (x * wide * 2.0 + phase).cos() * tall * 0.4);
    }
}

/// A field of cubes seen from above, a few of them raised.
pub(super) fn cubes(c: &mut Canvas, p: Palette, chance: &mut Chance) {
    let side = 118.0;
    let (dx, dy) = (side * 0.866, side * 0.5);
    let chosen = [chance.below(24), 24 + chance.below(24)];
    for place in 0..63 {
        let (column, row) = ((place % 9) as f32, (place / 9) as f32);
        let x = column * 2.0 * dx + (row % 2.0) * dx - 40.0;
        let raised = chosen.contains(&place) || chance.below(7) == 0;
        let y = row * side * 1.5 - 120.0 + if raised { 0.0 } else { 40.0 };
        let top = if chosen.contains(&place) { p.spark } else { p.quiet };
        let depth = side * 1.6;
        let (l, r, m) = (x - dx, x + dx, y + 2.0 * dy);
        c.polygon(top, &[(x, y), (r, y + dy), (x, m), (l, y + dy)]);
        c.polygon(p.calm, &[(l, y + dy), (x, m), (x, m + depth), (l, y + dy + depth)]);
        c.polygon(p.strong, &[(x, m), (r, y + dy), (r, y + dy + depth), (x, m + depth)]);
    }
}

/// The corners of a regular polygon, clockwise on the screen.
fn around(centre: (f32, f32), radius: f32, corners: usize, turn: f32) -> Vec<(f32, f32)> {
    (0..corners)
        .map(|corner| {
            let angle = turn + corner as f32 * 2.0 * PI / corners as f32;
            (centre.0 + angle.cos() * radius, centre.1 + angle.sin() * radius)
        })
        .collect()
}
