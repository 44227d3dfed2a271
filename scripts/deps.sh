#!/usr/bin/env bash
# Makes sure this machine has what a build (or a test run) needs; installs Debian packages when it
# may, and says in one line what is missing when it may not.
set -euo pipefail

want=${1:-build}
packages=(clang libelf-dev zlib1g-dev make pkg-config gcc libc6-dev)
# What counts instructions stands apart: where it cannot be had, only that is left out.
[ "$want" = count ] && packages=(valgrind)
# What reads scripts and words, too.
[ "$want" = lint ] && packages=(shellcheck)
# Everyday work that must raise no alert is done with these.
[ "$want" = test ] && packages+=(git cron logrotate openssh-client openssh-server)

# Of one version, for others break lines otherwise.
if [ "$want" = lint ] && ! [ -x target/tools/clang_format/data/bin/clang-format ] && command -v python3 >/dev/null; then
  python3 -m pip install --quiet --target target/tools clang-format==14.0.6 ||
    echo "clang-format could not be fetched" >&2
fi

if [ "$want" = lint ] && ! command -v typos >/dev/null && command -v python3 >/dev/null; then
  python3 -m pip install --quiet --target target/tools/typos typos==1.52.0 ||
    echo "typos could not be fetched" >&2
fi

missing=()
for package in "${packages[@]}"; do
  dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'install ok installed' || missing+=("$package")
done
if [ "${#missing[@]}" -gt 0 ]; then
  if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
    echo "missing packages: ${missing[*]}; install them (Debian: apt-get install ${missing[*]})" >&2
    exit 1
  fi
  echo "installing: ${missing[*]}" >&2
  DEBIAN_FRONTEND=noninteractive
  export DEBIAN_FRONTEND
  apt-get update -qq
  # What is installed for tests alone is not to run: Debian's way to say so.
  policy=/usr/sbin/policy-rc.d
  if [ ! -e "$policy" ]; then
    trap 'rm -f "$policy"' EXIT
    printf '#!/bin/sh\nexit 101\n' >"$policy"
    chmod 755 "$policy"
  fi
  apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
fi

export PATH="$HOME/.cargo/bin:$PATH"
needed=1.95
have=$(rustc --version 2>/dev/null | awk '{print $2}' || true)
if [ -z "$have" ] || [ "$(printf '%s\n%s\n' "$needed" "$have" | sort -V | head -n1)" != "$needed" ]; then
  echo "rustc >= $needed is needed (found: ${have:-none}): get it from https://rustup.rs, then 'rustup toolchain install stable'" >&2
  exit 1
fi

if [ "$want" = test ] && ! cargo nextest --version >/dev/null 2>&1; then
  echo "installing cargo-nextest" >&2
  cargo install --locked --quiet cargo-nextest@0.9.143
fi
