//! The outcome as plots, SVG, for light and dark pages alike.

use std::fmt::Write as _;

use anyhow::Result;
use plotters::coord::Shift;
use plotters::coord::ranged1d::{DefaultFormatting, KeyPointHint, Ranged};
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use super::Figures;
use super::flood::{Flooded, Step};
use super::latency::{Latencies, Latency};
use super::stats::{real, real64};
use super::watch::{Compared, Watched};

pub(super) type Area<'s> = DrawingArea<SVGBackend<'s>, Shift>;

const CARD: RGBColor = RGBColor(0xff, 0xff, 0xff);
pub(super) const INK: RGBColor = RGBColor(0x1f, 0x23, 0x28);
pub(super) const FAINT: RGBColor = RGBColor(0xd8, 0xde, 0xe4);
pub(super) const GREY: RGBColor = RGBColor(0x8c, 0x95, 0x9f);
pub(super) const BLUE: RGBColor = RGBColor(0x09, 0x69, 0xda);
pub(super) const ORANGE: RGBColor = RGBColor(0xbc, 0x4c, 0x00);
/// What stands for each on a dark page.
const DARK: [(RGBColor, RGBColor); 6] = [
    (CARD, RGBColor(0x0d, 0x11, 0x17)),
    (INK, RGBColor(0xe6, 0xed, 0xf3)),
    (FAINT, RGBColor(0x30, 0x36, 0x3d)),
    (GREY, RGBColor(0x8b, 0x94, 0x9e)),
    (BLUE, RGBColor(0x58, 0xa6, 0xff)),
    (ORANGE, RGBColor(0xf0, 0x88, 0x3e)),
];
const FONT: &str = "Helvetica, Arial, sans-serif";

/// Every plot there are figures for: name of the file, text.
pub(super) fn all(figures: &Figures) -> Result<Vec<(&'static str, String)>> {
    let mut plots = Vec::new();
    if let Some(watched) = &figures.watch {
        plots.push(("ratios.svg", ratios(watched)?));
    }
    if let Some(flooded) = &figures.flood {
        plots.push(("flood.svg", flood(flooded)?));
    }
    if let Some(latencies) = &figures.latency {
        plots.push(("latency.svg", latency(latencies)?));
    }
    Ok(plots)
}

/// Draws on a card of its own, so that it can be read whatever lies behind it.
pub(super) fn draw(size: (u32, u32), act: impl FnOnce(&Area<'_>) -> Result<()>) -> Result<String> {
    let mut text = String::new();
    {
        let area = SVGBackend::with_string(&mut text, size).into_drawing_area();
        area.fill(&CARD)?;
        act(&area)?;
        area.present()?;
    }
    let hex = |RGBColor(r, g, b): RGBColor| format!("#{r:02X}{g:02X}{b:02X}");
    let mut style = "<style>@media (prefers-color-scheme: dark) {".to_owned();
    for (light, dark) in DARK {
        let (light, dark) = (hex(light), hex(dark));
        let _ =
            write!(style, "[fill=\"{light}\"]{{fill:{dark}}}[stroke=\"{light}\"]{{stroke:{dark}}}");
    }
    style += "}</style>\n";
    // Behind the opening tag.
    let place = text.find("<svg").and_then(|at| Some(at + text.get(at..)?.find('>')? + 1));
    text.insert_str(place.unwrap_or(0), &style);
    Ok(text)
}

/// The backend divides the size by 1.24, as if it were one of a line, not of its letters.
pub(super) fn font(size: u32, color: RGBColor) -> TextStyle<'static> {
    (FONT, f64::from(size) * 1.24).into_font().color(&color)
}

fn anchored(size: u32, color: RGBColor, h: HPos, v: VPos) -> TextStyle<'static> {
    font(size, color).pos(Pos::new(h, v))
}

/// The title, a line below it.
pub(super) fn title(area: &Area<'_>, title: &str, below: &str) -> Result<()> {
    area.draw(&Text::new(title.to_owned(), (20, 16), font(17, INK)))?;
    area.draw(&Text::new(below.to_owned(), (20, 40), font(13, GREY)))?;
    Ok(())
}

/// What each colour is, in a line.
pub(super) fn legend(area: &Area<'_>, y: i32, entries: &[(&str, RGBColor)]) -> Result<()> {
    let mut x = 20;
    for (name, color) in entries {
        area.draw(&Rectangle::new([(x, y), (x + 12, y + 12)], color.filled()))?;
        area.draw(&Text::new((*name).to_owned(), (x + 18, y), font(13, INK)))?;
        x += 44 + i32::try_from(name.chars().count()).unwrap_or(0) * 7;
    }
    Ok(())
}

/// The colours of the sets of rules, in their order.
fn color(set: usize) -> RGBColor {
    if set == 0 { BLUE } else { ORANGE }
}

