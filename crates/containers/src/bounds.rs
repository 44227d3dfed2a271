//! What is kept of a description, whatever an engine says.

use std::collections::BTreeMap;

use peregrine_state::{Container, Mount, Probe, SeenContainer};

/// Labels and mounts of one container.
const MOST: usize = 1000;
/// Bytes of a name, a path, the key of a label.
const LONGEST: usize = 4096;

/// The description as it is kept: under the ids it was asked for by, without labels longer than
/// `label_max_len`, and no text longer than any that means something.
pub(crate) fn bounded(
    mut container: Container,
    seen: &SeenContainer,
    label_max_len: usize,
) -> Container {
    container.id.clone_from(&seen.id);
    container.full_id.clone_from(&seen.full_id);
    let Container {
        name,
        image,
        image_id,
        image_repository,
        image_tag,
        image_digest,
        ip,
        cni_json,
        ..
    } = &mut container;
    for text in [name, image, image_id, image_repository, image_tag, image_digest, ip, cni_json] {
        cut(text);
    }
    cut(&mut container.pod_sandbox_id);
    for labels in [&mut container.labels, &mut container.pod_sandbox_labels].into_iter().flatten() {
        keep_labels(labels, label_max_len);
    }
    container.mounts.truncate(MOST);
    for Mount { source, destination, mode, propagation, .. } in &mut container.mounts {
        for text in [source, destination, mode, propagation] {
            cut(text);
        }
    }
    for probe in
        [&mut container.healthcheck, &mut container.liveness_probe, &mut container.readiness_probe]
    {
        let fits = |probe: &Probe| {
            let args = probe.args.iter().flatten().map(String::len).sum::<usize>();
            probe.exe.len() + args <= LONGEST
        };
        *probe = probe.take().filter(fits);
    }
    container
}

fn keep_labels(labels: &mut BTreeMap<String, String>, label_max_len: usize) {
    labels.retain(|key, value| key.len() <= LONGEST && value.len() <= label_max_len);
    while labels.len() > MOST {
        labels.pop_last();
    }
}

/// Cuts a text before the character that does not fit.
fn cut(text: &mut String) {
    let mut end = LONGEST.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.truncate(end);
}

#[cfg(test)]
mod tests {
    use peregrine_state::Runtime;

    use super::*;

    #[test]
    fn a_description_is_bounded_and_has_the_ids_it_was_asked_for_by() {
        let long = "ä".repeat(LONGEST);
        let label = |n: usize| (format!("key{n:05}"), "v".to_owned());
        let mut labels: BTreeMap<_, _> = (0..2 * MOST).map(label).collect();
        labels.insert("a".to_owned(), "v".repeat(11));
        labels.insert(long.clone(), "v".to_owned());
        let mount = Mount { source: long.clone(), ..Mount::default() };
        let probe = Probe { exe: "sh".to_owned(), args: Some(vec![long.clone()]) };
        let reported = Container {
            id: "other".to_owned(),
            full_id: "other".to_owned(),
            name: long,
            labels: Some(labels),
            mounts: vec![mount; 2 * MOST],
            healthcheck: Some(probe),
            liveness_probe: Some(Probe { exe: "true".to_owned(), args: None }),
            ..Container::default()
        };
        let seen = SeenContainer {
            id: "0123456789ab".to_owned(),
            full_id: "0123456789abcdef".to_owned(),
            runtime: Runtime::Docker,
            cgroup: String::new(),
        };
        let kept = bounded(reported, &seen, 10);
        assert_eq!((&kept.id, &kept.full_id), (&seen.id, &seen.full_id));
        assert_eq!(kept.name, "ä".repeat(LONGEST / 2));
        let labels = kept.labels.unwrap();
        assert_eq!((labels.len(), labels.contains_key("a")), (MOST, false));
        assert_eq!((kept.mounts.len(), kept.mounts[0].source.len()), (MOST, LONGEST));
        assert_eq!((kept.healthcheck, kept.liveness_probe.is_some()), (None, true));
    }
}
