//! From here to the next machine.

use super::Row;

pub(super) const ROWS: &[Row] = &[
    Row::shell(
        "SSH agent used by another program",
        r#"mount -t tmpfs t /tmp; mkdir /tmp/ssh-x
           perl -e 'use Socket; my $address = sockaddr_un("/tmp/ssh-x/agent.1");
             socket(my $agent, AF_UNIX, SOCK_STREAM, 0); bind($agent, $address); listen($agent, 1);
             socket(my $own, AF_UNIX, SOCK_STREAM, 0); connect($own, $address) or die $!;'"#,
    )
    .apart(),
    Row::shell(
        "Remote login started by a network service",
        r#"cp "$(command -v perl)" HERE/nginx; cp /bin/true HERE/ssh
           HERE/nginx -e 'system {"HERE/ssh"} "ssh", "root@192.0.2.1"'"#,
    ),
    Row::shell(
        "Cluster tool run in a container",
        "cp /bin/true HERE/kubectl; HERE/kubectl get pods",
    )
    .in_container(),
];
