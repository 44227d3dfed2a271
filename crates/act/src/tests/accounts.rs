//! Accounts of a made-up host: the files of a folder.

use std::fs;

use peregrine_respond::Bytes;
use peregrine_testkit::Folder;

use super::is_root;
use crate::ActError;
use crate::ledger::Undo;
use crate::user::Accounts;

fn made(folder: &Folder, root_password: &str) -> Accounts {
    let etc = folder.path().join("etc");
    fs::create_dir_all(&etc).unwrap();
    let write = |name: &str, text: &str| fs::write(etc.join(name), text).unwrap();
    write(
        "passwd",
        "root:x:0:0:root:/root:/bin/bash\nalice:x:1000:1000::/home/alice:/bin/bash\nbob:x:1001:1001::/home/bob:/bin/bash\n",
    );
    write("group", "root:x:0:\nsudo:x:27:alice\nalice:x:1000:\nbob:x:1001:\n");
    write(
        "shadow",
        &format!(
            "root:{root_password}:19000:0:99999:7:::\nalice:$6$abc$def:19000:0:99999:7:::\nbob:$6$ghi$jkl:19000:0:99999:7::30000:\n"
        ),
    );
    Accounts { root: folder.path().to_owned() }
}

#[test]
fn a_user_is_disabled_and_enabled_again() {
    if !is_root() {
        eprintln!("skipped: needs root");
        return;
    }
    let folder = Folder::new("act-user");
    let accounts = made(&folder, "*");
    let shadow = || fs::read_to_string(folder.path().join("etc/shadow")).unwrap();
    let before = shadow();
    let bob = Bytes::from("bob");
    assert!(!accounts.is_disabled(&bob));
    let undo = accounts.disable(&bob).unwrap();
    assert!(accounts.is_disabled(&bob), "{}", shadow());
    assert_ne!(shadow(), before);
    let Undo::EnableUser { unlocked, expires } = undo else { panic!("{undo:?}") };
    accounts.enable(&bob, unlocked, &expires).unwrap();
    assert_eq!(shadow(), before);
    let missing = accounts.disable(&Bytes::from("carol; rm -rf /")).unwrap_err();
    assert!(matches!(missing, ActError::Missing(_)), "{missing}");
}

#[test]
fn the_last_administrator_is_not_disabled() {
    if !is_root() {
        eprintln!("skipped: needs root");
        return;
    }
    let folder = Folder::new("act-administrator");
    // Root cannot log in: alice is the only one.
    let accounts = made(&folder, "*");
    let alice = Bytes::from("alice");
    let error = accounts.disable(&alice).unwrap_err();
    assert!(error.to_string().contains("the last enabled administrator"), "{error}");
    assert!(!accounts.is_disabled(&alice));
    // Root can.
    let accounts = made(&folder, "$6$mno$pqr");
    accounts.disable(&alice).unwrap();
    assert!(accounts.is_disabled(&alice));
    let error = accounts.disable(&Bytes::from("root")).unwrap_err();
    assert!(error.to_string().contains("the last enabled administrator"), "{error}");
}

#[test]
fn the_sessions_of_root_are_not_ended() {
    let accounts = Accounts { root: "/".into() };
    let protection = crate::protect::Protection::new();
    let error = accounts.end_sessions(&Bytes::from("root"), &protection).unwrap_err();
    assert!(error.to_string().contains("root has most of the host"), "{error}");
}
