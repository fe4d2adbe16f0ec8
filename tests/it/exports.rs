//! Whatever lies between a value and its answer: one export of somebody else's
//! record in every format, and one of the user's own.

use std::collections::{BTreeMap, BTreeSet};

use appointment_center::{Defect, ExportFormat};
use fpt::model::{Layer, Rule, Spot};
use serde_json::Value;

use crate::support::run::{Fpt, Ran};

const FEATURE: &str = "tests/features/exports.feature";
const SCENARIO: &str = "A record in every format";
const HOUSEHOLDS: &str = "tests/features/populations/households.csv";

/// The practice on call is called so. Everybody is shown its name.
const NAMESAKE: &str = "anna.schmidt@mail.example,Espe!1904-erle,Anna Schmidt,M-N53107826,\
     +4915908472615,1979-06-11,\"Mühlgasse 64, 87775 Großlinden\",L691083357,1\n";

/// Of the accounts, with the households before it.
const NAMESAKES_TAG: &str = "u000006";

/// A fact and where it is seen.
type Place = (String, String);

/// The record as one document of JSON.
const RECORD: [(&str, &str); 7] = [
    ("member_id", "JSON $.memberId"),
    ("full_name", "JSON $.fullName"),
    ("email", "JSON $.email"),
    ("phone", "JSON $.phone"),
    ("birth_date", "JSON $.birthDate"),
    ("insurance_number", "JSON $.insuranceNumber"),
    // The household's: others are not to see it.
    ("address", "JSON $.address.line"),
];

fn these(places: &[(&str, &str)]) -> BTreeSet<Place> {
    let own = |(fact, place): &(&str, &str)| ((*fact).to_owned(), (*place).to_owned());
    places.iter().map(own).collect()
}

/// The whole record, behind `way`.
fn whole(way: &str) -> BTreeSet<Place> {
    let own = |(fact, place)| (String::from(fact), format!("{way}{place}"));
    RECORD.map(own).into_iter().collect()
}

/// All that is seen of a record in this format: every fact by the first place
/// that shows it. A format without a row does not compile.
fn places(format: ExportFormat) -> BTreeSet<Place> {
    match format {
        ExportFormat::Gzip
        | ExportFormat::Deflate
        | ExportFormat::Brotli
        | ExportFormat::Zstd
        | ExportFormat::GuardedJson => whole(""),
        ExportFormat::GzipFile => these(&RECORD.map(|(fact, _)| (fact, "compressed"))),
        ExportFormat::PackedField => whole("JSON $.archive > base64 > compressed > "),
        ExportFormat::Latin1 => these(&[("full_name", "HTML p > b")]),
        ExportFormat::Utf16 => these(&[
            ("member_id", "CSV row 1 column member_id"),
            ("full_name", "CSV row 1 column full_name"),
        ]),
        ExportFormat::EscapedJson => these(&[("full_name", "JSON $.fullName")]),
        ExportFormat::JsonInJson => whole("JSON $.payload > "),
        ExportFormat::JsonLines => whole("line 2 > "),
        ExportFormat::Page => these(&[
            ("insurance_number", "HTML html"),
            ("member_id", "HTML html > main#record"),
            ("full_name", "HTML html > main#record > h1"),
            ("email", "HTML html > main#record > p.mail"),
            ("phone", "HTML html > main#record > form > input"),
        ]),
        ExportFormat::Script => these(&[
            ("member_id", "HTML script#state > JSON $.memberId"),
            (
                "insurance_number",
                "HTML script#state > JSON $.insuranceNumber",
            ),
            ("email", "HTML script#start > escapes"),
        ]),
        ExportFormat::Xml => these(&[
            ("member_id", "XML /record/@memberId"),
            ("full_name", "XML /record/name"),
            ("email", "XML /record/email"),
            ("phone", "XML /record/phone"),
        ]),
        ExportFormat::Csv => these(&[
            ("member_id", "CSV row 1 column member_id"),
            ("full_name", "CSV row 1 column first_name"),
            ("email", "CSV row 1 column email"),
        ]),
        ExportFormat::Mail => these(&[
            ("full_name", "part 1 > quoted-printable"),
            ("member_id", "part 2 > base64 > JSON $.memberId"),
            ("email", "part 2 > base64 > JSON $.email"),
            (
                "insurance_number",
                "part 2 > base64 > JSON $.insuranceNumber",
            ),
        ]),
        ExportFormat::Form => these(&[("full_name", "body"), ("email", "body")]),
        ExportFormat::Base64 => whole("JSON $.record > base64 > "),
        ExportFormat::Hex => whole("JSON $.record > hex > "),
        ExportFormat::Bytes => whole("JSON $.record.data > bytes > "),
        ExportFormat::Cookie => whole("cookie prefill > base64 > "),
        ExportFormat::Token => these(&[
            (
                "insurance_number",
                "header x-export-token > JWT header $.kid",
            ),
            ("member_id", "header x-export-token > JWT payload $.sub"),
            ("email", "header x-export-token > JWT payload $.email"),
        ]),
        ExportFormat::EncodedWord => these(&[("full_name", "header x-subject > encoded word")]),
        ExportFormat::Reason => these(&[("member_id", "status line")]),
        ExportFormat::Redirect => these(&[("member_id", "header location")]),
        ExportFormat::FileName => these(&[
            ("full_name", "header content-disposition"),
            ("email", "JSON $.replaces"),
        ]),
        ExportFormat::ReturnLink => these(&[("email", "JSON $.next")]),
        ExportFormat::Events => whole("event record > "),
        ExportFormat::Vcard => these(&[
            ("full_name", "body"),
            ("phone", "body"),
            ("member_id", "body"),
        ]),
        ExportFormat::QuotedVcard => these(&[("full_name", "body > field FN")]),
        ExportFormat::Letter => these(&[
            ("full_name", "JSON $.addressee"),
            ("member_id", "JSON $.reference"),
            ("birth_date", "JSON $.born"),
            ("phone", "JSON $.callback"),
        ]),
        ExportFormat::SplitFields => these(&[
            ("full_name", "JSON $.person.firstName"),
            ("phone", "JSON $.telephone.number"),
        ]),
        ExportFormat::Label => these(&[("full_name", "body")]),
    }
}

