// CallArguments: what a call was given, whoever tells it: registers and the caller's memory, or a tracer's
// text. What is not told is nullopt.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/engine/argument_text.h"
#include "core/engine/socket_address.h"
#include "core/model/syscall_arguments.h"
#include "core/model/syscall_event.h"

namespace latimer {

struct PathArgument {
  std::string bytes;
  bool cut = false;  // there is more of it
};

// AT_FDCWD (include/uapi/linux/fcntl.h): a folder argument that means the current folder.
inline constexpr std::int64_t kCurrentFolder = -100;

class CallArguments {
 public:
  explicit CallArguments(const SyscallEvent& event);  // which must stay

  [[nodiscard]] const CallSpec& spec() const { return *spec_; }
  // Cut to the argument's width and signed as its kind is. A folder that is the current one: kCurrentFolder.
  [[nodiscard]] std::optional<std::int64_t> integer(int index) const;
  // Whether a bit of a flags argument is set. `name`: as has_word() has it.
  [[nodiscard]] std::optional<bool> has(int index, std::string_view name, std::uint64_t bit) const;
  [[nodiscard]] std::optional<PathArgument> path(int index) const;
  [[nodiscard]] std::optional<SocketAddress> address(int index) const;
  // The one that a datagram goes to or came from; also where it stands in a message (sendmsg, recvmsg).
  [[nodiscard]] std::optional<SocketAddress> datagram_address() const;
  // What pipe and socketpair give back.
  [[nodiscard]] std::optional<std::array<std::int32_t, 2>> descriptors(int index) const;
  // What stood at a pointer; empty: not captured.
  [[nodiscard]] std::string_view memory(int index) const;
  // A name instead of a number, as "AF_INET"; empty: registers.
  [[nodiscard]] std::string_view text(int index) const;
  // What the tracer says that a descriptor leads to (strace -y), as target_name().
  [[nodiscard]] std::optional<std::string> annotation(int index) const;

 private:
  [[nodiscard]] const MemoryPiece* piece(int index) const;

  const SyscallEvent* event_;
  const CallSpec* spec_;
  std::optional<ArgumentTexts> texts_;
};

// The first argument, when that is all that matters, as cheaply as can be.
struct FirstDescriptor {
  std::optional<std::int32_t> fd;
  std::string_view annotation;  // raw; empty: none
};
[[nodiscard]] FirstDescriptor first_descriptor(const SyscallEvent& event);

}  // namespace latimer
