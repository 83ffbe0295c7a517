//! A relay, members behind it and strangers before it, over TCP on loopback.
mod carried;
mod hostile;
mod lost;
mod several;
mod world;