fn ratios(watched: &Watched) -> Result<String> {
    let ways = watched.sets.len() + 1;
    let rows = watched.rows.len();
    let of_row = |row: &super::watch::Row| -> Vec<Compared> {
        [row.empty].into_iter().chain(row.sets.iter().map(|set| set.ratio)).collect()
    };
    let most = watched.rows.iter().flat_map(of_row).map(|of| of.wall.high).fold(1.2, f64::max);
    let least = watched.rows.iter().flat_map(of_row).map(|of| of.wall.low).fold(0.98, f64::min);
    let height = 130 + u32::try_from(rows * (ways * 16 + 16))?;
    draw((860, height), |area| {
        title(
            area,
            "How many times as long it takes as unprobed",
            "by the clock; the median of the rounds; lines: where half of them lie",
        )?;
        let mut names = vec![("empty program", GREY)];
        names
            .extend(watched.sets.iter().enumerate().map(|(set, name)| (name.as_str(), color(set))));
        legend(area, 66, &names)?;
        let mut chart = ChartBuilder::on(area)
            .margin_top(92)
            .margin_right(60)
            .x_label_area_size(34)
            .y_label_area_size(130)
            .build_cartesian_2d(least..most * 1.04, real(rows)..0.0)?;
        chart
            .configure_mesh()
            .disable_y_mesh()
            .disable_y_axis()
            .y_labels(0)
            .x_labels(8)
            .x_label_formatter(&|x| format!("{x:.2}x"))
            .label_style(font(12, GREY))
            .axis_style(FAINT)
            .bold_line_style(FAINT)
            .light_line_style(TRANSPARENT)
            .draw()?;
        for (place, row) in watched.rows.iter().enumerate() {
            let middle = real(place) + 0.5;
            let name = anchored(14, INK, HPos::Right, VPos::Center);
            let (_, y) = chart.backend_coord(&(1.0, middle));
            area.draw(&Text::new(row.work.to_owned(), (120, y), name))?;
            let thick = 0.8 / real(ways);
            for (way, of) in of_row(row).into_iter().enumerate() {
                let top = real(place) + 0.1 + thick * real(way);
                let fill = way.checked_sub(1).map_or(GREY, color);
                let corners = [(1.0, top + 0.02), (of.wall.value, top + thick - 0.02)];
                chart.draw_series([Rectangle::new(corners, fill.filled())])?;
                let line = top + thick / 2.0;
                let ends = vec![(of.wall.low, line), (of.wall.high, line)];
                chart.draw_series([PathElement::new(ends, INK.stroke_width(1))])?;
                let label = anchored(12, INK, HPos::Left, VPos::Center);
                let (x, y) = chart.backend_coord(&(of.wall.high.max(of.wall.value), line));
                area.draw(&Text::new(format!("{:.2}x", of.wall.value), (x + 6, y), label))?;
            }
        }
        let line = vec![(1.0, 0.0), (1.0, real(rows))];
        chart.draw_series([PathElement::new(line, INK.stroke_width(1))])?;
        Ok(())
    })
}

fn flood(flooded: &Flooded) -> Result<String> {
    let mut sets: Vec<&str> = Vec::new();
    for step in &flooded.steps {
        if !sets.contains(&step.rules.as_str()) {
            sets.push(&step.rules);
        }
    }
    draw((860, 400), |area| {
        title(
            area,
            "Opens a second against loss and the agent's time",
            &format!(
                "{} threads; unprobed {:.0} thousand opens/s",
                flooded.threads,
                flooded.unprobed / 1e3
            ),
        )?;
        let names: Vec<_> =
            sets.iter().enumerate().map(|(set, name)| (*name, color(set))).collect();
        legend(area, 66, &names)?;
        let (_, below) = area.split_vertically(88);
        let (left, right) = below.split_horizontally(430);
        let lost = |step: &Step| {
            let share = |part: u64, whole: u64| real64(part) / real64(whole.max(1)) * 100.0;
            share(step.reported.lost, step.reported.lost + step.reported.events)
                .max(share(step.planted.saturating_sub(step.alerts), step.planted))
        };
        let cpu = |step: &Step| step.agent_cpu / step.seconds.max(0.001) * 100.0;
        panel(&left, "lost events or missed alerts, %", flooded, &sets, 1.0, &lost)?;
        panel(&right, "the agent's time, % of a CPU", flooded, &sets, 10.0, &cpu)
    })
}

