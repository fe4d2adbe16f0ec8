//! Bodies that were packed, whole and spoilt.

use std::io::{Read as _, Write as _};

use fpt::model::Received;
use fpt::oracle::fold;
use fpt::oracle::look::look;

use crate::corpus::{MARKER, Script, seeds};

/// What may be told of a body, as `look` bounds it: a little can be packed
/// into very little.
const MOST: usize = 16 << 20;

/// A way to pack, and how `Content-Encoding` calls it.
#[derive(Clone, Copy, Debug)]
enum Coding {
    Gzip,
    Deflate,
    Zlib,
    Zstd,
    Brotli,
}

impl Coding {
    const ALL: [Self; 5] = [
        Self::Gzip,
        Self::Deflate,
        Self::Zlib,
        Self::Zstd,
        Self::Brotli,
    ];

    fn header(self) -> &'static str {
        match self {
            Self::Gzip => "gzip",
            Self::Deflate | Self::Zlib => "deflate",
            Self::Zstd => "zstd",
            Self::Brotli => "br",
        }
    }

    fn pack(self, body: &[u8]) -> Vec<u8> {
        let level = flate2::Compression::fast();
        let mut packed = Vec::new();
        match self {
            Self::Gzip => {
                let mut encoder = flate2::write::GzEncoder::new(packed, level);
                encoder.write_all(body).unwrap();
                packed = encoder.finish().unwrap();
            }
            Self::Deflate => {
                let mut encoder = flate2::write::DeflateEncoder::new(packed, level);
                encoder.write_all(body).unwrap();
                packed = encoder.finish().unwrap();
            }
            Self::Zlib => {
                let mut encoder = flate2::write::ZlibEncoder::new(packed, level);
                encoder.write_all(body).unwrap();
                packed = encoder.finish().unwrap();
            }
            Self::Zstd => packed = zstd::stream::encode_all(body, 1).unwrap(),
            Self::Brotli => {
                let mut encoder = brotli::CompressorReader::new(body, 4096, 1, 16);
                encoder.read_to_end(&mut packed).unwrap();
            }
        }
        packed
    }
}

/// The texts of a response that hold the marker, and how much was told.
fn told(coding: &str, body: Vec<u8>) -> (usize, usize) {
    let response = Received {
        status: 200,
        headers: vec![
            ("content-type".into(), "text/plain".into()),
            ("content-encoding".into(), coding.into()),
        ],
        body: body.into(),
        ..Received::default()
    };
    let (mut marked, mut characters) = (0, 0);
    look(&response, &mut |glimpse| {
        marked += usize::from(fold(glimpse.text).contains(MARKER));
        characters += glimpse.text.len();
    });
    (marked, characters)
}

#[test]
fn packed_once_or_twice_and_spoilt() {
    let bodies = std::panic::AssertUnwindSafe(seeds("plain"));
    bolero::check!().with_max_len(128).for_each(|bytes: &[u8]| {
        let (how, what) = bytes.split_at(bytes.len().min(8));
        let mut how = Script::new(how);
        let one = Coding::ALL[how.pick(Coding::ALL.len())];
        let other = Coding::ALL[how.pick(Coding::ALL.len())];
        let twice = how.pick(2) == 1;
        let mut body = Script::new(what).body(&bodies);
        body.extend_from_slice(format!("\n{MARKER}\n").as_bytes());
        let (coding, packed) = if twice {
            let packed = other.pack(&one.pack(&body));
            (format!("{}, {}", one.header(), other.header()), packed)
        } else {
            (one.header().to_owned(), one.pack(&body))
        };
        // With zeros in it, it looks like UTF-16, in which the marker is another text.
        if body.is_ascii() && !body.contains(&0) {
            let (marked, characters) = told(&coding, packed.clone());
            assert!(
                marked > 0,
                "the marker is not seen behind {one:?}, {other:?} ({twice}): {body:?}"
            );
            assert!(characters <= MOST, "{characters} characters");
        }
        // Spoilt, and under another name: nothing panics, and not without end.
        let spoilt = Script::new(what).body(std::slice::from_ref(&packed));
        let (_, characters) = told(&coding, spoilt);
        assert!(characters <= MOST, "{characters} characters");
        let (_, characters) = told(other.header(), packed);
        assert!(characters <= MOST, "{characters} characters");
    });
}
