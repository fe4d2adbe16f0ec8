//! What users do on purpose to make mix-ups likelier.

use std::num::NonZeroU32;
use std::sync::atomic::Ordering;
use std::time::Duration;

use rand::RngExt as _;

use crate::campaign::failure::StepResult;
use crate::campaign::request::{Purpose, Request};
use crate::model::{Dealings, Departure, Exchange, Provocation};

use super::VirtualUser;

/// How long users wait for others who send the same request.
const FOR_SAME_REQUEST: Duration = Duration::from_millis(200);

/// How long users wait for others who sign in.
const FOR_SIGN_INS: Duration = Duration::from_secs(1);

/// Those for whom a user waits before sending.
#[derive(Clone, Debug)]
pub(super) struct Company {
    pub(super) what: String,
    pub(super) size: NonZeroU32,
    pub(super) patience: Duration,
    pub(super) mark: Provocation,
}

impl VirtualUser {
    /// When the user goes away from the next request, if at all.
    pub(super) fn drawn_departure(&mut self) -> Option<Departure> {
        if self.establishing || self.context.settings.abandonment.is_empty() {
            return None;
        }
        for abandonment in &self.context.settings.abandonment {
            self.could_bear(abandonment.at.provocation());
        }
        let mut drawn: f64 = self.rng.random_range(0.0..100.0);
        for abandonment in &self.context.settings.abandonment {
            if drawn < abandonment.percent {
                return Some(abandonment.at);
            }
            drawn -= abandonment.percent;
        }
        None
    }

    /// Whom the user waits for before sending `request`, if for anybody. One
    /// user alone, as before the load, waits for nobody.
    pub(super) fn company(&self, request: &Request) -> Option<Company> {
        if !self.context.measuring.load(Ordering::Relaxed) {
            return None;
        }
        let settings = &self.context.settings;
        let company = |what: String, size, patience, mark| {
            let size = settings.together(size);
            (size.get() > 1).then(|| {
                self.could_bear(mark);
                Company {
                    what,
                    size,
                    patience,
                    mark,
                }
            })
        };
        match request.purpose {
            Purpose::SignsIn => company(
                "sign-in".to_owned(),
                settings.sign_ins_together,
                FOR_SIGN_INS,
                Provocation::SignInsTogether,
            ),
            Purpose::Ordinary if !self.establishing => company(
                format!("{} {}", request.method, request.path),
                settings.same_request,
                FOR_SAME_REQUEST,
                Provocation::SameRequest,
            ),
            Purpose::Ordinary | Purpose::Registers | Purpose::SignsOut => None,
        }
    }

    /// Counts a request to which `what` could be done; none of those before the load.
    fn could_bear(&self, what: Provocation) {
        if self.context.measuring.load(Ordering::Relaxed) {
            self.context.chances.add(what);
        }
    }

    fn draws(&mut self, percent: f64) -> bool {
        percent > 0.0 && self.rng.random_range(0.0..100.0) < percent
    }

    /// Whether `request` is sent twice at once. Only writes that bear it: those
    /// with an idempotency key, and those the profile names.
    pub(super) fn doubles(&mut self, request: &Request) -> bool {
        let percent = self.context.settings.double_submit;
        if percent <= 0.0 || self.establishing || request.purpose != Purpose::Ordinary {
            return false;
        }
        let keyed = self.key_of(&request.headers).is_some();
        let route = format!("{} {}", request.method, request.path);
        let named = &self.context.profile.provoke.double_submit_routes;
        let bears_it = !request.method.is_safe() && (keyed || named.contains(&route));
        if bears_it {
            self.could_bear(Provocation::DoubleSubmit);
        }
        bears_it && self.draws(percent)
    }

    /// Sends `request` twice at once. Steps see the first answer, or the one to
    /// somebody signed in: where a session is renewed by each request, the
    /// other comes with the old credential, and that is nobody's fault.
    pub(super) async fn submit_twice(&mut self, request: Request) -> StepResult {
        self.settle();
        let probed = self.probed_by(&request)?;
        let prepared = self.prepare(&request)?;
        let dealings = self.about_to(&request, &prepared);
        let both = [dealings.clone(), dealings.clone()];
        let purpose = request.purpose;
        self.last_request = Some(request);
        let mut chains = self
            .carry(vec![prepared.clone(), prepared], None, None, &both, probed)
            .await?;
        let load_over = chains.iter().any(|chain| chain.load_over);
        chains.sort_by_key(|chain| self.anonymous_at(&chain.hops).is_some());
        for (number, mut chain) in chains.into_iter().enumerate() {
            mark(&mut chain.hops, Provocation::DoubleSubmit);
            if number == 0 {
                self.file(chain.hops, purpose, probed, &dealings);
            } else {
                self.describe(&mut chain.hops, purpose, probed, &dealings);
                for exchange in &mut chain.hops {
                    exchange.intent.anonymous_expected = true;
                }
                self.aside.append(&mut chain.hops);
            }
        }
        if load_over {
            return Err(self.load_over());
        }
        Ok(())
    }

    /// Whether a request goes out together with a sign-out.
    pub(super) fn disturbs_sign_out(&mut self) -> bool {
        let percent = self.context.settings.sign_out_in_flight;
        let bears_it = self.sides[self.active].telling.is_some();
        if bears_it {
            self.could_bear(Provocation::SignOutInFlight);
        }
        bears_it && self.draws(percent)
    }

    /// Sends `sign_out` together with the last request that told something. How
    /// the service answers that one is its own affair.
    pub(super) async fn sign_out_disturbed(&mut self, sign_out: Request) -> StepResult {
        self.settle();
        let Some(telling) = self.sides[self.active].telling.clone() else {
            return Ok(());
        };
        let nothing = Dealings::default();
        let prepared = vec![telling.request().clone(), self.prepare(&sign_out)?];
        self.last_request = Some(sign_out);
        let chains = self.carry(prepared, None, None, &[], None).await?;
        let load_over = chains.iter().any(|chain| chain.load_over);
        for (number, mut chain) in chains.into_iter().enumerate() {
            mark(&mut chain.hops, Provocation::SignOutInFlight);
            if number == 1 {
                self.file(chain.hops, Purpose::SignsOut, None, &nothing);
            } else {
                self.describe(&mut chain.hops, Purpose::Ordinary, None, &nothing);
                for exchange in &mut chain.hops {
                    exchange.intent.anonymous_expected = true;
                }
                self.aside.append(&mut chain.hops);
            }
        }
        if load_over {
            return Err(self.load_over());
        }
        Ok(())
    }
}

/// Notes on the first request of a chain what was done to it.
pub(super) fn mark(chain: &mut [Exchange], what: Provocation) {
    if let Some(first) = chain.first_mut() {
        first.intent.provocations.push(what);
    }
}
