//! Streets of the same name in several towns.

use super::*;

/// Six people, of whom the third lives at Bahnhofstraße 12 in Erfurt.
fn in_erfurt() -> Oracle {
    let oracle = oracle();
    for (name, value, weak) in [
        ("street", "Bahnhofstraße 12", false),
        ("postal_code", "99084", true),
        ("city", "Erfurt", true),
    ] {
        let fact = Fact {
            value: value.to_owned(),
            weak,
            ..fact(name, Visibility::Private)
        };
        oracle.eyes().learn(UserId(2), 1, &fact);
    }
    oracle
}

#[test]
fn a_street_in_another_town_accuses_nobody() {
    let dresden =
        r#"{"line":["Bahnhofstraße 12"],"postalCode":"01067","city":"Dresden"}"#.to_owned();
    let erfurt = dresden
        .replace("01067", "99084")
        .replace("Dresden", "Erfurt");
    let bare = r#"{"line":["Bahnhofstraße 12"]}"#.to_owned();
    for (media_type, body, spot) in [
        ("application/json", dresden.clone(), None),
        ("application/json", erfurt.clone(), Some("JSON $.line[0]")),
        ("application/json", bare, Some("JSON $.line[0]")),
        (
            "application/json",
            format!("[{dresden},{erfurt}]"),
            Some("JSON $[1].line[0]"),
        ),
        (
            "text/csv",
            "street,zip\nBahnhofstraße 12,01067\n".to_owned(),
            None,
        ),
        (
            "text/csv",
            "street,zip\nBahnhofstraße 12,01067\nBahnhofstraße 12,99084\n".to_owned(),
            Some("CSV row 2 column street"),
        ),
        (
            "text/plain",
            "Bahnhofstraße 12\n01067 Dresden".to_owned(),
            None,
        ),
        (
            "text/html",
            "<p>Bahnhofstraße 12<br>99084 Erfurt</p>".to_owned(),
            Some("HTML p"),
        ),
    ] {
        let exchange = answered(0, 1, media_type, body.clone());
        let spots: Vec<String> = told(&judge(&in_erfurt(), &exchange))
            .into_iter()
            .filter_map(|(_, _, owner, spot)| {
                (owner == Some(2)).then(|| spot.map(|own| own.to_string()))?
            })
            .collect();
        assert_eq!(spots, Vec::from_iter(spot.map(str::to_owned)), "{body}");
    }
}
