//! What the chart kinds share: ticks, positions, escaped text and short numbers.

use std::fmt::Write;

/// Width of every drawing in its own units; the page scales it.
pub(super) const WIDTH: f64 = 600.0;

/// Text that may stand inside an SVG element or attribute.
pub(super) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c if c.is_control() => out.push(' '),
            c => out.push(c),
        }
    }
    out
}

/// At most `max` characters, escaped, with an ellipsis when cut.
pub(super) fn shortened(text: &str, max: usize) -> String {
    if text.chars().count() <= max {
        return escape(text);
    }
    let mut cut: String = text.chars().take(max.saturating_sub(1)).collect();
    cut.truncate(cut.trim_end().len());
    escape(&cut) + "…"
}

/// Opens the drawing with its title and description for screen readers.
pub(super) fn open(class: &str, height: f64, title: &str, description: &str) -> String {
    format!(
        r#"<svg class="chart {class}" viewBox="0 0 {WIDTH:.0} {height:.0}" role="img" preserveAspectRatio="xMidYMid meet"><title>{}</title><desc>{}</desc>"#,
        escape(title),
        escape(description)
    )
}

/// One text at a place; `anchor` is `start`, `middle` or `end`, `text` is escaped already.
pub(super) fn text(out: &mut String, class: &str, x: f64, y: f64, anchor: &str, text: &str) {
    let _ = write!(out, r#"<text class="{class}" x="{x:.1}" y="{y:.1}" text-anchor="{anchor}">{text}</text>"#);
}

/// The colour class of the series at `index`.
pub(super) const fn colour(index: usize) -> usize {
    index % 6 + 1
}

/// Finite values only.
pub(super) fn finite(value: Option<f64>) -> Option<f64> {
    value.filter(|v| v.is_finite())
}

/// An axis from a round number at or below zero to a round number at or above the largest value.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Scale {
    pub low: f64,
    pub high: f64,
    pub step: f64,
}

impl Scale {
    /// About four steps of 1, 2, 2.5 or 5 times a power of ten that hold all values and zero; whole values get whole steps.
    pub fn over(values: impl IntoIterator<Item = f64>) -> Self {
        let (mut low, mut high, mut whole) = (0.0_f64, 0.0_f64, true);
        for value in values.into_iter().filter(|v| v.is_finite()) {
            low = low.min(value);
            high = high.max(value);
            whole &= value.fract() == 0.0;
        }
        if high - low <= 0.0 {
            return Self { low: 0.0, high: 1.0, step: 1.0 };
        }
        let raw = (high - low) / 4.0;
        let power = 10_f64.powf(raw.log10().floor());
        let factor = [1.0, 2.0, 2.5, 5.0, 10.0].into_iter().find(|f| f * power >= raw * 0.999).unwrap_or(10.0);
        let mut step = factor * power;
        if whole && step < 5.0 {
            step = step.ceil();
        }
        Self { low: (low / step).floor() * step, high: (high / step).ceil() * step, step }
    }

    /// The numbers to write at the axis, from low to high.
    pub fn ticks(self) -> Vec<f64> {
        let count = ((self.high - self.low) / self.step).round().clamp(1.0, 12.0);
        let mut ticks = Vec::new();
        let mut at = 0.0;
        while at <= count {
            ticks.push(self.low + at * self.step);
            at += 1.0;
        }
        ticks
    }

    /// Where a value lies, 0 at the low end and 1 at the high end.
    pub fn share(self, value: f64) -> f64 {
        ((value - self.low) / (self.high - self.low)).clamp(0.0, 1.0)
    }
}

/// A number as short as an axis needs: `1 200`, `12.5`, `1.2 M`, then the unit.
pub(super) fn number(value: f64, unit: &str) -> String {
    let size = value.abs();
    let (scaled, suffix) = match size {
        s if s >= 1e9 => (value / 1e9, "\u{202f}bn"),
        s if s >= 1e6 => (value / 1e6, "\u{202f}M"),
        s if s >= 1e5 => (value / 1e3, "\u{202f}k"),
        _ => (value, ""),
    };
    let rounded = format!("{scaled:.2}");
    let plain = rounded.trim_end_matches('0').trim_end_matches('.');
    let (sign, digits) = plain.strip_prefix('-').map_or(("", plain), |d| ("−", d));
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let mut text = String::from(if digits == "0" { "" } else { sign });
    let length = whole.chars().count();
    for (i, digit) in whole.chars().enumerate() {
        if i > 0 && (length - i).is_multiple_of(3) {
            text.push('\u{202f}');
        }
        text.push(digit);
    }
    if !fraction.is_empty() {
        let _ = write!(text, ".{fraction}");
    }
    text + suffix + &escape(unit)
}

/// Every how many labels one is written, so that at most `room` are.
pub(super) fn every(labels: usize, room: usize) -> usize {
    labels.div_ceil(room.max(1)).max(1)
}

/// A count as a coordinate; charts hold far fewer things than would lose precision.
pub(super) fn float(count: usize) -> f64 {
    u32::try_from(count).map_or(f64::from(u32::MAX), f64::from)
}
