//! What an autoscaler says of itself.

use std::time::{Duration, SystemTime};

use serde_json::Value;

use super::super::{PolicyActivity, PolicyState};

/// Reads the policy out of an autoscaler of any version. What it does not tell
/// stays unknown.
pub(super) fn read(object: &Value) -> PolicyState {
    let (spec, status) = (&object["spec"], &object["status"]);
    let metrics = metrics(spec, status);
    let first = metrics.first();
    let window = |direction: &str| {
        let seconds = &spec["behavior"][direction]["stabilizationWindowSeconds"];
        seconds.as_u64().map(Duration::from_secs)
    };
    PolicyState {
        min: count(&spec["minReplicas"]),
        max: count(&spec["maxReplicas"]),
        metric: first.map(|_| {
            let names: Vec<_> = metrics.iter().map(|own| own.name.as_str()).collect();
            names.join(", ")
        }),
        threshold: first.and_then(|own| own.threshold),
        current: first.and_then(|own| own.current),
        // A flag of the cluster's controller, 15 s unless somebody changed it.
        interval: None,
        cooldown_out: window("scaleUp"),
        cooldown_in: window("scaleDown"),
        activities: activities(status),
    }
}

struct Metric {
    name: String,
    threshold: Option<f64>,
    current: Option<f64>,
}

fn metrics(spec: &Value, status: &Value) -> Vec<Metric> {
    if let Some(threshold) = spec["targetCPUUtilizationPercentage"].as_f64() {
        return vec![Metric {
            name: "cpu utilization in %".to_owned(),
            threshold: Some(threshold),
            current: status["currentCPUUtilizationPercentage"].as_f64(),
        }];
    }
    let wanted = spec["metrics"].as_array().into_iter().flatten();
    wanted
        .map(|wanted| {
            let (name, target) = described(wanted);
            let current = status["currentMetrics"]
                .as_array()
                .into_iter()
                .flatten()
                .find(|own| own["type"] == wanted["type"] && described(own).0 == name);
            let unit = match target["type"].as_str() {
                Some("Utilization") => " utilization in %",
                Some("AverageValue") => " per instance",
                _ => "",
            };
            let current = current.map(|own| &own[source(own)]["current"]);
            Metric {
                name: format!("{name}{unit}"),
                threshold: value_of(target, target),
                current: current.and_then(|current| value_of(current, target)),
            }
        })
        .collect()
}

/// The name of a metric, and what it aims at.
fn described(metric: &Value) -> (String, &Value) {
    let own = &metric[source(metric)];
    let name = own["name"].as_str().or(own["metric"]["name"].as_str());
    (name.unwrap_or("unknown").to_owned(), &own["target"])
}

/// `Resource` is described below `resource`, and so on.
fn source(metric: &Value) -> String {
    let kind = metric["type"].as_str().unwrap_or_default();
    let mut letters = kind.chars();
    let first = letters.next().map(|own| own.to_ascii_lowercase());
    first.into_iter().chain(letters).collect()
}

/// The value in `told` of the kind that `target` aims at.
fn value_of(told: &Value, target: &Value) -> Option<f64> {
    match target["type"].as_str()? {
        "Utilization" => told["averageUtilization"].as_f64(),
        "AverageValue" => quantity(&told["averageValue"]),
        _ => quantity(&told["value"]),
    }
}

/// A number as the cluster writes it: `1500m` is 1.5, `2Ki` is 2048.
fn quantity(told: &Value) -> Option<f64> {
    if let Some(number) = told.as_f64() {
        return Some(number);
    }
    let text = told.as_str()?;
    if let Ok(number) = text.parse() {
        return Some(number);
    }
    let suffix = text.find(|letter: char| letter.is_ascii_alphabetic())?;
    let (number, suffix) = text.split_at(suffix);
    let factor = match suffix {
        "n" => 1e-9,
        "u" => 1e-6,
        "m" => 1e-3,
        "k" => 1e3,
        "M" => 1e6,
        "G" => 1e9,
        "T" => 1e12,
        "P" => 1e15,
        "E" => 1e18,
        "Ki" => 1024.0,
        "Mi" => 1024.0 * 1024.0,
        "Gi" => 1024.0 * 1024.0 * 1024.0,
        "Ti" => 1024.0 * 1024.0 * 1024.0 * 1024.0,
        _ => return None,
    };
    Some(number.parse::<f64>().ok()? * factor)
}

