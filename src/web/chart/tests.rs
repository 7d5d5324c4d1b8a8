#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use super::scale::{Scale, number};
use super::*;

fn line(series: Vec<Series>) -> LineChart {
    LineChart {
        title: "Clicks doubled".into(),
        description: "Human clicks a week".into(),
        labels: (1..=12).map(|w| format!("W{w}")).collect(),
        series,
        unit: String::new(),
    }
}

fn bar(layout: BarLayout, direction: BarDirection, series: Vec<Series>) -> BarChart {
    BarChart {
        title: "T".into(),
        description: "D".into(),
        labels: vec!["LinkedIn".into(), "Bluesky".into()],
        series,
        unit: String::new(),
        layout,
        direction,
    }
}

/// All numbers in the attributes `names` of the drawing.
fn attribute(svg: &str, name: &str) -> Vec<f64> {
    svg.split(&format!(" {name}=\"")).skip(1).map(|rest| rest.split('"').next().unwrap().parse().unwrap()).collect()
}

#[test]
fn ticks_are_round_start_at_zero_and_hold_the_largest_value() {
    for (values, ticks) in [
        (vec![3.0, 47.0], vec![0.0, 20.0, 40.0, 60.0]),
        (vec![1.0, 2.0], vec![0.0, 1.0, 2.0]),
        (vec![0.0, 0.0], vec![0.0, 1.0]),
        (vec![], vec![0.0, 1.0]),
        (vec![0.4], vec![0.0, 0.1, 0.2, 0.3, 0.4]),
        (vec![-30.0, 50.0], vec![-40.0, -20.0, 0.0, 20.0, 40.0, 60.0]),
        (vec![100.0], vec![0.0, 25.0, 50.0, 75.0, 100.0]),
    ] {
        let got = Scale::over(values.clone()).ticks();
        assert_eq!(got.len(), ticks.len(), "{values:?} gave {got:?}");
        assert!(got.iter().zip(&ticks).all(|(a, b)| (a - b).abs() < 1e-9), "{values:?} gave {got:?}");
    }
}

#[test]
fn ticks_hold_for_every_size() {
    for exponent in -6..15 {
        for factor in [1.0, 1.7, 3.3, 9.99] {
            let high = factor * 10_f64.powi(exponent);
            let scale = Scale::over([high]);
            let ticks = scale.ticks();
            assert!((2..=7).contains(&ticks.len()), "{high}: {ticks:?}");
            assert!(*ticks.last().unwrap() >= high * 0.999_999, "{high}: {ticks:?}");
            assert_eq!(ticks[0], 0.0);
        }
    }
}

#[test]
fn numbers_are_short() {
    for (value, text) in [
        (0.0, "0"),
        (-0.0, "0"),
        (7.0, "7"),
        (12.5, "12.5"),
        (1200.0, "1\u{202f}200"),
        (250_000.0, "250\u{202f}k"),
        (1_250_000.0, "1.25\u{202f}M"),
        (3e9, "3\u{202f}bn"),
        (-40.0, "−40"),
    ] {
        assert_eq!(number(value, ""), text);
    }
    assert_eq!(number(40.0, " %"), "40 %");
}

#[test]
fn every_text_is_escaped() {
    let evil = "<script>alert('x')</script>&\"";
    let series = vec![Series::new(evil, [1.0, 2.0]), Series::new(evil, [2.0, 1.0])];
    let mut l = line(series.clone());
    l.title = evil.into();
    l.description = evil.into();
    l.labels = vec![evil.into(), evil.into()];
    l.unit = evil.into();
    let mut drawings = vec![line_chart(&l)];
    for direction in [BarDirection::Up, BarDirection::Across] {
        let mut b = bar(BarLayout::Stacked, direction, series.clone());
        b.title = evil.into();
        b.labels = vec![evil.into(), "a\u{0}b".into()];
        b.unit = evil.into();
        drawings.push(bar_chart(&b));
    }
    for svg in drawings {
        assert!(!svg.contains("<script") && !svg.contains("alert('x')") && !svg.contains('\u{0}'), "{svg}");
        assert!(svg.contains("&lt;script&gt;"));
        assert!(!svg.contains("style="));
    }
}

