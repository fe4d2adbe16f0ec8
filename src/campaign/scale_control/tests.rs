use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::sleep;

use crate::campaign::NoRecorder;
use crate::load::RunClock;
use crate::model::{Clock as _, Rate, Timestamp};
use crate::scaling::{EventRecord, Sample, ScaleEvent, ScaleTarget, Timeline};

use super::control::{Limits, ScaleControl};
use super::fake::{Fake, Lie};
use super::refused_by;
use super::triggers::Signs;

/// What became of a campaign of some seconds.
struct Played {
    events: Vec<EventRecord>,
    restored: Result<(), String>,
    samples: Vec<Sample>,
    fake: Arc<Fake>,
}

impl Played {
    /// Why the event is not proven; nothing when it is.
    fn doubt(&self, number: usize) -> String {
        self.events[number].unproven().unwrap_or_default()
    }
}

/// A load for `seconds` with `events`, on paused time. The traffic reaches
/// 20 TPS after 3 s, and every 100 ms something is saved.
async fn play(fake: Fake, events: &[&str], seconds: f64) -> Played {
    let events: Vec<ScaleEvent> = events.iter().map(|text| text.parse().unwrap()).collect();
    let fake = Arc::new(fake);
    let target: Arc<dyn ScaleTarget> = Arc::<Fake>::clone(&fake);
    let (clock, timeline) = (RunClock::new(), Arc::new(Timeline::default()));
    let rate = |now: Timestamp| if now.elapsed().as_secs() < 3 { 10 } else { 20 };
    let saved = move |kind: &str| {
        let millis = u64::try_from(clock.now().elapsed().as_millis()).unwrap();
        if kind == "order" { millis / 100 } else { 0 }
    };
    let control = ScaleControl {
        target,
        timeline: Arc::clone(&timeline),
        recorder: Arc::new(NoRecorder),
        clock,
        limits: Limits {
            max: 20,
            max_kill: 2,
            hold: Duration::from_secs(1),
            deadline: Duration::from_secs(10),
        },
        signs: Signs {
            rate: Arc::new(move |now| Rate::per_second(rate(now)).unwrap()),
            saved: Arc::new(saved),
        },
    };
    let stop = watch::Sender::new(false);
    let scaling = control.start(events, clock.now(), stop.subscribe());
    let traffic = fake.traffic(Arc::clone(&timeline), clock);
    sleep(Duration::from_secs_f64(seconds)).await;
    stop.send_replace(true);
    let restored = scaling.finish().await;
    traffic.abort();
    Played {
        events: timeline.events(),
        restored,
        samples: timeline.samples(),
        fake,
    }
}

#[track_caller]
fn close(event: &EventRecord, seconds: f64) {
    let at = event.requested.elapsed().as_secs_f64();
    assert!((at - seconds).abs() < 0.25, "{} at {at} s", event.kind);
}

#[tokio::test(start_paused = true)]
async fn every_kind_happens_and_is_proven() {
    for event in [
        "scale out to 5 after 3s",
        "scale in to 1 after 3s",
        "scale in to 1 abruptly after 3s",
        "kill 1 after 3s",
        "kill 2 after 3s",
        "rolling replace after 3s",
        "lose zone b after 3s",
        "all down for 2s after 3s",
        "hang 1 for 2s after 3s",
        "flap to 5 after 3s",
        "restart sessions after 3s",
        "no-op after 3s",
    ] {
        let played = play(Fake::new(3, Lie::None), &[event], 12.0).await;
        assert_eq!(played.doubt(0), "", "{event}");
        close(&played.events[0], 3.0);
        assert_eq!(played.restored, Ok(()), "{event}");
        assert_eq!(played.fake.ready(), 3, "{event}");
    }
}

#[tokio::test(start_paused = true)]
async fn who_does_nothing_is_found_out() {
    for (event, why) in [
        (
            "scale out to 5 after 3s",
            "did not become steady within 10s",
        ),
        ("scale in to 1 after 3s", "did not become steady within 10s"),
        (
            "kill 1 after 3s",
            "did not become steady within 10s: 3 ready",
        ),
        ("rolling replace after 3s", "did not become steady"),
        ("lose zone b after 3s", "did not become steady"),
        ("all down for 2s after 3s", "did not become steady"),
        (
            "hang 1 for 2s after 3s",
            "does not tell which instances hang",
        ),
        ("flap to 5 after 3s", "did not become steady"),
        (
            "restart sessions after 3s",
            "sessions is the same as before",
        ),
        ("policy out to 5 after 3s", "did not become steady"),
    ] {
        let played = play(Fake::new(3, Lie::Nothing), &[event], 15.0).await;
        let doubt = played.doubt(0);
        assert!(doubt.contains(why), "{event}: {doubt}");
    }
}

