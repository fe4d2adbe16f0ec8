//! What looking costs: the index of facts against the automata that others use
//! for many texts at once, on the same values and the same pages.
//!
//! `cargo bench --bench scanner`. Throughput is of one core. "max alloc" of
//! `build` is what an index takes, its values included; divided by their number
//! it is the bytes per value. The automata of four million values take up to five
//! gigabytes while they are built, and half a minute each.
#![expect(clippy::unwrap_used, reason = "a benchmark may unwrap")]

use std::fmt::Write as _;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Duration;

use aho_corasick::AhoCorasick;
use daachorse::DoubleArrayAhoCorasick;
use divan::counter::{BytesCount, ItemsCount};
use divan::{AllocProfiler, Bencher, black_box};
use fpt::model::{Fact, Origin, UserId, Visibility};
use fpt::oracle::{FactIndex, fold};

#[global_allocator]
static ALLOCATIONS: AllocProfiler = AllocProfiler::system();

fn main() {
    divan::main();
}

const COUNTS: [u32; 3] = [10_000, 400_000, 4_000_000];

const NAMES: [&str; 5] = ["member_id", "email", "phone", "full_name", "token"];
const FIRST: [&str; 8] = [
    "Anna", "Bernd", "Carla", "David", "Elena", "Jürgen", "Karim", "Lotte",
];
const LAST: [&str; 8] = [
    "Schmidt", "Müller", "Novak", "Okafor", "Petrov", "Rossi", "Tanaka", "Weber",
];

/// Values as populations have them: most begin or end like millions of others.
fn value(number: u32) -> String {
    let pick = |from: [&'static str; 8], by: u32| from[(number / by) as usize % 8];
    let (first, last) = (pick(FIRST, 5), pick(LAST, 40));
    match number % 5 {
        0 => format!("M-1000{number:07}"),
        1 => format!("{first}.{last}{number}@example.test"),
        2 => format!("+49 151 {number:08}"),
        3 => format!("{first} {last}-{}{}", pick(LAST, 320), number / 2560),
        _ => format!(
            "{:016x}",
            u64::from(number).wrapping_mul(0x9e37_79b9_7f4a_7c15)
        ),
    }
}

fn fact(number: u32) -> Fact {
    Fact {
        name: NAMES[number as usize % 5].into(),
        value: value(number),
        visibility: Visibility::Private,
        origin: Origin::Generated,
        weak: false,
    }
}

fn filled(count: u32, expected: usize) -> FactIndex {
    let index = FactIndex::with_room_for(expected);
    for number in 0..count {
        index.insert(UserId(number / 5), number / 10, &fact(number));
    }
    index
}

/// One index of each size, for all that only scan.
fn index(count: u32) -> &'static FactIndex {
    static INDEXES: [OnceLock<FactIndex>; 3] = [const { OnceLock::new() }; 3];
    let at = COUNTS.iter().position(|own| *own == count).unwrap();
    INDEXES[at].get_or_init(|| filled(count, count as usize))
}

/// JSON and rows of a page about people whom the index does not know, in values
/// that begin like those it knows, and one whom it knows in each 40 KB.
fn page() -> &'static str {
    static PAGE: OnceLock<String> = OnceLock::new();
    PAGE.get_or_init(|| {
        let mut page = String::new();
        for row in 0..2_500_u32 {
            let number = if row % 100 == 50 {
                row
            } else {
                3_000_000_000 + row * 35
            };
            let [id, mail, phone, name, token] =
                [0, 1, 2, 3, 4].map(|kind| value(number - number % 5 + kind));
            writeln!(
                page,
                "{{\"id\":{row},\"memberId\":\"{id}\",\"email\":\"{mail}\",\"fullName\":\"{name}\",\
                 \"phone\":\"{phone}\",\"status\":\"confirmed\",\"slot\":\"2026-03-17T10:30:00Z\",\
                 \"note\":\"Please bring your insurance card and arrive ten minutes early.\"}},"
            )
            .unwrap();
            writeln!(
                page,
                "<tr class=\"row\"><td><a href=\"/appointments/{row}?t={token}\">Details</a></td>\
                 <td class=\"who\">{name}</td><td>Moved to another day.</td></tr>"
            )
            .unwrap();
        }
        page
    })
}

fn folded() -> &'static str {
    static FOLDED: OnceLock<String> = OnceLock::new();
    FOLDED.get_or_init(|| fold(page()))
}

fn sightings(index: &FactIndex, folded: &str) -> usize {
    let mut sightings = 0;
    index.scan(folded, |_, _| sightings += 1);
    sightings
}

#[divan::bench(args = COUNTS, sample_count = 1, sample_size = 1)]
fn build(bencher: Bencher<'_, '_>, count: u32) {
    bencher
        .counter(ItemsCount::new(count))
        .bench(|| filled(count, count as usize));
}

