//! amanat keeper
