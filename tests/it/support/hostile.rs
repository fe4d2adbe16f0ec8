//! Small services that do what no service should. They answer by hand, a
//! thread for each connection, because a well-made server would refuse to.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc;
use std::sync::{Arc, Mutex};

/// A service on a free port. Its threads end with the test process.
#[derive(Debug)]
pub(crate) struct Service {
    address: SocketAddr,
    connections: Arc<AtomicUsize>,
    /// Told once for each request.
    requests: Mutex<mpsc::Receiver<()>>,
}

/// What becomes of the connection after an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Then {
    /// The next request may come.
    GoOn,
    /// It is closed.
    Close,
    /// The whole service is gone, without a farewell to anyone.
    Die,
}

/// What a request says before its body.
#[derive(Clone, Debug, Default)]
pub(crate) struct Head {
    pub(crate) path: String,
    /// Names in lower case.
    headers: Vec<(String, String)>,
}

impl Head {
    /// The first header called `name` (lower case), or nothing.
    pub(crate) fn header(&self, name: &str) -> &str {
        let found = self.headers.iter().find(|(own, _)| own == name);
        found.map_or("", |(_, value)| value)
    }

    /// The value of the cookie `name`, or nothing.
    pub(crate) fn cookie(&self, name: &str) -> &str {
        let pairs = self.header("cookie").split("; ");
        let mut pairs = pairs.filter_map(|pair| pair.split_once('='));
        pairs.find(|(own, _)| *own == name).map_or("", |(_, v)| v)
    }

    /// The page that is asked for, without the query.
    pub(crate) fn page(&self) -> &str {
        self.path.split('?').next().unwrap_or_default()
    }

    /// The value of a parameter of the query.
    pub(crate) fn parameter(&self, name: &str) -> String {
        parameter(&self.path, name)
    }
}

type Answer = dyn Fn(&Head, &mut TcpStream) -> std::io::Result<Then> + Send + Sync;

impl Service {
    /// Answers each request by `answer`, which is given the path.
    pub(crate) fn start(
        answer: impl Fn(&str, &mut TcpStream) -> std::io::Result<Then> + Send + Sync + 'static,
    ) -> Self {
        Self::reading(move |head, stream| answer(&head.path, stream))
    }

    /// Answers each request by `answer`, which is given its head.
    pub(crate) fn reading(
        answer: impl Fn(&Head, &mut TcpStream) -> std::io::Result<Then> + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let address = listener.local_addr().unwrap();
        let connections = Arc::new(AtomicUsize::new(0));
        let answer: Arc<Answer> = Arc::new(answer);
        let (tell, requests) = mpsc::channel();
        let dead = Arc::new(AtomicBool::new(false));
        let counted = Arc::clone(&connections);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                if dead.load(Ordering::SeqCst) {
                    return;
                }
                counted.fetch_add(1, Ordering::SeqCst);
                let (answer, tell, dead) = (Arc::clone(&answer), tell.clone(), Arc::clone(&dead));
                std::thread::spawn(move || {
                    // A client that went away is what many of the tests want.
                    let _ = converse(stream, &*answer, &tell, &dead, address);
                });
            }
        });
        Self {
            address,
            connections,
            requests: Mutex::new(requests),
        }
    }

    /// Answers 200 with the path as text, so that users see what they sent.
    pub(crate) fn friendly() -> Self {
        Self::start(|path, stream| ok(stream, "text/plain", path.as_bytes()))
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub(crate) fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }

    /// Waits until so many requests have come.
    pub(crate) fn await_requests(&self, count: usize) {
        let requests = self.requests.lock().unwrap();
        for _ in 0..count {
            requests
                .recv_timeout(std::time::Duration::from_mins(1))
                .unwrap();
        }
    }
}

fn converse(
    mut stream: TcpStream,
    answer: &Answer,
    tell: &mpsc::Sender<()>,
    dead: &AtomicBool,
    address: SocketAddr,
) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream.try_clone()?);
    let mut line = String::new();
    loop {
        line.clear();
        if reader.read_line(&mut line)? == 0 {
            return Ok(());
        }
        let mut head = Head {
            path: line.split(' ').nth(1).unwrap_or("/").to_owned(),
            headers: Vec::new(),
        };
        let mut length = 0;
        loop {
            line.clear();
            reader.read_line(&mut line)?;
            if line.trim().is_empty() {
                break;
            }
            if let Some((name, value)) = line.split_once(':') {
                let (name, value) = (name.to_ascii_lowercase(), value.trim().to_owned());
                if name == "content-length" {
                    length = value.parse().unwrap_or(0);
                }
                head.headers.push((name, value));
            }
        }
        std::io::copy(
            &mut std::io::Read::take(&mut reader, length),
            &mut std::io::sink(),
        )?;
        if dead.load(Ordering::SeqCst) {
            return Ok(());
        }
        let _ = tell.send(());
        match answer(&head, &mut stream)? {
            Then::GoOn => {}
            Then::Close => return Ok(()),
            Then::Die => {
                dead.store(true, Ordering::SeqCst);
                // Wakes the listener, so that it notices.
                drop(TcpStream::connect(address));
                return Ok(());
            }
        }
    }
}

/// The value of a parameter of the query.
pub(crate) fn parameter(path: &str, name: &str) -> String {
    let query = path.split_once('?').map_or("", |(_, query)| query);
    let mut pairs = query.split('&').filter_map(|pair| pair.split_once('='));
    let value = pairs.find(|(own, _)| *own == name).map_or("", |(_, v)| v);
    percent_encoding::percent_decode_str(value)
        .decode_utf8_lossy()
        .into_owned()
}

