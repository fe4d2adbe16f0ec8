//! Names of fields, columns and cookies as the words that they are made of.

/// The words of a name, in lower case: `firstName`, `first_name`, `First-Name`.
pub fn words(name: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut begins = true;
    let mut after_lower = false;
    for c in name.chars() {
        if !c.is_alphanumeric() {
            begins = true;
            after_lower = false;
            continue;
        }
        if begins || (c.is_uppercase() && after_lower) {
            words.push(String::new());
        }
        begins = false;
        after_lower = c.is_lowercase();
        if let Some(word) = words.last_mut() {
            word.extend(c.to_lowercase());
        }
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_joined_in_many_ways() {
        for (name, expected) in [
            ("firstName", &["first", "name"][..]),
            ("first_name", &["first", "name"]),
            ("First-Name", &["first", "name"]),
            ("USER_ID_2", &["user", "id", "2"]),
            (
                "BIGipServer~pool-auth2",
                &["bigip", "server", "pool", "auth2"],
            ),
            ("contraseña", &["contraseña"]),
            ("--", &[]),
            ("", &[]),
        ] {
            assert_eq!(words(name), expected, "{name}");
        }
    }
}
