//! What may be done to the service, told before anything is sent.

use std::net::IpAddr;
use std::time::Duration;

use crate::config::{Environment, Profile, ScaledBy, ScalingConfig, Target};
use crate::model::Place;
use crate::scaling::{
    Capabilities, Capability, Embedded, EventKind, InstanceState, Removal, ScaleEvent, ScaleTarget,
    Snapshot, Trigger,
};

use crate::stack::Stack;

use super::super::settings::{CampaignSettings, Extent};

/// What is known of a target.
#[derive(Debug)]
struct Known {
    name: String,
    capabilities: Capabilities,
    /// The zones it has; `None` when that is not known yet, as with instances.
    zones: Option<Vec<String>>,
    /// The instances before the first event; `None` when that is not known yet, or
    /// when a policy may have changed it by the time an event is due.
    instances: Option<u32>,
}

/// What is wrong with the events of a scenario, as far as the profile tells:
/// each with the step that asks, `None` for the profile's own.
pub(crate) fn foreseen(
    profile: &Profile,
    settings: &CampaignSettings,
) -> Vec<(Option<Place>, String)> {
    let fixed = settings.policy.is_none().then_some(settings.instances);
    let known = match (&profile.target, profile.scaling.by) {
        (Target::Url(target), ScaledBy::Itself) => {
            let event = settings.events.first().map(|event| event.place.clone());
            let asked = event.or_else(|| settings.policy.clone().map(Some));
            let why = format!("{target} cannot be scaled: the profile has no `scaling.by`");
            return asked
                .into_iter()
                .map(|place| (place, why.clone()))
                .collect();
        }
        (Target::Bundled, ScaledBy::Itself) => Some(Known {
            name: Embedded::NAME.to_owned(),
            capabilities: bundled_abilities(settings),
            zones: fixed.map(Embedded::zones),
            instances: fixed,
        }),
        (Target::Stack, ScaledBy::Itself) if profile.stack.data.is_none() => Some(Known {
            name: Stack::NAME.to_owned(),
            capabilities: Stack::abilities(&profile.stack.parts, settings.policy.is_some()),
            zones: fixed.map(Stack::zones),
            instances: fixed,
        }),
        _ => None,
    };
    let mut wrong = Vec::new();
    if let (Some(event), Some(why)) = (settings.events.first(), forbidden(profile)) {
        wrong.push((event.place.clone(), why));
    }
    for event in &settings.events {
        let doubts = [
            out_of_bounds(event, &profile.scaling),
            out_of_time(event, settings),
            too_abrupt(event, profile, settings),
            known
                .as_ref()
                .and_then(|known| impossible(event, known, &settings.events)),
        ];
        let told = |why| (event.place.clone(), format!("`{}`: {why}", event.kind));
        wrong.extend(doubts.into_iter().flatten().map(told));
    }
    wrong
}

/// What `target` cannot do of `events`, whatever it is like when they are due.
pub(crate) fn beyond(
    target: &dyn ScaleTarget,
    events: &[ScaleEvent],
) -> Vec<(Option<Place>, String)> {
    let known = Known {
        name: target.name().to_owned(),
        capabilities: target.capabilities(),
        zones: None,
        instances: None,
    };
    let wrong = events.iter().filter_map(|event| {
        let why = impossible(event, &known, events)?;
        Some((event.place.clone(), format!("`{}`: {why}", event.kind)))
    });
    wrong.collect()
}

/// What the bundled service can do, by a policy as well where it has one.
fn bundled_abilities(settings: &CampaignSettings) -> Capabilities {
    let mut abilities = Embedded::abilities();
    if settings.policy.is_some() {
        abilities.can.insert(Capability::Policy);
    }
    abilities
}

