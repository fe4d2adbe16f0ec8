//! Settings that nobody knows.

use std::collections::BTreeSet;

use super::layer::Layer;
use super::setting::{Setting, Written};

/// Why the setting `key` of a layer, which nobody took, is a mistake; `None`
/// when it is none.
pub(super) fn why_not(
    key: &str,
    setting: &Setting,
    layer: &Layer,
    known: &BTreeSet<String>,
    sections: &BTreeSet<&'static str>,
) -> Option<String> {
    if sections.contains(key) || known.iter().any(|known| is_inside(key, known)) {
        let empty = matches!(setting.value, Written::EmptyTable);
        let kind = setting.value.kind();
        return (!empty).then(|| format!("Found {kind}, expected a table: [profiles.NAME.{key}]."));
    }
    if let Some(single) = known.iter().find(|known| is_inside(known, key)) {
        return Some(format!("Found a table, but `{single}` is a single value."));
    }
    let suggestion = layer.suggestion(key, known.iter().map(String::as_str));
    Some(match suggestion.as_str() {
        "" => "There is no such setting. Remove it, or look it up in the list of settings.".into(),
        _ => format!("There is no such setting.{suggestion}"),
    })
}

/// Whether `inner` is a key below `outer`.
fn is_inside(outer: &str, inner: &str) -> bool {
    inner
        .strip_prefix(outer)
        .is_some_and(|rest| rest.starts_with('.'))
}

#[cfg(test)]
mod tests {
    use super::super::fixture::problems;

    #[test]
    fn what_nobody_takes_is_refused() {
        for (line, expected) in [
            (
                "usres = 1",
                Some("There is no such setting. Did you mean `users`?"),
            ),
            (
                "seed = 1",
                Some("There is no such setting. Did you mean `population.seed`?"),
            ),
            (
                "colour = 1",
                Some("There is no such setting. Remove it, or look it up in the list of settings."),
            ),
            (
                "users.a = 1",
                Some("Found a table, but `users` is a single value."),
            ),
            (
                "users = {}",
                Some("Found a table, expected a whole number, at least 1."),
            ),
            (
                "population = 1",
                Some("Found a whole number, expected a table: [profiles.NAME.population]."),
            ),
            (
                "[[profiles.a.session]]",
                Some("Found a list of tables, expected a table: [profiles.NAME.session]."),
            ),
            ("population = {}", None),
            ("[profiles.a.headers]", None),
        ] {
            let Some(expected) = expected else {
                super::super::fixture::profile(line);
                continue;
            };
            let told = problems(line);
            assert!(
                told.len() == 1 && told[0].ends_with(expected),
                "{line}: {told:?}"
            );
        }
    }
}
