//! Enrolling: from rows to people.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use crate::model::{Fact, FactName, Origin, UserId, Visibility};
use crate::population::kind::Kind;
use crate::population::{FactSetting, Person, Secret, Spec, Weakened};

use super::personal::is_personal;
use super::problem::Problems;
use super::table::{Row, Table};

/// The column that says who belongs together.
pub(super) const GROUP: &str = "group";

/// Shorter values stand in too many places by chance.
const SHORTEST: usize = 6;

/// Makes the people of a table. What is wrong with them is added to
/// `problems`; then the people are of no use.
pub(super) fn enroll(
    mut table: Table,
    spec: &Spec,
    problems: &mut Problems,
) -> (Vec<Person>, Vec<Weakened>) {
    tidy(&mut table);
    refuse_copies(&table, problems);
    let groups = groups(&table);
    let mut weakened = Vec::new();
    let columns: Vec<Column> = (0..table.columns.len())
        .map(|column| Column::judge(column, &table, &groups, spec, problems, &mut weakened))
        .collect();
    let people = (0_u32..)
        .zip(groups)
        .zip(table.rows)
        .map(|((index, group), row)| {
            let mut facts = Vec::new();
            let mut secrets = Vec::new();
            for (column, cell) in columns.iter().zip(row.cells) {
                match (&column.worth, cell) {
                    (_, None) => {}
                    (Worth::Secret, Some(value)) => {
                        secrets.push((Arc::clone(&column.name), Secret::new(value)));
                    }
                    (Worth::Fact { .. }, Some(value)) => facts.push(column.fact(value)),
                }
            }
            Person::new(UserId(index), group, facts, secrets)
        });
    (people.collect(), weakened)
}

/// Removes blanks around values, and blank values. Secrets stay as they are.
fn tidy(table: &mut Table) {
    for row in &mut table.rows {
        for (name, cell) in table.columns.iter().zip(&mut row.cells) {
            let secret = Secret::is_named_by(name);
            if let Some(value) = cell
                && !secret
                && value.trim().len() < value.len()
            {
                *value = value.trim().to_owned();
            }
            if cell.as_ref().is_some_and(String::is_empty) {
                *cell = None;
            }
        }
    }
}

/// Two users of one account would see each other's data, and rightly so.
fn refuse_copies(table: &Table, problems: &mut Problems) {
    let mut seen: HashMap<&[Option<String>], usize> = HashMap::new();
    for row in &table.rows {
        let blanks = row.cells.iter().rev().take_while(|cell| cell.is_none());
        let cells = &row.cells[..row.cells.len() - blanks.count()];
        if cells.is_empty() {
            problems.add(row.line, "an account without any value; remove it");
        } else if let Some(line) = seen.insert(cells, row.line) {
            let message = format!("the same account as on line {line}; remove one");
            problems.add(row.line, message);
        }
    }
}

/// The group of each row: rows with the same text in the column `group` are
/// together, the others are alone.
fn groups(table: &Table) -> Vec<u32> {
    let column = table.columns.iter().position(|name| name == GROUP);
    let mut labels: HashMap<&str, u32> = HashMap::new();
    let mut next = 0;
    let mut new = || {
        next += 1;
        next - 1
    };
    table
        .rows
        .iter()
        .map(|row| {
            let cell = column.and_then(|column| row.cells.get(column));
            match cell.and_then(Option::as_deref) {
                Some(label) => *labels.entry(label).or_insert_with(&mut new),
                None => new(),
            }
        })
        .collect()
}

/// What the values of a column become.
#[derive(Debug)]
struct Column {
    name: FactName,
    worth: Worth,
    /// Values of several people, in lower case.
    repeated: BTreeSet<String>,
    /// Values of several people who are all of one group, in lower case.
    of_group: BTreeSet<String>,
}

#[derive(Debug)]
enum Worth {
    Secret,
    Fact {
        visibility: Visibility,
        /// `None`: as long as the value is long enough and nobody else's.
        weak: Option<bool>,
    },
}

