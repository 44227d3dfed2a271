//! Diagnostics written out: for people, and as Falco writes them.

pub mod falco;
mod falco_describe;
mod falco_yaml;
mod hash_order;
mod people;
