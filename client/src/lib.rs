//! amanat client
