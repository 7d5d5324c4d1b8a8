//! Pictures from outside, made safe to keep and to send on: decoded, turned upright, made smaller,
//! and written anew, so that nothing of the original file (EXIF with its places and names,
//! appended data, broken structures) remains.

#[cfg(test)]
mod tests;

use std::io::Cursor;

use image::{
    DynamicImage, ImageDecoder, ImageFormat, ImageReader, RgbImage,
    codecs::{jpeg::JpegEncoder, png::PngEncoder},
    imageops::FilterType,
    metadata::Orientation,
};
use sha2::{Digest, Sha256};
use thiserror::Error;

/// JPEG quality that shows no faults on a card.
const QUALITY: u8 = 85;
/// The qualities tried, in turn, to fit under a limit before the picture is made smaller.
const LESSER_QUALITIES: [u8; 2] = [75, 60];

/// The longest side below which a picture is not made smaller, in pixels.
const SMALLEST: u32 = 200;

/// What is taken in and what is made of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// The largest file, in bytes.
    pub max_bytes: usize,
    /// The most pixels, checked before anything is decoded.
    pub max_pixels: u64,
    /// The longest side of the result; larger pictures are made smaller.
    pub max_side: u32,
    /// The shortest width and height that are accepted.
    pub min_side: u32,
}

impl Limits {
    /// For link cards: at most 10 MB and 30 million pixels in, 2000 pixels a side out, and at least
    /// 200 x 200, below which the networks show no card.
    pub const CARD: Self = Self { max_bytes: 10_000_000, max_pixels: 30_000_000, max_side: 2_000, min_side: 200 };
}

/// A picture that Herald made itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    pub bytes: Vec<u8>,
    /// `image/jpeg` or `image/png`.
    pub content_type: &'static str,
    pub width: u32,
    pub height: u32,
    /// SHA-256 of `bytes`, in hexadecimal.
    pub sha256: String,
}

/// Why a picture is not taken. `Display` is a sentence for a curator.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum PictureError {
    #[error("The picture is larger than {} MB. Use a smaller file.", .0 / 1_000_000)]
    TooManyBytes(usize),
    #[error("The picture is {width} x {height} pixels, too large to open. Make it smaller.")]
    TooManyPixels { width: u32, height: u32 },
    #[error("The picture is {width} x {height} pixels; networks want at least {least} x {least}.")]
    TooSmall { width: u32, height: u32, least: u32 },
    #[error("Networks do not show SVG drawings. Use a JPEG or PNG picture.")]
    Svg,
    #[error("That is no JPEG, PNG, WebP or GIF picture.")]
    UnknownFormat,
    #[error("The picture is damaged and cannot be opened.")]
    Damaged,
    #[error("The picture cannot be made to fit into {0} bytes.")]
    DoesNotFit(usize),
}

impl PictureError {
    /// A stable name of the kind of error.
    pub fn code(&self) -> &'static str {
        match self {
            Self::TooManyBytes(_) => "picture_too_many_bytes",
            Self::TooManyPixels { .. } => "picture_too_many_pixels",
            Self::TooSmall { .. } => "picture_too_small",
            Self::Svg => "picture_svg",
            Self::UnknownFormat => "picture_unknown_format",
            Self::Damaged => "picture_damaged",
            Self::DoesNotFit(_) => "picture_does_not_fit",
        }
    }
}

/// Reads a picture and writes it anew as JPEG, or as PNG when it is see-through or smaller so.
/// Of a moving picture the first frame is kept. What the file says it is does not count, only
/// what it is.
///
/// This computes for up to a second: call it on a blocking thread.
///
/// # Errors
/// [`PictureError`] for what is too large, too small, damaged or no picture.
pub fn re_encode(bytes: &[u8], limits: Limits) -> Result<Picture, PictureError> {
    if bytes.len() > limits.max_bytes {
        return Err(PictureError::TooManyBytes(limits.max_bytes));
    }
    let format = format_of(bytes)?;
    let picture = decode(bytes, format, limits)?;
    let (width, height) = (picture.width(), picture.height());
    if width < limits.min_side || height < limits.min_side {
        let least = limits.min_side;
        return Err(PictureError::TooSmall { width, height, least });
    }
    let picture = within(picture, limits.max_side);
    if is_see_through(&picture) {
        return png(&picture);
    }
    let as_jpeg = jpeg(&picture.to_rgb8(), QUALITY)?;
    if matches!(format, ImageFormat::Png | ImageFormat::Gif) {
        // Drawings and screenshots are sharper, and often smaller, without loss.
        let as_png = png(&DynamicImage::ImageRgb8(picture.to_rgb8()))?;
        if as_png.bytes.len() <= as_jpeg.bytes.len() {
            return Ok(as_png);
        }
    }
    Ok(as_jpeg)
}

