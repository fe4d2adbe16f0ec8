//! Whom it hits.

use fpt::scaling::InstanceState;
use fpt::scaling::contract::{ContractInstance, InstanceRef, Selection};

use super::trouble::Trouble;

/// The ready ones of `instances` that `select` means.
pub(super) fn choose(
    instances: Vec<ContractInstance>,
    select: &Selection,
) -> Result<Vec<InstanceRef>, Trouble> {
    let ready = instances
        .into_iter()
        .filter(|own| own.state == InstanceState::Ready);
    let chosen: Vec<ContractInstance> = match select {
        Selection { ids: Some(ids), .. } => ready.filter(|own| ids.contains(&own.id)).collect(),
        Selection {
            zone: Some(zone), ..
        } => ready
            .filter(|own| own.zone.as_ref() == Some(zone))
            .collect(),
        Selection {
            count: Some(count), ..
        } => ready.take(*count as usize).collect(),
        Selection {
            all: Some(true), ..
        } => ready.collect(),
        _ => return Err(Trouble::new("the request lacks `select`")),
    };
    let named = chosen.into_iter().map(|own| InstanceRef {
        id: own.id,
        incarnation: own.incarnation,
    });
    Ok(named.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn instance(id: &str, zone: &str, state: InstanceState) -> ContractInstance {
        ContractInstance {
            id: id.to_owned(),
            incarnation: String::new(),
            zone: Some(zone.to_owned()),
            state,
        }
    }

    #[test]
    fn only_ready_instances_are_hit() {
        let instances = vec![
            instance("a", "x", InstanceState::Starting),
            instance("b", "x", InstanceState::Ready),
            instance("c", "y", InstanceState::Ready),
            instance("d", "y", InstanceState::Ready),
        ];
        for (select, expected) in [
            (r#"{"count":2}"#, vec!["b", "c"]),
            (r#"{"ids":["a","d"]}"#, vec!["d"]),
            (r#"{"zone":"x"}"#, vec!["b"]),
            (r#"{"zone":"z"}"#, vec![]),
            (r#"{"all":true}"#, vec!["b", "c", "d"]),
        ] {
            let select = serde_json::from_str(select).unwrap();
            let chosen = choose(instances.clone(), &select).unwrap();
            let ids: Vec<_> = chosen.iter().map(|own| own.id.as_str()).collect();
            assert_eq!(ids, expected, "{select:?}");
        }
        assert!(choose(instances, &Selection::default()).is_err());
    }
}
