#!/usr/bin/env bash
# Builds and watches this host. Rights are asked for first, the build is done as whoever owns the toolchain.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/toolchain.sh

if [ "$(id -u)" != 0 ]; then
  if ! command -v sudo >/dev/null; then
    echo "peregrine watches the kernel, so it runs as root, and there is no sudo: become root, then 'make run'" >&2
    exit 1
  fi
  check_toolchain
  echo "peregrine watches the kernel, so it runs as root: sudo may ask for your password, now and not after the build"
  sudo -v
  PEREGRINE_SUDO=1 make --no-print-directory build
  exec sudo "$target/release/peregrine" run "$@"
fi
if home=$(sudo_home) && [ -x "$home/.cargo/bin/cargo" ] && [ "$(stat -c %U .)" = "$SUDO_USER" ]; then
  # What is built belongs to whoever owns the folder.
  sudo -u "$SUDO_USER" mkdir -p "$target"
  ./scripts/deps.sh build
  sudo -u "$SUDO_USER" --set-home env PATH="$PATH" ${CARGO_TARGET_DIR:+CARGO_TARGET_DIR="$CARGO_TARGET_DIR"} \
    make --no-print-directory build
else
  make --no-print-directory build
fi
exec "$target/release/peregrine" run "$@"
