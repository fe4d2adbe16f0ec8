//! Request ids that come back, and where.

use super::*;

/// The place is the header that the profile names, and the message tells whose the
/// other request was.
#[test]
fn an_answer_to_another_request_is_told_with_its_place() {
    let told_in = |header: &str, whose: u32| {
        let eyes = Eyes::new(
            EyesSettings {
                hasher: ValueHasher::new([3; 32]),
                tag: TAG,
                request_id_header: header.to_owned(),
                denied: vec![403],
                refusals: vec![],
            },
            1,
        );
        let oracle = Oracle {
            eyes: Arc::new(eyes),
            ..oracle()
        };
        let mut exchange = answered(1, 9, "text/plain", "public".into());
        let id = RequestId::new(TAG, UserId(whose), 4).to_string();
        let response = exchange.response.as_mut().unwrap();
        response.headers[1] = (header.to_owned(), id);
        let findings = judge(&oracle, &exchange);
        let message = findings.first().map(|own| own.message.clone());
        (told(&findings), message.unwrap_or_default())
    };
    for header in ["x-request-id", "x-correlation-id"] {
        let spot = Some(Spot::Header(header.to_owned()));
        for (whose, words) in [
            (1, "the answer to an earlier request of their own"),
            (2, "the answer to a request of u000002"),
        ] {
            let (told, message) = told_in(header, whose);
            let expected = (Rule::WrongResponse, 1, Some(whose), spot.clone());
            assert_eq!(told, [expected], "{header}");
            assert!(message.contains(words), "{message}");
        }
    }
}
