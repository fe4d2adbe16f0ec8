//! The run as it goes, for who waits for it.

use std::collections::BTreeSet;
use std::fmt;
use std::io::{self, Write};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::campaign::{Outcome, Phase, Recorder, RunEvent};
use crate::metrics::Second;
use crate::model::{Finding, Rule, Timestamp};

use super::clean::plain;
use super::figures::{count, of};
use super::finding_text::one_line;
use super::timeline::name;

/// How often a log is told how the load goes.
const CALM: Duration = Duration::from_secs(10);

/// How often the line on a terminal moves.
const TICK: Duration = Duration::from_millis(200);

/// Shows a run on standard error: one moving line on a terminal, few lasting
/// lines in a log.
#[derive(Debug)]
pub struct Progress {
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    display: Display,
    campaign: Shown,
}

/// Where it is shown.
enum Display {
    /// A terminal, with the line of the campaign that runs.
    Terminal(Option<ProgressBar>),
    /// A log.
    Log(Box<dyn Write + Send>),
}

impl fmt::Debug for Display {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Terminal(_) => "Terminal",
            Self::Log(_) => "Log",
        })
    }
}

/// What is shown of a campaign.
#[derive(Debug, Default)]
struct Shown {
    label: String,
    phase: Option<Phase>,
    length: Option<Duration>,
    first: Option<Timestamp>,
    told: Option<Timestamp>,
    elapsed: Duration,
    last: Second,
    sent: u64,
    errors: u64,
    findings: u64,
    announced: BTreeSet<Rule>,
}

impl Progress {
    /// Shows the run on standard error, which is a terminal or is not.
    pub fn new(terminal: bool) -> Self {
        if terminal {
            Self::showing(Display::Terminal(None))
        } else {
            Self::to_log(Box::new(io::stderr()))
        }
    }

    /// Writes lasting lines to `log`.
    pub fn to_log(log: Box<dyn Write + Send>) -> Self {
        Self::showing(Display::Log(log))
    }

    fn showing(display: Display) -> Self {
        Self {
            state: Mutex::new(State {
                display,
                campaign: Shown::default(),
            }),
        }
    }
}

impl Recorder for Progress {
    fn record(&self, event: &RunEvent<'_>) {
        // Most events by far, and nothing to show.
        let silent = match event {
            RunEvent::Judged { findings, .. } => findings.is_empty(),
            RunEvent::Announced(_) => true,
            _ => false,
        };
        if silent {
            return;
        }
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        match event {
            RunEvent::CampaignStarted {
                scenario,
                place,
                number: (number, all),
                load,
                notes,
                ..
            } => {
                let label = format!("[{number}/{all}] {scenario}");
                state.start(&label, &format!("{label}  {place}: {load}"));
                for note in *notes {
                    state.say(&format!("note: {note}"));
                }
            }
            RunEvent::Phase { phase, length } => state.enter(*phase, *length),
            RunEvent::Judged { findings, .. } => state.announce(findings),
            RunEvent::Announced(_) => {}
            RunEvent::Second { begin, second } => state.second(*begin, *second),
            RunEvent::Scaled(event) => {
                let what = match (&event.failure, event.settled, event.reached) {
                    (Some(failure), ..) => format!("failed: {failure}"),
                    (None, Some(settled), _) => format!("steady at {settled}"),
                    (None, None, _) if event.accepted.is_some() => "did not become steady".into(),
                    (None, None, _) => format!("asked at {}", event.requested),
                };
                state.say(&format!("scale event: {}, {what}", event.kind));
            }
            RunEvent::CampaignFinished(outcome) => state.finish(outcome),
        }
    }
}

impl State {
    fn start(&mut self, label: &str, line: &str) {
        self.campaign = Shown {
            label: label.to_owned(),
            ..Shown::default()
        };
        self.say(line);
        if let Display::Terminal(bar) = &mut self.display {
            let new = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
            if let Ok(style) = ProgressStyle::with_template("{spinner} {wide_msg}") {
                new.set_style(style);
            }
            new.enable_steady_tick(TICK);
            *bar = Some(new);
        }
    }

    fn enter(&mut self, phase: Phase, length: Option<Duration>) {
        let shown = &mut self.campaign;
        shown.phase = Some(phase);
        if phase == Phase::Load {
            shown.length = length;
        }
        let length = length.map_or_else(String::new, |length| {
            let most = if matches!(phase, Phase::Drain | Phase::ReadBack) {
                "at most "
            } else {
                ""
            };
            format!(", {most}{}", humantime::format_duration(length))
        });
        if let Display::Log(_) = self.display {
            self.say(&format!("{}: {}{length}", self.campaign.label, name(phase)));
        }
        self.move_line();
    }

