//! The actions: how each is written, and what it is to do for an alert.

mod account;
mod container;
mod file;
mod kubernetes;
mod network;
mod parameters;
mod process;
mod program;
mod refusal;

use peregrine_event::names::nearest;
use peregrine_yaml::Node;

use crate::mistake::MistakeKind;
use crate::occurrence::{Need, Occurrence};
use crate::reader::Reader;
use crate::task::Task;
use crate::text::Text;

use account::AccountAction;
use container::ContainerAction;
use file::FileAction;
use kubernetes::KubernetesAction;
use network::NetworkAction;
use parameters::Parameters;
use process::ProcessAction;
use program::ProgramAction;

pub use refusal::Refusal;

/// One action of a response.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Action(Kind);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Kind {
    Process(ProcessAction),
    File(FileAction),
    Network(NetworkAction),
    Account(AccountAction),
    Container(ContainerAction),
    Kubernetes(KubernetesAction),
    Program(ProgramAction),
}

/// The names of the actions.
fn names() -> Vec<&'static str> {
    let tables = [
        process::NAMES,
        file::NAMES,
        network::NAMES,
        account::NAMES,
        container::NAMES,
        kubernetes::NAMES,
        program::NAMES,
    ];
    tables.concat()
}

/// Reads an action.
pub(crate) fn read(
    reader: &mut Reader<'_>,
    name: &Node,
    parameters: Option<&Node>,
) -> Option<Action> {
    let word = reader.scalar(name, "the name of an action")?;
    let all = names();
    let Some(word) = all.iter().copied().find(|known| *known == word) else {
        let near = nearest(word, all.iter().copied());
        let near = near.and_then(|near| all.iter().copied().find(|known| *known == near));
        reader
            .mistake(name, MistakeKind::UnknownAction { name: word.to_owned(), near, known: all });
        return None;
    };
    let mut of = Parameters { reader, name, node: parameters, word };
    Some(Action(if process::NAMES.contains(&word) {
        Kind::Process(ProcessAction::read(&mut of)?)
    } else if file::NAMES.contains(&word) {
        Kind::File(FileAction::read(&mut of)?)
    } else if network::NAMES.contains(&word) {
        Kind::Network(NetworkAction::read(&mut of)?)
    } else if account::NAMES.contains(&word) {
        Kind::Account(AccountAction::read(&mut of)?)
    } else if container::NAMES.contains(&word) {
        Kind::Container(ContainerAction::read(&mut of)?)
    } else if kubernetes::NAMES.contains(&word) {
        Kind::Kubernetes(KubernetesAction::read(&mut of)?)
    } else {
        Kind::Program(ProgramAction::read(&mut of)?)
    }))
}

impl Action {
    /// Its name.
    pub fn name(&self) -> &'static str {
        match &self.0 {
            Kind::Process(action) => action.name(),
            Kind::File(action) => action.name(),
            Kind::Network(action) => action.name(),
            Kind::Account(action) => action.name(),
            Kind::Container(action) => action.name(),
            Kind::Kubernetes(action) => action.name(),
            Kind::Program(action) => action.name(),
        }
    }

    /// Whether it is done within milliseconds, as [`Task::is_fast`] says.
    pub(crate) fn is_fast(&self) -> bool {
        matches!(self.name(), "kill" | "stop" | "continue")
    }

    /// What it reads of an alert.
    pub(crate) fn needs(&self, need: &mut Need) {
        let mut add = |text: &Text| text.fields(&mut |field| need.add(field));
        let fields: &[&str] = match &self.0 {
            Kind::Process(action) => {
                action.texts(&mut add);
                process::FIELDS
            }
            Kind::File(action) => {
                action.texts(&mut add);
                file::FIELDS
            }
            Kind::Network(action) => {
                action.texts(&mut add);
                &[]
            }
            Kind::Account(action) => {
                action.texts(&mut add);
                &[]
            }
            Kind::Container(_) => container::FIELDS,
            Kind::Kubernetes(action) => {
                action.texts(&mut add);
                kubernetes::FIELDS
            }
            Kind::Program(action) => {
                action.texts(&mut add);
                if action.posts() {
                    need.message = true;
                }
                action.fields()
            }
        };
        for name in fields {
            if let Ok(field) = peregrine_alert::alert_field(name) {
                need.add(&field);
            }
        }
    }

    /// What it is to do for an alert.
    ///
    /// # Errors
    /// When the alert has not what it takes.
    pub fn plan(&self, of: &Occurrence) -> Result<Task, Refusal> {
        match &self.0 {
            Kind::Process(action) => action.plan(of),
            Kind::File(action) => action.plan(of),
            Kind::Network(action) => action.plan(of),
            Kind::Account(action) => action.plan(of),
            Kind::Container(action) => action.plan(of),
            Kind::Kubernetes(action) => action.plan(of),
            Kind::Program(action) => action.plan(of),
        }
    }
}
