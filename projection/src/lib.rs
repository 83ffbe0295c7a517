//! amanat projection
