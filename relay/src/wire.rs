//! What is said on a member's line to its relay: frames of a length, a tag and fields. A relay speaks first, with a challenge.
use amanat_types::release::SignedRequest;
use std::fmt;
use std::io;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};

/// Route of the signed request with which a member proves who it is.
pub const ROUTE: &str = "/relay/1";
/// Longest frame: a signed request is the longest there is.
const FRAME_MAX: usize = 512;

/// What a relay asks to be signed; another for each proof.
pub type Challenge = [u8; 32];
/// Names a stream that is to be fetched: whoever knows it may.
pub type Token = [u8; 32];

/// A service of a member.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Service {
    /// Its node, for other nodes.
    Node,
    /// Its custodian of record keys.
    Custodian,
    /// Its vault.
    Vault,
}

impl Service {
    /// All.
    pub const ALL: [Self; 3] = [Self::Node, Self::Custodian, Self::Vault];

    /// Its name in configurations, logs and metrics.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Node => "node",
            Self::Custodian => "custodian",
            Self::Vault => "vault",
        }
    }

    const fn number(self) -> u8 {
        match self {
            Self::Node => 1,
            Self::Custodian => 2,
            Self::Vault => 3,
        }
    }

    fn from_number(number: u8) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|service| service.number() == number)
    }
}

impl fmt::Display for Service {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Why a relay does not carry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, thiserror::Error)]
pub enum Refused {
    /// Its configuration does not name the member, or not this service.
    #[error("the relay's configuration does not name this member and service")]
    NotNamed,
    /// The proof is of another challenge, another relay, another service, or does not decode.
    #[error("the proof is not of this line")]
    ProofWrong,
    /// The ledger does not know the key as one of an active member, the signature is wrong, or the clocks differ.
    #[error(
        "the relay's node does not know the signer as an active member, or the clocks differ by more than a few seconds"
    )]
    NotAdmitted,
    /// The relay's own node did not answer.
    #[error("the relay's own node does not answer")]
    Later,
    /// Too many lines.
    #[error("the relay has no room")]
    Full,
}

impl Refused {
    /// All.
    pub const ALL: [Self; 5] = [
        Self::NotNamed,
        Self::ProofWrong,
        Self::NotAdmitted,
        Self::Later,
        Self::Full,
    ];

    /// Its name in metrics.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NotNamed => "not_named",
            Self::ProofWrong => "proof_wrong",
            Self::NotAdmitted => "not_admitted",
            Self::Later => "later",
            Self::Full => "full",
        }
    }

    const fn number(self) -> u8 {
        match self {
            Self::NotNamed => 1,
            Self::ProofWrong => 2,
            Self::NotAdmitted => 3,
            Self::Later => 4,
            Self::Full => 5,
        }
    }
}

/// What a member wants of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Keep it, and be told of streams.
    Keep,
    /// Be told whether it could.
    Probe,
}

/// What is signed: for which relay, about which challenge, for which service, to what end.
pub fn body(relay: u16, challenge: &Challenge, service: Service, purpose: Purpose) -> Vec<u8> {
    let purpose = match purpose {
        Purpose::Keep => 1,
        Purpose::Probe => 2,
    };
    let mut body = relay.to_be_bytes().to_vec();
    body.extend_from_slice(challenge);
    body.extend_from_slice(&[service.number(), purpose]);
    body
}

/// A word of a relay.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OfRelay {
    /// Sign this.
    Challenge(Challenge),
    /// The proof held.
    Taken,
    /// It did not; the line ends.
    Refused(Refused),
    /// Fetch this stream.
    Fetch(Token),
    /// The relay is there.
    Alive,
}

/// A word of a member.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OfMember {
    /// Proof for a service.
    Proof(Service, Purpose, Box<SignedRequest>),
    /// This connection fetches a stream.
    Join(Token),
    /// A stream cannot be fetched.
    Gone(Token),
    /// The member is there.
    Alive,
}

impl OfRelay {
    fn bytes(&self) -> Vec<u8> {
        match self {
            Self::Challenge(challenge) => tagged(1, challenge),
            Self::Taken => tagged(2, &[]),
            Self::Refused(refused) => tagged(3, &[refused.number()]),
            Self::Fetch(token) => tagged(4, token),
            Self::Alive => tagged(5, &[]),
        }
    }

