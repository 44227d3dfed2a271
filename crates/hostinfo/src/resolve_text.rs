//! Paths rewritten as text: where the start and the links are known, no look at the file system is
//! needed, and no other thread.

use std::collections::HashMap;

use peregrine_state::{PathQuery, join};

/// How many links are followed, as in the kernel.
const LINKS: usize = 40;

/// A path of `/proc` or `/dev` that starts at a descriptor or the working directory of its reader,
/// rewritten to start at that object's path, as the kernel reported it with the event.
pub(crate) fn from_told(asked: &PathQuery<'_>) -> Option<Vec<u8>> {
    let reported =
        |fd: i64| asked.reported.iter().find(|(one, _)| *one == fd).map(|(_, path)| *path);
    let number = |text: &[u8]| std::str::from_utf8(text).ok()?.parse::<i64>().ok();
    let mut parts = asked.path.split(|byte| *byte == b'/').filter(|part| !part.is_empty());
    let begins = match (parts.next()?, parts.next()?) {
        (b"dev", b"fd") => reported(number(parts.next()?)?)?,
        (b"dev", b"stdin") => reported(0)?,
        (b"dev", b"stdout") => reported(1)?,
        (b"dev", b"stderr") => reported(2)?,
        (b"proc", who) => {
            let own = matches!(who, b"self" | b"thread-self")
                || number(who).is_some_and(|number| asked.pids.contains(&number));
            let mut next = parts.next().filter(|_| own)?;
            if next == b"task" {
                next = parts.nth(1)?;
            }
            match next {
                b"cwd" => reported(-100)?,
                b"fd" => reported(number(parts.next()?)?)?,
                _ => return None,
            }
        }
        _ => return None,
    };
    let mut path = begins.to_vec();
    for part in parts {
        path.push(b'/');
        path.extend_from_slice(part);
    }
    Some(path)
}

/// A path with the links in it replaced by their targets; `None` if there are none in it. With `follow`
/// the last component counts, too.
pub(crate) fn through(
    links: &HashMap<Vec<u8>, Vec<u8>>,
    path: &[u8],
    follow: bool,
) -> Option<Vec<u8>> {
    let mut path = join(b"", path);
    for replaced in 0..=LINKS {
        let ends = (1..path.len()).filter(|at| path.get(*at) == Some(&b'/'));
        let mut ends = ends.chain(follow.then_some(path.len()));
        let found = ends.find_map(|end| Some((end, links.get(path.get(..end)?)?)));
        let Some((end, target)) = found else { return (replaced > 0).then_some(path) };
        let (link, rest) = path.split_at(end);
        let folder = link.iter().rposition(|byte| *byte == b'/').unwrap_or(0);
        let to = join(link.get(..folder.max(1)).unwrap_or_default(), target);
        path = join(b"", &[&*to, rest].concat());
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_are_replaced_as_text() {
        let links = [("/a/l", "/b"), ("/b/m", "c"), ("/x", "y"), ("/y", "x")];
        let links: HashMap<Vec<u8>, Vec<u8>> = links
            .iter()
            .map(|(link, to)| (link.as_bytes().to_vec(), to.as_bytes().to_vec()))
            .collect();
        for (path, follow, leads) in [
            ("/a/l/f", false, Some("/b/f")),
            ("/a//l/m/f", false, Some("/b/c/f")),
            ("/a/l", false, None),
            ("/a/l", true, Some("/b")),
            ("/a/lf/f", true, None),
            ("/x/f", false, None),
        ] {
            let reported = through(&links, path.as_bytes(), follow);
            assert_eq!(reported.as_deref(), leads.map(str::as_bytes), "{path}");
        }
    }
}
