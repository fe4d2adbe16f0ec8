//! Causes and what to look at, in words. Nothing here says more than the
//! pattern does.

use crate::model::Rule;

use super::incident::{Incident, Pattern};

/// Fills in the words of `incident`. `all` are the violations of its rule,
/// written or not.
pub(super) fn explain(incident: &mut Incident, all: u64) {
    let leading = incident.patterns.first().map(|own| own.pattern);
    let (cause, look_at) = match leading {
        Some(pattern) => known(pattern),
        None => unknown(incident.rule),
    };
    cause.clone_into(&mut incident.cause);
    look_at.clone_into(&mut incident.look_at);
    if all > MOST_WRITTEN {
        incident.against.push(format!(
            "{all} violations of {} were counted and {MOST_WRITTEN} written; the others are in no \
             incident",
            incident.rule
        ));
    }
}

/// Findings of one rule that are written.
const MOST_WRITTEN: u64 = crate::oracle::judge::MOST_FINDINGS;

const fn known(pattern: Pattern) -> (&'static str, &'static str) {
    match pattern {
        Pattern::CredentialCollision => (
            "two users hold one and the same session credential: it is made from something too \
             coarse or too small (a clock, a counter, a weak random number), or an answer that \
             sets it was kept and given to others",
            "how the credential is made, and whether answers that set it can be cached; by hand: \
             sign two accounts in at the same moment and compare what they are given",
        ),
        Pattern::DesynchronisedConnection => (
            "an answer is handed to whoever reads next: a connection or a queue behind the \
             service goes on being used after a request on it was broken off, with the answer \
             still to come",
            "what happens to a pooled or pipelined connection (database, cache, remote service) \
             when the request that uses it is cancelled; by hand: break off a slow request, then \
             ask another question at the same instance",
        ),
        Pattern::MissingAuthorization => (
            "the service does not check whose the thing is that is asked for",
            "where this route checks that the thing belongs to who asks; by hand: ask for another \
             user's thing by its id",
        ),
        Pattern::BuiltInDefault => (
            "the service falls back to built-in or sample data when it has nothing better",
            "defaults, samples and fixtures in the code of this route, and when they are used: an \
             empty pool, a failed look-up, a missing context",
        ),
        Pattern::Cache => (
            "an answer is kept and given to others: a cache (of the service, of a proxy or a CDN) \
             whose key holds the address and not the user",
            "caches on the way of this route, their keys, `Cache-Control` and `Vary`; by hand: ask \
             as one user, then as another at the same address, one after the other",
        ),
        Pattern::SharedState => (
            "requests that are under way together share something that belongs to one of them: a \
             field of a singleton, a buffer, a template's or a thread's context",
            "fields, buffers and contexts that live longer than one request in the code of this \
             route; by hand: send the same request as two users at the same moment",
        ),
        Pattern::CheckThenAct => (
            "whether the thing is free is looked at first, and it is claimed in a second step: \
             claims that come together all find it free",
            "how the thing is claimed: a unique constraint, or an update on the condition that it \
             is still free, does it in one step; by hand: let two users claim the same thing at the \
             same instant",
        ),
        Pattern::Replica => (
            "what one instance acknowledged is not yet, or never, known to the others: each reads a \
             replica of its own that lags, or keeps a cache that writes elsewhere do not clear",
            "where each instance reads from, and what tells it of writes at the others; by hand: \
             write at one instance, read at another at once",
        ),
        Pattern::LostUpdate => (
            "writes that come soon after each other take each other's place: what was read before \
             is written back as a whole, or a buffer or batch is replaced before it is written",
            "what lies between reading and writing on this route, buffers and batches in front of \
             the store, and a version or condition that would refuse the second write; by hand: \
             write as two users at the same instant, then read both",
        ),
        Pattern::LocalSessions => (
            "sessions are kept in the memory of one instance and go away with it",
            "where sessions are stored; by hand: sign in, remove the instance that answered, go on",
        ),
        Pattern::RehashedSessions => (
            "sessions are looked for by a hash modulo the number of instances, and are not found \
             when that number changes",
            "how a session's place is computed, and what moves sessions when instances come or go",
        ),
        Pattern::EmptiedSessionStore => (
            "all sessions went away together: their store was emptied, restarted or replaced",
            "what runs when an instance starts or stops (hooks, scripts, flushes), and whether \
             sessions outlive a restart of their store",
        ),
        Pattern::OneInstance => (
            "something is wrong with one instance, or with what it alone keeps",
            "version, configuration and memory of that instance, compared with the others",
        ),
        Pattern::ScaleEvent => (
            "it happens only when the number of instances changes",
            "what is handed over, moved or started anew when instances come or go",
        ),
    }
}

const fn unknown(rule: Rule) -> (&'static str, &'static str) {
    let look_at = match rule {
        Rule::ForeignData | Rule::UnknownIdentity | Rule::WrongResponse => {
            "the findings one by one: their overlapping requests, instance and time; a longer run \
             gives more to compare"
        }
        Rule::SessionSwap => "how credentials are made and who is given them",
        Rule::SessionOutlived => {
            "what a sign-out removes: the cookie at the browser, or the session at the service"
        }
        Rule::SessionLost => "how long sessions last, and where they are stored",
        Rule::AccessGranted => "where this route checks that the thing belongs to who asks",
        Rule::SessionRollback | Rule::LostWrite | Rule::StaleRead => {
            "where the write goes and where the read comes from: replicas, caches, queues, and what \
             happens to them when instances come or go"
        }
        Rule::DoubleBooking => "how the thing is claimed: in one step, or looked at first",
        Rule::PhantomWrite => {
            "where the request is refused: before anything is written, or afterwards, and what then \
             undoes it"
        }
    };
    ("no pattern was recognised", look_at)
}
