#!/usr/bin/env bash
# The checks of the project, one stage after the other, each with its seconds. Last line:
# "N passed, N failed, N skipped". A stage that is no test suite counts as one test.
#
#   scripts/test.sh here     what touches nothing but temporary folders and namespaces
#   scripts/test.sh live     as root: what loads kernel programs into this host and acts on it
set -uo pipefail
cd "$(dirname "$0")/.." || exit 1
. scripts/toolchain.sh

what=${1:?here or live}
passed=0 failed=0 skipped=0
log=$(mktemp)
began=$SECONDS
cleanup() {
  rm -f "$log" "${fetched:-}"
  # What root built in the folder of who called sudo is theirs.
  [ -z "${SUDO_UID:-}" ] || [ "$(stat -c %u .)" != "$SUDO_UID" ] || chown -R "$SUDO_UID:${SUDO_GID:-$SUDO_UID}" "$target" || true
}
trap cleanup EXIT
child=
trap '[ -z "$child" ] || kill -- "-$child" 2>/dev/null; exit 130' INT TERM

# Runs a command with its output in $log; meanwhile says, each half minute or on a terminal each second,
# what it is at.
alive() { # name, command...
  local name=$1 start=$SECONDS next=30 at
  shift
  # A group of its own: Ctrl-C ends all of it.
  set -m
  "$@" >"$log" 2>&1 </dev/null &
  child=$!
  set +m
  while kill -0 "$child" 2>/dev/null; do
    sleep 1
    at=$(tail -c 400 "$log" | tr -d '\000-\010\013-\037' | grep -v '^ *$' | tail -n1 | sed 's/^ *//' | cut -c1-90)
    if [ -t 1 ]; then
      printf '\r\033[K%-10s %4d s  %s' "$name" $((SECONDS - start)) "$at"
    elif [ $((SECONDS - start)) -ge "$next" ]; then
      next=$((next + 30))
      printf '%-10s running %4d s  %s\n' "$name" $((SECONDS - start)) "$at"
    fi
  done
  [ ! -t 1 ] || printf '\r\033[K'
  local status=0
  wait "$child" || status=$?
  child=
  return "$status"
}

verdict() { # name, ok|FAILED, start
  printf '%-10s %-7s %4d s\n' "$1" "$2" $((SECONDS - $3))
}

skip() { # name, why
  skipped=$((skipped + 1))
  echo "SKIPPED: $1: $2"
}

stage() { # name, command...
  local name=$1 start=$SECONDS
  if alive "$@"; then
    passed=$((passed + 1))
    verdict "$name" ok "$start"
  else
    failed=$((failed + 1))
    cat "$log"
    verdict "$name" FAILED "$start"
  fi
}

# A check by a program that not every machine has: it is no reason to refuse one that lacks it.
lint() { # name, program, arguments...
  local name=$1 program=$2
  shift
  if command -v "$program" >/dev/null; then
    stage "$name" "$@"
  else
    skip "$name" "$program is not installed and could not be fetched"
  fi
}

# A part of the toolchain that not every one has.
component() { # name, cargo command, arguments...
  local name=$1
  shift
  if cargo "$1" --version >/dev/null 2>&1; then
    stage "$name" cargo "$@"
  else
    skip "$name" "this toolchain has no cargo $1 (rustup component add ${1/fmt/rustfmt})"
  fi
}

# The tests that load kernel programs, by package. Everything else is "here".
live=(agent:floods agent:generations agent:loaded_filter agent:record cli:live probe:kernel)

# Sums up what a runner said in $log.
count() { # name, status, start
  local ok bad left
  grep -hE '^ *SKIPPED:' "$log" | sed 's/^ *//' | sort -u
  if grep -q 'Summary \[' "$log"; then
    local line
    line=$(grep -E 'Summary \[' "$log" | tail -n1)
    number() { grep -oE "[0-9]+ $1" <<<"$line" | grep -oE '^[0-9]+' || echo 0; }
    ok=$(number passed)
    bad=$(($(number failed) + $(number 'timed out')))
  else
    # One line for each program of `cargo test`.
    ok=$(sed -nE 's/^test result: .* ([0-9]+) passed;.*/\1/p' "$log" | paste -sd+ | bc_or_zero)
    bad=$(sed -nE 's/^test result: .* ([0-9]+) failed;.*/\1/p' "$log" | paste -sd+ | bc_or_zero)
  fi
  left=$(grep -hE '^ *SKIPPED:' "$log" | sed 's/^ *//' | sort -u | wc -l)
  passed=$((passed + ok)) failed=$((failed + bad)) skipped=$((skipped + left))
  if [ "$2" != 0 ]; then
    [ "$bad" != 0 ] || failed=$((failed + 1))
    cat "$log"
  fi
  verdict "$1" "$([ "$2" = 0 ] && echo ok || echo FAILED)" "$3"
}

bc_or_zero() {
  local sum
  read -r sum || true
  echo $((${sum:-0}))
}

# The suites here or live, by nextest, or one after the other by `cargo test`.
suites() {
  local start=$SECONDS filter='' suite
  if cargo nextest --version >/dev/null 2>&1; then
    for suite in "${live[@]}"; do
      filter+="${filter:+ + }(package(peregrine-${suite%%:*}) & binary(${suite##*:}))"
    done
    [ "$what" = live ] || filter="not ($filter)"
    alive tests cargo nextest run --locked --profile ci --workspace --success-output immediate \
      --filterset "$filter"
  else
    echo "cargo-nextest is not to be had: the tests run by cargo test, one program after the other"
    alive tests plain_suites
  fi
  count tests $? "$start"
}

