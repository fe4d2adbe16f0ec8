//! Foreign text made harmless before anybody sees it.

/// Characters of one foreign text that are shown; the rest is in the files.
const LONGEST: usize = 600;

/// `text` on one line and without what controls a terminal, turns the
/// direction of text, or speaks to a CI system.
pub(super) fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len().min(LONGEST));
    for (position, character) in text.chars().enumerate() {
        if position == LONGEST {
            out.push('…');
            break;
        }
        match character {
            '\n' | '\r' | '\t' | '\u{2028}' | '\u{2029}' => out.push(' '),
            // Azure, GitHub and TeamCity take commands from anywhere in a line
            // of the log: `##vso[`, `##[`, `##teamcity[`.
            '#' if out.ends_with('#') => out.push_str(" #"),
            hidden if hidden.is_control() || turns(hidden) => {}
            shown => out.push(shown),
        }
    }
    out
}

/// Whether a character is unseen and changes how others are seen.
fn turns(character: char) -> bool {
    matches!(
        character,
        '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{2069}' | '\u{feff}'
    )
}

/// `text` for a cell or a line of Markdown: no markup, no HTML, no link and no
/// mention comes of it.
pub(super) fn markdown(text: &str) -> String {
    let plain = plain(text);
    let mut out = String::with_capacity(plain.len() + 16);
    let mut rest = plain.as_str();
    while let Some(character) = rest.chars().next() {
        rest = &rest[character.len_utf8()..];
        match character {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '@' => out.push_str("&#64;"),
            ':' if rest.starts_with("//") => out.push_str("&#58;"),
            '|' | '`' | '\\' | '*' | '_' | '~' | '[' | ']' | '#' | '!' => {
                out.push('\\');
                out.push(character);
            }
            _ => out.push(character),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_controls_a_terminal() {
        assert_eq!(plain("a\u{1b}[31mred\u{7}\r\nb\u{9b}2J"), "a[31mred  b2J");
        assert_eq!(plain("a\u{202e}b\u{2066}c\u{200b}d\u{2028}e"), "abcd e");
        assert_eq!(plain("##vso[task] ###[error]"), "# #vso[task] # # #[error]");
        assert_eq!(plain("#\u{1b}#vso["), "# #vso[");
        assert_eq!(plain("né 🦀"), "né 🦀");
        assert_eq!(plain(&"x".repeat(10_000)).chars().count(), LONGEST + 1);
    }

    #[test]
    fn nothing_is_markup() {
        assert_eq!(
            markdown("a|b <script>`x`\n![y](http://z) @me # *b*"),
            "a\\|b &lt;script&gt;\\`x\\` \\!\\[y\\](http&#58;//z) &#64;me \\# \\*b\\*"
        );
    }
}
