//! A scale target that speaks the contract.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use serde::de::DeserializeOwned;
use serde_json::Value;
use tokio::time::Instant;

use super::super::capability::{Capabilities, Capability};
use super::super::policy::PolicyState;
use super::super::target::{
    InstanceState, Receipt, Removal, ScaleError, ScaleTarget, Select, Snapshot,
};
use super::answer::{self, AnswerError, CapabilitiesAnswer, Changed, Observation, PolicyAnswer};
use super::request::{Base, Mode, Operation, Request, Selection};

/// What came back for a request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Exchanged {
    /// The answer.
    pub text: String,
    /// What went wrong besides, such as an exit code, in words for the user
    /// and without secrets. The answer may say it better.
    pub failure: Option<String>,
}

/// Carries requests of the contract to who answers them.
#[async_trait]
pub trait Transport: std::fmt::Debug + Send + Sync {
    /// What messages call the other side.
    fn name(&self) -> &str;

    /// Sends one request, a JSON object on one line, and waits for its answer,
    /// not for ever.
    ///
    /// # Errors
    ///
    /// A sentence for the user when there is no answer at all.
    async fn exchange(&self, request: &str) -> Result<Exchanged, String>;

    /// `text` of the other side, without the secrets that it was given.
    fn hide(&self, text: &str) -> String;
}

/// What a profile says of the one who answers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Terms {
    /// What is scaled, in the words of the one who answers.
    pub group: Option<String>,
    /// How long an answer may take.
    pub timeout: Duration,
    /// The shortest time between two looks at the instances.
    pub interval: Duration,
    /// How long an instance may take to finish what it has begun.
    pub drain: Duration,
}

/// A scale target that speaks the contract. It never asks two things at once.
#[derive(Debug)]
pub struct Contract {
    transport: Box<dyn Transport>,
    terms: Terms,
    capabilities: Capabilities,
    unknown: Vec<String>,
    /// Held while something is asked, so that a simple script needs no lock.
    turn: tokio::sync::Mutex<()>,
    /// When the instances were last looked at.
    looked: tokio::sync::Mutex<Option<Instant>>,
    /// The first thing that was observed, for the restoration. Held for no await.
    raw: Mutex<Option<Value>>,
}

impl Contract {
    /// Asks what can be done, once.
    ///
    /// # Errors
    ///
    /// When nobody answers, or not as the contract has it.
    pub async fn connect(transport: Box<dyn Transport>, terms: Terms) -> Result<Self, ScaleError> {
        let mut own = Self {
            transport,
            terms,
            capabilities: Capabilities::default(),
            unknown: Vec::new(),
            turn: tokio::sync::Mutex::default(),
            looked: tokio::sync::Mutex::default(),
            raw: Mutex::default(),
        };
        let answer: CapabilitiesAnswer = own.ask(own.request(Operation::Capabilities)).await?;
        (own.capabilities, own.unknown) = answer.understand();
        Ok(own)
    }

    fn request(&self, op: Operation) -> Request {
        let millis = |span: Duration| u64::try_from(span.as_millis()).unwrap_or(u64::MAX);
        Request {
            group: self.terms.group.clone(),
            deadline_ms: Some(millis(self.terms.timeout)),
            drain_ms: match op {
                Operation::SetDesired | Operation::Replace | Operation::Restore => {
                    Some(millis(self.terms.drain))
                }
                _ => None,
            },
            ..Request::new(op)
        }
    }

    async fn ask<T: DeserializeOwned>(&self, request: Request) -> Result<T, ScaleError> {
        let op = request.op;
        let failed = |why: String| {
            ScaleError::new(self.transport.name(), format!("asked for `{op}`: {why}"))
        };
        let text = serde_json::to_string(&request).map_err(|error| failed(error.to_string()))?;
        let exchanged = {
            let _turn = self.turn.lock().await;
            self.transport.exchange(&text).await.map_err(&failed)?
        };
        let answer = answer::read(&exchanged.text);
        match (answer, exchanged.failure) {
            (Ok(answer), None) => Ok(answer),
            (Err(AnswerError::Refused(why)), _) => Err(failed(shorten(&self.transport.hide(&why)))),
            (_, Some(failure)) => Err(failed(failure)),
            (Err(error), None) => {
                let came = match shorten(&self.transport.hide(&exchanged.text)) {
                    empty if empty.is_empty() => String::new(),
                    came => format!("; it answered: {came}"),
                };
                Err(failed(format!(
                    "{}{came}",
                    self.transport.hide(&error.to_string())
                )))
            }
        }
    }

