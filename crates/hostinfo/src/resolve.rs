//! Resolves paths of calls that open nothing, from the root directory of the process, as soon as the
//! event arrives.
//!
//! On the event's thread only names that the kernel has cached are walked (`RESOLVE_CACHED`); the call
//! has just walked there itself. So nothing is mounted and no network is waited for. The rest is walked
//! by [`crate::resolve_blocking`], on a thread of its own.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use peregrine_event::Root;
use peregrine_state::{Last, PathQuery, SeenFile, join};

use rustix::io::Errno;
use rustix::time::{ClockId, clock_gettime};

use crate::resolve_blocking::{BlockingResolver, Request};
use crate::resolve_text;
use crate::roots::{Place, RootDirectory, joined};

/// How long a result is valid: links are changed, mounts come and go.
const LIFETIME: Duration = Duration::from_millis(100);
/// How many results are cached, and how many links.
const MOST: usize = 1024;
/// How long a new link is remembered: calls through it may be reported later.
const LINK_LIFETIME: Duration = Duration::from_secs(10);
/// The CPU time per second for resolution, so that a flood of such calls does not delay other events.
const BUDGET: Duration = Duration::from_millis(150);
const SECOND: Duration = Duration::from_secs(1);
/// How many threads that may have the same root are tried.
const KIN: usize = 12;

/// Whether a path is in `/proc` and stands for the process that reads it.
fn is_ours(path: &[u8]) -> bool {
    let rest = path.strip_prefix(b"/proc/").unwrap_or_default();
    let number = rest.split(|byte| *byte == b'/').next().unwrap_or_default();
    std::str::from_utf8(number).is_ok_and(|text| text.parse() == Ok(std::process::id()))
}

/// The CPU time of this thread: waiting for the CPU does not count.
fn worked() -> Duration {
    clock_gettime(ClockId::ThreadCPUTime).try_into().unwrap_or_default()
}

/// The parent directory and last component of a path; `None` where that is no name.
fn split(path: &[u8]) -> Option<(&[u8], &[u8])> {
    let end = path.iter().rposition(|byte| *byte != b'/')? + 1;
    let path = path.get(..end)?;
    let slash = path.iter().rposition(|byte| *byte == b'/')?;
    let (folder, last) = path.split_at_checked(slash + 1)?;
    (!matches!(last, b"." | b"..")).then_some((folder, last))
}

/// A resolved path.
#[derive(Debug)]
struct Resolved {
    /// The resolved path, then another path of the same file.
    names: Vec<Vec<u8>>,
    /// The file, where it was looked at.
    file: Option<SeenFile>,
}

/// A root directory by its mount and inode.
type RootKey = (u32, u64);

fn key(root: &Root<'_>) -> RootKey {
    (root.mnt, root.ino)
}

/// Resolves paths.
#[derive(Debug, Default)]
pub(crate) struct Resolver {
    roots: HashMap<RootKey, Option<Arc<RootDirectory>>>,
    places: HashMap<(RootKey, bool, Vec<u8>), Place>,
    kept_since: Option<Instant>,
    /// New links by root and path, and their targets.
    links: HashMap<(RootKey, Vec<u8>), (Vec<u8>, Instant)>,
    second: Option<Instant>,
    spent: Duration,
    blocking: BlockingResolver,
    unknown: u64,
}

impl Resolver {
    /// How many paths were not resolved, because there were too many or no process with their root was
    /// left; and of how many the way was gone or may have changed by then.
    pub(crate) fn unknown(&self) -> u64 {
        self.unknown
    }

    /// Passes on the resolved path, then its path within the file system. Returns the file, where it
    /// was looked at.
    pub(crate) fn walk(
        &mut self,
        asked: &PathQuery<'_>,
        take: &mut dyn FnMut(&[u8]),
    ) -> Option<SeenFile> {
        let now = Instant::now();
        if self.second.is_none_or(|second| now.duration_since(second) >= SECOND) {
            (self.second, self.spent) = (Some(now), Duration::ZERO);
        }
        if self.kept_since.is_none_or(|since| now.duration_since(since) >= LIFETIME)
            || self.places.len() >= MOST
        {
            self.places.clear();
            self.roots.clear();
            self.kept_since = Some(now);
        }
        let begun = worked();
        let file = self.look(asked, take);
        if asked.changes {
            self.places.clear();
        }
        self.spent += worked().saturating_sub(begun);
        file
    }