    fn parse(bytes: &[u8]) -> Option<Self> {
        let (tag, rest) = bytes.split_first()?;
        Some(match (tag, rest) {
            (1, challenge) => Self::Challenge(challenge.try_into().ok()?),
            (2, []) => Self::Taken,
            (3, [number]) => {
                let mut all = Refused::ALL.into_iter();
                Self::Refused(all.find(|refused| refused.number() == *number)?)
            }
            (4, token) => Self::Fetch(token.try_into().ok()?),
            (5, []) => Self::Alive,
            _ => return None,
        })
    }
}

impl OfMember {
    fn bytes(&self) -> Vec<u8> {
        match self {
            Self::Proof(service, purpose, signed) => {
                let purpose = u8::from(*purpose == Purpose::Probe);
                let head = [service.number(), purpose];
                tagged(1, &[&head, signed.to_bytes().as_slice()].concat())
            }
            Self::Join(token) => tagged(2, token),
            Self::Gone(token) => tagged(3, token),
            Self::Alive => tagged(4, &[]),
        }
    }

    fn parse(bytes: &[u8]) -> Option<Self> {
        let (tag, rest) = bytes.split_first()?;
        Some(match (tag, rest) {
            (1, [service, purpose, signed @ ..]) => {
                let purpose = match purpose {
                    0 => Purpose::Keep,
                    1 => Purpose::Probe,
                    _ => return None,
                };
                let signed = SignedRequest::from_bytes(signed.to_vec()).ok()?;
                Self::Proof(Service::from_number(*service)?, purpose, Box::new(signed))
            }
            (2, token) => Self::Join(token.try_into().ok()?),
            (3, token) => Self::Gone(token.try_into().ok()?),
            (4, []) => Self::Alive,
            _ => return None,
        })
    }
}

/// A frame as a word of a relay and as one of a member, written again; nothing of what it is not. Both are heard before anybody has shown who it is,
/// so `fuzz/` tries this with hostile bytes.
pub fn again(frame: &[u8]) -> [Option<Vec<u8>>; 2] {
    let relay = OfRelay::parse(frame).map(|word| word.bytes());
    let member = OfMember::parse(frame).map(|word| word.bytes());
    [relay, member]
}

fn tagged(tag: u8, rest: &[u8]) -> Vec<u8> {
    [&[tag], rest].concat()
}

/// Says a word of a relay.
pub async fn say(stream: &mut (impl AsyncWrite + Unpin), word: &OfRelay) -> io::Result<()> {
    write(stream, &word.bytes()).await
}

/// Says a word of a member.
pub async fn tell(stream: &mut (impl AsyncWrite + Unpin), word: &OfMember) -> io::Result<()> {
    write(stream, &word.bytes()).await
}

/// Hears a word of a relay. Not to be cancelled between words.
pub async fn hear(stream: &mut (impl AsyncRead + Unpin)) -> io::Result<OfRelay> {
    let frame = read(stream).await?;
    OfRelay::parse(&frame).ok_or_else(|| io::ErrorKind::InvalidData.into())
}

/// Hears a word of a member. Not to be cancelled between words.
pub async fn listen(stream: &mut (impl AsyncRead + Unpin)) -> io::Result<OfMember> {
    let frame = read(stream).await?;
    OfMember::parse(&frame).ok_or_else(|| io::ErrorKind::InvalidData.into())
}

async fn write(stream: &mut (impl AsyncWrite + Unpin), frame: &[u8]) -> io::Result<()> {
    let length = u16::try_from(frame.len()).map_err(|_| io::ErrorKind::InvalidInput)?;
    let whole = [&length.to_be_bytes(), frame].concat();
    stream.write_all(&whole).await?;
    stream.flush().await
}

