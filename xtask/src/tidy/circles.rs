//! Files of a crate that use each other in a circle: none can be read, tested or moved alone.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use anyhow::Result;

use super::imports;

/// The crates whose files must not.
const CRATES: &[&str] = &[
    "engine", "pushdown", "guard", "kfilter", "fields", "filter", "agent", "yaml", "alert", "bpf",
    "outputs",
];

/// Every circle there is.
pub(super) fn check(root: &Path) -> Result<Vec<String>> {
    let mut wrong = Vec::new();
    for name in CRATES {
        let graph = imports::graph(&root.join("crates").join(name).join("src"))?;
        for circle in circles(&graph) {
            let files: Vec<&str> = circle.into_iter().collect();
            wrong.push(format!(
                "crates/{name}/src: {} use each other in a circle",
                files.join(", ")
            ));
        }
    }
    Ok(wrong)
}

/// The largest groups of files of which each leads to every other.
fn circles(graph: &BTreeMap<String, BTreeSet<String>>) -> BTreeSet<BTreeSet<&str>> {
    let reach: BTreeMap<&str, BTreeSet<&str>> =
        graph.keys().map(|file| (file.as_str(), reached(graph, file))).collect();
    let groups = reach.iter().map(|(file, reached)| {
        let mut group: BTreeSet<&str> =
            reached.iter().filter(|other| reach[*other].contains(file)).copied().collect();
        group.insert(file);
        group
    });
    groups.filter(|group| group.len() > 1).collect()
}

/// Every file that one leads to.
fn reached<'g>(graph: &'g BTreeMap<String, BTreeSet<String>>, file: &str) -> BTreeSet<&'g str> {
    let mut reached = BTreeSet::new();
    let mut next: Vec<&str> = graph[file].iter().map(String::as_str).collect();
    while let Some(file) = next.pop() {
        if reached.insert(file) {
            next.extend(graph[file].iter().map(String::as_str));
        }
    }
    reached
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use super::circles;

    #[test]
    fn circles_are_found_whole() {
        for (edges, expected) in [
            ("a>b b>c", ""),
            ("a>b b>a", "ab"),
            ("a>b b>c c>a d>a", "abc"),
            ("a>b b>a c>d d>c b>c", "ab cd"),
        ] {
            let mut graph: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
            for (from, to) in edges.split(' ').filter_map(|edge| edge.split_once('>')) {
                graph.entry(from.to_owned()).or_default().insert(to.to_owned());
                graph.entry(to.to_owned()).or_default();
            }
            let found: Vec<String> =
                circles(&graph).iter().map(|group| group.iter().copied().collect()).collect();
            assert_eq!(found.join(" "), expected, "{edges}");
        }
    }
}
