#!/bin/bash
# Runs in the guest of vm-service.sh, once it has started: the policies we ship are enforced, and what a machine does all
# day goes on.
. /checks.sh

# Denials so far, of all policies.
denials() { peregrine guard status --json | tr ',{}' '\n\n\n' | awk -F: '/"denied"/ { sum += $2 } END { print sum + 0 }'; }
denied() { # command...: it fails, and a policy denied it
  local before
  before=$(denials)
  "$@" && return 1
  within 20 more_than "$before"
}
more_than() { [ "$(denials)" -gt "$1" ]; }
in_the_kernel() { peregrine guard status | grep -q P1; }
levels() { peregrine guard status; ! peregrine guard status | grep -iq 'not proven'; }

check "the service is active" within 300 active
check "policies are decided in the kernel" within 240 in_the_kernel
check "they are confirmed" peregrine guard confirm
peregrine guard status | sed 's/^/note    /'
check "the hashes of passwords are not read" denied cat /etc/shadow
check "no file for cron is made" denied bash -c 'echo x >/etc/cron.d/mine'
check "it is not there" test ! -e /etc/cron.d/mine
cp /bin/true /tmp/mine
check "nothing runs from /tmp" denied /tmp/mine
check "no account is added by hand" denied bash -c 'echo eve:x:0:0::/:/bin/sh >>/etc/passwd'
check "it is not there" bash -c '! grep -q eve /etc/passwd'

before=$(denials)
check "a login by ssh" ssh -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -i /root/.ssh/own root@127.0.0.1 id
check "packages are installed" bash -c 'apt-get install -y -q /packages/*.deb'
check "packages are replaced" bash -c 'dpkg -i /packages/*.deb'
: >/run/replaced-from
check "a hundred packages are replaced" bash -c 'dpkg -i /replaced/*.deb'
check "they were a hundred and more" test "$(find /var/lib/dpkg/info -name '*.list' -newer /run/replaced-from | wc -l)" -ge 100
check "an image is made" bash -c 'tar -C /image -c . | podman import - box'
check "a container starts and ends" podman run --rm --network host box /bin/sh -c 'exit 0'
check "a container lives" podman run -d --name lasting --network host box /bin/sh -c 'while :; do sleep 1; done'
check "a program runs in it" podman exec lasting /bin/sh -c 'exit 0'
check "it is removed" podman rm -f -t 0 lasting
check "a user is added" useradd -m bob
check "the user has a password" bash -c 'echo bob:a-long-word | chpasswd'
check "the user is another one's login" su - bob -c id
check "the user goes" userdel -r bob
check "a program is compiled and runs" bash -c 'cd /root && echo "int main(){return 0;}" >a.c && gcc -o a a.c && ./a'
check "logs are rotated" logrotate -f /etc/logrotate.conf
check "a unit is enabled" systemctl enable cron
check "timers of systemd run" systemctl start systemd-tmpfiles-clean.service
check "cron has run" within 180 test -e /run/cron-ran
check "the daily work of cron" run-parts /etc/cron.daily
sleep 3
check "none of it was denied" test "$(denials)" = "$before"
journalctl -u peregrine -o cat --no-pager | grep 'guard\.action' | tail -n 20 | cut -c1-300 | sed 's/^/note    /'
check "still in the kernel" in_the_kernel
finish
