//! Which pairs of users overlapped where: on the same route, answered by the
//! same instance. A race needs both, so that pairs over all routes say little.
//!
//! Everything is bounded: of each endpoint the last responses are compared, the
//! pairs of all endpoints together are limited, and so are endpoints. What is
//! counted is there; there may be more.

use std::collections::{BTreeMap, HashSet, VecDeque};

use crate::model::{Endpoint, InstanceId, Timestamp, UserId};

use super::Observation;

/// Responses of an endpoint that the next one is compared with.
const RECENT: usize = 64;

/// Routes that are told apart, and instances of each.
const MOST_ROUTES: usize = 500;
const MOST_INSTANCES: usize = 100;

/// Pairs and users that are remembered, over all endpoints.
const MOST_PAIRS: usize = 500_000;

/// What was seen at each endpoint.
#[derive(Debug, Default)]
pub(super) struct Overlaps {
    routes: BTreeMap<String, BTreeMap<Option<InstanceId>, Seen>>,
    remembered: usize,
}

#[derive(Debug, Default)]
struct Seen {
    recent: VecDeque<(UserId, Timestamp, Timestamp)>,
    pairs: HashSet<(UserId, UserId)>,
    users: HashSet<UserId>,
    responses: u64,
    telling: u64,
}

impl Overlaps {
    /// Takes in a response; `telling` when it tells whose it is.
    pub(super) fn take(&mut self, seen: &Observation, telling: bool) {
        if seen.status.is_none() {
            return;
        }
        if !self.routes.contains_key(&seen.route) {
            if self.routes.len() >= MOST_ROUTES {
                return;
            }
            self.routes.insert(seen.route.clone(), BTreeMap::new());
        }
        let Some(instances) = self.routes.get_mut(&seen.route) else {
            return;
        };
        if !instances.contains_key(&seen.instance) {
            if instances.len() >= MOST_INSTANCES {
                return;
            }
            instances.insert(seen.instance.clone(), Seen::default());
        }
        let Some(endpoint) = instances.get_mut(&seen.instance) else {
            return;
        };
        self.remembered += endpoint.take(seen, telling, self.remembered < MOST_PAIRS);
    }

    /// Everything that was seen, by route and instance.
    pub(super) fn endpoints(&self) -> Vec<Endpoint> {
        let each = self.routes.iter().flat_map(|(route, instances)| {
            instances.iter().map(move |(instance, seen)| Endpoint {
                route: route.clone(),
                instance: instance.as_ref().map(ToString::to_string),
                responses: seen.responses,
                telling: seen.telling,
                users: seen.users.len() as u64,
                pairs: seen.pairs.len() as u64,
            })
        });
        each.collect()
    }
}

impl Seen {
    /// Gives how much more is remembered.
    fn take(&mut self, seen: &Observation, telling: bool, room: bool) -> usize {
        self.responses += 1;
        self.telling += u64::from(telling);
        let before = self.pairs.len() + self.users.len();
        if room {
            self.users.insert(seen.user);
            for (other, sent, done) in &self.recent {
                if *other != seen.user && *sent <= seen.done && seen.sent <= *done {
                    let pair = (seen.user.min(*other), seen.user.max(*other));
                    self.pairs.insert(pair);
                }
            }
        }
        if self.recent.len() == RECENT {
            self.recent.pop_front();
        }
        self.recent.push_back((seen.user, seen.sent, seen.done));
        self.pairs.len() + self.users.len() - before
    }
}

#[cfg(test)]
mod tests {
    use super::super::incidents::observed;
    use super::*;

    #[test]
    fn pairs_are_counted_where_they_overlapped() {
        let mut overlaps = Overlaps::default();
        for (user, instance, sent, done) in [
            (1, "n1", 0, 20),
            (2, "n1", 10, 30),
            // The same pair again, the other way round.
            (2, "n1", 100, 120),
            (1, "n1", 110, 130),
            // At another instance, and one after the other.
            (3, "n2", 0, 200),
            (1, "n1", 131, 140),
            (1, "n2", 300, 310),
        ] {
            overlaps.take(&observed(user, instance, sent, done), user == 1);
        }
        let told: Vec<_> = overlaps
            .endpoints()
            .into_iter()
            .map(|own| {
                (
                    own.instance.unwrap(),
                    own.responses,
                    own.telling,
                    own.users,
                    own.pairs,
                )
            })
            .collect();
        assert_eq!(
            told,
            [("n1".to_owned(), 5, 3, 2, 1), ("n2".to_owned(), 2, 1, 2, 0)]
        );
    }

    #[test]
    fn a_response_is_compared_with_all_the_recent_ones() {
        let mut overlaps = Overlaps::default();
        for user in 0..4 {
            overlaps.take(&observed(user, "n1", 0, 10), true);
        }
        let [endpoint] = overlaps.endpoints().try_into().unwrap();
        assert_eq!((endpoint.users, endpoint.pairs), (4, 6));
    }

    #[test]
    fn pairs_and_users_are_bounded_over_all_endpoints() {
        let mut overlaps = Overlaps::default();
        let told = |overlaps: &Overlaps| -> u64 {
            let endpoints = overlaps.endpoints();
            endpoints.iter().map(|own| own.users + own.pairs).sum()
        };
        let most = MOST_PAIRS as u64;
        // Alone, so that what follows comes to the very bound.
        for user in 0..20 {
            let at = u64::from(user);
            overlaps.take(&observed(user, "n2", at * 10, at * 10 + 5), true);
        }
        for user in 0..7_724 {
            overlaps.take(&observed(user, "n1", 0, 10), true);
        }
        assert_eq!(told(&overlaps), most);
        for user in 10_000..10_100 {
            overlaps.take(&observed(user, "n1", 0, 10), true);
        }
        assert_eq!(told(&overlaps), most);
        let responses: u64 = overlaps.endpoints().iter().map(|own| own.responses).sum();
        assert_eq!(
            responses,
            20 + 7_724 + 100,
            "these are counted all the same"
        );
    }

    #[test]
    fn what_is_remembered_is_bounded() {
        let mut overlaps = Overlaps::default();
        for user in 0..700 {
            let mut seen = observed(user, "n1", 0, 10);
            seen.route = format!("GET /{user}");
            overlaps.take(&seen, true);
        }
        assert_eq!(overlaps.endpoints().len(), MOST_ROUTES);
    }
}
