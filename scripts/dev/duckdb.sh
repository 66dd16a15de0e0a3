# shellcheck shell=bash
# DuckDB for the tests of docs/queries: npm's @duckdb/node-api, because Debian has no package of it. Sourced by ./dev.

duckdb_version=1.5.6-r.1
# shellcheck disable=SC2034  # read by the tests' environment, in commands.sh
duckdb_folder=${XDG_CACHE_HOME:-$HOME/.cache}/latimer/duckdb-$duckdb_version

# Makes sure that it is there. Not to have it is no failure: its tests are skipped then, and say so.
need_duckdb() {
  [ ! -f "$duckdb_folder/node_modules/@duckdb/node-api/package.json" ] || return 0
  local missing=() program
  # By command, not by package: who has Node.js from elsewhere cannot install Debian's npm beside it.
  for program in node npm; do
    command -v "$program" >/dev/null || missing+=("${program/#node/nodejs}")
  done
  if [ ${#missing[@]} -gt 0 ]; then
    if [ "$(id -u)" -ne 0 ] || ! (install_packages "${missing[@]}"); then
      say "without ${missing[*]} the queries are not tested with DuckDB"
      return 0
    fi
  fi
  local log new=$duckdb_folder.$$
  log=$(mktemp "${TMPDIR:-/tmp}/latimer-setup.XXXXXX")
  say "fetching @duckdb/node-api $duckdb_version for the tests of docs/queries"
  mkdir -p -- "$new"
  if quietly "$log" npm install --prefix "$new" --no-audit --no-fund --no-save "@duckdb/node-api@$duckdb_version" &&
    { rm -rf -- "$duckdb_folder" && mv -- "$new" "$duckdb_folder"; }; then
    rm -f -- "$log"
  else
    rm -rf -- "$new"
    say "npm could not fetch it ($log): the queries are not tested with DuckDB"
  fi
}
