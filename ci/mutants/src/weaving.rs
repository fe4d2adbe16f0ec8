//! Many mutants in one text.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use crate::Result;
use crate::functions::{self, Function};
use crate::mutant::Mutant;

/// A function with a choice, and the numbers of the mutants that it has.
#[derive(Debug)]
pub(crate) struct Choice {
    pub(crate) file: String,
    pub(crate) function: Function,
    pub(crate) mutants: Vec<usize>,
}

/// What is not woven, because the compiler did not like it.
#[derive(Debug, Default)]
pub(crate) struct Refused {
    /// Mutants that do not compile.
    pub(crate) mutants: BTreeSet<usize>,
    /// Functions that bear no choice, by file and where their body begins.
    pub(crate) functions: BTreeSet<(String, usize)>,
}

/// The beginning of the line before a mutant's body; the compiler's errors are told
/// apart by it.
pub(crate) const MUTANT: &str = "//@mutant ";

/// The same before a function's own body.
pub(crate) const OWN: &str = "//@own ";

/// Behind both.
pub(crate) const END: &str = "//@end";

/// Weaves the mutants of one file into its `text`. Choices go to `choices`, and
/// mutants outside functions, or in functions that bear no choice, to `single`.
pub(crate) fn weave(
    file: &str,
    text: &str,
    mutants: &[(usize, &Mutant)],
    refused: &Refused,
    choices: &mut Vec<Choice>,
    single: &mut Vec<usize>,
) -> Result<String> {
    let functions = functions::all(text)?;
    let mut by_function: BTreeMap<usize, Vec<Change<'_>>> = BTreeMap::new();
    for (number, mutant) in mutants {
        if refused.mutants.contains(number) {
            continue;
        }
        let range = mutant.range(text)?;
        match innermost(&functions, &range) {
            Some(at) if bears_choice(file, &functions, at, refused) => {
                let own = by_function.entry(at).or_default();
                own.push((*number, mutant, range));
            }
            _ => single.push(*number),
        }
    }
    let mut woven = String::new();
    let mut done = 0;
    for (at, own) in by_function {
        let function = &functions[at];
        // A choice is made when the program runs.
        if let Some(word) = &function.constant {
            woven.push_str(&text[done..word.start]);
            done = word.end;
        }
        woven.push_str(&text[done..function.body.start]);
        woven.push_str(&choice(text, function, choices.len(), &own));
        done = function.body.end;
        choices.push(Choice {
            file: file.to_owned(),
            function: function.clone(),
            mutants: own.iter().map(|(number, ..)| *number).collect(),
        });
    }
    woven.push_str(&text[done..]);
    Ok(woven)
}

/// The number of a mutant, the mutant, and the bytes of the file that it replaces.
type Change<'a> = (usize, &'a Mutant, Range<usize>);

/// The function in whose body the range is, none of those around it.
fn innermost(functions: &[Function], range: &Range<usize>) -> Option<usize> {
    let around = functions
        .iter()
        .enumerate()
        .filter(|(_, own)| own.body.start <= range.start && range.end <= own.body.end);
    around
        .max_by_key(|(_, own)| own.body.start)
        .map(|(at, _)| at)
}

/// Functions within others would have to be woven twice.
fn bears_choice(file: &str, functions: &[Function], at: usize, refused: &Refused) -> bool {
    let own = &functions[at].body;
    let nested = functions.iter().any(|other| {
        let other = &other.body;
        other != own && other.start <= own.start && own.end <= other.end
    });
    !nested && !refused.functions.contains(&(file.to_owned(), own.start))
}

fn choice(text: &str, function: &Function, number: usize, mutants: &[Change<'_>]) -> String {
    let body = &text[function.body.clone()];
    // Several types cannot be one `impl`, but one box.
    let (open, close) = match &function.returns_impl {
        None => (String::new(), String::new()),
        Some(bounds) => {
            let bounds = &text[bounds.clone()];
            let lasts = if bounds.contains("+ '") { "" } else { " + '_" };
            (
                "::std::boxed::Box::new(".to_owned(),
                format!(") as ::std::boxed::Box<dyn {bounds}{lasts}>"),
            )
        }
    };
    let mut woven = format!("{{ match crate::chosen({number}) {{\n");
    for (mutant, change, range) in mutants {
        let changed = change.applied(body, function.body.start, range);
        woven.push_str(&format!(
            "{MUTANT}{mutant}\n{mutant} => {open}{changed}{close},\n{END}\n"
        ));
    }
    woven.push_str(&format!(
        "{OWN}{number}\n_ => {open}{body}{close},\n{END}\n}} }}"
    ));
    woven
}

/// The root of the woven crate: the crate's own `text`, and what choices ask.
pub(crate) fn root(text: &str, choices: usize) -> String {
    format!("{ALLOWED}\n{text}\nconst CHOICES: usize = {choices};\n{ASKED}")
}

/// The woven crate is not for people, and what its mutants do is no reason to warn.
const ALLOWED: &str = r#"#![allow(
    warnings, arithmetic_overflow, unconditional_panic,
    reason = "mutants may do all that"
)]"#;