/// A complete and proper answer.
pub(crate) fn ok(stream: &mut TcpStream, media_type: &str, body: &[u8]) -> std::io::Result<Then> {
    with_headers(stream, media_type, "", body)
}

/// The same with `headers`, each of which ends its line.
pub(crate) fn with_headers(
    stream: &mut TcpStream,
    media_type: &str,
    headers: &str,
    body: &[u8],
) -> std::io::Result<Then> {
    let length = body.len();
    write!(
        stream,
        "HTTP/1.1 200 OK\r\ncontent-type: {media_type}\r\n{headers}content-length: {length}\r\n\r\n"
    )?;
    stream.write_all(body)?;
    Ok(Then::GoOn)
}

/// What a hostile service answers to each path.
pub(crate) fn hostile(elsewhere: String) -> Service {
    Service::start(move |path, stream| {
        let page = path.split('?').next().unwrap_or(path);
        match page {
            "/endless" => {
                stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\n\r\n")?;
                let piece = vec![b'x'; 64 << 10];
                loop {
                    stream.write_all(&piece)?;
                }
            }
            "/bomb" => {
                let bomb = gzip_of_one_letter(256 << 20);
                let length = bomb.len();
                write!(
                    stream,
                    "HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ncontent-encoding: gzip\r\ncontent-length: {length}\r\n\r\n"
                )?;
                stream.write_all(&bomb)?;
                Ok(Then::GoOn)
            }
            "/deep" => ok(stream, "application/json", "[".repeat(100_000).as_bytes()),
            "/deep-and-closed" => {
                let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
                ok(stream, "application/json", deep.as_bytes())
            }
            "/deep-html" => ok(stream, "text/html", "<div>".repeat(100_000).as_bytes()),
            "/deep-xml" => ok(stream, "text/xml", "<a>".repeat(100_000).as_bytes()),
            "/no-utf-8" => ok(
                stream,
                "application/json; charset=utf-8",
                b"{\"a\": \"\xff\xfe\xc0\x80\"}",
            ),
            "/giant-headers" => {
                stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n")?;
                for number in 0..2_000 {
                    write!(stream, "x-{number}: {}\r\n", "y".repeat(1_000))?;
                }
                stream.write_all(b"\r\n")?;
                Ok(Then::GoOn)
            }
            "/circle" => redirect(stream, path),
            "/away" => redirect(stream, &elsewhere),
            "/never-ends" => {
                stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ncontent-length: 100\r\n\r\nalmost")?;
                // Until the client goes away.
                std::io::copy(stream, &mut std::io::sink())?;
                Ok(Then::Close)
            }
            "/silence" => {
                std::io::copy(stream, &mut std::io::sink())?;
                Ok(Then::Close)
            }
            "/no-http" => {
                stream.write_all(b"SSH-2.0-whatever\r\n")?;
                Ok(Then::Close)
            }
            // The second is a control character of its own, beyond ASCII.
            "/escapes" => {
                let body = br#"{"state": "\u001b[2J\u001b]0;owned\u0007\u009b31m<script>alert(1)</script>"}"#;
                let length = body.len();
                write!(
                    stream,
                    "HTTP/1.1 200 <script>\u{9b}31m\r\nx-instance: <script>\u{9b}31m\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n"
                )?;
                stream.write_all(body)?;
                Ok(Then::GoOn)
            }
            _ => ok(stream, "text/plain", path.as_bytes()),
        }
    })
}

/// An answer with this status and `headers`, each of which ends its line.
pub(crate) fn status(
    stream: &mut TcpStream,
    status: u16,
    headers: &str,
    body: &str,
) -> std::io::Result<Then> {
    let length = body.len();
    write!(
        stream,
        "HTTP/1.1 {status} X\r\ncontent-type: application/json\r\n{headers}content-length: {length}\r\n\r\n{body}"
    )?;
    Ok(Then::GoOn)
}

fn redirect(stream: &mut TcpStream, to: &str) -> std::io::Result<Then> {
    write!(
        stream,
        "HTTP/1.1 302 Found\r\nlocation: {to}\r\ncontent-length: 0\r\n\r\n"
    )?;
    Ok(Then::GoOn)
}

/// A gzip stream of about `size` times the letter `a`, some 0.6 % of that in
/// size. Deflate by hand: a letter, and then "the same 258 letters again" in
/// 13 bits, of which eight fill 13 bytes.
fn gzip_of_one_letter(size: usize) -> Vec<u8> {
    let mut bits: Vec<bool> = Vec::new();
    let huffman = |bits: &mut Vec<bool>, code: u16, length: u32| {
        bits.extend((0..length).rev().map(|at| code >> at & 1 == 1));
    };
    // The last block, with the fixed codes.
    bits.extend([true, true, false]);
    huffman(&mut bits, 0x30 + u16::from(b'a'), 8);
    let again = |bits: &mut Vec<bool>| {
        huffman(bits, 0b1100_0101, 8);
        huffman(bits, 0, 5);
    };
    again(&mut bits);
    let mut pattern = Vec::new();
    for _ in 0..8 {
        again(&mut pattern);
    }
    let bytes = |bits: &[bool]| -> Vec<u8> {
        let byte = |eight: &[bool]| {
            eight
                .iter()
                .rev()
                .fold(0, |byte, bit| byte << 1 | u8::from(*bit))
        };
        bits.chunks(8).map(byte).collect()
    };
    let mut gzip = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255];
    gzip.extend(bytes(&bits));
    gzip.extend(bytes(&pattern).repeat(size / (8 * 258)));
    // The end of the block, and a check sum that nobody gets to.
    gzip.extend([0; 10]);
    gzip
}
