//! Reading back: what a response shows of saved things, and asking for them
//! after the load, page by page.

use std::collections::BTreeSet;
use std::num::NonZeroU32;
use std::sync::Arc;

use http::Method;
use url::Url;

use crate::campaign::guarantees::{ID, ReadBack};
use crate::campaign::pages::{MOST_PAGES, MOST_VALUES, Next, Pages};
use crate::campaign::request::Request;
use crate::http::{Listing, Selector};
use crate::model::{Attempt, Exchange, Received, Shown, What, Whole};

use super::VirtualUser;

/// Stands for the id while a path is made an address.
const MARK: &str = "fpt-id-7c1f";

/// What an id or a further page that is read back is kept as.
const KEPT: &str = "fpt_read_back";

/// What the pages of a list have shown so far.
#[derive(Default)]
struct Gathered {
    values: Vec<String>,
    distinct: BTreeSet<String>,
    visited: BTreeSet<String>,
}

impl Gathered {
    /// Takes in the page at `url`, and gives whether it shows anything new.
    fn take(&mut self, url: &Url, values: Vec<String>) -> bool {
        self.visited.insert(url.to_string());
        let before = self.distinct.len();
        self.distinct.extend(values.iter().cloned());
        self.values.extend(values);
        self.distinct.len() > before
    }
}

/// What comes behind an answer of a listing.
enum Turn {
    /// This page.
    To(Url),
    /// Nothing more.
    Last,
    /// Nothing can be said.
    Unclear,
}

impl VirtualUser {
    /// Notes in `exchange` what it shows of saved things.
    pub(super) fn look_for_saved(&mut self, exchange: &mut Exchange) {
        let context = Arc::clone(&self.context);
        let read_backs = &context.settings.guarantees.read_backs;
        if read_backs.is_empty() || exchange.request.method != "GET" {
            return;
        }
        let Some(response) = exchange.response.clone() else {
            return;
        };
        if exchange.error.is_some() {
            return;
        }
        for read_back in read_backs {
            let what = match &read_back.listed {
                Some(selector) => self.listed(read_back, selector, exchange, &response),
                None => self.found(read_back, &exchange.request.url, response.status),
            };
            let shown = &mut exchange.intent.dealings.shown;
            shown.extend(what.map(|what| read_back.shows(what)));
        }
    }

    /// The first page of a listing.
    fn listed(
        &mut self,
        read_back: &ReadBack,
        selector: &Selector,
        exchange: &Exchange,
        response: &Received,
    ) -> Option<What<String>> {
        if response.status != 200
            || response.cut
            || self.address(&read_back.path)? != exchange.request.url
        {
            return None;
        }
        let url = Url::parse(&exchange.request.url).ok()?;
        let listing = selector.read_all(response)?;
        let next = read_back.behind(&url, response, &listing, 0);
        Some(What::Listed {
            whole: wholeness(listing.whole, next.as_ref(), 1),
            values: listing.values,
        })
    }

    fn found(&mut self, read_back: &ReadBack, url: &str, status: u16) -> Option<What<String>> {
        let present = match status {
            200..300 => true,
            404 | 410 => false,
            _ => return None,
        };
        let pattern = self.address(&read_back.path.replace(ID, MARK))?;
        let (before, after) = pattern.split_once(MARK)?;
        let id = url.strip_prefix(before)?.strip_suffix(after)?;
        if id.is_empty() || id.contains(['/', '?']) {
            return None;
        }
        let value = percent_encoding::percent_decode_str(id)
            .decode_utf8_lossy()
            .into_owned();
        Some(What::Found { value, present })
    }

    /// Asks for what is listed by `read_back`, for all of its pages, and gives
    /// whether it was answered so that something can be said.
    pub(in crate::campaign) async fn read_back_all(
        &mut self,
        read_back: &ReadBack,
        attempt: Attempt,
    ) -> bool {
        let mut gathered = Gathered::default();
        let mut path = read_back.path.clone();
        loop {
            self.ask(read_back, path, attempt).await;
            let next = match self.answered(&[200]) {
                true => self.turn_page(read_back, &mut gathered),
                // What lies behind the last page may not exist.
                false
                    if !gathered.visited.is_empty()
                        && read_back.pages.as_ref().is_some_and(Pages::may_overrun)
                        && self.answered(&[404]) =>
                {
                    self.show(read_back, gathered.values.clone(), Whole::Followed);
                    Turn::Last
                }
                false => Turn::Unclear,
            };
            self.close_answer();
            match next {
                Turn::To(url) => path = self.by_template(url.to_string()),
                Turn::Last => return true,
                Turn::Unclear => return false,
            }
        }
    }

