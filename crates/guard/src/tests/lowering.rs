//! What conditions become at each act, in words.

use super::*;

/// The acts a condition is about, and what is asked there.
fn check(condition: &str, expected: &[&str]) {
    let compiled = compiled(&of_condition(condition));
    let acts = &compiled.policies[0].acts;
    let words: Vec<String> =
        acts.iter().map(|at| format!("{}: {}", at.act.name(), at.words)).collect();
    assert_eq!(words, expected, "{condition}");
}

#[test]
fn files() {
    check(
        "open_write and fd.name in (/etc/passwd, /etc/shadow)",
        &[
            "open: write and not directory and object in (/etc/passwd, /etc/shadow)",
            "create: by_mknod and object in (/etc/passwd, /etc/shadow)",
            "attributes: by_truncate and object in (/etc/passwd, /etc/shadow)",
        ],
    );
    check(
        "evt.type = open and evt.is_open_read = true and fd.name startswith /etc/",
        &["open: read and object in (/etc/**)"],
    );
    check(
        "evt.type = openat and evt.is_open_read = true and fd.name pmatch (/etc) and evt.rawres >= 0",
        &["open: read and object in (/etc, /etc/**)"],
    );
    check(
        "evt.type = openat2 and evt.is_open_read = true and fd.directory = /etc",
        &["open: read and object in (/etc/*)"],
    );
    check(
        "evt.type = open_by_handle_at and evt.is_open_read = true and fd.filename = authorized_keys",
        &["open: read and object in (**/authorized_keys)"],
    );
    check(
        "evt.type in (unlink, unlinkat) and fs.path.name startswith /var/log/",
        &[
            "remove: (by_unlink and object in (/var/log/**)) or (by_rmdir and object in (/var/log/**))",
        ],
    );
}
