//! The virtual user: the subject of journey steps.

use std::any::{Any, TypeId};
use std::collections::HashMap;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use futures::future::join_all;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::http::{Body, Chain, CaptureError, Part, Prepared, Reading, Selector, Sender, Session, join};
use crate::load::LoadOver;
use crate::model::{
    Credential, ErrorClass, Exchange, Fact, IdentityClaim, Origin, Received, StepRef, UserId,
    Visibility,
};
use crate::population::Person;

use super::context::CampaignContext;
use super::failure::{StepFailure, StepResult};
use super::request::{Content, FieldValue, Purpose, Request};
use super::template::{Escape, Identity, Kept, Scope};

/// A tagged virtual user: an account, a session, and what they keep. Steps
/// whose first argument is `&mut VirtualUser` run for every user.
#[derive(cucumber::World)]
#[world(init = Self::alone)]
pub struct VirtualUser {
    person: Arc<Person>,
    context: Arc<CampaignContext>,
    rng: ChaCha8Rng,
    shared_client: Option<reqwest::Client>,
    sides: Vec<Side>,
    active: usize,
    session: u32,
    iteration: u32,
    establishing: bool,
    step: Arc<StepRef>,
    learned: Arc<Kept>,
    kept_by_session: Kept,
    kept_by_iteration: Kept,
    kept: Arc<Kept>,
    other: Option<Arc<Identity>>,
    pending: Vec<Exchange>,
    answers: Vec<Received>,
    last_request: Option<Request>,
    unattributed: Vec<Credential>,
    uniques: u64,
    pub(super) ended: Option<Ended>,
    pub(super) soft_failure: Option<String>,
    pub(super) lost: bool,
    transactions: u64,
    extensions: HashMap<TypeId, Box<dyn Any + Send>>,
}

/// One of the sessions that a user has open.
#[derive(Clone, Debug, Default)]
struct Side {
    session: Session,
    signed_in: bool,
}

/// Why an iteration ended early without anything being wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ended {
    /// There are no more permits.
    LoadOver,
    /// The user went away from an unanswered request.
    Abandoned,
    /// Nobody holds what a probe would ask for.
    NothingToProbe,
}

impl std::fmt::Debug for VirtualUser {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("VirtualUser")
            .field("id", &self.person.id)
            .field("session", &self.session)
            .field("iteration", &self.iteration)
            .finish_non_exhaustive()
    }
}

impl VirtualUser {
    /// The user `person` of a campaign.
    pub(super) fn new(
        person: Arc<Person>,
        context: Arc<CampaignContext>,
        nobody: Arc<StepRef>,
    ) -> Self {
        // Every user draws from a sequence of their own, so that what one
        // draws does not depend on what others do.
        let seed = context
            .profile
            .population
            .seed
            .wrapping_mul(0x9e37_79b9_7f4a_7c15)
            .wrapping_add(u64::from(person.id.0));
        Self {
            person,
            context,
            rng: ChaCha8Rng::seed_from_u64(seed),
            shared_client: None,
            sides: vec![Side::default()],
            active: 0,
            session: 0,
            iteration: 0,
            establishing: true,
            step: nobody,
            learned: Arc::default(),
            kept_by_session: Kept::new(),
            kept_by_iteration: Kept::new(),
            kept: Arc::default(),
            other: None,
            pending: Vec::new(),
            answers: Vec::new(),
            last_request: None,
            unattributed: Vec::new(),
            uniques: 0,
            ended: None,
            soft_failure: None,
            lost: false,
            transactions: 0,
            extensions: HashMap::new(),
        }
    }

    /// Cucumber makes worlds by itself where its own runner runs; here only
    /// the runner of this crate makes users.
    fn alone() -> Result<Self, StepFailure> {
        Err(StepFailure::new("virtual users are made by `fpt::main`"))
    }

    // ---- who ----

    /// The user's tag.
    pub fn id(&self) -> UserId {
        self.person.id
    }

    /// The user's facts and secrets.
    pub fn person(&self) -> &Person {
        &self.person
    }

    /// What all users share.
    pub(crate) fn context(&self) -> &Arc<CampaignContext> {
        &self.context
    }

    /// State of a type of your own, kept for this user over the whole run.
    #[expect(clippy::missing_panics_doc, reason = "filed under its own type")]
    pub fn extension<T: Any + Default + Send>(&mut self) -> &mut T {
        let slot = self
            .extensions
            .entry(TypeId::of::<T>())
            .or_insert_with(|| Box::new(T::default()));
        #[expect(clippy::expect_used, reason = "filed under its own type just above")]
        slot.downcast_mut().expect("filed under its own type")
    }