/// Whether an export shows this kind of spot. A kind, or a layer, that nobody
/// thought of does not compile.
const fn is_shown(spot: &Spot) -> bool {
    match spot {
        Spot::StatusLine
        | Spot::Header(_)
        | Spot::Cookie(_)
        | Spot::Json(_)
        | Spot::Html(_)
        | Spot::Xml(_)
        | Spot::Csv { .. }
        | Spot::Text(_)
        | Spot::Line(_)
        | Spot::Event(_)
        | Spot::Part(_)
        | Spot::Layer(
            Layer::Base64
            | Layer::Hex
            | Layer::Bytes
            | Layer::JwtHeader
            | Layer::JwtPayload
            | Layer::Compressed
            | Layer::QuotedPrintable
            | Layer::EncodedWord
            | Layer::Escapes,
        )
        | Spot::Field(_) => true,
        // The balancer passes no trailers on. Documents and binary records, which the center does not write, have
        // their defects and twins with their readers.
        Spot::Trailer(_)
        | Spot::Way(_)
        | Spot::Layer(
            Layer::Archive
            | Layer::Pdf
            | Layer::Rtf
            | Layer::MessagePack
            | Layer::Cbor
            | Layer::Protobuf,
        ) => false,
    }
}

/// What kind of spot, or which layer, this is.
fn kind(spot: &Spot) -> String {
    match spot {
        Spot::Layer(layer) => layer.to_string(),
        spot => format!("{:?}", std::mem::discriminant(spot)),
    }
}

fn exports() -> Fpt {
    // A date is as good as an id here: no two members were born on one day.
    Fpt::of(FEATURE, SCENARIO).set("facts.birth_date.weak=false")
}

/// The format of an export, and nothing for what a redirect led to.
fn format_of(route: &str) -> Option<ExportFormat> {
    route.strip_prefix("GET /me/export?as=")?.parse().ok()
}

/// The answers with exports, of every format some.
fn answers(ran: &Ran) -> BTreeMap<ExportFormat, Vec<Value>> {
    let mut answers: BTreeMap<_, Vec<Value>> = BTreeMap::new();
    for line in ran.lines("history.jsonl") {
        if let Some(format) = line["route"].as_str().and_then(format_of) {
            answers.entry(format).or_default().push(line);
        }
    }
    let formats: Vec<ExportFormat> = answers.keys().copied().collect();
    assert_eq!(formats, all(), "{ran}");
    answers
}

fn all() -> Vec<ExportFormat> {
    let mut all = ExportFormat::ALL.to_vec();
    all.sort();
    all
}

/// The spot in words, without the position in a text, which depends on names.
fn told(spot: &Spot) -> String {
    match spot.to_string().strip_prefix("body at byte ") {
        Some(rest) => format!(
            "body{}",
            rest.trim_start_matches(|c: char| c.is_ascii_digit())
        ),
        None => spot.to_string(),
    }
}

