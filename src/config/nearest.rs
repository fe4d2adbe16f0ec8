//! What the user may have meant.

/// The candidate nearest to `text`, if one is near enough to be a slip of the
/// pen. A key without its section, or in the wrong one, counts as near.
pub(crate) fn nearest<'a>(
    text: &str,
    candidates: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    let leaf = |key: &str| key.rsplit('.').next().unwrap_or(key).to_owned();
    // Distances are quadratic; nothing this long is a slip of a known name.
    if text.len() > 100 {
        return None;
    }
    let lower = text.to_lowercase();
    let allowed = (leaf(text).chars().count() / 3).max(1);
    candidates
        .into_iter()
        .filter_map(|candidate| {
            let other = candidate.to_lowercase();
            let whole = strsim::damerau_levenshtein(&lower, &other);
            let leaves = strsim::damerau_levenshtein(&leaf(&lower), &leaf(&other));
            let near = whole <= allowed || leaves <= allowed.min(1);
            near.then_some((leaves, whole, candidate))
        })
        .min()
        .map(|(_, _, candidate)| candidate)
}

/// The sentence that offers the nearest candidate, with a space before it;
/// empty when nothing is near.
pub(crate) fn did_you_mean<'a>(
    text: &str,
    candidates: impl IntoIterator<Item = &'a str>,
) -> String {
    nearest(text, candidates)
        .map(|candidate| format!(" Did you mean `{candidate}`?"))
        .unwrap_or_default()
}

/// The value that `text` names in a table of names.
pub(super) fn one_of<T: Copy>(text: &str, table: &[(&str, T)]) -> Result<T, String> {
    let names = || table.iter().map(|(name, _)| *name);
    table
        .iter()
        .find(|(name, _)| *name == text)
        .map(|(_, value)| *value)
        .ok_or_else(|| {
            let known: Vec<_> = names().map(|name| format!("`{name}`")).collect();
            format!(
                "Found {}, expected one of {}.{}",
                quoted(text),
                known.join(", "),
                did_you_mean(text, names())
            )
        })
}

/// `text` for a message: on one line, printable and not too long.
pub(super) fn quoted(text: &str) -> String {
    let printable: String = text.escape_debug().take(60).collect();
    let more = if printable.chars().count() < 60 {
        ""
    } else {
        "…"
    };
    format!("`{printable}{more}`")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_are_recognized_and_other_words_are_not() {
        let keys = ["tps", "tps-ceiling", "max-body", "population.seed", "users"];
        for (text, expected) in [
            ("tsp", Some("tps")),
            ("max_body", Some("max-body")),
            ("population.sed", Some("population.seed")),
            ("seed", Some("population.seed")),
            ("population.tps", Some("tps")),
            ("USERS", Some("users")),
            ("colour", None),
            ("", None),
        ] {
            assert_eq!(nearest(text, keys), expected, "{text}");
        }
        assert_eq!(nearest(&"tps".repeat(50), keys), None);
    }

    #[test]
    fn unknown_names_are_told_with_the_known_ones() {
        let table = [("even", 1), ("random", 2)];
        assert_eq!(one_of("even", &table), Ok(1));
        assert_eq!(
            one_of("randon", &table).unwrap_err(),
            "Found `randon`, expected one of `even`, `random`. Did you mean `random`?"
        );
    }

    #[test]
    fn quotes_stay_on_one_short_line() {
        assert_eq!(quoted("a\nb"), "`a\\nb`");
        assert_eq!(quoted(&"x".repeat(99)).chars().count(), 63);
    }
}
