//! Tests of accounts files.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::AccountsFormat::{self, Csv, Json};
use super::{AccountsError, MAX_ACCOUNTS_BYTES};
use crate::model::{Origin, UserId, Visibility};
use crate::population::{FactSetting, Person, Population, Spec};

fn read(text: &str, format: AccountsFormat, spec: &Spec) -> Result<Population, AccountsError> {
    Population::from_accounts(text.as_bytes(), format, "a", spec)
}

fn setting(fact: &str, visibility: Option<Visibility>, weak: Option<bool>) -> Spec {
    let setting = FactSetting { visibility, weak };
    Spec {
        settings: BTreeMap::from([(fact.to_owned(), setting)]),
        ..Spec::default()
    }
}

fn fixture(name: &str) -> PathBuf {
    let home = Path::new(env!("CARGO_MANIFEST_DIR"));
    home.join("fixtures/populations").join(name)
}

fn person(population: &Population, index: u32) -> &Person {
    population.person(UserId(index)).unwrap()
}

#[test]
fn the_csv_fixture_is_read() {
    let people = Population::read_accounts(&fixture("members.csv"), &Spec::default()).unwrap();
    assert_eq!(people.len(), 6);
    assert_eq!(
        people.fact_names().join(" "),
        "birth_date city email full_name group member_id password phone"
    );
    let anna = person(&people, 0);
    assert_eq!(anna.value("full_name"), Some("Anna Müller"));
    assert_eq!(anna.secret("password"), Some("Linde!4711-birke"));
    assert_eq!(anna.value("password"), None);
    assert!(people.same_group(UserId(0), UserId(1)));
    assert!(!people.same_group(UserId(1), UserId(2)));
    let email = anna.fact("email").unwrap();
    assert_eq!(
        (email.origin, email.visibility),
        (Origin::Account, Visibility::Private)
    );
    assert!(email.accuses());
    for weak in ["birth_date", "city", "group"] {
        assert!(anna.fact(weak).unwrap().weak, "{weak}");
    }
    // 佐藤 遥 is too short to accuse; the others are not.
    assert!(person(&people, 4).fact("full_name").unwrap().weak);
    assert!(anna.fact("full_name").unwrap().accuses());
    assert_eq!(person(&people, 5).secret("password"), Some("Ipe,37!cedro"));
    let told: Vec<String> = people.weakened().iter().map(ToString::to_string).collect();
    assert_eq!(
        told,
        [
            "`full_name` is weak: values shorter than 6 characters accuse nobody (1 in all, the first on line 6)",
            "`city` is weak: lines 2 and 3 have the same value",
        ]
    );
}

#[test]
fn the_json_fixture_is_read() {
    let people = Population::read_accounts(&fixture("members.json"), &Spec::default()).unwrap();
    assert_eq!(people.len(), 3);
    let marta = person(&people, 0);
    assert_eq!(marta.value("customer_number"), Some("48210573"));
    assert_eq!(marta.value("newsletter"), Some("true"));
    assert_eq!(marta.secret("api_key"), Some("key-8c1f6a5b2d904e37"));
    assert_eq!(person(&people, 2).value("newsletter"), None);
    assert!(people.same_group(UserId(0), UserId(1)));
}

/// Checks all that is said about each broken file.
fn assert_told(format: AccountsFormat, cases: &[(&str, &str, &[&str])]) {
    for (name, text, expected) in cases {
        let error = read(text, format, &Spec::default()).unwrap_err();
        assert_eq!(error.to_string(), expected.join("\n"), "{name}");
    }
}

#[test]
fn problems_of_csv_are_told_all_at_once() {
    let nobody = "a:1: no accounts; write a header row and a row for each account";
    assert_told(
        Csv,
        &[
            ("empty", "", &[nobody]),
            ("header only", "email\n", &[nobody]),
            (
                "no header",
                "anna@example.test,+49\nb@example.test,+50\n",
                &[
                    "a:1: no name of a fact in column 1, 2; the first row has to be the header \
                   row, with names of letters, digits and underscores such as `member_id`",
                ],
            ),
            (
                "no header, of words alone",
                "annalee,hunter2\nbobfox,hunter3\n",
                &[
                    "a:1: no column has a name such as `email`, `login`, `customer_no` or `password`, \
                     so this may be the first account; the first row has to be the header row. If it \
                     is, rename a column, or say in the profile what one of them holds: \
                     `facts.NAME.visibility`",
                ],
            ),
            (
                "semicolons",
                "email;name\na@example.test;Anna\n",
                &["a:1: the columns are separated by ';'; save the file with commas between them"],
            ),
            (
                "doubled, ragged, copied",
                "\n\nemail,email,pin\r\na@x.test,b,1\r\n\r\nb@x.test\r\na@x.test,b,1\r\n",
                &[
                    "a:3: columns 1 and 2 have the same name; rename or remove one",
                    "a:6: 1 cells, but the header has 3 columns; write a comma for an empty cell, \
                     and quotes around a value with a comma",
                    "a:7: the same account as on line 4; remove one",
                ],
            ),
            (
                "open quote",
                "email,pin\n\"a@x.test,1\nb@x.test,2\n",
                &[
                    "a:2: 1 cells, but the header has 2 columns; the row goes on to line 3, is a \
                   closing quote missing?",
                ],
            ),
            (
                "empty account",
                "email,pin\n , \n,\na@x.test,1\n",
                &["a:3: an account without any value; remove it"],
            ),
        ],
    );
}

