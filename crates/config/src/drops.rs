//! `syscall_event_drops` of `falco.yaml`: looked at when Peregrine starts, so that a file which starts
//! here starts Falco. Losses are told at the end whatever it says.

use peregrine_yaml::{Body, Node};

/// What is wrong with a setting of that section.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// Falco does not start with it.
    Refused(&'static str),
    /// Falco takes its default instead.
    Ignored(&'static str),
}

/// Looks at one key of the section.
pub(crate) fn check(key: &str, node: &Node) -> Result<(), Fault> {
    match key {
        "actions" => actions(node),
        "threshold" => match number(node) {
            None => Err(Fault::Ignored("a number")),
            Some(share) if !(0.0..=1.0).contains(&share) => {
                Err(Fault::Refused("a number from 0 to 1"))
            }
            Some(_) => Ok(()),
        },
        "rate" | "max_burst" => match number(node) {
            Some(number) if number >= 0.0 => Ok(()),
            _ => Err(Fault::Ignored("a number from 0")),
        },
        _ => Ok(()),
    }
}

fn number(node: &Node) -> Option<f64> {
    node.scalar()?.parse().ok()
}

fn actions(node: &Node) -> Result<(), Fault> {
    let nodes = match &node.body {
        Body::Null => &[],
        Body::List(list) => list.as_slice(),
        Body::Scalar(_) => std::slice::from_ref(node),
        Body::Map(_) => return Err(Fault::Ignored("a list of actions")),
    };
    let names: Vec<&str> = nodes.iter().map(|node| node.scalar().unwrap_or_default()).collect();
    if names.iter().any(|name| !["ignore", "log", "alert", "exit"].contains(name)) {
        return Err(Fault::Refused("a list of ignore, log, alert and exit"));
    }
    let acts = names.iter().any(|name| matches!(*name, "log" | "alert"));
    if names.contains(&"ignore") && acts {
        return Err(Fault::Refused("either ignore or what to do, not both"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use peregrine_yaml::parse;

    #[test]
    fn drops_are_validated_as_falco_validates_them() {
        let check = |text: &str, expected: Result<(), Fault>| {
            let documents = parse(text).unwrap();
            let (key, value) = &documents[0].map().unwrap()[0];
            assert_eq!(super::check(key.scalar().unwrap(), value), expected, "{text}");
        };
        check("actions: [log, alert, exit]", Ok(()));
        check("actions: []", Ok(()));
        check("actions:", Ok(()));
        check("actions: ignore", Ok(()));
        let words = Fault::Refused("a list of ignore, log, alert and exit");
        check("actions: [shout]", Err(words));
        check("actions: [LOG]", Err(Fault::Refused("a list of ignore, log, alert and exit")));
        check("actions: text", Err(Fault::Refused("a list of ignore, log, alert and exit")));
        let both = Fault::Refused("either ignore or what to do, not both");
        check("actions: [ignore, log]", Err(both));
        check("actions: {a: 1}", Err(Fault::Ignored("a list of actions")));
        check("threshold: 0.1", Ok(()));
        check("threshold: 1", Ok(()));
        check("threshold: 1.5", Err(Fault::Refused("a number from 0 to 1")));
        check("threshold: -0.1", Err(Fault::Refused("a number from 0 to 1")));
        check("threshold: many", Err(Fault::Ignored("a number")));
        check("rate: 0.03", Ok(()));
        check("rate: fast", Err(Fault::Ignored("a number from 0")));
        check("max_burst: 1.5", Ok(()));
        check("simulate_drops: perhaps", Ok(()));
    }
}
