//! How alerts reach an output.

use std::time::Duration;

use peregrine_config::Config;

/// How alerts reach an output.
#[derive(Debug, Clone, Copy)]
pub struct Options {
    /// Alerts that may wait for one output; 0: any number.
    pub capacity: usize,
    /// Bytes of memory that alerts may take which wait for one output.
    pub bytes: usize,
    /// How long an attempt of an output may take until that is reported; none: as long as it likes.
    pub slow_after: Option<Duration>,
}

impl Options {
    /// Those of a configuration.
    pub fn new(config: &Config) -> Self {
        Self {
            capacity: config.outputs_queue.capacity.size(),
            bytes: config.outputs_queue.bytes.size(),
            slow_after: u64::try_from(config.output_timeout.0)
                .ok()
                .filter(|limit| *limit > 0)
                .map(Duration::from_millis),
        }
    }
}
