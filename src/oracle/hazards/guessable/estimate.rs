//! How much of a set of values is random.
//!
//! Values are split at separators. Of each part the smaller of two estimates
//! counts: how far its values spread as numbers, and how much each place varies.
//! Both err towards more randomness than there is, except for places with more
//! different letters than there are samples, whose share is corrected.

use std::collections::{BTreeMap, BTreeSet};

/// How many bits values of this length and these letters could hold at most.
#[expect(clippy::cast_precision_loss, reason = "lengths are small")]
pub(super) fn room(values: &[String]) -> f64 {
    let longest = values.iter().map(|value| value.chars().count()).max();
    let letters: BTreeSet<char> = values.iter().flat_map(|value| value.chars()).collect();
    let all = |kind: fn(&char) -> bool| letters.iter().all(kind);
    let size: f64 = if all(char::is_ascii_digit) {
        10.0
    } else if all(|c| matches!(c, '0'..='9' | 'a'..='f'))
        || all(|c| matches!(c, '0'..='9' | 'A'..='F'))
    {
        16.0
    } else if all(|c| matches!(c, '0'..='9' | 'a'..='z'))
        || all(|c| matches!(c, '0'..='9' | 'A'..='Z'))
    {
        36.0
    } else {
        94.0
    };
    longest.unwrap_or(0) as f64 * size.log2()
}

/// An estimate of how many bits differ between values.
pub(super) fn bits(values: &[String]) -> f64 {
    fields(values).iter().map(|field| field_bits(field)).sum()
}

/// Whether each value is a number a little above the one before, in nearly all
/// cases: other instances of a service may have given some in between.
pub(super) fn counts_up(values: &[String]) -> bool {
    let mut counted = false;
    for field in fields(values) {
        if field.windows(2).all(|pair| pair[0] == pair[1]) {
            continue;
        }
        let Some(numbers) = numbers(&field) else {
            return false;
        };
        let steps = numbers.len().saturating_sub(1);
        let small = numbers
            .windows(2)
            .filter(|pair| pair[1] > pair[0] && pair[1] - pair[0] <= 1_000)
            .count();
        if small * 10 < steps * 7 {
            return false;
        }
        counted = true;
    }
    counted
}

/// The parts of the values between separators, where all have equally many;
/// of each part what all have in common at both ends is taken off.
fn fields(values: &[String]) -> Vec<Vec<String>> {
    let split: Vec<Vec<&str>> = values
        .iter()
        .map(|value| value.split(|c: char| !c.is_alphanumeric()).collect())
        .collect();
    let count = split.first().map_or(0, Vec::len);
    let columns: Vec<Vec<String>> = if split.iter().all(|parts| parts.len() == count) {
        (0..count)
            .map(|at| split.iter().map(|parts| parts[at].to_owned()).collect())
            .collect()
    } else {
        vec![values.to_vec()]
    };
    columns.iter().map(|column| bare(column)).collect()
}

/// Values without their common beginning.
fn bare(values: &[String]) -> Vec<String> {
    let mut common: Vec<char> = values
        .first()
        .map(|value| value.chars().collect())
        .unwrap_or_default();
    for value in values {
        let same = common
            .iter()
            .zip(value.chars())
            .take_while(|(one, other)| **one == *other)
            .count();
        common.truncate(same);
    }
    values
        .iter()
        .map(|value| value.chars().skip(common.len()).collect())
        .collect()
}

fn field_bits(values: &[String]) -> f64 {
    let places = places_bits(values);
    match numbers(values) {
        Some(numbers) => places.min(spread_bits(&numbers)),
        None => places,
    }
}

/// The values as numbers, decimal or else hexadecimal, when all are.
fn numbers(values: &[String]) -> Option<Vec<u128>> {
    let read = |radix: u32| -> Option<Vec<u128>> {
        values
            .iter()
            .map(|value| match value.as_str() {
                "" => Some(0),
                digits => u128::from_str_radix(digits, radix).ok(),
            })
            .collect()
    };
    let width = values.first()?.len();
    let decimal = values
        .iter()
        .all(|value| value.bytes().all(|byte| byte.is_ascii_digit()));
    if decimal {
        return read(10);
    }
    let even = values.iter().all(|value| value.len() == width);
    if even { read(16) } else { None }
}

