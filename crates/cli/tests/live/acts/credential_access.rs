//! Taking passwords, keys and tokens.

use super::Row;

pub(super) const ROWS: &[Row] = &[
    Row::shell("Password file read", "cat /etc/shadow"),
    Row::shell(
        "SSH private key read",
        "mkdir HERE/.ssh; cp /bin/true HERE/.ssh/id_test; cat HERE/.ssh/id_test HERE/.ssh/id_test.pub || :",
    ),
    Row::shell(
        "Cloud credentials read",
        "mkdir HERE/.aws; : > HERE/.aws/credentials; cat HERE/.aws/credentials",
    ),
    Row::perl(
        "Memory of another process read",
        r#"my $child = fork; if (!$child) { sleep 5; exit }
           open(my $memory, "<", "/proc/$child/mem") or die $!;
           kill 9, $child; waitpid($child, 0);"#,
    ),
    Row::shell(
        "Stored passwords of a person read",
        "mkdir HERE/.password-store; : > HERE/.password-store/bank.gpg; cat HERE/.password-store/bank.gpg",
    ),
    Row::shell("Secrets searched for", "find HERE -name id_rsa"),
    Row::shell(
        "Login procedure changed",
        "mount -t tmpfs t /etc; mkdir /etc/pam.d; echo x > /etc/pam.d/sshd",
    )
    .apart(),
    Row::perl("Network traffic captured", "syscall(41, 17, 3, 0) >= 0 or die $!;").apart(),
    // Without a network, so that nothing is asked for indeed.
    Row::shell(
        "Cloud metadata asked for",
        r#"cp "$(command -v perl)" HERE/curl
           HERE/curl -e 'use Socket; socket(my $s, AF_INET, SOCK_STREAM, 0);
             connect($s, sockaddr_in(80, inet_aton("169.254.169.254"))); 1'"#,
    )
    .apart(),
    // An exclusion is not for sale: another file mounted over ssh, by a user namespace's root; a name
    // that package managers have; a library of one's own in the true program.
    Row::shell(
        "SSH private key read",
        "mkdir HERE/.ssh; cp /bin/true HERE/.ssh/id_own; cp /bin/cat HERE/ssh
         unshare --user --map-root-user --mount sh -c \
             'mount --bind HERE/ssh /usr/bin/ssh-keyscan && /usr/bin/ssh-keyscan HERE/.ssh/id_own >/dev/null'",
    )
    .on_host()
    .also("System file hidden by a mount"),
    Row::shell(
        "SSH private key read",
        "mkdir HERE/.ssh; cp /bin/true HERE/.ssh/id_own; cp /bin/cat HERE/ssh
         mount --bind HERE/ssh /usr/bin/ssh-keyscan && /usr/bin/ssh-keyscan HERE/.ssh/id_own >/dev/null",
    )
    .apart()
    .also("System file hidden by a mount"),
    Row::shell(
        "Password file read",
        "ln -s /bin/cat HERE/yum; HERE/yum /etc/shadow; ln -s /bin/cat HERE/dpkg; :",
    ),
    Row::shell(
        "Password file read",
        "mkdir -p HERE/r/usr/bin HERE/r/etc; cp /bin/cat HERE/r/usr/bin/dpkg; : > HERE/r/etc/shadow
         ldd /bin/cat | grep -o '/[^ ]*' | xargs -I{} cp --parents {} HERE/r
         chroot HERE/r /usr/bin/dpkg /etc/shadow",
    ),
    Row::shell(
        "SSH private key read",
        "mkdir HERE/.ssh; ssh-keygen -q -t ed25519 -N '' -f HERE/own; cp HERE/own HERE/.ssh/id_own
         LD_LIBRARY_PATH=HERE ssh-keygen -y -f HERE/.ssh/id_own",
    ),
    // A name in the arguments of another program is no script that is run.
    Row::perl(
        "Password file read",
        r#"exec {"/usr/bin/perl"} "dpkg-reconfigur", "-e", 'open(F, "<", "/etc/shadow")',
               "/usr/sbin/dpkg-reconfigure""#,
    ),
    Row::shell(
        "Database files read beside the database",
        "mount -t tmpfs t /var/lib; mkdir -p /var/lib/mysql/shop; : > /var/lib/mysql/shop/orders.ibd
         cp /bin/cat HERE/mysqld; HERE/mysqld /var/lib/mysql/shop/orders.ibd",
    )
    .apart(),
    Row::shell(
        "Cloud credentials read",
        "mkdir HERE/.aws; : > HERE/.aws/credentials; cp /bin/cat HERE/aws; HERE/aws HERE/.aws/credentials",
    ),
    Row::perl(
        "Descriptor taken from another process",
        r"my $child = fork; if (!$child) { sleep 5; exit }
          my $process = syscall(434, $child, 0); syscall(438, $process, 0, 0) >= 0 or die $!;
          kill 9, $child; waitpid($child, 0);",
    ),
];