impl Picture {
    /// The same picture in at most so many bytes (Bluesky takes thumbnails up to 1,000,000), by
    /// lower quality first and fewer pixels then. What is see-through becomes white.
    ///
    /// # Errors
    /// [`PictureError::DoesNotFit`] when not even 200 pixels at the longest side would.
    pub fn fit_under(&self, bytes_limit: usize) -> Result<Picture, PictureError> {
        if self.bytes.len() <= bytes_limit {
            return Ok(self.clone());
        }
        let format = format_of(&self.bytes)?;
        let mut flat = on_white(&decode(&self.bytes, format, Limits::CARD)?);
        loop {
            let mut size = 0;
            for quality in LESSER_QUALITIES {
                let smaller = jpeg(&flat, quality)?;
                if smaller.bytes.len() <= bytes_limit {
                    return Ok(smaller);
                }
                size = smaller.bytes.len();
            }
            let longest = flat.width().max(flat.height());
            if longest <= SMALLEST {
                return Err(PictureError::DoesNotFit(bytes_limit));
            }
            // The size goes with the area; a little less, so that few rounds are needed.
            let shrink = (bytes_limit as f64 / size as f64).sqrt() * 0.95;
            let shorter = (f64::from(longest) * shrink) as u32;
            flat = within(DynamicImage::ImageRgb8(flat), shorter.max(SMALLEST)).to_rgb8();
        }
    }
}

fn format_of(bytes: &[u8]) -> Result<ImageFormat, PictureError> {
    match image::guess_format(bytes) {
        Ok(format @ (ImageFormat::Jpeg | ImageFormat::Png | ImageFormat::WebP | ImageFormat::Gif)) => Ok(format),
        _ if looks_like_svg(bytes) => Err(PictureError::Svg),
        _ => Err(PictureError::UnknownFormat),
    }
}

fn looks_like_svg(bytes: &[u8]) -> bool {
    let start = String::from_utf8_lossy(bytes.get(..1_000).unwrap_or(bytes)).to_lowercase();
    let start = start.trim_start_matches('\u{feff}').trim_start();
    start.starts_with('<') && start.contains("<svg")
}

fn decode(bytes: &[u8], format: ImageFormat, limits: Limits) -> Result<DynamicImage, PictureError> {
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    let mut memory = image::Limits::default();
    // Four bytes a pixel for the picture, twice that for decoders that need a second copy.
    memory.max_alloc = Some(limits.max_pixels * 12);
    reader.limits(memory);
    let mut decoder = reader.into_decoder().map_err(|_| PictureError::Damaged)?;
    let (width, height) = decoder.dimensions();
    if u64::from(width) * u64::from(height) > limits.max_pixels {
        return Err(PictureError::TooManyPixels { width, height });
    }
    let upright = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let mut picture = DynamicImage::from_decoder(decoder).map_err(|_| PictureError::Damaged)?;
    picture.apply_orientation(upright);
    Ok(picture)
}

/// The picture with no side longer than `side`, its shape kept.
fn within(picture: DynamicImage, side: u32) -> DynamicImage {
    if picture.width() <= side && picture.height() <= side {
        return picture;
    }
    picture.resize(side, side, FilterType::CatmullRom)
}

fn is_see_through(picture: &DynamicImage) -> bool {
    picture.color().has_alpha() && picture.to_rgba8().pixels().any(|pixel| alpha(*pixel) < 255)
}

fn alpha(pixel: image::Rgba<u8>) -> u8 {
    let [.., alpha] = pixel.0;
    alpha
}

fn on_white(picture: &DynamicImage) -> RgbImage {
    let mut flat = picture.to_rgb8();
    if picture.color().has_alpha() {
        for (under, over) in flat.pixels_mut().zip(picture.to_rgba8().pixels()) {
            let alpha = u32::from(alpha(*over));
            for channel in &mut under.0 {
                let mixed = (u32::from(*channel) * alpha + 255 * (255 - alpha)) / 255;
                *channel = u8::try_from(mixed).unwrap_or(255);
            }
        }
    }
    flat
}

fn jpeg(picture: &RgbImage, quality: u8) -> Result<Picture, PictureError> {
    let mut bytes = Vec::new();
    picture.write_with_encoder(JpegEncoder::new_with_quality(&mut bytes, quality)).map_err(|_| PictureError::Damaged)?;
    Ok(finished(bytes, "image/jpeg", picture.width(), picture.height()))
}

fn png(picture: &DynamicImage) -> Result<Picture, PictureError> {
    let mut bytes = Vec::new();
    // Eight bits a channel are all that networks show.
    let eight =
        if picture.color().has_alpha() { DynamicImage::ImageRgba8(picture.to_rgba8()) } else { DynamicImage::ImageRgb8(picture.to_rgb8()) };
    eight.write_with_encoder(PngEncoder::new(&mut bytes)).map_err(|_| PictureError::Damaged)?;
    Ok(finished(bytes, "image/png", eight.width(), eight.height()))
}

fn finished(bytes: Vec<u8>, content_type: &'static str, width: u32, height: u32) -> Picture {
    let sha256 = Sha256::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect();
    Picture { sha256, bytes, content_type, width, height }
}
