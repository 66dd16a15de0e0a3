#include "core/engine/proc_sockets.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>

#include <array>
#include <charconv>
#include <cstring>
#include <unordered_set>
#include <vector>

#include "core/sys/fd_util.h"
#include "core/sys/proc.h"

namespace latimer {
namespace {

// Sockets come and go; the tables of a busy host are long.
constexpr std::chrono::milliseconds kReadAgainAfter{200};

constexpr unsigned kEstablishedNoMore = 0x0A;      // TCP_LISTEN, include/net/tcp_states.h
constexpr unsigned kAcceptsConnections = 0x10000;  // __SO_ACCEPTCON, net/unix/af_unix.c

std::vector<std::string_view> words_of(std::string_view line) {
  std::vector<std::string_view> words;
  while (true) {
    const std::size_t begin = line.find_first_not_of(' ');
    if (begin == std::string_view::npos) return words;
    line.remove_prefix(begin);
    const std::size_t end = std::min(line.find(' '), line.size());
    words.push_back(line.substr(0, end));
    line.remove_prefix(end);
  }
}

template <typename Use>
void for_each_line(std::string_view text, Use use) {
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    use(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
}

template <typename Integer>
Integer number(std::string_view text, int base) {
  Integer value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value, base);
  return value;
}

struct Endpoint {
  std::string host;
  unsigned port = 0;
  bool any = false;  // 0.0.0.0:0
};

// "0100007F:1F90": words of the address as this machine has them in memory.
Endpoint endpoint(std::string_view text) {
  const std::size_t colon = text.find(':');
  std::array<std::uint32_t, 4> words{};
  const std::size_t count = colon == 32 ? 4 : 1;
  bool zero = true;
  for (std::size_t i = 0; i < count; ++i) {
    words[i] = number<std::uint32_t>(text.substr(i * 8, 8), 16);
    zero = zero && words[i] == 0;
  }
  std::array<char, INET6_ADDRSTRLEN> host{};
  inet_ntop(count == 4 ? AF_INET6 : AF_INET, words.data(), host.data(), host.size());
  const auto port = colon == std::string_view::npos ? 0U : number<unsigned>(text.substr(colon + 1), 16);
  return {count == 4 ? fmt::format("[{}]", host.data()) : std::string(host.data()), port, zero && port == 0};
}

struct InetSocket {
  Endpoint local, remote;
  unsigned state = 0;
  std::uint64_t inode = 0;
};

}  // namespace

void read_inet_sockets(std::string_view table, std::string_view word,
                       std::unordered_map<std::uint64_t, std::string>& names) {
  std::vector<InetSocket> sockets;
  std::unordered_set<unsigned> listening;
  for_each_line(table, [&](std::string_view line) {
    const auto words = words_of(line);
    if (words.size() < 10 || words[0].back() != ':') return;
    InetSocket socket{endpoint(words[1]), endpoint(words[2]), number<unsigned>(words[3], 16),
                      number<std::uint64_t>(words[9], 10)};
    if (word == "tcp" && socket.state == kEstablishedNoMore) listening.insert(socket.local.port);
    sockets.push_back(std::move(socket));
  });
  for (const InetSocket& socket : sockets) {
    std::string_view role;
    const Endpoint* end = &socket.remote;
    if (socket.remote.any) {
      role = word == "tcp" ? "-listen" : "-bound";
      end = &socket.local;
    } else if (listening.contains(socket.local.port)) {
      role = "-from";
    }
    names[socket.inode] = fmt::format("{}{}:{}:{}", word, role, end->host, end->port);
  }
}

void read_unix_sockets(std::string_view table, std::unordered_map<std::uint64_t, std::string>& names) {
  for_each_line(table, [&names](std::string_view line) {
    const auto words = words_of(line);
    if (words.size() < 7 || words[0].back() != ':') return;
    const bool listens = (number<unsigned>(words[3], 16) & kAcceptsConnections) != 0;
    // A path may have blanks.
    const std::string_view path = words.size() > 7
                                      ? line.substr(static_cast<std::size_t>(words[7].data() - line.data()))
                                      : std::string_view();
    const auto inode = number<std::uint64_t>(words[6], 10);
    // Without a path it is one of a pair, or a client.
    names[inode] = path.empty() ? fmt::format("unix:[{}]", inode)
                                : fmt::format("unix{}:{}", listens ? "-listen" : "", path);
  });
}

void ProcSockets::read(std::int32_t pid) {
  names_.clear();
  const auto table = [pid](const char* name) {
    auto text = read_file(fmt::format("/proc/{}/net/{}", pid, name));
    return text ? std::move(text).value() : std::string();
  };
  for (const char* name : {"tcp", "tcp6"}) read_inet_sockets(table(name), "tcp", names_);
  for (const char* name : {"udp", "udp6"}) read_inet_sockets(table(name), "udp", names_);
  read_unix_sockets(table("unix"), names_);
  read_at_ = std::chrono::steady_clock::now();
}

std::optional<std::string> ProcSockets::name(std::int32_t pid, std::uint64_t inode) {
  const std::string its = link_of(fmt::format("/proc/{}/ns/net", pid)).value_or("");
  const bool other = its != namespace_;
  if (other || !read_at_) {
    namespace_ = its;
    read(pid);
  } else if (!names_.contains(inode) && std::chrono::steady_clock::now() - *read_at_ >= kReadAgainAfter) {
    read(pid);
  }
  const auto found = names_.find(inode);
  return found != names_.end() ? std::optional(found->second) : std::nullopt;
}

}  // namespace latimer
