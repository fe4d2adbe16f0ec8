//! Moments: a date with the time of day, and seconds since 1970. Their digits
//! are no telephone number, and an id only where a field is
//! called so.

use std::ops::Range;

use super::number::Group;

/// The groups of digits of a text, those that are moments set apart.
#[derive(Debug, Default)]
pub(super) struct Sorted {
    /// Without the moments.
    pub(super) left: Vec<Vec<Group>>,
    /// Groups that are a moment or an id, with those beside them: a stamp in
    /// digits alone, such as `20260301-0900`.
    pub(super) doubtful: Vec<Vec<Group>>,
    /// Where the moments of these stand.
    pub(super) stamps: Vec<Range<usize>>,
}

/// Sets the moments in `runs` apart.
pub(super) fn sort(text: &str, runs: Vec<Vec<Group>>) -> Sorted {
    let mut sorted = Sorted::default();
    for run in runs {
        let mut rest = Vec::new();
        let mut at = 0;
        let stamps = sorted.stamps.len();
        while at < run.len() {
            match moment_at(text, &run[at..]) {
                0 => {
                    rest.push(run[at]);
                    at += 1;
                }
                length => {
                    let moment = &run[at..at + length];
                    if is_digits_alone(text, moment) {
                        sorted.stamps.push(moment[0].start..moment[length - 1].end);
                    }
                    sorted.left.push(std::mem::take(&mut rest));
                    at += length;
                }
            }
        }
        sorted.left.push(rest);
        if sorted.stamps.len() > stamps {
            sorted.doubtful.push(run);
        }
    }
    sorted.left.retain(|run| !run.is_empty());
    sorted
}

/// Whether nothing but its digits says that `moment` is one: neither its date
/// nor its time of day is written as such.
fn is_digits_alone(text: &str, moment: &[Group]) -> bool {
    moment.len() <= 2
        && moment[0].len() >= 8
        && !moment
            .last()
            .is_some_and(|last| text[last.end..].starts_with(':'))
}

/// How many of the first `groups` are a moment: a date, an hour, and perhaps
/// minutes and seconds.
fn moment_at(text: &str, groups: &[Group]) -> usize {
    let number = |at: usize| {
        let group = groups.get(at).filter(|group| group.is_number())?;
        let value: u64 = text[group.start..group.end].parse().ok()?;
        Some((value, group.len()))
    };
    // What follows has to be one character away, as in dates.
    let near = |at: usize| {
        let pair = (groups.get(at.wrapping_sub(1)), groups.get(at));
        matches!(pair, (Some(before), Some(own)) if text[before.end..own.start].chars().count() == 1)
    };
    let is_day = |year: u64, month: u64, day: u64| {
        (1900..2100).contains(&year) && (1..=12).contains(&month) && (1..=31).contains(&day)
    };
    let date = match (number(0), number(1), number(2)) {
        (Some((year, 4)), Some((month, 1 | 2)), Some((day, 1 | 2)))
            if near(1) && near(2) && is_day(year, month, day) =>
        {
            3
        }
        (Some((one, 1 | 2)), Some((other, 1 | 2)), Some((year, 4)))
            if near(1) && near(2) && (is_day(year, other, one) || is_day(year, one, other)) =>
        {
            3
        }
        (Some((day, 8)), ..) if is_day(day / 10_000, day / 100 % 100, day % 100) => 1,
        (Some((moment, length @ (12 | 14 | 17))), ..) => {
            return usize::from(is_stamp(moment, length));
        }
        _ => return 0,
    };
    // An hour, or the hour and what follows it without a separator.
    let time = match number(date) {
        Some((hour, 1 | 2)) if hour < 25 => 1,
        Some((time, 4)) if is_time(time * 100) => return date + 1,
        Some((time, 6)) if is_time(time) => return date + 1,
        _ => return 0,
    };
    if !near(date) {
        return 0;
    }
    let more = (date + time..groups.len().min(date + 3))
        .take_while(|at| near(*at) && matches!(number(*at), Some((sixtieth, 2)) if sixtieth < 60));
    date + time + more.count()
}

