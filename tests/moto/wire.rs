//! What moto says of tasks, as AWS says it: moto gives the CPU and the memory of
//! containers as numbers, which clients that read types rightly refuse, and leaves
//! out the zone.

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::HeaderMap;
use axum::response::Response;
use serde_json::Value;

#[derive(Clone)]
struct Behind {
    client: reqwest::Client,
    url: String,
}

/// Stands before the server at `url`, as long as the runtime lives; gives the
/// address to ask instead.
pub(super) async fn stand_before(client: reqwest::Client, url: String) -> String {
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await;
    let listener = listener.unwrap();
    let address = listener.local_addr().unwrap();
    let router = Router::new()
        .fallback(forward)
        .with_state(Behind { client, url });
    tokio::spawn(async move { axum::serve(listener, router).await });
    format!("http://{address}")
}

async fn forward(State(behind): State<Behind>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let body = to_bytes(body, 1 << 20).await.unwrap();
    let about_tasks = about_tasks(&parts.headers);
    let answer = behind
        .client
        .request(parts.method, format!("{}{}", behind.url, parts.uri))
        .headers(parts.headers)
        .body(body)
        .send()
        .await
        .unwrap();
    let mut response = Response::builder().status(answer.status());
    for name in ["content-type", "x-amzn-requestid", "x-amzn-errortype"] {
        if let Some(value) = answer.headers().get(name) {
            response = response.header(name, value);
        }
    }
    let text = answer.text().await.unwrap();
    let text = if about_tasks { corrected(&text) } else { text };
    response.body(Body::from(text)).unwrap()
}

fn about_tasks(headers: &HeaderMap) -> bool {
    let target = headers.get("x-amz-target");
    let target = target.and_then(|own| own.to_str().ok()).unwrap_or_default();
    target.ends_with("Task") || target.ends_with("Tasks")
}

/// Numbers of containers as texts, and tasks with a zone.
fn corrected(text: &str) -> String {
    let Ok(mut answer) = serde_json::from_str::<Value>(text) else {
        return text.to_owned();
    };
    let mut tasks: Vec<&mut Value> = Vec::new();
    if let Some(answer) = answer.as_object_mut() {
        for (name, value) in answer {
            match (name.as_str(), value) {
                ("task", task) => tasks.push(task),
                ("tasks", Value::Array(all)) => tasks.extend(all),
                _ => {}
            }
        }
    }
    for task in tasks {
        task["availabilityZone"] = super::ZONE.into();
        let containers = task["containers"].as_array_mut().into_iter().flatten();
        for container in containers {
            for name in ["cpu", "memory"] {
                if container[name].is_number() {
                    container[name] = container[name].to_string().into();
                }
            }
        }
    }
    answer.to_string()
}
