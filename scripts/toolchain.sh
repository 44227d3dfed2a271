# Sourced: finds the Rust toolchain, also that of the user who called sudo, and the folder cargo builds in.
# shellcheck shell=bash
needed=1.95 # As `rust-version` in Cargo.toml.

# The invoking user's home under sudo, else nothing.
sudo_home() {
  [ "$(id -u)" = 0 ] && [ -n "${SUDO_USER:-}" ] && [ "$SUDO_USER" != root ] || return 1
  getent passwd "$SUDO_USER" | cut -d: -f6
}

PATH="$HOME/.cargo/bin:$PATH"
if ! command -v rustc >/dev/null && home=$(sudo_home) && [ -x "$home/.cargo/bin/rustc" ]; then
  PATH="$home/.cargo/bin:$PATH"
  # Its toolchains are read there; what cargo fetches goes where root keeps such things.
  export RUSTUP_HOME="${RUSTUP_HOME:-$home/.rustup}"
fi
export PATH
target=${CARGO_TARGET_DIR:-target}

# Ends with one line where there is no compiler, an old one, or a folder that cannot be built in.
check_toolchain() {
  local have where
  have=$(rustc --version 2>/dev/null | awk '{print $2}' || true)
  if [ -z "$have" ]; then
    echo "rustc $needed or later is needed, there is none: https://rustup.rs has it, as 'rustup toolchain install stable' does" >&2
    return 1
  fi
  if [ "$(printf '%s\n%s\n' "$needed" "${have%%-*}" | sort -V | head -n1)" != "$needed" ]; then
    echo "rustc $needed or later is needed, $(command -v rustc) is $have: 'rustup update stable', or https://rustup.rs" >&2
    return 1
  fi
  where=$(mkdir -p "$target" && cd "$target" && pwd -P) || return 1
  case $where in
    *[[:space:]]*)
      echo "cannot build in '$where': the build of libbpf takes no path with a blank; move the folder, or set CARGO_TARGET_DIR to one without" >&2
      return 1
      ;;
  esac
}
