//! A page of the console.

use std::fmt::Write as _;

use anstyle::{AnsiColor, Style};

use crate::model::Verdict;

use super::clean::plain;

/// Where the second column begins.
const COLUMN: usize = 18;

/// How a text is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tone {
    /// As it is.
    Plain,
    /// Above others.
    Strong,
    /// Below others.
    Faint,
    /// By its verdict.
    Of(Verdict),
}

impl Tone {
    fn style(self) -> Style {
        let color = |color: AnsiColor| color.on_default().bold();
        match self {
            Self::Plain => Style::new(),
            Self::Strong => Style::new().bold(),
            Self::Faint => Style::new().dimmed(),
            Self::Of(Verdict::Pass) => color(AnsiColor::Green),
            Self::Of(Verdict::Inconclusive) => color(AnsiColor::Yellow),
            Self::Of(Verdict::Fail) => color(AnsiColor::Red),
        }
    }
}

/// Lines of styled text. Whatever is put on it is cleaned, so that no text of
/// a service controls the terminal.
#[derive(Debug)]
pub(super) struct Page {
    text: String,
    color: bool,
}

impl Page {
    pub(super) fn new(color: bool) -> Self {
        Self {
            text: String::new(),
            color,
        }
    }

    pub(super) fn into_text(self) -> String {
        self.text
    }

    /// An empty line.
    pub(super) fn gap(&mut self) {
        self.text.push('\n');
    }

    /// One line of differently meant parts.
    pub(super) fn line(&mut self, indent: usize, parts: &[(Tone, &str)]) {
        self.text.push_str(&" ".repeat(indent));
        for (tone, text) in parts {
            self.put(*tone, &plain(text));
        }
        self.text.push('\n');
    }

    /// A label and what it stands for.
    pub(super) fn row(&mut self, indent: usize, tone: Tone, label: &str, text: &str) {
        let width = COLUMN.saturating_sub(indent);
        self.line(
            indent,
            &[(tone, &format!("{label:<width$}")), (Tone::Plain, text)],
        );
    }

    /// More about the row above.
    pub(super) fn more(&mut self, text: &str) {
        self.line(COLUMN, &[(Tone::Plain, text)]);
    }

    fn put(&mut self, tone: Tone, text: &str) {
        let style = tone.style();
        if !self.color || tone == Tone::Plain {
            self.text.push_str(text);
            return;
        }
        let _ = write!(self.text, "{style}{text}{}", style.render_reset());
    }
}
