//! Looking, by what lies between a value and its response.

mod benign;
mod bodies;
mod nested;
mod pages;
mod pieces;

use ::bytes::Bytes;

use super::*;

/// Every text that is seen, with its spot.
pub(in crate::oracle) fn seen(media_type: &str, body: &str) -> (Vec<(String, String)>, Looked) {
    seen_bytes(media_type, body.as_bytes())
}

pub(super) fn seen_bytes(media_type: &str, body: &[u8]) -> (Vec<(String, String)>, Looked) {
    seen_in(&Received {
        status: 200,
        headers: vec![("content-type".into(), media_type.into())],
        body: Bytes::copy_from_slice(body),
        cut: false,
    })
}

fn seen_in(response: &Received) -> (Vec<(String, String)>, Looked) {
    let mut seen = Vec::new();
    let looked = look(response, &mut |glimpse| {
        let spot = (glimpse.spot)().to_string();
        if !spot.starts_with("header content-type") {
            seen.push((glimpse.text.to_owned(), spot));
        }
    });
    (seen, looked)
}

/// The spots of all texts that hold `value`, the first ones first.
fn spots_of(value: &str, response: &Received) -> Vec<String> {
    let mut spots: Vec<String> = Vec::new();
    for (text, spot) in seen_in(response).0 {
        if text.contains(value) && !spots.contains(&spot) {
            spots.push(spot);
        }
    }
    spots
}

fn with_header(name: &str, value: &str) -> Received {
    Received {
        status: 200,
        headers: vec![(name.into(), value.into())],
        ..Received::default()
    }
}
