//! The house rules that the compiler does not check: imports point down only,
//! files stay small, and every module says what it is.
#![expect(
    clippy::unwrap_used,
    reason = "a test stops at the first thing that is not as expected"
)]

use std::fs;
use std::path::{Path, PathBuf};

/// What each module of the library may use besides itself. Everything points
/// to modules further up in this table.
const MAY_USE: &[(&str, &[&str])] = &[
    ("model", &[]),
    ("config", &["model"]),
    ("population", &["model", "config"]),
    ("scaling", &["model", "config"]),
    ("stack", &["model", "config", "scaling"]),
    ("metrics", &["model"]),
    ("oracle", &["model", "population"]),
    ("load", &["model", "config"]),
    ("http", &["model", "config", "load", "oracle"]),
    (
        "campaign",
        &[
            "model",
            "config",
            "population",
            "scaling",
            "stack",
            "metrics",
            "oracle",
            "load",
            "http",
        ],
    ),
    (
        "gherkin",
        &[
            "model",
            "config",
            "population",
            "scaling",
            "metrics",
            "oracle",
            "load",
            "http",
            "campaign",
        ],
    ),
    (
        "report",
        &[
            "model",
            "config",
            "population",
            "scaling",
            "metrics",
            "oracle",
            "load",
            "http",
            "campaign",
        ],
    ),
    (
        "cli",
        &[
            "model",
            "config",
            "population",
            "scaling",
            "stack",
            "metrics",
            "oracle",
            "load",
            "http",
            "campaign",
            "gherkin",
            "report",
        ],
    ),
    // What authors of steps see: re-exports of these.
    ("prelude", &["model", "scaling", "http", "campaign"]),
    ("step_defs", &["prelude"]),
    // A program of its own, which uses the library from outside.
    ("actuator_aws", &[]),
];

/// Longer files hold more than one concept.
const MOST_LINES: usize = 600;

/// A file of Rust, and the module of the library that it belongs to.
struct Source {
    path: PathBuf,
    /// `None` for the roots, `lib.rs` and `main.rs`.
    module: Option<String>,
    /// Names of the path of the file's own module.
    depth: usize,
    text: String,
}

impl Source {
    fn is_module_root(&self) -> bool {
        self.path.ends_with("mod.rs")
    }

    /// The lines with their numbers, without comments and texts.
    fn code(&self) -> impl Iterator<Item = (usize, String)> {
        let lines = self.text.lines().enumerate();
        lines.map(|(at, line)| (at + 1, code_of(line)))
    }
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn sources() -> Vec<Source> {
    let mut found = Vec::new();
    for folder in ["src", "step_defs"] {
        collect(&root().join(folder), folder, &mut found);
    }
    assert!(found.len() > 50, "the sources are somewhere else");
    found
}

fn collect(folder: &Path, top: &str, found: &mut Vec<Source>) {
    let mut entries: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            collect(&path, top, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(source(&path, top));
        }
    }
}

fn source(path: &Path, top: &str) -> Source {
    let inside = path
        .strip_prefix(root().join(top))
        .unwrap()
        .with_extension("");
    let mut names: Vec<String> = inside
        .iter()
        .map(|name| name.to_string_lossy().into_owned())
        .filter(|name| name != "mod")
        .collect();
    if top == "step_defs" {
        names.insert(0, top.to_owned());
    }
    let is_root = matches!(names.as_slice(), [only] if only == "lib" || only == "main");
    Source {
        module: (!is_root).then(|| names[0].clone()),
        depth: names.len(),
        text: fs::read_to_string(path).unwrap(),
        path: path.strip_prefix(root()).unwrap().to_owned(),
    }
}

/// A line without its comment and without what stands in quotes.
fn code_of(line: &str) -> String {
    let mut code = String::new();
    let mut quoted = false;
    let mut letters = line.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '\\' if quoted => {
                letters.next();
            }
            // The quote as a letter, `'"'`.
            '\'' if !quoted && letters.peek() == Some(&'"') => {
                letters.next();
            }
            '"' => quoted = !quoted,
            '/' if !quoted && letters.peek() == Some(&'/') => break,
            _ if quoted => {}
            _ => code.push(letter),
        }
    }
    code
}

/// The top-level modules that a piece of code names behind `crate::`.
fn crate_paths(code: &str) -> Vec<String> {
    let mut names = Vec::new();
    for (at, found) in code.match_indices("crate::") {
        let before = code[..at].chars().next_back();
        if before.is_some_and(|letter| letter.is_alphanumeric() || "_$".contains(letter)) {
            continue;
        }
        names.extend(first_names(&code[at + found.len()..]));
    }
    names
}

/// `a` of `a::b`; `a` and `c` of `{a::b, c}`.
fn first_names(path: &str) -> Vec<String> {
    let name = |text: &str| -> String {
        let text = text.trim_start();
        text.chars()
            .take_while(|letter| letter.is_alphanumeric() || *letter == '_')
            .collect()
    };
    let Some(group) = path.strip_prefix('{') else {
        return vec![name(path)];
    };
    let mut depth = 0;
    let mut names = vec![name(group)];
    for (at, letter) in group.char_indices() {
        match letter {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => names.push(name(&group[at + 1..])),
            _ => {}
        }
    }
    names.retain(|name| !name.is_empty());
    names
}

