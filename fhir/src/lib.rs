//! amanat fhir
