//! Looking: the texts of a response, each with the spot where it stands.
//!
//! One file for each kind of body, and one for each kind of layer that can lie
//! between a value and the text in which it travels: what is inside a text is
//! looked at like a body of its own, and so on, until a bound is reached. A body
//! that is not what its media type says is looked through as plain text, and
//! counted; so is what lies beyond the bounds.

mod archive;
mod budget;
mod bytes;
mod cards;
mod csv;
mod embedded;
mod escapes;
mod events;
mod fields;
mod html;
mod json;
mod labels;
mod layers;
mod lengths;
mod lines;
mod mail;
mod multipart;
mod outline;
mod pdf;
mod records;
mod rtf;
mod runs;
mod segments;
mod sent;
mod sheets;
mod tags;
#[cfg(test)]
mod tests;
mod xml;

pub(crate) use outline::{Refused, outline};
pub(super) use sent::look_at_sent;
pub(crate) use tags::has_swollen_tag;

use crate::model::{REASON, Received, Spot, TRAILER, UNTOLD, is_plain_header, is_plain_name};

use budget::Budget;
use bytes::{Body, content_codings};
use layers::{Base, Looker};

/// Stands, where texts are put together, between those that are set apart. It
/// is white space as in every text, and a page ends with it.
pub(super) const APART: char = '\u{c}';

/// What a look at a response came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Looked {
    /// The body is not what its media type says.
    pub unreadable: bool,
    /// The body is text of some kind, so that a person could read it.
    pub textual: bool,
    /// Layers that were left alone because a bound was reached.
    pub skipped: u32,
}

impl Looked {
    /// This and `other` together.
    pub(super) fn and(self, other: Self) -> Self {
        Self {
            unreadable: self.unreadable || other.unreadable,
            textual: self.textual || other.textual,
            skipped: self.skipped.saturating_add(other.skipped),
        }
    }
}

/// A text of a response.
#[derive(Clone, Copy)]
pub struct Glimpse<'a> {
    /// The text, everything that could be undone undone.
    pub text: &'a str,
    /// What the service calls it: a key, a column, a header.
    pub hint: &'a str,
    /// How it relates to what the service wrote.
    pub kind: GlimpseKind,
    /// Tells its spot; only worked out when something was seen.
    pub spot: &'a dyn Fn() -> Spot,
}

/// How a text relates to what the service wrote.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GlimpseKind {
    /// One text as it was written.
    Whole,
    /// Several texts put together that need not belong together: only values
    /// as they are known can be told from chance there.
    Patchwork,
    /// Fields that together are one value, such as first and last name.
    Fields,
}

impl std::fmt::Debug for Glimpse<'_> {
    /// Without the text, which can be anybody's data.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Glimpse")
            .field("kind", &self.kind)
            .field("length", &self.text.len())
            .finish_non_exhaustive()
    }
}

/// Calls `see` with every text of `response`.
pub fn look(response: &Received, see: &mut dyn FnMut(Glimpse<'_>)) -> Looked {
    let mut looker = Looker::new(see, Budget::for_bytes(&response.body));
    look_at_head(response, &mut looker);
    let body = look_at_body(response, &response.body, &mut looker);
    Looked {
        skipped: looker.skipped(),
        ..body
    }
}

/// Looks at `piece` of the body of `response`, which arrives little by little.
pub fn look_at_piece(
    response: &Received,
    piece: &[u8],
    see: &mut dyn FnMut(Glimpse<'_>),
) -> Looked {
    let mut looker = Looker::new(see, Budget::for_body(piece.len()));
    let body = look_at_body(response, piece, &mut looker);
    Looked {
        skipped: looker.skipped(),
        ..body
    }
}

/// Looks at the status line, the headers and the trailers of `response` alone.
pub fn look_at_its_head(response: &Received, see: &mut dyn FnMut(Glimpse<'_>)) -> Looked {
    let mut looker = Looker::new(see, Budget::for_body(0));
    look_at_head(response, &mut looker);
    Looked {
        skipped: looker.skipped(),
        ..Looked::default()
    }
}

fn look_at_head(response: &Received, looker: &mut Looker<'_>) {
    for (name, value) in &response.headers {
        if name == REASON {
            looker.text(value, "", &|| Spot::StatusLine);
        } else if let Some(name) = name.strip_prefix(TRAILER) {
            look_at_header(name, value, Spot::Trailer, looker);
        } else if name == "set-cookie"
            && let Some((cookie, value)) = value.split_once('=')
        {
            let cookie = cookie.trim();
            let told = Some(cookie).filter(|name| is_plain_name(name));
            let spot = || Spot::Cookie(told.unwrap_or(UNTOLD).to_owned());
            looker.text(cookie, "", &spot);
            // The attributes behind it are looked at as well.
            looker.text(value, cookie, &spot);
        } else {
            look_at_header(name, value, Spot::Header, looker);
        }
    }
}

fn look_at_header(name: &str, value: &str, at: fn(String) -> Spot, looker: &mut Looker<'_>) {
    let told = Some(name).filter(|name| is_plain_header(name));
    let spot = || at(told.unwrap_or(UNTOLD).to_owned());
    if told.is_none() {
        looker.text(name, "", &spot);
    }
    looker.text(value, name, &spot);
}

fn look_at_body(response: &Received, body: &[u8], looker: &mut Looker<'_>) -> Looked {
    if body.is_empty() {
        return Looked::default();
    }
    let content_type = response.header("content-type");
    // What the client has undone it has taken from the header as well.
    let codings = response.header("content-encoding").unwrap_or_default();
    let undone = content_codings(codings, body, looker.room());
    let body = Body {
        content_type,
        bytes: undone.as_deref().unwrap_or(body),
    };
    body.look(Base::default(), looker)
}
