//! Documents, archives and binary records, whole and spoilt.

use crate::bodies::{Told, response};
use crate::corpus::{Script, seeds};

/// Documents hold much more than they are long.
const ROOM: usize = 1 << 20;

/// Every seed holds the first marker, behind whatever there is to be undone.
fn hostile(kind: &str, media_type: &str) {
    let seeds = seeds(kind);
    for (number, seed) in seeds.iter().enumerate() {
        let told = Told::of(&response(media_type, seed.clone()));
        told.check(seed.len() + ROOM);
        let is_seen = told.markers.iter().any(|own| own == "marker1");
        assert!(is_seen, "the marker of seed {number} of {kind} is not seen");
    }
    bolero::check!().with_max_len(256).for_each(|bytes: &[u8]| {
        let body = Script::new(bytes).body(&seeds);
        let received = body.len();
        Told::of(&response(media_type, body)).check(received + ROOM);
    });
}

#[test]
fn pdf() {
    hostile("pdf", "application/pdf");
}

#[test]
fn archive() {
    hostile("archive", "application/octet-stream");
}

#[test]
fn message_pack() {
    hostile("message-pack", "application/msgpack");
}

#[test]
fn cbor() {
    hostile("cbor", "application/cbor");
}

#[test]
fn protobuf() {
    hostile("protobuf", "application/grpc+proto");
}
