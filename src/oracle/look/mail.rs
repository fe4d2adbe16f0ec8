//! E-mail addresses as pages write them so that programs which gather addresses
//! find none: `anna (at) x.test`, and how Cloudflare hides them.

/// What closes the brackets around a word for a sign.
const CLOSING: [char; 3] = [')', ']', '}'];

/// Where Cloudflare's links to an address lead.
const LINK: &str = "/cdn-cgi/l/email-protection#";

/// `text` with signs for the words `(at)` and `[dot]` and for wide signs; `None` when
/// there is no such word for an `@`.
pub(super) fn spelled_out(text: &str) -> Option<String> {
    let is_spelled = text.match_indices(CLOSING).any(|(at, _)| {
        let before = text[..at].trim_end().as_bytes();
        before.len() > 2 && before[before.len() - 2..].eq_ignore_ascii_case(b"at")
    });
    if !is_spelled && !text.contains('\u{ff20}') {
        return None;
    }
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        if let Some((sign, behind)) = sign(rest) {
            plain.truncate(plain.trim_end().len());
            plain.push(sign);
            rest = behind.trim_start();
            continue;
        }
        plain.push(match c {
            '\u{ff20}' => '@',
            '\u{ff0e}' => '.',
            other => other,
        });
        rest = &rest[c.len_utf8()..];
    }
    (plain != text && plain.contains('@')).then_some(plain)
}

/// The sign that `text` begins with in words, and what is behind it.
fn sign(text: &str) -> Option<(char, &str)> {
    let (open, inner) = [('(', ')'), ('[', ']'), ('{', '}')]
        .into_iter()
        .find_map(|(open, close)| Some((close, text.strip_prefix(open)?)))?;
    let inner = inner.trim_start();
    let word = inner.len()
        - inner
            .trim_start_matches(|c: char| c.is_ascii_alphabetic())
            .len();
    let behind = inner[word..].trim_start().strip_prefix(open)?;
    let sign = match &*inner[..word].to_ascii_lowercase() {
        "at" => '@',
        "dot" | "punkt" => '.',
        _ => return None,
    };
    Some((sign, behind))
}

/// The address that Cloudflare hides in an attribute of this `name` and `value`.
pub(super) fn protected(name: &str, value: &str) -> Option<String> {
    let hidden = match name {
        "data-cfemail" => value,
        "href" => value.split_once(LINK)?.1,
        _ => return None,
    };
    let digits: Option<Vec<u32>> = hidden.trim().chars().map(|c| c.to_digit(16)).collect();
    let digits = digits.filter(|digits| digits.len().is_multiple_of(2))?;
    let bytes = digits.as_chunks::<2>().0.iter();
    let mut bytes = bytes.filter_map(|[high, low]| u8::try_from(high * 16 + low).ok());
    // The first one changes all others.
    let key = bytes.next()?;
    let mail = String::from_utf8(bytes.map(|byte| byte ^ key).collect()).ok()?;
    mail.contains('@').then_some(mail)
}

#[cfg(test)]
mod tests {
    use super::super::tests::seen;
    use super::*;

    #[test]
    fn words_for_signs_are_undone() {
        for (text, plain) in [
            ("anna (at) x.test", Some("anna@x.test")),
            ("anna[at]x.test", Some("anna@x.test")),
            (
                "Mail: anna [AT] x [dot] test, or call",
                Some("Mail: anna@x.test, or call"),
            ),
            ("anna{ at }x(punkt)test", Some("anna@x.test")),
            ("anna\u{ff20}x\u{ff0e}test", Some("anna@x.test")),
            ("anna (ät) x.test", None),
            ("anna at x.test", None),
            ("anna (at] x.test", None),
            ("(cat) [hat]", None),
            ("x [dot] test", None),
            ("at)", None),
        ] {
            assert_eq!(spelled_out(text).as_deref(), plain, "{text}");
        }
    }

    #[test]
    fn addresses_that_pages_hide_are_seen() {
        let hidden = "5a3b34343b1a2274362f";
        for body in [
            "<p>anna (at) x.lu".to_owned(),
            format!("<a class=m data-cfemail='{hidden}'>[email protected]</a>"),
            format!("<a href='/cdn-cgi/l/email-protection#{hidden}'>mail</a>"),
        ] {
            let (seen, _) = seen("text/html", &body);
            assert!(seen.iter().any(|(text, _)| text == "anna@x.lu"), "{seen:?}");
        }
        for (name, value) in [
            ("data-cfemail", "5a3b34343b1a2274362"),
            ("data-cfemail", "5a3b3434"),
            ("data-cfemail", "5azz"),
            ("data-cfemail", ""),
            ("href", hidden),
            ("title", hidden),
        ] {
            assert_eq!(protected(name, value), None, "{value}");
        }
    }
}
