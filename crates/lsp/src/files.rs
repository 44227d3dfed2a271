//! Files on disk, documents that are open, and which of them are loaded together.

use std::cell::OnceCell;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::str::FromStr as _;
use std::time::SystemTime;

use lsp_types::{Range, TextDocumentContentChangeEvent, Uri};
use peregrine_rules::{MAX_FILE, decode};

use crate::index::{Index, looks_like_rules};
use crate::lines::{Encoding, Lines};
use crate::{Settings, uri};

/// The word for the shipped rules among files.
const SHIPPED: &str = "shipped";

/// A rule file as it is at the moment: as the editor has it, else as it is on disk.
#[derive(Debug)]
pub(crate) struct View {
    /// What it is called in a load: its path, or the URI of what is no file.
    pub(crate) name: String,
    /// Where an editor finds it; shipped files have none before they are written somewhere.
    pub(crate) uri: Option<Uri>,
    pub(crate) text: String,
    pub(crate) lines: Lines,
    /// Made when it is first asked for: while somebody types nobody asks about most texts.
    index: OnceCell<Index>,
    /// Whether it is one of the shipped files.
    pub(crate) shipped: bool,
}

impl View {
    fn new(name: String, uri: Option<Uri>, text: String, shipped: bool) -> Rc<Self> {
        let lines = Lines::new(&text);
        Rc::new(Self { name, uri, text, lines, index: OnceCell::new(), shipped })
    }

    /// What stands in it.
    pub(crate) fn index(&self) -> &Index {
        self.index.get_or_init(|| Index::new(&self.text))
    }

    /// Bytes of it as the protocol counts them.
    pub(crate) fn range(&self, bytes: &std::ops::Range<usize>, encoding: Encoding) -> Range {
        self.lines.range(&self.text, bytes, encoding)
    }
}

/// A document an editor has open.
#[derive(Debug)]
struct Document {
    path: Option<PathBuf>,
    view: Rc<View>,
}

/// Files that are loaded together.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Together {
    /// Those that were named.
    Named,
    /// Those that were named, and behind them a document that is none of them.
    NamedAnd(String),
    /// The shipped ones, and the rule files of a folder.
    Folder(PathBuf),
    /// The shipped ones, and a document that is no file.
    Alone(String),
    /// The shipped ones.
    Shipped,
}

/// When a file on disk was written, and how long it is.
type Stamp = (Option<SystemTime>, u64);

/// All files.
#[derive(Debug)]
pub(crate) struct Files {
    /// Files and folders that were named, in order.
    named: Vec<PathBuf>,
    shipped: Vec<Rc<View>>,
    /// Where copies of the shipped files are put for editors to open.
    copies: Option<PathBuf>,
    /// By URI.
    open: BTreeMap<String, Document>,
    disk: BTreeMap<PathBuf, (Stamp, Rc<View>)>,
}

/// Whether a folder's file of this name is one of its rule files.
fn is_yaml(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "yaml" || extension == "yml")
}

impl Files {
    pub(crate) fn new(settings: &Settings) -> Self {
        let view =
            |(name, text): &(String, String)| View::new(name.clone(), None, text.clone(), true);
        Self {
            named: settings.rules.clone(),
            shipped: settings.shipped.iter().map(view).collect(),
            copies: settings.copies.clone(),
            open: BTreeMap::new(),
            disk: BTreeMap::new(),
        }
    }

    /// Loads these files and folders from now on; what is relative is in `root`.
    pub(crate) fn name(&mut self, rules: &[PathBuf], root: Option<&Path>) {
        let absolute = |path: &PathBuf| match root {
            Some(root) if path.as_os_str() != SHIPPED => root.join(path),
            _ => path.clone(),
        };
        self.named = rules.iter().map(absolute).collect();
    }

    pub(crate) fn open(&mut self, uri: &Uri, text: String) {
        let path = uri::path_of(uri.as_str()).map(|path| uri::canonical(&path));
        let copy = self.copies.as_deref().is_some_and(|folder| {
            path.as_ref().is_some_and(|path| path.parent() == Some(&uri::canonical(folder)))
        });
        let name = path.as_ref().map_or_else(|| uri.to_string(), |path| path.display().to_string());
        let view = View::new(name, Some(uri.clone()), text, copy);
        self.open.insert(uri.as_str().to_owned(), Document { path, view });
    }

    /// Applies changes in order; one without a range is all of the text.
    pub(crate) fn change(
        &mut self,
        uri: &Uri,
        changes: Vec<TextDocumentContentChangeEvent>,
        encoding: Encoding,
    ) {
        let Some(document) = self.open.get(uri.as_str()) else { return };
        let mut text = document.view.text.clone();
        for change in changes {
            let Some(range) = change.range else {
                text = change.text;
                continue;
            };
            let lines = Lines::new(&text);
            let start = lines.offset(&text, range.start, encoding);
            let end = lines.offset(&text, range.end, encoding).max(start);
            text.replace_range(start..end, &change.text);
        }
        self.open(uri, text);
    }

    pub(crate) fn close(&mut self, uri: &Uri) {
        self.open.remove(uri.as_str());
    }

