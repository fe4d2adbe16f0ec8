//! Layers: what is inside a text, looked at like a body of its own.

use std::borrow::Cow;

use crate::model::{Layer, Spot};

use super::budget::Budget;
use super::bytes::{Body, Decoded, decoded};
use super::runs::{Run, SHORTEST, runs};
use super::{
    Glimpse, GlimpseKind, cards, embedded, escapes, fields, html, json, lengths, lines, mail, rtf,
    segments,
};

/// Tells a spot.
pub(super) type Spotted<'a> = &'a dyn Fn() -> Spot;

/// Where a body stands, when it is not the response's own.
#[derive(Clone, Copy, Default)]
pub(super) struct Base<'a>(pub(super) Option<Spotted<'a>>);

impl Base<'_> {
    /// `inner`, inside of this.
    pub(super) fn at(self, inner: Spot) -> Spot {
        match self.0 {
            Some(outer) => outer().with(inner),
            None => inner,
        }
    }

    /// This itself, or `alone` when it is the response's own body.
    pub(super) fn or(self, alone: Spot) -> Spot {
        self.0.map_or(alone, |outer| outer())
    }
}

/// Looks at texts and at what is inside them.
pub(super) struct Looker<'s> {
    see: &'s mut dyn FnMut(Glimpse<'_>),
    budget: Budget,
    skipped: u32,
}

