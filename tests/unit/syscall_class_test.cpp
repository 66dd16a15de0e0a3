#include "core/model/syscall_class.h"

#include <catch2/catch.hpp>

#include <string>

using namespace latimer;

namespace {

bool in_class(Abi abi, SyscallClass id, std::string_view name) {
  const auto number = syscall_number(abi, name);
  REQUIRE(number);
  return syscall_class_mask(abi, id)[static_cast<std::size_t>(*number)];
}

SyscallCategory category(Abi abi, std::string_view name) {
  const auto number = syscall_number(abi, name);
  REQUIRE(number);
  return syscall_category(abi, *number);
}

}  // namespace

TEST_CASE("class names are read in all of strace's spellings") {
  CHECK(syscall_class_from_name("%file") == SyscallClass::file);
  CHECK(syscall_class_from_name("file") == SyscallClass::file);
  CHECK(syscall_class_from_name("%net") == SyscallClass::network);
  CHECK(syscall_class_from_name("network") == SyscallClass::network);
  CHECK(syscall_class_from_name("%%stat") == SyscallClass::stat_like);
  CHECK(syscall_class_from_name("%stat") == SyscallClass::stat);
  CHECK_FALSE(syscall_class_from_name("stat"));   // a system call
  CHECK_FALSE(syscall_class_from_name("creds"));  // strace takes %creds only
  CHECK_FALSE(syscall_class_from_name("%"));
  for (std::size_t i = 0; i < kSyscallClassCount; ++i) {
    const auto id = static_cast<SyscallClass>(i);
    CHECK(syscall_class_from_name(to_string(id)) == id);
  }
  CHECK(to_string(SyscallClass::network) == "%network");
}

TEST_CASE("classes have strace's members in every ABI") {
  for (const Abi abi : kAllAbis) {
    INFO(to_string(abi));
    CHECK(in_class(abi, SyscallClass::file, "openat"));
    CHECK(in_class(abi, SyscallClass::desc, "openat"));
    CHECK_FALSE(in_class(abi, SyscallClass::file, "read"));
    CHECK(in_class(abi, SyscallClass::desc, "read"));
    CHECK(in_class(abi, SyscallClass::network, "connect"));
    CHECK_FALSE(in_class(abi, SyscallClass::desc, "connect"));
    CHECK(in_class(abi, SyscallClass::network, "sendfile"));
    CHECK(in_class(abi, SyscallClass::process, "execve"));
    CHECK(in_class(abi, SyscallClass::process, "kill"));
    CHECK(in_class(abi, SyscallClass::memory, "brk"));
    CHECK(in_class(abi, SyscallClass::memory, "shmat"));
    CHECK(in_class(abi, SyscallClass::ipc, "shmat"));
    CHECK(in_class(abi, SyscallClass::signal, "rt_sigreturn"));
    CHECK(in_class(abi, SyscallClass::creds, "setresuid"));
    CHECK(in_class(abi, SyscallClass::clock, "clock_gettime"));
    CHECK(in_class(abi, SyscallClass::pure, "getppid"));
    CHECK_FALSE(in_class(abi, SyscallClass::pure, "getpgid"));  // has an argument
    CHECK(in_class(abi, SyscallClass::fstat, "statx"));
    CHECK(in_class(abi, SyscallClass::desc, "fchroot"));
  }
  CHECK(in_class(Abi::i386, SyscallClass::process, "waitpid"));
  CHECK(in_class(Abi::i386, SyscallClass::ipc, "ipc"));
  CHECK(in_class(Abi::x86_64, SyscallClass::stat, "stat"));
  CHECK_FALSE(in_class(Abi::x86_64, SyscallClass::stat, "fstat"));
  CHECK(in_class(Abi::x86_64, SyscallClass::statfs_like, "ustat"));

  CHECK(syscall_class_mask(Abi::x86_64, SyscallClass::ipc).count() == 12);
  CHECK(syscall_class_mask(Abi::aarch64, SyscallClass::lstat).none());
}

TEST_CASE("waiting is exactly the category wait, and calls that work are not waiting") {
  for (const Abi abi : kAllAbis) {
    for (int number = -1; number <= kSyscallNumbers; ++number) {
      CHECK(is_waiting_call(abi, number) == (syscall_category(abi, number) == SyscallCategory::wait));
      if (syscall_name_or_empty(abi, number).empty()) {
        CHECK_FALSE(is_waiting_call(abi, number));
        CHECK_FALSE(is_io_call(abi, number));
      }
    }
    for (const char* name :
         {"epoll_pwait", "epoll_pwait2", "ppoll", "pselect6", "futex", "futex_wait", "futex_waitv",
          "nanosleep", "clock_nanosleep", "wait4", "waitid", "rt_sigsuspend", "rt_sigtimedwait", "accept4",
          "msgrcv", "io_uring_enter", "restart_syscall"}) {
      INFO(to_string(abi) << " " << name);
      CHECK(category(abi, name) == SyscallCategory::wait);
    }
    for (const char* name :
         {"read", "write", "recvfrom", "connect", "fsync", "futex_wake", "sched_yield", "getppid", "ioctl"}) {
      INFO(to_string(abi) << " " << name);
      CHECK(category(abi, name) != SyscallCategory::wait);
    }
  }
  CHECK(category(Abi::i386, "waitpid") == SyscallCategory::wait);
  CHECK(category(Abi::i386, "_newselect") == SyscallCategory::wait);
  CHECK(category(Abi::x86_64, "pause") == SyscallCategory::wait);
}

TEST_CASE("categories of well-known calls") {
  for (const Abi abi : kAllAbis) {
    INFO(to_string(abi));
    CHECK(category(abi, "read") == SyscallCategory::io);
    CHECK(category(abi, "sendfile") == SyscallCategory::io);
    CHECK(category(abi, "openat") == SyscallCategory::metadata);
    CHECK(category(abi, "close") == SyscallCategory::metadata);
    CHECK(category(abi, "statx") == SyscallCategory::metadata);
    CHECK(category(abi, "fsync") == SyscallCategory::sync);
    CHECK(category(abi, "msync") == SyscallCategory::sync);
    CHECK(category(abi, "sendto") == SyscallCategory::network);
    CHECK(category(abi, "clone") == SyscallCategory::process);
    CHECK(category(abi, "execve") == SyscallCategory::process);
    CHECK(category(abi, "getpid") == SyscallCategory::process);
    CHECK(category(abi, "kill") == SyscallCategory::other);
    CHECK(category(abi, "munmap") == SyscallCategory::memory);
    CHECK(category(abi, "ioctl") == SyscallCategory::other);
    CHECK(is_io_call(abi, *syscall_number(abi, "fsync")));
    CHECK(is_io_call(abi, *syscall_number(abi, "recvmsg")));
    CHECK_FALSE(is_io_call(abi, *syscall_number(abi, "mprotect")));
    CHECK_FALSE(is_io_call(abi, *syscall_number(abi, "epoll_pwait")));
  }
  CHECK(category(Abi::i386, "socketcall") == SyscallCategory::network);
  CHECK(to_string(SyscallCategory::metadata) == "metadata");
}