impl Column {
    /// Judges a column as a whole: where one city or birthday is shared, the
    /// others do not tell people apart either, though they stand there once. Of
    /// full names, addresses and the like, a few may be the same by chance.
    fn judge(
        column: usize,
        table: &Table,
        groups: &[u32],
        spec: &Spec,
        problems: &mut Problems,
        weakened: &mut Vec<Weakened>,
    ) -> Self {
        let name: FactName = table.columns[column].as_str().into();
        if Secret::is_named_by(&name) {
            return Self {
                name,
                worth: Worth::Secret,
                repeated: BTreeSet::new(),
                of_group: BTreeSet::new(),
            };
        }
        let FactSetting { visibility, weak } = spec.setting(&name);
        let is_group = &*name == GROUP;
        let visibility = visibility.unwrap_or(if is_group {
            Visibility::Group
        } else {
            Visibility::Private
        });
        let by_nature = is_group || Kind::is_weak_by_nature(&name);
        let accuses = visibility != Visibility::Public;
        let mut repeated = BTreeSet::new();
        let shared = shared(column, table, groups);
        let weak = match weak {
            Some(true) => Some(true),
            None if by_nature => Some(true),
            Some(false) => {
                for (first, line, _) in repeats(column, table, groups) {
                    if accuses {
                        let message = format!(
                            "`{name}` has the same value as on line {first}, but the settings say \
                             `weak = false`; correct one of them, or remove the setting"
                        );
                        problems.add(line, message);
                    }
                }
                Some(false)
            }
            None => {
                let mut tell = |reason| {
                    let fact = Arc::clone(&name);
                    weakened.push(Weakened { fact, reason });
                };
                let mut equal = repeats(column, table, groups).peekable();
                if let Some((first, line)) = equal.peek().map(|(first, line, _)| (*first, *line)) {
                    repeated = equal.map(|(_, _, value)| value).collect();
                    let few = is_personal(&name) || are_few(&repeated, column, table);
                    if few && tells_apart(column, table) {
                        if accuses {
                            tell(format!(
                                "values of several people accuse nobody ({} in all, the first on \
                                 lines {first} and {line})",
                                repeated.len()
                            ));
                        }
                        None
                    } else {
                        if accuses {
                            tell(format!("lines {first} and {line} have the same value"));
                        }
                        Some(true)
                    }
                } else if let Some((first, line)) = shared.first
                    && visibility == Visibility::Private
                    && !tells_apart(column, table)
                {
                    // Towns of families: that no two have the same is chance.
                    tell(format!("lines {first} and {line} have the same value"));
                    Some(true)
                } else if are_dates(column, table) {
                    if accuses {
                        tell(
                            "one day is the birthday of many; `weak = false` makes it accuse"
                                .to_owned(),
                        );
                    }
                    Some(true)
                } else {
                    let short = values(column, table).filter(|(_, value)| is_short(value));
                    let short: Vec<usize> = short.map(|(row, _)| table.rows[row].line).collect();
                    if let (Some(line), true) = (short.first(), accuses) {
                        let count = short.len();
                        tell(format!(
                            "values shorter than {SHORTEST} characters accuse nobody ({count} in \
                             all, the first on line {line})"
                        ));
                    }
                    None
                }
            }
        };
        let worth = Worth::Fact { visibility, weak };
        Self {
            name,
            worth,
            of_group: shared.values.difference(&repeated).cloned().collect(),
            repeated,
        }
    }

    fn fact(&self, value: String) -> Fact {
        let (visibility, weak) = match &self.worth {
            Worth::Fact { visibility, weak } => (*visibility, *weak),
            Worth::Secret => (Visibility::Private, Some(true)),
        };
        let same = value.to_lowercase();
        let weak = weak.unwrap_or_else(|| is_short(&value) || self.repeated.contains(&same));
        let is_groups = !weak && visibility == Visibility::Private && self.of_group.contains(&same);
        Fact {
            name: Arc::clone(&self.name),
            visibility: if is_groups {
                Visibility::Group
            } else {
                visibility
            },
            origin: Origin::Account,
            weak,
            value,
        }
    }
}

