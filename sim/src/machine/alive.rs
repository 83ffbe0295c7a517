//! The life of one process: once it has ended, none of its tasks runs.
use super::Disk;
use commonware_utils::sync::Mutex;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

/// Whether a process has ended by itself; clones share it.
#[derive(Clone, Default)]
pub struct Life(Arc<Mutex<bool>>);

impl Life {
    /// Whether it has ended by itself.
    pub fn ended(&self) -> bool {
        *self.0.lock()
    }
}

/// A task of a process.
pub struct Alive<F> {
    task: Pin<Box<F>>,
    life: Life,
    disk: Disk,
}

impl<F> Alive<F> {
    /// `task` as one of the process.
    pub fn new(task: F, life: Life, disk: Disk) -> Self {
        let task = Box::pin(task);
        Self { task, life, disk }
    }
}

impl<F: Future> Future for Alive<F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        if self.life.ended() {
            return Poll::Pending;
        }
        let task = self.task.as_mut();
        match catch_unwind(AssertUnwindSafe(|| task.poll(cx))) {
            Ok(poll) => poll,
            // The disk had refused: the process ends on purpose.
            Err(_) if self.disk.refused().is_some() => {
                *self.life.0.lock() = true;
                self.disk.process_ended();
                Poll::Pending
            }
            Err(panic) => resume_unwind(panic),
        }
    }
}
