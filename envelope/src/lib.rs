//! amanat envelope
