//! Programs and commands that should not run here.

use super::Row;

pub(super) const ROWS: &[Row] = &[
    Row::shell(
        "Shell started by a network service",
        "cp /bin/dash HERE/nginx; HERE/nginx -c 'sh -c :; :'",
    ),
    Row::shell(
        "Program run from shared memory",
        "mount -t tmpfs t /dev/shm; cp /bin/true /dev/shm/tool; /dev/shm/tool",
    )
    .apart(),
    Row::shell(
        "Program run from a hidden folder",
        "mkdir HERE/.x; cp /bin/true HERE/.x/tool; HERE/.x/tool",
    ),
    // The shell that is given the line is the one reported; what it runs is `:`.
    Row::shell("Encoded program given to an interpreter", "echo OgA= | base64 -d | sh"),
    Row::perl(
        "Encoded program given to an interpreter",
        r#"exec "perl", "-e", 'use MIME::Base64 (); eval MIME::Base64::decode_base64("MQ==")'"#,
    )
    .making(2),
    Row::shell("Download piped into a shell", ": curl http://127.0.0.1/ | sh"),
    Row::shell("Interactive shell in a container", "script -qec sh /dev/null").in_container(),
    Row::shell(
        "Container runs a program its image did not bring",
        "mount -t tmpfs t HERE; mkdir HERE/lower HERE/upper HERE/work HERE/root
         mount -t overlay o -o lowerdir=HERE/lower,upperdir=HERE/upper,workdir=HERE/work HERE/root
         cp /bin/true HERE/root/tool; HERE/root/tool",
    )
    .apart()
    .in_container(),
    // By way of the dynamic linker, as a script in both ways, from the folder itself.
    Row::shell(
        "Program run from shared memory",
        "mount -t tmpfs t /dev/shm; cp /bin/true /dev/shm/tool; /lib64/ld-linux-x86-64.so.2 /dev/shm/tool",
    )
    .apart(),
    Row::shell(
        "Program run from shared memory",
        "mount -t tmpfs t /dev/shm; echo : > /dev/shm/script; sh -e /dev/shm/script",
    )
    .apart(),
    Row::shell(
        "Program run from shared memory",
        "mount -t tmpfs t /dev/shm; printf '#!/bin/sh\n:\n' > /dev/shm/script; chmod +x /dev/shm/script
         /dev/shm/script",
    )
    .apart(),
    Row::shell(
        "Program run from shared memory",
        "mount -t tmpfs t /dev/shm; cd /dev/shm; echo : > script; sh script",
    )
    .apart(),
    // Under other names: a bind mount, another root.
    Row::shell(
        "Program run from shared memory",
        "mkdir /dev/shm/peregrine-act; cp /bin/true /dev/shm/peregrine-act/tool
         unshare --mount sh -c 'mount --bind /dev/shm/peregrine-act /mnt; /mnt/tool'
         rm -r /dev/shm/peregrine-act",
    ),
    Row::shell(
        "Program run from shared memory",
        "mkdir -p /dev/shm/peregrine-act/bin; cp /bin/true /dev/shm/peregrine-act/bin/
         ldd /bin/true | grep -o '/[^ ]*' | xargs -I{} cp --parents {} /dev/shm/peregrine-act
         chroot /dev/shm/peregrine-act /bin/true; rm -r /dev/shm/peregrine-act",
    ),
];