    // ---- life, as the engine leads it ----

    pub(super) fn enter(&mut self, step: &Arc<StepRef>) {
        self.step = Arc::clone(step);
        self.soft_failure = None;
    }

    pub(super) fn share_client(&mut self, client: Option<reqwest::Client>) {
        self.shared_client = client;
    }

    /// Lets go of connections, which belong to the runtime they were opened in.
    pub(super) fn disconnect(&mut self) {
        self.shared_client = None;
        for side in &mut self.sides {
            side.session.disconnect();
        }
    }

    pub(super) fn begin_session(&mut self, first: bool) {
        if !first {
            self.session += 1;
        }
        for side in &mut self.sides {
            side.session.clear();
        }
        self.sides.truncate(1);
        self.sides[0].signed_in = false;
        self.active = 0;
        self.establishing = true;
        self.iteration = 0;
        self.lost = false;
        self.ended = None;
        self.kept_by_session.clear();
        self.kept_by_iteration.clear();
        self.post();
    }

    pub(super) fn begin_iteration(&mut self, number: u32) {
        self.establishing = false;
        self.iteration = number;
        self.ended = None;
        self.other = None;
        self.answers.clear();
        self.kept_by_iteration.clear();
        self.post();
    }

    /// Whether the user is signed in, in the session in use.
    pub fn is_signed_in(&self) -> bool {
        self.sides[self.active].signed_in
    }

    pub(super) fn transactions(&self) -> u64 {
        self.transactions
    }

    pub(super) fn draw(&mut self, below: u32) -> u32 {
        self.rng.random_range(0..below.max(1))
    }

    /// Hands the last exchanges to the oracle. Called when all `Then` steps
    /// have said what they expect.
    pub(super) fn settle(&mut self) {
        let mut chain = std::mem::take(&mut self.pending);
        let denied = self.context.profile.oracle.denied.as_slice();
        let denial_expected = chain.iter().any(|exchange| exchange.intent.denial_expected);
        if denial_expected {
            // One denial anywhere in a chain of redirects denies it all.
            let denying = chain.iter().position(|exchange| {
                exchange.intent.anonymous
                    || exchange
                        .response
                        .as_ref()
                        .is_some_and(|response| denied.contains(&response.status))
            });
            let decisive = denying.unwrap_or(chain.len() - 1);
            for (at, exchange) in chain.iter_mut().enumerate() {
                exchange.intent.denial_expected = at == decisive;
                exchange.intent.anonymous_expected = true;
            }
        }
        for exchange in &chain {
            let intent = &exchange.intent;
            let excused = intent.anonymous_expected || intent.signs_in || intent.signs_out;
            if intent.signed_in && intent.anonymous && !excused {
                self.lost = true;
            }
            self.context.observe(exchange);
        }
    }

    // ---- sending ----

    /// Sends `request` and waits for the response, redirects followed.
    ///
    /// # Errors
    ///
    /// When there is no complete response, or the purpose of the request was
    /// not reached. Any status is a response; `Then` steps judge it.
    pub async fn send(&mut self, request: Request) -> StepResult {
        if request.purpose == Purpose::Registers
            && let Some(answer) = self.context.registrations.find(&self.person, &request)
        {
            // What follows reads from the answer what it read the first time.
            self.settle();
            self.answers = vec![answer];
            self.last_request = Some(request);
            return Ok(());
        }
        let abandon = self.drawn_abandonment();
        self.transact(request, NonZeroU32::MIN, abandon).await?;
        let error = self.pending.last().and_then(|exchange| exchange.error);
        match error {
            None => self.conclude(),
            Some(ErrorClass::Abandoned) => {
                self.ended = Some(Ended::Abandoned);
                Err(StepFailure::new("abandoned"))
            }
            Some(error) => Err(unanswered(error)),
        }
    }

    /// Sends `request` and goes away after `after`, answered or not.
    ///
    /// # Errors
    ///
    /// When it cannot be sent.
    pub async fn abandon(&mut self, request: Request, after: Duration) -> StepResult {
        self.transact(request, NonZeroU32::MIN, Some(after)).await?;
        match self.pending.last().and_then(|exchange| exchange.error) {
            None | Some(ErrorClass::Abandoned) => Ok(()),
            Some(error) => Err(unanswered(error)),
        }
    }

