// latimer-floor empty|clock: attaches a pair of programs that do (next to) nothing to every system call of
// the host, says `attached` on standard output, and detaches at the end of standard input.
#include <bpf/libbpf.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>
#include <string_view>

#include "latimer_floor.skel.h"

namespace {

constexpr int kExitFailure = 1;
constexpr int kExitUsage = 2;

struct SkeletonDeleter {
  void operator()(latimer_floor* skeleton) const { latimer_floor__destroy(skeleton); }
};

int fail(const char* what, int error) {
  std::fprintf(stderr, "latimer-floor: %s: %s\n", what, std::strerror(error < 0 ? -error : error));
  return kExitFailure;
}

void wait_for_end_of_input() {
  char bytes[64];
  while (read(STDIN_FILENO, bytes, sizeof bytes) > 0) {
  }
}

}  // namespace

int main(int argc, char** argv) {
  const std::string_view kind = argc == 2 ? argv[1] : "";
  if (kind != "empty" && kind != "clock") {
    std::fputs("Usage: latimer-floor empty|clock\n", stderr);
    return kExitUsage;
  }
  const bool empty = kind == "empty";
  std::unique_ptr<latimer_floor, SkeletonDeleter> skeleton(latimer_floor__open());
  if (!skeleton) return fail("cannot open the programs", errno);
  auto& programs = skeleton->progs;
  bpf_program__set_autoload(programs.empty_enter, empty);
  bpf_program__set_autoload(programs.empty_exit, empty);
  bpf_program__set_autoload(programs.clock_enter, !empty);
  bpf_program__set_autoload(programs.clock_exit, !empty);
  if (const int error = latimer_floor__load(skeleton.get()); error != 0) return fail("cannot load", error);
  if (const int error = latimer_floor__attach(skeleton.get()); error != 0)
    return fail("cannot attach", error);
  std::puts("attached");
  std::fflush(stdout);
  wait_for_end_of_input();
  return 0;
}
