//! Finding feature files, and choosing scenarios.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use cucumber::gherkin::{self, tagexpr::TagOperation};
use cucumber::tag::Ext as _;
use cucumber::{Parser as _, parser};
use futures::StreamExt as _;

use crate::config::nearest;
use crate::model::Place;

use super::problem::{FeatureErrors, Problem};
use super::tags::Tags;

/// Which scenarios to run.
#[derive(Clone, Debug, Default)]
pub struct Selection {
    /// Files and folders; a file may have a line, as in `booking.feature:14`.
    pub paths: Vec<String>,
    /// A tag expression.
    pub tags: Option<String>,
    /// A part of the scenario's name.
    pub name: Option<String>,
}

/// Feature files that were read, with the scenarios to run and the journeys
/// that they may name.
#[derive(Debug)]
pub(super) struct Source {
    /// The features, only selected scenarios in them.
    pub(super) features: Vec<gherkin::Feature>,
    /// Scenarios tagged `@journey` of all files, with their file.
    pub(super) journeys: Vec<(gherkin::Scenario, Option<gherkin::Background>, String)>,
}

impl Source {
    /// Adds the journeys of files that were not selected but stand beside.
    fn find_more_journeys(&mut self, selection: &Selection, files: &mut BTreeSet<String>) {
        for path in &selection.paths {
            for feature in journey_files(&split_line(path).0)
                .iter()
                .flat_map(|file| parse(file, &mut Vec::new()))
            {
                let file = shown(feature.path.as_deref().unwrap_or(Path::new("")));
                if !files.insert(file.clone()) {
                    continue;
                }
                let background = feature.background.clone();
                let inner = feature.rules.into_iter().flat_map(|rule| rule.scenarios);
                for scenario in feature.scenarios.into_iter().chain(inner) {
                    if scenario
                        .tags
                        .iter()
                        .chain(&feature.tags)
                        .any(|tag| tag == "journey")
                    {
                        self.journeys
                            .push((scenario, background.clone(), file.clone()));
                    }
                }
            }
        }
    }
}

/// Reads the features that `selection` names. `profile` is the profile of the
/// run, `profiles` are all that there are.
///
/// # Errors
///
/// Everything that is wrong with paths, files and tags; and an empty selection.
pub fn read(
    selection: &Selection,
    profile: &str,
    profiles: &[String],
) -> Result<ReadFeatures, FeatureErrors> {
    let mut problems = Vec::new();
    let expression = match selection.tags.as_deref().map(str::parse::<TagOperation>) {
        None => None,
        Some(Ok(expression)) => Some(expression),
        Some(Err(error)) => {
            problems.push(Problem::general(format!(
                "--tags: `{}` is no tag expression (column {}); write for example `@booking and not @slow`",
                selection.tags.as_deref().unwrap_or_default(),
                error.location.column
            )));
            None
        }
    };
    let mut source = Source {
        features: Vec::new(),
        journeys: Vec::new(),
    };
    let mut restricted = 0;
    let mut files = BTreeSet::new();
    for path in &selection.paths {
        let (path, line) = split_line(path);
        for mut feature in parse(&path, &mut problems) {
            let file = shown(feature.path.as_deref().unwrap_or(&path));
            if !files.insert(file.clone()) && line.is_none() {
                continue;
            }
            let inherited = feature.tags.clone();
            let background = feature.background.clone();
            let mut keep = |scenarios: &mut Vec<gherkin::Scenario>, outer: &[String]| {
                scenarios.retain(|scenario| {
                    problems.extend(misspelt(scenario, &file));
                    let mut tags = outer.to_vec();
                    tags.extend(scenario.tags.iter().cloned());
                    let read = match Tags::read(&tags, profiles) {
                        Ok(read) => read,
                        Err(wrong) => {
                            let place = Place::new(file.as_str(), scenario.position.line);
                            problems.extend(
                                wrong.into_iter().map(|why| Problem::at(place.clone(), why)),
                            );
                            return false;
                        }
                    };
                    if read.journey {
                        source
                            .journeys
                            .push((scenario.clone(), background.clone(), file.clone()));
                        return false;
                    }
                    let wanted = expression.as_ref().is_none_or(|expr| expr.eval(&tags))
                        && selection
                            .name
                            .as_ref()
                            .is_none_or(|name| scenario.name.contains(name.as_str()))
                        && line.is_none_or(|line| covers(scenario, line));
                    if wanted && !read.allow(profile) {
                        restricted += 1;
                        return false;
                    }
                    wanted
                });
            };
            keep(&mut feature.scenarios, &inherited);
            for rule in &mut feature.rules {
                let mut outer = inherited.clone();
                outer.extend(rule.tags.iter().cloned());
                keep(&mut rule.scenarios, &outer);
            }
            feature.rules.retain(|rule| !rule.scenarios.is_empty());
            if !feature.scenarios.is_empty() || !feature.rules.is_empty() {
                source.features.push(feature);
            }
        }
    }
    source.find_more_journeys(selection, &mut files);
    if problems.is_empty() && source.features.is_empty() {
        problems.push(Problem::general(nothing(selection, profile, restricted)));
    }
    if problems.is_empty() {
        Ok(ReadFeatures { source })
    } else {
        problems.sort();
        problems.dedup();
        Err(FeatureErrors { problems })
    }
}

