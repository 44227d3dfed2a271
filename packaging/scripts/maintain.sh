# What the packages do when they are installed, upgraded and removed: functions, to which `cargo xtask package` adds
# which is called when. There may be no systemd at all, or one that is not running: in a chroot, in an image.

unit=peregrine.service
program=/usr/bin/peregrine

# Whether systemd runs services here.
runs_systemd() { [ -d /run/systemd/system ]; }

has_systemd() { command -v systemctl >/dev/null 2>&1; }

# Starts or restarts it, where policy-rc.d of Debian does not forbid that. That it does not start, on a kernel without
# BTF for example, is said in its log and no reason to leave a package half installed.
start() {
  if command -v deb-systemd-invoke >/dev/null 2>&1; then
    deb-systemd-invoke "$1" "$unit" >/dev/null || echo "peregrine does not start: journalctl -u peregrine" >&2
  else
    systemctl "$1" "$unit" || echo "peregrine does not start: journalctl -u peregrine" >&2
  fi
}

first_installed() {
  ! has_systemd || systemctl --quiet enable "$unit" || true
  if runs_systemd; then
    systemctl daemon-reload || true
    start start
  fi
}

upgraded() {
  if runs_systemd; then
    systemctl daemon-reload || true
    ! systemctl --quiet is-enabled "$unit" || start restart
  fi
}

# Nothing of it runs any more behind this, whoever started it.
removing() {
  ! runs_systemd || systemctl stop "$unit" || true
  signal=TERM
  round=0
  while [ "$round" -lt 150 ]; do
    found=
    for exe in /proc/[0-9]*/exe; do
      # The same file, not the same name: of a chroot the host sees processes, too.
      [ "$exe" -ef "$program" ] || continue
      found=1
      pid=${exe#/proc/}
      [ -z "$signal" ] || kill -s "$signal" "${pid%/exe}" 2>/dev/null || true
    done
    [ -n "$found" ] || break
    # A second SIGTERM would take the time from it that it has to deliver what is left.
    signal=
    round=$((round + 1))
    [ "$round" -lt 100 ] || signal=KILL
    sleep 0.1
  done
}

removed() {
  rm -rf /run/peregrine
  ! runs_systemd || systemctl daemon-reload || true
}

# Configuration and alerts, too.
purged() {
  rm -rf /etc/peregrine /var/lib/peregrine /var/log/peregrine
  rm -rf /etc/systemd/system/peregrine.service.d /etc/systemd/system/multi-user.target.wants/peregrine.service
  ! runs_systemd || systemctl daemon-reload || true
}
