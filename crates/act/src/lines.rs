//! Lines taken out of a file of somebody: a key of `authorized_keys`, a job of a crontab. The whole file is kept in the
//! store before.

use std::fs::File;
use std::io::{Read as _, Write as _};

use peregrine_respond::{Bytes, FileTarget};
use rustix::fs::{
    AtFlags, Mode, OFlags, RenameFlags, fsync, openat, renameat_with, statat, unlinkat,
};
use sha2::{Digest as _, Sha256};

use crate::error::{ActError, tried};
use crate::ledger::Undo;
use crate::path::{aside, sync_folder};
use crate::store::{Store, hex};
use crate::taskstats::TaskStats;

/// Bytes of a file whose lines are looked at.
const MOST: u64 = 16 << 20;

/// Whether a line is to go.
pub(crate) type Goes<'g> = &'g dyn Fn(&[u8]) -> bool;

/// Takes lines out of a file; how many.
pub(crate) fn remove_lines(
    store: &Store,
    id: u64,
    file: &FileTarget,
    goes: Goes<'_>,
    stats: Option<&TaskStats>,
) -> Result<(usize, Undo), ActError> {
    let shown = file.path.to_string();
    let found = store.find(file, stats)?;
    let (fd, stat) = found.open()?;
    if file.ino.is_some_and(|ino| ino != stat.st_ino) {
        return Err(ActError::AnotherFile(shown));
    }
    let mut text = Vec::new();
    let reader = File::from(fd.try_clone().map_err(tried(shown.clone()))?);
    reader.take(MOST).read_to_end(&mut text).map_err(tried(shown.clone()))?;
    if text.len() as u64 == MOST {
        return Err(ActError::Unable(format!("{shown} is too large to be looked at")));
    }
    let all = || text.split_inclusive(|byte| *byte == b'\n');
    let removed = all().filter(|line| goes(line)).count();
    if removed == 0 {
        return Err(ActError::Missing(format!("such a line in {shown}")));
    }
    let kept: Vec<u8> = all().filter(|line| !goes(line)).flatten().copied().collect();
    let again = found.open()?.0;
    let stored = store.copy(id, file, &again, &stat)?;
    let name = aside()?;
    let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let put = || -> Result<(), ActError> {
        let out = openat(&found.folder, name.as_os_str(), flags, Mode::RUSR | Mode::WUSR)
            .map_err(tried(shown.clone()))?;
        let mut writer = File::from(out.try_clone().map_err(tried(shown.clone()))?);
        writer.write_all(&kept).map_err(tried(shown.clone()))?;
        stored.apply_without_times(&out).map_err(tried(shown.clone()))?;
        fsync(&out).map_err(tried(shown.clone()))?;
        // Both change places, so that what was there can be looked at before it goes.
        let (new, old) = (name.as_os_str(), found.name.as_os_str());
        let swap = || {
            let how = RenameFlags::EXCHANGE;
            renameat_with(&found.folder, new, &found.folder, old, how)
        };
        swap().map_err(tried(shown.clone()))?;
        let was = statat(&found.folder, new, AtFlags::SYMLINK_NOFOLLOW);
        if was.is_ok_and(|was| (was.st_dev, was.st_ino) == (stat.st_dev, stat.st_ino)) {
            return Ok(());
        }
        swap().map_err(tried(shown.clone()))?;
        Err(ActError::AnotherFile(shown.clone()))
    };
    let done = put();
    let _ = unlinkat(&found.folder, name.as_os_str(), AtFlags::empty());
    if let Err(error) = done {
        store.forget(id);
        return Err(error);
    }
    sync_folder(&found.folder);
    Ok((removed, Undo::PutOver { sha256: hex(&Sha256::digest(&kept)) }))
}

/// Puts the whole file back, unless somebody changed it meanwhile.
pub(crate) fn put_lines_back(
    store: &Store,
    id: u64,
    sha256: &str,
    stats: Option<&TaskStats>,
) -> Result<Bytes, ActError> {
    let stored = store.stored(id).ok_or(ActError::NothingToUndo("it is not in the store"))?;
    let found = store.find(&stored.file, stats)?;
    let shown = found.path.to_string();
    let mut text = Vec::new();
    let reader = File::from(found.open()?.0);
    reader.take(MOST).read_to_end(&mut text).map_err(tried(shown.clone()))?;
    if hex(&Sha256::digest(&text)) != sha256 {
        let folder = store.folder().join("quarantine").join(id.to_string());
        return Err(ActError::Unable(format!(
            "{shown} was changed since: the file as it was is {}",
            folder.join("file").display()
        )));
    }
    store.put_over(id, stats)?;
    Ok(found.path)
}

/// Whether a line of `authorized_keys` has a word, or is it.
pub(crate) fn has_word(line: &[u8], word: &[u8]) -> bool {
    let line = line.trim_ascii();
    !line.starts_with(b"#")
        && (line == word.trim_ascii()
            || line.split(u8::is_ascii_whitespace).any(|one| one == word.trim_ascii()))
}

/// Whether a line has a text in it.
pub(crate) fn has_text(line: &[u8], text: &[u8]) -> bool {
    line.windows(text.len().max(1)).any(|part| part == text)
}
