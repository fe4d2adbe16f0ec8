//! Looking into HTML: texts, attributes and comments, entities undone.
//!
//! Only the tokens are read. Building the tree that a browser builds takes
//! quadratic time on hostile nesting, and for looking the tree is of no use.

use std::cell::RefCell;

use html5ever::LocalName;
use html5ever::tendril::StrTendril;
use html5ever::tokenizer::states::RawKind;
use html5ever::tokenizer::{
    BufferQueue, Tag, TagKind, Token, TokenSink, TokenSinkResult, Tokenizer, TokenizerOpts,
};

use crate::model::Spot;

use super::see_decoded;

/// Elements remembered for the spot; deeper ones have the spot of these.
const DEEPEST: usize = 128;

/// Elements that have no end tag.
const VOID: [&str; 13] = [
    "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track",
    "wbr",
];

/// Never fails: everything is HTML, as for browsers.
pub(super) fn look(text: &str, see: &mut dyn FnMut(&str, &dyn Fn() -> Spot)) -> bool {
    let reader = Reader {
        state: RefCell::new(State {
            see,
            open: Vec::new(),
            text: String::new(),
            whole: String::new(),
        }),
    };
    let tokenizer = Tokenizer::new(reader, TokenizerOpts::default());
    let input = BufferQueue::default();
    input.push_back(StrTendril::from(text));
    // A script asks to be run before the rest is read; none is run here.
    while !matches!(tokenizer.feed(&input), html5ever::TokenizerResult::Done) {}
    tokenizer.end();
    let mut state = tokenizer.sink.state.borrow_mut();
    state.tell_text();
    // A value can be split over elements: `<b>Ann</b> Lee`.
    let whole = std::mem::take(&mut state.whole);
    (state.see)(&whole, &|| Spot::Html("text of the page".to_owned()));
    true
}

struct Reader<'a> {
    state: RefCell<State<'a>>,
}

struct State<'a> {
    see: &'a mut dyn FnMut(&str, &dyn Fn() -> Spot),
    /// The open elements, each with its id or class.
    open: Vec<(LocalName, String)>,
    /// Text since the last tag: tokens break it where they like.
    text: String,
    whole: String,
}

impl TokenSink for Reader<'_> {
    type Handle = ();

    fn process_token(&self, token: Token, _line: u64) -> TokenSinkResult<()> {
        let mut state = self.state.borrow_mut();
        match token {
            Token::CharacterTokens(text) => state.text.push_str(&text),
            Token::CommentToken(comment) => {
                state.tell_text();
                state.tell(&comment);
            }
            Token::TagToken(tag) => {
                state.tell_text();
                return state.tag(&tag);
            }
            Token::EOFToken => state.tell_text(),
            Token::DoctypeToken(_) | Token::NullCharacterToken | Token::ParseError(_) => {}
        }
        TokenSinkResult::Continue
    }
}

impl State<'_> {
    fn tag(&mut self, tag: &Tag) -> TokenSinkResult<()> {
        if tag.kind == TagKind::EndTag {
            if let Some(at) = self.open.iter().rposition(|(name, _)| *name == tag.name) {
                self.open.truncate(at);
            }
            return TokenSinkResult::Continue;
        }
        if self.open.len() < DEEPEST {
            self.open.push((tag.name.clone(), label(tag)));
        }
        for attribute in &tag.attrs {
            self.tell(&attribute.value);
        }
        if tag.self_closing || VOID.contains(&&*tag.name) {
            self.open.pop();
        }
        // These hold text that is not markup.
        match &*tag.name {
            "script" => TokenSinkResult::RawData(RawKind::ScriptData),
            "style" | "xmp" | "iframe" | "noembed" | "noframes" => {
                TokenSinkResult::RawData(RawKind::Rawtext)
            }
            "title" | "textarea" => TokenSinkResult::RawData(RawKind::Rcdata),
            "plaintext" => TokenSinkResult::Plaintext,
            _ => TokenSinkResult::Continue,
        }
    }

    fn tell_text(&mut self) {
        if self.text.is_empty() {
            return;
        }
        let text = std::mem::take(&mut self.text);
        self.whole.push_str(&text);
        self.tell(&text);
    }

    fn tell(&mut self, text: &str) {
        let open = &self.open;
        see_decoded(text, self.see, &|| {
            let nearest = open.len().saturating_sub(4);
            let labels: Vec<&str> = open[nearest..].iter().map(|(_, l)| l.as_str()).collect();
            Spot::Html(labels.join(" > "))
        });
    }
}

/// The element's name with its id or class.
fn label(tag: &Tag) -> String {
    let value = |wanted: &str| {
        tag.attrs
            .iter()
            .find(|attribute| &*attribute.name.local == wanted)
            .map(|attribute| attribute.value.to_string())
    };
    if let Some(id) = value("id").filter(|id| is_plain(id)) {
        return format!("{}#{id}", tag.name);
    }
    let classes = value("class").unwrap_or_default();
    match classes.split_whitespace().find(|class| is_plain(class)) {
        Some(class) => format!("{}.{class}", tag.name),
        None => tag.name.to_string(),
    }
}

/// Ids can be made of somebody's data; words without digits are not.
fn is_plain(name: &str) -> bool {
    !name.is_empty()
        && name.len() <= 30
        && name
            .chars()
            .all(|c| c.is_ascii_alphabetic() || matches!(c, '-' | '_'))
}

#[cfg(test)]
mod tests {
    use super::super::tests::seen;

    #[test]
    fn texts_attributes_and_split_values() {
        let body = "<main id=m><p class=n>O&#39;Neil</p><br><a href='?u=a%40b'>x</a>\
                    <b>Ann</b> Lee<!-- left over --><script>var who = '<b>Bo'</script></main>";
        let (seen, _) = seen("text/html", body);
        let all: Vec<&str> = seen.iter().map(|(text, _)| text.as_str()).collect();
        assert!(
            seen.contains(&("O'Neil".into(), "HTML main#m > p.n".into())),
            "{seen:?}"
        );
        assert!(
            seen.contains(&("x".into(), "HTML main#m > a".into())),
            "{seen:?}"
        );
        assert!(all.contains(&"?u=a@b"));
        assert!(all.contains(&" left over "));
        assert!(all.contains(&"var who = '<b>Bo'"));
        assert!(all.last().unwrap().contains("Ann Lee"));
    }

    #[test]
    fn hostile_nesting_takes_no_longer_than_other_text() {
        let (seen, _) = seen("text/html", &"<div>a".repeat(300_000));
        assert_eq!(seen.len(), 300_001);
    }
}
