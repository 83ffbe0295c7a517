//! Two connections joined: what one says the other hears, until both are silent.
use crate::counts::Counts;
use std::io;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::time::Instant;

/// Bytes under way in each direction.
pub const BUFFER: usize = 16 * 1024;

/// Joins `a` and `b` until both have ended, one breaks, or nothing has moved for `idle`.
pub async fn splice<A, B>(a: A, b: B, idle: Duration, counts: &Counts)
where
    A: AsyncRead + AsyncWrite + Unpin,
    B: AsyncRead + AsyncWrite + Unpin,
{
    let moved = Mutex::new(Instant::now());
    let (mut from_a, mut to_a) = tokio::io::split(a);
    let (mut from_b, mut to_b) = tokio::io::split(b);
    let both = async {
        let there = one_way(&mut from_a, &mut to_b, &moved, counts);
        let back = one_way(&mut from_b, &mut to_a, &moved, counts);
        // A broken half is the end of the other.
        let _ = tokio::try_join!(there, back);
    };
    tokio::select! {
        () = both => {}
        () = silence(&moved, idle) => {}
    }
}

async fn one_way(
    from: &mut (impl AsyncRead + Unpin),
    to: &mut (impl AsyncWrite + Unpin),
    moved: &Mutex<Instant>,
    counts: &Counts,
) -> io::Result<()> {
    let mut buffer = vec![0u8; BUFFER];
    loop {
        let count = from.read(&mut buffer).await?;
        let Some(bytes) = buffer.get(..count).filter(|bytes| !bytes.is_empty()) else {
            return to.shutdown().await;
        };
        to.write_all(bytes).await?;
        to.flush().await?;
        *moved.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now();
        counts.moved(u64::try_from(count).unwrap_or(u64::MAX));
    }
}

/// Resolves once nothing has moved for `idle`.
async fn silence(moved: &Mutex<Instant>, idle: Duration) {
    loop {
        let last = *moved.lock().unwrap_or_else(PoisonError::into_inner);
        let end = last + idle;
        if Instant::now() >= end {
            return;
        }
        tokio::time::sleep_until(end).await;
    }
}

#[cfg(test)]
mod tests {
    use super::splice;
    use crate::counts::Counts;
    use std::time::Duration;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, duplex};

    #[tokio::test]
    async fn both_ends_hear_each_other_and_then_the_end() {
        let (mut left, a) = duplex(8);
        let (b, mut right) = duplex(8);
        let counts = Counts::default();
        let ends = async {
            let (said, answered) = (vec![1u8; 100_000], vec![2u8; 70_000]);
            let (mut heard, mut back) = (Vec::new(), Vec::new());
            let (mut from_left, mut to_left) = tokio::io::split(&mut left);
            let (mut from_right, mut to_right) = tokio::io::split(&mut right);
            let leaves = async {
                to_left.write_all(&said).await.expect("says");
                to_left.shutdown().await.expect("ends");
            };
            let answers = async {
                from_right.read_to_end(&mut heard).await.expect("hears");
                to_right.write_all(&answered).await.expect("answers");
                to_right.shutdown().await.expect("ends");
            };
            tokio::join!(leaves, answers, async {
                from_left.read_to_end(&mut back).await.expect("hears back");
            });
            (heard == said, back == answered)
        };
        let ((), heard) = tokio::join!(splice(a, b, Duration::from_secs(60), &counts), ends);
        assert_eq!((heard, counts.bytes()), ((true, true), 170_000));
    }

    #[tokio::test]
    async fn silence_ends_it_and_a_word_puts_that_off() {
        let (mut left, a) = duplex(8);
        let (b, mut right) = duplex(8);
        let idle = Duration::from_millis(400);
        let start = tokio::time::Instant::now();
        let joined = tokio::spawn(async move {
            splice(a, b, idle, &Counts::default()).await;
            start.elapsed()
        });
        tokio::time::sleep(idle / 2).await;
        left.write_all(&[7]).await.expect("says");
        assert_eq!(right.read_u8().await.expect("hears"), 7);
        let after = joined.await.expect("ends by itself");
        assert!(after >= idle + idle / 2, "{after:?}");
        let ended = right.read_u8().await.expect_err("ended");
        assert_eq!(ended.kind(), std::io::ErrorKind::UnexpectedEof);
    }
}
