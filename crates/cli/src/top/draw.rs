//! The screen as it is drawn.

use ratatui::Frame;
use ratatui::layout::{Alignment, Constraint, Layout, Rect};
use ratatui::style::{Modifier, Style, Stylize as _};
use ratatui::text::{Line, Span, Text};
use ratatui::widgets::{Block, Paragraph, Row, Table};

use super::panel::{Cell, Kind, Panel};
use super::screen::Screen;
use crate::amount::{bytes, duration, number};

const KEYS: &str =
    " Tab table  Enter only this  s sort  r reverse  / filter  arrows scroll  Space pause  q quit";
/// So many outputs are shown beside the other tables.
const OUTPUTS: usize = 6;

pub(super) fn draw(frame: &mut Frame<'_>, screen: &mut Screen) {
    let [head, body, foot] =
        Layout::vertical([Constraint::Length(3), Constraint::Fill(1), Constraint::Length(1)])
            .areas(frame.area());
    frame.render_widget(Paragraph::new(head_of(screen)), head);
    frame.render_widget(Paragraph::new(foot_of(screen)), foot);
    if screen.alone {
        panel(frame, screen, screen.focus, body);
        return;
    }
    // The frame, the heads of the columns, and a row each.
    let outputs = screen.said.status.outputs.len().clamp(1, OUTPUTS) + 3;
    let rows = [
        Constraint::Fill(1),
        Constraint::Fill(1),
        Constraint::Length(u16::try_from(outputs).unwrap_or(u16::MAX)),
    ];
    let [upper, lower, outputs] = Layout::vertical(rows).areas(body);
    let halves = |area| Layout::horizontal([Constraint::Fill(2), Constraint::Fill(3)]).areas(area);
    let [calls, rules] = halves(upper);
    let [processes, containers] =
        Layout::horizontal([Constraint::Fill(1), Constraint::Fill(1)]).areas(lower);
    for (at, area) in [calls, rules, processes, containers, outputs].into_iter().enumerate() {
        panel(frame, screen, at, area);
    }
}

/// How the agent is doing, in three lines.
fn head_of(screen: &Screen) -> Text<'static> {
    let status = &screen.said.status;
    let activity = &screen.said.activity;
    let memory = status.rss_bytes.map_or_else(|| "unknown".to_owned(), bytes);
    let first = format!(
        "peregrine {}, process {}, up {}   {} rules   {} calls watched   memory {memory}",
        status.version,
        status.pid,
        duration(status.uptime_seconds),
        number(status.rules.enabled),
        number(status.sensor.syscalls),
    );
    #[expect(clippy::cast_precision_loss, reason = "shown to people")]
    let now = activity.events as f64 / activity.seconds.max(0.001);
    let mut second = vec![Span::raw(format!(
        "events {now:.0}/s   alerts {}/s   left out in the kernel {}   lost ",
        status.alerts.per_second,
        number(status.filtered)
    ))];
    let lost = &status.lost;
    if lost.total == 0 {
        second.push("nothing".green());
    } else {
        let classes = lost.classes.iter().map(|(class, count)| format!(" {class} {count}"));
        let text = format!("{}:{}", number(lost.total), classes.collect::<String>());
        second.push(text.red());
    }
    let third = match &screen.trouble {
        Some(why) => Line::from(why.clone().red()),
        None if screen.paused => Line::from("paused: Space goes on".yellow()),
        None if activity.left_out > 0 => {
            let text = format!(
                "{} events of processes and containers that are not listed",
                number(activity.left_out)
            );
            Line::from(text.dim())
        }
        None => Line::default(),
    };
    Text::from(vec![Line::from(first.bold()), Line::from(second), third])
}

fn foot_of(screen: &Screen) -> Line<'static> {
    match screen.panels.get(screen.focus) {
        Some(panel) if screen.typing => Line::from(
            format!(
                " filter {}: {}_   Enter keeps it, Esc drops it",
                panel.kind.title(),
                panel.filter
            )
            .yellow(),
        ),
        _ => Line::from(KEYS.dim()),
    }
}

fn panel(frame: &mut Frame<'_>, screen: &mut Screen, at: usize, area: Rect) {
    let has_focus = at == screen.focus;
    let Some(panel) = screen.panels.get_mut(at) else { return };
    let rows = panel.rows(&screen.said);
    // The last page stays full.
    let room = usize::from(area.height.saturating_sub(3));
    panel.offset = panel.offset.min(rows.len().saturating_sub(room));
    let kind = panel.kind;
    let filter =
        if panel.filter.is_empty() { String::new() } else { format!(" with \"{}\"", panel.filter) };
    let title = format!(" {} {}{filter} ", rows.len(), kind.title());
    let block = Block::bordered().title(title);
    let block = if has_focus {
        block.border_style(Style::new().bold().cyan())
    } else {
        block.border_style(Style::new().dim())
    };
    let widths = kind.columns().iter().map(|(_, share)| Constraint::Fill(*share));
    let shown = rows.iter().skip(panel.offset).take(room).map(|row| Row::new(row.iter().map(text)));
    let table = Table::new(shown, widths).header(heads(panel)).block(block);
    frame.render_widget(table, area);
}

/// The heads of the columns; the one that rows are sorted by has an arrow.
fn heads(panel: &Panel) -> Row<'static> {
    let arrow = if panel.descending { "▼" } else { "▲" };
    let heads = panel.kind.columns().iter().enumerate().map(|(at, (head, _))| {
        let arrow = if at == panel.sort { arrow } else { "" };
        Line::from(format!("{head}{arrow}")).alignment(alignment(panel.kind, head))
    });
    Row::new(heads).style(Style::new().add_modifier(Modifier::BOLD))
}

/// Numbers stand to the right.
fn alignment(kind: Kind, head: &str) -> Alignment {
    let is_number = head.ends_with("/s")
        || head == "pid"
        || kind == Kind::Outputs && ["delivered", "waiting", "lag", "lost"].contains(&head);
    if is_number { Alignment::Right } else { Alignment::Left }
}

fn text(cell: &Cell) -> Line<'static> {
    let alignment = match cell {
        Cell::Text(_) => Alignment::Left,
        Cell::Number(..) => Alignment::Right,
    };
    Line::from(cell.shown()).alignment(alignment)
}
