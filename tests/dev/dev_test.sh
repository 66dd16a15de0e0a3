#!/usr/bin/env bash
# ./dev with apt, dpkg and id replaced by stand-ins: what it would install, what it tells a user without root.
set -u
top=$(cd -- "$(dirname -- "$0")/../.." && pwd)
work=$(mktemp -d)
trap 'rm -rf -- "$work"' EXIT
mkdir "$work/bin" "$work/tmp"
failures=0

# Every stand-in is steered by the environment: INSTALLED (a pattern), USER_ID, APT_FAILS (update or install).
cat >"$work/bin/dpkg-query" <<'SH'
#!/bin/sh
shift 3 # -W -f FORMAT
status=0
for package; do
  if printf '%s\n' "$package" | grep -qxE "$INSTALLED"; then echo "installed $package"; else status=1; fi
done
exit $status
SH
cat >"$work/bin/id" <<'SH'
#!/bin/sh
echo "$USER_ID"
SH
cat >"$work/bin/apt-get" <<'SH'
#!/bin/sh
echo "$*" >>"$APT_LOG"
case " $* " in *" $APT_FAILS "*) echo "E: a word from apt" && exit 100 ;; esac
exit 0
SH
chmod +x "$work"/bin/*

# dev ARGUMENTS...: sets status, output (stdout and stderr) and apt (what apt-get was called with).
dev() {
  : >"$work/apt.log"
  output=$(PATH=$work/bin:$PATH TMPDIR=$work/tmp APT_LOG=$work/apt.log INSTALLED=${INSTALLED-.*} USER_ID=${USER_ID-0} \
    APT_FAILS=${APT_FAILS-none} "$top/dev" "$@" 2>&1)
  status=$?
  apt=$(cat "$work/apt.log")
}

check() { # WHAT CONDITION...
  local what=$1
  shift
  if "$@"; then return; fi
  failures=$((failures + 1))
  printf 'FAILED: %s\n  status %s\n  output: %s\n  apt-get: %s\n' "$what" "$status" "$output" "$apt"
}
holds() { [[ $1 == *"$2"* ]]; }
lacks() { [[ $1 != *"$2"* ]]; }

dev setup all
check "nothing missing: apt is left alone" [ "$status" = 0 -a -z "$apt" ]


INSTALLED='g\+\+|cmake|.*-dev|clang' dev setup build
check "as root the missing ones are installed" [ "$status" = 0 ]
check "lists first" holds "$apt" "update"
check "exactly the missing ones, nothing recommended, nothing removed" holds "$apt" \
  "install --no-install-recommends --no-remove bpftool catch2 ccache ninja-build pkg-config strace"
check "what is there is not named" lacks "$apt" "cmake"

USER_ID=1000 INSTALLED='g\+\+|cmake|.*-dev|clang|catch2' dev run latency -- true
check "without root: stop with 1" [ "$status" = 1 ]
check "without root: apt is not called" [ -z "$apt" ]
check "without root: the exact line" holds "$output" \
  "sudo apt-get update && sudo apt-get install --no-install-recommends bpftool ccache ninja-build pkg-config strace"

APT_FAILS=install INSTALLED=none dev setup vm
check "a refused install stops with 1" [ "$status" = 1 ]
check "apt's words are shown" holds "$output" "E: a word from apt"

APT_FAILS=update INSTALLED=none dev setup vm
check "a source that does not answer is no reason to stop" [ "$status" = 0 ]
check "the install went on" holds "$apt" "install --no-install-recommends --no-remove busybox-static cpio"

dev frobnicate
check "an unknown command is wrong use" [ "$status" = 2 ]
dev build nosuch
check "an unknown preset is wrong use" [ "$status" = 2 ]
dev setup nosuch
check "an unknown package group is wrong use" [ "$status" = 2 ]
for command in setup build test bench lint vm clean; do
  dev "$command" -h
  check "$command -h" [ "$status" = 0 ]
  check "$command -h says how to use it" holds "$output" "usage: ./dev $command"
done

# The reasons of skipped tests come before ctest's summary, which stays the end.
cat >"$work/LastTest.log" <<'LOG'
3/9 Testing: privileged:loads
3/9 Test: privileged:loads
SKIPPED: needs root
LOG
printf '1/9 Test #1: a ... Passed\n\n50%% tests passed, 1 tests failed out of 2\n\nTotal Test time (real) =   1.00 sec\n' \
  >"$work/ctest.out"
output=$(root=$top bash -c '. "$root/scripts/dev/commands.sh"; skip_reasons "$1"' sh "$work/LastTest.log" <"$work/ctest.out")
status=$? apt=''
check "the reason is shown" holds "$output" "  privileged:loads: needs root"
check "it comes before the summary" holds "${output#*needs root}" "50% tests passed, 1 tests failed out of 2"
check "the summary is the end" holds "$output" "1.00 sec"

[ "$failures" -eq 0 ] || exit 1
echo "dev_test: passed"
