//! The outline of an XML document, told in one pass before a parser builds its
//! tree. What parsers do for a tag grows with its attributes, with the prefixes
//! that are declared around it and with the elements that are open: a document
//! of nothing but these would keep one busy for hours, or fill its stack.

use std::collections::HashMap;

use quick_xml::events::{BytesStart, Event};
use quick_xml::{Reader, XmlVersion};

/// Elements within elements, as in pages.
const DEEPEST: usize = 512;

/// Comparisons that parsers need for the tags. A million elements of an office
/// program's document, which declares some forty prefixes, are far below.
const MOST_WORK: usize = 200_000_000;

/// What every document declares without saying so.
const XML: (&str, &str) = ("xml", "http://www.w3.org/XML/1998/namespace");

/// What the prefixes mean that elements of a document declare, the first
/// declaration of each.
pub(crate) type Declared = HashMap<String, String>;

/// Why a text is not to be parsed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refused {
    /// It is no XML from this byte on.
    NoXml(u64),
    /// Elements nest too deeply for reading their texts.
    Deep(usize),
    /// Parsing it would take too long.
    Long,
}

/// Reads the outline of `text`: what it declares, unless it is refused.
pub(crate) fn outline(text: &str) -> Result<Declared, Refused> {
    let mut outline = Outline {
        declared: HashMap::from([(XML.0.to_owned(), XML.1.to_owned())]),
        ..Outline::default()
    };
    let mut reader = Reader::from_str(text);
    reader.config_mut().check_end_names = false;
    loop {
        let no_xml = Refused::NoXml(reader.buffer_position());
        match reader.read_event() {
            Ok(Event::Start(element)) => {
                let before = outline.prefixes.len();
                outline.tag(&element).ok_or(no_xml)?;
                outline.open.push(before);
            }
            Ok(Event::Empty(element)) => {
                let before = outline.prefixes.len();
                outline.tag(&element).ok_or(no_xml)?;
                outline.prefixes.truncate(before);
            }
            Ok(Event::End(_)) => {
                if let Some(before) = outline.open.pop() {
                    outline.prefixes.truncate(before);
                }
            }
            Ok(Event::DocType(words)) if !is_told_alike(&words) => return Err(no_xml),
            Ok(Event::Eof) => return Ok(outline.declared),
            Ok(_) => {}
            Err(_) => return Err(Refused::NoXml(reader.error_position())),
        }
        if outline.open.len() > DEEPEST {
            return Err(Refused::Deep(DEEPEST));
        }
        if outline.work > MOST_WORK {
            return Err(Refused::Long);
        }
    }
}

#[derive(Default)]
struct Outline {
    declared: Declared,
    /// Prefixes that mean something here.
    prefixes: Vec<String>,
    /// The elements that are open, with how many prefixes there were before.
    open: Vec<usize>,
    work: usize,
}

impl Outline {
    /// Takes in a tag; `None` when its attributes are none.
    fn tag(&mut self, element: &BytesStart<'_>) -> Option<()> {
        let (mut attributes, mut declares) = (0_usize, false);
        // Comparing each with all before it is what is to be avoided.
        for attribute in element.attributes().with_checks(false) {
            let attribute = attribute.ok()?;
            attributes += 1;
            let key = attribute.key.as_ref();
            let prefix = match key.strip_prefix("xmlns:") {
                Some(prefix) => prefix,
                None if key == "xmlns" => "",
                None => continue,
            };
            declares = true;
            self.work = self.work.saturating_add(self.prefixes.len());
            if self.work > MOST_WORK {
                break;
            }
            if !self.prefixes.iter().any(|own| own == prefix) {
                self.prefixes.push(prefix.to_owned());
            }
            if let Ok(uri) = attribute.normalized_value(XmlVersion::Implicit1_0)
                && !prefix.is_empty()
                && !self.declared.contains_key(prefix)
            {
                self.declared.insert(prefix.to_owned(), uri.into_owned());
            }
        }
        let prefixes = self.prefixes.len();
        // Each attribute is compared with those before it, and its prefix with all
        // that are declared; where some are, those around are copied one by one.
        let compared = (attributes + 1).saturating_mul(attributes + prefixes);
        let copied = if declares {
            prefixes.saturating_mul(prefixes)
        } else {
            0
        };
        let own = self
            .open
            .len()
            .saturating_add(compared)
            .saturating_add(copied);
        self.work = self.work.saturating_add(own);
        Some(())
    }
}

