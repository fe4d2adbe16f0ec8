//! The index against a plain search, and what it promises while it is filled.

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use proptest::prelude::*;

use super::*;

fn fact(value: &str) -> Fact {
    Fact {
        name: "member_id".into(),
        value: value.to_owned(),
        visibility: Visibility::Private,
        origin: Origin::Generated,
        weak: false,
    }
}

fn owners(index: &FactIndex, text: &str) -> Vec<u32> {
    let mut owners = Vec::new();
    index.scan(&fold(text), |_, fact| {
        owners.extend(fact.owner.map(|id| id.0));
    });
    owners
}

#[test]
fn finds_values_of_several_users_in_one_text() {
    let index = FactIndex::with_room_for(10);
    index.insert(UserId(1), 1, &fact("M-100001"));
    index.insert(UserId(2), 2, &fact("M-100002"));
    index.insert(UserId(3), 3, &fact("Anna Schmidt"));
    let text = "M-100002, then ANNA  Schmidt; not M-1000011 and no m-10000";
    assert_eq!(owners(&index, text), [2, 3]);
}

#[test]
fn values_of_every_length_are_found() {
    let index = FactIndex::with_room_for(1);
    let lengths = [6, 62, 63, 64, 126, 127, 128, 129, 256, 16_384];
    for (owner, length) in (0..).zip(lengths) {
        assert!(index.insert(UserId(owner), 0, &fact(&"a".repeat(length))));
    }
    for (owner, length) in (0..).zip(lengths) {
        let text = format!("is {} it?", "a".repeat(length));
        assert_eq!(owners(&index, &text), [owner], "{length}");
    }
}

#[test]
fn weak_and_short_values_are_left_out() {
    let index = FactIndex::with_room_for(1);
    assert!(!index.insert(UserId(1), 1, &fact("17")));
    assert!(!index.insert(UserId(1), 1, &fact("12345")));
    let weak = Fact {
        weak: true,
        ..fact("1990-01-01")
    };
    assert!(!index.insert(UserId(1), 1, &weak));
    assert!(!index.insert_form(UserId(1), 1, &weak, "01.01.1990"));
    assert!(index.is_empty());
    assert!(index.insert_public("public", "Anna Schmidt"));
    assert!(index.is_empty(), "public values accuse nobody");
    assert!(index.insert(UserId(1), 1, &fact("123456")));
    assert_eq!(index.len(), 1);
    let mut seen = Vec::new();
    index.scan(
        "anna schmidt 123456 1990-01-01 01.01.1990",
        |place, fact| {
            seen.push((place, fact.owner, fact.visibility));
        },
    );
    assert_eq!(
        seen,
        [
            (0..12, None, Visibility::Public),
            (13..19, Some(UserId(1)), Visibility::Private)
        ]
    );
}

#[test]
fn everybody_with_the_same_text_is_told_in_order_and_once() {
    let index = FactIndex::with_room_for(1);
    for owner in (0..100).chain(0..3) {
        assert!(index.insert(UserId(owner), owner / 2, &fact("12 Long Street")));
    }
    assert_eq!(index.len(), 100);
    let address = Fact {
        name: "address".into(),
        visibility: Visibility::Group,
        origin: Origin::Account,
        ..fact("12 Long Street")
    };
    assert!(index.insert(UserId(7), 3, &address));
    assert_eq!(index.len(), 101);
    let mut seen = Vec::new();
    index.scan("at 12 long street", |place, fact| {
        seen.push((place, fact.clone()));
    });
    let told: Vec<u32> = seen
        .iter()
        .filter_map(|(_, fact)| fact.owner)
        .map(|id| id.0)
        .collect();
    assert_eq!(told, (0..100).chain([7]).collect::<Vec<_>>());
    let (place, last) = &seen[100];
    assert_eq!(*place, 3..17);
    assert_eq!((last.group, &*last.name), (3, "address"));
    assert_eq!(
        (last.visibility, last.origin),
        (Visibility::Group, Origin::Account)
    );
    assert_eq!((seen[5].1.group, &*seen[5].1.name), (2, "member_id"));
}