    /// Asks for a change that needs `capability`.
    async fn change(
        &self,
        capability: Capability,
        request: Request,
    ) -> Result<Changed, ScaleError> {
        if !self.capabilities.has(capability) {
            return Err(ScaleError::unable(self.transport.name(), capability));
        }
        let mut changed: Changed = self.ask(request).await?;
        for words in [&mut changed.told, &mut changed.was, &mut changed.is] {
            *words = shorten(&self.transport.hide(words));
        }
        Ok(changed)
    }

    /// Asks for something that happens to `select`.
    async fn hit(
        &self,
        capability: Capability,
        op: Operation,
        select: &Select,
    ) -> Result<Receipt, ScaleError> {
        let request = Request {
            select: Some(Selection::from(select)),
            ..self.request(op)
        };
        let changed = self.change(capability, request).await?;
        // An event that hit nobody would look survived by everybody.
        if changed.instances.as_ref().is_some_and(Vec::is_empty) {
            let why = format!("asked for `{op}`: it found no instance to do it to");
            return Err(ScaleError::new(self.transport.name(), why));
        }
        Ok(changed.into())
    }

    /// Waits until the instances may be looked at again.
    async fn pace(&self) {
        let mut looked = self.looked.lock().await;
        if let Some(last) = *looked {
            tokio::time::sleep_until(last + self.terms.interval).await;
        }
        *looked = Some(Instant::now());
    }