/// One of the values of each step over its rate.
fn panel(
    area: &Area<'_>,
    says: &str,
    flooded: &Flooded,
    sets: &[&str],
    least: f64,
    of: &dyn Fn(&Step) -> f64,
) -> Result<()> {
    let rate = |step: &Step| step.rate / 1e3;
    let right = flooded.steps.iter().map(rate).fold(1.0, f64::max) * 1.08;
    let top = flooded.steps.iter().map(of).fold(least, f64::max) * 1.1;
    area.draw(&Text::new(says.to_owned(), (20, 8), font(13, INK)))?;
    let mut chart = ChartBuilder::on(area)
        .margin_top(32)
        .margin_right(24)
        .margin_left(8)
        .margin_bottom(6)
        .x_label_area_size(40)
        .y_label_area_size(48)
        .build_cartesian_2d(0.0..right, -top * 0.02..top)?;
    chart
        .configure_mesh()
        .x_labels(6)
        .y_labels(6)
        .x_desc("thousand opens a second")
        .x_label_formatter(&|x| format!("{x:.0}"))
        .y_label_formatter(&|y| if least < 10.0 { format!("{y:.1}") } else { format!("{y:.0}") })
        .label_style(font(12, GREY))
        .axis_desc_style(font(12, GREY))
        .axis_style(FAINT)
        .bold_line_style(FAINT)
        .light_line_style(TRANSPARENT)
        .draw()?;
    for (number, set) in sets.iter().enumerate() {
        let steps = flooded.steps.iter().filter(|step| step.rules == **set);
        let mut points: Vec<_> = steps.map(|step| (rate(step), of(step))).collect();
        points.sort_by(|a, b| a.0.total_cmp(&b.0));
        let color = color(number);
        chart.draw_series([PathElement::new(points.clone(), color.stroke_width(2))])?;
        chart.draw_series(points.into_iter().map(|point| Circle::new(point, 4, color.filled())))?;
    }
    Ok(())
}

/// Where a share stands: each nine of it is as wide as the one before.
fn nines(share: f64) -> f64 {
    -(1.0 - share).log10()
}

/// The axis of shares, up to such a place.
struct Nines(f64);

impl Ranged for Nines {
    type FormatOption = DefaultFormatting;
    type ValueType = f64;

    #[expect(clippy::cast_possible_truncation, reason = "pixels")]
    fn map(&self, value: &f64, (from, to): (i32, i32)) -> i32 {
        from + (value / self.0 * f64::from(to - from)).round() as i32
    }

    fn key_points<Hint: KeyPointHint>(&self, _: Hint) -> Vec<f64> {
        let shares = [0.0, 0.5, 0.9, 0.99, 0.999, 0.9999].map(nines);
        shares.into_iter().filter(|at| *at <= self.0).collect()
    }

    fn range(&self) -> std::ops::Range<f64> {
        0.0..self.0
    }
}

fn latency(latencies: &Latencies) -> Result<String> {
    let both: [(&Latency, RGBColor, f64); 2] =
        [(&latencies.idle, BLUE, 15.0), (&latencies.flood, ORANGE, 25.0)];
    let points = |one: &Latency| -> Vec<(f64, f64)> {
        one.curve.iter().map(|(share, ms)| (nines(*share), *ms)).collect()
    };
    let all: Vec<(f64, f64)> = both.iter().flat_map(|(one, ..)| points(one)).collect();
    let top = all.iter().map(|(_, ms)| *ms).fold(27.0, f64::max) * 1.05;
    let right = all.iter().map(|(at, _)| *at).fold(3.0, f64::max) + 0.1;
    draw((860, 420), |area| {
        title(
            area,
            "From the call to the alert on stdout, milliseconds",
            "how long the fastest part of all alerts takes; dashed: the goals at 99 %",
        )?;
        legend(area, 66, &both.map(|(one, color, _)| (one.when, color)))?;
        let mut chart = ChartBuilder::on(area)
            .margin_top(92)
            .margin_right(30)
            .margin_bottom(8)
            .x_label_area_size(40)
            .y_label_area_size(56)
            .build_cartesian_2d(Nines(right), 0.0..top)?;
        chart
            .configure_mesh()
            .y_labels(8)
            .x_desc("part of all alerts")
            .x_label_formatter(&|at| {
                let share = (1.0 - 10_f64.powf(-at)) * 100.0;
                let text = format!("{share:.2}");
                format!("{} %", text.trim_end_matches('0').trim_end_matches('.'))
            })
            .y_label_formatter(&|ms| format!("{ms:.0}"))
            .label_style(font(12, GREY))
            .axis_desc_style(font(12, GREY))
            .axis_style(FAINT)
            .bold_line_style(FAINT)
            .light_line_style(TRANSPARENT)
            .draw()?;
        for (one, color, goal) in both {
            let dashes = (0..24).map(|dash| {
                let at = |end: f64| (nines(0.9) + (nines(0.999) - nines(0.9)) * end / 24.0, goal);
                PathElement::new(
                    vec![at(f64::from(dash)), at(f64::from(dash) + 0.5)],
                    color.stroke_width(1),
                )
            });
            chart.draw_series(dashes)?;
            chart.draw_series(LineSeries::new(points(one), color.stroke_width(2)))?;
            let mark = one.at.into_iter().zip(super::latency::SHARES);
            // Of fewer than a thousand acts none is at 99.9 %.
            let end = one.curve.last().map_or(0.0, |(share, _)| *share);
            for (ms, share) in mark.filter(|(_, share)| *share <= end) {
                chart.draw_series([Circle::new((nines(share), ms), 4, color.filled())])?;
                let (x, y) = chart.backend_coord(&(nines(share), ms));
                let label = anchored(12, INK, HPos::Right, VPos::Bottom);
                area.draw(&Text::new(format!("{ms:.1}"), (x - 4, y - 6), label))?;
            }
        }
        Ok(())
    })
}
