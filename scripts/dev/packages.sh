# shellcheck shell=bash
# The exact Debian 12 packages, in one place, by what needs them. Sourced by ./dev.

# shellcheck disable=SC2034  # read through ${!list} in packages_of
{
  # Boost 1.81 rather than the default 1.74: Process v2 is only there. Debian does not let both -dev packages be
  # installed at once. strace is what `latimer` falls back to without privileges.
  packages_build='g++ cmake ninja-build ccache pkg-config clang bpftool libbpf-dev
    libboost1.81-dev libboost-program-options1.81-dev libboost-filesystem1.81-dev
    libfmt-dev libre2-dev zlib1g-dev libzstd-dev nlohmann-json3-dev catch2 strace'
  packages_test='python3 python3-jsonschema libclang-rt-dev linux-perf libbpf-tools bpftrace sqlite3 chromium python3-pandas'
  packages_lint='clang-format clang-tidy shellcheck python3 git'
  packages_bench='bpftrace libbpf-tools linux-perf mawk strace sqlite3 redis-server redis-tools fio'
  packages_vm='qemu-system-x86 busybox-static cpio'
}
package_groups='build test lint bench vm'

# packages_of GROUP...: one name a line, each once.
packages_of() {
  local group list
  for group in "$@"; do
    list=packages_$group
    # shellcheck disable=SC2086  # a list of words
    printf '%s\n' ${!list}
  done | LC_ALL=C sort -u
}

# Those of GROUP... that are not installed. dpkg-query answers in 10 ms, so nobody needs a stamp that can be wrong.
packages_missing() {
  local wanted
  mapfile -t wanted < <(packages_of "$@")
  LC_ALL=C comm -23 <(printf '%s\n' "${wanted[@]}") \
    <(dpkg-query -W -f '${db:Status-Status} ${Package}\n' "${wanted[@]}" 2>/dev/null |
      sed -n 's/^installed //p' | LC_ALL=C sort -u)
}

apt_install_line() {
  printf 'apt-get update && %sapt-get install --no-install-recommends %s\n' "$1" "${*:2}"
}

# need GROUP...: makes sure that these packages are there, or ends with what to type.
need() {
  if ! type dpkg-query apt-get >/dev/null 2>&1; then
    die "set-up knows Debian 12 only: no dpkg-query or apt-get here. Packages needed: $(packages_of "$@" | tr '\n' ' ')"
  fi
  local missing
  mapfile -t missing < <(packages_missing "$@")
  [ ${#missing[@]} -gt 0 ] || return 0
  if [ "$(id -u)" -ne 0 ]; then
    say "packages are missing, and installing them needs root. Type this, then try again:"
    printf '  sudo %s' "$(apt_install_line 'sudo ' "${missing[@]}")" >&2
    printf '\n' >&2
    exit 1
  fi
  install_packages "${missing[@]}"
}

install_packages() {
  local log apt
  log=$(mktemp "${TMPDIR:-/tmp}/latimer-setup.XXXXXX")
  # --no-remove: installing must never take something away from the machine in silence.
  apt=(env DEBIAN_FRONTEND=noninteractive apt-get -q -y -o DPkg::Lock::Timeout=300 -o Dpkg::Use-Pty=0)
  say "installing $# package(s): $*"
  # A source that does not answer is no reason to stop when the others have what is needed.
  quietly "$log" "${apt[@]}" update || say "apt-get update failed in part (above); going on"
  if ! quietly "$log" "${apt[@]}" install --no-install-recommends --no-remove "$@"; then
    say "apt-get could not install them; its log: $log"
    say "Where it would have to remove another Boost's -dev packages, do that by hand: apt-get install $*"
    exit 1
  fi
  rm -f -- "$log"
}
