//! Letters without their accents: dropped, or written out as Germans and
//! Scandinavians do.

use icu_normalizer::DecomposingNormalizerBorrowed;

/// How accents are written without them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ascii {
    /// `u` for `ü`.
    Dropped,
    /// `ue` for `ü`.
    WrittenOut,
}

/// `text`, folded and without accents, and for each of its bytes the place in
/// `text` of the character that it comes from.
pub(super) fn unaccented(text: &str, how: Ascii) -> (String, Vec<usize>) {
    let normalizer = DecomposingNormalizerBorrowed::new_nfkd();
    let mut plain = String::with_capacity(text.len());
    let mut places = Vec::with_capacity(text.len());
    let mut gap = None;
    let push = |plain: &mut String, places: &mut Vec<usize>, c: char, at: usize| {
        plain.push(c);
        places.resize(plain.len(), at);
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
        for c in normalizer.normalize(c.encode_utf8(&mut buffer)).chars() {
            if !matches!(c, '\u{300}'..='\u{36f}') {
                for c in c.to_lowercase() {
                    push(&mut plain, &mut places, c, at);
                }
            }
        }
    }
    places.push(text.len());
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
            assert_eq!(places.len(), plain.len() + 1);
            assert_eq!(places[0], 0);
        }
        let (plain, places) = unaccented("Ü b", Ascii::WrittenOut);
        assert_eq!((plain.as_str(), places), ("ue b", vec![0, 0, 2, 3, 4]));
    }
}
