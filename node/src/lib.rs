//! amanat node