    /// The document an editor has open.
    pub(crate) fn document(&self, uri: &Uri) -> Option<Rc<View>> {
        self.open.get(uri.as_str()).map(|document| Rc::clone(&document.view))
    }

    /// Where an editor finds a file; a shipped one is written to the folder of copies first.
    pub(crate) fn uri(&self, view: &View) -> Option<Uri> {
        if let Some(uri) = &view.uri {
            return Some(uri.clone());
        }
        let folder = self.copies.as_deref().filter(|_| view.shipped)?;
        let path = folder.join(view.name.rsplit('/').next()?);
        if std::fs::read(&path).ok().as_deref() != Some(view.text.as_bytes()) {
            std::fs::create_dir_all(folder).ok()?;
            // Whoever has the old text open keeps it.
            let _ = std::fs::remove_file(&path);
            std::fs::write(&path, &view.text).ok()?;
            let mut rights = std::fs::metadata(&path).ok()?.permissions();
            rights.set_readonly(true);
            std::fs::set_permissions(&path, rights).ok()?;
        }
        uri::of_path(&uri::canonical(&path))
    }

    /// Which files a document is loaded with.
    pub(crate) fn together(&self, uri: &Uri) -> Together {
        let document = self.open.get(uri.as_str());
        if document.is_some_and(|document| document.view.shipped) {
            return Together::Shipped;
        }
        let path = document.and_then(|document| document.path.as_deref());
        if !self.named.is_empty() {
            let named = path.is_some_and(|path| {
                let holds = |named: &PathBuf| {
                    let named = uri::canonical(named);
                    named == path || (Some(named.as_path()) == path.parent() && is_yaml(path))
                };
                self.named.iter().any(holds)
            });
            return if named { Together::Named } else { Together::NamedAnd(uri.to_string()) };
        }
        match path.and_then(Path::parent) {
            Some(folder) => Together::Folder(folder.to_path_buf()),
            None => Together::Alone(uri.to_string()),
        }
    }

    /// The sets of files of which a document is open.
    pub(crate) fn open_sets(&self) -> Vec<Together> {
        let uris = self.open.keys().filter_map(|uri| Uri::from_str(uri).ok());
        let mut sets: Vec<Together> = uris.map(|uri| self.together(&uri)).collect();
        sets.sort();
        sets.dedup();
        sets
    }

    /// The files of a set, in the order in which they are loaded.
    pub(crate) fn views(&mut self, together: &Together) -> Vec<Rc<View>> {
        let document = |files: &Self, uri: &String| {
            files.open.get(uri).map(|document| Rc::clone(&document.view))
        };
        match together {
            Together::Shipped => self.shipped.clone(),
            Together::Named => self.named_views(),
            Together::NamedAnd(uri) => {
                let mut views = self.named_views();
                views.extend(document(self, uri));
                views
            }
            Together::Alone(uri) => {
                self.shipped.iter().cloned().chain(document(self, uri)).collect()
            }
            Together::Folder(folder) => {
                let rules = self.folder(folder);
                self.shipped
                    .iter()
                    .cloned()
                    .chain(rules.into_iter().filter(|view| looks_like_rules(&view.text)))
                    .collect()
            }
        }
    }

    fn named_views(&mut self) -> Vec<Rc<View>> {
        let mut views = Vec::new();
        for path in self.named.clone() {
            if path.as_os_str() == SHIPPED {
                views.extend(self.shipped.iter().cloned());
            } else if path.is_dir() {
                views.extend(self.folder(&uri::canonical(&path)));
            } else {
                views.extend(self.file(&uri::canonical(&path)));
            }
        }
        views
    }

    /// The rule files of a folder in alphabetical order, with those that are open and not on disk yet.
    fn folder(&mut self, folder: &Path) -> Vec<Rc<View>> {
        let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
        let mut paths: Vec<PathBuf> =
            entries.map(|entry| entry.path()).filter(|path| is_yaml(path)).collect();
        let open = self.open.values().filter_map(|document| document.path.clone());
        paths.extend(open.filter(|path| path.parent() == Some(folder)));
        paths.sort();
        paths.dedup();
        paths.iter().filter_map(|path| self.file(path)).collect()
    }

    /// A file as it is at the moment; none where there is none, or nobody may read it.
    fn file(&mut self, path: &Path) -> Option<Rc<View>> {
        let real = uri::canonical(path);
        let open = self.open.values().find(|document| document.path.as_ref() == Some(&real));
        if let Some(document) = open {
            return Some(Rc::clone(&document.view));
        }
        let about = std::fs::metadata(path).ok().filter(std::fs::Metadata::is_file)?;
        let stamp = (about.modified().ok(), about.len());
        if let Some((known, view)) = self.disk.get(path)
            && *known == stamp
        {
            return Some(Rc::clone(view));
        }
        if about.len() > MAX_FILE as u64 {
            return None;
        }
        let text = decode(std::fs::read(path).ok()?).text;
        let view = View::new(real.display().to_string(), uri::of_path(&real), text, false);
        self.disk.insert(path.to_path_buf(), (stamp, Rc::clone(&view)));
        Some(view)
    }
}
