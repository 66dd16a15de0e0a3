#include "core/model/syscall_table.h"

#include <catch2/catch.hpp>

#include <sys/syscall.h>

#include <climits>
#include <random>
#include <set>
#include <string>

using namespace latimer;

TEST_CASE("abi names are inverse to each other") {
  for (const Abi abi : kAllAbis) CHECK(abi_from_name(to_string(abi)) == abi);
  CHECK_FALSE(abi_from_name("x86"));
  CHECK_FALSE(abi_from_name(""));
}

TEST_CASE("well-known numbers of each ABI") {
  struct Row {
    Abi abi;
    int number;
    const char* name;
  };
  const Row rows[] = {
      {Abi::x86_64, 0, "read"},
      {Abi::x86_64, 12, "brk"},
      {Abi::x86_64, 110, "getppid"},
      {Abi::x86_64, 231, "exit_group"},
      {Abi::x86_64, 262, "newfstatat"},
      {Abi::x86_64, 334, "rseq"},
      {Abi::x86_64, 335, "uretprobe"},
      {Abi::x86_64, 424, "pidfd_send_signal"},
      {Abi::x86_64, 462, "mseal"},
      {Abi::x86_64, 471, "rseq_slice_yield"},
      {Abi::i386, 0, "restart_syscall"},
      {Abi::i386, 7, "waitpid"},
      {Abi::i386, 12, "chdir"},
      {Abi::i386, 102, "socketcall"},
      {Abi::i386, 142, "_newselect"},
      {Abi::i386, 192, "mmap2"},
      {Abi::i386, 422, "futex_time64"},
      {Abi::i386, 462, "mseal"},
      {Abi::aarch64, 0, "io_setup"},
      {Abi::aarch64, 12, "llistxattr"},
      {Abi::aarch64, 38, "renameat"},
      {Abi::aarch64, 62, "lseek"},
      {Abi::aarch64, 79, "newfstatat"},
      {Abi::aarch64, 163, "getrlimit"},
      {Abi::aarch64, 222, "mmap"},
      {Abi::aarch64, 260, "wait4"},
      {Abi::aarch64, 447, "memfd_secret"},
      {Abi::aarch64, 462, "mseal"},
  };
  for (const Row& row : rows) {
    INFO(to_string(row.abi) << " " << row.number);
    CHECK(syscall_name_or_empty(row.abi, row.number) == row.name);
    CHECK(syscall_number(row.abi, row.name) == row.number);
  }
}

#if defined(__x86_64__)
TEST_CASE("the x86_64 table agrees with the C library's headers") {
  CHECK(syscall_number(Abi::x86_64, "futex_waitv") == SYS_futex_waitv);
  CHECK(syscall_number(Abi::x86_64, "clone3") == SYS_clone3);
  CHECK(syscall_number(Abi::x86_64, "preadv2") == SYS_preadv2);
  CHECK(syscall_number(Abi::x86_64, "rt_sigreturn") == SYS_rt_sigreturn);
}
#endif

TEST_CASE("within an ABI no two numbers share a name, and name and number are inverse") {
  for (const Abi abi : kAllAbis) {
    std::set<std::string_view> seen;
    int number = 0;
    for (const std::string_view name : syscall_names(abi)) {
      if (!name.empty()) {
        INFO(to_string(abi) << " " << number << " " << name);
        CHECK(seen.insert(name).second);
        CHECK(syscall_number(abi, name) == number);
        CHECK(is_syscall_name(name));
      }
      ++number;
    }
    CHECK(seen.size() > 300);
  }
}

TEST_CASE("unknown numbers are written syscall_N and read back") {
  CHECK(syscall_name(Abi::x86_64, 9999) == "syscall_9999");
  CHECK(syscall_name(Abi::x86_64, -1) == "syscall_-1");
  CHECK(syscall_name(Abi::x86_64, 400) == "syscall_400");  // a hole in the table
  CHECK(syscall_name(Abi::x86_64, kX32SyscallBit | 1) == "syscall_1073741825");
  CHECK(syscall_name(Abi::x86_64, 512) == "syscall_512");  // x32's rt_sigaction
  CHECK(syscall_name_or_empty(Abi::i386, 222).empty());
  std::mt19937 random(1);
  for (const Abi abi : kAllAbis) {
    for (const int number : {INT_MIN, INT_MAX, -1, 0, 511, 512, 1 << 30}) {
      CHECK(syscall_number(abi, syscall_name(abi, number)) == number);
    }
    for (int i = 0; i < 2000; ++i) {
      const int number = static_cast<int>(random()) >> (random() % 32);
      REQUIRE(syscall_number(abi, syscall_name(abi, number)) == number);
    }
  }
}

TEST_CASE("strace's spelling of unknown numbers is read") {
  CHECK(syscall_number(Abi::x86_64, "syscall_0x1c3") == 451);
  CHECK(syscall_number(Abi::x86_64, "syscall_0x40000001") == (kX32SyscallBit | 1));
  CHECK(syscall_number(Abi::x86_64, "syscall_0xffffffff") == -1);
  CHECK(syscall_number(Abi::x86_64, "syscall_0") == 0);
}

TEST_CASE("what is no name has no number") {
  for (const char* text : {"", "syscall_", "syscall_x", "syscall_0x", "syscall_1x", "syscall_99999999999",
                           "syscall_ 1", "syscall_0x100000000", "rea", "readd", "READ", " read", "0"}) {
    INFO(text);
    CHECK_FALSE(syscall_number(Abi::x86_64, text));
  }
  CHECK_FALSE(syscall_number(Abi::x86_64, "waitpid"));
  CHECK(syscall_number(Abi::i386, "waitpid") == 7);
  CHECK_FALSE(syscall_number(Abi::aarch64, "open"));
  CHECK(is_syscall_name("waitpid"));
  CHECK_FALSE(is_syscall_name("syscall_5"));
}
