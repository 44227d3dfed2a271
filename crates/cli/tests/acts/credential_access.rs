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
];