/// Says which mutant is wanted, and takes down which functions were passed through.
const ASKED: &str = r#"
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
static PASSED: [AtomicBool; CHOICES] = [const { AtomicBool::new(false) }; CHOICES];
static MUTANT: std::sync::LazyLock<u32> = std::sync::LazyLock::new(|| {
    let given = std::env::var("MUTANT").ok();
    given.and_then(|own| own.parse().ok()).unwrap_or(u32::MAX)
});
static TOLD: std::sync::LazyLock<Option<std::fs::File>> = std::sync::LazyLock::new(|| {
    std::env::var_os("PASSES").and_then(|path| std::fs::File::create(path).ok())
});
#[inline]
pub fn chosen(function: usize) -> u32 {
    if !PASSED[function].load(Relaxed) {
        first(function);
    }
    *MUTANT
}
#[cold]
fn first(function: usize) {
    use std::io::Write;
    if !PASSED[function].swap(true, Relaxed) {
        if let Some(mut told) = TOLD.as_ref() {
            let _ = told.write_all(format!("{function}\n").as_bytes());
        }
    }
}
"#;

#[cfg(test)]
mod tests {
    use super::*;

    fn mutant(line: usize, columns: [usize; 2], replacement: &str) -> Mutant {
        let [start, end] = columns;
        serde_json::from_value(serde_json::json!({
            "name": "a change",
            "file": "src/a.rs",
            "replacement": replacement,
            "span": {
                "start": { "line": line, "column": start },
                "end": { "line": line, "column": end },
            },
        }))
        .unwrap()
    }

    const TEXT: &str = "const LIMIT: u8 = 1 + 2;\n\
                        const fn older(a: u8) -> bool { a > LIMIT }\n";

    fn woven(refused: &Refused) -> (String, Vec<Choice>, Vec<usize>) {
        let (outside, within) = (mutant(1, [21, 22], "-"), mutant(2, [35, 36], ">="));
        let mutants = [(4, &outside), (9, &within)];
        let (mut choices, mut single) = (Vec::new(), Vec::new());
        let text = weave(
            "src/a.rs",
            TEXT,
            &mutants,
            refused,
            &mut choices,
            &mut single,
        );
        (text.unwrap(), choices, single)
    }

    #[test]
    fn a_function_begins_with_a_choice() {
        let (text, choices, single) = woven(&Refused::default());
        assert!(text.starts_with(
            "const LIMIT: u8 = 1 + 2;\n fn older(a: u8) -> bool { match crate::chosen(0) {"
        ));
        assert!(text.contains("\n9 => { a >=  LIMIT },\n"), "{text}");
        assert!(text.contains("\n_ => { a > LIMIT },\n"), "{text}");
        assert_eq!(choices[0].mutants, [9]);
        assert_eq!(single, [4], "what is outside functions is tried by itself");
    }

    #[test]
    fn what_was_refused_is_left_as_it_is() {
        let mut refused = Refused::default();
        refused.mutants.insert(9);
        assert_eq!(woven(&refused).0, TEXT);
        let mut refused = Refused::default();
        let body = TEXT.find('{').unwrap();
        refused.functions.insert(("src/a.rs".to_owned(), body));
        let (text, _, single) = woven(&refused);
        assert_eq!((text.as_str(), single), (TEXT, vec![4, 9]));
    }

    #[test]
    fn several_iterators_are_one_box() {
        let text = "fn all() -> impl Iterator<Item = u8> { 0..3 }\n";
        let change = mutant(1, [40, 41], "1");
        let (mut choices, mut single) = (Vec::new(), Vec::new());
        let refused = Refused::default();
        let mutants = [(0, &change)];
        let woven = weave(
            "src/a.rs",
            text,
            &mutants,
            &refused,
            &mut choices,
            &mut single,
        )
        .unwrap();
        let boxed = "::std::boxed::Box::new({ 1 ..3 }) as \
                     ::std::boxed::Box<dyn Iterator<Item = u8> + '_>";
        assert!(woven.contains(boxed), "{woven}");
    }
}
