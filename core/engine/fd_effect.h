// What a system call does to its process's descriptors and current folder.
#pragma once

#include <cstdint>
#include <string_view>

#include "core/engine/syscall_filter.h"
#include "core/model/abi.h"

namespace latimer {

enum class FdEffect : std::uint8_t {
  none,
  open_path,     // returns a descriptor of the path that it names
  open_special,  // returns a descriptor of something without a path: special_name()
  memory_file,   // memfd_create
  duplicate,     // dup
  duplicate_to,  // dup2, dup3
  control,       // fcntl
  make_pipe,
  make_socket,
  make_socket_pair,
  accept,
  connect,
  bind,
  listen,
  address_peer,  // names a peer that is its own: sendto, recvfrom
  receive,       // may bring descriptors: recvmsg, recvmmsg
  take,          // pidfd_getfd
  close,
  close_range,
  execute,
  change_folder,     // chdir
  change_folder_fd,  // fchdir
  clone,
  unshare,
};

// O(1). none for numbers without a name.
[[nodiscard]] FdEffect fd_effect(Abi abi, int number);

// Those that have one: whoever follows descriptors has to see them, whatever else is asked for.
[[nodiscard]] const SyscallFilter& descriptor_calls();

// Of open_special: the name that the kernel gives it in /proc/PID/fd.
[[nodiscard]] std::string_view special_name(Abi abi, int number);

}  // namespace latimer