/// Whether all parsers agree where a document type ends: one goes by the first
/// bracket behind its declarations, and what is a part of them to another are
/// elements to that one.
fn is_told_alike(words: &str) -> bool {
    let (_, declarations) = words.split_once('[').unwrap_or((words, "]"));
    let inner = declarations.trim_end().strip_suffix(']');
    inner.is_some_and(|inner| !inner.contains(']'))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// So many attributes, the number of each in the place of `N`.
    fn many(count: usize, attribute: &str) -> String {
        (0..count).fold(String::new(), |all, number| {
            all + &attribute.replace('N', &number.to_string())
        })
    }

    #[test]
    fn ordinary_documents_are_not_refused() {
        let prefixes = many(40, " xmlns:pN='urn:N'");
        let document = format!(
            "<p0:document{prefixes}>{}</p0:document>",
            "<p1:p p2:id='1'><p1:r><p1:t p3:space='x'>Ann</p1:t></p1:r></p1:p>".repeat(50_000)
        );
        let rows = format!(
            "<a>{}</a>",
            format!("<z{}/>", many(30, " aN='1'")).repeat(5_000)
        );
        let wide = format!("<a{}/>", many(4_000, " aN='1'"));
        let envelopes = "<e:a xmlns:e='urn:e'><e:b xmlns:f='urn:f'/></e:a>".repeat(10_000);
        for text in ["", "<a/>", &document, &rows, &wide, &envelopes] {
            assert!(outline(text).is_ok(), "{}", text.get(..60).unwrap_or(text));
        }
    }

    #[test]
    fn documents_that_take_parsers_for_ever_are_refused() {
        let nested = (0..500).fold(String::new(), |all, number| {
            all + &format!("<a xmlns:p{number}='urn:{number}'>")
        });
        for (text, why) in [
            (format!("<a{}/>", many(100_000, " aN='1'")), Refused::Long),
            // Even where nothing ends the tag that is too long.
            (
                format!("<a{}/>", many(100_000, " xmlns:aN='1'")),
                Refused::Long,
            ),
            (
                format!(
                    "<a{}>{}",
                    many(300, " xmlns:aN='1'"),
                    "<b xmlns='1'/>".repeat(10_000)
                ),
                Refused::Long,
            ),
            (
                format!(
                    "<a>{}</a>",
                    format!("<b{}/>", many(2_000, " aN='1'")).repeat(100)
                ),
                Refused::Long,
            ),
            (nested + &"<b xmlns='1'/>".repeat(10_000), Refused::Long),
            ("<a>".repeat(100_000), Refused::Deep(512)),
            ("<a>".repeat(500) + &"<b/>".repeat(1_000_000), Refused::Long),
        ] {
            assert_eq!(outline(&text), Err(why), "{}", &text[..60]);
        }
    }

    #[test]
    fn what_is_declared_ends_with_its_element() {
        let one = "<b xmlns:pN='urn:N'></b><c xmlns:qN='urn:N'/>";
        let declared = outline(&format!("<a>{}</a>", many(20_000, one))).unwrap();
        assert_eq!(declared.len(), 40_001);
        assert_eq!(declared["q7"], "urn:7");
    }

    #[test]
    fn what_is_no_xml_is_told_by_its_place() {
        for (text, place) in [
            ("<a><b", 3),
            ("<a>&b</a>", 3),
            ("<a/></a>", 4),
            ("<a><b c=d/></a>", 3),
            ("<a><b c/></a>", 3),
        ] {
            assert_eq!(outline(text), Err(Refused::NoXml(place)), "{text}");
        }
    }

    #[test]
    fn a_document_type_hides_no_elements() {
        for (text, is_read) in [
            ("<!DOCTYPE a><a/>", true),
            ("<!DOCTYPE a SYSTEM 'a.dtd'><a/>", true),
            ("<!DOCTYPE a [<!ENTITY b \"c's\">]><a/>", true),
            ("<!DOCTYPE a [] ><a/>", true),
            ("<!DOCTYPE a [<!ENTITY b ']> <b> '>]><a/>", false),
            ("<!DOCTYPE a [<!-- ]> <b> -->]><a/>", false),
            ("<!DOCTYPE a [> <b/> <a/>", false),
        ] {
            assert_eq!(outline(text).is_ok(), is_read, "{text}");
        }
    }
}
