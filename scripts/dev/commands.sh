# shellcheck shell=bash disable=SC2154  # root, presets and package_groups come from ./dev's other parts
# The commands of ./dev: for each a help_NAME and a cmd_NAME. Each does the set-up that it needs.

help_all() {
  cat <<'TEXT'
The front door of Latimer. Each command does the set-up it needs by itself.

  ./dev run latency -- find /usr/include -name '*.h'
  ./dev test

  setup   install the Debian packages that are missing (as root), or print the line to type
  build   build a preset: release (the default), dev, asan-ubsan, tsan, fuzz
  run     build release if needed, then run latimer with the arguments given
  test    build and run all tests, then the unit tests again under the sanitizers, then the fuzzers
  bench   run a benchmark
  lint    formatting, clang-tidy, the include-layer check, shellcheck
  vm      run a command as root on another kernel, in a throw-away VM
  clean   remove what was built
  help    this text; `./dev help COMMAND` or `./dev COMMAND -h` says more
TEXT
}

help_setup() {
  cat <<'TEXT'
usage: ./dev setup [--list] [build|test|lint|bench|vm|all]...

Makes sure that the Debian 12 packages for these purposes are installed (default: build and test). Only missing ones
are installed, and nothing is ever removed. Without root it prints the exact line to type and stops with status 1.

  --list   only print the packages, one a line
TEXT
}

cmd_setup() {
  local list='' group
  [ "${1:-}" != --list ] || { list=1 && shift; }
  [ $# -gt 0 ] || set -- build test
  # shellcheck disable=SC2086  # a list of words
  [ "$*" != all ] || set -- $package_groups
  for group in "$@"; do
    case " $package_groups " in *" $group "*) ;; *) usage_error "there is no package group '$group': $package_groups all" ;; esac
  done
  if [ -n "$list" ]; then
    packages_of "$@"
    return
  fi
  need "$@"
  say "everything for $* is installed"
}

help_build() {
  cat <<TEXT
usage: ./dev build [PRESET [TARGET...]]

Builds build/PRESET with Ninja. Presets: $presets (default release). Targets are Ninja's; none means all.
TEXT
}

cmd_build() {
  local preset=${1:-release}
  [ $# -eq 0 ] || shift
  check_preset "$preset"
  need build
  build_preset "$preset" "$@"
}

help_run() {
  cat <<'TEXT'
usage: ./dev run [LATIMER ARGUMENTS...]

Builds the release preset if something changed, then becomes latimer: its stdin, stdout, stderr and exit status are
your own, and it runs in your current directory. `./dev run -h` is latimer's own help.

  ./dev run latency -- find /usr/include -name '*.h'
  ./dev run doctor
TEXT
}

cmd_run() {
  need build
  build_preset release latimer
  exec "$(latimer_binary)" "$@"
}

help_test() {
  cat <<TEXT
usage: ./dev test [--quick] [--preset PRESET] [CTEST ARGUMENTS...]

Builds release and runs every test (labels unit, golden, cli, queries, privileged), then the unit tests under
AddressSanitizer + UndefinedBehaviorSanitizer and under ThreadSanitizer, then the fuzzers for a minute each. It stops
at the first of the four that fails. What a machine cannot run (no root, a tool that is missing) is reported as skipped, with the reason.

  --quick           without the sanitizers and the fuzzers
  --preset PRESET   only this one: $presets
  CTEST ARGUMENTS   only release (or the preset given), with these: -R NAME, -L LABEL, --rerun-failed ...
TEXT
}

cmd_test() {
  local preset='' quick=''
  while [ $# -gt 0 ]; do
    case $1 in
      --quick) quick=1 ;;
      --preset) preset=${2:?--preset needs a name} && shift ;;
      --preset=*) preset=${1#*=} ;;
      --) shift && break ;;
      *) break ;;
    esac
    shift
  done
  [ -z "$preset" ] || check_preset "$preset"
  need build test
  need_duckdb
  test_preset "${preset:-release}" "$@" || exit 1
  [ -z "$preset$quick" ] && [ $# -eq 0 ] || return 0
  test_preset asan-ubsan || exit 1
  test_preset tsan || exit 1
  test_preset fuzz || exit 1
}

test_preset() { # PRESET [CTEST ARGUMENT...]
  local preset=$1 target=all
  shift
  case $preset in
    asan-ubsan | tsan) target=sanitized_tests ;;
    fuzz) target=fuzzers ;;
  esac
  say "building $preset"
  build_preset "$preset" "$target"
  say "testing $preset"
  local log=$root/build/$preset/Testing/Temporary/LastTest.log
  # Pipes buffer and lose colour, but the reasons of the skipped tests belong above ctest's summary, which has none.
  (cd "$root" && LATIMER_DUCKDB=${LATIMER_DUCKDB:-$duckdb_folder} ctest --preset "$preset" -j "$(jobs_default)" "$@") | skip_reasons "$log"
  return "${PIPESTATUS[0]}"
}

