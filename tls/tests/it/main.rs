//! Integration tests: a server and a client over loopback.
mod certificate;
mod handshake;
mod roots;