    fn raw(&self) -> std::sync::MutexGuard<'_, Option<Value>> {
        self.raw.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl ScaleTarget for Contract {
    fn name(&self) -> &str {
        self.transport.name()
    }

    fn capabilities(&self) -> Capabilities {
        self.capabilities.clone()
    }

    /// Capabilities that nobody here knows: slips of the pen, or words of a newer
    /// contract.
    fn remarks(&self) -> Vec<String> {
        let word = |word: &String| format!("fpt does not know `{}`", shorten(word));
        self.unknown.iter().map(word).collect()
    }

    async fn observe(&self) -> Result<Snapshot, ScaleError> {
        self.pace().await;
        let mut observation: Observation = self.ask(self.request(Operation::Observe)).await?;
        if let Some(raw) = observation.raw.take() {
            self.raw().get_or_insert(raw);
        }
        Ok(observation.into())
    }

    async fn set_desired(&self, desired: u32, removal: Removal) -> Result<Receipt, ScaleError> {
        let capability = match removal {
            Removal::Graceful => Capability::SetDesired,
            Removal::Abrupt => Capability::RemoveAbruptly,
        };
        let request = Request {
            desired: Some(desired),
            mode: Some(Mode::from(removal)),
            ..self.request(Operation::SetDesired)
        };
        self.change(capability, request).await.map(Receipt::from)
    }

    async fn kill(&self, select: &Select) -> Result<Receipt, ScaleError> {
        self.hit(Capability::Kill, Operation::Kill, select).await
    }

    async fn replace(&self) -> Result<Receipt, ScaleError> {
        let request = self.request(Operation::Replace);
        let changed = self.change(Capability::Replace, request).await;
        changed.map(Receipt::from)
    }

    async fn hang(&self, select: &Select) -> Result<Receipt, ScaleError> {
        self.hit(Capability::Hang, Operation::Hang, select).await
    }

    async fn resume(&self) -> Result<Receipt, ScaleError> {
        let request = self.request(Operation::Resume);
        let changed = self.change(Capability::Hang, request).await;
        changed.map(Receipt::from)
    }

    async fn stop_all(&self) -> Result<Receipt, ScaleError> {
        let request = self.request(Operation::StopAll);
        let changed = self.change(Capability::StopAll, request).await;
        changed.map(Receipt::from)
    }

    async fn start_all(&self, desired: u32) -> Result<Receipt, ScaleError> {
        let request = Request {
            desired: Some(desired),
            ..self.request(Operation::StartAll)
        };
        let changed = self.change(Capability::StopAll, request).await;
        changed.map(Receipt::from)
    }

    async fn restart(&self, part: &str) -> Result<Receipt, ScaleError> {
        let request = Request {
            part: Some(part.to_owned()),
            ..self.request(Operation::Restart)
        };
        let changed = self.change(Capability::RestartPart, request).await;
        changed.map(Receipt::from)
    }

    async fn policy(&self) -> Result<Option<PolicyState>, ScaleError> {
        if !self.capabilities.has(Capability::Policy) {
            return Ok(None);
        }
        let answer: PolicyAnswer = self.ask(self.request(Operation::Policy)).await?;
        Ok(answer.policy.map(PolicyState::from))
    }

    async fn restore(&self, base: &Snapshot) -> Result<(), ScaleError> {
        let watches_only = self
            .capabilities
            .can
            .iter()
            .all(|own| matches!(own, Capability::Zones | Capability::Policy));
        if watches_only {
            return Ok(());
        }
        let ready = base.ready();
        let request = Request {
            desired: Some(base.desired.unwrap_or(base.count(InstanceState::Ready))),
            base: Some(Base {
                instances: ready.iter().map(Into::into).collect(),
                raw: self.raw().clone(),
            }),
            ..self.request(Operation::Restore)
        };
        let _: Changed = self.ask(request).await?;
        Ok(())
    }
}

/// The most characters of another's words in a message.
const LONGEST: usize = 300;

/// `text` on one line, without control characters, and not too long.
pub(in crate::scaling) fn shorten(text: &str) -> String {
    let mut line = String::new();
    for word in text.split(|c: char| c.is_whitespace() || c.is_control()) {
        if word.is_empty() {
            continue;
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    match line.char_indices().nth(LONGEST) {
        Some((at, _)) => format!("{}…", &line[..at]),
        None => line,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;
    use std::sync::Arc;

    use super::*;

    /// Answers what it was told to, in that order, and remembers the requests.
    #[derive(Clone, Debug, Default)]
    struct Scripted {
        answers: Arc<Mutex<VecDeque<Exchanged>>>,
        asked: Arc<Mutex<Vec<(Instant, Value)>>>,
    }

    impl Scripted {
        fn new(answers: &[&str]) -> Self {
            let own = Self::default();
            for text in answers {
                own.then(text, None);
            }
            own
        }

        fn then(&self, text: &str, failure: Option<&str>) {
            self.answers.lock().unwrap().push_back(Exchanged {
                text: (*text).to_owned(),
                failure: failure.map(str::to_owned),
            });
        }

        fn asked(&self) -> Vec<Value> {
            let asked = self.asked.lock().unwrap();
            asked.iter().map(|(_, request)| request.clone()).collect()
        }

        async fn connect(&self) -> Contract {
            let terms = Terms {
                group: Some("web".to_owned()),
                timeout: Duration::from_secs(30),
                interval: Duration::from_secs(1),
                drain: Duration::from_secs(10),
            };
            let transport = Box::new(self.clone());
            Contract::connect(transport, terms).await.unwrap()
        }
    }

    #[async_trait]
    impl Transport for Scripted {
        fn name(&self) -> &'static str {
            "the script"
        }

        async fn exchange(&self, request: &str) -> Result<Exchanged, String> {
            let request = serde_json::from_str(request).unwrap();
            self.asked.lock().unwrap().push((Instant::now(), request));
            let answer = self.answers.lock().unwrap().pop_front();
            answer.ok_or_else(|| "it is tired".to_owned())
        }

        fn hide(&self, text: &str) -> String {
            text.replace("hush", "(hidden)")
        }
    }

    const ALL: &str = r#"{"v":1,"can":["set_desired","remove_abruptly","kill","replace","hang","stop_all","restart","policy","fly"],"parts":["store"]}"#;

    #[tokio::test]
    async fn requests_say_what_is_meant() {
        let script = Scripted::new(&[ALL, "{}", r#"{"told":"a hush"}"#, "{}", "{}", "{}", "{}"]);
        let target = script.connect().await;
        assert_eq!(target.remarks(), ["fpt does not know `fly`"]);
        target.set_desired(3, Removal::Abrupt).await.unwrap();
        let receipt = target.kill(&Select::Count(2)).await.unwrap();
        assert_eq!(receipt.told, "a (hidden)");
        target.replace().await.unwrap();
        target.start_all(4).await.unwrap();
        target.restart("store").await.unwrap();
        target.resume().await.unwrap();
        let base = serde_json::json!({"v": 1, "group": "web", "deadline_ms": 30_000});
        for (request, more) in script.asked().into_iter().zip([
            serde_json::json!({"op": "capabilities"}),
            serde_json::json!({"op": "set_desired", "desired": 3, "mode": "abrupt", "drain_ms": 10_000}),
            serde_json::json!({"op": "kill", "select": {"count": 2}}),
            serde_json::json!({"op": "replace", "drain_ms": 10_000}),
            serde_json::json!({"op": "start_all", "desired": 4}),
            serde_json::json!({"op": "restart", "part": "store"}),
            serde_json::json!({"op": "resume"}),
        ]) {
            let mut expected = base.as_object().unwrap().clone();
            expected.extend(more.as_object().unwrap().clone());
            assert_eq!(request, Value::Object(expected));
        }
    }

    #[tokio::test(start_paused = true)]
    async fn looks_are_not_too_frequent_and_the_first_is_kept_for_the_end() {
        let look = |raw: u32| {
            format!(r#"{{"desired":2,"instances":[{{"id":"a","state":"ready"}}],"raw":{raw}}}"#)
        };
        let script = Scripted::new(&[ALL, &look(1), &look(2), "{}"]);
        let target = script.connect().await;
        let base = target.observe().await.unwrap();
        target.observe().await.unwrap();
        target.restore(&base).await.unwrap();
        {
            let asked = script.asked.lock().unwrap();
            assert_eq!(asked[2].0 - asked[1].0, Duration::from_secs(1));
        }
        let restore = script.asked().pop().unwrap();
        assert_eq!(restore["desired"], 2);
        assert_eq!(
            restore["base"],
            serde_json::json!({"instances": [{"id": "a", "incarnation": ""}], "raw": 1})
        );
    }

    #[tokio::test]
    async fn failures_say_who_what_and_why() {
        let script = Scripted::new(&[r#"{"v":1,"can":["kill"]}"#]);
        for (text, failure) in [
            (r#"{"error":"no hush"}"#, Some("exit code 1")),
            ("", Some("exit code 2")),
            ("oops hush\n there", None),
            (r#"{"instances":[]}"#, None),
        ] {
            script.then(text, failure);
        }
        let target = script.connect().await;
        for expected in [
            "the script refused: asked for `kill`: no (hidden)",
            "the script refused: asked for `kill`: exit code 2",
            "the script refused: asked for `kill`: the answer is not as expected: expected value \
             at line 1 column 1; it answered: oops (hidden) there",
            "the script refused: asked for `kill`: it found no instance to do it to",
            "the script refused: asked for `kill`: it is tired",
        ] {
            let error = target.kill(&Select::All).await.unwrap_err();
            assert_eq!(error.to_string(), expected);
        }
        let unable = target.stop_all().await.unwrap_err();
        assert_eq!(
            unable.to_string(),
            "the script refused: it cannot stop all instances"
        );
        assert_eq!(script.asked().len(), 6);
    }

    #[tokio::test]
    async fn who_only_watches_has_nothing_to_restore_and_no_policy() {
        let script = Scripted::new(&[r#"{"v":1,"can":["zones"]}"#]);
        let target = script.connect().await;
        target.restore(&Snapshot::default()).await.unwrap();
        assert_eq!(target.policy().await.unwrap(), None);
        assert_eq!(script.asked().len(), 1);
    }

    #[test]
    fn words_of_others_are_kept_short() {
        assert_eq!(shorten(" a\n\tb\u{1b}[31m "), "a b [31m");
        assert_eq!(shorten(&"é".repeat(400)).chars().count(), LONGEST + 1);
    }
}