# Copies ctest's output; before its summary it puts what each skipped test gave as its reason.
skip_reasons() { # LOG
  local line held=''
  while IFS= read -r line || [ -n "$line" ]; do
    case $line in [0-9]*'% tests passed, '*' tests failed out of '*) held=1 ;; esac
    if [ -z "$held" ]; then
      printf '%s\n' "$line"
    elif [ "$held" = 1 ]; then
      held=$line$'\n'
    else
      held+=$line$'\n'
    fi
  done
  [ ! -f "$1" ] || awk '
    /^[0-9]+\/[0-9]+ Testing: / { sub(/^[^:]*: /, ""); name = $0 }
    /^SKIPPED: / { sub(/^SKIPPED: /, ""); if (!n++) print "\nSkipped, and why:"; print "  " name ": " $0 }
    END { if (n) print "" }' "$1"
  printf '%s' "$held"
}

help_bench() {
  cat <<'TEXT'
usage: ./dev bench [NAME [ARGUMENTS...]]

Runs a benchmark of tests/bench on the release build; without NAME it lists them. Each prints what it measured in one
run, and exits 1 when a limit is missed. Needs root for what traces. The tools that Latimer is compared with are
installed first.

  ./dev bench overhead      what tracing adds to a system call, beside the least possible
  ./dev bench slowdown      what tracing costs real workloads, beside other tracers; --write: docs/overhead.md anew
  ./dev bench parse         how fast strace logs become a report, beside awk; needs no root, but 1 GB of disk
  ./dev bench trace         what recording a redis costs and loses, and how fast it is read back
  ./dev bench alike         how often diff calls runs of the same program different
  ./dev bench descriptors   how often calls are told the files that strace -y says they are about
  ./dev bench modes         how often modes of a latency histogram are seen where there are none, or missed
TEXT
}

is_program() { [ -f "$1" ] && [ -x "$1" ]; }

cmd_bench() {
  local script name=${1:-}
  if [ -z "$name" ]; then
    for script in "$root"/tests/bench/*; do
      is_program "$script" && basename -- "$script"
    done
    return 0
  fi
  shift
  script=$root/tests/bench/$name
  is_program "$script" || usage_error "there is no benchmark '$name'; ./dev bench lists them"
  need build test bench
  build_preset release
  LATIMER_BUILD_DIR=$root/build/release LATIMER=$(latimer_binary) exec "$script" "$@"
}

help_lint() {
  cat <<'TEXT'
usage: ./dev lint [--fix] [format] [layers] [shell] [tidy]

Checks formatting (clang-format), who includes whom (scripts/check-layers), the shell scripts (shellcheck), and the
C++ with warnings as errors and clang-tidy. Without names: all of them. Files that clang-tidy has found clean are not
read again until they or what they include change.

  --fix   let clang-format rewrite the files
TEXT
}

cmd_lint() {
  local fix='' part failed=''
  [ "${1:-}" != --fix ] || { fix=1 && shift; }
  [ $# -gt 0 ] || set -- format layers shell tidy
  for part in "$@"; do
    case $part in format | layers | shell | tidy) ;; *) usage_error "lint has no part '$part'; see ./dev lint -h" ;; esac
  done
  need build test lint
  for part in "$@"; do
    if "lint_$part" "$fix"; then say "$part: clean"; else
      say "$part: FAILED"
      failed=1
    fi
  done
  [ -z "$failed" ]
}

# Files of the tree by name, tracked or new, without what git ignores or what was deleted. Ends each with a NUL.
tree_files() {
  local file
  cd -- "$root" || return
  git ls-files -z --cached --others --exclude-standard -- "$@" | while IFS= read -r -d '' file; do
    [ ! -f "$file" ] || printf '%s\0' "$file"
  done
}

lint_format() { # FIX
  local how=(--dry-run --Werror)
  [ -z "$1" ] || how=(-i)
  # Generated tables have a layout of their own.
  cd -- "$root" && tree_files '*.cpp' '*.h' '*.c' ':!core/model/tables' |
    xargs -0 -r clang-format --style=file "${how[@]}" >&2
}

lint_layers() { "$root/scripts/check-layers" "$root" >&2; }

lint_shell() {
  cd -- "$root" && { tree_files '*.sh' && shell_scripts; } | sort -zu | xargs -0 -r shellcheck -x >&2
}

# Scripts without an ending, by their first line.
shell_scripts() {
  local file first
  tree_files | while IFS= read -r -d '' file; do
    IFS= read -r first 2>/dev/null <"$file" || continue
    case $first in '#!'*sh) printf '%s\0' "$file" ;; esac
  done
}

lint_tidy() {
  build_preset dev
  "$root/scripts/tidy" "$root" "$root/build/dev" >&2
}

help_vm() { "$root/scripts/vm" -h; }

cmd_vm() {
  need build vm
  build_preset release latimer latimer-workload
  "$root/scripts/vm" -f "$(latimer_binary)=/usr/bin/latimer" -f "$(workload_binary)=/usr/bin/latimer-workload" \
    -f "$(command -v strace)=/usr/bin/strace" -f "$(command -v setpriv)=/usr/bin/setpriv" "$@"
}

workload_binary() { printf '%s\n' "$root/build/release/validation/workloads/latimer-workload"; }

help_clean() {
  cat <<'TEXT'
usage: ./dev clean [--vm]

Removes build/. With --vm also the kernels that ./dev vm has downloaded.
TEXT
}

cmd_clean() {
  rm -rf -- "$root/build"
  [ "${1:-}" != --vm ] || rm -rf -- "${XDG_CACHE_HOME:-$HOME/.cache}/latimer/vm"
}
