//! Diagnostics written out: for people, and as Falco writes them.

pub mod falco;
mod falco_yaml;
mod people;
