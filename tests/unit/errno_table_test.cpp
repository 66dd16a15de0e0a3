#include "core/model/errno_table.h"

#include <catch2/catch.hpp>

#include <cerrno>
#include <cstring>
#include <string>

using namespace latimer;

TEST_CASE("errno names are the C library's") {
  // strerrorname_np knows 1..133; the kernel has one more (EFTYPE) than glibc 2.36.
  for (int number = 1; number <= 133; ++number) {
    INFO(number);
    const char* const expected = strerrorname_np(number);
    std::string expected_name = expected == nullptr ? "errno_" + std::to_string(number) : expected;
    if (number == EOPNOTSUPP) expected_name = "EOPNOTSUPP";  // glibc calls it ENOTSUP, strace EOPNOTSUPP
    CHECK(errno_name(number) == expected_name);
  }
}

TEST_CASE("kernel-internal error numbers have names") {
  CHECK(errno_name(512) == "ERESTARTSYS");
  CHECK(errno_name(513) == "ERESTARTNOINTR");
  CHECK(errno_name(514) == "ERESTARTNOHAND");
  CHECK(errno_name(515) == "ENOIOCTLCMD");
  CHECK(errno_name(516) == "ERESTART_RESTARTBLOCK");
  CHECK(errno_name(521) == "EBADHANDLE");
  CHECK(errno_name(529) == "EIOCBQUEUED");
  CHECK(is_restart_errno(512));
  CHECK(is_restart_errno(516));
  CHECK_FALSE(is_restart_errno(515));
  CHECK_FALSE(is_restart_errno(EINTR));
}

TEST_CASE("errno names and numbers are inverse to each other") {
  for (int number = -10; number < 5000; ++number) REQUIRE(errno_number(errno_name(number)) == number);
  CHECK(errno_name(0) == "errno_0");
  CHECK(errno_name(41) == "errno_41");
  CHECK(errno_name(520) == "errno_520");
  CHECK(errno_name(4000) == "errno_4000");
  CHECK(errno_name_or_empty(-5).empty());
}

TEST_CASE("second names are read, first names are printed") {
  CHECK(errno_number("EWOULDBLOCK") == EAGAIN);
  CHECK(errno_number("EDEADLOCK") == EDEADLK);
  CHECK(errno_number("ENOTSUP") == EOPNOTSUPP);
  CHECK(errno_name(EWOULDBLOCK) == "EAGAIN");
  CHECK(errno_name(EDEADLOCK) == "EDEADLK");
  for (const char* text : {"", "E", "EAGAIN ", "eagain", "errno_", "errno_x", "errno_1x", "11"}) {
    INFO(text);
    CHECK_FALSE(errno_number(text));
  }
}
