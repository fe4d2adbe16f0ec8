//! Seeds, and scripts that make hostile bodies of them.

use std::fs;
use std::path::Path;

/// A value that some seeds hold, and scripts put in.
pub(crate) const MARKER: &str = "marker@fuzz.example";

/// No body becomes larger.
const LARGEST: usize = 8 * 1024;

/// Pieces that mean something to somebody.
const PIECES: [&str; 48] = [
    MARKER,
    MARKER,
    "\"",
    "'",
    "\\",
    "\\u00e9",
    "\\ud83d",
    "\\\"",
    "&amp;",
    "&#x6d;",
    "&#109",
    "&nbsp;",
    "%40",
    "%25",
    "%",
    "+",
    "=",
    "&",
    ";",
    ",",
    "\t",
    "\r\n",
    "\n\n",
    "data: ",
    "id: ",
    "event: x\n",
    "<",
    ">",
    "</",
    "/>",
    "<!--",
    "-->",
    "<![CDATA[",
    "]]>",
    "<?xml version='1.0'?>",
    "<!DOCTYPE a [<!ENTITY b 'c'>]>",
    "<script>",
    "</script>",
    "<textarea>",
    "<plaintext>",
    "{",
    "}",
    "[",
    "]",
    ":",
    "\u{0}",
    "bWFya2VyQGZ1enouZXhhbXBsZQ==",
    "--boundary\r\n",
];

/// What can stand around something many times.
const AROUND: [(&str, &str); 8] = [
    ("[", "]"),
    ("{\"a\":", "}"),
    ("<a>", "</a>"),
    ("<div class=x>", "</div>"),
    ("\"", "\""),
    ("<a b='", "'/>"),
    ("<!--", "-->"),
    ("<svg><![CDATA[", "]]></svg>"),
];

/// The seeds of one kind, in the order of their names.
pub(crate) fn seeds(kind: &str) -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/fuzz/corpus")
        .join(kind);
    let mut files: Vec<_> = fs::read_dir(&folder)
        .unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
        .map(|entry| entry.unwrap().path())
        .collect();
    files.sort();
    assert!(!files.is_empty(), "{} is empty", folder.display());
    files.iter().map(|file| fs::read(file).unwrap()).collect()
}

/// Reads a script byte by byte; behind its end there are zeros.
pub(crate) struct Script<'a>(&'a [u8]);

impl<'a> Script<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    fn byte(&mut self) -> u8 {
        let Some((first, rest)) = self.0.split_first() else {
            return 0;
        };
        self.0 = rest;
        *first
    }

    /// One of `count` numbers.
    pub(crate) fn pick(&mut self, count: usize) -> usize {
        let number = usize::from(self.byte()) << 8 | usize::from(self.byte());
        number % count.max(1)
    }

    fn range(&mut self, length: usize) -> std::ops::Range<usize> {
        let (one, other) = (self.pick(length + 1), self.pick(length + 1));
        one.min(other)..one.max(other)
    }

    /// A seed after everything that the rest of the script does to it.
    pub(crate) fn body(mut self, seeds: &[Vec<u8>]) -> Vec<u8> {
        let mut body = seeds[self.pick(seeds.len())].clone();
        while !self.0.is_empty() {
            self.change(&mut body, seeds);
            body.truncate(LARGEST);
        }
        body
    }

    fn change(&mut self, body: &mut Vec<u8>, seeds: &[Vec<u8>]) {
        let what = self.byte();
        let at = self.pick(body.len() + 1);
        match what % 10 {
            0 | 1 => {
                let piece = PIECES[self.pick(PIECES.len())];
                body.splice(at..at, piece.bytes());
            }
            2 => {
                let range = self.range(body.len());
                body.drain(range);
            }
            3 => {
                let range = self.range(body.len());
                let times = 1 + self.pick(64);
                let piece = body[range].repeat(times.min(1 + LARGEST / (body.len() + 1)));
                body.splice(at..at, piece);
            }
            4 => {
                if let Some(byte) = body.get_mut(at) {
                    *byte = self.byte();
                }
            }
            5 => {
                let other = &seeds[self.pick(seeds.len())];
                let piece = other[self.range(other.len())].to_vec();
                body.splice(at..at, piece);
            }
            6 => body.truncate(at),
            7 => {
                let (before, behind) = AROUND[self.pick(AROUND.len())];
                let times = 1 + self.pick(300);
                let whole = [
                    before.repeat(times).as_bytes(),
                    body,
                    behind.repeat(times).as_bytes(),
                ]
                .concat();
                *body = whole;
            }
            8 => {
                let range = self.range(body.len());
                let (before, behind) = AROUND[self.pick(AROUND.len())];
                body.splice(range.end..range.end, behind.bytes());
                body.splice(range.start..range.start, before.bytes());
            }
            _ => {
                let length = self.pick(9);
                let bytes: Vec<u8> = (0..length).map(|_| self.byte()).collect();
                body.splice(at..at, bytes);
            }
        }
    }
}
