//! Notices: what patients are told of without asking, for whoever sends it on to them: the member that registered them, and nobody else, so
//! that each is told by one.
use crate::{Actor, Error, Exchange};
use amanat_client::{Ledger, Stores};
use amanat_projection::Notice;

/// Notices of one answer at most.
pub const NOTICES_MAX: usize = 1000;
/// Notices, of whomever, that one question looks at.
const LOOKED_AT_MAX: usize = 10_000;

/// Some notices.
#[derive(Clone, Debug, Default)]
pub struct Notices {
    /// In order.
    pub notices: Vec<Notice>,
    /// The number after which to go on.
    pub last: u64,
    /// Whether there may be more already.
    pub more: bool,
}

impl<L: Ledger, S: Stores> Exchange<L, S> {
    /// At most `most` notices after the one of number `after`, for patients whom this member registered. Ask again after [`Notices::last`]: it has moved on
    /// even where there was none.
    ///
    /// Errors: [`Error::Invalid`] (`_count`), [`Error::Fault`].
    pub fn notices(&self, actor: &Actor, after: u64, most: usize) -> Result<Notices, Error> {
        self.admit(actor)?;
        if !(1..=NOTICES_MAX).contains(&most) {
            let rule = format!("must be 1 to {NOTICES_MAX}");
            return Err(Error::invalid("_count", rule));
        }
        let mut found = Notices {
            last: after,
            ..Notices::default()
        };
        let mut looked_at = 0;
        loop {
            let some = self
                .inner
                .model
                .notices(found.last, most.saturating_add(1))?;
            if some.is_empty() {
                return Ok(found);
            }
            for notice in some {
                if found.notices.len() == most || looked_at == LOOKED_AT_MAX {
                    found.more = true;
                    return Ok(found);
                }
                looked_at += 1;
                found.last = notice.number;
                let registrar = self.inner.model.registrar(&notice.patient)?;
                if registrar == Some(self.member()) {
                    found.notices.push(notice);
                }
            }
        }
    }
}
