// latimer-floor empty|clock: attaches a pair of programs that do (next to) nothing to every system call of
// the host, says `attached` on standard output, and detaches at the end of standard input.
#include <bpf/libbpf.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "latimer_floor.skel.h"

namespace {

constexpr int kExitFailure = 1;
constexpr int kExitUsage = 2;

struct ObjectDeleter {
  void operator()(bpf_object* object) const { bpf_object__close(object); }
};
struct LinkDeleter {
  void operator()(bpf_link* link) const { bpf_link__destroy(link); }
};
using Object = std::unique_ptr<bpf_object, ObjectDeleter>;
using Link = std::unique_ptr<bpf_link, LinkDeleter>;

int fail(const char* what, int error) {
  std::fprintf(stderr, "latimer-floor: %s: %s\n", what, std::strerror(error < 0 ? -error : error));
  return kExitFailure;
}

void wait_for_end_of_input() {
  char bytes[64];
  while (read(STDIN_FILENO, bytes, sizeof bytes) > 0) {
  }
}

// The programs are called KIND_enter and KIND_exit; only those of the kind asked for are loaded.
Object load(std::string_view kind) {
  size_t size = 0;
  const void* bytes = latimer_floor__elf_bytes(&size);
  Object object(bpf_object__open_mem(bytes, size, nullptr));
  if (!object) return nullptr;
  bpf_program* program = nullptr;
  bpf_object__for_each_program(program, object.get()) {
    bpf_program__set_autoload(program, std::string_view(bpf_program__name(program)).starts_with(kind));
  }
  return bpf_object__load(object.get()) == 0 ? std::move(object) : nullptr;
}

Link attach(const Object& object, std::string_view kind, const char* side) {
  const std::string name = std::string(kind) + "_" + side;
  const bpf_program* program = bpf_object__find_program_by_name(object.get(), name.c_str());
  return Link(program == nullptr ? nullptr : bpf_program__attach(program));
}

}  // namespace

int main(int argc, char** argv) {
  const std::string_view kind = argc == 2 ? argv[1] : "";
  if (kind != "empty" && kind != "clock") {
    std::fputs("Usage: latimer-floor empty|clock\n", stderr);
    return kExitUsage;
  }
  const Object object = load(kind);
  if (!object) return fail("cannot load", errno);
  const Link exit_link = attach(object, kind, "exit");
  const Link enter_link = attach(object, kind, "enter");
  if (!exit_link || !enter_link) return fail("cannot attach", errno);
  std::puts("attached");
  std::fflush(stdout);
  wait_for_end_of_input();
  return 0;
}
