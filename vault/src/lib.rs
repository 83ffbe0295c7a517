//! amanat vault
