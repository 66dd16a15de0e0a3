# shellcheck shell=bash
# What every part of ./dev uses. Sourced, with $root set to the top of the project.
# Messages go to stderr: the stdout of `./dev run` belongs to latimer.

say() { printf 'dev: %s\n' "$*" >&2; }
die() {
  say "$*"
  exit 1
}
usage_error() {
  say "$*"
  exit 2
}

# quietly LOG COMMAND...: keeps the output in LOG and shows it only when the command fails.
quietly() {
  local log=$1
  shift
  "$@" >"$log" 2>&1 </dev/null && return 0
  local status=$?
  cat -- "$log" >&2
  return "$status"
}

jobs_default() { nproc 2>/dev/null || echo 2; }
