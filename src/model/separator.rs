//! What stands between the cells of a CSV text.

/// What programs put there: spreadsheets write semicolons where the comma is
/// in numbers.
const SEPARATORS: [u8; 4] = [b'\t', b',', b';', b'|'];

/// The separator of `text`, and the rows without the line `sep=;` that tells it
/// to spreadsheets. Without that line it is what stands most often in the first
/// row, quoted cells left out.
pub fn separated(text: &str) -> (u8, &str) {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let head = text.lines().next().unwrap_or_default();
    if let [separator] = head
        .get(..4)
        .filter(|start| start.eq_ignore_ascii_case("sep="))
        .map_or(&[][..], |_| &head.as_bytes()[4..])
        && separator.is_ascii_punctuation()
        && *separator != b'"'
    {
        let rest = &text[head.len()..];
        return (*separator, rest.trim_start_matches(['\r', '\n']));
    }
    let mut counts = [0_usize; SEPARATORS.len()];
    let mut quoted = false;
    for byte in head.bytes() {
        quoted ^= byte == b'"';
        if let Some(at) = SEPARATORS.iter().position(|own| *own == byte && !quoted) {
            counts[at] += 1;
        }
    }
    let most = counts.iter().copied().max().unwrap_or_default();
    let at = counts.iter().position(|count| *count == most && most > 0);
    (at.map_or(b',', |at| SEPARATORS[at]), text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn separators_are_seen_in_the_first_row() {
        for (text, separator) in [
            ("no,to\n1;2;3", b','),
            ("no;to\n1,5;2", b';'),
            ("no;\"amount, net, EUR\";to", b';'),
            ("no\tto, from", b'\t'),
            ("no|to|by", b'|'),
            ("alone", b','),
            ("", b','),
            ("\u{feff}no;to", b';'),
        ] {
            let rows = text.trim_start_matches('\u{feff}');
            assert_eq!(separated(text), (separator, rows), "{text}");
        }
    }

    #[test]
    fn the_line_for_spreadsheets_is_no_row() {
        assert_eq!(separated("sep=;\r\nno;to,by\r\n"), (b';', "no;to,by\r\n"));
        assert_eq!(separated("SEP=|\nno|to"), (b'|', "no|to"));
        assert_eq!(separated("sep=\nno,to"), (b',', "sep=\nno,to"));
        for other in ["sep=\u{e9}\nno,to", "sep=\"\nno,to", "sep=x\nno,to"] {
            assert_eq!(separated(other).0, b',', "{other}");
        }
    }
}