    /// Sends the same request `count` times at one moment.
    ///
    /// # Errors
    ///
    /// When one of them has no complete response.
    pub async fn send_at_once(&mut self, request: Request, count: NonZeroU32) -> StepResult {
        self.transact(request, count, None).await?;
        let error = self.pending.iter().find_map(|exchange| exchange.error);
        error.map_or(Ok(()), |error| Err(unanswered(error)))
    }

    /// The request sent last, to send it again.
    ///
    /// # Errors
    ///
    /// When none was sent yet.
    pub fn last_request(&self) -> Result<Request, StepFailure> {
        self.last_request
            .clone()
            .ok_or_else(|| StepFailure::new("no request was sent yet"))
    }

    /// Pauses.
    ///
    /// # Errors
    ///
    /// When the load ends meanwhile.
    pub async fn wait(&mut self, duration: Duration) -> StepResult {
        self.settle();
        let mut stop = self.context.stop.subscribe();
        tokio::select! {
            () = tokio::time::sleep(duration) => Ok(()),
            _ = stop.wait_for(|stop| *stop) => Err(self.load_over()),
        }
    }

    /// Sends `sign_out` while `during` is under way. How the service answers
    /// `during`, signed in or not, is its own affair.
    ///
    /// # Errors
    ///
    /// When one of them has no complete response, or the sign-out is refused.
    pub async fn sign_out_during(&mut self, sign_out: Request, during: Request) -> StepResult {
        self.settle();
        let probed = self.probed_by(&during)?;
        let prepared = vec![self.prepare(&during)?, self.prepare(&sign_out)?];
        self.last_request = Some(sign_out);
        let chains = self.carry(prepared, None).await?;
        for (mut chain, purpose) in chains.into_iter().zip([during.purpose, Purpose::SignsOut]) {
            for exchange in &mut chain.hops {
                exchange.intent.anonymous_expected = true;
            }
            let probed = probed.filter(|_| purpose != Purpose::SignsOut);
            self.file(chain.hops, purpose, probed);
        }
        let error = self.pending.iter().find_map(|exchange| exchange.error);
        match error {
            None => self.conclude(),
            Some(error) => Err(unanswered(error)),
        }
    }

    async fn transact(
        &mut self,
        request: Request,
        count: NonZeroU32,
        abandon: Option<Duration>,
    ) -> StepResult {
        self.settle();
        let probed = self.probed_by(&request)?;
        let prepared = vec![self.prepare(&request)?; count.get() as usize];
        let purpose = request.purpose;
        self.last_request = Some(request);
        let chains = self.carry(prepared, abandon).await?;
        let load_over = chains.iter().any(|chain| chain.load_over);
        for chain in chains {
            self.file(chain.hops, purpose, probed);
        }
        if load_over {
            return Err(self.load_over());
        }
        Ok(())
    }

    /// Whose data `request` asks for, if it is another user's.
    fn probed_by(&mut self, request: &Request) -> Result<Option<UserId>, StepFailure> {
        if !request.probes() {
            return Ok(None);
        }
        self.meet_other()?;
        Ok(self.other.as_ref().map(|other| other.person.id))
    }

    /// Takes in the exchanges of one request, with what was meant by it.
    fn file(&mut self, mut chain: Vec<Exchange>, purpose: Purpose, probed: Option<UserId>) {
        let signed_in = self.is_signed_in();
        let first = chain
            .first()
            .map(|exchange| Arc::new(exchange.request.clone()));
        for exchange in &mut chain {
            let anonymous = self.is_anonymous(exchange);
            let intent = &mut exchange.intent;
            intent.signed_in = signed_in;
            intent.signs_in = purpose == Purpose::SignsIn;
            intent.signs_out = purpose == Purpose::SignsOut;
            intent.probed = probed;
            intent.anonymous = anonymous;
            intent.issued.append(&mut self.unattributed);
            if exchange.hop > 0 {
                intent.first.clone_from(&first);
            }
        }
        if let Some(last) = chain.last().filter(|last| last.error.is_none()) {
            self.answers.extend(last.response.clone());
        }
        self.pending.extend(chain);
    }