    /// Resolves a path: through new links as they were created, and through the others as they are now.
    fn look(&mut self, asked: &PathQuery<'_>, take: &mut dyn FnMut(&[u8])) -> Option<SeenFile> {
        let unknown = self.unknown;
        let mut led: Vec<Resolved> = Vec::new();
        let links = self.links_of(asked);
        // What follows from text alone needs no other thread.
        if !links.is_empty() {
            let path = resolve_text::through(&links, asked.path, asked.last == Last::Followed);
            led.extend(path.and_then(|path| self.led_as(asked, &path)));
        }
        let reported = resolve_text::from_told(asked).and_then(|path| self.led_as(asked, &path));
        led.extend(reported.or_else(|| self.led(asked, None)));
        if led.is_empty() && !links.is_empty() {
            led.extend(self.led(asked, Some(&links)));
        }
        let mut names: Vec<Vec<u8>> = Vec::new();
        for name in led.iter().flat_map(|led| &led.names) {
            if !names.contains(name) {
                names.push(name.clone());
            }
        }
        for name in &names {
            take(name);
        }
        if let (Some(target), Some(link)) = (asked.link, names.first()) {
            self.remember(asked, link.clone(), target);
        }
        let parted =
            led.windows(2).any(|two| matches!(two, [one, other] if one.names != other.names));
        if names.is_empty() || parted || self.contradicts(asked, names.first()) {
            self.unknown = unknown + 1;
        }
        led.into_iter().find_map(|led| led.file)
    }

    /// Remembers a new link.
    fn remember(&mut self, asked: &PathQuery<'_>, link: Vec<u8>, target: &[u8]) {
        if self.links.len() >= MOST {
            self.links.clear();
        }
        self.links.insert((key(&asked.root), link), (target.to_vec(), Instant::now()));
    }

    /// New links through which a path may lead, found by name: the path may get there by other links.
    fn links_of(&mut self, asked: &PathQuery<'_>) -> HashMap<Vec<u8>, Vec<u8>> {
        if self.links.is_empty() {
            return HashMap::new();
        }
        self.links.retain(|_, (_, made)| made.elapsed() < LINK_LIFETIME);
        let root = key(&asked.root);
        let of_root = || self.links.iter().filter(|((one, _), _)| *one == root);
        let named = |link: &[u8]| {
            let name = link.rsplit(|byte| *byte == b'/').next().unwrap_or_default();
            asked.path.split(|byte| *byte == b'/').any(|part| part == name)
        };
        if !of_root().any(|((_, link), _)| named(link)) {
            return HashMap::new();
        }
        of_root().map(|((_, link), (target, _))| (link.clone(), target.clone())).collect()
    }

    /// Whether the object at the end of a path through links is not the one the call left there: the
    /// call took another way, or later calls changed it.
    fn contradicts(&mut self, asked: &PathQuery<'_>, name: Option<&Vec<u8>>) -> bool {
        let Some((stands, name)) = asked.stands.zip(name) else { return false };
        if *name == join(b"", asked.path) {
            return false;
        }
        let Some(root) = self.root(asked) else { return false };
        match root.look(name, false) {
            Ok(_) => !stands,
            Err(Errno::NOENT) => stands,
            // What is not cached was not touched lately.
            Err(_) => false,
        }
    }

    /// The same path resolved in its other form.
    fn led_as(&mut self, asked: &PathQuery<'_>, path: &[u8]) -> Option<Resolved> {
        self.led(&PathQuery { path, ..*asked }, None)
    }

    /// Resolves a path; fails where its directory cannot be reached.
    fn led(
        &mut self,
        asked: &PathQuery<'_>,
        links: Option<&HashMap<Vec<u8>, Vec<u8>>>,
    ) -> Option<Resolved> {
        if asked.last != Last::Folder
            && let Some(place) = self.place(asked, asked.path, asked.last == Last::Followed, links)
        {
            let names = [Some(place.path), place.inside].into_iter().flatten().collect();
            return Some(Resolved { names, file: Some(place.file) });
        }
        let (folder, last) = split(asked.path)?;
        let place = self.place(asked, folder, true, links)?;
        let mut name = b"/".to_vec();
        name.extend_from_slice(last);
        let folders = [Some(place.path), place.inside].into_iter().flatten();
        Some(Resolved { names: folders.map(|folder| joined(&folder, &name)).collect(), file: None })
    }

