//! Looking into PDF: the texts that its pages show, the values of its forms and
//! what is said about it.
//!
//! Only what is needed for that is read, in one pass over the file: nothing is
//! followed that a file could make endless. Letters are told by the table to
//! Unicode that a font brings (`ToUnicode`), or else taken for Latin ones.

mod fonts;
mod objects;
mod text;
mod tokens;

use std::collections::BTreeMap;

use crate::model::{Layer, Spot};

use super::bytes::Body;
use super::layers::{Base, Looker};
use super::{APART, lines};
use fonts::{Font, Letters};
use objects::File;
use tokens::{Token, Tokens};

/// Fonts of one file that are read.
const MOST_FONTS: usize = 256;

/// Codes of all fonts of one file: of five that tell every letter there is, or of
/// hundreds as they mostly are.
const MOST_CODES: usize = 350_000;

/// Objects among which the names of fonts are looked for, whatever page they are
/// of.
const MOST_NAMED: usize = 4_096;

/// Letters of a line that was most likely broken because it was full.
const FULL: usize = 50;

/// Whether a PDF begins here.
pub(super) fn is_pdf(bytes: &[u8]) -> bool {
    bytes.starts_with(b"%PDF-")
}

/// Looks at all that can be read of it; the rest is counted.
pub(super) fn look(bytes: &[u8], base: Base<'_>, looker: &mut Looker<'_>) {
    let spot = || base.at(Spot::Layer(Layer::Pdf));
    let base = Base(Some(&spot));
    let mut packed = Vec::new();
    let mut room = looker.room();
    let file = File::read(bytes, &mut packed, &mut room);
    looker.spend(looker.room() - room);
    if file.is_encrypted {
        looker.skip();
        return;
    }
    if file.has_more {
        looker.skip();
    }
    for object in file.objects.values() {
        look_at_strings(object.head, base, looker);
    }
    room = looker.room();
    let fonts = fonts_of(&file, &mut room);
    looker.spend(looker.room() - room);
    if fonts.has_more {
        looker.skip();
    }
    let mut everywhere = BTreeMap::new();
    for object in file.objects.values().take(MOST_NAMED) {
        everywhere.extend(fonts::named(object.head, &file));
    }
    let pages = fonts::pages(&file);
    let mut number = 0;
    for (id, object) in &file.objects {
        if object.stream.is_none() || object.is_no_page() || fonts.is_table(*id) {
            continue;
        }
        if looker.is_spent() {
            looker.skip();
            break;
        }
        let mut room = looker.room();
        let content = object.decoded(&mut room);
        looker.spend(looker.room() - room);
        let Some(content) = content else {
            looker.skip();
            continue;
        };
        if room == 0 {
            looker.skip();
        }
        if object.is_attached() {
            let body = Body {
                content_type: None,
                bytes: &content,
            };
            looker.deeper(0, |looker| {
                body.look(base, looker);
            });
            continue;
        }
        let own = fonts::of_page(*id, object, &pages, &file);
        let font = |name: &[u8]| {
            let id = own.get(name).or_else(|| everywhere.get(name))?;
            fonts.told.get(id)
        };
        number += 1;
        let spot = || base.at(Spot::Part(number.to_string()));
        looker.deeper(0, |looker| {
            look_at_content(&content, &font, &spot, looker);
        });
    }
}

/// The fonts with tables of their own.
#[derive(Debug, Default)]
struct Fonts {
    told: BTreeMap<u32, Font>,
    /// Such tables, by their streams; none where one cannot be read.
    tables: BTreeMap<u32, Option<Letters>>,
    /// There are more fonts, or more codes, than are read.
    has_more: bool,
}

impl Fonts {
    fn is_table(&self, id: u32) -> bool {
        self.tables.get(&id).is_some_and(Option::is_some)
    }
}

fn fonts_of(file: &File<'_>, room: &mut usize) -> Fonts {
    let mut found = Fonts::default();
    let mut left = MOST_CODES;
    for (id, object) in &file.objects {
        let is_wide = || objects::holds(object.head, b"/Type0");
        let table = objects::reference(object.head, b"/ToUnicode");
        if table.is_none() && !is_wide() {
            continue;
        }
        if found.told.len() >= MOST_FONTS {
            found.has_more = true;
            break;
        }
        let Some(table) = table else {
            found.told.insert(*id, Font::Unknown);
            continue;
        };
        let letters = found.tables.entry(table).or_insert_with(|| {
            let content = file.objects.get(&table)?.decoded(room)?;
            Some(fonts::table(&content, &mut left))
        });
        if let Some(letters) = letters {
            let font = Font::Told {
                letters: Letters::clone(letters),
                wide: is_wide(),
            };
            found.told.insert(*id, font);
        }
    }
    found.has_more |= left == 0;
    found
}

/// Texts in what describes the file, its forms and its links.
fn look_at_strings(head: &[u8], base: Base<'_>, looker: &mut Looker<'_>) {
    let mut name = String::new();
    for token in Tokens::of(head) {
        match token {
            Token::Name(own) => name = String::from_utf8_lossy(own).into_owned(),
            Token::Text(bytes) if !bytes.is_empty() => {
                let told = [
                    "V", "DV", "Title", "Author", "Subject", "Keywords", "URI", "Contents", "TU",
                ]
                .contains(&name.as_str());
                let told = if told { name.as_str() } else { "?" };
                let spot = || base.at(Spot::Field(told.to_owned()));
                looker.text(&text::of_string(&bytes), &name, &spot);
            }
            _ => {}
        }
    }
}

/// The texts that a page shows, each by itself, and all of them together.
fn look_at_content<'f>(
    content: &[u8],
    font: &dyn Fn(&[u8]) -> Option<&'f Font>,
    spot: &dyn Fn() -> Spot,
    looker: &mut Looker<'_>,
) {
    let (pieces, unreadable) = text::pieces(content, font);
    if unreadable {
        looker.skip();
    }
    for piece in &pieces {
        looker.text(&piece.text, "", spot);
    }
    let (mut whole, mut block) = (String::new(), String::new());
    for piece in &pieces {
        // A short line was not broken because it was full.
        let is_full = piece.text.chars().count() >= FULL;
        whole.push_str(&piece.text);
        whole.push(if is_full && !piece.ends_block {
            '\n'
        } else {
            APART
        });
        block.push_str(&piece.text);
        block.push('\n');
        if piece.ends_block {
            // What is drawn apart can be of somebody else.
            lines::look_at_fields(&block, spot, looker);
            lines::look_at_tables(&block, spot, looker);
            block.clear();
        }
    }
    looker.patchwork(&whole, spot);
}

#[cfg(test)]
mod tests;
