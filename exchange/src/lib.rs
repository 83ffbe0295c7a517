//! amanat exchange
