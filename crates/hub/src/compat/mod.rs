//! What other programs' clients ask.

pub(crate) mod webui;
