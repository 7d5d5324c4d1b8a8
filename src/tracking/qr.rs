//! A short link as a QR code, for slides, badges and posters.

use qrcode::{EcLevel, QrCode, render::svg, types::QrError};

/// Pixels of one module at the drawing's own size; as SVG it scales without loss.
const MODULE: u32 = 8;

/// The link as an SVG drawing in black on white, with the quiet zone of four modules that scanners need
/// and a title for screen readers. It has no style attribute and no script, so it can stand in a page
/// under a strict content policy. A seventh of the code may be covered or dirty (error level M).
///
/// # Errors
/// When the link is too long for a QR code (over 2,331 bytes).
pub fn qr_svg(link: &str, title: &str) -> Result<String, QrError> {
    let code = QrCode::with_error_correction_level(link, EcLevel::M)?;
    let drawing = code.render::<svg::Color<'_>>().module_dimensions(MODULE, MODULE).quiet_zone(true).build();
    // The renderer begins with an XML declaration, which is not wanted inside a page, and has no title.
    let drawing = drawing.split_once("?>").map_or(drawing.as_str(), |(_, rest)| rest);
    let (head, shapes) = drawing.split_once("><rect").unwrap_or((drawing, ""));
    let title = escape(title);
    Ok(format!("{head} role=\"img\"><title>{title}</title><rect{shapes}"))
}

fn escape(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).fold(String::new(), |mut escaped, c| {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            _ => escaped.push(c),
        }
        escaped
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
    use std::collections::BTreeSet;

    use qrcode::Color;

    use super::*;

    /// The dark modules of a drawing, by column and row without the quiet zone.
    fn dark(svg: &str) -> BTreeSet<(u32, u32)> {
        let path = svg.split_once(" d=\"").unwrap().1.split_once('"').unwrap().0;
        path.split('M')
            .skip(1)
            .flat_map(|shape| {
                let numbers: Vec<u32> =
                    shape.split(|c: char| !c.is_ascii_digit()).filter(|n| !n.is_empty()).map(|n| n.parse().unwrap()).collect();
                let [x, y, width, height, ..] = numbers.as_slice() else { return Vec::new() };
                let (left, top) = (x / MODULE - 4, y / MODULE - 4);
                (0..width / MODULE).flat_map(|dx| (0..height / MODULE).map(move |dy| (left + dx, top + dy))).collect()
            })
            .collect()
    }

    #[test]
    fn the_drawing_holds_every_module_inside_a_quiet_zone() {
        let link = "https://go.example.com/aB2xYz9";
        let svg = qr_svg(link, "QR code of <the> link & more").unwrap();
        let code = QrCode::with_error_correction_level(link, EcLevel::M).unwrap();
        let width = u32::try_from(code.width()).unwrap();
        let expected: BTreeSet<(u32, u32)> = code
            .to_colors()
            .iter()
            .zip(0_u32..)
            .filter(|(color, _)| **color == Color::Dark)
            .map(|(_, place)| (place % width, place / width))
            .collect();
        assert_eq!(dark(&svg), expected);
        let side = (width + 8) * MODULE;
        assert!(svg.starts_with("<svg ") && svg.ends_with("</svg>"), "{svg}");
        assert!(svg.contains(&format!("viewBox=\"0 0 {side} {side}\"")));
        assert!(svg.contains(" role=\"img\"><title>QR code of &lt;the&gt; link &amp; more</title><rect "));
        assert!(!svg.contains("style") && !svg.contains("<?xml") && !svg.contains("script"));
    }

    #[test]
    fn too_long_a_link_is_refused() {
        assert!(qr_svg(&"x".repeat(2331), "").is_ok());
        assert!(qr_svg(&"x".repeat(2332), "").is_err());
    }
}
