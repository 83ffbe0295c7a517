//! Tests of the program as a user runs it: files that it must refuse, and the whole road.
mod answers;
mod backup;
mod config_files;
mod disk;
mod doctor;
mod files;
mod govern;
mod leave;
mod member;
mod nat;
mod observe;
mod operate;
mod past;
mod road;
mod set_up;
mod tls;
mod torture;
