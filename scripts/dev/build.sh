# shellcheck shell=bash disable=SC2154  # root comes from ./dev
# Configuring and building a preset, as little as can be: a second call with nothing to do takes some 0.1 s.

presets='release dev asan-ubsan tsan fuzz'

check_preset() {
  case " $presets " in *" $1 "*) ;; *) usage_error "there is no preset '$1'; there are: $presets" ;; esac
}

# What ninja does not watch itself: the presets file, and where the tree lies (a moved tree has a stale cache).
configure_key() { # PRESET
  { cat -- "$root/CMakePresets.json"; printf '%s\n' "$root" "${CC:-}" "${CXX:-}" "$(werror_flag "$1")"; } |
    sha256sum | cut -d' ' -f1
}

# Warnings stop a build where nobody would read them. The sanitizers cause false ones in g++ 12.
werror_flag() { # PRESET
  case $1 in
    release) if [ -n "${CI:-}" ]; then echo -DLATIMER_WERROR=ON; else echo -DLATIMER_WERROR=OFF; fi ;;
    *) echo ;;
  esac
}

configure() { # PRESET
  local dir=$root/build/$1 key
  key=$(configure_key "$1")
  [ -f "$dir/build.ninja" ] && [ "$(cat "$dir/.configured" 2>/dev/null)" = "$key" ] && return 0
  rm -f -- "$dir/.configured"
  [ -f "$dir/build.ninja" ] || say "building $1 for the first time, a minute or two"
  # A cache made for another place cannot be mended by configuring again.
  if [ -f "$dir/CMakeCache.txt" ] && ! grep -qxF "CMAKE_HOME_DIRECTORY:INTERNAL=$root" "$dir/CMakeCache.txt"; then
    find "$dir" -mindepth 1 ! -name .lock -delete
  fi
  # shellcheck disable=SC2046  # no argument at all when there is no flag
  (cd "$root" && quietly "$dir/.configure.log" cmake --preset "$1" $(werror_flag "$1")) || die "configuring failed"
  printf '%s\n' "$key" >"$dir/.configured"
}

# Copies what ninja prints, but its "[3/40] Building ..." only as one line that overwrites itself, on a terminal, and
# its and cmake's talk about themselves not at all: `./dev run` with nothing to build prints nothing of its own.
show_progress() {
  local line width=${COLUMNS:-80} shown=''
  while IFS= read -r line || [ -n "$line" ]; do
    case $line in
      'ninja: Entering directory'* | 'ninja: no work to do.' | '['*'Re-checking globbed directories...' | '-- '*) ;;
      '['[0-9]*/[0-9]*']'*)
        [ -t 1 ] || continue
        printf '\r\033[K%s' "${line:0:width-1}"
        shown=1
        ;;
      *)
        [ -z "$shown" ] || printf '\r\033[K'
        shown=''
        printf '%s\n' "$line"
        ;;
    esac
  done
  [ -z "$shown" ] || printf '\r\033[K'
}

# build_preset PRESET [TARGET...]: quiet; ninja's progress on a terminal; the compiler's words when it fails.
build_preset() {
  local preset=$1 dir=$root/build/$1
  shift
  check_preset "$preset"
  if ! mkdir -p -- "$dir" 2>/dev/null || [ ! -w "$dir" ]; then
    die "cannot write $dir. Was it built as root? Then: sudo ./dev clean"
  fi
  (
    flock -n 9 || { say "another build of '$preset' is going on; waiting for it"; flock 9; }
    configure "$preset"
    ninja -C "$dir" "$@" 2>&1 | show_progress >&2
  ) 9>"$dir/.lock" || die "the build of '$preset' failed"
  give_back "$dir"
}

# Built by root in somebody else's tree (sudo ./dev run): the owner must be able to build again.
give_back() {
  [ "$(id -u)" -eq 0 ] || return 0
  local owner
  owner=$(stat -c %u:%g -- "$root")
  [ "$owner" = 0:0 ] || chown -R -- "$owner" "$root/build"
}

latimer_binary() { printf '%s\n' "$root/build/release/cli/latimer"; }
