//! Looking at what a user sent, with the same eyes: the user's own input in
//! whatever form may come back.

use crate::model::{Sent, Spot};

use super::Glimpse;
use super::budget::Budget;
use super::bytes::Body;
use super::layers::{Base, Looker};
use super::runs::base64;

/// Calls `see` with every text of `sent`.
///
/// Cookies are left out: a leaked one comes back with the next request, which
/// does not make it the user's own input. Of other credentials only what stands
/// there openly counts, for the same reason.
pub(in crate::oracle) fn look_at_sent(sent: &Sent, see: &mut dyn FnMut(Glimpse<'_>)) {
    let mut looker = Looker::new(see, Budget::for_body(sent.body.len()));
    let spot = || Spot::StatusLine;
    looker.text(&sent.url, "", &spot);
    if let Some((_, query)) = sent.url.split_once('?')
        && query.contains('+')
    {
        looker.text(&query.replace('+', " "), "", &spot);
    }
    for (name, value) in &sent.headers {
        let spot = || Spot::Header(name.clone());
        let is_credential = sent
            .credentials
            .iter()
            .any(|own| own.name.eq_ignore_ascii_case(name) || value.contains(&own.value));
        let basic = value
            .get(..6)
            .filter(|scheme| scheme.eq_ignore_ascii_case("basic "))
            .and_then(|_| base64(value[6..].trim().as_bytes()));
        match (name.as_str(), basic) {
            ("cookie", _) => {}
            ("authorization" | "proxy-authorization", Some(typed)) => {
                looker.decoded(&typed, name, &spot);
            }
            ("authorization" | "proxy-authorization", None) => looker.plain(value, name, &spot),
            _ if is_credential => looker.plain(value, name, &spot),
            _ => looker.text(value, name, &spot),
        }
    }
    if sent.body.is_empty() {
        return;
    }
    let body = Body {
        content_type: sent.header("content-type"),
        bytes: &sent.body,
    };
    body.look(Base::default(), &mut looker);
    // Whatever it says it is.
    let text = String::from_utf8_lossy(&sent.body);
    looker.text(&text, "", &spot);
    if text.contains('+') {
        looker.text(&text.replace('+', " "), "", &spot);
    }
}
