//! What outputs and the probe take of the configuration.

use peregrine_config::Config;
use peregrine_outputs::{Options as OutputOptions, Target};
use peregrine_probe::Options as ProbeOptions;

/// The outputs that are on.
pub fn outputs(config: &Config) -> Vec<Target> {
    let file = config
        .file
        .then(|| Target::File { path: config.file_name.clone(), keep_open: config.file_keep_open });
    config.stdout.then_some(Target::Stdout).into_iter().chain(file).collect()
}

/// How outputs write.
pub fn output_options(config: &Config) -> OutputOptions {
    OutputOptions {
        form: config.form,
        capacity: config.queue_capacity,
        bytes: config.queue_bytes,
        buffered: config.buffered,
    }
}

/// How the kernel side is set up.
pub fn probe_options(config: &Config) -> ProbeOptions {
    ProbeOptions { ring_bytes: config.ring_bytes, arguments_max: config.arguments_max }
}
