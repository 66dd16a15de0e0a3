// Reading and writing a known number of bytes: devices, and files without a name.
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "validation/workloads/raw.h"
#include "validation/workloads/scenario.h"
#include "validation/workloads/temporary.h"

namespace latimer::workload {
namespace {

constexpr std::uint64_t kCopied = 512;
constexpr std::uint64_t kBlocksToRead = 1024;

char buffer[kBlock];

void read_all(int file, std::uint64_t size) {
  require(
      raw_syscall(SYS_read, file, as_argument(buffer), static_cast<long>(size)) == static_cast<long>(size),
      "read did not return what was asked for");
}

void write_all(int file, std::uint64_t size) {
  require(
      raw_syscall(SYS_write, file, as_argument(buffer), static_cast<long>(size)) == static_cast<long>(size),
      "write did not take all");
}

void record(Truth& truth, std::string_view call, std::uint64_t count, std::uint64_t each) {
  truth.completed(call, count);
  truth.bytes(call, count * each);
}

void run_read_write(const Options& options, Truth& truth) {
  const int zero = open("/dev/zero", O_RDONLY | O_CLOEXEC);
  const int null = open("/dev/null", O_WRONLY | O_CLOEXEC);
  require(zero >= 0 && null >= 0, "cannot open /dev/zero and /dev/null");
  for (std::uint64_t i = 0; i < options.n; ++i) {
    read_all(zero, kBlock);
    write_all(null, kBlock);
  }
  record(truth, "x86_64:read", options.n, kBlock);
  record(truth, "x86_64:write", options.n, kBlock);
}

void run_copy(const Options& options, Truth& truth) {
  const int source = temporary_file(options.n * kCopied);
  const int target = temporary_file(0);
  long size;
  while ((size = raw_syscall(SYS_read, source, as_argument(buffer), kCopied)) > 0) {
    require(size == kCopied, "read did not return what was asked for");
    write_all(target, kCopied);
  }
  require(size == 0, "read failed");
  record(truth, "x86_64:read", options.n, kCopied);
  truth.completed("x86_64:read", 1);
  record(truth, "x86_64:write", options.n, kCopied);
  truth.pattern("sequential");
  truth.note("the last read returns 0");
}

void run_write_fsync(const Options& options, Truth& truth) {
  const int file = temporary_file(0);
  for (std::uint64_t i = 0; i < options.n; ++i) {
    write_all(file, kBlock);
    require(raw_syscall(SYS_fsync, file) == 0, "fsync failed");
  }
  record(truth, "x86_64:write", options.n, kBlock);
  truth.completed("x86_64:fsync", options.n);
  truth.pattern("sequential");
}

void run_write_buffered(const Options& options, Truth& truth) {
  const int file = temporary_file(0);
  for (std::uint64_t i = 0; i < options.n; ++i) write_all(file, kBlock);
  record(truth, "x86_64:write", options.n, kBlock);
  truth.pattern("sequential");
}

void pread_block(int file, std::uint64_t number) {
  require(raw_syscall(SYS_pread64, file, as_argument(buffer), kBlock, static_cast<long>(number * kBlock)) ==
              kBlock,
          "pread64 did not return a block");
  require(memcmp(buffer, &number, sizeof number) == 0, "pread64 returned another block");
}

void run_pread_sequential(const Options& options, Truth& truth) {
  const int file = temporary_file(kBlocksToRead * kBlock);
  for (std::uint64_t i = 0; i < options.n; ++i) pread_block(file, i % kBlocksToRead);
  record(truth, "x86_64:pread64", options.n, kBlock);
  truth.pattern("sequential");
}

void run_pread_random(const Options& options, Truth& truth) {
  const int file = temporary_file(kBlocksToRead * kBlock);
  std::uint64_t state = 88172645463325252U;  // xorshift64 (Marsaglia 2003): the same order in every run
  for (std::uint64_t i = 0; i < options.n; ++i) {
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    pread_block(file, state % kBlocksToRead);
  }
  record(truth, "x86_64:pread64", options.n, kBlock);
  truth.pattern("random");
}

constexpr Scenario kScenarios[] = {
    {"read-write", 1'000, "4 KiB read from /dev/zero and written to /dev/null, N times each", run_read_write},
    {"copy", 1'000, "a file of N times 512 bytes copied in as many pieces", run_copy},
    {"write-fsync", 100, "4 KiB written to a file and fsync, N times each", run_write_fsync},
    {"write-buffered", 1'000, "4 KiB written to a file N times", run_write_buffered},
    {"pread-sequential", 1'000, "pread64 of 4 KiB N times, one block of a file of 4 MiB after the other",
     run_pread_sequential},
    {"pread-random", 1'000, "the same in random order", run_pread_random},
};

}  // namespace

std::span<const Scenario> file_scenarios() { return kScenarios; }

}  // namespace latimer::workload
