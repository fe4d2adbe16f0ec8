//! Whether a request opened a connection of its own, or used one that was
//! there.
//!
//! Nothing in an error tells it. But a client asks its connector for a new
//! connection within the task of the request that wants one, and does not ask
//! when one is free: so the connector leaves a note in the task.

use std::cell::Cell;
use std::task::{Context, Poll};

use tower_layer::Layer;
use tower_service::Service;

tokio::task_local! {
    static OPENED: Cell<bool>;
}

/// Does `work`, and tells whether a connection was opened for it. One that was
/// opened and not needed in the end counts as opened.
pub(super) async fn noting<T>(work: impl Future<Output = T>) -> (T, bool) {
    OPENED
        .scope(Cell::new(false), async {
            let done = work.await;
            (done, OPENED.with(Cell::get))
        })
        .await
}

/// Makes a connector note what it opens.
#[derive(Clone, Copy, Debug)]
pub(super) struct NoteOpened;

impl<S> Layer<S> for NoteOpened {
    type Service = Noting<S>;

    fn layer(&self, inner: S) -> Noting<S> {
        Noting { inner }
    }
}

/// A connector that notes what it opens.
#[derive(Clone, Debug)]
pub(super) struct Noting<S> {
    inner: S,
}

impl<S, R> Service<R> for Noting<S>
where
    S: Service<R>,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = S::Future;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: R) -> Self::Future {
        // Outside of a request there is nobody to tell.
        let _ = OPENED.try_with(|opened| opened.set(true));
        self.inner.call(request)
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::TcpListener;

    use super::super::Clients;
    use super::*;

    /// Answers so many requests on each connection, and closes it when the next
    /// one comes.
    async fn closes_after(answers: usize, listener: TcpListener) {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut buffer = [0; 4_096];
            for _ in 0..answers {
                let Ok(1..) = stream.read(&mut buffer).await else {
                    break;
                };
                let answer = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";
                let _ = stream.write_all(answer).await;
            }
            let _ = stream.read(&mut buffer).await;
        }
    }

    #[tokio::test]
    async fn a_reused_connection_is_told_from_a_new_one() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/", listener.local_addr().unwrap());
        let server = tokio::spawn(closes_after(2, listener));
        let profile = crate::config::load(crate::config::Sources::default()).unwrap();
        let client = Clients::new(profile.http.into()).unwrap().client().unwrap();
        let ask = || noting(async { client.get(&url).send().await?.text().await });
        let (first, opened) = ask().await;
        assert!(first.is_ok() && opened);
        let (second, opened) = ask().await;
        assert!(second.is_ok() && !opened);
        let (third, opened) = ask().await;
        assert!(third.is_err() && !opened, "{third:?}");
        let (fourth, opened) = ask().await;
        assert!(fourth.is_ok() && opened);
        server.abort();
    }
}