#[test]
fn problems_of_json_are_told_all_at_once() {
    let array = "not an array; write the accounts as `[{\"email\": \"...\"}, ...]`";
    let no_array = [1, 2].map(|line| format!("a:{line}: {array}"));
    let syntax = "not JSON: a comma, a quote or a bracket is missing or too many, or values are \
                  nested too deeply";
    let broken = [2, 4].map(|line| format!("a:{line}: {syntax}"));
    let cut = "a:2: not JSON: the file ends too early; is a bracket missing?";
    let copied = "a:2: the same account as on line 1; remove one";
    let email = "{\"email\": \"a\"}";
    assert_told(
        Json,
        &[
            ("empty", " \n", &[&no_array[1]]),
            ("an object", "{}", &[&no_array[0]]),
            (
                "nobody",
                "[\n]",
                &["a:1: no accounts; write an object for each account"],
            ),
            (
                "oops",
                "[\n {\"a\": 1},\n {\"email\": \n oops}\n]",
                &[&broken[1]],
            ),
            ("a comma too many", &format!("[{email},\n]"), &[&broken[0]]),
            (
                "no comma",
                &format!("[{email}\n{email}]"),
                &["a:2: not JSON: expected `,` or `]` after an account"],
            ),
            ("cut", "[{\"email\": \"a\"},\n{\"email\": \"b", &[cut]),
            ("cut after a comma", &format!("[{email},\n"), &[cut]),
            ("copied", &format!("[{email},\n{email}]"), &[copied]),
            (
                "copied but for a null",
                "[{\"email\": \"a\", \"pin\": null},\n{\"email\": \"a\"}]",
                &[copied],
            ),
        ],
    );
}

#[test]
fn odd_values_of_json_are_told_all_at_once() {
    let text = r#"[
 17,
 {"email": "a", "email": "b"},
 {"home": {"zip": 1},
  "x y": 1, "tags": []},
 {"id": 123456789012345678901}
]
!"#;
    let expected = [
        r#"a:2: not an object; write each account as `{"email": "..."}`"#,
        "a:3: `email` stands twice in one account; remove one",
        "a:4: `home` is nested; write its parts as values of their own, such as `address_city`",
        "a:4: entry 2 of the account has no usable name; use letters, digits and underscores such \
         as `member_id`",
        "a:4: `tags` is nested; write its parts as values of their own, such as `address_city`",
        "a:6: `id` has more digits than JSON numbers keep; put it in quotes",
        "a:8: text after the end of the array; remove it",
    ];
    assert_told(Json, &[("odd values", text, &expected)]);
}

#[test]
fn deep_json_does_not_overflow() {
    let text = format!("[{}", "[".repeat(1_000_000));
    assert!(read(&text, Json, &Spec::default()).is_err());
}

#[test]
fn wrong_encodings_are_told() {
    let latin = b"email,name\na@x.test,Anna\nb@x.test,J\xf6rg\nc\n";
    let error = Population::from_accounts(latin, Csv, "a", &Spec::default()).unwrap_err();
    let lines: Vec<usize> = error
        .problems
        .iter()
        .map(|problem| problem.place.line)
        .collect();
    assert_eq!(lines, [3, 4]);
    let wide = Population::from_accounts(b"\xff\xfee\0", Csv, "a", &Spec::default()).unwrap_err();
    assert_eq!(wide.to_string(), "a:1: UTF-16; save the file as UTF-8");
    let marked = "\u{feff}email,pin\nanna@example.test,1\n";
    let people = read(marked, Csv, &Spec::default()).unwrap();
    assert_eq!(person(&people, 0).value("email"), Some("anna@example.test"));
}

#[test]
fn huge_files_are_refused() {
    let bytes = vec![0; MAX_ACCOUNTS_BYTES + 1];
    let error = Population::from_accounts(&bytes, Csv, "a", &Spec::default()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "a:1: larger than 256 MiB; use fewer accounts"
    );
}

