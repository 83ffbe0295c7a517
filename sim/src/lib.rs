//! amanat sim
