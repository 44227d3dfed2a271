#!/usr/bin/env bash
# The .deb under a running systemd: Debian 12 in QEMU, without KVM. As root, takes some minutes. PACKAGE is the package
# [made of what `make build` built], PACKAGE_MIRROR Debian's archive. Keeps what it fetches in target/vm.
#
#   scripts/vm-service.sh [service] [6.1 | 6.12]   the service starts, is reloaded, killed and started again, and stops
#   scripts/vm-service.sh everyday [6.1 | 6.12]    with the policies we ship enforced, a machine's everyday work goes on
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/toolchain.sh
what=service
case ${1:-} in service | everyday) what=$1 && shift ;; esac
version=${1:-6.1}
cache=$target/vm
mkdir -p "$cache"
. scripts/kernels.sh
guest_tools debootstrap:debootstrap

package=${PACKAGE:-}
[ -n "$package" ] || package=$(./scripts/package.sh | grep '\.deb$' | tail -n1)
[ -r "$package" ] || { echo "there is no package: first 'make build'" >&2; exit 1; }

programs=systemd-sysv,dbus
[ "$what" = service ] || programs+=,openssh-server,openssh-client,cron,logrotate,gcc,libc6-dev,passwd,login,podman,crun,busybox-static,netavark
base=$cache/root-$what
# Counts what is fetched beside them: another number with each change of that.
made=2
# One that was made of other packages is made anew.
if [ "$(cat "$base/made" 2>/dev/null)" != "$programs $made" ]; then
  rm -rf --one-file-system "$base"
  debootstrap --variant=minbase --include="$programs" bookworm "$base" "${PACKAGE_MIRROR:-http://deb.debian.org/debian}" >/dev/null
  rm -rf "$base"/var/cache/apt/archives/*.deb "$base"/usr/share/{doc,man,locale}
  mkdir "$base/packages"
  if [ "$what" = everyday ]; then
    # Small ones that need nothing that is not there.
    chroot "$base" sh -c 'cd /packages && apt-get -o APT::Sandbox::User=root download -qq tree less file libmagic1 libmagic-mgc \
      dc hostname cpio patch diffstat ed jq libjq1 libonig5 pv zip unzip acl attr'
    # A hundred and more of those that are there, the large ones aside: an upgrade replaces them.
    mkdir "$base/replaced"
    chroot "$base" sh -c 'cd /replaced && dpkg-query -W -f "\${Installed-Size} \${Package}\n" | sort -n | head -n 120 |
      cut -d" " -f2 | xargs apt-get -o APT::Sandbox::User=root download -qq'
  fi
  echo "$programs $made" >"$base/made"
fi
root=$(mktemp -d)
trap 'rm -rf --one-file-system "$root"' EXIT
cp -a "$base/." "$root/"
cp "$package" "$root/peregrine.deb"
chroot "$root" dpkg -i /peregrine.deb >/dev/null
rm "$root/peregrine.deb"
chroot "$root" systemctl enable peregrine.service >/dev/null 2>&1
echo guest >"$root/etc/hostname"
if [ "$what" = everyday ]; then
  sed 's/mode: shadow/mode: enforce/' rules/guard.yaml >"$root/etc/peregrine/guard.yaml"
  echo 'guard: {policies: [/etc/peregrine/guard.yaml]}' >>"$root/etc/peregrine/peregrine.yaml"
  # The drop-in of the manual.
  mkdir -p "$root/etc/systemd/system/peregrine.service.d" "$root/root/.ssh"
  awk '/^# \/etc\/systemd\/system\/peregrine.service.d\/guard.conf/ { in_it = 1; next } /^```/ { in_it = 0 } in_it' docs/guard.md \
    >"$root/etc/systemd/system/peregrine.service.d/guard.conf"
  ssh-keygen -q -t ed25519 -N '' -f "$root/root/.ssh/own"
  cp "$root/root/.ssh/own.pub" "$root/root/.ssh/authorized_keys"
  chmod -R go= "$root/root/.ssh"
  echo '* * * * * root touch /run/cron-ran' >"$root/etc/cron.d/ran"
  # The guest's root is the kernel's first, which nothing pivots away from nor lays anything over.
  mkdir -p "$root/etc/containers" "$root/image/bin"
  cp "$root/bin/busybox" "$root/image/bin/sh"
  printf '[storage]\ndriver = "vfs"\nrunroot = "/run/containers"\ngraphroot = "/var/lib/containers"\n' >"$root/etc/containers/storage.conf"
  printf '[engine]\nruntime = "crun"\nno_pivot_root = true\n' >"$root/etc/containers/containers.conf"
fi
# What is tried comes when all has started; its lines go to the console.
cat >"$root/etc/systemd/system/try.service" <<'UNIT'
[Unit]
After=multi-user.target
[Service]
Type=oneshot
ExecStart=/try
StandardOutput=tty
TTYPath=/dev/ttyS0
TimeoutStartSec=infinity
[Install]
WantedBy=default.target
UNIT
chroot "$root" systemctl enable try.service >/dev/null 2>&1
install -m 755 "scripts/guest/$what.sh" "$root/try"
cp scripts/guest/checks.sh "$root/checks.sh"
ln -s /sbin/init "$root/init"
(cd "$root" && find . -xdev | cpio -o -H newc --quiet | gzip -1) >"$cache/$what.gz"

image=$(ls "$(kernel "$version")"/boot/vmlinuz-* | head -n1)
log=$cache/$what-$version.log
echo "== $(basename "$image"), systemd, $what"
timeout 2700 qemu-system-x86_64 -accel tcg,thread=multi -cpu max,-cx16 -smp 2 -m 4096 -nographic -no-reboot \
  -kernel "$image" -initrd "$cache/$what.gz" \
  -append 'console=ttyS0 panic=-1 loglevel=1 no_timer_check systemd.show_status=0 systemd.default_timeout_start_sec=600' \
  </dev/null >"$log" 2>&1 || true
grep -aE '^(ok|FAILED|note|done)' "$log" | tr -d '\r' || true
grep -aq '^done: 0 failed' "$log" || { echo "FAILED, whole log: $log" >&2; exit 1; }
