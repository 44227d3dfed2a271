#!/usr/bin/env bash
# Runs the kernel tests of the probe, and the test of 100,000 descriptors, on other kernels: Debian's 6.1
# and 6.12 cloud kernels in QEMU, without KVM. Needs root for apt; keeps what it fetches in target/vm.
#
#   scripts/vm.sh             all of them
#   scripts/vm.sh 6.12        one of them
#
# A third run, 6.12-full, is the stress test alone where the kernel may take the CPU away at any moment
# (preempt=full), on two CPUs.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/toolchain.sh
kernels=("$@")
[ $# -gt 0 ] || kernels=(6.1 6.12 6.12-full)
cache=${CARGO_TARGET_DIR:-target}/vm
mkdir -p "$cache"

. scripts/kernels.sh
guest_tools

# The test of a package as a program.
build() { # package, test -> prints its path
  cargo test --locked --package "$1" --test "$2" --no-run --message-format json 2>/dev/null |
    grep -o '"executable":"[^"]*"' | tail -n1 | cut -d'"' -f4
}

echo "building the tests" >&2
binary=$(build peregrine-probe kernel)
floods=$(build peregrine-agent floods)
for program in "$binary" "$floods"; do
  [ -x "$program" ] || { echo "the tests do not build: cargo test -p peregrine-probe -p peregrine-agent --no-run" >&2; exit 1; }
done

root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
mkdir -p "$root"/{bin,etc,proc,sys,tmp,dev,lib64,run}
cp /bin/busybox "$root/bin/busybox"
for applet in sleep mount cat ip; do ln -s busybox "$root/bin/$applet"; done
cp -L /bin/sh /bin/true "$root/bin/"
cp "$binary" "$root/kernel"
cp "$floods" "$root/floods"
echo 'root:x:0:0:root:/root:/bin/sh' >"$root/etc/passwd"
for program in "$binary" "$floods"; do ldd "$program"; done | grep -o '/[^ ]*' | while read -r library; do
  mkdir -p "$root/$(dirname "$library")"
  cp -L "$library" "$root/$library"
done
cat >"$root/init" <<'INIT'
#!/bin/sh
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t tracefs tracefs /sys/kernel/tracing
mount -t bpf bpf /sys/fs/bpf
mount -t devtmpfs dev /dev
mount -t tmpfs tmp /tmp
ip link set lo up
export PATH=/bin RUST_BACKTRACE=0
# Nobody but the tests lives by the clock of a guest.
export PEREGRINE_OWN_CLOCK=1
mount -t debugfs debug /sys/kernel/debug
echo "preempt: $(cat /sys/kernel/debug/sched/preempt)"
status=0
case "$(cat /proc/cmdline)" in
*preempt=full*) /kernel --test-threads 1 --nocapture stress || status=$? ;;
*)
  /kernel --test-threads 1 || status=$?
  /floods --test-threads 1 --nocapture live_descriptors || status=$?
  ;;
esac
echo "tests ended with $status"
echo o > /proc/sysrq-trigger
sleep 5
INIT
chmod +x "$root/init"
(cd "$root" && find . | cpio -o -H newc --quiet | gzip -1) >"$cache/initramfs.gz"

# QEMU 7.2 now and then leaves rubbish in the flags after cmpxchg16b and the guest dies of a double
# fault: without cx16 its kernel does not use the instruction.
failed=0
for version in "${kernels[@]}"; do
  image=$(ls "$(kernel "${version%-full}")"/boot/vmlinuz-* | head -n1)
  log=$cache/$version.log
  more=() words='console=ttyS0 panic=-1 loglevel=1'
  if [ "$version" != "${version%-full}" ]; then
    more=(-smp 2) words="$words preempt=full"
  fi
  echo "== $(basename "$image") ${words##*loglevel=1}"
  timeout 1200 qemu-system-x86_64 -accel tcg,thread=multi -cpu max,-cx16 -m 2048 -nographic -no-reboot "${more[@]}" \
    -kernel "$image" -initrd "$cache/initramfs.gz" -append "$words" </dev/null >"$log" 2>&1 || true
  grep -aE '^test |STRESS|FLOOD|^preempt:|panicked|left:|right:|expected|  got|test result|tests ended|SKIPPED' "$log" | tr -d '\r' || true
  grep -aq 'tests ended with 0' "$log" || { failed=1; echo "FAILED on $version, whole log: $log"; }
  # What was asked for is what ran.
  [ "$version" = "${version%-full}" ] || grep -aqF '(full)' "$log" ||
    { failed=1; echo "FAILED on $version: the kernel does not say that it preempts fully, whole log: $log"; }
done
exit "$failed"
