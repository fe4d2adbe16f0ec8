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

use crate::model::{Spot, UNTOLD, is_plain_name};

use super::APART;
use super::fields::{self, Called, Fields};
use super::labels::{Labels, is_section};
use super::layers::{Base, Looker};
use super::mail;
use super::tags::has_swollen_tag;

/// Elements that are open at once.
const MOST_OPEN: usize = 128;

/// As many of these are let go together.
const OUTMOST: usize = 64;

/// Elements that have no end tag.
const VOID: [&str; 13] = [
    "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track",
    "wbr",
];

/// Elements that do not separate what stands before and behind them.
const INLINE: [&str; 31] = [
    "a", "abbr", "b", "bdi", "bdo", "big", "cite", "code", "data", "del", "dfn", "em", "font", "i",
    "ins", "kbd", "mark", "nobr", "q", "s", "samp", "small", "span", "strong", "sub", "sup",
    "time", "tt", "u", "var", "wbr",
];

/// Fields that one element is taken for: more names are no honest ones.
const MOST_CALLED: usize = 8;

/// Bytes of what an element within a line holds; more is no field.
const LONGEST_INLINE: usize = 4 * fields::LONGEST;

/// Elements in which the end of a line is one, and not mere white space.
const IN_LINES: [&str; 4] = ["pre", "script", "style", "textarea"];

