//! The command line that runs a choice.

use crate::cli::args::Choice;

/// What to type, as a shell understands it.
pub(super) fn line(choice: &Choice) -> String {
    let mut words = vec!["fpt".to_owned(), "run".to_owned()];
    words.extend(choice.features.iter().cloned());
    let mut option = |name: &str, value: &str| {
        words.push(name.to_owned());
        words.push(value.to_owned());
    };
    for (name, value) in [
        ("--profile", &choice.profile),
        ("--users", &choice.users),
        ("--tps", &choice.tps),
        ("--duration", &choice.duration),
        ("--until", &choice.until),
    ] {
        if let Some(value) = value {
            option(name, value);
        }
    }
    if let Some(config) = &choice.config {
        option("--config", &config.display().to_string());
    }
    for part in &choice.without {
        option("--without", &part.to_string());
    }
    for setting in &choice.set {
        option("--set", setting);
    }
    if choice.allow_production {
        words.push("--allow-production".to_owned());
    }
    if choice.allow_scaling {
        words.push("--allow-scaling".to_owned());
    }
    let quoted: Vec<String> = words.iter().map(|word| quoted(word)).collect();
    quoted.join(" ")
}

/// In single quotes, where a shell would not take it as it is.
fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:=,@+%".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', "'\\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_can_be_typed() {
        let choice = Choice {
            features: vec!["a b/x.feature:3".to_owned()],
            profile: Some("p".to_owned()),
            users: Some("2".to_owned()),
            set: vec!["max-users=2".to_owned(), "x=it's".to_owned()],
            without: vec![crate::cli::reproduce::Extra::ScaleEvents],
            until: Some("a.feature:7".to_owned()),
            ..Choice::default()
        };
        assert_eq!(
            line(&choice),
            "fpt run 'a b/x.feature:3' --profile p --users 2 --until a.feature:7 --without \
             scale-events --set max-users=2 --set 'x=it'\\''s'"
        );
    }
}
