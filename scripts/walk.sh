#!/usr/bin/env bash
# What a newcomer meets, in a bare Debian root that debootstrap makes: the first lines of README.md, and what is
# said where something is missing. As root; takes an hour and 15 GB. Each command is reported with
# its time, the disk it took and the longest time it said nothing.
#
#   scripts/walk.sh [toolchain|space|run|test ...]   all of them where none is named
#
#   toolchain   no rustc, and one that is too old: one line, before anything is installed
#   space       a folder with a blank in its name: one line
#   run         `make run` as a user with sudo, until it watches
#   test        `make test` as root
#
# WALK_ROOT is the folder of the root (removed at the end unless WALK_KEEP is set), WALK_MIRROR Debian's archive.
set -euo pipefail
cd "$(dirname "$0")/.."
[ "$(id -u)" = 0 ] || { echo "debootstrap and chroot need root: sudo make walk" >&2; exit 1; }
command -v debootstrap >/dev/null || { echo "debootstrap is missing: apt-get install debootstrap" >&2; exit 1; }
root=${WALK_ROOT:-$(mktemp -d --tmpdir peregrine-walk-XXXXXX)}
mirror=${WALK_MIRROR:-http://deb.debian.org/debian}
[ $# != 0 ] || set -- toolchain space run test
failed=0

leave() {
  local mount
  for mount in proc sys dev; do
    umount --recursive --lazy "$root/$mount" 2>/dev/null || true
  done
  # Nothing of the host is below it any more, or it stays.
  if [ -z "${WALK_KEEP:-}" ] && ! grep -q " $root/" /proc/self/mounts; then rm -rf --one-file-system "$root"; fi
}
trap leave EXIT
trap 'exit 130' INT TERM

disk() { du -sxm "$root" | cut -f1; }

# A command in the root: as whom, and what. Its output goes to $root.log, its figures to stdout.
walk() { # name, user, command
  local name=$1 user=$2 command=$3 before start status=0
  before=$(disk) start=$SECONDS
  chroot "$root" /usr/bin/env -i HOME="$(home "$user")" USER="$user" PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
    setpriv --reuid "$user" --regid "$user" --init-groups bash -c "$command" </dev/null 2>&1 | clocked >"$root.log" ||
    status=$?
  printf '%-22s %s  %4d s  %6d MB  silent for %4d s at most\n' "$name" \
    "$([ "$status" = 0 ] && echo ok || echo "exit $status")" $((SECONDS - start)) $(($(disk) - before)) "$(silence)"
  return "$status"
}

home() { [ "$1" = root ] && echo /root || echo "/home/$1"; }

# Lines, each with the second it came in.
clocked() {
  local line
  while IFS= read -r line; do printf '%d %s\n' "$SECONDS" "$line"; done
  printf '%d\n' "$SECONDS"
}

# The longest time between two lines.
silence() { awk 'NR > 1 && $1 - last > most { most = $1 - last } { last = $1 } END { print most + 0 }' "$root.log"; }

# Checks that a command fails with this line, and that the root is not filled for it.
refused() { # name, user, command, words
  local before
  before=$(disk)
  if walk "$1" "$2" "$3"; then
    echo "  it should fail" && failed=1
  elif ! grep -q -- "$4" "$root.log"; then
    cut -d' ' -f2- "$root.log" | tail -n5 && echo "  it should say: $4" && failed=1
  elif [ $(($(disk) - before)) -gt 100 ]; then
    echo "  it installed something before it said so" && failed=1
  else
    grep -- "$4" "$root.log" | head -n1 | cut -d' ' -f2- | sed 's/^/  /'
  fi
}

bare() {
  [ -x "$root/bin/bash" ] || debootstrap --variant=minbase bookworm "$root" "$mirror" >"$root.log"
  mount -t proc proc "$root/proc"
  mount --rbind /sys "$root/sys" && mount --make-rslave "$root/sys"
  mount --rbind /dev "$root/dev" && mount --make-rslave "$root/dev"
  cp /etc/resolv.conf "$root/etc/resolv.conf"
  walk "apt-get install" root \
    "apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq make git curl ca-certificates sudo"
  # What this machine trusts besides, as behind a proxy that looks into what is fetched.
  if [ -n "$(ls -A /usr/local/share/ca-certificates)" ]; then
    cp /usr/local/share/ca-certificates/* "$root/usr/local/share/ca-certificates"
    chroot "$root" update-ca-certificates >/dev/null 2>&1
  fi
  chroot "$root" useradd --create-home --shell /bin/bash walker 2>/dev/null || true
  echo 'walker ALL=(ALL) NOPASSWD: ALL' >"$root/etc/sudoers.d/walker"
  # The tree as it is committed, for each of the two.
  local user
  for user in root walker; do
    rm -rf "$root$(home "$user")/peregrine"
    git archive --prefix=peregrine/ HEAD | chroot "$root" tar -x -C "$(home "$user")"
    chroot "$root" chown -R "$user:" "$(home "$user")/peregrine"
  done
}

rustup() { # user, toolchain
  local from=https://static.rust-lang.org/rustup/rustup-init.sh
  walk "rustup, $1" "$1" \
    "set -o pipefail; [ -x ~/.cargo/bin/rustc ] || curl --proto '=https' --tlsv1.2 -sSf $from | sh -s -- -y --profile minimal -c clippy -c rustfmt --default-toolchain $2"
}

bare
for step in "$@"; do
  case $step in
    toolchain)
      refused "no rustc" walker "cd ~/peregrine && make run" "there is none: https://rustup.rs"
      chroot "$root" install -D -o walker -m 755 /dev/stdin /home/walker/old/rustc <<<'echo "rustc 1.63.0 (4b91a6ea7 2022-08-08)"'
      sed -i '1i #!/bin/sh' "$root/home/walker/old/rustc"
      refused "rustc 1.63" walker "cd ~/peregrine && PATH=~/old:\$PATH make run" "or later is needed, .* is 1.63.0"
      ;;
    space)
      rustup walker stable
      chroot "$root" cp -a /home/walker/peregrine "/home/walker/a peregrine"
      refused "a blank in the name" walker "cd ~/'a peregrine' && make run" "takes no path with a blank"
      ;;
    run)
      rustup walker stable
      # It watches until it is ended: that it does is what is waited for.
      chroot "$root" install -o walker -m 755 /dev/stdin /home/walker/once <<'ONCE'
#!/bin/bash
cd ~/peregrine
coproc make run 2>&1
exec 3<&"${COPROC[0]}"
pid=$COPROC_PID
while read -r line <&3; do
  echo "$line"
  [[ $line != *'monitoring: '* ]] || break
done
[[ $line == *'monitoring: '* ]] || exit 1
# Below make and sudo.
until [ "$(cat "/proc/$pid/comm")" = peregrine ]; do read -r pid _ <"/proc/$pid/task/$pid/children"; done
# The shell's own: there is no procps.
sudo bash -c "kill -INT $pid"
cat <&3
ONCE
      walk "make run, with sudo" walker "/home/walker/once 2>&1" || { cut -d' ' -f2- "$root.log" | tail -n20 && failed=1; }
      grep -o 'monitoring: .*' "$root.log" | sed 's/^/  /'
      ;;
    test)
      rustup root stable
      walk "make test" root "cd ~/peregrine && make test" || { grep -E 'FAIL|FAILED' "$root.log" | head -n20 && failed=1; }
      tail -n3 "$root.log" | cut -d' ' -f2- | sed 's/^/  /'
      ;;
    *) echo "no step '$step'" >&2 && exit 2 ;;
  esac
done
exit "$failed"