/// `false` for a page that would take too long; everything else is HTML, as
/// for browsers.
pub(super) fn look(text: &str, base: Base<'_>, looker: &mut Looker<'_>) -> bool {
    if has_swollen_tag(text) {
        return false;
    }
    let reader = Reader {
        state: RefCell::new(State {
            looker,
            base,
            source: text,
            open: Vec::new(),
            text: String::new(),
            block: String::new(),
            pieces: 0,
            blocks: 0,
            whole: String::new(),
            unfinished: false,
            form: Fields::default(),
            inline: Fields::default(),
            inline_end: 0,
            table: Table::default(),
            labels: Labels::default(),
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
    state.tell_block();
    state.tell_row();
    state.tell_form();
    state.tell_labelled();
    state.close(0);
    // A value can be split over elements that stand apart.
    let whole = std::mem::take(&mut state.whole);
    let base = state.base;
    state.looker.patchwork(&whole, &|| {
        base.at(Spot::Html("text of the page".to_owned()))
    });
    if state.unfinished {
        // A page that was cut within a tag: no token tells of that tag.
        state.looker.plain(text, "", &|| base.at(Spot::Text(0)));
    }
    true
}

struct Reader<'a, 's> {
    state: RefCell<State<'a, 's>>,
}

struct State<'a, 's> {
    looker: &'a mut Looker<'s>,
    base: Base<'a>,
    /// What is read: a text of nothing else holds no further layer.
    source: &'a str,
    open: Vec<Open>,
    /// Text since the last tag: tokens break it where they like.
    text: String,
    /// Text since the last tag that separates, and of how many pieces it is.
    block: String,
    pieces: u32,
    /// How many such texts there were.
    blocks: u32,
    whole: String,
    /// The page ends within a tag, a comment or the like.
    unfinished: bool,
    /// The fields of the form, by their names.
    form: Fields,
    /// Fields of elements within a line, and where in the block the last one ended.
    inline: Fields,
    inline_end: usize,
    table: Table,
    labels: Labels,
}

/// An open element.
struct Open {
    name: LocalName,
    /// Its name with its id or class.
    label: String,
    /// What its attributes say it holds, worked out once.
    called: Vec<Called>,
    /// What the elements in it hold, by what they are called.
    fields: Fields,
    /// In which block it begins, and where in it.
    block: u32,
    from: usize,
}

/// Cells are put together by the heads of their columns.
#[derive(Debug, Default)]
struct Table {
    heads: Vec<String>,
    column: usize,
    cells: Fields,
}

impl TokenSink for Reader<'_, '_> {
    type Handle = ();

    fn process_token(&self, token: Token, _line: u64) -> TokenSinkResult<()> {
        let mut state = self.state.borrow_mut();
        match token {
            Token::CharacterTokens(text) => state.text.push_str(&text),
            Token::CommentToken(comment) => {
                state.tell_text();
                state.tell(&comment, "");
            }
            Token::TagToken(tag) => {
                state.tell_text();
                if !INLINE.contains(&&*tag.name) {
                    // Cells and paragraphs are no parts of one value.
                    state.tell_block();
                    let line_ends = &*tag.name == "br";
                    state.whole.push(if line_ends { '\n' } else { APART });
                }
                return state.tag(&tag);
            }
            Token::EOFToken => state.tell_text(),
            Token::ParseError(error) => state.unfinished |= error.contains("EOF"),
            Token::DoctypeToken(_) | Token::NullCharacterToken => {}
        }
        TokenSinkResult::Continue
    }
}

impl State<'_, '_> {
    fn tag(&mut self, tag: &Tag) -> TokenSinkResult<()> {
        self.tell_names(tag);
        if is_section(&tag.name) {
            self.tell_labelled();
        }
        if tag.kind == TagKind::EndTag {
            if let Some(at) = self.open.iter().rposition(|own| own.name == tag.name) {
                self.tell_inline(at);
                self.close(at);
            }
            match &*tag.name {
                "tr" => self.tell_row(),
                "table" => {
                    self.tell_row();
                    self.table = Table::default();
                }
                "form" => self.tell_form(),
                _ => {}
            }
            return TokenSinkResult::Continue;
        }
        self.open(tag);
        match &*tag.name {
            "tr" => self.tell_row(),
            "td" | "th" => self.table.column += 1,
            _ => {}
        }
        let named = |wanted: &str| {
            let found = tag
                .attrs
                .iter()
                .find(|attribute| &*attribute.name.local == wanted);
            found.map_or("", |attribute| &*attribute.value)
        };
        let field = match named("name") {
            "" => named("id"),
            name => name,
        };
        for attribute in &tag.attrs {
            let name = &*attribute.name.local;
            let is_value = matches!(name, "value" | "content");
            self.tell(&attribute.value, if is_value { field } else { name });
            if let Some(mail) = mail::protected(name, &attribute.value) {
                self.tell(&mail, "");
            }
        }
        if &*tag.name == "input" {
            // No label is for what nobody sees, and on a button it is none.
            let is_labelled = !matches!(named("type"), "hidden" | "submit" | "button");
            let told = if is_labelled {
                self.labels.input()
            } else {
                None
            };
            let called = Called::field(field).or(told);
            let before = called.and_then(|called| self.form.follow(&called, named("value")));
            self.tell_before(before);
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

    /// Opens an element. Many need no end tag, so that in a page that leaves
    /// these out more and more seem to be open: the outmost ones are let go.
    fn open(&mut self, tag: &Tag) {
        if self.open.len() == MOST_OPEN {
            let outmost: Vec<Open> = self.open.drain(..OUTMOST).collect();
            for element in outmost {
                self.tell_fields(&element.fields);
            }
        }
        self.open.push(Open {
            block: self.blocks,
            from: self.block.len(),
            ..Open::of(tag)
        });
    }

    /// `Ann <ann@x.test>` and `<Ann Lee>`, where a service forgot to escape
    /// them, are tags of these names.
    fn tell_names(&mut self, tag: &Tag) {
        let bare = |attribute: &&html5ever::Attribute| {
            attribute.value.is_empty() || !is_plain_name(&attribute.name.local)
        };
        let attributes = tag.attrs.iter().filter(bare);
        let mut names = tag.name.to_string();
        for attribute in attributes {
            names.push(' ');
            names.push_str(&attribute.name.local);
        }
        if !is_plain_name(&names) {
            self.tell(&names, "");
        }
    }

    fn tell_text(&mut self) {
        if self.text.is_empty() {
            return;
        }
        let text = std::mem::take(&mut self.text);
        if text.contains('\n') && !self.is_in_lines() {
            self.whole.push_str(&text.replace('\n', " "));
        } else {
            self.whole.push_str(&text);
        }
        self.block.push_str(&text);
        self.pieces += 1;
        self.tell(&text, "");
    }

    /// A value can be split over elements within a line: `<b>Ann</b> Lee`.
    fn tell_block(&mut self) {
        let block = std::mem::take(&mut self.block);
        let pieces = std::mem::take(&mut self.pieces);
        self.blocks = self.blocks.wrapping_add(1);
        self.inline_end = 0;
        self.tell_inline_fields();
        if pieces == 0 {
            return;
        }
        if pieces > 1 {
            self.tell(&block, "");
        }
        let column = self.table.column;
        let mut before = Vec::new();
        let names = self.open.iter().map(|own| &*own.name);
        before.extend(self.labels.text(names, &block));
        if let Some((element, around)) = self.open.split_last_mut() {
            let Open { called, fields, .. } = element;
            let fields = match around.last_mut() {
                // The cells of a row are together, whether or not they are closed.
                _ if column > 0 => &mut self.table.cells,
                Some(around) => &mut around.fields,
                None => fields,
            };
            let followed = called.iter().map(|called| fields.follow(called, &block));
            before.extend(followed.flatten());
        }
        self.tell_before(before);
        match self.open.last().map(|own| &*own.name) {
            Some("th") if self.table.heads.len() + 1 == column => {
                self.table.heads.push(block.trim().to_owned());
            }
            _ => {
                let head = column
                    .checked_sub(1)
                    .and_then(|at| self.table.heads.get(at));
                let called = head.and_then(|head| Called::field(head));
                let before = called.and_then(|called| self.table.cells.follow(&called, &block));
                self.tell_before(before);
            }
        }
    }

    /// Elements within one line are together, as in `<p><span class="first-name">Ann</span>`,
    /// unless something is said between them: that can be about two people.
    fn tell_inline(&mut self, at: usize) {
        let Some(element) = self.open.get_mut(at) else {
            return;
        };
        let from = element.from;
        if element.called.is_empty()
            || !INLINE.contains(&&*element.name)
            || element.block != self.blocks
            || self.block.len().saturating_sub(from) > LONGEST_INLINE
        {
            return;
        }
        let called = std::mem::take(&mut element.called);
        let text = self.block.get(from..).unwrap_or_default().to_owned();
        let between = self.block.get(self.inline_end..from).unwrap_or_default();
        if says_something(between) {
            self.tell_inline_fields();
        }
        self.inline_end = self.block.len();
        let fields = if self.table.column > 0 {
            &mut self.table.cells
        } else {
            &mut self.inline
        };
        let followed = called.iter().map(|called| fields.follow(called, &text));
        let before: Vec<Fields> = followed.flatten().collect();
        self.tell_before(before);
    }

    fn tell_inline_fields(&mut self) {
        let inline = std::mem::take(&mut self.inline);
        self.tell_fields(&inline);
    }

    fn is_in_lines(&self) -> bool {
        self.open.iter().any(|own| IN_LINES.contains(&&*own.name))
    }

    /// Closes all elements from the one at `at` on.
    fn close(&mut self, at: usize) {
        for element in self.open.split_off(at) {
            self.tell_fields(&element.fields);
        }
    }

    /// What labels say is together.
    fn tell_labelled(&mut self) {
        let fields = self.labels.end();
        self.tell_fields(&fields);
    }

    /// What the cells of a row are together.
    fn tell_row(&mut self) {
        self.labels.end_row();
        self.table.column = 0;
        let cells = std::mem::take(&mut self.table.cells);
        self.tell_fields(&cells);
    }

    fn tell_form(&mut self) {
        let form = std::mem::take(&mut self.form);
        self.tell_fields(&form);
    }

    /// Fields that others of the same kind came behind.
    fn tell_before(&mut self, before: impl IntoIterator<Item = Fields>) {
        for fields in before {
            self.tell_fields(&fields);
        }
    }

    fn tell_fields(&mut self, fields: &Fields) {
        let (open, base) = (&self.open, self.base);
        fields.look(self.looker, &|_| spot(open, base));
    }

    fn tell(&mut self, text: &str, hint: &str) {
        let (open, base) = (&self.open, self.base);
        let spot = || spot(open, base);
        if text.len() >= self.source.len() {
            self.looker.plain(text, hint, &spot);
        } else {
            self.looker.text(text, hint, &spot);
        }
    }
}

/// The nearest open elements.
fn spot(open: &[Open], base: Base<'_>) -> Spot {
    let nearest = open.len().saturating_sub(4);
    let labels: Vec<&str> = open[nearest..]
        .iter()
        .map(|own| own.label.as_str())
        .collect();
    if labels.is_empty() {
        return base.or(Spot::Html(String::new()));
    }
    base.at(Spot::Html(labels.join(" > ")))
}

impl Open {
    fn of(tag: &Tag) -> Self {
        let value = |wanted: &str| {
            tag.attrs
                .iter()
                .find(|attribute| &*attribute.name.local == wanted)
                .map_or("", |attribute| &*attribute.value)
        };
        let (id, classes) = (value("id"), value("class"));
        let all = |words: &str, called: fn(&str) -> Option<Called>| {
            let known = words.split_ascii_whitespace().filter_map(called);
            known.take(MOST_CALLED).collect::<Vec<_>>()
        };
        let said = ["itemprop", "data-field"]
            .into_iter()
            .map(value)
            .find(|own| !own.is_empty());
        let styled = if classes.is_empty() { id } else { classes };
        Self {
            name: tag.name.clone(),
            label: label(&tag.name, id, classes),
            called: match said {
                Some(said) => all(said, Called::field),
                None => all(styled, Called::style),
            },
            fields: Fields::default(),
            block: 0,
            from: 0,
        }
    }
}

/// The element's name with its id or class.
fn label(name: &str, id: &str, classes: &str) -> String {
    let name = if is_plain_name(name) { name } else { UNTOLD };
    if is_plain_name(id) {
        return format!("{name}#{id}");
    }
    match classes
        .split_whitespace()
        .find(|class| is_plain_name(class))
    {
        Some(class) => format!("{name}.{class}"),
        None => name.to_owned(),
    }
}

/// Whether there are words in `between`, other than what the next field is called.
fn says_something(between: &str) -> bool {
    let words = between.trim().trim_start_matches([',', ';']).trim_start();
    let is_called = words.ends_with(':') && !words.contains(char::is_whitespace);
    words.contains(char::is_alphabetic) && !is_called
}

#[cfg(test)]
mod tests {
    use super::super::tests::seen;
    use super::APART;

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
    fn what_was_not_escaped_is_seen_and_not_told() {
        for (body, text) in [
            ("<p>Ann <ann@x.test> wrote", "ann@x.test"),
            ("<p>by <Ann Lee>:", "ann lee"),
            ("<p></ann@x.test>", "ann@x.test"),
        ] {
            let (seen, _) = seen("text/html", body);
            let (_, spot) = seen.iter().find(|(own, _)| own == text).unwrap();
            assert!(!spot.contains("ann"), "{spot}");
        }
    }

    #[test]
    fn a_page_that_ends_within_a_tag_is_seen_to_its_end() {
        for body in [
            "<p>x</p><a href='?for=ann@x.test",
            "<b c=\"d>ann@x.test</b>",
        ] {
            let (seen, _) = seen("text/html", body);
            assert!(
                seen.contains(&(body.to_owned(), "body at byte 0".to_owned())),
                "{seen:?}"
            );
        }
    }

    #[test]
    fn cells_are_not_one_value() {
        let body = "<td>471</td><td>123</td><p>Ann <b>L</b>ee<p>Bo\n Fox<br>x<pre>a\nb</pre>";
        let (seen, _) = seen("text/html", body);
        let whole = &seen.last().unwrap().0;
        let whole = whole.replace(APART, "|");
        assert_eq!(whole, "|471||123||Ann Lee|Bo  Fox\nx|a\nb|");
    }

    #[test]
    fn hostile_nesting_takes_no_longer_than_other_text() {
        let (seen, _) = seen("text/html", &"<div>a".repeat(300_000));
        assert_eq!(seen.len(), 300_001);
    }

    #[test]
    fn hostile_names_of_an_element_take_no_longer_than_other_text() {
        for name in ["a ", "first-name "] {
            let body = format!(
                "<div class='{}'>{}",
                name.repeat(100_000),
                "<br>x".repeat(100_000)
            );
            let (seen, _) = seen("text/html", &body);
            assert!(seen.len() > 100_000);
        }
    }
}