#[tokio::test(start_paused = true)]
async fn other_lies_are_found_out() {
    for (lie, event, why) in [
        (
            Lie::Ghosts,
            "scale in to 1 after 3s",
            "came from removed instances",
        ),
        (
            Lie::Ghosts,
            "kill 1 after 3s",
            "came from removed instances",
        ),
        (
            Lie::Ghosts,
            "rolling replace after 3s",
            "came from removed instances",
        ),
        (Lie::Ghosts, "all down for 2s after 3s", "came from anybody"),
        (Lie::LosesMore, "kill 1 after 3s", "2 instances went away"),
        (
            Lie::Awake,
            "hang 1 for 2s after 3s",
            "came from a hanging instance",
        ),
        (
            Lie::StaysAway,
            "all down for 2s after 3s",
            "did not become steady",
        ),
        (Lie::Refuses, "kill 1 after 3s", "refused: not today"),
        (
            Lie::Restless,
            "no-op after 3s",
            "not steady for 1s before it",
        ),
    ] {
        let played = play(Fake::new(4, lie), &[event], 14.0).await;
        let doubt = played.doubt(0);
        assert!(doubt.contains(why), "{lie:?} {event}: {doubt}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_replaces_the_lost_is_waited_for() {
    let played = play(Fake::new(3, Lie::Heals), &["kill 1 after 3s"], 12.0).await;
    assert_eq!(played.doubt(0), "");
    let event = &played.events[0];
    assert_eq!(event.after.len(), 3);
    assert!(event.time_to_reach().unwrap() >= Duration::from_millis(1_500));
}

#[tokio::test(start_paused = true)]
async fn events_wait_for_each_other_and_say_so() {
    let events = [
        "kill 1 after 3s",
        "scale out to 4 after 3500ms",
        "no-op after 9s",
    ];
    let played = play(Fake::new(3, Lie::None), &events, 14.0).await;
    for number in 0..3 {
        assert_eq!(played.doubt(number), "", "{number}");
    }
    let [kill, out, nothing] = played.events.as_slice() else {
        panic!("{:?}", played.events)
    };
    assert!(out.requested >= kill.settled.unwrap());
    let late = out.late.unwrap();
    assert!(late >= Duration::from_millis(500), "{late:?}");
    assert_eq!((kill.late, nothing.late), (None, None));
    close(nothing, 9.0);
    assert_eq!(kill.closed, Some(out.requested));
}

#[tokio::test(start_paused = true)]
async fn triggers_are_times_rates_responses_and_saved_things() {
    for (event, at) in [
        ("kill 1 when the traffic reaches 20 TPS", 3.0),
        // One each 20 ms.
        ("kill 1 after 200 responses", 4.0),
        ("kill 1 when 25 order are saved", 2.5),
    ] {
        let played = play(Fake::new(3, Lie::None), &[event], 9.0).await;
        assert_eq!(played.doubt(0), "", "{event}");
        close(&played.events[0], at);
    }
    // A trigger that came while another event was under way.
    let events = [
        "kill 1 after 100 responses",
        "scale out to 4 when 25 order are saved",
    ];
    let played = play(Fake::new(3, Lie::None), &events, 9.0).await;
    assert!(played.events[1].late.is_some());
    let played = play(
        Fake::new(3, Lie::None),
        &["kill 1 when 9 bill are saved"],
        5.0,
    )
    .await;
    let doubt = played.doubt(0);
    assert!(
        doubt.contains("ended before its moment came (when 9 bill are saved)"),
        "{doubt}"
    );
    assert!(played.fake.log().is_empty());
}

#[tokio::test(start_paused = true)]
async fn limits_hold_at_the_moment_of_the_event() {
    for (event, why) in [
        ("kill 3 after 3s", "all of the 3 instances"),
        ("hang 3 for 1s after 3s", "all of the 3 instances"),
        ("lose zone q after 3s", "no instance is in zone q"),
        ("scale out to 21 after 3s", "`scaling.max` = 20"),
        ("scale out to 3 after 3s", "there were 3 instances already"),
        ("scale in to 3 after 3s", "there were only 3 instances"),
    ] {
        let played = play(Fake::new(3, Lie::None), &[event], 6.0).await;
        let doubt = played.doubt(0);
        assert!(doubt.contains(why), "{event}: {doubt}");
        assert_eq!(played.fake.ready(), 3);
    }
    for event in ["lose zone a after 3s", "scale in to 1 abruptly after 3s"] {
        let played = play(Fake::new(6, Lie::None), &[event], 6.0).await;
        let doubt = played.doubt(0);
        assert!(doubt.contains("`scaling.max-kill` = 2"), "{event}: {doubt}");
        assert_eq!(played.fake.ready(), 6);
    }
    // Gracefully, nothing is lost.
    let played = play(Fake::new(6, Lie::None), &["scale in to 1 after 3s"], 9.0).await;
    assert_eq!(played.doubt(0), "");
}

#[tokio::test(start_paused = true)]
async fn responses_that_tell_no_instance_prove_nothing() {
    let fake = Fake::new(3, Lie::None);
    let played = play(fake.silent(), &["kill 1 after 3s"], 8.0).await;
    assert!(played.doubt(0).contains("`instance.header`"));
}

#[tokio::test(start_paused = true)]
async fn the_service_is_brought_back_whenever_the_load_ends() {
    // In the middle of an outage, of a hang, of a scale-out.
    for (event, log) in [
        (
            "all down for 60s after 3s",
            vec!["stop", "start 3", "restore 3"],
        ),
        (
            "hang 1 for 60s after 3s",
            vec!["hang Count(1)", "resume", "restore 3"],
        ),
        ("scale out to 5 after 3s", vec!["set 5", "restore 3"]),
    ] {
        let played = play(Fake::new(3, Lie::None), &[event], 3.2).await;
        assert_eq!(played.fake.log(), log, "{event}");
        assert_eq!(played.restored, Ok(()), "{event}");
        assert_eq!(played.fake.ready(), 3, "{event}");
        assert!(played.events[0].requested.elapsed() < Duration::from_secs(4));
    }
    // What fails does not keep the rest from being done, and is tried again.
    for (lie, event, log) in [
        (
            Lie::StaysStopped,
            "all down for 60s after 3s",
            vec!["stop", "start 3", "start 3", "restore 3"],
        ),
        (
            Lie::ComesRoundLate,
            "scale out to 5 after 3s",
            vec!["set 5", "restore 3", "restore 3", "restore 3"],
        ),
    ] {
        let played = play(Fake::new(3, lie), &[event], 3.2).await;
        assert_eq!(played.fake.log(), log, "{event}");
        assert_eq!(played.restored, Ok(()), "{event}");
        assert_eq!(played.fake.ready(), 3, "{event}");
    }
    // Nothing was done, so nothing is undone.
    let played = play(Fake::new(3, Lie::None), &["no-op after 3s"], 6.0).await;
    assert!(played.fake.log().is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_service_that_stays_away_is_told() {
    let played = play(
        Fake::new(3, Lie::StaysAway),
        &["all down for 1s after 3s", "kill 1 after 5s"],
        30.0,
    )
    .await;
    let why = played.restored.unwrap_err();
    assert!(
        why.contains("could not be brought back to 3 instances")
            && why.contains("out of order; there are 0 ready"),
        "{why}"
    );
    // Nothing is done to a service that is not steady.
    let doubt = played.events[1].unproven().unwrap();
    assert!(
        doubt.starts_with("not made: the service was not steady"),
        "{doubt}"
    );
}

#[tokio::test(start_paused = true)]
async fn numbers_are_kept_over_time() {
    let played = play(Fake::new(2, Lie::None), &["scale out to 4 after 3s"], 8.0).await;
    let mut ready: Vec<u32> = played.samples.iter().map(|own| own.ready).collect();
    ready.dedup();
    assert_eq!(ready, [2, 4]);
    let starting = played.samples.iter().any(|own| own.starting == 2);
    assert!(starting && played.samples.len() < 30);
}

#[tokio::test(start_paused = true)]
async fn targets_are_asked_what_they_can_do() {
    let fake = Fake::new(3, Lie::None);
    for (event, why) in [
        (
            "restart database after 3s",
            "no part `database`; it has sessions",
        ),
        (
            "lose zone q after 3s",
            "no instance in zone `q`; the zones are a, b",
        ),
        ("kill 3 after 3s", "there are 3 instances"),
    ] {
        let (_, told) = refused_by(&fake, &[event.parse().unwrap()], false)
            .await
            .unwrap();
        assert!(told.contains(why), "{event}: {told}");
    }
    let fine = "restart sessions after 3s".parse().unwrap();
    assert!(refused_by(&fake, &[fine], false).await.is_none());
    // A policy may have added some by then.
    let fine = "kill 3 after 3s".parse().unwrap();
    assert!(refused_by(&fake, &[fine], true).await.is_none());
}
