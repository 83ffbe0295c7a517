//! amanat contracts