plain_suites() {
  local status=0 suite package name packages=()
  for suite in "${live[@]}"; do packages+=("${suite%%:*}"); done
  mapfile -t packages < <(printf '%s\n' "${packages[@]}" | sort -u)
  if [ "$what" = live ]; then
    for suite in "${live[@]}"; do
      cargo test --locked --no-fail-fast --package "peregrine-${suite%%:*}" --test "${suite##*:}" -- \
        --nocapture --test-threads=1 || status=1
    done
    return "$status"
  fi
  cargo test --locked --no-fail-fast --workspace --lib --bins --tests \
    "${packages[@]/#/--exclude=peregrine-}" -- --nocapture || status=1
  for package in "${packages[@]}"; do
    local targets=(--bins)
    [ ! -e "crates/$package/src/lib.rs" ] || targets+=(--lib)
    for name in "crates/$package/tests"/*; do
      name=$(basename "$name" .rs)
      [[ " ${live[*]} " == *" $package:$name "* ]] || targets+=(--test "$name")
    done
    cargo test --locked --no-fail-fast --package "peregrine-$package" "${targets[@]}" -- --nocapture || status=1
  done
  return "$status"
}

# Prevention in another kernel, which runs in QEMU. No machine is refused where that cannot be had.
guests() {
  local start=$SECONDS why
  if [ "$(uname -m)" != x86_64 ]; then
    skip guests "the kernels that are fetched for QEMU are those of x86_64"
  elif ! alive guests ./scripts/vm-guard.sh --fetch 6.12; then
    why=$(tail -n1 "$log")
    skip guests "QEMU or the kernel it runs cannot be had here: $why"
  elif alive guests ./scripts/vm-guard.sh --core 6.12; then
    grep '^TABLE' "$log"
    passed=$((passed + 1))
    verdict guests ok "$start"
  else
    failed=$((failed + 1))
    cat "$log"
    verdict guests FAILED "$start"
  fi
}

# Instructions of fixed work against those written down. No machine is refused for want of valgrind.
counts() {
  local start=$SECONDS
  if ! alive callgrind ./scripts/deps.sh count; then
    skip callgrind "valgrind is missing and cannot be installed: $(tail -n1 "$log")"
  elif ! alive callgrind cargo xtask callgrind; then
    failed=$((failed + 1))
    cat "$log"
    verdict callgrind FAILED "$start"
  elif grep '^SKIPPED:' "$log"; then
    skipped=$((skipped + 1))
  else
    passed=$((passed + 1))
    verdict callgrind ok "$start"
  fi
}

# Every target is checked, none is run: libFuzzer itself is not needed for that, a stable compiler will do. Not
# locked: the targets' own lock file follows the crates of the product.
fuzz() {
  CUSTOM_LIBFUZZER_PATH=/nowhere/libnone.a CARGO_TARGET_DIR=$target/fuzz \
    cargo check --manifest-path fuzz/Cargo.toml
}

summary() {
  echo "after $(((SECONDS - began) / 60)) min $(((SECONDS - began) % 60)) s"
  echo "$passed passed, $failed failed, $skipped skipped"
  [ "$failed" = 0 ]
}

if [ "$what" = live ] && [ "$(id -u)" != 0 ]; then
  echo "these tests load kernel programs into this host and act on it: sudo make test-live" >&2
  exit 1
fi
./scripts/deps.sh "${what/here/test}" || exit 1
# Programs that were fetched; those the machine has go first.
tools=$(cd "$target" && pwd)/tools
export PATH="$PATH:$tools/nextest/bin:$tools/clang-format/clang_format/data/bin:$tools/typos/bin"

if [ "$what" = live ]; then
  alive containers ./scripts/deps.sh containers || cat "$log"
  suites
  guests
  summary
  exit
fi

alive tools ./scripts/deps.sh lint || cat "$log"
component format fmt --all --check
mapfile -t c_files < <(find crates -name '*.[ch]' ! -name '*.gen.h' ! -name vmlinux.h)
lint c-format clang-format --dry-run --Werror "${c_files[@]}"
lint shell shellcheck --severity warning --external-sources --source-path . scripts/*.sh .ci/run
lint typos typos
lint licences cargo-deny --log-level error check licenses bans sources
# A younger compiler warns of what this one does not: that is no reason to refuse its user.
deny=()
if [[ $(rustc --version) == "rustc $needed."* ]]; then
  deny=(-D warnings)
else
  echo "$(rustc --version | cut -d' ' -f1,2): only warnings of rustc $needed fail"
fi
# The servers and the browser that tests want are fetched while the compiler works.
fetched=$(mktemp)
(./scripts/deps.sh brokers && ./scripts/deps.sh browser) >"$fetched" 2>&1 </dev/null &
servers=$!
component clippy clippy --locked --workspace --all-targets -- "${deny[@]}"
stage build cargo build --locked --workspace
alive servers tail --pid="$servers" -f /dev/null
wait "$servers" || cat "$fetched"
suites
counts
stage fuzz fuzz
stage docs env RUSTDOCFLAGS="${deny[*]}" cargo doc --locked --workspace --no-deps
echo "not run here: the tests that load kernel programs into this host and act on it, 'sudo make test-live'"
summary
