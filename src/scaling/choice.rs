//! Which of the instances that a control plane knows are meant.

use super::target::{InstanceState, Observed, ScaleError, Select};

/// The members of `known` that `select` means, in their order.
///
/// # Errors
///
/// When there are fewer than asked for, or none.
pub(super) fn choose<'a, T>(
    target: &str,
    select: &Select,
    known: &'a [(Observed, T)],
) -> Result<Vec<&'a (Observed, T)>, ScaleError> {
    let refuse = |reason: String| Err(ScaleError::new(target, reason));
    let alive = known
        .iter()
        .filter(|(own, _)| own.state != InstanceState::Gone);
    let chosen: Vec<_> = match select {
        Select::Count(count) => {
            let count = *count as usize;
            let ready: Vec<_> = alive
                .filter(|(own, _)| own.state == InstanceState::Ready)
                .take(count)
                .collect();
            if ready.len() < count {
                return refuse(format!(
                    "{count} instances are asked for, but only {} are ready and within reach",
                    ready.len()
                ));
            }
            ready
        }
        Select::These(ids) => {
            let chosen: Vec<_> = alive.filter(|(own, _)| ids.contains(&own.id)).collect();
            if let Some(lost) = ids
                .iter()
                .find(|id| !chosen.iter().any(|(own, _)| own.id == **id))
            {
                return refuse(format!("there is no instance {lost} within reach"));
            }
            chosen
        }
        Select::Zone(zone) => alive
            .filter(|(own, _)| own.zone.as_ref() == Some(zone))
            .collect(),
        Select::All => alive.collect(),
    };
    if chosen.is_empty() {
        return refuse("no instance is selected".to_owned());
    }
    Ok(chosen)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::InstanceId;

    fn id(name: &str) -> InstanceId {
        InstanceId {
            name: name.to_owned(),
            incarnation: String::new(),
        }
    }

    fn known() -> Vec<(Observed, u8)> {
        let one = |name: &str, state, zone: &str| Observed {
            id: id(name),
            state,
            zone: Some(zone.to_owned()),
        };
        vec![
            (one("gone", InstanceState::Gone, "a"), 0),
            (one("starting", InstanceState::Starting, "a"), 1),
            (one("first", InstanceState::Ready, "a"), 2),
            (one("second", InstanceState::Ready, "b"), 3),
        ]
    }

    #[test]
    fn those_are_chosen_that_can_be_lost() {
        for (select, expected) in [
            (Select::Count(1), &[2][..]),
            (Select::Count(2), &[2, 3]),
            (Select::These(vec![id("starting")]), &[1]),
            (Select::Zone("a".to_owned()), &[1, 2]),
            (Select::All, &[1, 2, 3]),
        ] {
            let known = known();
            let chosen = choose("it", &select, &known).unwrap();
            let chosen: Vec<_> = chosen.iter().map(|(_, handle)| *handle).collect();
            assert_eq!(chosen, expected, "{select:?}");
        }
    }

    #[test]
    fn fewer_than_asked_for_is_an_error() {
        for (select, reason) in [
            (Select::Count(3), "only 2 are ready"),
            (Select::Count(0), "no instance is selected"),
            (Select::These(vec![id("gone")]), "there is no instance gone"),
            (Select::Zone("c".to_owned()), "no instance is selected"),
        ] {
            let error = choose("it", &select, &known()).unwrap_err().to_string();
            assert!(error.contains(reason), "{error}");
        }
    }
}
