// Addresses of sockets, as the kernel keeps them and as strace prints them, and the names of sockets
// (core/model/target_kind.h).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace latimer {

// Values of the kernel's AF_*, which are the same on all of Latimer's ABIs (include/linux/socket.h).
enum class SocketFamily : std::uint16_t {
  unknown = 0,  // AF_UNSPEC, too
  local = 1,
  inet = 2,
  inet6 = 10,
  netlink = 16,
  packet = 17,
  bluetooth = 31,
  vsock = 40,
};

// Values of the kernel's SOCK_* (include/linux/net.h).
enum class SocketType : std::uint8_t { unknown = 0, stream = 1, datagram = 2, raw = 3, packets = 5 };

struct SocketAddress {
  SocketFamily family = SocketFamily::unknown;
  // "10.0.0.5:443", "[::1]:443", "/run/x.sock", "@abstract", "" (unnamed), netlink's "0:00000000".
  std::string text;
};

// A struct sockaddr as it lies in memory; `bytes` may be longer than it. nullopt: too short to tell.
[[nodiscard]] std::optional<SocketAddress> socket_address(std::string_view bytes);

// "{sa_family=AF_INET, sin_port=htons(443), sin_addr=inet_addr("10.0.0.5")}". nullopt: it is not printed.
[[nodiscard]] std::optional<SocketAddress> printed_socket_address(std::string_view text);

// "AF_INET", "PF_UNIX", "INET", "2".
[[nodiscard]] SocketFamily parse_family(std::string_view text);
// "SOCK_STREAM|SOCK_CLOEXEC", "STREAM", "524289".
[[nodiscard]] SocketType parse_type(std::string_view text);

// "tcp", "udp", "unix" ...
[[nodiscard]] std::string_view socket_word(SocketFamily family, SocketType type);

// What strace's -y and -yy, or /proc/PID/fd, call an open file -> its name here:
// "TCP:[127.0.0.1:5->10.0.0.5:443]" -> "tcp:10.0.0.5:443", "/dev/null<char 1:3>" -> "/dev/null".
[[nodiscard]] std::string target_name(std::string_view annotation);

}  // namespace latimer