fn activities(status: &Value) -> Vec<PolicyActivity> {
    let scaled = moment(&status["lastScaleTime"]).map(|at_ms| PolicyActivity {
        at_ms,
        desired: count(&status["desiredReplicas"]),
        told: "scaled".to_owned(),
    });
    let conditions = status["conditions"].as_array().into_iter().flatten();
    let mut activities: Vec<_> = conditions
        .filter_map(|own| {
            let text = |key: &str| own[key].as_str().unwrap_or_default();
            Some(PolicyActivity {
                at_ms: moment(&own["lastTransitionTime"])?,
                desired: None,
                told: format!(
                    "{} is {}: {}: {}",
                    text("type"),
                    text("status"),
                    text("reason"),
                    text("message")
                ),
            })
        })
        .chain(scaled)
        .collect();
    activities.sort_by_key(|own| std::cmp::Reverse(own.at_ms));
    activities
}

fn moment(told: &Value) -> Option<u64> {
    let at = humantime::parse_rfc3339(told.as_str()?).ok()?;
    let since = at.duration_since(SystemTime::UNIX_EPOCH).ok()?;
    u64::try_from(since.as_millis()).ok()
}

fn count(told: &Value) -> Option<u32> {
    u32::try_from(told.as_u64()?).ok()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_policy_on_a_rate_is_read() {
        let policy = read(&json!({
            "spec": {
                "scaleTargetRef": {"kind": "Deployment", "name": "web", "apiVersion": "apps/v1"},
                "minReplicas": 2,
                "maxReplicas": 10,
                "metrics": [
                    {"type": "External", "external": {
                        "metric": {"name": "requests"},
                        "target": {"type": "AverageValue", "averageValue": "100"}}},
                    {"type": "Resource", "resource": {
                        "name": "cpu",
                        "target": {"type": "Utilization", "averageUtilization": 80}}}
                ],
                "behavior": {"scaleDown": {"stabilizationWindowSeconds": 5}}
            },
            "status": {
                "currentReplicas": 4,
                "desiredReplicas": 5,
                "lastScaleTime": "2026-01-02T03:04:06Z",
                "currentMetrics": [
                    {"type": "Resource", "resource": {
                        "name": "cpu",
                        "current": {"averageUtilization": 40, "averageValue": "200m"}}},
                    {"type": "External", "external": {
                        "metric": {"name": "requests"},
                        "current": {"averageValue": "112500m"}}}
                ],
                "conditions": [
                    {"type": "AbleToScale", "status": "True", "reason": "SucceededRescale",
                     "message": "the HPA controller was able to update the target scale to 5",
                     "lastTransitionTime": "2026-01-02T03:04:05Z"}
                ]
            }
        }));
        assert_eq!((policy.min, policy.max), (Some(2), Some(10)));
        assert_eq!(
            policy.metric.as_deref(),
            Some("requests per instance, cpu utilization in %")
        );
        assert_eq!(
            (policy.threshold, policy.current),
            (Some(100.0), Some(112.5))
        );
        assert_eq!(policy.cooldown_in, Some(Duration::from_secs(5)));
        assert_eq!(policy.cooldown_out, None);
        let told: Vec<_> = policy
            .activities
            .iter()
            .map(|own| (own.at_ms, own.desired))
            .collect();
        assert_eq!(
            told,
            [(1_767_323_046_000, Some(5)), (1_767_323_045_000, None)]
        );
        assert!(policy.activities[1].told.contains("SucceededRescale"));
    }

    #[test]
    fn the_oldest_version_tells_of_the_processor_alone() {
        let policy = read(&json!({
            "spec": {"maxReplicas": 4, "targetCPUUtilizationPercentage": 70},
            "status": {"currentCPUUtilizationPercentage": 35, "desiredReplicas": 1}
        }));
        assert_eq!((policy.min, policy.max), (None, Some(4)));
        assert_eq!((policy.threshold, policy.current), (Some(70.0), Some(35.0)));
        assert!(policy.activities.is_empty());
    }

    #[test]
    fn numbers_have_suffixes() {
        for (told, value) in [
            (json!("1500m"), Some(1.5)),
            (json!("2Ki"), Some(2048.0)),
            (json!("1k"), Some(1000.0)),
            (json!("1e3"), Some(1000.0)),
            (json!("0"), Some(0.0)),
            (json!(7), Some(7.0)),
            (json!("7x"), None),
            (json!(null), None),
        ] {
            assert_eq!(quantity(&told), value, "{told}");
        }
    }
}
