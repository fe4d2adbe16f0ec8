//! The objects of a file, whole and broken.

use std::io::Write as _;

use super::*;

/// The stream of the first object, as it was before it was packed.
fn stream(object: &[u8]) -> Option<Vec<u8>> {
    let file = [&b"%PDF-1.7\n1 0 obj\n"[..], object].concat();
    let mut packed = Vec::new();
    let file = File::read(&file, &mut packed, &mut (1 << 20));
    file.objects[&1].decoded(&mut (1 << 20))
}

#[test]
fn streams_end_where_they_say_or_else_where_they_end() {
    for object in [
        &b"<</Length 5>>stream\r\nendob\nendstream endobj"[..],
        b"<</Length 5>>\nstream\nendob\r\nendstream\nendobj",
        b"<</Length 5>>streamendobendstream",
        b"<</Length 5.7>>stream\nendobendstream endobj",
        b"<</Length 5/Type/X>>stream\nendob       endstream",
        // It is told elsewhere, not at all, or wrongly.
        b"<</Length 3 0 R>>stream\nendobendstream endobj",
        b"<</Type/X>>stream\nendobendstream endobj",
        b"<</Length (5)>>stream\nendobendstream endobj",
        b"<</Length -5>>stream\nendobendstream endobj",
        b"<</Length 99>>stream\nendobendstream endobj",
        b"<</Length 4000000000>>stream\nendobendstream endobj",
        // The file was cut.
        b"<</Length 99>>stream\nendob",
    ] {
        let found = stream(object);
        assert_eq!(
            found.as_deref(),
            Some(&b"endob"[..]),
            "{}",
            object.escape_ascii()
        );
    }
    // The mark stands in the content as well.
    let found = stream(b"<</Length 15>>stream\nAnn endstream !\nendstream endobj");
    assert_eq!(found.as_deref(), Some(&b"Ann endstream !"[..]));
    let far = format!(
        "<</Note({})>>stream\nendobendstream endobj",
        "x".repeat(60_000)
    );
    assert_eq!(stream(far.as_bytes()).as_deref(), Some(&b"endob"[..]));
    for object in [&b"<</Length 5>> endobj stream\nAnn"[..], b"<<", b""] {
        assert_eq!(stream(object), None, "{}", object.escape_ascii());
    }
    assert_eq!(stream(b"stream").as_deref(), Some(&b""[..]));
    assert_eq!(stream(b"stream\r\n").as_deref(), Some(&b""[..]));
}

#[test]
fn filters_are_undone_in_their_order() {
    for (filters, packed) in [
        ("", &b"Ann Lee"[..]),
        ("/Filter/ASCIIHexDecode", b"41 6E6e\n204C 6565>7"),
        ("/Filter /AHx", b"416E6E204C6565"),
        ("/Filter/ASCII85Decode", b"6#LQ_\n9P%c ~>6#LQ"),
        ("/Filter [/A85]", b"6#LQ_9P%c"),
        ("/Filter[/AHx /A85]", b"36234C515F39502563"),
        (
            "/Filter [/AHx/AHx/AHx/AHx] /Length 9",
            b"3333333433333331333333363334333533333336333433353333333233333330333333343334333333333336333333353333333633333335",
        ),
        ("/Filter/AHx/DecodeParms<</Predictor 1>>", b"416E6E204C6565"),
    ] {
        let head = format!("<<{filters}>>stream\n");
        let object = [head.as_bytes(), packed, b"endstream endobj"].concat();
        let found = stream(&object);
        assert_eq!(found.as_deref(), Some(&b"Ann Lee"[..]), "{filters}");
    }
    for (filters, packed) in [
        ("/Filter/LZWDecode", &b"Ann Lee"[..]),
        ("/Filter[/AHx/DCTDecode]", b"416E"),
        ("/Filter[/AHx/AHx/AHx/AHx/AHx]", b""),
        ("/Filter/A85", b"6#LQ_9P{"),
    ] {
        let head = format!("<<{filters}>>stream\n");
        let object = [head.as_bytes(), packed, b"endstream endobj"].concat();
        assert_eq!(stream(&object), None, "{filters}");
    }
}