#[test]
fn an_export_of_somebody_else_is_found_in_every_format() {
    let ran = exports()
        .args(&["--defect", &Defect::SharedExport.to_string()])
        .set(&format!("population.accounts={HOUSEHOLDS}"))
        .load(6, 50, 8)
        .done()
        .exits(4);
    let mut found = BTreeSet::new();
    for finding in ran.findings() {
        let witness = &finding.witness;
        assert_eq!(finding.rule, Rule::ForeignData, "{finding:#?}");
        assert!(
            finding.owner.is_some_and(|owner| owner != finding.user),
            "{finding:#?}"
        );
        let format = format_of(&witness.route).unwrap();
        let fact = witness.fact.clone().unwrap();
        let place = told(witness.spot.as_ref().unwrap());
        assert!(
            places(format).contains(&(fact.to_string(), place)),
            "{finding:#?}"
        );
        found.insert(format);
    }
    let found: Vec<ExportFormat> = found.into_iter().collect();
    assert_eq!(found, all(), "{ran}");
    // Of each all that is in it, and each where it is read.
    let mut kinds = BTreeSet::new();
    let mut wrong = String::new();
    for (format, answers) in answers(&ran) {
        let mut seen = BTreeSet::new();
        for sighting in answers
            .iter()
            .flat_map(|answer| answer["sightings"].as_array().into_iter().flatten())
        {
            let spot: Spot = serde_json::from_value(sighting["spot"].clone()).unwrap();
            seen.insert((sighting["fact"].as_str().unwrap().to_owned(), told(&spot)));
            match spot {
                Spot::Way(way) => kinds.extend(way.iter().map(kind)),
                spot => {
                    kinds.insert(kind(&spot));
                }
            }
        }
        if seen != places(format) {
            wrong += &format!("{format}: {seen:#?} and not {:#?}\n", places(format));
        }
    }
    assert_eq!(wrong, "", "{ran}");
    for spot in every_kind() {
        assert_eq!(
            kinds.contains(&kind(&spot)),
            is_shown(&spot),
            "{spot:?}: {ran}"
        );
    }
}

/// Every kind of spot, and every layer.
fn every_kind() -> Vec<Spot> {
    let name = String::new;
    let layers = [
        Layer::Base64,
        Layer::Hex,
        Layer::Bytes,
        Layer::JwtHeader,
        Layer::JwtPayload,
        Layer::Compressed,
        Layer::QuotedPrintable,
        Layer::EncodedWord,
        Layer::Escapes,
    ];
    let mut all = vec![
        Spot::StatusLine,
        Spot::Header(name()),
        Spot::Cookie(name()),
        Spot::Json(name()),
        Spot::Html(name()),
        Spot::Xml(name()),
        Spot::Csv {
            row: 1,
            column: name(),
        },
        Spot::Text(0),
        Spot::Trailer(name()),
        Spot::Line(1),
        Spot::Event(name()),
        Spot::Part(name()),
        Spot::Field(name()),
        Spot::Way(Vec::new()),
    ];
    all.extend(layers.map(Spot::Layer));
    all
}

/// The member's own record in every format, beside the name of a practice that
/// is a member's name as well, and the address of a household. That the own
/// facts are seen in each answer shows that it was read.
#[test]
fn an_export_of_ones_own_accuses_nobody_in_any_format() {
    let fpt = exports();
    let accounts = std::fs::read_to_string(HOUSEHOLDS).unwrap() + NAMESAKE;
    let accounts = fpt.file("accounts.csv", &accounts);
    let ran = fpt
        .set(&format!("population.accounts={}", accounts.display()))
        .set("facts.address.visibility=group")
        .set("oracle.public=Anna Schmidt")
        .load(7, 50, 8)
        .done()
        .exits(0);
    assert_eq!(ran.findings(), [], "{ran}");
    let outcome = ran.outcome();
    assert_eq!(outcome["verdict"], "PASS", "{ran}");
    assert_eq!(outcome["hazards"], Value::Array(Vec::new()), "{ran}");
    for (format, answers) in answers(&ran) {
        // A name that is public as well does not tell that an answer was read.
        let named = places(format).iter().all(|(fact, _)| fact == "full_name");
        let namesakes = |answer: &Value| named && answer["user"] == NAMESAKES_TAG;
        let seen = |answer: &Value| {
            let own = answer["own_sightings"].as_u64();
            own.is_some_and(|own| own > 0) != namesakes(answer)
        };
        assert!(answers.iter().all(seen), "{format}: {ran}");
    }
}
