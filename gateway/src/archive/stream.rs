//! A body that ends well only if its maker says so: one that is dropped, by an error, a bug or a stop, tears the connection.
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use axum::body::Bytes;
use hyper::body::{Body, Frame};
use tokio::sync::mpsc;

/// Chunks that wait for the client.
const CHUNKS_MAX: usize = 4;
/// Bytes of a chunk.
const CHUNK_BYTES: usize = 64 * 1024;

enum Message {
    Chunk(Bytes),
    End,
}

/// The maker's side.
pub(crate) struct Sender(mpsc::Sender<Message>);

/// The client's side.
pub(crate) struct Chunks {
    receiver: mpsc::Receiver<Message>,
    ended: bool,
}

/// Both sides.
pub(crate) fn channel() -> (Sender, Chunks) {
    let (sender, receiver) = mpsc::channel(CHUNKS_MAX);
    let ended = false;
    (Sender(sender), Chunks { receiver, ended })
}

impl Sender {
    /// Sends bytes once there is room for them; `false` if nobody takes them any more.
    pub(crate) async fn send(&self, bytes: Vec<u8>) -> bool {
        let mut bytes = Bytes::from(bytes);
        while !bytes.is_empty() {
            let chunk = bytes.split_to(bytes.len().min(CHUNK_BYTES));
            if self.0.send(Message::Chunk(chunk)).await.is_err() {
                return false;
            }
        }
        true
    }

    /// Says that this was all.
    pub(crate) async fn end(self) {
        let _ = self.0.send(Message::End).await;
    }
}

impl Body for Chunks {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        if self.ended {
            return Poll::Ready(None);
        }
        Poll::Ready(match ready!(self.receiver.poll_recv(context)) {
            Some(Message::Chunk(chunk)) => Some(Ok(Frame::data(chunk))),
            Some(Message::End) => {
                self.ended = true;
                None
            }
            None => Some(Err(io::Error::other("the archive broke off"))),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{CHUNK_BYTES, channel};
    use http_body_util::BodyExt as _;

    #[tokio::test]
    async fn a_body_whose_maker_did_not_end_it_ends_in_an_error_and_its_twin_does_not() {
        for ends in [true, false] {
            let (sender, chunks) = channel();
            let task = tokio::spawn(async move {
                assert!(sender.send(vec![7; 3 * CHUNK_BYTES + 1]).await);
                if ends {
                    sender.end().await;
                }
            });
            let whole = chunks.collect().await;
            task.await.expect("no panic");
            let whole = whole.ok().map(|whole| whole.to_bytes().len());
            assert_eq!(whole, ends.then_some(3 * CHUNK_BYTES + 1));
        }
        let (sender, chunks) = channel();
        drop(chunks);
        assert!(!sender.send(vec![7]).await);
    }
}