/// Modules that code outside of inline modules reaches by `super::` alone.
fn super_paths(source: &Source, code: &str) -> Vec<String> {
    let up = "super::".repeat(source.depth);
    let mut names = Vec::new();
    for (at, found) in code.match_indices(up.as_str()) {
        let before = code[..at].chars().next_back();
        if before.is_some_and(|letter| letter.is_alphanumeric() || ":_".contains(letter)) {
            continue;
        }
        names.extend(first_names(&code[at + found.len()..]));
    }
    names
}

fn told(problems: &[String]) {
    assert!(
        problems.is_empty(),
        "{} problems:\n{}",
        problems.len(),
        problems.join("\n")
    );
}

fn may_use(module: &str) -> &'static [&'static str] {
    let row = MAY_USE.iter().find(|(name, _)| *name == module);
    let Some((_, uses)) = row else {
        panic!("the module {module} is not in the table of imports");
    };
    uses
}

#[test]
fn the_table_points_up_only() {
    for (at, (module, uses)) in MAY_USE.iter().enumerate() {
        for used in *uses {
            let place = MAY_USE.iter().position(|(name, _)| name == used);
            assert!(place.is_some_and(|place| place < at), "{module} -> {used}");
        }
    }
}

#[test]
fn imports_point_down() {
    let mut problems = Vec::new();
    for source in sources() {
        let Some(module) = &source.module else {
            continue;
        };
        let allowed = may_use(module);
        let mut outside_tests = true;
        // Groups may go over several lines, so the whole is looked at for
        // `use`, and each statement is told by its first line.
        for (line, statement) in statements(&source) {
            if statement.contains("mod tests {") {
                outside_tests = false;
            }
            let mut used = crate_paths(&statement);
            if outside_tests {
                used.extend(super_paths(&source, &statement));
            }
            for name in used {
                let own = name == *module || allowed.contains(&name.as_str());
                if !own {
                    problems.push(format!(
                        "{}:{line}: {module} uses {name}; it may use: {}",
                        source.path.display(),
                        allowed.join(", ")
                    ));
                }
            }
        }
    }
    told(&problems);
}

/// Code by lines; a `use` over several lines is one.
fn statements(source: &Source) -> Vec<(usize, String)> {
    let mut statements: Vec<(usize, String)> = Vec::new();
    let mut open = false;
    for (line, code) in source.code() {
        match statements.last_mut() {
            Some((_, statement)) if open => statement.push_str(&code),
            _ => statements.push((line, code.clone())),
        }
        let begun = statements
            .last()
            .map_or("", |(_, statement)| statement.trim_start());
        open = (begun.starts_with("use ")
            || begun.starts_with("pub use ")
            || begun.starts_with("pub(crate) use "))
            && !code.contains(';');
    }
    statements
}

#[test]
fn step_definitions_import_the_prelude_and_cucumber_only() {
    let mut problems = Vec::new();
    for source in sources() {
        if source.module.as_deref() != Some("step_defs") {
            continue;
        }
        for (line, statement) in statements(&source) {
            let Some(path) = statement.trim().strip_prefix("use ") else {
                continue;
            };
            let known = ["crate::prelude", "cucumber::", "super::", "std::"];
            if !known.iter().any(|known| path.starts_with(known)) {
                problems.push(format!(
                    "{}:{line}: {}",
                    source.path.display(),
                    statement.trim()
                ));
            }
        }
    }
    told(&problems);
}

#[test]
fn files_are_short() {
    let too_long = |source: &Source| {
        let lines = source.text.lines().count();
        (lines > MOST_LINES).then(|| {
            format!(
                "{}:{lines}: more than {MOST_LINES} lines",
                source.path.display()
            )
        })
    };
    told(&sources().iter().filter_map(too_long).collect::<Vec<_>>());
}

#[test]
fn nothing_is_allowed_or_left_open() {
    let mut problems = Vec::new();
    for source in sources() {
        for (line, code) in source.code() {
            for (wrong, instead) in [
                ("#[allow(", "expect it and give the reason"),
                ("#![allow(", "expect it and give the reason"),
                ("todo!(", "finish it"),
                ("unimplemented!(", "finish it"),
            ] {
                if code.contains(wrong) {
                    problems.push(format!(
                        "{}:{line}: `{wrong}`: {instead}",
                        source.path.display()
                    ));
                }
            }
        }
    }
    told(&problems);
}

#[test]
fn every_module_says_what_it_is() {
    let missing = |source: &Source| {
        let wanted = source.is_module_root() || source.module.is_none();
        // The crate's page is a file of its own.
        let spoken = ["//!", "#![doc = "]
            .iter()
            .any(|begin| source.text.starts_with(begin));
        let silent = wanted && !spoken;
        silent.then(|| format!("{}:1: does not begin with `//!`", source.path.display()))
    };
    told(&sources().iter().filter_map(missing).collect::<Vec<_>>());
}

#[test]
fn paths_are_found_in_code() {
    assert_eq!(code_of(r#"a("crate::x // y"); b // crate::z"#), "a(); b ");
    assert_eq!(code_of(r#"a('"', b) // c"#), "a(', b) ");
    assert_eq!(crate_paths("use crate::model::Finding;"), ["model"]);
    assert_eq!(
        crate_paths("use crate::{model::{A, B}, load, http::C};"),
        ["model", "load", "http"]
    );
    assert_eq!(
        crate_paths("pub(in crate::oracle) fn f(x: &crate::model::X)"),
        ["oracle", "model"]
    );
    assert_eq!(crate_paths("my_crate::x $crate::y"), [""; 0]);
}
