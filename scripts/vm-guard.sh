#!/usr/bin/env bash
# Prevention in the kernel against real acts, on Debian's 6.1 and 6.12 cloud kernels in QEMU, without KVM: what is denied
# by every way, at every level the kernel offers. Needs root for apt; keeps what it fetches in target/vm.
#
#   scripts/vm-guard.sh             all kernels
#   scripts/vm-guard.sh 6.12        one of them; 6.12-nobpf is booted without `bpf` in `lsm=`
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/toolchain.sh
kernels=("$@")
[ $# -gt 0 ] || kernels=(6.1 6.1-nobpf 6.12 6.12-nobpf)
cache=${CARGO_TARGET_DIR:-target}/vm
mkdir -p "$cache"

. scripts/kernels.sh
guest_tools

echo "building the test" >&2
binary=$(cargo test --locked --package peregrine-enforce --test guard --no-run --message-format json 2>/dev/null |
  grep -o '"executable":"[^"]*"' | tail -n1 | cut -d'"' -f4)
[ -x "$binary" ] || { echo "the test does not build: cargo test -p peregrine-enforce --test guard --no-run" >&2; exit 1; }

root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
mkdir -p "$root"/{bin,etc,proc,sys,tmp,dev,lib64,run}
for applet in sleep mount cat ip; do ln -s busybox "$root/bin/$applet"; done
cp /bin/busybox "$root/bin/busybox"
put "$root" "$binary" /bin/sh /bin/true
mv "$root$binary" "$root/guard"
echo 'root:x:0:0:root:/root:/bin/sh' >"$root/etc/passwd"
cat >"$root/init" <<'INIT'
#!/bin/sh
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t securityfs security /sys/kernel/security
mount -t debugfs debug /sys/kernel/debug
mount -t bpf bpf /sys/fs/bpf
mount -t cgroup2 cgroup /sys/fs/cgroup
mount -t devtmpfs dev /dev
mount -t tmpfs tmp /tmp
ip link set lo up
ulimit -n 65536
export PATH=/bin RUST_BACKTRACE=0
echo "lsm: $(cat /sys/kernel/security/lsm)"
status=0
/guard --test-threads 1 --nocapture || status=$?
echo "tests ended with $status"
echo o > /proc/sysrq-trigger
sleep 5
INIT
chmod +x "$root/init"
(cd "$root" && find . | cpio -o -H newc --quiet | gzip -1) >"$cache/guard.gz"

# As in vm.sh without cx16. On a busy machine the guest's timer interrupts seem broken to its kernel: it is not to look.
failed=0
for version in "${kernels[@]}"; do
  image=$(ls "$(kernel "${version%-nobpf}")"/boot/vmlinuz-* | head -n1)
  log=$cache/guard-$version.log
  words='console=ttyS0 panic=-1 loglevel=1 no_timer_check'
  [ "$version" = "${version%-nobpf}" ] || words="$words lsm=lockdown,yama,integrity,apparmor"
  echo "== $(basename "$image")${words##*no_timer_check}"
  timeout 1200 qemu-system-x86_64 -accel tcg,thread=multi -cpu max,-cx16 -m 2048 -nographic -no-reboot \
    -kernel "$image" -initrd "$cache/guard.gz" -append "$words" </dev/null >"$log" 2>&1 || true
  grep -aE '^test |^TABLE|^GUARD|^lsm:|panicked|left:|right:|test result|tests ended|SKIPPED' "$log" | tr -d '\r' || true
  grep -aq 'tests ended with 0' "$log" || { failed=1; echo "FAILED on $version, whole log: $log"; }
done
exit "$failed"
