//! amanat
fn main() {}
