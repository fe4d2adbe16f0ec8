//! Who inherits from whom.

use super::document::{Complaint, Document};
use super::layer::Layer;
use super::origin::Origin;

/// The layers of `name` and its ancestors, the oldest first.
pub(super) fn chain(
    document: &Document<'_>,
    name: &str,
    mut origin: Origin,
    mut key: &'static str,
    complaints: &mut Vec<Complaint>,
) -> Vec<Layer> {
    let mut layers = Vec::new();
    let mut visited: Vec<String> = Vec::new();
    let mut next = Some(name.to_owned());
    while let Some(name) = next.take() {
        if visited.contains(&name) {
            let way = visited.join(" → ");
            complaints.push((
                origin,
                key,
                format!("Profiles inherit in a loop: {way} → {name}. Remove one `inherits`."),
            ));
            break;
        }
        let Some(table) = document.profile(&name) else {
            let message = document.why_no_profile(&name);
            complaints.push((origin, key, message));
            break;
        };
        visited.push(name);
        key = "inherits";
        if let Some(parent) = table.get(key) {
            origin = document.origin(table, key);
            match parent.as_str() {
                Some(parent) => next = Some(parent.to_owned()),
                None => complaints.push((
                    origin.clone(),
                    key,
                    format!("Expected the name of a profile; {}.", document.told_names()),
                )),
            }
        }
        layers.push(document.layer(table));
    }
    layers.reverse();
    layers
}

#[cfg(test)]
mod tests {
    use super::super::fixture::{load, told};

    #[test]
    fn the_child_wins_over_its_ancestors() {
        let text = "[profiles.a]\nusers = 1\ntps = 1\ninherits = 'b'\n\
                    [profiles.b]\nusers = 2\nduration = '2s'\ninherits = 'c'\n\
                    [profiles.c]\nduration = '3s'\ndrain = '3s'";
        let load = load(text, Some("a"), &[], &[]).unwrap().load;
        let found = (load.users, load.duration.as_secs(), load.drain.as_secs());
        assert_eq!(found, (1, 2, 3));
    }

    #[test]
    fn a_loop_is_told_with_its_way() {
        let text = "[profiles.a]\ninherits = 'b'\n[profiles.b]\ninherits = 'c'\n\
                    [profiles.c]\ninherits = 'b'";
        assert_eq!(
            told(load(text, Some("a"), &[], &[])),
            [
                "fpt.toml:6: `inherits`: Profiles inherit in a loop: a → b → c → b. Remove one \
                 `inherits`."
            ]
        );
    }
}