#[test]
fn a_form_tells_the_fact_and_counts_for_nothing() {
    let index = FactIndex::with_room_for(1);
    let name = Fact {
        name: "full_name".into(),
        ..fact("Anna Schmidt")
    };
    assert!(index.insert(UserId(4), 2, &name));
    assert!(index.insert_form(UserId(4), 2, &name, "Schmidt,  ANNA"));
    assert!(
        !index.insert_form(UserId(4), 2, &name, "A. S."),
        "too short"
    );
    let short = Fact {
        name: "full_name".into(),
        ..fact("Li Wu")
    };
    assert!(!index.insert(UserId(5), 2, &short));
    assert!(index.insert_form(UserId(5), 2, &short, "Wu, Li"));
    assert_eq!(index.len(), 1);
    let mut seen = Vec::new();
    index.scan("schmidt, anna; anna schmidt; wu, li", |place, fact| {
        let whose = fact.owner.unwrap().0;
        assert_eq!(&*fact.name, "full_name");
        seen.push((
            place.start,
            whose,
            fact.form().to_owned(),
            fact.folded().to_owned(),
        ));
    });
    let expected = [
        (0, 4, "schmidt, anna", "anna schmidt"),
        (15, 4, "anna schmidt", "anna schmidt"),
        // Its own value is too short to be filed.
        (29, 5, "wu, li", "wu, li"),
    ];
    let expected: Vec<_> = expected
        .map(|(at, whose, form, own)| (at, whose, form.to_owned(), own.to_owned()))
        .into();
    assert_eq!(seen, expected);
}

#[test]
fn a_value_may_be_filed_by_whoever_is_told_of_one() {
    let index = FactIndex::with_room_for(1);
    index.insert(UserId(1), 1, &fact("M-100001"));
    index.scan("m-100001", |_, _| {
        assert!(index.insert(UserId(2), 1, &fact("M-100001")));
    });
    assert_eq!(owners(&index, "m-100001"), [1, 2]);
}

#[test]
fn it_grows_far_beyond_what_was_expected() {
    let index = FactIndex::with_room_for(1);
    let value = |number: u32| format!("+49 151 {number:08}");
    let count = 40_000;
    for number in 0..count {
        assert!(index.insert(UserId(number), 0, &fact(&value(number))));
        if number % 997 == 0 {
            assert_eq!(owners(&index, &value(number)), [number]);
        }
    }
    assert_eq!(index.len(), u64::from(count));
    for number in 0..count {
        assert_eq!(owners(&index, &value(number)), [number]);
    }
    assert!(owners(&index, &value(count)).is_empty());
}

#[test]
fn values_are_found_as_soon_as_they_are_filed_while_others_scan_and_file() {
    const EACH: u32 = 6_000;
    let index = FactIndex::with_room_for(1);
    let value = |number: u32| format!("person{number:06}@example.test");
    index.insert(UserId(u32::MAX), 0, &fact("here all along"));
    let (done, scans) = (AtomicBool::new(false), AtomicU32::new(0));
    let filed = [const { AtomicU32::new(0) }; 2];
    std::thread::scope(|scope| {
        let writers = [0, 1].map(|writer| {
            let (index, filed) = (&index, &filed);
            scope.spawn(move || {
                for number in 0..EACH {
                    let own = writer * EACH + number;
                    assert!(index.insert(UserId(own), 0, &fact(&value(own))));
                    assert_eq!(owners(index, &value(own)), [own]);
                    filed[writer as usize].store(number + 1, Ordering::Release);
                }
            })
        });
        scope.spawn(|| {
            while !done.load(Ordering::Acquire) || scans.load(Ordering::Relaxed) == 0 {
                for writer in 0..2_u32 {
                    let known = filed[writer as usize].load(Ordering::Acquire);
                    let latest = known.checked_sub(1).map(|number| writer * EACH + number);
                    let text =
                        format!("here all along: {}", latest.map_or_else(String::new, value));
                    let expected: Vec<u32> = [u32::MAX].into_iter().chain(latest).collect();
                    assert_eq!(owners(&index, &text), expected);
                }
                scans.fetch_add(1, Ordering::Relaxed);
            }
        });
        for writer in writers {
            writer.join().unwrap();
        }
        done.store(true, Ordering::Release);
    });
    for own in 0..2 * EACH {
        assert_eq!(owners(&index, &value(own)), [own]);
    }
}

/// All places where a value stands on its own, each value looked for by itself.
fn plainly(folded: &str, values: &[String]) -> Vec<(Range<usize>, u32)> {
    let mut expected = Vec::new();
    for (owner, value) in (0_u32..).zip(values) {
        let value = fold(value);
        for (start, _) in folded.char_indices() {
            let end = start + value.len();
            if value.len() >= WINDOW
                && folded[start..].starts_with(&value)
                && stands_alone(folded, start, end, value.contains('@'))
            {
                expected.push((start..end, owner));
            }
        }
    }
    expected.sort_unstable_by_key(|(place, owner)| (place.start, place.end, *owner));
    expected
}

fn found(index: &FactIndex, folded: &str) -> Vec<(Range<usize>, u32)> {
    let mut found = Vec::new();
    index.scan(folded, |place, fact| {
        assert_eq!(&folded[place.clone()], fact.form());
        assert_eq!(fact.folded(), fact.form());
        found.push((place, fact.owner.unwrap().0));
    });
    found
}

