//! `${NAME}`: secrets and addresses from the environment.

use super::nearest::quoted;

/// Replaces every `${NAME}` by the variable of that name.
///
/// # Errors
///
/// A sentence that names the variable, never its value.
pub(super) fn interpolate(text: &str, environment: &[(String, String)]) -> Result<String, String> {
    let mut result = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("${") {
        let Some((name, behind)) = after.split_once('}') else {
            return Err("Found `${` without `}`. Write `${NAME}` for a variable.".into());
        };
        let Some((_, value)) = environment.iter().find(|(own, _)| own == name) else {
            let name = quoted(name);
            return Err(format!(
                "The environment variable {name} is not set. Set it, or write the value here."
            ));
        };
        result.push_str(before);
        result.push_str(value);
        rest = behind;
    }
    result.push_str(rest);
    Ok(result)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_are_put_in_their_places() {
        let environment = [
            ("A".to_owned(), "1".to_owned()),
            ("B".to_owned(), "${A}".to_owned()),
        ];
        for (text, expected) in [
            ("", Ok("")),
            ("plain $A", Ok("plain $A")),
            ("${A}", Ok("1")),
            ("x${A}y${A}z", Ok("x1y1z")),
            // What a variable holds is not looked into again.
            ("${B}", Ok("${A}")),
            ("${C}", Err("The environment variable `C` is not set.")),
            ("${A", Err("Found `${` without `}`.")),
        ] {
            match (interpolate(text, &environment), expected) {
                (Ok(found), Ok(expected)) => assert_eq!(found, expected, "{text}"),
                (Err(found), Err(expected)) => assert!(found.starts_with(expected), "{found}"),
                (found, _) => panic!("{text}: {found:?}"),
            }
        }
    }
}
