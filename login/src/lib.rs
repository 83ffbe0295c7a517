//! amanat login
