#include "core/engine/socket_address.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <linux/netlink.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <cstring>
#include <utility>

#include "core/engine/argument_text.h"
#include "core/model/c_string.h"

namespace latimer {
namespace {

constexpr std::array<std::pair<std::string_view, SocketFamily>, 9> kFamilies = {{
    {"UNIX", SocketFamily::local},
    {"LOCAL", SocketFamily::local},
    {"INET", SocketFamily::inet},
    {"INET6", SocketFamily::inet6},
    {"NETLINK", SocketFamily::netlink},
    {"PACKET", SocketFamily::packet},
    {"BLUETOOTH", SocketFamily::bluetooth},
    {"VSOCK", SocketFamily::vsock},
    {"UNSPEC", SocketFamily::unknown},
}};

// The structure that begins with the family; only what `bytes` holds is copied.
template <typename Address>
Address copy_of(std::string_view bytes) {
  Address address{};
  std::memcpy(&address, bytes.data(), std::min(bytes.size(), sizeof address));
  return address;
}

std::string local_name(std::string_view path) {
  const std::size_t last = path.find_last_not_of('\0');
  if (last == std::string_view::npos) return "";
  if (path.front() == '\0') return "@" + std::string(path.substr(1, last));
  return std::string(path.substr(0, path.find('\0')));
}

// What stands between `begin` and `end`; nullopt: it is not there.
std::optional<std::string_view> between(std::string_view text, std::string_view begin, std::string_view end) {
  const std::size_t at = text.find(begin);
  if (at == std::string_view::npos) return std::nullopt;
  text.remove_prefix(at + begin.size());
  const std::size_t stop = text.find(end);
  if (stop == std::string_view::npos) return std::nullopt;
  return text.substr(0, stop);
}

// The C string that begins right behind `begin`, without its escapes.
std::optional<std::string> string_behind(std::string_view text, std::string_view begin) {
  const std::size_t at = text.find(begin);
  if (at == std::string_view::npos) return std::nullopt;
  text.remove_prefix(at + begin.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\') {
      ++i;
    } else if (text[i] == '"') {
      return unescape_c(text.substr(0, i));
    }
  }
  return std::nullopt;
}

std::optional<SocketAddress> printed_inet(std::string_view text, SocketFamily family) {
  const bool six = family == SocketFamily::inet6;
  const auto port = between(text, six ? "sin6_port=htons(" : "sin_port=htons(", ")");
  const auto host = string_behind(text, six ? "inet_pton(AF_INET6, \"" : "inet_addr(\"");
  if (!port || !host) return std::nullopt;
  return SocketAddress{family,
                       six ? fmt::format("[{}]:{}", *host, *port) : fmt::format("{}:{}", *host, *port)};
}

std::optional<SocketAddress> printed_local(std::string_view text) {
  if (const auto abstract = string_behind(text, "sun_path=@\""))
    return SocketAddress{SocketFamily::local, "@" + *abstract};
  if (auto path = string_behind(text, "sun_path=\""))
    return SocketAddress{SocketFamily::local, *std::move(path)};
  return SocketAddress{SocketFamily::local, ""};
}

std::string lower(std::string_view text) {
  std::string result(text);
  for (char& c : result) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return result;
}

// "TCP:[127.0.0.1:5->10.0.0.5:443]", "UNIX-STREAM:[33998->33999,"/run/x"]", "NETLINK:[34008]"
std::string socket_name(std::string_view proto, std::string_view inside) {
  std::string word = lower(proto);
  if (word == "tcpv6" || word == "udpv6" || word == "rawv6") word.resize(word.size() - 2);
  if (word.starts_with("unix")) {
    if (const auto path = string_behind(inside, ",\"")) return "unix:" + *path;
    if (const auto path = string_behind(inside, ",@\"")) return "unix:@" + *path;
    return fmt::format("socket:[{}]", inside.substr(0, inside.find_first_of("->,")));
  }
  const std::size_t arrow = inside.find("->");
  if (arrow != std::string_view::npos) return fmt::format("{}:{}", word, inside.substr(arrow + 2));
  if (inside.find(':') == std::string_view::npos) return fmt::format("socket:[{}]", inside);
  return fmt::format("{}-{}:{}", word, word == "tcp" ? "listen" : "bound", inside);
}

}  // namespace

