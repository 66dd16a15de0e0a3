// What an open descriptor, or a call's path, leads to; and how such targets are named in every output:
//
//   /var/lib/db/base.dat     a file by its absolute path, as the program named it (symbolic links are not
//   followed)
//   ./data/x                 a file whose folder is not known
//   memfd:NAME               memory as a file
//   tcp:10.0.0.5:443         a socket by its peer: one that this side connected to;
//   tcp-from:10.0.0.9:50122    whose connection was accepted;
//   tcp-listen:0.0.0.0:80      that waits for connections;
//   udp-bound:0.0.0.0:53       that has an address of its own and no peer.
//                            Beside tcp and udp: raw, inet (of unknown type), unix, netlink, packet, vsock,
//                            ...
//   unix:/run/x.sock         @name is abstract; #7 the seventh pair that socketpair made; nothing: unnamed
//   socket:[12345]           a socket of which only the kernel's number is known
//   pipe:#3, pipe:[12345]    the third pipe of this trace; a pipe by the kernel's number
//   anon_inode:[eventpoll]   epoll, eventfd, timerfd, signalfd, inotify, io_uring, pidfd ...
//   received                 it came through a socket (SCM_RIGHTS), and nobody said what it is
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace latimer {

enum class TargetKind : std::uint8_t {
  unknown,
  file,    // on a file system that is no device's: also folders
  device,  // below /dev, but for /dev/shm: terminals, /dev/null
  system,  // below /proc or /sys
  socket,
  pipe,
  other,  // anon_inode, received
};

inline constexpr std::array<std::string_view, 7> kTargetKindNames = {"unknown", "file", "device", "system",
                                                                     "socket",  "pipe", "other"};

[[nodiscard]] constexpr std::string_view to_string(TargetKind kind) {
  return kTargetKindNames[static_cast<std::size_t>(kind)];
}

// From the target's name; an empty one is unknown.
[[nodiscard]] TargetKind kind_of_target(std::string_view name);

}  // namespace latimer