#[divan::bench(args = COUNTS, sample_count = 1, sample_size = 1)]
fn build_without_knowing_how_many(bencher: Bencher<'_, '_>, count: u32) {
    bencher
        .counter(ItemsCount::new(count))
        .bench(|| filled(count, 1));
}

#[divan::bench(args = COUNTS, sample_count = 200, sample_size = 1)]
fn scan(bencher: Bencher<'_, '_>, count: u32) {
    let (index, text) = (index(count), folded());
    assert_eq!(sightings(index, text), 25 * 6);
    bencher
        .counter(BytesCount::of_str(text))
        .bench(|| sightings(index, black_box(text)));
}

#[divan::bench(args = COUNTS, sample_count = 200, sample_size = 1)]
fn fold_and_scan(bencher: Bencher<'_, '_>, count: u32) {
    let (index, text) = (index(count), page());
    bencher
        .counter(BytesCount::of_str(text))
        .bench(|| sightings(index, &fold(black_box(text))));
}

#[divan::bench(sample_count = 200, sample_size = 1)]
fn fold_only(bencher: Bencher<'_, '_>) {
    bencher
        .counter(BytesCount::of_str(page()))
        .bench(|| fold(black_box(page())));
}

/// Short texts, as a look at JSON has them.
#[divan::bench(args = COUNTS, sample_count = 200, sample_size = 1)]
fn fold_and_scan_words(bencher: Bencher<'_, '_>, count: u32) {
    let index = index(count);
    bencher.counter(BytesCount::of_str(page())).bench(|| {
        let texts = black_box(page()).split('"');
        texts
            .map(|text| sightings(index, &fold(text)))
            .sum::<usize>()
    });
}

/// Values that a run learns in a second, when each of a thousand requests
/// teaches one.
const LEARNED: u32 = 1_000;

/// While another thread files values as fast as a run learns them, for which
/// there is room.
#[divan::bench(args = COUNTS, sample_count = 1_000, sample_size = 1)]
fn fold_and_scan_while_values_are_learned(bencher: Bencher<'_, '_>, count: u32) {
    let index = filled(count, (count + 100 * LEARNED) as usize);
    let text = page();
    let (done, next) = (AtomicBool::new(false), AtomicU32::new(count));
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !done.load(Ordering::Relaxed) {
                let number = next.fetch_add(1, Ordering::Relaxed);
                index.insert(UserId(number), 0, &fact(number));
                std::thread::park_timeout(Duration::from_secs(1) / LEARNED);
            }
        });
        bencher
            .counter(BytesCount::of_str(text))
            .bench_local(|| sightings(&index, &fold(black_box(text))));
        done.store(true, Ordering::Relaxed);
    });
}

/// While another thread files values as fast as it can.
#[divan::bench(args = COUNTS, sample_count = 200, sample_size = 1)]
fn scan_while_values_are_filed(bencher: Bencher<'_, '_>, count: u32) {
    let (index, text) = (filled(count, count as usize), folded());
    let (done, next) = (AtomicBool::new(false), AtomicU32::new(count));
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !done.load(Ordering::Relaxed) {
                let number = next.fetch_add(1, Ordering::Relaxed);
                index.insert(UserId(number), 0, &fact(number));
            }
        });
        bencher
            .counter(BytesCount::of_str(text))
            .bench_local(|| sightings(&index, black_box(text)));
        done.store(true, Ordering::Relaxed);
    });
}

fn patterns(count: u32) -> Vec<String> {
    (0..count).map(|number| fold(&value(number))).collect()
}

#[divan::bench(args = COUNTS, sample_count = 1, sample_size = 1)]
fn build_aho_corasick(bencher: Bencher<'_, '_>, count: u32) {
    bencher
        .with_inputs(|| patterns(count))
        .counter(ItemsCount::new(count))
        .bench_refs(|patterns| AhoCorasick::new(&*patterns).unwrap());
}

#[divan::bench(args = COUNTS, sample_count = 20, sample_size = 1)]
fn scan_aho_corasick(bencher: Bencher<'_, '_>, count: u32) {
    let automaton = AhoCorasick::new(patterns(count)).unwrap();
    bencher
        .counter(BytesCount::of_str(folded()))
        .bench(|| automaton.find_overlapping_iter(black_box(folded())).count());
}

#[divan::bench(args = COUNTS, sample_count = 1, sample_size = 1)]
fn build_daachorse(bencher: Bencher<'_, '_>, count: u32) {
    bencher
        .with_inputs(|| patterns(count))
        .counter(ItemsCount::new(count))
        .bench_refs(|patterns| DoubleArrayAhoCorasick::<u32>::new(&*patterns).unwrap());
}

#[divan::bench(args = COUNTS, sample_count = 20, sample_size = 1)]
fn scan_daachorse(bencher: Bencher<'_, '_>, count: u32) {
    let automaton = DoubleArrayAhoCorasick::<u32>::new(patterns(count)).unwrap();
    bencher
        .counter(BytesCount::of_str(folded()))
        .bench(|| automaton.find_overlapping_iter(black_box(folded())).count());
}
