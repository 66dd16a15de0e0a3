#include "core/engine/fd_effect.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "core/model/syscall_table.h"

namespace latimer {
namespace {

struct NamedEffect {
  std::string_view call;
  FdEffect effect;
  std::string_view special;
};

constexpr std::array<NamedEffect, 59> kEffects = {{
    {"open", FdEffect::open_path, {}},
    {"openat", FdEffect::open_path, {}},
    {"openat2", FdEffect::open_path, {}},
    {"creat", FdEffect::open_path, {}},
    {"open_tree", FdEffect::open_path, {}},
    {"open_tree_attr", FdEffect::open_path, {}},
    {"mq_open", FdEffect::open_special, "anon_inode:mqueue"},
    {"fsopen", FdEffect::open_special, "anon_inode:[fscontext]"},
    {"fspick", FdEffect::open_special, "anon_inode:[fscontext]"},
    {"fsmount", FdEffect::open_special, "anon_inode:[mount]"},
    {"epoll_create", FdEffect::open_special, "anon_inode:[eventpoll]"},
    {"epoll_create1", FdEffect::open_special, "anon_inode:[eventpoll]"},
    {"eventfd", FdEffect::open_special, "anon_inode:[eventfd]"},
    {"eventfd2", FdEffect::open_special, "anon_inode:[eventfd]"},
    {"timerfd_create", FdEffect::open_special, "anon_inode:[timerfd]"},
    {"signalfd", FdEffect::open_special, "anon_inode:[signalfd]"},
    {"signalfd4", FdEffect::open_special, "anon_inode:[signalfd]"},
    {"inotify_init", FdEffect::open_special, "anon_inode:inotify"},
    {"inotify_init1", FdEffect::open_special, "anon_inode:inotify"},
    {"fanotify_init", FdEffect::open_special, "anon_inode:[fanotify]"},
    {"pidfd_open", FdEffect::open_special, "anon_inode:[pidfd]"},
    {"io_uring_setup", FdEffect::open_special, "anon_inode:[io_uring]"},
    {"perf_event_open", FdEffect::open_special, "anon_inode:[perf_event]"},
    {"userfaultfd", FdEffect::open_special, "anon_inode:[userfaultfd]"},
    {"landlock_create_ruleset", FdEffect::open_special, "anon_inode:[landlock-ruleset]"},
    {"memfd_secret", FdEffect::open_special, "memfd:secretmem"},
    {"open_by_handle_at", FdEffect::open_special, ""},
    {"memfd_create", FdEffect::memory_file, {}},
    {"dup", FdEffect::duplicate, {}},
    {"dup2", FdEffect::duplicate_to, {}},
    {"dup3", FdEffect::duplicate_to, {}},
    {"fcntl", FdEffect::control, {}},
    {"fcntl64", FdEffect::control, {}},
    {"pipe", FdEffect::make_pipe, {}},
    {"pipe2", FdEffect::make_pipe, {}},
    {"socket", FdEffect::make_socket, {}},
    {"socketpair", FdEffect::make_socket_pair, {}},
    {"accept", FdEffect::accept, {}},
    {"accept4", FdEffect::accept, {}},
    {"connect", FdEffect::connect, {}},
    {"bind", FdEffect::bind, {}},
    {"listen", FdEffect::listen, {}},
    {"sendto", FdEffect::address_peer, {}},
    {"recvfrom", FdEffect::address_peer, {}},
    {"sendmsg", FdEffect::address_peer, {}},
    {"recvmsg", FdEffect::receive, {}},
    {"recvmmsg", FdEffect::receive, {}},
    {"pidfd_getfd", FdEffect::take, {}},
    {"close", FdEffect::close, {}},
    {"close_range", FdEffect::close_range, {}},
    {"execve", FdEffect::execute, {}},
    {"execveat", FdEffect::execute, {}},
    {"chdir", FdEffect::change_folder, {}},
    {"fchdir", FdEffect::change_folder_fd, {}},
    {"clone", FdEffect::clone, {}},
    {"clone3", FdEffect::clone, {}},
    {"fork", FdEffect::clone, {}},
    {"vfork", FdEffect::clone, {}},
    {"unshare", FdEffect::unshare, {}},
}};

const NamedEffect* find_effect(std::string_view name) {
  const auto* const found = std::find_if(kEffects.begin(), kEffects.end(),
                                         [name](const NamedEffect& one) { return one.call == name; });
  return name.empty() || found == kEffects.end() ? nullptr : found;
}

using Table = std::array<std::array<FdEffect, kSyscallNumbers>, kAbiCount>;

Table make_table() {
  Table table{};
  for (const Abi abi : kAllAbis) {
    for (int number = 0; number < kSyscallNumbers; ++number) {
      const NamedEffect* found = find_effect(syscall_name_or_empty(abi, number));
      if (found != nullptr)
        table[static_cast<std::size_t>(abi)][static_cast<std::size_t>(number)] = found->effect;
    }
  }
  return table;
}

const Table kTable = make_table();

}  // namespace

FdEffect fd_effect(Abi abi, int number) {
  if (number < 0 || number >= kSyscallNumbers) return FdEffect::none;
  return kTable[static_cast<std::size_t>(abi)][static_cast<std::size_t>(number)];
}

const SyscallFilter& descriptor_calls() {
  static const SyscallFilter kCalls = [] {
    std::string names;
    for (const NamedEffect& one : kEffects) names.append(names.empty() ? "?" : ",?").append(one.call);
    auto filter = SyscallFilter::parse(names);
    return filter ? std::move(filter).value() : SyscallFilter();
  }();
  return kCalls;
}

std::string_view special_name(Abi abi, int number) {
  const NamedEffect* found = find_effect(syscall_name_or_empty(abi, number));
  return found != nullptr ? found->special : std::string_view();
}

}  // namespace latimer
