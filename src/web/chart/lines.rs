use std::fmt::Write;

use super::LineChart;
use super::scale::{Scale, WIDTH, colour, escape, every, finite, float, number, open, shortened, text};

const HEIGHT: f64 = 280.0;
const TOP: f64 = 16.0;
const BOTTOM: f64 = 240.0;
const LEFT: f64 = 56.0;
/// Labels of line ends stand at least this far apart, which fits the larger type of small screens.
const LABEL_GAP: f64 = 22.0;

/// A line for each series, named at its end; the second and further ones are dashed so that they differ in grey.
pub fn line_chart(chart: &LineChart) -> String {
    let scale = Scale::over(chart.series.iter().flat_map(|s| s.values.iter().copied().filter_map(finite)));
    let right = right_edge(chart);
    let mut out = open("line-chart", HEIGHT, &chart.title, &chart.description);
    grid(&mut out, scale, right, &chart.unit);
    let points = chart.labels.len().max(chart.series.iter().map(|s| s.values.len()).max().unwrap_or(0));
    let x = |i: usize| if points < 2 { f64::midpoint(LEFT, right) } else { LEFT + (right - LEFT) * float(i) / float(points - 1) };
    let y = |v: f64| BOTTOM - (BOTTOM - TOP) * scale.share(v);
    time_labels(&mut out, &chart.labels, x);
    let mut ends = Vec::new();
    for (n, series) in chart.series.iter().enumerate() {
        let c = colour(n);
        let dash = if n % 2 == 1 { " dash" } else { "" };
        let _ = write!(
            out,
            r#"<g class="s{c}"><title>{}</title><path class="line{dash}" d="{}"/>"#,
            escape(&series.name),
            path(&series.values, &x, &y)
        );
        if let Some((i, value)) = series.values.iter().enumerate().rev().find_map(|(i, v)| Some((i, finite(*v)?))) {
            let _ = write!(out, r#"<circle class="dot" cx="{:.1}" cy="{:.1}" r="4"/>"#, x(i), y(value));
            ends.push((y(value), series.name.as_str(), value));
        }
        out.push_str("</g>");
    }
    end_labels(&mut out, ends, right, &chart.unit);
    out + "</svg>"
}

fn right_edge(chart: &LineChart) -> f64 {
    let longest = chart.series.iter().map(|s| s.name.chars().count().min(14)).max().unwrap_or(0);
    WIDTH - 24.0 - (8.5 * float(longest)).max(if chart.series.len() < 2 { 40.0 } else { 0.0 })
}

/// The horizontal lines with their numbers, zero drawn stronger.
fn grid(out: &mut String, scale: Scale, right: f64, unit: &str) {
    for tick in scale.ticks() {
        let y = BOTTOM - (BOTTOM - TOP) * scale.share(tick);
        let class = if tick.abs() < scale.step / 2.0 { "axis" } else { "grid-line" };
        let _ = write!(out, r#"<line class="{class}" x1="{LEFT}" x2="{right:.1}" y1="{y:.1}" y2="{y:.1}"/>"#);
        text(out, "tick", LEFT - 8.0, y + 4.5, "end", &number(tick, unit));
    }
}

/// Labels under the axis: at most eight, every second one `minor`, which small screens leave out.
fn time_labels(out: &mut String, labels: &[String], x: impl Fn(usize) -> f64) {
    let step = every(labels.len(), 8);
    for (n, (i, label)) in labels.iter().enumerate().step_by(step).enumerate() {
        let class = if n % 2 == 1 { "tick minor" } else { "tick" };
        let anchor = if i == 0 && labels.len() > 1 { "start" } else { "middle" };
        text(out, class, x(i), BOTTOM + 24.0, anchor, &shortened(label, 12));
    }
}

/// The path over the known values; a gap lifts the pen.
fn path(values: &[Option<f64>], x: &impl Fn(usize) -> f64, y: &impl Fn(f64) -> f64) -> String {
    let mut d = String::new();
    let mut pen = 'M';
    for (i, value) in values.iter().enumerate() {
        match finite(*value) {
            Some(v) => {
                let _ = write!(d, "{pen}{:.1} {:.1}", x(i), y(v));
                pen = 'L';
            }
            None => pen = 'M',
        }
    }
    d
}

/// Names (for one series: its last number) beside the line ends, moved apart where they would touch.
fn end_labels(out: &mut String, mut ends: Vec<(f64, &str, f64)>, right: f64, unit: &str) {
    ends.sort_by(|a, b| a.0.total_cmp(&b.0));
    let alone = ends.len() == 1;
    let mut last = f64::NEG_INFINITY;
    let overflow = float(ends.len()) * LABEL_GAP - (BOTTOM - TOP + LABEL_GAP);
    for (y, name, value) in ends {
        last = y.min(BOTTOM + overflow.max(0.0)).max(last + LABEL_GAP);
        let words = if alone { number(value, unit) } else { shortened(name, 14) };
        text(out, "label value", right + 10.0, last + 4.5, "start", &words);
    }
}

/// A line of 120 by 32 units without words, for a stat tile: decoration beside the number, hidden from screen readers.
/// Empty for fewer than two values.
pub fn sparkline(values: &[f64]) -> String {
    let known: Vec<Option<f64>> = values.iter().map(|v| finite(Some(*v))).collect();
    if known.len() < 2 {
        return String::new();
    }
    let scale = close_fit(&known);
    let x = |i: usize| 2.0 + 116.0 * float(i) / float(known.len() - 1);
    let y = |v: f64| 29.0 - 26.0 * scale.share(v);
    format!(
        r#"<svg class="spark" viewBox="0 0 120 32" preserveAspectRatio="none" aria-hidden="true" focusable="false"><path class="base" d="M0 31H120"/><path class="line" d="{}"/></svg>"#,
        path(&known, &x, &y)
    )
}

/// From zero (or the lowest value below it) to exactly the highest: a sparkline has no numbers that would want to be round.
fn close_fit(known: &[Option<f64>]) -> Scale {
    let (low, high) = known.iter().flatten().fold((0.0_f64, 0.0_f64), |(low, high), v| (low.min(*v), high.max(*v)));
    let high = if high - low > 0.0 { high } else { low + 1.0 };
    Scale { low, high, step: high - low }
}