std::optional<SocketAddress> socket_address(std::string_view bytes) {
  std::uint16_t family = 0;
  if (bytes.size() < sizeof family) return std::nullopt;
  std::memcpy(&family, bytes.data(), sizeof family);
  SocketAddress result{static_cast<SocketFamily>(family), ""};
  std::array<char, INET6_ADDRSTRLEN> host{};
  switch (result.family) {
    case SocketFamily::inet: {
      if (bytes.size() < 8) return std::nullopt;
      const auto address = copy_of<sockaddr_in>(bytes);
      inet_ntop(AF_INET, &address.sin_addr, host.data(), host.size());
      result.text = fmt::format("{}:{}", host.data(), ntohs(address.sin_port));
      return result;
    }
    case SocketFamily::inet6: {
      if (bytes.size() < 24) return std::nullopt;
      const auto address = copy_of<sockaddr_in6>(bytes);
      inet_ntop(AF_INET6, &address.sin6_addr, host.data(), host.size());
      result.text = fmt::format("[{}]:{}", host.data(), ntohs(address.sin6_port));
      return result;
    }
    case SocketFamily::local:
      result.text = local_name(bytes.substr(sizeof family));
      return result;
    case SocketFamily::netlink: {
      const auto address = copy_of<sockaddr_nl>(bytes);
      result.text = fmt::format("{}:{:08x}", address.nl_pid, address.nl_groups);
      return result;
    }
    default:
      return result;
  }
}

std::optional<SocketAddress> printed_socket_address(std::string_view text) {
  const auto family_text = between(text, "{sa_family=", ",");
  if (!family_text) return std::nullopt;
  const SocketFamily family = parse_family(*family_text);
  switch (family) {
    case SocketFamily::inet:
    case SocketFamily::inet6:
      return printed_inet(text, family);
    case SocketFamily::local:
      return printed_local(text);
    case SocketFamily::netlink: {
      const auto pid = between(text, "nl_pid=", ",");
      const auto groups = between(text, "nl_groups=", "}");
      if (!pid || !groups) return std::nullopt;
      return SocketAddress{family, fmt::format("{}:{}", *pid, *groups)};
    }
    default:
      return SocketAddress{family, ""};
  }
}

SocketFamily parse_family(std::string_view text) {
  if (const auto number = parse_register(text)) return static_cast<SocketFamily>(*number);
  if (text.starts_with("AF_") || text.starts_with("PF_")) text.remove_prefix(3);
  for (const auto& [name, family] : kFamilies) {
    if (name == text) return family;
  }
  return SocketFamily::unknown;
}

SocketType parse_type(std::string_view text) {
  constexpr std::int64_t kTypeBits = 0xf;  // SOCK_TYPE_MASK
  if (const auto number = parse_register(text)) return static_cast<SocketType>(*number & kTypeBits);
  if (has_word(text, "STREAM")) return SocketType::stream;
  if (has_word(text, "DGRAM")) return SocketType::datagram;
  if (has_word(text, "RAW")) return SocketType::raw;
  return has_word(text, "SEQPACKET") ? SocketType::packets : SocketType::unknown;
}

std::string_view socket_word(SocketFamily family, SocketType type) {
  switch (family) {
    case SocketFamily::inet:
    case SocketFamily::inet6:
      if (type == SocketType::stream) return "tcp";
      if (type == SocketType::datagram) return "udp";
      if (type == SocketType::raw) return "raw";
      return type == SocketType::packets ? "sctp" : "inet";
    case SocketFamily::local:
      return "unix";
    case SocketFamily::netlink:
      return "netlink";
    case SocketFamily::packet:
      return "packet";
    case SocketFamily::bluetooth:
      return "bluetooth";
    case SocketFamily::vsock:
      return "vsock";
    case SocketFamily::unknown:
      break;
  }
  return "socket";
}

std::string target_name(std::string_view annotation) {
  if (annotation.starts_with('/')) {
    const std::size_t device = annotation.rfind('<');
    if (device != std::string_view::npos && annotation.ends_with('>'))
      annotation = annotation.substr(0, device);
    if (annotation.starts_with("/memfd:")) return unescape_c(annotation.substr(1));
    return unescape_c(annotation);
  }
  if (annotation.starts_with("pid:")) return "anon_inode:[pidfd]";
  const std::size_t open = annotation.find(":[");
  const bool upper = !annotation.empty() && annotation.front() >= 'A' && annotation.front() <= 'Z';
  if (upper && open != std::string_view::npos && annotation.ends_with(']'))
    return socket_name(annotation.substr(0, open), annotation.substr(open + 2, annotation.size() - open - 3));
  return unescape_c(annotation);
}

}  // namespace latimer
