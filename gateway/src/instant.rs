//! FHIR's instants, read.
use amanat_types::TimestampMs;

/// The time of an instant; see [`amanat_fhir::instant_ms`].
pub(crate) fn parse(text: &str) -> Option<TimestampMs> {
    amanat_fhir::instant_ms(text).map(TimestampMs::new)
}
