// dd and fio: a number of bytes that is known beforehand.
#include <fmt/format.h>

#include "core/sys/child_process.h"
#include "validation/real/makers.h"

namespace latimer::real {
namespace {

Result<Prepared> make_dd(std::uint64_t block_size, std::uint64_t blocks) {
  Result<std::string> dd = resolve_command("dd");
  if (!dd) return std::move(dd).error();
  Prepared prepared;
  // status=none: its summary would be more bytes by write.
  prepared.command = {*dd,
                      "if=/dev/zero",
                      "of=/dev/null",
                      fmt::format("bs={}", block_size),
                      fmt::format("count={}", blocks),
                      "status=none"};
  prepared.must_show = {{{"read"}, blocks}, {{"write"}, blocks, true}};
  prepared.bytes = {{{"read"}, blocks * block_size}, {{"write"}, blocks * block_size, true}};
  prepared.calls = 2 * blocks;
  return prepared;
}

}  // namespace

Result<Prepared> make_dd_512(Folder, std::uint64_t blocks) { return make_dd(512, blocks); }
Result<Prepared> make_dd_1m(Folder, std::uint64_t blocks) { return make_dd(1U << 20, blocks); }

// Two jobs, one after the other, on one file: every block is written once, and then read once.
Result<Prepared> make_fio(Folder folder, std::uint64_t blocks) {
  Result<std::string> fio = resolve_command("fio");
  if (!fio) return std::move(fio).error();
  constexpr std::uint64_t kBlock = 4096;
  const std::uint64_t bytes = blocks * kBlock;
  const std::string job = folder + "/job.fio";
  const Status written = write_file(
      job, fmt::format("[global]\nfilename={}/data\nbs={}\nsize={}\nioengine=psync\nfallocate=none\n"
                       "[write]\nrw=randwrite\n[read]\nstonewall\nrw=randread\n",
                       folder, kBlock, bytes));
  if (!written.ok()) return written.error();
  Prepared prepared;
  prepared.command = {*fio, "--minimal", job};
  prepared.must_show = {{{"pwrite64"}, blocks, true}, {{"pread64"}, blocks}};
  prepared.bytes = {{{"pwrite64"}, bytes, true}, {{"pread64"}, bytes}};
  return prepared;
}

}  // namespace latimer::real