    /// The object at a path now; with `links`, through those.
    fn place(
        &mut self,
        asked: &PathQuery<'_>,
        path: &[u8],
        follow: bool,
        links: Option<&HashMap<Vec<u8>, Vec<u8>>>,
    ) -> Option<Place> {
        let key = (key(&asked.root), follow, path.to_vec());
        if links.is_none()
            && let Some(known) = self.places.get(&key)
        {
            return Some(known.clone());
        }
        let most = if asked.only_looks { BUDGET / 2 } else { BUDGET };
        if self.spent >= most {
            return None;
        }
        let root = self.root(asked)?;
        if links.is_none()
            && let Ok(Some(place)) = root.look(path, follow)
            // What /proc shows as `self` depends on the process that looks.
            && !is_ours(&place.path)
        {
            self.places.insert(key, place.clone());
            return Some(place);
        }
        // Not cached, a link out of /proc, or it no longer exists. The result holds for one process
        // only.
        let mut descriptors = Vec::new();
        (asked.descriptors)(&mut |fd, path| descriptors.push((fd, path.to_vec())));
        let reported = asked.reported.iter().map(|(fd, path)| (*fd, path.to_vec())).collect();
        let cwd = asked.cwd.map(<[u8]>::to_vec);
        let (path, links) = (path.to_vec(), links.cloned().unwrap_or_default());
        let (root, pids) = (Arc::clone(&root), asked.pids);
        let job = Request { root, path, follow, pids, cwd, reported, descriptors, links };
        let begun = Instant::now();
        let place = self.blocking.walk(job);
        self.spent += begun.elapsed();
        place.ok().flatten()
    }

    /// The root directory of a path: ours, or that of a thread with the same one.
    fn root(&mut self, asked: &PathQuery<'_>) -> Option<Arc<RootDirectory>> {
        if let Some(known) = self.roots.get(&key(&asked.root)) {
            return known.clone();
        }
        let here = if asked.root.ino == 0 { b"/" } else { asked.root.path };
        let here = Root { path: here, ..asked.root };
        let root = RootDirectory::open(None, &here).or_else(|| {
            let threads = asked.threads.iter().take(KIN);
            threads.copied().find_map(|tid| RootDirectory::open(Some(tid), &asked.root))
        });
        let root = root.map(Arc::new);
        self.roots.insert(key(&asked.root), root.clone());
        root
    }
}

#[cfg(test)]
mod tests {
    use rustix::fs::{self, Mode, OFlags, StatxAttributes};

    use super::*;
    use crate::roots::{about, below};

    const NOBODY: &dyn Fn(peregrine_state::TakeDescriptor<'_>) = &|_| {};

    fn asked<'a>(root: Root<'a>, path: &'a str, last: Last) -> PathQuery<'a> {
        PathQuery {
            root,
            path: path.as_bytes(),
            last,
            changes: false,
            only_looks: false,
            pids: [-1, -1],
            threads: &[],
            cwd: Some(b"/usr"),
            stands: None,
            link: None,
            reported: &[(9, b"/etc")],
            descriptors: NOBODY,
        }
    }

    /// Our own root directory, as the kernel reports it.
    fn own_root() -> Option<Root<'static>> {
        let fd = fs::open("/", OFlags::PATH, Mode::empty()).ok()?;
        let about = about(&fd)?;
        let top = about.stx_attributes.contains(StatxAttributes::MOUNT_ROOT);
        let ino = if top { 0 } else { about.stx_ino };
        Some(Root { mnt: u32::try_from(about.stx_mnt_id).ok()?, ino, path: b"/" })
    }

    fn names(paths: &mut Resolver, asked: &PathQuery<'_>) -> Vec<String> {
        let mut names = Vec::new();
        paths.walk(asked, &mut |path| names.push(String::from_utf8_lossy(path).into_owned()));
        names
    }