#[expect(clippy::cast_precision_loss, reason = "only the magnitude counts")]
fn spread_bits(numbers: &[u128]) -> f64 {
    let least = numbers.iter().min().copied().unwrap_or(0);
    let most = numbers.iter().max().copied().unwrap_or(0);
    ((most - least) as f64 + 1.0).log2()
}

/// The sum of what each place varies. Places that vary together count once.
#[expect(clippy::cast_precision_loss, reason = "counts are small")]
fn places_bits(values: &[String]) -> f64 {
    let texts: Vec<Vec<char>> = values.iter().map(|value| value.chars().collect()).collect();
    // A few short ones among many long ones say nothing of those.
    let mut sorted: Vec<usize> = texts.iter().map(Vec::len).collect();
    sorted.sort_unstable();
    let usual = sorted.get(sorted.len() / 2).copied().unwrap_or(0);
    let lengths: BTreeSet<usize> = texts.iter().map(Vec::len).collect();
    let mut known: BTreeSet<Vec<usize>> = BTreeSet::new();
    let mut bits = (lengths.len().max(1) as f64).log2();
    for place in 0..usual {
        let mut order: BTreeMap<char, usize> = BTreeMap::new();
        let pattern: Vec<usize> = texts
            .iter()
            .map(|text| {
                let next = order.len();
                let letter = text.get(place).copied().unwrap_or('\0');
                *order.entry(letter).or_insert(next)
            })
            .collect();
        // With nearly as many letters as samples two places look alike by
        // chance.
        let by_chance = order.len() * 2 > texts.len();
        if by_chance || known.insert(pattern.clone()) {
            bits += entropy(&pattern, order.len());
        }
    }
    bits
}