/// What `target`, as it is now, cannot do of `events`; with a `policy` of its
/// own it may be another when they are due.
pub(crate) async fn refused_by(
    target: &dyn ScaleTarget,
    events: &[ScaleEvent],
    policy: bool,
) -> Option<(Option<Place>, String)> {
    if events.is_empty() {
        return None;
    }
    // One that cannot be asked shows when the first event is due.
    let now: Option<Snapshot> = target.observe().await.ok().filter(|_| !policy);
    let known = Known {
        name: target.name().to_owned(),
        capabilities: target.capabilities(),
        zones: now.as_ref().map(|now| {
            let mut zones: Vec<String> = now
                .instances
                .iter()
                .filter_map(|own| own.zone.clone())
                .collect();
            zones.sort();
            zones.dedup();
            zones
        }),
        instances: now.as_ref().map(|now| now.count(InstanceState::Ready)),
    };
    events.iter().find_map(|event| {
        let why = impossible(event, &known, events)?;
        Some((event.place.clone(), format!("`{}`: {why}", event.kind)))
    })
}

/// Why this profile may not scale anything, if it may not.
fn forbidden(profile: &Profile) -> Option<String> {
    let scaling = &profile.scaling;
    let production = profile.kind == Environment::Production;
    let own = match &profile.target {
        Target::Bundled | Target::Stack => true,
        Target::Url(url) => url.host_str().is_some_and(is_loopback),
    };
    if production && !(scaling.allow && scaling.allowed_now) {
        return Some(format!(
            "the profile `{}` is of kind production: scale events need both `scaling.allow = true` \
             in the profile and --allow-scaling",
            profile.name
        ));
    }
    if !own && !scaling.allow && !scaling.allowed_now {
        return Some(format!(
            "{} is not on this machine: scale events need `scaling.allow = true` in the profile \
             `{}`, or --allow-scaling",
            profile.target, profile.name
        ));
    }
    None
}

fn is_loopback(host: &str) -> bool {
    let host = host.trim_matches(['[', ']']);
    host == "localhost"
        || host.ends_with(".localhost")
        || host.parse().is_ok_and(|ip: IpAddr| ip.is_loopback())
}

/// Whether an event goes beyond what the profile permits.
fn out_of_bounds(event: &ScaleEvent, scaling: &ScalingConfig) -> Option<String> {
    if let Some(to) = event.kind.desired()
        && to > scaling.max
    {
        let max = scaling.max;
        return Some(format!(
            "{to} instances are more than `scaling.max` = {max}"
        ));
    }
    let (EventKind::Kill { count } | EventKind::Hang { count, .. }) = event.kind else {
        return None;
    };
    let most = scaling.max_kill;
    (count > most)
        .then(|| format!("{count} instances at once are more than `scaling.max-kill` = {most}"))
}

/// Whether more instances are cut off at once than may be lost, however many
/// there are when it happens.
fn too_abrupt(
    event: &ScaleEvent,
    profile: &Profile,
    settings: &CampaignSettings,
) -> Option<String> {
    let EventKind::ScaleIn { to, removal } = event.kind else {
        return None;
    };
    // How many there are somewhere else is not known yet.
    let ours = match profile.target {
        Target::Bundled => true,
        Target::Stack => profile.stack.data.is_none(),
        Target::Url(_) => false,
    };
    if removal != Removal::Abrupt || !ours || settings.policy.is_some() {
        return None;
    }
    let others = settings.events.iter().filter(|own| **own != *event);
    let asked = others.filter_map(|own| own.kind.desired());
    let least = asked.chain([settings.instances]).min()?;
    let (count, most) = (least.saturating_sub(to), profile.scaling.max_kill);
    (count > most).then(|| {
        format!("{count} instances cut off at once are more than `scaling.max-kill` = {most}")
    })
}

/// Whether an event cannot begin before the load ends.
fn out_of_time(event: &ScaleEvent, settings: &CampaignSettings) -> Option<String> {
    let told = |span: Duration| humantime::format_duration(span).to_string();
    match (&event.trigger, settings.extent) {
        (Trigger::After(after), Extent::Timed(length)) if *after >= length => Some(format!(
            "it would begin after {}, and the load ends after {}",
            told(*after),
            told(length)
        )),
        (Trigger::AtRate(rate), _) if *rate > settings.rate => Some(format!(
            "the traffic does not reach {rate}: it is governed at {}",
            settings.rate
        )),
        _ => None,
    }
}

