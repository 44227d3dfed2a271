//! The outputs a configuration turns on: those of Falco's keys, then those of the list `outputs`.

use peregrine_config::{Config, ConfiguredOutput};

use crate::error::{OutputError, SinkError};
use crate::output::Output;
use crate::sinks::{file, stdout};

/// An output that was opened.
pub(crate) struct Opened {
    /// What people, metrics and the journal's cursor know it by.
    pub(crate) name: String,
    pub(crate) output: Box<dyn Output>,
}

type Made = Result<Box<dyn Output>, SinkError>;

/// Opens every output that is on, in the order alerts are handed to them.
pub(crate) fn open(config: &Config) -> Result<Vec<Opened>, OutputError> {
    let mut all = Vec::new();
    let mut add = |name: String, made: Made| {
        let output = made.map_err(|source| OutputError::Open { output: name.clone(), source })?;
        if all.iter().any(|other: &Opened| other.name == name) {
            return Err(OutputError::SameName(name));
        }
        all.push(Opened { name, output });
        Ok(())
    };
    let buffered = config.buffered_outputs;
    if config.stdout_output.enabled {
        add("stdout".to_owned(), stdout::open(buffered))?;
    }
    let keys = &config.file_output;
    if keys.enabled {
        let name = format!("file {}", keys.filename.display());
        add(name, file::open(&keys.filename, keys.keep_alive, buffered))?;
    }
    for output in config.outputs.iter().filter(|output| output.common.enabled) {
        add(output.name.clone(), of_list(output))?;
    }
    Ok(all)
}

/// Opens an output of the list.
fn of_list(output: &ConfiguredOutput) -> Made {
    Err(SinkError::NotBuilt(output.channel.type_name()))
}