/// Features ready to be compiled.
#[derive(Debug)]
pub struct ReadFeatures {
    pub(super) source: Source,
}

impl ReadFeatures {
    /// How many scenarios are to run.
    pub fn scenarios(&self) -> usize {
        let count = |feature: &gherkin::Feature| {
            feature.scenarios.len()
                + feature
                    .rules
                    .iter()
                    .map(|r| r.scenarios.len())
                    .sum::<usize>()
        };
        self.source.features.iter().map(count).sum()
    }
}

/// A misspelt keyword before the first step makes a line part of the
/// description, and the step is silently lost; that is told.
fn misspelt(scenario: &gherkin::Scenario, file: &str) -> Vec<Problem> {
    let lines = scenario.description.iter().flat_map(|text| text.lines());
    let mut problems = Vec::new();
    for line in lines {
        let word = line.split_whitespace().next().unwrap_or_default();
        let near = ["Given", "When", "Then"].into_iter().find(|keyword| {
            word.len() >= 4
                && word != *keyword
                && strsim::damerau_levenshtein(&word.to_lowercase(), &keyword.to_lowercase()) <= 1
        });
        if let Some(keyword) = near {
            problems.push(Problem::at(
                Place::new(file, scenario.position.line),
                format!(
                    "\"{}\" is read as a description; did you mean `{keyword}`?",
                    line.trim()
                ),
            ));
        }
    }
    problems
}

fn nothing(selection: &Selection, profile: &str, restricted: u32) -> String {
    let mut why = format!("no scenario to run in {}", selection.paths.join(", "));
    if let Some(tags) = &selection.tags {
        why.push_str(&format!(" with tags `{tags}`"));
    }
    if let Some(name) = &selection.name {
        why.push_str(&format!(" with a name that contains `{name}`"));
    }
    if restricted > 0 {
        why.push_str(&format!(
            "; {restricted} are restricted by tag to other profiles than `{profile}`"
        ));
    }
    why
}

/// What is there with names like those in `path`: of its folders, of itself, or with
/// the ending that features have.
fn existing_like(path: &Path) -> Option<PathBuf> {
    let ending = path.extension().and_then(|ending| ending.to_str());
    let meant = ending.and_then(|ending| nearest(ending, ["feature"]));
    let feature = meant.map(|meant| path.with_extension(meant));
    if let Some(feature) = feature.filter(|feature| feature.exists()) {
        return Some(feature);
    }
    path.components()
        .try_fold(PathBuf::new(), |folder, component| {
            let next = folder.join(component);
            if next.exists() {
                Some(next)
            } else {
                beside_like(&next)
            }
        })
}

/// What is there with a name like that of `path`, and the same extension, in the
/// same folder.
fn beside_like(path: &Path) -> Option<PathBuf> {
    let name = path.file_stem()?.to_str()?;
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    let beside = std::fs::read_dir(folder.unwrap_or(Path::new("."))).ok()?;
    let beside: Vec<PathBuf> = beside
        .filter_map(|entry| Some(PathBuf::from(entry.ok()?.file_name())))
        .filter(|other| other.extension() == path.extension())
        .collect();
    let stem = |other: &PathBuf| other.file_stem()?.to_str().map(str::to_owned);
    let stems: Vec<String> = beside.iter().filter_map(stem).collect();
    let near = nearest(name, stems.iter().map(String::as_str))?;
    let near = beside
        .iter()
        .find(|other| stem(other).as_deref() == Some(near))?;
    Some(path.with_file_name(near))
}

