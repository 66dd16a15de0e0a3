// Operations that are submitted by one call and reaped by the same or another.
#include <errno.h>
#include <linux/aio_abi.h>
#include <linux/io_uring.h>
#include <sys/mman.h>

#include "validation/workloads/raw.h"
#include "validation/workloads/scenario.h"
#include "validation/workloads/temporary.h"

namespace latimer::workload {
namespace {

/// The rings that io_uring_setup made, mapped: io_uring(7).
struct Ring {
  long fd;
  unsigned *sq_tail, *cq_head, *cq_tail;
  unsigned sq_mask;
  unsigned* sq_array;
  io_uring_sqe* sqes;
};

char* map_ring(long fd, std::uint64_t size, long offset) {
  void* mapped =
      mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, static_cast<int>(fd), offset);
  require(mapped != MAP_FAILED, "cannot map a ring of io_uring");
  return static_cast<char*>(mapped);
}

Ring make_ring() {
  constexpr unsigned kEntries = 8;
  io_uring_params shape{};
  const long fd = raw_syscall(SYS_io_uring_setup, kEntries, as_argument(&shape));
  if (fd == -ENOSYS) quit(kExitSkip, "this kernel has no io_uring");
  if (fd == -EPERM)
    quit(kExitSkip, "io_uring is forbidden here (kernel.io_uring_disabled, or a seccomp filter)");
  require(fd >= 0, "io_uring_setup failed");
  const auto& sq = shape.sq_off;
  const auto& cq = shape.cq_off;
  char* submissions = map_ring(fd, sq.array + shape.sq_entries * sizeof(unsigned), IORING_OFF_SQ_RING);
  char* completions = map_ring(fd, cq.cqes + shape.cq_entries * sizeof(io_uring_cqe), IORING_OFF_CQ_RING);
  const auto number = [](char* ring, unsigned offset) { return reinterpret_cast<unsigned*>(ring + offset); };
  return {fd,
          number(submissions, sq.tail),
          number(completions, cq.head),
          number(completions, cq.tail),
          *number(submissions, sq.ring_mask),
          number(submissions, sq.array),
          reinterpret_cast<io_uring_sqe*>(
              map_ring(fd, shape.sq_entries * sizeof(io_uring_sqe), IORING_OFF_SQES))};
}

void submit_nop(const Ring& ring) {
  const unsigned tail = *ring.sq_tail;
  const unsigned slot = tail & ring.sq_mask;
  ring.sqes[slot] = {};
  ring.sqes[slot].opcode = IORING_OP_NOP;
  ring.sq_array[slot] = slot;
  __atomic_store_n(ring.sq_tail, tail + 1, __ATOMIC_RELEASE);
  require(raw_syscall(SYS_io_uring_enter, ring.fd, 1, 1, IORING_ENTER_GETEVENTS) == 1,
          "io_uring_enter failed");
  const unsigned head = *ring.cq_head;
  require(__atomic_load_n(ring.cq_tail, __ATOMIC_ACQUIRE) == head + 1, "the operation did not complete");
  __atomic_store_n(ring.cq_head, head + 1, __ATOMIC_RELEASE);
}

void run_io_uring(const Options& options, Truth& truth) {
  const Ring ring = make_ring();
  for (std::uint64_t i = 0; i < options.n; ++i) submit_nop(ring);
  truth.completed("x86_64:io_uring_setup", 1);
  truth.completed("x86_64:io_uring_enter", options.n);
}

void run_aio(const Options& options, Truth& truth) {
  const int file = temporary_file(kBlock);
  aio_context_t context = 0;
  const long made = raw_syscall(SYS_io_setup, 1, as_argument(&context));
  if (made == -ENOSYS) quit(kExitSkip, "this kernel has no asynchronous I/O");
  if (made == -EAGAIN) quit(kExitSkip, "others have taken all of fs.aio-max-nr");
  require(made == 0, "io_setup failed");
  char block[kBlock];
  iocb request{};
  request.aio_lio_opcode = IOCB_CMD_PREAD;
  request.aio_fildes = static_cast<unsigned>(file);
  request.aio_buf = reinterpret_cast<std::uint64_t>(block);
  request.aio_nbytes = sizeof block;
  iocb* requests[] = {&request};
  for (std::uint64_t i = 0; i < options.n; ++i) {
    io_event done{};
    const long context_argument = static_cast<long>(context);
    require(raw_syscall(SYS_io_submit, context_argument, 1, as_argument(requests)) == 1, "io_submit failed");
    require(raw_syscall(SYS_io_getevents, context_argument, 1, 1, as_argument(&done), 0) == 1 &&
                done.res == kBlock,
            "io_getevents did not return a block");
  }
  truth.completed("x86_64:io_setup", 1);
  truth.completed("x86_64:io_submit", options.n);
  truth.completed("x86_64:io_getevents", options.n);
}

constexpr Scenario kScenarios[] = {
    {"io-uring", 1'000, "N operations that do nothing, an io_uring_enter to each", run_io_uring},
    {"aio", 500, "4 KiB of a file by io_submit and io_getevents, N times each", run_aio},
};

}  // namespace

std::span<const Scenario> async_scenarios() { return kScenarios; }

}  // namespace latimer::workload
