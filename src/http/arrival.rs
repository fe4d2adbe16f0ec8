//! Arrival: a response as it comes in, bounded.

use std::error::Error as _;

use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt as _;

use crate::model::{
    Departure, ErrorClass, REASON, Received, RequestId, TRAILER, Timestamp, short_text_of,
};

use super::opened::noting;

/// Bytes that are kept when a stream is cut where no event ends, so that a
/// value across the cut is seen.
const OVERLAP: usize = 512;

/// Bytes at the beginning of a stream that tell whether it is one of events,
/// blank lines before the first one included.
const BEGINNING: usize = 64;

/// Takes what has arrived of a response that may never end: the request and its
/// address, the head of the response, and a piece of its body.
pub type Ear = dyn Fn(RequestId, &str, &Received, &[u8]) + Sync;

/// Listening to a response that may never end.
#[derive(Clone, Copy)]
pub(super) struct Listening<'l> {
    pub(super) ear: &'l Ear,
    /// Where this request goes, which may be a redirected one.
    pub(super) url: &'l str,
    /// Listening ends when this was heard.
    pub(super) until: Option<&'l str>,
    pub(super) max_body: usize,
}

/// What has arrived so far; kept outside the future that receives it, so that
/// a timeout does not lose the head of a response.
#[derive(Debug, Default)]
pub(super) struct Arrival {
    pub(super) first_byte: Option<Timestamp>,
    head: Option<(u16, Vec<(String, String)>)>,
    body: BytesMut,
    cut: bool,
    /// What was not listened to yet.
    unheard: BytesMut,
    /// What listening waited for was heard.
    pub(super) met: bool,
}

/// Why nothing more arrived.
pub(super) enum Broken {
    /// It was not the network.
    Given(ErrorClass),
    Transport(reqwest::Error),
    /// The same, before the head of the answer, on a connection that had been
    /// used before.
    Unanswered(reqwest::Error),
}

