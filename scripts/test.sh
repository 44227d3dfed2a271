#!/usr/bin/env bash
# Every check of the project, one stage after the other, each with its seconds. Last line:
# "N passed, N failed, N skipped". A stage that is no test suite counts as one test.
set -uo pipefail
cd "$(dirname "$0")/.." || exit 1
export PATH="$HOME/.cargo/bin:$PATH"

passed=0 failed=0 skipped=0
log=$(mktemp)
trap 'rm -f "$log"' EXIT

stage() { # name, command...
  local name=$1 start=$SECONDS
  shift
  if "$@" >"$log" 2>&1; then
    passed=$((passed + 1))
    printf '%-10s ok      %4d s\n' "$name" $((SECONDS - start))
  else
    failed=$((failed + 1))
    cat "$log"
    printf '%-10s FAILED  %4d s\n' "$name" $((SECONDS - start))
  fi
}

suite() { # name, nextest arguments...
  local name=$1 start=$SECONDS
  shift
  cargo nextest run --locked --profile ci "$@" >"$log" 2>&1
  local status=$?
  grep -hE 'SKIPPED:' "$log" | sort -u
  local line
  line=$(grep -E 'Summary \[' "$log" | tail -n1)
  local ok bad left
  ok=$(grep -oE '[0-9]+ passed' <<<"$line" | grep -oE '[0-9]+' || echo 0)
  bad=$(grep -oE '[0-9]+ failed' <<<"$line" | grep -oE '[0-9]+' || echo 0)
  local late
  late=$(grep -oE '[0-9]+ timed out' <<<"$line" | grep -oE '[0-9]+' || echo 0)
  bad=$((${bad:-0} + ${late:-0}))
  left=$(grep -chE '^ *SKIPPED:' "$log" || true)
  passed=$((passed + ${ok:-0})) failed=$((failed + bad)) skipped=$((skipped + left))
  if [ "$status" != 0 ]; then
    [ "$bad" = 0 ] && failed=$((failed + 1))
    cat "$log"
  fi
  printf '%-10s %s     %4d s\n' "$name" "$([ "$status" = 0 ] && echo 'ok    ' || echo FAILED)" $((SECONDS - start))
}

# Instructions of fixed work against those written down. No machine is refused for want of valgrind.
counts() {
  local start=$SECONDS
  if ! ./scripts/deps.sh count >"$log" 2>&1; then
    skipped=$((skipped + 1))
    echo "SKIPPED: callgrind: valgrind is missing and cannot be installed: $(tail -n1 "$log")"
    return
  fi
  if ! cargo xtask callgrind >"$log" 2>&1; then
    failed=$((failed + 1))
    cat "$log"
    printf '%-10s FAILED  %4d s\n' callgrind $((SECONDS - start))
  elif grep '^SKIPPED:' "$log"; then
    skipped=$((skipped + 1))
  else
    passed=$((passed + 1))
    printf '%-10s ok      %4d s\n' callgrind $((SECONDS - start))
  fi
}

# A check by a program that is no part of the build: it is no reason to refuse a machine that lacks it.
lint() { # name, program, arguments...
  local name=$1 program=$2
  shift 2
  if command -v "$program" >/dev/null; then
    stage "$name" "$program" "$@"
  else
    skipped=$((skipped + 1))
    echo "SKIPPED: $name: $program is not installed and could not be fetched"
  fi
}

# Every target is checked, none is run: libFuzzer itself is not needed for that, a stable compiler will do. Not
# locked: the targets' own lock file follows the crates of the product.
fuzz() {
  CUSTOM_LIBFUZZER_PATH=/nowhere/libnone.a CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-target}/fuzz \
    cargo check --manifest-path fuzz/Cargo.toml
}

./scripts/deps.sh lint >"$log" 2>&1 || true
export PATH="$PWD/target/tools/clang_format/data/bin:$PATH:$PWD/target/tools/typos/bin"

stage format cargo fmt --all --check
mapfile -t c_files < <(find crates -name '*.[ch]' ! -name '*.gen.h' ! -name vmlinux.h)
lint c-format clang-format --dry-run --Werror "${c_files[@]}"
lint shell shellcheck --severity warning --external-sources scripts/*.sh .ci/run
lint typos typos
lint licences cargo-deny --log-level error check licenses bans sources
stage clippy cargo clippy --locked --workspace --all-targets -- -D warnings
stage build cargo build --locked --workspace
suite tests --workspace --success-output immediate
counts
stage fuzz fuzz
stage docs env RUSTDOCFLAGS="-D warnings" cargo doc --locked --workspace --no-deps

echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" = 0 ]