/// `20260301090000`, with or without seconds, with or without their fraction.
fn is_stamp(moment: u64, length: usize) -> bool {
    let seconds = match length {
        12 => moment * 100,
        14 => moment,
        _ => moment / 1_000,
    };
    let day = seconds / 1_000_000;
    (1900..2100).contains(&(day / 10_000))
        && (1..=12).contains(&(day / 100 % 100))
        && (1..=31).contains(&(day % 100))
        && is_time(seconds % 1_000_000)
}

fn is_time(time: u64) -> bool {
    time / 10_000 < 25 && time / 100 % 100 < 60 && time % 100 < 61
}

/// Whether `digits` can be seconds or milliseconds since 1970, from 2017 to
/// 2033: no area code of North America begins with 1.
pub(super) fn is_epoch(digits: &str) -> bool {
    matches!(digits.len(), 10 | 13) && ("15".."20").contains(&&digits[..2])
}

#[cfg(test)]
mod tests {
    use super::super::number::groups;
    use super::*;

    #[test]
    fn moments_are_left_out() {
        for (text, left) in [
            ("2026-03-01 09:00", ""),
            ("2026-03-01 09:00:00", ""),
            ("2026-03-01 09.00.00", ""),
            ("01.03.2026 9:30", ""),
            ("3/1/2026 09:00", ""),
            ("20260301-090000", ""),
            ("20260301 0900", ""),
            ("202603010900", ""),
            ("20260301090000", ""),
            ("20260301090000123", ""),
            ("31.03.2026 9:30", ""),
            ("3/31/2026 09:00", ""),
            ("2026-03-01 24:00", ""),
            ("2026-03-01 235960", ""),
            ("20260331 0900", ""),
            ("20260301 09 30 15", ""),
            ("202603310900", ""),
            ("20260331245960", ""),
            ("on 2026-03-01 09 call 030 1234567", "call 030 1234567"),
            // Dates alone are short, and these are no moments.
            ("2026-03-01", "2026 03 01"),
            ("2026-13-01 09", "2026 13 01 09"),
            ("2026-03-01 1234567", "2026 03 01 1234567"),
            ("01.  03.2026 09", "01 03 2026 09"),
            ("99.99.2026 09:00", "99 99 2026 09"),
            ("2026-03-01 25", "2026 03 01 25"),
            ("2026-03-01 2560", "2026 03 01 2560"),
            ("2026-03-01 250000", "2026 03 01 250000"),
            ("2026-03-01 09-00-00-12", "12"),
            ("20261301 0900", "20261301 0900"),
            ("202613010900", "202613010900"),
            ("123413010900", "123413010900"),
            ("123413990900", "123413990900"),
            ("20260301250000", "20260301250000"),
            ("20260301246000", "20260301246000"),
            ("20260301235961", "20260301235961"),
            ("4111 1111 1111 1111", "4111 1111 1111 1111"),
            ("123456789012", "123456789012"),
        ] {
            let sorted = sort(text, groups(text));
            let found: Vec<&str> = sorted
                .left
                .iter()
                .flatten()
                .map(|group| &text[group.start..group.end])
                .filter(|group| *group != "on")
                .collect();
            assert_eq!(found.join(" "), left, "{text}");
        }
    }

    #[test]
    fn stamps_in_digits_alone_can_be_ids() {
        for (text, stamp) in [
            ("19900101-1234", Some("19900101-1234")),
            ("no. 199001011234, open", Some("199001011234")),
            ("20260301 09", Some("20260301 09")),
            ("2026-03-01 09:00", None),
            ("2026-03-01 09", None),
            ("20260301 09:00", None),
            ("20260301 1234567", None),
        ] {
            let sorted = sort(text, groups(text));
            let mut stamps = sorted.stamps.iter().map(|own| &text[own.clone()]);
            assert_eq!(stamps.next(), stamp, "{text}");
        }
    }

    #[test]
    fn seconds_since_1970_are_told_from_telephone_numbers() {
        for (digits, epoch) in [
            ("1772355600", true),
            ("1772355600123", true),
            ("2025550123", false),
            ("4915116924504", false),
            ("177235560", false),
        ] {
            assert_eq!(is_epoch(digits), epoch, "{digits}");
        }
    }
}
