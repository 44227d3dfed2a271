//! What is wrong with a configuration, written out: for people, and as Falco writes it.

mod falco;
mod people;