    /// Asks for one thing by its id, and gives whether it was answered so that
    /// something can be said.
    pub(in crate::campaign) async fn read_back_one(
        &mut self,
        read_back: &ReadBack,
        id: &str,
        attempt: Attempt,
    ) -> bool {
        let template = self.by_template(id.to_owned());
        let path = read_back.path.replace(ID, &template);
        self.ask(read_back, path, attempt).await;
        let answered = self.answered(&[200, 201, 202, 203, 204, 206, 404, 410]);
        self.close_answer();
        answered
    }

    /// Keeps `value`, and gives the template that stands for it: routes are
    /// told, and ids and cursors are not.
    pub(super) fn by_template(&mut self, value: String) -> String {
        self.keep(KEPT, value);
        format!("{{{{ user.kept.{KEPT} }}}}")
    }

    async fn ask(&mut self, read_back: &ReadBack, path: String, attempt: Attempt) {
        let request = Request::new(Method::GET, path);
        self.ask_for(request, &read_back.path, attempt).await;
    }

    /// Sends `request` for the read-back; its route is told as `route`.
    pub(super) async fn ask_for(&mut self, request: Request, route: &str, attempt: Attempt) {
        // What the last step of the load was about to do is over.
        self.foretold = Arc::new([]);
        // Whether it was answered is asked of the exchange.
        let _ = self.transact(request, NonZeroU32::MIN, None).await;
        let route: Arc<str> = route.into();
        for exchange in &mut self.pending {
            exchange.intent.dealings.read_back = Some(attempt);
            exchange.intent.anonymous_expected = true;
            exchange.request.route = Arc::clone(&route);
        }
    }

    /// Whether the last request was answered to the user by one of `statuses`.
    pub(super) fn answered(&self, statuses: &[u16]) -> bool {
        self.pending.last().is_some_and(|last| {
            let status = last.response.as_ref().map(|response| response.status);
            last.error.is_none()
                && !last.intent.anonymous
                && status.is_some_and(|status| statuses.contains(&status))
        })
    }

    /// Takes in the page that was answered last.
    fn turn_page(&mut self, read_back: &ReadBack, gathered: &mut Gathered) -> Turn {
        let Some(selector) = &read_back.listed else {
            return Turn::Last;
        };
        let before = gathered.values.len();
        let Some((url, listing, next)) = self.pending.last().and_then(|last| {
            let response = last.response.as_ref()?;
            let url = Url::parse(&last.request.url).ok()?;
            let listing = selector.read_page(response, before)?;
            let next = read_back.behind(&url, response, &listing, before);
            Some((url, listing, next))
        }) else {
            return Turn::Unclear;
        };
        let fresh = gathered.take(&url, listing.values);
        let pages = gathered.visited.len();
        if let Some(Next::Page(next)) = &next {
            // A service that does not know the query shows the same for ever.
            let circles = gathered.visited.contains(next.as_str()) || (pages > 1 && !fresh);
            if !circles && pages < MOST_PAGES && gathered.values.len() < MOST_VALUES {
                return Turn::To(next.clone());
            }
        }
        if pages > 1 {
            let whole = wholeness(listing.whole, next.as_ref(), pages);
            self.show(read_back, gathered.values.clone(), whole);
        }
        Turn::Last
    }

    /// The last response, with those before it, shows all of `values`.
    fn show(&mut self, read_back: &ReadBack, values: Vec<String>, whole: Whole) {
        if let Some(last) = self.pending.last_mut() {
            let what = What::Listed { values, whole };
            last.intent.dealings.shown.push(read_back.shows(what));
        }
    }

    pub(super) fn close_answer(&mut self) {
        let refused = self.was_anonymous();
        self.settle();
        if refused {
            self.lost = true;
        }
    }

    /// The ids of the things of `kind` that the user saved.
    pub(in crate::campaign) fn saved_of(&self, kind: &str) -> Vec<String> {
        self.saved.get(kind).cloned().unwrap_or_default()
    }
}

impl ReadBack {
    fn shows(&self, what: What<String>) -> Shown<String> {
        Shown {
            eventual: self.eventual,
            ..Shown::new(self.kind.as_str(), what)
        }
    }

    /// What comes behind a page that shows `listing`; `None` when no step says
    /// how the list goes on.
    fn behind(
        &self,
        url: &Url,
        response: &Received,
        listing: &Listing,
        before: usize,
    ) -> Option<Next> {
        let here = listing.values.len();
        let pages = self.pages.as_ref()?;
        Some(pages.next(url, response, before + here, here))
    }
}

/// Whether so many `pages` show everything: the last one looks like `last`, and
/// `next` comes behind it.
fn wholeness(last: Whole, next: Option<&Next>, pages: usize) -> Whole {
    match (last, next) {
        (_, Some(Next::Page(_) | Next::Unclear)) => Whole::No,
        (Whole::Yes, Some(Next::Told)) => Whole::Followed,
        (Whole::Yes, Some(Next::Silent)) if pages > 1 => Whole::Followed,
        (own, None | Some(Next::Told | Next::Silent)) => own,
    }
}
