//! Bursts of errors.

use std::time::Duration;

use crate::model::Timestamp;

/// A pause without a failure that ends a burst.
pub const PAUSE: Duration = Duration::from_secs(1);

/// The longest burst among `failures`, the moments at which transactions were
/// known to have failed: from the first failure to the last, with no pause of
/// a second between. One failure alone is a burst of no length; `None` without any.
///
/// Successes in between do not end a burst: when one of three instances is
/// gone, two of three transactions succeed.
pub fn longest_burst(failures: impl IntoIterator<Item = Timestamp>) -> Option<Duration> {
    let mut failures: Vec<Timestamp> = failures.into_iter().collect();
    failures.sort_unstable();
    let mut begin = *failures.first()?;
    let mut last = begin;
    let mut longest = Duration::ZERO;
    for failure in failures {
        if failure.since(last) >= PAUSE {
            begin = failure;
        }
        last = failure;
        longest = longest.max(last.since(begin));
    }
    Some(longest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_without_failures_ends_a_burst() {
        let burst = |millis: &[u64]| {
            longest_burst(
                millis
                    .iter()
                    .map(|at| Timestamp::after(Duration::from_millis(*at))),
            )
        };
        assert_eq!(burst(&[]), None);
        assert_eq!(burst(&[500]), Some(Duration::ZERO));
        assert_eq!(
            burst(&[500, 900, 1_800]),
            Some(Duration::from_millis(1_300))
        );
        assert_eq!(burst(&[1_900, 500, 900]), Some(Duration::from_millis(400)));
        assert_eq!(
            burst(&[0, 200, 1_200, 2_100]),
            Some(Duration::from_millis(900))
        );
    }
}
