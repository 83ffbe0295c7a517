//! What nodes tell each other beside consensus: transactions to put into a block, and that they are there.
use amanat_types::codec::List;
use amanat_types::{Height, limits};
use bytes::{BufMut, Bytes};
use commonware_codec::{Buf, EncodeSize, Error, RangeCfg, Read, Write};

/// Transactions in one message.
pub const FRAMES_MAX: usize = 4_096;
/// Bytes of transactions in one message, unless one alone is larger.
pub const MESSAGE_BYTES: usize = 256 * 1024;

/// Wire bytes of one transaction; decoded by the receiver, so that one bad frame spoils no other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame(pub Bytes);

impl Write for Frame {
    fn write(&self, buf: &mut impl BufMut) {
        self.0.write(buf);
    }
}
impl EncodeSize for Frame {
    fn encode_size(&self) -> usize {
        self.0.encode_size()
    }
}
impl Read for Frame {
    type Cfg = ();
    fn read_cfg(buf: &mut impl Buf, _: &()) -> Result<Self, Error> {
        let range = RangeCfg::from(1..=limits::TRANSACTION_BYTES_MAX);
        Bytes::read_cfg(buf, &range).map(Self)
    }
}

/// One message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Message {
    /// Transactions for the receiver's next block.
    Transactions(List<Frame, FRAMES_MAX>),
    /// The sender is there, and its finalised tip stands at this height.
    Here(Height),
}
amanat_types::codec_enum!(Message { 1 => Transactions, 2 => Here });

/// Upper bound on an encoded message.
pub const MESSAGE_SIZE_MAX: usize =
    1 + 5 + MESSAGE_BYTES + limits::TRANSACTION_BYTES_MAX + FRAMES_MAX * 5;

/// Packs transactions into messages of about [`MESSAGE_BYTES`].
pub fn pack(transactions: impl Iterator<Item = Bytes>) -> Vec<Message> {
    let mut messages = Vec::new();
    let mut frames = Vec::new();
    let mut size = 0;
    for bytes in transactions {
        if size > 0 && (size + bytes.len() > MESSAGE_BYTES || frames.len() == FRAMES_MAX) {
            messages.extend(message(std::mem::take(&mut frames)));
            size = 0;
        }
        size += bytes.len();
        frames.push(Frame(bytes));
    }
    messages.extend(message(frames));
    messages
}

fn message(frames: Vec<Frame>) -> Option<Message> {
    if frames.is_empty() {
        return None;
    }
    List::new(frames).ok().map(Message::Transactions)
}
