#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

use image::{ImageBuffer, Rgb, Rgba};

use super::*;

/// A picture that does not compress well.
fn noisy(width: u32, height: u32) -> RgbImage {
    let mut state = 1_u32;
    ImageBuffer::from_fn(width, height, |_, _| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        Rgb([(state >> 24) as u8, (state >> 16) as u8, (state >> 8) as u8])
    })
}

fn written(picture: &DynamicImage, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    picture.write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

/// Puts an EXIF block with this orientation, and a name to find again, behind the start of a JPEG.
fn with_exif(jpeg: &[u8], orientation: u8) -> Vec<u8> {
    let mut exif = b"Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0".to_vec();
    exif.extend([orientation, 0, 0, 0, 0, 0, 0]);
    exif.extend(b"SecretPlace");
    let mut out = jpeg[..2].to_vec();
    out.extend([0xff, 0xe1]);
    out.extend(u16::try_from(exif.len() + 2).unwrap().to_be_bytes());
    out.extend(exif);
    out.extend(&jpeg[2..]);
    out
}

#[test]
fn a_photo_is_turned_upright_and_forgets_where_it_was_taken() {
    let photo = DynamicImage::ImageRgb8(noisy(400, 300));
    let file = with_exif(&written(&photo, ImageFormat::Jpeg), 6);
    assert!(file.windows(11).any(|w| w == b"SecretPlace"));
    let picture = re_encode(&file, Limits::CARD).unwrap();
    assert_eq!((picture.width, picture.height, picture.content_type), (300, 400, "image/jpeg"));
    assert!(!picture.bytes.windows(4).any(|w| w == b"Exif" || w == b"Secr"));
    assert_eq!(picture.sha256.len(), 64);
}

#[test]
fn large_pictures_are_made_smaller_and_fit_under_the_limit_of_bluesky() {
    let large = written(&DynamicImage::ImageRgb8(noisy(2100, 1050)), ImageFormat::Png);
    let limits = Limits { max_bytes: 20_000_000, ..Limits::CARD };
    let picture = re_encode(&large, limits).unwrap();
    assert_eq!((picture.width, picture.height), (2000, 1000));
    assert!(picture.bytes.len() > 1_000_000, "{}", picture.bytes.len());
    let thumb = picture.fit_under(1_000_000).unwrap();
    assert!(thumb.bytes.len() <= 1_000_000 && thumb.width.abs_diff(2 * thumb.height) <= 1);
    assert_eq!(thumb.fit_under(1_000_000).unwrap(), thumb);
    assert_eq!(picture.fit_under(500).unwrap_err(), PictureError::DoesNotFit(500));
}

#[test]
fn drawings_stay_sharp_and_see_through_pictures_stay_so() {
    let flat = DynamicImage::ImageRgb8(ImageBuffer::from_pixel(300, 300, Rgb([9, 9, 200])));
    for format in [ImageFormat::Png, ImageFormat::Gif] {
        assert_eq!(re_encode(&written(&flat, format), Limits::CARD).unwrap().content_type, "image/png");
    }
    assert_eq!(re_encode(&written(&flat, ImageFormat::WebP), Limits::CARD).unwrap().content_type, "image/jpeg");
    let glass = DynamicImage::ImageRgba8(ImageBuffer::from_fn(900, 900, |x, y| {
        Rgba([(x * y % 251) as u8, (x * 7 + y * 13) as u8, (x ^ y) as u8, if x < 450 { 0 } else { 255 }])
    }));
    let kept = re_encode(&written(&glass, ImageFormat::Png), Limits::CARD).unwrap();
    assert_eq!(kept.content_type, "image/png");
    let thumb = kept.fit_under(kept.bytes.len() - 1).unwrap();
    let white = image::load_from_memory(&thumb.bytes).unwrap().to_rgb8();
    assert!(white.get_pixel(10, 10).0.iter().all(|&c| c > 245));
}

#[test]
fn what_is_no_usable_picture_is_refused_with_a_reason() {
    let refused = |bytes: &[u8]| re_encode(bytes, Limits::CARD).unwrap_err().code();
    let small = written(&DynamicImage::ImageRgb8(noisy(300, 199)), ImageFormat::Png);
    let error = re_encode(&small, Limits::CARD).unwrap_err();
    assert_eq!(error.to_string(), "The picture is 300 x 199 pixels; networks want at least 200 x 200.");
    assert!(re_encode(&small, Limits { min_side: 1, ..Limits::CARD }).is_ok());
    assert_eq!(refused(b"<?xml version='1.0'?>\n<svg xmlns='http://www.w3.org/2000/svg'/>"), "picture_svg");
    assert_eq!(refused(b"<svg onload='x()'/>"), "picture_svg");
    assert_eq!(refused(b"<html>"), "picture_unknown_format");
    assert_eq!(refused(b""), "picture_unknown_format");
    assert_eq!(refused(b"BM000000000000"), "picture_unknown_format");
    assert_eq!(refused(&vec![0; 10_000_001]), "picture_too_many_bytes");
}

/// A PNG of a few bytes that says it is 60000 x 60000 pixels.
#[test]
fn a_picture_bomb_is_refused_before_it_is_opened() {
    let mut bomb = written(&DynamicImage::ImageRgb8(noisy(4, 4)), ImageFormat::Png);
    bomb[16..24].copy_from_slice(&[0, 0, 0xea, 0x60, 0, 0, 0xea, 0x60]);
    let checksum = crc(&bomb[12..29]);
    bomb[29..33].copy_from_slice(&checksum.to_be_bytes());
    let error = re_encode(&bomb, Limits::CARD).unwrap_err();
    assert_eq!(error, PictureError::TooManyPixels { width: 60_000, height: 60_000 });
}

fn crc(bytes: &[u8]) -> u32 {
    !bytes
        .iter()
        .fold(!0, |crc: u32, &byte| (0..8).fold(crc ^ u32::from(byte), |c, _| if c & 1 == 1 { c >> 1 ^ 0xedb8_8320 } else { c >> 1 }))
}

#[test]
fn damaged_pictures_never_panic() {
    let photo = DynamicImage::ImageRgb8(noisy(220, 210));
    for format in [ImageFormat::Jpeg, ImageFormat::Png, ImageFormat::WebP, ImageFormat::Gif] {
        let whole = written(&photo, format);
        for part in 1..20 {
            let _either = re_encode(&whole[..whole.len() * part / 20], Limits::CARD);
            let mut changed = whole.clone();
            let at = whole.len() * part / 20;
            changed[at] ^= 0x55;
            let _either = re_encode(&changed, Limits::CARD);
        }
    }
}
