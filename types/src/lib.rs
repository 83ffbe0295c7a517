//! amanat types