#[test]
fn files_that_are_not_there_are_told() {
    let missing = Population::read_accounts(Path::new("no/such.csv"), &Spec::default());
    let text = missing.unwrap_err().to_string();
    assert!(
        text.starts_with("no/such.csv:1: cannot be read: "),
        "{text}"
    );
    let sheet = Population::read_accounts(Path::new("a.xlsx"), &Spec::default());
    assert!(
        sheet
            .unwrap_err()
            .to_string()
            .contains("name it `.csv` or `.json`")
    );
}

#[test]
fn columns_that_only_the_settings_know_make_a_header() {
    let text = "sobriquet,watchword\nannalee,hunter2\n";
    assert!(read(text, Csv, &Spec::default()).is_err());
    let told = setting("sobriquet", Some(Visibility::Private), None);
    let people = read(text, Csv, &told).unwrap();
    assert_eq!(person(&people, 0).value("sobriquet"), Some("annalee"));
}

#[test]
fn settings_win_over_guesses() {
    let text = "email,city,code\na@example.test,Neufelden,17\nA@Example.Test,Moorheim,18\n";
    let weak = |spec: &Spec, fact: &str| {
        let people = read(text, Csv, spec).unwrap();
        person(&people, 1).fact(fact).unwrap().weak
    };
    let plain = Spec::default();
    assert!(weak(&plain, "email"), "differs by case only");
    assert!(!weak(&plain, "city"));
    assert!(weak(&plain, "code"), "too short");
    assert!(weak(&setting("city", None, Some(true)), "city"));
    assert!(!weak(&setting("code", None, Some(false)), "code"));
    let error = read(text, Csv, &setting("email", None, Some(false))).unwrap_err();
    assert_eq!(
        error.to_string(),
        "a:3: `email` has the same value as on line 2, but the settings say `weak = false`; \
         correct one of them, or remove the setting"
    );
}

#[test]
fn two_people_of_one_name_do_not_blind_the_others() {
    let text = "name,email,city\n\
                John Smith,js@example.test,Bergen\n\
                john smith,js2@example.test,Bergen\n\
                Grace Hill,grace@example.test,Kristiansand\n";
    let people = read(text, Csv, &Spec::default()).unwrap();
    let weak = |index, name| person(&people, index).fact(name).unwrap().weak;
    assert!(weak(0, "name") && weak(1, "name"));
    assert!(!weak(2, "name"));
    // A town that stands there once is other people's, too.
    assert!(weak(2, "city"));
    let told: Vec<String> = people.weakened().iter().map(ToString::to_string).collect();
    assert_eq!(
        told,
        [
            "`name` is weak: values of several people accuse nobody (1 in all, the first on lines 2 and 3)",
            "`city` is weak: lines 2 and 3 have the same value",
        ]
    );
}

#[test]
fn a_group_may_share_its_facts() {
    let alone = "email,group
a@example.test,x
b@example.test,
c@example.test,
";
    let people = read(alone, Csv, &Spec::default()).unwrap();
    assert!(
        !people.same_group(UserId(1), UserId(2)),
        "no group is no common group"
    );
    let text = "address,pin,group\nAhornweg 1,1,x\nAhornweg 1,2,x\nLindenweg 2,3,y\n";
    let shared = setting("address", Some(Visibility::Group), None);
    assert!(
        person(&read(text, Csv, &shared).unwrap(), 0)
            .fact("address")
            .unwrap()
            .accuses()
    );
    let private = read(text, Csv, &Spec::default()).unwrap();
    let address = person(&private, 0).fact("address").unwrap();
    assert_eq!(address.visibility, Visibility::Group);
    assert!(address.accuses(), "nobody else has it");
    let strong = setting("address", Some(Visibility::Group), Some(false));
    assert!(read(text, Csv, &strong).is_ok());
    let elsewhere = text.replace("2,x", "2,y");
    assert!(read(&elsewhere, Csv, &strong).is_err());
}

#[test]
fn messages_tell_no_values() {
    let text = "email,phone,password\nanna@example.test,+4915112345678,hunter2hunter2\n\
        anna@example.test,+4915112345678,hunter2hunter2\nb@example.test\n";
    let error = read(text, Csv, &setting("email", None, Some(false))).unwrap_err();
    let told = format!("{error} {error:?}");
    for value in ["anna", "+4915", "hunter2", "b@example"] {
        assert!(!told.contains(value), "{told}");
    }
    let broken = read("[{\"email\": anna}]", Json, &Spec::default()).unwrap_err();
    assert!(!format!("{broken:?}").contains("anna"));
}