impl<'s> Looker<'s> {
    pub(super) fn new(see: &'s mut dyn FnMut(Glimpse<'_>), budget: Budget) -> Self {
        Self {
            see,
            budget,
            skipped: 0,
        }
    }

    pub(super) fn skipped(&self) -> u32 {
        self.skipped
    }

    /// How many more bytes may be undone.
    pub(super) fn room(&self) -> usize {
        self.budget.room()
    }

    /// Takes note of `bytes` that were undone without a layer of their own.
    pub(super) fn spend(&mut self, bytes: usize) {
        self.budget.spend(bytes);
    }

    /// Whether nothing more may be undone.
    pub(super) fn is_spent(&self) -> bool {
        self.budget.is_spent()
    }

    /// Notes that something was left alone.
    pub(super) fn skip(&mut self) {
        self.skipped = self.skipped.saturating_add(1);
    }

    /// Does `look` one layer deeper, if the bounds allow a layer of `bytes`.
    pub(super) fn deeper(&mut self, bytes: usize, look: impl FnOnce(&mut Self)) {
        if self.budget.enter(bytes) {
            look(self);
            self.budget.leave();
        } else {
            self.skip();
        }
    }

    /// The text alone.
    pub(super) fn plain(&mut self, text: &str, hint: &str, spot: Spotted<'_>) {
        self.glimpse(text, hint, GlimpseKind::Whole, spot);
    }

    /// Texts put together that need not belong together.
    pub(super) fn patchwork(&mut self, text: &str, spot: Spotted<'_>) {
        self.glimpse(text, "", GlimpseKind::Patchwork, spot);
    }

    /// Fields that together are one value.
    pub(super) fn joined(&mut self, text: &str, spot: Spotted<'_>) {
        self.glimpse(text, "", GlimpseKind::Fields, spot);
    }

    fn glimpse(&mut self, text: &str, hint: &str, kind: GlimpseKind, spot: Spotted<'_>) {
        (self.see)(Glimpse {
            text,
            hint,
            kind,
            spot,
        });
    }

    /// The text, and whatever is inside it.
    pub(super) fn text(&mut self, text: &str, hint: &str, spot: Spotted<'_>) {
        let marks = Marks::of(text);
        // First what tells its spot best.
        if marks.has(BRACE) && self.json(text, spot) {
            // Its strings were looked at one by one.
            return;
        }
        if marks.has(COLON)
            && let Some(at) = cards::beginning(text)
        {
            // Lines are folded, and what begins one can be the end of a value.
            let whole = cards::unfolded(&text[at..]);
            let head = if cards::is_card(text) { "" } else { text };
            self.plain(head, hint, spot);
            self.plain(&whole, hint, spot);
            self.plain(&whole.replace(';', ", "), hint, spot);
            cards::look(&whole, spot, self);
            self.inside(&whole, hint, &Marks::of(&whole), spot);
            return;
        }
        self.plain(text, hint, spot);
        if rtf::is_rtf(text) {
            let shown = rtf::shown(text);
            let spot = || spot().with(Spot::Layer(Layer::Rtf));
            self.deeper(shown.len(), |looker| looker.text(&shown, hint, &spot));
            return;
        }
        self.inside(text, hint, &marks, spot);
        if marks.has(COLON | EQUALS) {
            lines::look_at_fields(text, spot, self);
            cards::look_at_mecard(text, spot, self);
        }
        if marks.has(NEWLINE) {
            lines::look_at_tables(text, spot, self);
        }
        if marks.has(CARET) || segments::is_message(text) {
            segments::look(text, spot, self);
        }
    }

    fn inside(&mut self, text: &str, hint: &str, marks: &Marks, spot: Spotted<'_>) {
        if marks.has(ANGLE) && is_markup(text) {
            self.deeper(text.len(), |looker| {
                if !html::look(text, Base(Some(spot)), looker) {
                    looker.skip();
                }
            });
        } else if marks.has(AMPERSAND)
            && let Some(plain) = escapes::entities(text)
        {
            self.deeper(plain.len(), |looker| looker.text(&plain, hint, spot));
        }
        if marks.has(PERCENT)
            && let Some(plain) = escapes::percent(text)
        {
            self.deeper(plain.len(), |looker| looker.text(&plain, hint, spot));
        }
        if marks.has(EQUALS) {
            fields::look_at_form(text, spot, self);
            if text.contains("=?")
                && let Some(plain) = escapes::encoded_words(text)
            {
                let spot = || spot().with(Spot::Layer(Layer::EncodedWord));
                self.deeper(plain.len(), |looker| looker.text(&plain, hint, &spot));
            }
            if let Some(plain) = escapes::quoted_printable(text) {
                let spot = || spot().with(Spot::Layer(Layer::QuotedPrintable));
                self.deeper(plain.len(), |looker| looker.text(&plain, hint, &spot));
            }
        }
        if marks.has(BACKSLASH)
            && let Some(plain) = escapes::literal(text)
        {
            let spot = || spot().with(Spot::Layer(Layer::Escapes));
            self.deeper(plain.len(), |looker| looker.text(&plain, hint, &spot));
        }
        if marks.has(INVISIBLE)
            && let Some(plain) = escapes::without_invisible(text)
        {
            self.plain(&plain, hint, spot);
        }
        if marks.has(INVISIBLE | CLOSING)
            && let Some(plain) = mail::spelled_out(text)
        {
            self.plain(&plain, hint, spot);
        }
        if marks.longest_run >= SHORTEST {
            self.runs(text, hint, spot);
        }
    }

    /// JSON in a text: all of it, or documents somewhere within.
    fn json(&mut self, text: &str, spot: Spotted<'_>) -> bool {
        let trimmed = text.trim();
        let is_all = matches!(
            (trimmed.as_bytes().first(), trimmed.as_bytes().last()),
            (Some(b'{'), Some(b'}')) | (Some(b'['), Some(b']')) | (Some(b'"'), Some(b'"'))
        ) && trimmed.len() > 2;
        let mut read = false;
        if is_all && json::is_json(trimmed) {
            self.deeper(trimmed.len(), |looker| {
                read = json::look(trimmed, Base(Some(spot)), looker);
            });
            // Beyond the bounds it is plain text.
            return read;
        }
        for document in embedded::documents(text) {
            self.deeper(document.len(), |looker| {
                json::look(document, Base(Some(spot)), looker);
            });
        }
        false
    }

    /// Base64, hex and tokens in a text.
    fn runs(&mut self, text: &str, hint: &str, spot: Spotted<'_>) {
        for run in runs(text) {
            match run {
                Run::Encoded(layer, bytes) => {
                    let spot = || spot().with(Spot::Layer(layer));
                    self.decoded(&bytes, hint, &spot);
                }
                Run::Token(header, payload) => {
                    for (layer, bytes) in [(Layer::JwtHeader, header), (Layer::JwtPayload, payload)]
                    {
                        let spot = || spot().with(Spot::Layer(layer));
                        self.decoded(&bytes, hint, &spot);
                    }
                }
            }
        }
    }

    /// Bytes that came out of a text.
    pub(super) fn decoded(&mut self, bytes: &[u8], hint: &str, spot: Spotted<'_>) {
        for piece in lengths::pieces(bytes) {
            self.joined(piece, spot);
        }
        match decoded(bytes) {
            // Ids are many, and must not use up what layers there are.
            Decoded::Text(text) if is_flat(&text) => self.plain(&text, hint, spot),
            Decoded::Text(text) => {
                self.deeper(text.len(), |looker| looker.text(&text, hint, spot));
            }
            Decoded::Packed => {
                let body = Body {
                    content_type: None,
                    bytes,
                };
                self.deeper(bytes.len(), |looker| {
                    body.look(Base(Some(spot)), looker);
                });
            }
            Decoded::Binary(text) => {
                self.deeper(text.len(), |looker| looker.plain(&text, hint, spot));
            }
            Decoded::Nothing => {}
        }
    }
}

