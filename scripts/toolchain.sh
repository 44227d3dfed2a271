#!/usr/bin/env bash
# Prints the toolchain rustup is to use instead of the one rust-toolchain.toml names, where that one is not
# installed but the default one is new enough: a build fetches no compiler. Prints nothing where rustup needs no help.
set -euo pipefail
cd "$(dirname "$0")/.."
export PATH="$HOME/.cargo/bin:$PATH"
command -v rustup >/dev/null || exit 0
wanted=$(sed -n 's/^channel = "\(.*\)"/\1/p' rust-toolchain.toml)
installed=$(rustup toolchain list 2>/dev/null | awk '{print $1}')
grep -q "^$wanted-" <<<"$installed" && exit 0
# Asked outside the checkout: within it the file decides.
default=$(cd / && rustup default 2>/dev/null | awk '{print $1}') || exit 0
have=$(cd / && rustc --version 2>/dev/null | awk '{print $2}') || exit 0
if [ -n "$default" ] && [ "$(printf '%s\n%s\n' "$wanted" "$have" | sort -V | head -n1)" = "$wanted" ]; then
  echo "$default"
fi
