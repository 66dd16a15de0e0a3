// redis-server under redis-benchmark, both within the traced command; over a socket in the folder, so that no
// port is taken.
#include <fmt/format.h>

#include "core/sys/child_process.h"
#include "validation/real/makers.h"

namespace latimer::real {
namespace {

// $1: folder, $2: test, $3: requests. The server's end is waited for, or a tracer that ends with its command
// would miss it. The server dies with the script when that is told to end.
constexpr std::string_view kScript = R"sh(
socket=$1/redis.sock
rm -f "$socket"
redis-server --port 0 --unixsocket "$socket" --dir "$1" --save '' --appendonly no --daemonize no >"$1/redis.log" 2>&1 &
server=$!
trap 'kill -KILL $server 2>/dev/null; exit 1' TERM INT HUP
tries=0
until redis-cli -s "$socket" ping >/dev/null 2>&1; do
  tries=$((tries + 1))
  if [ $tries -gt 200 ] || ! kill -0 $server 2>/dev/null; then
    echo "redis-server does not answer:" >&2
    tail -n 5 "$1/redis.log" >&2
    kill -KILL $server 2>/dev/null
    exit 1
  fi
  sleep 0.05
done
redis-benchmark -s "$socket" -t "$2" -n "$3" -c 50 --csv
status=$?
redis-cli -s "$socket" shutdown nosave >/dev/null 2>&1
wait $server
exit $status
)sh";

Result<Prepared> make_redis(Folder folder, std::string_view test, std::uint64_t requests) {
  Result<std::string> shell = resolve_command("sh");
  if (!shell) return std::move(shell).error();
  const std::string script = folder + "/redis.sh";
  const Status written = write_file(script, kScript);
  if (!written.ok()) return written.error();
  Prepared prepared;
  prepared.command = {*shell, script, folder, std::string(test), std::to_string(requests)};
  // Each request is written and read by the client and read and written by the server.
  prepared.must_show = {{{"read", "recvfrom"}, 2 * requests},
                        {{"write", "sendto", "writev"}, 2 * requests},
                        {{"epoll_wait", "epoll_pwait", "epoll_pwait2"}, requests / 50},
                        {{"connect"}, 50},
                        {{"accept", "accept4"}, 50}};
  return prepared;
}

}  // namespace

Result<Prepared> make_redis_get(Folder folder, std::uint64_t requests) {
  return make_redis(folder, "get", requests);
}
Result<Prepared> make_redis_set(Folder folder, std::uint64_t requests) {
  return make_redis(folder, "set", requests);
}

}  // namespace latimer::real
