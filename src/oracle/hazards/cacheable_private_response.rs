//! `cacheable-private-response`: a shared cache may store what the user was
//! told about themselves, and give it to others.

use crate::model::{HazardKind, SeenHazard};

use super::{Scene, may_be_shared};

/// A response with facts of the user's own that the request did not say, and
/// that RFC 9111 lets a shared cache use for others.
pub(super) fn look(scene: Scene<'_>) -> Vec<SeenHazard> {
    let Some(fact) = scene.told.first() else {
        return Vec::new();
    };
    let Some(why) = may_be_shared(scene.exchange) else {
        return Vec::new();
    };
    let message = format!(
        "a shared cache may keep a response with the user's own {} and give it to others: {why}",
        fact.name
    );
    vec![SeenHazard::new(
        HazardKind::CacheablePrivateResponse,
        message,
    )]
}

#[cfg(test)]
mod tests {
    use super::super::fixture::{exchange, fact, messages};
    use super::*;

    const COOKIE: (&str, &str) = ("cookie", "sid=0123456789abcdef");

    #[test]
    fn a_private_page_without_directives_is_a_hazard() {
        let page = exchange("http://h.test/me", &[COOKIE], 200, &[], "x");
        assert_eq!(
            messages(look, &page, &[fact("email", "ann@x.test")]),
            [
                "a shared cache may keep a response with the user's own email and give it to \
                 others: nothing forbids it, and the status is cacheable by default"
            ]
        );
    }

    #[test]
    fn public_pages_and_protected_ones_are_not() {
        let page = exchange("http://h.test/", &[COOKIE], 200, &[], "x");
        assert_eq!(messages(look, &page, &[]), [""; 0]);
        let private = [("cache-control", "private")];
        let page = exchange("http://h.test/me", &[COOKIE], 200, &private, "x");
        let told = [fact("email", "ann@x.test")];
        assert_eq!(messages(look, &page, &told), [""; 0]);
    }
}
