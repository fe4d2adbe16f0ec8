//! Labels of a page: what stands before a value says what it is, as in
//! `<dt>First name</dt><dd>Ann</dd>`.

use super::fields::{Called, Fields};

/// Elements around a text among which the one that holds it is looked for.
const NEAR: usize = 4;

/// Which element holds a label or a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Holder {
    Term,
    Head,
    Label,
    Definition,
    Cell,
}

impl Holder {
    /// The nearest one of these elements, the inmost one last.
    fn of<'a>(open: impl DoubleEndedIterator<Item = &'a str>) -> Option<Self> {
        open.rev().take(NEAR).find_map(|name| {
            Some(match name {
                "dt" => Self::Term,
                "th" => Self::Head,
                "label" => Self::Label,
                "dd" => Self::Definition,
                "td" => Self::Cell,
                _ => return None,
            })
        })
    }

    /// Whether what stands here is said by the label in `before`.
    fn follows(self, before: Self) -> bool {
        matches!(
            (before, self),
            (Self::Term, Self::Definition) | (Self::Head, Self::Cell)
        )
    }
}

/// Labels with what they say of the texts behind them.
#[derive(Debug, Default)]
pub(super) struct Labels {
    label: Option<(Holder, Called)>,
    fields: Fields,
    /// The last field that a `label` was for: only what comes directly behind a
    /// first name is taken for its last name, for nothing else sets apart whose
    /// they are.
    first: Option<(Called, String)>,
}

impl Labels {
    /// Takes note of a text within the elements `open`; gives fields that are
    /// of one thing.
    pub(super) fn text<'a>(
        &mut self,
        open: impl DoubleEndedIterator<Item = &'a str>,
        text: &str,
    ) -> Option<Fields> {
        let text = text.trim();
        let holder = Holder::of(open);
        if let Some(own @ (Holder::Term | Holder::Head | Holder::Label)) = holder {
            let called = Called::field(without_marks(text));
            if own == Holder::Label && called.is_none() {
                self.first = None;
            }
            self.label = called.map(|called| (own, called));
            return None;
        }
        if text.is_empty() {
            return None;
        }
        let (before, called) = self.label.take()?;
        if before == Holder::Label {
            return self.labelled(called, text);
        }
        if !holder.is_some_and(|own| own.follows(before)) {
            return None;
        }
        self.fields.follow(&called, text)
    }

    fn labelled(&mut self, called: Called, text: &str) -> Option<Fields> {
        if called.is_first() {
            self.first = Some((called, text.to_owned()));
            return None;
        }
        let (first, name) = self.first.take()?;
        let mut fields = Fields::default();
        fields.follow(&first, &name);
        fields.follow(&called, text);
        Some(fields)
    }

    /// What the label before an `input` says of it.
    pub(super) fn input(&mut self) -> Option<Called> {
        self.label.take().map(|(_, called)| called)
    }

    /// A row ends.
    pub(super) fn end_row(&mut self) {
        if matches!(self.label, Some((Holder::Head, _))) {
            self.label = None;
        }
    }

    /// What was said since the list, the table or the section began, which ends.
    pub(super) fn end(&mut self) -> Fields {
        self.label = None;
        self.first = None;
        std::mem::take(&mut self.fields)
    }
}

/// Letters in brackets that only say that it can be several: `Vorname(n)`.
const MOST_OF_SEVERAL: usize = 2;

/// `Vorname` of `Vorname(n): *`.
fn without_marks(label: &str) -> &str {
    let label = label.trim_end_matches([':', '*', ' ']);
    let several = label
        .strip_suffix(')')
        .and_then(|label| label.rsplit_once('('))
        .filter(|(_, ending)| ending.len() <= MOST_OF_SEVERAL);
    several.map_or(label, |(one, _)| one.trim_end())
}

/// Whether an element of this name is about one thing.
pub(super) fn is_section(name: &str) -> bool {
    matches!(
        name,
        "dl" | "table" | "form" | "fieldset" | "section" | "article" | "li" | "ul" | "ol" | "body"
    )
}

#[cfg(test)]
mod tests {
    use super::super::tests::seen;

    fn is_ann_lee(body: &str) -> bool {
        let (seen, _) = seen("text/html", body);
        seen.iter().any(|(text, _)| text == "Ann Lee")
    }

    #[test]
    fn labels_say_what_stands_behind_them() {
        for body in [
            "<dl><dt>First name</dt><dd>Ann</dd><dt>Last name</dt><dd>Lee</dd></dl>",
            "<dl><dt>Last name:<dd><b>Lee</b><dt>Mail<dd>x<dt>First name:<dd><p>Ann</dl>",
            "<table><tr><th>First name</th><td>Ann</td></tr><tr><th>Last name</th><td>Lee</td></tr></table>",
            "<div><label>First name</label><span>Ann</span></div>\
             <div><label>Last name</label><span>Lee</span></div>",
            "<dl><dt>Vorname(n)<dd>Ann<dt>Nachname<dd>Lee</dl>",
            "<label for=a>Vorname</label><input id=a value=Ann>\
             <label for=b>Nachname</label><input id=b value=Lee>",
            "<form><label>Last name *<input value=Lee></label><input type=hidden value=Fox>\
             <label><b>First name</b>: <input type=hidden value=Fox><input value=Ann></label></form>",
            "<table><tr><th>First name<td><input value=Ann><tr><th>Last name<td><input value=Lee></table>",
        ] {
            assert!(is_ann_lee(body), "{body}");
        }
    }

    #[test]
    fn labels_of_others_say_nothing() {
        for body in [
            "<dl><dt>First name<dd>Ann</dl><dl><dt>Last name<dd>Lee</dl>",
            "<dl><dt>First name<dd>Ann<dt>Last name<dd>Fox<dt>First name<dd>Bo<dt>Last name<dd>Lee</dl>",
            "<dl><dt>Patient first name<dd>Ann<dt>Doctor last name<dd>Lee</dl>",
            "<table><tr><th>First name<th>Last name<tr><td>Ann<td>Fox<tr><td>Bo<td>Lee</table>",
            "<table><tr><th>First name<td>Ann</table><table><tr><th>Last name<td>Lee</table>",
            "<div><label>Last name</label><b>Lee</b></div><div><label>First name</label><b>Ann</b></div>",
            "<div><label>First name</label><b>Ann</b><label>Doctor</label><b>Fox</b></div>\
             <div><label>Last name</label><b>Lee</b></div>",
            // A label is for the cells of its row, and a term for what defines it.
            "<table><tr><th>Mail<th>First name<tr><td>Ann<td>Bo<tr><th>Last name<td>Lee</table>",
            "<dl><dt>First name<td>Ann<dt>Last name<td>Lee</dl>",
            "<ul><li><label>First name</label><b>Ann</b></li><li><label>Last name</label><b>Lee</b></li></ul>",
            "<form><label>First name<input value=Ann></label></form>\
             <form><label>Last name<input value=Lee></label></form>",
            "<label>First name<input value=Ann></label><label>Doctor last name<input value=Lee></label>",
            "<label>First name</label><input name=mail value=x><input name=note value=Ann>\
             <label>Last name</label><input value=Lee>",
            "<dl><dt>Vorname (Patient)<dd>Ann<dt>Nachname (Arzt)<dd>Lee</dl>",
        ] {
            assert!(!is_ann_lee(body), "{body}");
        }
    }
}