async fn read(stream: &mut (impl AsyncRead + Unpin)) -> io::Result<Vec<u8>> {
    let mut length = [0u8; 2];
    stream.read_exact(&mut length).await?;
    let length = usize::from(u16::from_be_bytes(length));
    if length > FRAME_MAX {
        return Err(io::ErrorKind::InvalidData.into());
    }
    let mut frame = vec![0u8; length];
    stream.read_exact(&mut frame).await?;
    Ok(frame)
}

#[cfg(test)]
mod tests {
    use super::{
        FRAME_MAX, OfMember, OfRelay, Purpose, ROUTE, Refused, Service, again, body, hear, listen,
        say, tell,
    };
    use amanat_types::key::MemberSigner;
    use amanat_types::release::SignedRequest;
    use amanat_types::{Digest, MemberId, TimestampMs};

    fn signed() -> SignedRequest {
        let body = body(1, &[7; 32], Service::Vault, Purpose::Keep);
        let (member, time) = (MemberId::new(5), TimestampMs::new(9));
        SignedRequest::sign(
            &MemberSigner::from_seed([3; 32]),
            &Digest::from([2; 32]),
            ROUTE,
            member,
            time,
            body,
        )
        .expect("short")
    }

    #[tokio::test]
    async fn every_word_comes_as_it_was_said() {
        let mut of_relay = vec![
            OfRelay::Challenge([1; 32]),
            OfRelay::Taken,
            OfRelay::Fetch([2; 32]),
            OfRelay::Alive,
        ];
        of_relay.extend(Refused::ALL.map(OfRelay::Refused));
        let mut of_member = vec![
            OfMember::Join([1; 32]),
            OfMember::Gone([2; 32]),
            OfMember::Alive,
        ];
        for service in Service::ALL {
            for purpose in [Purpose::Keep, Purpose::Probe] {
                of_member.push(OfMember::Proof(service, purpose, Box::new(signed())));
            }
        }
        let (mut a, mut b) = tokio::io::duplex(64);
        let said = async {
            for word in &of_relay {
                say(&mut a, word).await.expect("says");
            }
            for word in &of_member {
                tell(&mut a, word).await.expect("tells");
            }
        };
        let heard = async {
            for word in &of_relay {
                assert_eq!(&hear(&mut b).await.expect("hears"), word);
            }
            for word in &of_member {
                assert_eq!(&listen(&mut b).await.expect("listens"), word);
            }
        };
        tokio::join!(said, heard);
    }

    #[tokio::test]
    async fn a_frame_that_is_too_long_is_refused_by_its_length() {
        let length = u16::try_from(FRAME_MAX + 1).expect("short").to_be_bytes();
        // Nothing follows: whoever waited for the rest would not see the end of the input as bad data.
        let refused = listen(&mut length.as_slice()).await.expect_err("too long");
        assert_eq!(refused.kind(), std::io::ErrorKind::InvalidData);
    }

    #[test]
    fn no_other_bytes_are_words() {
        let whole = OfMember::Proof(Service::Node, Purpose::Keep, Box::new(signed())).bytes();
        assert!(whole.len() <= FRAME_MAX);
        assert_eq!(again(&whole), [None, Some(whole.clone())]);
        let token = [&[4][..], &[7; 32]].concat();
        assert_eq!(again(&token), [Some(token.clone()), None]);
        for cut in 0..whole.len() {
            assert_eq!(OfMember::parse(&whole[..cut]), None, "{cut}");
        }
        assert_eq!(OfMember::parse(&[whole.as_slice(), &[0]].concat()), None);
        for (at, value) in [(0, 0), (0, 5), (1, 0), (1, 4), (2, 2)] {
            let mut other = whole.clone();
            other[at] = value;
            assert_eq!(OfMember::parse(&other), None, "{at}");
        }
        for bytes in [
            &[][..],
            &[0],
            &[2, 0],
            &[3],
            &[3, 0],
            &[3, 6],
            &[3, 1, 1],
            &[5, 0],
            &[6],
        ] {
            assert_eq!(OfRelay::parse(bytes), None, "{bytes:?}");
        }
        for length in [31, 33] {
            assert_eq!(OfRelay::parse(&[vec![1], vec![0; length]].concat()), None);
            assert_eq!(OfMember::parse(&[vec![2], vec![0; length]].concat()), None);
        }
    }
}
