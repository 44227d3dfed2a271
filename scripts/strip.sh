#!/usr/bin/env bash
# Takes the symbols out of a program and puts them beside it, as PROGRAM.debug: debuggers find them there.
set -euo pipefail
program=$1
objcopy --only-keep-debug "$program" "$program.debug.new"
mv -f "$program.debug.new" "$program.debug"
cp -f "$program" "$program.new"
strip --strip-all "$program.new"
(cd "$(dirname "$program")" && objcopy --add-gnu-debuglink="$(basename "$program").debug" "$(basename "$program").new")
mv -f "$program.new" "$program"