/// Values that look alike: with a common beginning, a common end, both, very
/// short, very long, of other scripts, beginning or ending within punctuation.
fn value() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-z]{6,9}",
        "m-1000[0-9]{1,4}",
        "[ab]{1,2}@example\\.test",
        "[+]49 151 [0-3]{2,5}",
        "[äöü氏名ab ]{2,5}",
        "[ab]{6}|[a]{7,9}",
        "[(][0-9]{2}[)] [0-9]{2}",
        "İ[a-z]{5}|[a-z]{5}İ|ﬁ[a-z]{4}",
        // Lengths around those where a long value is told in parts.
        (55_usize..70, 0..3_u8)
            .prop_map(|(length, last)| format!("{}{last}", "long".repeat(40)[..length].to_owned())),
        (120_usize..132, 0..3_u8)
            .prop_map(|(length, last)| format!("{}{last}", "long".repeat(40)[..length].to_owned())),
    ]
}

#[test]
fn nothing_is_looked_up_within_words() {
    let index = FactIndex::with_room_for(1);
    for value in ["member", "+49 15", "über uns", "7seven"] {
        index.insert(UserId(1), 1, &fact(value));
    }
    let text = "mm m +4+ 77 üm m7m-m".repeat(20);
    let bytes = text.as_bytes();
    // Blocks of every length, each with the end of another before it.
    for length in 1..=BLOCK {
        let mut within = false;
        let mut told = Vec::new();
        for (number, block) in bytes.chunks_exact(BLOCK).enumerate() {
            let begin = number * BLOCK;
            let places = index.places(&block[..length], &mut within);
            told.extend(
                (0..BLOCK)
                    .filter(|bit| places >> bit & 1 == 1)
                    .map(|bit| begin + bit),
            );
            // A block that is not full is the last one of a text.
            within = block[BLOCK - 1].is_ascii_alphanumeric();
        }
        let whole = bytes.len() / BLOCK * BLOCK;
        let expected: Vec<usize> = (0..whole)
            .filter(|at| at % BLOCK < length)
            .filter(|at| {
                let begins = matches!(bytes[*at], b'm' | b'+' | b'7' | 0xc3);
                let word = |at: usize| bytes[at].is_ascii_alphanumeric();
                begins && !(*at > 0 && word(*at) && word(at - 1))
            })
            .collect();
        assert_eq!(told, expected, "blocks of {length}");
    }
    for end in 1..bytes.len() {
        let word = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_alphanumeric);
        assert_eq!(index.within_word(bytes, end), word(end) && word(end - 1));
    }
}

#[test]
fn it_says_how_much_it_knows() {
    let index = FactIndex::with_room_for(1);
    assert!(index.is_empty());
    index.insert(UserId(1), 1, &fact("M-100001"));
    assert!(!index.is_empty());
    assert_eq!(format!("{index:?}"), "FactIndex { facts: 1, .. }");
}

proptest! {
    #[test]
    fn finds_exactly_what_a_plain_search_finds(
        values in prop::collection::vec(value(), 1..40),
        parts in prop::collection::vec(
            ("[ .,;:<>\"@_a-c氏é]{0,2}", any::<prop::sample::Index>(), 0..4_u8, any::<prop::sample::Index>()),
            0..25,
        ),
    ) {
        let index = FactIndex::with_room_for(1);
        for (owner, value) in (0_u32..).zip(&values) {
            index.insert(UserId(owner), 0, &fact(value));
        }
        let mut text = String::new();
        for (filler, pick, how, cut) in &parts {
            text.push_str(filler);
            let value = pick.get::<String>(&values);
            match how {
                0 => text.push_str(&value.to_uppercase()),
                // A part of a value is not that value.
                1 => text.extend(value.chars().take(cut.index(value.chars().count()))),
                _ => text.push_str(value),
            }
        }
        let folded = fold(&text);
        prop_assert_eq!(found(&index, &folded), plainly(&folded, &values));
    }

    /// Among many values that differ in little, at every place of a block.
    #[test]
    fn finds_one_of_many_wherever_it_stands(pick in 0_u32..3000, before in 0_usize..200) {
        let values: Vec<String> = (0..3000).map(|own| format!("m-{own:06}")).collect();
        let index = FactIndex::with_room_for(10);
        for (owner, value) in (0_u32..).zip(&values) {
            index.insert(UserId(owner), 0, &fact(value));
        }
        let own = pick.to_string();
        let text = format!("{}m-{own:0>6}", " .".repeat(before / 2) + &" "[..before % 2]);
        let start = text.len() - 8;
        prop_assert_eq!(found(&index, &text), [(start..text.len(), pick)]);
    }
}