#[test]
fn texts_in_85_letters_are_decoded_to_their_last_byte() {
    for (text, bytes) in [
        (&b""[..], &b""[..]),
        (b"z", b"\0\0\0\0"),
        (b"z!!", b"\0\0\0\0\0"),
        (b"5l", b"A"),
        (b"6#H", b"An"),
        (b"6#LQ", b"Ann"),
        (b"6#LQ_", b"Ann "),
        (b"s8W-!s8W-!", b"\xff\xff\xff\xff\xff\xff\xff\xff"),
        // One letter alone is none.
        (b"6", b""),
        (b"~>6#LQ", b""),
    ] {
        assert_eq!(
            ascii_85(text).as_deref(),
            Some(bytes),
            "{}",
            text.escape_ascii()
        );
    }
    for text in [&b"6z"[..], b"v", b"6#LQ\x7f"] {
        assert_eq!(ascii_85(text), None, "{}", text.escape_ascii());
    }
}

#[test]
fn objects_are_found_by_their_marks_and_the_last_of_a_number_counts() {
    let text = b"%PDF-1.7\n1 0 obj<</A 1>>endobj 12 0 obj<</B 2>>endobj\n\
        x obj<</C 3>>endobj 0 obj<</D 4>>endobj 13  0 obj<</E 5>>endobj\
        14 65535 obj <</F 6>> endobj 16  obj<</I>>endobj 1 0 obj<</G 7>>endobj 15 0 obj<</H 8>>";
    let mut packed = Vec::new();
    let file = File::read(text, &mut packed, &mut (1 << 20));
    let found: Vec<(u32, &[u8])> = file
        .objects
        .iter()
        .map(|(number, object)| (*number, object.head))
        .collect();
    let wanted: [(u32, &[u8]); 4] = [
        (1, b"<</G 7>>"),
        (12, b"<</B 2>>"),
        (14, b" <</F 6>> "),
        (15, b"<</H 8>>"),
    ];
    assert_eq!(found, wanted);
    assert!(!file.is_encrypted && !file.has_more);
    // What stands in a stream is none.
    let text = b"1 0 obj<</Length 21>>stream\n2 0 obj<</A 1>>endobjendstream endobj 3 0 obj<<>>";
    let mut packed = Vec::new();
    let file = File::read(text, &mut packed, &mut (1 << 20));
    assert!(file.objects.keys().eq(&[1, 3]));
    for (text, is_encrypted) in [
        (&b"1 0 obj<<>>endobj trailer<</Encrypt 9 0 R>>"[..], true),
        (b"1 0 obj<<>>endobj trailer<</Encrypt null>>", false),
    ] {
        let mut packed = Vec::new();
        assert_eq!(
            File::read(text, &mut packed, &mut 9).is_encrypted,
            is_encrypted
        );
    }
    let numbered = |count: usize| {
        let objects = (1..=count).map(|number| format!("{number} 0 obj<</N>>endobj "));
        objects.collect::<String>()
    };
    for (count, has_more) in [(MOST_OBJECTS, false), (MOST_OBJECTS + 1, true)] {
        let (text, mut packed) = (numbered(count), Vec::new());
        let file = File::read(text.as_bytes(), &mut packed, &mut 9);
        assert_eq!(
            (file.objects.len(), file.has_more),
            (MOST_OBJECTS, has_more)
        );
    }
}

#[test]
fn packed_objects_stand_where_their_list_says() {
    let packed = |first: &str, content: &str| {
        let head = format!("1 0 obj<</Type/ObjStm/First {first}>>stream\n");
        let file = [&head, content, "endstream endobj 7 0 obj<</Old>>endobj"].concat();
        let mut packed = Vec::new();
        let file = File::read(file.as_bytes(), &mut packed, &mut (1 << 20));
        let found = file.objects.iter().skip(1);
        found
            .map(|(number, object)| format!("{number} {}", object.head.escape_ascii()))
            .collect::<Vec<_>>()
    };
    for (first, content, found) in [
        (
            "13",
            "5 0 6 9 7 18 <</A 1>> <</B 2>> <</C 3>>",
            &["5 <</A 1>> ", "6 <</B 2>> ", "7 <</Old>>"][..],
        ),
        ("4", "5 0 <</A 1>>", &["5 <</A 1>>", "7 <</Old>>"]),
        // A list without an end, places that do not exist, and none at all.
        ("6", "5 0 6 <</A 1>>", &["5 <</A 1>>", "7 <</Old>>"]),
        ("8", "5 0 6 90<</A 1>>", &["5 <</A 1>>", "7 <</Old>>"]),
        ("8", "5 90 6 0<</A 1>>", &["6 <</A 1>>", "7 <</Old>>"]),
        ("8", "5 0 /6 2<</A 1>>", &["5 <</A 1>>", "7 <</Old>>"]),
        ("800", "5 0 <</A 1>>", &["7 <</Old>>"]),
        ("(4)", "5 0 <</A 1>>", &["7 <</Old>>"]),
    ] {
        assert_eq!(packed(first, content), found, "{content}");
    }
}

