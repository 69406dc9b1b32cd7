use plotters::prelude::*;

use crate::{Error, Result};

/// A chart of several lines.
pub(super) struct Panel {
    pub(super) name: &'static str,
    pub(super) series: Vec<Series>,
}

/// A line.
pub(super) struct Series {
    name: String,
    color: RGBColor,
    /// How many there are, and microseconds.
    pub(super) points: Vec<(f64, f64)>,
}

impl Series {
    /// What an event costs, and what a window does.
    pub(super) fn pair(place: &'static str) -> [Self; 2] {
        let colors = match place {
            "memory" => [RGBColor(31, 119, 180), RGBColor(255, 127, 14)],
            _ => [RGBColor(23, 62, 95), RGBColor(170, 60, 0)],
        };
        let names = ["apply, an event", "advance, a window"];
        let mut pairs = names.into_iter().zip(colors);
        std::array::from_fn(|_| {
            let (name, color) = pairs.next().unwrap_or(("", BLACK));
            Self {
                name: format!("{place}: {name}"),
                color,
                points: Vec::new(),
            }
        })
    }
}

/// Draws them side by side, both axes logarithmic.
pub(super) fn draw(path: &str, panels: &[Panel]) -> Result<()> {
    let root = SVGBackend::new(path, (1_200, 400)).into_drawing_area();
    root.fill(&WHITE).map_err(wrong)?;
    let points = || {
        panels
            .iter()
            .flat_map(|panel| &panel.series)
            .flat_map(|series| &series.points)
    };
    let highest = points().map(|(_, cost)| *cost).fold(1.0, f64::max);
    let lowest = points().map(|(_, cost)| *cost).fold(highest, f64::min);
    for (area, panel) in root.split_evenly((1, panels.len())).iter().zip(panels) {
        let along = || {
            panel
                .series
                .iter()
                .flat_map(|series| &series.points)
                .map(|(at, _)| *at)
        };
        let last = along().fold(1.0, f64::max);
        let first = along().fold(last, f64::min);
        let mut chart = ChartBuilder::on(area)
            .margin(12)
            .caption(panel.name, ("sans-serif", 15))
            .x_label_area_size(30)
            .y_label_area_size(50)
            .build_cartesian_2d(
                (first..last).log_scale(),
                (lowest / 2.0..highest * 8.0).log_scale(),
            )
            .map_err(wrong)?;
        chart
            .configure_mesh()
            .y_desc("µs")
            .x_labels(4)
            .x_label_formatter(&|at| format!("{at:.0}"))
            .draw()
            .map_err(wrong)?;
        for series in &panel.series {
            let color = series.color;
            chart
                .draw_series(LineSeries::new(
                    series.points.iter().copied(),
                    color.stroke_width(2),
                ))
                .map_err(wrong)?
                .label(&series.name)
                .legend(move |(x, y)| PathElement::new([(x, y), (x + 16, y)], color));
        }
        chart
            .configure_series_labels()
            .position(SeriesLabelPosition::UpperLeft)
            .background_style(WHITE.mix(0.8))
            .draw()
            .map_err(wrong)?;
    }
    root.present().map_err(wrong)
}

fn wrong(error: impl std::fmt::Display) -> Error {
    Error::from(error.to_string())
}