/// Reads one file or all of a folder. Cucumber's parser would look elsewhere
/// for what does not exist, so that is told here.
fn parse(path: &Path, problems: &mut Vec<Problem>) -> Vec<gherkin::Feature> {
    if !path.exists() {
        problems.push(Problem::general(format!(
            "no such file or folder: {}{}; name the folder with your features, for example `fpt run features`",
            path.display(),
            existing_like(path).map_or_else(String::new, |near| format!(" (did you mean `{}`?)", near.display()))
        )));
        return Vec::new();
    }
    let parsed = parser::Basic::new().parse(path, parser::basic::Cli::default());
    let results: Vec<_> = futures::executor::block_on(parsed.collect());
    let mut features = Vec::new();
    for result in results {
        match result {
            Ok(mut feature) => {
                stars_go_on(&mut feature);
                features.push(feature);
            }
            Err(error) => problems.push(parse_problem(&error)),
        }
    }
    features
}

/// `*` goes on with what the step before it was, like `And`; the parser takes
/// it for `Given`.
fn stars_go_on(feature: &mut gherkin::Feature) {
    let go_on = |steps: &mut [gherkin::Step]| {
        for at in 1..steps.len() {
            if steps[at].keyword.trim() == "*" {
                steps[at].ty = steps[at - 1].ty;
            }
        }
    };
    let backgrounds = |background: &mut Option<gherkin::Background>| {
        if let Some(background) = background {
            go_on(&mut background.steps);
        }
    };
    backgrounds(&mut feature.background);
    for rule in &mut feature.rules {
        backgrounds(&mut rule.background);
    }
    let inner = feature
        .rules
        .iter_mut()
        .flat_map(|rule| &mut rule.scenarios);
    for scenario in feature.scenarios.iter_mut().chain(inner) {
        go_on(&mut scenario.steps);
    }
}

fn parse_problem(error: &parser::Error) -> Problem {
    use std::error::Error as _;
    let parser::Error::Parsing(parsing) = error else {
        return Problem::general(error.to_string());
    };
    match &**parsing {
        gherkin::ParseFileError::Reading { path, source } => {
            Problem::general(format!("cannot read {}: {source}", shown(path)))
        }
        gherkin::ParseFileError::Parsing { path, error, .. } => {
            // `Error at LINE:COLUMN: {what was expected}`
            let text = parsing
                .source()
                .map(ToString::to_string)
                .unwrap_or_default();
            let mut numbers = text
                .trim_start_matches("Error at ")
                .split(':')
                .map(str::parse::<usize>);
            let line = numbers.next().and_then(Result::ok).unwrap_or(1);
            let expected = text.split(':').nth(2).unwrap_or_default().trim();
            let why = match error {
                Some(gherkin::EnvError::UnknownKeyword(word)) => {
                    // The parser stops behind the line.
                    let line = line_that_begins(path, word).unwrap_or(line);
                    return Problem::at(
                        Place::new(shown(path), line),
                        format!(
                            "unknown keyword `{word}`; a step begins with Given, When, Then, And, But or *"
                        ),
                    );
                }
                Some(error) => error.to_string(),
                None => format!("this is no Gherkin; expected one of {expected}"),
            };
            Problem::at(Place::new(shown(path), line), why)
        }
    }
}

/// Where journeys that a file names may stand besides: everywhere in the
/// folder `features` that it is in, or else in the files right beside it.
fn journey_files(path: &Path) -> Vec<PathBuf> {
    let Ok(path) = path.canonicalize() else {
        return Vec::new();
    };
    let root = path
        .ancestors()
        .find(|folder| folder.file_name().is_some_and(|name| name == "features"));
    if let Some(root) = root {
        return vec![root.to_path_buf()];
    }
    let beside = path
        .parent()
        .filter(|_| path.is_file())
        .and_then(|folder| std::fs::read_dir(folder).ok());
    let mut files: Vec<PathBuf> = beside
        .into_iter()
        .flatten()
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|file| file.extension().is_some_and(|end| end == "feature"))
        .collect();
    files.sort();
    files
}

fn line_that_begins(path: &Path, word: &str) -> Option<usize> {
    let text = std::fs::read_to_string(path).ok()?;
    let at = text
        .lines()
        .position(|line| line.trim_start().starts_with(word))?;
    Some(at + 1)
}

