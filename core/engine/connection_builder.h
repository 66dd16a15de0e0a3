// ConnectionBuilder: the lives of connections, by peer.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/engine/activity.h"
#include "core/model/analysis.h"
#include "core/model/syscall_event.h"
#include "core/stats/histogram.h"

namespace latimer {

// Not thread-safe. Memory: open connections and peers, kMost of each; what is beyond is only counted.
class ConnectionBuilder {
 public:
  static constexpr std::size_t kMost = 10'000;

  // Events on sockets, in order; paths as FdTracker sets them.
  void add(const SyscallEvent& event, const CallFigures& call);
  // A call that never returned: a process that exits closes what it has.
  void ended(const SyscallEvent& event);
  [[nodiscard]] std::vector<ConnectionRow> finish() const;            // by count, most first
  [[nodiscard]] std::uint64_t left_out() const { return left_out_; }  // calls on those without room

 private:
  struct Connection {
    std::string peer;
    std::optional<std::int64_t> begun_ns;  // nullopt: it was open before anybody looked
    bool establishing = false;             // connect did not wait
    bool connects = false;                 // this side asked for it
    std::optional<std::int64_t> established_ns;
    bool first_byte_seen = false;
  };
  struct Peer {
    std::uint64_t count = 0, failed = 0;
    Histogram establish{LAT_SUB_BITS_COARSE}, first_byte{LAT_SUB_BITS_COARSE}, lifetime{LAT_SUB_BITS_COARSE};
    std::uint64_t read_bytes = 0, written_bytes = 0;
  };
  using Key = std::uint64_t;  // process and descriptor, in that order

  Peer* peer_of(std::string_view name);
  void connected(const SyscallEvent& event, std::int64_t end_ns);
  void moved(Connection& connection, const CallFigures& call, std::int64_t end_ns);
  void over(const Connection& connection, std::int64_t end_ns);
  void closed(const SyscallEvent& event, std::int64_t end_ns);

  std::map<Key, Connection> open_;
  std::map<Key, std::int64_t> accepted_;  // when accept returned them, until they are used
  std::map<std::string, Peer, std::less<>> peers_;
  std::uint64_t left_out_ = 0;
};

// "tcp-from:10.0.0.9:50122" -> "tcp-from:10.0.0.9": clients' ports say nothing.
[[nodiscard]] std::string_view peer_without_port(std::string_view name);

}  // namespace latimer
