//! What outputs and the probe take of the configuration.

use peregrine_config::Config;
use peregrine_outputs::{Options as OutputOptions, Target};
use peregrine_probe::Options as ProbeOptions;

/// The outputs that are on.
pub fn outputs(config: &Config) -> Vec<Target> {
    let file = &config.file_output;
    let file = file
        .enabled
        .then(|| Target::File { path: file.filename.clone(), keep_open: file.keep_alive });
    config.stdout_output.enabled.then_some(Target::Stdout).into_iter().chain(file).collect()
}

/// How outputs write.
pub fn output_options(config: &Config) -> OutputOptions {
    OutputOptions {
        form: config.form(),
        capacity: config.outputs_queue.capacity.size(),
        bytes: config.outputs_queue.bytes.size(),
        buffered: config.buffered_outputs,
    }
}

/// How the kernel side is set up.
pub fn probe_options(config: &Config) -> ProbeOptions {
    let probe = &config.engine.modern_ebpf;
    ProbeOptions {
        ring_bytes: probe.buf_size_preset.bytes,
        arguments_max: u32::try_from(probe.arguments_max.size()).unwrap_or(u32::MAX),
    }
}