/// Splits `file.feature:14` into file and line.
fn split_line(path: &str) -> (PathBuf, Option<usize>) {
    match path.rsplit_once(':') {
        Some((file, line)) if !Path::new(path).exists() => match line.parse() {
            Ok(line) => (PathBuf::from(file), Some(line)),
            Err(_) => (PathBuf::from(path), None),
        },
        _ => (PathBuf::from(path), None),
    }
}

/// Whether `line` is in the scenario.
fn covers(scenario: &gherkin::Scenario, line: usize) -> bool {
    let last = scenario
        .steps
        .iter()
        .map(|step| step.position.line)
        .chain(
            scenario
                .examples
                .iter()
                .map(|examples| examples.position.line),
        )
        .max()
        .unwrap_or(scenario.position.line);
    (scenario.position.line..=last.max(scenario.position.line)).contains(&line)
}

/// A path as people would name it from where they stand.
pub(super) fn shown(path: &Path) -> String {
    let here = std::env::current_dir()
        .ok()
        .and_then(|folder| folder.canonicalize().ok());
    let path = match here.and_then(|here| path.strip_prefix(here).ok().map(Path::to_path_buf)) {
        Some(relative) => relative,
        None => path.to_path_buf(),
    };
    path.display().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problems(text: &str, tags: Option<&str>) -> Vec<String> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.feature");
        std::fs::write(&path, text).unwrap();
        let selection = Selection {
            paths: vec![path.display().to_string()],
            tags: tags.map(str::to_owned),
            name: None,
        };
        let profiles = ["live".to_owned(), "virtualized".to_owned()];
        match read(&selection, "virtualized", &profiles) {
            Ok(_) => Vec::new(),
            Err(errors) => errors.problems.iter().map(ToString::to_string).collect(),
        }
    }

    #[test]
    fn mistakes_are_told_with_file_and_line() {
        let misspelt = problems("Feature: a\n  Scenario: b\n    Gven x\n", None);
        assert!(
            misspelt[0].contains("a.feature:2: ") && misspelt[0].contains("`Given`"),
            "{misspelt:?}"
        );
        let broken = problems("Feature: a\n  Scenario: b\n    Given x\n    Gven x\n", None);
        assert!(broken[0].contains("a.feature:4: "), "{broken:?}");
        let tags = problems(
            "Feature: a\n\n  @user(3)\n  Scenario: b\n    Given 1 users\n",
            None,
        );
        assert!(tags[0].contains("did you mean @users"), "{tags:?}");
    }

    #[test]
    fn an_empty_selection_is_an_error() {
        let text = "Feature: a\n  @live\n  Scenario: b\n    Given 1 users\n";
        let restricted = problems(text, None);
        assert!(
            restricted[0].contains("restricted by tag"),
            "{restricted:?}"
        );
        let other = problems(text, Some("@other"));
        assert!(other[0].contains("with tags `@other`"), "{other:?}");
        assert!(problems(text, Some("@a and"))[0].contains("no tag expression"));
        assert!(!problems("", None).is_empty());
    }

    #[test]
    fn a_missing_folder_is_an_error() {
        let selection = Selection {
            paths: vec!["no/such/folder".to_owned()],
            ..Selection::default()
        };
        let errors = read(&selection, "live", &[]).unwrap_err().to_string();
        assert!(
            errors.contains("no such file or folder: no/such/folder;"),
            "{errors}"
        );
    }

    #[test]
    fn a_mistyped_path_is_told_with_what_is_there() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("session")).unwrap();
        for file in ["booking.feature", "session/sign_in.feature"] {
            std::fs::write(folder.path().join(file), "").unwrap();
        }
        for (given, there) in [
            ("sesion", Some("session")),
            ("boking.feature", Some("booking.feature")),
            ("booking.fature", Some("booking.feature")),
            ("sesion/sign_in.feature", Some("session/sign_in.feature")),
            ("sesion/sgn_in.feature", Some("session/sign_in.feature")),
            ("sesion/other.feature", None),
            ("profile.feature", None),
            ("booking.json", None),
        ] {
            let selection = Selection {
                paths: vec![folder.path().join(given).display().to_string()],
                ..Selection::default()
            };
            let errors = read(&selection, "live", &[]).unwrap_err().to_string();
            let meant = there.map(|there| {
                let there = folder.path().join(there);
                format!("(did you mean `{}`?)", there.display())
            });
            match meant {
                Some(meant) => assert!(errors.contains(&meant), "{errors}"),
                None => assert!(!errors.contains("did you mean"), "{errors}"),
            }
        }
    }
}