/// Longer texts are layers, whatever is inside.
const SHORT: usize = 64;

/// Whether `text` is short and has nothing inside.
fn is_flat(text: &str) -> bool {
    text.len() <= SHORT && !text.contains('\n') && {
        let marks = Marks::of(text);
        !marks.has(LAYERS) && (marks.longest_run < SHORTEST || runs(text).is_empty())
    }
}

/// Whether `text` holds tags.
fn is_markup(text: &str) -> bool {
    let opens = text.match_indices('<').any(|(at, _)| {
        text[at + 1..]
            .starts_with(|c: char| c.is_ascii_alphabetic() || matches!(c, '/' | '!' | '?'))
    });
    opens && text.contains('>')
}

const PERCENT: u16 = 1;
const BACKSLASH: u16 = 2;
const AMPERSAND: u16 = 4;
const ANGLE: u16 = 8;
const BRACE: u16 = 16;
const EQUALS: u16 = 32;
const INVISIBLE: u16 = 64;
const RUN: u16 = 128;
/// Of texts with several fields, lines or parts, which need not have anything
/// inside.
const COLON: u16 = 256;
const NEWLINE: u16 = 512;
const CARET: u16 = 1024;
/// Of brackets, which can be around a word for a sign.
const CLOSING: u16 = 2048;

/// What has something inside.
const LAYERS: u16 = 0xff;

/// What each byte can be the mark of.
const CLASSES: [u16; 256] = classes();

const fn classes() -> [u16; 256] {
    let mut classes = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        #[expect(clippy::cast_possible_truncation, reason = "below 256")]
        let own = byte as u8;
        classes[byte] = match own {
            b'%' => PERCENT,
            b'\\' => BACKSLASH,
            b'&' => AMPERSAND,
            b'<' => ANGLE,
            b'{' | b'[' | b'"' => BRACE,
            b'=' => EQUALS,
            b':' => COLON,
            b'\n' => NEWLINE,
            b'^' => CARET,
            b')' | b']' | b'}' => CLOSING,
            b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z' | b'+' | b'/' | b'-' | b'_' => RUN,
            // First bytes of soft hyphens and of zero-width characters.
            0xc2 | 0xe2 | 0xef => INVISIBLE,
            _ => 0,
        };
        byte += 1;
    }
    classes
}

/// What a text could have inside, found in one pass over its bytes.
struct Marks {
    seen: u16,
    longest_run: usize,
}

impl Marks {
    fn of(text: &str) -> Self {
        let (mut seen, mut run, mut longest_run) = (0, 0_usize, 0);
        for byte in text.bytes() {
            let class = CLASSES[usize::from(byte)];
            if class == RUN {
                run += 1;
            } else {
                seen |= class;
                longest_run = longest_run.max(run);
                run = 0;
            }
        }
        Self {
            seen,
            longest_run: longest_run.max(run),
        }
    }

    fn has(&self, mark: u16) -> bool {
        self.seen & mark != 0
    }
}

/// `text` decoded by `decode`, unless that changes nothing.
pub(super) fn changed(text: &str, decoded: Cow<'_, str>) -> Option<String> {
    match decoded {
        Cow::Owned(plain) if plain != text => Some(plain),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How deep `looker`, which is at `depth`, goes.
    fn nest(looker: &mut Looker<'_>, depth: u32) -> u32 {
        let mut deepest = depth;
        assert_eq!(looker.is_spent(), depth == 8);
        looker.deeper(1, |looker| deepest = nest(looker, depth + 1));
        deepest
    }

    #[test]
    fn what_lies_beyond_the_bounds_is_counted_and_not_undone() {
        let mut see = |_: Glimpse<'_>| {};
        let mut looker = Looker::new(&mut see, Budget::for_body(0));
        assert_eq!((nest(&mut looker, 0), looker.skipped()), (8, 1));
        looker.skip();
        assert_eq!(looker.skipped(), 2);
        let room = looker.room();
        looker.deeper(room + 1, |_| unreachable!("there is no room for it"));
        assert_eq!((looker.skipped(), looker.room()), (3, room));
    }
}
