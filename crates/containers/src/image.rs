//! Names of images.

/// An image as it was asked for, in parts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct ImageName<'n> {
    /// Registry and path.
    pub(crate) repository: &'n str,
    /// Empty where the name has none.
    pub(crate) tag: &'n str,
    /// With its algorithm; empty where the name has none.
    pub(crate) digest: &'n str,
}

impl<'n> ImageName<'n> {
    /// The parts of `[HOST[:PORT]/]PATH[:TAG][@DIGEST]`. A digest alone names no repository.
    pub(crate) fn parse(name: &'n str) -> Self {
        if name.starts_with("sha256:") {
            return Self { digest: name, ..Self::default() };
        }
        let (name, digest) = name.split_once('@').unwrap_or((name, ""));
        // A colon before the last slash stands before a port.
        let path = name.rfind('/').map_or(0, |slash| slash + 1);
        let colon = name.get(path..).and_then(|last| last.find(':')).map(|at| path + at);
        let (repository, tag) = match colon {
            Some(at) => (name.get(..at).unwrap_or(name), name.get(at + 1..).unwrap_or_default()),
            None => (name, ""),
        };
        Self { repository, tag, digest }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_have_parts() {
        let check = |name: &str, repository: &str, tag: &str, digest: &str| {
            let found = ImageName::parse(name);
            assert_eq!(
                (found.repository, found.tag, found.digest),
                (repository, tag, digest),
                "{name}"
            );
        };
        check("nginx", "nginx", "", "");
        check("nginx:1.27", "nginx", "1.27", "");
        check("docker.io/library/nginx:1.27", "docker.io/library/nginx", "1.27", "");
        check("reg:5000/a/b", "reg:5000/a/b", "", "");
        check("reg:5000/a/b:x", "reg:5000/a/b", "x", "");
        check("reg:5000/b@sha256:ab", "reg:5000/b", "", "sha256:ab");
        check("b:x@sha256:ab", "b", "x", "sha256:ab");
        check("sha256:ab", "", "", "sha256:ab");
        check("", "", "", "");
        check("ä:ö", "ä", "ö", "");
    }
}
