//! Questions about what was promised over time: durability, exclusivity, and
//! what a session sees.

use crate::model::{Judgement, KindCoverage, Rule, Verdict};

use super::outcome::Outcome;
use super::scale_verdicts;
use super::tolerances::Tolerances;
use super::unknown;

type Answer = (Verdict, String);

/// The rules of this family.
const RULES: [Rule; 5] = [
    Rule::LostWrite,
    Rule::SessionRollback,
    Rule::StaleRead,
    Rule::DoubleBooking,
    Rule::PhantomWrite,
];

/// What is asked of every campaign: a violation fails it, whether a step asks
/// or not. Lost writes do not when a step tolerates as many.
pub(super) fn always(outcome: &Outcome, tolerances: &Tolerances) -> Option<Judgement> {
    let tolerated = tolerates_losses(outcome, tolerances);
    let rules: Vec<Rule> = RULES
        .into_iter()
        .filter(|rule| *rule != Rule::LostWrite || !tolerated)
        .collect();
    let (reason, count) = violations(outcome, &rules)?;
    (count > 0).then(|| Judgement {
        question: "the service keeps what it acknowledged".to_owned(),
        verdict: Verdict::Fail,
        reason,
        place: None,
    })
}

/// Whether a step tolerates all lost writes: so many of their kind, or so long
/// before an outage.
fn tolerates_losses(outcome: &Outcome, tolerances: &Tolerances) -> bool {
    let in_time = tolerances
        .lost_span
        .is_some_and(|limit| scale_verdicts::lost_span(outcome, limit).0 == Verdict::Pass);
    let kinds = &outcome.coverage.consistency.kinds;
    let counted: u64 = kinds.values().map(|counts| counts.lost).sum();
    let few = kinds.iter().all(|(kind, counts)| {
        let most = tolerances.lost.get(&**kind).copied().unwrap_or(0);
        counts.lost <= most
    });
    // What is lost and of no kind, such as an element of a list, is tolerated
    // by no count.
    in_time || (few && counted >= outcome.violations_of(Rule::LostWrite))
}

/// At most `most` saved things of `kind` are lost. What else durability asks
/// for has to hold as well.
pub(super) fn losses(outcome: &Outcome, kind: &str, declared: bool, most: u64) -> Answer {
    let counts = outcome.coverage.consistency.of(kind);
    let (verdict, reason) = durability(outcome, kind, declared);
    let asked = format!("{reason}; at most {most} tolerated");
    if counts.lost == 0 || counts.lost > most || !declared {
        return (verdict, asked);
    }
    match unread(&counts) {
        Some(unread) => (
            Verdict::Inconclusive,
            format!("{asked}; {unread:.1} % of what was acknowledged could not be read back"),
        ),
        None => (Verdict::Pass, asked),
    }
}

/// The violations of `rules`, in words; `None` without any.
fn violations(outcome: &Outcome, rules: &[Rule]) -> Option<(String, u64)> {
    let counts: Vec<(Rule, u64)> = rules
        .iter()
        .map(|rule| (*rule, outcome.violations_of(*rule)))
        .filter(|(_, count)| *count > 0)
        .collect();
    if counts.is_empty() {
        return None;
    }
    let told: Vec<String> = counts
        .iter()
        .map(|(rule, count)| format!("{count} {rule}"))
        .collect();
    let first = outcome
        .findings
        .iter()
        .find(|finding| rules.contains(&finding.rule))
        .map_or_else(String::new, |finding| {
            format!("; first: {}", finding.message)
        });
    let count = counts.iter().map(|(_, count)| count).sum();
    Some((format!("{}{first}", told.join(", ")), count))
}

/// No saved thing of `kind` is lost.
pub(super) fn durability(outcome: &Outcome, kind: &str, declared: bool) -> Answer {
    let counts = outcome.coverage.consistency.of(kind);
    if counts.lost > 0 {
        let first = outcome
            .findings
            .iter()
            .find(|finding| finding.rule == Rule::LostWrite)
            .map_or_else(String::new, |finding| {
                format!("; first: {}", finding.message)
            });
        let known = counts.lost + counts.read_back + counts.gone;
        return (
            Verdict::Fail,
            format!("{} of {known} lost{first}", counts.lost),
        );
    }
    let figures = figures(&counts);
    if counts.saved == 0 {
        let why = format!(
            "nothing of kind \"{kind}\" was acknowledged as saved; declare it behind its request: \
             `\"{kind}\" \"{{{{ user.kept.ID }}}}\" of the user is saved`"
        );
        return (Verdict::Inconclusive, why);
    }
    if !declared {
        let why = format!(
            "no step says how a \"{kind}\" is read back: `saved \"{kind}\" are listed by GET …`"
        );
        return (Verdict::Inconclusive, why);
    }
    if counts.read_back + counts.gone == 0 {
        return (
            Verdict::Inconclusive,
            format!("nothing could be read back; {figures}"),
        );
    }
    if let Some(unread) = unread(&counts) {
        return (
            Verdict::Inconclusive,
            format!(
                "{unread:.1} % of what was acknowledged could not be read back: users could not be \
                 asked, or the answer does not show everything (for further pages, say `the list \
                 of saved \"{kind}\" goes on at …`); {figures}"
            ),
        );
    }
    (Verdict::Pass, figures)
}

/// The share of what was acknowledged and could not be read back, in percent,
/// when it is too large to say that nothing is lost.
pub(super) fn unread(counts: &KindCoverage) -> Option<f64> {
    let known = counts.read_back + counts.gone + counts.lost;
    unknown::too_much(counts.not_read_back, known)
}

fn figures(counts: &KindCoverage) -> String {
    format!(
        "{} acknowledged as saved and {} as deleted; after the load {} were there and {} gone, as \
         they should be; {} of unknown outcome, {} not read back",
        counts.saved,
        counts.deleted,
        counts.read_back,
        counts.gone,
        counts.indeterminate,
        counts.not_read_back
    )
}

/// Nothing of `kind` belongs to two users.
pub(super) fn exclusivity(outcome: &Outcome, kind: &str) -> Answer {
    let counts = outcome.coverage.consistency.of(kind);
    if counts.doubled > 0
        && let Some((reason, _)) = violations(outcome, &[Rule::DoubleBooking])
    {
        return (Verdict::Fail, reason);
    }
    let figures = format!(
        "{} given, {} refused, {} wanted by several users",
        counts.claimed, counts.refused, counts.contended
    );
    if counts.claimed == 0 {
        let why = format!(
            "no \"{kind}\" was acknowledged as given to anybody; declare it behind its request: \
             `\"{kind}\" \"{{{{ user.kept.ID }}}}\" now belongs to the user`"
        );
        return (Verdict::Inconclusive, why);
    }
    if counts.contended == 0 {
        return (
            Verdict::Inconclusive,
            format!("no two users ever wanted the same; {figures}"),
        );
    }
    (Verdict::Pass, figures)
}

/// Every user reads their own writes.
pub(super) fn own_writes(outcome: &Outcome) -> Answer {
    let rules = [Rule::SessionRollback, Rule::StaleRead];
    if let Some((reason, _)) = violations(outcome, &rules) {
        return (Verdict::Fail, reason);
    }
    let seen = &outcome.coverage.consistency;
    let figures = format!(
        "{} reads showed what was acknowledged before, {} could not be judged",
        seen.decisive_reads, seen.ambiguous_reads
    );
    if seen.decisive_reads == 0 {
        return (
            Verdict::Inconclusive,
            format!("no read came after an acknowledged write of the same thing; {figures}"),
        );
    }
    (Verdict::Pass, figures)
}