#[test]
fn packed_objects_that_lie_within_each_other_are_read_once_and_counted() {
    let read = |places: &mut dyn Iterator<Item = usize>| {
        let list: String = (5..)
            .zip(places)
            .fold(String::new(), |all, (number, place)| {
                all + &format!("{number} {place} ")
            });
        let first = list.len();
        let content = format!("{list}{}", "<</A (x)>> ".repeat(20_000));
        let length = content.len();
        let head = format!("1 0 obj<</Type/ObjStm/First {first}/Length {length}>>stream\n");
        let file = [&head, &content, "endstream endobj"].concat();
        let (mut packed, mut room) = (Vec::new(), 1 << 20);
        let file = File::read(file.as_bytes(), &mut packed, &mut room);
        let lengths = file.objects.values().map(|object| object.head.len());
        (file.objects.len(), lengths.sum::<usize>(), file.has_more)
    };
    // One head each, and all of them in one another by turns.
    let (objects, length, has_more) = read(&mut (0..20_000).map(|number| number * 11));
    assert!(objects == 20_001 && length < 250_000 && !has_more);
    let (objects, length, has_more) = read(&mut (0..20_000).map(|number| number % 2 * 200_000));
    assert!(objects <= 3 && length < 250_000 && has_more);
}

#[test]
fn what_a_stream_was_in_between_takes_room_as_well() {
    let deflated = |content: &[u8]| {
        let level = flate2::Compression::default();
        let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), level);
        encoder.write_all(content).unwrap();
        encoder.finish().unwrap()
    };
    let packed = deflated(&deflated(&vec![b' '; 100_000]));
    let twice = Object {
        head: b"/Filter [/Fl /Fl]",
        stream: Some(&packed),
    };
    let mut room = 1 << 20;
    assert_eq!(twice.decoded(&mut room).map(|own| own.len()), Some(100_000));
    assert!(room < (1 << 20) - 100_000);
    // What comes to nothing in the end, too.
    for head in [&b"/Filter [/Fl /Fl /Crypt]"[..], b"/Filter [/Fl /Fl /AHx]"] {
        let (object, before) = (Object { head, ..twice }, room);
        object.decoded(&mut room);
        assert!(room <= before - 100_000, "{}", head.escape_ascii());
    }
    assert_eq!(twice.decoded(&mut 0), Some(Vec::new()));
}

#[test]
fn references_are_told_from_other_numbers() {
    for (text, found) in [
        ("4 0 R", &[4][..]),
        (" 4 0 R 5 0 R", &[4]),
        ("[4 0 R 5 0 R]6 0 R", &[4, 5]),
        ("[4 0 R 5 0 obj 6 0 R]", &[4]),
        ("[4 0 R 5]", &[4]),
        ("[]", &[]),
        ("/X 4 0 R", &[]),
        ("4 0 obj", &[]),
        ("4", &[]),
    ] {
        let own: Vec<u32> = references(text.as_bytes()).collect();
        assert_eq!(own, found, "{text}");
    }
    assert_eq!(reference(b"<</A 3 0 R/B 4 0 R>>", b"/B"), Some(4));
    assert_eq!(reference(b"<</A 3 0 R>>", b"/B"), None);
}

#[test]
fn a_mark_is_no_beginning_of_a_longer_name() {
    for (head, is_held) in [
        ("/Type/Image", true),
        ("/Type /Image>>", true),
        ("/ImageMask true", false),
        ("/Image1", false),
        ("/ImageMask true /Subtype/Image /W 1", true),
        ("/Imag", false),
        ("", false),
    ] {
        assert_eq!(holds(head.as_bytes(), b"/Image"), is_held, "{head}");
    }
    for (text, place) in [
        ("Lee", Some(0)),
        ("LLee", Some(1)),
        ("Le LeLee Lee", Some(5)),
        ("LeLe", None),
        ("", None),
    ] {
        assert_eq!(find(text.as_bytes(), b"Lee"), place, "{text}");
    }
}
