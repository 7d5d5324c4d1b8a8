use std::fmt::Write;

use super::scale::{Scale, WIDTH, colour, escape, every, finite, float, number, open, shortened, text};
use super::{BarChart, BarDirection, BarLayout};

const PLOT: f64 = 220.0;
const LEFT: f64 = 56.0;
const KEY_WIDTH: f64 = 150.0;
const KEY_HEIGHT: f64 = 26.0;
const NAMES: f64 = 130.0;
const THICK: f64 = 20.0;

/// One bar: which label and series, where it starts and ends.
struct Bar<'a> {
    label: usize,
    series: usize,
    name: &'a str,
    from: f64,
    to: f64,
}

/// Bars from zero, grouped or stacked, upwards or across; a key on top when there are several series, numbers at the
/// ends when there is one.
pub fn bar_chart(chart: &BarChart) -> String {
    let bars = bars(chart);
    let scale = Scale::over(bars.iter().flat_map(|b| [b.from, b.to]));
    let top = if chart.series.len() > 1 { key_rows(chart.series.len()) * KEY_HEIGHT + 10.0 } else { 16.0 };
    match chart.direction {
        BarDirection::Up => upwards(chart, &bars, scale, top),
        BarDirection::Across => across(chart, &bars, scale, top),
    }
}

fn bars(chart: &BarChart) -> Vec<Bar<'_>> {
    let mut all = Vec::new();
    for label in 0..chart.labels.len() {
        let mut base = 0.0;
        for (series, s) in chart.series.iter().enumerate() {
            let Some(value) = finite(s.values.get(label).copied().flatten()) else { continue };
            let (from, to) = match chart.layout {
                BarLayout::Grouped => (0.0, value),
                BarLayout::Stacked => (base, base + value.max(0.0)),
            };
            base = to;
            all.push(Bar { label, series, name: &s.name, from, to });
        }
    }
    all
}

fn lanes(chart: &BarChart) -> f64 {
    match chart.layout {
        BarLayout::Grouped => float(chart.series.len().max(1)),
        BarLayout::Stacked => 1.0,
    }
}

fn lane(chart: &BarChart, bar: &Bar<'_>) -> f64 {
    if chart.layout == BarLayout::Grouped { float(bar.series) } else { 0.0 }
}

fn upwards(chart: &BarChart, bars: &[Bar<'_>], scale: Scale, top: f64) -> String {
    let bottom = top + PLOT;
    let mut out = open("bar-chart", bottom + 40.0, &chart.title, &chart.description);
    key(&mut out, chart);
    let y = |v: f64| bottom - PLOT * scale.share(v);
    for tick in scale.ticks() {
        let class = if tick.abs() < scale.step / 2.0 { "axis" } else { "grid-line" };
        let _ = write!(out, r#"<line class="{class}" x1="{LEFT}" x2="{WIDTH}" y1="{0:.1}" y2="{0:.1}"/>"#, y(tick));
        text(&mut out, "tick", LEFT - 8.0, y(tick) + 4.5, "end", &number(tick, &chart.unit));
    }
    let slot = (WIDTH - LEFT) / float(chart.labels.len().max(1));
    let width = (slot * 0.72 / lanes(chart)).min(46.0);
    let start = |label: usize| LEFT + slot * float(label) + (slot - width * lanes(chart)) / 2.0;
    let worded = chart.series.len() == 1 && chart.labels.len() <= 8;
    for bar in bars {
        let (x, high, low) = (start(bar.label) + width * lane(chart, bar), y(bar.from.max(bar.to)), y(bar.from.min(bar.to)));
        rect(&mut out, chart, bar, [x, high, width, low - high]);
        if worded {
            text(&mut out, "label value", x + width / 2.0, high - 6.0, "middle", &number(bar.to, &chart.unit));
        }
    }
    let step = every(chart.labels.len(), 8);
    for (n, (i, label)) in chart.labels.iter().enumerate().step_by(step).enumerate() {
        let class = if n % 2 == 1 && chart.labels.len() > 4 { "tick minor" } else { "tick" };
        text(&mut out, class, LEFT + slot * (float(i) + 0.5), bottom + 24.0, "middle", &shortened(label, 12));
    }
    out + "</svg>"
}

fn across(chart: &BarChart, bars: &[Bar<'_>], scale: Scale, top: f64) -> String {
    let slot = THICK * lanes(chart) + 16.0;
    let bottom = top + slot * float(chart.labels.len());
    let mut out = open("bar-chart across", bottom + 10.0, &chart.title, &chart.description);
    key(&mut out, chart);
    let x = |v: f64| NAMES + (WIDTH - NAMES - 70.0) * scale.share(v);
    for bar in bars {
        let y = top + slot * float(bar.label) + 8.0 + THICK * lane(chart, bar);
        let (left, right) = (x(bar.from.min(bar.to)), x(bar.from.max(bar.to)));
        rect(&mut out, chart, bar, [left, y, right - left, THICK]);
        let last = chart.layout == BarLayout::Grouped || !bars.iter().any(|b| b.label == bar.label && b.series > bar.series);
        if last {
            text(&mut out, "label value", right + 8.0, y + THICK / 2.0 + 4.5, "start", &number(bar.to, &chart.unit));
        }
    }
    for (i, label) in chart.labels.iter().enumerate() {
        text(&mut out, "name", NAMES - 10.0, top + slot * (float(i) + 0.5) + 4.5, "end", &shortened(label, 16));
    }
    let _ = write!(out, r#"<line class="axis" x1="{0:.1}" x2="{0:.1}" y1="{top:.1}" y2="{bottom:.1}"/>"#, x(0.0));
    out + "</svg>"
}

/// A bar with its words for those who point at it: place is x, y, width, height.
fn rect(out: &mut String, chart: &BarChart, bar: &Bar<'_>, [x, y, width, height]: [f64; 4]) {
    let label = chart.labels.get(bar.label).map(|l| escape(l)).unwrap_or_default();
    let _ = write!(
        out,
        r#"<g class="s{}"><title>{label}, {}: {}</title><rect class="bar" x="{x:.1}" y="{y:.1}" width="{width:.1}" height="{:.1}" rx="2"/></g>"#,
        colour(bar.series),
        escape(bar.name),
        number(bar.to - bar.from, &chart.unit),
        height.max(0.0)
    );
}

fn key_rows(series: usize) -> f64 {
    float(series.div_ceil(4))
}

fn key(out: &mut String, chart: &BarChart) {
    if chart.series.len() < 2 {
        return;
    }
    for (n, series) in chart.series.iter().enumerate() {
        let (x, y) = (KEY_WIDTH * float(n % 4), KEY_HEIGHT * float(n / 4));
        let _ =
            write!(out, r#"<g class="s{}"><rect class="key" x="{x:.1}" y="{:.1}" width="12" height="12" rx="2"/></g>"#, colour(n), y + 4.0);
        text(out, "label value", x + 18.0, y + 15.0, "start", &shortened(&series.name, 13));
    }
}