    /// Sends all of `prepared` at one moment, each over its own view of the
    /// session.
    async fn carry(
        &mut self,
        mut prepared: Vec<Prepared>,
        abandon: Option<Duration>,
    ) -> Result<Vec<Chain>, StepFailure> {
        self.answers.clear();
        let count = u32::try_from(prepared.len()).unwrap_or(u32::MAX);
        let count = NonZeroU32::new(count).unwrap_or(NonZeroU32::MIN);
        let permit = match self.context.wire.permit(count).await {
            Ok(permit) => permit,
            Err(LoadOver) => return Err(self.load_over()),
        };
        self.transactions += u64::from(count.get());
        let sender = Sender {
            user: self.person.id,
            session: self.session,
            iteration: self.iteration,
            step: Arc::clone(&self.step),
        };
        let wire = &self.context.wire;
        let shared = self.shared_client.as_ref();
        let side = &mut self.sides[self.active].session;
        let broken = |error: crate::http::ClientError| StepFailure::new(error.to_string());
        if count == NonZeroU32::MIN {
            let Some(only) = prepared.pop() else {
                return Ok(Vec::new());
            };
            let chain = wire
                .send(side, shared, &sender, only, permit, abandon)
                .await
                .map_err(broken)?;
            return Ok(vec![chain]);
        }
        let mut views = vec![side.clone(); prepared.len()];
        let sends = views
            .iter_mut()
            .zip(prepared)
            .map(|(view, one)| wire.send(view, shared, &sender, one, permit, abandon));
        let chains: Result<Vec<_>, _> = join_all(sends).await.into_iter().collect();
        // Cookies that the last one was given are the ones a browser would keep.
        if let Some(last) = views.pop() {
            *side = last;
        }
        chains.map_err(broken)
    }

    /// Draws the consequences of a complete response.
    fn conclude(&mut self) -> StepResult {
        let request = self.last_request.as_ref();
        let purpose = request.map(|request| request.purpose);
        let anonymous = self
            .pending
            .iter()
            .any(|exchange| exchange.intent.anonymous);
        let status = self.answers.last().map_or(0, |answer| answer.status);
        match purpose {
            Some(Purpose::SignsIn) => {
                if status >= 400 || anonymous {
                    return Err(StepFailure::new(format!(
                        "signing in was refused: status is {status}"
                    )));
                }
                self.sides[self.active].signed_in = true;
            }
            Some(Purpose::SignsOut) if status < 400 => {
                self.sides[self.active].signed_in = false;
            }
            Some(Purpose::Registers) => {
                // An account left from an earlier run is as good as a new one.
                if status >= 400 && status != 409 {
                    return Err(StepFailure::new(format!(
                        "registering was refused: status is {status}"
                    )));
                }
                if let (Some(request), Some(answer)) = (request, self.answers.last()) {
                    let (request, answer) = (request.clone(), answer.clone());
                    self.context.registrations.add(&self.person, request, answer);
                }
            }
            Some(Purpose::SignsOut | Purpose::Ordinary) | None => {}
        }
        Ok(())
    }

    /// A 401, or a redirect to a sign-in page.
    fn is_anonymous(&self, exchange: &Exchange) -> bool {
        let Some(response) = &exchange.response else {
            return false;
        };
        if response.status == 401 {
            return true;
        }
        if !(300..400).contains(&response.status) {
            return false;
        }
        let target = response.header("location").and_then(|location| {
            url::Url::parse(&exchange.request.url)
                .ok()?
                .join(location)
                .ok()
        });
        target.is_some_and(|url| {
            let base = self.context.target.path().trim_end_matches('/');
            let path = url.path().strip_prefix(base).unwrap_or(url.path());
            self.context
                .profile
                .session
                .sign_in
                .iter()
                .any(|page| path.starts_with(page.as_str()))
        })
    }

    fn drawn_abandonment(&mut self) -> Option<Duration> {
        let abandonment = self.context.settings.abandonment?;
        if self.establishing {
            return None;
        }
        let drawn: f64 = self.rng.random_range(0.0..100.0);
        (drawn < abandonment.percent).then_some(abandonment.after)
    }

    fn load_over(&mut self) -> StepFailure {
        self.ended = Some(Ended::LoadOver);
        StepFailure::new(LoadOver.to_string())
    }

    // ---- templates ----

