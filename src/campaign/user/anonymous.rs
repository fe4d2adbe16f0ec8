//! Whether the service takes the user for nobody.

use url::Url;

use crate::http::Chain;
use crate::model::{Exchange, GraphQlRefusal, Received};

use super::VirtualUser;

impl VirtualUser {
    /// Which of `chain`, a request with its redirects, treats the user as
    /// anonymous, if it ends so: with one of the statuses that say it, with GraphQL
    /// errors that do, or at a sign-in page. A chain that passes a sign-in page on its way and comes back
    /// to what was asked for, or to something of the user's own, is a sign-in
    /// without a question.
    pub(super) fn anonymous_at(&self, chain: &[Exchange]) -> Option<usize> {
        let (first, last) = (chain.first()?, chain.last()?);
        let led = chain.iter().position(|own| self.leads_to_sign_in(own));
        let status = last.response.as_ref().map(|response| response.status);
        let statuses = &self.context.profile.session.anonymous_statuses;
        if status.is_some_and(|status| statuses.contains(&status)) {
            return Some(led.unwrap_or(chain.len() - 1));
        }
        let refusal = last.response.as_ref().and_then(Received::graphql_refusal);
        if refusal == Some(GraphQlRefusal::Unauthenticated) {
            return Some(led.unwrap_or(chain.len() - 1));
        }
        let led = led?;
        let followed = led + 1 < chain.len();
        // How it would have ended is unknown.
        if last.intent.cut_short || (followed && last.error.is_some()) {
            return None;
        }
        if !followed {
            return Some(led);
        }
        let page = |exchange: &Exchange| Url::parse(&exchange.request.url).ok();
        let (asked, end) = (page(first)?, page(last)?);
        let shown = status.is_some_and(|status| (200..300).contains(&status));
        let same = asked.origin() == end.origin() && asked.path() == end.path();
        let back = shown
            && !self.is_sign_in_page(&end)
            && (same || self.context.oracle.eyes().tells(last));
        (!back).then_some(led)
    }

    /// Whether one of `chains`, which were sent at one moment, renewed the
    /// session: the others came with the old credential, which may be over.
    pub(super) fn are_outrun(&self, chains: &[Chain]) -> bool {
        chains.len() > 1
            && chains.iter().any(|chain| {
                let issued = chain.hops.iter().any(|hop| !hop.intent.issued.is_empty());
                issued && self.anonymous_at(&chain.hops).is_none()
            })
    }

    fn leads_to_sign_in(&self, exchange: &Exchange) -> bool {
        let Some(response) = &exchange.response else {
            return false;
        };
        if !(300..400).contains(&response.status) {
            return false;
        }
        let target = response
            .header("location")
            .and_then(|location| Url::parse(&exchange.request.url).ok()?.join(location).ok());
        target.is_some_and(|url| self.is_sign_in_page(&url))
    }

    fn is_sign_in_page(&self, url: &Url) -> bool {
        let base = self.context.target.path().trim_end_matches('/');
        let path = url.path().strip_prefix(base).unwrap_or(url.path());
        let pages = &self.context.profile.session.sign_in;
        pages.iter().any(|page| page.is(path))
    }
}
