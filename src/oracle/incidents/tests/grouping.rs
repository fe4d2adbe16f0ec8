//! One defect is one incident, two defects are two.

use super::*;

fn header(mut observation: Observation, name: &str) -> Observation {
    for sighting in &mut observation.sightings {
        sighting.spot = Spot::Header(name.to_owned());
    }
    observation
}

#[test]
fn routes_and_kinds_of_spots_are_incidents_of_their_own() {
    let incidents = judged(vec![
        showing(seen(1, 1, 0, 10), 2),
        on_route(showing(seen(1, 2, 100, 110), 3), "/other"),
        header(showing(seen(2, 3, 200, 210), 1), "x-who"),
        showing(seen(4, 4, 300, 310), 2),
    ]);
    let told: Vec<String> = incidents
        .iter()
        .map(|own| format!("{} {} × {}", own.number, own.findings, own.places[0]))
        .collect();
    assert_eq!(
        told,
        [
            "1 2 × GET /me, email in JSON $['email']",
            "2 1 × GET /other, email in JSON $['email']",
            "3 1 × GET /me, email in header x-who",
        ]
    );
    assert_eq!((incidents[0].users, incidents[0].owners), (2, 1));
    assert_eq!((incidents[0].first, incidents[0].last), (at(10), at(310)));
    assert_eq!(incidents[1].first_finding, 2);
}

#[test]
fn fields_and_positions_of_one_page_are_one_incident() {
    let field = |number: u64, path: &str| {
        let mut observation = showing(seen(1, number, number * 100, number * 100 + 10), 2);
        observation.sightings[0].spot = Spot::Json(path.to_owned());
        observation
    };
    let incidents = judged(vec![
        field(1, "$[0]['email']"),
        field(2, "$[1]['email']"),
        field(3, "$['owner']"),
    ]);
    assert_eq!(incidents.len(), 1, "{incidents:#?}");
    let spots: Vec<_> = incidents[0]
        .places
        .iter()
        .map(|place| (place.spot.as_deref().unwrap(), place.findings))
        .collect();
    assert_eq!(spots, [("JSON $[*]['email']", 2), ("JSON $['owner']", 1)]);
}

#[test]
fn numbers_go_on_and_violations_beyond_the_limit_are_told() {
    let mut judge = Judge::new(JudgeSettings {
        tag: TAG,
        session_expires: None,
        findings_before: 0,
        incidents_before: 4,
    });
    for number in 0..1_100 {
        judge.judge(&showing(seen(1, number + 1, number, number + 1), 2));
    }
    let incidents = judge.incidents();
    assert_eq!(incidents.len(), 1);
    assert_eq!((incidents[0].number, incidents[0].findings), (5, 1_000));
    let last = incidents[0].against.last().unwrap();
    assert!(
        last.starts_with("1100 violations of foreign-data"),
        "{last}"
    );
}

/// What judging again gives is written the same, byte by byte.
#[test]
fn incidents_follow_from_what_is_written() {
    let observations: Vec<_> = (0..30)
        .map(|number| {
            let sent = number * 40;
            let user = u32::try_from(number % 7).unwrap();
            showing(seen(user, number + 1, sent, sent + 50), (user + 1) % 7)
        })
        .collect();
    let read_back: Vec<Observation> = observations
        .iter()
        .map(|own| serde_json::from_str(&serde_json::to_string(own).unwrap()).unwrap())
        .collect();
    let first = serde_json::to_string(&judged(observations)).unwrap();
    assert_eq!(first, serde_json::to_string(&judged(read_back)).unwrap());
    let back: Vec<Incident> = serde_json::from_str(&first).unwrap();
    assert_eq!(serde_json::to_string(&back).unwrap(), first);
}
