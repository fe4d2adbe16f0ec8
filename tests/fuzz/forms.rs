//! Knowing a value in the forms in which a service may write it.

use fpt::model::{Fact, Origin, RunTag, UserId, ValueHasher, Visibility};
use fpt::oracle::{Eyes, EyesSettings, fold, is_same};

use crate::corpus::{Script, seeds};

/// One value of each kind that has other forms, and one that has none.
const VALUES: [(&str, &str); 6] = [
    ("full_name", "Anna-Lena Schmidt"),
    ("phone", "+49 151 23456789"),
    ("birth_date", "1984-03-07"),
    ("member_id", "M-K48210573"),
    ("card", "4111 1111 1111 1111"),
    ("email", "anna.lena.schmidt@example.test"),
];

fn eyes() -> Eyes {
    let settings = EyesSettings {
        hasher: ValueHasher::new([3; 32]),
        tag: RunTag(7),
        request_id_header: "x-request-id".into(),
        denied: vec![403],
        refusals: vec![409],
    };
    let eyes = Eyes::new(settings, VALUES.len());
    for (user, (name, value)) in (0..).zip(VALUES) {
        let fact = Fact {
            name: name.into(),
            value: value.into(),
            visibility: Visibility::Private,
            origin: Origin::Account,
            weak: false,
        };
        eyes.learn(UserId(user), user, &fact);
    }
    eyes
}

/// Whatever a service wrote: what messages may quote of it holds no value any
/// more, as a whole word and in the very form that is known.
#[test]
fn nothing_known_is_left_in_what_is_quoted() {
    let eyes = eyes();
    let bodies = seeds("forms");
    let bodies = std::panic::AssertUnwindSafe((eyes, bodies));
    bolero::check!().with_max_len(256).for_each(|bytes: &[u8]| {
        let (eyes, bodies) = &*bodies;
        let body = Script::new(bytes).body(bodies);
        let text = String::from_utf8_lossy(&body);
        let quoted = eyes.redact(&text);
        assert!(
            quoted.len() <= text.len() * 8 + 64,
            "{} bytes",
            quoted.len()
        );
        for (name, value) in VALUES {
            for part in quoted.split(['\n', ',', ';', '"', '{', '}', '<', '>']) {
                assert!(
                    fold(part.trim()) != fold(value),
                    "{name} is left in {quoted:?} of {text:?}"
                );
            }
        }
    });
}

/// Every value is itself, and of two texts each is the other in some form or
/// neither panics over it.
#[test]
fn a_value_is_the_same_as_itself() {
    let bodies = std::panic::AssertUnwindSafe(seeds("forms"));
    bolero::check!().with_max_len(128).for_each(|bytes: &[u8]| {
        let (one, other) = bytes.split_at(bytes.len() / 2);
        let text = |bytes| String::from_utf8_lossy(&Script::new(bytes).body(&bodies)).into_owned();
        let (one, other) = (text(one), text(other));
        for (name, value) in VALUES {
            assert!(is_same(name, value, value), "{name}");
            assert!(is_same(name, &one, &one), "{name}: {one:?}");
            let _ = is_same(name, value, &one) || is_same(name, &one, &other);
        }
    });
}