    fn second(&mut self, begin: Timestamp, second: Second) {
        let shown = &mut self.campaign;
        let first = *shown.first.get_or_insert(begin);
        shown.elapsed = begin.since(first) + Duration::from_secs(1);
        shown.last = second;
        shown.sent += second.sent;
        shown.errors += second.errors;
        let told = *shown.told.get_or_insert(begin);
        if begin.since(told) >= CALM {
            shown.told = Some(begin);
            let loading = self.campaign.phase == Some(Phase::Load);
            if loading && matches!(self.display, Display::Log(_)) {
                let line = self.campaign.line();
                self.say(&line);
            }
        }
        self.move_line();
    }

    fn announce(&mut self, findings: &[Finding]) {
        for finding in findings {
            self.campaign.findings += 1;
            if self.campaign.announced.insert(finding.rule) {
                self.say(&one_line(finding));
            }
        }
        self.move_line();
    }

    fn finish(&mut self, outcome: &Outcome) {
        if let Display::Terminal(bar) = &mut self.display
            && let Some(bar) = bar.take()
        {
            bar.finish_and_clear();
        }
        let findings = outcome.violations.values().sum();
        let line = format!(
            "{}: {}, {} sent, {}",
            self.campaign.label,
            outcome.verdict,
            count(self.campaign.sent),
            of(findings, "finding")
        );
        self.say(&line);
    }

    fn move_line(&self) {
        if let Display::Terminal(Some(bar)) = &self.display {
            bar.set_message(plain(&self.campaign.line()));
        }
    }

    /// A line that stays. Nobody can be told when telling fails.
    fn say(&mut self, line: &str) {
        let line = plain(line);
        let _ = match &mut self.display {
            Display::Log(log) => writeln!(log, "{line}").and_then(|()| log.flush()),
            Display::Terminal(Some(bar)) => bar.suspend(|| writeln!(io::stderr(), "{line}")),
            Display::Terminal(None) => writeln!(io::stderr(), "{line}"),
        };
    }
}

impl Shown {
    fn line(&self) -> String {
        let phase = self.phase.map_or("", name);
        let length = self.length.map_or_else(String::new, |length| {
            format!(" of {}", humantime::format_duration(length))
        });
        format!(
            "{}: {phase}, {} s{length}, {} sent, {} TPS, {}, {}",
            self.label,
            self.elapsed.as_secs(),
            count(self.sent),
            self.last.sent,
            of(self.findings, "finding"),
            of(self.errors, "error")
        )
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::super::fixture::{at, findings, outcome, swapped, tell};
    use super::*;

    #[derive(Clone, Default)]
    struct Log(Arc<Mutex<Vec<u8>>>);

    impl Write for Log {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_log_stays_calm_and_hears_of_findings_at_once() {
        let log = Log::default();
        let progress = Progress::to_log(Box::new(log.clone()));
        let observations = [swapped(17, 3, 2), swapped(18, 3, 4)];
        tell(&progress, &observations);
        progress.record(&RunEvent::Phase {
            phase: Phase::Load,
            length: Some(Duration::from_secs(20)),
        });
        for second in 0..20 {
            progress.record(&RunEvent::Second {
                begin: at(second * 1_000),
                second: Second {
                    sent: 50,
                    done: 50,
                    errors: u64::from(second == 3),
                },
            });
        }
        progress.record(&RunEvent::CampaignFinished(&outcome(findings(
            &observations,
        ))));
        let text = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
        insta::assert_snapshot!(text, @r#"
        [1/1] Booking  features/booking.feature:12: 50 users, 50 TPS, for 20s
        DATA SWAP user=u000017 saw owner=u000003 field=$['email'] request=GET /me step=features/booking.feature:14 window=during rule=foreign-data
        [1/1] Booking: load, 20s
        [1/1] Booking: load, 11 s of 20s, 550 sent, 50 TPS, 2 findings, 1 error
        [1/1] Booking: FAIL, 1 000 sent, 2 findings
        "#);
    }

    #[test]
    fn a_terminal_that_is_none_is_no_trouble() {
        let progress = Progress::new(true);
        tell(&progress, &[swapped(17, 3, 2)]);
        progress.record(&RunEvent::CampaignFinished(&outcome(Vec::new())));
    }
}
