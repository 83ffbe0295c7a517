//! An open file of a disk that may refuse.
use super::disk::{Disk, File, Refused};
use bytes::Buf as _;
use commonware_runtime::{
    Clock as _, Error, Handle, IoBufs, IoBufsMut, ReadOptions, WriteOptions,
    deterministic::{self, Context},
};
use std::sync::Arc;

/// One open file.
pub struct Blob {
    inner: deterministic::Blob,
    file: Arc<File>,
    disk: Disk,
    clock: Arc<Context>,
}

impl Blob {
    /// An open file of `disk`.
    pub const fn new(
        inner: deterministic::Blob,
        file: Arc<File>,
        disk: Disk,
        clock: Arc<Context>,
    ) -> Self {
        Self {
            inner,
            file,
            disk,
            clock,
        }
    }

    fn refusal(&self, refused: Refused) -> Error {
        self.disk.refuses(self.clock.current());
        let text = match refused {
            Refused::Write => "the disk refused a write",
            Refused::Sync => "the disk refused a sync",
        };
        std::io::Error::other(text).into()
    }

    /// Waits as long as a sync takes; the error if it is refused.
    async fn settle(&self) -> Result<(), Error> {
        let delay = self.disk.delay();
        if !delay.is_zero() {
            self.clock.sleep(delay).await;
        }
        if self.disk.refuses_now(Refused::Sync) {
            return Err(self.refusal(Refused::Sync));
        }
        Ok(())
    }
}

impl commonware_runtime::Blob for Blob {
    async fn read_at_buf(
        &self,
        offset: u64,
        len: usize,
        bufs: impl Into<IoBufsMut> + Send,
        options: ReadOptions,
    ) -> Result<IoBufsMut, Error> {
        self.inner.read_at_buf(offset, len, bufs, options).await
    }

    async fn read_at(
        &self,
        offset: u64,
        len: usize,
        options: ReadOptions,
    ) -> Result<IoBufsMut, Error> {
        self.inner.read_at(offset, len, options).await
    }

    async fn write_at(
        &self,
        offset: u64,
        bufs: impl Into<IoBufs> + Send,
        options: WriteOptions,
    ) -> Result<(), Error> {
        let bytes = bufs.into().coalesce();
        if bytes.remaining() == 0 {
            return self.inner.write_at(offset, bytes, options).await;
        }
        if self.disk.refuses_now(Refused::Write) {
            // Some of it may reach the disk all the same.
            self.disk.written(&self.file, offset, &bytes);
            return Err(self.refusal(Refused::Write));
        }
        if !options.contains(WriteOptions::SYNC) {
            self.inner.write_at(offset, bytes.clone(), options).await?;
            self.disk.written(&self.file, offset, &bytes);
            return Ok(());
        }
        let unsynced = options.without(WriteOptions::SYNC);
        self.disk.written(&self.file, offset, &bytes);
        self.inner.write_at(offset, bytes.clone(), unsynced).await?;
        self.settle().await?;
        self.inner.write_at(offset, bytes.clone(), options).await?;
        self.disk.durable(&self.file, offset, &bytes);
        Ok(())
    }

    async fn resize(&self, len: u64) -> Result<(), Error> {
        self.inner.resize(len).await?;
        self.disk.resized(&self.file, len);
        Ok(())
    }

    async fn sync(&self) -> Result<(), Error> {
        self.settle().await?;
        self.inner.sync().await?;
        self.disk.synced(&self.file);
        Ok(())
    }

    async fn start_sync(&self) -> Handle<()> {
        Handle::ready(self.sync().await)
    }
}