#[test]
fn columns_of_dates_and_of_single_names_accuse_nobody() {
    let text = "email,dob,Vorname,surname,since,visit\n\
                a@x.test,1961-12-10,Annabell,Großkreuz,10.12.2001,V-20011210\n\
                b@x.test,1987-03-02,Bernhard,Lindqvist,3/14/2011,V-20110314\n";
    let people = read(text, Csv, &Spec::default()).unwrap();
    let anna = person(&people, 0);
    for (fact, weak) in [
        ("email", false),
        ("dob", true),
        ("Vorname", true),
        ("surname", true),
        ("since", true),
        ("visit", false),
    ] {
        assert_eq!(anna.fact(fact).unwrap().weak, weak, "{fact}");
    }
    let told: Vec<String> = people.weakened().iter().map(ToString::to_string).collect();
    let reason = "one day is the birthday of many; `weak = false` makes it accuse";
    assert_eq!(
        told,
        [
            format!("`dob` is weak: {reason}"),
            format!("`since` is weak: {reason}")
        ]
    );
    // Who says so has it accuse.
    let people = read(text, Csv, &setting("dob", None, Some(false))).unwrap();
    assert!(person(&people, 0).fact("dob").unwrap().accuses());
}

#[test]
fn one_name_that_two_people_have_blinds_for_no_other() {
    let people = |equal: u32, names: &[&str; 2]| {
        let mut text = "email,name\n".to_owned();
        for at in 0..40 {
            let letters = format!(
                "{}{}",
                "abcde".chars().nth(at as usize % 5).unwrap(),
                "fghijklm".chars().nth(at as usize / 5).unwrap()
            );
            let name = if at < equal {
                names[0].to_owned()
            } else {
                format!("{}{letters}", names[1])
            };
            text.push_str(&format!("user{at}@x.test,{name}\n"));
        }
        read(&text, Csv, &Spec::default()).unwrap()
    };
    let weak = |people: &Population| {
        let all = (0..40).map(|at| person(people, at).fact("name").unwrap().weak);
        all.filter(|weak| *weak).count()
    };
    let full = ["Thomas Müller", "Annabell "];
    let few = people(2, &full);
    assert_eq!(weak(&few), 2);
    let told: Vec<String> = few.weakened().iter().map(ToString::to_string).collect();
    assert_eq!(
        told,
        [
            "`name` is weak: values of several people accuse nobody (1 in all, the first on lines 2 and 3)"
        ]
    );
    assert_eq!(weak(&people(1, &full)), 0);
    // Cities do not tell people apart, however few are the same.
    assert_eq!(weak(&people(2, &["Heidelberg", "Neustadt"])), 40);
}

#[test]
fn what_only_people_of_one_group_have_is_the_groups() {
    let text = "email,full_name,phone,city,group\n\
                user0@x.test,Björn Lindner,+49 151 2233441,Bergen,a\n\
                user1@x.test,Björn Lindner,+49 151 2233441,Bergen,a\n\
                user2@x.test,Grace Hill,+49 151 2233447,Neufelden,b\n\
                user3@x.test,John Smith,+49 151 2233448,Moorheim,\n\
                user4@x.test,John Smith,+49 151 2233449,Bremen,\n\
                user5@x.test,Grace Ann Hill,+49 151 2233447,Linden,c\n\
                user6@x.test,Greta Hill,+49 151 2233447,Linden,c\n";
    let people = read(text, Csv, &Spec::default()).unwrap();
    let fact = |index, name| {
        let fact = person(&people, index).fact(name).unwrap();
        (fact.visibility, fact.weak)
    };
    for index in 0..2 {
        for name in ["full_name", "phone"] {
            assert_eq!(fact(index, name), (Visibility::Group, false), "{name}");
        }
    }
    assert_eq!(fact(2, "full_name"), (Visibility::Private, false));
    // Two who do not belong together, and a number that others have, too.
    assert_eq!(fact(3, "full_name"), (Visibility::Private, true));
    for index in [2, 5, 6] {
        assert_eq!(fact(index, "phone"), (Visibility::Private, true));
    }
    // A town is no family's, though nobody else lives there.
    assert_eq!(fact(0, "city"), (Visibility::Private, true));
    let told: Vec<String> = people.weakened().iter().map(ToString::to_string).collect();
    assert_eq!(
        told,
        [
            "`full_name` is weak: values of several people accuse nobody (1 in all, the first on lines 5 and 6)",
            "`phone` is weak: values of several people accuse nobody (1 in all, the first on lines 4 and 7)",
            "`city` is weak: lines 2 and 3 have the same value",
        ]
    );
    let unique = setting("phone", None, Some(false));
    let couple = "email,phone,group\na@x.test,+49 151 2233441,a\nb@x.test,+49 151 2233441,a\n";
    let people = read(couple, Csv, &unique).unwrap();
    assert!(person(&people, 0).fact("phone").unwrap().accuses());
    let apart = "email,phone\na@x.test,+49 151 2233441\nb@x.test,+49 151 2233441\n";
    assert!(read(apart, Csv, &unique).is_err());
}