/// Why the target cannot do it, and what it can do.
fn impossible(event: &ScaleEvent, known: &Known, events: &[ScaleEvent]) -> Option<String> {
    let capabilities = &known.capabilities;
    let mut needs = event.kind.needs().iter();
    if let Some(missing) = needs.find(|need| !capabilities.has(**need)) {
        return Some(format!(
            "{} cannot {missing}; it can {}",
            known.name,
            listed(capabilities.can.iter().map(Capability::to_string))
        ));
    }
    match &event.kind {
        EventKind::Restart { part }
            if !capabilities.parts.is_empty() && !capabilities.parts.contains(part) =>
        {
            Some(format!(
                "{} has no part `{part}`; it has {}",
                known.name,
                listed(capabilities.parts.iter().cloned())
            ))
        }
        EventKind::ZoneLoss { zone } => {
            let zones = known.zones.as_ref()?;
            (!zones.contains(zone)).then(|| {
                format!(
                    "{} has no instance in zone `{zone}`; the zones are {}",
                    known.name,
                    listed(zones.iter().cloned())
                )
            })
        }
        EventKind::Kill { count } | EventKind::Hang { count, .. } => {
            // There can be no more than the most that anybody asks for.
            let asked = events.iter().filter_map(|event| event.kind.desired());
            let most = asked.chain([known.instances?]).max()?;
            (*count >= most).then(|| {
                format!(
                    "there are {most} instances; losing all of them is what \"the whole service \
                     is down\" is for"
                )
            })
        }
        _ => None,
    }
}

