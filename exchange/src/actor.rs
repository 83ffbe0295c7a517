//! Who acts: every use case begins with one, made by the door that authenticated it.
use amanat_types::{MemberId, PractitionerId};

/// Bytes of a client's id.
pub const CLIENT_BYTES_MAX: usize = 128;

/// Who acts: a client of a member, and the practitioner before it, if one is.
///
/// An actor opens doors only. What the ledger judges is signed: by the member's key here, by a card or a practitioner's key
/// through a [`crate::Cosigner`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Actor {
    member: MemberId,
    client: String,
    practitioner: Option<PractitionerId>,
}

impl Actor {
    /// The client `client` of `member`; nothing if its id is empty or longer than [`CLIENT_BYTES_MAX`].
    pub fn new(member: MemberId, client: impl Into<String>) -> Option<Self> {
        let client = client.into();
        (1..=CLIENT_BYTES_MAX)
            .contains(&client.len())
            .then_some(Self {
                member,
                client,
                practitioner: None,
            })
    }

    /// The same, with the practitioner who sits before it.
    pub fn with_practitioner(mut self, practitioner: PractitionerId) -> Self {
        self.practitioner = Some(practitioner);
        self
    }

    /// Whose client.
    pub const fn member(&self) -> MemberId {
        self.member
    }

    /// The client's id.
    pub fn client(&self) -> &str {
        &self.client
    }

    /// The practitioner, if there is one.
    pub const fn practitioner(&self) -> Option<PractitionerId> {
        self.practitioner
    }
}
