#!/usr/bin/env bash
# Falco's official rules against acts of our own, live in a guest (QEMU without KVM): an act for each
# of the 38 rules that real Falco raised in a recorded guest. Needs root for apt.
#
#   scripts/vm-rules.sh RULES_FOLDER [6.1|6.12]
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/toolchain.sh
rules=${1:-../shared/conformance/rules}
version=${2:-6.1}
cache=${CARGO_TARGET_DIR:-target}/vm
mkdir -p "$cache"
if ! ls "$rules"/*.yaml >/dev/null 2>&1; then
  echo "SKIPPED: no rule files in $rules: name a folder with Falco's official rules" >&2
  exit 0
fi
. scripts/kernels.sh
guest_tools xz:xz-utils script:bsdutils

echo "building" >&2
built=$(cargo test --locked --package peregrine-cli --test guest --no-run --message-format json 2>/dev/null |
  grep -o '"executable":"[^"]*"' | cut -d'"' -f4)
[ -n "$built" ] || { echo "it does not build: cargo test -p peregrine-cli --no-run" >&2; exit 1; }

root=$(mktemp -d)
chmod 755 "$root"
trap 'rm -rf "$root"' EXIT
mkdir -p "$root"/{bin,sbin,etc,proc,sys,tmp,dev,run,rules,root,modules,usr/bin,usr/sbin,usr/local/bin,var/log,var/lib/rpm}
cp /bin/busybox "$root/bin/busybox"
for applet in kill sleep mount umount ip mkdir cp mv rm ls find chmod touch cat chroot insmod nc; do
  ln -s busybox "$root/bin/$applet"
done
# shellcheck disable=SC2086 # one path per line, without blanks
put "$root" $built /bin/true /bin/bash /usr/bin/perl /usr/bin/unshare /usr/bin/script
cp -L /bin/dash "$root/bin/sh"
ln -sf /usr/bin/perl "$root/bin/perl"
base=$(perl -MConfig -e 'print $Config{archlibexp}; ')
for folder in /usr/lib/x86_64-linux-gnu/perl-base "$base"; do
  [ -d "$folder" ] && mkdir -p "$root$folder" && cp -rL "$folder"/{strict,warnings,IO,Exporter,XSLoader,Symbol,SelectSaver}* "$root$folder/" 2>/dev/null || true
done
cp "$rules"/*.yaml "$root/rules/"
printf 'root:x:0:0:root:/root:/bin/sh\ndaemon:x:1:1:daemon:/usr/sbin:/bin/sh\n' >"$root/etc/passwd"
printf 'root:x:0:\ndaemon:x:1:\n' >"$root/etc/group"
echo 'root:*:20000:0:99999:7:::' >"$root/etc/shadow"
echo 'hosts: files' >"$root/etc/nsswitch.conf"
printf '127.0.0.1 localhost\n127.0.0.9 kubernetes.default.svc.cluster.local\n' >"$root/etc/hosts"
folder=$(kernel "$version")
module=$(ls "$folder"/lib/modules/*/kernel/fs/overlayfs/overlay.ko* | head -n1)
case $module in
  *.xz) xz -dc "$module" >"$root/modules/overlay.ko" ;;
  *) cp "$module" "$root/modules/overlay.ko" ;;
esac
test=$(grep guest <<<"$built" | tail -n1)
cat >"$root/init" <<INIT
#!/bin/sh
export PATH=/bin:/usr/bin:/sbin:/usr/sbin RUST_BACKTRACE=0 PEREGRINE_GUEST=/rules HOME=/root
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t tracefs tracefs /sys/kernel/tracing
mount -t bpf bpf /sys/fs/bpf
mount -t cgroup2 cgroup /sys/fs/cgroup
mount -t devtmpfs dev /dev
mkdir -p /dev/pts
mount -t devpts pts /dev/pts
mount -t tmpfs tmp /tmp
ip link set lo up
insmod /modules/overlay.ko
$test --nocapture
echo "tests ended with \$?"
echo o > /proc/sysrq-trigger
sleep 5
INIT
chmod +x "$root/init"
(cd "$root" && find . | cpio -o -H newc --quiet | gzip -1) >"$cache/rules.gz"

image=$(ls "$folder"/boot/vmlinuz-* | head -n1)
log=$cache/rules-$version.log
echo "== $(basename "$image")"
timeout 600 qemu-system-x86_64 -accel tcg,thread=multi -cpu max,-cx16 -m 3072 -nographic -no-reboot \
  -kernel "$image" -initrd "$cache/rules.gz" -append 'console=ttyS0 panic=-1 quiet' </dev/null >"$log" 2>&1 || true
grep -aE '^(rule|test |  )|panicked|test result|tests ended|missing|more:|SKIPPED' "$log" | tr -d '\r' | cut -c1-400 || true
grep -aq 'tests ended with 0' "$log" || { echo "FAILED on $version, whole log: $log"; exit 1; }
