#!/usr/bin/env bash
# The .deb under a running systemd: Debian 12 with its 6.1 kernel in QEMU, without KVM. The service starts, watches, is
# reloaded, killed and started again, and stops; as root, takes some minutes. PACKAGE is the package [made of what
# `make build` built], PACKAGE_MIRROR Debian's archive. Keeps what it fetches in target/vm.
#
#   scripts/vm-service.sh [6.1 | 6.12]
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/toolchain.sh
version=${1:-6.1}
cache=$target/vm
mkdir -p "$cache"
. scripts/kernels.sh
guest_tools debootstrap:debootstrap

package=${PACKAGE:-}
[ -n "$package" ] || package=$(./scripts/package.sh | grep '\.deb$' | tail -n1)
[ -r "$package" ] || { echo "there is no package: first 'make build'" >&2; exit 1; }

base=$cache/service-base
if [ ! -e "$base/usr/bin/systemctl" ]; then
  rm -rf --one-file-system "$base"
  debootstrap --variant=minbase --include=systemd-sysv,dbus bookworm "$base" "${PACKAGE_MIRROR:-http://deb.debian.org/debian}" >/dev/null
  rm -rf "$base"/var/cache/apt/archives/*.deb "$base"/usr/share/{doc,man,locale}
fi
root=$(mktemp -d)
trap 'rm -rf --one-file-system "$root"' EXIT
cp -a "$base/." "$root/"
cp "$package" "$root/peregrine.deb"
chroot "$root" dpkg -i /peregrine.deb >/dev/null
rm "$root/peregrine.deb"
chroot "$root" systemctl enable peregrine.service >/dev/null 2>&1
echo guest >"$root/etc/hostname"
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
cp scripts/vm-service-try.sh "$root/try"
chmod 755 "$root/try"
ln -s /sbin/init "$root/init"
(cd "$root" && find . -xdev | cpio -o -H newc --quiet | gzip -1) >"$cache/service.gz"

image=$(ls "$(kernel "$version")"/boot/vmlinuz-* | head -n1)
log=$cache/service-$version.log
echo "== $(basename "$image"), systemd"
timeout 1200 qemu-system-x86_64 -accel tcg,thread=multi -cpu max,-cx16 -smp 2 -m 3072 -nographic -no-reboot \
  -kernel "$image" -initrd "$cache/service.gz" \
  -append 'console=ttyS0 panic=-1 loglevel=1 no_timer_check systemd.show_status=0 systemd.default_timeout_start_sec=600' \
  </dev/null >"$log" 2>&1 || true
grep -aE '^(ok|FAILED|note|done)' "$log" | tr -d '\r' || true
grep -aq '^done: 0 failed' "$log" || { echo "FAILED, whole log: $log" >&2; exit 1; }
