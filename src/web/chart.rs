//! Charts as SVG text, drawn on the server: pure functions, no inline style, coloured by classes.
//!
//! `static/herald.css` gives the classes `s1` to `s6` the Okabe-Ito palette (Okabe and Ito, "Color universal design",
//! 2008). Bars start at zero, series are named beside their line, and every text is escaped. Templates write the result
//! with three braces, inside `<figure class="figure card">`, with the table behind it (docs/design.md, "Numbers").

mod bars;
mod lines;
mod scale;
#[cfg(test)]
mod tests;

pub use bars::bar_chart;
pub use lines::{line_chart, sparkline};

/// One named row of numbers, as long as the chart's labels; `None` is a gap. Numbers that are not finite are gaps too.
#[derive(Debug, Clone, PartialEq)]
pub struct Series {
    pub name: String,
    pub values: Vec<Option<f64>>,
}

impl Series {
    /// A series without gaps.
    pub fn new(name: impl Into<String>, values: impl IntoIterator<Item = f64>) -> Self {
        Self { name: name.into(), values: values.into_iter().map(Some).collect() }
    }
}

/// Values over time. The title says the one message of the chart ("Clicks doubled in March"), the description what is
/// drawn ("Human clicks a week, by network"); both are read by screen readers.
#[derive(Debug, Clone, PartialEq)]
pub struct LineChart {
    pub title: String,
    pub description: String,
    /// One for each point in time, in order; drawn as far as there is room.
    pub labels: Vec<String>,
    /// At most six; more share the colours again.
    pub series: Vec<Series>,
    /// Written after each number of the axis: "" or " %" or " €".
    pub unit: String,
}

/// How several series share a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BarLayout {
    /// Side by side.
    Grouped,
    /// On top of each other; negative values count as zero.
    Stacked,
}

/// Where bars grow to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BarDirection {
    /// Upwards: for points in time.
    Up,
    /// To the right, a line for each label: for names.
    Across,
}

/// Values by name or by period.
#[derive(Debug, Clone, PartialEq)]
pub struct BarChart {
    pub title: String,
    pub description: String,
    pub labels: Vec<String>,
    pub series: Vec<Series>,
    pub unit: String,
    pub layout: BarLayout,
    pub direction: BarDirection,
}