    fn prepare(&mut self, request: &Request) -> Result<Prepared, StepFailure> {
        let path = self.render(&request.path, Escape::of_path(&request.path))?;
        let url = join(&self.context.target, &path).map_err(|error| {
            StepFailure::new(format!("`{}` makes no URL: {error}", request.path))
        })?;
        let mut headers = Vec::new();
        for (name, value) in &request.headers {
            headers.push((name.clone(), self.render(value, Escape::None)?));
        }
        let body = match &request.content {
            Content::Empty => Body::Empty,
            Content::Text { media_type, text } => Body::Text {
                text: self.render(text, Escape::of_media_type(media_type))?,
                media_type: media_type.clone(),
            },
            Content::Form(fields) => {
                let mut rendered = Vec::new();
                for (name, value) in fields {
                    rendered.push((name.clone(), self.render(value, Escape::None)?));
                }
                Body::Form(rendered)
            }
            Content::Multipart(fields) => {
                let mut parts = Vec::new();
                for field in fields {
                    parts.push(match &field.value {
                        FieldValue::Text(text) => Part {
                            name: field.name.clone(),
                            file_name: None,
                            media_type: None,
                            content: self.render(text, Escape::None)?.into(),
                        },
                        FieldValue::File {
                            name,
                            media_type,
                            content,
                        } => Part {
                            name: field.name.clone(),
                            file_name: Some(name.clone()),
                            media_type: Some(media_type.clone()),
                            content: content.clone(),
                        },
                    });
                }
                Body::Multipart(parts)
            }
        };
        let route = Arc::from(request.path.as_str());
        Ok(Prepared::new(
            request.method.clone(),
            url,
            route,
            headers,
            &body,
        ))
    }

    /// Renders a template for this user.
    ///
    /// # Errors
    ///
    /// When it names something that is not there.
    pub fn render(&mut self, text: &str, escape: Escape) -> Result<String, StepFailure> {
        if !super::template::is_template(text) {
            return Ok(text.to_owned());
        }
        if text.contains("other.") {
            self.meet_other()?;
        }
        self.uniques += 1;
        let scope = Scope {
            user: Arc::new(Identity {
                person: Arc::clone(&self.person),
                learned: Arc::clone(&self.learned),
                kept: Arc::clone(&self.kept),
            }),
            other: self.other.clone(),
            unique: format!("{}-{}", self.person.id, self.uniques),
        };
        self.context.templates.render(text, escape, &scope)
    }

    /// Draws the other user of this iteration.
    fn meet_other(&mut self) -> StepResult {
        if self.other.is_some() {
            return Ok(());
        }
        let context = &self.context;
        self.other = context.board.draw(
            self.person.id,
            &context.population,
            &context.wanted_of_others,
            &mut self.rng,
        );
        if self.other.is_some() {
            return Ok(());
        }
        self.ended = Some(Ended::NothingToProbe);
        Err(StepFailure::new("no other user holds what is asked for"))
    }

    // ---- the response ----

    /// The response to the last request.
    ///
    /// # Errors
    ///
    /// When there is none.
    pub fn response(&self) -> Result<&Received, StepFailure> {
        self.answers
            .last()
            .ok_or_else(|| StepFailure::new("there is no response to look at"))
    }

    /// The responses to the last requests, when several were sent at once.
    pub fn responses(&self) -> &[Received] {
        &self.answers
    }

    /// How long the last response took, from sending to its end.
    pub(crate) fn response_time(&self) -> Option<Duration> {
        let first = self.pending.first()?;
        let last = self.pending.last()?;
        Some(last.done.since(first.sent))
    }

    /// Reads a value from the response.
    ///
    /// # Errors
    ///
    /// When nothing is there.
    pub fn read(&self, selector: &Selector) -> Result<Reading, StepFailure> {
        let response = self.response()?;
        let failure = |error: CaptureError| {
            let known = match &self.last_request {
                Some(last) if last.purpose == Purpose::Registers && response.status == 409 => {
                    KNOWN_ALREADY
                }
                _ => "",
            };
            StepFailure::new(format!("{error}{known}"))
        };
        selector.read(response).map_err(failure)
    }

    /// Keeps `value` as `name`: what a `Given` keeps lives as long as the
    /// session, other values as long as the iteration.
    pub fn keep(&mut self, name: &str, value: String) {
        let kept = if self.establishing {
            &mut self.kept_by_session
        } else {
            &mut self.kept_by_iteration
        };
        kept.insert(name.to_owned(), value);
        self.post();
    }

    /// Reads a value from the response and keeps it.
    ///
    /// # Errors
    ///
    /// When nothing is there.
    pub fn keep_from(&mut self, selector: &Selector, name: &str) -> StepResult {
        let reading = self.read(selector)?;
        self.keep(name, reading.text);
        Ok(())
    }

    /// Adds a fact that the service gave the user, or that a step declares. It
    /// is the user's own from now on, and private.
    pub fn learn(&mut self, name: &str, value: String) {
        let fact = Fact {
            name: name.into(),
            value: value.clone(),
            visibility: self
                .context
                .settings
                .sharing
                .get(name)
                .copied()
                .unwrap_or(Visibility::Private),
            origin: Origin::Learned,
            weak: false,
        };
        if self.learned.get(name) == Some(&value) {
            return;
        }
        Arc::make_mut(&mut self.learned).insert(name.to_owned(), value);
        self.context
            .oracle
            .eyes()
            .learn(self.person.id, self.person.group, &fact);
        self.post();
    }

