//! How alerts reach an output.

use peregrine_config::Config;

/// How alerts reach an output.
#[derive(Debug, Clone, Copy)]
pub struct Options {
    /// Alerts that may wait for one output; 0: any number.
    pub capacity: usize,
    /// Bytes of memory that alerts may take which wait for one output.
    pub bytes: usize,
}

impl Options {
    /// Those of a configuration.
    pub fn new(config: &Config) -> Self {
        Self {
            capacity: config.outputs_queue.capacity.size(),
            bytes: config.outputs_queue.bytes.size(),
        }
    }
}
