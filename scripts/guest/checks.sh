# Sourced in the guests of vm-service.sh: a line for each thing that is tried.
# shellcheck shell=bash
failed=0
check() { # name, command...
  local name=$1
  shift
  if "$@" >/tmp/said 2>&1; then
    echo "ok      $name"
  else
    failed=$((failed + 1))
    echo "FAILED  $name: $(tail -n 20 /tmp/said | tr '\n' ' ')"
  fi
}
# A guest without KVM is slow: nothing here is about how long something takes.
within() { # seconds, command...
  local end=$((SECONDS + $1))
  shift
  until "$@"; do
    [ "$SECONDS" -lt "$end" ] || return 1
    sleep 1
  done
}
active() { systemctl is-active --quiet peregrine; }

# The last line the host looks for, and the end of the guest.
finish() {
  echo "done: $failed failed"
  systemctl poweroff --no-block
}
