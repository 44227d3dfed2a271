#!/usr/bin/env bash
# Makes the packages of what `make build` built, and installs, upgrades and removes the .deb in a bare Debian root that
# debootstrap makes: there is no systemd, as in a container's image, so the agent is started by hand. Where podman is
# installed that root is the image of a container too. As root.
#
#   scripts/package.sh           the packages, into target/packages
#   scripts/package.sh try       and the .deb in a bare root
#
# PROGRAM is the program [target/release/peregrine], STATIC one that needs no glibc. PACKAGE_ROOT is a folder for the root
# that is kept, PACKAGE_MIRROR Debian's archive.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/toolchain.sh

program=${PROGRAM:-$target/release/peregrine}
out=$target/packages
make_packages() { # version...
  cargo xtask package --program "$program" ${STATIC:+--static-program "$STATIC"} --out "$out" "$@"
}
make_packages
[ "${1:-}" = try ] || exit 0

[ "$(id -u)" = 0 ] || { echo "debootstrap and chroot need root: sudo make package-try" >&2; exit 1; }
command -v debootstrap >/dev/null || { echo "debootstrap is missing: apt-get install debootstrap" >&2; exit 1; }
mirror=${PACKAGE_MIRROR:-http://deb.debian.org/debian}
root=${PACKAGE_ROOT:-$(mktemp -d --tmpdir peregrine-package-XXXXXX)}
agent=
leave() {
  [ -z "$agent" ] || stop_agent || true
  for mount in proc sys; do umount --recursive --lazy "$root/$mount" 2>/dev/null || true; done
  # Nothing of the host is below it any more, or it stays.
  rm -rf --one-file-system "$root.containers" "$root.log"
  if [ -z "${PACKAGE_ROOT:-}" ] && ! grep -q " $root/" /proc/self/mounts; then rm -rf --one-file-system "$root"; fi
}
trap leave EXIT
trap 'exit 130' INT TERM

failed=0
check() { # what, command...
  local what=$1
  shift
  if "$@"; then echo "ok      $what"; else echo "FAILED  $what" && failed=1; fi
}
inside() { chroot "$root" /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin DEBIAN_FRONTEND=noninteractive "$@"; }
waited() { # seconds, command...
  local end=$((SECONDS + $1))
  shift
  until "$@"; do
    [ "$SECONDS" -lt "$end" ] || return 1
    sleep 0.1
  done
}
# What runs that was installed there, also where its file is gone.
running() {
  local exe pid
  for exe in /proc/[0-9]*/exe; do
    case $(readlink "$exe" 2>/dev/null) in
      "$root/usr/bin/peregrine"*) pid=${exe#/proc/} && echo "${pid%/exe}" ;;
    esac
  done
}
stopped() { [ -z "$(running)" ]; }
journal() { find "$root/var/lib/peregrine/journal" -type f -exec sha256sum {} + | sort; }
stop_agent() {
  local pids
  mapfile -t pids < <(running)
  [ "${#pids[@]}" = 0 ] || kill -INT "${pids[@]}"
  waited 30 stopped
  wait "$agent" || true
  agent=
}
nothing_left() {
  local left
  left=$(find "$root" -xdev -iname '*peregrine*' -not -path "$root/proc/*" -not -path "$root/sys/*" \
    -not -path '*/var/log/dpkg.log' | grep -v '^/$' || true)
  [ -z "$left" ] || { echo "$left" && false; }
}
start_agent() {
  inside peregrine run -o journal.enabled=true -o json_output=true >"$root/tmp/agent.log" 2>&1 &
  agent=$!
  waited 60 grep -q 'monitoring: ' "$root/tmp/agent.log"
}
alerted() {
  inside cat /etc/shadow >/dev/null
  grep -q '"fd.name":"/etc/shadow"\|/etc/shadow' "$root/tmp/agent.log"
}

# The image's files in a container that has no more than the image needs: what it is told of is the host.
podman_of() {
  local store=$root.containers
  podman --root "$store/storage" --runroot "$store/run" --tmpdir "$store/tmp" --storage-driver vfs \
    --cgroup-manager cgroupfs ${PACKAGE_RUNTIME:+--runtime "$PACKAGE_RUNTIME"} "$@"
}
gone() { ! kill -0 "$agent" 2>/dev/null; }
in_container() {
  podman_of run --rm --name "peregrine-$$" \
    --ulimit nofile=4096:4096 --ulimit nproc=4096:4096 --privileged=false --read-only --network none \
    --security-opt no-new-privileges --security-opt seccomp=packaging/seccomp.json \
    --cap-drop all --cap-add BPF,PERFMON,SYS_PTRACE,DAC_READ_SEARCH \
    -v /proc:/host/proc:ro -v /etc:/host/etc:ro -v /run:/host/run:ro -e HOST_ROOT=/host \
    --tmpfs /run/peregrine --tmpfs /var/lib/peregrine \
    --rootfs "$root" /usr/bin/peregrine run -o json_output=true -o journal.enabled=true
}
start_container() {
  in_container >"$root.log" 2>&1 &
  agent=$!
  waited 60 grep -q 'monitoring: ' "$root.log" || { tail -n5 "$root.log" && false; }
}
alerted_of_host() {
  local pid
  # By its number here, which it does not have in there.
  pid=$(sh -c 'echo $$; exec cat /etc/shadow' | head -n1)
  sleep 0.2
  grep '/etc/shadow' "$root.log" | grep -q "\"proc.pid\":$pid,"
}

[ -x "$root/bin/sh" ] || debootstrap --variant=minbase bookworm "$root" "$mirror" >/dev/null
mount -t proc proc "$root/proc"
mount --rbind /sys "$root/sys" && mount --make-rslave "$root/sys"
make_packages --version 99.0 >/dev/null
cp "$out/peregrine_99.0_amd64.deb" "$root/tmp/second.deb"
rm -f "$out"/peregrine[-_]99.0*
make_packages | grep "\.deb$" | xargs -I{} cp {} "$root/tmp/first.deb"

check "install" inside dpkg -i /tmp/first.deb
check "nothing was started without systemd" stopped
check "the configuration is well" inside peregrine config check /etc/peregrine/peregrine.yaml
check "start" start_agent
check "an alert" waited 30 alerted
check "stop" stop_agent
echo 'json_output: true' >>"$root/etc/peregrine/peregrine.yaml"
before=$(journal)
check "upgrade" inside dpkg -i /tmp/second.deb
check "the configuration stays" grep -q '^json_output: true' "$root/etc/peregrine/peregrine.yaml"
check "the journal stays" [ "$(journal)" = "$before" ]
check "the journal is sound" inside peregrine journal verify
check "start after the upgrade" start_agent
check "an alert after the upgrade" waited 30 alerted
if command -v podman >/dev/null; then
  check "stop after the upgrade" stop_agent
  check "start in a container" start_container
  check "an alert about the host" waited 30 alerted_of_host
  check "nothing is missing there" eval '! grep -E "warning|sandbox|may not read|pid namespace" "$root.log"'
  podman_of kill -s INT "peregrine-$$" >/dev/null
  check "stop the container" waited 30 gone
  check "start again" start_agent
else
  echo "SKIPPED: the container: there is no podman"
fi
check "remove" inside dpkg -r peregrine
check "nothing runs after remove" stopped
wait "$agent" || true
agent=
check "configuration and journal stay" [ -e "$root/etc/peregrine/peregrine.yaml" -a -d "$root/var/lib/peregrine/journal" ]
check "purge" inside dpkg -P peregrine
check "nothing is left after purge" nothing_left
exit "$failed"
