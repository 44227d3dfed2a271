use std::fs;
use std::io::Read as _;
use std::os::unix::fs::PermissionsExt as _;

use flate2::read::GzDecoder;
use tar::Archive;

use super::*;

/// A program that answers as the real one does.
fn program(folder: &Path) -> PathBuf {
    fs::create_dir_all(folder).unwrap();
    let file = folder.join("peregrine");
    let script = "#!/bin/sh\ncase $1 in\n  man) mkdir -p \"$3\" && echo page >\"$3/peregrine.1\" ;;\n  completions) echo \"complete $2\" ;;\n  *) exit 1 ;;\nesac\n";
    fs::write(&file, script).unwrap();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o755)).unwrap();
    file
}

struct Made {
    folder: PathBuf,
    description: Description,
    contents: contents::Contents,
    release: Release,
}

impl Made {
    fn new(name: &str) -> Self {
        let folder =
            std::env::temp_dir().join(format!("peregrine-package-{}-{name}", std::process::id()));
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let description = Description::read(&root.join("packaging/package.yaml")).unwrap();
        let contents = gather(&root, &description, &program(&folder)).unwrap();
        let release =
            Release { version: "1.2".to_owned(), architecture: Architecture::X86, time: 86_400 };
        Self { folder, description, contents, release }
    }

    fn deb(&self) -> Vec<u8> {
        deb::deb(&self.description, &self.release, "functions", &self.contents).unwrap()
    }

    fn rpm(&self) -> Vec<u8> {
        redhat::rpm(&self.description, &self.release, "functions", &self.contents).unwrap()
    }
}

impl Drop for Made {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// The files of an archive with their modes and contents; folders end in a slash.
fn files(archive: &[u8]) -> Vec<(String, u32, String)> {
    let mut archive = Archive::new(GzDecoder::new(archive));
    let read = |entry: std::io::Result<tar::Entry<'_, GzDecoder<&[u8]>>>| {
        let mut entry = entry.unwrap();
        let path = entry.path().unwrap().display().to_string();
        let mode = entry.header().mode().unwrap();
        let mut text = Vec::new();
        entry.read_to_end(&mut text).unwrap();
        assert_eq!((entry.header().uid().unwrap(), entry.header().mtime().unwrap()), (0, 86_400));
        (path, mode, String::from_utf8(text).unwrap())
    };
    archive.entries().unwrap().map(read).collect()
}

/// The members of an archive of `ar`.
fn members(mut bytes: &[u8]) -> Vec<(String, Vec<u8>)> {
    bytes = bytes.strip_prefix(b"!<arch>\n").unwrap();
    let mut members = Vec::new();
    while !bytes.is_empty() {
        let (head, rest) = bytes.split_at(60);
        let head = String::from_utf8(head.to_vec()).unwrap();
        assert!(head.ends_with("`\n"), "{head}");
        let size: usize = head[48..58].trim().parse().unwrap();
        members.push((head[..16].trim().to_owned(), rest[..size].to_vec()));
        bytes = &rest[size + size % 2..];
    }
    members
}

#[test]
fn a_deb_has_what_is_described() {
    let made = Made::new("deb");
    let deb = made.deb();
    assert_eq!(deb, made.deb(), "the same content gives the same bytes");
    let members = members(&deb);
    let names: Vec<&str> = members.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["debian-binary", "control.tar.gz", "data.tar.gz"]);
    let control = files(&members[1].1);
    let of = |name: &str| {
        let found = control.iter().find(|(path, ..)| path == name);
        found.unwrap_or_else(|| panic!("{name} in {control:?}"))
    };
    assert_eq!(of("conffiles").2, "/etc/peregrine/peregrine.yaml\n");
    for words in ["Package: peregrine\nVersion: 1.2\nArchitecture: amd64\n", "libc6 (>= 2.34)"] {
        assert!(of("control").2.contains(words), "{words} in {}", of("control").2);
    }
    for (script, words) in
        [("postinst", "first_installed"), ("prerm", "removing"), ("postrm", "purged")]
    {
        let (_, mode, text) = of(script);
        assert!(
            *mode == 0o755 && text.starts_with("#!/bin/sh\n") && text.contains(words),
            "{text}"
        );
    }
    let data = files(&members[2].1);
    let find = |name: &str| data.iter().find(|(path, ..)| path == name);
    assert_eq!(find("usr/bin/peregrine").unwrap().1, 0o755);
    assert_eq!(find("etc/peregrine/rules.d/").unwrap().1, 0o755);
    assert_eq!(find("usr/share/man/man1/peregrine.1").unwrap().2, "page\n");
    let unit = &find("usr/lib/systemd/system/peregrine.service").unwrap().2;
    assert!(
        unit.contains("ExecStart=/usr/bin/peregrine run\n") && !unit.contains("@BINDIR@"),
        "{unit}"
    );
    // Folders stand before what is in them.
    let at = |name: &str| data.iter().position(|(path, ..)| path == name).unwrap();
    assert!(at("usr/") < at("usr/bin/") && at("usr/bin/") < at("usr/bin/peregrine"));
}

#[test]
fn an_rpm_has_the_same_files() {
    let made = Made::new("rpm");
    let bytes = made.rpm();
    assert_eq!(bytes, made.rpm(), "the same content gives the same bytes");
    let package = rpm::Package::parse(&mut bytes.as_slice()).unwrap();
    let about = &package.metadata;
    assert_eq!((about.get_name().unwrap(), about.get_version().unwrap()), ("peregrine", "1.2"));
    let entries = about.get_file_entries().unwrap();
    let mut paths: Vec<PathBuf> = entries.iter().map(|entry| entry.path.clone()).collect();
    let mut expected: Vec<PathBuf> = made.contents.keys().cloned().collect();
    expected.sort();
    paths.sort();
    assert_eq!(paths, expected);
    let kept = entries.iter().filter(|entry| entry.flags.contains(rpm::FileFlags::NOREPLACE));
    let kept: Vec<String> = kept.map(|entry| entry.path.display().to_string()).collect();
    assert_eq!(kept, ["/etc/peregrine/peregrine.yaml"]);
    let script = about.get_post_install_script().unwrap().script;
    assert!(script.contains("functions\n") && script.contains("first_installed"), "{script}");
}

#[test]
fn what_is_no_program_is_refused() {
    let check = |bytes: &[u8], expected: Option<Architecture>| {
        assert_eq!(Architecture::of(bytes).ok(), expected, "{bytes:?}");
    };
    let mut elf = b"\x7fELF".to_vec();
    elf.resize(20, 0);
    check(&elf, None);
    elf[18] = 62;
    check(&elf, Some(Architecture::X86));
    elf[18] = 183;
    check(&elf, Some(Architecture::Arm));
    check(b"#!/bin/sh\n", None);
    check(b"", None);
}
