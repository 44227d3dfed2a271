//! Packages of Fedora and Red Hat.

use anyhow::Result;
use rpm::{BuildConfig, CompressionType, Dependency, FileOptions, PackageBuilder};

use crate::Release;
use crate::contents::Contents;
use crate::description::Description;
use crate::scripts::of_rpm;

/// Of the program; its kernel programs are GPL-2.0, headers of theirs BSD-2-Clause.
const LICENSE: &str = "Apache-2.0 AND GPL-2.0-only AND BSD-2-Clause";

/// The bytes of an .rpm.
pub(crate) fn rpm(
    description: &Description,
    release: &Release,
    functions: &str,
    contents: &Contents,
) -> Result<Vec<u8>> {
    let Description { name, summary, about, maintainer, requires, scripts, .. } = description;
    let (version, arch) = (release.version.as_str(), release.architecture.rpm());
    let mut builder = PackageBuilder::new(name, version, LICENSE, arch, summary);
    let time = u32::try_from(release.time)?;
    builder
        .using_config(BuildConfig::default().compression(CompressionType::Gzip).source_date(time));
    builder.release("1").description(about).vendor(maintainer).build_host("localhost");
    for needed in &requires.rpm {
        builder.requires(Dependency::any(needed));
    }
    for (path, entry) in contents {
        let path = path.display().to_string();
        let mode = u16::try_from(entry.mode)?;
        match &entry.bytes {
            None => _ = builder.with_dir_entry(FileOptions::dir(path).permissions(mode))?,
            Some(bytes) => {
                let mut options = FileOptions::new(path).permissions(mode);
                if entry.configuration {
                    options = options.config().noreplace();
                }
                builder.with_file_contents(bytes.clone(), options)?;
            }
        }
    }
    for (when, script) in of_rpm(functions, scripts) {
        match when {
            "post" => builder.post_install_script(script),
            "preun" => builder.pre_uninstall_script(script),
            _ => builder.post_uninstall_script(script),
        };
    }
    let mut bytes = Vec::new();
    builder.build()?.write(&mut bytes)?;
    Ok(bytes)
}
