use std::time::Duration;

use crate::model::{InstanceId, Timestamp};
use crate::scaling::{
    EventKind, InstanceState, Lives, Observed, Receipt, Removal, Seen, Snapshot, Timeline,
};

fn at(millis: u64) -> Timestamp {
    Timestamp::after(Duration::from_millis(millis))
}

/// `n1/a`, or `n1` of an unknown incarnation.
fn instance(text: &str) -> InstanceId {
    let (name, incarnation) = text.split_once('/').unwrap_or((text, ""));
    InstanceId {
        name: name.to_owned(),
        incarnation: incarnation.to_owned(),
    }
}

fn ready(names: &str) -> Snapshot {
    let ready = |name| Observed::new(instance(name), InstanceState::Ready);
    Snapshot {
        desired: None,
        instances: names.split_whitespace().map(ready).collect(),
    }
}

/// An event at 100 ms, steady at 200 ms, between the responses of some
/// instances.
struct Story {
    kind: EventKind,
    before: &'static str,
    after: &'static str,
    victims: &'static str,
    /// Who answers before, in the time of the hold, after the request, and
    /// when it is steady.
    answers: [&'static str; 4],
    /// The status of what is answered in the hold.
    status: Option<u16>,
    lives: Option<[&'static str; 2]>,
}

impl Story {
    fn of(kind: EventKind, before: &'static str, after: &'static str) -> Self {
        Self {
            kind,
            before,
            after,
            victims: "",
            answers: [before, "", "", after],
            status: Some(200),
            lives: None,
        }
    }

    fn victims(self, victims: &'static str) -> Self {
        Self { victims, ..self }
    }

    fn answers(self, answers: [&'static str; 4]) -> Self {
        Self { answers, ..self }
    }

    /// Why it is not proven, or nothing.
    fn doubt(self) -> String {
        let timeline = Timeline::default();
        let see = |names: &str, status, sent, done| {
            for name in names.split_whitespace() {
                let id = instance(name);
                timeline.saw(&Seen {
                    instance: (name != "?").then_some(&id),
                    status,
                    sent: at(sent),
                    done: at(done),
                });
            }
        };
        let [early, held, during, late] = self.answers;
        see(early, Some(200), 10, 20);
        let number = timeline.requested(self.kind.clone(), None, at(100), &ready(self.before));
        timeline.accepted(number, at(101));
        timeline.told(
            number,
            &Receipt {
                lives: self.lives.map(|[was, is]| Lives {
                    was: was.to_owned(),
                    is: is.to_owned(),
                }),
                ..Receipt::default()
            },
        );
        let victims = self.victims.split_whitespace().map(instance).collect();
        timeline.victims(number, victims);
        if matches!(
            self.kind,
            EventKind::AllDown { .. } | EventKind::Hang { .. }
        ) {
            timeline.held(number, at(110));
            // Sent in the hold, answered by nobody.
            if self.status != Some(0) {
                timeline.saw(&Seen {
                    instance: None,
                    status: None,
                    sent: at(111),
                    done: at(300),
                });
            }
            see(held, self.status.map(|status| status.max(200)), 120, 130);
            timeline.let_go(number, at(140));
        }
        see(during, Some(200), 150, 160);
        timeline.settled(number, at(180), at(200), &ready(self.after));
        see(late, Some(200), 250, 260);
        timeline.events()[0].unproven().unwrap_or_default()
    }
}

#[track_caller]
fn check(story: Story, why: &str) {
    let kind = story.kind.clone();
    let doubt = story.doubt();
    if why.is_empty() {
        assert_eq!(doubt, "", "{kind}");
    } else {
        assert!(doubt.contains(why), "{kind}: `{doubt}`");
    }
}

const OUT: EventKind = EventKind::ScaleOut { to: 3 };
const KILL: EventKind = EventKind::Kill { count: 1 };
const IN: EventKind = EventKind::ScaleIn {
    to: 1,
    removal: Removal::Graceful,
};
const DOWN: EventKind = EventKind::AllDown {
    lasting: Duration::from_millis(30),
};
const HANG: EventKind = EventKind::Hang {
    count: 1,
    lasting: Duration::from_millis(30),
};

#[test]
fn scaling_out_brings_instances_that_answer() {
    let story = || Story::of(OUT, "n1/a n2/b", "n1/a n2/b n3/c");
    check(story(), "");
    check(
        story().answers(["n1/a", "", "", "n1/a n2/b"]),
        "no response came from a new instance",
    );
    // Two come, and one of them never serves.
    let two = || Story::of(OUT, "n1/a", "n1/a n2/b n3/c");
    check(two(), "");
    check(two().answers(["n1/a", "", "n3/c", "n1/a n2/b"]), "");
    check(
        two().answers(["n1/a", "", "", "n1/a n2/b"]),
        "1 of 2 new instances did not answer while it was looked: n3/c",
    );
    // It says yes, and does nothing.
    check(Story::of(OUT, "n1/a", "n1/a"), "no new instance appeared");
    check(
        Story::of(EventKind::Flap { to: 3 }, "n1/a", "n1/a n2/b"),
        "",
    );
    check(
        Story::of(EventKind::PolicyOut { to: 2 }, "n1/a", "n1/a n2/b"),
        "",
    );
}

#[test]
fn scaling_in_leaves_instances_that_are_silent() {
    let story = || Story::of(IN, "n1/a n2/b", "n1/a");
    check(story(), "");
    check(
        story().answers(["n1/a", "", "", "n1/a"]),
        "none of the removed instances was ever seen",
    );
    // The control plane shows it gone, and it answers.
    check(
        story().answers(["n1/a n2/b", "", "", "n1/a n2/b"]),
        "1 responses came from removed instances",
    );
    check(
        story().answers(["n1/a n2/b", "", "n1/a", ""]),
        "no response came afterwards",
    );
    check(Story::of(IN, "n1/a", "n1/a"), "no instance was removed");
    check(
        Story::of(EventKind::PolicyIn { to: 1 }, "n1/a n2/b", "n1/a"),
        "",
    );
}

#[test]
fn a_kill_takes_as_many_as_were_asked_for_and_no_others() {
    let story = || Story::of(KILL, "n1/a n2/b n3/c", "n2/b n3/c").victims("n1/a");
    check(story(), "");
    // Replaced by another life of the same name.
    check(Story::of(KILL, "n1/a n2/b", "n1/z n2/b"), "");
    check(
        Story::of(KILL, "n1/a n2/b n3/c", "n3/c"),
        "2 instances went away (n1/a, n2/b), 1 were to go",
    );
    check(story().victims("n2/b"), "the control plane had taken n2/b");
    check(
        Story::of(KILL, "n1/a n2/b", "n1/a n2/b"),
        "no instance went away",
    );
    check(
        story().answers(["n2/b n3/c", "", "", "n2/b n3/c"]),
        "never seen to answer before: n1/a",
    );
    check(
        story().answers(["n1/a", "", "", "n1/a n2/b"]),
        "1 responses came from removed instances",
    );
    // Without incarnations an instance that comes back looks like the old one.
    check(Story::of(KILL, "n1 n2", "n1 n2"), "no instance went away");
    let zone = EventKind::ZoneLoss {
        zone: "a".to_owned(),
    };
    check(
        Story::of(zone.clone(), "n1/a n2/b n3/c", "n2/b").victims("n1/a n3/c"),
        "",
    );
    check(Story::of(zone, "n1/a n2/b", "n2/b"), "nothing was selected");
}

#[test]
fn a_rolling_replace_leaves_no_old_instance() {
    let story = || Story::of(EventKind::RollingReplace, "n1/a n2/b", "n3/c n4/d");
    check(story(), "");
    check(
        Story::of(EventKind::RollingReplace, "n1/a n2/b", "n1/a n3/c"),
        "not replaced: n1/a",
    );
    check(
        story().answers(["n1/a n2/b", "", "n3/c", "n3/c"]),
        "no response came from the new instances n4/d",
    );
    check(
        story().answers(["n1/a n2/b", "", "", "n1/a n3/c n4/d"]),
        "1 responses came from removed instances",
    );
}

#[test]
fn an_outage_is_silent_and_ends() {
    let story = || Story::of(DOWN, "n1/a n2/b", "n1/c n2/d");
    check(story(), "");
    check(
        story().answers(["n1/a", "n2/b", "", "n1/c"]),
        "1 responses came from anybody",
    );
    // The balancer says that nobody is there.
    let refused = Story {
        status: Some(503),
        ..story().answers(["n1/a", "?", "", "n1/c"])
    };
    check(refused, "");
    check(
        Story::of(DOWN, "n1/a n2/b", "n1/a n2/d"),
        "n1/a was never stopped",
    );
    check(story().answers(["n1/a", "", "", ""]), "no response");
    let unasked = Story {
        status: Some(0),
        ..story()
    };
    check(unasked, "nothing was sent while it lasted");
}

#[test]
fn who_hangs_does_not_answer() {
    let story = || Story::of(HANG, "n1/a n2/b", "n1/a n2/b").victims("n1/a");
    check(story(), "");
    check(story().answers(["n1/a", "n2/b", "", "n1/a"]), "");
    check(
        story().answers(["n1/a", "n1/a", "", "n1/a"]),
        "1 responses came from a hanging instance",
    );
    check(
        story().answers(["n2/b", "", "", "n1/a"]),
        "never seen to answer before: n1/a",
    );
    // Without a request that waits, many answers of others tell as much.
    let few = |others: &'static str| Story {
        status: Some(0),
        ..story().answers(["n1/a", others, "", "n1/a"])
    };
    check(few("n2/b n2/b n2/b"), "3 answers of others are too few");
    check(few("n2/b n2/b n2/b n2/b n2/b n2/b n2/b"), "");
    check(story().victims(""), "does not tell which instances hang");
    check(story().victims("n1/a n2/b"), "2 instances hung, 1 were");
}

#[test]
fn a_restart_is_proven_by_the_part() {
    let kind = EventKind::Restart {
        part: "sessions".to_owned(),
    };
    let story = || Story::of(kind.clone(), "n1/a", "n1/a");
    for (lives, why) in [
        (None, "no proof that sessions was restarted"),
        (Some(["5", "7"]), ""),
        (
            Some(["5", "5"]),
            "sessions is the same as before, by the control plane's word (5)",
        ),
        (
            Some(["", "7"]),
            "does not tell sessions before from sessions after",
        ),
        (
            Some(["5", ""]),
            "does not tell sessions before from sessions after",
        ),
    ] {
        check(Story { lives, ..story() }, why);
    }
}

#[test]
fn nothing_happens_when_nothing_is_asked_for() {
    check(Story::of(EventKind::NoOp, "n1/a", "n1/a"), "");
    check(
        Story::of(EventKind::NoOp, "n1/a n2/b", "n1/a"),
        "instances came or went though nothing was asked for: n2/b",
    );
}

#[test]
fn responses_have_to_tell_who_answered() {
    let story = Story::of(OUT, "n1/a", "n1/a n2/b").answers(["?", "", "?", "? ?"]);
    check(story, "`instance.header`");
}

#[test]
fn what_the_next_event_does_is_not_held_against_the_one_before() {
    let timeline = Timeline::default();
    let out = timeline.requested(IN, None, at(100), &ready("n1 n2"));
    timeline.answered(&instance("n2"), at(10), at(20));
    timeline.settled(out, at(150), at(200), &ready("n1"));
    timeline.answered(&instance("n1"), at(210), at(220));
    // Of an unknown incarnation: it could be the old one.
    let kind = EventKind::ScaleOut { to: 2 };
    timeline.requested(kind, None, at(300), &ready("n1"));
    timeline.answered(&instance("n2"), at(310), at(320));
    assert_eq!(timeline.events()[0].answers_from_gone, 0);
    assert_eq!(timeline.events()[1].new_answered.len(), 1);
}

#[test]
fn the_last_of_the_first_answers_is_told() {
    let timeline = Timeline::default();
    let out = timeline.requested(OUT, None, at(100), &ready("n1/a"));
    for (name, done) in [
        // Gone again before it was over.
        ("n9/z", 110),
        ("n2/b", 130),
        ("n2/b", 170),
        ("n3/c", 160),
    ] {
        timeline.answered(&instance(name), at(done - 5), at(done));
    }
    timeline.settled(out, at(150), at(200), &ready("n1/a n2/b n3/c n4/d"));
    timeline.answered(&instance("n4/d"), at(250), at(260));
    let event = &timeline.events()[0];
    let millis = Duration::from_millis;
    assert_eq!(event.time_to_first_answer(), Some(millis(30)));
    assert_eq!(event.time_to_all_answered(), Some(millis(160)));
}