impl Arrival {
    /// Receives the answer to `outgoing`; `head_came` is called when its head is
    /// there, and says when that is.
    pub(super) async fn receive(
        &mut self,
        client: &reqwest::Client,
        outgoing: Result<reqwest::Request, ErrorClass>,
        head_came: &(dyn Fn() -> Timestamp + Sync),
        max_body: usize,
        listening: Option<(RequestId, Listening<'_>)>,
        departure: Option<Departure>,
    ) -> Result<(), Broken> {
        let outgoing = outgoing.map_err(Broken::Given)?;
        let (response, opened) = noting(client.execute(outgoing)).await;
        let response = response.map_err(if opened {
            Broken::Transport
        } else {
            Broken::Unanswered
        })?;
        self.first_byte = Some(head_came());
        let mut headers = texts(response.headers(), "");
        if let Some(reason) = response.extensions().get::<hyper::ext::ReasonPhrase>() {
            headers.push((REASON.to_owned(), short_text_of(reason.as_bytes())));
        }
        self.head = Some((response.status().as_u16(), headers));
        // `None` when the service does not say how long the body is.
        let length = response.content_length();
        if departure == Some(Departure::BeforeBody) && length != Some(0) {
            return Err(Broken::Given(ErrorClass::Abandoned));
        }
        let mut body = http::Response::<reqwest::Body>::from(response).into_body();
        while let Some(frame) = body.frame().await {
            let frame = frame.map_err(Broken::Transport)?;
            match frame.into_data() {
                Ok(chunk) => {
                    let full = self.take(&chunk, max_body);
                    match listening {
                        Some((id, listening)) if self.listen(&chunk, id, listening) => break,
                        None if full => {
                            self.cut = true;
                            break;
                        }
                        Some(_) | None => {}
                    }
                    let complete = length.is_some_and(|length| self.body.len() as u64 >= length);
                    if departure == Some(Departure::MidBody) && !complete {
                        return Err(Broken::Given(ErrorClass::Abandoned));
                    }
                }
                Err(frame) => {
                    if let (Ok(trailers), Some((_, headers))) =
                        (frame.into_trailers(), &mut self.head)
                    {
                        headers.extend(texts(&trailers, TRAILER));
                    }
                }
            }
        }
        Ok(())
    }

    /// Keeps `chunk` as far as there is room; `true` when there was not enough.
    fn take(&mut self, chunk: &Bytes, max_body: usize) -> bool {
        let room = max_body.saturating_sub(self.body.len());
        self.body.extend_from_slice(&chunk[..chunk.len().min(room)]);
        chunk.len() > room
    }

    /// Hands on every complete event; `true` when what was waited for came.
    fn listen(&mut self, chunk: &Bytes, id: RequestId, listening: Listening<'_>) -> bool {
        // What was there before was looked through when it came: a stream of
        // little pieces is not to be looked through whole for each of them.
        let known = self.unheard.len();
        self.unheard.extend_from_slice(chunk);
        if let Some(until) = listening.until.map(str::as_bytes) {
            let new = known.saturating_sub(until.len());
            self.met |= contains(&self.unheard[new..], until);
        }
        if self.met {
            return true;
        }
        let end = match complete(&self.unheard, known) {
            0 if self.unheard.len() < listening.max_body => return false,
            // One event larger than the bound: in pieces, then.
            0 => {
                self.hear(id, listening, self.unheard.len());
                self.unheard.len() - OVERLAP.min(self.unheard.len())
            }
            end => {
                self.hear(id, listening, end);
                end
            }
        };
        let _heard = self.unheard.split_to(end);
        false
    }

    /// Hands on what is left when listening is over.
    pub(super) fn end_of_listening(&mut self, id: RequestId, listening: Listening<'_>) {
        self.hear(id, listening, self.unheard.len());
        self.unheard.clear();
    }

    fn hear(&self, id: RequestId, listening: Listening<'_>, end: usize) {
        if let Some((status, headers)) = &self.head {
            let head = Received {
                status: *status,
                headers: headers.clone(),
                ..Received::default()
            };
            (listening.ear)(id, listening.url, &head, &self.unheard[..end]);
        }
    }

    pub(super) fn has_head(&self) -> bool {
        self.head.is_some()
    }

    pub(super) fn take_response(&mut self) -> Option<Received> {
        let (status, headers) = self.head.take()?;
        let body = std::mem::take(&mut self.body).freeze();
        Some(Received {
            status,
            headers,
            body,
            cut: self.cut,
        })
    }
}

/// Names and values as text.
fn texts(headers: &http::HeaderMap, before: &str) -> Vec<(String, String)> {
    headers
        .iter()
        .map(|(name, value)| (format!("{before}{name}"), short_text_of(value.as_bytes())))
        .collect()
}

fn contains(text: &[u8], wanted: &[u8]) -> bool {
    wanted.is_empty() || text.windows(wanted.len()).any(|window| window == wanted)
}

/// Where the last complete event, or else the last complete line of another
/// kind of stream, ends. In the first `known` bytes none does.
fn complete(stream: &[u8], known: usize) -> usize {
    let behind = |wanted: &[u8]| {
        let new = known.saturating_sub(wanted.len());
        stream[new..]
            .windows(wanted.len())
            .rposition(|window| window == wanted)
            .map(|at| new + at + wanted.len())
    };
    let beginning = stream[..stream.len().min(BEGINNING)].trim_ascii_start();
    let is_event = ["data:", "event:", "id:", "retry:", ":"]
        .iter()
        .any(|field| beginning.starts_with(field.as_bytes()));
    let events = behind(b"\n\n").max(behind(b"\r\n\r\n"));
    match events {
        Some(end) => end,
        None if is_event => 0,
        None => behind(b"\n").unwrap_or(0),
    }
}

/// The class of a transport error, by its causes rather than by its text.
pub(super) fn classify(broken: &Broken) -> ErrorClass {
    let error = match broken {
        Broken::Given(class) => return *class,
        Broken::Transport(error) => error,
        Broken::Unanswered(error) => {
            return match class_of(error) {
                ErrorClass::Reset => ErrorClass::StaleReuse,
                class => class,
            };
        }
    };
    class_of(error)
}

/// What lies behind a transport error, without the URL, which can hold anything.
pub(super) fn causes(broken: &Broken) -> String {
    let (Broken::Transport(error) | Broken::Unanswered(error)) = broken else {
        return String::new();
    };
    let mut causes = Vec::new();
    let mut cause = error.source();
    while let Some(inner) = cause {
        causes.push(inner.to_string());
        cause = inner.source();
    }
    causes.join(": ")
}

fn class_of(error: &reqwest::Error) -> ErrorClass {
    if error.is_connect() {
        return if is_tls(error) {
            ErrorClass::Tls
        } else {
            ErrorClass::Connect
        };
    }
    if error.is_timeout() {
        return ErrorClass::Timeout;
    }
    let mut cause = error.source();
    while let Some(inner) = cause {
        if let Some(io) = inner.downcast_ref::<std::io::Error>() {
            use std::io::ErrorKind::{
                BrokenPipe, ConnectionAborted, ConnectionReset, NotConnected, UnexpectedEof,
            };
            if matches!(
                io.kind(),
                BrokenPipe | ConnectionAborted | ConnectionReset | NotConnected | UnexpectedEof
            ) {
                return ErrorClass::Reset;
            }
        }
        if let Some(hyper) = inner.downcast_ref::<hyper::Error>()
            && (hyper.is_incomplete_message() || hyper.is_closed() || hyper.is_canceled())
        {
            return ErrorClass::Reset;
        }
        cause = inner.source();
    }
    ErrorClass::Protocol
}

/// Whether TLS is behind `error`. What an `io::Error` wraps is not among its
/// sources.
fn is_tls(error: &(dyn std::error::Error + 'static)) -> bool {
    let mut cause = Some(error);
    while let Some(inner) = cause {
        let wrapped = inner
            .downcast_ref::<std::io::Error>()
            .and_then(std::io::Error::get_ref);
        if inner.is::<rustls::Error>() || wrapped.is_some_and(|wrapped| is_tls(wrapped)) {
            return true;
        }
        cause = inner.source();
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tls_is_found_behind_other_errors() {
        use std::io::Error;
        let tls = || rustls::Error::HandshakeNotComplete;
        assert!(is_tls(&tls()));
        assert!(is_tls(&Error::other(tls())));
        assert!(is_tls(&Error::other(Error::other(tls()))));
        assert!(!is_tls(&Error::other("refused")));
    }

    #[test]
    fn headers_are_read_whatever_their_charset() {
        let mut headers = http::HeaderMap::new();
        for name in [
            &b"J\xfcrgen M\xfcller.pdf"[..],
            "Jürgen Müller.pdf".as_bytes(),
        ] {
            let value = http::HeaderValue::from_bytes(name).unwrap();
            headers.append("x-file", value);
        }
        let file = ("x-file".to_owned(), "Jürgen Müller.pdf".to_owned());
        assert_eq!(texts(&headers, ""), [file.clone(), file]);
    }

    #[test]
    fn streams_are_cut_where_something_ends() {
        for (stream, end) in [
            ("data: a\n\ndata: b", 9),
            ("data: a\r\n\r\ndata: b", 11),
            ("data: a\n", 0),
            ("{\"a\":1}\n{\"b\"", 8),
            ("", 0),
        ] {
            // However much of it was there before, as long as nothing ended.
            for known in 0..=stream.len().min(3) {
                let told = complete(stream.as_bytes(), known);
                assert_eq!(told, end, "{stream:?} from {known}");
            }
        }
    }

    /// What is heard of `pieces`, and whether `until` was.
    fn heard(
        pieces: impl Iterator<Item = &'static str>,
        until: Option<&str>,
        max_body: usize,
    ) -> (Vec<String>, bool) {
        use std::sync::{Arc, Mutex, PoisonError};

        use crate::model::{RunTag, UserId};

        let all = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&all);
        let ear = move |_: RequestId, _: &str, _: &Received, piece: &[u8]| {
            let piece = String::from_utf8_lossy(piece).into_owned();
            kept.lock()
                .unwrap_or_else(PoisonError::into_inner)
                .push(piece);
        };
        let listening = Listening {
            ear: &ear,
            url: "http://h.test/",
            until,
            max_body,
        };
        let mut arrival = Arrival {
            head: Some((200, Vec::new())),
            ..Arrival::default()
        };
        let id = RequestId::new(RunTag(7), UserId(1), 1);
        for piece in pieces {
            if arrival.listen(&Bytes::from_static(piece.as_bytes()), id, listening) {
                break;
            }
        }
        arrival.end_of_listening(id, listening);
        let met = arrival.met;
        let all = all.lock().unwrap_or_else(PoisonError::into_inner);
        (all.clone(), met)
    }

    #[test]
    fn events_are_heard_whatever_pieces_they_come_in() {
        for pieces in [
            &["data: a\n\ndata: b\n\n"][..],
            &["data: a\n", "\ndata: b\n", "\n"],
            &["d", "ata: a\n\nda", "ta: b\n\n"],
            &["data: a\r\n\r", "\ndata: b\r\n\r\n"],
        ] {
            let whole = pieces.concat();
            let (heard, met) = heard(pieces.iter().copied(), Some("b\n\n"), 1_000);
            assert_eq!(heard.concat(), whole, "{pieces:?}");
            assert_eq!(met, whole.ends_with("b\n\n"), "{pieces:?}");
        }
    }

    /// All that was not heard was looked through for each piece.
    #[test]
    fn a_long_event_in_little_pieces_is_no_matter_of_minutes() {
        let pieces = || std::iter::repeat_n("x ", 400_000);
        let whole = std::iter::once("data: ")
            .chain(pieces())
            .chain(["\nen", "d"]);
        let (heard, met) = heard(whole, Some("end"), 4 << 20);
        assert!(met);
        let lengths: Vec<usize> = heard.iter().map(String::len).collect();
        assert_eq!(lengths, ["data: ".len() + 800_000 + "\nend".len()]);
    }
}
