#!/bin/bash
# Runs in the guest of vm-service.sh, once it has started: the service starts, watches, is reloaded, killed and started
# again, and stops.
. /checks.sh

pid() { systemctl show -p MainPID --value peregrine; }
alerts() { journalctl -u peregrine -o cat --no-pager | grep -c "$1"; }
alerted() { # rule
  local before
  before=$(alerts "$1")
  cat /etc/shadow >/dev/null
  within 60 test_more "$before" "$1"
}
test_more() { [ "$(alerts "$2")" -gt "$1" ]; }
restarted() { # pid it had
  active && [ "$(pid)" != "$1" ] && [ "$(pid)" != 0 ]
}

check "the service is active" within 300 active
check "status answers" within 60 peregrine status
check "reading /etc/shadow is an alert" alerted shadow
check "systemctl reload succeeds" systemctl reload peregrine
check "an alert after the reload" alerted shadow
echo 'nonsense: [' >/etc/peregrine/rules.d/wrong.yaml
check "a reload with a mistake fails" bash -c '! systemctl reload peregrine'
rm /etc/peregrine/rules.d/wrong.yaml
check "it goes on" alerted shadow
was=$(pid)
kill -9 "$was"
check "killed, it is started again" within 120 restarted "$was"
check "an alert after that" alerted shadow
was=$(pid)
kill -STOP "$was"
check "stopped by a signal, the watchdog starts it again" within 240 restarted "$was"
check "an alert after that too" alerted shadow
echo "note    $(systemd-analyze security peregrine.service --no-pager | tail -n1)"
check "no denied call or right in the log" bash -c '! journalctl -u peregrine -o cat --no-pager | grep -iE "not permitted|permission denied"'
check "systemctl stop ends it" systemctl stop peregrine
check "its journal is well" peregrine journal verify
finish
