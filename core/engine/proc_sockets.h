// ProcSockets: which socket a number of the kernel's stands for, from /proc/PID/net.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

namespace latimer {

// Not thread-safe. Memory: the sockets of one network namespace.
class ProcSockets {
 public:
  // Of process `pid`'s network namespace. nullopt: there is no such socket, or of another family.
  std::optional<std::string> name(std::int32_t pid, std::uint64_t inode);

 private:
  void read(std::int32_t pid);

  std::unordered_map<std::uint64_t, std::string> names_;
  std::string namespace_;  // whose they are
  std::optional<std::chrono::steady_clock::time_point> read_at_;
};

// The tables' texts, for tests: adds inode and name of each line. `word`: "tcp" or "udp".
void read_inet_sockets(std::string_view table, std::string_view word,
                       std::unordered_map<std::uint64_t, std::string>& names);
void read_unix_sockets(std::string_view table, std::unordered_map<std::uint64_t, std::string>& names);

}  // namespace latimer
