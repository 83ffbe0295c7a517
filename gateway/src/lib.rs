//! amanat gateway
