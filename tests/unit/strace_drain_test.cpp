#include "backends/strace/drain.h"

#include <poll.h>
#include <signal.h>

#include <atomic>
#include <catch2/catch.hpp>
#include <thread>

#include "core/sys/fd_util.h"
#include "core/sys/signal_state.h"

using namespace latimer;
using namespace latimer::strace;
using namespace std::chrono_literals;

namespace {

auto soon() { return std::chrono::steady_clock::now() + 30s; }

struct Pipes {
  Pipe output = *make_pipe();
  Pipe errors = *make_pipe();
  Drain drain_for(std::vector<std::int32_t> pids, std::size_t memory, std::size_t capacity = 1 << 20) {
    return Drain(std::move(output.read), capacity, std::move(errors.read), std::move(pids), memory);
  }
};

std::string read_all(Drain& drain, bool* stalled = nullptr) {
  std::string text;
  Block block;
  while (!drain.over()) {
    if (!drain.take(block)) {
      REQUIRE(wait_readable(drain.ready_fd(), soon()));
      continue;
    }
    text += block.data;
    if (stalled != nullptr) *stalled = *stalled || block.stalled;
  }
  return text;
}

}  // namespace

TEST_CASE("what is written comes out, and then the end", "[strace][drain]") {
  Pipes pipes;
  Drain drain = pipes.drain_for({}, 1 << 20);
  CHECK_FALSE(drain.over());
  REQUIRE(write_all(pipes.output.write.get(), "hello").ok());
  REQUIRE(wait_readable(drain.ready_fd(), soon()));
  pipes.output.write.reset();
  CHECK(read_all(drain) == "hello");
  CHECK(drain.over());
  CHECK(wait_readable(drain.ready_fd(), soon()));  // stays readable, so that nobody waits for more
}

TEST_CASE("a pipe that was found full marks what comes out of it", "[strace][drain]") {
  Pipes pipes;
  const std::size_t capacity = grow_pipe(pipes.output.write.get(), 128 << 10);
  REQUIRE(set_nonblocking(pipes.output.write.get(), true).ok());
  std::string filler(capacity, 'x');
  REQUIRE(::write(pipes.output.write.get(), filler.data(), filler.size()) ==
          static_cast<ssize_t>(filler.size()));
  Drain drain = pipes.drain_for({}, 1 << 20, capacity);
  pipes.output.write.reset();
  bool stalled = false;
  CHECK(read_all(drain, &stalled) == filler);
  CHECK(stalled);
  CHECK(drain.stalls() >= 1);
}

TEST_CASE("memory is bounded: an untaken queue holds the writer up, and loses nothing", "[strace][drain]") {
  ignore_output_signals();
  Pipes pipes;
  Drain drain = pipes.drain_for({}, 100'000);
  constexpr std::size_t kTotal = 4 << 20;
  std::atomic<std::size_t> written{0};
  std::thread writer([&] {
    const std::string line(999, 'y');
    while (written < kTotal) {
      if (!write_all(pipes.output.write.get(), line + "\n").ok()) return;
      written += 1000;
    }
    pipes.output.write.reset();
  });
  while (written < 100'000) std::this_thread::sleep_for(1ms);
  std::this_thread::sleep_for(50ms);
  CHECK(written < kTotal);
  CHECK(read_all(drain).size() == written);
  writer.join();
}

TEST_CASE("answers to attaching are awaited", "[strace][drain]") {
  Pipes pipes;
  Drain drain = pipes.drain_for({5, 6}, 1 << 20);
  REQUIRE(write_all(pipes.errors.write.get(), "strace: Process 5 attached with 3 threads\nstrace: Pro").ok());
  drain.wait_attached(std::chrono::steady_clock::now() + 10ms);
  CHECK(drain.messages().attach.at(6) == "no answer");
  REQUIRE(
      write_all(
          pipes.errors.write.get(),
          "cess 77 attached\nstrace: odd\nstrace: attach: ptrace(PTRACE_SEIZE, 6): Operation not permitted\n")
          .ok());
  drain.wait_attached(soon());
  const Messages messages = drain.messages();
  CHECK(messages.attach.at(5).empty());
  CHECK(messages.attach.at(6) == "Operation not permitted");
  CHECK(messages.other == std::vector<std::string>{"odd"});
}

TEST_CASE("a strace that ends without answering is not waited for", "[strace][drain]") {
  Pipes pipes;
  Drain drain = pipes.drain_for({5}, 1 << 20);
  pipes.output.write.reset();
  REQUIRE(write_all(pipes.errors.write.get(), "strace: no such option").ok());
  pipes.errors.write.reset();
  drain.wait_attached(soon());
  CHECK(drain.messages().attach.at(5) == "no answer");
  CHECK(drain.messages().other == std::vector<std::string>{"no such option"});
}

TEST_CASE("an action comes at its time while the pipe is open", "[strace][drain]") {
  Pipes pipes;
  Drain drain = pipes.drain_for({}, 1 << 20);
  std::atomic<int> done{0};
  drain.at(std::chrono::steady_clock::now() + 20ms, [&] { ++done; });
  const auto limit = soon();
  while (done == 0 && std::chrono::steady_clock::now() < limit) std::this_thread::sleep_for(1ms);
  CHECK(done == 1);
  drain.at(std::chrono::steady_clock::now() + 50ms, [&] { ++done; });
  pipes.output.write.reset();
  CHECK(read_all(drain).empty());
  std::this_thread::sleep_for(100ms);
  CHECK(done == 1);
}
