//! `open-cross-origin`: pages of any origin may read a private response.

use crate::model::{HazardKind, SeenHazard, Spot};

use super::Scene;

const ORIGIN: &str = "access-control-allow-origin";

/// `null` with credentials on a response that tells something of the user's
/// own: any page can give itself that origin, by a frame in a sandbox. (A `*`
/// with credentials is refused by browsers, and a reflected origin cannot be
/// told from a trusted one here.)
pub(super) fn look(scene: Scene<'_>) -> Option<SeenHazard> {
    let fact = scene.told.first()?;
    let credentials = scene
        .response
        .header("access-control-allow-credentials")
        .is_some_and(|value| value.trim() == "true");
    let origin = scene.response.header(ORIGIN)?.trim();
    (credentials && origin == "null").then(|| {
        let message = format!(
            "pages of any origin may read a response with the user's own {}: the origin `null` is \
             allowed with credentials",
            fact.name
        );
        SeenHazard::new(HazardKind::OpenCrossOrigin, message).at(Spot::Header(ORIGIN.to_owned()))
    })
}

#[cfg(test)]
mod tests {
    use super::super::fixture::{exchange, fact, messages};
    use super::*;

    #[test]
    fn the_null_origin_with_credentials_is_open_to_all() {
        let credentials = ("access-control-allow-credentials", "true");
        for (headers, hazard) in [
            (vec![(ORIGIN, "null"), credentials], true),
            (vec![(ORIGIN, "null")], false),
            (vec![(ORIGIN, "*"), credentials], false),
            (vec![(ORIGIN, "https://h.test"), credentials], false),
            (vec![credentials], false),
        ] {
            let exchange = exchange("http://h.test/me", &[], 200, &headers, "x");
            let look = |scene: Scene<'_>| look(scene).into_iter().collect();
            let said = messages(look, &exchange, &[fact("email", "ann@x.test")]);
            assert_eq!(!said.is_empty(), hazard, "{headers:?}");
            assert!(messages(look, &exchange, &[]).is_empty());
        }
    }
}
