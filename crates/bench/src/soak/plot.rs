//! The plot: memory, events, losses and CPU time over the time.

use anyhow::Result;
use plotters::prelude::*;

use super::account::{Account, Span};
use crate::plots::{Area, BLUE, FAINT, GREY, INK, ORANGE, draw, font, legend, title};
use crate::stats::real64;

const HEIGHT: u32 = 170;

/// One of the plots below one another.
struct Panel {
    says: &'static str,
    points: Vec<(f64, f64)>,
    /// What the axis has at least.
    least: f64,
}

pub(super) fn plot(account: &Account) -> Result<String> {
    let samples = &account.samples;
    let minutes = |points: Vec<(f64, f64)>| -> Vec<(f64, f64)> {
        points.into_iter().map(|(at, value)| (at / 60.0, value)).collect()
    };
    let memory = samples.iter().map(|sample| (sample.at, real64(sample.memory) / 1024.0));
    let panels = [
        Panel {
            says: "memory of its own (RssAnon), MiB",
            points: minutes(memory.collect()),
            least: 16.0,
        },
        Panel {
            says: "events that reach the agent, thousand a second",
            points: minutes(account.rates(|sample| real64(sample.events) / 1e3)),
            least: 60.0,
        },
        Panel {
            says: "events lost, thousand a second",
            points: minutes(account.rates(|sample| real64(sample.lost) / 1e3)),
            least: 10.0,
        },
        Panel {
            says: "CPU time of the agent, % of one CPU",
            points: minutes(account.rates(|sample| sample.cpu * 100.0)),
            least: 20.0,
        },
    ];
    let right = account.seconds() / 60.0;
    draw((860, 100 + 4 * HEIGHT), |area| {
        title(
            area,
            "The agent over the time",
            "50,000 opens a second, processes and containers that come and go, reloads every 20 s",
        )?;
        legend(
            area,
            66,
            &[("an output is away", FAINT), ("stopped, until it has caught up", ORANGE)],
        )?;
        let (_, mut below) = area.split_vertically(88);
        for panel in &panels {
            let (this, rest) = below.split_vertically(HEIGHT);
            draw_panel(&this, panel, account, right)?;
            below = rest;
        }
        Ok(())
    })
}

fn draw_panel(area: &Area<'_>, panel: &Panel, account: &Account, right: f64) -> Result<()> {
    let top = panel.points.iter().map(|(_, value)| *value).fold(panel.least, f64::max) * 1.1;
    area.draw(&Text::new(panel.says, (20, 6), font(13, INK)))?;
    let mut chart = ChartBuilder::on(area)
        .margin_top(28)
        .margin_right(24)
        .margin_left(8)
        .margin_bottom(4)
        .x_label_area_size(22)
        .y_label_area_size(48)
        .build_cartesian_2d(0.0..right, 0.0..top)?;
    let bands = |span: &Span, color: RGBColor| {
        let corners = [(span.from / 60.0, 0.0), (span.to / 60.0, top)];
        Rectangle::new(corners, color.filled())
    };
    chart.draw_series(account.away.iter().map(|span| bands(span, FAINT)))?;
    chart.draw_series(account.stops.iter().map(|stop| bands(&stop.span, ORANGE)))?;
    chart
        .configure_mesh()
        .x_labels(10)
        .y_labels(5)
        .x_label_formatter(&|x| format!("{x:.0} min"))
        .y_label_formatter(&|y| format!("{y:.0}"))
        .label_style(font(12, GREY))
        .axis_style(FAINT)
        .bold_line_style(FAINT)
        .light_line_style(TRANSPARENT)
        .draw()?;
    chart.draw_series([PathElement::new(panel.points.clone(), BLUE.stroke_width(2))])?;
    Ok(())
}