/// Shannon's entropy in bits, with the correction of Miller and Madow for
/// letters that were not met yet. The letters of `pattern` are counted from 0,
/// and each is met.
#[expect(clippy::cast_precision_loss, reason = "counts are small")]
fn entropy(pattern: &[usize], letters: usize) -> f64 {
    let total = pattern.len() as f64;
    let mut counts = vec![0_u32; letters];
    for letter in pattern {
        counts[*letter] += 1;
    }
    let plain: f64 = counts
        .iter()
        .map(|count| {
            let share = f64::from(*count) / total;
            -share * share.log2()
        })
        .sum();
    plain + (letters - 1) as f64 / (2.0 * total * std::f64::consts::LN_2)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn owned(values: &[&str]) -> Vec<String> {
        values.iter().map(|value| (*value).to_owned()).collect()
    }

    #[track_caller]
    fn assert_bits(estimated: f64, expected: f64, of: &[String]) {
        assert!(
            (estimated - expected).abs() < 1e-9,
            "{estimated} bits instead of {expected} of {of:?}"
        );
    }

    #[test]
    fn the_letters_that_occur_tell_how_much_room_there_is() {
        let sixteen_of = 4.0 * 16.0;
        for (values, expected) in [
            (vec!["0123456789", "98"], 10.0 * 10.0_f64.log2()),
            (vec!["0123456789abcdef", "a"], sixteen_of),
            (vec!["0123456789ABCDEF", "A"], sixteen_of),
            (vec!["0123abcd", "0123ABCD"], 8.0 * 94.0_f64.log2()),
            (vec!["0123xyz"], 7.0 * 36.0_f64.log2()),
            (vec!["0123XYZ"], 7.0 * 36.0_f64.log2()),
            (vec!["0123xyz", "0123XYZ"], 7.0 * 94.0_f64.log2()),
            (vec!["a-b"], 3.0 * 94.0_f64.log2()),
        ] {
            let values = owned(&values);
            assert_bits(room(&values), expected, &values);
        }
    }

    #[test]
    fn numbers_that_go_up_by_little_are_counted() {
        let big = 900_000_000_000_u64;
        let from_big = |steps: &[u64]| -> Vec<String> {
            let mut at = big;
            let next = steps.iter().map(|step| {
                at += step;
                at.to_string()
            });
            std::iter::once(big.to_string()).chain(next).collect()
        };
        for (values, counts) in [
            (owned(&["session8", "session9", "session10"]), true),
            (owned(&["1.5", "2.6", "3.7"]), true),
            (owned(&["web-1-a5", "web-1-a6", "web-1-a7"]), true),
            (owned(&["5", "5", "5"]), false),
            (owned(&["7", "6", "5"]), false),
            (owned(&["1-x", "2-y", "3-z"]), false),
            (from_big(&[1, 999, 1_000]), true),
            (from_big(&[1_001, 1_001, 1_001]), false),
            // Seven of ten are enough, six are not.
            (
                owned(&["1", "2", "3", "4", "5", "6", "7", "8", "3", "2", "1"]),
                true,
            ),
            (
                owned(&["1", "2", "3", "4", "5", "6", "7", "4", "3", "2", "1"]),
                false,
            ),
            (
                owned(&["1", "2", "3", "4", "5", "6", "7", "7", "3", "2", "1"]),
                false,
            ),
        ] {
            assert_eq!(counts_up(&values), counts, "{values:?}");
        }
    }

    /// Two letters by turns are a bit, and what they would be of with more samples:
    /// one letter more than one, in four samples.
    const BY_TURNS: f64 = 1.0 + 1.0 / (8.0 * std::f64::consts::LN_2);

    #[test]
    fn places_that_vary_together_count_once() {
        let together = owned(&["mp", "nq", "mp", "nq"]);
        assert_bits(bits(&together), BY_TURNS, &together);
        let apart = owned(&["mp", "np", "mq", "nq"]);
        assert_bits(bits(&apart), 2.0 * BY_TURNS, &apart);
        let constant = owned(&["mpz", "npz", "mqz", "nqz"]);
        assert_bits(bits(&constant), 2.0 * BY_TURNS, &constant);
        let split = owned(&["x-m-p", "x-n-p", "x-m-q", "x-n-q"]);
        assert_bits(bits(&split), 2.0 * BY_TURNS, &split);
    }

    /// Three letters in five samples may look alike by chance, in six not.
    #[test]
    fn places_that_look_alike_by_chance_count_each() {
        let shares = |shares: &[f64]| -> f64 { shares.iter().map(|own| -own * own.log2()).sum() };
        let five = owned(&["mp", "nq", "or", "mp", "nq"]);
        let of_five = shares(&[0.4, 0.4, 0.2]) + 2.0 / (10.0 * std::f64::consts::LN_2);
        assert_bits(bits(&five), 2.0 * of_five, &five);
        let six = owned(&["mp", "nq", "or", "mp", "nq", "or"]);
        let of_six = 3.0_f64.log2() + 2.0 / (12.0 * std::f64::consts::LN_2);
        assert_bits(bits(&six), of_six, &six);
    }

    #[test]
    fn numbers_hold_no_more_than_they_spread() {
        let counted: Vec<String> = (0..64).map(|at| format!("n{at:02}")).collect();
        assert_bits(bits(&counted), 6.0, &counted);
        let hex: Vec<String> = (0..64).map(|at| format!("{:04x}", 0x9fe0 + at)).collect();
        assert_bits(bits(&hex), 6.0, &hex);
    }

    /// Two who were given `x` and `y` say nothing of the long ones of all others.
    #[test]
    fn a_few_short_values_say_nothing_of_the_long_ones() {
        let long = ["gkm", "hln", "gln", "hkm", "gkn", "hlm"];
        let with_short = owned(&[&long[..], &["x", "y"]].concat());
        assert!(bits(&with_short) > bits(&owned(&long)), "{with_short:?}");
    }
}