fn listed(what: impl Iterator<Item = String>) -> String {
    let all: Vec<String> = what.collect();
    if all.is_empty() {
        return "nothing".to_owned();
    }
    all.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Sources, load};

    fn profile(text: &str) -> Profile {
        let text = format!("[profiles.a]\n{text}");
        load(Sources {
            file: Some(("fpt.toml", &text)),
            environment: &[],
            flags: &[],
            profile: None,
            allow_production: true,
        })
        .unwrap()
    }

    #[test]
    fn a_policy_can_be_an_event_where_there_is_one() {
        let profile = profile("scaling.max = 8");
        let mut settings = CampaignSettings::new(&profile);
        settings.instances = 1;
        settings.set_duration(Duration::from_secs(20));
        settings.events = vec!["policy out to 4 after 5s".parse().unwrap()];
        assert_eq!(foreseen(&profile, &settings).len(), 1);
        settings.policy = Some(Place::new("f", 1));
        assert_eq!(foreseen(&profile, &settings), []);
    }

    #[test]
    fn a_policy_may_have_added_instances_before_some_are_lost() {
        for target in ["bundled", "stack"] {
            let profile = profile(&format!("target = '{target}'"));
            let mut settings = CampaignSettings::new(&profile);
            settings.instances = 1;
            settings.set_duration(Duration::from_secs(90));
            for event in ["kill 1 after 60s", "lose zone b after 60s"] {
                settings.events = vec![event.parse().unwrap()];
                settings.policy = None;
                assert_eq!(foreseen(&profile, &settings).len(), 1, "{target} {event}");
                settings.policy = Some(Place::new("f", 1));
                assert_eq!(foreseen(&profile, &settings), [], "{target} {event}");
            }
        }
    }

    fn wrong(profile: &Profile, events: &[&str]) -> String {
        let mut settings = CampaignSettings::new(profile);
        settings.instances = 3;
        settings.set_duration(Duration::from_secs(20));
        settings.events = events.iter().map(|text| text.parse().unwrap()).collect();
        let all: Vec<String> = foreseen(profile, &settings)
            .into_iter()
            .map(|(_, why)| why)
            .collect();
        all.join("\n")
    }

    #[test]
    fn what_the_bundled_service_cannot_do_is_told_with_what_it_can() {
        let profile = profile("scaling.max = 8\nscaling.max-kill = 3");
        for (event, why) in [
            ("scale out to 4 after 5s", ""),
            ("kill 2 after 5s", ""),
            ("no-op after 5s", ""),
            ("lose zone a after 5s", ""),
            (
                "policy out to 5 after 5s",
                "`policy out to 5`: the bundled service cannot scale by a policy; it can change",
            ),
            ("restart redis after 5s", "cannot restart a part"),
            (
                "lose zone q after 5s",
                "no instance in zone `q`; the zones are a, b",
            ),
            (
                "scale out to 9 after 5s",
                "9 instances are more than `scaling.max` = 8",
            ),
            ("kill 4 after 5s", "more than `scaling.max-kill` = 3"),
            ("kill 3 after 5s", "there are 3 instances; losing all"),
            (
                "kill 1 after 20s",
                "begin after 20s, and the load ends after 20s",
            ),
            (
                "kill 1 when the traffic reaches 51 TPS",
                "the traffic does not reach 51 TPS",
            ),
        ] {
            let told = wrong(&profile, &[event]);
            if why.is_empty() {
                assert_eq!(told, "", "{event}");
            } else {
                assert!(told.contains(why), "{event}: {told}");
            }
        }
        // Scaled out before.
        assert_eq!(
            wrong(&profile, &["scale out to 5 after 5s", "kill 3 after 9s"]),
            ""
        );
    }

    #[test]
    fn abrupt_removals_are_losses() {
        let mut settings = "scaling.max-kill = 1".to_owned();
        for (event, why) in [
            ("scale in to 2 abruptly after 5s", ""),
            ("scale in to 1 after 5s", ""),
            (
                "scale in to 1 abruptly after 5s",
                "2 instances cut off at once are more than `scaling.max-kill` = 1",
            ),
        ] {
            let told = wrong(&profile(&settings), &[event]);
            assert!(
                told.contains(why) && told.is_empty() == why.is_empty(),
                "{event}: {told}"
            );
        }
        // By then there may be fewer.
        let events = ["scale in to 2 after 5s", "scale in to 1 abruptly after 9s"];
        assert_eq!(wrong(&profile(&settings), &events), "");
        settings.push_str("\ntarget = 'http://127.0.0.1:1'\nscaling.by = 'command'\n");
        settings.push_str("scaling.command.run = ['./scale.sh']");
        assert_eq!(
            wrong(&profile(&settings), &["scale in to 1 abruptly after 5s"]),
            ""
        );
    }

    #[test]
    fn what_a_stack_cannot_do_is_told_before_it_is_started() {
        for (parts, event, why) in [
            ("['redis']", "restart redis after 5s", ""),
            ("['redis']", "restart haproxy after 5s", ""),
            ("['redis']", "hang 1 for 1s after 5s", ""),
            (
                "['redis']",
                "restart postgres after 5s",
                "the stack has no part `postgres`; it has haproxy, redis",
            ),
            ("[]", "lose zone d after 5s", "the zones are a, b, c"),
            ("[]", "kill 3 after 5s", "there are 3 instances"),
        ] {
            let text = format!("target = 'stack'\nscaling.max-kill = 3\nstack.parts = {parts}");
            let told = wrong(&profile(&text), &[event]);
            assert!(
                told.contains(why) && told.is_empty() == why.is_empty(),
                "{event}: {told}"
            );
        }
    }

    #[test]
    fn services_of_others_need_permission() {
        let url = |host: &str| {
            format!(
                "target = 'http://{host}/'\nscaling.by = 'command'\n\
                 scaling.command.run = ['./scale.sh']\n"
            )
        };
        let events = ["kill 1 after 5s"];
        for host in ["localhost:1", "127.0.0.1:1", "[::1]:1", "a.localhost"] {
            assert_eq!(wrong(&profile(&url(host)), &events), "", "{host}");
        }
        let mut others = profile(&url("service.test"));
        let told = wrong(&others, &events);
        assert!(told.contains("is not on this machine"), "{told}");
        others.scaling.allowed_now = true;
        assert_eq!(wrong(&others, &events), "");
        let text = url("service.test") + "scaling.allow = true\n";
        assert_eq!(wrong(&profile(&text), &events), "");

        let mut production = profile(&(text + "kind = 'production'\n"));
        let told = wrong(&production, &events);
        assert!(told.contains("of kind production"), "{told}");
        production.scaling.allowed_now = true;
        assert_eq!(wrong(&production, &events), "");
        assert_eq!(wrong(&profile("kind = 'production'"), &[]), "");
    }

    #[test]
    fn a_url_without_anybody_who_scales_it() {
        let told = wrong(
            &profile("target = 'http://127.0.0.1:1'"),
            &["no-op after 1s"],
        );
        assert!(told.contains("has no `scaling.by`"), "{told}");
    }
}
