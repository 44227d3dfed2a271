#!/usr/bin/env bash
# Prevention in the kernel against real acts, on Debian's 6.1 and 6.12 cloud kernels in QEMU, without KVM: what is denied
# by every way, at every level the kernel offers. Needs root for apt; keeps what it fetches in target/vm.
#
#   scripts/vm-guard.sh                    all kernels
#   scripts/vm-guard.sh 6.12               one of them
#   scripts/vm-guard.sh --core 6.12        only the table: for CI
#   scripts/vm-guard.sh --cost 6.12        what verdicts cost, as ratios; `native` for 6.12: on this host
#   scripts/vm-guard.sh --fetch 6.12       nothing: what is missing for it is installed and fetched
#
# 6.12-nobpf is booted without `bpf` in `lsm=`, 6.12-full with preempt=full on two CPUs. `cargo xtask vm guard` writes
# the tables into docs/guard.md.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/toolchain.sh
tests=all kind='' limit=1200
case ${1:-} in
  --core | --cost | --fetch)
    tests=${1#--}
    kind=-$tests
    [ "$tests" != core ] || limit=280
    shift
    ;;
esac
kernels=("$@")
[ $# -gt 0 ] || kernels=(6.1 6.1-nobpf 6.1-full 6.12 6.12-nobpf 6.12-full)
cache=${CARGO_TARGET_DIR:-target}/vm
mkdir -p "$cache"

. scripts/kernels.sh
guest_tools xz:xz-utils
if [ "$tests" = fetch ]; then
  for version in "${kernels[@]}"; do kernel "${version%%-*}" >/dev/null; done
  exit
fi

echo "building the test" >&2
# Of the whole workspace: with other features all that it uses would be built anew.
binary=$(cargo test --locked --workspace --test guard --no-run --message-format json 2>/dev/null |
  grep '"name":"guard"' | grep -o '"executable":"[^"]*"' | tail -n1 | cut -d'"' -f4) || true
[ -x "$binary" ] || { echo "the test does not build: cargo test --workspace --test guard --no-run" >&2; exit 1; }

root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
mkdir -p "$root/tree"/{bin,etc,proc,sys,tmp,dev,lib64,run}
for applet in sleep mount cat ip insmod; do ln -s busybox "$root/tree/bin/$applet"; done
cp /bin/busybox "$root/tree/bin/busybox"
put "$root/tree" "$binary" /bin/sh /bin/true /usr/bin/touch
mv "$root/tree$binary" "$root/tree/guard"
# Lines of code are not needed there, and the whole tree is unpacked into memory.
strip --strip-debug "$root/tree/guard" 2>/dev/null || true
echo 'root:x:0:0:root:/root:/bin/sh' >"$root/tree/etc/passwd"
cat >"$root/tree/init" <<'INIT'
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
insmod /modules/overlay.ko
ulimit -n 65536
export PATH=/bin RUST_BACKTRACE=0 PEREGRINE_GUEST=1
echo "lsm: $(cat /sys/kernel/security/lsm), preempt: $(cat /sys/kernel/debug/sched/preempt)"
status=0
case "$(cat /proc/cmdline)" in
*guard=cost*) /guard --test-threads 1 --nocapture --ignored cost || status=$? ;;
*guard=core*) /guard --test-threads 1 --nocapture table || status=$? ;;
*) /guard --test-threads 1 --nocapture || status=$? ;;
esac
echo "tests ended with $status"
echo o > /proc/sysrq-trigger
sleep 5
INIT
chmod +x "$root/tree/init"

# A tree as the kernel unpacks it.
pack() { # tree
  (cd "$1" && find . | cpio -o -H newc --quiet | gzip -1)
}
pack "$root/tree" >"$root/tree.gz"

# As in vm.sh without cx16. On a busy machine the guest's timer interrupts seem broken to its kernel: it is not to look.
failed=0
for version in "${kernels[@]}"; do
  log=$cache/guard$kind-$version.log
  if [ "$version" = native ]; then
    status=0
    "$binary" --test-threads 1 --nocapture --ignored cost >"$log" 2>&1 || status=1
    echo "tests ended with $status" | tee -a "$log"
    failed=$((failed | status))
    continue
  fi
  plain=${version%%-*}
  folder=$(kernel "$plain")
  image=$(ls "$folder"/boot/vmlinuz-* | head -n1)
  modules "$folder" "$root/$plain" dummy overlay
  { cat "$root/tree.gz"; pack "$root/$plain"; } >"$root/initrd.gz"
  cpus=1
  words="console=ttyS0 panic=-1 loglevel=1 no_timer_check guard=$tests"
  case $version in
    *-nobpf) words="$words lsm=lockdown,yama,integrity,apparmor" ;;
    *-full) words="$words preempt=full" cpus=2 ;;
  esac
  echo "== $(basename "$image")${words##*guard=$tests}"
  timeout "$limit" qemu-system-x86_64 -accel tcg,thread=multi -cpu max,-cx16 -smp "$cpus" -m 2048 -nographic -no-reboot \
    -kernel "$image" -initrd "$root/initrd.gz" -append "$words" </dev/null >"$log" 2>&1 || true
  grep -aE '^test |^ROW|^TABLE|^GUARD|^STRENGTH|^COST|^lsm:|panicked|left:|right:|test result|tests ended|SKIPPED|^P[0-9] ' "$log" |
    tr -d '\r' || true
  grep -aq 'tests ended with 0' "$log" || { failed=1; echo "FAILED on $version, whole log: $log"; }
done
exit "$failed"
