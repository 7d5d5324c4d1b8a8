//! The cover pictures of the demo company: flat geometric compositions, one motif a topic, drawn in
//! code so that the binary carries no picture files. The same motif and seed give the same bytes.

mod canvas;
mod motifs;

use canvas::{Canvas, Colour};
use image::codecs::png::{CompressionType, FilterType, PngEncoder};
use image::{ExtendedColorType, ImageEncoder, ImageError};

/// Width of a card picture in pixels (the shape that link cards use, 1.91 to 1).
pub const WIDTH: u32 = 1200;
/// Height of a card picture in pixels.
pub const HEIGHT: u32 = 627;

const INK: Colour = [0x1d, 0x2b, 0x3a];
const NIGHT: Colour = [0x16, 0x3f, 0x50];
const PETROL: Colour = [0x17, 0x67, 0x72];
const MIST: Colour = [0xc9, 0xdd, 0xdb];
const PAPER: Colour = [0xf7, 0xf4, 0xee];
const SAND: Colour = [0xea, 0xdd, 0xc7];
const AMBER: Colour = [0xe9, 0xb1, 0x4c];
const EMBER: Colour = [0xd9, 0x6c, 0x45];
const ROSE: Colour = [0xe3, 0xb5, 0xa4];
const MOSS: Colour = [0x6f, 0x8f, 0x6b];

/// The colours of one picture: the ground, two quiet tones, two strong ones and a spark.
#[derive(Clone, Copy)]
struct Palette {
    ground: Colour,
    quiet: Colour,
    calm: Colour,
    strong: Colour,
    deep: Colour,
    spark: Colour,
}

const PALETTES: [Palette; 4] = [
    Palette { ground: PAPER, quiet: SAND, calm: MIST, strong: PETROL, deep: NIGHT, spark: EMBER },
    Palette { ground: NIGHT, quiet: PETROL, calm: MOSS, strong: MIST, deep: PAPER, spark: AMBER },
    Palette { ground: SAND, quiet: PAPER, calm: ROSE, strong: PETROL, deep: INK, spark: EMBER },
    Palette { ground: MIST, quiet: PAPER, calm: MOSS, strong: PETROL, deep: INK, spark: AMBER },
];

/// What a picture shows; each topic of the demo library has its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Motif {
    Pipes,
    Exchange,
    Code,
    Forecast,
    Shield,
    Town,
    Doors,
    Mosaic,
    Stage,
    Columns,
    Hills,
    Cubes,
}

impl Motif {
    /// Every motif, in the order of the demo topics.
    pub const ALL: [Self; 12] = [
        Self::Pipes,
        Self::Exchange,
        Self::Code,
        Self::Forecast,
        Self::Shield,
        Self::Town,
        Self::Doors,
        Self::Mosaic,
        Self::Stage,
        Self::Columns,
        Self::Hills,
        Self::Cubes,
    ];

    /// The key under which `library.json` names this motif.
    pub fn key(self) -> &'static str {
        match self {
            Self::Pipes => "pipes",
            Self::Exchange => "exchange",
            Self::Code => "code",
            Self::Forecast => "forecast",
            Self::Shield => "shield",
            Self::Town => "town",
            Self::Doors => "doors",
            Self::Mosaic => "mosaic",
            Self::Stage => "stage",
            Self::Columns => "columns",
            Self::Hills => "hills",
            Self::Cubes => "cubes",
        }
    }

    /// The motif of a key, or none for an unknown key.
    pub fn from_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|motif| motif.key() == key)
    }
}

/// Draws a card picture of 1200 by 627 pixels and returns it as PNG (below 60 kB).
/// `seed` varies colours and positions; equal arguments give equal bytes.
///
/// # Errors
/// Only what the PNG encoder reports.
pub fn draw(motif: Motif, seed: u64) -> Result<Vec<u8>, ImageError> {
    let place = Motif::ALL.iter().position(|other| *other == motif).unwrap_or(0);
    let mut chance = Chance(seed.wrapping_mul(0x9e37_79b9).wrapping_add(place as u64 + 1));
    let turn = (place as u64).wrapping_add(seed) % PALETTES.len() as u64;
    let palette = PALETTES.iter().cycle().nth(turn as usize).copied();
    let Some(p) = palette else { return Ok(Vec::new()) };
    let mut c = Canvas::new(WIDTH as usize, HEIGHT as usize, p.ground);
    match motif {
        Motif::Pipes => motifs::pipes(&mut c, p, &mut chance),
        Motif::Exchange => motifs::exchange(&mut c, p, &mut chance),
        Motif::Code => motifs::code(&mut c, p, &mut chance),
        Motif::Forecast => motifs::forecast(&mut c, p, &mut chance),
        Motif::Shield => motifs::shield(&mut c, p, &mut chance),
        Motif::Town => motifs::town(&mut c, p, &mut chance),
        Motif::Doors => motifs::doors(&mut c, p, &mut chance),
        Motif::Mosaic => motifs::mosaic(&mut c, p, &mut chance),
        Motif::Stage => motifs::stage(&mut c, p, &mut chance),
        Motif::Columns => motifs::columns(&mut c, p, &mut chance),
        Motif::Hills => motifs::hills(&mut c, p, &mut chance),
        Motif::Cubes => motifs::cubes(&mut c, p, &mut chance),
    }
    let mut png = Vec::new();
    PngEncoder::new_with_quality(&mut png, CompressionType::Level(2), FilterType::NoFilter).write_image(
        &c.into_pixels(),
        WIDTH,
        HEIGHT,
        ExtendedColorType::Rgb8,
    )?;
    Ok(png)
}

/// A repeatable source of chance (the splitmix64 sequence), so that pictures need no outer state.
struct Chance(u64);

impl Chance {
    /// A number from `low` up to `high`.
    fn between(&mut self, low: f32, high: f32) -> f32 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        let unit = ((z ^ (z >> 31)) >> 40) as f32 / (1u64 << 24) as f32;
        low + unit * (high - low)
    }

    /// A whole number from 0 up to, but not including, `end`.
    fn below(&mut self, end: usize) -> usize {
        (self.between(0.0, end as f32) as usize).min(end.saturating_sub(1))
    }
}

#[cfg(test)]
mod tests;
