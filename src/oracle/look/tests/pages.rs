//! Pages as browsers read them: with end tags left out, and markup that is none.

use super::*;

fn is_ann_lee(body: &str) -> bool {
    let (seen, _) = seen("text/html", body);
    seen.iter().any(|(text, _)| text == "Ann Lee")
}

#[test]
fn ordinary_tags_say_nothing() {
    let (seen, _) = seen("text/html", "<p class=n>x<b>y</b></p><hr><a href=u>z</a>");
    let texts: Vec<&str> = seen.iter().map(|(text, _)| text.as_str()).collect();
    assert_eq!(
        texts,
        [
            "n",
            "x",
            "y",
            "xy",
            "u",
            "z",
            &format!("{APART}xy{APART}{APART}z")
        ]
    );
}

#[test]
fn names_with_a_value_can_be_what_was_not_escaped() {
    let (seen, _) = seen("text/html", "<p>by <Ann lee@x.test=1 class=n>:");
    let (_, spot) = seen
        .iter()
        .find(|(text, _)| text == "ann lee@x.test")
        .unwrap();
    assert!(!spot.contains("lee"), "{spot}");
}

#[test]
fn elements_that_hold_text_hold_no_markup() {
    for element in [
        "style",
        "xmp",
        "iframe",
        "noembed",
        "noframes",
        "script",
        "title",
        "textarea",
        "plaintext",
    ] {
        let (seen, _) = seen("text/html", &format!("<i>i</i><{element}>a <b>Bo"));
        let place = ("a <b>Bo".to_owned(), format!("HTML {element}"));
        assert!(seen.contains(&place), "{element}: {seen:?}");
    }
}

#[test]
fn tables_have_heads_and_rows_of_their_own() {
    for body in [
        // Of two tables, each with a head.
        "<table><tr><th>Last name<th>First name<tr><td>Fox<td>Bo</table>\
         <table><tr><th>First name<th>Last name<tr><td>Ann<td>Lee</table>",
        // Rows that begin with a head have columns, too.
        "<table><tr><th>First name<th>Last name<tr><th>Ann<td>Lee</table>",
    ] {
        assert!(is_ann_lee(body), "{body}");
    }
    for body in [
        "<table><tr><td class=first-name>Ann</td></tr><td class=last-name>Lee</td></table>",
        "<table><tr><td class=first-name>Ann</table><td class=last-name>Lee",
    ] {
        assert!(!is_ann_lee(body), "{body}");
    }
}

#[test]
fn fields_of_two_forms_are_not_one_value() {
    let form = "<form><input name=first value=Ann></form><form><input name=last value=Lee></form>";
    assert!(!is_ann_lee(form));
    assert!(is_ann_lee(&form.replace("</form><form>", "")));
    // A page that asks for a confirmation carries them along, unseen.
    let unseen = form.replace("<input", "<input type=hidden");
    assert!(is_ann_lee(&unseen.replace("</form><form>", "")));
}

#[test]
fn elements_within_a_line_say_what_they_hold() {
    for body in [
        "<div><span itemprop=givenName>Ann</span><span class=yob>1970</span>\
         <span itemprop=familyName>Lee</span></div>",
        "<p><span class=first-name>Ann</span>, <span class=last-name>Lee</span></p>",
        "<p><span class=nachname>Lee</span>, <b class=vorname>Ann</b></p>",
        "<ul><li><em class=prenom><i>Ann</i></em> / <em class=nom>Lee</em></ul>",
        "<div><a href=/x><span class=card__first-name>Ann</span></a> - \
         <a href=/y><span class=card__last-name>Lee</span></a></div>",
        "<span class=first-name>Ann</span>, 5 <span class=last-name>Lee</span>",
        "<table><tr><td><span class=first-name>Ann</span><td><span class=last-name>Lee</span></table>",
        "<p><span class=first-name>Bo</span>, <span class=last-name>Fox</span>, \
         <span class=first-name>Ann</span>, <span class=last-name>Lee</span></p>",
        "<p>Vorname: <b class=vorname>Ann</b> Nachname: <b class=nachname>Lee</b></p>",
    ] {
        assert!(is_ann_lee(body), "{body}");
    }
    let long = "x".repeat(300);
    for body in [
        "<p>Patient <b class=first-name>Ann</b>, treated by Dr. <b class=last-name>Lee</b></p>",
        "<div>Welcome <b class=first-name>Ann</b>! <p>x</p> Doctor: <b class=last-name>Lee</b></div>",
        "<p><span class=first-name>Ann</span><p><span class=last-name>Lee</span>",
        "<ul><li><b class=first-name>Ann</b><li><b class=last-name>Lee</b></ul>",
        "<p><b class=first-name>Ann</b>, 5 <b class=doctor-last-name>Lee</b></p>",
        "<p><b class=first-name>Ann</b>, 5 <b class=last-name>Fox</b>, \
         <b class=first-name>Bo</b>, 5 <b class=last-name>Lee</b></p>",
        "<p><b class=first>Ann</b>, 5 <b class=last>Lee</b></p>",
        &format!("<p><b class=first-name>Ann</b>, 5 <b class=last-name>{long}</b></p>"),
    ] {
        assert!(!is_ann_lee(body), "{body}");
    }
}

/// HTML lets authors, and programs that make pages small, omit many end tags.
#[test]
fn long_pages_without_end_tags_are_seen_to_their_end() {
    let people = |row: fn(u32) -> String| (0..500).map(row).collect::<String>();
    for body in [
        "<dl>".to_owned()
            + &people(|_| "<dt>First name<dd>Cy<dt>Last name<dd>Fox".to_owned())
            + "<dt>First name<dd>Ann<dt>Last name<dd>Lee</dl>",
        "<table>".to_owned()
            + &people(|_| "<tr><td class=first-name>Cy<td class=last-name>Fox".to_owned())
            + "<tr><td class=first-name>Ann<td class=last-name>Lee</table>",
        people(|_| "<p>x<br>".to_owned())
            + "<div><p class=first-name>Ann</p><p class=last-name>Lee</p></div>",
    ] {
        assert!(is_ann_lee(&body), "{}", &body[..60]);
    }
    // Those that are let go tell what they held.
    let held = "<section><p class=first-name>Ann</p><p class=last-name>Lee</p>";
    assert!(is_ann_lee(
        &(held.to_owned() + &people(|_| "<p>x".to_owned()))
    ));
    let (seen, _) = seen(
        "text/html",
        &(people(|_| "<p>x".to_owned()) + "<p class=n>ann@x.test"),
    );
    let place = ("ann@x.test".to_owned(), "HTML p > p > p > p.n".to_owned());
    assert!(seen.contains(&place));
}
