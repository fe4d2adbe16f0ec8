//! The oracle as a whole, on made-up exchanges of six people.
//!
//! Rules by example, whole histories by chance, and bodies that mean no good.

mod credentials;
mod echoes;
mod hazards;
mod histories;
mod hostile;
mod learned;
mod looking;
mod numbers;
mod own_input;
mod public_values;
mod readings;
mod rules;
mod sessions;
mod sign_ins;
mod tokens;
mod towns;
mod untold;
mod whole;

use std::sync::Arc;
use std::time::Duration;

use super::*;
use crate::model::{
    Credential, ErrorClass, Fact, IdentityClaim, InstanceId, Intent, Origin, Place, Received,
    RequestId, RunTag, Sent, Spot, StepRef, Timestamp, UserId, ValueHasher, Visibility,
};
use bytes::Bytes;

const TAG: RunTag = RunTag(7);

fn email(user: u32) -> String {
    format!("person{user:03}@example.test")
}

fn name(user: u32) -> String {
    format!(
        "Ännchen Nürnberg{}",
        ["a", "b", "c", "d", "e", "f"][user as usize]
    )
}

fn address(group: u32) -> String {
    format!("{} Long Street, Town", 100 + group)
}

/// Six people; 0 and 1, 2 and 3, 4 and 5 share a household.
fn oracle() -> Oracle {
    let settings = EyesSettings {
        hasher: ValueHasher::new([3; 32]),
        tag: TAG,
        request_id_header: "x-request-id".to_owned(),
        denied: vec![401, 403, 404],
        refusals: crate::model::Outcome::REFUSALS.to_vec(),
    };
    let eyes = Eyes::new(settings, 100);
    for user in 0..6 {
        let group = user / 2;
        for (fact, value, visibility, weak) in [
            ("email", email(user), Visibility::Private, false),
            ("full_name", name(user), Visibility::Private, false),
            ("address", address(group), Visibility::Group, false),
            (
                "birth_date",
                "1990-01-01".to_owned(),
                Visibility::Private,
                true,
            ),
        ] {
            let fact = Fact {
                value,
                weak,
                ..self::fact(fact, visibility)
            };
            eyes.learn(UserId(user), group, &fact);
        }
    }
    eyes.declare_public("provider", "Dr. Public Person");
    let judge = Judge::new(JudgeSettings {
        tag: TAG,
        session_expires: Some(Duration::from_mins(1)),
        findings_before: 0,
        incidents_before: 0,
    });
    Oracle::new(Arc::new(eyes), Arc::default(), judge)
}

/// A fact without a value.
fn fact(name: &str, visibility: Visibility) -> Fact {
    Fact {
        name: name.into(),
        value: String::new(),
        visibility,
        origin: Origin::Generated,
        weak: false,
    }
}

fn at(millis: u64) -> Timestamp {
    Timestamp::after(Duration::from_millis(millis))
}

/// A request of `user` without a response.
fn asked(user: u32, number: u64) -> Exchange {
    Exchange {
        id: RequestId::new(TAG, UserId(user), number),
        user: UserId(user),
        session: 0,
        iteration: 1,
        step: Arc::new(StepRef {
            scenario: "s".into(),
            text: "When x".into(),
            place: Place::new("a.feature", 3),
        }),
        hop: 0,
        request: Sent {
            method: "GET".into(),
            url: "http://host.test/me".into(),
            route: "/me".into(),
            ..Sent::default()
        },
        due: at(number * 10),
        sent: at(number * 10),
        first_byte: None,
        done: at(number * 10 + 5),
        response: None,
        error: None,
        instance: Some(InstanceId {
            name: "n1".into(),
            incarnation: "x".into(),
        }),
        intent: Intent {
            signed_in: true,
            ..Intent::default()
        },
    }
}

/// A request of `user` with a response.
fn answered(user: u32, number: u64, media_type: &str, body: String) -> Exchange {
    let mut exchange = asked(user, number);
    exchange.response = Some(Received {
        status: 200,
        headers: vec![
            ("content-type".into(), media_type.into()),
            ("x-request-id".into(), exchange.id.to_string()),
        ],
        body: Bytes::from(body),
        cut: false,
    });
    exchange
}

/// How a service may write a person's data down.
#[derive(Clone, Copy, Debug)]
enum Form {
    Json,
    Html,
    Xml,
    Csv,
    Text,
    Header,
}

const FORMS: [Form; 6] = [
    Form::Json,
    Form::Html,
    Form::Xml,
    Form::Csv,
    Form::Text,
    Form::Header,
];

/// A response to `user` that shows the data of `shown`.
fn profile(user: u32, shown: u32, number: u64, form: Form) -> Exchange {
    let (email, name, address) = (email(shown), name(shown), address(shown / 2));
    let (media_type, body) = match form {
        Form::Json => (
            "application/json",
            serde_json::json!({"who": {"mail": email, "name": name}, "address": address})
                .to_string(),
        ),
        Form::Html => (
            "text/html",
            format!(
                "<p class=who>{}</p><a href=\"mailto:{email}\">{address}</a>",
                name.replace('Ä', "&Auml;")
            ),
        ),
        Form::Xml => (
            "application/xml",
            format!("<who mail=\"{email}\"><n>{name}</n>{address}</who>"),
        ),
        Form::Csv => (
            "text/csv",
            format!("mail,name,address\n{email},{name},\"{address}\"\n"),
        ),
        Form::Text | Form::Header => ("text/plain", format!("Dear {name}, of {address}")),
    };
    let mut exchange = answered(user, number, media_type, body);
    if let (Form::Header, Some(response)) = (form, &mut exchange.response) {
        response.headers.push(("x-user".into(), email));
        response.body = Bytes::from_static(b"ok");
    }
    exchange
}

fn judge(oracle: &Oracle, exchange: &Exchange) -> Vec<Finding> {
    oracle.observe(exchange, "steady", |_, findings| findings.to_vec())
}

/// Rule, user, owner and spot of every finding.
fn told(findings: &[Finding]) -> Vec<(Rule, u32, Option<u32>, Option<Spot>)> {
    findings
        .iter()
        .map(|finding| {
            let owner = finding.owner.map(|owner| owner.0);
            (
                finding.rule,
                finding.user.0,
                owner,
                finding.witness.spot.clone(),
            )
        })
        .collect()
}

fn credential(value: &str) -> Credential {
    Credential {
        name: "sid".into(),
        value: value.into(),
        guessed: false,
    }
}

fn signed_in_as(user: u32, number: u64, secret: &str) -> Exchange {
    let mut exchange = answered(user, number, "text/plain", "welcome".into());
    exchange.intent.signs_in = true;
    exchange.intent.issued = vec![credential(secret)];
    exchange
}
