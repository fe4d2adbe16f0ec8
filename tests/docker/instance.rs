//! An instance that says who it is, small enough to be an image of its own: it
//! answers HTTP on a socket in a folder that it shares with the test. Compiled
//! by the test itself, with nothing but the standard library.

use std::env;
use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::os::unix::net::{UnixListener, UnixStream};

fn main() -> io::Result<()> {
    let variable = |name| env::var(name).unwrap_or_default();
    let (instance, incarnation) = (variable("INSTANCE"), variable("INCARNATION"));
    let path = format!("/run/fpt/{instance}.sock");
    if env::args().nth(1).as_deref() == Some("health") {
        return look(&path);
    }
    // The life before may have left it behind.
    let _ = std::fs::remove_file(&path);
    for stream in UnixListener::bind(&path)?.incoming() {
        // Whoever asked may be gone again.
        let _ = answer(&mut stream?, &instance, &incarnation);
    }
    Ok(())
}

fn answer(stream: &mut UnixStream, instance: &str, incarnation: &str) -> io::Result<()> {
    let mut line = String::new();
    BufReader::new(stream.try_clone()?).read_line(&mut line)?;
    write!(
        stream,
        "HTTP/1.0 200 OK\r\nx-instance: {instance}\r\nx-incarnation: {incarnation}\r\n\r\n"
    )
}

fn look(path: &str) -> io::Result<()> {
    let mut stream = UnixStream::connect(path)?;
    stream.write_all(b"GET /health HTTP/1.0\r\n\r\n")?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    if answer.starts_with("HTTP/1.0 200") {
        Ok(())
    } else {
        Err(io::Error::other(answer))
    }
}
