//! Scopes of SMART App Launch 2.2.0 for systems: `system/Type.read` (version 1) and `system/Type.cruds` (version 2).
//!
//! `read` is `rs`, `write` is `cud`, `*` is all five. Letters stand in the order c r u d s, each at most once. The finer scopes of
//! version 2 (`?category=...`) are refused: a scope that is not enforced must not be granted.
use crate::LoginRefusal;

/// Scopes in one request, token or registration.
pub const SCOPES_MAX: usize = 64;
/// Longest name of a resource type; R4's longest has 34 letters.
const TYPE_BYTES_MAX: usize = 64;

/// What a scope allows, as SMART's letters say it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Interaction {
    /// `c`.
    Create,
    /// `r`.
    Read,
    /// `u`.
    Update,
    /// `d`.
    Delete,
    /// `s`.
    Search,
}

impl Interaction {
    /// All five, in SMART's order.
    pub const ALL: [Self; 5] = [
        Self::Create,
        Self::Read,
        Self::Update,
        Self::Delete,
        Self::Search,
    ];

    const fn bit(self) -> u8 {
        match self {
            Self::Create => 1,
            Self::Read => 2,
            Self::Update => 4,
            Self::Delete => 8,
            Self::Search => 16,
        }
    }

    const fn letter(self) -> char {
        match self {
            Self::Create => 'c',
            Self::Read => 'r',
            Self::Update => 'u',
            Self::Delete => 'd',
            Self::Search => 's',
        }
    }
}

/// One scope: a resource type, or all of them, and what may be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scope {
    /// `None` is `*`.
    kind: Option<String>,
    /// Bits of [`Interaction`].
    bits: u8,
}

impl Scope {
    /// Reads one scope; `None` if it is not one of a system.
    pub fn parse(text: &str) -> Option<Self> {
        let (kind, verbs) = text.strip_prefix("system/")?.split_once('.')?;
        let kind = match kind {
            "*" => None,
            name if is_type_name(name) => Some(name.to_owned()),
            _ => return None,
        };
        let bits = match verbs {
            "read" => Interaction::Read.bit() | Interaction::Search.bit(),
            "write" => {
                Interaction::Create.bit() | Interaction::Update.bit() | Interaction::Delete.bit()
            }
            "*" => Interaction::ALL
                .iter()
                .fold(0, |bits, verb| bits | verb.bit()),
            letters => letters_to_bits(letters)?,
        };
        Some(Self { kind, bits })
    }

    fn covers(&self, kind: Option<&str>) -> bool {
        self.kind.is_none() || self.kind.as_deref() == kind
    }
}

impl std::fmt::Display for Scope {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "system/{}.", self.kind.as_deref().unwrap_or("*"))?;
        for verb in Interaction::ALL {
            if self.bits & verb.bit() != 0 {
                write!(f, "{}", verb.letter())?;
            }
        }
        Ok(())
    }
}

fn is_type_name(name: &str) -> bool {
    name.len() <= TYPE_BYTES_MAX
        && name.starts_with(|c: char| c.is_ascii_uppercase())
        && name.bytes().all(|b| b.is_ascii_alphabetic())
}

/// Letters in SMART's order, each at most once, at least one.
fn letters_to_bits(letters: &str) -> Option<u8> {
    let mut bits = 0u8;
    let mut order = Interaction::ALL.iter();
    for letter in letters.chars() {
        bits |= order.find(|verb| verb.letter() == letter)?.bit();
    }
    (bits != 0).then_some(bits)
}

/// A set of scopes, at most [`SCOPES_MAX`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scopes(Vec<Scope>);

impl Scopes {
    /// Reads scopes separated by single spaces (RFC 6749, 3.3); at least one.
    ///
    /// Refusal: [`LoginRefusal::ScopeForm`].
    pub fn parse(text: &str) -> Result<Self, LoginRefusal> {
        let scopes: Option<Vec<Scope>> = text
            .split(' ')
            .take(SCOPES_MAX + 1)
            .map(Scope::parse)
            .collect();
        match scopes {
            Some(scopes) if scopes.len() <= SCOPES_MAX => Ok(Self(scopes)),
            _ => Err(LoginRefusal::ScopeForm),
        }
    }

    /// Whether `interaction` is allowed on `kind`; `None` asks for every type at once.
    pub fn allow(&self, interaction: Interaction, kind: Option<&str>) -> bool {
        self.bits(kind) & interaction.bit() != 0
    }

    /// Whether each of `other` is allowed here.
    pub fn cover(&self, other: &Self) -> bool {
        other
            .0
            .iter()
            .all(|scope| scope.bits & !self.bits(scope.kind.as_deref()) == 0)
    }

    fn bits(&self, kind: Option<&str>) -> u8 {
        let covering = self.0.iter().filter(|scope| scope.covers(kind));
        covering.fold(0, |bits, scope| bits | scope.bits)
    }
}

impl std::fmt::Display for Scopes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (at, scope) in self.0.iter().enumerate() {
            let space = if at == 0 { "" } else { " " };
            write!(f, "{space}{scope}")?;
        }
        Ok(())
    }
}
