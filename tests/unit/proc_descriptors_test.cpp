// What /proc tells of this very process.
#include "core/engine/proc_descriptors.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <string>

#include "core/sys/temporary_folder.h"
#include "core/sys/unique_fd.h"

using namespace latimer;

namespace {

UniqueFd made(const std::string& path) {
  UniqueFd fd(::open(path.c_str(), O_CREAT | O_RDWR, 0600));
  REQUIRE(fd);
  return fd;
}

std::string name_of(int fd) {
  ProcDescriptors proc;
  const auto open = proc.descriptor(::getpid(), fd);
  REQUIRE(open);
  return open->name;
}

}  // namespace

TEST_CASE("/proc: only the mark of a file that is gone is taken off its name", "[proc]") {
  auto folder = TemporaryFolder::create();
  REQUIRE(folder);
  const std::string plain = folder->path() + "/x", odd = folder->path() + "/x (deleted)";
  const UniqueFd file = made(plain), named_so = made(odd);
  CHECK(name_of(file.get()) == plain);
  CHECK(name_of(named_so.get()) == odd);
  ::unlink(plain.c_str());
  CHECK(name_of(file.get()) == plain);
  ::unlink(odd.c_str());
  CHECK(name_of(named_so.get()) == odd);
}

TEST_CASE("/proc: descriptors of other things", "[proc]") {
  const UniqueFd memory(::memfd_create("jit", MFD_CLOEXEC));
  CHECK(name_of(memory.get()) == "memfd:jit");
  int ends[2];
  REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0);
  const UniqueFd one(ends[0]), other(ends[1]);
  CHECK(name_of(one.get()).starts_with("unix:["));
  CHECK(name_of(one.get()) != name_of(other.get()));
  ProcDescriptors proc;
  CHECK(proc.descriptor(::getpid(), one.get())->close_on_exec);
  CHECK_FALSE(proc.descriptor(::getpid(), 1'000'000));
}