    #[test]
    fn paths_are_taken_apart() {
        for (path, whole) in [
            ("/a/b", Some(("/a/", "b"))),
            ("/a//b//", Some(("/a//", "b"))),
            ("/a", Some(("/", "a"))),
            ("/a/..", None),
            ("/a/./", None),
            ("/", None),
            ("", None),
        ] {
            let bytes = whole.map(|(a, b): (&str, &str)| (a.as_bytes(), b.as_bytes()));
            assert_eq!(split(path.as_bytes()), bytes, "{path}");
        }
        assert_eq!(below(b"/a/b", b"/a"), Some(b"/b".to_vec()));
        assert_eq!(below(b"/a", b"/a"), Some(b"/".to_vec()));
        assert_eq!(below(b"/ab", b"/a"), None);
        assert_eq!(below(b"/ab", b"/"), Some(b"/ab".to_vec()));
    }

    #[test]
    fn links_are_followed_at_once_and_step_by_step() {
        let scratch = peregrine_testkit::Folder::new("paths");
        let folder = scratch.path().to_path_buf();
        std::fs::create_dir_all(folder.join("real")).unwrap();
        let folder = folder.canonicalize().unwrap();
        for (target, link) in [("real", "link"), ("/proc/self/root", "root"), ("loop", "loop")] {
            let _ = std::fs::remove_file(folder.join(link));
            std::os::unix::fs::symlink(target, folder.join(link)).unwrap();
        }
        let root = own_root().unwrap();
        let here = folder.display();
        let real = format!("{here}/real/x");
        let mut paths = Resolver::default();
        for (path, last, leads) in [
            (format!("{here}/link/x"), Last::Folder, Some(real.clone())),
            (format!("{here}/link/../real//x/"), Last::Folder, Some(real.clone())),
            (format!("/proc/self/root{here}/link/x"), Last::Folder, Some(real.clone())),
            (format!("{here}/root{here}/link/x"), Last::Folder, Some(real)),
            ("/proc/self/cwd/x".to_owned(), Last::Folder, Some("/usr/x".to_owned())),
            ("/proc/self/fd/9/x".to_owned(), Last::Folder, Some("/etc/x".to_owned())),
            ("/dev/fd/9/x".to_owned(), Last::Folder, Some("/etc/x".to_owned())),
            ("/proc/thread-self/fd/9".to_owned(), Last::Followed, Some("/etc".to_owned())),
            (format!("{here}/link"), Last::Folder, Some(format!("{here}/link"))),
            (format!("{here}/link"), Last::Standing, Some(format!("{here}/link"))),
            (format!("{here}/link"), Last::Followed, Some(format!("{here}/real"))),
            // An object that is gone, or never existed, is named by its directory.
            (format!("{here}/link/gone"), Last::Followed, Some(format!("{here}/real/gone"))),
            (format!("{here}/loop/x"), Last::Folder, None),
            (format!("{here}/none/x"), Last::Folder, None),
            (format!("{here}/link/.."), Last::Folder, None),
        ] {
            let reported = names(&mut paths, &asked(root, &path, last));
            assert_eq!(reported.first(), leads.as_ref(), "{path} {last:?}");
        }
        std::fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn nobody_guesses_about_another_root_and_floods_end() {
        let Some(root) = own_root() else { return };
        let mut paths = Resolver::default();
        let gone = Root { mnt: root.mnt.wrapping_add(1_000_000), ino: 0, path: b"" };
        assert!(names(&mut paths, &asked(gone, "/usr/x", Last::Folder)).is_empty());
        assert_eq!(paths.unknown(), 1);
        // When the time of this second is used up, nothing is resolved, and it is counted.
        assert!(!names(&mut paths, &asked(root, "/usr/x", Last::Folder)).is_empty());
        paths.spent = BUDGET / 2;
        let looks = PathQuery { only_looks: true, ..asked(root, "/bin/x", Last::Folder) };
        assert!(names(&mut paths, &looks).is_empty());
        assert!(!names(&mut paths, &asked(root, "/bin/x", Last::Folder)).is_empty());
        assert_eq!(paths.unknown(), 2);
        paths.spent = BUDGET;
        assert!(names(&mut paths, &asked(root, "/etc/x", Last::Folder)).is_empty());
        assert_eq!(paths.unknown(), 3);
    }
}
