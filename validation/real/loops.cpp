// The loops of latimer-workload, whose calls are known exactly.
#include <unistd.h>

#include <algorithm>

#include "validation/measure/programs.h"
#include "validation/real/makers.h"

namespace latimer::real {
namespace {

// `before`: what runs latimer-workload, with arguments; empty: nothing does.
Result<Prepared> own_workload(std::vector<std::string> before, const std::vector<std::string>& arguments) {
  Result<std::string> program = find_program_of_ours("latimer-workload");
  if (!program) return std::move(program).error();
  Prepared prepared;
  prepared.command = std::move(before);
  prepared.command.push_back(std::move(program).value());
  prepared.command.insert(prepared.command.end(), arguments.begin(), arguments.end());
  return prepared;
}

}  // namespace

// On the last CPU: interrupts and whoever else is on the host prefer the first.
Result<Prepared> make_getppid(Folder, std::uint64_t calls) {
  const long cpus = std::max(::sysconf(_SC_NPROCESSORS_ONLN), 1L);
  Result<Prepared> prepared =
      own_workload({}, {"--time", "--cpu", std::to_string(cpus - 1), "loop", std::to_string(calls)});
  if (!prepared) return prepared;
  prepared->must_show = {{{"getppid"}, calls, true}};
  prepared->calls = calls;
  return prepared;
}

// Into the folder: where /tmp is in memory, fsync would be nothing.
Result<Prepared> make_write_fsync(Folder folder, std::uint64_t writes) {
  Result<Prepared> prepared =
      own_workload({"/usr/bin/env", "TMPDIR=" + folder}, {"write-fsync", std::to_string(writes)});
  if (!prepared) return prepared;
  constexpr std::uint64_t kBlock = 4096;
  prepared->must_show = {{{"write"}, writes}, {{"fsync"}, writes, true}};
  prepared->bytes = {{{"write"}, writes * kBlock}};
  prepared->calls = 2 * writes;
  return prepared;
}

Result<Prepared> make_cpu(Folder, std::uint64_t million_steps) {
  return own_workload({}, {"cpu", std::to_string(million_steps)});
}

}  // namespace latimer::real
