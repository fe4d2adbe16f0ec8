//! Letters without their accents: dropped, or written out as Germans and
//! Scandinavians do.

use std::ops::Range;

use icu_normalizer::DecomposingNormalizerBorrowed;

/// A letter with its marks, a ligature, a fraction: none is made of more
/// characters. What is made of more is a word or a sentence in one character
/// (`U+FDFA` is eighteen), which no value holds, and would make a text many times
/// as long.
const MOST_PARTS: usize = 4;

/// How accents are written without them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ascii {
    /// `u` for `ü`.
    Dropped,
    /// `ue` for `ü`.
    WrittenOut,
}

/// Where what is read without accents stands in the text that has them: for each
/// byte the place of the character that it comes from. There is one for each
/// byte, so they are small: no text is as long as four gigabytes.
#[derive(Debug, Default)]
pub(super) struct Places(Vec<u32>);

impl Places {
    fn with_room_for(bytes: usize) -> Self {
        Self(Vec::with_capacity(bytes + 1))
    }

    /// All bytes until `end`, as far as they are new, come from `at`.
    fn fill(&mut self, end: usize, at: usize) {
        self.0.resize(end, u32::try_from(at).unwrap_or(u32::MAX));
    }

    /// Where the text begins and ends that is read as what is at `range`.
    pub(super) fn of(&self, range: &Range<usize>) -> Range<usize> {
        let place = |at: usize| self.0[at] as usize;
        place(range.start)..place(range.end)
    }
}

/// `text`, folded and without accents, and where in `text` it stands.
pub(super) fn unaccented(text: &str, how: Ascii) -> (String, Places) {
    let normalizer = DecomposingNormalizerBorrowed::new_nfkd();
    let mut plain = String::with_capacity(text.len());
    let mut places = Places::with_room_for(text.len());
    let mut gap = None;
    let push = |plain: &mut String, places: &mut Places, c: char, at: usize| {
        plain.push(c);
        places.fill(plain.len(), at);
    };
    let mut buffer = [0; 4];
    let mut previous: Option<char> = None;
    for (at, c) in text.char_indices() {
        if c.is_whitespace() {
            gap.get_or_insert(at);
            continue;
        }
        if let Some(begin) = gap.take()
            && !plain.is_empty()
        {
            push(&mut plain, &mut places, ' ', begin);
        }
        if c.is_ascii() {
            push(&mut plain, &mut places, c.to_ascii_lowercase(), at);
            previous = Some(c.to_ascii_lowercase());
            continue;
        }
        // A letter and its mark apart are the letter with its mark.
        if c == '\u{308}' && how == Ascii::WrittenOut {
            if matches!(previous, Some('a' | 'o' | 'u')) {
                push(&mut plain, &mut places, 'e', at);
            }
            continue;
        }
        let lower = c.to_lowercase().next().unwrap_or(c);
        if let Some(written) = written_out(lower, how) {
            for c in written.chars() {
                push(&mut plain, &mut places, c, at);
            }
            continue;
        }
        let parts = normalizer.normalize(c.encode_utf8(&mut buffer));
        if parts.chars().nth(MOST_PARTS).is_some() {
            push(&mut plain, &mut places, c, at);
            continue;
        }
        for c in parts.chars() {
            if !matches!(c, '\u{300}'..='\u{36f}') {
                for c in c.to_lowercase() {
                    push(&mut plain, &mut places, c, at);
                }
            }
        }
    }
    places.fill(plain.len() + 1, text.len());
    (plain, places)
}

/// Letters that are not simply a letter with a mark.
fn written_out(c: char, how: Ascii) -> Option<&'static str> {
    Some(match (c, how) {
        ('ä', Ascii::WrittenOut) | ('æ', _) => "ae",
        ('ö' | 'ø', Ascii::WrittenOut) | ('œ', _) => "oe",
        ('ü', Ascii::WrittenOut) => "ue",
        ('å', Ascii::WrittenOut) => "aa",
        ('ß', _) => "ss",
        ('ø', Ascii::Dropped) => "o",
        ('ł', _) => "l",
        ('đ' | 'ð', _) => "d",
        ('ı', _) => "i",
        ('þ', _) => "th",
        ('’' | '‘' | 'ʼ', _) => "'",
        ('\u{2010}'..='\u{2015}', _) => "-",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accents_go_and_places_stay() {
        for (text, how, plain) in [
            ("Jürgen  GROSS", Ascii::Dropped, "jurgen gross"),
            ("Jürgen Groß", Ascii::WrittenOut, "juergen gross"),
            ("Ju\u{308}rgen", Ascii::WrittenOut, "juergen"),
            ("Ju\u{308}rgen", Ascii::Dropped, "jurgen"),
            ("Łukasz Sørensen", Ascii::Dropped, "lukasz sorensen"),
            ("０１５１", Ascii::Dropped, "0151"),
            ("Ärö Åse", Ascii::WrittenOut, "aeroe aase"),
            ("Ærø Œstergård", Ascii::WrittenOut, "aeroe oestergaard"),
            ("Ærø Œstergård", Ascii::Dropped, "aero oestergard"),
            ("Đorđe Guðrún", Ascii::Dropped, "dorde gudrun"),
            ("Yıldız Þór", Ascii::Dropped, "yildiz thor"),
            ("O’Neil ‘Oʼz’", Ascii::Dropped, "o'neil 'o'z'"),
            ("Anna‐Lena – Lee", Ascii::Dropped, "anna-lena - lee"),
        ] {
            let (found, places) = unaccented(text, how);
            assert_eq!(found, plain);
            assert_eq!(places.0.len(), plain.len() + 1);
            assert_eq!(places.0[0], 0);
        }
        let (plain, places) = unaccented("Ü b", Ascii::WrittenOut);
        assert_eq!((plain.as_str(), places.0), ("ue b", vec![0, 0, 2, 3, 4]));
    }

    /// Of what is one character each, a text does not become many times as long.
    #[test]
    fn what_is_a_sentence_in_one_character_stays_one() {
        for (text, expected) in [
            // A sentence of eighteen letters, and a word of five.
            ("\u{fdfa}", "\u{fdfa}"),
            ("\u{3300}", "\u{3300}"),
            ("ﬃ ½", "ffi 1⁄2"),
            // Alpha with three marks.
            ("\u{1f82}", "α"),
        ] {
            assert_eq!(unaccented(text, Ascii::Dropped).0, expected, "{text}");
        }
        let long = "\u{fdfa}".repeat(100_000) + " Jürgen";
        let (plain, places) = unaccented(&long, Ascii::Dropped);
        assert_eq!(plain.len(), long.len() - 1);
        assert_eq!(places.0.len(), plain.len() + 1);
        let name = plain.len() - 6..plain.len();
        assert_eq!(&long[places.of(&name)], "Jürgen");
    }
}