#[test]
fn a_drawing_is_named_for_screen_readers() {
    let svg = line_chart(&line(vec![Series::new("LinkedIn", [1.0, 2.0])]));
    assert!(svg.starts_with("<svg class=\"chart line-chart\""));
    assert!(svg.contains("role=\"img\"") && svg.contains("<title>Clicks doubled</title><desc>Human clicks a week</desc>"));
    assert!(svg.ends_with("</svg>"));
}

#[test]
fn a_gap_lifts_the_pen_and_odd_numbers_are_gaps() {
    let values = vec![Some(1.0), Some(2.0), None, Some(3.0), Some(f64::NAN), Some(f64::INFINITY), Some(4.0)];
    let svg = line_chart(&line(vec![Series { name: "A".into(), values }]));
    let path = svg.split(" d=\"").nth(1).unwrap().split('"').next().unwrap();
    assert_eq!(path.matches('M').count(), 3);
    assert!(!svg.contains("NaN") && !svg.contains("inf"));
}

#[test]
fn labels_of_line_ends_never_touch() {
    let series = (0..6).map(|n| Series::new(format!("S{n}"), [1.0, 10.0])).collect();
    let svg = line_chart(&line(series));
    let mut ys: Vec<f64> = svg.split("<text class=\"label value\"").skip(1).map(|t| attribute(&format!(" {t}"), "y")[0]).collect();
    ys.sort_by(f64::total_cmp);
    assert!(ys.windows(2).all(|w| w[1] - w[0] >= 21.9), "{ys:?}");
}

#[test]
fn one_series_says_its_last_number() {
    let svg = line_chart(&line(vec![Series::new("Clicks", [5.0, 1234.0])]));
    assert!(svg.contains(">1\u{202f}234</text>"));
}

#[test]
fn bars_start_at_zero() {
    let svg = bar_chart(&bar(BarLayout::Grouped, BarDirection::Up, vec![Series::new("A", [50.0, 100.0])]));
    let (y, height) = (attribute(&svg, "y"), attribute(&svg, "height"));
    let rects: Vec<f64> = svg.split("<rect").skip(1).map(|r| attribute(r, "y")[0] + attribute(r, "height")[0]).collect();
    assert!(rects.windows(2).all(|w| (w[0] - w[1]).abs() < 0.2), "{y:?} {height:?}");
    assert!((height[1] / height[0] - 2.0).abs() < 0.01);
}

#[test]
fn stacked_bars_sit_on_each_other() {
    let svg =
        bar_chart(&bar(BarLayout::Stacked, BarDirection::Across, vec![Series::new("A", [30.0, 10.0]), Series::new("B", [20.0, 5.0])]));
    let rects: Vec<(f64, f64)> =
        svg.split("<rect class=\"bar\"").skip(1).map(|r| (attribute(r, "x")[0], attribute(r, "width")[0])).collect();
    assert!((rects[0].0 + rects[0].1 - rects[1].0).abs() < 0.2);
    assert!(svg.contains(">50</text>") && svg.contains(">15</text>"), "the end of a stack says the sum");
}

#[test]
fn empty_charts_are_drawn_without_harm() {
    let empty = bar_chart(&BarChart { labels: vec![], ..bar(BarLayout::Grouped, BarDirection::Up, vec![]) });
    let none = line_chart(&LineChart { labels: vec![], ..line(vec![]) });
    let short = bar_chart(&bar(BarLayout::Stacked, BarDirection::Across, vec![Series::new("A", [1.0])]));
    for svg in [empty, none, short] {
        assert!(!svg.contains("NaN") && svg.ends_with("</svg>"));
    }
    assert_eq!(sparkline(&[]), "");
    assert_eq!(sparkline(&[1.0]), "");
}

#[test]
fn a_sparkline_stays_in_its_box() {
    let svg = sparkline(&[0.0, 5.0, 1000.0, 3.0]);
    let d = svg.rsplit(" d=\"").next().unwrap().split('"').next().unwrap();
    for pair in d.split(['M', 'L']).filter(|p| !p.is_empty()) {
        let (x, y) = pair.split_once(' ').unwrap();
        assert!((0.0..=120.0).contains(&x.parse::<f64>().unwrap()) && (0.0..=32.0).contains(&y.parse::<f64>().unwrap()));
    }
}