/// In a column in which values tell people apart, at most one in so many is
/// somebody else's, too.
const REPEATED_ONE_IN: usize = 10;

fn are_few(repeated: &BTreeSet<String>, column: usize, table: &Table) -> bool {
    repeated.len() * REPEATED_ONE_IN <= values(column, table).count()
}

/// Whether the values of a column tell people apart, all but those that several
/// have: full names, addresses, ids, and not cities or plans.
fn tells_apart(column: usize, table: &Table) -> bool {
    let telling = |value: &str| {
        value.contains('@')
            || value.split_whitespace().count() >= 2
            || value.contains(|c: char| c.is_ascii_digit())
    };
    let all = values(column, table).count();
    let told = values(column, table)
        .filter(|(_, value)| telling(value))
        .count();
    told * 2 >= all && !are_dates(column, table)
}

/// Whether all values of a column are dates.
fn are_dates(column: usize, table: &Table) -> bool {
    let mut values = values(column, table).peekable();
    values.peek().is_some() && values.all(|(_, value)| is_date(value))
}

/// A day in figures, in whatever order.
fn is_date(value: &str) -> bool {
    let parts: Vec<&str> = value.trim().split(['-', '.', '/']).collect();
    let number = |part: &str| part.parse::<u32>().ok().filter(|_| part.len() <= 4);
    let [Some(first), Some(second), Some(third)] =
        [0, 1, 2].map(|at| parts.get(at).and_then(|part| number(part)))
    else {
        return false;
    };
    let year = |year: u32| (1_800..2_200).contains(&year);
    let days = |one: u32, other: u32| {
        let (day, month) = (one.max(other), one.min(other));
        (1..=31).contains(&day) && (1..=12).contains(&month)
    };
    parts.len() == 3
        && ((year(first) && days(second, third)) || (year(third) && days(first, second)))
}

fn is_short(value: &str) -> bool {
    value.chars().nth(SHORTEST - 1).is_none()
}

/// The values of a column with the rows they are in.
fn values(column: usize, table: &Table) -> impl Iterator<Item = (usize, &str)> {
    let rows = table.rows.iter().enumerate();
    rows.filter_map(move |(row, Row { cells, .. })| {
        let cell = cells.get(column).and_then(Option::as_deref);
        cell.map(|value| (row, value))
    })
}

/// The lines of equal values of people of different groups, upper and lower case
/// being the same. Within a group it is the group's.
fn repeats<'a>(
    column: usize,
    table: &'a Table,
    groups: &'a [u32],
) -> impl Iterator<Item = (usize, usize, String)> + 'a {
    let mut first: BTreeMap<String, usize> = BTreeMap::new();
    values(column, table).filter_map(move |(row, value)| {
        let same = value.to_lowercase();
        let earlier = *first.entry(same.clone()).or_insert(row);
        let (line, later) = (table.rows[earlier].line, table.rows[row].line);
        (groups[earlier] != groups[row]).then_some((line, later, same))
    })
}

/// Values that several of a group have, whoever else has them.
#[derive(Debug, Default)]
struct Shared {
    values: BTreeSet<String>,
    /// The lines of the first two.
    first: Option<(usize, usize)>,
}

fn shared(column: usize, table: &Table, groups: &[u32]) -> Shared {
    let mut known: BTreeMap<(u32, String), usize> = BTreeMap::new();
    let mut shared = Shared::default();
    for (row, value) in values(column, table) {
        let same = value.to_lowercase();
        let earlier = *known.entry((groups[row], same.clone())).or_insert(row);
        if earlier != row {
            let lines = (table.rows[earlier].line, table.rows[row].line);
            shared.first.get_or_insert(lines);
            shared.values.insert(same);
        }
    }
    shared
}