    /// A fact of the user's: learned, generated or read from the accounts file.
    pub fn fact(&self, name: &str) -> Option<&str> {
        self.learned
            .get(name)
            .map(String::as_str)
            .or_else(|| self.person.value(name))
    }

    fn post(&mut self) {
        let mut all = self.kept_by_session.clone();
        all.extend(self.kept_by_iteration.clone());
        self.kept = Arc::new(all);
        if !self.context.wanted_of_others.is_empty() {
            self.context
                .board
                .post(self.person.id, Arc::clone(&self.kept), Arc::clone(&self.learned));
        }
    }

    // ---- the session ----

    /// Sends `value` as the header `name` with every request of this session,
    /// and counts the user as signed in. A value that the service issued is
    /// remembered as this user's credential.
    pub fn authorize(&mut self, name: &str, value: String, secret: &str) {
        let issued = self.kept.values().any(|kept| kept == secret);
        if issued {
            let credential = Credential {
                name: name.to_ascii_lowercase(),
                value: value.clone(),
            };
            match self.pending.last_mut() {
                Some(exchange) => exchange.intent.issued.push(credential),
                None => self.unattributed.push(credential),
            }
        }
        let side = &mut self.sides[self.active];
        side.session.authorize(name, value);
        side.signed_in = true;
    }

    /// Sends `value` as the header `name` with every request of this session.
    pub fn set_header(&mut self, name: &str, value: String) {
        self.sides[self.active].session.set_header(name, value);
    }

    /// Opens a further session, without cookies and not signed in, and goes on
    /// in it.
    pub fn open_session(&mut self) {
        self.settle();
        self.sides.push(Side::default());
        self.active = self.sides.len() - 1;
    }

    /// Goes on in session `number`, counted from 1.
    ///
    /// # Errors
    ///
    /// When there is no such session.
    pub fn use_session(&mut self, number: usize) -> StepResult {
        self.settle();
        match number.checked_sub(1).filter(|at| *at < self.sides.len()) {
            Some(at) => {
                self.active = at;
                Ok(())
            }
            None => Err(StepFailure::new(format!(
                "there is no session {number}: {} are open",
                self.sides.len()
            ))),
        }
    }

    // ---- what is expected of the response ----

    /// The service has to deny the last request.
    pub fn expect_denial(&mut self) {
        for exchange in &mut self.pending {
            exchange.intent.denial_expected = true;
        }
    }

    /// The step expects to be treated as anonymous.
    pub fn expect_anonymous(&mut self) {
        for exchange in &mut self.pending {
            exchange.intent.anonymous_expected = true;
        }
    }

    /// Whether the last request was answered as to somebody not signed in.
    pub fn was_anonymous(&self) -> bool {
        self.pending
            .iter()
            .any(|exchange| exchange.intent.anonymous)
    }

    /// `claim` is where the last response has to show the user's own identity.
    pub(crate) fn claim_identity(&mut self, claim: IdentityClaim) {
        if let Some(exchange) = self.pending.last_mut() {
            exchange.intent.identity.push(claim);
        }
    }

    /// Notes that the present step did not hold without ending the iteration:
    /// for what the oracle reports as well.
    pub fn fail_softly(&mut self, reason: impl Into<String>) {
        self.soft_failure = Some(reason.into());
    }

    /// `text` without any private value that the run knows.
    pub fn redact(&self, text: &str) -> String {
        self.context.oracle.eyes().redact(text)
    }
}

/// Why nothing is found in the answer to a registration.
const KNOWN_ALREADY: &str = ": the account was there before this run (status 409), and what the \
    service tells newcomers is not told again; make other users with another seed, such as \
    `--seed 2`";

/// Why a request without a complete response failed its step.
fn unanswered(error: ErrorClass) -> StepFailure {
    let hint = match error {
        ErrorClass::Tls => {
            ": the certificate of the service was not accepted, or it speaks no TLS; name a certificate authority of your own as `ca` in the profile"
        }
        ErrorClass::Refused => {
            ": too many redirects, a header that cannot be sent, or a host that the profile does not name"
        }
        _ => "",
    };
    StepFailure::new(format!("no complete response: {error}{hint}"))
}
