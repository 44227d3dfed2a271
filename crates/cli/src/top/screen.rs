//! What the screen shows, and what keys do to it.

use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::Said;
use super::panel::{Kind, Panel};

/// Whether it goes on after a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    Go,
    End,
}

/// Everything that is shown.
#[derive(Debug)]
pub(super) struct Screen {
    pub(super) said: Said,
    /// Why the last answer is not there.
    pub(super) trouble: Option<String>,
    pub(super) panels: Vec<Panel>,
    /// The table that keys are for.
    pub(super) focus: usize,
    /// Only that one is shown.
    pub(super) alone: bool,
    /// What is said meanwhile is not shown.
    pub(super) paused: bool,
    /// Keys are the text of the filter.
    pub(super) typing: bool,
}

impl Screen {
    pub(super) fn new(said: Said) -> Self {
        Self {
            said,
            trouble: None,
            panels: Kind::ALL.map(Panel::new).to_vec(),
            focus: 0,
            alone: false,
            paused: false,
            typing: false,
        }
    }

    /// Shows what the agent said, or why it says nothing.
    pub(super) fn take(&mut self, answer: Result<Said, String>) {
        match answer {
            Ok(said) => {
                self.trouble = None;
                if !self.paused {
                    self.said = said;
                }
            }
            Err(why) => self.trouble = Some(why),
        }
    }

    fn panel(&mut self) -> Option<&mut Panel> {
        self.panels.get_mut(self.focus)
    }

    /// Does what a key is for.
    pub(super) fn key(&mut self, key: KeyEvent) -> Step {
        if key.modifiers.contains(KeyModifiers::CONTROL) && key.code == KeyCode::Char('c') {
            return Step::End;
        }
        if self.typing {
            self.type_filter(key.code);
            return Step::Go;
        }
        let count = self.panels.len();
        match key.code {
            KeyCode::Char('q') => return Step::End,
            KeyCode::Esc if self.alone => self.alone = false,
            KeyCode::Esc => return Step::End,
            KeyCode::Tab | KeyCode::Right => self.focus = (self.focus + 1) % count,
            KeyCode::BackTab | KeyCode::Left => self.focus = (self.focus + count - 1) % count,
            KeyCode::Enter => self.alone = !self.alone,
            KeyCode::Char(' ') => self.paused = !self.paused,
            KeyCode::Char('/') => {
                self.typing = true;
                if let Some(panel) = self.panel() {
                    panel.filter.clear();
                    panel.offset = 0;
                }
            }
            code => {
                if let Some(panel) = self.panel() {
                    match code {
                        KeyCode::Char('s') => panel.sort_by_next(),
                        KeyCode::Char('r') => panel.descending = !panel.descending,
                        KeyCode::Up => panel.offset = panel.offset.saturating_sub(1),
                        KeyCode::Down => panel.offset = panel.offset.saturating_add(1),
                        KeyCode::PageUp => panel.offset = panel.offset.saturating_sub(10),
                        KeyCode::PageDown => panel.offset = panel.offset.saturating_add(10),
                        KeyCode::Home => panel.offset = 0,
                        _ => {}
                    }
                }
            }
        }
        Step::Go
    }

    fn type_filter(&mut self, code: KeyCode) {
        let is_end = matches!(code, KeyCode::Enter | KeyCode::Esc);
        if let Some(panel) = self.panel() {
            match code {
                KeyCode::Esc => panel.filter.clear(),
                KeyCode::Backspace => _ = panel.filter.pop(),
                KeyCode::Char(one) => panel.filter.push(one),
                _ => {}
            }
        }
        self.typing = self.typing && !is_end;
    }
}
